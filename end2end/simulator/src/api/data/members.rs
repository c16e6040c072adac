//! The tables beside `Group`: who is in a group, and who teaches it.

use chrono::{NaiveDate, TimeDelta};

use super::{
    records::Reader,
    row::{Row, day, forty_digits, last_updated},
};
use crate::school::{Group, GroupKind, Pupil};

/// A row for each pupil of these groups.
pub(super) fn students(reader: &Reader<'_>, groups: &[&Group]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut class_before: Option<&Group> = None;
    for group in groups {
        rows.extend(reader.members(group).map(|pupil| student_row(reader, group, pupil, None)));
        if !reader.school.dialect().ended_memberships || group.kind != GroupKind::Registration {
            continue;
        }
        // Some of the class before this one began the year here.
        if let Some(class) = class_before.replace(group) {
            let moved = reader.members(class).filter(|pupil| pupil.id % 7 == 0);
            let ended = Some(group.starts + TimeDelta::days(2));
            rows.extend(moved.map(|pupil| student_row(reader, group, pupil, ended)));
        }
    }
    rows
}

fn student_row(reader: &Reader<'_>, group: &Group, pupil: &Pupil, ended: Option<NaiveDate>) -> Row {
    let school = reader.school;
    let prefixed = school.dialect().prefixed_member_ids;
    let student_id = if prefixed { pupil.idaas_id() } else { school.pupil_feed_id(pupil) };
    let mut row = Row::default();
    row.set("Id", format!("{}.{}", group.idaas_id(), pupil.idaas_id()));
    row.set("GroupId", group_id(reader, group));
    row.set("StudentId", student_id);
    row.set("GroupExternalId", group.external_id.clone());
    row.set("StudentExternalId", pupil.external_id.clone());
    row.set("StudentIdaasId", pupil.idaas_id());
    row.set("GroupIdaasId", group.idaas_id());
    if group.kind != GroupKind::House {
        // A school year that was begun early does not put its memberships into the future.
        let started = group.starts.max(pupil.entered).min(school.read_at.date());
        row.set("StartDate", day(started, school.dialect()));
        row.set("EndDate", ended.map(|ended| day(ended, school.dialect())));
    }
    row.set("RowHash", forty_digits(&format!("{} {} {ended:?}", group.xid, pupil.xid)));
    row.set("LastUpdated", last_updated(group.last_updated, school.dialect()));
    row
}

/// A row for each member of staff of these groups.
pub(super) fn staff(reader: &Reader<'_>, groups: &[&Group]) -> Vec<Row> {
    let school = reader.school;
    let prefixed = school.dialect().prefixed_member_ids;
    let mut rows = Vec::new();
    for group in groups {
        for member in reader.staff_of(group) {
            let staff_id = if prefixed { member.idaas_id() } else { school.staff_feed_id(member) };
            let is_main = group.primary_staff == Some(member.id);
            let mut row = Row::default();
            row.set("Id", format!("{}.{}", group.idaas_id(), member.idaas_id()));
            row.set("GroupId", group_id(reader, group));
            row.set("StaffId", staff_id);
            row.set("StaffRole", if is_main { "Main Teacher" } else { "Teacher" });
            row.set("GroupExternalId", group.external_id.clone());
            row.set("StaffExternalId", member.external_id.clone());
            row.set("StaffIdaasId", member.idaas_id());
            row.set("GroupIdaasId", group.idaas_id());
            row.set("RowHash", forty_digits(&format!("{} {} {is_main}", group.xid, member.xid)));
            row.set("LastUpdated", last_updated(group.last_updated, school.dialect()));
            rows.push(row);
        }
    }
    rows
}

fn group_id(reader: &Reader<'_>, group: &Group) -> String {
    if reader.school.dialect().prefixed_member_ids {
        group.idaas_id()
    } else {
        reader.school.group_feed_id(group)
    }
}
