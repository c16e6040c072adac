//! The nightly sync of each school, and which of them is due.
//!
//! A night is claimed by one `UPDATE … RETURNING`. The claim has a lease, after which any other
//! server may take the night up, and a fence, a number that grows with each claim: whatever a
//! server writes of a night, it writes with a check of its fence. Only the end of a night moves the
//! schedule on to the next one, in the statement that writes down what came of it: a night whose
//! server went in the middle is made all the same, and is not made twice.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use rollcall_shared::schedule::{DigestChoice, NightOutcome};
use rollcall_shared::time::TimeOfDay;
use uuid::Uuid;

use super::{Store, StoreError, in_transaction, on};
use crate::crash;
use crate::outbox::{MailKind, SealedMail};

/// The nightly sync of a school.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredSchedule {
    pub is_on: bool,
    /// UK time; none where nobody has ever chosen one.
    pub time: Option<TimeOfDay>,
    pub digest: DigestChoice,
    pub changed_by: Option<String>,
    pub changed_at: Option<DateTime<Utc>>,
    /// When it was paused, and why in plain words.
    pub paused: Option<(DateTime<Utc>, String)>,
    pub next_at: Option<DateTime<Utc>>,
    pub lease_until: Option<DateTime<Utc>>,
    /// How often the night that is not over has been tried again.
    pub retries: u32,
    pub last: Option<EndedNight>,
}

/// What came of a night.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedNight {
    pub at: DateTime<Utc>,
    pub outcome: NightOutcome,
    /// Why it was held or failed, in plain words.
    pub message: Option<String>,
    /// None where it never came to a run.
    pub run: Option<RunId>,
    /// A mark of what a person had to look at; none if there was nothing.
    pub needs: Option<String>,
}

/// What an admin has chosen.
#[derive(Clone, Copy, Debug)]
pub struct ChosenSchedule<'a> {
    pub is_on: bool,
    pub time: TimeOfDay,
    pub digest: DigestChoice,
    /// Whether a pause ends.
    pub resume: bool,
    /// When it is made next, if it is on and not paused.
    pub next_at: DateTime<Utc>,
    /// The name of the admin.
    pub by: &'a str,
    pub at: DateTime<Utc>,
}

/// A night that a server may make, until its lease is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Night {
    pub school: SchoolId,
    /// When it was due.
    pub due_at: DateTime<Utc>,
    pub time: TimeOfDay,
    pub digest: DigestChoice,
    /// How often it has been claimed, this time included.
    pub attempts: u32,
    /// How often it has been tried again, since XoD could not be read.
    pub retries: u32,
    /// What came of the night before.
    pub last: Option<EndedNight>,
    fence: i64,
    /// The moment that was claimed: an admin may choose another meanwhile.
    claimed_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    school_id: Uuid,
    is_on: bool,
    minutes: i64,
    digest: String,
    changed_by: Option<String>,
    changed_at: DateTime<Utc>,
    paused_at: Option<DateTime<Utc>>,
    paused_because: Option<String>,
    next_at: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    lease_until: Option<DateTime<Utc>>,
    fence: i64,
    attempts: i64,
    retries: i64,
    last_at: Option<DateTime<Utc>>,
    last_outcome: Option<String>,
    last_message: Option<String>,
    last_run: Option<Uuid>,
    last_needs: Option<String>,
}

impl Row {
    fn time(&self) -> Result<TimeOfDay, StoreError> {
        u16::try_from(self.minutes)
            .ok()
            .and_then(TimeOfDay::from_minutes)
            .ok_or(StoreError::unreadable("schedules.minutes"))
    }

    fn digest(&self) -> Result<DigestChoice, StoreError> {
        DigestChoice::from_code(&self.digest).ok_or(StoreError::unreadable("schedules.digest"))
    }

    fn last(&self) -> Result<Option<EndedNight>, StoreError> {
        let (Some(at), Some(outcome)) = (self.last_at, &self.last_outcome) else {
            return Ok(None);
        };
        Ok(Some(EndedNight {
            at,
            outcome: NightOutcome::from_code(outcome)
                .ok_or(StoreError::unreadable("schedules.last_outcome"))?,
            message: self.last_message.clone(),
            run: self.last_run.map(RunId),
            needs: self.last_needs.clone(),
        }))
    }
}

impl TryFrom<Row> for StoredSchedule {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            is_on: row.is_on,
            time: Some(row.time()?),
            digest: row.digest()?,
            last: row.last()?,
            changed_by: row.changed_by,
            changed_at: Some(row.changed_at),
            paused: row.paused_at.zip(row.paused_because),
            next_at: row.next_at,
            lease_until: row.lease_until,
            retries: super::rows::count(row.retries),
        })
    }
}

impl TryFrom<Row> for Night {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let unreadable = StoreError::unreadable;
        Ok(Self {
            school: SchoolId(row.school_id),
            due_at: row.due_at.ok_or(unreadable("schedules.due_at"))?,
            time: row.time()?,
            digest: row.digest()?,
            attempts: super::rows::count(row.attempts),
            retries: super::rows::count(row.retries),
            last: row.last()?,
            fence: row.fence,
            claimed_at: row.next_at.ok_or(unreadable("schedules.next_at"))?,
        })
    }
}

/// The columns of [`Row`].
macro_rules! schedule_columns {
    () => {
        "school_id, is_on, minutes, digest, changed_by, changed_at, paused_at, paused_because,
            next_at, due_at, lease_until, fence, attempts, retries, last_at, last_outcome,
            last_message, last_run, last_needs"
    };
}

/// Pauses the nightly sync of a school, if it is on, within a transaction of either engine:
/// `pause_schedule!(tx, school, at, "why, in plain words")`. An earlier pause keeps its reason.
macro_rules! pause_schedule {
    ($tx:ident, $school:expr, $at:expr, $because:expr) => {
        sqlx::query($crate::schedules::PAUSE_SCHEDULE)
            .bind($school.0)
            .bind($at)
            .bind($because)
            .execute(&mut *$tx)
            .await?
    };
}

pub(super) const PAUSE_SCHEDULE: &str = "UPDATE schedules
    SET paused_at = $2, paused_because = $3, next_at = NULL, due_at = NULL
    WHERE school_id = $1 AND is_on AND paused_at IS NULL";

pub(super) use pause_schedule;

/// A message's row, as [`INSERT_MAIL`](super::outbox::INSERT_MAIL) writes it, for messages to
/// admins, within a transaction of either engine.
macro_rules! insert_mails {
    ($tx:ident, $kind:expr, $mails:expr, $at:expr) => {{
        let mails: &[$crate::outbox::SealedMail] = $mails;
        for mail in mails {
            sqlx::query($crate::outbox::INSERT_MAIL)
                .bind(mail.id)
                .bind(mail.school.0)
                .bind(mail.account.map(|account| account.0))
                .bind(mail.run.map(|run| run.0))
                .bind($kind.code())
                .bind(mail.sealed.as_slice())
                .bind($at)
                .execute(&mut *$tx)
                .await?;
        }
    }};
}

pub(super) use insert_mails;

impl Store {
    /// Puts messages into the outbox that tell of nothing that is written with them.
    pub async fn queue_mails(
        &self,
        kind: MailKind,
        mails: &[SealedMail],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        in_transaction!(self, |tx| insert_mails!(tx, kind, mails, at))
    }
}

/// Somebody who is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    pub account: AccountId,
    pub forename: String,
    pub email: String,
}

impl Store {
    /// A school's nightly sync; off where nobody has chosen anything.
    pub async fn load_schedule(&self, school: SchoolId) -> Result<StoredSchedule, StoreError> {
        const SQL: &str =
            concat!("SELECT ", schedule_columns!(), " FROM schedules WHERE school_id = $1");
        let row: Option<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_optional(pool).await)?;
        row.map_or_else(|| Ok(StoredSchedule::default()), TryInto::try_into)
    }

    /// Keeps what an admin has chosen. Turning it off ends a pause too.
    pub async fn save_schedule(
        &self,
        school: SchoolId,
        chosen: &ChosenSchedule<'_>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO schedules (school_id, is_on, minutes, digest, changed_by,
                changed_at, next_at, fence, attempts)
            VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $2 THEN $7 END, 0, 0)
            ON CONFLICT (school_id) DO UPDATE SET is_on = excluded.is_on,
                minutes = excluded.minutes, digest = excluded.digest,
                changed_by = excluded.changed_by, changed_at = excluded.changed_at, attempts = 0,
                retries = 0, due_at = NULL,
                next_at = CASE WHEN excluded.is_on AND (schedules.paused_at IS NULL OR $8)
                    THEN excluded.next_at END,
                paused_at = CASE WHEN excluded.is_on AND NOT $8 THEN schedules.paused_at END,
                paused_because =
                    CASE WHEN excluded.is_on AND NOT $8 THEN schedules.paused_because END";
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(chosen.is_on)
            .bind(i64::from(chosen.time.minutes()))
            .bind(chosen.digest.code())
            .bind(chosen.by)
            .bind(chosen.at)
            .bind(chosen.next_at)
            .bind(chosen.resume)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Has the nightly sync made now. False if it is off, paused, or being made.
    pub async fn bring_night_forward(
        &self,
        school: SchoolId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE schedules SET next_at = $2, attempts = 0, retries = 0
            WHERE school_id = $1 AND is_on AND paused_at IS NULL
                AND (lease_until IS NULL OR lease_until < $2)";
        let moved = on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(now)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(moved == 1)
    }

    /// Claims the night that has been due longest, or whose server has not been heard of until its
    /// lease was over.
    pub async fn claim_night(
        &self,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<Night>, StoreError> {
        // The condition stands twice because PostgreSQL looks at the row again, but not at the
        // inner query, when two claim at once.
        const SQL: &str = concat!(
            "UPDATE schedules SET lease_until = $2, fence = fence + 1, attempts = attempts + 1,
                due_at = COALESCE(due_at, next_at)
            WHERE school_id = (SELECT school_id FROM schedules
                    WHERE next_at <= $1 AND (lease_until IS NULL OR lease_until < $1)
                    ORDER BY next_at, school_id LIMIT 1)
                AND next_at <= $1 AND (lease_until IS NULL OR lease_until < $1)
            RETURNING ",
            schedule_columns!()
        );
        let row: Option<Row> = crash::around!(
            "night-claim",
            on!(self, |pool| sqlx::query_as(SQL)
                .bind(now)
                .bind(lease_until)
                .fetch_optional(pool)
                .await)?
        );
        row.map(TryInto::try_into).transpose()
    }

    /// Renews the lease of a night. False if another server has taken it up.
    pub async fn renew_night(
        &self,
        night: &Night,
        lease_until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        // A renewal that comes late does not revive what has ended.
        const SQL: &str = "UPDATE schedules
            SET lease_until = CASE WHEN lease_until IS NOT NULL THEN $3 END
            WHERE school_id = $1 AND fence = $2";
        let renewed = crash::around!(
            "night-lease",
            on!(self, |pool| sqlx::query(SQL)
                .bind(night.school.0)
                .bind(night.fence)
                .bind(lease_until)
                .execute(pool)
                .await?
                .rows_affected())
        );
        Ok(renewed == 1)
    }

    /// Gives a night back, to be tried again at this time.
    pub async fn retry_night(&self, night: &Night, at: DateTime<Utc>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE schedules SET lease_until = NULL, retries = retries + 1,
                next_at = CASE WHEN next_at = $3 THEN $4 ELSE next_at END
            WHERE school_id = $1 AND fence = $2";
        crash::around!(
            "night-retry",
            on!(self, |pool| sqlx::query(SQL)
                .bind(night.school.0)
                .bind(night.fence)
                .bind(night.claimed_at)
                .bind(at)
                .execute(pool)
                .await
                .map(drop))?
        );
        Ok(())
    }

    /// Ends a night and writes down what came of it, with the messages that tell of it; the next
    /// one is at `next_at`, unless an admin has chosen another time meanwhile. False if another
    /// server has taken the night up: then nothing is written.
    pub async fn end_night(
        &self,
        night: &Night,
        ended: &EndedNight,
        next_at: DateTime<Utc>,
        mail_kind: MailKind,
        mails: &[SealedMail],
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE schedules SET lease_until = NULL, due_at = NULL, attempts = 0,
                retries = 0, next_at = CASE WHEN next_at = $3 THEN $4 ELSE next_at END,
                last_at = $5, last_outcome = $6, last_message = $7, last_run = $8, last_needs = $9
            WHERE school_id = $1 AND fence = $2";
        in_transaction!(self, "night-end", |tx| {
            let done = sqlx::query(SQL)
                .bind(night.school.0)
                .bind(night.fence)
                .bind(night.claimed_at)
                .bind(next_at)
                .bind(ended.at)
                .bind(ended.outcome.code())
                .bind(ended.message.as_deref())
                .bind(ended.run.map(|run| run.0))
                .bind(ended.needs.as_deref())
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() != 1 {
                return Ok(false);
            }
            insert_mails!(tx, mail_kind, mails, ended.at);
            true
        })
    }

    /// Whether the nightly sync of a school is on and not paused.
    pub async fn is_schedule_on(&self, school: SchoolId) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM schedules
            WHERE school_id = $1 AND is_on AND paused_at IS NULL";
        let on: i64 =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(school.0).fetch_one(pool).await)?;
        Ok(on == 1)
    }

    /// The school's admins who may sign in and have an e-mail address.
    pub async fn list_admins_to_write_to(
        &self,
        school: SchoolId,
    ) -> Result<Vec<Addressee>, StoreError> {
        const SQL: &str = "SELECT id, forename, email FROM accounts
            WHERE school_id = $1 AND role = 'admin' AND status = 'active' AND email IS NOT NULL
                AND blocked_at IS NULL
            ORDER BY sort_name, id";
        let rows: Vec<(Uuid, String, String)> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_all(pool).await)?;
        let addressee =
            |(id, forename, email)| Addressee { account: AccountId(id), forename, email };
        Ok(rows.into_iter().map(addressee).collect())
    }
}

#[cfg(test)]
mod tests;
