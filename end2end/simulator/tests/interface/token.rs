use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use xod_simulator::{Clock, Config, DEFAULT_MANAGEMENT_SECRET, SchoolSpec, Simulator};

use crate::support::*;

#[tokio::test]
async fn a_good_secret_gets_a_token_for_five_days() {
    let client = small_school().await;
    let reply = client.token_reply(&client.simulator.secret(ESTAB).unwrap()).await;
    assert_eq!(
        keys(&reply),
        words("token expires Message ExceptionType ExceptionMessage InnerException")
    );
    for name in ["Message", "ExceptionType", "ExceptionMessage", "InnerException"] {
        assert_eq!(reply[name], Value::Null);
    }
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
    assert_eq!(rows(&scopes, "Scopes").len(), 6);
    assert_eq!(keys(&scopes["Scopes"][0]), words("Name Category Description"));
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
