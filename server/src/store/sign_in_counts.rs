//! What is counted of attempts to sign in, so that several servers count together.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::SchoolId;

use super::{Store, StoreError, in_transaction, on};
use crate::sign_in::throttle::{Count, Kind, Line};

#[derive(Clone, sqlx::FromRow)]
struct Row {
    level: f64,
    at: DateTime<Utc>,
    in_flight: f64,
    began: DateTime<Utc>,
    full_since: Option<DateTime<Utc>>,
}

impl From<Row> for Count {
    fn from(row: Row) -> Self {
        Self {
            level: row.level,
            at: row.at,
            in_flight: row.in_flight,
            began: row.began,
            full_since: row.full_since,
        }
    }
}

/// Takes the row of a key for a transaction: one that is not there is made, so that no row can
/// come in between.
const TAKE: &str = "INSERT INTO sign_in_counts
        (school_id, key, kind, about, level, at, in_flight, began, full_since)
    VALUES ($1, $2, $3, $4, 0, $5, 0, $5, NULL)
    ON CONFLICT (school_id, key) DO UPDATE SET level = sign_in_counts.level
    RETURNING level, at, in_flight, began, full_since";

impl Store {
    /// Changes the counts of these lines together: `change` is given them in the order of the
    /// lines, once nobody else can change them. Rows are taken in the order of their keys, so that
    /// two attempts never wait for one another.
    pub async fn change_sign_in_counts<T>(
        &self,
        school: SchoolId,
        lines: &[&Line],
        now: DateTime<Utc>,
        change: impl FnOnce(&mut [Count]) -> T,
    ) -> Result<T, StoreError> {
        const KEEP: &str = "UPDATE sign_in_counts
            SET level = $3, at = $4, in_flight = $5, began = $6, full_since = $7
            WHERE school_id = $1 AND key = $2";
        const DROP: &str = "DELETE FROM sign_in_counts WHERE school_id = $1 AND key = $2";
        let mut in_order: Vec<(usize, &Line)> = lines.iter().copied().enumerate().collect();
        in_order.sort_unstable_by(|(_, a), (_, b)| a.key.cmp(&b.key));
        in_transaction!(self, |tx| {
            let mut taken = Vec::with_capacity(lines.len());
            for &(place, line) in &in_order {
                let row: Row = sqlx::query_as(TAKE)
                    .bind(school.0)
                    .bind(&line.key)
                    .bind(line.kind.code())
                    .bind(&line.about)
                    .bind(now)
                    .fetch_one(&mut *tx)
                    .await?;
                taken.push((place, Count::from(row)));
            }
            taken.sort_unstable_by_key(|(place, _)| *place);
            let mut counts: Vec<Count> = taken.into_iter().map(|(_, count)| count).collect();
            let answer = change(&mut counts);
            for (line, count) in lines.iter().zip(&counts) {
                if count.is_nothing() {
                    sqlx::query(DROP).bind(school.0).bind(&line.key).execute(&mut *tx).await?;
                    continue;
                }
                sqlx::query(KEEP)
                    .bind(school.0)
                    .bind(&line.key)
                    .bind(count.level)
                    .bind(count.at)
                    .bind(count.in_flight)
                    .bind(count.began)
                    .bind(count.full_since)
                    .execute(&mut *tx)
                    .await?;
            }
            answer
        })
    }

    /// The lines that have been full, and what is counted there.
    pub async fn list_full_sign_in_counts(
        &self,
        school: SchoolId,
    ) -> Result<Vec<(Kind, Count)>, StoreError> {
        #[derive(sqlx::FromRow)]
        struct Full {
            kind: String,
            #[sqlx(flatten)]
            row: Row,
        }
        const SQL: &str = "SELECT kind, level, at, in_flight, began, full_since
            FROM sign_in_counts WHERE school_id = $1 AND full_since IS NOT NULL";
        let rows: Vec<Full> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_all(pool).await)?;
        rows.into_iter()
            .map(|Full { kind, row }| {
                let kind = Kind::from_code(&kind)
                    .ok_or_else(|| StoreError::unreadable("sign_in_counts.kind"))?;
                Ok((kind, row.into()))
            })
            .collect()
    }

    /// Forgets all that was counted in a school, so that nobody waits.
    pub async fn forget_sign_in_counts(&self, school: SchoolId) -> Result<(), StoreError> {
        self.forget_counts(school, None).await
    }

    /// Forgets what was counted of one name.
    pub async fn forget_sign_in_counts_about(
        &self,
        school: SchoolId,
        about: &str,
    ) -> Result<(), StoreError> {
        self.forget_counts(school, Some(about)).await
    }

    /// PostgreSQL takes the rows in the order in which attempts do, so that neither waits for the
    /// other.
    async fn forget_counts(&self, school: SchoolId, about: Option<&str>) -> Result<(), StoreError> {
        const SQLITE: &str = "DELETE FROM sign_in_counts
            WHERE school_id = $1 AND ($2 IS NULL OR about = $2)";
        const POSTGRES: &str = "DELETE FROM sign_in_counts WHERE school_id = $1 AND key IN (
            SELECT key FROM sign_in_counts
            WHERE school_id = $1 AND ($2::TEXT IS NULL OR about = $2) ORDER BY key FOR UPDATE)";
        match self {
            Self::Sqlite(pool) => {
                sqlx::query(SQLITE).bind(school.0).bind(about).execute(pool).await?;
            }
            Self::Postgres(pool) => {
                sqlx::query(POSTGRES).bind(school.0).bind(about).execute(pool).await?;
            }
        }
        Ok(())
    }
}
