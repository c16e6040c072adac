//! People as the lists of "Manage users" show them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, ClassId};
use crate::mail::{Delivery, MailStanding};
use crate::plan::PersonField;
use crate::time::{Day, Timestamp};
use crate::year_group::YearGroup;

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Signs in with the pictures or the password of a login card; sees their class and year.
    Pupil,
    /// Sees their own classes and subject groups.
    Teacher,
    /// Staff who do not teach.
    SupportStaff,
    /// A school admin: may manage users, set up the connection and run the sync.
    Admin,
}

impl Role {
    /// Whether it is a pupil's role or one of staff.
    #[must_use]
    pub const fn kind(self) -> PersonKind {
        match self {
            Self::Pupil => PersonKind::Pupil,
            Self::Teacher | Self::SupportStaff | Self::Admin => PersonKind::Staff,
        }
    }

    /// As an admin reads it, such as "Support staff".
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pupil => "Pupil",
            Self::Teacher => "Teacher",
            Self::SupportStaff => "Support staff",
            Self::Admin => "Admin",
        }
    }

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pupil => "pupil",
            Self::Teacher => "teacher",
            Self::SupportStaff => "support_staff",
            Self::Admin => "admin",
        }
    }

    /// The role with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Pupil, Self::Teacher, Self::SupportStaff, Self::Admin]
            .into_iter()
            .find(|role| role.code() == code)
    }
}

/// The two kinds of people an MIS tells us of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// A child at the school.
    Pupil,
    /// Teachers, support staff and admins.
    Staff,
}

impl PersonKind {
    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pupil => "pupil",
            Self::Staff => "staff",
        }
    }

    /// The kind with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Pupil, Self::Staff].into_iter().find(|kind| kind.code() == code)
    }
}

/// The state of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// In use, though perhaps not open yet, or without a password yet.
    Active,
    /// Left: cannot sign in, restorable until the purge date.
    Trash,
}

/// An account whose owner is not on roll yet: it opens on the day they start, where that is
/// known, or else once the MIS has them on roll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Waiting {
    /// The day the account opens; none if the MIS does not say it.
    pub starts_on: Option<Day>,
}

/// One person in a list of "Manage users".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonRow {
    /// The account, by which every request about the person names them.
    pub id: AccountId,
    /// What they may do; a pupil has no other role.
    pub role: Role,
    /// First name as used in school; empty for someone who has one name only.
    pub forename: String,
    /// Surname as used in school; empty for someone who has one name only.
    pub surname: String,
    /// What they sign in with, 2 to 20 letters and digits; nobody else at the school ever has it.
    pub username: String,
    /// Staff only.
    pub email: Option<String>,
    /// Pupils only; none too for a pupil whose year group is not known.
    pub year: Option<YearGroup>,
    /// The pupil's class, or the staff member's classes joined with commas.
    pub class: Option<String>,
    /// Pupils only.
    pub class_id: Option<ClassId>,
    /// The fields that an admin changed by hand: a run leaves them as they are.
    pub kept: BTreeSet<PersonField>,
    /// Whether the person is linked to the MIS.
    pub linked: bool,
    /// People in the trash cannot sign in, and are listed apart.
    pub status: AccountStatus,
    /// Staff: whether a password has been set by the activation link.
    pub activated: bool,
    /// Staff who have set no password yet: what happened to their last activation e-mail.
    #[serde(default)]
    pub delivery: Option<Delivery>,
    /// None for someone who has never signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// Whether an admin has blocked their sign-in.
    #[serde(default)]
    pub blocked: bool,
    /// Pupils: set until they are on roll.
    #[serde(default)]
    pub waiting: Option<Waiting>,
    /// In the trash: when the account was put there; none for active people.
    pub left_at: Option<Timestamp>,
    /// In the trash: the day on which the account is deleted for good; none for active people.
    pub purge_on: Option<Day>,
}

impl PersonRow {
    /// What an admin can change of them by hand.
    #[must_use]
    pub fn details(&self) -> PersonDetails {
        PersonDetails {
            role: self.role,
            forename: self.forename.clone(),
            surname: self.surname.clone(),
            email: self.email.clone(),
            year: self.year,
            class: self.class_id,
        }
    }
}

/// What an admin can change of a person by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonDetails {
    /// Of staff only: a pupil stays one.
    pub role: Role,
    /// First name as used in school, 100 characters at most; empty only if there is a surname.
    pub forename: String,
    /// Surname as used in school, 100 characters at most; empty only if there is a first name.
    pub surname: String,
    /// Staff only.
    pub email: Option<String>,
    /// Pupils only.
    pub year: Option<YearGroup>,
    /// Pupils only.
    pub class: Option<ClassId>,
}

/// Changes a person by hand. What was shown is sent back: where it is something else by now,
/// nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditPerson {
    /// All details as they were shown: nothing is changed unless they are still the same.
    pub shown: PersonDetails,
    /// The details as they are to be; what differs is kept by later runs.
    pub wanted: PersonDetails,
}

/// The classes and subject groups that a member of staff is linked to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffClasses {
    /// In any order.
    pub classes: BTreeSet<ClassId>,
}

/// Gives a member of staff who is not in the MIS their classes and subject groups. What was shown is
/// sent back: where they have others by now, nothing is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetStaffClasses {
    /// As they were shown.
    pub shown: BTreeSet<ClassId>,
    /// As they are to be.
    pub wanted: BTreeSet<ClassId>,
}

/// Hands a field that was changed by hand back to the MIS: the next run takes what that says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandBack {
    /// One of the person's `kept` fields; for any other nothing happens.
    pub field: PersonField,
}

/// What is to be put right with an active person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ToPutRight {
    /// Staff whose activation e-mail was not delivered.
    Undelivered,
    /// Staff who have not set a password yet.
    NotActivated,
    /// Staff without an e-mail address.
    NoEmail,
    /// Pupils in no class.
    NoClass,
    /// Pupils who have started, and have never signed in.
    NeverSignedIn,
}

impl ToPutRight {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Undelivered, Self::NotActivated, Self::NoEmail, Self::NoClass, Self::NeverSignedIn];

    /// Its name in JSON, in addresses and to the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Undelivered => "undelivered",
            Self::NotActivated => "not_activated",
            Self::NoEmail => "no_email",
            Self::NoClass => "no_class",
            Self::NeverSignedIn => "never_signed_in",
        }
    }

    /// The one with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// How many people something is to be put right with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PutRightCount {
    /// By which the list of people is filtered.
    pub what: ToPutRight,
    /// At least one.
    pub people: u32,
}

/// The filter of a list of people, as in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeopleQuery {
    /// Pupils only or staff only; none for both.
    pub kind: Option<PersonKind>,
    /// `true` lists the trash instead of active people.
    #[serde(default)]
    pub trash: bool,
    /// Part of a name, username or e-mail.
    pub q: Option<String>,
    /// Only pupils of this year group; none for all.
    pub year: Option<YearGroup>,
    /// Only people in this class or subject group; none for all.
    pub class: Option<ClassId>,
    /// Only people who need this put right; none for all.
    #[serde(default)]
    pub to_put_right: Option<ToPutRight>,
    /// Only people in the trash who are deleted for good by this day; none for all.
    #[serde(default)]
    pub purged_by: Option<Day>,
    /// The page to show, from 1; none for the first. A table file has all pages.
    #[serde(default)]
    pub page: Option<u32>,
}

/// A class or a subject group in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClassRow {
    /// By which the lists of people and the login cards are filtered.
    pub id: ClassId,
    /// As lists show it, such as `4 Oak`; two may have the same one.
    pub name: String,
    /// A pupil is in one class at most, and in any number of subject groups.
    pub kind: ClassKind,
    /// Subject groups only.
    pub subject: Option<String>,
    /// How many active pupils are in it.
    pub pupils: u32,
    /// Names of the staff linked to it.
    pub staff: Vec<String>,
    /// Whether it has a link to the MIS; one made by hand has none.
    pub linked: bool,
}

/// The two kinds of groups that people are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClassKind {
    /// A registration group.
    Class,
    /// A teaching group.
    SubjectGroup,
}

/// "Add a member of staff".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewStaff {
    /// First name, 100 characters at most; may be empty if there is a surname.
    pub forename: String,
    /// Surname, 100 characters at most; may be empty if there is a first name.
    pub surname: String,
    /// Where the activation e-mail goes; nobody else at the school may have it.
    pub email: String,
    /// Teacher, support staff or admin.
    pub role: Option<Role>,
    /// When added from a run's problem list: the run and the row, whose MIS link is stored at once.
    pub from_problem: Option<ProblemRef>,
}

/// "Add a pupil".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPupil {
    /// First name, 100 characters at most; may be empty if there is a surname.
    pub forename: String,
    /// Surname, 100 characters at most; may be empty if there is a first name.
    pub surname: String,
    /// Has to be given: the format of the password follows from it.
    pub year: Option<YearGroup>,
    /// The class they are put in, never a subject group; none for no class.
    pub class: Option<ClassId>,
    /// When added from a run's problem list: the run and the row, whose MIS link is stored at once.
    pub from_problem: Option<ProblemRef>,
}

/// A row of a plan that could not be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemRef {
    /// The run whose plan lists the person.
    pub run: crate::ids::RunId,
    /// The row's place in that plan, as in `PlanPerson`.
    pub seq: u32,
}

/// What bringing one person up to date from the MIS would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnePerson {
    /// Shown, and waiting for Finish.
    Planned {
        /// The run to be finished: it changes this person alone.
        run: crate::ids::RunId,
        /// Sent back with Finish.
        hash: String,
        /// What would change, field by field.
        person: Box<crate::plan::PlanPerson>,
    },
    /// The MIS says nothing that would change their account.
    UpToDate,
    /// They have left, or the MIS does not show them any more: the next run of the whole school
    /// decides.
    Gone,
    /// It can't be done for this person alone.
    NotAlone {
        /// Plain words.
        why: String,
    },
}

/// The figures of the dashboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dashboard {
    /// Active pupils, those who have not started yet among them.
    pub pupils: u32,
    /// Active staff, admins among them.
    pub staff: u32,
    /// Classes that someone active is in, and those made by hand.
    pub classes: u32,
    /// Subject groups that someone active is in, and those made by hand.
    pub subject_groups: u32,
    /// Accounts in the trash, of pupils and staff.
    pub trash: u32,
    /// What is to be put right, and with how many people; what there is none of is left out.
    pub to_put_right: Vec<PutRightCount>,
    /// The newest sync of the whole school that was done and not undone, for the people it left out.
    pub last_sync: Option<crate::run::RunRow>,
    /// Accounts in the trash that are deleted for good by `purged_by`.
    pub purged_soon: u32,
    /// A month from now.
    pub purged_by: Day,
    /// How the school's e-mail stands: what waits, what was not delivered, and why.
    pub mail: MailStanding,
    /// How the connection to the MIS stands.
    pub connection: crate::connection::ConnectionState,
    /// The newest run that has ended or is held; none before the first.
    pub last_run: Option<crate::run::RunRow>,
    /// The run that is going now.
    pub going: Option<crate::ids::RunId>,
    /// The sync that waits for an admin.
    pub held: Option<crate::run::HeldRun>,
    /// The nightly sync, as on its own page.
    pub schedule: crate::schedule::Schedule,
    /// Sign-ins that are slowed.
    pub slowed: Vec<crate::sign_ins::Slowed>,
}

/// Of [`Home`] what a pupil's page shows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PupilHome {
    /// The name of the pupil's class; none for a pupil in no class.
    pub class: Option<String>,
    /// None if the pupil's year group is not known.
    pub year: Option<YearGroup>,
}

/// A teacher's own class or subject group, and the pupils in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnClass {
    /// As lists show it, such as `4 Oak`.
    pub name: String,
    /// By surname, then first name.
    pub pupils: Vec<OwnPupil>,
}

/// A pupil as their teacher sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnPupil {
    /// The account, by which every request about the pupil names them.
    pub id: AccountId,
    /// First name as used in school; empty for someone who has one name only.
    pub forename: String,
    /// Surname as used in school; empty for someone who has one name only.
    pub surname: String,
    /// What they sign in with.
    pub username: String,
    /// Whether an admin has blocked their sign-in.
    pub blocked: bool,
    /// None for someone who has never signed in.
    pub last_sign_in_at: Option<Timestamp>,
}

/// The page a pupil or a teacher lands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Home {
    /// First name as used in school, for the greeting.
    pub forename: String,
    /// The name of a pupil's class; none for a pupil in no class, and for staff.
    pub class: Option<String>,
    /// A pupil's year group; none if it is not known, and for staff.
    pub year: Option<YearGroup>,
    /// A teacher's own classes and subject groups.
    pub classes: Vec<ClassRow>,
}
