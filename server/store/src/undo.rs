//! What undoing a run is planned from.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rollcall_engine::domain::plan::{Action, PlannedPerson};
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::PlanList;
use uuid::Uuid;

use super::json::parsed;
use super::rows::count;
use super::runs::{Row, StoredRun, run_columns};
use super::{Store, StoreError, on};

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

    /// How many of those a run changed have been purged since, by what it did with them.
    pub async fn count_purged(
        &self,
        run: RunId,
    ) -> Result<BTreeMap<(PersonKind, PlanList), u32>, StoreError> {
        const SQL: &str = "SELECT p.kind, p.list, COUNT(*)
            FROM run_people p JOIN runs r ON r.id = p.run_id
            WHERE p.run_id = $1 AND p.has_action = $2 AND p.seq < r.next_seq
                AND p.list IN ('create', 'restore', 'leave', 'link', 'move', 'update')
            GROUP BY p.kind, p.list";
        let rows: Vec<(String, String, i64)> =
            on!(self, |pool| sqlx::query_as(SQL).bind(run.0).bind(false).fetch_all(pool).await)?;
        rows.into_iter()
            .map(|(kind, list, people)| {
                let kind = PersonKind::from_code(&kind)
                    .ok_or(StoreError::unreadable("run_people.kind"))?;
                let list =
                    PlanList::from_code(&list).ok_or(StoreError::unreadable("run_people.list"))?;
                Ok(((kind, list), count(people)))
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

    /// The last run that changed anybody or any class, and that nobody has undone; after a run, if
    /// one is named.
    pub async fn find_last_change(
        &self,
        school: SchoolId,
        after: Option<RunId>,
    ) -> Result<Option<RunId>, StoreError> {
        const SQL: &str = concat!(
            run_columns!(),
            "WHERE school_id = $1 AND kind <> 'undo' AND undone_at IS NULL AND next_seq > 0
                AND ($2 IS NULL OR started_at > (SELECT r.started_at FROM runs r WHERE r.id = $2))
            ORDER BY started_at DESC"
        );
        let rows: Vec<Row> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(after.map(|run| run.0))
            .fetch_all(pool)
            .await)?;
        for row in rows {
            let run = StoredRun::try_from(row)?;
            if run.has_changed_anything() {
                return Ok(Some(run.id));
            }
        }
        Ok(None)
    }

    /// The run that undid this one.
    pub async fn find_undo_of(&self, run: RunId) -> Result<Option<RunId>, StoreError> {
        const SQL: &str = "SELECT id FROM runs WHERE undoes = $1 AND status = 'done'
            ORDER BY finished_at DESC LIMIT 1";
        let found: Option<Uuid> =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(run.0).fetch_optional(pool).await)?;
        Ok(found.map(RunId))
    }

    /// Whether what was remembered before a run is written down: not so of runs that came to their
    /// end before that was.
    pub async fn has_remembered_before(&self, run: RunId) -> Result<bool, StoreError> {
        const SQL: &str =
            "SELECT COUNT(*) FROM runs WHERE id = $1 AND remembered_before IS NOT NULL";
        let found: i64 =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(run.0).fetch_one(pool).await)?;
        Ok(found > 0)
    }

    /// The run of a number among those of its school, from 1.
    pub async fn find_run_of_number(
        &self,
        school: SchoolId,
        number: u32,
    ) -> Result<Option<RunId>, StoreError> {
        const FORGOTTEN: &str = "SELECT forgotten_runs FROM schools WHERE id = $1";
        const SQL: &str = "SELECT id FROM runs WHERE school_id = $1 AND queued_at IS NOT NULL
            ORDER BY queued_at, id LIMIT 1 OFFSET $2";
        on!(self, |pool| {
            let forgotten: i64 =
                sqlx::query_scalar(FORGOTTEN).bind(school.0).fetch_one(pool).await?;
            let before = i64::from(number) - forgotten - 1;
            if before < 0 {
                return Ok(None);
            }
            let found: Option<Uuid> =
                sqlx::query_scalar(SQL).bind(school.0).bind(before).fetch_optional(pool).await?;
            Ok(found.map(RunId))
        })
    }
}
