//! Runs: frozen plans row by row, the queue of those to be applied, and their lists.
//!
//! A run is claimed by one `UPDATE … RETURNING`. The claim has a lease, after which any other
//! worker may take the run up, and a fence, a number that grows with each claim: whatever a worker
//! writes, it writes in one transaction with a check of its fence.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_engine::domain::accounts::LastApplied;
use rollcall_engine::domain::plan::{ClassAction, ClassChange, Plan, PlannedPerson, Totals};
use rollcall_shared::ids::{RunId, SchoolId};
use rollcall_shared::page::Page;
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{PlanList, PlanQuery};
use rollcall_shared::run::{RunCause, RunKind, RunStatus};
use rollcall_shared::settings::Settings;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::disconnect::is_ended_since;
use super::error::is_taken;
use super::json::{json, parsed};
use super::rows::{containing, count, folded};
use super::schedules::{insert_mails, pause_schedule};
use super::{MOST_BINDS, Store, StoreError, in_transaction, on};
use crate::crash;
use crate::outbox::{MailKind, SealedMail};

/// Who or what asks for a run to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker<'a> {
    /// An admin of this name.
    Admin(&'a str),
    Schedule,
    CommandLine,
}

impl<'a> Asker<'a> {
    #[must_use]
    pub const fn cause(self) -> RunCause {
        match self {
            Self::Admin(_) => RunCause::Admin,
            Self::Schedule => RunCause::Schedule,
            Self::CommandLine => RunCause::CommandLine,
        }
    }

    #[must_use]
    pub const fn name(self) -> Option<&'a str> {
        match self {
            Self::Admin(name) => Some(name),
            Self::Schedule | Self::CommandLine => None,
        }
    }
}

/// A plan to be saved as a run.
#[derive(Clone, Copy, Debug)]
pub struct NewRun<'a> {
    pub id: RunId,
    pub school: SchoolId,
    pub kind: RunKind,
    /// Of an undo: the run it undoes.
    pub undoes: Option<RunId>,
    /// Covers all that the plan was made from.
    pub hash: &'a str,
    pub settings: &'a Settings,
    pub roster_read_at: DateTime<Utc>,
    /// The name of the admin who asked for it, and may look at everybody in it. Where nobody looks,
    /// those who are left as they are get no row.
    pub by: Option<&'a str>,
    pub at: DateTime<Utc>,
}

/// A run without its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    pub id: RunId,
    pub school: SchoolId,
    pub kind: RunKind,
    pub status: RunStatus,
    pub cause: RunCause,
    /// Of an undo: the run it undoes.
    pub undoes: Option<RunId>,
    pub undone_at: Option<DateTime<Utc>>,
    pub hash: String,
    pub totals: Totals,
    pub roster_read_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub queued_by: Option<String>,
    pub queued_at: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub cancel_asked_at: Option<DateTime<Utc>>,
    pub cancel_asked_by: Option<String>,
    /// People the plan changes, and how many of them are done.
    pub total: u32,
    pub done: u32,
    /// The place in the plan up to which it has been applied; 0 before the classes are.
    pub next_seq: u32,
    pub message: Option<String>,
}

impl StoredRun {
    /// Whether it has changed people or classes.
    #[must_use]
    pub const fn has_changed_anything(&self) -> bool {
        let (classes, groups) = (&self.totals.classes, &self.totals.subject_groups);
        self.next_seq > 0 && self.done + classes.changes() + groups.changes() > 0
    }
}

/// A run that a worker may apply, until its lease is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub run: RunId,
    pub school: SchoolId,
    pub kind: RunKind,
    /// Of an undo: the run it undoes.
    pub undoes: Option<RunId>,
    pub fence: i64,
    pub hash: String,
    pub totals: Totals,
    pub to_remember: LastApplied,
    /// The place in the plan up to which it has been applied.
    pub next_seq: u32,
}

/// What became of Finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queued {
    Queued,
    /// It is not waiting to be finished (any more).
    NotPlanned,
    /// The school's other run has to be done first.
    AnotherGoing(RunId),
}

/// What became of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The run that waits for an admin.
    pub run: RunId,
    /// Whether the admins are written to: not when they have been before, for the same reason.
    pub is_news: bool,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: Uuid,
    school_id: Uuid,
    kind: String,
    status: String,
    cause: String,
    undoes: Option<Uuid>,
    undone_at: Option<DateTime<Utc>>,
    hash: String,
    totals: String,
    roster_read_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    queued_by: Option<String>,
    queued_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    cancel_asked_at: Option<DateTime<Utc>>,
    cancel_asked_by: Option<String>,
    total: i64,
    done: i64,
    next_seq: i64,
    message: Option<String>,
}

/// The columns of [`Row`].
macro_rules! run_columns {
    () => {
        "SELECT id, school_id, kind, status, cause, undoes, undone_at, hash, totals,
            roster_read_at, created_at, queued_by, queued_at, started_at, finished_at,
            cancel_asked_at, cancel_asked_by, total, done, next_seq, message
        FROM runs "
    };
}

pub(super) use run_columns;

impl TryFrom<Row> for StoredRun {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: RunId(row.id),
            school: SchoolId(row.school_id),
            kind: RunKind::from_code(&row.kind).ok_or(StoreError::unreadable("runs.kind"))?,
            status: RunStatus::from_code(&row.status)
                .ok_or(StoreError::unreadable("runs.status"))?,
            cause: RunCause::from_code(&row.cause).ok_or(StoreError::unreadable("runs.cause"))?,
            undoes: row.undoes.map(RunId),
            undone_at: row.undone_at,
            hash: row.hash,
            totals: parsed(&row.totals, "runs.totals")?,
            roster_read_at: row.roster_read_at,
            created_at: row.created_at,
            queued_by: row.queued_by,
            queued_at: row.queued_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            cancel_asked_at: row.cancel_asked_at,
            cancel_asked_by: row.cancel_asked_by,
            total: count(row.total),
            done: count(row.done),
            next_seq: count(row.next_seq),
            message: row.message,
        })
    }
}

#[derive(sqlx::FromRow)]
struct ClaimRow {
    id: Uuid,
    school_id: Uuid,
    kind: String,
    undoes: Option<Uuid>,
    fence: i64,
    hash: String,
    totals: String,
    to_remember: String,
    next_seq: i64,
}

impl TryFrom<ClaimRow> for Claim {
    type Error = StoreError;

    fn try_from(row: ClaimRow) -> Result<Self, StoreError> {
        Ok(Self {
            run: RunId(row.id),
            school: SchoolId(row.school_id),
            kind: RunKind::from_code(&row.kind).ok_or(StoreError::unreadable("runs.kind"))?,
            undoes: row.undoes.map(RunId),
            fence: row.fence,
            hash: row.hash,
            totals: parsed(&row.totals, "runs.totals")?,
            to_remember: parsed(&row.to_remember, "runs.to_remember")?,
            next_seq: count(row.next_seq),
        })
    }
}

/// Whether a run keeps a person once it is finished: it changes them, or there is a problem, a doubt
/// or something to know about them. All others are only counted.
fn is_kept(person: &PlannedPerson) -> bool {
    let view = &person.view;
    let is_plain =
        matches!(view.list, PlanList::Unchanged | PlanList::NotImported | PlanList::Unmatched);
    !is_plain || person.action.is_some() || !view.warnings.is_empty() || !view.kept.is_empty()
}

/// Forgets the people of a run who [are not kept](is_kept).
const FORGET_PLAIN: &str = "DELETE FROM run_people WHERE run_id = $1
    AND list IN ('unchanged', 'not_imported', 'unmatched')
    AND NOT has_action AND NOT has_warning AND NOT has_kept";

/// The list is found in an index, which holds no text of any length.
const LONGEST_SEARCH: usize = 500;

/// A person's row: everything the lists filter by, and the person as JSON.
struct PersonRow {
    seq: i64,
    list: &'static str,
    kind: &'static str,
    has_warning: bool,
    has_kept: bool,
    has_action: bool,
    search: String,
    person: String,
}

impl PersonRow {
    fn of(person: &PlannedPerson) -> Result<Self, StoreError> {
        let view = &person.view;
        let texts = [Some(view.name.as_str()), view.class.as_deref(), view.username.as_deref()];
        Ok(Self {
            seq: i64::from(view.seq),
            list: view.list.code(),
            kind: view.kind.code(),
            has_warning: !view.warnings.is_empty(),
            has_kept: !view.kept.is_empty(),
            has_action: person.action.is_some(),
            search: folded(&texts.into_iter().flatten().collect::<Vec<_>>().join(" "))
                .chars()
                .take(LONGEST_SEARCH)
                .collect(),
            person: json(person, "run_people.person")?,
        })
    }
}

impl Store {
    /// Keeps a plan as a run that waits for Finish. The school's earlier plans that were never
    /// finished are superseded, and their rows go. False if the connection was ended since the
    /// roster was read: then nothing is kept.
    pub async fn save_plan(&self, run: &NewRun<'_>, plan: &Plan) -> Result<bool, StoreError> {
        const SUPERSEDE: &str = "UPDATE runs SET status = 'superseded'
            WHERE school_id = $1 AND status = 'planned'";
        const FORGET_PEOPLE: &str = "DELETE FROM run_people WHERE run_id IN
            (SELECT id FROM runs WHERE school_id = $1 AND status = 'superseded')";
        const FORGET_CLASSES: &str = "DELETE FROM run_classes WHERE run_id IN
            (SELECT id FROM runs WHERE school_id = $1 AND status = 'superseded')";
        const RUN: &str = "INSERT INTO runs (id, school_id, status, hash, settings, totals,
                to_remember, roster_read_at, created_by, created_at, fence, total, done, next_seq,
                kind, undoes)
            VALUES ($1, $2, 'planned', $3, $4, $5, $6, $7, $8, $9, 0, $10, 0, 0, $11, $12)";
        let settings = json(run.settings, "runs.settings")?;
        let totals = json(&plan.totals, "runs.totals")?;
        let to_remember = json(&plan.to_remember, "runs.to_remember")?;
        let changed = plan.people.iter().filter(|person| person.action.is_some()).count();
        let total = i64::try_from(changed).unwrap_or(i64::MAX);
        let people: Vec<&PlannedPerson> =
            plan.people.iter().filter(|person| run.by.is_some() || is_kept(person)).collect();
        let classes: Vec<(i64, String)> = (0..)
            .zip(&plan.classes)
            .filter(|(_, action)| action.change != ClassChange::Unchanged)
            .map(|(seq, action)| Ok((seq, json(action, "run_classes.action")?)))
            .collect::<Result<_, StoreError>>()?;
        in_transaction!(self, "plan", |tx| {
            if is_ended_since!(tx, run.school, run.roster_read_at) {
                return Ok(false);
            }
            for sql in [SUPERSEDE, FORGET_PEOPLE, FORGET_CLASSES] {
                sqlx::query(sql).bind(run.school.0).execute(&mut *tx).await?;
            }
            sqlx::query(RUN)
                .bind(run.id.0)
                .bind(run.school.0)
                .bind(run.hash)
                .bind(&settings)
                .bind(&totals)
                .bind(&to_remember)
                .bind(run.roster_read_at)
                .bind(run.by)
                .bind(run.at)
                .bind(total)
                .bind(run.kind.code())
                .bind(run.undoes.map(|undone| undone.0))
                .execute(&mut *tx)
                .await?;
            for people in people.chunks(MOST_BINDS / 30) {
                let rows: Vec<PersonRow> =
                    people.iter().copied().map(PersonRow::of).collect::<Result<_, _>>()?;
                let mut insert = QueryBuilder::new(
                    "INSERT INTO run_people (run_id, seq, list, kind, has_warning, has_kept,
                        has_action, search, person) ",
                );
                insert.push_values(rows, |mut row, person| {
                    row.push_bind(run.id.0)
                        .push_bind(person.seq)
                        .push_bind(person.list)
                        .push_bind(person.kind)
                        .push_bind(person.has_warning)
                        .push_bind(person.has_kept)
                        .push_bind(person.has_action)
                        .push_bind(person.search)
                        .push_bind(person.person);
                });
                insert.build().execute(&mut *tx).await?;
            }
            for rows in classes.chunks(MOST_BINDS / 30) {
                let mut insert =
                    QueryBuilder::new("INSERT INTO run_classes (run_id, seq, action) ");
                insert.push_values(rows, |mut row, (seq, action)| {
                    row.push_bind(run.id.0).push_bind(*seq).push_bind(action.as_str());
                });
                insert.build().execute(&mut *tx).await?;
            }
            true
        })
    }

    /// The plan of this hash that waits for Finish; for an admin, one that lists everybody.
    pub async fn find_planned_run(
        &self,
        school: SchoolId,
        kind: RunKind,
        hash: &str,
        by: Option<&str>,
    ) -> Result<Option<StoredRun>, StoreError> {
        const SQL: &str = concat!(
            run_columns!(),
            "WHERE school_id = $1 AND hash = $2 AND status = 'planned' AND kind = $3
                AND ($4 OR created_by IS NOT NULL)
            ORDER BY created_at DESC LIMIT 1"
        );
        let row: Option<Row> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(hash)
            .bind(kind.code())
            .bind(by.is_none())
            .fetch_optional(pool)
            .await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// Notes that a plan stands for a later reading too, which was just the same.
    pub async fn renew_plan(
        &self,
        school: SchoolId,
        run: RunId,
        roster_read_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE runs SET roster_read_at = $3
            WHERE school_id = $1 AND id = $2 AND status = 'planned'";
        crash::around!(
            "plan-renewal",
            on!(self, |pool| sqlx::query(SQL)
                .bind(school.0)
                .bind(run.0)
                .bind(roster_read_at)
                .execute(pool)
                .await
                .map(drop))?
        );
        Ok(())
    }

    /// Ends the runs that were claimed so often, and whose last worker has not been heard of until
    /// its lease was over. How many there were.
    pub async fn give_up_runs(
        &self,
        most_claims: u32,
        message: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        const SQL: &str = "UPDATE runs SET status = 'failed', message = $3, finished_at = $1,
                lease_until = NULL
            WHERE status = 'running' AND lease_until < $1 AND fence >= $2";
        let ended = crash::around!(
            "give-up",
            on!(self, |pool| sqlx::query(SQL)
                .bind(now)
                .bind(i64::from(most_claims))
                .bind(message)
                .execute(pool)
                .await?
                .rows_affected())
        );
        Ok(ended)
    }

    pub async fn find_run(
        &self,
        school: SchoolId,
        run: RunId,
    ) -> Result<Option<StoredRun>, StoreError> {
        const SQL: &str = concat!(run_columns!(), "WHERE school_id = $1 AND id = $2");
        let row: Option<Row> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(run.0)
            .fetch_optional(pool)
            .await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// The runs for which Finish was pressed, newest first.
    pub async fn list_runs(
        &self,
        school: SchoolId,
        most: u32,
    ) -> Result<Vec<StoredRun>, StoreError> {
        const SQL: &str = concat!(
            run_columns!(),
            "WHERE school_id = $1 AND status NOT IN ('planned', 'superseded')
            ORDER BY created_at DESC, id LIMIT $2"
        );
        let rows: Vec<Row> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(i64::from(most))
            .fetch_all(pool)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The settings a run was made with.
    pub async fn run_settings(
        &self,
        school: SchoolId,
        run: RunId,
    ) -> Result<Option<Settings>, StoreError> {
        const SQL: &str = "SELECT settings FROM runs WHERE school_id = $1 AND id = $2";
        let found: Option<String> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(run.0)
            .fetch_optional(pool)
            .await)?;
        found.map(|settings| parsed(&settings, "runs.settings")).transpose()
    }

    /// The run that waits for a worker or is being applied.
    pub async fn find_going_run(&self, school: SchoolId) -> Result<Option<RunId>, StoreError> {
        const SQL: &str =
            "SELECT id FROM runs WHERE school_id = $1 AND status IN ('queued', 'running')";
        let id: Option<Uuid> =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(school.0).fetch_optional(pool).await)?;
        Ok(id.map(RunId))
    }

    /// Whether a run has ever been applied.
    pub async fn has_applied_run(&self, school: SchoolId) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM last_applied WHERE school_id = $1";
        let found: i64 =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(school.0).fetch_one(pool).await)?;
        Ok(found > 0)
    }

    /// The place of a run among those of its school for which Finish was pressed, from 1.
    pub async fn run_number(&self, school: SchoolId, run: RunId) -> Result<u32, StoreError> {
        const SQL: &str = "SELECT s.forgotten_runs + (SELECT COUNT(*) FROM runs
                WHERE school_id = s.id AND queued_at IS NOT NULL AND id <> $2 AND queued_at
                    <= COALESCE((SELECT queued_at FROM runs WHERE id = $2), queued_at))
            FROM schools s WHERE s.id = $1";
        let before: i64 = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(run.0)
            .fetch_one(pool)
            .await)?;
        Ok(count(before) + 1)
    }

    /// The number that the school's next run will have.
    pub async fn next_run_number(&self, school: SchoolId) -> Result<u32, StoreError> {
        const SQL: &str = "SELECT s.forgotten_runs + (SELECT COUNT(*) FROM runs
                WHERE school_id = s.id AND queued_at IS NOT NULL)
            FROM schools s WHERE s.id = $1";
        let before: i64 =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(school.0).fetch_one(pool).await)?;
        Ok(count(before) + 1)
    }

    /// One page of a plan's people, problems first. Of a run that ended before its time those with
    /// whom it would have done something are left out.
    pub async fn list_run_people(
        &self,
        run: RunId,
        query: &PlanQuery,
        page_size: u32,
    ) -> Result<Page<PlannedPerson>, StoreError> {
        macro_rules! filter {
            () => {
                r"FROM run_people WHERE run_id = $1
                    AND ($2 IS NULL OR list = $2) AND ($3 IS NULL OR kind = $3)
                    AND ($4 IS NULL OR search LIKE $4 ESCAPE '\')
                    AND ($5 IS NULL OR has_warning = $5)
                    AND ($6 IS NULL OR has_kept = $6)
                    AND (NOT has_action OR seq < (SELECT CASE
                        WHEN status IN ('failed', 'cancelled') THEN next_seq ELSE 2147483647 END
                        FROM runs WHERE id = $1)) "
            };
        }
        macro_rules! bind {
            ($statement:expr) => {
                $statement
                    .bind(run.0)
                    .bind(query.list.map(|list| list.code()))
                    .bind(query.kind.map(PersonKind::code))
                    .bind(
                        query
                            .q
                            .as_deref()
                            .map(str::trim)
                            .filter(|text| !text.is_empty())
                            .map(containing),
                    )
                    .bind(query.warnings.then_some(true))
                    .bind(query.kept_fields.then_some(true))
            };
        }
        const COUNT: &str = concat!("SELECT COUNT(*) ", filter!());
        // The lists in the order of `PlanList`.
        macro_rules! order {
            () => {
                "ORDER BY CASE list WHEN 'problem' THEN 0 WHEN 'possible_duplicate' THEN 1
                    WHEN 'create' THEN 2 WHEN 'restore' THEN 3 WHEN 'leave' THEN 4
                    WHEN 'link' THEN 5 WHEN 'move' THEN 6 WHEN 'update' THEN 7
                    WHEN 'unchanged' THEN 8 ELSE 9 END, seq "
            };
        }
        // Only those of the page are read; where they are the index says.
        const SQL: &str = concat!(
            "SELECT person FROM run_people WHERE run_id = $1 AND seq IN (SELECT seq ",
            filter!(),
            order!(),
            "LIMIT $7 OFFSET $8) ",
            order!()
        );
        let page = query.page.unwrap_or(1).max(1);
        let before = i64::from(page - 1) * i64::from(page_size);
        let (total, people): (i64, Vec<String>) = on!(self, |pool| {
            let total = bind!(sqlx::query_scalar(COUNT)).fetch_one(pool).await?;
            let people = bind!(sqlx::query_scalar(SQL))
                .bind(i64::from(page_size))
                .bind(before)
                .fetch_all(pool)
                .await?;
            (total, people)
        });
        let rows = people.iter().map(|json| person(json)).collect::<Result<_, _>>()?;
        Ok(Page { rows, page, page_size, total: count(total) })
    }

    /// One person of a plan, with who of the MIS they are.
    pub async fn find_run_person(
        &self,
        school: SchoolId,
        run: RunId,
        seq: u32,
    ) -> Result<Option<PlannedPerson>, StoreError> {
        const SQL: &str = "SELECT p.person FROM run_people p JOIN runs r ON r.id = p.run_id
            WHERE r.school_id = $1 AND p.run_id = $2 AND p.seq = $3";
        let found: Option<String> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(run.0)
            .bind(i64::from(seq))
            .fetch_optional(pool)
            .await)?;
        found.map(|json| person(&json)).transpose()
    }

    /// Everybody of one list of a plan.
    pub async fn list_everybody(
        &self,
        run: RunId,
        list: PlanList,
    ) -> Result<Vec<PlannedPerson>, StoreError> {
        const SQL: &str =
            "SELECT person FROM run_people WHERE run_id = $1 AND list = $2 ORDER BY seq";
        let found: Vec<String> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(run.0)
            .bind(list.code())
            .fetch_all(pool)
            .await)?;
        found.iter().map(|json| person(json)).collect()
    }

    /// Everybody of a plan who has a warning.
    pub async fn list_warned(&self, run: RunId) -> Result<Vec<PlannedPerson>, StoreError> {
        const SQL: &str = "SELECT person FROM run_people
            WHERE run_id = $1 AND has_warning = $2 ORDER BY seq";
        let found: Vec<String> =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(run.0).bind(true).fetch_all(pool).await)?;
        found.iter().map(|json| person(json)).collect()
    }

    /// The classes and subject groups that a plan changes.
    pub async fn list_run_classes(&self, run: RunId) -> Result<Vec<ClassAction>, StoreError> {
        const SQL: &str = "SELECT action FROM run_classes WHERE run_id = $1 ORDER BY seq";
        let found: Vec<String> =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(run.0).fetch_all(pool).await)?;
        found.iter().map(|json| parsed(json, "run_classes.action")).collect()
    }

    /// The people whom a plan changes, from a place on.
    pub async fn list_run_actions(
        &self,
        run: RunId,
        from: u32,
        most: u32,
    ) -> Result<Vec<PlannedPerson>, StoreError> {
        const SQL: &str = "SELECT person FROM run_people
            WHERE run_id = $1 AND seq >= $2 AND has_action = $3 ORDER BY seq LIMIT $4";
        let found: Vec<String> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(run.0)
            .bind(i64::from(from))
            .bind(true)
            .bind(i64::from(most))
            .fetch_all(pool)
            .await)?;
        found.iter().map(|json| person(json)).collect()
    }

    /// Hands a plan to the workers, forgets those whom it leaves as they are, and pauses the nightly sync where there is a reason to.
    pub async fn queue_run(
        &self,
        school: SchoolId,
        run: RunId,
        by: Asker<'_>,
        pause_because: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<Queued, StoreError> {
        const SQL: &str = "UPDATE runs
            SET status = 'queued', cause = $5, queued_by = $3, queued_at = $4
            WHERE school_id = $1 AND id = $2 AND status = 'planned'";
        let queued = async {
            in_transaction!(self, "queue", |tx| {
                let queued = sqlx::query(SQL)
                    .bind(school.0)
                    .bind(run.0)
                    .bind(by.name())
                    .bind(at)
                    .bind(by.cause().code())
                    .execute(&mut *tx)
                    .await?
                    .rows_affected();
                if queued == 1 {
                    sqlx::query(FORGET_PLAIN).bind(run.0).execute(&mut *tx).await?;
                    if let Some(because) = pause_because {
                        pause_schedule!(tx, school, at, because);
                    }
                }
                queued
            })
        };
        match queued.await {
            Ok(1) => Ok(Queued::Queued),
            Ok(_) => Ok(Queued::NotPlanned),
            // The one unique index an update of the status can meet: one going run per school.
            Err(StoreError::Database(error)) if is_taken(&error) => Ok(self
                .find_going_run(school)
                .await?
                .map_or(Queued::NotPlanned, Queued::AnotherGoing)),
            Err(error) => Err(error),
        }
    }

    /// Holds a plan that nobody was there to confirm, and writes the messages that tell of it. It
    /// counts among the school's runs. Nothing is said twice: where the school's last sync is held
    /// for the same reason no message is written, and where it is the very same plan, that one
    /// goes on being held instead of this. None if it is no longer the school's plan.
    pub async fn hold_run(
        &self,
        school: SchoolId,
        run: RunId,
        by: Asker<'_>,
        message: &str,
        mails: &[SealedMail],
        at: DateTime<Utc>,
    ) -> Result<Option<Held>, StoreError> {
        const LAST: &str = "SELECT id, status, hash, message FROM runs
            WHERE school_id = $1 AND kind = 'sync' AND queued_at IS NOT NULL
            ORDER BY queued_at DESC, id LIMIT 1";
        const HASH: &str = "SELECT hash FROM runs WHERE id = $1";
        const SQL: &str = "UPDATE runs
            SET status = 'held', cause = $5, message = $3, queued_at = $4, finished_at = $4
            WHERE school_id = $1 AND id = $2 AND status = 'planned'";
        in_transaction!(self, "hold", |tx| {
            let last: Option<(Uuid, String, String, Option<String>)> =
                sqlx::query_as(LAST).bind(school.0).fetch_optional(&mut *tx).await?;
            let hash: Option<String> =
                sqlx::query_scalar(HASH).bind(run.0).fetch_optional(&mut *tx).await?;
            let last = last.filter(|(_, status, ..)| status == RunStatus::Held.code());
            if let Some((last, _, held, _)) = &last
                && Some(held) == hash.as_ref()
            {
                return Ok(Some(Held { run: RunId(*last), is_news: false }));
            }
            let done = sqlx::query(SQL)
                .bind(school.0)
                .bind(run.0)
                .bind(message)
                .bind(at)
                .bind(by.cause().code())
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() != 1 {
                return Ok(None);
            }
            sqlx::query(FORGET_PLAIN).bind(run.0).execute(&mut *tx).await?;
            let is_news = last.is_none_or(|(.., said)| said.as_deref() != Some(message));
            if is_news {
                insert_mails!(tx, MailKind::Held, mails, at);
            }
            Some(Held { run, is_news })
        })
    }

    /// Keeps nobody of a run that changed nobody: it is one line in the school's history.
    pub async fn forget_run_people(&self, school: SchoolId, run: RunId) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM run_people WHERE run_id = $2 AND EXISTS
            (SELECT 1 FROM runs WHERE school_id = $1 AND id = $2 AND status = 'done' AND done = 0)";
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(run.0)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The school's last sync, if it is held.
    pub async fn find_held_run(&self, school: SchoolId) -> Result<Option<StoredRun>, StoreError> {
        const SQL: &str = concat!(
            run_columns!(),
            "WHERE school_id = $1 AND kind = 'sync' AND queued_at IS NOT NULL
            ORDER BY queued_at DESC, id LIMIT 1"
        );
        let row: Option<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_optional(pool).await)?;
        let last: Option<StoredRun> = row.map(TryInto::try_into).transpose()?;
        Ok(last.filter(|run| run.status == RunStatus::Held))
    }

    /// The run that the nightly sync asked for at this moment or later.
    pub async fn find_scheduled_run(
        &self,
        school: SchoolId,
        since: DateTime<Utc>,
    ) -> Result<Option<RunId>, StoreError> {
        const SQL: &str = "SELECT id FROM runs
            WHERE school_id = $1 AND cause = 'schedule' AND queued_at >= $2
            ORDER BY queued_at DESC, id LIMIT 1";
        let id: Option<Uuid> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(since)
            .fetch_optional(pool)
            .await)?;
        Ok(id.map(RunId))
    }

    /// Claims the run that has waited longest (or just the one named): one that is queued, or one
    /// whose worker has not been heard of until its lease was over.
    pub async fn claim_run(
        &self,
        only: Option<RunId>,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<Claim>, StoreError> {
        // The condition stands twice because PostgreSQL looks at the row again, but not at the
        // inner query, when two claim at once.
        const SQL: &str = "UPDATE runs SET status = 'running', fence = fence + 1,
                lease_until = $2, started_at = COALESCE(started_at, $1)
            WHERE id = (SELECT id FROM runs
                    WHERE (status = 'queued' OR (status = 'running' AND lease_until < $1))
                        AND ($3 IS NULL OR id = $3)
                    ORDER BY queued_at, id LIMIT 1)
                AND (status = 'queued' OR (status = 'running' AND lease_until < $1))
            RETURNING id, school_id, kind, undoes, fence, hash, totals, to_remember, next_seq";
        let row: Option<ClaimRow> = crash::around!(
            "claim",
            on!(self, |pool| sqlx::query_as(SQL)
                .bind(now)
                .bind(lease_until)
                .bind(only.map(|run| run.0))
                .fetch_optional(pool)
                .await)?
        );
        row.map(TryInto::try_into).transpose()
    }

    /// Renews the lease of a claimed run that is still going. False if another worker has taken the
    /// run up.
    pub async fn renew_lease(
        &self,
        run: RunId,
        fence: i64,
        lease_until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE runs
            SET lease_until = CASE WHEN status = 'running' THEN $3 END
            WHERE id = $1 AND fence = $2";
        let renewed = crash::around!(
            "lease",
            on!(self, |pool| sqlx::query(SQL)
                .bind(run.0)
                .bind(fence)
                .bind(lease_until)
                .execute(pool)
                .await?
                .rows_affected())
        );
        Ok(renewed == 1)
    }

    /// Gives a claimed run back, for another worker to take up at once. False if one has already.
    pub async fn release_run(
        &self,
        run: RunId,
        fence: i64,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE runs SET lease_until = $3
            WHERE id = $1 AND fence = $2 AND status = 'running'";
        let released = on!(self, |pool| sqlx::query(SQL)
            .bind(run.0)
            .bind(fence)
            .bind(now - TimeDelta::milliseconds(1))
            .execute(pool)
            .await?
            .rows_affected());
        Ok(released == 1)
    }

    /// How many pupils and staff this run has created.
    pub async fn count_created(&self, run: RunId) -> Result<(u32, u32), StoreError> {
        const SQL: &str = "SELECT COUNT(CASE WHEN role = 'pupil' THEN 1 END),
                COUNT(CASE WHEN role <> 'pupil' THEN 1 END)
            FROM accounts WHERE created_by_run = $1";
        let (pupils, staff): (i64, i64) =
            on!(self, |pool| sqlx::query_as(SQL).bind(run.0).fetch_one(pool).await)?;
        Ok((count(pupils), count(staff)))
    }
}

fn person(json: &str) -> Result<PlannedPerson, StoreError> {
    parsed(json, "run_people.person")
}

#[cfg(test)]
mod tests;
