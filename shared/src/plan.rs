//! Plans: what a run would do, person by person and field by field.

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, RunId};
use crate::people::PersonKind;
use crate::run::RunStatus;
use crate::time::Timestamp;
use crate::year_group::YearGroup;

/// What a run does with a person. Each person counts once, under the first that applies, else
/// they are unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Create,
    Restore,
    Leave,
    Link,
    /// Class or year changed.
    Move,
    /// Any other field changed.
    Update,
}

/// The lists of a summary; each person is in exactly one, problems first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlanList {
    Problem,
    PossibleDuplicate,
    Create,
    Restore,
    Leave,
    Link,
    Move,
    Update,
    Unchanged,
    /// In the MIS but not to be imported by choice (not a teacher, a year not imported, opted
    /// out), with the reason; not a problem.
    NotImported,
    /// An account, added by hand and not linked, that no one in the MIS matches: the run leaves
    /// it as it is.
    Unmatched,
}

impl PlanList {
    pub const ALL: [Self; 11] = [
        Self::Problem,
        Self::PossibleDuplicate,
        Self::Create,
        Self::Restore,
        Self::Leave,
        Self::Link,
        Self::Move,
        Self::Update,
        Self::Unchanged,
        Self::NotImported,
        Self::Unmatched,
    ];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::PossibleDuplicate => "possible_duplicate",
            Self::Create => "create",
            Self::Restore => "restore",
            Self::Leave => "leave",
            Self::Link => "link",
            Self::Move => "move",
            Self::Update => "update",
            Self::Unchanged => "unchanged",
            Self::NotImported => "not_imported",
            Self::Unmatched => "unmatched",
        }
    }

    /// The change that people of this list count under; none for those who count as unchanged, and
    /// for lists that are no change.
    #[must_use]
    pub const fn change(self) -> Option<ChangeKind> {
        match self {
            Self::Create => Some(ChangeKind::Create),
            Self::Restore => Some(ChangeKind::Restore),
            Self::Leave => Some(ChangeKind::Leave),
            Self::Link => Some(ChangeKind::Link),
            Self::Move => Some(ChangeKind::Move),
            Self::Update => Some(ChangeKind::Update),
            Self::Problem
            | Self::PossibleDuplicate
            | Self::Unchanged
            | Self::NotImported
            | Self::Unmatched => None,
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.code() == code)
    }
}

impl From<ChangeKind> for PlanList {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Create => Self::Create,
            ChangeKind::Restore => Self::Restore,
            ChangeKind::Leave => Self::Leave,
            ChangeKind::Link => Self::Link,
            ChangeKind::Move => Self::Move,
            ChangeKind::Update => Self::Update,
        }
    }
}

/// How many people count under each change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counts {
    pub created: u32,
    pub restored: u32,
    pub left: u32,
    pub linked: u32,
    pub moved: u32,
    pub updated: u32,
    pub unchanged: u32,
}

impl Counts {
    /// Counts one person.
    pub const fn add(&mut self, change: Option<ChangeKind>) {
        let count = match change {
            Some(ChangeKind::Create) => &mut self.created,
            Some(ChangeKind::Restore) => &mut self.restored,
            Some(ChangeKind::Leave) => &mut self.left,
            Some(ChangeKind::Link) => &mut self.linked,
            Some(ChangeKind::Move) => &mut self.moved,
            Some(ChangeKind::Update) => &mut self.updated,
            None => &mut self.unchanged,
        };
        *count += 1;
    }

    /// How many people the run touches.
    #[must_use]
    pub const fn changes(&self) -> u32 {
        self.created + self.restored + self.left + self.linked + self.moved + self.updated
    }
}

/// How many classes and subject groups the run makes, renames or empties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClassCounts {
    pub created: u32,
    pub linked: u32,
    pub renamed: u32,
    pub unchanged: u32,
}

impl ClassCounts {
    /// How many of them the run touches.
    #[must_use]
    pub const fn changes(&self) -> u32 {
        self.created + self.linked + self.renamed
    }
}

/// The summary of a plan: what will happen, before it happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanSummary {
    pub run: RunId,
    pub status: RunStatus,
    /// Covers all that the plan reads and writes; sent back with Finish.
    pub hash: String,
    pub roster_read_at: Timestamp,
    /// Whether any run of this school has been applied before.
    pub is_first: bool,
    /// Set when the MIS has gone into a new academic year since the last applied run.
    pub rollover: Option<Rollover>,
    /// Whether most pupils are still in their old year group in the MIS: the rollover stays open.
    #[serde(default)]
    pub rollover_waits: bool,
    pub pupils: Counts,
    pub staff: Counts,
    pub classes: ClassCounts,
    pub subject_groups: ClassCounts,
    pub possible_duplicates: u32,
    /// Possible duplicates that may be accepted in bulk.
    pub sure_ones: u32,
    pub problems: u32,
    pub warnings: u32,
    pub not_imported: u32,
    /// Accounts added by hand that no one in the MIS matches.
    #[serde(default)]
    pub unmatched: u32,
    /// People the school withheld by opting out.
    pub withheld: u32,
    /// Accounts that stay only because the absence of their people says nothing.
    pub uncounted_absences: u32,
    /// Accounts that stay because an admin brought them back from the trash.
    #[serde(default)]
    pub brought_back: u32,
    /// People with a field that an admin changed by hand, of which the MIS says something else.
    pub kept_fields: u32,
    /// People who are given another username, as an admin agreed.
    pub renamed: u32,
    pub guards: Vec<Guard>,
    /// Warnings that are not about one person.
    pub notes: Vec<String>,
}

/// Academic years, as the year they begin in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rollover {
    pub from: i32,
    pub to: i32,
}

/// Something that keeps a plan from being applied just so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Guard {
    pub kind: GuardKind,
    /// Plain words: what is odd, and what to do.
    pub message: String,
    /// The people it is about, if they have to be checked one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<GuardedPerson>,
}

/// Someone a guard is about: the account as it is, and as it would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GuardedPerson {
    pub account: AccountId,
    pub name: String,
    pub fields: Vec<FieldChange>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GuardKind {
    /// Can't be applied at all.
    Stop,
    /// Applied only after a typed confirmation; held in an unattended run.
    Confirm,
    /// Held in an unattended run; a person who looks at the plan can apply it just so.
    Hold,
}

/// A person of a plan, as every list of the summary shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanPerson {
    /// The place in the plan, from 0; stable within a run.
    pub seq: u32,
    pub list: PlanList,
    pub kind: PersonKind,
    pub name: String,
    pub year: Option<YearGroup>,
    pub class: Option<String>,
    /// The username they have, or will be given.
    pub username: Option<String>,
    /// The rule that decided, in plain words: "Same UPN as an account you have".
    pub rule: String,
    /// Before and after of each field that changes.
    pub fields: Vec<FieldChange>,
    /// The fields that an admin changed by hand, of which the MIS says something else: what is kept
    /// as `before`, what the MIS says as `after`.
    #[serde(default)]
    pub kept: Vec<FieldChange>,
    /// Why someone is left out by choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
    /// Why the person can't be imported, and the fix.
    pub problem: Option<PersonProblem>,
    pub warnings: Vec<Warning>,
    /// The accounts this person might be, the best fitting one first.
    pub candidates: Vec<Candidate>,
    /// What follows if they are none of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_new: Option<AsNew>,
    /// Whether this possible duplicate is one of the sure ones.
    pub is_sure: bool,
    /// Whether an admin's answer decided who they are, which can still be changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_answered: bool,
    /// The account, where there is one already.
    pub account: Option<AccountId>,
    /// Set where their name has changed and the username does not go with it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<ProposedUsername>,
}

/// Why someone in the MIS is left out by choice, or because they are not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    NotATeacher,
    YearNotImported,
    /// The school chose not to share them.
    OptedOut,
    /// Staff who have not started, pupils who are not on roll yet.
    NotStarted,
    /// A guest or a subsidiary pupil of another school.
    OtherSchool,
    /// In the MIS, but not on roll.
    NotOnRoll,
}

/// A username that goes with someone's new name: proposed, never given unasked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProposedUsername {
    pub username: String,
    /// The one they have.
    pub now: String,
    /// None until an admin has said something to it.
    pub answer: Option<RenameAnswer>,
}

/// An admin's answer to a proposed username.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RenameAnswer {
    /// The run gives it to them.
    Rename,
    /// They keep the one they have, and no one is asked again.
    Keep,
}

impl RenameAnswer {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Keep => "keep",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Rename, Self::Keep].into_iter().find(|answer| answer.code() == code)
    }
}

/// Answers a proposed username of a plan; a new plan is made, and its summary answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rename {
    pub seq: u32,
    /// The proposed username, as it was shown.
    pub username: String,
    pub answer: RenameAnswer,
}

/// One field of an account, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    pub field: PersonField,
    pub before: Option<String>,
    pub after: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PersonField {
    Forename,
    Surname,
    LegalName,
    Username,
    Email,
    Year,
    Class,
    Upn,
    FormerUpn,
    DateOfBirth,
    Role,
    MisLink,
    Status,
    /// Not on roll yet: the day on which the account opens.
    OpensOn,
    /// In the trash: the day on which the account is purged.
    PurgeOn,
    SubjectGroups,
    /// The classes of a member of staff.
    Classes,
}

impl PersonField {
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Forename => "First name",
            Self::Surname => "Surname",
            Self::LegalName => "Legal name",
            Self::Username => "Username",
            Self::Email => "E-mail",
            Self::Year => "Year group",
            Self::Class => "Class",
            Self::Upn => "UPN",
            Self::FormerUpn => "Former UPN",
            Self::DateOfBirth => "Date of birth",
            Self::Role => "Role",
            Self::MisLink => "MIS link",
            Self::Status => "Status",
            Self::OpensOn => "Sign-in opens",
            Self::PurgeOn => "Kept in the trash until",
            Self::SubjectGroups => "Subject groups",
            Self::Classes => "Classes",
        }
    }
}

/// Why a person cannot be imported, and how to put it right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonProblem {
    pub code: ProblemCode,
    pub reason: String,
    pub fix: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    NoEmail,
    SharedEmail,
    /// An account of someone else in the school has it already.
    EmailTaken,
    UnusableEmail,
    NoUsableName,
    NoYearGroup,
    /// The MIS has a year group that no one has mapped.
    UnmappedYear,
    /// The same MIS id or UPN appears twice in the feed.
    IdTwice,
}

/// Something worth a look about a person who is imported all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    pub code: WarningCode,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// About the school, not about one person.
    School,
    WrongUpn,
    NoClass,
    TwoClasses,
    /// A linked person is no longer a teacher, or their year is no longer imported; they stay.
    NoLongerInScope,
    /// No one has decided on the year group of a pupil who has an account; they stay as they are.
    UnmappedYear,
    /// A pupil who has an account has no year group in the MIS any more; they stay as they are.
    NoYearGroup,
    /// Gone from the MIS, but an admin: a sync never disables one.
    AdminNotInMis,
    /// Their name has changed, and the username they have does not go with it any more.
    UsernameOutgrown,
    /// The first choice of username read as an unsuitable word; the next form was taken.
    UsernameChanged,
    OneNameOnly,
    /// A name in the MIS is longer than Rollcall keeps; the rest was cut off.
    NameCut,
    HomeEmailUsed,
    /// Gone from the feed, but the reading may have been narrowed: kept.
    AbsentButKept,
    /// The e-mail in the MIS is someone else's too: the one of the account stays.
    SharedEmail,
    /// The class that an admin gave by hand is no longer in the MIS: they stay in it.
    KeptClassGone,
    /// Someone else in the feed has their name and birth date.
    RecordedTwice,
    /// An undo keeps their account: it has been used since.
    UsedSince,
    /// An undo keeps what was changed since.
    ChangedSince,
}

/// An account that a person of the MIS might be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Candidate {
    pub account: AccountId,
    pub name: String,
    pub year: Option<YearGroup>,
    pub class: Option<String>,
    pub username: String,
    pub in_trash: bool,
    /// What agrees and what differs, in plain words.
    pub agrees: Vec<String>,
    pub differs: Vec<String>,
    /// What happens to the account if this is the person.
    #[serde(default)]
    pub if_same: String,
    /// What happens to the account if the person is someone else.
    #[serde(default)]
    pub if_another: String,
}

/// What happens to a possible duplicate who is resolved as someone new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AsNew {
    /// A new account of this username is made.
    Username(String),
    /// They can't be imported yet, for this reason.
    Problem(String),
}

/// The filter of a summary's list, as in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanQuery {
    pub list: Option<PlanList>,
    pub kind: Option<PersonKind>,
    pub q: Option<String>,
    /// Only those with a warning.
    #[serde(default)]
    pub warnings: bool,
    /// Only those with a field that is kept as an admin set it.
    #[serde(default)]
    pub kept_fields: bool,
    pub page: Option<u32>,
}

/// An admin's answer to a possible duplicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    SamePersonAs(AccountId),
    SomeoneNew,
    /// Withdraws an answer.
    Undecided,
}

/// Resolves one possible duplicate of a plan; a new plan is made, and its summary answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resolve {
    pub seq: u32,
    pub resolution: Resolution,
}

/// Finish: applies the plan that was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finish {
    pub hash: String,
    /// What the admin typed, where a guard asks for a typed confirmation.
    pub confirmation: Option<String>,
}

/// What has to be typed where a guard asks for it; case does not count.
pub const CONFIRMATION: &str = "CONFIRM";
