//! The outbox: messages written in the same transaction as what they tell of, and sent later.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use uuid::Uuid;

use super::{Store, StoreError, on};
use crate::mail::SealedMail;

/// A message to be sent, claimed for a while by whoever sends it.
#[derive(Clone)]
pub struct WaitingMail {
    pub mail: SealedMail,
    /// How often it has been tried, this time included.
    pub attempts: u32,
}

/// A message that is kept, because there is no mail server.
#[derive(Clone)]
pub struct KeptMail {
    pub mail: SealedMail,
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    school_id: Uuid,
    account_id: Option<Uuid>,
    run_id: Option<Uuid>,
    mail_sealed: Vec<u8>,
    attempts: i64,
    created_at: DateTime<Utc>,
}

impl From<Row> for SealedMail {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            school: SchoolId(row.school_id),
            account: row.account_id.map(AccountId),
            run: row.run_id.map(RunId),
            sealed: row.mail_sealed,
        }
    }
}

/// A message's row: id, school, account, run, kind, sealed mail, time. Other methods write it in
/// the transaction that makes what it tells of.
pub(crate) const INSERT_MAIL: &str = "INSERT INTO outbox
        (id, school_id, account_id, run_id, kind, mail_sealed, created_at, send_after, attempts)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0)
    ON CONFLICT DO NOTHING";

impl Store {
    /// Claims the messages that are due, the oldest first; for as long as `lease` nobody else
    /// does.
    pub async fn claim_mail(
        &self,
        now: DateTime<Utc>,
        lease: TimeDelta,
        most: u32,
    ) -> Result<Vec<WaitingMail>, StoreError> {
        const SQL: &str = "UPDATE outbox SET attempts = attempts + 1, send_after = $2
            WHERE sent_at IS NULL AND withdrawn_at IS NULL AND send_after <= $1
                AND id IN (SELECT id FROM outbox
                    WHERE sent_at IS NULL AND withdrawn_at IS NULL AND send_after <= $1
                    ORDER BY send_after, created_at LIMIT $3)
            RETURNING id, school_id, account_id, run_id, mail_sealed, attempts, created_at";
        let rows: Vec<Row> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(now)
            .bind(now + lease)
            .bind(i64::from(most))
            .fetch_all(pool)
            .await)?;
        let waiting =
            |row: Row| WaitingMail { attempts: super::rows::count(row.attempts), mail: row.into() };
        Ok(rows.into_iter().map(waiting).collect())
    }

    /// Notes that a message has been sent.
    pub async fn mail_was_sent(&self, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE outbox SET sent_at = $2, last_error = NULL WHERE id = $1";
        on!(self, |pool| sqlx::query(SQL).bind(id).bind(at).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// Notes why a message was not sent, and when to try again; never, if there is no time.
    pub async fn mail_was_not_sent(
        &self,
        id: Uuid,
        error: &str,
        try_again: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const LATER: &str = "UPDATE outbox SET last_error = $2, send_after = $3 WHERE id = $1";
        const NEVER: &str = "UPDATE outbox SET last_error = $2, withdrawn_at = $3 WHERE id = $1";
        let (sql, time) = try_again.map_or((NEVER, at), |time| (LATER, time));
        on!(self, |pool| sqlx::query(sql)
            .bind(id)
            .bind(error)
            .bind(time)
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// The newest messages that have not been sent nor withdrawn, of all schools.
    pub async fn list_kept_mail(&self, most: u32) -> Result<Vec<KeptMail>, StoreError> {
        const SQL: &str = "SELECT id, school_id, account_id, run_id, mail_sealed, attempts,
                created_at
            FROM outbox WHERE sent_at IS NULL AND withdrawn_at IS NULL
            ORDER BY created_at DESC, id LIMIT $1";
        let rows: Vec<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(i64::from(most)).fetch_all(pool).await)?;
        Ok(rows
            .into_iter()
            .map(|row| KeptMail { created_at: row.created_at, mail: row.into() })
            .collect())
    }
}
