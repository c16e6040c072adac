//! Year groups, classes and subject groups, with the people who are in them now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{NaiveDate, NaiveDateTime};
use rollcall_engine::domain::mis_link::MisIds;
use rollcall_engine::domain::roster::{NotShared, PupilStatus, RosterGroup, RosterPupil};
use rollcall_engine::domain::text::group_name;
use xod_client::{Field, GroupKind, GroupRow, Members, StaffMemberRow, StudentMemberRow, XodError};

use super::ids::{Index, RowIds};
use super::people::ReadPupil;

/// The groups of one kind that have arrived.
pub(super) struct Groups<'a> {
    kind: GroupKind,
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
    not_shared: BTreeSet<NotShared>,
    /// The first day on which a membership begins or has ended, by the dates it has.
    members_turn_on: Option<NaiveDate>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(
        kind: GroupKind,
        pupils: &'a Index,
        staff: &'a Index,
        today: NaiveDate,
    ) -> Self {
        Self {
            kind,
            pupils,
            staff,
            today,
            read: ReadGroups::default(),
            pupils_of: HashMap::new(),
            staff_of: HashMap::new(),
        }
    }

    /// Takes a page; of what was not asked for about this kind of groups, nothing.
    ///
    /// # Errors
    /// If a group has no id, or its name is not shared.
    pub(super) fn add(&mut self, rows: Vec<GroupRow>, members: Members) -> Result<(), XodError> {
        let Members { students, staff } = members;
        let has_members = self.kind != GroupKind::Year;
        if has_members && !rows.is_empty() && staff.is_none() {
            self.read.not_shared.insert(NotShared::StaffOfGroups);
        }
        for row in rows {
            self.add_group(row, has_members)?;
        }
        if has_members {
            students.into_iter().for_each(|row| self.add_pupil(row));
            staff.into_iter().flatten().for_each(|row| self.add_staff(row));
        }
        Ok(())
    }

    fn add_group(&mut self, row: GroupRow, has_members: bool) -> Result<(), XodError> {
        if !row.name.is_shared() {
            return Err(XodError::NotShared { table: "Groups", field: "Name" });
        }
        let ids = RowIds::new(row.id, row.external_id, row.xid, row.idaas_id)?;
        self.read.ids.add(&ids);
        let shown = |field: Field<String>| field.recorded().and_then(|text| group_name(&text));
        let code = shown(row.code);
        let name = shown(row.name).or_else(|| code.clone());
        let name = name.unwrap_or_else(|| ids.ids.id.clone());
        let subject = shown(row.subject_name).filter(|_| self.kind == GroupKind::Teaching);
        let group = group(ids.ids, name, code, subject);
        let group = self.read.rows.entry(group.ids.id.clone()).or_insert(group);
        if !has_members {
            return Ok(());
        }
        if !row.primary_staff_id.is_shared() {
            self.read.not_shared.insert(NotShared::StaffOfGroups);
        }
        let main_teacher = self.staff.find(&[&row.primary_staff_id]);
        group.staff.extend(main_teacher.map(str::to_owned));
        Ok(())
    }

    fn add_pupil(&mut self, row: StudentMemberRow) {
        let person = [&row.student_id, &row.student_idaas_id];
        let group = [&row.group_id, &row.group_idaas_id];
        if !tells(person, group) {
            self.read.not_shared.insert(NotShared::PupilsOfGroups);
        }
        let pupil = self.pupils.find(&person).map(str::to_owned);
        let group = first_recorded(group);
        // Somebody whom the school does not share has no row of their own.
        if let (Some(pupil), Some(group)) = (pupil, group)
            && self.is_current(row.start_date, row.end_date)
        {
            self.pupils_of.entry(group).or_default().insert(pupil);
        }
    }

    fn add_staff(&mut self, row: StaffMemberRow) {
        let person = [&row.staff_id, &row.staff_idaas_id];
        let group = [&row.group_id, &row.group_idaas_id];
        if !tells(person, group) {
            self.read.not_shared.insert(NotShared::StaffOfGroups);
        }
        let one = self.staff.find(&person).map(str::to_owned);
        let group = first_recorded(group);
        if let (Some(one), Some(group)) = (one, group)
            && self.is_current(row.start_date, row.end_date)
        {
            self.staff_of.entry(group).or_default().insert(one);
        }
    }

    pub(super) fn finish(self) -> ReadGroups {
        let ReadGroups { mut rows, ids, not_shared, members_turn_on } = self.read;
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
        ReadGroups { rows, ids, not_shared, members_turn_on }
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

/// Whether a membership's row says who is in which group, by either of the ids that do.
fn tells(person: [&Field<String>; 2], group: [&Field<String>; 2]) -> bool {
    let is_shared = |ids: [&Field<String>; 2]| ids.iter().any(|id| id.is_shared());
    is_shared(person) && is_shared(group)
}

fn first_recorded(ids: [&Field<String>; 2]) -> Option<String> {
    ids.into_iter().find_map(|id| id.clone().recorded())
}

fn group(ids: MisIds, name: String, code: Option<String>, subject: Option<String>) -> RosterGroup {
    let (pupils, staff) = (BTreeSet::new(), BTreeSet::new());
    RosterGroup { ids, name, code, subject, pupils, staff }
}

impl ReadGroups {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// What the feed leaves out about them.
    pub(super) const fn not_shared(&self) -> &BTreeSet<NotShared> {
        &self.not_shared
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
        let mut groups = Groups::new(GroupKind::Teaching, &pupils, &staff, day("2026-11-24"));
        assert!(groups.is_current(Field::NotShared, Field::NotRecorded));
        assert_eq!(groups.read.members_turn_on, None);
        assert!(groups.is_current(at("2026-09-01"), at("2026-11-27")));
        assert!(!groups.is_current(at("2026-11-30"), Field::NotRecorded));
        assert!(!groups.is_current(Field::NotShared, at("2026-11-23")));
        assert!(groups.is_current(at("2026-11-24"), at("2026-11-24")));
        assert_eq!(groups.finish().members_turn_on(), Some(day("2026-11-25")));
    }

    fn text(text: &str) -> Field<String> {
        Field::Recorded(text.into())
    }

    /// What is not shared where these rows come.
    fn not_shared(
        kind: GroupKind,
        row: GroupRow,
        pupils: Vec<StudentMemberRow>,
        staff: Option<Vec<StaffMemberRow>>,
    ) -> BTreeSet<NotShared> {
        let (index, today) = (Index::default(), NaiveDate::from_ymd_opt(2026, 11, 24).unwrap());
        let mut groups = Groups::new(kind, &index, &index, today);
        groups.add(vec![row], Members { students: pupils, staff }).unwrap();
        groups.finish().not_shared().clone()
    }

    fn class() -> GroupRow {
        let primary_staff_id = Field::NotRecorded;
        GroupRow { id: text("9"), name: text("5A"), primary_staff_id, ..GroupRow::default() }
    }

    #[test]
    fn what_is_not_shared_of_groups_is_told_from_what_there_is_not() {
        let class_kind = GroupKind::Registration;
        let nothing = BTreeSet::new();
        let staff = BTreeSet::from([NotShared::StaffOfGroups]);
        let pupils = BTreeSet::from([NotShared::PupilsOfGroups]);
        assert_eq!(not_shared(class_kind, class(), vec![], Some(vec![])), nothing);

        let withheld = || GroupRow { primary_staff_id: Field::NotShared, ..class() };
        assert_eq!(not_shared(class_kind, withheld(), vec![], Some(vec![])), staff);
        assert_eq!(not_shared(class_kind, class(), vec![], None), staff, "no such table");
        assert_eq!(not_shared(GroupKind::Year, withheld(), vec![], None), nothing, "not asked for");

        let member = || StaffMemberRow { group_id: text("9"), ..StaffMemberRow::default() };
        assert_eq!(not_shared(class_kind, class(), vec![], Some(vec![member()])), staff);
        let by_other_id = StaffMemberRow { staff_idaas_id: text("PWT-1"), ..member() };
        assert_eq!(not_shared(class_kind, class(), vec![], Some(vec![by_other_id])), nothing);

        let member = || StudentMemberRow { student_id: text("1"), ..StudentMemberRow::default() };
        assert_eq!(not_shared(class_kind, class(), vec![member()], Some(vec![])), pupils);
        let by_other_id = StudentMemberRow { group_idaas_id: text("GC-9"), ..member() };
        assert_eq!(not_shared(class_kind, class(), vec![by_other_id], Some(vec![])), nothing);
    }

    #[test]
    fn a_group_whose_name_is_not_shared_is_not_named_by_its_code() {
        let (index, today) = (Index::default(), NaiveDate::from_ymd_opt(2026, 11, 24).unwrap());
        let mut groups = Groups::new(GroupKind::Registration, &index, &index, today);
        let row = GroupRow { name: Field::NotShared, code: text("5"), ..class() };
        let refused = groups.add(vec![row], Members::default());
        assert_eq!(refused, Err(XodError::NotShared { table: "Groups", field: "Name" }));
        let row = GroupRow { name: Field::NotRecorded, code: text("5"), ..class() };
        groups.add(vec![row], Members::default()).unwrap();
        assert_eq!(groups.finish().into_rows()[0].name, "5");
    }
}
