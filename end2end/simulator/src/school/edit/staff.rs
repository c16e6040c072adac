//! Changes to staff.

use chrono::NaiveDateTime;
use serde::Deserialize;

use super::{EditError, Removal, given, is_id, set};
use crate::{
    generate,
    school::{GroupKind, School, Staff, StaffStatus},
};

/// What to change about a member of staff; what is absent stays, `null` clears.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StaffEdit {
    pub title: Option<String>,
    pub forename: Option<String>,
    pub surname: Option<String>,
    pub code: Option<String>,
    pub role: Option<String>,
    pub status: Option<StaffStatus>,
    pub is_teacher: Option<bool>,
    #[serde(deserialize_with = "given")]
    pub work_email: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    pub work_phone: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    pub home_email: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    pub home_phone: Option<Option<String>>,
    /// Registration groups that the person teaches, by id, name or code.
    pub classes: Option<Vec<String>>,
}

impl School {
    /// Adds a current member of staff; what is not given is made up.
    ///
    /// # Errors
    /// If a group is not there.
    pub fn add_staff(&mut self, edit: &StaffEdit, now: NaiveDateTime) -> Result<&Staff, EditError> {
        let mut draw = self.next_draw();
        let role = edit.role.as_deref().unwrap_or("Class teacher");
        let mut member = generate::new_staff(self, &mut draw, role);
        set(&mut member.forename, edit.forename.as_ref());
        set(&mut member.surname, edit.surname.as_ref());
        generate::reset_emails(self, &mut member);
        let id = member.id;
        self.staff.push(member);
        if let Err(error) = self.edit_staff(&id.to_string(), edit, now) {
            self.staff.retain(|member| member.id != id);
            return Err(error);
        }
        self.staff_member(id).ok_or_else(|| EditError::NobodyWithId(id.to_string()))
    }

    /// Changes a member of staff, found by any of the ids.
    ///
    /// # Errors
    /// If the person or a group is not there; then nothing is changed.
    pub fn edit_staff(
        &mut self,
        id: &str,
        edit: &StaffEdit,
        now: NaiveDateTime,
    ) -> Result<&Staff, EditError> {
        let nobody = || EditError::NobodyWithId(id.into());
        let index = self.staff_index(id).ok_or_else(nobody)?;
        let classes = edit.classes.as_ref();
        let classes =
            classes.map(|names| self.groups_named(GroupKind::Registration, names)).transpose()?;
        self.touch(now);
        let member = self.staff.get_mut(index).ok_or_else(nobody)?;
        set(&mut member.title, edit.title.as_ref());
        set(&mut member.forename, edit.forename.as_ref());
        set(&mut member.surname, edit.surname.as_ref());
        set(&mut member.code, edit.code.as_ref());
        set(&mut member.role, edit.role.as_ref());
        set(&mut member.status, edit.status.as_ref());
        set(&mut member.work_email, edit.work_email.as_ref());
        set(&mut member.work_phone, edit.work_phone.as_ref());
        set(&mut member.home_email, edit.home_email.as_ref());
        set(&mut member.home_phone, edit.home_phone.as_ref());
        if let Some(is_teacher) = edit.is_teacher {
            member.is_teacher = is_teacher;
            member.is_support = !is_teacher;
        }
        member.last_updated = now;
        let own = member.id;
        if let Some(classes) = classes {
            self.teach(own, &classes);
        }
        self.staff.get(index).ok_or_else(nobody)
    }

    /// Makes a member of staff a previous one, or deletes the record.
    ///
    /// # Errors
    /// If there is no such person.
    pub fn remove_staff(
        &mut self,
        id: &str,
        removal: Removal,
        now: NaiveDateTime,
    ) -> Result<(), EditError> {
        let nobody = || EditError::NobodyWithId(id.into());
        let index = self.staff_index(id).ok_or_else(nobody)?;
        let member = self.staff.get_mut(index).ok_or_else(nobody)?;
        let own = member.id;
        member.status = StaffStatus::Previous;
        member.last_updated = now;
        if removal == Removal::Vanished {
            self.staff.remove(index);
        }
        self.teach(own, &[]);
        self.touch(now);
        Ok(())
    }

    /// Where the member of staff with this id or code stands.
    pub(super) fn staff_index(&self, id: &str) -> Option<usize> {
        self.staff.iter().position(|one| {
            is_id(
                id,
                &[&one.id.to_string(), &one.xid, &one.external_id, &one.idaas_id(), &one.code],
            )
        })
    }

    /// Makes somebody teach exactly these classes.
    fn teach(&mut self, member: u32, classes: &[u32]) {
        for group in self.groups.iter_mut().filter(|group| group.kind == GroupKind::Registration) {
            group.staff.retain(|id| *id != member);
            if classes.contains(&group.id) {
                group.staff.push(member);
                group.primary_staff.get_or_insert(member);
            } else if group.primary_staff == Some(member) {
                group.primary_staff = group.staff.first().copied();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::school::edit::tests::school;

    #[test]
    fn staff_come_teach_and_go() {
        let (mut school, now) = school();
        let edit = serde_json::from_str(
            r#"{"title": "Mr", "forename": "Alan", "surname": "Turing", "classes": ["5A"]}"#,
        )
        .unwrap();
        let member = school.add_staff(&edit, now).unwrap().clone();
        assert_eq!(member.work_email.as_deref(), Some("a.turing@waterside.example"));
        let teaches = |school: &School| {
            school.groups.iter().any(|group| group.name == "5A" && group.staff.contains(&member.id))
        };
        assert!(teaches(&school));
        school.remove_staff(&member.id.to_string(), Removal::Leaver, now).unwrap();
        assert!(!teaches(&school));
        assert_eq!(school.staff_member(member.id).unwrap().status, StaffStatus::Previous);
    }
}
