//! What is counted of attempts to sign in, so that several servers count together.

use chrono::{DateTime, Utc};
use rollcall_engine::domain::throttle::{Attempt, Count, Kind, Line};
use rollcall_shared::ids::SchoolId;

use super::{Sqlite, Store, StoreError, in_transaction, on};

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

/// Takes the rows of these lines for a transaction, and puts their counts where they stand.
macro_rules! take {
    ($tx:ident, $school:ident, $now:ident, $lines:ident, $counts:ident) => {
        for &(place, line) in &$lines {
            let row: Row = sqlx::query_as(TAKE)
                .bind($school.0)
                .bind(&line.key)
                .bind(line.kind.code())
                .bind(&line.about)
                .bind($now)
                .fetch_one(&mut *$tx)
                .await?;
            if let Some(count) = $counts.get_mut(place) {
                *count = row.into();
            }
        }
    };
}

/// An attempt's own lines, or those it shares, with their places, in the order of their keys.
fn in_order(lines: &[Line], are_shared: bool) -> Vec<(usize, &Line)> {
    let mut some: Vec<_> =
        lines.iter().enumerate().filter(|(_, line)| line.is_shared() == are_shared).collect();
    some.sort_unstable_by(|(_, a), (_, b)| a.key.cmp(&b.key));
    some
}

impl Store {
    /// Changes the counts of an attempt's lines together: `change` is given them in the order of the
    /// lines, once nobody else can change them. Those that everybody at an address shares are taken
    /// only where `needs_shared` says so of the attempt's own: all sign-ins of a school would queue
    /// for them. Rows are taken in one order by everybody, own ones by their keys and then shared
    /// ones by theirs, so that two attempts never wait for one another. What has not changed is not
    /// written.
    ///
    /// PostgreSQL does not wait for the disk here: what a crash of the database forgets is the count
    /// of its last half second.
    pub async fn change_sign_in_counts<T>(
        &self,
        school: SchoolId,
        attempt: &Attempt,
        now: DateTime<Utc>,
        needs_shared: impl FnOnce(&[Count]) -> bool,
        change: impl FnOnce(&mut [Count]) -> T,
    ) -> Result<T, StoreError> {
        const NO_WAIT: &str = "SET LOCAL synchronous_commit = off";
        const KEEP: &str = "UPDATE sign_in_counts
            SET level = $3, at = $4, in_flight = $5, began = $6, full_since = $7
            WHERE school_id = $1 AND key = $2";
        const DROP: &str = "DELETE FROM sign_in_counts WHERE school_id = $1 AND key = $2";
        let lines = attempt.lines();
        let (own, shared) = (in_order(lines, false), in_order(lines, true));
        in_transaction!(self, |tx| {
            if matches!(self, Self::Postgres(_)) {
                sqlx::query(NO_WAIT).execute(&mut *tx).await?;
            }
            let mut before = vec![Count::none(now); own.len()];
            take!(tx, school, now, own, before);
            if needs_shared(&before) {
                before.resize(lines.len(), Count::none(now));
                take!(tx, school, now, shared, before);
            }
            let mut after = before.clone();
            let answer = change(&mut after);
            for ((line, before), after) in lines.iter().zip(&before).zip(&after) {
                if after.is_nothing() {
                    sqlx::query(DROP).bind(school.0).bind(&line.key).execute(&mut *tx).await?;
                } else if after != before {
                    sqlx::query(KEEP)
                        .bind(school.0)
                        .bind(&line.key)
                        .bind(after.level)
                        .bind(after.at)
                        .bind(after.in_flight)
                        .bind(after.began)
                        .bind(after.full_since)
                        .execute(&mut *tx)
                        .await?;
                }
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
            Self::Sqlite(Sqlite { pool, .. }) => {
                sqlx::query(SQLITE).bind(school.0).bind(about).execute(pool).await?;
            }
            Self::Postgres(pool) => {
                sqlx::query(POSTGRES).bind(school.0).bind(about).execute(pool).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use rollcall_engine::domain::throttle::{Ending, Standing, Tried, Verdict};

    use super::*;
    use crate::contract::{self, minute};

    fn attempt_of(name: &str) -> Attempt {
        let tried = Tried {
            name,
            network: "192.0.2.7",
            wider: None,
            values: Some(10_000),
            has_pictures: true,
        };
        Attempt::new(tried, &Standing::School)
    }

    /// Tries once, and answers how many counts were taken to begin and to end.
    async fn tries(store: &Store, school: SchoolId, name: &str, ending: Ending) -> (usize, usize) {
        let (attempt, now) = (attempt_of(name), minute(1));
        let needs_shared = |own: &[Count]| attempt.needs_shared_to_begin(own, now);
        let begin = |counts: &mut [Count]| (counts.len(), attempt.begin(counts, now));
        let begun = store.change_sign_in_counts(school, &attempt, now, needs_shared, begin).await;
        let (to_begin, Verdict::Go(held)) = begun.unwrap() else { panic!("{name} may try") };
        let now = now + TimeDelta::seconds(1);
        let needs_shared = |own: &[Count]| attempt.needs_shared_to_end(own, ending, now);
        let end = |counts: &mut [Count]| {
            attempt.end(counts, Some(&held), ending, now);
            counts.len()
        };
        let ended = store.change_sign_in_counts(school, &attempt, now, needs_shared, end).await;
        (to_begin, ended.unwrap())
    }

    #[tokio::test]
    async fn a_right_password_takes_no_row_that_others_share_and_a_mistyped_one_takes_them_all() {
        contract::on_both_engines(async |store: Store| {
            let school = contract::school(&store, "3281102").await;
            assert_eq!(tries(&store, school, "bob", Ending::Wrong).await, (1, 3));
            assert_eq!(tries(&store, school, "amy", Ending::Right).await, (1, 1));
            assert_eq!(tries(&store, school, "amy", Ending::Broken).await, (1, 1));
            assert_eq!(tries(&store, school, "bob", Ending::Right).await, (3, 3), "had mistyped");
            assert_eq!(tries(&store, school, "bob", Ending::Right).await, (1, 1), "is forgotten");
            let full = store.list_full_sign_in_counts(school).await.unwrap();
            assert_eq!(full, Vec::new());
        })
        .await;
    }
}
