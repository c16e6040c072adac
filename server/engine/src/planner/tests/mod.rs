mod evidence_properties;
mod guards;
mod kept;
mod leaving;
mod matching;
mod new_year;
mod not_shared;
mod properties;
mod renames;
mod resolving;
mod seen;
mod staff;
mod staying;
mod undo;
mod waiting;
mod who_is_who;

use rollcall_shared::plan::PlanList;
use rollcall_shared::settings::SubjectGroupChoice;

use super::choice_of;
use crate::domain::plan::{Plan, PlannedPerson};
use crate::fixtures::*;

/// Each person of the plan: name, list, rule or problem.
fn lists(plan: &Plan) -> Vec<(String, PlanList)> {
    let mut all: Vec<_> =
        plan.people.iter().map(|person| (person.view.name.clone(), person.view.list)).collect();
    all.sort();
    all
}

fn person<'a>(plan: &'a Plan, name: &str) -> &'a PlannedPerson {
    plan.people.iter().find(|person| person.view.name == name).unwrap()
}

#[test]
fn a_school_that_starts_from_nothing_gets_an_account_for_everybody() {
    let roster = roster(
        vec![pupil("1", "Amy Hill"), pupil("2", "Ben Wood")],
        vec![teacher("1", "Jane Smith")],
    );
    let mut state = state(vec![]);
    let plan = planned(&roster, &state);
    assert_eq!(
        lists(&plan),
        [
            ("Amy Hill".to_owned(), PlanList::Create),
            ("Ben Wood".to_owned(), PlanList::Create),
            ("Jane Smith".to_owned(), PlanList::Create),
        ]
    );
    assert_eq!(person(&plan, "Amy Hill").view.username.as_deref(), Some("AmyH"));
    assert_eq!(person(&plan, "Jane Smith").view.username.as_deref(), Some("JSmith"));
    assert_eq!(plan.totals.classes.created, 4);

    apply(&mut state, &plan);
    let again = planned(&roster, &state);
    assert_eq!((again.totals.pupils.changes(), again.totals.staff.changes()), (0, 0));
    assert_eq!(again.totals.pupils.unchanged, 2);
    assert_eq!(again.totals.classes.unchanged, 4);
}

#[test]
fn a_ticked_group_of_another_mis_is_not_the_one_that_has_its_number_now() {
    let mut roster = roster(vec![pupil("1", "Amy Hill")], vec![]);
    roster.subject_groups.push(group("m1", "Chess club").of(["1"]));
    let mut settings = settings();
    let before = group("m1", "Maths A");
    let ticked = choice_of(&before, Some("arbor"));
    settings.subject_groups.push(SubjectGroupChoice {
        external_id: Some("arbor-guid".into()),
        xid: None,
        ..ticked
    });
    let plan = planned_with(&roster, &settings, &state(vec![]));
    assert_eq!(plan.totals.subject_groups.created, 0);
    assert_eq!(plan.totals.notes.len(), 1, "{:?}", plan.totals.notes);

    roster.subject_groups[0].name = "MATHS  A".into();
    let plan = planned_with(&roster, &settings, &state(vec![]));
    assert_eq!(plan.totals.subject_groups.created, 1);
}
