//! What can go wrong with the database.

/// A failure of the database, or something in it that cannot be. "Not found" is never one.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the database could not be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database's address has to begin with sqlite: or postgres:")]
    UnknownEngine,
    #[error("the folder of the database could not be made")]
    Folder(#[source] std::io::Error),
    #[error("the file that is locked while runs are applied could not be used")]
    Lock(#[source] std::io::Error),
    /// A row holds what this program never writes.
    #[error("the column {column} holds something unreadable")]
    Unreadable { column: &'static str },
    /// A row holds what a later release wrote.
    #[error("the column {column} was written by a later release of Rollcall; run that one")]
    Newer { column: &'static str },
}

impl StoreError {
    pub(super) const fn unreadable(column: &'static str) -> Self {
        Self::Unreadable { column }
    }
}

/// Whether a statement failed because something like it is there already. SQLite does not say
/// which constraint it was, so the method that ran the statement names the thing.
pub(super) fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}
