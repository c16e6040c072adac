//! The record of what has been done with people's passwords and accounts, and by whom.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, SchoolId};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{MOST_BINDS, Store, StoreError, in_transaction, on};

/// What is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditAction {
    CardsPrinted,
    PasswordRevealed,
    Restored,
    /// A person was moved to the trash by hand.
    MovedToTrash,
    SignInBlocked,
    SignInUnblocked,
    /// A pupil was given a new password.
    PasswordRenewed,
    /// A member of staff chose another password.
    PasswordChanged,
    /// A member of staff, or somebody who typed their name, asked for a link to set a new password.
    PasswordForgotten,
    /// A member of staff signed out on every other device.
    SignedOutElsewhere,
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
    /// A member of staff signed in, or followed their activation link.
    SignedIn,
    /// Somebody tried a member of staff's username or address with a wrong password.
    SignInFailed,
    /// Sign-ins are slowed from now on; the detail says which.
    SignInsSlowed,
    /// An admin, or the operator, let everybody try again.
    SignInsUnlocked,
    /// A network is the school's, or is not; the detail names it.
    NetworkAdded,
    NetworkRemoved,
    /// The QR code on a pupil's cards works no more.
    CardEnded,
    /// The connection was ended; the detail says whether what was imported was kept.
    Disconnected,
    /// The school was asked, or asked again, to share its data.
    ConnectionInvited,
    /// A list was downloaded as a table; the detail says which, how many rows and what filters.
    ListExported,
    ConsentRecordDownloaded,
    /// The detail says from which role to which.
    RoleChanged,
    /// The detail says what the nightly sync was set to.
    ScheduleChanged,
    /// The detail names the wizard's step and the answers that changed.
    SettingsSaved,
}

impl AuditAction {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CardsPrinted => "cards_printed",
            Self::PasswordRevealed => "password_revealed",
            Self::Restored => "restored",
            Self::MovedToTrash => "moved_to_trash",
            Self::SignInBlocked => "sign_in_blocked",
            Self::SignInUnblocked => "sign_in_unblocked",
            Self::PasswordRenewed => "password_renewed",
            Self::PasswordChanged => "password_changed",
            Self::PasswordForgotten => "password_forgotten",
            Self::SignedOutElsewhere => "signed_out_elsewhere",
            Self::StaffAdded => "staff_added",
            Self::PupilAdded => "pupil_added",
            Self::ActivationSent => "activation_sent",
            Self::LoginRevoked => "login_revoked",
            Self::PersonEdited => "person_edited",
            Self::HandedBack => "handed_back",
            Self::UsernameAgreed => "username_agreed",
            Self::Purged => "purged",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignInsSlowed => "sign_ins_slowed",
            Self::SignInsUnlocked => "sign_ins_unlocked",
            Self::NetworkAdded => "network_added",
            Self::NetworkRemoved => "network_removed",
            Self::CardEnded => "card_ended",
            Self::Disconnected => "disconnected",
            Self::ConnectionInvited => "connection_invited",
            Self::ListExported => "list_exported",
            Self::ConsentRecordDownloaded => "consent_record_downloaded",
            Self::RoleChanged => "role_changed",
            Self::ScheduleChanged => "schedule_changed",
            Self::SettingsSaved => "settings_saved",
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

/// One thing as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Recorded {
    pub at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    /// The [code](AuditAction::code) of the action.
    pub action: String,
    pub subject_id: Option<Uuid>,
    pub detail: Option<String>,
}

/// Records one thing on a connection, or within a transaction of either engine:
/// `insert_record!(tx, school, entry)`.
macro_rules! insert_record {
    ($tx:ident, $school:expr, $entry:expr) => {{
        let entry: &$crate::audit::AuditEntry<'_> = $entry;
        sqlx::query($crate::audit::INSERT_RECORD)
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

    /// Records one thing that was done to many at once.
    pub async fn record_about(
        &self,
        school: SchoolId,
        entry: &AuditEntry<'_>,
        subjects: &[AccountId],
    ) -> Result<(), StoreError> {
        in_transaction!(self, |tx| {
            insert_record!(tx, school, entry);
            for some in subjects.chunks(MOST_BINDS - 2) {
                let mut insert = QueryBuilder::new(
                    "INSERT INTO audit_subjects (account_id, audit_id) SELECT id, ",
                );
                insert.push_bind(entry.id).push(" FROM accounts WHERE school_id = ");
                insert.push_bind(school.0).push(" AND id IN (");
                let mut ids = insert.separated(", ");
                for subject in some {
                    ids.push_bind(subject.0);
                }
                insert.push(")");
                insert.build().execute(&mut *tx).await?;
            }
        })
    }

    /// What has been done in a school, newest first.
    pub async fn list_recorded(
        &self,
        school: SchoolId,
        most: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        const SQL: &str = "SELECT at, actor_id, action, subject_id, detail FROM audit
            WHERE school_id = $1 ORDER BY at DESC, id DESC LIMIT $2";
        Ok(on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(i64::from(most))
            .fetch_all(pool)
            .await)?)
    }

    /// What has been done to one person, newest first: by itself, or with many others at once.
    pub async fn list_recorded_about(
        &self,
        school: SchoolId,
        account: AccountId,
    ) -> Result<Vec<Recorded>, StoreError> {
        const SQL: &str = "SELECT at, actor_id, action, subject_id, detail FROM audit
            WHERE school_id = $1 AND (subject_id = $2
                OR id IN (SELECT audit_id FROM audit_subjects WHERE account_id = $2))
            ORDER BY at DESC, id DESC";
        Ok(on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(account.0)
            .fetch_all(pool)
            .await)?)
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
    use rollcall_engine::fixtures::account;

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::add;

    fn printed(id: u128, at: i64) -> AuditEntry<'static> {
        AuditEntry {
            id: Uuid::from_u128(id),
            at: minute(at),
            actor: Some(AccountId(Uuid::from_u128(10))),
            action: AuditAction::CardsPrinted,
            subject: None,
            detail: Some("2 cards"),
        }
    }

    #[tokio::test]
    async fn who_printed_a_childs_card_and_when_is_answered_of_that_school_only() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let (zoe, ida, max) =
                (account(1, "Zoe Li"), account(2, "Ida Stone"), account(3, "Max Y"));
            add(&store, here, &[zoe.clone(), ida.clone()]).await;
            add(&store, there, std::slice::from_ref(&max)).await;
            let everybody = [zoe.id, ida.id, max.id];
            store.record_about(here, &printed(1, 1), &everybody).await.unwrap();
            store.record_about(here, &printed(2, 2), &[zoe.id]).await.unwrap();
            store.record_about(here, &printed(3, 3), &[]).await.unwrap();
            let revealed = AuditEntry {
                action: AuditAction::PasswordRevealed,
                subject: Some(zoe.id),
                ..printed(4, 4)
            };
            store.record(here, &revealed).await.unwrap();

            let about = async |school, account| {
                let recorded = store.list_recorded_about(school, account).await.unwrap();
                let all = recorded.into_iter().map(|one| (one.action, one.at));
                all.collect::<Vec<(String, _)>>()
            };
            let cards = |at| ("cards_printed".to_owned(), minute(at));
            let shown = ("password_revealed".to_owned(), minute(4));
            assert_eq!(about(here, zoe.id).await, [shown, cards(2), cards(1)]);
            assert_eq!(about(here, ida.id).await, [cards(1)]);
            assert!(about(here, max.id).await.is_empty(), "of another school");
            assert!(about(there, zoe.id).await.is_empty());
            assert_eq!(store.list_recorded(here, 3).await.unwrap().len(), 3);
            assert_eq!(store.list_recorded(here, 3).await.unwrap()[0].at, minute(4));
        })
        .await;
    }

    #[tokio::test]
    async fn whose_cards_were_printed_goes_with_the_one_who_is_purged() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let (zoe, ida) = (account(1, "Zoe Li").left(), account(2, "Ida Stone"));
            add(&store, here, &[zoe.clone(), ida.clone()]).await;
            store.record_about(here, &printed(1, 1), &[zoe.id, ida.id]).await.unwrap();
            let today = zoe.purge_on.unwrap();
            let due = store.list_due_purges(today, 1).await.unwrap();
            assert!(store.purge(&due[0], today).await.unwrap());
            assert!(store.list_recorded_about(here, zoe.id).await.unwrap().is_empty());
            assert_eq!(store.list_recorded_about(here, ida.id).await.unwrap().len(), 1);
            assert_eq!(store.count_recorded(here, AuditAction::CardsPrinted).await.unwrap(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn more_people_than_one_statement_takes_are_recorded_at_once() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let zoe = account(1, "Zoe Li");
            add(&store, here, std::slice::from_ref(&zoe)).await;
            let nobody = (2..70_000).map(|id| AccountId(Uuid::from_u128(id)));
            let many: Vec<AccountId> = nobody.chain([zoe.id]).collect();
            store.record_about(here, &printed(1, 1), &many).await.unwrap();
            assert_eq!(store.list_recorded_about(here, zoe.id).await.unwrap().len(), 1);
        })
        .await;
    }

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
