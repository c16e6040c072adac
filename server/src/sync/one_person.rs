//! One person brought up to date: asked about at XoD, put into the roster that is stored, and
//! planned with the whole school as always. Of that plan only what concerns this person is shown
//! and applied, as a run of its own.
//!
//! Such a run is not remembered as the last applied one: it says nothing of anybody else. And it
//! makes nobody leave, for only a complete read tells who is gone.

use std::collections::BTreeSet;

use rollcall_engine::domain::accounts::Account;
use rollcall_engine::domain::mis_link::MisLink;
use rollcall_engine::domain::plan::{Action, ClassChange, Plan, PlannedPerson, Totals};
use rollcall_engine::planner::{Inputs, plan};
use rollcall_shared::ids::{AccountId, ClassId, RunId};
use rollcall_shared::people::{OnePerson, PersonKind};
use rollcall_shared::plan::{ChangeKind, ClassCounts, Counts, PlanList};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::RunKind;
use rollcall_store::runs::NewRun;
use rollcall_store::sessions::SignedInPerson;

use super::sources::{Sources, not_read};
use crate::error::{Error, Result};
use crate::mis::OneRead;
use crate::people::refuse_while_a_run_is_going;
use crate::state::AppState;

const SCHOOL_CHANGED: &str = "Something that affects your whole school has changed since it was \
    read: its school year, its MIS, what it shares, or which pupils you import. Run the MIS sync \
    wizard: it reads everything.";

const UNDECIDED: &str = "The record in your MIS may belong to a different person from this \
    account. Run the MIS sync wizard: it shows both, and asks.";

const ADDRESS_HELD: &str = "Their new e-mail address belongs to someone else’s account, which has \
    to change first. Run the MIS sync wizard: it does both.";

/// Asks the MIS about the person of an account, and plans what that would change. It is done by
/// Finish, as with any plan.
///
/// # Errors
/// `NotFound`; `RunGoing`; `Unusable` if the account has no link to the MIS; `NotConnected`, or as
/// a reading.
pub(crate) async fn look(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
) -> Result<OnePerson> {
    let school = &admin.school;
    refuse_while_a_run_is_going(state, school.id).await?;
    let before = Sources::load(state, school.id).await?.ok_or_else(not_read)?;
    let known = before.state.accounts.iter().find(|one| one.id == account && one.is_active());
    let known: &Account = known.ok_or_else(|| Error::not_found("This person"))?;
    let Some(MisLink { mis, ids }) = known.link.as_ref() else { return Err(not_linked()) };
    let roster = &before.roster.roster;
    if *mis != roster.mis || roster.pupil_scope != before.settings.pupil_scope {
        return Ok(OnePerson::NotAlone { why: SCHOOL_CHANGED.into() });
    }
    match state.connections.read_one(school, roster, known.kind(), &ids.id).await? {
        OneRead::Gone => return Ok(OnePerson::Gone),
        OneRead::SchoolChanged => return Ok(OnePerson::NotAlone { why: SCHOOL_CHANGED.into() }),
        OneRead::Found(roster) => {
            if !state.store.save_roster(school.id, &roster).await? {
                return Err(not_read());
            }
        }
    }
    let sources = Sources::load(state, school.id).await?.ok_or_else(not_read)?;
    let now = state.clock.now();
    let whole = state.dice.throw(|dice| {
        let Sources { roster, settings, state } = &sources;
        plan(Inputs { roster: &roster.roster, settings, state, now }, dice)
    });
    let of_one = match of_one(whole, account, &sources.state.accounts) {
        Ok(plan) => plan,
        Err(said) => return Ok(said),
    };
    let hash = sources.hash()?;
    let run = NewRun {
        id: RunId(state.dice.uuid()),
        school: school.id,
        kind: RunKind::OnePerson,
        undoes: None,
        hash: &hash,
        settings: &sources.settings,
        roster_read_at: sources.roster.roster.read_at,
        by: Some(&admin.name()),
        at: now,
    };
    if !state.store.save_plan(&run, &of_one).await? {
        return Err(not_read());
    }
    let person = of_one.people.into_iter().next().ok_or_else(|| Error::not_found("This person"))?;
    Ok(OnePerson::Planned { run: run.id, hash, person: Box::new(person.view) })
}

fn not_linked() -> Error {
    Problem::new(Kind::Unusable, "This account is not linked to your MIS")
        .detail(
            "Nothing was changed. The account was added by hand: the MIS sync wizard links it if \
             the person is in your MIS.",
        )
        .into()
}

/// The part of a plan that changes one account, with the classes it needs; else what there is to
/// say.
fn of_one(
    whole: Plan,
    account: AccountId,
    accounts: &[Account],
) -> std::result::Result<Plan, OnePerson> {
    let is_theirs = |person: &PlannedPerson| {
        let is_known = person.view.account == Some(account);
        is_known || person.view.candidates.iter().any(|candidate| candidate.account == account)
    };
    let Plan { classes, people, to_remember, .. } = whole;
    let Some(mut person) = people.into_iter().find(is_theirs) else {
        return Err(OnePerson::NotAlone { why: UNDECIDED.into() });
    };
    if let Some(problem) = &person.view.problem {
        let why = format!("{} {}", problem.reason, problem.fix);
        return Err(OnePerson::NotAlone { why });
    }
    if person.view.list == PlanList::PossibleDuplicate {
        return Err(OnePerson::NotAlone { why: UNDECIDED.into() });
    }
    let Some(Action { change, after, .. }) = &person.action else {
        return Err(OnePerson::UpToDate);
    };
    let email = |one: &Account| one.email.as_ref().map(|email| email.to_lowercase());
    let is_held = after.email.is_some()
        && accounts
            .iter()
            .any(|other| other.id != after.id && other.is_active() && email(other) == email(after));
    if is_held {
        return Err(OnePerson::NotAlone { why: ADDRESS_HELD.into() });
    }
    if *change == ChangeKind::Leave {
        return Err(OnePerson::Gone);
    }
    let needed: BTreeSet<ClassId> = after.class.iter().chain(&after.groups).copied().collect();
    let classes: Vec<_> = classes
        .into_iter()
        .filter(|class| class.change == ClassChange::Create && needed.contains(&class.id))
        .collect();
    let mut counts = Counts::default();
    counts.add(Some(*change));
    let (pupils, staff) = match after.kind() {
        PersonKind::Pupil => (counts, Counts::default()),
        PersonKind::Staff => (Counts::default(), counts),
    };
    let created = u32::try_from(classes.len()).unwrap_or(u32::MAX);
    let totals = Totals {
        pupils,
        staff,
        classes: ClassCounts { created, ..ClassCounts::default() },
        ..Totals::default()
    };
    person.view.seq = 0;
    Ok(Plan { totals, classes, people: vec![person], to_remember })
}
