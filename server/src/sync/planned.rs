//! Plans of a whole school: made, and looked at.
//!
//! No plan is made from a reading older than twelve hours: the MIS is read again first. A plan that
//! was made in time can be finished however long it is looked at, since it does just what it shows,
//! and what an admin has looked through must not go from under their hands.

use std::collections::HashMap;

use rollcall_engine::domain::plan::{Plan, PlannedPerson, Totals};
use rollcall_engine::domain::time::timestamp;
use rollcall_engine::planner::{Inputs, plan};
use rollcall_shared::ids::{RunId, SchoolId};
use rollcall_shared::page::Page;
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{
    FieldChange, GuardedPerson, PersonField, PlanList, PlanPerson, PlanQuery, PlanSummary,
};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::RunKind;
use rollcall_shared::settings::Settings;
use rollcall_store::rosters::StoredRoster;
use rollcall_store::runs::{NewRun, StoredRun};

use super::reading::is_old;
use super::runs::find;
use super::sources::{Sources, not_read};
use crate::error::{Error, Result};
use crate::state::AppState;

/// Makes a plan from the stored roster, the settings and the accounts as they are, or finds the one
/// that was made from just these.
///
/// # Errors
/// `NotConnected` if the school's MIS has not been read yet, `Stale` if that was too long ago or of
/// other pupils.
pub(crate) async fn make_plan(
    state: &AppState,
    school: SchoolId,
    by: Option<&str>,
) -> Result<PlanSummary> {
    let sources = Sources::load(state, school).await?.ok_or_else(not_read)?;
    if is_old(sources.roster.roster.read_at, state.clock.now()) {
        return Err(too_old());
    }
    if sources.roster.roster.pupil_scope != sources.settings.pupil_scope {
        return Err(other_pupils());
    }
    let hash = sources.hash()?;
    if let Some(mut run) = state.store.find_planned_run(school, RunKind::Sync, &hash, by).await? {
        run.roster_read_at = sources.roster.roster.read_at;
        state.store.renew_plan(school, run.id, run.roster_read_at).await?;
        return shown(state, &run).await;
    }
    let now = state.clock.now();
    let Sources { roster: StoredRoster { roster, .. }, settings, state: school_state } = sources;
    let plan: Plan = state.dice.throw(|dice| {
        let inputs = Inputs { roster: &roster, settings: &settings, state: &school_state, now };
        plan(inputs, dice)
    });
    // Of a large school these take much memory.
    let roster_read_at = roster.read_at;
    drop((roster, school_state));
    let run = NewRun {
        id: RunId(state.dice.uuid()),
        school,
        kind: RunKind::Sync,
        undoes: None,
        hash: &hash,
        settings: &settings,
        roster_read_at,
        by,
        at: now,
    };
    if !state.store.save_plan(&run, &plan).await? {
        return Err(not_read());
    }
    summary(state, school, run.id).await
}

pub(super) fn too_old() -> Error {
    Problem::new(Kind::Stale, "Your MIS was read more than 12 hours ago")
        .detail(
            "Nothing was changed. It has to be read again first, so that you see what it says \
             today.",
        )
        .into()
}

fn other_pupils() -> Error {
    Problem::new(Kind::Stale, "Your MIS was read before you changed which pupils to import")
        .detail("Nothing was changed. It has to be read again first, with these pupils.")
        .into()
}

/// A run's summary, as it was when the plan was made.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn summary(state: &AppState, school: SchoolId, run: RunId) -> Result<PlanSummary> {
    shown(state, &find(state, school, run).await?).await
}

/// The settings a run was made with.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn settings(state: &AppState, school: SchoolId, run: RunId) -> Result<Settings> {
    let found = state.store.run_settings(school, run).await?;
    found.ok_or_else(|| Error::not_found("This run"))
}

/// A summary, with those whom its guards are about.
async fn shown(state: &AppState, run: &StoredRun) -> Result<PlanSummary> {
    let mut summary = summarised(run);
    for guard in summary.guards.iter_mut().filter(|guard| !guard.people.is_empty()) {
        let mut people = HashMap::new();
        for list in [PlanList::Move, PlanList::Update, PlanList::Link, PlanList::Restore] {
            let all = state.store.list_everybody(run.id, list).await?;
            people.extend(all.into_iter().filter_map(|one| Some((one.view.account?, one.view))));
        }
        let found = guard.people.iter().filter_map(|one| people.remove(&one.account));
        guard.people = found.filter_map(guarded).collect();
    }
    Ok(summary)
}

/// What of somebody a guard shows: who they are, and who they would be.
fn guarded(person: PlanPerson) -> Option<GuardedPerson> {
    const SHOWN: [PersonField; 5] = [
        PersonField::Forename,
        PersonField::Surname,
        PersonField::Upn,
        PersonField::DateOfBirth,
        PersonField::Email,
    ];
    let account = person.account?;
    let fields: Vec<FieldChange> =
        person.fields.into_iter().filter(|change| SHOWN.contains(&change.field)).collect();
    let before = |field| {
        fields
            .iter()
            .find(|change| change.field == field)
            .and_then(|change| change.before.as_deref())
    };
    let name: Vec<&str> =
        [PersonField::Forename, PersonField::Surname].into_iter().filter_map(before).collect();
    Some(GuardedPerson { account, name: name.join(" "), fields })
}

fn summarised(run: &StoredRun) -> PlanSummary {
    let Totals {
        is_first,
        rollover,
        rollover_waits,
        pupils,
        staff,
        classes,
        subject_groups,
        possible_duplicates,
        sure_ones,
        problems,
        warnings,
        not_imported,
        not_imported_by: _,
        unmatched,
        withheld,
        uncounted_absences,
        brought_back,
        kept_fields,
        renamed,
        guards,
        notes,
    } = run.totals.clone();
    PlanSummary {
        run: run.id,
        status: run.status,
        hash: run.hash.clone(),
        roster_read_at: timestamp(run.roster_read_at),
        is_first,
        rollover,
        rollover_waits,
        pupils,
        staff,
        classes,
        subject_groups,
        possible_duplicates,
        sure_ones,
        problems,
        warnings,
        not_imported,
        unmatched,
        withheld,
        uncounted_absences,
        brought_back,
        kept_fields,
        renamed,
        guards,
        notes,
    }
}

/// One page of a plan's people, so many at the most.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn people(
    state: &AppState,
    school: SchoolId,
    run: RunId,
    query: &PlanQuery,
    page_size: u32,
) -> Result<Page<PlanPerson>> {
    let run = find(state, school, run).await?;
    let mut found = state.store.list_run_people(run.id, query, page_size).await?;
    if query.list == Some(PlanList::Problem) {
        note_added(state, school, &mut found.rows).await?;
    }
    let Page { rows, page, page_size, total } = found;
    Ok(Page { rows: rows.into_iter().map(|person| person.view).collect(), page, page_size, total })
}

/// Names the account of those who could not be imported and have been added by hand since.
async fn note_added(
    state: &AppState,
    school: SchoolId,
    people: &mut [PlannedPerson],
) -> Result<()> {
    for kind in [PersonKind::Pupil, PersonKind::Staff] {
        let without =
            |person: &PlannedPerson| person.view.kind == kind && person.view.account.is_none();
        let links = people.iter().filter(|person| without(person)).filter_map(|p| p.link.as_ref());
        let ids: Vec<&str> = links.map(|link| link.ids.id.as_str()).collect();
        let linked = state.store.linked_people(school, kind, &ids).await?;
        for person in people.iter_mut().filter(|person| without(person)) {
            let Some(link) = &person.link else { continue };
            person.view.account = linked
                .iter()
                .find(|(mis, id, _)| *mis == link.mis && *id == link.ids.id)
                .map(|(_, _, account)| *account);
        }
    }
    Ok(())
}
