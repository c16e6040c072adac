//! The rows of each table: which people and groups a call gets, and with which fields.

use std::collections::BTreeMap;

use super::{
    request::{DataRequest, Table},
    row::{Row, last_updated},
};
use crate::school::{Enrolment, Group, GroupKind, Pupil, PupilStatus, School, Staff, StaffStatus};
use chrono::NaiveDateTime;
use serde_json::Value;

/// A record that a call gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Record<'a> {
    School,
    Count(&'static str, usize),
    Health,
    Pupil(&'a Pupil),
    Staff(&'a Staff),
    Group(&'a Group),
}

/// A call on one school, with what its rows need to know.
pub(super) struct Reader<'a> {
    pub school: &'a School,
    pub request: &'a DataRequest,
    /// The shared pupils of each group; filled for calls that need it.
    members: BTreeMap<u32, Vec<&'a Pupil>>,
    pub(super) groups_by_id: BTreeMap<u32, &'a Group>,
    /// The staff that the school shares.
    pub(super) staff_by_id: BTreeMap<u32, &'a Staff>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(school: &'a School, request: &'a DataRequest) -> Self {
        let mut members = BTreeMap::new();
        if matches!(request.table, Table::Groups | Table::Counts) {
            members = school.memberships();
            for pupils in members.values_mut() {
                pupils.retain(|pupil| {
                    school.authorisation.shares_pupil(pupil)
                        && matches!(pupil.enrolment, Enrolment::Single | Enrolment::Main)
                });
            }
            members.retain(|_, pupils| !pupils.is_empty());
        }
        let groups_by_id = school.groups.iter().map(|group| (group.id, group)).collect();
        let shared = |member: &&Staff| school.authorisation.shares_staff(member);
        let staff_by_id =
            school.staff.iter().filter(shared).map(|member| (member.id, member)).collect();
        Self { school, request, members, groups_by_id, staff_by_id }
    }

    /// The records that the call gets, before change sets and paging.
    pub(super) fn records(&self) -> Vec<Record<'a>> {
        let mut records: Vec<Record<'a>> = match self.request.table {
            Table::SchoolInfo if self.request.wants_id(&["1"]) => vec![Record::School],
            Table::SchoolInfo => Vec::new(),
            Table::Health => vec![Record::Health],
            Table::Counts => vec![
                Record::Count("Students", self.pupils().count()),
                Record::Count("Staff", self.staff().count()),
                Record::Count("Groups", self.groups().count()),
            ],
            Table::Students => self.pupils().map(Record::Pupil).collect(),
            Table::Staff => self.staff().map(Record::Staff).collect(),
            Table::Groups => self.groups().map(Record::Group).collect(),
        };
        if let Some(since) = self.request.updated_since {
            records.retain(|record| self.last_updated(record) >= since);
        }
        records
    }

    /// The record's fields as far as consent and `select` allow.
    pub(super) fn row(&self, record: &Record<'_>) -> Row {
        let mut row = self.whole_row(record);
        if !matches!(record, Record::Count(..) | Record::Health) {
            if self.request.selects("RowHash") {
                let hash = row.hash();
                row.set("RowHash", hash);
            }
            let at = self.last_updated(record);
            row.set("LastUpdated", last_updated(at, self.school.dialect()));
        }
        row.retain(|field| self.request.selects(field));
        row
    }

    /// The same over all that the record brings with it, to tell whether it changed.
    pub(super) fn fingerprint(&self, record: &Record<'_>) -> String {
        let mut row = self.whole_row(record);
        if let Record::Group(group) = record {
            let students = if self.request.has_option("includeStudentMembers") {
                self.members(group).map(|pupil| pupil.id).collect()
            } else {
                Vec::new()
            };
            row.set("StudentMembers", students);
            if self.request.has_option("includeStaffMembers") {
                row.set("StaffMembers", group.staff.clone());
            }
        }
        row.retain(|field| {
            self.request.selects(field) || matches!(field, "StudentMembers" | "StaffMembers")
        });
        row.hash()
    }

    pub(super) fn id(&self, record: &Record<'_>) -> String {
        match record {
            Record::School | Record::Health => "1".into(),
            Record::Count(area, _) => (*area).into(),
            Record::Pupil(pupil) => self.school.pupil_feed_id(pupil),
            Record::Staff(member) => self.school.staff_feed_id(member),
            Record::Group(group) => self.school.group_feed_id(group),
        }
    }

    /// The pupils of a group that the school shares.
    pub(super) fn members(&self, group: &Group) -> impl Iterator<Item = &'a Pupil> + '_ {
        self.members.get(&group.id).into_iter().flatten().copied()
    }

    /// The staff of a group that the school shares.
    pub(super) fn staff_of(&self, group: &Group) -> Vec<&'a Staff> {
        group.staff.iter().filter_map(|id| self.staff_by_id.get(id).copied()).collect()
    }

    fn whole_row(&self, record: &Record<'_>) -> Row {
        match record {
            Record::School => self.school_row(),
            Record::Health => self.health_row(),
            Record::Count(area, count) => {
                let mut row = Row::default();
                row.set("Area", *area);
                row.set("Count", *count);
                row
            }
            Record::Pupil(pupil) => self.pupil_row(pupil),
            Record::Staff(member) => self.staff_row(member),
            Record::Group(group) => self.group_row(group),
        }
    }

    fn last_updated(&self, record: &Record<'_>) -> NaiveDateTime {
        match record {
            Record::Pupil(pupil) => pupil.last_updated,
            Record::Staff(member) => member.last_updated,
            Record::Group(group) => group.last_updated,
            Record::School | Record::Count(..) | Record::Health => self.school.read_at,
        }
    }

    fn pupils(&self) -> impl Iterator<Item = &'a Pupil> + '_ {
        // Leavers of this and the last school year only.
        let earliest = School::year_start(self.school.academic_year.saturating_sub(1));
        let request = self.request;
        let leavers = request.has_option("includeLeavers");
        let coming = request.has_option("includePreAdmissions");
        let guests = request.has_option("includeGuests");
        let subsidiary = request.has_option("includeSubsidiary");
        self.school
            .pupils
            .iter()
            .filter(|pupil| self.school.authorisation.shares_pupil(pupil))
            .filter(move |pupil| match pupil.status {
                PupilStatus::OnRoll => true,
                PupilStatus::Leaver => leavers && pupil.left.is_some_and(|left| left >= earliest),
                PupilStatus::PreAdmission => coming,
            })
            .filter(move |pupil| match pupil.enrolment {
                Enrolment::Single | Enrolment::Main => true,
                Enrolment::Guest => guests,
                Enrolment::Subsidiary => subsidiary,
            })
            .filter(move |pupil| {
                request.passes("studentstatus", &[pupil.status.as_str()])
                    && (request.parameters.get("yeargroupid").is_none()
                        || self.is_in_wanted_year(pupil))
                    && (request.id.is_none()
                        || request.wants_id(&[
                            &pupil.id.to_string(),
                            &pupil.xid,
                            &pupil.external_id,
                            &pupil.idaas_id(),
                        ]))
            })
    }

    fn is_in_wanted_year(&self, pupil: &Pupil) -> bool {
        pupil.year_group.and_then(|id| self.groups_by_id.get(&id)).is_some_and(|group| {
            let ids = [&group.id.to_string(), &group.xid, &group.external_id, &group.idaas_id()];
            self.request.passes("yeargroupid", &ids.map(String::as_str))
        })
    }

    fn staff(&self) -> impl Iterator<Item = &'a Staff> + '_ {
        let request = self.request;
        self.staff_by_id.values().copied().filter(move |member| {
            let is_included = match member.status {
                StaffStatus::Current => true,
                StaffStatus::Future => request.has_option("includeFuture"),
                StaffStatus::Previous => request.has_option("includePrevious"),
            };
            is_included
                && (member.is_teacher || !request.has_option("teachersOnly"))
                && request.wants_id(&[
                    &member.id.to_string(),
                    &member.xid,
                    &member.external_id,
                    &member.idaas_id(),
                ])
        })
    }

    /// Groups with at least one member.
    fn groups(&self) -> impl Iterator<Item = &'a Group> + '_ {
        let request = self.request;
        self.school
            .groups
            .iter()
            .filter(|group| self.members.contains_key(&group.id))
            .filter(|group| !self.school.authorisation.left_out_groups.contains(&group.id))
            .filter(move |group| {
                request.passes("type", &[group.kind.as_str()])
                    && request.passes("code", &[&group.code])
                    && request.wants_id(&[
                        &group.id.to_string(),
                        &group.xid,
                        &group.external_id,
                        &group.idaas_id(),
                    ])
            })
    }
}

/// The kinds of groups, for `includeGroupTypes`.
pub(super) fn group_types() -> Vec<Row> {
    let kinds = [
        (GroupKind::Year, "Year groups"),
        (GroupKind::Registration, "Registration groups"),
        (GroupKind::Teaching, "Teaching groups"),
        (GroupKind::House, "Houses"),
    ];
    let row = |(kind, name): (GroupKind, &str)| {
        let mut row = Row::default();
        row.set("Id", kind.as_str());
        row.set("TypeCode", kind.as_str());
        row.set("TypeDescription", name);
        row.set("ParentGroupTypeId", Value::Null);
        row
    };
    kinds.into_iter().map(row).collect()
}
