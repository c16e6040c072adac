//! Runs as the API and the command line ask for them: finish a plan, follow what becomes of it, stop
//! it, list all of them. The making of plans is in `planned`.

use std::collections::HashMap;

use rollcall_engine::domain::time::timestamp;
use rollcall_shared::ids::{RunId, SchoolId};
use rollcall_shared::plan::{CONFIRMATION, ClassCounts, Finish, GuardKind};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::{HeldRun, RunRow, RunStatus, RunView};
use rollcall_store::cancel::DoneCounts;
use rollcall_store::runs::{Asker, Queued, StoredRun};

use super::sources::hash_now;
use super::undo;
use crate::error::{Error, Result};
use crate::state::AppState;

/// The longest list of runs: those of some three years of nights.
const MOST_RUNS: u32 = 1_000;

pub(super) async fn find(state: &AppState, school: SchoolId, run: RunId) -> Result<StoredRun> {
    state.store.find_run(school, run).await?.ok_or_else(|| Error::not_found("This run"))
}

pub(super) fn stale() -> Error {
    Problem::new(Kind::Stale, "Something changed since this summary was made")
        .detail(
            "Accounts, settings or what your MIS sent are different now, so nothing was done. \
             Look at the new summary, then finish.",
        )
        .into()
}

/// Hands the plan that was shown to the workers. Pressed twice it is the same run.
///
/// # Errors
/// `NotFound`; `Stale` if what the plan was made from has changed; `RunGoing` if another run of
/// the school is going; `Unusable` if a guard stops it, or asks for a confirmation that was not
/// typed.
pub(crate) async fn finish(
    state: &AppState,
    school: SchoolId,
    run: RunId,
    asked: &Finish,
    by: Asker<'_>,
) -> Result<RunView> {
    let planned = find(state, school, run).await?;
    match planned.status {
        RunStatus::Planned => {}
        RunStatus::Superseded => return Err(stale()),
        _ => return view(state, school, run).await,
    }
    if asked.hash != planned.hash
        || hash_now(state, school, planned.undoes).await?.as_ref() != Some(&planned.hash)
    {
        return Err(stale());
    }
    check_guards(&planned, asked.confirmation.as_deref())?;
    let pause_because = planned.undoes.map(|_| UNDONE);
    match state.store.queue_run(school, run, by, pause_because, state.clock.now()).await? {
        Queued::Queued => view(state, school, run).await,
        Queued::NotPlanned => match find(state, school, run).await?.status {
            RunStatus::Planned | RunStatus::Superseded => Err(stale()),
            _ => view(state, school, run).await,
        },
        Queued::AnotherGoing(going) => Err(another_going(going)),
    }
}

pub(super) fn another_going(going: RunId) -> Error {
    let mut problem = Problem::new(Kind::RunGoing, "Another run is already in progress").detail(
        "Nothing from this run was done. Wait for the other one, then look at the summary.",
    );
    problem.run = Some(going);
    problem.into()
}

/// Why an undo pauses the nightly sync, however far it comes.
const UNDONE: &str = "A run was undone, and the next nightly sync would do the same again.";

fn check_guards(run: &StoredRun, confirmation: Option<&str>) -> Result<()> {
    let of_kind = |kind| run.totals.guards.iter().find(|guard| guard.kind == kind);
    if let Some(guard) = of_kind(GuardKind::Stop) {
        return Err(Problem::new(Kind::Unusable, "This can’t be applied")
            .detail(guard.message.clone())
            .into());
    }
    let is_confirmed =
        confirmation.is_some_and(|typed| typed.trim().eq_ignore_ascii_case(CONFIRMATION));
    match of_kind(GuardKind::Confirm) {
        Some(guard) if !is_confirmed => {
            Err(Problem::new(Kind::Unusable, "This has to be confirmed first")
                .detail(guard.message.clone())
                .field("confirmation", "required", format!("Type {CONFIRMATION} to continue"))
                .into())
        }
        _ => Ok(()),
    }
}

const STOPPED_AT_ONCE: &str =
    "It was stopped before it started, so nothing was done. Open the summary to start again.";

/// Stops a run that is going, after the people its worker is at; one that has ended stays as it is.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn cancel(
    state: &AppState,
    school: SchoolId,
    run: RunId,
    by: &str,
) -> Result<RunView> {
    state.store.cancel_run(school, run, by, STOPPED_AT_ONCE, state.clock.now()).await?;
    view(state, school, run).await
}

/// What was planned; of a run that was cut short, what was done.
fn count_what_was_done(run: &mut StoredRun, done: &HashMap<RunId, DoneCounts>) {
    if run.status.was_cut_short() {
        let done = done.get(&run.id).copied().unwrap_or_default();
        (run.totals.pupils, run.totals.staff) = (done.pupils, done.staff);
        // Classes come with the first people.
        if run.done == 0 {
            run.totals.classes = ClassCounts::default();
        }
    }
}

/// A run as its progress page and its done page show it.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn view(state: &AppState, school: SchoolId, run: RunId) -> Result<RunView> {
    let mut run = find(state, school, run).await?;
    let done = state.store.count_done(school, Some(run.id)).await?;
    count_what_was_done(&mut run, &done);
    let mut emails = state.store.count_run_emails(school, Some(run.id)).await?;
    let undoable = undo::undoable(state, &run).await?;
    Ok(RunView {
        id: run.id,
        kind: run.kind,
        status: run.status,
        cause: run.cause,
        started_by: run.queued_by,
        queued_at: run.queued_at.map(timestamp),
        started_at: run.started_at.map(timestamp),
        undoes: run.undoes,
        undoable,
        finished_at: run.finished_at.map(timestamp),
        cancel_asked_by: run.cancel_asked_by,
        cancel_asked_at: run.cancel_asked_at.map(timestamp),
        done: run.done,
        total: run.total,
        pupils: run.totals.pupils,
        staff: run.totals.staff,
        classes: run.totals.classes,
        possible_duplicates: run.totals.possible_duplicates,
        problems: run.totals.problems,
        warnings: run.totals.warnings,
        emails: emails.remove(&run.id).unwrap_or_default(),
        message: run.message,
    })
}

/// The school's last sync, if it waits for an admin.
///
/// # Errors
/// If something broke.
pub(crate) async fn held(state: &AppState, school: SchoolId) -> Result<Option<HeldRun>> {
    let held = state.store.find_held_run(school).await?;
    Ok(held.map(|run| HeldRun {
        id: run.id,
        cause: run.cause,
        at: timestamp(run.finished_at.unwrap_or(run.created_at)),
        message: run.message.unwrap_or_default(),
    }))
}

/// The runs of a school for which Finish was pressed, newest first.
///
/// # Errors
/// If something broke.
pub(crate) async fn list(state: &AppState, school: SchoolId) -> Result<Vec<RunRow>> {
    let mut runs = state.store.list_runs(school, MOST_RUNS).await?;
    let done = state.store.count_done(school, None).await?;
    let emails = state.store.count_run_emails(school, None).await?;
    for run in &mut runs {
        count_what_was_done(run, &done);
    }
    Ok(runs
        .into_iter()
        .map(|run| RunRow {
            id: run.id,
            kind: run.kind,
            status: run.status,
            cause: run.cause,
            started_by: run.queued_by,
            created_at: timestamp(run.created_at),
            started_at: run.started_at.map(timestamp),
            is_undone: run.undone_at.is_some(),
            finished_at: run.finished_at.map(timestamp),
            pupils: run.totals.pupils,
            staff: run.totals.staff,
            possible_duplicates: run.totals.possible_duplicates,
            problems: run.totals.problems,
            emails: emails.get(&run.id).copied().unwrap_or_default(),
        })
        .collect())
}
