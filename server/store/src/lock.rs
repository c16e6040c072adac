//! Who may apply runs. On PostgreSQL every server may: a claimed run has a lease. A SQLite database
//! is applied to by one process at a time, which holds a lock on a file beside it. The operating
//! system takes the lock from a process that ends, however it ends, so that the next one knows that
//! nobody is at work, and need not wait for a lease to be over.

use std::fs::{File, TryLockError};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::SqlitePool;

use super::{Sqlite, Store, StoreError, is_file, make_private_file};
use crate::crash;

/// The right to apply runs, for as long as it is kept.
#[derive(Debug)]
pub struct RunsLock {
    _file: Option<File>,
}

impl Store {
    /// Takes the right to apply runs, and takes back what a worker that is gone has left half done;
    /// none if another process has the right.
    ///
    /// # Errors
    /// If the database failed, or the file can't be locked.
    pub async fn lock_runs(&self, now: DateTime<Utc>) -> Result<Option<RunsLock>, StoreError> {
        let Self::Sqlite(Sqlite { pool, .. }) = self else {
            return Ok(Some(RunsLock { _file: None }));
        };
        let options = pool.connect_options();
        let database = options.get_filename();
        let mut file = None;
        if is_file(database) {
            let mut path = database.as_os_str().to_owned();
            path.push("-worker");
            make_private_file(path.as_ref()).map_err(StoreError::Lock)?;
            let opened = File::options().write(true).open(path).map_err(StoreError::Lock)?;
            match opened.try_lock() {
                Ok(()) => file = Some(opened),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(StoreError::Lock(error)),
            }
        }
        crash::around!("take-back", end_leases(pool, now).await?);
        Ok(Some(RunsLock { _file: file }))
    }
}

async fn end_leases(pool: &SqlitePool, now: DateTime<Utc>) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE runs SET lease_until = $1 WHERE status = 'running'";
    sqlx::query(SQL).bind(now - TimeDelta::milliseconds(1)).execute(pool).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{minute, on_both_engines};

    #[tokio::test]
    async fn one_process_at_a_time_applies_to_a_sqlite_database_and_any_number_to_postgresql() {
        on_both_engines(async |store: Store| {
            let first = store.lock_runs(minute(1)).await.unwrap();
            assert!(first.is_some());
            let is_sqlite = matches!(store, Store::Sqlite(_));
            assert_eq!(store.lock_runs(minute(1)).await.unwrap().is_none(), is_sqlite);
            drop(first);
            assert!(store.lock_runs(minute(1)).await.unwrap().is_some());
        })
        .await;
    }
}
