//! What stands in the fields, exactly as documented: values, nulls, absent keys, forms of times.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xod_simulator::{DEFAULT_APP_ID, Dialect, SchoolSpec, school::Scope};

use crate::support::*;

#[tokio::test]
async fn staff_and_groups_can_be_asked_for_one_by_one() {
    let client = small_school().await;
    for (table, name) in [("Staff", "Staff"), ("Groups", "Group")] {
        let all = client.read(table, "").await;
        let wanted = &all[name][4];
        for id in ["Id", "XID", "IdaasId", "ExternalId"] {
            let id = wanted[id].as_str().unwrap();
            for address in [format!("/{id}"), format!("?id={id}"), format!("?ID={id}")] {
                let one = client.read(table, &address).await;
                assert_eq!(one[name], json!([wanted]), "{table}{address}");
            }
        }
        assert_eq!(client.read(table, "/999999").await[name], json!([]));
        assert_eq!(client.read(table, "?id=999999").await[name], json!([]));
    }
}

#[tokio::test]
async fn the_school_itself_can_be_asked_for_by_its_number_one() {
    let client = small_school().await;
    let all = client.read("SchoolInfo", "").await;
    for address in ["/1", "?id=1"] {
        assert_eq!(client.read("SchoolInfo", address).await["SchoolInfo"], all["SchoolInfo"]);
    }
    for address in ["/2", "?id=2"] {
        assert_eq!(client.read("SchoolInfo", address).await["SchoolInfo"], json!([]));
    }
}

#[tokio::test]
async fn paths_parameters_and_their_values_come_in_any_case() {
    let client = small_school().await;
    let plain =
        client.read("Students", "?options=includeLeavers&select=Forename&page=2&pageSize=10").await;
    let odd = client
        .get(&format!(
            "/API/V1/school/{ESTAB}/STUDENTS?OPTIONS=INCLUDELEAVERS&Select=FORENAME&PAGE=2&pagesize=10"
        ))
        .await;
    assert_eq!(odd["Students"], plain["Students"]);
    assert_eq!(odd["__pagination__"][0]["RowCount"], plain["__pagination__"][0]["RowCount"]);
    let groups = client.read("Groups", "?Type=RegGrp&Options=includeStudentMembers").await;
    let odd = client
        .get(&format!("/Api/v1/SCHOOL/{ESTAB}/gROUPS?TYPE=reggrp&oPTIONS=IncludeStudentMembers"))
        .await;
    assert_eq!(odd, groups);
    let id = groups["Group"][0]["XID"].as_str().unwrap().to_uppercase();
    let one = client.get(&format!("/api/V1/School/{ESTAB}/GROUPS/{id}")).await;
    assert_eq!(one["Group"], json!([groups["Group"][0]]));
    let details = client.get("/API/v1/TOKENDETAILS").await;
    assert_eq!(details["Estab"], ESTAB);
}

#[tokio::test]
async fn a_member_of_staff_of_a_group_comes_exactly_so() {
    let client = small_school().await;
    let reply = client.read("Groups", "?options=includeStaffMembers").await;
    let staff = client.read("Staff", "?options=includeFuture,includePrevious").await;
    let by_id = |rows: &[Value], id: &Value| {
        rows.iter().find(|row| row["Id"] == *id).cloned().unwrap_or_else(|| panic!("no {id}"))
    };
    let members = rows(&reply, "StaffMembers");
    assert!(members.len() > 5);
    let mut roles = BTreeSet::new();
    for member in members {
        let group = by_id(rows(&reply, "Group"), &member["GroupId"]);
        let person = by_id(rows(&staff, "Staff"), &member["StaffId"]);
        let is_main = group["PrimaryStaffId"] == member["StaffId"];
        let hash = member["RowHash"].as_str().unwrap();
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
        assert!(hash.len() == 40 && hash.bytes().all(is_digit), "{hash}");
        let (group_id, staff_id) = (&group["Id"], &person["Id"]);
        let idaas_id = |row: &Value| row["IdaasId"].as_str().unwrap().to_owned();
        assert_eq!(
            *member,
            json!({
                "Id": format!("{}.{}", idaas_id(&group), idaas_id(&person)),
                "GroupId": group_id,
                "StaffId": staff_id,
                "StaffRole": if is_main { "Main Teacher" } else { "Teacher" },
                "GroupExternalId": group["ExternalId"],
                "StaffExternalId": person["ExternalId"],
                "StaffIdaasId": person["IdaasId"],
                "GroupIdaasId": group["IdaasId"],
                "RowHash": hash,
                "LastUpdated": group["LastUpdated"],
            })
        );
        roles.insert(is_main);
    }
    assert_eq!(roles.len(), 2, "somebody teaches beside the main teacher");

    let dialect = Dialect { prefixed_member_ids: true, ..Dialect::default() };
    let client = with_school(SchoolSpec::new(ESTAB).pupils(60).dialect(dialect)).await;
    let reply = client.read("Groups", "?options=includeStaffMembers&type=RegGrp").await;
    for member in rows(&reply, "StaffMembers") {
        assert!(member["StaffId"].as_str().unwrap().starts_with("PWT-"), "{member}");
        assert!(member["GroupId"].as_str().unwrap().starts_with("GC-"), "{member}");
    }
}

#[tokio::test]
async fn the_kinds_of_groups_come_exactly_so() {
    let client = small_school().await;
    let reply = client.read("Groups", "?options=includeGroupTypes").await;
    let kind = |code: &str, words: &str| json!({"Id": code, "TypeCode": code, "TypeDescription": words, "ParentGroupTypeId": null});
    assert_eq!(
        reply["GroupTypes"],
        json!([
            kind("YearGrp", "Year groups"),
            kind("RegGrp", "Registration groups"),
            kind("TeachingGrp", "Teaching groups"),
            kind("HouseGrp", "Houses"),
        ])
    );
}

#[tokio::test]
async fn what_stands_beside_a_change_set_comes_exactly_so() {
    let client = small_school().await;
    let first = client.read("Students", "?options=includeLeavers&changedRows=%2A").await;
    let about = &first["__changedRows__"];
    let next = about[0]["NextChangedRows"].as_str().unwrap();
    assert!(next.len() == 32 && next.bytes().all(|byte| byte.is_ascii_hexdigit()), "{next}");
    assert_eq!(
        *about,
        json!([{
            "SnapshotDate": about[0]["SnapshotDate"],
            "SnapshotRP": DEFAULT_APP_ID,
            "PreviousChangedRows": null,
            "RequestedChangedRows": "*",
            "NextChangedRows": next,
            "NextUrl": format!("?changedRows={next}&options=includeLeavers"),
        }])
    );
    let again =
        client.read("Students", &format!("?options=includeLeavers&changedRows={next}")).await;
    let about = &again["__changedRows__"][0];
    assert_eq!(about["PreviousChangedRows"], next);
    assert_eq!(about["RequestedChangedRows"], next);
    assert_eq!(again["Students_deleted"], json!([]));
}

#[tokio::test]
async fn what_was_read_and_when_stands_in_one_row() {
    let client = small_school().await;
    for table in ["Students", "Staff", "Groups", "SchoolInfo"] {
        let meta = client.read(table, "").await["meta"].clone();
        let at = meta[0]["DateTime"].as_str().unwrap();
        assert!(is_time(at), "{at}");
        let expected = json!([{"Id": 1, "MIS": "simsnet", "Version": "4", "DateTime": at}]);
        assert_eq!(meta, expected, "{table}");
    }
}

/// Which fields a scope adds to a table.
const BY_SCOPE: [(Scope, &str, &str); 3] = [
    (Scope::Upn, "Students", "UPN FormerUPN"),
    (
        Scope::StudentExtended,
        "Students",
        "DateofBirth LegalForename LegalSurname MiddleName EntryDate LeavingDate EnrolmentStatus",
    ),
    (Scope::StaffPersonalContact, "Staff", "HomeEmail HomePhone"),
];

#[tokio::test]
async fn each_field_without_its_scope_is_absent_in_every_row_and_no_other_is() {
    let client = small_school().await;
    for (scope, table, fields) in BY_SCOPE {
        let whole = client.read(table, "").await;
        let grant = |scopes: BTreeSet<Scope>| {
            client.simulator.change(ESTAB, |school| school.authorisation.granted = scopes)
        };
        grant(Scope::TEMPLATE.into_iter().filter(|own| *own != scope).collect());
        let fewer = client.read(table, "").await;
        for (before, after) in rows(&whole, table).iter().zip(rows(&fewer, table)) {
            let gone: BTreeSet<&str> = keys(before).difference(&keys(after)).copied().collect();
            assert_eq!(gone, words(fields), "{scope:?}");
            assert!(keys(after).is_subset(&keys(before)), "{scope:?}");
        }
        grant(Scope::TEMPLATE.into());
    }
}

/// Which fields may be null; all others always have a value.
const NULLABLE: [(&str, &str, &str); 3] = [
    (
        "Students?options=includeLeavers,includePreAdmissions,includeGuests,includeSubsidiary",
        "Students",
        "RegGroupId RegGroup YearGroupId YearGroup HouseGroupId HouseGroup WorkEmail IdaasEmail \
         UPN FormerUPN MiddleName LeavingDate",
    ),
    (
        "Staff?options=includeFuture,includePrevious",
        "Staff",
        "Suffix WorkEmail IdaasEmail WorkPhone HomeEmail HomePhone StaffCode Title",
    ),
    ("Groups", "Group", "PrimaryStaffId Staff"),
];

#[tokio::test]
async fn what_is_not_recorded_is_null_where_it_may_be_and_everything_else_has_a_value() {
    let client = small_school().await;
    for (address, table, nullable) in NULLABLE {
        let reply = client.read(address, "").await;
        let nullable = words(nullable);
        for row in rows(&reply, table) {
            for (field, value) in row.as_object().unwrap() {
                assert!(!value.is_null() || nullable.contains(field.as_str()), "{table}: {field}");
                assert_ne!(value, "", "{table}: {field} is null rather than empty");
            }
        }
    }
    // What these tests lean on is there: nulls beside values in the same field.
    for (table, field) in
        [("Students", "FormerUPN"), ("Staff", "WorkEmail"), ("Staff", "HomeEmail")]
    {
        let reply = client.read(table, "").await;
        let nulls = rows(&reply, table).iter().filter(|row| row[field].is_null()).count();
        assert!((1..rows(&reply, table).len()).contains(&nulls), "{table}: {field}: {nulls}");
    }
}

/// A time as an MIS has it: no zone, up to seven fractional digits. Some days are written as such.
fn is_time(text: &str) -> bool {
    if text.len() == "2009-01-12".len() {
        return text.parse::<chrono::NaiveDate>().is_ok();
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let shape: String = whole.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    shape == "9999-99-99T99:99:99"
        && (1..=7).contains(&fraction.len())
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

#[tokio::test]
async fn every_time_is_written_without_a_zone() {
    let dialect = Dialect { ended_memberships: true, ..Dialect::default() };
    let client = with_school(SchoolSpec::new(ESTAB).pupils(60).staff(20).dialect(dialect)).await;
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for address in [
        "Students?options=includeLeavers,includePreAdmissions&changedRows=*",
        "Staff?options=includeFuture,includePrevious&changedRows=*",
        "Groups?options=includeStudentMembers,includeStaffMembers&changedRows=*",
        "SchoolInfo",
        "Health",
    ] {
        let reply = client.read(address, "").await;
        for (table, rows) in reply.as_object().unwrap() {
            for row in rows.as_array().unwrap() {
                for (field, value) in row.as_object().unwrap() {
                    let named_so = ["Date", "Updated", "DateofBirth", "LastRefresh"]
                        .iter()
                        .any(|name| field.ends_with(name))
                        || field == "DateTime";
                    let Some(text) = value.as_str().filter(|_| named_so) else { continue };
                    assert!(is_time(text), "{table}.{field}: {text}");
                    seen.insert((table.clone(), field.clone()));
                }
            }
        }
    }
    let fields = |table: &str| {
        let of = seen.iter().filter(|(own, _)| own == table);
        of.map(|(_, field)| field.as_str()).collect::<BTreeSet<_>>()
    };
    assert_eq!(fields("Students"), words("DateofBirth EntryDate LeavingDate LastUpdated"));
    assert_eq!(fields("Staff"), words("LastUpdated"));
    assert_eq!(fields("Group"), words("LastUpdated"));
    assert_eq!(fields("StudentMembers"), words("StartDate EndDate LastUpdated"));
    assert_eq!(fields("StaffMembers"), words("LastUpdated"));
    assert_eq!(fields("SchoolInfo"), words("LastUpdated"));
    assert_eq!(fields("Health"), words("LastRefresh"));
    assert_eq!(fields("meta"), words("DateTime"));
    assert_eq!(fields("__changedRows__"), words("SnapshotDate"));
}

#[tokio::test]
async fn days_are_written_as_days_changes_with_two_or_three_digits_and_ids_as_recorded() {
    let client = small_school().await;
    for row in rows(&client.read("Students", "").await, "Students") {
        for field in ["DateofBirth", "EntryDate"] {
            assert_eq!(row[field].as_str().unwrap().len(), 10, "{field}");
        }
        let changed = row["LastUpdated"].as_str().unwrap();
        let digits = changed.split_once('.').unwrap().1.len();
        assert!((2..=3).contains(&digits), "{changed}");
        let xid = row["XID"].as_str().unwrap();
        assert!(xid.len() == 7 && xid.starts_with('x'), "{xid}");
    }
}

#[tokio::test]
async fn days_and_changes_may_carry_an_offset() {
    let dialect = Dialect { offsets: true, ..Dialect::default() };
    let client = with_school(SchoolSpec::new(ESTAB).pupils(60).dialect(dialect)).await;
    for row in rows(&client.read("Students", "").await, "Students") {
        assert!(row["DateofBirth"].as_str().unwrap().ends_with("T00:00:00+01:00"));
        assert!(row["LastUpdated"].as_str().unwrap().ends_with("+01:00"));
    }
    let members = client.read("Groups", "?options=includeStudentMembers&type=RegGrp").await;
    let start = members["StudentMembers"][0]["StartDate"].as_str().unwrap();
    assert!(start.ends_with("+01:00"), "{start}");
}

#[tokio::test]
async fn a_sparse_feed_has_no_website_and_no_codes_of_support_staff() {
    let dialect = Dialect { sparse: true, ..Dialect::default() };
    let client = with_school(SchoolSpec::new(ESTAB).pupils(60).staff(20).dialect(dialect)).await;
    assert_eq!(client.read("SchoolInfo", "").await["SchoolInfo"][0]["Web"], Value::Null);
    for row in rows(&client.read("Staff", "").await, "Staff") {
        assert_eq!(row["StaffCode"].is_null(), row["IsTeacher"] == 0, "{row}");
    }
}

#[tokio::test]
async fn a_change_set_may_come_as_the_recorded_one() {
    let dialect = Dialect { changes_without_pages: true, ..Dialect::default() };
    let client = with_school(SchoolSpec::new(ESTAB).pupils(60).dialect(dialect)).await;
    let first = client.read("Students", "?changedRows=*&pageSize=50").await;
    let tables = words(
        "Students StudentSiblings Students_deleted StudentSiblings_deleted meta __changedRows__",
    );
    assert_eq!(keys(&first), tables);
    assert_eq!(first["meta"], json!([]));
    let hash = first["__changedRows__"][0]["NextChangedRows"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let again = client.read("Students", &format!("?changedRows={hash}&pageSize=50")).await;
        assert_eq!((keys(&again), &again["Students"]), (tables.clone(), &json!([])));
        let about = &again["__changedRows__"][0];
        assert_eq!(
            (&about["RequestedChangedRows"], &about["PreviousChangedRows"]),
            (&json!(hash), &json!("*"))
        );
    }
    let plain = client.read("Students", "?page=1&pageSize=50").await;
    assert_eq!(plain["__pagination__"][0]["RowCount"], 60, "other calls have their pages");
}

#[tokio::test]
async fn select_may_be_refused() {
    let dialect = Dialect { refuses_select: true, ..Dialect::default() };
    let client = with_school(SchoolSpec::new(ESTAB).pupils(60).dialect(dialect)).await;
    let refused = client.read("Students", "?select=Forename").await;
    assert_eq!(refused["ExceptionMessage"], "The parameter select is not supported.");
    assert_eq!(rows(&client.read("Students", "").await, "Students").len(), 60);
}
