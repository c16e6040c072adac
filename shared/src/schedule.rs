//! The nightly sync: an unattended run at a set time each night.

use serde::{Deserialize, Serialize};

use crate::ids::RunId;
use crate::time::{TimeOfDay, Timestamp};

/// When an admin is told how a night went.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DigestChoice {
    /// After every night, also if nothing changed.
    EveryNight,
    /// Only when something changed, or a person has to look at something.
    #[default]
    WhenNeeded,
    /// After no night; of a sync that is held they are told all the same.
    Never,
}

impl DigestChoice {
    const ALL: [Self; 3] = [Self::EveryNight, Self::WhenNeeded, Self::Never];

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::EveryNight => "every_night",
            Self::WhenNeeded => "when_needed",
            Self::Never => "never",
        }
    }

    /// The choice with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.code() == code)
    }
}

/// How a night ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NightOutcome {
    /// Applied, or there was nothing to apply.
    Done,
    /// Nothing was applied, and a person must act.
    Held,
    /// The MIS could not be read, or the run could not go on.
    Failed,
}

impl NightOutcome {
    const ALL: [Self; 3] = [Self::Done, Self::Held, Self::Failed];

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Held => "held",
            Self::Failed => "failed",
        }
    }

    /// The outcome with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// The last night on which the sync was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastNight {
    /// When it ended.
    pub at: Timestamp,
    /// How it ended; `message` says why, unless it was done.
    pub outcome: NightOutcome,
    /// Why it was held or failed, in plain words.
    pub message: Option<String>,
    /// None where it never came to a run.
    pub run: Option<RunId>,
}

/// Why the nightly sync waits although it is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pause {
    /// Since when it waits.
    pub at: Timestamp,
    /// In plain words.
    pub reason: String,
}

/// A school's nightly sync, as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Schedule {
    /// Whether an admin has turned it on; so it is, too, while it is paused.
    pub is_on: bool,
    /// UK time.
    pub time: TimeOfDay,
    /// When admins are sent an e-mail about a night.
    pub digest: DigestChoice,
    /// None while it is off or paused.
    pub next_at: Option<Timestamp>,
    /// Whether a server is at it now.
    pub is_running: bool,
    /// Whether the last try could not read the MIS, so that the next time is another try.
    pub is_retrying: bool,
    /// None while it is not paused.
    pub pause: Option<Pause>,
    /// The name of the admin who saved these answers; none if nobody has yet.
    pub changed_by: Option<String>,
    /// When these answers were saved; none if nobody has yet.
    pub changed_at: Option<Timestamp>,
    /// None before the first night.
    pub last: Option<LastNight>,
    /// Whether it may be turned on: an admin has looked at a run before, and finished it.
    pub can_be_on: bool,
}

/// An admin's answers on the page of the nightly sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveSchedule {
    /// Whether to make it each night; to turn it off ends a pause too.
    pub is_on: bool,
    /// UK time, to the minute.
    pub time: TimeOfDay,
    /// When admins are sent an e-mail about a night.
    pub digest: DigestChoice,
    /// Ends a pause: said on purpose, so that no page that was opened before the pause ends it.
    #[serde(default)]
    pub resume: bool,
}
