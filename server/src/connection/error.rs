//! Why something could not be done about a connection.

use rollcall_shared::problem::{Kind, Problem};

use crate::seal::SealError;
use crate::store::StoreError;
use crate::xod::XodError;

#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// Something that people can do something about.
    #[error("{}", .0.title)]
    Problem(Box<Problem>),
    #[error("Groupcall could not be used")]
    Xod(#[from] XodError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a school's secret could not be sealed or opened")]
    Seal(#[source] SealError),
}

impl From<Problem> for ConnectionError {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl ConnectionError {
    pub(super) fn not_connected() -> Self {
        Problem::new(Kind::NotConnected, "Your MIS is not connected")
            .detail(
                "Nothing was read and nothing was changed. The connection page says what is \
                 missing, and who has to do it.",
            )
            .into()
    }

    /// What people are told; none where it broke on our side.
    ///
    /// # Errors
    /// Gives itself back where it broke on our side.
    pub fn into_problem(self) -> Result<Problem, Self> {
        match self {
            Self::Problem(problem) => Ok(*problem),
            Self::Xod(error) => Ok(error.into()),
            broken => Err(broken),
        }
    }
}
