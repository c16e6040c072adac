//! The finished rows of a plan: each person in their one list, field by field, and in the order in
//! which the plan is applied.
//!
//! That order is: leavers (they give their e-mail up), staff whose e-mail changes (all of them in
//! one batch, so that two can exchange theirs), everybody else who changes, then those whom the
//! run does not touch.

use std::collections::BTreeSet;

use rollcall_shared::ids::ClassId;
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{AsNew, ChangeKind, FieldChange, PlanList, PlanPerson};

use super::class_book::ClassBook;
use super::person::{Outcome, UnplacedPerson, display_name};
use crate::domain::accounts::{Account, InClasses};
use crate::domain::plan::{Action, PlannedPerson};

/// Puts the people in order and numbers them.
pub(super) fn finished(
    drafts: Vec<UnplacedPerson<'_>>,
    classes: &ClassBook<'_>,
) -> Vec<PlannedPerson> {
    let (names, mut people): (Vec<Names>, Vec<PlannedPerson>) = drafts
        .into_iter()
        .map(|draft| {
            let names = (draft.surname.to_lowercase(), draft.forename.to_lowercase());
            (names, row(draft, classes))
        })
        .unzip();
    // Sorted by reference, since a row is large to move.
    let mut in_order: Vec<(&Names, &mut PlannedPerson)> = names.iter().zip(&mut people).collect();
    in_order.sort_by(|(a, this), (b, that)| order(a, this).cmp(&order(b, that)));
    for (seq, (_, person)) in (0..).zip(in_order) {
        person.view.seq = seq;
    }
    people.sort_by_cached_key(|person| person.view.seq);
    people
}

/// The surname and the forename, as people are sorted by them.
type Names = (String, String);

fn order<'a>(names: &'a Names, person: &'a PlannedPerson) -> impl Ord + 'a {
    let ids = person.link.as_ref().map(|link| &link.ids);
    (step(person), person.view.list, person.view.kind, names, ids, person.view.account)
}

fn step(person: &PlannedPerson) -> u8 {
    match &person.action {
        Some(action) if action.change == ChangeKind::Leave => 0,
        Some(action) if action.changes_email() => 1,
        Some(_) => 2,
        None => 3,
    }
}

fn row(draft: UnplacedPerson<'_>, classes: &ClassBook<'_>) -> PlannedPerson {
    let name = display_name(&draft.forename, &draft.surname);
    let view = PlanPerson {
        seq: 0,
        list: PlanList::Unchanged,
        kind: draft.kind,
        name,
        year: draft.year,
        class: draft.class,
        username: None,
        rule: draft.rule,
        fields: Vec::new(),
        kept: Vec::new(),
        left_out: None,
        problem: None,
        warnings: draft.warnings,
        candidates: Vec::new(),
        as_new: None,
        is_sure: false,
        is_answered: draft.is_answered,
        account: None,
        proposed: draft.proposed,
    };
    let untouched = |view| PlannedPerson {
        view,
        link: draft.link.clone(),
        about: draft.about.clone(),
        action: None,
    };
    match draft.outcome {
        Outcome::Problem { problem, account } => untouched(PlanPerson {
            list: PlanList::Problem,
            rule: problem.reason.clone(),
            problem: Some(problem),
            account,
            ..view
        }),
        Outcome::PossibleDuplicate { candidates, is_sure, as_new } => untouched(PlanPerson {
            list: PlanList::PossibleDuplicate,
            candidates,
            is_sure,
            as_new: as_new.and_then(|outcome| as_new_of(*outcome)),
            ..view
        }),
        Outcome::NotImported(why) => {
            untouched(PlanPerson { list: PlanList::NotImported, left_out: Some(why), ..view })
        }
        Outcome::Unmatched(account) => untouched(PlanPerson {
            list: PlanList::Unmatched,
            username: Some(account.username.clone()),
            class: class_of(account, classes),
            account: Some(account.id),
            ..view
        }),
        Outcome::New { account, password } => PlannedPerson {
            view: PlanPerson {
                name: display_name(&account.forename, &account.surname),
                list: PlanList::Create,
                username: Some(account.username.clone()),
                fields: fields(None, &account, classes),
                class: view.class.clone().or_else(|| class_of(&account, classes)),
                ..view
            },
            link: draft.link,
            about: draft.about,
            action: Some(Action {
                change: ChangeKind::Create,
                after: *account,
                before: None,
                password,
                ends_login: false,
            }),
        },
        Outcome::Known { account, after: None } => untouched(PlanPerson {
            name: display_name(&account.forename, &account.surname),
            username: Some(account.username.clone()),
            year: account.year,
            class: class_of(account, classes),
            account: Some(account.id),
            ..view
        }),
        Outcome::Known { account: before, after: Some(in_mis) } => {
            let kept = fields(Some(before), &in_mis, classes);
            let kept = kept.into_iter().filter(|change| before.keeps(change.field)).collect();
            let after = in_mis.with_kept_of(before);
            let change = change(before, &after);
            PlannedPerson {
                view: PlanPerson {
                    name: display_name(&after.forename, &after.surname),
                    kept,
                    list: change
                        .filter(|_| is_seen(before, &after))
                        .map_or(PlanList::Unchanged, PlanList::from),
                    username: Some(after.username.clone()),
                    fields: fields(Some(before), &after, classes),
                    year: after.year,
                    class: class_of(&after, classes),
                    account: Some(before.id),
                    ..view
                },
                link: draft.link,
                about: draft.about,
                action: change.map(|change| Action {
                    change,
                    after,
                    before: Some(before.clone()),
                    password: None,
                    ends_login: draft.ends_login,
                }),
            }
        }
    }
}

/// What an admin is told of somebody who is said to be new.
fn as_new_of(outcome: Outcome<'_>) -> Option<AsNew> {
    match outcome {
        Outcome::New { account, .. } => Some(AsNew::Username(account.username)),
        Outcome::Problem { problem, .. } => Some(AsNew::Problem(problem.reason)),
        _ => None,
    }
}

/// Under which change a person counts: the first that applies.
fn change(before: &Account, after: &Account) -> Option<ChangeKind> {
    if before == after {
        None
    } else if !before.is_active() && after.is_active() {
        Some(ChangeKind::Restore)
    } else if before.is_active() && !after.is_active() {
        Some(ChangeKind::Leave)
    } else if before.link.is_none() && after.link.is_some() {
        Some(ChangeKind::Link)
    } else if before.kind() == PersonKind::Pupil
        && (before.class != after.class || before.year != after.year)
    {
        Some(ChangeKind::Move)
    } else {
        Some(ChangeKind::Update)
    }
}

/// Whether a person would see what changes: the ids of a record that is linked already are for the
/// next run alone.
fn is_seen(before: &Account, after: &Account) -> bool {
    let is_linked = before.link.is_some() && after.link.is_some();
    let of_before =
        Account { link: before.link.clone(), kept: before.kept.clone(), ..after.clone() };
    !is_linked || of_before != *before
}

/// The class of a pupil, or the classes of a member of staff.
fn class_of(account: &Account, classes: &ClassBook<'_>) -> Option<String> {
    match account.kind() {
        PersonKind::Pupil => account.class.and_then(|id| classes.name(id)).map(str::to_owned),
        PersonKind::Staff => joined(&account.groups, classes, true),
    }
}

fn joined(groups: &BTreeSet<ClassId>, classes: &ClassBook<'_>, of_classes: bool) -> Option<String> {
    let names: BTreeSet<&str> = groups
        .iter()
        .filter(|id| classes.is_class(**id) == of_classes)
        .filter_map(|id| classes.name(*id))
        .collect();
    (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join(", "))
}

/// Before and after of each field that changes.
fn fields(before: Option<&Account>, after: &Account, classes: &ClassBook<'_>) -> Vec<FieldChange> {
    let texts = |account: &Account| {
        account.texts(InClasses {
            class: account.class.and_then(|id| classes.name(id)).map(str::to_owned),
            classes: joined(&account.groups, classes, true),
            subject_groups: joined(&account.groups, classes, false),
        })
    };
    let before = before.map(texts);
    texts(after)
        .into_iter()
        .enumerate()
        .filter_map(|(place, (field, after))| {
            let was = before.as_ref().and_then(|all| all.get(place));
            let was = was.and_then(|(_, text)| text.clone()).filter(|text| !text.is_empty());
            let after = after.filter(|text| !text.is_empty());
            (was != after).then_some(FieldChange { field, before: was, after })
        })
        .collect()
}
