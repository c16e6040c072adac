//! Persistence: SQLite for one machine, PostgreSQL for many. One SQL text serves both.
//!
//! A method is a `const SQL: &str`, a macro that runs the same body on either engine, and a private
//! row struct with raw types that turns into shared ones:
//!
//! ```text
//! pub async fn count_things(&self, school: SchoolId) -> Result<i64, StoreError> {
//!     const SQL: &str = "SELECT COUNT(*) FROM things WHERE school_id = $1";
//!     on!(self, |pool| Ok(sqlx::query_scalar(SQL).bind(school.0).fetch_one(pool).await?))
//! }
//!
//! pub async fn rename_thing(&self, id: Uuid, name: &str) -> Result<bool, StoreError> {
//!     in_transaction!(self, |tx| {
//!         let done = sqlx::query(SQL).bind(name).bind(id).execute(&mut *tx).await?;
//!         done.rows_affected() == 1
//!     })
//! }
//! ```
//!
//! Times are bound, never taken from the database. Integers are `BIGINT` (`i64`), years `SMALLINT`.

mod account_rows;
pub mod accounts;
pub mod activation;
pub mod apply;
pub mod audit;
pub mod by_hand;
pub mod cancel;
pub mod card_keys;
mod class_rows;
pub mod classes;
pub mod connections;
pub mod consents;
#[cfg(any(test, feature = "testing"))]
pub mod contract;
pub mod crash;
pub mod devices;
pub mod disconnect;
pub mod edit;
mod error;
pub mod finish;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
pub mod housekeeping;
pub mod installation;
mod json;
pub mod keep_out;
pub mod lists;
mod lock;
pub mod mail_limits;
pub mod mis_reads;
pub mod outbox;
pub mod people;
pub mod purge;
pub mod resolutions;
pub mod rosters;
mod rows;
pub mod runs;
pub mod schedules;
pub mod schools;
pub mod sessions;
pub mod settings;
pub mod sign_in_counts;
pub mod sweep;
pub mod undo;
pub mod username_answers;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

pub use error::StoreError;
pub use lock::RunsLock;

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The most values bound in one statement: SQLite takes 32,766, PostgreSQL 65,535.
pub(crate) const MOST_BINDS: usize = 30_000;

/// A database.
#[derive(Clone, Debug)]
pub enum Store {
    Sqlite(Sqlite),
    Postgres(PgPool),
}

/// A SQLite file. It has one writer at a time: transactions queue for a connection of their own,
/// instead of asking again and again whether the file is free.
#[derive(Clone, Debug)]
pub struct Sqlite {
    pub pool: SqlitePool,
    writer: SqlitePool,
}

/// Runs the same body on either pool.
macro_rules! on {
    ($store:expr, |$pool:ident| $body:expr) => {
        match $store {
            $crate::Store::Sqlite($crate::Sqlite { pool: $pool, .. }) => $body,
            $crate::Store::Postgres($pool) => $body,
        }
    };
}

/// Runs the same body in a transaction on either engine, and answers `Ok` with what the body
/// gives. The body works on `&mut *tx`; leaving it early (`?`, `return`) rolls back.
///
/// On SQLite the transaction takes the write lock at once (`BEGIN IMMEDIATE`), so what it reads
/// holds until it has written. One with a name has [points](crate::crash) before, within and after
/// it.
macro_rules! in_transaction {
    ($store:expr, $($name:literal,)? |$tx:ident| $body:expr) => {{
        $($crate::crash::point(concat!("before-", $name));)?
        let answer = match $store {
            $crate::Store::Sqlite($crate::Sqlite { writer, .. }) => {
                let mut $tx = writer.begin_with("BEGIN IMMEDIATE").await?;
                let answer = $body;
                $($crate::crash::point(concat!("within-", $name));)?
                $tx.commit().await?;
                answer
            }
            $crate::Store::Postgres(pool) => {
                let mut $tx = pool.begin().await?;
                let answer = $body;
                $($crate::crash::point(concat!("within-", $name));)?
                $tx.commit().await?;
                answer
            }
        };
        $($crate::crash::point(concat!("after-", $name));)?
        Ok(answer)
    }};
}

/// A transaction on either engine, for what is done in several steps: each is a function that takes
/// it. One that is dropped before [`Tx::commit`] is rolled back.
pub(crate) enum Tx {
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Tx {
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Runs the same body on a [`Tx`] of either engine; it works on `&mut *tx`.
macro_rules! on_tx {
    ($tx:expr, |$connection:ident| $body:expr) => {
        match $tx {
            $crate::Tx::Sqlite($connection) => {
                let $connection = &mut **$connection;
                $body
            }
            $crate::Tx::Postgres($connection) => {
                let $connection = &mut **$connection;
                $body
            }
        }
    };
}

pub(crate) use {in_transaction, on, on_tx};

/// PostgreSQL lets go of the locks of a server that stands still in the middle of a transaction, or
/// is gone from the network, lest all others wait for it.
const LET_GO: &str = "SET idle_in_transaction_session_timeout = '30s';
    SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3";

impl Store {
    /// Begins a transaction of several steps. On SQLite it takes the write lock at once.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite(Sqlite { writer, .. }) => {
                Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Opens the database at `sqlite:PATH` or `postgres://…` and brings its tables up to date. A
    /// SQLite file is made where there is none, readable by its owner only.
    ///
    /// # Errors
    /// If the address is of another kind, or the database can't be opened or brought up to date.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        if address.starts_with("sqlite:") {
            Self::open_sqlite(address).await
        } else if address.starts_with("postgres:") || address.starts_with("postgresql:") {
            Self::open_postgres(address).await
        } else {
            Err(StoreError::UnknownEngine)
        }
    }

    async fn open_sqlite(address: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(address)?
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(30));
        make_private_file(options.get_filename()).map_err(StoreError::Folder)?;
        let pool =
            SqlitePoolOptions::new().max_connections(8).connect_with(options.clone()).await?;
        SQLITE_MIGRATIONS.run(&pool).await?;
        let writer = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options);
        Ok(Self::Sqlite(Sqlite { pool, writer }))
    }

    async fn open_postgres(address: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(address)?;
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(30))
            .after_connect(|connection, _| {
                Box::pin(async move { sqlx::raw_sql(LET_GO).execute(connection).await.map(drop) })
            })
            .connect_with(options)
            .await?;
        POSTGRES_MIGRATIONS.run(&pool).await?;
        Ok(Self::Postgres(pool))
    }

    /// Asks the database something, to see whether it answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn answer(&self) -> Result<(), StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM schools";
        let _: i64 = on!(self, |pool| sqlx::query_scalar(SQL).fetch_one(pool).await)?;
        Ok(())
    }

    /// The file that a SQLite database lies in.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let Self::Sqlite(Sqlite { pool, .. }) = self else { return None };
        let path = pool.connect_options().get_filename().to_owned();
        is_file(&path).then_some(path)
    }

    /// Waits for what is under way and closes the database.
    pub async fn close(&self) {
        if let Self::Sqlite(Sqlite { writer, .. }) = self {
            writer.close().await;
        }
        on!(self, |pool| pool.close().await);
    }
}

/// Makes an empty file, and its folder, that only their owner can read. SQLite gives its journal
/// files the same mode.
fn make_private_file(path: &Path) -> std::io::Result<()> {
    if !is_file(path) {
        return Ok(());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

/// Whether a SQLite database lies in a file, and not in memory.
fn is_file(path: &Path) -> bool {
    !path.as_os_str().is_empty() && path != Path::new(":memory:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_answers_until_it_is_closed() {
        contract::on_both_engines(async |store: Store| {
            store.answer().await.unwrap();
            store.close().await;
            assert!(store.answer().await.is_err());
        })
        .await;
    }
}
