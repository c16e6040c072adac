//! The set-up of the connection, with the simulator as Groupcall: invitation, consent, callback.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use rollcall_shared::connection::{Authoriser, ConnectionState as State, ConnectionView, Invite};
use rollcall_shared::people::Role;
use rollcall_shared::problem::Kind;
use rollcall_shared::routes;
use rollcall_shared::scopes::Scope;
use rollcall_store::schools::StoredSchool;
use serde_json::Value;
use tokio::net::TcpListener;
use xod_simulator::{Config, Running, SchoolSpec, Simulator};

use crate::support::{Browser, Reply, Server, send};

/// A server that listens, a simulator that calls it back, and an admin.
struct Bench {
    server: Server,
    simulator: Running,
    school: StoredSchool,
    admin: Browser,
}

impl Bench {
    async fn new(spec: SchoolSpec) -> Self {
        let simulator = Simulator::start(Config::on_a_free_port([spec])).await.unwrap();
        let server = Server::with(&format!("xod_url = \"{}\"", simulator.url())).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        simulator.set_callback(format!("http://{address}{}", routes::XOD_CALLBACK));
        let service = server.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let (school, admin) = server.waterside().await;
        Self { server, simulator, school, admin }
    }

    async fn connection(&mut self) -> ConnectionView {
        self.admin.get(routes::CONNECTION).await.json()
    }

    /// The link in the last e-mail that the simulated service sent, and whom it went to.
    async fn consent_link(&self) -> (String, String) {
        let url = format!("{}/_simulator/emails", self.simulator.url());
        let emails = reqwest::get(url).await.unwrap().text().await.unwrap();
        let emails: Vec<Value> = serde_json::from_str(&emails).unwrap();
        let last = emails.last().unwrap();
        (last["link"].as_str().unwrap().into(), last["to"].as_str().unwrap().into())
    }

    /// What the school does on its consent page.
    async fn consent(&self, action: &str, form: &str) {
        let (link, _) = self.consent_link().await;
        let reply = reqwest::Client::new()
            .post(format!("{link}/{action}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.to_owned())
            .send()
            .await
            .unwrap();
        assert!(reply.status().is_success(), "{action}: {}", reply.status());
    }
}

/// Sends what claims to be Groupcall's callback.
async fn call_back(server: &Server, form: &str) -> Reply {
    let request = Request::post(routes::XOD_CALLBACK)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()));
    send(&server.router, request.unwrap()).await
}

const REQUIRED: &str = "scope=SchoolLite&scope=StaffLite&scope=StudentLite";

fn unconnected() -> SchoolSpec {
    SchoolSpec::new("3281102").pupils(30).unconnected()
}

fn una() -> Invite {
    let una = Authoriser {
        forename: "Una".into(),
        surname: "Head".into(),
        email: "una@waterside.example".into(),
        phone: None,
    };
    Invite { optional_scopes: vec![Scope::Upn], authoriser: Some(una) }
}

#[tokio::test]
async fn a_school_is_invited_consents_and_is_ready() {
    let mut bench = Bench::new(unconnected()).await;
    assert_eq!(bench.connection().await.state, State::NotSetUp);

    let view: ConnectionView = bench.admin.post(routes::INVITE, &una()).await.json();
    assert_eq!(view.state, State::Invited);
    assert_eq!(view.invited_by.as_deref(), Some("Amara Okafor"));
    assert_eq!(bench.consent_link().await.1, "una@waterside.example");

    bench.consent("approve", &format!("{REQUIRED}&scope=UPN")).await;
    let view = bench.connection().await;
    assert_eq!(view.state, State::Ready, "{:?}", view.message);
    assert_eq!(view.granted.len(), 4);
    assert_eq!(view.events.len(), 2);

    let checked: ConnectionView = bench.admin.post(routes::CHECK, &()).await.json();
    assert_eq!((checked.state, checked.events.len()), (State::Ready, 2));
}

#[tokio::test]
async fn a_school_new_to_groupcall_chooses_people_is_installed_and_ready() {
    let mut bench = Bench::new(SchoolSpec::new("3281102").pupils(30).new_to_xod()).await;
    bench.admin.post(routes::INVITE, &una()).await.json::<ConnectionView>();
    bench.consent("approve", &format!("{REQUIRED}&people=choose")).await;
    assert_eq!(bench.connection().await.state, State::Paused);
    bench.consent("people/finish", "").await;
    assert_eq!(bench.connection().await.state, State::InstallationPending);
    bench.consent("installation", "date=2026-09-08").await;
    bench.consent("installed", "").await;
    assert_eq!(bench.connection().await.state, State::Ready);
}

#[tokio::test]
async fn a_needed_data_area_that_is_rejected_is_named() {
    let mut bench = Bench::new(unconnected()).await;
    bench.admin.post(routes::INVITE, &una()).await.json::<ConnectionView>();
    bench.consent("approve", "scope=SchoolLite&scope=StaffLite").await;
    let view = bench.connection().await;
    assert_eq!(view.state, State::Rejected);
    assert!(view.message.unwrap().contains("pupil names"));
}

#[tokio::test]
async fn only_an_admin_may_set_up_the_connection() {
    let bench = Bench::new(unconnected()).await;
    let email = "teacher@waterside.example";
    let (_, mut teacher) = bench.server.member_of_staff(&bench.school, email, Role::Teacher).await;
    teacher.get(routes::CONNECTION).await.problem(Kind::NotAllowed);
    teacher.post(routes::INVITE, &una()).await.problem(Kind::NotAllowed);
    teacher.post(routes::CHECK, &()).await.problem(Kind::NotAllowed);
    bench.server.browser().post(routes::INVITE, &una()).await.problem(Kind::SignedOut);
}

#[tokio::test]
async fn an_invitation_that_cannot_be_sent_says_why() {
    let mut bench = Bench::new(unconnected()).await;
    let mut invite = una();
    invite.authoriser.as_mut().unwrap().email = "una".into();
    let problem = bench.admin.post(routes::INVITE, &invite).await.problem(Kind::Unusable);
    assert_eq!(problem.errors[0].field, "authoriser.email");

    let elsewhere = bench.server.school("3281199", "Elsewhere Primary").await;
    let mut admin = bench.server.admin(&elsewhere, "head@elsewhere.example").await;
    let problem = admin.post(routes::INVITE, &una()).await.problem(Kind::XodRefused);
    assert!(problem.detail.unwrap().contains("School not found in EduBase"));

    let Bench { mut admin, simulator, .. } = bench;
    simulator.stop().await;
    let problem = admin.post(routes::INVITE, &una()).await.problem(Kind::XodUnavailable);
    assert!(problem.detail.unwrap().contains("Nothing was changed"));
}

#[tokio::test]
async fn a_made_up_callback_is_answered_alike_whatever_is_wrong_with_it() {
    let mut bench = Bench::new(unconnected()).await;
    bench.admin.post(routes::INVITE, &una()).await.json::<ConnectionView>();
    let before = bench.connection().await;
    let ours = "thirdParty=XporterOnDemand&partnerId=rollcall.localhost";
    let mut answers = Vec::new();
    for form in [
        "",
        "colour=red",
        "schoolId=3281102&schoolSecret=made-up&thirdParty=XporterOnDemand&partnerId=other.example",
        &format!("{ours}&schoolId=9999999&schoolSecret=made-up"),
        &format!("{ours}&schoolId=3281102&schoolSecret=made-up"),
        &format!("{ours}&schoolId=3281102"),
    ] {
        let reply = call_back(&bench.server, form).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
        answers.push(reply.problem(Kind::ForeignRequest));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(bench.connection().await, before);
}

#[tokio::test]
async fn a_callback_that_cannot_be_checked_now_may_come_again() {
    let mut bench = Bench::new(unconnected()).await;
    bench.admin.post(routes::INVITE, &una()).await.json::<ConnectionView>();
    let Bench { server, simulator, .. } = bench;
    simulator.stop().await;
    let form = "thirdParty=XporterOnDemand&partnerId=rollcall.localhost&schoolId=3281102\
                &schoolSecret=abc";
    call_back(&server, form).await.problem(Kind::XodUnavailable);
}

#[tokio::test]
async fn a_callback_that_is_far_too_long_is_not_read() {
    let bench = Bench::new(unconnected()).await;
    let form = format!("schoolSecret={}", "x".repeat(17 * 1024));
    call_back(&bench.server, &form).await.problem(Kind::TooLarge);
}
