//! The fields of each record, as far as the consent goes.

use serde_json::Value;

use super::{
    records::Reader,
    row::{Row, boolean, day, plain_day, time},
};
use crate::school::{Group, GroupKind, Pupil, Scope, Staff};

impl Reader<'_> {
    fn grants(&self, scope: Scope) -> bool {
        self.school.authorisation.grants(scope)
    }

    fn group_fields(&self, row: &mut Row, group: Option<u32>, names: [&'static str; 2]) {
        let group = group.and_then(|id| self.groups_by_id.get(&id));
        let [id, name] = names;
        row.set(id, group.map(|group| self.school.group_feed_id(group)));
        row.set(name, group.map(|group| group.name.clone()));
    }

    /// The ids of these groups, for applications that may know who is in which.
    fn group_ids(&self, groups: impl Iterator<Item = u32>) -> Option<String> {
        let groups = groups.filter_map(|id| self.groups_by_id.get(&id));
        joined(groups.map(|group| self.school.group_feed_id(group)))
    }

    fn staff_code<'s>(&self, member: &'s Staff) -> Option<&'s str> {
        let is_left_out = self.school.dialect().sparse && !member.is_teacher;
        (!is_left_out).then_some(member.code.as_str())
    }

    pub(super) fn pupil_row(&self, pupil: &Pupil) -> Row {
        let dialect = self.school.dialect();
        let newer = dialect.newer_fields;
        let mut row = Row::default();
        row.set("Id", self.school.pupil_feed_id(pupil));
        row.set("ExternalId", pupil.external_id.clone());
        row.set("IdaasId", pupil.idaas_id());
        row.set("XID", pupil.xid.clone());
        row.set("Forename", pupil.forename.clone());
        row.set("Surname", pupil.surname.clone());
        row.set("DisplayName", pupil.display_name());
        row.set("Gender", pupil.gender.to_string());
        self.group_fields(&mut row, pupil.classes.first().copied(), ["RegGroupId", "RegGroup"]);
        self.group_fields(&mut row, pupil.year_group, ["YearGroupId", "YearGroup"]);
        self.group_fields(&mut row, pupil.house, ["HouseGroupId", "HouseGroup"]);
        row.set("WorkEmail", pupil.work_email.clone());
        row.set("IdaasEmail", Value::Null);
        row.set("StudentStatus", pupil.status.as_str());
        if self.grants(Scope::School) {
            let groups = pupil.classes.iter().chain(&pupil.year_group).chain(&pupil.house);
            let groups = groups.chain(&pupil.teaching_groups);
            row.set("GroupIds", self.group_ids(groups.copied()));
        }
        if self.grants(Scope::Upn) {
            row.set("UPN", pupil.upn.clone());
            row.set("FormerUPN", pupil.former_upn.clone());
        }
        if self.grants(Scope::StudentExtended) {
            row.set(
                if newer { "DateOfBirth" } else { "DateofBirth" },
                plain_day(pupil.born, dialect),
            );
            row.set("LegalForename", pupil.legal_forename.clone());
            row.set("LegalSurname", pupil.legal_surname.clone());
            row.set("MiddleName", pupil.middle_name.clone());
            row.set("EntryDate", plain_day(pupil.entered, dialect));
            row.set("LeavingDate", pupil.left.map(|left| day(left, dialect)));
            row.set("EnrolmentStatus", pupil.enrolment.as_str());
            if newer {
                let year = match pupil.nc_year {
                    year if year < 0 => "N2".to_owned(),
                    0 => "R".into(),
                    year => year.to_string(),
                };
                row.set("NCYear", year.clone());
                row.set("YearTaughtIn", year);
            }
        }
        row
    }

    pub(super) fn staff_row(&self, member: &Staff) -> Row {
        let booleans = self.school.dialect().booleans;
        let mut row = Row::default();
        row.set("Id", self.school.staff_feed_id(member));
        row.set("ExternalId", member.external_id.clone());
        row.set("IdaasId", member.idaas_id());
        row.set("XID", member.xid.clone());
        row.set("Title", member.title.clone());
        row.set("Suffix", Value::Null);
        row.set("StaffCode", self.staff_code(member));
        row.set("StaffStatus", member.status.as_str());
        row.set("Forename", member.forename.clone());
        row.set("Surname", member.surname.clone());
        row.set("DisplayName", member.display_name());
        row.set("WorkEmail", member.work_email.clone());
        row.set("IdaasEmail", Value::Null);
        row.set("WorkPhone", member.work_phone.clone());
        row.set("IsTeacher", boolean(member.is_teacher, booleans));
        row.set("IsSupport", boolean(member.is_support, booleans));
        if self.grants(Scope::School) {
            let own = |group: &&Group| group.staff.contains(&member.id);
            let groups: Vec<&Group> = self.school.groups.iter().filter(own).collect();
            let class = groups.iter().find(|group| group.kind == GroupKind::Registration);
            row.set("RegGroup", class.map(|group| group.name.clone()));
            row.set("GroupIds", self.group_ids(groups.iter().map(|group| group.id)));
        }
        if self.grants(Scope::StaffPersonalContact) {
            row.set("HomeEmail", member.home_email.clone());
            row.set("HomePhone", member.home_phone.clone());
        }
        row
    }

    pub(super) fn group_row(&self, group: &Group) -> Row {
        let primary = group.primary_staff.and_then(|id| self.staff_by_id.get(&id));
        let staff = self.staff_of(group);
        let mut row = Row::default();
        row.set("Id", self.school.group_feed_id(group));
        row.set("XID", group.xid.clone());
        row.set("ExternalId", group.external_id.clone());
        row.set("IdaasId", group.idaas_id());
        row.set("Type", group.kind.as_str());
        row.set("Code", group.code.clone());
        row.set("Name", group.name.clone());
        row.set("PrimaryStaffId", primary.map(|member| self.school.staff_feed_id(member)));
        let codes = staff.iter().filter_map(|member| self.staff_code(member));
        row.set("Staff", joined(codes.map(str::to_owned)));
        row.set("NumStudents", self.members(group).count());
        if self.request.has_option("includeMembersIds") {
            let pupils = self.members(group).map(|pupil| self.school.pupil_feed_id(pupil));
            row.set("StudentIds", joined(pupils));
            let staff = staff.iter().map(|member| self.school.staff_feed_id(member));
            row.set("StaffIds", joined(staff));
        }
        if self.request.has_option("includeSubjects") {
            let subject = group.subject.as_ref();
            row.set("SubjectLocalId", subject.map(|subject| subject.local_id.to_string()));
            row.set("SubjectCode", subject.map(|subject| subject.code.clone()));
            row.set("SubjectName", subject.map(|subject| subject.name.clone()));
        }
        row
    }

    pub(super) fn school_row(&self) -> Row {
        let school = self.school;
        let head = school.head().map(Staff::display_name);
        let office = school.staff.iter().find(|member| member.role == "Office manager");
        let mut row = Row::default();
        row.set("Id", "1");
        row.set("Name", school.name.clone());
        row.set("Head", head);
        row.set("MainContact", office.map(Staff::display_name));
        row.set("Telephone", school.telephone.clone());
        let has_website = !school.dialect().sparse;
        row.set("Web", has_website.then(|| format!("https://www.{}", school.domain)));
        row.set("Email", format!("office@{}", school.domain));
        row.set("Phase", "Primary");
        row.set("Address", school.address.clone());
        row.set("EstabId", school.estab());
        row.set("CurrentAcademicYear", school.academic_year.to_string());
        row
    }

    /// The fields of this table are not documented; these are the simulator's choice.
    pub(super) fn health_row(&self) -> Row {
        let mut row = Row::default();
        row.set("Estab", self.school.estab());
        row.set("Status", "OK");
        row.set("MIS", self.school.mis.clone());
        row.set("LastRefresh", time(self.school.read_at));
        row.set("RefreshMinutes", 1440);
        row
    }
}

/// A list with commas; null where it is empty.
fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(","))
}
