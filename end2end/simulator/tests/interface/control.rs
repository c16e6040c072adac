use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

#[tokio::test]
async fn secrets_are_listed_by_school() {
    let client = small_school().await;
    let secret = client.simulator.secret(ESTAB).unwrap();
    assert_eq!(client.get("/_simulator/secrets").await, json!({ ESTAB: secret }));
}

#[tokio::test]
async fn a_school_is_added_while_the_simulator_runs() {
    let client = small_school().await;
    let spec =
        json!({"estab": "3281188", "name": "Hill School", "pupils": 40, "unconnected": true});
    let school = client.post("/_simulator/schools", &spec).await;
    assert_eq!(school["name"], "Hill School");
    assert_eq!(school["stage"], "unconnected");
    assert_eq!(school["secret"], Value::Null);
    assert_eq!(school["on_roll"], 40);
    let again = client.post("/_simulator/schools", &spec).await;
    assert_eq!(again, json!({"error": "there is a school 3281188 already"}));
    let wrong = client.post("/_simulator/schools", &json!({"estab": "3281189", "pupils": 5})).await;
    assert_eq!(wrong, json!({"error": "a school has 30 to 20000 pupils, not 5"}));
}

#[tokio::test]
async fn a_new_school_year_shows_in_the_feed() {
    let client = small_school().await;
    let before = client.read("Students", "").await;
    let (status, school) = client.control(Method::POST, "/advance-year", json!({})).await;
    assert_eq!((status, &school["academic_year"]), (200, &json!(2026)));
    let info = client.read("SchoolInfo", "").await;
    assert_eq!(info["SchoolInfo"][0]["CurrentAcademicYear"], "2026");
    let after = client.read("Students", "").await;
    let year_of = |reply: &Value, xid: &Value| {
        let found = rows(reply, "Students").iter().find(|row| row["XID"] == *xid);
        found.map(|row| row["YearGroup"].clone())
    };
    for student in rows(&before, "Students") {
        let next = year_of(&after, &student["XID"]);
        match student["YearGroup"].as_str().unwrap() {
            "Year  N2" => assert_eq!(next, Some("Reception".into())),
            "Reception" => assert_eq!(next, Some("Year  1".into())),
            "Year  6" => assert_eq!(next, None),
            year => {
                let number: u32 = year.trim_start_matches("Year  ").parse().unwrap();
                assert_eq!(next, Some(format!("Year  {}", number + 1).into()));
            }
        }
    }
    let leavers = client.read("Students", "?options=includeLeavers&studentStatus=Leaver").await;
    assert!(
        rows(&leavers, "Students").iter().any(|row| row["LeavingDate"] == "2026-07-22T00:00:00")
    );
}

#[tokio::test]
async fn people_are_added_edited_and_removed() {
    let client = small_school().await;
    let count = async || rows(&client.read("Students", "").await, "Students").len();
    let ada = json!({"forename": "Ada", "surname": "Byron", "year_group": "Year 4", "upn": null});
    let (status, pupil) = client.control(Method::POST, "/students", ada).await;
    assert_eq!((status, &pupil["legal_surname"]), (201, &json!("Byron")));
    assert_eq!(count().await, 61);
    let own = format!("/students/{}", pupil["id"]);

    let (status, pupil) = client
        .control(Method::PATCH, &own, json!({"surname": "Lovelace", "class": "3/4/5/6"}))
        .await;
    assert_eq!((status, &pupil["surname"]), (200, &json!("Lovelace")));
    let student =
        client.read("Students", &format!("/{}", pupil["id"])).await["Students"][0].clone();
    assert_eq!(
        (&student["Surname"], &student["YearGroup"]),
        (&json!("Lovelace"), &json!("Year  4"))
    );
    assert_eq!(student["UPN"], Value::Null);

    let (status, refused) = client.control(Method::PATCH, &own, json!({"class": "9Z"})).await;
    assert_eq!((status, refused), (422, json!({"error": "there is no RegGrp \"9Z\""})));
    let (status, _) = client.control(Method::PATCH, &own, json!({"shoe_size": 3})).await;
    assert_eq!(status, 422);

    client.control(Method::DELETE, &own, json!({})).await;
    assert_eq!(count().await, 60);
    let (status, leaver) = client.control(Method::GET, &own, json!({})).await;
    assert_eq!((status, &leaver["status"]), (200, &json!("Leaver")));
    client.control(Method::DELETE, &format!("{own}?as=vanished"), json!({})).await;
    assert_eq!(client.control(Method::GET, &own, json!({})).await.0, 404);
}

#[tokio::test]
async fn staff_and_groups_are_changed_too() {
    let client = small_school().await;
    let alan =
        json!({"forename": "Alan", "surname": "Turing", "work_email": null, "is_teacher": true});
    let (_, member) = client.control(Method::POST, "/staff", alan).await;
    assert_eq!(member["work_email"], Value::Null);
    let own = format!("/staff/{}", member["id"]);
    let (_, member) =
        client.control(Method::PATCH, &own, json!({"work_email": "alan@waterside.example"})).await;
    assert_eq!(member["work_email"], "alan@waterside.example");
    client.control(Method::DELETE, &own, json!({})).await;
    assert_eq!(rows(&client.read("Staff", "").await, "Staff").len(), 20);

    let (_, group) = client.control(Method::PATCH, "/groups/GY-1", json!({"name": "Y1"})).await;
    assert_eq!(group, json!({"error": "there is no group \"GY-1\""}));
    let (_, people) = client.control(Method::GET, "/people", json!({})).await;
    let year = rows(&people, "groups").iter().find(|group| group["name"] == "Year  6").unwrap();
    let path = format!("/groups/{}", year["id"]);
    let (_, group) =
        client.control(Method::PATCH, &path, json!({"name": "Curriculum Year 6"})).await;
    assert_eq!(group["name"], "Curriculum Year 6");
    let years = client.read("Groups", "?type=YearGrp").await;
    assert!(column(&years, "Group", "Name").contains(&"Curriculum Year 6"));
}

#[tokio::test]
async fn a_change_of_mis_gives_everybody_new_ids() {
    let client = small_school().await;
    let before = client.read("Students", "").await;
    client.control(Method::POST, "/change-mis", json!({})).await;
    let after = client.read("Students", "").await;
    assert_eq!(after["meta"][0]["MIS"], "arbor");
    for (old, new) in rows(&before, "Students").iter().zip(rows(&after, "Students")) {
        assert_eq!(old["UPN"], new["UPN"]);
        for id in ["Id", "ExternalId", "XID"] {
            assert_ne!(old[id], new[id], "{id}");
        }
    }
    assert_eq!(client.control(Method::POST, "/pause", json!({})).await.0, 200);
}

#[tokio::test]
async fn people_can_be_listed_without_being_taken_out_of_the_feed() {
    let client = small_school().await;
    client.control(Method::PUT, "/gdpr", json!({"opt_in": true, "students": ["12"]})).await;
    let listed = client.get("/api/v1/GDPRIDs").await;
    assert_eq!(listed["GDPR"][0]["IsOptIn"], true);
    assert_eq!(listed["GDPR"][0]["StudentIds"], json!(["12"]));
    assert_eq!(rows(&client.read("Students", "").await, "Students").len(), 60);
}

#[tokio::test]
async fn tokens_expire_on_demand_and_the_clock_can_be_put_forward() {
    let mut client = small_school().await;
    client.control(Method::POST, "/expire-tokens", json!({})).await;
    assert!(client.get("/api/v1/TokenDetails").await["ExceptionMessage"].is_string());
    client.sign_in().await;
    assert_eq!(client.get("/api/v1/TokenDetails").await["Estab"], ESTAB);
    client.post("/_simulator/clock", &json!({"seconds": 6 * 24 * 3600})).await;
    assert!(client.get("/api/v1/TokenDetails").await["ExceptionMessage"].is_string());
}

#[tokio::test]
async fn the_page_shows_schools_and_offers_the_same_as_buttons() {
    let client = small_school().await;
    let page = client.page("/_simulator").await;
    for text in ["Waterside Primary School", "Begin the next school year", "Revoke the consent"] {
        assert!(page.contains(text), "{text}");
    }
    let at = format!("/_simulator/schools/{ESTAB}");
    let page = client.submit(&format!("{at}/advance-year"), &[]).await;
    assert!(page.contains("2026/27"), "a browser comes back to the school's page: {page}");
    let page = client.submit(&format!("{at}/consent"), &[("scopes", ""), ("scopes", "UPN")]).await;
    assert!(page.contains("<dd>UPN</dd>"), "{page}");

    let fields = [("forename", "Ada"), ("surname", "Byron"), ("year_group", ""), ("class", "")];
    client.submit(&format!("{at}/students"), &fields).await;
    let found = client.page(&format!("{at}?q=ada+byron")).await;
    assert!(found.contains("1 found") && found.contains("Ada Byron"), "{found}");
    let (_, people) = client.control(Method::GET, "/people", json!({})).await;
    let ada = rows(&people, "students").iter().find(|row| row["surname"] == "Byron").unwrap();
    let own = format!("{at}/students/{}", ada["id"]);
    assert!(client.page(&own).await.contains("value=\"Byron\""));
    client.submit(&own, &[("surname", "Lovelace")]).await;
    client.submit(&format!("{own}/remove?as=leaver"), &[]).await;
    let (_, ada) =
        client.control(Method::GET, &format!("/students/{}", ada["id"]), json!({})).await;
    assert_eq!((&ada["surname"], &ada["status"]), (&json!("Lovelace"), &json!("Leaver")));
}

#[tokio::test]
async fn an_unknown_school_is_refused() {
    let client = small_school().await;
    let reply = client.post("/_simulator/schools/9999999/advance-year", &json!({})).await;
    assert_eq!(reply, json!({"error": "there is no school 9999999"}));
}

#[tokio::test]
async fn a_person_with_a_browser_is_told_what_is_wrong() {
    let client = small_school().await;
    let (status, page) =
        client.submit_with_status("/_simulator/schools", &[("estab", "12"), ("name", "")]).await;
    assert_eq!(status, 422);
    assert!(
        page.contains("<h1>Nothing was changed</h1>") && page.contains("seven digits"),
        "{page}"
    );
}

#[tokio::test]
async fn whole_groups_are_left_out_by_their_names_and_come_back() {
    let client = small_school().await;
    let years = async || {
        let reply = client.read("Students", "").await;
        column(&reply, "Students", "YearGroup").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = years().await;
    let (status, _) = client.control(Method::PUT, "/left-out", json!({"groups": ["year 6"]})).await;
    assert_eq!(status, 200);
    let fewer = years().await;
    assert!(fewer.len() < all.len() && !fewer.contains(&"Year  6".to_owned()));
    assert_eq!(client.get("/api/v1/GDPRIDs").await["GDPR"][0]["StudentIds"], json!([]));
    let (status, refused) =
        client.control(Method::PUT, "/left-out", json!({"groups": ["Year 99"]})).await;
    assert_eq!((status, refused), (422, json!({"error": "there is no group \"Year 99\""})));
    client.control(Method::PUT, "/left-out", json!({"groups": []})).await;
    assert_eq!(years().await, all);
}
