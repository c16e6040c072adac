//! What happens when the server is killed while a run goes: nothing that anybody would notice.
//!
//! A real server is killed (SIGKILL) at a named point or at any moment, and started again. Then the
//! run goes on by itself, and what stands in the database is compared, account by account, with a
//! run that nothing happened to. `make crash-test` runs the long form.
#![cfg(debug_assertions)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may panic, and says what it found"
)]

mod ledger;
#[expect(dead_code, reason = "other tests have it answer in more ways")]
#[path = "../support/mailbox.rs"]
mod mailbox;
mod night;
mod office;
mod round;
mod two_at_once;

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use rollcall_server::testing::Dice;
use rollcall_shared::run::RunStatus;
use rollcall_store::crash::POINTS;

use office::{Base, Engine, Template, postgres};
use round::{Act, Dies, Outcome, Reference, Round, Step};

/// So many rounds at a time; on PostgreSQL most of one is waiting for a lease to be over.
const fn width(engine: Engine) -> usize {
    match engine {
        Engine::Sqlite => 3,
        Engine::Postgres => 6,
    }
}

/// Whether this is `make crash-test`.
fn is_long() -> bool {
    std::env::var("ROLLCALL_CRASH_TEST").is_ok_and(|form| form == "long")
}

/// One round for each point that a server comes to.
fn rounds() -> Vec<Round> {
    let mut rounds = Vec::new();
    let unborn = |point: &str, act| Round::of(point, vec![Step::new(act, point)]);
    for point in ["before-roster", "within-roster", "after-roster"] {
        rounds.push(unborn(point, Act::ReadAndWalk));
    }
    for point in ["before-plan", "within-plan", "after-plan", "before-queue", "within-queue"] {
        rounds.push(unborn(point, Act::Walk));
    }
    for point in ["before-plan-renewal", "after-plan-renewal"] {
        rounds.push(unborn(point, Act::PlanTwiceAndWalk));
    }
    rounds.push(Round::at("after-queue"));
    for point in ["before-batch", "before-progress", "within-batch", "after-batch"] {
        rounds.push(Round::at(point));
        rounds.push(Round::at(&format!("{point}:2")));
    }
    for point in ["before-finish", "within-finish", "after-finish"] {
        rounds.push(Round::at(point));
    }
    // The lease is renewed beside the work, which waits.
    for point in ["before-lease", "after-lease"] {
        let steps = vec![Step::new(Act::Walk, &format!("before-batch:2:WAIT,{point}"))];
        rounds.push(Round::of(point, steps).ends(RunStatus::Done));
    }
    // A server looks for runs as soon as it starts, so one has to be there.
    for (point, first) in [
        ("before-claim", "after-queue"),
        ("after-claim", "after-queue"),
        ("before-take-back", "within-batch:2"),
        ("after-take-back", "within-batch:2"),
    ] {
        let steps = vec![Step::new(Act::Walk, first), Step::new(Act::Wait, point)];
        rounds.push(Round::of(point, steps).ends(RunStatus::Done));
    }
    for (point, ends) in [
        ("before-cancel", RunStatus::Done),
        ("after-cancel", RunStatus::Cancelled),
        ("before-end", RunStatus::Cancelled),
        ("within-end", RunStatus::Cancelled),
        ("after-end", RunStatus::Cancelled),
    ] {
        let steps = vec![Step::new(Act::Walk, "within-batch:2"), Step::new(Act::Stop, point)];
        rounds.push(Round::of(point, steps).ends(ends));
    }
    for point in ["before-give-up", "after-give-up"] {
        let mut steps = vec![Step::new(Act::Walk, "before-batch")];
        steps.extend(vec![Step::new(Act::Wait, "before-batch"); 9]);
        steps.push(Step::new(Act::Wait, point));
        rounds.push(Round::of(point, steps).ends(RunStatus::Failed));
    }
    for (point, doubles) in [
        ("before-mail-claim", 0),
        ("after-mail-claim", 0),
        ("before-mail", 0),
        ("after-mail", 1),
        ("before-mail-sent", 1),
        ("after-mail-sent", 0),
        ("before-mail-not-sent", 0),
        ("after-mail-not-sent", 0),
    ] {
        let refuses = point.ends_with("not-sent");
        let steps =
            vec![Step::new(Act::Walk, "after-finish"), Step::new(Act::Wait, point).mailing()];
        let round = Round::of(point, steps).ends(RunStatus::Done);
        rounds.push(Round { doubles, refuses, ..round });
    }
    rounds.iter_mut().flat_map(|round| &mut round.steps).for_each(Step::name_the_first_time);
    rounds
}

impl Step {
    /// `within-batch` stands for `within-batch:1`.
    fn name_the_first_time(&mut self) {
        if let Dies::At(points) = &mut self.dies {
            let whole = |point: &str| {
                if point.contains(':') { point.to_owned() } else { format!("{point}:1") }
            };
            *points = points.split(',').map(whole).collect::<Vec<_>>().join(",");
        }
    }
}

/// Whether a point is one on this engine. PostgreSQL has leases instead of a lock; in the short
/// form some points are enough there.
fn is_looked_at(engine: Engine, base: Base, round: &Round) -> bool {
    const SOME: [&str; 7] = [
        "after-claim",
        "within-batch:2",
        "after-batch",
        "after-lease",
        "within-finish",
        "after-end",
        "after-mail",
    ];
    // An undo writes to nobody, and no reading makes its plan newer.
    if base == Base::Undo && (round.name.contains("mail") || round.name.ends_with("renewal")) {
        return false;
    }
    match engine {
        Engine::Sqlite => true,
        Engine::Postgres if is_long() => !round.name.ends_with("take-back"),
        Engine::Postgres => SOME.contains(&round.name.as_str()),
    }
}

/// Goes through all rounds, says what came of them, and fails if anything is not as it should be.
async fn survive_all(title: &str, engine: Engine, template: &Template, rounds: Vec<Round>) {
    let reference = Reference::of(template).await;
    survive_like(title, engine, template, &reference, rounds).await;
}

async fn survive_like(
    title: &str,
    engine: Engine,
    template: &Template,
    reference: &Reference,
    rounds: Vec<Round>,
) {
    let outcomes: Vec<Outcome> = futures::stream::iter(&rounds)
        .map(|round| round.survive(template, reference))
        .buffer_unordered(width(engine))
        .collect()
        .await;
    report(&format!("{title}: {engine:?}, {:?}", template.base), &outcomes);
}

/// Prints the table, and fails if anything is not as it should be.
fn report(title: &str, outcomes: &[Outcome]) {
    let mut rows: BTreeMap<&str, (usize, Vec<Duration>)> = BTreeMap::new();
    for outcome in outcomes {
        let (kills, recoveries) = rows.entry(&outcome.name).or_default();
        *kills += outcome.kills;
        recoveries.extend(outcome.recovery);
    }
    let mut lines = vec![
        title.to_owned(),
        format!("{:24} {:>6} {:>8} {:>10} {:>10}", "killed", "kills", "went on", "median", "worst"),
    ];
    let mut all: (usize, Vec<Duration>) = (0, Vec::new());
    for (name, (kills, recoveries)) in rows {
        lines.push(line(name, kills, recoveries.clone()));
        all.0 += kills;
        all.1.extend(recoveries);
    }
    lines.push(line("all", all.0, all.1));
    eprintln!("{}\n", lines.join("\n"));
    let found = outcomes
        .iter()
        .flat_map(|one| one.findings.iter().map(|found| format!("{}: {found}", one.name)));
    let findings: Vec<String> = found.collect();
    assert!(findings.is_empty(), "{title}:\n{}", findings.join("\n"));
}

fn line(name: &str, kills: usize, mut recoveries: Vec<Duration>) -> String {
    recoveries.sort_unstable();
    let shown = |time: Option<&Duration>| {
        time.map_or("-".to_owned(), |time| format!("{:.2} s", time.as_secs_f64()))
    };
    let median = shown(recoveries.get(recoveries.len() / 2));
    let (worst, went_on) = (shown(recoveries.last()), recoveries.len());
    format!("{name:24} {kills:>6} {went_on:>8} {median:>10} {worst:>10}")
}

/// The bases that are looked at at every point.
fn bases() -> &'static [Base] {
    if is_long() { &Base::ALL } else { &[Base::FirstSync] }
}

async fn every_point(engine: Engine) {
    for base in bases() {
        let template = Template::new(engine, *base).await;
        let rounds =
            rounds().into_iter().filter(|round| is_looked_at(engine, *base, round)).collect();
        survive_all("killed at a named point", engine, &template, rounds).await;
        template.place.remove().await;
    }
}

async fn any_moment(engine: Engine) {
    let seed = std::env::var("ROLLCALL_CRASH_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or(1);
    let each = if is_long() { 34 } else { 2 };
    eprintln!("ROLLCALL_CRASH_SEED={seed}");
    let dice = Dice::seeded(seed + engine as u64);
    for base in Base::ALL {
        let template = Template::new(engine, base).await;
        let reference = Reference::of(&template).await;
        let longest = u64::try_from(reference.takes.as_micros()).unwrap();
        let rounds = (0..each).map(|_| {
            let moment = Duration::from_micros(u64::from_le_bytes(dice.bytes()) % longest);
            let step = Step { act: Act::Walk, dies: Dies::After(moment), is_mailing: true };
            Round { doubles: 1, ..Round::of("at any moment", vec![step]) }
        });
        let rounds = rounds.collect();
        survive_like("killed at any moment", engine, &template, &reference, rounds).await;
        template.place.remove().await;
    }
}

#[test]
fn there_is_a_round_for_every_point() {
    let mut names: Vec<String> = rounds().into_iter().map(|round| round.name).collect();
    names.extend(two_at_once::HELD.map(|(point, _)| point.to_owned()));
    names.extend(night::points().map(str::to_owned));
    for point in POINTS {
        assert!(names.iter().any(|name| name == point), "{point}");
    }
    assert!(POINTS.len() >= 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_sqlite_survives_being_killed_at_every_point() {
    every_point(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_postgresql_survives_being_killed_at_a_point() {
    if postgres().is_some() {
        every_point(Engine::Postgres).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_sqlite_survives_being_killed_at_any_moment() {
    any_moment(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_postgresql_survives_being_killed_at_any_moment() {
    if postgres().is_some() {
        any_moment(Engine::Postgres).await;
    }
}
