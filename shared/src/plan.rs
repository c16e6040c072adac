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
    /// The person gets a new account.
    Create,
    /// The account comes back from the trash, with its username and password.
    Restore,
    /// The account goes to the trash, with its username and password.
    Leave,
    /// An account without a link to the MIS gets one, whatever else changes with it.
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
    /// They cannot have an account until something is put right; `problem` says what.
    Problem,
    /// They may have an account already: left out until an admin has decided.
    PossibleDuplicate,
    /// They get a new account.
    Create,
    /// Their account comes back from the trash, with its username and password.
    Restore,
    /// Their account goes to the trash, with its username and password.
    Leave,
    /// Their account gets its link to the MIS, whatever else changes with it.
    Link,
    /// A pupil's class or year group changes.
    Move,
    /// Something else of their account changes; the classes of staff are part of that.
    Update,
    /// They have an account, and nothing changes that anyone would see.
    Unchanged,
    /// In the MIS but not to be imported by choice (not a teacher, a year not imported, opted
    /// out), with the reason; not a problem.
    NotImported,
    /// An account, added by hand and not linked, that no one in the MIS matches: the run leaves
    /// it as it is.
    Unmatched,
}

impl PlanList {
    /// Every list, in the order of the summary.
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

    /// Its name in JSON and in the database.
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

    /// The list with this code; none for any other text.
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
    /// New accounts.
    pub created: u32,
    /// Accounts that come back from the trash.
    pub restored: u32,
    /// Accounts that go to the trash.
    pub left: u32,
    /// Accounts that get their link to the MIS, whatever else changes with it.
    pub linked: u32,
    /// Pupils whose class or year group changes.
    pub moved: u32,
    /// People with another change.
    pub updated: u32,
    /// People with an account of which nothing changes that anyone would see.
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

/// How many classes, or subject groups, the run makes, links or renames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClassCounts {
    /// Those that do not exist here yet.
    pub created: u32,
    /// Those found by name or members, or whose ids in the MIS have changed.
    pub linked: u32,
    /// Those whose name or subject changes; of an undo, all that are put back.
    pub renamed: u32,
    /// Those that stay as they are.
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
    /// The run that the plan is, before Finish and after.
    pub run: RunId,
    /// `planned` while it waits for Finish.
    pub status: RunStatus,
    /// Covers all that the plan reads and writes; sent back with Finish.
    pub hash: String,
    /// When the MIS was read as the plan has it; of an undo, when it was planned.
    pub roster_read_at: Timestamp,
    /// Whether no sync of this school has been applied before; false for an undo.
    pub is_first: bool,
    /// Set when the MIS has gone into a new academic year since the last applied run.
    pub rollover: Option<Rollover>,
    /// Whether most pupils are still in their old year group in the MIS: the rollover stays open.
    #[serde(default)]
    pub rollover_waits: bool,
    /// Pupils by what happens to them; problems, possible duplicates and those left out are apart.
    pub pupils: Counts,
    /// Staff by what happens to them; problems, possible duplicates and those left out are apart.
    pub staff: Counts,
    /// Classes by what happens to them, which is before anything happens to people.
    pub classes: ClassCounts,
    /// Subject groups by what happens to them, counted apart from classes.
    pub subject_groups: ClassCounts,
    /// People that an admin has still to decide about; until then they are left out.
    pub possible_duplicates: u32,
    /// Possible duplicates that may be accepted in bulk.
    pub sure_ones: u32,
    /// People who can't be imported; of an undo, accounts that can't come back from the trash.
    pub problems: u32,
    /// People with one warning or more, whatever list they are in.
    pub warnings: u32,
    /// People of the MIS who are left out by choice, or are not at the school (yet).
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
    /// What keeps the plan from being applied just so; empty if nothing does.
    pub guards: Vec<Guard>,
    /// Warnings that are not about one person.
    pub notes: Vec<String>,
}

/// Academic years, as the year they begin in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rollover {
    /// The year of the last completed rollover, or of the first run: 2025 for 2025/26.
    pub from: i32,
    /// The year the MIS is in now, one later.
    pub to: i32,
}

/// Something that keeps a plan from being applied just so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Guard {
    /// Whether it stops the plan, asks for a typed confirmation, or holds a nightly sync.
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
    /// The account that would seem to pass to another person.
    pub account: AccountId,
    /// First name and surname as the account has them now.
    pub name: String,
    /// Those of names, UPN, date of birth and e-mail that would change.
    pub fields: Vec<FieldChange>,
}

/// What a guard asks of those who finish a plan, and does to a sync that nobody watches.
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
    /// What happens to them; everyone is in exactly one list.
    pub list: PlanList,
    /// Whether the person is a pupil or a member of staff.
    pub kind: PersonKind,
    /// First name and surname: the account's after the run, else the MIS's.
    pub name: String,
    /// A pupil's year group after the run; none for staff, and where none is decided or known.
    pub year: Option<YearGroup>,
    /// A pupil's class after the run, or the classes of staff joined with commas; none if in none.
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
    /// What is worth checking about them; empty if nothing is.
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
    /// Not a teacher as far as the MIS shares it, and only teachers are imported.
    NotATeacher,
    /// In a year group of the MIS that an admin chose not to import.
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
    /// The username proposed, of the school's format and nobody else's.
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
    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Keep => "keep",
        }
    }

    /// The answer with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Rename, Self::Keep].into_iter().find(|answer| answer.code() == code)
    }
}

/// Answers a proposed username of a plan; a new plan is made, and its summary answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rename {
    /// The person's place in the plan, as in `PlanPerson`.
    pub seq: u32,
    /// The proposed username, as it was shown.
    pub username: String,
    /// Whether they are to have it.
    pub answer: RenameAnswer,
}

/// One field of an account, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// In `fields` one that changes, in `kept` one that stays as an admin set it.
    pub field: PersonField,
    /// As an admin reads it, days such as `1 September 2026`; none if there was nothing.
    pub before: Option<String>,
    /// As an admin reads it, days such as `1 September 2026`; none if there is nothing.
    pub after: Option<String>,
}

/// A field of an account, as plans show it and admins change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PersonField {
    /// First name as used in school.
    Forename,
    /// Surname as used in school.
    Surname,
    /// Legal first name and surname, in one text.
    LegalName,
    /// What they sign in with.
    Username,
    /// Where e-mail for them goes; staff only.
    Email,
    /// Pupils only, such as "Year 4".
    Year,
    /// Pupils only: the name of the class.
    Class,
    /// The unique pupil number.
    Upn,
    /// The UPN that the pupil had before, where the MIS tells it.
    FormerUpn,
    /// The day of birth, by which pupils of one name are told apart.
    DateOfBirth,
    /// What they may do: pupil, teacher, support staff or admin.
    Role,
    /// The ids of the person in the MIS.
    MisLink,
    /// Active, or in the trash.
    Status,
    /// Not on roll yet: the day on which the account opens.
    OpensOn,
    /// In the trash: the day on which the account is purged.
    PurgeOn,
    /// The subject groups, of pupils and of staff.
    SubjectGroups,
    /// The classes of a member of staff.
    Classes,
}

impl PersonField {
    /// As an admin reads it, such as "Year group".
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
    /// Why, in one word for programs.
    pub code: ProblemCode,
    /// What is wrong, in a sentence or two.
    pub reason: String,
    /// What to do about it, and where, in a sentence or two.
    pub fix: String,
}

/// Why a person cannot be imported, for programs; the reason says it in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// Staff: the MIS has no e-mail address for them, and they need one to set their password.
    NoEmail,
    /// Staff: another member of staff has the same e-mail address in the MIS.
    SharedEmail,
    /// An account of someone else in the school has it already.
    EmailTaken,
    /// Staff: what the MIS has is not an address that e-mail can be sent to.
    UnusableEmail,
    /// There is no letter or digit in their name, so no username can be made from it.
    NoUsableName,
    /// A pupil on roll who has no year group in the MIS.
    NoYearGroup,
    /// The MIS has a year group that no one has mapped.
    UnmappedYear,
    /// The same MIS id or UPN appears twice in the feed.
    IdTwice,
}

/// Something worth checking about a person who is imported all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// What it is about, in one word for programs.
    pub code: WarningCode,
    /// What to look at and why, in a sentence or two.
    pub message: String,
}

/// What a warning is about, for programs; the message says it in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// About the school, not about one person.
    School,
    /// The UPN in the MIS has a mistake in it, and was not used.
    WrongUpn,
    /// A pupil on roll who is in no class in the MIS.
    NoClass,
    /// The MIS lists a pupil in other classes too; the one of their own record is taken.
    TwoClasses,
    /// A linked person is no longer among those to import (by role, year or enrolment); they stay.
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
    /// Only one of their names can be used; the username is made of it alone.
    OneNameOnly,
    /// A name in the MIS is longer than Rollcall keeps; the rest was cut off.
    NameCut,
    /// Staff without a work e-mail: the activation e-mail goes to their home address.
    HomeEmailUsed,
    /// Absent for a reason that is not leaving, such as a narrowed consent: kept.
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
    /// The account to answer with if they are its owner.
    pub account: AccountId,
    /// First name and surname, as the account has them.
    pub name: String,
    /// A pupil's year group now; none for staff, and where it is not known.
    pub year: Option<YearGroup>,
    /// The name of a pupil's class now; none for staff, and for a pupil in no class.
    pub class: Option<String>,
    /// What the account's owner signs in with; it stays whatever the answer is.
    pub username: String,
    /// Whether the account is in the trash, from where it would come back.
    pub in_trash: bool,
    /// What agrees, each in a few words such as "Same date of birth".
    pub agrees: Vec<String>,
    /// What differs, each in a few words such as "Different date of birth".
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
    /// Only this list; none for all of them.
    pub list: Option<PlanList>,
    /// Pupils only or staff only; none for both.
    pub kind: Option<PersonKind>,
    /// Part of a name, class or username; none for everyone.
    pub q: Option<String>,
    /// Only those with a warning.
    #[serde(default)]
    pub warnings: bool,
    /// Only those with a field that is kept as an admin set it.
    #[serde(default)]
    pub kept_fields: bool,
    /// The page to show, from 1; none for the first. A table file has all pages.
    pub page: Option<u32>,
}

/// An admin's answer to a possible duplicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// They own this account, one of the `candidates`: it is linked, and no new one is made.
    SamePersonAs(AccountId),
    /// They own none of the accounts shown: they get their own, unless there is another problem.
    SomeoneNew,
    /// Withdraws an answer.
    Undecided,
}

/// Resolves one possible duplicate of a plan; a new plan is made, and its summary answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resolve {
    /// The person's place in the plan, as in `PlanPerson`.
    pub seq: u32,
    /// Who they are, or that it is open again.
    pub resolution: Resolution,
}

/// Finish: applies the plan that was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finish {
    /// The hash of the plan as it was shown; if anything has changed since, nothing is applied.
    pub hash: String,
    /// What the admin typed, where a guard asks for a typed confirmation.
    pub confirmation: Option<String>,
}

/// What has to be typed where a guard asks for it; case does not count.
pub const CONFIRMATION: &str = "CONFIRM";
