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

impl Store {
    /// Counts an attempt as a failure under each key, before it is looked at; or says until when
    /// there may be none, and counts nothing.
    ///
    /// The first write takes the row, so that attempts made at the same moment come one by one.
    pub async fn count_attempt(
        &self,
        school: SchoolId,
        keys: &[(&str, Counted)],
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        const TAKE: &str = "INSERT INTO sign_in_failures
                (school_id, key, failures, first_at, blocked_until)
            VALUES ($1, $2, 0, $3, NULL)
            ON CONFLICT (school_id, key) DO UPDATE SET failures = sign_in_failures.failures
            RETURNING failures, blocked_until";
        const COUNT: &str = "UPDATE sign_in_failures SET failures = $3, blocked_until = $4
            WHERE school_id = $1 AND key = $2";
        in_transaction!(self, |tx| {
            for (key, counted) in keys {
                let row: Row = sqlx::query_as(TAKE)
                    .bind(school.0)
                    .bind(*key)
                    .bind(now)
                    .fetch_one(&mut *tx)
                    .await?;
                // The wait counts from the last failure, so its end says when that was, too.
                let before = match row.blocked_until {
                    Some(until) if until > now => return Ok(Some(until)),
                    Some(until) if now - until >= counted.forgotten_after() => 0,
                    _ => row.failures,
                };
                let failures = before.saturating_add(1);
                sqlx::query(COUNT)
                    .bind(school.0)
                    .bind(*key)
                    .bind(failures)
                    .bind(now + counted.wait(super::rows::count(failures)))
                    .execute(&mut *tx)
                    .await?;
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
        const TAKE: &str = "DELETE FROM sign_in_failures WHERE school_id = $1 AND key = $2
            RETURNING failures";
        const SUBTRACT: &str = "UPDATE sign_in_failures SET
                failures = CASE WHEN failures > $3 THEN failures - $3 ELSE 0 END,
                blocked_until = $4
            WHERE school_id = $1 AND key = $2";
        in_transaction!(self, |tx| {
            let forgiven: Option<i64> =
                sqlx::query_scalar(TAKE).bind(school.0).bind(here).fetch_optional(&mut *tx).await?;
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
