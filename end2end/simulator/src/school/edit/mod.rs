//! Changes that somebody makes in the MIS: to pupils, staff and groups.

mod group;
mod pupil;
mod staff;

use serde::{Deserialize, Deserializer};

pub use self::{group::GroupEdit, pupil::PupilEdit, staff::StaffEdit};
use super::{Group, GroupKind, School};

/// How somebody goes from the MIS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// The record stays, as that of a leaver or a previous member of staff.
    #[default]
    Leaver,
    /// The record is deleted.
    Vanished,
}

/// Why a change is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("there is nobody with the id {0}")]
    NobodyWithId(String),
    #[error("there is no {kind} {name:?}")]
    NoGroup { kind: &'static str, name: String },
    #[error("a new {0} needs a name")]
    NoName(&'static str),
}

/// Tells a member that is `null` from one that is absent.
fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

fn set<T: Clone>(place: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        place.clone_from(value);
    }
}

impl School {
    /// The ids of these groups, each by id, name or code.
    fn groups_named(&self, kind: GroupKind, names: &[String]) -> Result<Vec<u32>, EditError> {
        let id_of = |name: &String| {
            let mut of_kind = self.groups.iter().filter(|group| group.kind == kind);
            let missing = || EditError::NoGroup { kind: kind.as_str(), name: name.clone() };
            of_kind.find(|group| is_called(group, name)).map(|group| group.id).ok_or_else(missing)
        };
        names.iter().map(id_of).collect()
    }
}

fn is_id(wanted: &str, ids: &[&str]) -> bool {
    ids.iter().any(|id| id.eq_ignore_ascii_case(wanted))
}

fn is_called(group: &Group, name: &str) -> bool {
    let spaces_apart = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    is_id(name, &[&group.id.to_string(), &group.xid, &group.external_id, &group.idaas_id()])
        || is_id(name.trim(), &[&group.code])
        || spaces_apart(&group.name).eq_ignore_ascii_case(&spaces_apart(name))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;
    use crate::{SchoolSpec, generate};

    /// A school, and a time after it was generated.
    pub(super) fn school() -> (School, NaiveDateTime) {
        let school = generate::school(&SchoolSpec::new("3281102").pupils(210).seed(7));
        let now = school.read_at + chrono::TimeDelta::days(30);
        (school, now)
    }
}
