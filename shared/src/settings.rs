//! Settings: the answers of the wizard's steps, kept per school.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::formats::{PasswordFormat, UsernameFormat};
use crate::year_group::{YearGroup, YearTarget, normalised_name};

/// Which staff are imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffScope {
    #[default]
    TeachersOnly,
    AllStaff,
}

impl StaffScope {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TeachersOnly => "teachers_only",
            Self::AllStaff => "all_staff",
        }
    }
}

/// One of the MIS's year groups and what becomes of its pupils. Remembered: asked once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearMapping {
    /// As the MIS writes it.
    pub name: String,
    pub code: Option<String>,
    pub target: YearTarget,
}

/// A subject group to import, by its MIS id, with the name it had when ticked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SubjectGroupChoice {
    pub mis_id: String,
    pub name: String,
}

/// The answers of steps 1 to 4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub pupil_usernames: UsernameFormat,
    pub staff_usernames: UsernameFormat,
    pub staff_scope: StaffScope,
    /// The format of each year group's passwords; a year that is not named has the proposed one.
    pub passwords: BTreeMap<YearGroup, PasswordFormat>,
    pub year_mappings: Vec<YearMapping>,
    pub subject_groups: Vec<SubjectGroupChoice>,
}

impl Default for Settings {
    /// What is proposed to a school that has chosen nothing yet.
    fn default() -> Self {
        Self {
            pupil_usernames: UsernameFormat::ForenameInitial,
            staff_usernames: UsernameFormat::InitialSurname,
            staff_scope: StaffScope::TeachersOnly,
            passwords: YearGroup::primary()
                .map(|year| (year, PasswordFormat::proposed_for(year)))
                .collect(),
            year_mappings: Vec::new(),
            subject_groups: Vec::new(),
        }
    }
}

impl Settings {
    /// The format of a year group's passwords.
    #[must_use]
    pub fn password_format(&self, year: YearGroup) -> PasswordFormat {
        self.passwords.get(&year).copied().unwrap_or_else(|| PasswordFormat::proposed_for(year))
    }

    /// What has been decided for one of the MIS's year groups: remembered under its name, compared
    /// in normalised form; a different Code makes it a different year group where both have one.
    #[must_use]
    pub fn year_target(&self, name: &str, code: Option<&str>) -> Option<YearTarget> {
        let wanted = normalised_name(name);
        self.year_mappings
            .iter()
            .find(|mapping| {
                normalised_name(&mapping.name) == wanted
                    && match (mapping.code.as_deref(), code) {
                        (Some(a), Some(b)) => normalised_name(a) == normalised_name(b),
                        _ => true,
                    }
            })
            .map(|mapping| mapping.target)
    }
}
