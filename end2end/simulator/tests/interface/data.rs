use serde_json::{Value, json};
use xod_simulator::{
    Booleans, Dialect, SchoolSpec,
    school::{PupilStatus, Scope},
};

use crate::support::*;

const STUDENT: &str = "Id ExternalId IdaasId XID Forename Surname DisplayName Gender RegGroupId \
    RegGroup YearGroupId YearGroup HouseGroupId HouseGroup WorkEmail IdaasEmail StudentStatus \
    UPN FormerUPN DateofBirth LegalForename LegalSurname MiddleName EntryDate LeavingDate \
    EnrolmentStatus LastUpdated RowHash";

const STAFF: &str = "Id ExternalId IdaasId XID Title Suffix StaffCode StaffStatus Forename \
    Surname DisplayName WorkEmail IdaasEmail WorkPhone IsTeacher IsSupport HomeEmail HomePhone \
    LastUpdated RowHash";

const GROUP: &str = "Id XID ExternalId IdaasId Type Code Name PrimaryStaffId Staff NumStudents \
    RowHash LastUpdated";

#[tokio::test]
async fn students_come_as_documented() {
    let client = small_school().await;
    let reply = client.read("Students", "").await;
    assert_eq!(keys(&reply), words("Students StudentSiblings meta"), "no __pagination__");
    assert_eq!(rows(&reply, "Students").len(), 60);
    assert_eq!(reply["StudentSiblings"], json!([]));
    for student in rows(&reply, "Students") {
        assert_eq!(keys(student), words(STUDENT));
        assert_eq!(student["StudentStatus"], "OnRoll");
        assert_eq!(student["RowHash"].as_str().unwrap().len(), 40);
        assert!(student["IdaasId"].as_str().unwrap().starts_with("PL-"));
        assert_eq!(student["LeavingDate"], Value::Null);
        let born = student["DateofBirth"].as_str().unwrap();
        assert!(born.parse::<chrono::NaiveDate>().is_ok(), "{born}");
        let updated = student["LastUpdated"].as_str().unwrap();
        assert!(!updated.ends_with('Z') && updated.len() >= 19, "{updated}");
    }
    let years = column(&reply, "Students", "YearGroup");
    assert!(years.contains(&"Year  4") && years.contains(&"Reception"), "{years:?}");
    assert_eq!(keys(&reply["meta"][0]), words("Id MIS Version DateTime"));
    assert_eq!(reply["meta"][0]["MIS"], "simsnet");
}

#[tokio::test]
async fn staff_come_as_documented() {
    let client = small_school().await;
    let reply = client.read("Staff", "").await;
    assert_eq!(keys(&reply), words("Staff meta"));
    assert_eq!(rows(&reply, "Staff").len(), 20);
    for member in rows(&reply, "Staff") {
        assert_eq!(keys(member), words(STAFF));
        assert_eq!(member["StaffStatus"], "Current");
        assert!(member["IsTeacher"] == 1 || member["IsTeacher"] == 0);
        assert!(member["IdaasId"].as_str().unwrap().starts_with("PWT-"));
    }
    assert!(rows(&reply, "Staff").iter().any(|member| member["WorkEmail"].is_null()));
    let teachers = client.read("Staff", "?options=teachersOnly").await;
    assert!(rows(&teachers, "Staff").iter().all(|member| member["IsTeacher"] == 1));
    let all = client.read("Staff", "?options=includeFuture,includePrevious").await;
    assert_eq!(rows(&all, "Staff").len(), 23);
}

#[tokio::test]
async fn groups_come_in_a_table_in_the_singular() {
    let client = small_school().await;
    let reply = client.read("Groups", "").await;
    assert_eq!(keys(&reply), words("Group StaffMembers StudentMembers GroupTypes meta"));
    for beside in ["StaffMembers", "StudentMembers", "GroupTypes"] {
        assert_eq!(reply[beside], json!([]));
    }
    for group in rows(&reply, "Group") {
        assert_eq!(keys(group), words(GROUP));
        assert!(group["NumStudents"].as_u64().unwrap() > 0);
    }
    let year = rows(&reply, "Group").iter().find(|group| group["Name"] == "Year  1").unwrap();
    assert_eq!(year["Code"], "1");
    assert_eq!(year["Type"], "YearGrp");
    assert!(year["IdaasId"].as_str().unwrap().starts_with("GY-"));
    for kind in ["YearGrp", "RegGrp", "TeachingGrp", "HouseGrp"] {
        let reply = client.read("Groups", &format!("?type={kind}")).await;
        assert!(!rows(&reply, "Group").is_empty());
        assert!(rows(&reply, "Group").iter().all(|group| group["Type"] == kind));
    }
    let by_code = client.read("Groups", "?Code=N2").await;
    assert_eq!(column(&by_code, "Group", "Name"), ["Year  N2"]);
}

#[tokio::test]
async fn members_come_beside_their_groups() {
    let client = small_school().await;
    let query = "?options=includeStudentMembers,includeStaffMembers,includeGroupTypes,\
                 includeSubjects,includeMembersIds";
    let reply = client.read("Groups", query).await;
    let member = &reply["StudentMembers"][0];
    assert_eq!(
        keys(member),
        words(
            "Id GroupId StudentId GroupExternalId StudentExternalId StudentIdaasId GroupIdaasId \
             RowHash LastUpdated StartDate EndDate"
        )
    );
    let in_years = rows(&reply, "StudentMembers")
        .iter()
        .filter(|row| row["GroupIdaasId"].as_str().unwrap().starts_with("GY-"));
    assert_eq!(in_years.count(), 60);
    assert!(keys(&reply["StaffMembers"][0]).is_superset(&words("Id GroupId StaffId StaffRole")));
    assert_eq!(rows(&reply, "GroupTypes").len(), 4);
    let maths = rows(&reply, "Group").iter().find(|group| group["SubjectCode"] == "MA").unwrap();
    assert_eq!(maths["SubjectName"], "Mathematics");
    let ids = maths["StudentIds"].as_str().unwrap().split(',').count();
    assert_eq!(ids as u64, maths["NumStudents"].as_u64().unwrap());
}

#[tokio::test]
async fn ids_of_members_are_plain_or_prefixed() {
    let plain = small_school().await.read("Groups", "?options=includeStudentMembers").await;
    let id = plain["StudentMembers"][0]["StudentId"].as_str().unwrap();
    assert!(id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");

    let dialect = Dialect { prefixed_member_ids: true, ..Dialect::default() };
    let client = with_school(SchoolSpec::new(ESTAB).pupils(60).dialect(dialect)).await;
    let prefixed = client.read("Groups", "?options=includeStudentMembers&type=RegGrp").await;
    let member = &prefixed["StudentMembers"][0];
    assert!(member["StudentId"].as_str().unwrap().starts_with("PL-"));
    assert!(member["GroupId"].as_str().unwrap().starts_with("GC-"));
}

#[tokio::test]
async fn memberships_that_ended_come_where_the_feed_has_them() {
    let ended = |reply: &Value| {
        rows(reply, "StudentMembers").iter().filter(|row| !row["EndDate"].is_null()).count()
    };
    let plain = small_school().await.read("Groups", "?options=includeStudentMembers").await;
    assert_eq!(ended(&plain), 0);
    let dialect = Dialect { ended_memberships: true, ..Dialect::default() };
    let client = with_school(SchoolSpec::new(ESTAB).pupils(60).dialect(dialect)).await;
    assert!(ended(&client.read("Groups", "?options=includeStudentMembers").await) > 0);
}

#[tokio::test]
async fn newer_feeds_write_some_things_otherwise() {
    let dialect = Dialect {
        xid_as_id: true,
        booleans: Booleans::Text,
        newer_fields: true,
        ..Dialect::default()
    };
    let client = with_school(SchoolSpec::new(ESTAB).pupils(60).dialect(dialect)).await;
    let student = client.read("Students", "").await["Students"][0].clone();
    assert_eq!(student["Id"], student["XID"]);
    assert!(keys(&student).is_superset(&words("DateOfBirth NCYear YearTaughtIn")));
    assert!(!keys(&student).contains("DateofBirth"));
    let staff = client.read("Staff", "").await;
    assert_eq!(staff["Staff"][0]["IsTeacher"], "1");
}

#[tokio::test]
async fn a_field_without_consent_is_an_absent_key() {
    let client = small_school().await;
    client.simulator.change(ESTAB, |school| {
        school.authorisation.granted =
            [Scope::SchoolLite, Scope::StaffLite, Scope::StudentLite].into();
    });
    let student = &client.read("Students", "").await["Students"][0];
    for field in words("UPN FormerUPN DateofBirth LegalForename MiddleName EnrolmentStatus") {
        assert!(!keys(student).contains(field), "{field}");
    }
    let member = &client.read("Staff", "").await["Staff"][0];
    assert!(!keys(member).contains("HomeEmail"));

    client.simulator.change(ESTAB, |school| {
        school.authorisation.granted = [Scope::SchoolLite].into();
    });
    let refused = client.read("Students", "").await;
    assert_eq!(refused["ExceptionMessage"], "The school has not authorised StudentLite.");
}

#[tokio::test]
async fn the_last_page_still_names_a_next_one() {
    let client = small_school().await;
    let first = client.read("Students", "?pageSize=25").await;
    assert_eq!(
        first["__pagination__"],
        json!([{
            "PageSize": 25, "PageNumber": 1, "PageCount": 3, "RowCount": 60,
            "NextPage": "?page=2&pageSize=25",
        }])
    );
    assert_eq!(rows(&first, "meta").len(), 1);
    let last = client.read("Students", "?PAGE=3&pagesize=25").await;
    assert_eq!(rows(&last, "Students").len(), 10);
    assert_eq!(last["__pagination__"][0]["NextPage"], "?page=4&pageSize=25");
    assert_eq!(last["meta"], json!([]), "later pages leave it empty");
    let beyond = client.read("Students", "?page=4&pageSize=25").await;
    assert_eq!(beyond["Students"], json!([]));
}

#[tokio::test]
async fn pages_hold_everybody_once() {
    let client = small_school().await;
    let mut ids = Vec::new();
    for page in 1..=9 {
        let reply = client.read("Students", &format!("?page={page}&pageSize=7")).await;
        ids.extend(rows(&reply, "Students").iter().map(|row| row["Id"].clone()));
    }
    let whole = client.read("Students", "").await;
    let expected: Vec<Value> =
        rows(&whole, "Students").iter().map(|row| row["Id"].clone()).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn only_selected_fields_come() {
    let client = small_school().await;
    let reply = client.read("Students", "?select=forename,SURNAME,upn").await;
    assert_eq!(keys(&reply["Students"][0]), words("Id Forename Surname UPN"));
}

#[tokio::test]
async fn a_single_record_is_an_array_too() {
    let client = small_school().await;
    let all = client.read("students", "").await;
    let wanted = &all["Students"][5];
    for id in ["Id", "XID", "IdaasId", "ExternalId"] {
        let one = client.read("Students", &format!("/{}", wanted[id].as_str().unwrap())).await;
        assert_eq!(one["Students"], json!([wanted]), "by {id}");
    }
    let nobody = client.read("Students", "/999999").await;
    assert_eq!(nobody["Students"], json!([]));
}

#[tokio::test]
async fn only_those_on_roll_come_unless_more_are_asked_for() {
    let client = small_school().await;
    let count = async |query: &str| rows(&client.read("Students", query).await, "Students").len();
    assert_eq!(count("").await, 60);
    assert_eq!(count("?options=includeGuests").await, 61);
    assert_eq!(count("?options=INCLUDESUBSIDIARY").await, 62);
    assert_eq!(count("?options=includePreAdmissions").await, 63);
    let leavers = client.read("Students", "?options=includeLeavers&studentStatus=leaver").await;
    assert_eq!(rows(&leavers, "Students").len(), 5, "one left longer ago");
    for leaver in rows(&leavers, "Students") {
        assert!(leaver["LeavingDate"].is_string());
        assert_eq!(leaver["YearGroup"], Value::Null);
    }
    let in_the_mis = client.simulator.look(ESTAB, |school| {
        school.pupils.iter().filter(|pupil| pupil.status == PupilStatus::Leaver).count()
    });
    assert_eq!(in_the_mis, Some(6));
}

#[tokio::test]
async fn a_year_group_can_be_asked_for() {
    let client = small_school().await;
    let years = client.read("Groups", "?type=YearGrp").await;
    let year = &years["Group"][3];
    for id in ["Id", "IdaasId"] {
        let query = format!("?yearGroupId={}", year[id].as_str().unwrap());
        let students = client.read("Students", &query).await;
        assert_eq!(rows(&students, "Students").len() as u64, year["NumStudents"].as_u64().unwrap());
        assert!(rows(&students, "Students").iter().all(|row| row["YearGroup"] == year["Name"]));
    }
}

#[tokio::test]
async fn the_school_itself_is_one_row() {
    let client = small_school().await;
    let reply = client.read("SchoolInfo", "").await;
    let school = &reply["SchoolInfo"][0];
    assert_eq!(
        keys(school),
        words(
            "Id Name Head MainContact Telephone Web Email Phase Address EstabId \
             CurrentAcademicYear LastUpdated RowHash"
        )
    );
    assert_eq!(school["Id"], "1");
    assert_eq!(school["Name"], "Waterside Primary School");
    assert_eq!(school["CurrentAcademicYear"], "2025");
    let counts = client.read("Counts", "").await;
    assert_eq!(counts["Counts"][0], json!({"Area": "Students", "Count": 60}));
    assert_eq!(client.read("Health", "").await["Health"][0]["Status"], "OK");
}

#[tokio::test]
async fn groups_without_members_do_not_come() {
    let client = small_school().await;
    let before = rows(&client.read("Groups", "?type=RegGrp").await, "Group").len();
    client.simulator.change(ESTAB, |school| {
        let class = school.pupils.iter().find_map(|pupil| pupil.classes.first().copied()).unwrap();
        for pupil in &mut school.pupils {
            pupil.classes.retain(|own| *own != class);
        }
    });
    assert_eq!(rows(&client.read("Groups", "?type=RegGrp").await, "Group").len(), before - 1);
}

#[tokio::test]
async fn people_left_out_do_not_come_and_some_are_listed() {
    let client = small_school().await;
    let all = client.read("Students", "").await;
    let id = client
        .simulator
        .change(ESTAB, |school| {
            let pupil = school.pupils.first().unwrap();
            school.authorisation.left_out_pupils.insert(pupil.id);
            let class = school.pupils.last().unwrap().clone();
            assert!(class.classes.is_empty(), "the last is not on roll yet");
            let other = school.pupils.iter().find(|pupil| pupil.nc_year == 6).unwrap();
            school.authorisation.left_out_groups.extend(other.year_group);
            school.pupils.first().unwrap().id.to_string()
        })
        .unwrap();
    let fewer = client.read("Students", "").await;
    let gone = rows(&all, "Students").len() - rows(&fewer, "Students").len();
    let year_six =
        rows(&all, "Students").iter().filter(|row| row["YearGroup"] == "Year  6").count();
    assert_eq!(gone, 1 + year_six);
    let listed = client.get("/api/v1/GDPRIDs").await;
    assert_eq!(
        listed,
        json!({
            "GDPR": [{
                "IsOptIn": false, "Estab": ESTAB, "RelyingParty": "rollcall.localhost", "MIS": null,
                "StudentIds": [id], "StaffIds": [], "ContactIds": [], "OtherIds": [],
            }],
            "Message": null, "ExceptionType": null, "ExceptionMessage": null, "InnerException": null,
        }),
        "whole groups are not listed"
    );
}

#[tokio::test]
async fn a_change_set_holds_what_is_new_changed_and_gone() {
    let client = small_school().await;
    let first = client.read("Students", "?changedRows=%2A").await;
    assert_eq!(rows(&first, "Students").len(), 60);
    let about = &first["__changedRows__"][0];
    assert_eq!(
        keys(about),
        words(
            "SnapshotDate SnapshotRP PreviousChangedRows RequestedChangedRows NextChangedRows NextUrl"
        )
    );
    assert_eq!(about["RequestedChangedRows"], "*");
    assert_eq!(first["Students_deleted"], json!([]));
    let hash = about["NextChangedRows"].as_str().unwrap();
    assert_eq!(hash.len(), 32);

    let nothing = client.read("Students", &format!("?changedRows={hash}")).await;
    assert_eq!(nothing["Students"], json!([]));
    assert_eq!(nothing["Students_deleted"], json!([]));
    assert_eq!(nothing["__changedRows__"][0]["NextChangedRows"], hash);
    assert_eq!(nothing["__changedRows__"][0]["PreviousChangedRows"], hash);

    let gone = client
        .simulator
        .change(ESTAB, |school| {
            school.pupils[3].surname = "Newname".into();
            school.pupils.remove(1).id.to_string()
        })
        .unwrap();
    let changed = client.read("Students", &format!("?changedRows={hash}&pageSize=10")).await;
    assert_eq!(column(&changed, "Students", "Surname"), ["Newname"]);
    assert_eq!(changed["Students_deleted"], json!([{"Id": gone}]));
    assert_eq!(changed["__pagination__"][0]["RowCount"], 1, "the set is taken before paging");
}

#[tokio::test]
async fn other_options_and_a_narrower_consent_give_false_deletions() {
    let client = small_school().await;
    let hash =
        |reply: &Value| reply["__changedRows__"][0]["NextChangedRows"].as_str().unwrap().to_owned();
    let with_leavers = client.read("Students", "?options=includeLeavers&changedRows=*").await;
    let without = client.read("Students", &format!("?changedRows={}", hash(&with_leavers))).await;
    assert_eq!(rows(&without, "Students_deleted").len(), 5);
    client.simulator.change(ESTAB, |school| {
        let year = school.pupils.iter().find(|pupil| pupil.nc_year == 6).unwrap().year_group;
        school.authorisation.left_out_groups.extend(year);
    });
    let narrowed = client.read("Students", &format!("?changedRows={}", hash(&without))).await;
    assert!(!rows(&narrowed, "Students_deleted").is_empty());
}

#[tokio::test]
async fn an_unknown_change_set_is_answered_with_everything() {
    let client = small_school().await;
    let reply = client.read("Students", "?changedRows=00000000000000000000000000000000").await;
    assert_eq!(rows(&reply, "Students").len(), 60);
    assert_eq!(reply["__changedRows__"][0]["PreviousChangedRows"], Value::Null);
}

#[tokio::test]
async fn rows_changed_since_a_day_can_be_asked_for() {
    let client = small_school().await;
    let none = client.read("Students", "?updatedSince=2026-01-01").await;
    assert_eq!(none["Students"], json!([]));
    let all = client.read("Students", "?updatedSince=2020-01-01T00:00:00").await;
    assert_eq!(rows(&all, "Students").len(), 60);
    let refused = client.read("Students", "?updatedSince=yesterday").await;
    assert_eq!(refused["ExceptionMessage"], "updatedSince is not a date.");
}

#[tokio::test]
async fn a_large_school_can_be_read_page_by_page() {
    let client = with_school(SchoolSpec::new(ESTAB).pupils(20_000)).await;
    let last = client.read("Students", "?page=20&pageSize=1000").await;
    assert_eq!(rows(&last, "Students").len(), 1000);
    assert_eq!(last["__pagination__"][0]["PageCount"], 20);
}
