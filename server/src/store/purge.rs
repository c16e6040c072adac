//! Purging: what is left of people whose time in the trash is over. Their username stays reserved,
//! bare of anything else; of what has been done, only counts stay.

use chrono::NaiveDate;
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::people::{PersonKind, Role};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Store, StoreError, in_transaction, on};
use crate::sign_in::account_key;
use crate::sync::plan::PlannedPerson;

/// Somebody whose purge date has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuePurge {
    pub school: SchoolId,
    pub account: AccountId,
    kind: PersonKind,
    /// Who of which MIS they were.
    mis: Option<String>,
    mis_id: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    school_id: Uuid,
    role: String,
    mis: Option<String>,
    mis_id: Option<String>,
}

impl TryFrom<Row> for DuePurge {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let role = Role::from_code(&row.role).ok_or(StoreError::unreadable("accounts.role"))?;
        Ok(Self {
            school: SchoolId(row.school_id),
            account: AccountId(row.id),
            kind: role.kind(),
            mis: row.mis,
            mis_id: row.mis_id,
        })
    }
}

/// What takes the place of a name in a stored plan.
const PURGED: &str = "Somebody who has been purged";

impl DuePurge {
    /// A person of a stored plan without anything about the one who is purged; none if there is
    /// nothing to take out.
    fn taken_out_of(&self, mut person: PlannedPerson) -> Option<PlannedPerson> {
        let by_link = person.view.kind == self.kind
            && person.link.as_ref().is_some_and(|link| {
                link.mis == self.mis && Some(&link.ids.id) == self.mis_id.as_ref()
            });
        let by_account = person.view.account == Some(self.account)
            || person.action.as_ref().is_some_and(|action| action.after.id == self.account);
        if by_link || by_account {
            let view = &mut person.view;
            PURGED.clone_into(&mut view.name);
            view.year = None;
            view.class = None;
            view.username = None;
            view.fields.clear();
            view.candidates.clear();
            view.account = None;
            person.link = None;
            person.action = None;
            return Some(person);
        }
        let candidates = person.view.candidates.len();
        person.view.candidates.retain(|candidate| candidate.account != self.account);
        (person.view.candidates.len() < candidates).then_some(person)
    }
}

impl Store {
    /// Those in the trash whose purge date has come, of schools in which no run is going.
    pub async fn list_due_purges(
        &self,
        today: NaiveDate,
        most: u32,
    ) -> Result<Vec<DuePurge>, StoreError> {
        const SQL: &str = "SELECT a.id, a.school_id, a.role, a.mis, a.mis_id FROM accounts a
            WHERE a.status = 'trash' AND a.purge_on <= $1
                AND NOT EXISTS (SELECT 1 FROM runs r
                    WHERE r.school_id = a.school_id AND r.status IN ('queued', 'running'))
            ORDER BY a.purge_on, a.id LIMIT $2";
        let rows: Vec<Row> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(today)
            .bind(i64::from(most))
            .fetch_all(pool)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Purges somebody, all or nothing. False if they have been restored meanwhile.
    pub async fn purge(&self, due: &DuePurge, today: NaiveDate) -> Result<bool, StoreError> {
        const GOING: &str = "SELECT COUNT(*) FROM accounts
            WHERE school_id = $1 AND id = $2 AND status = 'trash' AND purge_on <= $3";
        const THEIRS: [&str; 8] = [
            "DELETE FROM memberships WHERE school_id = $1 AND account_id = $2",
            "DELETE FROM activation_tokens WHERE school_id = $1 AND account_id = $2",
            "DELETE FROM sessions WHERE school_id = $1 AND account_id = $2",
            "DELETE FROM outbox WHERE school_id = $1 AND account_id = $2",
            "DELETE FROM resolutions WHERE school_id = $1 AND same_as = $2",
            "UPDATE audit SET subject_id = NULL WHERE school_id = $1 AND subject_id = $2",
            "UPDATE audit SET actor_id = NULL WHERE school_id = $1 AND actor_id = $2",
            "DELETE FROM accounts WHERE school_id = $1 AND id = $2",
        ];
        const FAILURES: &str = "DELETE FROM sign_in_failures WHERE school_id = $1 AND key = $2";
        const PERSON: &str = "UPDATE run_people SET person = $3, search = '', has_action = $4
            WHERE run_id = $1 AND seq = $2";
        let blanked = self.blanked_in_plans(due).await?;
        let key = account_key(&due.account.to_string());
        in_transaction!(self, |tx| {
            let (school, account) = (due.school.0, due.account.0);
            let going: i64 = sqlx::query_scalar(GOING)
                .bind(school)
                .bind(account)
                .bind(today)
                .fetch_one(&mut *tx)
                .await?;
            if going == 0 {
                return Ok(false);
            }
            for sql in THEIRS {
                sqlx::query(sql).bind(school).bind(account).execute(&mut *tx).await?;
            }
            sqlx::query(FAILURES).bind(school).bind(&key).execute(&mut *tx).await?;
            for (run, seq, person, has_action) in &blanked {
                sqlx::query(PERSON)
                    .bind(*run)
                    .bind(*seq)
                    .bind(person)
                    .bind(*has_action)
                    .execute(&mut *tx)
                    .await?;
            }
            true
        })
    }

    /// The people of stored plans in whom something of the one who is purged stands, without it.
    async fn blanked_in_plans(
        &self,
        due: &DuePurge,
    ) -> Result<Vec<(Uuid, i64, String, bool)>, StoreError> {
        let unreadable = || StoreError::unreadable("run_people.person");
        // The texts only narrow down which rows are looked at.
        let account = format!("%{}%", due.account);
        let number = due.mis_id.as_ref().map_or_else(
            || account.clone(),
            |id| format!("%{}%", serde_json::Value::from(id.as_str())),
        );
        let rows: Vec<(Uuid, i64, String)> = on!(self, |pool| {
            let mut select = QueryBuilder::new(
                "SELECT p.run_id, p.seq, p.person FROM run_people p
                    JOIN runs r ON r.id = p.run_id WHERE r.school_id = ",
            );
            select.push_bind(due.school.0).push(" AND (p.person LIKE ");
            select.push_bind(account).push(" OR p.person LIKE ").push_bind(number).push(")");
            select.build_query_as().fetch_all(pool).await?
        });
        let mut blanked = Vec::new();
        for (run, seq, json) in rows {
            let person: PlannedPerson = serde_json::from_str(&json).map_err(|_| unreadable())?;
            if let Some(person) = due.taken_out_of(person) {
                let json = serde_json::to_string(&person).map_err(|_| unreadable())?;
                blanked.push((run, seq, json, person.action.is_some()));
            }
        }
        Ok(blanked)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use rollcall_shared::people::AccountStatus;
    use rollcall_shared::plan::{PlanList, PlanQuery};

    use super::*;
    use crate::store::contract::{minute, on_both_engines, school};
    use crate::store::fixtures::{add, in_the_trash, invitation, pupil, teacher};
    use crate::store::runs::NewRun;
    use crate::sync::accounts::{Account, MisLink, SchoolState};
    use crate::sync::fixtures;
    use crate::sync::roster::MisIds;

    fn due_day() -> NaiveDate {
        in_the_trash(pupil(1, "", "")).purge_on.unwrap()
    }

    async fn purge_all(store: &Store, today: NaiveDate) -> usize {
        let due = store.list_due_purges(today, 100).await.unwrap();
        for one in &due {
            assert!(store.purge(one, today).await.unwrap());
        }
        due.len()
    }

    #[tokio::test]
    async fn those_whose_date_has_come_are_purged_and_their_usernames_stay_reserved() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let ama = in_the_trash(teacher(1, "Ama", "Okafor"));
            add(&store, here, &[ama.clone(), pupil(2, "Zoe", "Li")]).await;
            add(&store, there, &[in_the_trash(pupil(3, "Ida", "Stone"))]).await;
            store.replace_invitation(here, &invitation(1, here, ama.id), minute(1)).await.unwrap();
            let before = due_day() - Days::new(1);
            assert_eq!(purge_all(&store, before).await, 0, "the date has not come");
            assert_eq!(purge_all(&store, due_day()).await, 2);
            assert_eq!(purge_all(&store, due_day()).await, 0);

            let state = store.school_state(here).await.unwrap();
            assert_eq!(state.accounts.len(), 1);
            assert!(state.reserved_usernames.contains("amaokafor"));
            assert!(store.school_state(there).await.unwrap().accounts.is_empty());
            assert!(store.list_kept_mail(10).await.unwrap().is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn whoever_is_restored_in_time_is_not_purged() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let zoe = in_the_trash(pupil(1, "Zoe", "Li"));
            add(&store, here, std::slice::from_ref(&zoe)).await;
            let due = store.list_due_purges(due_day(), 10).await.unwrap();
            store.restore_person(here, zoe.id).await.unwrap();
            assert!(!store.purge(&due[0], due_day()).await.unwrap());
            let state = store.school_state(here).await.unwrap();
            assert_eq!(state.accounts[0].status, AccountStatus::Active);
        })
        .await;
    }

    #[tokio::test]
    async fn nothing_about_them_stays_in_stored_plans_but_the_row_that_is_counted() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let link = MisLink {
                mis: Some(fixtures::MIS.into()),
                ids: MisIds { id: "7".into(), ..MisIds::default() },
            };
            let zoe = in_the_trash(Account { link: Some(link), ..pupil(1, "Zoe", "Purged") });
            add(&store, here, std::slice::from_ref(&zoe)).await;
            // A plan from before she had the account, one in which she is somebody's candidate.
            let roster = fixtures::roster(
                vec![fixtures::pupil("7", "Zoe", "Purged"), fixtures::pupil("8", "Ben", "Wood")],
                vec![],
            );
            let earlier = fixtures::planned(&roster, &SchoolState::default());
            let namesake = fixtures::roster(vec![fixtures::pupil("9", "Zoe", "Purged")], vec![]);
            let known = store.school_state(here).await.unwrap();
            let later = fixtures::planned(&namesake, &known);
            assert_eq!(later.totals.possible_duplicates, 1);
            for (id, plan) in [(1, &earlier), (2, &later)] {
                let run = NewRun {
                    id: rollcall_shared::ids::RunId(Uuid::from_u128(id)),
                    school: here,
                    hash: "hash",
                    settings: &fixtures::settings(),
                    roster_read_at: minute(0),
                    by: None,
                    at: minute(1),
                };
                store.save_roster(here, &roster).await.unwrap();
                store.save_plan(&run, plan).await.unwrap();
                store.hold_run(here, run.id, "", minute(1)).await.unwrap();
            }
            assert_eq!(purge_all(&store, due_day()).await, 1);

            let first = rollcall_shared::ids::RunId(Uuid::from_u128(1));
            let page = store.list_run_people(first, &PlanQuery::default(), 50).await.unwrap();
            let names: Vec<&str> = page.rows.iter().map(|row| row.name.as_str()).collect();
            assert_eq!(names.len(), 2);
            assert!(names.contains(&"Ben Wood") && names.contains(&PURGED), "{names:?}");
            let zoe = PlanQuery { q: Some("zoe".to_owned()), ..PlanQuery::default() };
            assert_eq!(store.list_run_people(first, &zoe, 50).await.unwrap().total, 0);
            let second = rollcall_shared::ids::RunId(Uuid::from_u128(2));
            let asked = store.list_everybody(second, PlanList::PossibleDuplicate).await.unwrap();
            assert!(asked[0].view.candidates.is_empty());
        })
        .await;
    }
}
