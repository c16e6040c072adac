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
            if !is_current(row.start_date, row.end_date, self.today) {
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
            if !is_current(row.start_date, row.end_date, self.today) {
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
        let ReadGroups { mut rows, ids } = self.read;
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
        ReadGroups { rows, ids }
    }
}

fn group(ids: MisIds, name: String, code: Option<String>, subject: Option<String>) -> RosterGroup {
    let (pupils, staff) = (BTreeSet::new(), BTreeSet::new());
    RosterGroup { ids, name, code, subject, pupils, staff }
}

/// Whether a membership has begun and not ended; its last day counts.
fn is_current(start: Field<NaiveDateTime>, end: Field<NaiveDateTime>, today: NaiveDate) -> bool {
    start.recorded().is_none_or(|start| start.date() <= today)
        && end.recorded().is_none_or(|end| end.date() >= today)
}

impl ReadGroups {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// In order of their ids.
    pub(super) fn into_rows(self) -> Vec<RosterGroup> {
        self.rows.into_values().collect()
    }

    /// The own id of the group that a pupil's row names. The service leaves some groups out of its
    /// list; the row's name for it is then all there is.
    fn named_by(&mut self, id: String, name: Option<&str>, is_on_roll: bool) -> Option<String> {
        if let Some(own) = self.ids.find_one(&id) {
            return Some(own.to_owned());
        }
        let name = name.filter(|_| is_on_roll)?;
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
            let is_on_roll = pupil.status == PupilStatus::OnRoll;
            pupil.year_group = pupil
                .year_group
                .and_then(|id| years.named_by(id, year_group_name.as_deref(), is_on_roll));
            pupil.class =
                pupil.class.and_then(|id| classes.named_by(id, class_name.as_deref(), is_on_roll));
            let year = pupil.year_group.as_ref().and_then(|id| years.rows.get_mut(id));
            if let Some(year) = year.filter(|_| is_on_roll) {
                year.pupils.insert(pupil.ids.id.clone());
            }
            pupil
        })
        .collect()
}
