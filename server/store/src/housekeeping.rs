//! What one server does for all of them, once a day: whose turn it is, and what is swept.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Store, StoreError, in_transaction, on};

/// So many rows go in one go, so that nobody waits long for a sweep.
const AT_ONCE: i64 = 1_000;

/// So many runs go in one go, with all that is kept of them.
const RUNS_AT_ONCE: i64 = 50;

/// How long a message that was sent or withdrawn is kept: by then its link works no more.
const MAIL_FOR: TimeDelta = TimeDelta::days(90);

/// How long what was remembered before a run is kept: as long as the run can be undone, and a day.
const UNDOABLE_FOR: TimeDelta = TimeDelta::days(31);

/// How long a plan is kept that another took the place of.
const SUPERSEDED_FOR: TimeDelta = TimeDelta::days(30);

/// How long the school's history goes back.
const HISTORY_FOR: TimeDelta = TimeDelta::days(3 * 365 + 1);

/// Runs a statement that does so many rows at most, again and again until none is left.
macro_rules! in_batches {
    ($store:expr, $at_once:expr, $sql:expr, $($bind:expr),+) => {{
        let mut all = 0;
        loop {
            let statement = async {
                Ok::<u64, StoreError>(on!($store, |pool| sqlx::query($sql)
                    $(.bind($bind))+
                    .bind($at_once)
                    .execute(pool)
                    .await?
                    .rows_affected()))
            };
            let done = statement.await?;
            all += done;
            if done < $at_once.unsigned_abs() {
                break all;
            }
        }
    }};
}

impl Store {
    /// Claims the housekeeping if it is due, for as long as the lease lasts. False if another server
    /// has it, or it has been done.
    pub async fn claim_housekeeping(
        &self,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE housekeeping SET lease_until = $2
            WHERE next_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)";
        let claimed = on!(self, |pool| sqlx::query(SQL)
            .bind(now)
            .bind(lease_until)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(claimed == 1)
    }

    /// Says when it is due again.
    pub async fn end_housekeeping(&self, next_at: DateTime<Utc>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE housekeeping SET next_at = $1, lease_until = NULL";
        on!(self, |pool| sqlx::query(SQL).bind(next_at).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Removes the messages that were sent or withdrawn long ago, and what is left of their texts. Of
    /// those who were invited and have not come yet it is still shown when that was, and runs count
    /// their messages.
    pub async fn sweep_mail(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        // In the words of the index.
        const MAIL: &str = "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o
            WHERE COALESCE(o.sent_at, o.withdrawn_at) < $1
                AND (o.kind <> 'activation' OR (o.run_id IS NULL AND EXISTS
                    (SELECT 1 FROM accounts a
                        WHERE a.id = o.account_id AND a.activated_at IS NOT NULL)))
            LIMIT $2)";
        const TEXTS: &str = "UPDATE outbox SET mail_sealed = $2 WHERE id IN (SELECT o.id
            FROM outbox o WHERE COALESCE(o.sent_at, o.withdrawn_at) < $1
                AND length(o.mail_sealed) > 0 LIMIT $3)";
        let before = now - MAIL_FOR;
        let deleted = in_batches!(self, AT_ONCE, MAIL, before);
        Ok(deleted + in_batches!(self, AT_ONCE, TEXTS, before, Vec::<u8>::new()))
    }

    /// Forgets what was remembered before runs that can't be undone any more.
    pub async fn sweep_remembered(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        const SQL: &str = "UPDATE runs SET remembered_before = NULL WHERE id IN
            (SELECT id FROM runs WHERE finished_at < $1 AND remembered_before IS NOT NULL LIMIT $2)";
        Ok(in_batches!(self, AT_ONCE, SQL, now - UNDOABLE_FOR))
    }

    /// Clears away the sessions that have expired.
    pub async fn sweep_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM sessions WHERE hash IN
            (SELECT hash FROM sessions WHERE expires_at <= $1 LIMIT $2)";
        Ok(in_batches!(self, AT_ONCE, SQL, now))
    }

    /// Forgets the runs of long ago, with all that is kept of them, and the plans that others took the
    /// place of. The one that was applied last stays, however long ago that was, and so do those after
    /// it: numbers count from the oldest that is there.
    pub async fn sweep_runs(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        const GOING: &str = "SELECT id, school_id, queued_at IS NOT NULL FROM runs
            WHERE status NOT IN ('planned', 'queued', 'running')
                AND (queued_at < $1 OR (status = 'superseded' AND created_at < $2))
                AND NOT EXISTS (SELECT 1 FROM last_applied l JOIN runs kept ON kept.id = l.run_id
                    WHERE l.school_id = runs.school_id
                        AND (kept.id = runs.id OR kept.queued_at < runs.queued_at))
            ORDER BY queued_at, created_at, id LIMIT $3";
        const COUNT: &str = "UPDATE schools SET forgotten_runs = forgotten_runs + 1 WHERE id = $1";
        const THEIRS: [&str; 6] = [
            "DELETE FROM run_people WHERE run_id = $1",
            "DELETE FROM run_classes WHERE run_id = $1",
            "DELETE FROM outbox WHERE run_id = $1",
            "UPDATE schedules SET last_run = NULL WHERE last_run = $1",
            "UPDATE runs SET undoes = NULL WHERE undoes = $1",
            "DELETE FROM runs WHERE id = $1",
        ];
        let mut all = 0;
        loop {
            let batch = async {
                in_transaction!(self, |tx| {
                    let going: Vec<(Uuid, Uuid, bool)> = sqlx::query_as(GOING)
                        .bind(now - HISTORY_FOR)
                        .bind(now - SUPERSEDED_FOR)
                        .bind(RUNS_AT_ONCE)
                        .fetch_all(&mut *tx)
                        .await?;
                    for (run, school, is_numbered) in &going {
                        if *is_numbered {
                            sqlx::query(COUNT).bind(school).execute(&mut *tx).await?;
                        }
                        for sql in THEIRS {
                            sqlx::query(sql).bind(run).execute(&mut *tx).await?;
                        }
                    }
                    going.len()
                })
            };
            let went: Result<usize, StoreError> = batch.await;
            match went? {
                0 => return Ok(all),
                went => all += went as u64,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::domain::plan::Plan;
    use rollcall_engine::fixtures::{planned, roster, settings, staff_account, state};
    use rollcall_shared::ids::{RunId, SchoolId};
    use rollcall_shared::plan::PlanQuery;
    use rollcall_shared::run::RunKind;

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::{add, invitation};
    use crate::runs::{Asker, NewRun};
    use crate::sessions::NewSession;

    fn day(number: i64) -> DateTime<Utc> {
        minute(0) + TimeDelta::days(number)
    }

    /// A plan of a pupil to create, saved at a time.
    async fn plan(store: &Store, school: SchoolId, id: u128, at: DateTime<Utc>) -> RunId {
        let pupils = vec![rollcall_engine::fixtures::pupil("1", "Zoe Li")];
        let plan: Plan = planned(&roster(pupils, vec![]), &state(vec![]));
        let run = NewRun {
            id: RunId(Uuid::from_u128(id)),
            school,
            kind: RunKind::Sync,
            undoes: None,
            hash: "hash",
            settings: &settings(),
            roster_read_at: minute(0),
            by: Some("Mx Office"),
            at,
        };
        assert!(store.save_plan(&run, &plan).await.unwrap());
        run.id
    }

    /// A run that was applied at a time.
    async fn run(store: &Store, school: SchoolId, id: u128, at: DateTime<Utc>) -> RunId {
        let run = plan(store, school, id, at).await;
        apply(store, school, run, at).await;
        run
    }

    /// The undoing of a run, which was applied at a time.
    async fn undo(
        store: &Store,
        school: SchoolId,
        id: u128,
        undone: RunId,
        at: DateTime<Utc>,
    ) -> RunId {
        let new = NewRun {
            id: RunId(Uuid::from_u128(id)),
            school,
            kind: RunKind::Undo,
            undoes: Some(undone),
            hash: "hash",
            settings: &settings(),
            roster_read_at: minute(0),
            by: None,
            at,
        };
        let nothing = planned(&roster(vec![], vec![]), &state(vec![]));
        assert!(store.save_plan(&new, &nothing).await.unwrap());
        apply(store, school, new.id, at).await;
        new.id
    }

    async fn apply(store: &Store, school: SchoolId, run: RunId, at: DateTime<Utc>) {
        store.queue_run(school, run, Asker::CommandLine, None, at).await.unwrap();
        let claim = store.claim_run(Some(run), at, at + TimeDelta::minutes(1)).await.unwrap();
        assert!(store.finish_run(&claim.unwrap(), at).await.unwrap());
    }

    #[tokio::test]
    async fn one_server_keeps_house_once_a_day_and_another_where_the_first_is_gone() {
        on_both_engines(async |store: Store| {
            let claim =
                async |now| store.claim_housekeeping(now, now + TimeDelta::hours(1)).await.unwrap();
            assert!(claim(day(0)).await);
            assert!(!claim(day(0)).await, "another has it");
            assert!(claim(day(0) + TimeDelta::hours(1)).await, "who is gone by now");
            store.end_housekeeping(day(1)).await.unwrap();
            assert!(!claim(day(1) - TimeDelta::minutes(1)).await);
            let (one, other) = tokio::join!(claim(day(1)), claim(day(1)));
            assert!(one != other, "of two at once one");
        })
        .await;
    }

    #[tokio::test]
    async fn sessions_that_have_expired_go_however_many_they_are() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let ama = staff_account(1, "Ama Okafor");
            add(&store, here, std::slice::from_ref(&ama)).await;
            for number in 0..1_001_u32 {
                let mut hash = [0; 32];
                hash[..4].copy_from_slice(&number.to_be_bytes());
                let expires_at = if number == 0 { day(2) } else { day(1) };
                let session = NewSession { hash, school: here, account: ama.id, expires_at };
                store.begin_session(&session, day(0)).await.unwrap();
            }
            assert_eq!(store.sweep_sessions(day(1)).await.unwrap(), 1_000);
            assert!(store.find_session(&[0; 32]).await.unwrap().is_some());
        })
        .await;
    }

    #[tokio::test]
    async fn what_an_old_message_said_goes_and_that_it_was_sent_stays_for_who_has_not_come() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let (ama, ben) = (staff_account(1, "Ama Okafor"), staff_account(2, "Ben Abel"));
            add(&store, here, &[ama.clone(), ben.clone()]).await;
            for (id, who) in [(1, &ama), (2, &ben)] {
                let link = invitation(id, here, who.id);
                store.replace_invitation(here, &link, day(0)).await.unwrap();
            }
            for mail in store.claim_mail(day(0), TimeDelta::minutes(1), 10).await.unwrap() {
                store.mail_was_sent(mail.mail.id, day(0)).await.unwrap();
            }
            store.set_staff_password(here, ama.id, "hash", day(1)).await.unwrap();
            assert_eq!(store.sweep_mail(day(90)).await.unwrap(), 0);
            assert_eq!(store.sweep_mail(day(91)).await.unwrap(), 2, "one goes, one is emptied");
            assert_eq!(store.sweep_mail(day(92)).await.unwrap(), 0);
            let sent = store.mail_standing(here).await.unwrap();
            assert_eq!((sent.waiting, sent.undelivered), (0, 0));
            assert!(store.keys_in_use().await.unwrap().is_empty(), "nothing is sealed");
        })
        .await;
    }

    #[tokio::test]
    async fn history_goes_after_three_years_and_later_runs_keep_their_numbers() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let first = run(&store, here, 1, day(0)).await;
            let second = run(&store, here, 2, day(400)).await;
            let only = run(&store, there, 3, day(0)).await;
            assert_eq!(store.sweep_runs(day(1_096)).await.unwrap(), 0);
            assert_eq!(store.sweep_runs(day(1_097)).await.unwrap(), 1);
            assert_eq!(store.find_run(here, first).await.unwrap(), None);
            let people = store.list_run_people(first, &PlanQuery::default(), 10).await.unwrap();
            assert_eq!(people.total, 0);
            assert_eq!(store.run_number(here, second).await.unwrap(), 2);
            assert_eq!(store.next_run_number(here).await.unwrap(), 3);
            assert_eq!(store.find_run_of_number(here, 2).await.unwrap(), Some(second));
            assert_eq!(store.find_run_of_number(here, 1).await.unwrap(), None);
            assert!(store.find_run(there, only).await.unwrap().is_some(), "its last");
        })
        .await;
    }

    #[tokio::test]
    async fn numbers_stay_where_a_run_was_undone_and_where_none_was_applied_for_long() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let first = run(&store, here, 1, day(0)).await;
            run(&store, here, 2, day(1)).await;
            let third = undo(&store, here, 3, first, day(3)).await;
            assert_eq!(store.sweep_runs(day(1_098)).await.unwrap(), 2);
            assert_eq!(store.run_number(here, third).await.unwrap(), 3);

            run(&store, there, 4, day(0)).await;
            let failed = plan(&store, there, 5, day(1)).await;
            store.queue_run(there, failed, Asker::Schedule, None, day(1)).await.unwrap();
            store.cancel_run(there, failed, "Mx Head", "", day(1)).await.unwrap();
            assert_eq!(store.sweep_runs(day(1_300)).await.unwrap(), 1, "of the other school");
            assert_eq!(store.run_number(there, failed).await.unwrap(), 2);
        })
        .await;
    }

    #[tokio::test]
    async fn a_run_is_undone_although_the_one_before_it_is_forgotten() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            run(&store, here, 1, day(0)).await;
            let second = run(&store, here, 2, day(1_200)).await;
            assert_eq!(store.sweep_runs(day(1_201)).await.unwrap(), 1);
            undo(&store, here, 3, second, day(1_202)).await;
            assert!(store.school_state(here).await.unwrap().last_applied.is_some());
        })
        .await;
    }

    #[tokio::test]
    async fn plans_that_others_took_the_place_of_go_after_a_month() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let older = plan(&store, here, 1, day(0)).await;
            let newer = plan(&store, here, 2, day(1)).await;
            assert_eq!(store.sweep_runs(day(30)).await.unwrap(), 0);
            assert_eq!(store.sweep_runs(day(31)).await.unwrap(), 1);
            assert_eq!(store.find_run(here, older).await.unwrap(), None);
            assert!(store.find_run(here, newer).await.unwrap().is_some(), "it waits for Finish");
            assert_eq!(store.next_run_number(here).await.unwrap(), 1);
        })
        .await;
    }
}
