//! Activation links: the hash of the token, whose it is, and whether it has been used.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, SchoolId};
use uuid::Uuid;

use super::schools::StoredSchool;
use super::sessions::TokenHash;
use super::{Store, StoreError, in_transaction, on};
use crate::activation::Invitation;

/// Whom a link invites to set a password.
#[derive(Clone, Debug)]
pub struct Invited {
    pub school: StoredSchool,
    pub account: AccountId,
    pub forename: String,
    pub surname: String,
    pub username: String,
    pub email: Option<String>,
    pub expires_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    school_id: Uuid,
    estab: String,
    slug: String,
    name: String,
    retention_months: i64,
    account_id: Uuid,
    forename: String,
    surname: String,
    username: String,
    email: Option<String>,
    expires_at: DateTime<Utc>,
}

impl TryFrom<Row> for Invited {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            school: StoredSchool {
                id: SchoolId(row.school_id),
                estab: row.estab.parse().map_err(|_| StoreError::unreadable("schools.estab"))?,
                slug: row.slug,
                name: row.name,
                retention_months: u32::try_from(row.retention_months)
                    .map_err(|_| StoreError::unreadable("schools.retention_months"))?,
            },
            account: AccountId(row.account_id),
            forename: row.forename,
            surname: row.surname,
            username: row.username,
            email: row.email,
            expires_at: row.expires_at,
        })
    }
}

/// Writes a link and its message within a transaction of either engine:
/// `insert_invitation!(tx, school, invitation, at)`.
macro_rules! insert_invitation {
    ($tx:ident, $school:expr, $invitation:expr, $at:expr) => {{
        let (school, invitation, at): (
            rollcall_shared::ids::SchoolId,
            &$crate::activation::Invitation,
            chrono::DateTime<chrono::Utc>,
        ) = ($school, $invitation, $at);
        sqlx::query($crate::store::activation::INSERT_TOKEN)
            .bind(invitation.token_hash.as_slice())
            .bind(school.0)
            .bind(invitation.account.0)
            .bind(at)
            .bind(invitation.expires_at)
            .execute(&mut *$tx)
            .await?;
        sqlx::query($crate::store::outbox::INSERT_MAIL)
            .bind(invitation.mail.id)
            .bind(school.0)
            .bind(invitation.account.0)
            .bind(invitation.mail.run.map(|run| run.0))
            .bind("activation")
            .bind(invitation.mail.sealed.as_slice())
            .bind(at)
            .execute(&mut *$tx)
            .await?;
    }};
}

/// A token's row: hash, school, account, now, expiry.
pub(crate) const INSERT_TOKEN: &str = "INSERT INTO activation_tokens
        (hash, school_id, account_id, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING";

pub(crate) use insert_invitation;

impl Store {
    /// Whose unused link this is; nobody's, if the account has gone to the trash.
    pub async fn find_invited(&self, hash: &TokenHash) -> Result<Option<Invited>, StoreError> {
        const SQL: &str = "SELECT s.id AS school_id, s.estab, s.slug, s.name, s.retention_months,
                a.id AS account_id, a.forename, a.surname, a.username, a.email, t.expires_at
            FROM activation_tokens t
            JOIN accounts a ON a.id = t.account_id AND a.status = 'active'
            JOIN schools s ON s.id = t.school_id
            WHERE t.hash = $1 AND t.used_at IS NULL";
        let row: Option<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(hash.as_slice()).fetch_optional(pool).await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// Uses a link up: sets the password, ends the account's sessions and its other links. False
    /// if the link was used meanwhile; then nothing is changed.
    pub async fn activate(
        &self,
        hash: &TokenHash,
        password_hash: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const USE: &str = "UPDATE activation_tokens SET used_at = $2
            WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING account_id";
        const OTHERS: &str =
            "DELETE FROM activation_tokens WHERE account_id = $1 AND used_at IS NULL";
        in_transaction!(self, |tx| {
            let account: Option<Uuid> = sqlx::query_scalar(USE)
                .bind(hash.as_slice())
                .bind(at)
                .fetch_optional(&mut *tx)
                .await?;
            let Some(account) = account else { return Ok(false) };
            sqlx::query(OTHERS).bind(account).execute(&mut *tx).await?;
            sqlx::query(SET_PASSWORD)
                .bind(account)
                .bind(password_hash)
                .bind(at)
                .execute(&mut *tx)
                .await?;
            sqlx::query(END_SESSIONS).bind(account).execute(&mut *tx).await?;
            true
        })
    }

    /// Sets the password of a member of staff without a link, and ends their sessions.
    pub async fn set_staff_password(
        &self,
        school: SchoolId,
        account: AccountId,
        password_hash: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const LINKS: &str = "DELETE FROM activation_tokens
            WHERE school_id = $1 AND account_id = $2 AND used_at IS NULL";
        in_transaction!(self, |tx| {
            sqlx::query(LINKS).bind(school.0).bind(account.0).execute(&mut *tx).await?;
            sqlx::query(SET_PASSWORD)
                .bind(account.0)
                .bind(password_hash)
                .bind(at)
                .execute(&mut *tx)
                .await?;
            sqlx::query(END_SESSIONS).bind(account.0).execute(&mut *tx).await?;
        })
    }

    /// Stores a new link and its message; the account's older links and unsent messages go.
    pub async fn replace_invitation(
        &self,
        school: SchoolId,
        invitation: &Invitation,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const LINKS: &str = "DELETE FROM activation_tokens
            WHERE school_id = $1 AND account_id = $2 AND used_at IS NULL";
        const MAIL: &str = "UPDATE outbox SET withdrawn_at = $3
            WHERE school_id = $1 AND account_id = $2 AND kind = 'activation'
                AND sent_at IS NULL AND withdrawn_at IS NULL";
        let account = invitation.account.0;
        in_transaction!(self, |tx| {
            sqlx::query(LINKS).bind(school.0).bind(account).execute(&mut *tx).await?;
            sqlx::query(MAIL).bind(school.0).bind(account).bind(at).execute(&mut *tx).await?;
            insert_invitation!(tx, school, invitation, at);
        })
    }
}

const SET_PASSWORD: &str = "UPDATE accounts
    SET password_hash = $2, activated_at = COALESCE(activated_at, $3) WHERE id = $1";
const END_SESSIONS: &str = "DELETE FROM sessions WHERE account_id = $1";
