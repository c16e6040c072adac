//! One whole run without anybody watching, as the command line and the nightly sync do it: read the MIS, take the
//! saved settings (or, where none are saved, what is proposed), plan, and apply. What a person
//! would have to decide stops it before anything is done.
//!
//! On the first run the certain suggestions for year groups count as proposed settings. Later,
//! a year group that was never seen before is left to the admin: its people stay as they are, and
//! if they are many, a guard holds the run.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rollcall_shared::ids::RunId;
use rollcall_shared::plan::{
    Counts, Finish, LeftOut, PlanList, PlanSummary, ProblemCode, WarningCode,
};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::RunStatus;
use rollcall_shared::settings::Settings;
use rollcall_shared::wizard::{Draft, Step};
use serde::Serialize;

use super::apply::apply;
use super::lease::LEASE;
use super::letters;
use super::plan::{Plan, PlannedPerson, Totals};
use super::planner::{Inputs, plan};
use super::reading;
use super::roster::Roster;
use super::runs;
use super::undo;
use super::wizard::decisions;
use super::year_groups::Accept;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::state::AppState;
use crate::store::runs::Asker;
use crate::store::schools::StoredSchool;
use crate::store::settings::Saved;

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// How a run is to be made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// Only say what would be done. Nothing is stored, not even the roster; only that the MIS was
    /// read is written down, as of every reading.
    pub dry_run: bool,
    /// Take the suggestions for undecided year groups, the likely ones too.
    pub accept_suggestions: bool,
    /// It is the school's nightly sync, which an admin may turn off meanwhile.
    pub by_schedule: bool,
}

impl Asked {
    const fn asker(self) -> Asker<'static> {
        if self.by_schedule { Asker::Schedule } else { Asker::CommandLine }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Applied. (Or, as a dry run, what would be applied without a person's having to act.)
    Done,
    /// Nothing was applied, and a person must act.
    Held,
    Failed,
}

/// A run in figures, with everybody who was left out or needs a look.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The run's number among those of its school.
    pub run: u32,
    #[serde(skip)]
    pub run_id: Option<RunId>,
    pub status: Status,
    pub dry_run: bool,
    /// Why it was held or failed, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Whether it is held, and the admins have just been written to about that.
    #[serde(skip)]
    pub is_told: bool,
    /// After how long it may well succeed, where it was kept from it by what passes.
    #[serde(skip)]
    pub retry_after_seconds: Option<u32>,
    pub created: Created,
    pub linked: u32,
    pub updated: u32,
    pub moved: u32,
    pub restored: u32,
    pub left: u32,
    pub unchanged: u32,
    pub possible_duplicates: u32,
    /// People in the MIS who are left out by choice, by the reason.
    pub not_imported: BTreeMap<LeftOut, u32>,
    /// Accounts made by hand that nobody in the MIS was matched to.
    pub unmatched: u32,
    pub problems: Vec<Reported<ProblemCode>>,
    pub warnings: Vec<Reported<WarningCode>>,
    pub seconds: f64,
    pub timings: Timings,
}

/// How long each part of a run took, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timings {
    pub reading: f64,
    pub planning: f64,
    pub applying: f64,
}

impl Report {
    /// How many people were changed.
    #[must_use]
    pub const fn changes(&self) -> u32 {
        let created = self.created.pupils + self.created.staff;
        created + self.linked + self.updated + self.moved + self.restored + self.left
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Created {
    pub pupils: u32,
    pub staff: u32,
}

/// A problem or a warning, in one shape: about a person, or about the school where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reported<C> {
    pub person: Option<String>,
    /// `pupil` or `staff`.
    pub role: Option<&'static str>,
    pub code: C,
    pub reason: String,
    /// What to do, where the reason does not say it.
    pub fix: Option<String>,
}

/// Told what is being done, in plain words.
pub type Progress<'a> = &'a (dyn Fn(String) + Send + Sync);

/// Makes one run.
///
/// # Errors
/// If something broke on our side.
pub async fn run(
    state: &AppState,
    school: &StoredSchool,
    asked: Asked,
    progress: Progress<'_>,
) -> Result<Report> {
    let mut watch = Stopwatch::start(&state.clock);
    let made = attempt(state, school, asked, progress, &mut watch).await;
    let report = reported(state, school, made, &watch).await?;
    Ok(Report { dry_run: asked.dry_run, ..report })
}

/// Undoes a run; none is the last that changed somebody.
///
/// # Errors
/// If something broke on our side.
pub async fn undo(
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
    let report = finish(state, school, Asked::default(), summary, progress).await?;
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
        Err(Error::Problem(problem)) => refused(state, school, &problem).await?,
        Err(error) => return Err(error),
    };
    report.seconds = (state.clock.now() - watch.began).as_seconds_f64();
    report.timings = watch.timings;
    Ok(report)
}

/// Times the parts of a run, one after the other.
struct Stopwatch<'a> {
    clock: &'a Clock,
    began: DateTime<Utc>,
    since: DateTime<Utc>,
    timings: Timings,
}

impl<'a> Stopwatch<'a> {
    fn start(clock: &'a Clock) -> Self {
        let now = clock.now();
        Self { clock, began: now, since: now, timings: Timings::default() }
    }

    /// The part that was under way has ended.
    fn lap(&mut self, part: fn(&mut Timings) -> &mut f64) {
        let now = self.clock.now();
        *part(&mut self.timings) = (now - self.since).as_seconds_f64();
        self.since = now;
    }
}

async fn refused(state: &AppState, school: &StoredSchool, problem: &Problem) -> Result<Report> {
    let status = match problem.kind {
        Kind::XodUnavailable | Kind::Internal => Status::Failed,
        _ => Status::Held,
    };
    let mut report = not_made(state, school, status, &words(problem)).await?;
    report.retry_after_seconds = match problem.kind {
        Kind::Stale | Kind::RunGoing => Some(0),
        _ => problem.retry_after_seconds,
    };
    Ok(report)
}

fn words(problem: &Problem) -> String {
    match &problem.detail {
        Some(detail) => format!("{}. {detail}", problem.title),
        None => problem.title.clone(),
    }
}

async fn attempt(
    state: &AppState,
    school: &StoredSchool,
    asked: Asked,
    progress: Progress<'_>,
    watch: &mut Stopwatch<'_>,
) -> Result<Report> {
    let roster = state.connections.read_roster_if_changed(school, progress).await?;
    watch.lap(|timings| &mut timings.reading);
    progress("Planning".into());
    let draft = state.store.load_draft(school.id).await?;
    let settings = match settings(state, school, &roster, &draft, asked).await? {
        Ok(settings) => settings,
        Err(message) => return not_made(state, school, Status::Held, &message).await,
    };
    if asked.dry_run {
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
    let summary = runs::make_plan(state, school.id, None).await?;
    watch.lap(|timings| &mut timings.planning);
    let report = finish(state, school, asked, summary, progress).await?;
    watch.lap(|timings| &mut timings.applying);
    Ok(report)
}

/// The settings to go by, or why a person has to decide first.
async fn settings(
    state: &AppState,
    school: &StoredSchool,
    roster: &Roster,
    draft: &Draft,
    asked: Asked,
) -> Result<std::result::Result<Settings, String>> {
    let is_first = !state.store.has_applied_run(school.id).await?;
    let accept = match (asked.accept_suggestions, is_first) {
        (true, _) => Accept::All,
        (false, true) => Accept::Certain,
        (false, false) => Accept::Nothing,
    };
    let decided = decisions(Some(roster), &draft.settings, accept);
    if is_first && !asked.accept_suggestions && !decided.undecided.is_empty() {
        return Ok(Err(format!(
            "Nobody has decided which year groups these are: {}. Decide in step 3 of the wizard, \
             or take what is suggested with --accept-suggestions. Nothing was changed.",
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
            Err(Problem::new(Kind::Stale, "Somebody changed the wizard's answers meanwhile")
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
    let Plan { totals, people, .. } =
        state.dice.throw(|dice| plan(Inputs { roster, settings, state: &school_state, now }, dice));
    let number = state.store.next_run_number(school.id).await?;
    let guard = guards(&totals);
    let status = if guard.is_some() { Status::Held } else { Status::Done };
    let problems = people.iter().filter_map(reported_problem).collect();
    let warned = people.iter().flat_map(reported_warnings);
    let mut report = report(number, status, &totals, problems, warned.collect());
    report.message = guard;
    Ok(report)
}

/// What the guards say, if they say anything.
fn guards(totals: &Totals) -> Option<String> {
    let messages: Vec<&str> = totals.guards.iter().map(|guard| guard.message.as_str()).collect();
    (!messages.is_empty()).then(|| messages.join(" "))
}

/// Applies a plan, unless a guard holds it.
async fn finish(
    state: &AppState,
    school: &StoredSchool,
    asked: Asked,
    summary: PlanSummary,
    progress: Progress<'_>,
) -> Result<Report> {
    let run = summary.run;
    // Whatever turned the nightly sync off, and changed accounts with it, stands before this plan:
    // what comes later makes the plan stale.
    if asked.by_schedule && !state.store.is_schedule_on(school.id).await? {
        return Err(turned_off());
    }
    if !summary.guards.is_empty() {
        let message =
            summary.guards.iter().map(|guard| guard.message.as_str()).collect::<Vec<_>>().join(" ");
        let mails = letters::held(state, school, &message).await?;
        let now = state.clock.now();
        let held =
            state.store.hold_run(school.id, run, asked.asker(), &message, &mails, now).await?;
        let held = held.ok_or_else(runs::stale)?;
        let report = from_store(state, school, held.run).await?;
        return Ok(Report { is_told: held.is_news, ..report });
    }
    let shown = Finish { hash: summary.hash, confirmation: None };
    runs::finish(state, school.id, run, &shown, asked.asker()).await?;
    follow(state, school, run, progress).await
}

fn turned_off() -> Error {
    Problem::new(Kind::Stale, "The nightly sync was turned off meanwhile")
        .detail("Nothing was changed.")
        .into()
}

/// Applies a run for which Finish was pressed, or follows whoever does it, to its end.
///
/// # Errors
/// If something broke on our side.
pub async fn follow(
    state: &AppState,
    school: &StoredSchool,
    run: RunId,
    progress: Progress<'_>,
) -> Result<Report> {
    let mut ticks = tokio::time::interval(TELL_EVERY);
    loop {
        ticks.tick().await;
        let now = state.clock.now();
        if let Some(_lock) = state.store.lock_runs(now).await?
            && let Some(claim) = state.store.claim_run(Some(run), now, now + LEASE).await?
        {
            telling(state, school, run, progress, apply(state, claim)).await?;
        }
        let view = runs::view(state, school.id, run).await?;
        if !view.status.is_going() {
            return from_store(state, school, run).await;
        }
        progress(done_of(view.done, view.total));
    }
}

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

async fn from_store(state: &AppState, school: &StoredSchool, run: RunId) -> Result<Report> {
    let store = &state.store;
    let stored =
        store.find_run(school.id, run).await?.ok_or_else(|| Error::not_found("This run"))?;
    let number = store.run_number(school.id, run).await?;
    let problems = store.list_everybody(run, PlanList::Problem).await?;
    let warned = store.list_warned(run).await?;
    let status = match stored.status {
        RunStatus::Done => Status::Done,
        RunStatus::Held => Status::Held,
        _ => Status::Failed,
    };
    let mut report = report(
        number,
        status,
        &stored.totals,
        problems.iter().filter_map(reported_problem).collect(),
        warned.iter().flat_map(reported_warnings).collect(),
    );
    report.run_id = Some(run);
    report.message = stored.message;
    Ok(report)
}

/// The report of a run that never came to a plan.
///
/// # Errors
/// If something broke on our side.
pub async fn not_made(
    state: &AppState,
    school: &StoredSchool,
    status: Status,
    message: &str,
) -> Result<Report> {
    let number = state.store.next_run_number(school.id).await?;
    let nothing = report(number, status, &Totals::default(), Vec::new(), Vec::new());
    Ok(Report { message: Some(message.to_owned()), ..nothing })
}

const NOT_MOVED_YET: &str = "Your MIS has begun its new school year, but most pupils are still in \
    their old year group there. They move here once they have moved in your MIS.";

fn report(
    number: u32,
    status: Status,
    totals: &Totals,
    problems: Vec<Reported<ProblemCode>>,
    mut warnings: Vec<Reported<WarningCode>>,
) -> Report {
    let both = |count: fn(&Counts) -> u32| count(&totals.pupils) + count(&totals.staff);
    let not_moved = totals.rollover_waits.then_some(NOT_MOVED_YET);
    let notes = totals.notes.iter().map(String::as_str).chain(not_moved);
    warnings.extend(notes.map(|note| Reported {
        person: None,
        role: None,
        code: WarningCode::School,
        reason: note.to_owned(),
        fix: None,
    }));
    Report {
        run: number,
        run_id: None,
        status,
        dry_run: false,
        message: None,
        is_told: false,
        retry_after_seconds: None,
        created: Created { pupils: totals.pupils.created, staff: totals.staff.created },
        linked: both(|counts| counts.linked),
        updated: both(|counts| counts.updated),
        moved: both(|counts| counts.moved),
        restored: both(|counts| counts.restored),
        left: both(|counts| counts.left),
        unchanged: both(|counts| counts.unchanged),
        possible_duplicates: totals.possible_duplicates,
        not_imported: totals.not_imported_by.clone(),
        unmatched: totals.unmatched,
        problems,
        warnings,
        seconds: 0.0,
        timings: Timings::default(),
    }
}

fn reported_problem(person: &PlannedPerson) -> Option<Reported<ProblemCode>> {
    let problem = person.view.problem.as_ref()?;
    Some(about(person, problem.code, &problem.reason, Some(problem.fix.clone())))
}

fn reported_warnings(person: &PlannedPerson) -> Vec<Reported<WarningCode>> {
    let warnings = person.view.warnings.iter();
    warnings.map(|one| about(person, one.code, &one.message, None)).collect()
}

fn about<C>(person: &PlannedPerson, code: C, reason: &str, fix: Option<String>) -> Reported<C> {
    let view = &person.view;
    Reported {
        person: Some(view.name.clone()),
        role: Some(view.kind.code()),
        code,
        reason: reason.to_owned(),
        fix,
    }
}
