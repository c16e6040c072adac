//! Runs: a plan being or having been applied, with its progress.

use serde::{Deserialize, Serialize};

use crate::ids::RunId;
use crate::mail::EmailCounts;
use crate::plan::{ClassCounts, Counts};
use crate::time::Timestamp;

/// The state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// The plan is shown; nothing has been done.
    Planned,
    /// A newer plan has taken its place; nothing was done.
    Superseded,
    /// Finish was pressed; a worker will take it up.
    Queued,
    /// A worker is applying it.
    Running,
    Done,
    /// A guard stopped it; a person must act. Nothing was done.
    Held,
    Failed,
    /// An admin stopped it. What was done before is complete and stays.
    Cancelled,
}

impl RunStatus {
    pub const ALL: [Self; 8] = [
        Self::Planned,
        Self::Superseded,
        Self::Queued,
        Self::Running,
        Self::Done,
        Self::Held,
        Self::Failed,
        Self::Cancelled,
    ];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Superseded => "superseded",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Whether it ended before its end: there may be more to do.
    #[must_use]
    pub const fn was_cut_short(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled)
    }

    /// Whether it is still to be finished by a worker.
    #[must_use]
    pub const fn is_going(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// What a run is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Brings the whole school up to date.
    #[default]
    Sync,
    /// Undoes an earlier run.
    Undo,
    /// Brings one person up to date.
    OnePerson,
}

impl RunKind {
    pub const ALL: [Self; 3] = [Self::Sync, Self::Undo, Self::OnePerson];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Undo => "undo",
            Self::OnePerson => "one_person",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Who or what asked for a run.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunCause {
    #[default]
    Admin,
    Schedule,
    CommandLine,
}

impl RunCause {
    pub const ALL: [Self; 3] = [Self::Admin, Self::Schedule, Self::CommandLine];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Schedule => "schedule",
            Self::CommandLine => "command_line",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }
}

/// Whether a run can be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Undoable {
    Until {
        until: Timestamp,
    },
    /// A later run has changed people since, and has to be undone first.
    LaterFirst {
        run: RunId,
    },
    TooLate,
    /// It was, by that run.
    Undone {
        at: Timestamp,
        by: Option<RunId>,
    },
    /// What it did has been erased.
    Erased,
    /// It changed nothing, has not ended, or is an undo itself.
    Never,
}

/// A run in the list of runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunRow {
    pub id: RunId,
    pub kind: RunKind,
    pub status: RunStatus,
    pub cause: RunCause,
    /// The name of the admin who pressed Finish.
    pub started_by: Option<String>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub is_undone: bool,
    /// As in [`RunView`].
    pub pupils: Counts,
    pub staff: Counts,
    pub emails: EmailCounts,
}

/// An unattended sync that waits for an admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldRun {
    pub id: RunId,
    pub cause: RunCause,
    pub at: Timestamp,
    /// Why, in plain words.
    pub message: String,
}

/// A run as its progress page and its done page show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunView {
    pub id: RunId,
    pub kind: RunKind,
    pub status: RunStatus,
    pub cause: RunCause,
    pub started_by: Option<String>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// Of an undo: the run it undoes.
    pub undoes: Option<RunId>,
    pub undoable: Undoable,
    /// The admin who asked for it to be stopped, and when.
    pub cancel_asked_by: Option<String>,
    pub cancel_asked_at: Option<Timestamp>,
    /// People handled so far, of all that the plan changes.
    pub done: u32,
    pub total: u32,
    /// What was planned and, once done, what was applied: the two are the same by construction,
    /// and checked at the end of the run. Of a run that was cut short: what was done by then.
    pub pupils: Counts,
    pub staff: Counts,
    pub classes: ClassCounts,
    pub possible_duplicates: u32,
    pub problems: u32,
    pub warnings: u32,
    pub emails: EmailCounts,
    /// Why it was held, failed or ended early, in plain words.
    pub message: Option<String>,
}
