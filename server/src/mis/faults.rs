//! Each fault of the service and of the network, by name, through the real client: what the
//! reading of a school comes to.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use rollcall_engine::domain::roster::Roster;
use serde_json::{Value, json};
use xod_client::{Limits, Said, XodError};
use xod_simulator::{Config, Running, SchoolSpec, Simulator};

use super::*;
use crate::clock::Clock;
use crate::dice::Dice;

const ESTAB: &str = "3281102";

/// Small pages, short pauses and small bodies, so that faults come soon.
fn limits() -> Limits {
    Limits {
        body: 8 << 20,
        first_pause: Duration::from_millis(2),
        busy_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(50),
        page_size: 40,
        ..Limits::default()
    }
}

/// Gives up soon on what is slow.
fn impatient() -> Limits {
    Limits { read: Duration::from_millis(300), ..limits() }
}

fn settings_at(url: &str, limits: Limits) -> Settings {
    let secret = Secret::new(xod_simulator::DEFAULT_MANAGEMENT_SECRET);
    Settings {
        limits,
        ..Settings::new(url.parse().unwrap(), xod_simulator::DEFAULT_APP_ID, secret)
    }
}

fn client_at(url: &str, limits: Limits) -> Client {
    xod_client(&settings_at(url, limits), Clock::system(), Dice::seeded(1)).unwrap()
}

struct Bench {
    simulator: Running,
    url: String,
    client: Client,
}

impl Bench {
    /// A school whose pupils fill more than one page.
    async fn new() -> Self {
        let spec = SchoolSpec::new(ESTAB).pupils(60).staff(12).seed(7);
        let simulator = Simulator::start(Config::on_a_free_port([spec])).await.unwrap();
        let url = format!("{}/", simulator.url());
        let client = client_at(&url, limits());
        Self { simulator, url, client }
    }

    async fn control(&self, method: Method, path: &str, body: &Value) {
        let url = format!("{}/_simulator{path}", self.simulator.url());
        let reply = reqwest::Client::new().request(method, url).json(body).send().await.unwrap();
        assert!(reply.status().is_success(), "{path}: {}", reply.status());
    }

    async fn read(&self) -> Result<Roster, MisError> {
        self.read_through(&self.client).await
    }

    async fn read_through(&self, client: &Client) -> Result<Roster, MisError> {
        let secret = Secret::new(self.simulator.secret(ESTAB).unwrap_or_default());
        let school = xod_school(client, &ESTAB.parse().unwrap(), secret);
        let read_at = "2026-03-02T08:00:00Z".parse().unwrap();
        read::read(&school, read_at, false, PupilScope::default(), &|_| ()).await
    }
}

/// What a reading comes to.
#[derive(Debug, PartialEq)]
enum Outcome {
    Complete,
    Fails(XodError),
    Incomplete(&'static str),
    NotAsAgreed,
}

fn outcome(read: Result<Roster, MisError>) -> Outcome {
    match read {
        Ok(_) => Outcome::Complete,
        Err(MisError::Xod(XodError::Incomplete { why, .. })) => Outcome::Incomplete(why),
        Err(MisError::Xod(XodError::NotAsAgreed(_) | XodError::WrongKind { .. })) => {
            Outcome::NotAsAgreed
        }
        Err(MisError::Xod(error)) => Outcome::Fails(error),
        Err(error) => panic!("{error}"),
    }
}

/// Each fault: its name, the fault, and what it comes to.
fn faults() -> Vec<(&'static str, Value, Outcome)> {
    use Outcome::{Complete, Fails, Incomplete, NotAsAgreed};
    let students = |times: u32, fault: Value| {
        let mut fault = fault;
        fault["match"] = "/students".into();
        fault["times"] = times.into();
        fault
    };
    let second_page = |fault: Value| {
        let mut fault = students(1, fault);
        fault["match"] = "page=2&".into();
        fault
    };
    let of_token = |times: u32, fault: Value| {
        let mut fault = students(times, fault);
        fault["match"] = "gettoken".into();
        fault
    };
    let said = |text: &str| json!({"kind": "body", "body": json!({"Message": null, "ExceptionMessage": text}).to_string()});
    let status = |status: u16, retry_after: Option<u32>| json!({ "kind": "status", "status": status, "retry_after": retry_after });
    vec![
        (
            "HTML instead of JSON",
            students(1, json!({"kind": "html"})),
            Fails(XodError::NotJson { status: 200 }),
        ),
        ("a connection closed once", students(1, json!({"kind": "drop"})), Complete),
        (
            "a connection closed again and again",
            students(3, json!({"kind": "drop"})),
            Fails(XodError::CutShort),
        ),
        ("a body cut in the middle once", students(1, json!({"kind": "truncate"})), Complete),
        (
            "a body cut in the middle each time",
            students(3, json!({"kind": "truncate"})),
            Fails(XodError::CutShort),
        ),
        (
            "slow headers",
            students(1, json!({"kind": "slow", "milliseconds": 2000})),
            Fails(XodError::TimedOut),
        ),
        (
            "a stalled body",
            students(1, json!({"kind": "stall", "milliseconds": 2000})),
            Fails(XodError::TimedOut),
        ),
        ("gzip that lies", students(3, json!({"kind": "false_gzip"})), Fails(XodError::CutShort)),
        (
            "a body without end",
            students(1, json!({"kind": "huge", "megabytes": 20})),
            Fails(XodError::TooLarge),
        ),
        (
            "a redirect to another host",
            students(1, json!({"kind": "redirect", "to": "http://127.0.0.2:9/x"})),
            Fails(XodError::SentElsewhere),
        ),
        (
            "a refusal at status 200",
            students(1, said("The school has not authorised StudentLite")),
            Fails(XodError::NotGranted {
                said: Said::new("The school has not authorised StudentLite"),
            }),
        ),
        ("a passing fault at status 200", students(2, said("Something went wrong")), Complete),
        (
            "a fault at status 200 that stays",
            students(3, said("The operation has timed out")),
            Fails(XodError::Failing { status: 200 }),
        ),
        (
            "an unknown text at status 200 that stays",
            students(3, said("No")),
            Fails(XodError::Failing { status: 200 }),
        ),
        ("a passing fault instead of a token", of_token(2, said("Something went wrong")), Complete),
        (
            "a fault instead of a token that stays",
            of_token(3, said("Something went wrong")),
            Fails(XodError::Failing { status: 200 }),
        ),
        (
            "no token, and paused",
            of_token(
                1,
                json!({"kind": "body", "body": "{\"token\":null,\"AuthorisationPaused\":true}"}),
            ),
            Fails(XodError::Paused),
        ),
        (
            "revoked at status 200",
            of_token(1, said("The authorisation was revoked")),
            Fails(XodError::SecretRejected),
        ),
        (
            "a fault that passes",
            students(2, json!({"kind": "exception", "message": "Oops"})),
            Complete,
        ),
        (
            "a fault that stays",
            students(3, json!({"kind": "exception", "message": "Oops"})),
            Fails(XodError::Failing { status: 500 }),
        ),
        ("401 once", students(1, status(401, None)), Complete),
        ("401 again", students(2, status(401, None)), Fails(XodError::TokenRejected)),
        ("403", students(1, status(403, None)), Fails(XodError::NotGranted { said: None })),
        ("404", students(1, status(404, None)), Fails(XodError::NotFound { said: None })),
        ("429 without Retry-After", students(1, status(429, None)), Complete),
        (
            "429 with a Retry-After too long to wait",
            students(1, status(429, Some(3600))),
            Fails(XodError::Busy { retry_after: Some(Duration::from_secs(3600)) }),
        ),
        (
            "429 again and again",
            students(3, status(429, None)),
            Fails(XodError::Busy { retry_after: None }),
        ),
        ("500 twice", students(2, status(500, None)), Complete),
        (
            "502 three times",
            students(3, status(502, None)),
            Fails(XodError::Failing { status: 502 }),
        ),
        (
            "503 three times",
            students(3, status(503, None)),
            Fails(XodError::Failing { status: 503 }),
        ),
        (
            "a wrong type in a field",
            students(1, json!({"kind": "field", "name": "Forename", "value": {"a": 1}})),
            NotAsAgreed,
        ),
        (
            "an unknown field",
            students(2, json!({"kind": "field", "name": "Shoes", "value": [1]})),
            Complete,
        ),
        (
            "surnames as long as a book",
            students(1, json!({"kind": "field", "name": "Surname", "value": "x".repeat(60_000)})),
            Fails(XodError::TextTooLong { field: "Students[0].Surname".into() }),
        ),
        (
            "a long text in a field that was not asked for",
            students(2, json!({"kind": "field", "name": "Shoes", "value": "x".repeat(60_000)})),
            Complete,
        ),
        (
            "a needed field left out",
            students(2, json!({"kind": "missing_field", "name": "Surname"})),
            Fails(XodError::NotShared { table: "Pupils", field: "Surname" }),
        ),
        (
            "rows without ids",
            students(1, json!({"kind": "missing_field", "name": "Id"})),
            NotAsAgreed,
        ),
        (
            "a missing table",
            students(1, json!({"kind": "missing_table", "table": "Students"})),
            Incomplete("the table is missing"),
        ),
        (
            "a missing table of members",
            json!({"match": "type=RegGrp", "kind": "missing_table", "table": "StudentMembers"}),
            Incomplete("a table of members is missing"),
        ),
        (
            "a row that comes twice",
            students(1, json!({"kind": "repeated_row"})),
            Incomplete("a page has more rows than were asked for"),
        ),
        (
            "more pages than there are",
            students(1, json!({"kind": "page_count", "pages": 9})),
            Incomplete("it changed while it was being read"),
        ),
        (
            "pages without end",
            students(1, json!({"kind": "page_count", "pages": 4_000_000})),
            Fails(XodError::TooLarge),
        ),
        (
            "a page count that changes between pages",
            second_page(json!({"kind": "page_count", "pages": 3})),
            Incomplete("it changed while it was being read"),
        ),
        (
            "the same page twice",
            second_page(json!({"kind": "same_page"})),
            Incomplete("a page came twice"),
        ),
        (
            "a token that expires between pages",
            second_page(json!({"kind": "expire_tokens"})),
            Complete,
        ),
        ("paused between pages", second_page(json!({"kind": "pause"})), Fails(XodError::Paused)),
    ]
}

#[tokio::test]
async fn schools_whose_mis_hangs_keep_no_other_school_waiting() {
    const HANGING: [&str; 3] = ["3281103", "3281104", "3281105"];
    let specs = HANGING.iter().chain([&ESTAB]).map(|estab| SchoolSpec::new(*estab).pupils(30));
    let simulator = Simulator::start(Config::on_a_free_port(specs)).await.unwrap();
    let limits = Limits { at_once: 1, patience: Duration::from_millis(20), ..limits() };
    let client = client_at(&format!("{}/", simulator.url()), limits);
    let reading = |estab: &'static str| {
        let (client, secret) = (client.clone(), simulator.secret(estab).unwrap());
        async move {
            let school = xod_school(&client, &estab.parse().unwrap(), Secret::new(secret));
            let read_at = "2026-03-02T08:00:00Z".parse().unwrap();
            read::read(&school, read_at, false, PupilScope::default(), &|_| ()).await
        }
    };
    let mut hanging = tokio::task::JoinSet::new();
    for estab in HANGING {
        let kind = xod_simulator::FaultKind::Slow { milliseconds: 600_000 };
        let matches = format!("/school/{estab}/");
        simulator.script(xod_simulator::Fault { matches, after: 0, times: 99, kind });
        // More of one school wait behind each other, and take no turns from other schools.
        (0..3).for_each(|_| drop(hanging.spawn(reading(estab))));
    }
    let all_hang = async {
        let hangs = |estab: &&str| {
            simulator.calls().iter().any(|call| call.contains(&format!("/school/{estab}/")))
        };
        while !HANGING.iter().all(hangs) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all_hang).await.unwrap();
    let other = tokio::time::timeout(Duration::from_secs(20), reading(ESTAB)).await;
    assert!(other.expect("it waited for the others").is_ok());
    assert!(hanging.try_join_next().is_none(), "the others still hang");
}

#[tokio::test]
async fn a_feed_that_says_far_too_much_is_refused_with_the_page_that_does() {
    let bench = Bench::new().await;
    let fault = |name: &str, length: usize| {
        let value = "x".repeat(length);
        json!({"match": "/students", "times": 99, "kind": "field", "name": name, "value": value})
    };
    let pages = || bench.simulator.calls().iter().filter(|call| call.contains("/students")).count();
    bench.control(Method::POST, "/faults", &fault("Surname", 60_000)).await;
    let too_long = XodError::TextTooLong { field: "Students[0].Surname".into() };
    assert_eq!(bench.read().await.err(), Some(too_long.into()));
    assert_eq!(pages(), 1, "the first page is enough");
    bench.simulator.clear_faults();

    // Each page is small enough, and all of them together are not.
    bench.control(Method::POST, "/faults", &fault("Shoes", 10_000)).await;
    let client = client_at(&bench.url, Limits { whole_read: 500_000, page_size: 10, ..limits() });
    let before = pages();
    assert_eq!(bench.read_through(&client).await.err(), Some(XodError::TooLarge.into()));
    assert!((2..6).contains(&(pages() - before)), "{} pages", pages() - before);
    bench.simulator.clear_faults();
    assert!(bench.read_through(&client).await.is_ok(), "the next reading has room of its own");
}

#[tokio::test]
async fn each_fault_has_its_name_and_only_a_complete_reading_is_one() {
    let bench = Bench::new().await;
    let mut wrong = Vec::new();
    for (name, fault, expected) in faults() {
        bench.control(Method::POST, "/faults", &fault).await;
        let is_slow = matches!(fault["kind"].as_str(), Some("slow" | "stall"));
        // A client of its own: it is to wait after some of them.
        let client = client_at(&bench.url, if is_slow { impatient() } else { limits() });
        let found = outcome(bench.read_through(&client).await);
        if found != expected {
            wrong.push(format!("{name}: {found:?} instead of {expected:?}"));
        }
        bench.control(Method::DELETE, "/faults", &Value::Null).await;
        bench.simulator.change(ESTAB, |school| school.authorisation.paused = false);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(outcome(bench.read().await), Outcome::Complete, "all is well again");
}

#[tokio::test]
async fn a_school_that_groupcall_asked_us_to_wait_for_is_left_alone_until_then() {
    let bench = Bench::new().await;
    let clock = Clock::standing_at(Clock::system().now());
    let settings = settings_at(&bench.url, limits());
    let client = xod_client(&settings, clock.clone(), Dice::seeded(1)).unwrap();
    let busy = json!({"match": "/students", "kind": "status", "status": 429, "retry_after": 3600});
    bench.control(Method::POST, "/faults", &busy).await;
    bench.read_through(&client).await.unwrap_err();
    let before = bench.simulator.calls().len();
    clock.advance(chrono::TimeDelta::minutes(20));
    let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
    let waits = XodError::Busy { retry_after: minutes(40) };
    assert_eq!(outcome(bench.read_through(&client).await), Outcome::Fails(waits));
    assert_eq!(bench.simulator.calls().len(), before);
    clock.advance(chrono::TimeDelta::minutes(41));
    assert_eq!(outcome(bench.read_through(&client).await), Outcome::Complete);
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_changes_nothing() {
    let bench = Bench::new().await;
    for seconds in [3600, -7200] {
        bench.control(Method::POST, "/clock", &json!({ "seconds": seconds })).await;
        bench.simulator.change(ESTAB, |school| school.authorisation.expire_tokens());
        assert_eq!(outcome(bench.read().await), Outcome::Complete);
    }
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_most_talkative_log_of_a_reading_has_no_secret_and_nobodys_name() {
    let bench = Bench::new().await;
    let log = Log::default();
    let to = log.clone();
    // The simulator lives in this process too; what it says is its own affair.
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("trace,xod_simulator=off")
        .with_writer(move || to.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let roster = bench.read().await.unwrap();
    bench.control(Method::POST, "/faults", &json!({"kind": "html", "match": "/staff"})).await;
    bench.read().await.unwrap_err();
    let secret = bench.simulator.secret(ESTAB).unwrap();
    let school = xod_school(&bench.client, &ESTAB.parse().unwrap(), Secret::new(secret.clone()));
    let token = school.get_token().await.unwrap();
    drop(guard);

    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.len() > 1000, "it is talkative: {} bytes", log.len());
    let mut forbidden = vec![
        secret,
        token.expose().to_owned(),
        xod_simulator::DEFAULT_MANAGEMENT_SECRET.to_owned(),
    ];
    forbidden.extend(roster.pupils.iter().filter_map(|pupil| pupil.upn.clone()));
    forbidden.extend(roster.staff.iter().filter_map(|one| one.work_email.clone()));
    let pupils = roster.pupils.iter().map(|pupil| pupil.surname.clone());
    forbidden.extend(pupils.filter(|surname| surname.len() > 5));
    for text in forbidden {
        assert!(!log.contains(&text), "the log has {text}");
    }
}

#[tokio::test]
async fn a_table_of_several_pages_is_read_whose_change_sets_have_no_page_numbers() {
    let bench = Bench::new().await;
    let plain = bench.read().await.unwrap();
    bench.simulator.change(ESTAB, |school| school.spec.dialect.changes_without_pages = true);
    let before = bench.simulator.calls().len();
    let roster = bench.read().await.unwrap();
    assert_eq!((&roster.pupils, &roster.mis), (&plain.pupils, &plain.mis));
    assert_eq!(roster.marks.map(|marks| marks.tables.len()), Some(5));
    let calls: Vec<String> = bench.simulator.calls().into_iter().skip(before).collect();
    let pupils: Vec<(bool, bool)> = calls
        .iter()
        .filter(|call| call.contains("/students?"))
        .map(|call| (call.contains("changedRows="), call.contains("&page=2&")))
        .collect();
    assert_eq!(pupils, [(true, false), (false, false), (false, true)], "{calls:?}");
}

#[tokio::test]
async fn a_table_without_page_numbers_in_either_way_is_not_complete() {
    let bench = Bench::new().await;
    let missing = json!({"match": "/students", "times": 2, "kind": "missing_table",
        "table": "__pagination__"});
    bench.control(Method::POST, "/faults", &missing).await;
    assert_eq!(outcome(bench.read().await), Outcome::Incomplete("the page's number is missing"));
    let second = json!({"match": "page=2&", "kind": "missing_table", "table": "__pagination__"});
    bench.control(Method::POST, "/faults", &second).await;
    assert_eq!(outcome(bench.read().await), Outcome::Incomplete("the page's number is missing"));
    assert_eq!(outcome(bench.read().await), Outcome::Complete);
}
