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
    Pupil,
    /// Sees their own classes and subject groups.
    Teacher,
    /// Staff who do not teach.
    SupportStaff,
    /// A school admin: may manage users, set up the connection and run the sync.
    Admin,
}

impl Role {
    #[must_use]
    pub const fn kind(self) -> PersonKind {
        match self {
            Self::Pupil => PersonKind::Pupil,
            Self::Teacher | Self::SupportStaff | Self::Admin => PersonKind::Staff,
        }
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pupil => "Pupil",
            Self::Teacher => "Teacher",
            Self::SupportStaff => "Support staff",
            Self::Admin => "Admin",
        }
    }

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pupil => "pupil",
            Self::Teacher => "teacher",
            Self::SupportStaff => "support_staff",
            Self::Admin => "admin",
        }
    }

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
    Pupil,
    Staff,
}

impl PersonKind {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pupil => "pupil",
            Self::Staff => "staff",
        }
    }

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
    Active,
    /// Left: cannot sign in, restorable until the purge date.
    Trash,
}

/// An account whose owner is not on roll yet: it opens on the day they start, where that is
/// known, or else once the MIS has them on roll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Waiting {
    pub starts_on: Option<Day>,
}

/// One person in a list of "Manage users".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonRow {
    pub id: AccountId,
    pub role: Role,
    pub forename: String,
    pub surname: String,
    pub username: String,
    /// Staff only.
    pub email: Option<String>,
    pub year: Option<YearGroup>,
    /// The pupil's class, or the staff member's classes joined with commas.
    pub class: Option<String>,
    /// Pupils only.
    pub class_id: Option<ClassId>,
    /// The fields that an admin changed by hand: a run leaves them as they are.
    pub kept: BTreeSet<PersonField>,
    /// Whether the person is linked to the MIS.
    pub linked: bool,
    pub status: AccountStatus,
    /// Staff: whether a password has been set by the activation link.
    pub activated: bool,
    /// Staff who have set no password yet: what happened to their last activation e-mail.
    #[serde(default)]
    pub delivery: Option<Delivery>,
    pub last_sign_in_at: Option<Timestamp>,
    /// Pupils: set until they are on roll.
    #[serde(default)]
    pub waiting: Option<Waiting>,
    /// In the trash: when they left, and when the account is purged.
    pub left_at: Option<Timestamp>,
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
    pub forename: String,
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
    pub shown: PersonDetails,
    pub wanted: PersonDetails,
}

/// Hands a field that was changed by hand back to the MIS: the next run takes what that says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandBack {
    pub field: PersonField,
}

/// The filter of a list of people, as in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeopleQuery {
    pub kind: Option<PersonKind>,
    /// `true` lists the trash instead of active people.
    #[serde(default)]
    pub trash: bool,
    /// Part of a name, username or e-mail.
    pub q: Option<String>,
    pub year: Option<YearGroup>,
    pub class: Option<ClassId>,
    /// `true` lists those only whose activation e-mail was not delivered.
    #[serde(default)]
    pub undelivered: bool,
    #[serde(default)]
    pub page: Option<u32>,
}

/// A class or a subject group in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClassRow {
    pub id: ClassId,
    pub name: String,
    pub kind: ClassKind,
    /// Subject groups only.
    pub subject: Option<String>,
    pub pupils: u32,
    /// Names of the staff linked to it.
    pub staff: Vec<String>,
    pub linked: bool,
}

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
    pub forename: String,
    pub surname: String,
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
    pub forename: String,
    pub surname: String,
    pub year: Option<YearGroup>,
    pub class: Option<ClassId>,
    /// When added from a run's problem list: the run and the row, whose MIS link is stored at once.
    pub from_problem: Option<ProblemRef>,
}

/// A row of a plan that could not be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemRef {
    pub run: crate::ids::RunId,
    pub seq: u32,
}

/// What bringing one person up to date from the MIS would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnePerson {
    /// Shown, and waiting for Finish.
    Planned {
        run: crate::ids::RunId,
        /// Sent back with Finish.
        hash: String,
        person: Box<crate::plan::PlanPerson>,
    },
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
    pub pupils: u32,
    pub staff: u32,
    pub classes: u32,
    pub subject_groups: u32,
    pub trash: u32,
    /// Staff who have not used their activation link yet.
    pub not_activated: u32,
    pub mail: MailStanding,
    pub connection: crate::connection::ConnectionState,
    pub last_run: Option<crate::run::RunRow>,
    /// The run that is going now.
    pub going: Option<crate::ids::RunId>,
    /// The sync that waits for an admin.
    pub held: Option<crate::run::HeldRun>,
    pub schedule: crate::schedule::Schedule,
    /// Sign-ins that are slowed.
    pub slowed: Vec<crate::sign_ins::Slowed>,
}

/// Of [`Home`] what a pupil's page shows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PupilHome {
    pub class: Option<String>,
    pub year: Option<YearGroup>,
}

/// The page a pupil or a teacher lands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Home {
    pub forename: String,
    pub class: Option<String>,
    pub year: Option<YearGroup>,
    /// A teacher's own classes and subject groups.
    pub classes: Vec<ClassRow>,
}
