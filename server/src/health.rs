//! Whether the parts of the server that answer no request are at work.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_store::Store;

/// How long the worker may be silent: a batch of a run takes far less.
const WORKER_SILENT: TimeDelta = TimeDelta::seconds(60);

/// What is known of the parts that answer no request.
#[derive(Debug)]
pub struct Health {
    /// When the worker was last heard of, in milliseconds.
    worker: AtomicI64,
    database: Option<OpenedFile>,
}

impl Health {
    /// Nothing has been heard of yet; the database is the one that was just opened.
    #[must_use]
    pub fn of(store: &Store) -> Self {
        Self { worker: AtomicI64::new(i64::MIN), database: store.file().and_then(OpenedFile::new) }
    }

    /// The worker is at work.
    pub fn hear_worker(&self, now: DateTime<Utc>) {
        self.worker.store(now.timestamp_millis(), Ordering::Relaxed);
    }

    /// Whether the worker has been heard of lately.
    #[must_use]
    pub fn is_worker_heard(&self, now: DateTime<Utc>) -> bool {
        let heard = DateTime::from_timestamp_millis(self.worker.load(Ordering::Relaxed));
        heard.is_some_and(|heard| now - heard < WORKER_SILENT)
    }

    /// Whether the file of the database is still the one that was opened. The first time that it is
    /// not is logged: what is written from then on is lost when the server ends.
    pub fn is_database_in_place(&self) -> bool {
        self.database.as_ref().is_none_or(OpenedFile::is_in_place)
    }
}

/// A file by its place and its number: another one at the same place is not it.
#[derive(Debug)]
struct OpenedFile {
    path: PathBuf,
    id: (u64, u64),
    is_said: AtomicBool,
}

impl OpenedFile {
    fn new(path: PathBuf) -> Option<Self> {
        let id = std::fs::metadata(&path).ok().as_ref().map(id)?;
        Some(Self { path, id, is_said: AtomicBool::new(false) })
    }

    fn is_in_place(&self) -> bool {
        let is_in_place = std::fs::metadata(&self.path).is_ok_and(|file| id(&file) == self.id);
        let was_said = self.is_said.swap(!is_in_place, Ordering::Relaxed);
        if !is_in_place && !was_said {
            tracing::error!(
                "the file of the database was deleted, moved or replaced under the running server: \
                 put it back, or stop the server and start it again with the right file"
            );
        }
        is_in_place
    }
}

fn id(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

#[cfg(test)]
mod tests {
    use rollcall_store::contract::{minute, on_both_engines};

    use super::*;

    #[tokio::test]
    async fn the_worker_is_heard_of_for_a_minute_after_its_last_round() {
        on_both_engines(async |store: Store| {
            let health = Health::of(&store);
            assert!(!health.is_worker_heard(minute(0)), "nothing was heard of it yet");
            health.hear_worker(minute(0));
            assert!(health.is_worker_heard(minute(0)));
            assert!(health.is_worker_heard(minute(1) - TimeDelta::seconds(1)));
            assert!(!health.is_worker_heard(minute(1)));
        })
        .await;
    }

    #[tokio::test]
    async fn a_database_file_that_is_moved_or_replaced_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, away) = (folder.path().join("rollcall.db"), folder.path().join("away.db"));
        let store = Store::open(&format!("sqlite:{}", file.display())).await.unwrap();
        let health = Health::of(&store);
        assert!(health.is_database_in_place());
        std::fs::rename(&file, &away).unwrap();
        assert!(!health.is_database_in_place(), "moved");
        std::fs::copy(&away, &file).unwrap();
        assert!(!health.is_database_in_place(), "replaced");
        std::fs::rename(&away, &file).unwrap();
        assert!(health.is_database_in_place(), "put back");
        std::fs::remove_file(&file).unwrap();
        assert!(!health.is_database_in_place(), "deleted");
    }
}
