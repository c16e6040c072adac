//! Stopping a run, and what runs that did not come to their end had done by then.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{RunId, SchoolId};
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{Counts, PlanList};
use uuid::Uuid;

use super::rows::count;
use super::{Store, StoreError, on};
use crate::crash;

/// How many pupils and staff a run changed, by the change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoneCounts {
    pub pupils: Counts,
    pub staff: Counts,
}

impl Store {
    /// Stops a run. One that waits is cancelled at once, with this message; of one that is being
    /// applied it is noted that its worker is to stop, and who asked for that first. False if it is
    /// not going.
    pub async fn cancel_run(
        &self,
        school: SchoolId,
        run: RunId,
        by: &str,
        message: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE runs
            SET cancel_asked_by = COALESCE(cancel_asked_by, $3),
                cancel_asked_at = COALESCE(cancel_asked_at, $4),
                finished_at = CASE WHEN status = 'queued' THEN $4 ELSE finished_at END,
                message = CASE WHEN status = 'queued' THEN $5 ELSE message END,
                status = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status END
            WHERE school_id = $1 AND id = $2 AND status IN ('queued', 'running')";
        let asked = crash::around!(
            "cancel",
            on!(self, |pool| sqlx::query(SQL)
                .bind(school.0)
                .bind(run.0)
                .bind(by)
                .bind(at)
                .bind(message)
                .execute(pool)
                .await?
                .rows_affected())
        );
        Ok(asked == 1)
    }

    /// Whether somebody wants a run stopped.
    pub async fn is_cancel_asked(&self, run: RunId) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM runs WHERE id = $1 AND cancel_asked_at IS NOT NULL";
        let asked: i64 =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(run.0).fetch_one(pool).await)?;
        Ok(asked > 0)
    }

    /// What the school's runs that were stopped or failed had done by then (or just the one named).
    /// Those that had done nothing are left out.
    pub async fn count_done(
        &self,
        school: SchoolId,
        only: Option<RunId>,
    ) -> Result<HashMap<RunId, DoneCounts>, StoreError> {
        const SQL: &str = "SELECT p.run_id, p.kind, p.list, COUNT(*)
            FROM run_people p JOIN runs r ON r.id = p.run_id
            WHERE r.school_id = $1 AND ($2 IS NULL OR r.id = $2)
                AND r.status IN ('cancelled', 'failed')
                AND p.has_action = $3 AND p.seq < r.next_seq
            GROUP BY p.run_id, p.kind, p.list";
        let rows: Vec<(Uuid, String, String, i64)> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(only.map(|run| run.0))
            .bind(true)
            .fetch_all(pool)
            .await)?;
        let mut done: HashMap<RunId, DoneCounts> = HashMap::new();
        for (run, kind, list, people) in rows {
            let list =
                PlanList::from_code(&list).ok_or(StoreError::unreadable("run_people.list"))?;
            let done = done.entry(RunId(run)).or_default();
            let is_pupils = kind == PersonKind::Pupil.code();
            let counts = if is_pupils { &mut done.pupils } else { &mut done.staff };
            let of_list = match list {
                PlanList::Create => &mut counts.created,
                PlanList::Restore => &mut counts.restored,
                PlanList::Leave => &mut counts.left,
                PlanList::Link => &mut counts.linked,
                PlanList::Move => &mut counts.moved,
                PlanList::Update => &mut counts.updated,
                _ => continue,
            };
            *of_list += count(people);
        }
        Ok(done)
    }
}
