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
    /// How usernames are made, and which staff are imported.
    Usernames,
    /// Which format of passwords each year group has.
    Passwords,
    /// Which pupils are imported, and which of our years each year group of the MIS is.
    YearGroups,
    /// Which of the MIS's teaching groups are imported.
    SubjectGroups,
    /// What will happen, with Finish: it asks nothing.
    Summary,
}

impl Step {
    /// Every step, in order.
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
    /// All answers; where nobody has answered yet, what is proposed.
    pub settings: Settings,
    /// The steps that have been answered.
    pub answered: Vec<Step>,
    /// The name of the admin who saved last; none before that, and for the command line.
    pub changed_by: Option<String>,
    /// When it was last saved; none while it is all proposals.
    pub changed_at: Option<Timestamp>,
}

/// Saves a step's answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveDraft {
    /// The version the answers were based on.
    pub version: i64,
    /// The step that counts as answered from now on.
    pub step: Step,
    /// All answers, those of the other steps too.
    pub settings: Settings,
}

/// What the wizard opens with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WizardView {
    /// The answers so far, for all steps.
    pub draft: Draft,
    /// Whether a run has been applied before: then the wizard opens on the summary.
    pub has_run_before: bool,
    /// How the reading of the MIS stands, without which there is no plan.
    pub roster: RosterState,
    /// The MIS's year groups; empty until the roster has been read.
    pub years: Vec<MisYear>,
    /// How many of them have never been decided.
    pub undecided_years: u32,
    /// The MIS's teaching groups, by subject and name; empty until the roster has been read.
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
    /// There is no reading: none was made, or the connection was ended since.
    None,
    /// It is being read now.
    Reading {
        /// Plain words on what is being read now.
        doing: String,
    },
    /// It has been read.
    Ready {
        /// When the reading began, or the MIS was last known to be the same.
        read_at: Timestamp,
        /// Pupils who have not left, those expected among them.
        pupils: u32,
        /// Staff of any status, those who have left among them.
        staff: u32,
        /// Registration groups; year groups are not among them.
        classes: u32,
        /// Teaching groups, whether ticked or not.
        subject_groups: u32,
        /// Older than 12 hours, or of other pupils than are to be imported now: to be read again.
        is_old: bool,
    },
    /// The last try failed; plans go by the reading before it, if that is not too old.
    Failed {
        /// Plain words: what happened.
        title: String,
        /// Plain words: what that means for the data, and what to do unless it is tried again.
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
    /// The MIS's Code for it, often cleaner than the name; none if it has none.
    pub code: Option<String>,
    /// Pupils in it who have not left.
    pub pupils: u32,
    /// What was decided before.
    pub decided: Option<YearTarget>,
    /// None if it is decided already, or if it can't be told.
    pub suggestion: Option<YearSuggestion>,
}

/// What Rollcall would take a year group for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct YearSuggestion {
    /// The year it seems to be.
    pub year: YearGroup,
    /// How far that can be trusted.
    pub certainty: Certainty,
}

/// How far a suggestion can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Beyond doubt: a first sync that nobody watches takes it unasked.
    Certain,
    /// Probable: it counts once somebody has accepted it.
    Likely,
}

/// One of the MIS's teaching groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MisSubjectGroup {
    /// The group as it is remembered when ticked.
    pub choice: SubjectGroupChoice,
    /// As the MIS writes it; none if it has none.
    pub subject: Option<String>,
    /// How many pupils are in it now.
    pub pupils: u32,
    /// First name and surname of each of its staff.
    pub staff: Vec<String>,
}

/// What each format would make of the school's own new people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsernamePreview {
    /// Pupils or staff, as it was asked for.
    pub kind: PersonKind,
    /// New people; existing users keep their usernames.
    pub people: u32,
    /// Every format, in the order in which they are offered.
    pub formats: Vec<UsernameFormatPreview>,
}

/// What one format would make of the school's own new people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsernameFormatPreview {
    /// One of the four, whichever is chosen now.
    pub format: UsernameFormat,
    /// Some of the school's own people; the clashing ones first, so that they can be seen.
    pub examples: Vec<UsernameExample>,
    /// People who would need a number to tell their username from another's.
    pub clashes: u32,
    /// People whose username would read as an unsuitable word and takes the next form.
    pub changed: u32,
}

/// A person and the username they would get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsernameExample {
    /// First name and surname, as the MIS has them.
    pub name: String,
    /// What they would sign in with, its number included where it needs one.
    pub username: String,
}

/// A password format, explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordFormatInfo {
    /// By this code it is chosen for a year group.
    pub format: PasswordFormat,
    /// A made-up example; never anyone's.
    pub example: String,
    /// How many different passwords it can make.
    pub possible_values: u64,
    /// How hard that makes it to guess one.
    pub strength: Strength,
}
