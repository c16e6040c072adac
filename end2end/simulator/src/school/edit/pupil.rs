//! Changes to pupils.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Deserialize;

use super::{EditError, Removal, given, is_id, set};
use crate::{
    generate,
    school::{Enrolment, GroupKind, Pupil, PupilStatus, School},
};

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

    /// Where the pupil with this MIS number, GUID, XID or IdaasId stands.
    fn pupil_index(&self, id: &str) -> Option<usize> {
        self.pupils.iter().position(|pupil| {
            is_id(id, &[&pupil.id.to_string(), &pupil.xid, &pupil.external_id, &pupil.idaas_id()])
        })
    }

    fn wanted_year(&self, edit: &PupilEdit) -> Result<Option<u32>, EditError> {
        let Some(Some(name)) = &edit.year_group else { return Ok(None) };
        let found = self.groups_named(GroupKind::Year, std::slice::from_ref(name))?;
        Ok(found.first().copied())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::school::edit::tests::school;

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
}
