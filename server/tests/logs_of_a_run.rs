//! The program at its most talkative, in a process of its own, through the whole of a school's
//! first term: nothing of anybody, and no secret, stands in its log.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, header};
use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::connection::{Authoriser, ConnectionState, ConnectionView, Invite};
use rollcall_shared::plan::{Finish, PlanSummary};
use rollcall_shared::routes::{self, with};
use rollcall_shared::run::{RunStatus, RunView};
use rollcall_shared::scopes::Scope;
use rollcall_shared::session::{SetPassword, SignIn};
use rollcall_shared::settings::YearMapping;
use rollcall_shared::wizard::{RosterState, SaveDraft, Step, WizardView};
use rollcall_shared::year_group::{YearGroup, YearTarget};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use xod_simulator::{Config, Fault, FaultKind, Running, SchoolSpec, Simulator};

const ESTAB: &str = "3281102";
const PASSWORD: &str = "three green boats";
const WRONG: &str = "four-yellow-trams";
const FORGED: &str = "a-forged-secret-of-nobody";
/// Base64 of the beginning of the school's number, with which every token of the simulator begins.
const BEGINNING_OF_TOKENS: &str = "MzI4MTEw";
const EVERYTHING: &str = "scope=SchoolLite&scope=StaffLite&scope=StudentLite&scope=UPN\
                          &scope=StudentExtended&scope=StaffPersonalContact";

/// What the program has logged so far.
type Log = Arc<Mutex<String>>;

struct Office {
    simulator: Running,
    folder: TempDir,
    log: Log,
    http: reqwest::Client,
    url: String,
    cookie: String,
}

impl Office {
    async fn new() -> Self {
        let spec = SchoolSpec::new(ESTAB).pupils(60).staff(12).seed(7).unconnected();
        let simulator = Simulator::start(Config::on_a_free_port([spec])).await.unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        simulator.set_callback(format!("http://{free}{}", routes::XOD_CALLBACK));
        Self {
            simulator,
            folder: tempfile::tempdir().unwrap(),
            log: Log::default(),
            http: reqwest::Client::new(),
            url: format!("http://{free}"),
            cookie: String::new(),
        }
    }

    fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        let address = self.url.trim_start_matches("http://");
        command
            .args(words)
            .current_dir(self.folder.path())
            .env(
                "ROLLCALL_DATABASE",
                format!("sqlite:{}/rollcall.db", self.folder.path().display()),
            )
            .env("ROLLCALL_XOD_URL", self.simulator.url())
            .env("ROLLCALL_LISTEN", address)
            .env("ROLLCALL_PUBLIC_URL", &self.url)
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end; what it says to the person who asked.
    async fn rollcall(&self, words: &[&str]) -> String {
        let output = self.program(words).output().await.unwrap();
        assert!(output.status.success(), "{words:?}");
        self.log.lock().unwrap().push_str(&String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts the server, and comes back when it listens.
    async fn serve(&self) -> Child {
        let mut server = self.program(&["serve"]).spawn().unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let (listens, listening) = tokio::sync::oneshot::channel();
        let log = Arc::clone(&self.log);
        tokio::spawn(async move {
            let mut listens = Some(listens);
            while let Ok(Some(line)) = lines.next_line().await {
                if line.contains("listening; open") {
                    listens.take().map(|listens| listens.send(()));
                }
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        listening.await.unwrap();
        server
    }

    async fn send(&mut self, method: Method, address: &str, body: Option<Value>) -> String {
        let mut request = self
            .http
            .request(method, format!("{}{address}", self.url))
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &self.cookie);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await.unwrap();
        if let Some(cookie) = reply.headers().get(header::SET_COOKIE) {
            self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        reply.text().await.unwrap()
    }

    async fn get<T: DeserializeOwned>(&mut self, address: &str) -> T {
        parsed(&self.send(Method::GET, address, None).await)
    }

    async fn post<T: DeserializeOwned>(&mut self, address: &str, body: &impl Serialize) -> T {
        let body = serde_json::to_value(body).unwrap();
        parsed(&self.send(Method::POST, address, Some(body)).await)
    }

    /// Asks until it is so.
    async fn until<T: DeserializeOwned>(&mut self, address: &str, is_so: fn(&T) -> bool) -> T {
        let asking = async {
            loop {
                let answer = self.get(address).await;
                if is_so(&answer) {
                    return answer;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(120), asking).await.unwrap()
    }

    async fn read(&mut self) -> WizardView {
        self.post::<WizardView>(routes::READ_ROSTER, &()).await;
        self.until(routes::WIZARD, |view: &WizardView| {
            !matches!(view.roster, RosterState::Reading { .. })
        })
        .await
    }

    /// What the school does on the page that its e-mail leads to.
    async fn consent(&self) {
        let emails = self.http.get(format!("{}/_simulator/emails", self.simulator.url()));
        let emails: Vec<Value> = parsed(&emails.send().await.unwrap().text().await.unwrap());
        let link = emails.last().unwrap().get("link").unwrap().as_str().unwrap().to_owned();
        let form = self
            .http
            .post(format!("{link}/approve"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(EVERYTHING);
        assert!(form.send().await.unwrap().status().is_success());
    }

    async fn call_back(&self, secret: &str) -> u16 {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("schoolSecret", secret)
            .append_pair("schoolId", ESTAB)
            .append_pair("thirdParty", "XporterOnDemand")
            .append_pair("partnerId", xod_simulator::DEFAULT_APP_ID)
            .finish();
        let sent = self
            .http
            .post(format!("{}{}", self.url, routes::XOD_CALLBACK))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        sent.send().await.unwrap().status().as_u16()
    }

    /// A token of the school, as XoD would give it for this secret.
    async fn token(&self, secret: &str) -> String {
        let body = serde_json::json!({
            "estab": ESTAB,
            "relyingParty": xod_simulator::DEFAULT_APP_ID,
            "password": secret,
            "thirdpartyid": "XporterOnDemand",
        });
        let url = format!("{}/api/oauth/GetToken", self.simulator.url());
        let reply = self.http.post(url).json(&body).send().await.unwrap();
        let reply: Value = parsed(&reply.text().await.unwrap());
        reply.get("token").unwrap().as_str().unwrap().to_owned()
    }

    fn secret(&self) -> String {
        self.simulator.secret(ESTAB).unwrap()
    }
}

fn parsed<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn invite() -> Invite {
    let una = Authoriser {
        forename: "Unathi".into(),
        surname: "Headingley".into(),
        email: "unathi@waterside.example".into(),
        phone: Some("01234 567890".into()),
    };
    Invite { optional_scopes: Scope::ALL.into(), authoriser: Some(una) }
}

/// Everything about the people of the simulated school that no log may hold.
fn people(simulator: &Running) -> BTreeSet<String> {
    let of_school = |school: &xod_simulator::school::School| {
        let mut said = BTreeSet::new();
        for pupil in &school.pupils {
            said.extend([&pupil.forename, &pupil.surname, &pupil.legal_surname].map(Clone::clone));
            said.extend(pupil.upn.clone().into_iter().chain(pupil.former_upn.clone()));
            said.insert(format!("{} {}", pupil.forename, pupil.surname));
        }
        for one in &school.staff {
            said.extend([&one.forename, &one.surname].map(Clone::clone));
            said.extend(one.work_email.clone().into_iter().chain(one.home_email.clone()));
        }
        said
    };
    simulator.look(ESTAB, of_school).unwrap()
}

#[tokio::test]
async fn the_most_talkative_log_of_a_whole_run_has_no_secret_and_nothing_of_anybody() {
    let mut office = Office::new().await;
    office.rollcall(&["school", "add", "--estab", ESTAB, "--name", "Waterside Primary"]).await;
    let admin = ["admin", "add", "--estab", ESTAB, "--email", "head@waterside.example"];
    let link = office.rollcall(&admin).await;
    let token = link.rsplit_once('#').unwrap().1.split_whitespace().next().unwrap().to_owned();
    let mut server = office.serve().await;

    // The connection: invited, consented, forged, given again.
    let password = SetPassword { token: token.clone(), password: PASSWORD.into() };
    office.post::<Value>(routes::ACTIVATE, &password).await;
    office.post::<ConnectionView>(routes::INVITE, &invite()).await;
    office.consent().await;
    let view: ConnectionView = office.get(routes::CONNECTION).await;
    assert_eq!(view.state, ConnectionState::Ready, "{:?}", view.message);
    let first_secret = office.secret();
    assert_eq!(office.call_back(FORGED).await, 403);
    office.simulator.change(ESTAB, |school| {
        let granted = school.authorisation.granted.clone();
        school.authorisation.authorise(granted);
    });
    let second_secret = office.secret();
    assert_eq!(office.call_back(&second_secret).await, 204);

    // Read, with faults; planned, applied, printed.
    let script = |kind| Fault { matches: "/students".into(), after: 0, times: 1, kind };
    let value = serde_json::json!({ "a": 1 });
    for kind in [
        FaultKind::Html,
        FaultKind::Field { name: "Forename".into(), value },
        FaultKind::MissingTable { table: "Students".into() },
    ] {
        office.simulator.script(script(kind));
        let view = office.read().await;
        assert!(matches!(view.roster, RosterState::Failed { .. }), "{:?}", view.roster);
    }
    let view = office.read().await;
    let mut settings = view.draft.settings;
    settings.year_mappings = view
        .years
        .iter()
        .map(|year| YearMapping {
            name: year.name.clone(),
            code: year.code.clone(),
            target: YearTarget::Import(year.suggestion.map_or(YearGroup::Nursery, |it| it.year)),
        })
        .collect();
    let save = SaveDraft { version: view.draft.version, step: Step::YearGroups, settings };
    let save = serde_json::to_value(&save).unwrap();
    office.send(Method::PUT, routes::DRAFT, Some(save)).await;
    let plan: PlanSummary = office.post(routes::PLAN, &()).await;
    let finish = Finish { hash: plan.hash.clone(), confirmation: None };
    office.post::<RunView>(&with(routes::FINISH, &plan.run), &finish).await;
    let is_over = |run: &RunView| run.status == RunStatus::Done;
    let run = office.until(&with(routes::RUN, &plan.run), is_over).await;
    assert!(run.done > 50, "{run:?}");
    let session = office.cookie.split_once('=').unwrap().1.to_owned();
    let cards: Cards = office.post(routes::CARDS, &CardsRequest::default()).await;
    let cards: Vec<_> = cards.sheets.iter().flat_map(|sheet| &sheet.cards).collect();
    let card = *cards.iter().max_by_key(|card| card.password.len()).unwrap();
    let sign_in = with(routes::SIGN_IN, &"waterside-primary");
    for password in [WRONG, card.password.as_str()] {
        let typed =
            SignIn { username: card.username.clone(), password: password.into(), card: None };
        office.post::<Value>(&sign_in, &typed).await;
    }
    let pupils_session = office.cookie.split_once('=').unwrap().1.to_owned();
    server.kill().await.unwrap();

    // And once more without anybody watching.
    office.rollcall(&["sync", "--estab", ESTAB, "--json"]).await;

    let log = office.log.lock().unwrap().clone();
    assert!(log.len() > 100_000 && log.contains("TRACE"), "it is talkative: {}", log.len());
    assert!(log.contains("a callback was refused") && log.contains("read the MIS"));
    let secrets = [
        &first_secret,
        &second_secret,
        FORGED,
        &token,
        &session,
        &pupils_session,
        PASSWORD,
        WRONG,
        xod_simulator::DEFAULT_MANAGEMENT_SECRET,
        "Unathi",
        "Headingley",
        "01234 567890",
        "waterside.example",
        &card.username,
        BEGINNING_OF_TOKENS,
    ];
    assert!(office.token(&second_secret).await.starts_with(BEGINNING_OF_TOKENS));
    // Shorter ones are ordinary numbers and words.
    let passwords = cards.iter().map(|card| card.password.as_str());
    let passwords = passwords.filter(|password| password.len() > 6);
    let found: Vec<&str> =
        secrets.into_iter().chain(passwords).filter(|secret| log.contains(secret)).collect();
    assert!(found.is_empty(), "{found:?}");
    let people = people(&office.simulator);
    let found: Vec<&String> = people.iter().filter(|text| stands_in(&log, text)).collect();
    assert!(found.is_empty(), "{found:?}");
}

/// Whether a text of some length stands in the log, as a word of its own.
fn stands_in(log: &str, text: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.chars().count() >= 4
        && log.match_indices(text).any(|(place, _)| {
            let (before, after) = log.split_at(place);
            !is_part(before.chars().next_back())
                && !is_part(after.chars().nth(text.chars().count()))
        })
}
