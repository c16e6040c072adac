//! Why something that was asked for can't be done: a problem for the person who asked, or a fault
//! of ours.

use std::sync::Arc;

use rollcall_shared::problem::{Kind, Problem};

/// Why something can't be done.
#[derive(Debug)]
pub enum Error {
    /// Something the person can do something about.
    Problem(Box<Problem>),
    /// It broke on our side; logged where it is answered, never sent.
    Broken(Arc<dyn std::error::Error + Send + Sync>),
}

/// The result of something that may be refused, or break.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn broken(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Broken(Arc::new(error))
    }

    /// "There is no such thing", named so that people know which.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Problem::new(Kind::NotFound, format!("{what} can’t be found"))
            .detail("It may have been removed, or the address may be wrong. Nothing was changed.")
            .into()
    }

    #[must_use]
    pub fn signed_out() -> Self {
        Problem::new(Kind::SignedOut, "You are not signed in")
            .detail("Sign in to continue. What you saved before is still there.")
            .into()
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<rollcall_store::StoreError> for Error {
    fn from(error: rollcall_store::StoreError) -> Self {
        Self::broken(error)
    }
}
