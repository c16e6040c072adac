//! Each fault of Groupcall and of the network, by name, through the wizard of a school that has its
//! accounts: what the admin is told, how often it was tried, and that nothing has changed.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_engine::domain::accounts::SchoolState;
use rollcall_server::testing::{Connections, reading};
use rollcall_shared::connection::ConnectionView;
use rollcall_shared::ids::SchoolId;
use rollcall_shared::routes;
use rollcall_shared::wizard::{RosterState, WizardView};
use rollcall_store::rosters::StoredRoster;
use serde_json::json;
use xod_client::Limits;
use xod_simulator::{Fault, FaultKind, Simulator};

use crate::support::{router, short_limits};
use crate::wizard::Waterside;

const ESTAB: &str = "3281102";

/// Where a fault lies.
enum Lies {
    /// The address of XoD leads elsewhere.
    Address(String),
    /// So many calls with this in them are spoilt.
    Calls(&'static str, u32, FaultKind),
    /// XoD's clock is off by so many seconds.
    Clock(i64),
}

/// What the admin is told.
enum Told {
    /// The reading is complete: the fault does no harm.
    Complete,
    /// This title; and whether it is tried again by itself.
    Fails(&'static str, bool),
}

struct Case {
    name: &'static str,
    lies: Lies,
    told: Told,
    /// How often the spoilt call was made.
    tries: Option<usize>,
}

const UNREADABLE: &str = "Groupcall’s answer could not be read";
const NO_ANSWER: &str = "Groupcall did not answer in time";
const BROKE_OFF: &str = "Groupcall’s answer broke off";
const TOO_LARGE: &str = "Groupcall’s answer was far larger than a school’s can be";
const NOT_ALL: &str = "Not everything arrived from Groupcall";
const FAULT: &str = "Groupcall has a fault at the moment";
const BUSY: &str = "Groupcall is busy and asked us to wait";
const NOT_REACHED: &str = "Groupcall could not be reached";

fn cases(free: &str, without_tls: &str) -> Vec<Case> {
    use Told::{Complete, Fails};
    let address =
        |name, url: String, told| Case { name, lies: Lies::Address(url), told, tries: None };
    let calls = |name, part, kind, told, tries: usize| {
        let times = u32::try_from(tries).unwrap();
        Case { name, lies: Lies::Calls(part, times, kind), told, tries: Some(tries) }
    };
    let pupils = |name, kind, told, tries| calls(name, "/students", kind, told, tries);
    let second = |name, kind, told, tries| calls(name, "page=2&", kind, told, tries);
    let status = |status, retry_after| FaultKind::Status { status, retry_after };
    let field = |name: &str, value| FaultKind::Field { name: name.into(), value };
    let body = |body: &str| FaultKind::Body { body: body.into() };
    let clock =
        |name, seconds| Case { name, lies: Lies::Clock(seconds), told: Complete, tries: None };
    vec![
        address("connection refused", format!("http://{free}/"), Fails(NOT_REACHED, true)),
        address("DNS failure", "https://no-such-host.invalid/".into(), Fails(NOT_REACHED, true)),
        address(
            "TLS failure",
            format!("https://{without_tls}/"),
            Fails("No secure connection to Groupcall could be made", false),
        ),
        pupils("slow headers", FaultKind::Slow { milliseconds: 8_000 }, Fails(NO_ANSWER, true), 1),
        pupils("stalled body", FaultKind::Stall { milliseconds: 8_000 }, Fails(NO_ANSWER, true), 1),
        pupils("body cut", FaultKind::Truncate, Fails(BROKE_OFF, true), 3),
        pupils("connection closed", FaultKind::Drop, Fails(BROKE_OFF, true), 3),
        pupils("gzip that lies", FaultKind::FalseGzip, Fails(BROKE_OFF, true), 3),
        pupils("HTML", FaultKind::Html, Fails(UNREADABLE, true), 1),
        pupils("wrong types", field("Forename", json!({ "a": 1 })), Fails(UNREADABLE, false), 1),
        pupils(
            "rows without ids",
            FaultKind::MissingField { name: "Id".into() },
            Fails(UNREADABLE, false),
            1,
        ),
        pupils("unknown fields", field("Shoes", json!([1])), Complete, 2),
        pupils(
            "a needed field left out",
            FaultKind::MissingField { name: "Surname".into() },
            Fails("Groupcall left out something that is needed", false),
            2,
        ),
        pupils(
            "missing tables",
            FaultKind::MissingTable { table: "Students".into() },
            Fails(NOT_ALL, true),
            1,
        ),
        calls(
            "missing tables of members",
            "type=reggrp",
            FaultKind::MissingTable { table: "StudentMembers".into() },
            Fails(NOT_ALL, true),
            1,
        ),
        pupils("duplicate ids", FaultKind::DuplicateId, Complete, 2),
        pupils("a row too many", FaultKind::RepeatedRow, Fails(NOT_ALL, true), 1),
        second(
            "page count that changes",
            FaultKind::PageCount { pages: 3 },
            Fails(NOT_ALL, true),
            1,
        ),
        second("same page twice", FaultKind::SamePage, Fails(NOT_ALL, true), 1),
        pupils("endless NextPage", FaultKind::GrowingPages, Fails(NOT_ALL, true), 2),
        pupils(
            "pages without end",
            FaultKind::PageCount { pages: 4_000_000 },
            Fails(TOO_LARGE, false),
            1,
        ),
        pupils(
            "200 with ExceptionMessage",
            body(r#"{"ExceptionMessage":"Something went wrong"}"#),
            Fails(FAULT, true),
            3,
        ),
        pupils(
            "200 with an ExceptionMessage nobody knows",
            body(r#"{"ExceptionMessage":"No"}"#),
            Fails(FAULT, true),
            3,
        ),
        pupils(
            "200 with an ExceptionMessage that says no",
            body(r#"{"ExceptionMessage":"The school has not authorised StudentLite"}"#),
            Fails("The school does not share what is needed", false),
            1,
        ),
        pupils(
            "401",
            status(401, None),
            Fails("Groupcall let us in and then refused the request", true),
            2,
        ),
        pupils(
            "403",
            status(403, None),
            Fails("The school does not share what is needed", false),
            1,
        ),
        pupils("404", status(404, None), Fails("Groupcall does not know this school", false), 1),
        pupils("429 with Retry-After", status(429, Some(3_600)), Fails(BUSY, true), 1),
        pupils("429 without Retry-After", status(429, None), Fails(BUSY, true), 3),
        pupils("500", status(500, None), Fails(FAULT, true), 3),
        pupils("502", status(502, None), Fails(FAULT, true), 3),
        pupils("503", status(503, None), Fails(FAULT, true), 3),
        pupils("503 with a Retry-After too long", status(503, Some(3_600)), Fails(FAULT, true), 1),
        Case {
            tries: Some(2),
            ..second("token expires between pages", FaultKind::ExpireTokens, Complete, 1)
        },
        second(
            "paused between pages",
            FaultKind::Pause,
            Fails("The connection is paused while the school chooses which people to share", false),
            1,
        ),
        pupils(
            "a redirect to another host",
            FaultKind::Redirect { to: "http://127.0.0.2:9/".into() },
            Fails("Groupcall sent us on to an address we do not know", false),
            1,
        ),
        pupils("a 500 MB body", FaultKind::Huge { megabytes: 500 }, Fails(TOO_LARGE, false), 1),
        pupils(
            "a 500 MB body in gzip",
            FaultKind::GzipBomb { megabytes: 500 },
            Fails(TOO_LARGE, false),
            1,
        ),
        clock("a clock an hour fast", 3_600),
        clock("a clock an hour slow", -3_600),
    ]
}

/// What must not change.
#[derive(PartialEq)]
struct Kept {
    state: SchoolState,
    roster: StoredRoster,
    plan: String,
}

/// A school that is connected and has its accounts.
struct Bench {
    waterside: Waterside,
    school: SchoolId,
}

impl Bench {
    async fn new() -> Self {
        let mut waterside = Waterside::answered().await;
        let plan = waterside.plan().await;
        waterside.finish(&plan).await;
        waterside.work().await;
        let store = &waterside.server.state.store;
        let school = store.find_school_by_estab(&ESTAB.parse().unwrap()).await.unwrap().unwrap().id;
        let bench = Self { waterside, school };
        assert!(bench.state().await.accounts.len() > 50);
        bench
    }

    async fn state(&self) -> SchoolState {
        self.waterside.server.state.store.school_state(self.school).await.unwrap()
    }

    async fn kept(&mut self) -> Kept {
        let plan = self.waterside.plan().await.hash;
        let roster = self.waterside.server.state.store.find_roster(self.school).await;
        Kept { state: self.state().await, roster: roster.unwrap().unwrap(), plan }
    }

    /// The server as if started again, with XoD at this address.
    fn restart(&mut self, url: Option<&str>, limits: Limits) {
        let server = &mut self.waterside.server;
        let mut config = (*server.state.config).clone();
        if let Some(url) = url {
            config.xod.url = url.parse().unwrap();
        }
        config.xod.limits = limits;
        let state = &server.state;
        let (store, clock, dice) = (state.store.clone(), state.clock.clone(), state.dice.clone());
        let xod =
            rollcall_server::testing::xod_client(&config.xod, clock.clone(), dice.clone()).unwrap();
        let keys = Arc::clone(&state.keys);
        let mut state = state.clone();
        state.connections = Connections::new(&config, store, clock, dice, keys, xod);
        server.router = router(state.clone());
        self.waterside.admin.router = server.router.clone();
        server.state = state;
    }

    fn now(&self) -> DateTime<Utc> {
        self.waterside.server.state.clock.now()
    }

    fn calls(&self, part: &str) -> usize {
        let calls = self.waterside.simulator.calls();
        calls.iter().filter(|call| call.to_ascii_lowercase().contains(part)).count()
    }

    async fn xods_clock(&self, seconds: i64) {
        let url = format!("{}/_simulator/clock", self.waterside.simulator.url());
        let set = reqwest::Client::new().post(url).json(&json!({ "seconds": seconds })).send();
        assert!(set.await.unwrap().status().is_success());
    }

    /// The fault is gone, and a pause of the school with it.
    async fn mend(&mut self) {
        self.waterside.simulator.clear_faults();
        self.waterside.simulator.change(ESTAB, |school| school.authorisation.paused = false);
        self.xods_clock(0).await;
        self.restart(None, short_limits());
        self.waterside.admin.post(routes::CHECK, &()).await.json::<ConnectionView>();
    }

    /// Meets one fault; what is not as it should be.
    async fn meet(&mut self, case: &Case) -> Vec<String> {
        let mut wrong = Vec::new();
        let before = self.kept().await;
        let mut limits = short_limits();
        let mut made_before = 0;
        let mut address = None;
        match &case.lies {
            Lies::Address(url) => address = Some(url.as_str()),
            Lies::Calls(part, times, kind) => {
                if matches!(kind, FaultKind::Slow { .. } | FaultKind::Stall { .. }) {
                    limits.read = Duration::from_secs(1);
                }
                made_before = self.calls(part);
                let (matches, kind) = ((*part).into(), kind.clone());
                let fault = Fault { matches, after: 0, times: *times, kind };
                self.waterside.simulator.script(fault);
            }
            Lies::Clock(seconds) => self.xods_clock(*seconds).await,
        }
        self.restart(address, limits);
        let view = self.waterside.read().await;

        if let (Lies::Calls(part, ..), Some(tries)) = (&case.lies, case.tries) {
            let made = self.calls(part) - made_before;
            if made != tries {
                wrong.push(format!("{made} tries instead of {tries}"));
            }
        }
        match (&case.told, &view.roster) {
            (Told::Complete, RosterState::Ready { .. }) => {
                if self.state().await != before.state {
                    wrong.push("a reading changed accounts".into());
                }
            }
            (Told::Fails(expected, retries), RosterState::Failed { title, detail, retry_at }) => {
                if title != expected {
                    wrong.push(format!("{title:?} instead of {expected:?}"));
                }
                let lower = detail.to_lowercase();
                if !lower.contains("nothing was changed") {
                    wrong.push(format!("not said that nothing was changed: {detail}"));
                }
                for jargon in
                    ["json", "http", "token", "tls", "dns", "gzip", "exception", "XodError"]
                {
                    if lower.contains(jargon) {
                        wrong.push(format!("{jargon} in {detail}"));
                    }
                }
                let soonest = if case.name == "429 with Retry-After" { 60 } else { 5 };
                let due = retry_at.as_ref().map(|at| at.0.parse::<DateTime<Utc>>().unwrap());
                let pause = due.map(|due| due - self.now());
                let is_right = pause.is_some_and(|pause| {
                    pause >= TimeDelta::minutes(soonest)
                        && pause <= TimeDelta::minutes(soonest) * 11 / 10
                });
                if pause.is_some() != *retries || (*retries && !is_right) {
                    wrong.push(format!("tried again after {pause:?}"));
                }
                if *retries && lower.contains("try again") {
                    wrong.push(format!("the admin is told to try: {detail}"));
                }
                if self.kept().await != before {
                    wrong.push("accounts, roster or plan changed".into());
                }
            }
            (_, other) => wrong.push(format!("{other:?}")),
        }

        self.mend().await;
        let view = self.waterside.read().await;
        if !matches!(view.roster, RosterState::Ready { .. }) {
            wrong.push(format!("not well afterwards: {:?}", view.roster));
        }
        wrong
    }
}

#[tokio::test]
async fn each_fault_is_told_in_plain_words_tried_as_often_as_it_may_help_and_changes_nothing() {
    let mut bench = Bench::new().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = xod_simulator::Config::on_a_free_port([]);
    let without_tls = Simulator::start(config).await.unwrap();
    let mut wrong = Vec::new();
    for case in cases(&free.to_string(), &without_tls.address().to_string()) {
        wrong.extend(bench.meet(&case).await.iter().map(|why| format!("{}: {why}", case.name)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_failed_reading_is_tried_again_by_itself_three_times_and_each_time_later() {
    let mut bench = Bench::new().await;
    let fault =
        |times| Fault { matches: "/students".into(), after: 0, times, kind: FaultKind::Html };
    bench.waterside.simulator.script(fault(5));
    let mut view = bench.waterside.read().await;
    for minutes in [5, 15, 60] {
        let pause = pause(&view, bench.now()).unwrap();
        assert!(
            pause >= TimeDelta::minutes(minutes) && pause <= TimeDelta::minutes(minutes) * 11 / 10,
            "{pause} instead of {minutes} minutes"
        );
        let state = bench.waterside.server.state.clone();
        let before = bench.calls("/students");
        reading::try_again_now(&state).await.unwrap();
        assert_eq!(bench.calls("/students"), before, "its time has not come");
        state.clock.advance(pause);
        reading::try_again_now(&state).await.unwrap();
        view = bench.waterside.wait_for_the_reading().await;
    }
    assert_eq!(pause(&view, bench.now()), None, "{:?}", view.roster);
    let RosterState::Failed { detail, .. } = &view.roster else { panic!("{:?}", view.roster) };
    assert!(detail.contains("Try again"), "now it is the admin's turn: {detail}");

    // One more failure, asked for by a person, which passes by itself.
    view = bench.waterside.read().await;
    let state = bench.waterside.server.state.clone();
    state.clock.advance(pause(&view, bench.now()).unwrap());
    reading::try_again_now(&state).await.unwrap();
    view = bench.waterside.wait_for_the_reading().await;
    assert!(matches!(view.roster, RosterState::Ready { .. }), "{:?}", view.roster);
}

fn pause(view: &WizardView, now: DateTime<Utc>) -> Option<TimeDelta> {
    let RosterState::Failed { retry_at, .. } = &view.roster else { panic!("{:?}", view.roster) };
    retry_at.as_ref().map(|at| at.0.parse::<DateTime<Utc>>().unwrap() - now)
}
