//! What a person would see: changes of ids alone are none, accounts that nobody matches are listed,
//! anyone who is left out by choice has the reason, and anyone who was brought back by hand stays.

use rollcall_shared::plan::{LeftOut, PersonField, PlanList, WarningCode};
use rollcall_shared::settings::YearMapping;
use rollcall_shared::year_group::YearTarget;

use super::person;
use crate::domain::accounts::SchoolState;
use crate::domain::roster::{PupilStatus, Roster};
use crate::fixtures::*;

fn amy_and_ben() -> Roster {
    let mut roster = roster(
        vec![
            pupil("1", "Amy Hill").with_upn(1).born("2017-09-02"),
            pupil("2", "Ben Wood").with_upn(2).born("2018-08-30"),
        ],
        vec![teacher("1", "Jane Smith")],
    );
    fill_classes(&mut roster);
    roster
}

fn applied(roster: &Roster) -> SchoolState {
    let mut state = state(vec![]);
    let plan = planned(roster, &state);
    apply(&mut state, &plan);
    state
}

#[test]
fn new_ids_alone_are_stored_and_count_as_unchanged() {
    let mut roster = amy_and_ben();
    let mut state = applied(&roster);
    for (pupil, number) in roster.pupils.iter_mut().zip(81..) {
        pupil.ids = ids(&number.to_string());
    }
    roster.staff[0].ids = ids("91");
    fill_classes(&mut roster);
    let plan = planned(&roster, &state);
    assert_eq!((plan.totals.pupils.changes(), plan.totals.pupils.unchanged), (0, 2));
    assert_eq!((plan.totals.staff.changes(), plan.totals.staff.unchanged), (0, 1));
    assert!(plan.people.iter().all(|one| one.view.list == PlanList::Unchanged));
    apply(&mut state, &plan);
    assert!(state.accounts.iter().all(|one| one.link != link("1") && one.link != link("2")));
    assert!(planned(&roster, &state).people.iter().all(|one| one.action.is_none()));
}

#[test]
fn a_first_link_and_any_other_field_beside_new_ids_are_a_change() {
    let mut roster = amy_and_ben();
    let mut state = applied(&roster);
    for (pupil, number) in roster.pupils.iter_mut().zip(81..) {
        pupil.ids = ids(&number.to_string());
    }
    roster.pupils[0].surname = "Hill-Wood".into();
    roster.pupils[0].ids = ids("1");
    state.accounts.iter_mut().filter(|one| one.forename == "Ben").for_each(|one| one.link = None);
    let plan = planned(&roster, &state);
    assert_eq!((plan.totals.pupils.updated, plan.totals.pupils.linked), (1, 1));
}

#[test]
fn accounts_that_nobody_in_the_mis_matches_are_listed_and_left_alone() {
    let roster = amy_and_ben();
    let state = state(vec![
        account(1, "Una Field"),
        account(2, "Amy Hill"),
        account(3, "Zac Moss").left(),
        account(4, "Kit Green").linked("9"),
        staff_account(5, "Ida Stone").with_email("ida@waterside.example"),
    ]);
    let plan = planned(&roster, &state);
    let unmatched: Vec<&str> = plan
        .people
        .iter()
        .filter(|one| one.view.list == PlanList::Unmatched)
        .map(|one| one.view.name.as_str())
        .collect();
    assert_eq!(unmatched, ["Una Field", "Ida Stone"]);
    assert_eq!(plan.totals.unmatched, 2);
    assert!(person(&plan, "Una Field").action.is_none());
}

#[test]
fn a_person_who_is_left_out_by_choice_is_counted_by_the_reason() {
    let mut roster = amy_and_ben();
    roster.pupils.push(pupil("3", "Cal Moss").in_year_group("y3"));
    roster.pupils.push(pupil("4", "Dee Park").expected());
    roster.pupils.push(pupil("5", "Eve Lake"));
    roster.withheld_pupils.insert("5".into());
    roster.staff.push(teacher("2", "Paul Jones").not_teaching());
    roster.staff.push(teacher("3", "Una Field").not_teaching());
    let mut settings = settings();
    settings.year_mappings.retain(|mapping| mapping.name != "Year  3");
    settings.year_mappings.push(YearMapping {
        name: "Year  3".into(),
        code: None,
        target: YearTarget::DoNotImport,
    });
    let plan = planned_with(&roster, &settings, &state(vec![]));
    let counted: Vec<(LeftOut, u32)> = plan.totals.not_imported_by.into_iter().collect();
    assert_eq!(
        counted,
        [
            (LeftOut::NotATeacher, 2),
            (LeftOut::YearNotImported, 1),
            (LeftOut::OptedOut, 1),
            (LeftOut::NotStarted, 1),
        ]
    );
    assert_eq!(plan.totals.not_imported, 5);
}

#[test]
fn a_staff_of_whom_nobody_is_marked_as_a_teacher_is_a_warning() {
    let mut roster = amy_and_ben();
    let says = |roster: &Roster| {
        let notes = planned(roster, &state(vec![])).totals.notes;
        notes.iter().any(|note| note.contains("marked as a teacher"))
    };
    assert!(!says(&roster));
    for one in &mut roster.staff {
        one.is_teacher = Some(false);
    }
    assert!(says(&roster));
    roster.staff.push(teacher("2", "Paul Jones"));
    assert!(!says(&roster), "one is enough");
    roster.staff.clear();
    assert!(!says(&roster));
}

/// Amy, who left and was brought back by an admin.
fn brought_back() -> (Roster, SchoolState) {
    let mut roster = amy_and_ben();
    let mut state = applied(&roster);
    roster.pupils.retain(|one| one.forename != "Amy");
    fill_classes(&mut roster);
    let amy = state.accounts.iter_mut().find(|one| one.forename == "Amy").unwrap();
    amy.kept.insert(PersonField::Status);
    (roster, state)
}

#[test]
fn a_person_who_was_brought_back_by_hand_stays_while_the_mis_does_not_have_them() {
    let (roster, mut state) = brought_back();
    for _ in 0..2 {
        let plan = planned(&roster, &state);
        assert_eq!((plan.totals.pupils.left, plan.totals.brought_back), (0, 1));
        let amy = person(&plan, "Amy Hill");
        assert_eq!(amy.view.warnings[0].code, WarningCode::AbsentButKept);
        apply(&mut state, &plan);
    }
    // Also where the MIS says of them that they have left.
    let mut left = amy_and_ben();
    left.pupils[0].status = PupilStatus::Leaver;
    assert_eq!(planned(&left, &state).totals.pupils.left, 0);
}

#[test]
fn once_the_mis_has_them_again_it_leads() {
    let (without, mut state) = brought_back();
    let plan = planned(&amy_and_ben(), &state);
    assert_eq!((plan.totals.pupils.changes(), plan.totals.pupils.unchanged), (0, 2));
    apply(&mut state, &plan);
    assert_eq!(planned(&without, &state).totals.pupils.left, 1);
}
