//! Runs as the API and the command line ask for them: make a plan, look at it, resolve possible
//! duplicates, finish it, follow it.
//!
//! A plan's hash covers all it was made from: the roster (but not when it was read), the settings,
//! and the school's accounts, classes, answers and last applied run. As long as the hash is the
//! same, asking for a plan answers the one that is there.
//!
//! No plan is made from a reading older than twelve hours: the MIS is read again first. A plan that
//! was made in time can be finished however long it is looked at, since it does just what it shows,
//! and what an admin has looked through must not go from under their hands.

use std::collections::HashMap;

use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use rollcall_shared::page::Page;
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{
    CONFIRMATION, ClassCounts, FieldChange, Finish, GuardKind, GuardedPerson, PersonField,
    PlanList, PlanPerson, PlanQuery, PlanSummary, Rename, RenameAnswer, Resolution, Resolve,
};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::{HeldRun, RunKind, RunRow, RunStatus, RunView};
use rollcall_shared::settings::Settings;

use super::accounts::{KnownThen, MisLink, SchoolState, StoredResolution, UsernameAnswer};
use super::hash::hash_of_json;
use super::plan::{Plan, PlannedPerson, Totals};
use super::planner::{Inputs, plan};
use super::reading::is_old;
use super::undo;
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::people::record;
use crate::state::AppState;
use crate::store::audit::AuditAction;
use crate::store::cancel::DoneCounts;
use crate::store::rosters::StoredRoster;
use crate::store::runs::{Asker, NewRun, Queued, StoredRun};
use crate::store::sessions::SignedInPerson;

/// The longest list of runs: those of some three years of nights.
const MOST_RUNS: u32 = 1_000;

/// What a plan of this school would be made from now.
pub(super) struct Sources {
    pub roster: StoredRoster,
    pub settings: Settings,
    pub state: SchoolState,
}

impl Sources {
    pub async fn load(state: &AppState, school: SchoolId) -> Result<Option<Self>> {
        let Some(roster) = state.store.find_roster(school).await? else { return Ok(None) };
        let settings = state.store.load_draft(school).await?.settings;
        Ok(Some(Self { roster, settings, state: state.store.school_state(school).await? }))
    }

    pub fn hash(&self) -> Result<String> {
        hash(&self.roster.fingerprint, &self.settings, &self.state)
    }
}

fn hash(fingerprint: &str, settings: &Settings, state: &SchoolState) -> Result<String> {
    hash_of_json(&(fingerprint, settings, state)).map_err(Error::broken)
}

/// The hash a plan made now would have; none before the first roster.
///
/// # Errors
/// If something broke.
pub async fn current_hash(state: &AppState, school: SchoolId) -> Result<Option<String>> {
    let store = &state.store;
    let Some(fingerprint) = store.find_roster_fingerprint(school).await? else { return Ok(None) };
    let settings = store.load_draft(school).await?.settings;
    hash(&fingerprint, &settings, &store.school_state(school).await?).map(Some)
}

/// The hash that a plan would have if it were made now: of the whole school, or of the undoing of a
/// run.
///
/// # Errors
/// If something broke.
pub async fn hash_now(
    state: &AppState,
    school: SchoolId,
    undoes: Option<RunId>,
) -> Result<Option<String>> {
    match undoes {
        Some(undone) => undo::current_hash(state, school, undone).await.map(Some),
        None => current_hash(state, school).await,
    }
}

/// Makes a plan from the stored roster, the settings and the accounts as they are, or finds the one
/// that was made from just these.
///
/// # Errors
/// `NotConnected` if the school's MIS has not been read yet, `Stale` if that was too long ago or of
/// other pupils.
pub async fn make_plan(
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
    if let Some(mut run) = state.store.find_planned_run(school, RunKind::Sync, &hash).await? {
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

pub(super) fn not_read() -> Error {
    Problem::new(Kind::NotConnected, "Your MIS has not been read yet")
        .detail("Nothing was changed. Open the wizard, and wait until it has read your MIS.")
        .into()
}

fn too_old() -> Error {
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
pub async fn summary(state: &AppState, school: SchoolId, run: RunId) -> Result<PlanSummary> {
    shown(state, &find(state, school, run).await?).await
}

/// The settings a run was made with.
///
/// # Errors
/// `NotFound`.
pub async fn settings(state: &AppState, school: SchoolId, run: RunId) -> Result<Settings> {
    let found = state.store.run_settings(school, run).await?;
    found.ok_or_else(|| Error::not_found("This run"))
}

pub(super) async fn find(state: &AppState, school: SchoolId, run: RunId) -> Result<StoredRun> {
    state.store.find_run(school, run).await?.ok_or_else(|| Error::not_found("This run"))
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
        kept,
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
        kept,
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
pub async fn people(
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

/// A person of a plan with who of the MIS they are, for adding them by hand.
///
/// # Errors
/// If something broke.
pub async fn planned_person(
    state: &AppState,
    school: SchoolId,
    run: RunId,
    seq: u32,
) -> Result<Option<PlannedPerson>> {
    Ok(state.store.find_run_person(school, run, seq).await?)
}

/// Remembers an admin's answer to one possible duplicate and makes a new plan.
///
/// # Errors
/// `NotFound`, or `Unusable` if the account is none of those that were shown, or `Stale` if the
/// plan is no longer the one that waits for Finish.
pub async fn resolve(
    state: &AppState,
    school: SchoolId,
    run: RunId,
    answer: Resolve,
    by: Option<&str>,
) -> Result<PlanSummary> {
    let planned = find(state, school, run).await?;
    check_can_be_resolved(state, &planned)?;
    let person = state
        .store
        .find_run_person(school, run, answer.seq)
        .await?
        .ok_or_else(|| Error::not_found("This person"))?;
    let PlannedPerson { view, link, about, .. } = person;
    let Some((link, about)) = link.zip(about) else { return Err(Error::not_found("This person")) };
    let kind = view.kind;
    let same_as = match answer.resolution {
        Resolution::SomeoneNew => None,
        Resolution::SamePersonAs(account) => {
            if !view.candidates.iter().any(|candidate| candidate.account == account) {
                return Err(Problem::new(
                    Kind::Unusable,
                    "That account is not one of those this person might be",
                )
                .detail("Nothing was saved. Open the summary again and choose once more.")
                .field("resolution", "unknown", "Choose one of the accounts that are shown")
                .into());
            }
            Some(account)
        }
        Resolution::Undecided => {
            state.store.forget_resolution(school, kind, &link).await?;
            return make_plan(state, school, by).await;
        }
    };
    let answers = [stored(kind, link, about, same_as)];
    state.store.save_resolutions(school, &answers, by, state.clock.now()).await?;
    make_plan(state, school, by).await
}

/// Remembers an admin's answer to a proposed username and makes a new plan.
///
/// # Errors
/// `NotFound`, or `Unusable` if another was proposed than the one that was answered, or `Stale` if
/// the plan is no longer the one that waits for Finish.
pub async fn answer_rename(
    state: &AppState,
    admin: &SignedInPerson,
    run: RunId,
    asked: Rename,
) -> Result<PlanSummary> {
    let school = admin.school.id;
    let planned = find(state, school, run).await?;
    check_can_be_resolved(state, &planned)?;
    let person = state.store.find_run_person(school, run, asked.seq).await?;
    let view = person.map(|person| person.view);
    let Some((account, proposed)) = view.and_then(|view| view.account.zip(view.proposed)) else {
        return Err(Error::not_found("This person"));
    };
    if proposed.username != asked.username {
        return Err(Problem::new(Kind::Unusable, "Another username is proposed by now")
            .detail("Nothing was saved. Open the summary again and look at it once more.")
            .field("username", "unknown", "Answer the username that is shown")
            .into());
    }
    let Rename { username, answer, .. } = asked;
    let answer = UsernameAnswer { account, username, answer };
    let (by, now) = (admin.name(), state.clock.now());
    state.store.save_username_answer(school, &answer, Some(&by), now).await?;
    if answer.answer == RenameAnswer::Rename {
        record(state, admin, AuditAction::UsernameAgreed, Some(account), None).await?;
    }
    make_plan(state, school, Some(&by)).await
}

/// Accepts all the sure ones of a plan in one go and makes a new plan.
///
/// # Errors
/// `NotFound`, or `Stale` if the plan is no longer the one that waits for Finish.
pub async fn resolve_sure(
    state: &AppState,
    school: SchoolId,
    run: RunId,
    by: Option<&str>,
) -> Result<PlanSummary> {
    let planned = find(state, school, run).await?;
    check_can_be_resolved(state, &planned)?;
    let answers: Vec<StoredResolution> = state
        .store
        .list_everybody(run, PlanList::PossibleDuplicate)
        .await?
        .into_iter()
        .filter(|person| person.view.is_sure)
        .filter_map(|person| {
            let account = person.view.candidates.first()?.account;
            Some(stored(person.view.kind, person.link?, person.about?, Some(account)))
        })
        .collect();
    state.store.save_resolutions(school, &answers, by, state.clock.now()).await?;
    make_plan(state, school, by).await
}

/// The plan waits for Finish, and another can be made in its place.
fn check_can_be_resolved(state: &AppState, planned: &StoredRun) -> Result<()> {
    if planned.status != RunStatus::Planned {
        return Err(stale());
    }
    if is_old(planned.roster_read_at, state.clock.now()) {
        return Err(too_old());
    }
    Ok(())
}

fn stored(
    kind: PersonKind,
    link: MisLink,
    about: KnownThen,
    same_as: Option<AccountId>,
) -> StoredResolution {
    StoredResolution { kind, mis: link.mis, ids: link.ids, about, same_as }
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
pub async fn finish(
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
    let mut problem = Problem::new(Kind::RunGoing, "Another run is going already")
        .detail("Nothing of this one was done. Follow the other, then look at the summary.");
    problem.run = Some(going);
    problem.into()
}

/// Why an undo pauses the nightly sync, however far it comes.
const UNDONE: &str = "A run was undone, and the next night would do the same again.";

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
                .field("confirmation", "required", format!("Type {CONFIRMATION} to go on"))
                .into())
        }
        _ => Ok(()),
    }
}

const STOPPED_AT_ONCE: &str =
    "It was stopped before it began, so nothing was done. Open the summary to start again.";

/// Stops a run that is going, after the people its worker is at; one that has ended stays as it is.
///
/// # Errors
/// `NotFound`.
pub async fn cancel(state: &AppState, school: SchoolId, run: RunId, by: &str) -> Result<RunView> {
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
pub async fn view(state: &AppState, school: SchoolId, run: RunId) -> Result<RunView> {
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
pub async fn held(state: &AppState, school: SchoolId) -> Result<Option<HeldRun>> {
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
pub async fn list(state: &AppState, school: SchoolId) -> Result<Vec<RunRow>> {
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
            emails: emails.get(&run.id).copied().unwrap_or_default(),
        })
        .collect())
}
