//! One whole run without anybody watching, as the command line and the nightly sync do it: read the MIS, take the
//! saved settings (or, where none are saved, what is proposed), plan, and apply. What a person
//! would have to decide stops it before anything is done.
//!
//! On the first run the certain suggestions for year groups count as proposed settings. Later,
//! a year group that was never seen before is left to the admin: its people stay as they are, and
//! if they are many, a guard holds the run.

use std::future::Future;
use std::time::Duration;

use rollcall_engine::domain::roster::Roster;
use rollcall_engine::planner::year_groups::{Accept, decisions};
use rollcall_engine::planner::{Inputs, plan};
use rollcall_shared::ids::RunId;
use rollcall_shared::plan::{Finish, PlanSummary};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::settings::Settings;
use rollcall_shared::wizard::{Draft, Step};
use rollcall_store::runs::Asker;
use rollcall_store::schools::StoredSchool;
use rollcall_store::settings::Saved;

use super::apply::apply;
use super::lease::LEASE;
use super::letters;
use super::reading;
use super::report::{self, Report, Status, Stopwatch};
use super::undo;
use super::{planned, runs};
use crate::error::{Error, Result};
use crate::state::AppState;

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// How a run is to be made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RunOptions {
    /// Only say what would be done. Nothing is stored, not even the roster; only that the MIS was
    /// read is written down, as of every reading.
    pub dry_run: bool,
    /// Take the suggestions for undecided year groups, the likely ones too.
    pub accept_suggestions: bool,
    /// It is the school's nightly sync, which an admin may turn off meanwhile.
    pub by_schedule: bool,
}

impl RunOptions {
    const fn asker(self) -> Asker<'static> {
        if self.by_schedule { Asker::Schedule } else { Asker::CommandLine }
    }
}

/// Told what is being done, in plain words.
pub(crate) type Progress<'a> = &'a (dyn Fn(String) + Send + Sync);

/// Makes one run.
///
/// # Errors
/// If something broke on our side.
pub(crate) async fn run(
    state: &AppState,
    school: &StoredSchool,
    options: RunOptions,
    progress: Progress<'_>,
) -> Result<Report> {
    let mut watch = Stopwatch::start(&state.clock);
    let made = attempt(state, school, options, progress, &mut watch).await;
    let report = reported(state, school, made, &watch).await?;
    Ok(Report { dry_run: options.dry_run, ..report })
}

/// Undoes a run; none is the last that changed somebody.
///
/// # Errors
/// If something broke on our side.
pub(crate) async fn undo(
    state: &AppState,
    school: &StoredSchool,
    run: Option<RunId>,
    progress: Progress<'_>,
) -> Result<Report> {
    let mut watch = Stopwatch::start(&state.clock);
    let made = attempt_undo(state, school, run, progress, &mut watch).await;
    reported(state, school, made, &watch).await
}

async fn attempt_undo(
    state: &AppState,
    school: &StoredSchool,
    run: Option<RunId>,
    progress: Progress<'_>,
    watch: &mut Stopwatch<'_>,
) -> Result<Report> {
    let last = state.store.find_last_change(school.id, None).await?;
    let run = run.or(last).ok_or_else(|| Error::not_found("A run that could be undone"))?;
    progress("Planning".into());
    let summary = undo::make_plan(state, school.id, run, None).await?;
    watch.lap(|timings| &mut timings.planning);
    let report = finish(state, school, RunOptions::default(), summary, progress).await?;
    watch.lap(|timings| &mut timings.applying);
    Ok(report)
}

/// The report of a run, also of one that was refused.
async fn reported(
    state: &AppState,
    school: &StoredSchool,
    made: Result<Report>,
    watch: &Stopwatch<'_>,
) -> Result<Report> {
    let mut report = match made {
        Ok(report) => report,
        Err(Error::Problem(problem)) => report::refused(state, school, &problem).await?,
        Err(error) => return Err(error),
    };
    watch.note(&mut report);
    Ok(report)
}

async fn attempt(
    state: &AppState,
    school: &StoredSchool,
    options: RunOptions,
    progress: Progress<'_>,
    watch: &mut Stopwatch<'_>,
) -> Result<Report> {
    let roster = state.connections.read_roster_if_changed(school, progress).await?;
    watch.lap(|timings| &mut timings.reading);
    progress("Planning".into());
    let draft = state.store.load_draft(school.id).await?;
    let settings = match settings(state, school, &roster, &draft, options).await? {
        Ok(settings) => settings,
        Err(message) => return report::not_made(state, school, Status::Held, &message).await,
    };
    if options.dry_run {
        let report = rehearse(state, school, &roster, &settings).await?;
        watch.lap(|timings| &mut timings.planning);
        return Ok(report);
    }
    if !state.store.save_roster(school.id, &roster).await? {
        return Err(reading::not_ready());
    }
    // The plan is made from what is stored; two rosters of a large school take much memory.
    drop(roster);
    if settings != draft.settings || draft.version == 0 {
        save(state, school, &draft, &settings).await?;
    }
    let summary = planned::make_plan(state, school.id, None).await?;
    watch.lap(|timings| &mut timings.planning);
    let report = finish(state, school, options, summary, progress).await?;
    watch.lap(|timings| &mut timings.applying);
    Ok(report)
}

/// The settings to go by, or why a person has to decide first.
async fn settings(
    state: &AppState,
    school: &StoredSchool,
    roster: &Roster,
    draft: &Draft,
    options: RunOptions,
) -> Result<std::result::Result<Settings, String>> {
    let is_first = !state.store.has_applied_run(school.id).await?;
    let accept = match (options.accept_suggestions, is_first) {
        (true, _) => Accept::All,
        (false, true) => Accept::Certain,
        (false, false) => Accept::Nothing,
    };
    let decided = decisions(roster, &draft.settings, accept);
    if is_first && !options.accept_suggestions && !decided.undecided.is_empty() {
        return Ok(Err(format!(
            "No one has decided which year groups these are: {}. Decide in step 3 of the wizard, \
             or accept the suggestions with --accept-suggestions. Nothing was changed.",
            decided.undecided.join(", ")
        )));
    }
    let mut settings = draft.settings.clone();
    settings.year_mappings.extend(decided.accepted);
    Ok(Ok(settings))
}

/// The wizard's questions; a run without anybody watching answers all of them.
const QUESTIONS: [Step; 4] =
    [Step::Usernames, Step::Passwords, Step::YearGroups, Step::SubjectGroups];

async fn save(
    state: &AppState,
    school: &StoredSchool,
    draft: &Draft,
    settings: &Settings,
) -> Result<()> {
    let now = state.clock.now();
    let saved =
        state.store.save_draft(school.id, draft.version, settings, &QUESTIONS, None, now).await?;
    match saved {
        Saved::Saved(_) => Ok(()),
        Saved::Stale(_) => {
            Err(Problem::new(Kind::Stale, "Someone changed the wizard's answers in the meantime")
                .detail("Nothing was done. Run it again.")
                .into())
        }
    }
}

/// Plans in memory, and says what would be done.
async fn rehearse(
    state: &AppState,
    school: &StoredSchool,
    roster: &Roster,
    settings: &Settings,
) -> Result<Report> {
    let school_state = state.store.school_state(school.id).await?;
    let now = state.clock.now();
    let plan =
        state.dice.throw(|dice| plan(Inputs { roster, settings, state: &school_state, now }, dice));
    Ok(report::of_plan(state.store.next_run_number(school.id).await?, &plan))
}

/// Applies a plan, unless a guard holds it.
async fn finish(
    state: &AppState,
    school: &StoredSchool,
    options: RunOptions,
    summary: PlanSummary,
    progress: Progress<'_>,
) -> Result<Report> {
    let run = summary.run;
    // Whatever turned the nightly sync off, and changed accounts with it, stands before this plan:
    // what comes later makes the plan stale.
    if options.by_schedule && !state.store.is_schedule_on(school.id).await? {
        return Err(turned_off());
    }
    if let Some(message) = report::guards(&summary.guards) {
        let mails = letters::held(state, school, &message).await?;
        let now = state.clock.now();
        let held =
            state.store.hold_run(school.id, run, options.asker(), &message, &mails, now).await?;
        let held = held.ok_or_else(runs::stale)?;
        let report = report::of_run(state, school, held.run).await?;
        return Ok(Report { is_told: held.is_news, ..report });
    }
    let shown = Finish { hash: summary.hash, confirmation: None };
    runs::finish(state, school.id, run, &shown, options.asker()).await?;
    follow(state, school, run, progress).await
}

fn turned_off() -> Error {
    Problem::new(Kind::Stale, "The nightly sync was turned off in the meantime")
        .detail("Nothing was changed.")
        .into()
}

/// Applies a run for which Finish was pressed, or follows the one who does it, to its end.
///
/// # Errors
/// If something broke on our side.
pub(crate) async fn follow(
    state: &AppState,
    school: &StoredSchool,
    run: RunId,
    progress: Progress<'_>,
) -> Result<Report> {
    loop {
        let now = state.clock.now();
        if let Some(_lock) = state.store.lock_runs(now).await?
            && let Some(claim) = state.store.claim_run(Some(run), now, now + LEASE).await?
        {
            telling(state, school, run, progress, apply(state, claim)).await?;
        }
        let view = runs::view(state, school.id, run).await?;
        if !view.status.is_going() {
            return report::of_run(state, school, run).await;
        }
        progress(done_of(view.done, view.total));
        if !state.background.pause(TELL_EVERY).await {
            return Err(Error::broken(Stopping));
        }
    }
}

/// The server stops; the next one goes on.
#[derive(Debug, thiserror::Error)]
#[error("the server is being stopped")]
struct Stopping;

/// Does the work, and tells how far it is meanwhile.
async fn telling<T>(
    state: &AppState,
    school: &StoredSchool,
    run: RunId,
    progress: Progress<'_>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::pin!(work);
    let mut ticks = tokio::time::interval(TELL_EVERY);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = ticks.tick() => {
                let view = runs::view(state, school.id, run).await?;
                progress(done_of(view.done, view.total));
            }
        }
    }
}

fn done_of(done: u32, total: u32) -> String {
    format!("Applying: {done} of {total}")
}

/// Forgets the lists of a run that changed nobody, once it has been reported: who has a problem is
/// in the summary, night after night.
///
/// # Errors
/// If something broke on our side.
pub(crate) async fn forget_lists(
    state: &AppState,
    school: &StoredSchool,
    report: &Report,
) -> Result<()> {
    if let Some(run) = report.run_id
        && report.status == Status::Done
        && report.changes() == 0
    {
        state.store.forget_run_people(school.id, run).await?;
    }
    Ok(())
}
