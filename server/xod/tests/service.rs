//! The client against the simulated service.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use serde_json::{Value, json};
use xod_client::{
    Client, Contact, Estab, Invitation, Limits, Partner, Said, School, Secret, SetUpError,
    Settings, Surroundings, Unreachable, XodError,
};
use xod_simulator::{Config, Running, SchoolSpec, Simulator};

const ESTAB: &str = "3281102";

/// Short pauses, so that faults come soon.
fn settings_at(url: &str) -> Settings {
    let pause = Duration::from_millis(2);
    let limits = Limits { first_pause: pause, busy_pause: pause, ..Limits::default() };
    let secret = Secret::new(xod_simulator::DEFAULT_MANAGEMENT_SECRET);
    Settings {
        limits,
        ..Settings::new(url.parse().unwrap(), xod_simulator::DEFAULT_APP_ID, secret)
    }
}

fn client_at(url: &str) -> Client {
    Client::new(&settings_at(url), Surroundings::default()).unwrap()
}

struct Service {
    simulator: Running,
    client: Client,
}

impl Service {
    async fn of_one_school() -> Self {
        let spec = SchoolSpec::new(ESTAB).pupils(60).staff(12).seed(7);
        let simulator = Simulator::start(Config::on_a_free_port([spec])).await.unwrap();
        let client = client_at(&format!("{}/", simulator.url()));
        Self { simulator, client }
    }

    fn school(&self, secret: &str) -> School<'_> {
        self.client.school(ESTAB.parse().unwrap(), Secret::new(secret))
    }

    async fn script(&self, fault: &Value) {
        let url = format!("{}/_simulator/faults", self.simulator.url());
        let reply = reqwest::Client::new().post(url).json(fault).send().await.unwrap();
        assert!(reply.status().is_success(), "{}", reply.status());
    }

    async fn invite(&self, estab: &str) -> Result<(), XodError> {
        let estab: Estab = estab.parse().unwrap();
        let contact = Contact {
            forename: "Una",
            surname: "Head",
            email: "una@waterside.example",
            phone: None,
        };
        let partner = Partner { name: "Rollcall", email: "rollcall@example.org" };
        let scopes = ["SchoolLite", "StaffLite", "StudentLite"];
        let (estab, school_name, scopes) = (&estab, "Waterside", &scopes);
        let invitation = Invitation { estab, school_name, contact, scopes, partner };
        self.client.register_school(&invitation).await
    }
}

#[tokio::test]
async fn a_school_is_asked_one_thing_at_a_time() {
    let service = Service::of_one_school().await;
    let school = service.school(&service.simulator.secret(ESTAB).unwrap());
    school.get_token().await.unwrap();
    let busy =
        json!({"match": "tokendetails", "kind": "status", "status": 429, "retry_after": 3600});
    service.script(&busy).await;
    // Both are wanted at once; the answer to the first forbids the second.
    let both = futures::future::join(school.token_details(), school.gdpr_ids()).await;
    assert!(matches!(both.0, Err(XodError::Busy { .. })));
    assert!(matches!(both.1, Err(XodError::Busy { .. })));
    assert!(!service.simulator.calls().iter().any(|call| call.contains("gdprids")));
}

#[tokio::test]
async fn nobody_there_no_such_name_and_no_tls_are_told_apart() {
    let at = async |url: &str| {
        let client = client_at(url);
        let school = client.school(ESTAB.parse().unwrap(), Secret::new("secret"));
        school.get_token().await.unwrap_err()
    };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = at(&format!("http://{free}/")).await;
    assert_eq!(nobody, XodError::Unreachable(Unreachable::NoConnection));
    let no_name = at("https://no-such-host.invalid/").await;
    assert_eq!(no_name, XodError::Unreachable(Unreachable::NameNotFound));

    let simulator = Simulator::start(Config::on_a_free_port([])).await.unwrap();
    let no_tls = at(&format!("https://{}/", simulator.address())).await;
    assert_eq!(no_tls, XodError::Unreachable(Unreachable::NotSecure));
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    let settings = settings_at("http://xporter.example/");
    let client = Client::new(&settings, Surroundings::default());
    assert!(matches!(client, Err(SetUpError::PlainHttp)));
}

#[tokio::test]
async fn a_wrong_secret_is_told_from_a_fault() {
    let service = Service::of_one_school().await;
    let refused = service.school("made up").get_token().await.unwrap_err();
    assert_eq!(refused, XodError::SecretRejected);
}

#[tokio::test]
async fn an_invitation_for_an_unknown_school_says_what_the_service_said() {
    let service = Service::of_one_school().await;
    assert_eq!(service.invite(ESTAB).await, Ok(()));
    let said = Said::new("School not found in EduBase");
    assert_eq!(service.invite("9999999").await, Err(XodError::InvitationRefused { said }));
}

#[tokio::test]
async fn an_invitation_is_not_sent_twice_because_of_a_fault_at_status_200() {
    let service = Service::of_one_school().await;
    let body = json!({ "ExceptionMessage": "Something went wrong" }).to_string();
    let fault = json!({"match": "schoolregister", "times": 9, "kind": "body", "body": body});
    service.script(&fault).await;
    let failed = service.invite(ESTAB).await.unwrap_err();
    assert_eq!(failed, XodError::Failing { status: 200 });
    assert!(failed.leaves_open());
    let calls = service.simulator.calls();
    assert_eq!(calls.iter().filter(|call| call.contains("schoolregister")).count(), 1);
}

#[tokio::test]
async fn debug_output_shows_no_secret() {
    let service = Service::of_one_school().await;
    let secret = service.simulator.secret(ESTAB).unwrap();
    let token = service.school(&secret).get_token().await.unwrap();
    let shown = format!("{:?} {token:?} {:?}", service.client, Secret::new(secret.clone()));
    assert!(!shown.contains(&secret) && !shown.contains(token.expose()));
}
