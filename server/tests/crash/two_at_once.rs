//! Two processes at once on one database: they never work on the same run, and one that lost its
//! lease writes nothing.

use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_server::testing::Clock;
use rollcall_shared::plan::PlanSummary;
use rollcall_shared::run::{RunStatus, RunView};
use rollcall_store::Store;

use crate::ledger::{Ledger, damage, rows};
use crate::office::{Api, Base, ESTAB, Engine, Place, Server, Template, postgres, signal, until};
use crate::round::Reference;

/// The newest run: its status, how often it was claimed, and until when its lease is.
type Newest = (String, i64, Option<DateTime<Utc>>);

async fn newest(store: &Store) -> Newest {
    let runs: Vec<Newest> = rows!(
        store,
        "SELECT status, fence, lease_until FROM runs WHERE queued_at IS NOT NULL
        ORDER BY queued_at DESC"
    );
    runs.into_iter().next().unwrap_or_default()
}

/// Waits until the newest run looks like this.
async fn until_newest(what: &str, store: &Store, is_so: impl Fn(&Newest) -> bool) -> Newest {
    until(what, || async { Some(newest(store).await).filter(|newest| is_so(newest)) }).await
}

/// Plans, and presses Finish.
async fn start(api: &Api) -> PlanSummary {
    let plan = api.plan().await.unwrap();
    api.finish(&plan).await.unwrap();
    plan
}

/// A place with two processes and what a run without either's trouble comes to.
struct Pair {
    template: Template,
    reference: Reference,
    place: Place,
    store: Store,
}

impl Pair {
    async fn new(engine: Engine) -> Self {
        let template = Template::new(engine, Base::FirstSync).await;
        let reference = Reference::of(&template).await;
        let place = template.copy().await;
        let store = place.open().await;
        Self { template, reference, place, store }
    }

    async fn serve(&self, crash_at: &str) -> Server {
        self.template.serve(&self.place, crash_at, None).await
    }

    /// Everything is as if there had been one process.
    async fn ends_as_if_alone(self, servers: Vec<Server>) {
        for mut server in servers {
            server.kill().await;
        }
        let ledger = Ledger::of(&self.store, self.template.school).await;
        let differs = ledger.differs_from(&self.reference.ledger);
        assert!(differs.is_empty(), "{}", differs.join("\n"));
        let found = damage(&self.store).await;
        assert!(found.is_empty(), "{found:?}");
        self.store.close().await;
        self.place.remove().await;
        self.template.place.remove().await;
    }
}

fn is_done(run: &RunView) {
    assert_eq!((run.status, run.done), (RunStatus::Done, run.total));
}

/// Waits until the lease of the run is long over, and nobody has taken the run up all the same.
async fn nobody_takes_it_up(store: &Store) {
    let is_over = |(_, _, lease_until): &Newest| {
        lease_until.is_some_and(|until| Clock::system().now() > until + TimeDelta::seconds(2))
    };
    let (status, fence, _) = until_newest("the end of the lease", store, is_over).await;
    assert_eq!((status.as_str(), fence), ("running", 1));
}

/// One server stands still at this point until another has taken its run up, and goes on then.
async fn a_server_stands_still(point: &str) {
    if postgres().is_none() {
        return;
    }
    let pair = Pair::new(Engine::Postgres).await;
    let still = pair.serve(&format!("{point}:2:STOP")).await;
    let plan = start(&still.api).await;
    until_newest("the first claim", &pair.store, |(_, fence, _)| *fence == 1).await;
    let second = pair.serve("").await;
    until_newest("the second claim", &pair.store, |(_, fence, _)| *fence == 2).await;
    still.signal("CONT").await;
    is_done(&second.api.follow(plan.run).await.unwrap());
    until("its giving way", || async { still.said("TakenOver").then_some(()) }).await;
    assert_eq!(newest(&pair.store).await.1, 2);
    pair.ends_as_if_alone(vec![still, second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_its_lease_between_two_batches_writes_nothing_more() {
    a_server_stands_still("before-batch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_its_lease_in_a_batch_takes_the_batch_back() {
    a_server_stands_still("before-progress").await;
}

/// One server stands still for good in the middle of a transaction, and another does the run.
async fn a_server_never_goes_on(point: &str) {
    if postgres().is_none() {
        return;
    }
    let pair = Pair::new(Engine::Postgres).await;
    let still = pair.serve(&format!("{point}:1:STOP")).await;
    let plan = start(&still.api).await;
    until_newest("the first claim", &pair.store, |(_, fence, _)| *fence == 1).await;
    let second = pair.serve("").await;
    is_done(&second.api.follow(plan.run).await.unwrap());
    pair.ends_as_if_alone(vec![still, second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_in_a_batch_keeps_nobody_from_it() {
    a_server_never_goes_on("within-batch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_at_the_end_of_a_run_keeps_nobody_from_it() {
    a_server_never_goes_on("within-finish").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_holds_however_long_a_batch_takes() {
    let Some(_) = postgres() else { return };
    let pair = Pair::new(Engine::Postgres).await;
    let (first, second) = tokio::join!(pair.serve(""), pair.serve(""));
    let Store::Postgres(pool) = &pair.store else { panic!("this is PostgreSQL") };
    let mut held = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE accounts IN SHARE MODE").execute(&mut *held).await.unwrap();
    let plan = start(&first.api).await;
    let claimed = until_newest("the claim", &pair.store, |(_, fence, _)| *fence == 1).await;
    let later = claimed.2.unwrap() + TimeDelta::seconds(6);
    let is_renewed = |newest: &Newest| newest.2.is_some_and(|until| until > later);
    let (_, fence, _) = until_newest("the renewals", &pair.store, is_renewed).await;
    assert_eq!(fence, 1);
    held.rollback().await.unwrap();
    is_done(&second.api.follow(plan.run).await.unwrap());
    assert_eq!(newest(&pair.store).await.1, 1, "nobody else took it up");
    pair.ends_as_if_alone(vec![first, second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_postgresql_never_work_on_the_same_run() {
    const OTHERS: [&str; 5] = ["3281103", "3281104", "3281105", "3281106", "3281107"];
    let Some(_) = postgres() else { return };
    let pair = Pair::new(Engine::Postgres).await;
    // All runs wait before the first worker looks for one.
    let mut waiting = pair.serve("before-claim:1:WAIT").await;
    start(&waiting.api).await;
    for estab in OTHERS {
        let api = pair.template.another_school(&pair.place, &waiting.api, estab).await;
        start(&api).await;
    }
    waiting.kill().await;
    let (first, second) = tokio::join!(pair.serve(""), pair.serve(""));
    let claims = until("the last run", || async {
        let runs: Vec<(String, i64)> =
            rows!(&pair.store, "SELECT status, fence FROM runs WHERE queued_at IS NOT NULL");
        runs.iter().all(|(status, _)| status == "done").then_some(runs)
    })
    .await;
    assert_eq!(claims, vec![("done".to_owned(), 1); OTHERS.len() + 1]);
    pair.ends_as_if_alone(vec![first, second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_sqlite_is_not_robbed_of_its_run_while_it_lives() {
    let pair = Pair::new(Engine::Sqlite).await;
    let still = pair.serve("before-batch:2:STOP").await;
    let plan = start(&still.api).await;
    let second = pair.serve("").await;
    nobody_takes_it_up(&pair.store).await;
    still.signal("CONT").await;
    is_done(&second.api.follow(plan.run).await.unwrap());
    assert_eq!(newest(&pair.store).await.1, 1);
    pair.ends_as_if_alone(vec![still, second]).await;
}

const SYNC: [&str; 4] = ["sync", "--estab", ESTAB, "--json"];

fn is_done_by_command(output: &Output) {
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (output.status.code(), answer["status"].as_str()),
        (Some(0), Some("done")),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_from_the_command_line_is_not_robbed_of_its_run_by_a_server_that_starts() {
    let pair = Pair::new(Engine::Sqlite).await;
    let child = pair.template.program(&pair.place, &SYNC, "before-batch:2:STOP").spawn().unwrap();
    let pid = child.id().unwrap();
    until_newest("the claim", &pair.store, |(_, fence, _)| *fence == 1).await;
    let server = pair.serve("").await;
    nobody_takes_it_up(&pair.store).await;
    signal(pid, "CONT").await;
    is_done_by_command(&child.wait_with_output().await.unwrap());
    assert_eq!(newest(&pair.store).await.1, 1);
    pair.ends_as_if_alone(vec![server]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_from_the_command_line_leaves_its_run_to_a_server_that_is_there() {
    let pair = Pair::new(Engine::Sqlite).await;
    let server = pair.serve("").await;
    let output = pair.template.program(&pair.place, &SYNC, "").output().await.unwrap();
    is_done_by_command(&output);
    assert!(server.said("a run has ended"));
    assert_eq!(newest(&pair.store).await.1, 1);
    pair.ends_as_if_alone(vec![server]).await;
}

/// Where `rollcall sync` is killed on the way to a held run, and how many held runs there are then.
pub(crate) const HELD: [(&str, i64); 3] =
    [("before-hold", 0), ("within-hold", 0), ("after-hold", 1)];

/// A run that a guard holds is held once, and the admin is told once.
async fn a_held_run(engine: Engine) {
    let mut pair = Pair::new(engine).await;
    let sync = async |crash_at: &str| {
        pair.template.program(&pair.place, &SYNC, crash_at).output().await.unwrap()
    };
    is_done_by_command(&sync("").await);
    pair.template.simulator.change(ESTAB, |school| {
        let mut count = 0;
        school.pupils.retain(|_| {
            count += 1;
            count % 3 > 0
        });
    });
    for (point, held) in HELD {
        let killed = sync(&format!("{point}:1")).await;
        assert_eq!(killed.status.signal(), Some(9), "{point}");
        let found: Vec<(i64,)> =
            rows!(&pair.store, "SELECT COUNT(*) FROM runs WHERE status = 'held'");
        assert_eq!(found, [(held,)], "{point}");
    }
    let output = sync("").await;
    assert_eq!(output.status.code(), Some(2));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["status"], "held", "{answer}");
    for (username, mails) in &mut pair.reference.ledger.mails {
        *mails += i64::from(username == "OOffice");
    }
    pair.ends_as_if_alone(Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_sqlite_that_is_to_be_held_is_held_wherever_it_is_killed() {
    a_held_run(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_postgresql_that_is_to_be_held_is_held_wherever_it_is_killed() {
    if postgres().is_some() {
        a_held_run(Engine::Postgres).await;
    }
}
