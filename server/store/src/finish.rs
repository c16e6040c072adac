//! The end of a run that has been applied, in one transaction: what is remembered of it, or, after
//! an undo, what was remembered before the run that was undone.

use chrono::{DateTime, Utc};
use rollcall_engine::domain::accounts::{LastApplied, OpenRollover};
use rollcall_engine::domain::plan::PlannedPerson;
use rollcall_engine::planner::moved_up;
use rollcall_shared::ids::RunId;
use rollcall_shared::run::{RunKind, RunStatus};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::json::{json, parsed};
use super::runs::Claim;
use super::{Store, StoreError, in_transaction};

/// What was remembered of a school until a run was applied: an undo puts it back.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    /// The last applied run, and what it was made from; none before the first.
    last_applied: Option<(Uuid, LastApplied)>,
    /// When the consent changed, where the run was the first that knew.
    narrowed_at: Option<DateTime<Utc>>,
}

/// What was to be remembered of the run is, by now.
const DONE: &str = "UPDATE runs SET status = 'done', finished_at = $3, lease_until = NULL,
        to_remember = '{}'
    WHERE id = $1 AND fence = $2 AND status = 'running'";

const REMEMBER: &str = "INSERT INTO last_applied (school_id, run_id, applied)
    VALUES ($1, COALESCE((SELECT id FROM runs WHERE id = $2), $4), $3)
    ON CONFLICT (school_id) DO UPDATE SET run_id = excluded.run_id, applied = excluded.applied";

/// Keeps what was remembered before a run, and when the consent changed if the run settles that: what an
/// undo puts back.
macro_rules! keep_before {
    ($tx:ident, $claim:expr, $narrowed_at:expr) => {{
        const LAST: &str = "SELECT run_id, applied FROM last_applied WHERE school_id = $1";
        // A run that changed nothing is never undone.
        const KEEP: &str =
            "UPDATE runs SET remembered_before = $2 WHERE id = $1 AND (done > 0 OR $3)";
        let (claim, narrowed_at): (&Claim, Option<DateTime<Utc>>) = ($claim, $narrowed_at);
        let last: Option<(Uuid, String)> =
            sqlx::query_as(LAST).bind(claim.school.0).fetch_optional(&mut *$tx).await?;
        let last_applied = match last {
            Some((run, applied)) => Some((run, parsed(&applied, "last_applied.applied")?)),
            None => None,
        };
        let before = json(&Remembered { last_applied, narrowed_at }, "runs.remembered_before")?;
        let has_changed_classes =
            claim.totals.classes.changes() + claim.totals.subject_groups.changes() > 0;
        sqlx::query(KEEP)
            .bind(claim.run.0)
            .bind(&before)
            .bind(has_changed_classes)
            .execute(&mut *$tx)
            .await?;
    }};
}

/// Remembers what a run was made from, and keeps what was remembered before.
macro_rules! remember {
    ($tx:ident, $claim:expr) => {{
        // A consent that changed after the roster was read still says nothing about absences.
        const NARROWED: &str = "SELECT narrowed_at FROM connections WHERE school_id = $1
            AND narrowed_at <= (SELECT roster_read_at FROM runs WHERE id = $2)";
        const SETTLED: &str = "UPDATE connections SET is_narrowed = $2, narrowed_at = NULL
            WHERE school_id = $1
                AND narrowed_at <= (SELECT roster_read_at FROM runs WHERE id = $3)";
        let claim: &Claim = $claim;
        let narrowed_at: Option<DateTime<Utc>> = sqlx::query_scalar(NARROWED)
            .bind(claim.school.0)
            .bind(claim.run.0)
            .fetch_optional(&mut *$tx)
            .await?;
        keep_before!($tx, claim, narrowed_at);
        let whole = LastApplied { rollover_before: None, ..claim.to_remember.clone() };
        let remembered = json(&whole, "last_applied.applied")?;
        sqlx::query(REMEMBER)
            .bind(claim.school.0)
            .bind(claim.run.0)
            .bind(&remembered)
            .bind(claim.run.0)
            .execute(&mut *$tx)
            .await?;
        sqlx::query(SETTLED)
            .bind(claim.school.0)
            .bind(false)
            .bind(claim.run.0)
            .execute(&mut *$tx)
            .await?;
    }};
}

/// Remembers what a run leaves behind that did a part only, and nothing else would tell: whose
/// usernames no longer go with their names; who left, for they count together with those who leave
/// next; and, in a rollover, how many have moved up.
macro_rules! remember_part {
    ($tx:ident, $claim:expr) => {{
        const LAST: &str = "SELECT applied FROM last_applied WHERE school_id = $1";
        const AGAIN: &str = "UPDATE last_applied SET applied = $2 WHERE school_id = $1";
        const DONE: &str = "SELECT p.person FROM run_people p JOIN runs r ON r.id = p.run_id
            WHERE p.run_id = $1 AND p.has_action AND p.seq < r.next_seq";
        let claim: &Claim = $claim;
        let last: Option<String> =
            sqlx::query_scalar(LAST).bind(claim.school.0).fetch_optional(&mut *$tx).await?;
        if let Some(last) = last {
            let mut last: LastApplied = parsed(&last, "last_applied.applied")?;
            last.outgrown.extend(&claim.to_remember.outgrown);
            if claim.kind == RunKind::Sync {
                last.unconfirmed_leavers.extend(&claim.to_remember.unconfirmed_leavers);
            }
            let before = claim.to_remember.rollover_before.clone();
            if let Some(open) = before.filter(|_| claim.kind == RunKind::Sync) {
                let done: Vec<String> =
                    sqlx::query_scalar(DONE).bind(claim.run.0).fetch_all(&mut *$tx).await?;
                let done = done
                    .iter()
                    .map(|person| parsed(person, "run_people.person"))
                    .collect::<Result<Vec<PlannedPerson>, StoreError>>()?;
                let moved_up = open.moved_up + moved_up(&done);
                last.open_rollover = Some(OpenRollover { moved_up, ..open });
            }
            let last = json(&last, "last_applied.applied")?;
            sqlx::query(AGAIN).bind(claim.school.0).bind(&last).execute(&mut *$tx).await?;
        }
    }};
}

/// Puts back what was remembered before the run that was undone, and withdraws what it has not sent
/// yet.
macro_rules! put_back {
    ($tx:ident, $claim:expr, $undone:expr, $at:expr) => {{
        const UNDONE: &str = "UPDATE runs SET undone_at = $2 WHERE id = $1
            RETURNING remembered_before";
        const FORGET: &str = "DELETE FROM last_applied WHERE school_id = $1";
        const NARROWED: &str = "UPDATE connections SET is_narrowed = $2, narrowed_at = $3
            WHERE school_id = $1 AND narrowed_at IS NULL AND state <> 'not_set_up'";
        const WITHDRAW: &str = "UPDATE outbox SET withdrawn_at = $2
            WHERE run_id = $1 AND account_id IS NOT NULL AND sent_at IS NULL
                AND withdrawn_at IS NULL";
        const REVIVE_ANSWERS: &str = "UPDATE resolutions SET ended_by_run = NULL
            WHERE school_id = $1 AND ended_by_run = $2";
        let (claim, undone): (&Claim, RunId) = ($claim, $undone);
        let revive = sqlx::query(REVIVE_ANSWERS).bind(claim.school.0).bind(undone.0);
        revive.execute(&mut *$tx).await?;
        let before: Option<String> =
            sqlx::query_scalar(UNDONE).bind(undone.0).bind($at).fetch_one(&mut *$tx).await?;
        // A run of one person was not remembered.
        if let Some(before) = before {
            let Remembered { last_applied, narrowed_at } =
                parsed(&before, "runs.remembered_before")?;
            match last_applied {
                Some((run, applied)) => {
                    let applied = json(&applied, "last_applied.applied")?;
                    let remember = sqlx::query(REMEMBER).bind(claim.school.0).bind(run);
                    // The run of then may have been forgotten by now.
                    remember.bind(&applied).bind(undone.0).execute(&mut *$tx).await?
                }
                None => sqlx::query(FORGET).bind(claim.school.0).execute(&mut *$tx).await?,
            };
            if let Some(narrowed_at) = narrowed_at {
                let narrowed = sqlx::query(NARROWED).bind(claim.school.0).bind(true);
                narrowed.bind(narrowed_at).execute(&mut *$tx).await?;
            }
        }
        sqlx::query(WITHDRAW).bind(undone.0).bind($at).execute(&mut *$tx).await?;
    }};
}

/// Ends the answers to possible duplicates whose link is stored by now: what an id is given to later
/// is no business of theirs.
const END_ANSWERS: &str = "UPDATE resolutions SET ended_by_run = $2
    WHERE school_id = $1 AND ended_by_run IS NULL AND EXISTS (
        SELECT 1 FROM accounts a
        WHERE a.school_id = $1 AND a.mis_id = resolutions.mis_id
            AND a.mis IS NOT DISTINCT FROM resolutions.mis
            AND (a.role = 'pupil') = (resolutions.kind = 'pupil')
            AND (a.mis_external_id IS NULL OR resolutions.mis_external_id IS NULL
                OR a.mis_external_id = resolutions.mis_external_id))";

impl Store {
    /// Ends a run that has been applied. False if the claim is no longer good.
    pub async fn finish_run(&self, claim: &Claim, at: DateTime<Utc>) -> Result<bool, StoreError> {
        in_transaction!(self, "finish", |tx| {
            let done = sqlx::query(DONE)
                .bind(claim.run.0)
                .bind(claim.fence)
                .bind(at)
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() != 1 {
                return Ok(false);
            }
            if claim.kind != RunKind::Undo {
                sqlx::query(END_ANSWERS)
                    .bind(claim.school.0)
                    .bind(claim.run.0)
                    .execute(&mut *tx)
                    .await?;
            }
            match (claim.kind, claim.undoes) {
                (RunKind::Sync, _) => remember!(tx, claim),
                (RunKind::Undo, Some(undone)) => put_back!(tx, claim, undone, at),
                (RunKind::OnePerson, _) => remember_part!(tx, claim),
                (RunKind::Undo, None) => {}
            }
            true
        })
    }

    /// Ends a run that cannot go on. False if the claim is no longer good.
    pub async fn end_run(
        &self,
        claim: &Claim,
        status: RunStatus,
        message: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE runs SET status = $3, message = $4, finished_at = $5,
                lease_until = NULL
            WHERE id = $1 AND fence = $2 AND status = 'running'";
        in_transaction!(self, "end", |tx| {
            let ended = sqlx::query(SQL)
                .bind(claim.run.0)
                .bind(claim.fence)
                .bind(status.code())
                .bind(message)
                .bind(at)
                .execute(&mut *tx)
                .await?;
            if ended.rows_affected() != 1 {
                return Ok(false);
            }
            if claim.next_seq > 0 && claim.kind != RunKind::Undo {
                sqlx::query(END_ANSWERS)
                    .bind(claim.school.0)
                    .bind(claim.run.0)
                    .execute(&mut *tx)
                    .await?;
                if claim.kind == RunKind::Sync {
                    keep_before!(tx, claim, None);
                }
                remember_part!(tx, claim);
            }
            true
        })
    }
}
