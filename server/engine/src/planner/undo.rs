//! Taking a run back, as a plan of its own: the same rows, lists and batches as of any run.
//!
//! - Accounts that the run made go to the trash with their login; the run made again restores them.
//!   Those that somebody has used since stay.
//! - Everybody else gets back, field by field, what the run changed; what was changed since stays.
//! - Classes get back their name and their link. Those that the run made stay, with nobody in them:
//!   nothing shows them, and the run made again finds them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{AccountStatus, ClassKind, PersonKind};
use rollcall_shared::plan::{ChangeKind, PersonField, PlanList, ProblemCode, Warning, WarningCode};

use super::class_book::ClassBook;
use super::emails::{Wish, folded_email, granted};
use super::leaving::purge_date;
use super::leaving::{draft, stays};
use super::person::{Outcome, UnplacedPerson, problem};
use super::{classes, rows};
use crate::domain::accounts::{Account, Class, SchoolState};
use crate::domain::plan::{Action, ClassAction, ClassChange, Plan, Totals};

/// Whether it counts if somebody has used the account since: where it would go to the trash, or
/// nobody could sign in as they just did.
#[must_use]
pub fn counts_use(action: &Action) -> bool {
    action.before.as_ref().is_none_or(|before| {
        action.change == ChangeKind::Restore
            || before.username != action.after.username
            || before.waiting != action.after.waiting
    })
}

/// Everything the undoing of a run is planned from.
#[derive(Clone, Copy, Debug)]
pub struct Undoing<'a> {
    /// What the run did with accounts.
    pub actions: &'a [Action],
    /// What it did with classes and subject groups; those it left as they were may be among them.
    pub classes: &'a [ClassAction],
    /// The school's accounts and classes as they are now.
    pub state: &'a SchoolState,
    /// The accounts that somebody has signed in to, or activated, since the run.
    pub used: &'a BTreeSet<AccountId>,
    /// How many of those the run changed have been purged since, by what it did with them.
    pub purged: &'a BTreeMap<(PersonKind, PlanList), u32>,
    /// The moment at which accounts go to the trash; their purge dates are counted from it.
    pub now: DateTime<Utc>,
}

/// Makes the plan that takes a run back.
#[must_use]
pub fn undo(undoing: Undoing<'_>) -> Plan {
    let Undoing { actions, state, .. } = undoing;
    let classes = classes_put_back(undoing);
    let book = ClassBook::as_they_are(state, &classes);
    let accounts: HashMap<AccountId, &Account> =
        state.accounts.iter().map(|account| (account.id, account)).collect();
    let there: HashSet<ClassId> = state.classes.iter().map(|class| class.id).collect();
    let found = |action: &Action| accounts.get(&action.after.id).copied();
    let mut drafts: Vec<UnplacedPerson<'_>> = actions
        .iter()
        .filter_map(|action| Some(Undoer { undoing, there: &there }.draft(action, found(action)?)))
        .collect();
    settle_emails(state, &mut drafts);

    let people = rows::finished(drafts, &book);
    let mut totals = Totals {
        classes: classes::count(&classes, ClassKind::Class),
        subject_groups: classes::count(&classes, ClassKind::SubjectGroup),
        ..Totals::default()
    };
    for person in &people {
        let counts = match person.view.kind {
            PersonKind::Pupil => &mut totals.pupils,
            PersonKind::Staff => &mut totals.staff,
        };
        match person.view.list {
            PlanList::Problem => totals.problems += 1,
            _ => counts.add(person.action.as_ref().map(|action| action.change)),
        }
        totals.warnings += u32::from(!person.view.warnings.is_empty());
    }
    totals.notes.extend(undoing.purged.iter().map(|(what, people)| purged_words(*what, *people)));
    let to_remember = state.last_applied.clone().unwrap_or_default();
    Plan { totals, classes, people, to_remember }
}

/// Who can't come back, since nothing of them is left.
fn purged_words((kind, list): (PersonKind, PlanList), people: u32) -> String {
    let who = match (kind, people) {
        (PersonKind::Pupil, 1) => "1 pupil".to_owned(),
        (PersonKind::Pupil, _) => format!("{people} pupils"),
        (PersonKind::Staff, 1) => "1 member of staff".to_owned(),
        (PersonKind::Staff, _) => format!("{people} members of staff"),
    };
    let what = match list {
        PlanList::Leave => "who left in this run",
        PlanList::Create => "whose account this run created",
        PlanList::Restore => "who were restored in this run",
        _ => "who were changed in this run",
    };
    let have = if people == 1 { "has" } else { "have" };
    format!(
        "{who} {what} {have} been deleted for good since: their time in the trash was over. They \
         can’t be restored."
    )
}

/// The classes that get back what the run changed of them, where nobody has changed it since.
fn classes_put_back(undoing: Undoing<'_>) -> Vec<ClassAction> {
    undoing
        .classes
        .iter()
        .filter(|action| action.change != ClassChange::Unchanged)
        .filter_map(|action| {
            let before = action.before.as_ref()?;
            let now = undoing.state.classes.iter().find(|class| class.id == action.id)?;
            let back = |is_as_left: bool| if is_as_left { before } else { now };
            let after = Class {
                name: back(now.name == action.name).name.clone(),
                subject: back(now.subject == action.subject).subject.clone(),
                link: back(now.link == action.link).link.clone(),
                ..now.clone()
            };
            (after != *now).then(|| ClassAction {
                change: ClassChange::PutBack,
                id: after.id,
                kind: after.kind,
                name_before: (after.name != now.name).then(|| now.name.clone()),
                name: after.name,
                subject: after.subject,
                link: after.link,
                before: Some(now.clone()),
            })
        })
        .collect()
}

struct Undoer<'a> {
    undoing: Undoing<'a>,
    /// The classes there are.
    there: &'a HashSet<ClassId>,
}

const USED_LOGIN: &str =
    "Someone has signed in since, so the username stays and the account stays open.";
const USED: &str = "Someone has signed in with it or set a password since, so the account stays.";

impl Undoer<'_> {
    fn draft<'a>(&self, action: &Action, account: &'a Account) -> UnplacedPerson<'a> {
        let is_used = self.undoing.used.contains(&account.id);
        let Some(before) = &action.before else {
            return match (account.is_active(), is_used) {
                (false, _) => unchanged(account, "Already in the trash"),
                (true, true) => stays(account, WarningCode::UsedSince, USED, MADE),
                (true, false) => {
                    let mut draft = changed(account, self.to_trash(account.clone()), MADE, &[]);
                    warn_of_changes_by_hand(&mut draft, account, &action.after);
                    draft
                }
            };
        };
        let (mut after, changed_since) = account.put_back(before, &action.after);
        self.leave_out_missing_classes(&mut after);
        match action.change {
            ChangeKind::Create => unchanged(account, MADE),
            ChangeKind::Leave if account.is_active() => {
                changed(account, after, "Already restored from the trash", &changed_since)
            }
            ChangeKind::Leave => {
                after.status = AccountStatus::Active;
                after.left_at = None;
                after.purge_on = None;
                changed(account, after, "The run put the account in the trash", &changed_since)
            }
            ChangeKind::Restore if !account.is_active() => {
                unchanged(account, "Already in the trash")
            }
            ChangeKind::Restore if is_used => {
                stays(account, WarningCode::UsedSince, USED, "The run restored it from the trash")
            }
            ChangeKind::Restore => {
                let after = self.to_trash(after);
                changed(account, after, "The run restored it from the trash", &changed_since)
            }
            ChangeKind::Link | ChangeKind::Move | ChangeKind::Update => {
                let keeps_login = is_used
                    && (after.username != account.username || after.waiting != account.waiting);
                if keeps_login {
                    after.username.clone_from(&account.username);
                    after.waiting = account.waiting;
                }
                let mut draft = changed(account, after, "As it was before the run", &changed_since);
                if keeps_login {
                    draft.warn(WarningCode::UsedSince, USED_LOGIN);
                }
                draft
            }
        }
    }

    fn to_trash(&self, account: Account) -> Account {
        let Undoing { state, now, .. } = self.undoing;
        Account {
            status: AccountStatus::Trash,
            left_at: Some(now),
            purge_on: purge_date(now, state.retention_months),
            ..account
        }
    }

    fn leave_out_missing_classes(&self, account: &mut Account) {
        account.class = account.class.filter(|class| self.there.contains(class));
        account.groups.retain(|class| self.there.contains(class));
    }
}

const MADE: &str = "The run created this account";

fn unchanged<'a>(account: &'a Account, rule: &str) -> UnplacedPerson<'a> {
    draft(account, Outcome::Known { account, after: None }, rule, Vec::new())
}

fn changed<'a>(
    account: &'a Account,
    after: Account,
    rule: &str,
    changed_since: &[PersonField],
) -> UnplacedPerson<'a> {
    let labels: Vec<&str> = changed_since.iter().map(|field| field.label()).collect();
    let warning = (!labels.is_empty()).then(|| Warning {
        code: WarningCode::ChangedSince,
        message: format!("Changed since the run, so it stays: {}.", labels.join(", ")),
    });
    draft(account, Outcome::known(account, after), rule, warning.into_iter().collect())
}

/// An account that goes to the trash takes along what an admin has changed since.
fn warn_of_changes_by_hand(draft: &mut UnplacedPerson<'_>, now: &Account, as_made: &Account) {
    let labels: Vec<&str> = now.kept.difference(&as_made.kept).map(|field| field.label()).collect();
    if !labels.is_empty() {
        draft.warn(
            WarningCode::ChangedSince,
            format!(
                "Changed by hand since the run: {}. The account goes to the trash as it is now, \
                 and can be restored like that.",
                labels.join(", ")
            ),
        );
    }
}

/// Gives nobody an address back that is somebody else's by now.
fn settle_emails(state: &SchoolState, drafts: &mut [UnplacedPerson<'_>]) {
    let mut places = Vec::new();
    let mut wishes = Vec::new();
    // Those who leave, or had no address before.
    let mut gives_up = HashSet::new();
    for (place, draft) in drafts.iter().enumerate() {
        let Outcome::Known { account, after: Some(after) } = &draft.outcome else { continue };
        if !after.is_active() {
            gives_up.insert(account.id);
            continue;
        }
        if after.email.is_none() {
            gives_up.insert(account.id);
            continue;
        }
        let now = account.email.as_deref().filter(|_| account.is_active()).map(folded_email);
        let wanted = after.email.as_deref().map(folded_email);
        if let Some(wanted) = wanted.filter(|wanted| now.as_ref() != Some(wanted)) {
            places.push(place);
            wishes.push(Wish { account: Some(account.id), now, wanted });
        }
    }
    let holders: HashMap<String, AccountId> = state
        .accounts
        .iter()
        .filter(|account| account.is_active() && !gives_up.contains(&account.id))
        .filter_map(|account| Some((folded_email(account.email.as_deref()?), account.id)))
        .collect();
    for (place, is_granted) in places.into_iter().zip(granted(&wishes, &holders)) {
        let Some(draft) = drafts.get_mut(place).filter(|_| !is_granted) else { continue };
        let Outcome::Known { account, after: Some(after) } = &mut draft.outcome else { continue };
        if account.is_active() {
            after.email.clone_from(&account.email);
            draft.warn(
                WarningCode::SharedEmail,
                "The e-mail address they had now belongs to someone else, so this one stays.",
            );
        } else {
            draft.outcome = problem(
                ProblemCode::EmailTaken,
                "The e-mail address of this account now belongs to someone else, so it stays in \
                 the trash.",
                "Give the other account another address, or restore this one from the trash once \
                 the address is free.",
                Some(account.id),
            );
        }
    }
}
