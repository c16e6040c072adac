//! The outbox: messages written in the same transaction as what they tell of, and sent later.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use uuid::Uuid;

use super::{Store, StoreError, on};
use crate::crash;
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
        let rows: Vec<Row> = crash::around!(
            "mail-claim",
            on!(self, |pool| sqlx::query_as(SQL)
                .bind(now)
                .bind(now + lease)
                .bind(i64::from(most))
                .fetch_all(pool)
                .await)?
        );
        let waiting =
            |row: Row| WaitingMail { attempts: super::rows::count(row.attempts), mail: row.into() };
        Ok(rows.into_iter().map(waiting).collect())
    }

    /// Notes that a message has been sent.
    pub async fn mail_was_sent(&self, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE outbox SET sent_at = $2, last_error = NULL WHERE id = $1";
        crash::around!(
            "mail-sent",
            on!(self, |pool| sqlx::query(SQL).bind(id).bind(at).execute(pool).await.map(|_| ()))?
        );
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
        crash::around!(
            "mail-not-sent",
            on!(self, |pool| sqlx::query(sql)
                .bind(id)
                .bind(error)
                .bind(time)
                .execute(pool)
                .await
                .map(|_| ()))?
        );
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract::{minute, on_both_engines, school};
    use crate::store::fixtures::{add, invitation, teacher};

    const LEASE: TimeDelta = TimeDelta::minutes(5);

    /// Three messages, written a minute apart.
    async fn write(store: &Store) {
        let school = school(store, "3281102").await;
        for (id, surname) in [(1, "Abel"), (2, "Bello"), (3, "Clarke")] {
            let person = teacher(u128::from(id), "Ama", surname);
            add(store, school, std::slice::from_ref(&person)).await;
            let link = invitation(id, school, person.id);
            store.replace_invitation(school, &link, minute(id.into())).await.unwrap();
        }
    }

    async fn claim(store: &Store, at: i64, most: u32) -> Vec<WaitingMail> {
        store.claim_mail(minute(at), LEASE, most).await.unwrap()
    }

    fn numbers(mails: &[WaitingMail]) -> Vec<u8> {
        let mut numbers: Vec<u8> = mails.iter().map(|waiting| waiting.mail.sealed[0]).collect();
        numbers.sort_unstable();
        numbers
    }

    #[tokio::test]
    async fn the_oldest_messages_that_are_due_are_claimed_first_and_by_one_sender_only() {
        on_both_engines(async |store: Store| {
            write(&store).await;
            assert_eq!(numbers(&claim(&store, 2, 10).await), [1, 2], "the third is not due");
            assert_eq!(numbers(&claim(&store, 3, 10).await), [3]);
            assert!(claim(&store, 4, 10).await.is_empty(), "all are claimed");
            let again = claim(&store, 7, 1).await;
            assert_eq!((numbers(&again), again[0].attempts), (vec![1], 2), "a claim runs out");
        })
        .await;
    }

    #[tokio::test]
    async fn two_senders_at_once_never_get_the_same_message() {
        on_both_engines(async |store: Store| {
            write(&store).await;
            let (a, b) = tokio::join!(claim(&store, 9, 2), claim(&store, 9, 2));
            let mut all = [numbers(&a), numbers(&b)].concat();
            all.extend(numbers(&claim(&store, 9, 2).await));
            all.sort_unstable();
            assert_eq!(all, [1, 2, 3]);
        })
        .await;
    }

    #[tokio::test]
    async fn a_message_that_was_sent_is_never_sent_again() {
        on_both_engines(async |store: Store| {
            write(&store).await;
            for waiting in claim(&store, 9, 2).await {
                store.mail_was_sent(waiting.mail.id, minute(9)).await.unwrap();
            }
            assert_eq!(numbers(&claim(&store, 900, 10).await), [3]);
            assert_eq!(store.list_kept_mail(10).await.unwrap().len(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_message_that_failed_waits_for_its_time_or_is_given_up() {
        on_both_engines(async |store: Store| {
            write(&store).await;
            for waiting in claim(&store, 9, 10).await {
                let later = (waiting.mail.sealed == [1]).then(|| minute(60));
                let id = waiting.mail.id;
                store.mail_was_not_sent(id, "refused", later, minute(9)).await.unwrap();
            }
            assert!(claim(&store, 59, 10).await.is_empty());
            assert_eq!(numbers(&claim(&store, 60, 10).await), [1]);
        })
        .await;
    }

    #[tokio::test]
    async fn kept_messages_are_listed_newest_first() {
        on_both_engines(async |store: Store| {
            write(&store).await;
            let kept = store.list_kept_mail(2).await.unwrap();
            let seen: Vec<_> =
                kept.iter().map(|kept| (kept.mail.sealed[0], kept.created_at)).collect();
            assert_eq!(seen, [(3, minute(3)), (2, minute(2))]);
        })
        .await;
    }
}
