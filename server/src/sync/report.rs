//! A run in figures, as the command line prints it and admins are written about it: how it ended,
//! whom it changed, and everybody who was left out or needs a look.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rollcall_engine::domain::plan::{Plan, PlannedPerson, Totals};
use rollcall_shared::ids::RunId;
use rollcall_shared::plan::{Counts, Guard, LeftOut, PlanList, ProblemCode, WarningCode};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::RunStatus;
use rollcall_store::schools::StoredSchool;
use serde::Serialize;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::state::AppState;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Applied. (Or, as a dry run, what would be applied without a person's having to act.)
    Done,
    /// Nothing was applied, and a person must act.
    Held,
    Failed,
}

/// A run in figures, with everybody who was left out or needs a look.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Report {
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
pub(crate) struct Timings {
    pub reading: f64,
    pub planning: f64,
    pub applying: f64,
}

impl Report {
    /// How many people were changed.
    #[must_use]
    pub(crate) const fn changes(&self) -> u32 {
        let created = self.created.pupils + self.created.staff;
        created + self.linked + self.updated + self.moved + self.restored + self.left
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Created {
    pub pupils: u32,
    pub staff: u32,
}

/// A problem or a warning, in one shape: about a person, or about the school where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Reported<C> {
    pub person: Option<String>,
    /// `pupil` or `staff`.
    pub role: Option<&'static str>,
    pub code: C,
    pub reason: String,
    /// What to do, where the reason does not say it.
    pub fix: Option<String>,
}

/// Times the parts of a run, one after the other.
pub(super) struct Stopwatch<'a> {
    clock: &'a Clock,
    began: DateTime<Utc>,
    since: DateTime<Utc>,
    timings: Timings,
}

impl<'a> Stopwatch<'a> {
    pub(super) fn start(clock: &'a Clock) -> Self {
        let now = clock.now();
        Self { clock, began: now, since: now, timings: Timings::default() }
    }

    /// Notes in a report how long all and each part took.
    pub(super) fn note(&self, report: &mut Report) {
        report.seconds = (self.clock.now() - self.began).as_seconds_f64();
        report.timings = self.timings;
    }

    /// The part that was under way has ended.
    pub(super) fn lap(&mut self, part: fn(&mut Timings) -> &mut f64) {
        let now = self.clock.now();
        *part(&mut self.timings) = (now - self.since).as_seconds_f64();
        self.since = now;
    }
}

/// The report of a plan that is not to be applied: what it would do.
pub(super) fn of_plan(run: u32, plan: &Plan) -> Report {
    let message = guards(&plan.totals.guards);
    let status = if message.is_some() { Status::Held } else { Status::Done };
    let problems = plan.people.iter().filter_map(reported_problem).collect();
    let warnings = plan.people.iter().flat_map(reported_warnings).collect();
    Report { message, ..report(run, status, &plan.totals, problems, warnings) }
}

/// What a plan's guards say, if they say anything.
pub(super) fn guards(guards: &[Guard]) -> Option<String> {
    let messages: Vec<&str> = guards.iter().map(|guard| guard.message.as_str()).collect();
    (!messages.is_empty()).then(|| messages.join(" "))
}

/// The report of a run as it is stored.
///
/// # Errors
/// `NotFound`.
pub(super) async fn of_run(state: &AppState, school: &StoredSchool, run: RunId) -> Result<Report> {
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

/// The report of a run that was refused.
///
/// # Errors
/// If something broke.
pub(super) async fn refused(
    state: &AppState,
    school: &StoredSchool,
    problem: &Problem,
) -> Result<Report> {
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

/// The report of a run that never came to a plan.
///
/// # Errors
/// If something broke on our side.
pub(crate) async fn not_made(
    state: &AppState,
    school: &StoredSchool,
    status: Status,
    message: &str,
) -> Result<Report> {
    let number = state.store.next_run_number(school.id).await?;
    let nothing = report(number, status, &Totals::default(), Vec::new(), Vec::new());
    Ok(Report { message: Some(message.to_owned()), ..nothing })
}

const NOT_MOVED_YET: &str = "Your MIS has started its new school year, but most pupils are still \
    in their old year group there. They move here once they have moved in your MIS.";

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
