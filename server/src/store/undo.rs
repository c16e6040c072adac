//! What undoing a run is planned from.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use uuid::Uuid;

use super::runs::parsed;
use super::{Store, StoreError, on};
use crate::sync::plan::{Action, PlannedPerson};

impl Store {
    /// What a run has done with people, up to where it came.
    pub async fn list_done_actions(&self, run: RunId) -> Result<Vec<Action>, StoreError> {
        const SQL: &str = "SELECT p.person FROM run_people p JOIN runs r ON r.id = p.run_id
            WHERE p.run_id = $1 AND p.has_action = $2 AND p.seq < r.next_seq ORDER BY p.seq";
        let found: Vec<String> =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(run.0).bind(true).fetch_all(pool).await)?;
        found
            .iter()
            .filter_map(|person| {
                let person: Result<PlannedPerson, _> = parsed(person, "run_people.person");
                person.map(|person| person.action).transpose()
            })
            .collect()
    }

    /// Whether what a run did is still written down.
    pub async fn has_plan(&self, run: RunId) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM
            (SELECT 1 FROM run_people WHERE run_id = $1 UNION ALL
             SELECT 1 FROM run_classes WHERE run_id = $1 LIMIT 1) AS rows_of_it";
        let found: i64 =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(run.0).fetch_one(pool).await)?;
        Ok(found > 0)
    }

    /// The active accounts that somebody has signed in to, or activated, since that moment.
    pub async fn list_used_since(
        &self,
        school: SchoolId,
        since: DateTime<Utc>,
    ) -> Result<BTreeSet<AccountId>, StoreError> {
        const SQL: &str = "SELECT id FROM accounts WHERE school_id = $1 AND status = 'active'
            AND (last_sign_in_at >= $2 OR activated_at >= $2)";
        let found: Vec<Uuid> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(since)
            .fetch_all(pool)
            .await)?;
        Ok(found.into_iter().map(AccountId).collect())
    }

    /// The last run that changed somebody, and that nobody has undone.
    pub async fn find_last_change(&self, school: SchoolId) -> Result<Option<RunId>, StoreError> {
        const SQL: &str = "SELECT id FROM runs
            WHERE school_id = $1 AND kind <> 'undo' AND undone_at IS NULL AND done > 0
            ORDER BY started_at DESC LIMIT 1";
        let found: Option<Uuid> =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(school.0).fetch_optional(pool).await)?;
        Ok(found.map(RunId))
    }

    /// The run of a number among those of its school, from 1.
    pub async fn find_run_of_number(
        &self,
        school: SchoolId,
        number: u32,
    ) -> Result<Option<RunId>, StoreError> {
        const SQL: &str = "SELECT id FROM runs WHERE school_id = $1 AND queued_at IS NOT NULL
            ORDER BY queued_at, id LIMIT 1 OFFSET $2";
        let found: Option<Uuid> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(i64::from(number.saturating_sub(1)))
            .fetch_optional(pool)
            .await)?;
        Ok(found.map(RunId))
    }

    /// The last run after this one that changed somebody, and that nobody has undone. It has to be
    /// undone first.
    pub async fn find_later_change(
        &self,
        school: SchoolId,
        run: RunId,
    ) -> Result<Option<RunId>, StoreError> {
        const SQL: &str = "SELECT id FROM runs
            WHERE school_id = $1 AND kind <> 'undo' AND undone_at IS NULL AND done > 0
                AND started_at > (SELECT started_at FROM runs WHERE id = $2)
            ORDER BY started_at DESC LIMIT 1";
        let found: Option<Uuid> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(run.0)
            .fetch_optional(pool)
            .await)?;
        Ok(found.map(RunId))
    }
}
