//! An admin's remembered answers to possible duplicates.

use chrono::{DateTime, Utc};
use rollcall_engine::domain::accounts::StoredResolution;
use rollcall_engine::domain::mis_link::MisLink;
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::people::PersonKind;
use sqlx::QueryBuilder;

use super::{MOST_BINDS, Store, StoreError, in_transaction, on};

impl Store {
    /// Remembers answers; an earlier answer about the same person is replaced. All of them or
    /// none.
    pub async fn save_resolutions(
        &self,
        school: SchoolId,
        answers: &[StoredResolution],
        by: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        in_transaction!(self, |tx| {
            for answers in answers.chunks(MOST_BINDS / 16) {
                let mut insert = QueryBuilder::new(
                    "INSERT INTO resolutions (school_id, kind, mis, mis_id, mis_external_id,
                        mis_xid, forename, surname, upn, date_of_birth, same_as, decided_by,
                        decided_at) ",
                );
                insert.push_values(answers, |mut row, answer| {
                    row.push_bind(school.0)
                        .push_bind(answer.kind.code())
                        .push_bind(answer.mis.as_deref())
                        .push_bind(answer.ids.id.as_str())
                        .push_bind(answer.ids.external_id.as_deref())
                        .push_bind(answer.ids.xid.as_deref())
                        .push_bind(answer.about.forename.as_str())
                        .push_bind(answer.about.surname.as_str())
                        .push_bind(answer.about.upn.as_deref())
                        .push_bind(answer.about.date_of_birth)
                        .push_bind(answer.same_as.map(|AccountId(id)| id))
                        .push_bind(by)
                        .push_bind(at);
                });
                insert.push(
                    " ON CONFLICT (school_id, kind, mis_id) DO UPDATE SET mis = excluded.mis,
                        mis_external_id = excluded.mis_external_id, mis_xid = excluded.mis_xid,
                        forename = excluded.forename, surname = excluded.surname,
                        upn = excluded.upn, date_of_birth = excluded.date_of_birth,
                        same_as = excluded.same_as, ended_by_run = NULL, decided_by = excluded.decided_by,
                        decided_at = excluded.decided_at",
                );
                insert.build().execute(&mut *tx).await?;
            }
        })
    }

    /// Forgets the answer about a person.
    pub async fn forget_resolution(
        &self,
        school: SchoolId,
        kind: PersonKind,
        person: &MisLink,
    ) -> Result<(), StoreError> {
        const SQL: &str =
            "DELETE FROM resolutions WHERE school_id = $1 AND kind = $2 AND mis_id = $3";
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(kind.code())
            .bind(&person.ids.id)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::domain::accounts::KnownThen;
    use rollcall_engine::fixtures::{MIS, account, day, ids, link, upn};

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::add;

    fn answer(kind: PersonKind, id: &str, same_as: Option<AccountId>) -> StoredResolution {
        let about = KnownThen {
            forename: "Zoe".into(),
            surname: "Li".into(),
            upn: upn(7),
            date_of_birth: day("2017-09-02"),
        };
        StoredResolution { kind, mis: Some(MIS.into()), ids: ids(id), about, same_as }
    }

    #[tokio::test]
    async fn answers_are_remembered_and_the_last_one_about_a_person_counts() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let zoe = account(1, "Zoe Li");
            add(&store, here, std::slice::from_ref(&zoe)).await;
            let (kind, staff) = (PersonKind::Pupil, PersonKind::Staff);
            let first =
                [answer(kind, "7", None), answer(kind, "8", None), answer(staff, "7", None)];
            store.save_resolutions(here, &first, Some("Mx Head"), minute(1)).await.unwrap();
            let second = [answer(kind, "7", Some(zoe.id))];
            store.save_resolutions(here, &second, None, minute(2)).await.unwrap();
            let remembered = store.school_state(here).await.unwrap().resolutions;
            assert_eq!(remembered, [second[0].clone(), first[1].clone(), first[2].clone()]);
            assert!(store.school_state(there).await.unwrap().resolutions.is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn an_answer_that_is_taken_back_is_forgotten_and_no_other() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let answers =
                [answer(PersonKind::Pupil, "7", None), answer(PersonKind::Staff, "7", None)];
            for school in [here, there] {
                store.save_resolutions(school, &answers, None, minute(1)).await.unwrap();
            }
            let person = link("7").unwrap();
            store.forget_resolution(here, PersonKind::Pupil, &person).await.unwrap();
            let left = async |school| store.school_state(school).await.unwrap().resolutions;
            assert_eq!(left(here).await, answers[1..]);
            assert_eq!(left(there).await, answers);
        })
        .await;
    }

    #[tokio::test]
    async fn of_no_answers_nothing_is_remembered() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            store.save_resolutions(school, &[], None, minute(1)).await.unwrap();
            assert!(store.school_state(school).await.unwrap().resolutions.is_empty());
        })
        .await;
    }
}
