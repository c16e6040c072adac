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
    /// Applied to the end of its plan.
    Done,
    /// A guard stopped it; a person must act. Nothing was done.
    Held,
    /// It could not go on. What was done before is complete and stays.
    Failed,
    /// An admin stopped it. What was done before is complete and stays.
    Cancelled,
}

impl RunStatus {
    const ALL: [Self; 8] = [
        Self::Planned,
        Self::Superseded,
        Self::Queued,
        Self::Running,
        Self::Done,
        Self::Held,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Its name in JSON and in the database.
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

    /// The status with this code; none for any other text.
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
    const ALL: [Self; 3] = [Self::Sync, Self::Undo, Self::OnePerson];

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Undo => "undo",
            Self::OnePerson => "one_person",
        }
    }

    /// The kind with this code; none for any other text.
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
    /// An admin, in the app.
    #[default]
    Admin,
    /// The nightly sync.
    Schedule,
    /// The person who runs the server, from the command line.
    CommandLine,
}

impl RunCause {
    const ALL: [Self; 3] = [Self::Admin, Self::Schedule, Self::CommandLine];

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Schedule => "schedule",
            Self::CommandLine => "command_line",
        }
    }

    /// The cause with this code; none for any other text.
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
    /// It can be; what that would do is shown first.
    Until {
        /// 30 days after it ended.
        until: Timestamp,
    },
    /// A later run has changed people since, and has to be undone first.
    LaterFirst {
        /// The last run that has changed people since: the first to be undone.
        run: RunId,
    },
    /// It ended more than 30 days ago.
    TooLate,
    /// It was, by that run.
    Undone {
        /// When the undo was done.
        at: Timestamp,
        /// The run that undid it; none where that one is no longer kept.
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
    /// By which other requests name it.
    pub id: RunId,
    /// Whether it is of the whole school, of one person, or an undo.
    pub kind: RunKind,
    /// How it stands; only runs for which Finish was pressed, or that were held, are listed.
    pub status: RunStatus,
    /// Whether an admin, the nightly sync or the command line asked for it.
    pub cause: RunCause,
    /// The name of the admin who pressed Finish.
    pub started_by: Option<String>,
    /// When its plan was made.
    pub created_at: Timestamp,
    /// When it was first taken up; none while it waits, or if it never was.
    pub started_at: Option<Timestamp>,
    /// When it ended, was stopped or was held; none while it is going.
    pub finished_at: Option<Timestamp>,
    /// Whether a later run has undone it.
    pub is_undone: bool,
    /// What happens to pupils, counted as in `RunView`.
    pub pupils: Counts,
    /// What happens to staff, counted as pupils are.
    pub staff: Counts,
    /// People of the MIS who were left out until an admin says who they are.
    pub possible_duplicates: u32,
    /// People of the MIS who could not be imported.
    pub problems: u32,
    /// What became of the activation e-mails it wrote.
    pub emails: EmailCounts,
}

/// An unattended sync that waits for an admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldRun {
    /// The run that is held; what is finished in its place is a new plan.
    pub id: RunId,
    /// The nightly sync or the command line: only what nobody watches is held.
    pub cause: RunCause,
    /// When it was held.
    pub at: Timestamp,
    /// Why, in plain words.
    pub message: String,
}

/// A run as its progress page and its done page show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunView {
    /// By which other requests name it.
    pub id: RunId,
    /// Whether it is of the whole school, of one person, or an undo.
    pub kind: RunKind,
    /// How it stands now; `planned` until Finish is pressed.
    pub status: RunStatus,
    /// Whether an admin, the nightly sync or the command line asked for it.
    pub cause: RunCause,
    /// The name of the admin who pressed Finish; none before that, and where no admin did.
    pub started_by: Option<String>,
    /// When Finish was pressed, or the plan was held; none before that.
    pub queued_at: Option<Timestamp>,
    /// When it was first taken up; none while it waits, or if it never was.
    pub started_at: Option<Timestamp>,
    /// When it ended, was stopped or was held; none before that.
    pub finished_at: Option<Timestamp>,
    /// Of an undo: the run it undoes.
    pub undoes: Option<RunId>,
    /// Whether and until when it can be undone, or why not.
    pub undoable: Undoable,
    /// The name of the admin who asked for it to be stopped; none if nobody did.
    pub cancel_asked_by: Option<String>,
    /// When an admin asked for it to be stopped; none if nobody did.
    pub cancel_asked_at: Option<Timestamp>,
    /// People of `total` who are done so far.
    pub done: u32,
    /// People that the plan changes.
    pub total: u32,
    /// What was planned and, once done, what was applied: the two are the same by construction,
    /// and checked at the end of the run. Of a run that was cut short: what was done by then.
    pub pupils: Counts,
    /// What happens to staff, counted as pupils are.
    pub staff: Counts,
    /// Classes, without subject groups; all 0 if it was cut short before it did anything.
    pub classes: ClassCounts,
    /// People of the plan who are left out, since no admin has decided on them.
    pub possible_duplicates: u32,
    /// People of the plan who could not be imported; of an undo, who could not come back.
    pub problems: u32,
    /// People of the plan with one warning or more.
    pub warnings: u32,
    /// What became of the activation e-mails it wrote.
    pub emails: EmailCounts,
    /// Why it was held, failed or ended early, in plain words.
    pub message: Option<String>,
}
