//! Ending a connection from our side, in one transaction: what was read goes, what was imported is
//! kept or erased, as the school's admin chose. And the way on for the one who was kept only because
//! their absence said nothing.

use chrono::{DateTime, Utc};
use rollcall_engine::domain::accounts::LastApplied;
use rollcall_shared::connection::ConnectionState;
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use uuid::Uuid;

use super::audit::AuditAction;
use super::consents::end_consents;
use super::json::{json, parsed};
use super::schedules::pause_schedule;
use super::{Store, StoreError, in_transaction};

/// How a connection is to be ended.
#[derive(Clone, Copy, Debug)]
pub struct Disconnection<'a> {
    /// The id of the event, and of the audit entry.
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor: AccountId,
    /// What the history says.
    pub cause: &'a str,
    /// Whether what was imported goes too.
    pub erase: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// There is no connection.
    NotSetUp,
    /// A run has to be done first; nothing was changed.
    RunGoing(RunId),
}

/// Gives up the plans that wait for Finish. This comes before the look for a run that is going: a
/// plan that is being handed to the workers at this moment is then either given up or seen.
const SUPERSEDE: &str = "UPDATE runs SET status = 'superseded'
    WHERE school_id = $1 AND status = 'planned'";
const GOING: &str = "SELECT id FROM runs WHERE school_id = $1 AND status IN ('queued', 'running')";
const EVENT: &str = "INSERT INTO connection_events (id, school_id, at, state, cause)
    VALUES ($1, $2, $3, $4, $5)";

/// Why the nightly sync is paused.
const DISCONNECTED: &str = "Your MIS was disconnected.";

/// What goes whatever the admin chose: the roster, and plans that hold names.
const FORGET: [&str; 4] = [
    "DELETE FROM rosters WHERE school_id = $1",
    "DELETE FROM roster_reads WHERE school_id = $1",
    "DELETE FROM run_people WHERE run_id IN
        (SELECT id FROM runs WHERE school_id = $1 AND status = 'superseded')",
    "DELETE FROM run_classes WHERE run_id IN
        (SELECT id FROM runs WHERE school_id = $1 AND status = 'superseded')",
];

/// The accounts that a run made, but for those of admins.
macro_rules! imported {
    () => {
        "(SELECT id FROM accounts
            WHERE school_id = $1 AND created_by_run IS NOT NULL AND role <> 'admin')"
    };
}

/// What goes if what was imported is to be erased, in this order. Accounts made by hand stay, with
/// their login and without what the MIS told of their people.
const ERASE: [&str; 17] = [
    "DELETE FROM resolutions WHERE school_id = $1",
    "DELETE FROM username_answers WHERE school_id = $1",
    "DELETE FROM last_applied WHERE school_id = $1",
    "DELETE FROM run_people WHERE run_id IN (SELECT id FROM runs WHERE school_id = $1)",
    "DELETE FROM run_classes WHERE run_id IN (SELECT id FROM runs WHERE school_id = $1)",
    // A username is never given to someone else.
    "INSERT INTO reserved_usernames (school_id, username_folded, account_id)
        SELECT school_id, username_folded, id FROM accounts WHERE school_id = $1
        ON CONFLICT DO NOTHING",
    concat!(
        "UPDATE reserved_usernames SET account_id = NULL WHERE school_id = $1 AND account_id IN ",
        imported!()
    ),
    concat!("DELETE FROM outbox WHERE school_id = $1 AND account_id IN ", imported!()),
    concat!("DELETE FROM activation_tokens WHERE school_id = $1 AND account_id IN ", imported!()),
    concat!("DELETE FROM sessions WHERE school_id = $1 AND account_id IN ", imported!()),
    concat!("DELETE FROM devices WHERE school_id = $1 AND account_id IN ", imported!()),
    concat!("DELETE FROM network_visits WHERE school_id = $1 AND account_id IN ", imported!()),
    concat!("DELETE FROM card_keys WHERE school_id = $1 AND account_id IN ", imported!()),
    concat!("DELETE FROM memberships WHERE school_id = $1 AND account_id IN ", imported!()),
    concat!(
        "UPDATE audit SET subject_id = NULL WHERE school_id = $1 AND subject_id IN ",
        imported!()
    ),
    concat!("DELETE FROM accounts WHERE school_id = $1 AND id IN ", imported!()),
    // Classes of the MIS go unless somebody who stays is in them.
    "DELETE FROM classes WHERE school_id = $1 AND is_linked
        AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.class_id = classes.id)
        AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.class_id = classes.id)",
];

/// What is erased of accounts and classes that stay.
const ERASE_OF_THOSE_WHO_STAY: [&str; 2] = [
    "UPDATE accounts SET upn = NULL, former_upn = NULL, date_of_birth = NULL,
            legal_forename = NULL, legal_surname = NULL, is_waiting = FALSE, starts_on = NULL,
            is_linked = FALSE, mis = NULL, mis_id = NULL, mis_external_id = NULL, mis_xid = NULL,
            updated_at = $2
        WHERE school_id = $1 AND is_linked",
    "UPDATE classes SET is_linked = FALSE, mis = NULL, mis_id = NULL, mis_external_id = NULL,
            mis_xid = NULL, updated_at = $2
        WHERE school_id = $1 AND is_linked",
];

/// Takes the row of a school's connection, within a transaction of either engine, and answers
/// whether it was ended since this moment: then what was read at it must not be kept.
macro_rules! is_ended_since {
    ($tx:ident, $school:expr, $at:expr) => {{
        // Writing takes the row, so that the answer holds until the transaction ends.
        let ended: Option<Option<chrono::DateTime<chrono::Utc>>> = sqlx::query_scalar(
            "UPDATE connections SET updated_at = updated_at WHERE school_id = $1
                RETURNING disconnected_at",
        )
        .bind($school.0)
        .fetch_optional(&mut *$tx)
        .await?;
        ended.flatten().is_some_and(|ended| ended >= $at)
    }};
}

pub(super) use is_ended_since;

impl Store {
    /// Ends a school's connection.
    pub async fn disconnect(
        &self,
        school: SchoolId,
        how: &Disconnection<'_>,
    ) -> Result<Outcome, StoreError> {
        const CONNECTION: &str = "UPDATE connections SET state = 'not_set_up', authoriser = NULL,
                invited_by = NULL, invited_at = NULL, asked = '', granted = '', answered_at = NULL,
                answered_by = NULL, secret_sealed = NULL, is_narrowed = FALSE, narrowed_at = NULL,
                checked_at = NULL, message = NULL, updated_at = $2, disconnected_at = $2
            WHERE school_id = $1 AND state <> 'not_set_up'";
        const TO_REMEMBER: &str = "UPDATE runs SET to_remember = $2 WHERE school_id = $1";
        const AUDIT: &str = "INSERT INTO audit (id, school_id, at, actor_id, action, detail)
            VALUES ($1, $2, $3, $4, $5, $6)";
        let nothing = json(&LastApplied::default(), "runs.to_remember")?;
        in_transaction!(self, |tx| {
            let ended = sqlx::query(CONNECTION)
                .bind(school.0)
                .bind(how.at)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if ended != 1 {
                return Ok(Outcome::NotSetUp);
            }
            sqlx::query(SUPERSEDE).bind(school.0).execute(&mut *tx).await?;
            let going: Option<Uuid> =
                sqlx::query_scalar(GOING).bind(school.0).fetch_optional(&mut *tx).await?;
            if let Some(run) = going {
                return Ok(Outcome::RunGoing(RunId(run)));
            }
            for sql in FORGET {
                sqlx::query(sql).bind(school.0).execute(&mut *tx).await?;
            }
            end_consents!(tx, school, how.at);
            pause_schedule!(tx, school, how.at, DISCONNECTED);
            if how.erase {
                for sql in ERASE {
                    sqlx::query(sql).bind(school.0).execute(&mut *tx).await?;
                }
                for sql in ERASE_OF_THOSE_WHO_STAY {
                    sqlx::query(sql).bind(school.0).bind(how.at).execute(&mut *tx).await?;
                }
                sqlx::query(TO_REMEMBER).bind(school.0).bind(&nothing).execute(&mut *tx).await?;
            }
            sqlx::query(EVENT)
                .bind(how.id)
                .bind(school.0)
                .bind(how.at)
                .bind(ConnectionState::NotSetUp.code())
                .bind(how.cause)
                .execute(&mut *tx)
                .await?;
            sqlx::query(AUDIT)
                .bind(how.id)
                .bind(school.0)
                .bind(how.at)
                .bind(how.actor.0)
                .bind(AuditAction::Disconnected.code())
                .bind(if how.erase { "erased what was imported" } else { "kept what was imported" })
                .execute(&mut *tx)
                .await?;
            Outcome::Done
        })
    }

    /// Lets absences count again although the consent may have been narrowed: anyone who is missing
    /// from the next read has left, once that is confirmed. The history has it with this cause.
    pub async fn let_absences_count(
        &self,
        school: SchoolId,
        event: Uuid,
        at: DateTime<Utc>,
        cause: &str,
    ) -> Result<Outcome, StoreError> {
        const MARK: &str = "UPDATE connections SET is_narrowed = FALSE, narrowed_at = NULL
            WHERE school_id = $1 AND state = 'ready'";
        const LAST: &str = "SELECT applied FROM last_applied WHERE school_id = $1";
        const REMEMBER: &str = "UPDATE last_applied SET applied = $2 WHERE school_id = $1";
        in_transaction!(self, |tx| {
            let cleared = sqlx::query(MARK).bind(school.0).execute(&mut *tx).await?.rows_affected();
            if cleared != 1 {
                return Ok(Outcome::NotSetUp);
            }
            let going: Option<Uuid> =
                sqlx::query_scalar(GOING).bind(school.0).fetch_optional(&mut *tx).await?;
            if let Some(run) = going {
                return Ok(Outcome::RunGoing(RunId(run)));
            }
            let last: Option<String> =
                sqlx::query_scalar(LAST).bind(school.0).fetch_optional(&mut *tx).await?;
            if let Some(last) = last {
                let mut last: LastApplied = parsed(&last, "last_applied.applied")?;
                last.uncounted_absences.clear();
                last.leavings_wait = true;
                let last = json(&last, "last_applied.applied")?;
                sqlx::query(REMEMBER).bind(school.0).bind(&last).execute(&mut *tx).await?;
            }
            sqlx::query(EVENT)
                .bind(event)
                .bind(school.0)
                .bind(at)
                .bind(ConnectionState::Ready.code())
                .bind(cause)
                .execute(&mut *tx)
                .await?;
            Outcome::Done
        })
    }
}

#[cfg(test)]
mod tests;
