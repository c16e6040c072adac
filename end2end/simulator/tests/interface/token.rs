use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use xod_simulator::{Clock, Config, DEFAULT_MANAGEMENT_SECRET, Dialect, SchoolSpec, Simulator};

use crate::support::*;

#[tokio::test]
async fn a_good_secret_gets_a_token_for_five_days() {
    let client = small_school().await;
    let reply = client.token_reply(&client.simulator.secret(ESTAB).unwrap()).await;
    assert_eq!(keys(&reply), words("token expires Message ExceptionMessage"));
    for name in ["Message", "ExceptionMessage"] {
        assert_eq!(reply[name], Value::Null);
    }
    assert_eq!(reply["token"].as_str().unwrap().len(), 664);
    let expires = reply["expires"].as_str().unwrap();
    let fraction = expires.split_once('.').unwrap().1.strip_suffix('Z').unwrap();
    assert!(matches!(fraction.len(), 6 | 7), "{expires}");
    let expires: DateTime<Utc> = expires.parse().unwrap();
    let left = expires - Clock::system().now();
    assert!((TimeDelta::minutes(7199)..=TimeDelta::days(5)).contains(&left), "{left}");
}

#[tokio::test]
async fn a_wrong_secret_is_a_failure_at_http_200() {
    let client = small_school().await;
    let request = client.http.post(client.at("/api/oauth/GetToken"));
    let reply = request.json(&token_body(ESTAB, "wrong")).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let reply: Value = reply.json().await.unwrap();
    assert_eq!(
        reply,
        json!({
            "token": null,
            "expires": "0001-01-01T00:00:00",
            "Message": null,
            "ExceptionType": null,
            "ExceptionMessage": "Relying Party not found for estab or secret not correct",
            "InnerException": null,
        })
    );
}

#[tokio::test]
async fn both_paths_and_any_capitals_and_a_form_are_understood() {
    let client = small_school().await;
    let secret = client.simulator.secret(ESTAB).unwrap();
    for path in [
        "/api/oauth/GetToken",
        "/idaas/sts/STS/GetToken",
        "/API/OAUTH/gettoken",
        "/Idaas/Sts/sts/getToken",
        "/api/oauth/GetToken/",
    ] {
        let body = json!({
            "Estab": ESTAB,
            "RELYINGPARTY": "rollcall.localhost",
            "Password": secret,
            "thirdPartyId": "XporterOnDemand",
        });
        assert!(client.post(path, &body).await["token"].is_string(), "{path}");
    }
    let form = format!(
        "estab={ESTAB}&relyingParty=rollcall.localhost&password={secret}&thirdPartyId=XporterOnDemand"
    );
    let request = client.http.post(client.at("/api/oauth/GetToken"));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let reply: Value = request.send().await.unwrap().json().await.unwrap();
    assert!(reply["token"].is_string(), "{reply}");
}

#[tokio::test]
async fn another_application_gets_no_token() {
    let client = small_school().await;
    let mut body = token_body(ESTAB, &client.simulator.secret(ESTAB).unwrap());
    body["relyingParty"] = "other.example".into();
    assert_eq!(client.post("/api/oauth/GetToken", &body).await["token"], Value::Null);
}

#[tokio::test]
async fn the_management_secret_gets_a_token_without_a_school() {
    let mut client = small_school().await;
    let body = token_body("", DEFAULT_MANAGEMENT_SECRET);
    let reply = client.post("/api/oauth/GetToken", &body).await;
    client.token = reply["token"].as_str().unwrap().to_owned();
    assert_eq!(client.get("/api/v1/TokenDetails").await["Estab"], "");
    let refused = client.read("Students", "").await;
    assert_eq!(refused["ExceptionMessage"], "The token is not for a school.");
}

#[tokio::test]
async fn token_details_say_what_was_granted() {
    let client = small_school().await;
    let details = client.get("/api/v1/TokenDetails").await;
    assert_eq!(
        keys(&details),
        words(
            "Estab Expires Name RelyingParty Scopes Message ExceptionType ExceptionMessage \
             InnerException"
        )
    );
    assert_eq!(details["Estab"], ESTAB);
    assert_eq!(details["RelyingParty"], "rollcall.localhost");
    assert_eq!(details["Name"], "Rollcall");
    assert_eq!(
        details["Scopes"],
        json!([
            "SchoolLite",
            "StaffLite",
            "StudentLite",
            "UPN",
            "StudentExtended",
            "StaffPersonalContact"
        ])
    );
}

#[tokio::test]
async fn the_scopes_are_listed_with_their_descriptions() {
    let client = small_school().await;
    let scopes = client.get("/api/v1/scopes").await;
    assert_eq!(rows(&scopes, "Scopes").len(), 46);
    assert_eq!(keys(&scopes["Scopes"][0]), words("Name Category Description"));
    let names = column(&scopes, "Scopes", "Name");
    for name in ["School", "SchoolLite", "UPN", "SENTypes", "WritebackPhotos"] {
        assert!(names.contains(&name), "{name}");
    }
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 46);
}

const FULL: [&str; 3] = ["School", "Staff", "Student"];

#[tokio::test]
async fn a_school_whose_token_lists_the_full_scopes_answers_to_the_lite_ones() {
    let dialect = Dialect { full_scopes: true, ..Dialect::default() };
    let client = with_school(SchoolSpec::new(ESTAB).pupils(60).dialect(dialect)).await;
    let details = client.get("/api/v1/TokenDetails").await;
    let others = ["UPN", "StudentExtended", "StaffPersonalContact"];
    assert_eq!(details["Scopes"], json!([FULL.as_slice(), &others].concat()));
    for table in ["Students", "Staff", "SchoolInfo", "Groups"] {
        assert_eq!(client.read(table, "").await["ExceptionMessage"], Value::Null, "{table}");
    }
    let application = Application::of(&client).await;
    client.control(Method::POST, "/authorise", json!({ "scopes": ["SchoolLite", "UPN"] })).await;
    assert_eq!(application.calls()[0]["scopes"], "School,UPN");
}

#[tokio::test]
async fn the_full_scopes_can_be_granted_as_such_and_bring_more_with_them() {
    let client = small_school().await;
    let few = client.read("Students", "").await;
    let consent = json!({ "scopes": FULL });
    let (status, school) = client.control(Method::PUT, "/consent", consent).await;
    assert_eq!((status, &school["scopes"]), (200, &json!(FULL)));
    assert_eq!(client.get("/api/v1/TokenDetails").await["Scopes"], json!(FULL));
    let students = client.read("Students", "").await;
    assert_eq!(rows(&students, "Students").len(), rows(&few, "Students").len());
    let student = &students["Students"][0];
    assert!(!keys(student).contains("UPN"), "a full scope covers its Lite one only");
    let ids = student["GroupIds"].as_str().unwrap();
    assert!(ids.split(',').any(|id| student["RegGroupId"] == id), "{ids}");
    let staff = client.read("Staff", "").await;
    assert!(rows(&staff, "Staff").iter().any(|row| row["RegGroup"].is_string()));
}

#[tokio::test]
async fn how_a_feed_writes_is_set_on_the_control_page_and_by_scripts() {
    let client = small_school().await;
    let (status, school) =
        client.control(Method::PUT, "/dialect", json!({ "full_scopes": true })).await;
    assert_eq!((status, &school["dialect"]["full_scopes"]), (200, &json!(true)));
    assert_eq!(school["scopes"][0], "School");
    let page = client.page(&format!("/_simulator/schools/{ESTAB}")).await;
    assert!(page.contains(r#"name="full_scopes" id="dialect-full_scopes" value="true" checked"#));
    let form = [("offsets", "true"), ("booleans", "text")];
    client.submit(&format!("/_simulator/schools/{ESTAB}/dialect"), &form).await;
    let dialect = client.simulator.look(ESTAB, |school| school.dialect()).unwrap();
    let booleans = xod_simulator::Booleans::Text;
    assert_eq!(dialect, Dialect { offsets: true, booleans, ..Dialect::default() });
    let (status, _) = client.control(Method::PUT, "/dialect", json!({ "accent": true })).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn a_pause_may_show_only_by_a_member_of_the_token_reply() {
    let dialect = Dialect { pause_as_member: true, ..Dialect::default() };
    let client = with_school(SchoolSpec::new(ESTAB).pupils(60).dialect(dialect)).await;
    client.control(Method::POST, "/pause", json!({})).await;
    let secret = client.simulator.secret(ESTAB).unwrap();
    assert_eq!(
        client.token_reply(&secret).await,
        json!({
            "token": null,
            "expires": "0001-01-01T00:00:00",
            "Message": null,
            "ExceptionMessage": null,
            "AuthorisationPaused": true,
        })
    );
    assert!(client.token_reply("wrong").await["ExceptionMessage"].is_string());
}

#[tokio::test]
async fn a_bearer_token_is_not_enough() {
    let client = small_school().await;
    let request = client.http.get(client.at("/api/v1/TokenDetails"));
    let reply = request.bearer_auth(&client.token).send().await.unwrap();
    assert_eq!(reply.status(), 200, "real codes are shown only on request");
    let reply: Value = reply.json().await.unwrap();
    assert_eq!(keys(&reply), words("Message ExceptionType ExceptionMessage InnerException"));
    assert_eq!(reply["ExceptionMessage"], "Token is missing, has expired or is not valid.");
}

#[tokio::test]
async fn real_status_codes_are_given_on_request() {
    let client = small_school().await;
    let token = client.at("/api/oauth/GetToken?HttpStatusCodes=true");
    let body = token_body(ESTAB, "wrong");
    let reply = client.http.post(token).json(&body).send().await.unwrap();
    assert_eq!(reply.status(), 401);
    assert_eq!(client.status("/api/v1/School/3281103/Students?httpStatusCodes=true").await, 403);
    assert_eq!(client.status("/api/v1/School/3281102/Parents?httpStatusCodes=true").await, 404);
    assert_eq!(client.status("/api/v1/School/3281102/Parents").await, 200);
}

#[tokio::test]
async fn a_token_ends_after_five_days_and_with_a_new_authorisation() {
    let clock = Clock::fixed("2026-01-05T09:00:00Z".parse().unwrap());
    let school = SchoolSpec::new(ESTAB).pupils(30);
    let config = Config { clock: clock.clone(), ..Config::on_a_free_port([school]) };
    let simulator = Simulator::start(config).await.unwrap();
    let mut client = Client { simulator, http: reqwest::Client::new(), token: String::new() };

    client.sign_in().await;
    clock.advance(TimeDelta::days(5) - TimeDelta::seconds(1));
    assert_eq!(client.get("/api/v1/TokenDetails").await["Estab"], ESTAB);
    clock.advance(TimeDelta::seconds(1));
    assert!(client.get("/api/v1/TokenDetails").await["ExceptionMessage"].is_string());

    client.sign_in().await;
    let old_secret = client.simulator.secret(ESTAB).unwrap();
    client.simulator.change(ESTAB, |school| {
        let granted = school.authorisation.granted.clone();
        school.authorisation.authorise(granted);
    });
    assert!(client.get("/api/v1/TokenDetails").await["ExceptionMessage"].is_string());
    assert_eq!(client.token_reply(&old_secret).await["token"], Value::Null);
    client.sign_in().await;
    assert_eq!(client.get("/api/v1/TokenDetails").await["Estab"], ESTAB);
}

#[tokio::test]
async fn a_paused_school_says_so_to_everything() {
    let client = small_school().await;
    client.simulator.change(ESTAB, |school| school.authorisation.paused = true);
    let reply = client.token_reply(&client.simulator.secret(ESTAB).unwrap()).await;
    assert_eq!(reply["token"], Value::Null);
    let message = "Authorisation is currently paused while the school finalises the selection \
                   of people they wish to include in this feed.";
    assert_eq!(reply["ExceptionMessage"], message);
    assert_eq!(client.read("Students", "").await["ExceptionMessage"], message);
}
