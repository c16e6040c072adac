//! The groups of a school: years, classes, teaching groups and houses.

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

/// A group in the MIS. Who is in it is kept on the pupils; its staff are kept here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    pub id: u32,
    pub external_id: String,
    pub xid: String,
    pub kind: GroupKind,
    pub code: String,
    pub name: String,
    /// For a year group, and a class of one year.
    pub nc_year: Option<i8>,
    pub primary_staff: Option<u32>,
    pub staff: Vec<u32>,
    pub subject: Option<Subject>,
    pub starts: NaiveDate,
    pub last_updated: NaiveDateTime,
}

impl Group {
    /// `GY-` for a year group, `GC-` for a class or teaching group; `GH-` for a house is a choice
    /// of the simulator.
    #[must_use]
    pub fn idaas_id(&self) -> String {
        let prefix = match self.kind {
            GroupKind::Year => "GY",
            GroupKind::Registration | GroupKind::Teaching => "GC",
            GroupKind::House => "GH",
        };
        format!("{prefix}-{}", self.id)
    }
}

/// What kind of group it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GroupKind {
    Year,
    Registration,
    Teaching,
    House,
}

impl GroupKind {
    /// As the feed writes it in `Type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Year => "YearGrp",
            Self::Registration => "RegGrp",
            Self::Teaching => "TeachingGrp",
            Self::House => "HouseGrp",
        }
    }
}

/// What is taught in a teaching group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub local_id: u32,
    pub code: String,
    pub name: String,
}
