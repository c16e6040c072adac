//! Purging: what is left of people whose time in the trash is over. Their username stays reserved,
//! bare of anything else; of what has been done, only counts stay.

use std::collections::HashSet;

use chrono::NaiveDate;
use rollcall_engine::domain::plan::PlannedPerson;
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::people::{PersonKind, Role};
use rollcall_shared::plan::{PlanList, PlanPerson};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::json::{json, parsed};
use super::{Store, StoreError, in_transaction, on};

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

impl From<Row> for DuePurge {
    fn from(row: Row) -> Self {
        // Whose role cannot be read is purged all the same.
        let kind = Role::from_code(&row.role).map_or(PersonKind::Staff, Role::kind);
        Self {
            school: SchoolId(row.school_id),
            account: AccountId(row.id),
            kind,
            mis: row.mis,
            mis_id: row.mis_id,
        }
    }
}

/// What takes the place of a name in a stored plan.
const PURGED: &str = "Somebody who has been purged";

/// A person of a stored plan without anything about the one who is purged.
enum TakenOut {
    /// It was they.
    Blanked(PlannedPerson),
    /// They were somebody that this person might have been.
    NotMentioned(PlannedPerson),
}

impl DuePurge {
    /// None if there is nothing to take out. An MIS gives a number again: a row of one of the other
    /// accounts there are is not about the one who is purged.
    fn taken_out_of(&self, mut person: PlannedPerson, others: &HashSet<Uuid>) -> Option<TakenOut> {
        let accounts = [person.view.account, person.action.as_ref().map(|action| action.after.id)];
        let mut accounts = accounts.into_iter().flatten();
        let by_account = accounts.clone().any(|account| account == self.account);
        let is_another = accounts.any(|account| others.contains(&account.0));
        let by_link = person.view.kind == self.kind
            && person.link.as_ref().is_some_and(|link| {
                link.mis == self.mis && Some(&link.ids.id) == self.mis_id.as_ref()
            });
        if by_account || (by_link && !is_another) {
            let view = &mut person.view;
            PURGED.clone_into(&mut view.name);
            view.year = None;
            view.class = None;
            view.username = None;
            view.fields.clear();
            view.kept.clear();
            view.warnings.clear();
            view.candidates.clear();
            view.as_new = None;
            view.left_out = None;
            view.problem = None;
            view.proposed = None;
            view.account = None;
            person.link = None;
            person.about = None;
            person.action = None;
            return Some(TakenOut::Blanked(person));
        }
        let candidates = person.view.candidates.len();
        person.view.candidates.retain(|candidate| candidate.account != self.account);
        (person.view.candidates.len() < candidates).then_some(TakenOut::NotMentioned(person))
    }
}

/// What takes the place of a row that cannot be read, and may be about the one who is purged.
fn blank(seq: i64, list: &str, kind: &str) -> Result<PlannedPerson, StoreError> {
    let view = PlanPerson {
        left_out: None,
        seq: u32::try_from(seq).map_err(|_| StoreError::unreadable("run_people.seq"))?,
        list: PlanList::from_code(list).ok_or(StoreError::unreadable("run_people.list"))?,
        kind: PersonKind::from_code(kind).ok_or(StoreError::unreadable("run_people.kind"))?,
        name: PURGED.to_owned(),
        year: None,
        class: None,
        username: None,
        rule: String::new(),
        fields: Vec::new(),
        kept: Vec::new(),
        problem: None,
        warnings: Vec::new(),
        candidates: Vec::new(),
        as_new: None,
        is_sure: false,
        account: None,
        proposed: None,
        is_answered: false,
    };
    Ok(PlannedPerson { view, link: None, about: None, action: None })
}

/// A row of a stored plan as it is to be.
struct Rewritten {
    run: Uuid,
    seq: i64,
    person: String,
    has_action: bool,
    /// Whether the row can be searched for no more.
    is_blanked: bool,
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
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Purges somebody, all or nothing. False if they have been restored meanwhile.
    pub async fn purge(&self, due: &DuePurge, today: NaiveDate) -> Result<bool, StoreError> {
        const GOING: &str = "SELECT COUNT(*) FROM accounts
            WHERE school_id = $1 AND id = $2 AND status = 'trash' AND purge_on <= $3";
        const THEIRS: [&str; 13] = [
            "DELETE FROM memberships WHERE school_id = $1 AND account_id = $2",
            "DELETE FROM activation_tokens WHERE school_id = $1 AND account_id = $2",
            "DELETE FROM sessions WHERE school_id = $1 AND account_id = $2",
            "DELETE FROM devices WHERE school_id = $1 AND account_id = $2",
            "DELETE FROM network_visits WHERE school_id = $1 AND account_id = $2",
            "DELETE FROM card_keys WHERE school_id = $1 AND account_id = $2",
            "DELETE FROM outbox WHERE school_id = $1 AND account_id = $2",
            "DELETE FROM resolutions WHERE school_id = $1 AND same_as = $2",
            "DELETE FROM username_answers WHERE school_id = $1 AND account_id = $2",
            "UPDATE reserved_usernames SET account_id = NULL
                WHERE school_id = $1 AND account_id = $2",
            "UPDATE audit SET subject_id = NULL WHERE school_id = $1 AND subject_id = $2",
            "UPDATE audit SET actor_id = NULL WHERE school_id = $1 AND actor_id = $2",
            "DELETE FROM accounts WHERE school_id = $1 AND id = $2",
        ];
        const PERSON: &str = "UPDATE run_people SET person = $3, has_action = $4,
                has_kept = CASE WHEN $5 THEN FALSE ELSE has_kept END,
                has_warning = CASE WHEN $5 THEN FALSE ELSE has_warning END,
                search = CASE WHEN $5 THEN '' ELSE search END
            WHERE run_id = $1 AND seq = $2";
        let rewritten = self.taken_out_of_plans(due).await?;
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
            for row in &rewritten {
                sqlx::query(PERSON)
                    .bind(row.run)
                    .bind(row.seq)
                    .bind(&row.person)
                    .bind(row.has_action)
                    .bind(row.is_blanked)
                    .execute(&mut *tx)
                    .await?;
            }
            true
        })
    }

    /// The people of stored plans in whom something of the one who is purged stands, without it.
    async fn taken_out_of_plans(&self, due: &DuePurge) -> Result<Vec<Rewritten>, StoreError> {
        const OTHERS: &str = "SELECT id FROM accounts WHERE school_id = $1 AND id <> $2";
        // The texts only narrow down which rows are looked at.
        let account = format!("%{}%", due.account);
        let number = due.mis_id.as_ref().map_or_else(
            || account.clone(),
            |id| format!("%{}%", serde_json::Value::from(id.as_str())),
        );
        let rows: Vec<(Uuid, i64, String, String, String)> = on!(self, |pool| {
            let mut select = QueryBuilder::new(
                "SELECT p.run_id, p.seq, p.list, p.kind, p.person FROM run_people p
                    JOIN runs r ON r.id = p.run_id WHERE r.school_id = ",
            );
            select.push_bind(due.school.0).push(" AND (p.person LIKE ");
            select.push_bind(account).push(" OR p.person LIKE ").push_bind(number).push(")");
            select.build_query_as().fetch_all(pool).await?
        });
        let others: Vec<Uuid> = on!(self, |pool| sqlx::query_scalar(OTHERS)
            .bind(due.school.0)
            .bind(due.account.0)
            .fetch_all(pool)
            .await)?;
        let others = others.into_iter().collect();
        let mut rewritten = Vec::new();
        for (run, seq, list, kind, text) in rows {
            let taken_out = match parsed(&text, "run_people.person") {
                Ok(person) => due.taken_out_of(person, &others),
                // A later release wrote it, and can tell what is in it.
                Err(newer @ StoreError::Newer { .. }) => return Err(newer),
                Err(_) => Some(TakenOut::Blanked(blank(seq, &list, &kind)?)),
            };
            let (person, is_blanked) = match taken_out {
                None => continue,
                Some(TakenOut::Blanked(person)) => (person, true),
                Some(TakenOut::NotMentioned(person)) => (person, false),
            };
            let has_action = person.action.is_some();
            let person = json(&person, "run_people.person")?;
            rewritten.push(Rewritten { run, seq, person, has_action, is_blanked });
        }
        Ok(rewritten)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use rollcall_engine::domain::accounts::{Account, SchoolState, UsernameAnswer};
    use rollcall_engine::domain::mis_link::{MisIds, MisLink};
    use rollcall_engine::domain::plan::Plan;
    use rollcall_engine::fixtures;
    use rollcall_shared::ids::RunId;
    use rollcall_shared::people::AccountStatus;
    use rollcall_shared::plan::{PlanQuery, RenameAnswer};

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::{add, invitation};
    use crate::runs::{Asker, NewRun};
    use rollcall_engine::fixtures::{account, staff_account};
    use rollcall_shared::run::RunKind;

    fn due_day() -> NaiveDate {
        account(1, "").left().purge_on.unwrap()
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
            let ama = staff_account(1, "Ama Okafor").with_username("AmaOkafor").left();
            add(&store, here, &[ama.clone(), account(2, "Zoe Li")]).await;
            add(&store, there, &[account(3, "Ida Stone").left()]).await;
            store.replace_invitation(here, &invitation(1, here, ama.id), minute(1)).await.unwrap();
            let keeps = UsernameAnswer {
                account: ama.id,
                username: "AOkafor".into(),
                answer: RenameAnswer::Keep,
            };
            store.save_username_answer(here, &keeps, None, minute(1)).await.unwrap();
            let before = due_day() - Days::new(1);
            assert_eq!(purge_all(&store, before).await, 0, "the date has not come");
            assert_eq!(purge_all(&store, due_day()).await, 2);
            assert_eq!(purge_all(&store, due_day()).await, 0);

            let state = store.school_state(here).await.unwrap();
            assert_eq!(state.accounts.len(), 1);
            assert!(state.username_answers.is_empty());
            assert_eq!(state.reserved_usernames.get("amaokafor"), Some(&None), "of nobody");
            assert!(store.school_state(there).await.unwrap().accounts.is_empty());
            assert!(store.list_unsent_mail(10).await.unwrap().is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn a_person_who_is_restored_in_time_is_not_purged() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let zoe = account(1, "Zoe Li").left();
            add(&store, here, std::slice::from_ref(&zoe)).await;
            let due = store.list_due_purges(due_day(), 10).await.unwrap();
            store.restore_person(here, zoe.id, minute(9)).await.unwrap();
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
            let zoe = Account { link: Some(link), ..account(1, "Zoe Purged") }.left();
            add(&store, here, std::slice::from_ref(&zoe)).await;
            // A plan from before she had the account, one in which she is somebody's candidate.
            let roster = fixtures::roster(
                vec![fixtures::pupil("7", "Zoe Purged"), fixtures::pupil("8", "Ben Wood")],
                vec![],
            );
            let earlier = fixtures::planned(&roster, &SchoolState::default());
            let namesake = fixtures::roster(vec![fixtures::pupil("9", "Zoe Purged")], vec![]);
            let known = store.school_state(here).await.unwrap();
            let later = fixtures::planned(&namesake, &known);
            assert_eq!(later.totals.possible_duplicates, 1);
            let first = planned(&store, here, 1, &earlier).await;
            let second = planned(&store, here, 2, &later).await;
            assert_eq!(purge_all(&store, due_day()).await, 1);

            let page = store.list_run_people(first, &PlanQuery::default(), 50).await.unwrap();
            let names: Vec<&str> = page.rows.iter().map(|row| row.view.name.as_str()).collect();
            assert_eq!(names.len(), 2);
            assert!(names.contains(&"Ben Wood") && names.contains(&PURGED), "{names:?}");
            let zoe = PlanQuery { q: Some("zoe".to_owned()), ..PlanQuery::default() };
            assert_eq!(store.list_run_people(first, &zoe, 50).await.unwrap().total, 0);
            // Who is only mentioned with her is found as before.
            let asked = store.list_everybody(second, PlanList::PossibleDuplicate).await.unwrap();
            assert!(asked[0].view.candidates.is_empty());
            assert_eq!(store.list_run_people(second, &zoe, 50).await.unwrap().total, 1);
        })
        .await;
    }

    /// Stores a plan that waits for Finish no more.
    async fn planned(store: &Store, here: SchoolId, id: u128, plan: &Plan) -> RunId {
        let run = NewRun {
            id: RunId(Uuid::from_u128(id)),
            school: here,
            kind: RunKind::Sync,
            undoes: None,
            hash: "hash",
            settings: &fixtures::settings(),
            roster_read_at: minute(0),
            by: None,
            at: minute(1),
        };
        store.save_roster(here, &fixtures::roster(vec![], vec![])).await.unwrap();
        store.save_plan(&run, plan).await.unwrap();
        store.hold_run(here, run.id, Asker::CommandLine, "", &[], minute(1)).await.unwrap();
        run.id
    }

    #[tokio::test]
    async fn somebody_else_who_was_given_the_same_mis_number_keeps_their_history() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let ids = MisIds { id: "7".into(), ..MisIds::default() };
            let link = Some(MisLink { mis: Some(fixtures::MIS.into()), ids });
            let zoe = Account { link: link.clone(), ..account(1, "Zoe Purged") }.left();
            let roster = fixtures::roster(vec![fixtures::pupil("7", "Ben Wood")], vec![]);
            let created = fixtures::planned(&roster, &SchoolState::default());
            let id = created.people[0].action.as_ref().unwrap().after.id;
            let ben = Account { id, link, ..account(2, "Ben Wood") };
            add(&store, here, &[zoe, ben.clone()]).await;
            let mut known = store.school_state(here).await.unwrap();
            known.accounts.retain(|account| account.id == ben.id);
            let updated = fixtures::planned(&roster, &known);
            assert_eq!(updated.people[0].view.account, Some(ben.id));
            for (id, plan) in [(1, &created), (2, &updated)] {
                planned(&store, here, id, plan).await;
            }
            assert_eq!(purge_all(&store, due_day()).await, 1);
            for (id, plan) in [(1, created), (2, updated)] {
                let run = RunId(Uuid::from_u128(id));
                let page = store.list_run_people(run, &PlanQuery::default(), 50).await.unwrap();
                assert_eq!(page.rows, [plan.people[0].clone()]);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_row_that_cannot_be_read_is_blanked_and_stops_no_purge() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let zoe = account(1, "Zoe Purged").left();
            add(&store, here, std::slice::from_ref(&zoe)).await;
            let known = store.school_state(here).await.unwrap();
            let namesake = fixtures::roster(vec![fixtures::pupil("9", "Zoe Purged")], vec![]);
            let run = planned(&store, here, 1, &fixtures::planned(&namesake, &known)).await;
            let lost = format!("{{\"of another version\": \"{}\"}}", zoe.id);
            on!(&store, |pool| sqlx::query("UPDATE run_people SET person = $1")
                .bind(&lost)
                .execute(pool)
                .await
                .map(|_| ()))
            .unwrap();
            assert_eq!(purge_all(&store, due_day()).await, 1);
            let page = store.list_run_people(run, &PlanQuery::default(), 50).await.unwrap();
            let row = &page.rows[0].view;
            assert_eq!((row.name.as_str(), row.list), (PURGED, PlanList::PossibleDuplicate));
            let zoe = PlanQuery { q: Some("zoe".to_owned()), ..PlanQuery::default() };
            assert_eq!(store.list_run_people(run, &zoe, 50).await.unwrap().total, 0);
        })
        .await;
    }
}
