//! A nightly sync whose server is killed anywhere on its way: it is made all the same, once, and
//! the admin is told once.

use std::os::unix::process::ExitStatusExt;
use std::time::Instant;

use futures::StreamExt;
use rollcall_server::testing::Clock;
use rollcall_store::Store;
use xod_simulator::{Fault, FaultKind};

use crate::ledger::{Ledger, damage, rows};
use crate::office::{
    Base, ESTAB, Engine, LONGEST, Server, Template, nights_are_on, postgres, until,
};
use crate::round::{LONGEST_RECOVERY, Outcome};
use crate::{is_long, report, width};

/// Where the server is killed; the lease is renewed beside the work, which waits.
const KILLED: [(&str, &str); 14] = [
    ("before-night-claim", "before-night-claim:1"),
    ("after-night-claim", "after-night-claim:1"),
    ("before-night-lease", "before-batch:1:WAIT,before-night-lease:1"),
    ("after-night-lease", "before-batch:1:WAIT,after-night-lease:1"),
    ("after-roster", "after-roster:1"),
    ("within-plan", "within-plan:1"),
    ("after-plan", "after-plan:1"),
    ("before-queue", "before-queue:1"),
    ("after-queue", "after-queue:1"),
    ("within-batch", "within-batch:1"),
    ("after-finish", "after-finish:1"),
    ("before-night-end", "before-night-end:1"),
    ("within-night-end", "within-night-end:1"),
    ("after-night-end", "after-night-end:1"),
];

/// Where it is killed when XoD fails, so that the night is to be tried again later.
const KILLED_BEFORE_A_RETRY: [&str; 2] = ["before-night-retry", "after-night-retry"];

/// The points that only a night comes to.
pub(crate) fn points() -> impl Iterator<Item = &'static str> {
    KILLED.map(|(name, _)| name).into_iter().chain(KILLED_BEFORE_A_RETRY)
}

/// A school after its first sync, of whose MIS some are gone and some have another name, and whose
/// night is due.
async fn due(engine: Engine) -> Template {
    let template = Template::new(engine, Base::Undo).await;
    template.simulator.change(ESTAB, |school| {
        school.pupils.drain(..3);
        school.pupils.iter_mut().take(5).for_each(|pupil| pupil.surname.push_str("-Jones"));
    });
    let store = template.place.open().await;
    nights_are_on(&store, template.school, Clock::system().now()).await;
    store.close().await;
    template
}

/// Waits until the night is over, and then until nobody is at work.
async fn is_over(store: &Store) {
    until("the end of the night", || async {
        let nights: Vec<(Option<String>,)> = rows!(store, "SELECT last_outcome FROM schedules");
        (nights == [(Some("done".to_owned()),)]).then_some(())
    })
    .await;
}

async fn undisturbed(template: &Template) -> Ledger {
    let place = template.copy().await;
    let store = place.open().await;
    let mut server = template.serve(&place, "", None).await;
    is_over(&store).await;
    server.kill().await;
    let ledger = Ledger::of(&store, template.school).await;
    store.close().await;
    place.remove().await;
    ledger
}

async fn dies(mut server: Server, name: &str) {
    let ended = tokio::time::timeout(LONGEST, server.child.wait()).await;
    let status = ended.unwrap_or_else(|_| panic!("it never came to {name}")).unwrap();
    assert_eq!(status.signal(), Some(9), "{name}: {}", server.last_words());
}

/// Has the server killed where it is told to, and another make the night.
async fn survive(
    template: &Template,
    undisturbed: &Ledger,
    (name, crash_at): (&str, &str),
    between: impl AsyncFnOnce(&Store),
) -> Outcome {
    let place = template.copy().await;
    let store = place.open().await;
    dies(template.serve(&place, crash_at, None).await, name).await;
    between(&store).await;
    let died = Instant::now();
    let mut server = template.serve(&place, "", None).await;
    is_over(&store).await;
    let took = died.elapsed();
    server.kill().await;
    let mut findings = Ledger::of(&store, template.school).await.differs_from(undisturbed);
    let runs: Vec<(i64,)> = rows!(&store, "SELECT COUNT(*) FROM runs WHERE status = 'done'");
    if runs != [(2,)] {
        findings.push(format!("{runs:?} runs are done"));
    }
    if took > LONGEST_RECOVERY {
        findings.push(format!("it took {took:?} to recover"));
    }
    findings.extend(damage(&store).await);
    store.close().await;
    place.remove().await;
    Outcome { name: name.to_owned(), kills: 1, recovery: Some(took), findings }
}

async fn killed_on_its_way(engine: Engine) {
    let template = due(engine).await;
    let expected = undisturbed(&template).await;
    let some = ["after-night-claim", "after-queue", "within-night-end"];
    let rounds = KILLED.into_iter().filter(|(name, _)| is_long() || some.contains(name));
    let mut outcomes: Vec<Outcome> = futures::stream::iter(rounds)
        .map(|round| survive(&template, &expected, round, async |_| ()))
        .buffer_unordered(width(engine))
        .collect()
        .await;
    // XoD fails for everybody at once.
    for name in KILLED_BEFORE_A_RETRY.into_iter().filter(|_| is_long()) {
        let kind = FaultKind::Status { status: 503, retry_after: None };
        let matches = "/school/".to_owned();
        template.simulator.script(Fault { matches, after: 0, times: 1_000, kind });
        let crash_at = format!("{name}:1");
        let mends = async |store: &Store| {
            template.simulator.clear_faults();
            // As if the time of the next try had come, where one was written down.
            store.bring_night_forward(template.school, Clock::system().now()).await.unwrap();
        };
        outcomes.push(survive(&template, &expected, (name, &crash_at), mends).await);
    }
    report(&format!("killed on the way of a night: {engine:?}"), &outcomes);
    template.place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_on_sqlite_is_made_once_wherever_its_server_is_killed() {
    killed_on_its_way(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_on_postgresql_is_made_once_wherever_its_server_is_killed() {
    if postgres().is_some() {
        killed_on_its_way(Engine::Postgres).await;
    }
}
