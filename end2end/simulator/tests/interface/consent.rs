use reqwest::Method;
use serde_json::{Value, json};
use xod_simulator::{DEFAULT_MANAGEMENT_SECRET, SchoolSpec, school::Scope};

use crate::support::*;

/// A client for one school that has not authorised anything, holding a management token.
async fn unconnected(spec: SchoolSpec) -> Client {
    let mut client = with_school(spec.pupils(60).unconnected()).await;
    let body = token_body("", DEFAULT_MANAGEMENT_SECRET);
    let reply = client.post("/api/oauth/GetToken", &body).await;
    client.token = reply["token"].as_str().unwrap().to_owned();
    client
}

fn registration(lea_code: &str, dfes_code: &str) -> Value {
    json!({
        "RegistrationType": "Live",
        "Schools": [{
            "LeaCode": lea_code,
            "DfesCode": dfes_code,
            "SchoolName": "Waterside Primary School",
            "SchoolContactFirstName": "Rachel",
            "SchoolContactLastName": "Penrose",
            "SchoolContactEmail": "head@waterside.example",
            "SchoolContactPhone": "01632 960001",
            "PartnerApplicationId": "rollcall.localhost",
            "PartnerName": "Rollcall",
            "PartnerRegisteredEmail": "schools@rollcall.example",
            "ScopesToAuthorise": ["SchoolLite", "StaffLite", "StudentLite", "UPN"],
            "AuthParams": null,
            "WeAcceptGroupcallUsagePolicy": true,
        }],
    })
}

/// Registers the school and gives the path of the link in the e-mail.
async fn invite(client: &Client) -> String {
    let reply = client.post("/api/Manage/SchoolRegister", &registration("328", "1102")).await;
    assert_eq!(
        reply,
        json!({"Schools": [
            {"LeaCode": "328", "DfesCode": "1102", "Status": "OK", "Message": null},
        ]})
    );
    newest_link(client).await
}

async fn newest_link(client: &Client) -> String {
    let emails = client.get("/_simulator/emails").await;
    let link = emails.as_array().unwrap().last().unwrap()["link"].as_str().unwrap();
    link.strip_prefix(&client.simulator.url()).unwrap().to_owned()
}

#[tokio::test]
async fn a_registered_school_gets_an_email_with_a_link() {
    let client = unconnected(SchoolSpec::new(ESTAB)).await;
    let link = invite(&client).await;
    let emails = client.get("/_simulator/emails").await;
    assert_eq!(emails[0]["to"], "head@waterside.example");
    assert_eq!(emails[0]["subject"], "Rollcall asks to read data from Waterside Primary School");
    let page = client.page(&link).await;
    for text in ["Share data with Rollcall", "Waterside Primary School", "Rachel Penrose", "UPN"] {
        assert!(page.contains(text), "{text} is missing from {page}");
    }
    assert!(!page.contains("scope-StudentExtended"), "only what was asked for");
}

#[tokio::test]
async fn a_school_that_does_not_exist_is_refused() {
    let client = unconnected(SchoolSpec::new(ESTAB)).await;
    let reply = client.post("/api/manage/schoolregister", &registration("328", "9999")).await;
    assert_eq!(reply["Schools"][0]["Message"], "School not found in EduBase");
    assert_ne!(reply["Schools"][0]["Status"], "OK");
}

#[tokio::test]
async fn registering_needs_a_management_token() {
    let client = small_school().await;
    let reply = client.post("/api/Manage/SchoolRegister", &registration("328", "1102")).await;
    assert_eq!(reply["ExceptionMessage"], "Registering schools needs a management token.");
}

#[tokio::test]
async fn approving_calls_the_application_back() {
    let mut client = unconnected(SchoolSpec::new(ESTAB)).await;
    let application = Application::of(&client).await;
    let link = invite(&client).await;
    let fields = [
        ("scope", "SchoolLite"),
        ("scope", "StaffLite"),
        ("scope", "StudentLite"),
        ("people", "everybody"),
    ];
    let page = client.submit(&format!("{link}/approve"), &fields).await;
    assert!(page.contains("You have approved this."), "{page}");
    let calls = application.calls();
    let [call] = calls.as_slice() else { panic!("{calls:?}") };
    let secret = client.simulator.secret(ESTAB).unwrap();
    let expected = [
        ("schoolSecret", secret.as_str()),
        ("schoolId", ESTAB),
        ("schoolEmail", "head@waterside.example"),
        ("schoolName", "Waterside Primary School"),
        ("templateScopes", "SchoolLite,StaffLite,StudentLite,UPN"),
        ("scopes", "SchoolLite,StaffLite,StudentLite"),
        ("thirdParty", "XporterOnDemand"),
        ("partnerId", "rollcall.localhost"),
    ];
    assert_eq!(call.len(), expected.len());
    for (name, value) in expected {
        assert_eq!(call[name], value, "{name}");
    }
    client.sign_in().await;
    assert_eq!(rows(&client.read("SchoolInfo", "").await, "SchoolInfo").len(), 1);
    assert!(!keys(&client.read("Students", "").await["Students"][0]).contains("UPN"));
}

#[tokio::test]
async fn approving_nothing_is_a_problem() {
    let client = unconnected(SchoolSpec::new(ESTAB)).await;
    let link = invite(&client).await;
    let (status, page) = client.submit_with_status(&format!("{link}/approve"), &[]).await;
    assert_eq!(status, 422);
    assert!(page.contains("Tick at least one data area"), "{page}");
    assert_eq!(client.simulator.secret(ESTAB), None);
}

#[tokio::test]
async fn while_people_are_chosen_the_feed_is_paused() {
    let mut client = unconnected(SchoolSpec::new(ESTAB)).await;
    let application = Application::of(&client).await;
    let link = invite(&client).await;
    let fields = [("scope", "SchoolLite"), ("scope", "StudentLite"), ("people", "choose")];
    let page = client.submit(&format!("{link}/approve"), &fields).await;
    assert!(page.contains("Leave people out"), "{page}");
    client.sign_in().await;
    assert_eq!(client.token, "", "no token while paused");

    let (class, pupil) = client
        .simulator
        .look(ESTAB, |school| {
            let pupil = school.pupils.iter().find(|pupil| !pupil.classes.is_empty()).unwrap();
            (pupil.classes[0], pupil.id.to_string())
        })
        .unwrap();
    let group = format!("{link}/people/{class}");
    assert!(client.page(&group).await.contains(&format!("person-{pupil}")));
    client.submit(&group, &[("person", &pupil)]).await;
    client.submit(&format!("{link}/people/finish"), &[]).await;
    assert_eq!(application.calls().len(), 2);

    client.sign_in().await;
    assert_eq!(rows(&client.read("Students", "").await, "Students").len(), 59);
    let listed = client.get("/api/v1/GDPRIDs").await;
    assert_eq!(listed["GDPR"][0]["StudentIds"], json!([pupil]));
}

#[tokio::test]
async fn another_person_gets_a_link_of_their_own() {
    let client = unconnected(SchoolSpec::new(ESTAB)).await;
    let first = invite(&client).await;
    let fields = [("name", "Ada Byron"), ("email", "ada@waterside.example")];
    client.submit(&format!("{first}/authoriser"), &fields).await;
    let emails = client.get("/_simulator/emails").await;
    assert_eq!(emails[1]["to"], "ada@waterside.example");
    let second = newest_link(&client).await;
    assert!(client.page(&second).await.contains("Ada Byron, ada@waterside.example"));
    assert!(client.page(&first).await.contains("This link has been replaced"));
    let (status, _) =
        client.submit_with_status(&format!("{first}/approve"), &[("scope", "UPN")]).await;
    assert_eq!(status, 410, "the first link decides nothing any more");
}

#[tokio::test]
async fn a_school_new_to_the_service_books_an_installation() {
    let mut client = unconnected(SchoolSpec::new(ESTAB).new_to_xod()).await;
    let application = Application::of(&client).await;
    let link = invite(&client).await;
    let fields = [("scope", "SchoolLite"), ("scope", "StudentLite")];
    client.submit(&format!("{link}/approve"), &fields).await;
    client.sign_in().await;
    assert_eq!(client.get("/api/v1/TokenDetails").await["Estab"], ESTAB);
    assert_eq!(client.read("SchoolInfo", "").await["SchoolInfo"], json!([]));

    let page = client.submit(&format!("{link}/installation"), &[("date", "2026-12-01")]).await;
    assert!(page.contains("1 December 2026"), "{page}");
    let (status, page) =
        client.submit_with_status(&format!("{link}/installation"), &[("date", "soon")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("Enter the date of the installation."));
    let page = client.submit(&format!("{link}/installed"), &[]).await;
    assert!(page.contains("The agent is installed"), "{page}");
    assert_eq!(rows(&client.read("SchoolInfo", "").await, "SchoolInfo").len(), 1);
    let calls = application.calls();
    assert_eq!(calls.len(), 2);
    assert!(!calls[0].contains_key("installCompleted"));
    assert_eq!(calls[1]["installCompleted"], "true");
}

#[tokio::test]
async fn authorising_again_issues_a_new_secret() {
    let mut client = unconnected(SchoolSpec::new(ESTAB)).await;
    let application = Application::of(&client).await;
    let link = invite(&client).await;
    let approve = format!("{link}/approve");
    client.submit(&approve, &[("scope", "SchoolLite")]).await;
    client.sign_in().await;
    client.submit(&approve, &[("scope", "SchoolLite"), ("scope", "UPN")]).await;
    let calls = application.calls();
    assert_ne!(calls[0]["schoolSecret"], calls[1]["schoolSecret"]);
    let refused = client.get("/api/v1/TokenDetails").await;
    assert_eq!(refused["ExceptionMessage"], "Token is missing, has expired or is not valid.");
    let old = client.token_reply(&calls[0]["schoolSecret"]).await;
    assert_eq!(old["token"], Value::Null);
}

#[tokio::test]
async fn a_school_declines() {
    let client = unconnected(SchoolSpec::new(ESTAB)).await;
    let application = Application::of(&client).await;
    let link = invite(&client).await;
    let page = client.submit(&format!("{link}/decline"), &[]).await;
    assert!(page.contains("You have declined this."), "{page}");
    assert!(application.calls().is_empty());
    let emails = client.get("/_simulator/emails").await;
    assert_eq!(emails[1]["to"], "schools@rollcall.example");
}

#[tokio::test]
async fn an_application_that_cannot_be_reached_is_told_again() {
    let client = unconnected(SchoolSpec::new(ESTAB)).await;
    client.simulator.set_callback("http://127.0.0.1:1/api/xod/callback");
    let link = invite(&client).await;
    let page = client.submit(&format!("{link}/approve"), &[("scope", "SchoolLite")]).await;
    assert!(page.contains("Rollcall could not be told of your decision."), "{page}");
    let application = Application::of(&client).await;
    let page = client.submit(&format!("{link}/tell"), &[]).await;
    assert!(!page.contains("could not be told"), "{page}");
    assert_eq!(application.calls().len(), 1);
}

#[tokio::test]
async fn an_unknown_link_is_not_found() {
    let client = small_school().await;
    assert!(client.page("/consent/unknown").await.contains("This link is not known."));
}

#[tokio::test]
async fn the_consent_can_be_narrowed_widened_and_revoked() {
    let client = small_school().await;
    let (status, school) = client
        .control(Method::PUT, "/consent", json!({"scopes": ["SchoolLite", "studentlite"]}))
        .await;
    assert_eq!((status, &school["scopes"]), (200, &json!(["SchoolLite", "StudentLite"])));
    let details = client.get("/api/v1/TokenDetails").await;
    assert_eq!(details["Scopes"], json!(["SchoolLite", "StudentLite"]), "the token still works");
    let (status, refused) =
        client.control(Method::PUT, "/consent", json!({"scopes": ["Everything"]})).await;
    assert_eq!((status, refused), (422, json!({"error": "there is no scope \"Everything\""})));
    client.control(Method::PUT, "/consent", json!({})).await;
    let granted =
        client.simulator.look(ESTAB, |school| school.authorisation.granted.clone()).unwrap();
    assert_eq!(granted, Scope::TEMPLATE.into());

    let secret = client.simulator.secret(ESTAB).unwrap();
    client.control(Method::POST, "/revoke", json!({})).await;
    assert!(client.get("/api/v1/TokenDetails").await["ExceptionMessage"].is_string());
    assert_eq!(client.token_reply(&secret).await["token"], Value::Null);
    assert_eq!(client.get("/_simulator/secrets").await, json!({}));
}
