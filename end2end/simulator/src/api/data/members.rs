//! The tables beside `Group`: who is in a group, and who teaches it.

use super::{
    records::Reader,
    row::{Row, day, forty_digits, time},
};
use crate::school::{Group, GroupKind};

/// A row for each pupil of these groups.
pub(super) fn students(reader: &Reader<'_>, groups: &[&Group]) -> Vec<Row> {
    let school = reader.school;
    let prefixed = school.dialect().prefixed_member_ids;
    let mut rows = Vec::new();
    for group in groups {
        for pupil in reader.members(group) {
            let student_id = if prefixed { pupil.idaas_id() } else { school.pupil_feed_id(pupil) };
            let mut row = Row::default();
            row.set("Id", format!("{}-{}", group.id, pupil.id));
            row.set("GroupId", group_id(reader, group));
            row.set("StudentId", student_id);
            row.set("GroupExternalId", group.external_id.clone());
            row.set("StudentExternalId", pupil.external_id.clone());
            row.set("StudentIdaasId", pupil.idaas_id());
            row.set("GroupIdaasId", group.idaas_id());
            if group.kind != GroupKind::House {
                row.set("StartDate", day(group.starts.max(pupil.entered)));
                row.set("EndDate", None::<String>);
            }
            row.set("RowHash", forty_digits(&format!("{} {}", group.xid, pupil.xid)));
            row.set("LastUpdated", time(group.last_updated));
            rows.push(row);
        }
    }
    rows
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
            row.set("Id", format!("{}-{}", group.id, member.id));
            row.set("GroupId", group_id(reader, group));
            row.set("StaffId", staff_id);
            row.set("StaffRole", if is_main { "Main Teacher" } else { "Teacher" });
            row.set("GroupExternalId", group.external_id.clone());
            row.set("StaffExternalId", member.external_id.clone());
            row.set("StaffIdaasId", member.idaas_id());
            row.set("GroupIdaasId", group.idaas_id());
            row.set("RowHash", forty_digits(&format!("{} {} {is_main}", group.xid, member.xid)));
            row.set("LastUpdated", time(group.last_updated));
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
