//! Taking a run back, case by case. What holds for every school is among the properties.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_shared::plan::{PersonField, WarningCode};

use super::super::{Undoing, counts_use, undo};
use crate::domain::accounts::{Account, SchoolState, Waiting};
use crate::domain::plan::{Action, Plan};
use crate::fixtures::*;

/// Applies a plan and takes it back; the second plan.
fn taken_back(state: &mut SchoolState, plan: &Plan) -> Plan {
    apply(state, plan);
    let actions: Vec<Action> =
        plan.people.iter().filter_map(|person| person.action.clone()).collect();
    let used = BTreeSet::new();
    let classes = &plan.classes;
    let back = undo(Undoing {
        actions: &actions,
        classes,
        state,
        used: &used,
        purged: &BTreeMap::new(),
        now: now(),
    });
    apply(state, &back);
    back
}

#[test]
fn a_leaver_gets_the_address_back_that_the_run_gave_to_somebody_who_had_none() {
    let jane = staff_account(1, "Jane Smith").with_email("office@waterside.example").linked("1");
    let mo = staff_account(2, "Mo Field").without_email().linked("2");
    let mut state = state(vec![jane.clone(), mo.clone()]);
    let with_address = teacher("2", "Mo Field").with_email("office@waterside.example");
    let plan = planned(&roster(vec![], vec![with_address]), &state);
    assert_eq!((plan.totals.staff.left, plan.totals.staff.updated), (1, 1));
    let back = taken_back(&mut state, &plan);
    assert_eq!((back.totals.staff.restored, back.totals.problems), (1, 0));
    assert_eq!(state.accounts, [jane, mo]);
}

#[test]
fn an_account_that_was_changed_by_hand_since_is_worth_a_look_before_it_goes_to_the_trash() {
    let mut state = state(vec![]);
    let plan = planned(&roster(vec![pupil("1", "Amy Hill")], vec![]), &state);
    apply(&mut state, &plan);
    let changed = &mut state.accounts[0];
    changed.forename = "Amelia".into();
    changed.kept.insert(PersonField::Forename);
    let actions: Vec<Action> =
        plan.people.iter().filter_map(|person| person.action.clone()).collect();
    let (classes, used) = (&plan.classes[..], BTreeSet::new());
    let back = undo(Undoing {
        actions: &actions,
        classes,
        state: &state,
        used: &used,
        purged: &BTreeMap::new(),
        now: now(),
    });
    let warning = &back.people[0].view.warnings[0];
    assert_eq!((back.totals.pupils.left, warning.code), (1, WarningCode::ChangedSince));
    assert!(warning.message.contains("First name"), "{}", warning.message);
}

#[test]
fn an_account_that_opened_and_was_used_since_stays_open() {
    let waits = Account {
        waiting: Some(Waiting { starts_on: None }),
        ..account(1, "Amy Hill").linked("1").with_username("AmyH")
    };
    let mut state = state(vec![waits]);
    let plan = planned(&roster(vec![pupil("1", "Amelia Hill")], vec![]), &state);
    apply(&mut state, &plan);
    assert_eq!(state.accounts[0].waiting, None);
    let actions: Vec<Action> =
        plan.people.iter().filter_map(|person| person.action.clone()).collect();
    assert!(actions.iter().all(counts_use));
    let used = BTreeSet::from([account_id(1)]);
    let classes = &plan.classes;
    let undoing = Undoing {
        actions: &actions,
        classes,
        state: &state,
        used: &used,
        purged: &BTreeMap::new(),
        now: now(),
    };
    let back = undo(undoing);
    let warning = &back.people[0].view.warnings[0];
    assert_eq!(warning.code, WarningCode::UsedSince);
    apply(&mut state, &back);
    assert_eq!((state.accounts[0].forename.as_str(), state.accounts[0].waiting), ("Amy", None));
}

#[test]
fn a_class_gets_its_name_and_the_lack_of_a_link_back_and_one_that_was_made_stays_empty() {
    let mut state = state(vec![account(1, "Amy Hill").in_class(class_id(4))]);
    state.classes = vec![class(4, "CLASS 4")];
    let before = state.classes.clone();
    let plan = planned(&roster(vec![pupil("9", "Ben Wood")], vec![]), &state);
    let back = taken_back(&mut state, &plan);
    assert_eq!(back.totals.classes.renamed, 1);
    assert_eq!(state.classes.iter().filter(|class| class.id == class_id(4)).count(), 1);
    assert!(before.iter().all(|class| state.classes.contains(class)));
    assert_eq!(state.classes.len(), 4, "Years 3, 5 and 6 were made, and nobody is in them");
    let filled = state.accounts.iter().filter(|one| one.is_active()).filter_map(|one| one.class);
    assert_eq!(filled.collect::<Vec<_>>(), [class_id(4)]);
}
