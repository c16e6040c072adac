//! Applying a frozen plan: batch by batch, each in one transaction. Anyone who stops in between, for
//! whatever reason, can go on where the last batch ended; nothing is done twice.
//!
//! While a run is going, people must not be added or changed by hand (anyone who does so asks
//! [`Store::find_going_run`](rollcall_store::Store::find_going_run) first). Where it happens all the
//! same, the run fails at the batch that collides, with nothing of that batch done, and says so;
//! what was done before stays, and a new plan does the rest.

use rollcall_engine::domain::accounts::Account;
use rollcall_engine::domain::plan::{Action, PlannedPerson};
use rollcall_engine::planner::purge_date;
use rollcall_shared::ids::RunId;
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::ChangeKind;
use rollcall_shared::run::RunStatus;
use rollcall_store::activation::ActivationLink;
use rollcall_store::apply::{ApplyError, Batch, ChangedAccount};
use rollcall_store::outbox::SealedMail;
use rollcall_store::people::{NewAccount, NewLogin};
use rollcall_store::runs::Claim;
use rollcall_store::schools::StoredSchool;

use super::lease::{LEASE, under_lease};
use super::sources::hash_now;
use crate::error::{Error, Result};
use crate::mail;
use crate::people::activation::{Invitee, invite};
use crate::people::pupil_password;
use crate::state::AppState;

/// People in one batch: few, so that a run can be stopped, and its progress seen, in a small school
/// too.
pub(super) const BATCH: u32 = 100;

/// How a worker's time with a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Done,
    Failed,
    /// An admin stopped it.
    Cancelled,
    /// Another worker has taken the run up.
    TakenOver,
    /// The server stops, and left the run to the next worker.
    Stopped,
}

/// Applies a claimed run to its end, and keeps its lease meanwhile.
///
/// # Errors
/// If the database or the keys failed; the run is taken up again when the lease is over.
pub(crate) async fn apply(state: &AppState, claim: Claim) -> Result<Ended> {
    let (store, clock) = (state.store.clone(), state.clock.clone());
    let (run, fence) = (claim.run, claim.fence);
    let renew = move || {
        let store = store.clone();
        let until = clock.now() + LEASE;
        async move { store.renew_lease(run, fence, until).await }
    };
    let ended = under_lease(Box::pin(apply_batches(state, claim)), renew).await;
    ended.unwrap_or(Ok(Ended::TakenOver))
}

async fn apply_batches(state: &AppState, mut claim: Claim) -> Result<Ended> {
    if claim.next_seq == 0
        && hash_now(state, claim.school, claim.undoes).await?.as_ref() != Some(&claim.hash)
    {
        return fail(state, &claim, CHANGED).await;
    }
    while let Some(batch) = next_batch(state, &claim).await? {
        if state.background.is_stopping() {
            let is_ours =
                state.store.release_run(claim.run, claim.fence, state.clock.now()).await?;
            return Ok(if is_ours { Ended::Stopped } else { Ended::TakenOver });
        }
        if state.store.is_cancel_asked(claim.run).await? {
            return end(state, &claim, RunStatus::Cancelled, Ended::Cancelled, STOPPED).await;
        }
        match state.store.apply_batch(&claim, &batch, state.clock.now()).await {
            Ok(true) => {
                claim.next_seq = batch.next_seq;
                state.health.hear_worker(state.clock.now());
            }
            Ok(false) => return Ok(Ended::TakenOver),
            Err(ApplyError::Taken | ApplyError::Gone) => {
                return fail(state, &claim, COLLIDED).await;
            }
            Err(ApplyError::Store(error)) => return Err(error.into()),
        }
    }
    let created = state.store.count_created(claim.run).await?;
    if created != (claim.totals.pupils.created, claim.totals.staff.created) {
        return fail(state, &claim, MISCOUNTED).await;
    }
    let is_ours = state.store.finish_run(&claim, state.clock.now()).await?;
    Ok(if is_ours { Ended::Done } else { Ended::TakenOver })
}

const CHANGED: &str = "Accounts, settings or what your MIS sent changed between Finish and the \
    start of the run, so nothing was done. Open the summary again and look at what differs.";
const COLLIDED: &str = "Someone added or changed people by hand during the run, and it had to \
    stop. What was done before is complete and stays. Open the summary again: it shows what is \
    left to do.";
const MISCOUNTED: &str = "Accounts that this run made are missing. Nothing else was changed. Open \
    the summary again: it shows what is left to do.";

const STOPPED: &str = "It was stopped before it had finished. What was done by then is complete \
    and stays. Open the summary again: it shows what is left to do.";

async fn fail(state: &AppState, claim: &Claim, message: &str) -> Result<Ended> {
    end(state, claim, RunStatus::Failed, Ended::Failed, message).await
}

async fn end(
    state: &AppState,
    claim: &Claim,
    status: RunStatus,
    ended: Ended,
    message: &str,
) -> Result<Ended> {
    let is_ours = state.store.end_run(claim, status, message, state.clock.now()).await?;
    Ok(if is_ours { ended } else { Ended::TakenOver })
}

/// What comes next in the plan, with passwords and links drawn; none at the end. The first batch
/// has the classes, and there always is a first.
pub(super) async fn next_batch(state: &AppState, claim: &Claim) -> Result<Option<Batch>> {
    let is_first = claim.next_seq == 0;
    let mut people = state.store.list_run_actions(claim.run, claim.next_seq, BATCH).await?;
    // Those whose e-mail changes stand together, and may exchange it: they go together.
    while let Some(last) = people.last().filter(|last| changes_email(last)) {
        let more = state.store.list_run_actions(claim.run, last.view.seq + 1, BATCH).await?;
        if more.is_empty() {
            break;
        }
        people.extend(more);
    }
    if people.is_empty() && !is_first {
        return Ok(None);
    }
    let mut batch = Batch {
        next_seq: people.last().map_or(1, |last| last.view.seq + 1),
        people: u32::try_from(people.len()).unwrap_or(u32::MAX),
        ..Batch::default()
    };
    if is_first {
        batch.classes = state.store.list_run_classes(claim.run).await?;
    }
    let school = state
        .store
        .find_school(claim.school)
        .await?
        .ok_or_else(|| Error::not_found("The school"))?;
    for action in people.into_iter().filter_map(|person| person.action) {
        match action {
            Action { change: ChangeKind::Create, after, password, .. } => {
                let login = match (after.kind(), password) {
                    (PersonKind::Pupil, Some(format)) => {
                        let sealed = pupil_password::draw(state, claim.school, after.id, format)
                            .map_err(Error::broken)?;
                        NewLogin::Pupil { sealed, format }
                    }
                    _ => NewLogin::Staff,
                };
                if let Some(email) = &after.email {
                    batch.invitations.push(invitation(state, &school, &after, email, claim.run)?);
                }
                batch.new.push(NewAccount { account: after, login });
            }
            Action { change, before: Some(before), mut after, ends_login, .. } => {
                if change == ChangeKind::Leave {
                    // The time in the trash begins now, however long ago the plan was made.
                    let now = state.clock.now();
                    after.left_at = Some(now);
                    after.purge_on = purge_date(now, school.retention_months);
                }
                let is_new_address =
                    ends_login || before.email != after.email || !before.is_active();
                if let Some(email) = after.email.as_deref().filter(|_| {
                    is_new_address && after.is_active() && after.kind() == PersonKind::Staff
                }) {
                    batch.invitations.push(invitation(state, &school, &after, email, claim.run)?);
                }
                batch.letters.extend(rename_letter(state, &school, &before, &after, claim.run)?);
                batch.changed.push(ChangedAccount { before, after, ends_login });
            }
            Action { before: None, .. } => {}
        }
    }
    Ok(Some(batch))
}

fn invitation(
    state: &AppState,
    school: &StoredSchool,
    account: &Account,
    email: &str,
    run: RunId,
) -> Result<ActivationLink> {
    let invitee = Invitee {
        account: account.id,
        forename: &account.forename,
        username: &account.username,
        email,
        run: Some(run),
    };
    invite(state, school.id, &school.name, invitee).map_err(Error::broken)
}

/// Tells a member of staff that their username is another one now.
fn rename_letter(
    state: &AppState,
    school: &StoredSchool,
    before: &Account,
    after: &Account,
    run: RunId,
) -> Result<Option<SealedMail>> {
    let is_renamed = before.username != after.username && after.kind() == PersonKind::Staff;
    let Some(email) = after.email.as_deref().filter(|_| is_renamed && after.is_active()) else {
        return Ok(None);
    };
    let mail = mail::renamed(
        &state.config.platform_name,
        &school.name,
        &after.forename,
        &before.username,
        &after.username,
    );
    let sealed = mail::seal(&state.keys, &state.dice, school.id, email, &mail);
    Ok(Some(sealed.map_err(Error::broken)?.about(after.id, Some(run))))
}

fn changes_email(person: &PlannedPerson) -> bool {
    person.action.as_ref().is_some_and(Action::changes_email)
}
