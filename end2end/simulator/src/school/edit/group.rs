//! Changes to groups.

use chrono::NaiveDateTime;
use serde::Deserialize;

use super::{EditError, given, is_called, set};
use crate::{
    generate,
    school::{Group, GroupKind, School},
};

/// What to change about a group, or what a new one is like.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GroupEdit {
    /// `YearGrp`, `RegGrp`, `TeachingGrp` or `HouseGrp`; for new groups only.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub name: Option<String>,
    pub code: Option<String>,
    /// The main teacher, by id or code; `null` for none.
    #[serde(deserialize_with = "given")]
    pub primary_staff: Option<Option<String>>,
}

impl School {
    /// Adds a group that nobody is in yet.
    ///
    /// # Errors
    /// If its kind or name is missing.
    pub fn add_group(&mut self, edit: &GroupEdit, now: NaiveDateTime) -> Result<&Group, EditError> {
        let wanted = edit.kind.clone().unwrap_or_default();
        let kind =
            [GroupKind::Year, GroupKind::Registration, GroupKind::Teaching, GroupKind::House]
                .into_iter()
                .find(|kind| kind.as_str().eq_ignore_ascii_case(&wanted))
                .ok_or(EditError::NoGroup { kind: "type of group", name: wanted })?;
        let name = edit.name.clone().ok_or(EditError::NoName("group"))?;
        let code = edit.code.clone().unwrap_or_else(|| name.clone());
        let mut draw = self.next_draw();
        let group = generate::new_group(self, &mut draw, kind, code, name);
        let id = group.id.to_string();
        self.groups.push(group);
        self.edit_group(&id, edit, now)
    }

    /// Changes a group, found by any of its ids, its name or its code.
    ///
    /// # Errors
    /// If the group or the teacher is not there.
    pub fn edit_group(
        &mut self,
        id: &str,
        edit: &GroupEdit,
        now: NaiveDateTime,
    ) -> Result<&Group, EditError> {
        let teacher = match &edit.primary_staff {
            None => None,
            Some(None) => Some(None),
            Some(Some(id)) => {
                let index = self.staff_index(id).ok_or(EditError::NobodyWithId(id.clone()))?;
                Some(self.staff.get(index).map(|member| member.id))
            }
        };
        let missing = || EditError::NoGroup { kind: "group", name: id.into() };
        let index =
            self.groups.iter().position(|group| is_called(group, id)).ok_or_else(missing)?;
        self.touch(now);
        let group = self.groups.get_mut(index).ok_or_else(missing)?;
        set(&mut group.name, edit.name.as_ref());
        set(&mut group.code, edit.code.as_ref());
        if let Some(teacher) = teacher {
            let before = std::mem::replace(&mut group.primary_staff, teacher);
            group.staff.retain(|id| Some(*id) != before && Some(*id) != teacher);
            group.staff.extend(teacher);
        }
        group.last_updated = now;
        Ok(group)
    }
}

#[cfg(test)]
mod tests {
    use crate::school::edit::tests::school;

    #[test]
    fn groups_are_renamed_and_added() {
        let (mut school, now) = school();
        let edit = serde_json::from_str(r#"{"name": "Kestrels"}"#).unwrap();
        assert_eq!(school.edit_group("4A", &edit, now).unwrap().name, "Kestrels");
        let edit = serde_json::from_str(r#"{"type": "YearGrp", "name": "Year Seven"}"#).unwrap();
        assert_eq!(school.add_group(&edit, now).unwrap().code, "Year Seven");
    }
}
