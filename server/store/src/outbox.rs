//! The outbox: messages written in the same transaction as what they tell of, and sent later.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use rollcall_shared::mail::{Delivery, EmailCounts, MailStanding, MailStop, MailStopped};
use uuid::Uuid;

use super::rows::count;
use super::{Store, StoreError, in_transaction, on};
use crate::crash;
use rollcall_engine::domain::time::timestamp;

/// A message to be sent, claimed for a while by the one who sends it.
#[derive(Clone)]
pub struct WaitingMail {
    pub mail: SealedMail,
    /// How often it has been tried, this time included.
    pub attempts: u32,
}

/// What becomes of a message that was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Later(DateTime<Utc>),
    /// Why, as its addressee's page says it.
    Never(Delivery),
}

/// Why the mail server takes nothing: as people are told it, and in numbers.
#[derive(Clone, Copy, Debug)]
pub struct Stop<'a> {
    pub why: MailStop,
    pub error: &'a str,
}

/// For how long messages are tried.
pub struct Patience {
    /// How long to wait after so many attempts.
    pub wait: fn(u32) -> TimeDelta,
    /// How long the mail server may take nothing.
    pub longest: TimeDelta,
    /// As many attempts of one message as fit into that time.
    pub most_attempts: u32,
}

/// A message that is kept, because there is no mail server.
#[derive(Clone)]
pub struct UnsentMail {
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

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// The invitation to a new member of staff to set their password.
    Activation,
    /// The link by which somebody who has forgotten their password sets a new one.
    NewPassword,
    /// Word of another password that they have chosen.
    PasswordChanged,
    /// Word of another username.
    Renamed,
    /// To admins, of a run that waits for a person.
    Held,
    /// To admins, of what a night did.
    Digest,
    /// To admins, of many wrong passwords.
    Guessing,
}

impl MailKind {
    /// As it is stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::NewPassword => "password",
            Self::PasswordChanged => "password_changed",
            Self::Renamed => "username",
            Self::Held => "held",
            Self::Digest => "digest",
            Self::Guessing => "guessing",
        }
    }
}

/// A message of the outbox, with whom it goes to and what it says sealed: it may carry a link.
#[derive(Clone)]
pub struct SealedMail {
    pub id: Uuid,
    pub school: SchoolId,
    pub account: Option<AccountId>,
    pub run: Option<RunId>,
    /// The address and the text.
    pub sealed: Vec<u8>,
}

impl SealedMail {
    /// Says whose account and which run the message is about.
    #[must_use]
    pub const fn about(mut self, account: AccountId, run: Option<RunId>) -> Self {
        self.account = Some(account);
        self.run = run;
        self
    }
}

/// A message's row: id, school, account, run, kind, sealed mail, time. Other methods write it in
/// the transaction that makes what it tells of.
pub(crate) const INSERT_MAIL: &str = "INSERT INTO outbox
        (id, school_id, account_id, run_id, kind, mail_sealed, created_at, send_after, attempts)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0)
    ON CONFLICT DO NOTHING";

const GO_ON: &str = "DELETE FROM mail_stop";

/// What became of the newest activation e-mail of the account `a`, as [`Delivery::code`] says it;
/// nothing, if it was withdrawn.
macro_rules! delivery {
    () => {
        "(SELECT CASE WHEN o.sent_at IS NOT NULL THEN 'sent'
                WHEN o.undelivered IS NOT NULL THEN o.undelivered
                WHEN o.withdrawn_at IS NULL THEN 'waiting' END
            FROM outbox o WHERE o.account_id = a.id AND o.kind = 'activation'
            ORDER BY o.created_at DESC, o.withdrawn_at IS NULL DESC, o.id LIMIT 1)"
    };
}

/// Whether the account `a` is of staff whose newest activation e-mail was not delivered.
macro_rules! is_undelivered {
    () => {
        concat!(
            "a.role <> 'pupil' AND a.activated_at IS NULL AND a.blocked_at IS NULL AND ",
            $crate::outbox::delivery!(),
            " IN ('address_refused', 'given_up')"
        )
    };
}

pub(super) use {delivery, is_undelivered};

impl Store {
    /// Claims the messages that are due, the oldest first; for as long as `lease` nobody else
    /// does. None, while the mail server takes nothing.
    pub async fn claim_mail(
        &self,
        now: DateTime<Utc>,
        lease: TimeDelta,
        most: u32,
    ) -> Result<Vec<WaitingMail>, StoreError> {
        const SQL: &str = "UPDATE outbox SET attempts = attempts + 1, send_after = $2
            WHERE sent_at IS NULL AND withdrawn_at IS NULL AND send_after <= $1
                AND NOT EXISTS (SELECT 1 FROM mail_stop WHERE try_again > $1)
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
        let waiting = |row: Row| WaitingMail { attempts: count(row.attempts), mail: row.into() };
        Ok(rows.into_iter().map(waiting).collect())
    }

    /// Notes that a message has been sent; so the mail server takes messages.
    pub async fn mail_was_sent(&self, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE outbox SET sent_at = $2, last_error = NULL WHERE id = $1";
        crash::around!("mail-sent", {
            in_transaction!(self, |tx| {
                sqlx::query(SQL).bind(id).bind(at).execute(&mut *tx).await?;
                sqlx::query(GO_ON).execute(&mut *tx).await?;
            })
        })
    }

    /// Notes why a message was not sent, although the mail server takes messages, and what becomes
    /// of it.
    pub async fn mail_was_not_sent(
        &self,
        id: Uuid,
        error: &str,
        then: Then,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const LATER: &str = "UPDATE outbox SET last_error = $2, send_after = $3 WHERE id = $1";
        const NEVER: &str = "UPDATE outbox
            SET last_error = $2, withdrawn_at = $3, undelivered = $4
            WHERE id = $1 AND withdrawn_at IS NULL";
        crash::around!("mail-not-sent", {
            in_transaction!(self, |tx| {
                let noted = match then {
                    Then::Later(time) => sqlx::query(LATER).bind(id).bind(error).bind(time),
                    Then::Never(why) => {
                        sqlx::query(NEVER).bind(id).bind(error).bind(at).bind(why.code())
                    }
                };
                noted.execute(&mut *tx).await?;
                sqlx::query(GO_ON).execute(&mut *tx).await?;
            })
        })
    }

    /// Notes that the mail server takes nothing, as a message showed: none is tried for a while.
    /// Once patience has come to its end, that message is given up, or all that waited as long.
    pub async fn mail_is_stopped(
        &self,
        shown_by: Uuid,
        stop: Stop<'_>,
        patience: &Patience,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const STOP: &str = "INSERT INTO mail_stop (id, since, why, tries, try_again)
            VALUES (1, $1, $2, 1, $1)
            ON CONFLICT (id) DO UPDATE SET why = excluded.why, tries = mail_stop.tries + 1
            RETURNING tries, since";
        const UNTIL: &str = "UPDATE mail_stop SET try_again = $1";
        // Behind the others: one that breaks every talk is not tried before them.
        const LATER: &str = "UPDATE outbox SET last_error = $2, send_after = $3 WHERE id = $1";
        const GIVE_UP: &str = "UPDATE outbox
            SET last_error = $1, withdrawn_at = $2, undelivered = 'given_up'
            WHERE sent_at IS NULL AND withdrawn_at IS NULL
                AND (id = $3 AND attempts >= $4 OR $5 AND created_at <= $6)";
        crash::around!("mail-not-sent", {
            in_transaction!(self, |tx| {
                let (tries, since): (i64, DateTime<Utc>) =
                    sqlx::query_as(STOP).bind(at).bind(stop.why.code()).fetch_one(&mut *tx).await?;
                let try_again = at + (patience.wait)(count(tries));
                sqlx::query(UNTIL).bind(try_again).execute(&mut *tx).await?;
                sqlx::query(LATER)
                    .bind(shown_by)
                    .bind(stop.error)
                    .bind(at)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query(GIVE_UP)
                    .bind(stop.error)
                    .bind(at)
                    .bind(shown_by)
                    .bind(i64::from(patience.most_attempts))
                    .bind(at - since >= patience.longest)
                    .bind(at - patience.longest)
                    .execute(&mut *tx)
                    .await?;
            })
        })
    }

    /// Has the mail server tried at once, should it have taken nothing: it, or how it is spoken to,
    /// may have been put right.
    pub async fn try_mail_now(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE mail_stop SET try_again = $1 WHERE try_again > $1";
        on!(self, |pool| sqlx::query(SQL).bind(now).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// How the e-mail of a school stands.
    pub async fn mail_standing(&self, school: SchoolId) -> Result<MailStanding, StoreError> {
        const WAITING: &str = "SELECT COUNT(*), COUNT(last_error) FROM outbox
            WHERE school_id = $1 AND sent_at IS NULL AND withdrawn_at IS NULL";
        const STOP: &str = "SELECT since, why, try_again FROM mail_stop";
        const UNDELIVERED: &str = concat!(
            "SELECT COUNT(*) FROM accounts a
            WHERE a.school_id = $1 AND a.status = 'active' AND ",
            is_undelivered!()
        );
        let (waiting, stop, undelivered) = on!(self, |pool| {
            let waiting: (i64, i64) =
                sqlx::query_as(WAITING).bind(school.0).fetch_one(pool).await?;
            let stop: Option<(DateTime<Utc>, String, DateTime<Utc>)> =
                sqlx::query_as(STOP).fetch_optional(pool).await?;
            let undelivered: i64 =
                sqlx::query_scalar(UNDELIVERED).bind(school.0).fetch_one(pool).await?;
            (waiting, stop, undelivered)
        });
        let stopped = stop.filter(|_| waiting.0 > 0).map(|(since, why, try_again)| {
            let why = MailStop::from_code(&why).ok_or(StoreError::unreadable("mail_stop.why"))?;
            let (since, try_again) = (timestamp(since), timestamp(try_again));
            Ok::<_, StoreError>(MailStopped { since, why, try_again })
        });
        Ok(MailStanding {
            waiting: count(waiting.0),
            put_off: if stopped.is_some() { 0 } else { count(waiting.1) },
            stopped: stopped.transpose()?,
            undelivered: count(undelivered),
        })
    }

    /// The activation e-mails of each run of a school (or just of the one named). Those withdrawn
    /// before they were sent are left out.
    pub async fn count_run_emails(
        &self,
        school: SchoolId,
        only: Option<RunId>,
    ) -> Result<HashMap<RunId, EmailCounts>, StoreError> {
        const SQL: &str = "SELECT o.run_id, COUNT(o.sent_at),
                COUNT(CASE WHEN o.sent_at IS NULL AND o.withdrawn_at IS NULL THEN 1 END),
                COUNT(CASE WHEN o.sent_at IS NULL THEN o.undelivered END)
            FROM runs r JOIN outbox o ON o.run_id = r.id
            WHERE r.school_id = $1 AND ($2 IS NULL OR r.id = $2) AND o.kind = 'activation'
            GROUP BY o.run_id";
        let rows: Vec<(Uuid, i64, i64, i64)> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(only.map(|run| run.0))
            .fetch_all(pool)
            .await)?;
        let counts = |(run, sent, waiting, refused)| {
            let emails =
                EmailCounts { sent: count(sent), waiting: count(waiting), refused: count(refused) };
            (RunId(run), emails)
        };
        Ok(rows.into_iter().map(counts).collect())
    }

    /// The newest messages that have not been sent nor withdrawn, of all schools.
    pub async fn list_unsent_mail(&self, most: u32) -> Result<Vec<UnsentMail>, StoreError> {
        const SQL: &str = "SELECT id, school_id, account_id, run_id, mail_sealed, attempts,
                created_at
            FROM outbox WHERE sent_at IS NULL AND withdrawn_at IS NULL
            ORDER BY created_at DESC, id LIMIT $1";
        let rows: Vec<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(i64::from(most)).fetch_all(pool).await)?;
        Ok(rows
            .into_iter()
            .map(|row| UnsentMail { created_at: row.created_at, mail: row.into() })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::fixtures::staff_account;

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::{add, invitation};

    const LEASE: TimeDelta = TimeDelta::minutes(5);

    /// Three messages, written a minute apart.
    async fn write(store: &Store) {
        let school = school(store, "3281102").await;
        for (id, surname) in [(1, "Abel"), (2, "Bello"), (3, "Clarke")] {
            let person = staff_account(u128::from(id), &format!("Ama {surname}"));
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
            assert_eq!(store.list_unsent_mail(10).await.unwrap().len(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_message_that_failed_waits_for_its_time_or_is_given_up() {
        on_both_engines(async |store: Store| {
            write(&store).await;
            for waiting in claim(&store, 9, 10).await {
                let then = match waiting.mail.sealed.as_slice() {
                    [1] => Then::Later(minute(60)),
                    _ => Then::Never(Delivery::AddressRefused),
                };
                let id = waiting.mail.id;
                store.mail_was_not_sent(id, "refused", then, minute(9)).await.unwrap();
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
            let kept = store.list_unsent_mail(2).await.unwrap();
            let seen: Vec<_> =
                kept.iter().map(|kept| (kept.mail.sealed[0], kept.created_at)).collect();
            assert_eq!(seen, [(3, minute(3)), (2, minute(2))]);
        })
        .await;
    }
}
