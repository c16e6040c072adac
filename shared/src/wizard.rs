//! The sync wizard: its steps, its draft, and what each step shows.

use serde::{Deserialize, Serialize};

use crate::formats::{PasswordFormat, Strength, UsernameFormat};
use crate::ids::RunId;
use crate::people::PersonKind;
use crate::run::HeldRun;
use crate::settings::{Settings, SubjectGroupChoice};
use crate::time::Timestamp;
use crate::year_group::{YearGroup, YearTarget};

/// The steps, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Usernames,
    Passwords,
    YearGroups,
    SubjectGroups,
    Summary,
}

impl Step {
    pub const ALL: [Self; 5] =
        [Self::Usernames, Self::Passwords, Self::YearGroups, Self::SubjectGroups, Self::Summary];

    /// The step's place, from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The step after this one; the summary is the last.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Usernames => Self::Passwords,
            Self::Passwords => Self::YearGroups,
            Self::YearGroups => Self::SubjectGroups,
            Self::SubjectGroups | Self::Summary => Self::Summary,
        }
    }

    /// The last part of the step's address.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Usernames => "usernames",
            Self::Passwords => "passwords",
            Self::YearGroups => "year-groups",
            Self::SubjectGroups => "subject-groups",
            Self::Summary => "summary",
        }
    }
}

/// The answers so far; one draft per school.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Draft {
    /// Grows with each save; a save that names an older one is refused as stale.
    pub version: i64,
    pub settings: Settings,
    /// The steps that have been answered.
    pub answered: Vec<Step>,
    pub changed_by: Option<String>,
    pub changed_at: Option<Timestamp>,
}

/// Saves a step's answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveDraft {
    /// The version the answers were based on.
    pub version: i64,
    pub step: Step,
    pub settings: Settings,
}

/// What the wizard opens with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WizardView {
    pub draft: Draft,
    /// Whether a run has been applied before: then the wizard opens on the summary.
    pub has_run_before: bool,
    pub roster: RosterState,
    /// The MIS's year groups; empty until the roster has been read.
    pub years: Vec<MisYear>,
    /// How many of them have never been decided.
    pub undecided_years: u32,
    pub subject_groups: Vec<MisSubjectGroup>,
    /// The run that is going now.
    pub going: Option<RunId>,
    /// The sync that waits for an admin.
    pub held: Option<HeldRun>,
    /// Where to go on: the first step that has to be answered, else the summary.
    pub resume_at: Step,
}

/// The state of the reading of the MIS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RosterState {
    /// Never read.
    None,
    Reading {
        /// Plain words on what is being read now.
        doing: String,
    },
    Ready {
        read_at: Timestamp,
        pupils: u32,
        staff: u32,
        classes: u32,
        subject_groups: u32,
        /// Older than 12 hours, or of other pupils than are to be imported now: to be read again.
        is_old: bool,
    },
    Failed {
        /// Plain words: what happened, that nothing was changed, what to do.
        title: String,
        detail: String,
        /// When it is tried again automatically.
        #[serde(default)]
        retry_at: Option<Timestamp>,
    },
}

/// One of the MIS's year groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MisYear {
    /// As the MIS writes it.
    pub name: String,
    pub code: Option<String>,
    pub pupils: u32,
    /// What was decided before.
    pub decided: Option<YearTarget>,
    pub suggestion: Option<YearSuggestion>,
}

/// What Rollcall would take a year group for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct YearSuggestion {
    pub year: YearGroup,
    pub certainty: Certainty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    Certain,
    Likely,
}

/// One of the MIS's teaching groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MisSubjectGroup {
    /// The group as it is remembered when ticked.
    pub choice: SubjectGroupChoice,
    pub subject: Option<String>,
    pub pupils: u32,
    pub staff: Vec<String>,
}

/// What each format would make of the school's own new people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsernamePreview {
    pub kind: PersonKind,
    /// New people; existing users keep their usernames.
    pub people: u32,
    pub formats: Vec<UsernameFormatPreview>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsernameFormatPreview {
    pub format: UsernameFormat,
    /// Some of the school's own people; the clashing ones first, so that they can be seen.
    pub examples: Vec<UsernameExample>,
    /// People who would need a number to tell their username from another's.
    pub clashes: u32,
    /// People whose username would read as an unsuitable word and takes the next form.
    pub changed: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsernameExample {
    pub name: String,
    pub username: String,
}

/// A password format, explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordFormatInfo {
    pub format: PasswordFormat,
    /// A made-up example; never anyone's.
    pub example: String,
    pub possible_values: u64,
    pub strength: Strength,
}
