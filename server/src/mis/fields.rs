//! The fields that are asked for, table by table: nothing else is ever asked for.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::PupilScope;
use xod_client::{GroupKind, SCHOOL_FIELDS};

/// Those of pupils that these scopes allow, and that the pupils asked for make necessary.
pub(super) fn students(scopes: &BTreeSet<Scope>, pupils: PupilScope) -> String {
    let mut fields = vec![
        "Id,ExternalId,IdaasId,XID,Forename,Surname,RegGroupId,RegGroup,YearGroupId,YearGroup",
        "StudentStatus",
    ];
    if scopes.contains(&Scope::Upn) {
        fields.push("UPN,FormerUPN");
    }
    if scopes.contains(&Scope::StudentExtended) {
        fields.push("DateofBirth,DateOfBirth,LegalForename,LegalSurname");
        if pupils.pre_admissions {
            fields.push("EntryDate");
        }
        if pupils.guests || pupils.subsidiary {
            fields.push("EnrolmentStatus");
        }
    }
    fields.join(",")
}

/// Those of staff that these scopes allow.
pub(super) fn staff(scopes: &BTreeSet<Scope>) -> String {
    let mut fields =
        vec!["Id,ExternalId,IdaasId,XID,StaffStatus,Forename,Surname,WorkEmail,IsTeacher"];
    if scopes.contains(&Scope::StaffPersonalContact) {
        fields.push("HomeEmail");
    }
    fields.join(",")
}

/// Those of groups of a kind, and of their tables of members.
///
/// Whether `select` holds for the tables of members too is not documented: their fields are
/// named as well, so that it works either way.
pub(super) fn groups(kind: GroupKind) -> String {
    let mut fields = vec!["Id,XID,ExternalId,IdaasId,Type,Code,Name"];
    if kind != GroupKind::Year {
        fields.push("PrimaryStaffId,GroupId,GroupIdaasId,StudentId,StudentIdaasId,StaffId");
        fields.push("StaffIdaasId,StartDate,EndDate");
    }
    if kind == GroupKind::Teaching {
        fields.push("SubjectName");
    }
    fields.join(",")
}

/// All that a read of the whole school asks for under these scopes and of these pupils, by table.
#[must_use]
pub(crate) fn asked_for(
    scopes: &BTreeSet<Scope>,
    pupils: PupilScope,
) -> BTreeMap<String, Vec<String>> {
    let list = |csv: &str| csv.split(',').map(str::to_owned).collect::<Vec<_>>();
    [
        ("SchoolInfo", list(SCHOOL_FIELDS)),
        ("Counts", list("Area,Count")),
        ("GDPRIDs", list("IsOptIn,StudentIds,StaffIds")),
        ("Students", list(&students(scopes, pupils))),
        ("Staff", list(&staff(scopes))),
        ("Groups (YearGrp)", list(&groups(GroupKind::Year))),
        ("Groups (RegGrp)", list(&groups(GroupKind::Registration))),
        ("Groups (TeachingGrp)", list(&groups(GroupKind::Teaching))),
    ]
    .into_iter()
    .map(|(table, fields)| (table.to_owned(), fields))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_asked_for_only_under_its_scope() {
        let required = BTreeSet::from([Scope::SchoolLite, Scope::StaffLite, Scope::StudentLite]);
        let has = |scopes: &BTreeSet<Scope>, table: &str, field: &str| {
            asked_for(scopes, PupilScope::default())[table].iter().any(|asked| asked == field)
        };
        for (scope, table, field) in [
            (Scope::Upn, "Students", "UPN"),
            (Scope::StudentExtended, "Students", "DateofBirth"),
            (Scope::StaffPersonalContact, "Staff", "HomeEmail"),
        ] {
            assert!(!has(&required, table, field), "{field}");
            let with: BTreeSet<Scope> = required.iter().copied().chain([scope]).collect();
            assert!(has(&with, table, field), "{field}");
        }
    }

    #[test]
    fn what_only_other_pupils_need_is_asked_for_only_with_them_and_under_its_scope() {
        let all: BTreeSet<Scope> = Scope::ALL.into_iter().collect();
        let less: BTreeSet<Scope> =
            all.iter().copied().filter(|scope| *scope != Scope::StudentExtended).collect();
        let of = |scopes: &BTreeSet<Scope>, pupils| {
            let asked = students(scopes, pupils);
            ["EntryDate", "EnrolmentStatus"].map(|field| asked.split(',').any(|f| f == field))
        };
        let nobody = PupilScope::default();
        for (pupils, fields) in [
            (nobody, [false, false]),
            (PupilScope { pre_admissions: true, ..nobody }, [true, false]),
            (PupilScope { guests: true, ..nobody }, [false, true]),
            (PupilScope { subsidiary: true, ..nobody }, [false, true]),
        ] {
            assert_eq!(of(&all, pupils), fields, "{pupils:?}");
            assert_eq!(of(&less, pupils), [false, false], "{pupils:?}");
        }
    }
}
