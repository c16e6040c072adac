//! The program itself, as an operator works it: from nothing to a school in step with its MIS, on
//! SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use xod_simulator::{Config, Fault, FaultKind, Running, SchoolSpec, Simulator};

const ESTAB: &str = "3281102";
/// Nothing that has to come takes longer.
const LONGEST: Duration = Duration::from_secs(90);

/// A place to run the program in: a simulator, a folder, a database.
struct Office {
    simulator: Running,
    folder: TempDir,
    database: String,
}

impl Office {
    async fn new(database: impl Fn(&TempDir) -> String) -> Self {
        let spec = SchoolSpec::new(ESTAB).pupils(420).staff(46).seed(7);
        let simulator = Simulator::start(Config::on_a_free_port([spec])).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder);
        Self { simulator, folder, database }
    }

    /// `rollcall` with these words.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command
            .args(words)
            .current_dir(self.folder.path())
            .env("ROLLCALL_DATABASE", &self.database)
            .env("ROLLCALL_XOD_URL", self.simulator.url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs `rollcall` with these words, and this on its standard input.
    async fn rollcall(&self, words: &[&str], input: &str) -> Output {
        let mut command = self.command(words);
        let input = input.to_owned();
        tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
            child.wait_with_output().unwrap()
        })
        .await
        .unwrap()
    }

    /// Runs `rollcall sync --json` with these words besides; its exit status and its answer.
    async fn sync(&self, words: &[&str]) -> (i32, Value) {
        let words = [&["sync", "--estab", ESTAB, "--json"], words].concat();
        let output = self.rollcall(&words, "").await;
        let answer = String::from_utf8(output.stdout).unwrap();
        let json = serde_json::from_str(&answer).unwrap_or(Value::Null);
        (output.status.code().unwrap(), json)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What `rollcall sync` comes to while XoD says this to every call for pupils, at HTTP 200.
async fn sync_while_xod_says(office: &Office, said: &str) -> (i32, Value) {
    let body = serde_json::json!({ "ExceptionMessage": said }).to_string();
    let (matches, kind) = ("/students".to_owned(), FaultKind::Body { body });
    office.simulator.script(Fault { matches, after: 0, times: 99, kind });
    let answer = office.sync(&[]).await;
    office.simulator.clear_faults();
    answer
}

#[tokio::test]
async fn a_fault_that_passes_is_told_from_a_refusal_by_the_exit_status() {
    let office =
        Office::new(|folder| format!("sqlite:{}/rollcall.db", folder.path().display())).await;
    let office = &office;
    office.rollcall(&["school", "add", "--estab", ESTAB, "--name", "Waterside"], "").await;
    let connect = ["school", "connect", "--estab", ESTAB, "--secret", "-"];
    office.rollcall(&connect, &secret_of(office)).await;
    assert_eq!(office.sync(&["--accept-suggestions"]).await.0, 0);
    for said in ["Something went wrong", "The operation has timed out", "Nobody knows this"] {
        let (status, failed) = sync_while_xod_says(office, said).await;
        assert_eq!((status, failed["status"].as_str()), (1, Some("failed")), "{said}: {failed}");
    }
    for said in ["The authorisation was revoked", "The school has not authorised StudentLite"] {
        let (status, held) = sync_while_xod_says(office, said).await;
        assert_eq!((status, held["status"].as_str()), (2, Some("held")), "{said}: {held}");
    }
}

async fn a_school_is_added_connected_and_kept_in_step(office: &Office) {
    let (status, _) = office.sync(&[]).await;
    assert_eq!(status, 1, "there is no such school yet");

    let name = "Waterside Primary";
    let added = office.rollcall(&["school", "add", "--estab", ESTAB, "--name", name], "").await;
    assert!(text(&added.stdout).contains("/sch/waterside-primary"), "{added:?}");
    let admin = ["admin", "add", "--estab", ESTAB, "--email", "head@waterside.example"];
    let admin = office.rollcall(&admin, "").await;
    assert!(text(&admin.stdout).contains("/activate#"), "{admin:?}");

    let (status, held) = office.sync(&[]).await;
    assert_eq!((status, held["status"].as_str()), (2, Some("held")), "not connected: {held}");

    let connect = ["school", "connect", "--estab", ESTAB, "--secret", "-"];
    let wrong = office.rollcall(&connect, "not the secret\n").await;
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("nothing was stored"), "{wrong:?}");
    let secret = secret_of(office);
    let connected = office.rollcall(&connect, &format!("{secret}\n")).await;
    assert!(text(&connected.stdout).contains("connected and ready"), "{connected:?}");
    assert!(!text(&connected.stderr).contains(&secret));

    let (status, rehearsed) = office.sync(&["--dry-run", "--accept-suggestions"]).await;
    assert_eq!((status, rehearsed["dry_run"].as_bool()), (0, Some(true)));
    let (status, first) = office.sync(&["--accept-suggestions"]).await;
    assert_eq!((status, first["status"].as_str()), (0, Some("done")), "{first}");
    assert_eq!(first["created"], rehearsed["created"], "a rehearsal says what happens");
    everybody_is_created_or_has_a_reason(office, &first);
    let took = |part: &str| first["timings"][part].as_f64().unwrap();
    let parts = ["reading", "planning", "applying"].map(took);
    assert!(parts.iter().all(|part| *part > 0.0), "each part takes its time: {first}");
    assert!(parts.iter().sum::<f64>() <= first["seconds"].as_f64().unwrap() + 0.001, "{first}");

    let (status, second) = office.sync(&[]).await;
    assert_eq!(status, 0);
    let changes = ["linked", "updated", "moved", "restored", "left", "possible_duplicates"];
    assert!(changes.iter().all(|change| second[change] == 0), "{second}");
    assert_eq!(second["created"], serde_json::json!({ "pupils": 0, "staff": 0 }));
    assert_eq!(
        second["unchanged"].as_u64().unwrap(),
        created(&first, "pupils") + created(&first, "staff")
    );
}

fn secret_of(office: &Office) -> String {
    office.simulator.secret(ESTAB).unwrap()
}

fn created(report: &Value, kind: &str) -> u64 {
    report["created"][kind].as_u64().unwrap()
}

/// All pupils, and every teacher with an address of their own; everyone else with the reason.
fn everybody_is_created_or_has_a_reason(office: &Office, report: &Value) {
    let problems = report["problems"].as_array().unwrap();
    let of = |role: &str| problems.iter().filter(|problem| problem["role"] == role).count() as u64;
    let (pupils, teachers) = office
        .simulator
        .look(ESTAB, |school| {
            let teachers = school.current_staff().filter(|member| member.is_teacher);
            (school.on_roll().count() as u64, teachers.count() as u64)
        })
        .unwrap();
    assert_eq!(created(report, "pupils") + of("pupil"), pupils, "{report}");
    assert_eq!(created(report, "staff") + of("staff"), teachers, "{report}");
    assert!(created(report, "pupils") > 400 && created(report, "staff") > 10, "{report}");
    for problem in problems {
        let told = |field: &str| problem[field].as_str().is_some_and(|text| !text.is_empty());
        assert!(["person", "code", "reason", "fix"].into_iter().all(told), "{problem}");
    }
}

#[tokio::test]
async fn on_sqlite_a_school_is_added_connected_and_kept_in_step() {
    let office =
        Office::new(|folder| format!("sqlite:{}/rollcall.db", folder.path().display())).await;
    a_school_is_added_connected_and_kept_in_step(&office).await;
}

/// On PostgreSQL each server would draw one of its own. Asked for, the key file is made, once.
async fn no_key_is_drawn_unasked(office: &Office) {
    let add = ["school", "add", "--estab", ESTAB, "--name", "Waterside"];
    let refused = office.rollcall(&add, "").await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("rollcall keys new"), "{refused:?}");
    let file = office.folder.path().join(".data/rollcall.key");
    assert!(!file.exists());

    let made = office.rollcall(&["keys", "new"], "").await;
    assert!(text(&made.stdout).contains("Made the key file .data/rollcall.key"), "{made:?}");
    let key = std::fs::read_to_string(&file).unwrap();
    let again = office.rollcall(&["keys", "new"], "").await;
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("rollcall keys new --print"), "{again:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), key);
}

#[tokio::test]
async fn a_new_key_is_printed_and_goes_before_the_old_ones() {
    let office =
        Office::new(|folder| format!("sqlite:{}/rollcall.db", folder.path().display())).await;
    let add = |estab| ["school", "add", "--estab", estab, "--name", "Waterside"];
    office.rollcall(&add(ESTAB), "").await;
    let file = office.folder.path().join("rollcall.key");
    let old = std::fs::read_to_string(&file).unwrap();

    let new = text(&office.rollcall(&["keys", "new", "--print"], "").await.stdout);
    std::fs::write(&file, &new).unwrap();
    let refused = office.rollcall(&add("3281103"), "").await;
    let old_id = old.split("sealing key ").nth(1).unwrap().split(':').next().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains(&format!("the sealing key {old_id}")), "{refused:?}");

    std::fs::write(&file, format!("{new}{old}")).unwrap();
    let added = office.rollcall(&add("3281103"), "").await;
    assert_eq!(added.status.code(), Some(0), "{added:?}");
}

#[tokio::test]
async fn told_to_stop_the_server_ends_although_sockets_are_open() {
    let office =
        Office::new(|folder| format!("sqlite:{}/rollcall.db", folder.path().display())).await;
    let mut command = office.command(&["serve"]);
    command.env("ROLLCALL_LISTEN", "127.0.0.1:0").stdin(Stdio::null());
    let mut server = tokio::process::Command::from(command).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let address = loop {
        let line = lines.next_line().await.unwrap().expect("the server ended");
        if let Some((_, address)) = line.rsplit_once("address=") {
            break address.trim().to_owned();
        }
    };
    let unused = tokio::net::TcpStream::connect(&address).await.unwrap();
    let http = reqwest::Client::new();
    let reply = http.get(format!("http://{address}/api/platform")).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let told =
        Command::new("sh").args(["-c", &format!("kill -s TERM {}", server.id().unwrap())]).status();
    assert!(told.unwrap().success());
    let ended = tokio::time::timeout(LONGEST, server.wait()).await.expect("it goes on").unwrap();
    assert_eq!(ended.code(), Some(0));
    drop((unused, http));
}

#[tokio::test]
async fn on_postgresql_a_school_is_added_connected_and_kept_in_step() {
    let Ok(server) = std::env::var("ROLLCALL_TEST_POSTGRES") else {
        assert!(std::env::var("ROLLCALL_REQUIRE_POSTGRES").is_err(), "PostgreSQL is required");
        eprintln!("LEFT OUT: PostgreSQL (set ROLLCALL_TEST_POSTGRES to a server's address)");
        return;
    };
    let schema = format!("command_line_{}", std::process::id());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    let create = format!("CREATE SCHEMA {schema}");
    sqlx::query(AssertSqlSafe(create)).execute(&mut admin).await.unwrap();
    let apart = if server.contains('?') { '&' } else { '?' };
    let office = Office::new(|_| format!("{server}{apart}options[search_path]={schema}")).await;
    no_key_is_drawn_unasked(&office).await;
    a_school_is_added_connected_and_kept_in_step(&office).await;
    let drop = format!("DROP SCHEMA {schema} CASCADE");
    sqlx::query(AssertSqlSafe(drop)).execute(&mut admin).await.unwrap();
}
