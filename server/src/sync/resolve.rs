//! What an admin answers in the summary of a plan: who a possible duplicate is, and whether somebody
//! takes the username that is proposed. Each answer makes a new plan.

use rollcall_engine::domain::accounts::{KnownThen, StoredResolution, UsernameAnswer};
use rollcall_engine::domain::mis_link::MisLink;
use rollcall_engine::domain::plan::PlannedPerson;
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{PlanList, PlanSummary, Rename, RenameAnswer, Resolution, Resolve};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::RunStatus;
use rollcall_store::audit::AuditAction;
use rollcall_store::runs::StoredRun;
use rollcall_store::sessions::SignedInPerson;

use super::planned::{make_plan, too_old};
use super::reading::is_old;
use super::runs::{find, stale};
use crate::audit::record;
use crate::error::{Error, Result};
use crate::state::AppState;

/// Remembers an admin's answer to one possible duplicate and makes a new plan.
///
/// # Errors
/// `NotFound`, or `Unusable` if the account is none of those that were shown, or `Stale` if the
/// plan is no longer the one that waits for Finish.
pub(crate) async fn resolve(
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
pub(crate) async fn answer_rename(
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
        return Err(Problem::new(Kind::Unusable, "A different username is now proposed")
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
pub(crate) async fn resolve_sure(
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
