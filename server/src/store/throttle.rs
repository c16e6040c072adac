//! Counts of failed attempts to sign in, and until when there may be no other.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::SchoolId;

use super::{Store, StoreError, in_transaction, on};
use crate::sign_in::throttle::Counted;

#[derive(sqlx::FromRow)]
struct Row {
    failures: i64,
    blocked_until: Option<DateTime<Utc>>,
}

/// Takes the row of a key for a transaction: one that is not there is made, so that no row can
/// come in between.
const TAKE: &str = "INSERT INTO sign_in_failures
        (school_id, key, failures, first_at, blocked_until)
    VALUES ($1, $2, 0, $3, NULL)
    ON CONFLICT (school_id, key) DO UPDATE SET failures = sign_in_failures.failures
    RETURNING failures, blocked_until";

impl Store {
    /// Counts an attempt as a failure under each key, before it is looked at; or says until when
    /// there may be none, and counts nothing.
    ///
    /// The first write takes the row, so that attempts made at the same moment come one by one;
    /// rows are taken in the order of their keys, so that nobody waits for one another.
    pub async fn count_attempt(
        &self,
        school: SchoolId,
        keys: &[(&str, Counted)],
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        const COUNT: &str = "UPDATE sign_in_failures SET failures = $3, blocked_until = $4
            WHERE school_id = $1 AND key = $2";
        let mut keys = keys.to_vec();
        keys.sort_unstable_by_key(|(key, _)| *key);
        in_transaction!(self, |tx| {
            let mut blocked_until = None;
            for &(key, counted) in &keys {
                let row: Row = sqlx::query_as(TAKE)
                    .bind(school.0)
                    .bind(key)
                    .bind(now)
                    .fetch_one(&mut *tx)
                    .await?;
                // The wait counts from the last failure, so its end says when that was, too.
                let before = match row.blocked_until {
                    Some(until) if until > now => {
                        blocked_until = blocked_until.max(Some(until));
                        continue;
                    }
                    Some(until) if now - until >= counted.forgotten_after() => 0,
                    _ => row.failures,
                };
                let failures = before.saturating_add(1);
                sqlx::query(COUNT)
                    .bind(school.0)
                    .bind(key)
                    .bind(failures)
                    .bind(now + counted.wait(super::rows::count(failures)))
                    .execute(&mut *tx)
                    .await?;
            }
            if blocked_until.is_some() {
                return Ok(blocked_until);
            }
            None
        })
    }

    /// Signing in takes back what was counted under `here` from each of the other keys, and their
    /// waits with it.
    pub async fn forgive_attempts(
        &self,
        school: SchoolId,
        here: &str,
        others: &[&str],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const FORGET: &str = "DELETE FROM sign_in_failures WHERE school_id = $1 AND key = $2
            RETURNING failures";
        const SUBTRACT: &str = "UPDATE sign_in_failures SET
                failures = CASE WHEN failures > $3 THEN failures - $3 ELSE 0 END,
                blocked_until = $4
            WHERE school_id = $1 AND key = $2";
        let mut keys = [&[here], others].concat();
        keys.sort_unstable();
        in_transaction!(self, |tx| {
            for key in &keys {
                sqlx::query(TAKE).bind(school.0).bind(*key).bind(now).execute(&mut *tx).await?;
            }
            let forgiven: Option<i64> = sqlx::query_scalar(FORGET)
                .bind(school.0)
                .bind(here)
                .fetch_optional(&mut *tx)
                .await?;
            for key in others {
                sqlx::query(SUBTRACT)
                    .bind(school.0)
                    .bind(*key)
                    .bind(forgiven.unwrap_or_default())
                    .bind(now)
                    .execute(&mut *tx)
                    .await?;
            }
        })
    }

    /// Forgets all that was counted under a key.
    pub async fn forget_attempts(&self, school: SchoolId, key: &str) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM sign_in_failures WHERE school_id = $1 AND key = $2";
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(key)
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::store::contract::{minute, on_both_engines, school};

    const KEYS: [(&str, Counted); 3] =
        [("account", Counted::Account), ("here", Counted::AccountHere), ("place", Counted::Place)];

    /// Fails so often in the same moment, and says until when the next attempt has to wait.
    async fn fail(
        store: &Store,
        school: SchoolId,
        times: u32,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        for _ in 0..times {
            assert_eq!(store.count_attempt(school, &KEYS, now).await.unwrap(), None);
        }
        store.count_attempt(school, &KEYS, now).await.unwrap()
    }

    #[tokio::test]
    async fn the_fifth_failure_makes_the_next_attempt_wait_in_that_school_only() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let until = fail(&store, here, 5, minute(0)).await.unwrap();
            assert_eq!(until, minute(0) + Counted::Account.wait(5));
            assert_eq!(store.count_attempt(here, &KEYS, until).await.unwrap(), None);
            assert_eq!(store.count_attempt(there, &KEYS, minute(0)).await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn an_attempt_that_may_not_be_made_is_not_counted_under_any_key() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let until = fail(&store, school, 5, minute(0)).await.unwrap();
            for _ in 0..60 {
                let refused = store.count_attempt(school, &KEYS, minute(0)).await.unwrap();
                assert_eq!(refused, Some(until));
            }
            // Sixty more would have made the place wait.
            let elsewhere = [("another", Counted::Account), KEYS[2]];
            assert_eq!(store.count_attempt(school, &elsewhere, minute(0)).await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn signing_in_takes_back_what_was_counted_here_and_leaves_what_was_counted_elsewhere() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let stranger = [KEYS[0], ("elsewhere", Counted::AccountHere)];
            for _ in 0..3 {
                assert_eq!(store.count_attempt(school, &stranger, minute(0)).await.unwrap(), None);
            }
            assert_eq!(store.count_attempt(school, &KEYS, minute(0)).await.unwrap(), None);
            let others = ["account", "place"];
            store.forgive_attempts(school, "here", &others, minute(0)).await.unwrap();
            // Three of the stranger's are left: two more, and the account has to wait.
            let until = fail(&store, school, 2, minute(0)).await;
            assert_eq!(until, Some(minute(0) + Counted::Account.wait(5)));
        })
        .await;
    }

    #[tokio::test]
    async fn failures_are_forgotten_after_quiet_days_or_when_an_admin_lifts_them() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            assert!(fail(&store, school, 5, minute(0)).await.is_some());
            let quiet = minute(2) + Counted::Account.forgotten_after();
            assert!(fail(&store, school, 5, quiet).await.is_some(), "counted anew from one");
            store.forget_attempts(school, "account").await.unwrap();
            assert_eq!(store.count_attempt(school, &KEYS, quiet).await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn attempts_made_at_once_are_each_counted_and_never_stand_in_each_others_way() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let others = ["account", "place"];
            let (counted, forgiven) = tokio::join!(
                futures::future::join_all((0..12).map(|_| store.count_attempt(
                    school,
                    &KEYS,
                    minute(0)
                ))),
                futures::future::join_all((0..6).map(|_| store.forgive_attempts(
                    school,
                    "none",
                    &others,
                    minute(0)
                ))),
            );
            for forgiven in forgiven {
                forgiven.unwrap();
            }
            let let_through = counted.into_iter().filter(|counted| {
                let refused_until = counted.as_ref().unwrap();
                refused_until.is_none()
            });
            assert!(let_through.count() >= 5);
            let later = minute(0) + TimeDelta::days(2);
            assert!(fail(&store, school, 1, later).await.is_some(), "five were counted before");
        })
        .await;
    }
}
