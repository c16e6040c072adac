//! Settings: the answers of the wizard's steps, kept per school.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::formats::{PasswordFormat, UsernameFormat};
use crate::people::PersonKind;
use crate::year_group::{YearGroup, YearTarget, normalised_name};

/// Which staff are imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StaffScope {
    /// Current staff who are teachers by the MIS's own mark.
    #[default]
    TeachersOnly,
    /// All current staff, teaching or not.
    AllStaff,
}

impl StaffScope {
    /// Its name in JSON and in an address.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TeachersOnly => "teachers_only",
            Self::AllStaff => "all_staff",
        }
    }
}

/// Which pupils are imported in addition to those on roll whose own or main school this is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct PupilScope {
    /// Pupils not admitted in the MIS yet: they have accounts that open when they start.
    pub pre_admissions: bool,
    /// Pupils of another school who are here for a while.
    pub guests: bool,
    /// Pupils registered at two schools whose main school is the other one.
    pub subsidiary: bool,
}

impl PupilScope {
    /// The part of it that another does not have.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self {
            pre_admissions: self.pre_admissions && !other.pre_admissions,
            guests: self.guests && !other.guests,
            subsidiary: self.subsidiary && !other.subsidiary,
        }
    }

    /// Whether it adds no pupils.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// One of the MIS's year groups and what happens to its pupils. Remembered: asked once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct YearMapping {
    /// As the MIS writes it.
    pub name: String,
    /// The MIS's Code for it, as written there; none if it has none.
    pub code: Option<String>,
    /// What was decided, for all its pupils.
    pub target: YearTarget,
}

/// A subject group to import: all that says which one it is, as it was when ticked.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubjectGroupChoice {
    /// The MIS's own id: after a change of MIS the same number is another group.
    pub mis_id: String,
    /// As the MIS wrote it when it was ticked.
    pub name: String,
    /// Which MIS the id is of. Choices of earlier versions have the id and the name only.
    #[serde(default)]
    pub mis: Option<String>,
    /// The MIS's GUID.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Xporter's id.
    #[serde(default)]
    pub xid: Option<String>,
}

impl SubjectGroupChoice {
    /// Whether it is the same group as one that the MIS has now: an id proves it, the plain one
    /// only within one MIS; else the plain id and the name have to be the same.
    #[must_use]
    pub fn is_same_as(&self, now: &Self) -> bool {
        let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        same(&self.xid, &now.xid)
            || same(&self.external_id, &now.external_id)
            || (self.mis_id == now.mis_id
                && (same(&self.mis, &now.mis)
                    || normalised_name(&self.name) == normalised_name(&now.name)))
    }
}

/// The answers of steps 1 to 4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// For new pupils; existing ones keep their usernames.
    pub pupil_usernames: UsernameFormat,
    /// For new staff; existing ones keep their usernames.
    pub staff_usernames: UsernameFormat,
    /// Which staff are given accounts.
    pub staff_scope: StaffScope,
    /// Which pupils are given accounts besides the school's own on roll.
    #[serde(default)]
    pub pupil_scope: PupilScope,
    /// The format of each year group's passwords; a year that is not named has the proposed one.
    pub passwords: BTreeMap<YearGroup, PasswordFormat>,
    /// What was decided for the MIS's year groups, each once; one that is not named is undecided.
    pub year_mappings: Vec<YearMapping>,
    /// The subject groups that were ticked: only these are imported and kept up to date.
    pub subject_groups: Vec<SubjectGroupChoice>,
}

impl Default for Settings {
    /// What is proposed to a school that has chosen nothing yet.
    fn default() -> Self {
        Self {
            pupil_usernames: UsernameFormat::ForenameInitial,
            staff_usernames: UsernameFormat::InitialSurname,
            staff_scope: StaffScope::TeachersOnly,
            pupil_scope: PupilScope::default(),
            passwords: YearGroup::primary()
                .map(|year| (year, PasswordFormat::proposed_for(year)))
                .collect(),
            year_mappings: Vec::new(),
            subject_groups: Vec::new(),
        }
    }
}

impl Settings {
    /// Whether a subject group was ticked.
    #[must_use]
    pub fn imports(&self, group: &SubjectGroupChoice) -> bool {
        self.subject_groups.iter().any(|choice| choice.is_same_as(group))
    }

    /// The format of the usernames of one kind of people.
    #[must_use]
    pub const fn username_format(&self, kind: PersonKind) -> UsernameFormat {
        match kind {
            PersonKind::Pupil => self.pupil_usernames,
            PersonKind::Staff => self.staff_usernames,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn group(mis: Option<&str>, id: &str, guid: Option<&str>, name: &str) -> SubjectGroupChoice {
        SubjectGroupChoice {
            mis_id: id.into(),
            name: name.into(),
            mis: mis.map(str::to_owned),
            external_id: guid.map(str::to_owned),
            xid: None,
        }
    }

    #[test]
    fn a_ticked_group_is_known_by_what_proves_it_or_by_number_and_name() {
        let ticked = group(Some("simsnet"), "7", Some("a"), "Maths A");
        for (what, now, is_same) in [
            ("renamed", group(Some("simsnet"), "7", Some("a"), "Maths 1"), true),
            ("renumbered", group(Some("simsnet"), "8", Some("a"), "Maths A"), true),
            ("without a GUID", group(Some("simsnet"), "7", None, "Maths 1"), true),
            ("another MIS's number", group(Some("arbor"), "7", Some("b"), "Chess"), false),
            ("number and name", group(Some("arbor"), "7", Some("b"), "MATHS  a"), true),
            ("the name only", group(Some("arbor"), "8", Some("b"), "Maths A"), false),
        ] {
            assert_eq!(ticked.is_same_as(&now), is_same, "{what}");
        }
    }

    #[test]
    fn choices_of_earlier_versions_are_read_and_go_by_number_and_name() {
        let old: SubjectGroupChoice =
            serde_json::from_str(r#"{"mis_id":"7","name":"Maths A"}"#).unwrap();
        assert!(old.is_same_as(&group(Some("simsnet"), "7", Some("a"), "Maths  A")));
        assert!(!old.is_same_as(&group(Some("simsnet"), "7", Some("a"), "Chess")));
    }
}
