//! The pupils and staff of a school.

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

/// A pupil's record in the MIS.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pupil {
    /// The MIS's own number; a member of staff may have the same.
    pub id: u32,
    /// The MIS's GUID.
    pub external_id: String,
    /// Xporter's id.
    pub xid: String,
    /// The preferred names.
    pub forename: String,
    pub surname: String,
    pub legal_forename: String,
    pub legal_surname: String,
    pub middle_name: Option<String>,
    pub gender: char,
    pub born: NaiveDate,
    pub upn: Option<String>,
    pub former_upn: Option<String>,
    /// The national-curriculum year: -1 Nursery, 0 Reception, 1 to 6.
    pub nc_year: i8,
    pub year_group: Option<u32>,
    /// Registration groups; the first is the pupil's class.
    pub classes: Vec<u32>,
    pub house: Option<u32>,
    pub teaching_groups: Vec<u32>,
    pub status: PupilStatus,
    pub enrolment: Enrolment,
    pub entered: NaiveDate,
    pub left: Option<NaiveDate>,
    pub work_email: Option<String>,
    pub last_updated: NaiveDateTime,
}

impl Pupil {
    #[must_use]
    pub fn display_name(&self) -> String {
        format!("{} {}", self.forename, self.surname).trim().to_owned()
    }

    #[must_use]
    pub fn idaas_id(&self) -> String {
        format!("PL-{}", self.id)
    }

    /// Takes the pupil off roll.
    pub(crate) fn leave(&mut self) {
        self.status = PupilStatus::Leaver;
        self.year_group = None;
        self.classes.clear();
        self.teaching_groups.clear();
    }
}

/// Whether a pupil is at the school.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PupilStatus {
    OnRoll,
    Leaver,
    PreAdmission,
}

impl PupilStatus {
    /// As the feed writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnRoll => "OnRoll",
            Self::Leaver => "Leaver",
            Self::PreAdmission => "PreAdmission",
        }
    }
}

/// How a pupil is registered: here only, mainly here, mainly elsewhere, or as a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Enrolment {
    #[serde(rename = "C")]
    Single,
    #[serde(rename = "M")]
    Main,
    #[serde(rename = "S")]
    Subsidiary,
    #[serde(rename = "G")]
    Guest,
}

impl Enrolment {
    /// As the feed writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Single => "C",
            Self::Main => "M",
            Self::Subsidiary => "S",
            Self::Guest => "G",
        }
    }
}

/// A member of staff's record in the MIS.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Staff {
    pub id: u32,
    pub external_id: String,
    pub xid: String,
    pub title: String,
    pub forename: String,
    pub surname: String,
    pub code: String,
    /// What the person does, for the simulator's own pages; the feed does not carry it.
    pub role: String,
    pub status: StaffStatus,
    pub is_teacher: bool,
    pub is_support: bool,
    pub work_email: Option<String>,
    pub work_phone: Option<String>,
    pub home_email: Option<String>,
    pub home_phone: Option<String>,
    pub last_updated: NaiveDateTime,
}

impl Staff {
    #[must_use]
    pub fn display_name(&self) -> String {
        format!("{} {} {}", self.title, self.forename, self.surname).trim().to_owned()
    }

    #[must_use]
    pub fn idaas_id(&self) -> String {
        format!("PWT-{}", self.id)
    }
}

/// Whether a member of staff works at the school.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StaffStatus {
    Current,
    Future,
    Previous,
}

impl StaffStatus {
    /// As the feed writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "Current",
            Self::Future => "Future",
            Self::Previous => "Previous",
        }
    }
}
