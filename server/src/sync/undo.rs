//! Undoing a run: whether it can be undone, and the plan that does it. That plan is a run like any
//! other: it is shown, finished and followed in the same way.
//!
//! A run can be undone for thirty days, and as long as no later run has changed anybody: that one
//! has to be undone first. So what an undo meets is what the run left, but for what was changed by
//! hand since.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use rollcall_engine::domain::accounts::SchoolState;
use rollcall_engine::domain::hash::hash_of_json;
use rollcall_engine::domain::plan::Action;
use rollcall_engine::domain::time::timestamp;
use rollcall_engine::planner::{self, Undoing};
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{PlanList, PlanSummary};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::{RunKind, RunStatus, Undoable};
use rollcall_store::runs::{NewRun, StoredRun};

use super::{planned, runs};
use crate::error::{Error, Result};
use crate::state::AppState;

/// How long after its end a run can be undone.
const UNDOABLE_FOR: TimeDelta = TimeDelta::days(30);

/// Whether a run can be undone.
///
/// # Errors
/// If something broke.
pub(crate) async fn undoable(state: &AppState, run: &StoredRun) -> Result<Undoable> {
    if let Some(at) = run.undone_at {
        let by = state.store.find_undo_of(run.id).await?;
        return Ok(Undoable::Undone { at: timestamp(at), by });
    }
    let has_ended =
        matches!(run.status, RunStatus::Done | RunStatus::Failed | RunStatus::Cancelled);
    if run.kind == RunKind::Undo || !has_ended || !run.has_changed_anything() {
        return Ok(Undoable::Never);
    }
    let until = run.finished_at.unwrap_or(run.created_at) + UNDOABLE_FOR;
    if state.clock.now() > until {
        return Ok(Undoable::TooLate);
    }
    if let Some(later) = state.store.find_last_change(run.school, Some(run.id)).await? {
        return Ok(Undoable::LaterFirst { run: later });
    }
    let is_sync_done = run.kind == RunKind::Sync && run.status == RunStatus::Done;
    if is_sync_done && !state.store.has_remembered_before(run.id).await? {
        return Ok(Undoable::Never);
    }
    if !state.store.has_plan(run.id).await? {
        return Ok(Undoable::Erased);
    }
    Ok(Undoable::Until { until: timestamp(until) })
}

/// What undoing a run is planned from.
struct Sources {
    undone: StoredRun,
    actions: Vec<Action>,
    state: SchoolState,
    /// The accounts that somebody has used since the run began, of those where that counts: a
    /// sign-in of anybody else makes no plan stale.
    used: BTreeSet<AccountId>,
    /// Of whom nothing is left.
    purged: BTreeMap<(PersonKind, PlanList), u32>,
}

impl Sources {
    async fn load(state: &AppState, undone: StoredRun) -> Result<Self> {
        let store = &state.store;
        let since = undone.started_at.unwrap_or(undone.created_at);
        let used = store.list_used_since(undone.school, since).await?;
        let actions = store.list_done_actions(undone.id).await?;
        let purged = store.count_purged(undone.id).await?;
        let counting = actions.iter().filter(|action| planner::counts_use(action));
        let used = counting.map(|one| one.after.id).filter(|one| used.contains(one)).collect();
        let state = store.school_state(undone.school).await?;
        Ok(Self { undone, actions, state, used, purged })
    }

    fn hash(&self) -> Result<String> {
        let Self { undone, state, used, purged, .. } = self;
        let purged: Vec<_> = purged.iter().collect();
        hash_of_json(&("undo", undone.id, undone.undone_at, used, purged, state))
            .map_err(Error::broken)
    }
}

/// The hash of all that undoing a run is planned from.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn current_hash(
    state: &AppState,
    school: SchoolId,
    undone: RunId,
) -> Result<String> {
    let undone = runs::find(state, school, undone).await?;
    Sources::load(state, undone).await?.hash()
}

/// Makes the plan that takes a run back, or finds the one that was made from just the same.
///
/// # Errors
/// `NotFound`, or `Unusable` if the run can't be undone; then the reason is said.
pub(crate) async fn make_plan(
    state: &AppState,
    school: SchoolId,
    run: RunId,
    by: Option<&str>,
) -> Result<PlanSummary> {
    let store = &state.store;
    let undone = runs::find(state, school, run).await?;
    check(&undoable(state, &undone).await?)?;
    if let Some(going) = store.find_going_run(school).await? {
        return Err(runs::another_going(going));
    }
    let sources = Sources::load(state, undone).await?;
    let hash = sources.hash()?;
    if let Some(planned) = store.find_planned_run(school, RunKind::Undo, &hash, by).await? {
        return planned::summary(state, school, planned.id).await;
    }
    let classes = store.list_run_classes(run).await?;
    let now = state.clock.now();
    let plan = planner::undo(Undoing {
        actions: &sources.actions,
        classes: &classes,
        state: &sources.state,
        used: &sources.used,
        purged: &sources.purged,
        now,
    });
    let settings = store.run_settings(school, run).await?.unwrap_or_default();
    let new = NewRun {
        id: RunId(state.dice.uuid()),
        school,
        kind: RunKind::Undo,
        undoes: Some(run),
        hash: &hash,
        settings: &settings,
        roster_read_at: now,
        by,
        at: now,
    };
    store.save_plan(&new, &plan).await?;
    planned::summary(state, school, new.id).await
}

/// Nothing if the run can be undone, or else why not.
fn check(undoable: &Undoable) -> Result<()> {
    let why = match undoable {
        Undoable::Until { .. } => return Ok(()),
        Undoable::Never => "It changed nothing that could be undone.",
        Undoable::Undone { .. } => "It has already been undone.",
        Undoable::TooLate => "It ended more than 30 days ago.",
        Undoable::LaterFirst { .. } => {
            "A later run has changed people since. Undo that one first, then this one."
        }
        Undoable::Erased => "What it did has been erased.",
    };
    Err(Problem::new(Kind::Unusable, "This run can’t be undone")
        .detail(format!("{why} Nothing was changed."))
        .into())
}
