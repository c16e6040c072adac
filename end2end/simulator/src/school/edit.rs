//! Changes that somebody makes in the MIS: to pupils, staff and groups.

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Deserializer};

use super::{Enrolment, Group, GroupKind, Pupil, PupilStatus, School, Staff, StaffStatus};
use crate::generate;

/// What to change about a pupil; what is absent stays. `null` clears a field that may be empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PupilEdit {
    pub forename: Option<String>,
    pub surname: Option<String>,
    pub legal_forename: Option<String>,
    pub legal_surname: Option<String>,
    #[serde(deserialize_with = "given")]
    pub middle_name: Option<Option<String>>,
    pub gender: Option<char>,
    pub born: Option<NaiveDate>,
    #[serde(deserialize_with = "given")]
    pub upn: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    pub former_upn: Option<Option<String>>,
    /// A year group by its id, name or code.
    #[serde(deserialize_with = "given")]
    pub year_group: Option<Option<String>>,
    /// A registration group by its id, name or code; `null` is no class.
    #[serde(deserialize_with = "given")]
    pub class: Option<Option<String>>,
    /// Several registration groups, the pupil's own first.
    pub classes: Option<Vec<String>>,
    pub teaching_groups: Option<Vec<String>>,
    pub status: Option<PupilStatus>,
    pub enrolment: Option<Enrolment>,
    pub entered: Option<NaiveDate>,
    #[serde(deserialize_with = "given")]
    pub work_email: Option<Option<String>>,
}

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
    /// Adds a pupil, on roll; what is not given is made up.
    ///
    /// # Errors
    /// If a group is not there.
    pub fn add_pupil(&mut self, edit: &PupilEdit, now: NaiveDateTime) -> Result<&Pupil, EditError> {
        let mut draw = self.next_draw();
        let year_group = self.wanted_year(edit)?;
        let nc_year = year_group.and_then(|id| self.group(id)?.nc_year).unwrap_or_default();
        let mut pupil = generate::new_pupil(self, &mut draw, nc_year, now.date());
        // The legal name follows the given one unless it is given itself.
        set(&mut pupil.legal_forename, edit.forename.as_ref());
        set(&mut pupil.legal_surname, edit.surname.as_ref());
        pupil.middle_name = None;
        let id = pupil.id;
        self.pupils.push(pupil);
        if let Err(error) = self.edit_pupil(&id.to_string(), edit, now) {
            self.pupils.retain(|pupil| pupil.id != id);
            return Err(error);
        }
        self.pupil(id).ok_or_else(|| EditError::NobodyWithId(id.to_string()))
    }

    /// Changes a pupil, found by any of the ids.
    ///
    /// # Errors
    /// If the pupil or a group is not there; then nothing is changed.
    pub fn edit_pupil(
        &mut self,
        id: &str,
        edit: &PupilEdit,
        now: NaiveDateTime,
    ) -> Result<&Pupil, EditError> {
        let nobody = || EditError::NobodyWithId(id.into());
        let index = self.pupil_index(id).ok_or_else(nobody)?;
        let year = edit.year_group.is_some().then(|| self.wanted_year(edit)).transpose()?;
        let nc_year = year.flatten().and_then(|id| self.group(id)?.nc_year);
        let classes = match (&edit.class, &edit.classes) {
            (_, Some(names)) => Some(self.groups_named(GroupKind::Registration, names)?),
            (Some(None), None) => Some(Vec::new()),
            (Some(Some(name)), None) => {
                Some(self.groups_named(GroupKind::Registration, std::slice::from_ref(name))?)
            }
            (None, None) => None,
        };
        let teaching = edit.teaching_groups.as_ref();
        let teaching =
            teaching.map(|names| self.groups_named(GroupKind::Teaching, names)).transpose()?;
        self.touch(now);
        let pupil = self.pupils.get_mut(index).ok_or_else(nobody)?;
        set(&mut pupil.forename, edit.forename.as_ref());
        set(&mut pupil.surname, edit.surname.as_ref());
        set(&mut pupil.legal_forename, edit.legal_forename.as_ref());
        set(&mut pupil.legal_surname, edit.legal_surname.as_ref());
        set(&mut pupil.middle_name, edit.middle_name.as_ref());
        set(&mut pupil.gender, edit.gender.as_ref());
        set(&mut pupil.born, edit.born.as_ref());
        set(&mut pupil.upn, edit.upn.as_ref());
        set(&mut pupil.former_upn, edit.former_upn.as_ref());
        set(&mut pupil.enrolment, edit.enrolment.as_ref());
        set(&mut pupil.entered, edit.entered.as_ref());
        set(&mut pupil.work_email, edit.work_email.as_ref());
        set(&mut pupil.year_group, year.as_ref());
        set(&mut pupil.nc_year, nc_year.as_ref());
        set(&mut pupil.classes, classes.as_ref());
        set(&mut pupil.teaching_groups, teaching.as_ref());
        if let Some(status) = edit.status {
            pupil.become_status(status, now.date());
        }
        pupil.last_updated = now;
        Ok(pupil)
    }

    /// Takes a pupil off roll, or out of the MIS.
    ///
    /// # Errors
    /// If there is no such pupil.
    pub fn remove_pupil(
        &mut self,
        id: &str,
        removal: Removal,
        now: NaiveDateTime,
    ) -> Result<(), EditError> {
        let index = self.pupil_index(id).ok_or_else(|| EditError::NobodyWithId(id.into()))?;
        match removal {
            Removal::Vanished => drop(self.pupils.remove(index)),
            Removal::Leaver => {
                if let Some(pupil) = self.pupils.get_mut(index) {
                    pupil.become_status(PupilStatus::Leaver, now.date());
                    pupil.last_updated = now;
                }
            }
        }
        self.touch(now);
        Ok(())
    }

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

    /// Where the pupil with this MIS number, GUID, XID or IdaasId stands.
    fn pupil_index(&self, id: &str) -> Option<usize> {
        self.pupils.iter().position(|pupil| {
            is_id(id, &[&pupil.id.to_string(), &pupil.xid, &pupil.external_id, &pupil.idaas_id()])
        })
    }

    fn staff_index(&self, id: &str) -> Option<usize> {
        self.staff.iter().position(|one| {
            is_id(
                id,
                &[&one.id.to_string(), &one.xid, &one.external_id, &one.idaas_id(), &one.code],
            )
        })
    }

    fn wanted_year(&self, edit: &PupilEdit) -> Result<Option<u32>, EditError> {
        let Some(Some(name)) = &edit.year_group else { return Ok(None) };
        let found = self.groups_named(GroupKind::Year, std::slice::from_ref(name))?;
        Ok(found.first().copied())
    }

    fn groups_named(&self, kind: GroupKind, names: &[String]) -> Result<Vec<u32>, EditError> {
        let id_of = |name: &String| {
            let mut of_kind = self.groups.iter().filter(|group| group.kind == kind);
            let missing = || EditError::NoGroup { kind: kind.as_str(), name: name.clone() };
            of_kind.find(|group| is_called(group, name)).map(|group| group.id).ok_or_else(missing)
        };
        names.iter().map(id_of).collect()
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

impl Pupil {
    /// Puts the pupil on roll, takes them off, or expects them.
    fn become_status(&mut self, status: PupilStatus, today: NaiveDate) {
        if status == PupilStatus::Leaver {
            self.leave();
            self.left = Some(today);
        } else {
            self.left = None;
        }
        self.status = status;
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
    use super::*;
    use crate::SchoolSpec;

    fn school() -> (School, NaiveDateTime) {
        let school = generate::school(&SchoolSpec::new("3281102").pupils(210).seed(7));
        let now = school.read_at + chrono::TimeDelta::days(30);
        (school, now)
    }

    #[test]
    fn a_pupil_is_added_with_what_is_given() {
        let (mut school, now) = school();
        let edit = serde_json::from_str(
            r#"{"forename": "Ada", "surname": "Byron", "year_group": "Year 4", "class": "4A",
                "born": "2016-12-10"}"#,
        )
        .unwrap();
        let pupil = school.add_pupil(&edit, now).unwrap().clone();
        assert_eq!((pupil.legal_forename.as_str(), pupil.nc_year), ("Ada", 4));
        let class = school.group(pupil.classes[0]).unwrap();
        assert_eq!(class.name, "4A");
        assert_eq!(school.read_at, now);
    }

    #[test]
    fn null_clears_and_absence_keeps() {
        let (mut school, now) = school();
        let id = school.pupils[0].id.to_string();
        let surname = school.pupils[0].surname.clone();
        let edit = serde_json::from_str(r#"{"upn": null, "class": null}"#).unwrap();
        let pupil = school.edit_pupil(&id, &edit, now).unwrap();
        assert_eq!((&pupil.upn, pupil.classes.len()), (&None, 0));
        assert_eq!(pupil.surname, surname);
    }

    #[test]
    fn refuses_a_class_that_is_not_there_and_changes_nothing() {
        let (mut school, now) = school();
        let count = school.pupils.len();
        let edit = serde_json::from_str(r#"{"forename": "Ada", "class": "9Z"}"#).unwrap();
        let error = school.add_pupil(&edit, now).unwrap_err();
        assert_eq!(error.to_string(), "there is no RegGrp \"9Z\"");
        assert_eq!(school.pupils.len(), count);
    }

    #[test]
    fn a_pupil_leaves_or_vanishes() {
        let (mut school, now) = school();
        let (first, second) = (school.pupils[0].id, school.pupils[1].id);
        school.remove_pupil(&first.to_string(), Removal::Leaver, now).unwrap();
        assert_eq!(school.pupil(first).unwrap().left, Some(now.date()));
        school.remove_pupil(&second.to_string(), Removal::Vanished, now).unwrap();
        assert!(school.pupil(second).is_none());
        let error = school.remove_pupil("PL-0", Removal::Leaver, now).unwrap_err();
        assert_eq!(error, EditError::NobodyWithId("PL-0".into()));
    }

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

    #[test]
    fn groups_are_renamed_and_added() {
        let (mut school, now) = school();
        let edit = serde_json::from_str(r#"{"name": "Kestrels"}"#).unwrap();
        assert_eq!(school.edit_group("4A", &edit, now).unwrap().name, "Kestrels");
        let edit = serde_json::from_str(r#"{"type": "YearGrp", "name": "Year Seven"}"#).unwrap();
        assert_eq!(school.add_group(&edit, now).unwrap().code, "Year Seven");
    }
}
