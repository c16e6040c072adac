//! Year groups, classes and subject groups, with the people who are in them now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{NaiveDate, NaiveDateTime};

use super::ids::{Index, RowIds};
use super::people::ReadPupil;
use crate::sync::roster::{MisIds, PupilStatus, RosterGroup, RosterPupil};
use crate::xod::{Field, GroupRow, Members, XodError};

/// The groups of one kind that have arrived.
pub(super) struct Groups<'a> {
    pupils: &'a Index,
    staff: &'a Index,
    today: NaiveDate,
    read: ReadGroups,
    /// Members by the id that their rows give for the group: it may come on a later page.
    pupils_of: HashMap<String, BTreeSet<String>>,
    staff_of: HashMap<String, BTreeSet<String>>,
}

/// The groups of one kind, all of them.
#[derive(Default)]
pub(super) struct ReadGroups {
    rows: BTreeMap<String, RosterGroup>,
    ids: Index,
    /// The first day on which a membership begins or has ended, by the dates it has.
    members_turn_on: Option<NaiveDate>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(pupils: &'a Index, staff: &'a Index, today: NaiveDate) -> Self {
        Self {
            pupils,
            staff,
            today,
            read: ReadGroups::default(),
            pupils_of: HashMap::new(),
            staff_of: HashMap::new(),
        }
    }

    pub(super) fn add(&mut self, rows: Vec<GroupRow>, members: Members) -> Result<(), XodError> {
        for row in rows {
            let ids = RowIds::new(row.id, row.external_id, row.xid, row.idaas_id)?;
            self.read.ids.add(&ids);
            let code = row.code.recorded();
            let name = row.name.recorded().or_else(|| code.clone());
            let name = name.unwrap_or_else(|| ids.ids.id.clone());
            let main_teacher = self.staff.find(&[&row.primary_staff_id]);
            let subject = row.subject_name.recorded();
            let group = group(ids.ids, name, code, subject);
            let group = self.read.rows.entry(group.ids.id.clone()).or_insert(group);
            group.staff.extend(main_teacher.map(str::to_owned));
        }
        for row in members.students {
            if !self.is_current(row.start_date, row.end_date) {
                continue;
            }
            let pupil = self.pupils.find(&[&row.student_id, &row.student_idaas_id]);
            let group = row.group_id.recorded().or_else(|| row.group_idaas_id.recorded());
            // Somebody whom the school does not share has no row of their own.
            if let (Some(pupil), Some(group)) = (pupil, group) {
                self.pupils_of.entry(group).or_default().insert(pupil.to_owned());
            }
        }
        for row in members.staff {
            if !self.is_current(row.start_date, row.end_date) {
                continue;
            }
            let one = self.staff.find(&[&row.staff_id, &row.staff_idaas_id]);
            let group = row.group_id.recorded().or_else(|| row.group_idaas_id.recorded());
            if let (Some(one), Some(group)) = (one, group) {
                self.staff_of.entry(group).or_default().insert(one.to_owned());
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> ReadGroups {
        let ReadGroups { mut rows, ids, members_turn_on } = self.read;
        let find = |id: &str| ids.find_one(id).map(str::to_owned);
        for (group, pupils) in self.pupils_of {
            if let Some(group) = find(&group).and_then(|id| rows.get_mut(&id)) {
                group.pupils.extend(pupils);
            }
        }
        for (group, staff) in self.staff_of {
            if let Some(group) = find(&group).and_then(|id| rows.get_mut(&id)) {
                group.staff.extend(staff);
            }
        }
        ReadGroups { rows, ids, members_turn_on }
    }

    /// Whether a membership has begun and not ended; its last day counts. Notes the day on which
    /// that turns.
    fn is_current(&mut self, start: Field<NaiveDateTime>, end: Field<NaiveDateTime>) -> bool {
        let start = start.recorded().map(|start| start.date());
        let end = end.recorded().map(|end| end.date());
        let turns = [start, end.and_then(|last| last.succ_opt())];
        let next = turns.into_iter().flatten().filter(|day| *day > self.today).min();
        self.read.members_turn_on = self.read.members_turn_on.into_iter().chain(next).min();
        start.is_none_or(|first| first <= self.today) && end.is_none_or(|last| last >= self.today)
    }
}

fn group(ids: MisIds, name: String, code: Option<String>, subject: Option<String>) -> RosterGroup {
    let (pupils, staff) = (BTreeSet::new(), BTreeSet::new());
    RosterGroup { ids, name, code, subject, pupils, staff }
}

impl ReadGroups {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) const fn members_turn_on(&self) -> Option<NaiveDate> {
        self.members_turn_on
    }

    /// Groups that were read before.
    pub(super) fn of(rows: Vec<RosterGroup>) -> Self {
        let mut groups = Self::default();
        for row in rows {
            groups.ids.add(&RowIds { ids: row.ids.clone(), idaas_id: None });
            groups.rows.insert(row.ids.id.clone(), row);
        }
        groups
    }

    /// Takes a pupil out of all of them.
    pub(super) fn remove(&mut self, pupil: &str) {
        for group in self.rows.values_mut() {
            group.pupils.remove(pupil);
        }
    }

    pub(super) fn insert(&mut self, pupil: &RosterPupil) {
        if let Some(group) = pupil.class.as_ref().and_then(|id| self.rows.get_mut(id)) {
            group.pupils.insert(pupil.ids.id.clone());
        }
    }

    /// In order of their ids.
    pub(super) fn into_rows(self) -> Vec<RosterGroup> {
        self.rows.into_values().collect()
    }

    /// The own id of the group that a pupil's row names. The service leaves some groups out of its
    /// list; the row's name for it is then all there is.
    fn named_by(&mut self, id: String, name: Option<&str>, is_here: bool) -> Option<String> {
        if let Some(own) = self.ids.find_one(&id) {
            return Some(own.to_owned());
        }
        let name = name.filter(|_| is_here)?;
        let ids = MisIds { id: id.clone(), external_id: None, xid: None };
        self.rows.entry(id.clone()).or_insert_with(|| group(ids, name.to_owned(), None, None));
        Some(id)
    }
}

/// Puts each pupil into the year group and the class of their own row.
pub(super) fn place(
    pupils: Vec<ReadPupil>,
    years: &mut ReadGroups,
    classes: &mut ReadGroups,
) -> Vec<RosterPupil> {
    pupils
        .into_iter()
        .map(|ReadPupil { mut pupil, year_group_name, class_name }| {
            let is_here = matches!(pupil.status, PupilStatus::OnRoll | PupilStatus::PreAdmission);
            pupil.year_group = pupil
                .year_group
                .and_then(|id| years.named_by(id, year_group_name.as_deref(), is_here));
            pupil.class =
                pupil.class.and_then(|id| classes.named_by(id, class_name.as_deref(), is_here));
            let year = pupil.year_group.as_ref().and_then(|id| years.rows.get_mut(id));
            if let Some(year) = year.filter(|_| is_here) {
                year.pupils.insert(pupil.ids.id.clone());
            }
            pupil
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_day_on_which_a_membership_begins_or_has_ended_is_noted() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let at = |text: &str| Field::Recorded(day(text).and_hms_opt(0, 0, 0).unwrap());
        let (pupils, staff) = (Index::default(), Index::default());
        let mut groups = Groups::new(&pupils, &staff, day("2026-11-24"));
        assert!(groups.is_current(Field::NotShared, Field::NotRecorded));
        assert_eq!(groups.read.members_turn_on, None);
        assert!(groups.is_current(at("2026-09-01"), at("2026-11-27")));
        assert!(!groups.is_current(at("2026-11-30"), Field::NotRecorded));
        assert!(!groups.is_current(Field::NotShared, at("2026-11-23")));
        assert!(groups.is_current(at("2026-11-24"), at("2026-11-24")));
        assert_eq!(groups.finish().members_turn_on(), Some(day("2026-11-25")));
    }
}
