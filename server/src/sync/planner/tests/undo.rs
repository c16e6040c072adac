//! Taking a run back, case by case. What holds for every school is among the properties.

use std::collections::BTreeSet;

use super::super::{Undoing, undo};
use crate::sync::accounts::{Account, SchoolState};
use crate::sync::fixtures::*;
use crate::sync::plan::{Action, Plan};
use crate::sync::roster::RosterStaff;

/// Applies a plan and takes it back; the second plan.
fn taken_back(state: &mut SchoolState, plan: &Plan) -> Plan {
    apply(state, plan);
    let actions: Vec<Action> =
        plan.people.iter().filter_map(|person| person.action.clone()).collect();
    let used = BTreeSet::new();
    let classes = &plan.classes;
    let back = undo(Undoing { actions: &actions, classes, state, used: &used, now: now() });
    apply(state, &back);
    back
}

#[test]
fn a_leaver_gets_the_address_back_that_the_run_gave_to_somebody_who_had_none() {
    let jane = staff_account(1, "Jane", "Smith", "office@waterside.example");
    let mo = staff_account(2, "Mo", "Field", "");
    let jane = Account { link: link("1"), ..jane };
    let mo = Account { link: link("2"), email: None, ..mo };
    let mut state = state(vec![jane.clone(), mo.clone()]);
    let with_address = RosterStaff {
        work_email: Some("office@waterside.example".into()),
        ..teacher("2", "Mo", "Field")
    };
    let plan = planned(&roster(vec![], vec![with_address]), &state);
    assert_eq!((plan.totals.staff.left, plan.totals.staff.updated), (1, 1));
    let back = taken_back(&mut state, &plan);
    assert_eq!((back.totals.staff.restored, back.totals.problems), (1, 0));
    assert_eq!(state.accounts, [jane, mo]);
}

#[test]
fn a_class_gets_its_name_and_the_lack_of_a_link_back_and_one_that_was_made_stays_empty() {
    let mut state = state(vec![Account { class: Some(class_id(4)), ..account(1, "Amy", "Hill") }]);
    state.classes = vec![class(4, "CLASS 4", None)];
    let before = state.classes.clone();
    let plan = planned(&roster(vec![pupil("9", "Ben", "Wood")], vec![]), &state);
    let back = taken_back(&mut state, &plan);
    assert_eq!(back.totals.classes.renamed, 1);
    assert_eq!(state.classes.iter().filter(|class| class.id == class_id(4)).count(), 1);
    assert!(before.iter().all(|class| state.classes.contains(class)));
    assert_eq!(state.classes.len(), 4, "Years 3, 5 and 6 were made, and nobody is in them");
    let filled = state.accounts.iter().filter(|one| one.is_active()).filter_map(|one| one.class);
    assert_eq!(filled.collect::<Vec<_>>(), [class_id(4)]);
}
