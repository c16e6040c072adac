//! The record of what has been done with people's passwords and accounts, and by whom.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, SchoolId};
use uuid::Uuid;

use super::{Store, StoreError, on};

/// What is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditAction {
    CardsPrinted,
    PasswordRevealed,
    Restored,
    StaffAdded,
    PupilAdded,
    ActivationSent,
    /// A member of staff lost password, sessions and links, since their address became another.
    LoginRevoked,
    /// Somebody was changed by hand; the detail names the fields.
    PersonEdited,
    /// A field that was changed by hand was handed back to the MIS; the detail names it.
    HandedBack,
    /// An admin agreed that somebody be given another username.
    UsernameAgreed,
    /// People whose time in the trash was over; only how many.
    Purged,
    /// The connection was ended; the detail says whether what was imported was kept.
    Disconnected,
}

impl AuditAction {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::CardsPrinted => "cards_printed",
            Self::PasswordRevealed => "password_revealed",
            Self::Restored => "restored",
            Self::StaffAdded => "staff_added",
            Self::PupilAdded => "pupil_added",
            Self::ActivationSent => "activation_sent",
            Self::LoginRevoked => "login_revoked",
            Self::PersonEdited => "person_edited",
            Self::HandedBack => "handed_back",
            Self::UsernameAgreed => "username_agreed",
            Self::Purged => "purged",
            Self::Disconnected => "disconnected",
        }
    }
}

/// One thing that was done.
#[derive(Clone, Copy, Debug)]
pub struct AuditEntry<'a> {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    /// None where the server did it by itself.
    pub actor: Option<AccountId>,
    pub action: AuditAction,
    /// To whom, where it was to one person.
    pub subject: Option<AccountId>,
    /// Never a name or a password.
    pub detail: Option<&'a str>,
}

/// Records one thing on a connection, or within a transaction of either engine:
/// `insert_record!(tx, school, entry)`.
macro_rules! insert_record {
    ($tx:ident, $school:expr, $entry:expr) => {{
        let entry: &$crate::store::audit::AuditEntry<'_> = $entry;
        sqlx::query($crate::store::audit::INSERT_RECORD)
            .bind(entry.id)
            .bind($school.0)
            .bind(entry.at)
            .bind(entry.actor.map(|actor| actor.0))
            .bind(entry.action.code())
            .bind(entry.subject.map(|subject| subject.0))
            .bind(entry.detail)
            .execute(&mut *$tx)
            .await?;
    }};
}

pub(super) const INSERT_RECORD: &str = "INSERT INTO audit
        (id, school_id, at, actor_id, action, subject_id, detail)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

pub(super) use insert_record;

impl Store {
    pub async fn record(&self, school: SchoolId, entry: &AuditEntry<'_>) -> Result<(), StoreError> {
        on!(self, |pool| {
            let mut connection = pool.acquire().await?;
            insert_record!(connection, school, entry);
        });
        Ok(())
    }

    /// How often something has been done in a school.
    pub async fn count_recorded(
        &self,
        school: SchoolId,
        action: AuditAction,
    ) -> Result<u32, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM audit WHERE school_id = $1 AND action = $2";
        let rows: i64 = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(action.code())
            .fetch_one(pool)
            .await)?;
        Ok(super::rows::count(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract::{minute, on_both_engines, school};

    #[tokio::test]
    async fn what_is_done_with_a_password_is_recorded_for_that_school() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            for (id, action) in [
                (1, AuditAction::CardsPrinted),
                (2, AuditAction::PasswordRevealed),
                (3, AuditAction::PasswordRevealed),
            ] {
                let entry = AuditEntry {
                    id: Uuid::from_u128(id),
                    at: minute(0),
                    actor: Some(AccountId(Uuid::from_u128(10))),
                    action,
                    subject: None,
                    detail: Some("30 cards"),
                };
                store.record(here, &entry).await.unwrap();
            }
            let count = async |school, action| store.count_recorded(school, action).await.unwrap();
            assert_eq!(count(here, AuditAction::PasswordRevealed).await, 2);
            assert_eq!(count(here, AuditAction::Restored).await, 0);
            assert_eq!(count(there, AuditAction::PasswordRevealed).await, 0);
        })
        .await;
    }
}
