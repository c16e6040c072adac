//! How many e-mails a school's admins may cause within an hour: few to one recipient, and in all no
//! more than a large school needs at the start of term.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_shared::ids::SchoolId;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::by_hand::ONE_AT_A_TIME;
use super::{Store, StoreError, in_transaction, on};

/// A recipient, by a hash of the address.
pub type Recipient = [u8; 32];

const WITHIN: TimeDelta = TimeDelta::hours(1);
pub const TO_ONE_RECIPIENT: usize = 5;
pub const OF_ONE_SCHOOL: usize = 2_000;

/// What may be sent of what was asked for. It counts until it is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    pub recipients: Vec<Recipient>,
    /// From when on one of those who were left out may be written to again.
    pub again_at: Option<DateTime<Utc>>,
}

/// Which of these may be written to, seen from what was asked for within the hour, oldest first.
fn allowed(
    asked: &[(Recipient, DateTime<Utc>)],
    recipients: &[Recipient],
    now: DateTime<Utc>,
) -> Allowed {
    let mut of_each: HashMap<Recipient, Vec<DateTime<Utc>>> = HashMap::new();
    for (recipient, at) in asked {
        of_each.entry(*recipient).or_default().push(*at);
    }
    let mut of_school: Vec<DateTime<Utc>> = asked.iter().map(|(_, at)| *at).collect();
    let mut done = Allowed { recipients: Vec::new(), again_at: None };
    for recipient in recipients {
        let own = of_each.entry(*recipient).or_default();
        let again_at = free_at(own, TO_ONE_RECIPIENT).max(free_at(&of_school, OF_ONE_SCHOOL));
        match again_at {
            None => {
                own.push(now);
                of_school.push(now);
                done.recipients.push(*recipient);
            }
            again_at => done.again_at = [done.again_at, again_at].into_iter().flatten().min(),
        }
    }
    done
}

/// When one more may be asked for, where so many may; none if now.
fn free_at(asked: &[DateTime<Utc>], most: usize) -> Option<DateTime<Utc>> {
    let at = asked.len().checked_sub(most).and_then(|over| asked.get(over))?;
    Some(*at + WITHIN)
}

impl Store {
    /// Asks whether these may be written to, and counts those who may.
    pub async fn ask_to_mail(
        &self,
        school: SchoolId,
        asking: Uuid,
        recipients: &[Recipient],
        now: DateTime<Utc>,
    ) -> Result<Allowed, StoreError> {
        const FORGET: &str = "DELETE FROM mail_asked WHERE at <= $1";
        const ASKED: &str = "SELECT recipient, at FROM mail_asked
            WHERE school_id = $1 AND at > $2 ORDER BY at";
        in_transaction!(self, |tx| {
            sqlx::query(ONE_AT_A_TIME).bind(school.0).execute(&mut *tx).await?;
            sqlx::query(FORGET).bind(now - WITHIN).execute(&mut *tx).await?;
            let rows: Vec<(Vec<u8>, DateTime<Utc>)> =
                sqlx::query_as(ASKED).bind(school.0).bind(now - WITHIN).fetch_all(&mut *tx).await?;
            let known = rows.into_iter().map(|(hash, at)| {
                let hash = hash.try_into().map_err(|_| StoreError::unreadable("mail_asked"))?;
                Ok::<_, StoreError>((hash, at))
            });
            let asked: Vec<(Recipient, DateTime<Utc>)> = known.collect::<Result<_, _>>()?;
            let allowed = allowed(&asked, recipients, now);
            if !allowed.recipients.is_empty() {
                let mut insert =
                    QueryBuilder::new("INSERT INTO mail_asked (school_id, recipient, at, asking) ");
                insert.push_values(&allowed.recipients, |mut row, recipient| {
                    row.push_bind(school.0)
                        .push_bind(recipient.to_vec())
                        .push_bind(now)
                        .push_bind(asking);
                });
                insert.build().execute(&mut *tx).await?;
            }
            allowed
        })
    }

    /// Takes back what was asked for, since nothing was sent.
    pub async fn take_back_mail(&self, school: SchoolId, asking: Uuid) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM mail_asked WHERE school_id = $1 AND asking = $2";
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(asking)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{minute, on_both_engines, school};

    const AMA: Recipient = [1; 32];
    const BEN: Recipient = [2; 32];

    async fn ask(
        store: &Store,
        school: SchoolId,
        asking: u128,
        to: &[Recipient],
        at: i64,
    ) -> Allowed {
        store.ask_to_mail(school, Uuid::from_u128(asking), to, minute(at)).await.unwrap()
    }

    #[tokio::test]
    async fn five_e_mails_an_hour_go_to_one_recipient_of_a_school() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            for at in 0..5 {
                let allowed = ask(&store, here, at as u128, &[AMA], at).await;
                assert_eq!(
                    (allowed.recipients.as_slice(), allowed.again_at),
                    ([AMA].as_slice(), None)
                );
            }
            let refused = ask(&store, here, 5, &[AMA], 5).await;
            assert_eq!((refused.recipients.len(), refused.again_at), (0, Some(minute(60))));
            let some = ask(&store, here, 6, &[AMA, BEN], 5).await;
            assert_eq!(
                (some.recipients.as_slice(), some.again_at),
                ([BEN].as_slice(), Some(minute(60)))
            );
            assert_eq!(ask(&store, there, 7, &[AMA], 5).await.recipients, [AMA], "another school");
            assert!(ask(&store, here, 8, &[AMA], 59).await.recipients.is_empty());
            assert_eq!(ask(&store, here, 9, &[AMA], 60).await.recipients, [AMA]);
            assert!(
                ask(&store, here, 10, &[AMA], 60).await.recipients.is_empty(),
                "one place is free"
            );
        })
        .await;
    }

    #[tokio::test]
    async fn what_came_to_nothing_does_not_count() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            for asking in 0..20 {
                assert_eq!(ask(&store, here, asking, &[AMA], 0).await.recipients, [AMA]);
                store.take_back_mail(here, Uuid::from_u128(asking)).await.unwrap();
            }
        })
        .await;
    }

    #[tokio::test]
    async fn many_who_ask_at_the_same_time_get_no_more_than_one_who_asks() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let asking = (0..20).map(|asking| {
                let store = store.clone();
                async move { ask(&store, here, asking, &[AMA], 0).await.recipients.len() }
            });
            let sent: usize = futures::future::join_all(asking).await.into_iter().sum();
            assert_eq!(sent, 5);
        })
        .await;
    }

    #[tokio::test]
    async fn all_staff_of_a_large_school_are_written_to_at_once_and_not_without_end() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let staff: Vec<Recipient> = (0..1_500_u16)
                .map(|number| {
                    let mut hash = [0; 32];
                    hash[..2].copy_from_slice(&number.to_be_bytes());
                    hash
                })
                .collect();
            assert_eq!(ask(&store, here, 1, &staff, 0).await.recipients.len(), 1_500);
            let rest = ask(&store, here, 2, &staff, 10).await;
            assert_eq!((rest.recipients.len(), rest.again_at), (500, Some(minute(60))));
            assert_eq!(ask(&store, here, 3, &staff, 60).await.recipients.len(), 1_500);
        })
        .await;
    }
}
