//! A school's server as a process of its own, on a database that is as it was a moment before the
//! run: made once, and copied for each crash.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, StatusCode, header};
use rollcall_server::testing::{
    AppState, Clock, Dice, Options, Secret, add_person, add_school, make_key_file,
};
use rollcall_shared::ids::{RunId, SchoolId};
use rollcall_shared::people::{NewStaff, Role};
use rollcall_shared::plan::{CONFIRMATION, Finish, PlanSummary};
use rollcall_shared::routes::{self, with};
use rollcall_shared::run::{RunRow, RunView};
use rollcall_shared::schedule::DigestChoice;
use rollcall_shared::session::SetPassword;
use rollcall_shared::settings::YearMapping;
use rollcall_shared::time::TimeOfDay;
use rollcall_shared::wizard::{RosterState, SaveDraft, Step, WizardView};
use rollcall_shared::year_group::{YearGroup, YearTarget};
use rollcall_store::Store;
use rollcall_store::schedules::ChosenSchedule;
use rollcall_store::schools::StoredSchool;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use xod_simulator::{Config, Running, SchoolSpec, Simulator};

use crate::ledger::rows;
use crate::mailbox::Mailbox;

pub(crate) const ESTAB: &str = "3281102";

/// How often something that has to come is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Nothing that has to come takes longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(90);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// What the run that is cut off is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Base {
    /// A school's first accounts.
    FirstSync,
    /// A new school year.
    Rollover,
    /// The undoing of the first sync.
    Undo,
}

impl Base {
    pub(crate) const ALL: [Self; 3] = [Self::FirstSync, Self::Rollover, Self::Undo];
}

/// Where a PostgreSQL server is to test on; none where there is none.
pub(crate) fn postgres() -> Option<String> {
    let server = std::env::var("ROLLCALL_TEST_POSTGRES").ok();
    if server.is_none() {
        assert!(std::env::var("ROLLCALL_REQUIRE_POSTGRES").is_err(), "PostgreSQL is required");
        eprintln!("LEFT OUT: PostgreSQL (set ROLLCALL_TEST_POSTGRES to a server's address)");
    }
    server
}

/// A database of its own, and the folder of its keys.
pub(crate) struct Place {
    pub engine: Engine,
    pub folder: TempDir,
    pub address: String,
}

impl Place {
    /// Makes an empty one, or one like another.
    async fn new(engine: Engine, like: Option<&Self>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.path().join("rollcall.db").display()),
            Engine::Postgres => {
                let mut url: url::Url = postgres().unwrap().parse().unwrap();
                url.set_path(&format!("crash_{}", Dice::system().uuid().simple()));
                url.into()
            }
        };
        if let Some(like) = like {
            for file in ["rollcall.db", "rollcall.key"] {
                let from = like.folder.path().join(file);
                if from.exists() {
                    std::fs::copy(from, folder.path().join(file)).unwrap();
                }
            }
        }
        let place = Self { engine, folder, address };
        if engine == Engine::Postgres {
            let template = like.map_or("template1".to_owned(), Self::name);
            place
                .administer(&format!("CREATE DATABASE {} TEMPLATE {template}", place.name()))
                .await;
            if like.is_none() {
                make_key_file(&place.key_file(), &Dice::system()).unwrap();
            }
        }
        place
    }

    fn name(&self) -> String {
        self.address.rsplit('/').next().unwrap().to_owned()
    }

    async fn administer(&self, sql: &str) {
        // Two that copy the same database at once are in each other's way.
        static ONE_BY_ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _alone = ONE_BY_ONE.lock().await;
        let mut server = PgConnection::connect(&postgres().unwrap()).await.unwrap();
        sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut server).await.unwrap();
        server.close().await.unwrap();
    }

    /// Takes the database away; the folder goes by itself.
    pub(crate) async fn remove(self) {
        if self.engine == Engine::Postgres {
            self.administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name())).await;
        }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.address).await.unwrap()
    }

    fn key_file(&self) -> std::path::PathBuf {
        self.folder.path().join("rollcall.key")
    }
}

/// A school a moment before a run: its MIS is read, its admin signed in, the wizard answered.
pub(crate) struct Template {
    pub base: Base,
    pub place: Place,
    pub school: SchoolId,
    pub simulator: Running,
    cookie: String,
    /// How many runs there have been.
    pub runs: usize,
    /// The run that is to be undone.
    undoes: Option<RunId>,
}

impl Template {
    pub(crate) async fn new(engine: Engine, base: Base) -> Self {
        let spec = SchoolSpec::new(ESTAB).pupils(105).staff(20).seed(7);
        let simulator = Simulator::start(Config::on_a_free_port([spec])).await.unwrap();
        let place = Place::new(engine, None).await;
        let (school, token) = connected_school(&place, &simulator, ESTAB).await;
        let mut template = Self {
            base,
            place,
            school: school.id,
            simulator,
            cookie: String::new(),
            runs: 0,
            undoes: None,
        };
        // What was written before has been sent, so that the run withdraws nothing of it.
        let mailbox = Mailbox::open().await;
        let mut server = template.serve(&template.place, "", Some(&mailbox)).await;
        server.api.activate(token).await;
        server.api.answer_the_wizard().await;
        if base != Base::FirstSync {
            let plan = server.api.plan().await.unwrap();
            server.api.finish(&plan).await.unwrap();
            server.api.follow(plan.run).await.unwrap();
            template.runs = 1;
            template.undoes = (base == Base::Undo).then_some(plan.run);
        }
        let store = template.place.open().await;
        if base != Base::FirstSync {
            nights_are_on(&store, school.id, Clock::system().now() + TimeDelta::hours(20)).await;
        }
        if base == Base::Rollover {
            let now = Clock::system().now().naive_utc();
            template.simulator.change(ESTAB, |school| school.advance_year(now));
            server.api.read().await.unwrap();
        }
        template.cookie.clone_from(&server.api.cookie);
        all_is_sent(&store).await;
        server.kill().await;
        // What the server left in its journal belongs in the file.
        store.close().await;
        template
    }

    /// Another school in that place, a moment before its first run: its admin, at the same server.
    pub(crate) async fn another_school(&self, place: &Place, there: &Api, estab: &str) -> Api {
        self.simulator.add_school(&SchoolSpec::new(estab).pupils(40).staff(6).seed(7)).unwrap();
        let (_, token) = connected_school(place, &self.simulator, estab).await;
        let mut api = there.clone();
        api.activate(token).await;
        api.answer_the_wizard().await;
        api
    }

    /// A place just like this.
    pub(crate) async fn copy(&self) -> Place {
        Place::new(self.place.engine, Some(&self.place)).await
    }

    /// The program with these words, told what is to happen to it where.
    pub(crate) fn program(&self, place: &Place, words: &[&str], crash_at: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command
            .args(words)
            .current_dir(place.folder.path())
            .env("ROLLCALL_DATABASE", &place.address)
            .env("ROLLCALL_KEY_FILE", place.key_file())
            .env("ROLLCALL_XOD_URL", self.simulator.url())
            .env("ROLLCALL_LISTEN", "127.0.0.1:0")
            .env("ROLLCALL_PUBLIC_URL", "http://localhost")
            .env("ROLLCALL_CRASH_AT", crash_at)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Starts the server, and comes back when it listens, or is dead.
    pub(crate) async fn serve(
        &self,
        place: &Place,
        crash_at: &str,
        mailbox: Option<&Mailbox>,
    ) -> Server {
        let mut command = self.program(place, &["serve"], crash_at);
        if let Some(mailbox) = mailbox {
            command.env("ROLLCALL_SMTP_URL", &mailbox.url);
            command.env("ROLLCALL_MAIL_FROM", "Rollcall <noreply@rollcall.example>");
        }
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let (listens, listening) = oneshot::channel();
        let said = Arc::clone(&log);
        tokio::spawn(async move {
            let mut listens = Some(listens);
            while let Ok(Some(line)) = lines.next_line().await {
                if line.contains("listening; open")
                    && let Some((_, address)) = line.rsplit_once("address=")
                    && let Some(listens) = listens.take()
                {
                    let _ = listens.send(format!("http://{}", address.trim()));
                }
                let mut said = said.lock().unwrap();
                said.push_str(&line);
                said.push('\n');
            }
        });
        let url = listening.await.ok();
        let http = reqwest::Client::builder().timeout(LONGEST).build().unwrap();
        let api = Api { url, http, cookie: self.cookie.clone(), undoes: self.undoes };
        Server { child, api, log }
    }
}

/// Adds the school and its admin, and connects it; the token of the admin's activation link.
async fn connected_school(
    place: &Place,
    simulator: &Running,
    estab: &str,
) -> (StoredSchool, String) {
    let lines = format!(
        "database = \"{}\"\nkey_file = \"{}\"\nxod_url = \"{}\"\n",
        place.address,
        place.key_file().display(),
        simulator.url()
    );
    let options: Options = toml::from_str(&lines).unwrap();
    let state = AppState::open(options.resolve().unwrap(), Clock::system(), Dice::system());
    let state = state.await.unwrap();
    let school = add_school(&state, estab.parse().unwrap(), "Waterside", None).await.unwrap();
    let admin = NewStaff {
        forename: "Olivia".into(),
        surname: "Office".into(),
        email: "office@waterside.example".into(),
        role: Some(Role::Admin),
        from_problem: None,
    };
    let added = add_person(&state, &school, &admin, None).await.unwrap();
    let secret = Secret::new(simulator.secret(estab).unwrap());
    state.connections.connect_with_secret(&school, secret).await.unwrap().unwrap();
    state.store.close().await;
    (school, added.link.rsplit_once('#').unwrap().1.to_owned())
}

/// Why something that was asked of a server did not come.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It is dead.
    Gone,
    /// It said no.
    Refused(String),
}

/// A server that was started.
pub(crate) struct Server {
    pub child: Child,
    pub api: Api,
    log: Arc<Mutex<String>>,
}

impl Server {
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    pub(crate) async fn signal(&self, name: &str) {
        signal(self.child.id().unwrap(), name).await;
    }

    pub(crate) fn said(&self, words: &str) -> bool {
        self.log.lock().unwrap().contains(words)
    }

    pub(crate) fn last_words(&self) -> String {
        let log = self.log.lock().unwrap();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        lines.join(" | ")
    }
}

/// A browser in which the admin is signed in, at a server.
#[derive(Clone)]
pub(crate) struct Api {
    /// None: the server died before it listened.
    url: Option<String>,
    http: reqwest::Client,
    cookie: String,
    undoes: Option<RunId>,
}

impl Api {
    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        address: &str,
        body: Option<Value>,
    ) -> Result<(T, Option<String>), Trouble> {
        let url = self.url.as_ref().ok_or(Trouble::Gone)?;
        let mut request = self
            .http
            .request(method, format!("{url}{address}"))
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &self.cookie);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await.map_err(|_| Trouble::Gone)?;
        let status = reply.status();
        let cookie = reply
            .headers()
            .get(header::SET_COOKIE)
            .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        let text = reply.text().await.map_err(|_| Trouble::Gone)?;
        if status != StatusCode::OK {
            return Err(Trouble::Refused(format!("{address}: {status} {text}")));
        }
        Ok((serde_json::from_str(&text).unwrap(), cookie))
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, address: &str) -> Result<T, Trouble> {
        Ok(self.send(Method::GET, address, None).await?.0)
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        address: &str,
        body: &impl Serialize,
    ) -> Result<T, Trouble> {
        let body = serde_json::to_value(body).unwrap();
        Ok(self.send(Method::POST, address, Some(body)).await?.0)
    }

    async fn activate(&mut self, token: String) {
        let password = SetPassword { token, password: "three green boats".into() };
        let body = serde_json::to_value(&password).unwrap();
        let (_, cookie) =
            self.send::<Value>(Method::POST, routes::ACTIVATE, Some(body)).await.unwrap();
        self.cookie = cookie.unwrap();
    }

    /// Has the MIS read, and waits for it.
    pub(crate) async fn read(&self) -> Result<WizardView, Trouble> {
        self.post::<WizardView>(routes::READ_ROSTER, &()).await?;
        self.wait_for_the_reading().await
    }

    /// Waits until the MIS has been read.
    pub(crate) async fn wait_for_the_reading(&self) -> Result<WizardView, Trouble> {
        let read: WizardView = self
            .until(routes::WIZARD, |view: &WizardView| {
                !matches!(view.roster, RosterState::Reading { .. })
            })
            .await?;
        match &read.roster {
            RosterState::Ready { .. } => Ok(read),
            other => Err(Trouble::Refused(format!("the MIS was not read: {other:?}"))),
        }
    }

    /// Reads the MIS and takes every year group for what is suggested.
    async fn answer_the_wizard(&self) {
        let view = self.read().await.unwrap();
        let mut settings = view.draft.settings;
        settings.year_mappings = view
            .years
            .iter()
            .map(|year| YearMapping {
                name: year.name.clone(),
                code: year.code.clone(),
                target: YearTarget::Import(
                    year.suggestion.map_or(YearGroup::Nursery, |it| it.year),
                ),
            })
            .collect();
        let save = SaveDraft { version: view.draft.version, step: Step::YearGroups, settings };
        let save = serde_json::to_value(&save).unwrap();
        self.send::<Value>(Method::PUT, routes::DRAFT, Some(save)).await.unwrap();
    }

    /// Asks for the plan of what the run is for.
    pub(crate) async fn plan(&self) -> Result<PlanSummary, Trouble> {
        match self.undoes {
            Some(run) => self.post(&with(routes::UNDO, &run), &()).await,
            None => self.post(routes::PLAN, &()).await,
        }
    }

    pub(crate) async fn finish(&self, plan: &PlanSummary) -> Result<RunView, Trouble> {
        let finish = Finish { hash: plan.hash.clone(), confirmation: Some(CONFIRMATION.into()) };
        self.post(&with(routes::FINISH, &plan.run), &finish).await
    }

    /// Follows a run to its end.
    pub(crate) async fn follow(&self, run: RunId) -> Result<RunView, Trouble> {
        self.until(&with(routes::RUN, &run), |run: &RunView| !run.status.is_going()).await
    }

    pub(crate) async fn runs(&self) -> Result<Vec<RunRow>, Trouble> {
        self.get(routes::RUNS).await
    }

    /// Asks until it is so.
    async fn until<T: DeserializeOwned>(
        &self,
        address: &str,
        is_so: impl Fn(&T) -> bool,
    ) -> Result<T, Trouble> {
        let asking = async {
            let mut looks = tokio::time::interval(LOOK_EVERY);
            loop {
                looks.tick().await;
                let answer = self.get(address).await?;
                if is_so(&answer) {
                    return Ok(answer);
                }
            }
        };
        match tokio::time::timeout(LONGEST, asking).await {
            Ok(answer) => answer,
            Err(_) => Err(Trouble::Refused(format!("{address} never came to what was waited for"))),
        }
    }
}

/// Turns the nightly sync of a school on: the next one at a moment, and then once a day, some twenty
/// hours from now.
pub(crate) async fn nights_are_on(store: &Store, school: SchoolId, next_at: DateTime<Utc>) {
    let at = Clock::system().now();
    let minutes = u16::try_from(at.timestamp() / 60 % 1440).unwrap();
    let chosen = ChosenSchedule {
        is_on: true,
        time: TimeOfDay::from_minutes((minutes + 20 * 60) % 1440).unwrap(),
        digest: DigestChoice::EveryNight,
        resume: false,
        next_at,
        by: "Olivia Office",
        at,
    };
    store.save_schedule(school, &chosen).await.unwrap();
}

/// Sends a process a signal by name.
pub(crate) async fn signal(pid: u32, name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -s {name} {pid}")]).status();
    assert!(sent.await.unwrap().success());
}

/// Waits until a look at the database shows it.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> F) -> T {
    let looking = async {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    tokio::time::timeout(LONGEST, looking).await.unwrap_or_else(|_| panic!("{what} never came"))
}

/// Holds the lock without which nobody applies runs to this SQLite database; nothing elsewhere.
pub(crate) fn keep_workers_away(place: &Place) -> Option<std::fs::File> {
    let path = place.folder.path().join("rollcall.db-worker");
    (place.engine == Engine::Sqlite).then(|| {
        let file =
            std::fs::File::options().create(true).append(true).open(Path::new(&path)).unwrap();
        file.lock().unwrap();
        file
    })
}

/// Waits until no message waits any more.
pub(crate) async fn all_is_sent(store: &Store) {
    until("the last e-mail", || async {
        let waiting: Vec<(i64,)> = rows!(
            store,
            "SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND withdrawn_at IS NULL"
        );
        (waiting == [(0,)]).then_some(())
    })
    .await;
}
