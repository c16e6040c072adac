//! Pupils besides those on the roll: expected ones, guests and subsidiary ones.

use rollcall_shared::plan::{PersonField, PlanList, ProblemCode, WarningCode};
use rollcall_shared::settings::{PupilScope, Settings};

use super::{lists, person};
use crate::domain::accounts::{Account, SchoolState, Waiting};
use crate::domain::plan::Plan;
use crate::domain::roster::{Enrolment, PupilStatus, Roster, RosterPupil};
use crate::fixtures::*;

const NOBODY: PupilScope = PupilScope { pre_admissions: false, guests: false, subsidiary: false };
const EXPECTED: PupilScope = PupilScope { pre_admissions: true, ..NOBODY };
const GUESTS: PupilScope = PupilScope { guests: true, ..NOBODY };

/// Amy, who is expected.
fn expected_amy() -> RosterPupil {
    let amy = pupil("1", "Amy Hill").expected().without_class();
    RosterPupil { starts_on: day("2026-11-02"), ..amy }
}

fn read_with(scope: PupilScope, pupils: Vec<RosterPupil>) -> Roster {
    let mut roster = roster(pupils, vec![]);
    roster.pupil_scope = scope;
    roster
}

fn chosen(scope: PupilScope) -> Settings {
    Settings { pupil_scope: scope, ..settings() }
}

/// The plan of a school that asked for these pupils, and got them.
fn planned_for(scope: PupilScope, pupils: Vec<RosterPupil>, state: &SchoolState) -> Plan {
    planned_with(&read_with(scope, pupils), &chosen(scope), state)
}

fn after_a_run(scope: PupilScope, pupils: Vec<RosterPupil>) -> SchoolState {
    let mut state = state(vec![]);
    let plan = planned_for(scope, pupils, &state);
    apply(&mut state, &plan);
    state
}

fn account_of<'a>(state: &'a SchoolState, forename: &str) -> &'a Account {
    state.accounts.iter().find(|account| account.forename == forename).unwrap()
}

fn warning_of(plan: &Plan, name: &str) -> Option<WarningCode> {
    person(plan, name).view.warnings.first().map(|warning| warning.code)
}

#[test]
fn an_expected_pupil_is_left_out_unless_the_school_wants_them_before_they_start() {
    let plan = planned_for(NOBODY, vec![expected_amy()], &state(vec![]));
    assert_eq!(lists(&plan), [("Amy Hill".to_owned(), PlanList::NotImported)]);
    let plan = planned_for(EXPECTED, vec![expected_amy()], &state(vec![]));
    assert_eq!(lists(&plan), [("Amy Hill".to_owned(), PlanList::Create)]);
    let amy = person(&plan, "Amy Hill");
    assert!(amy.view.warnings.is_empty(), "no class yet is as it should be");
    let action = amy.action.as_ref().unwrap();
    assert!(action.password.is_some());
    assert_eq!(action.after.waiting, Some(Waiting { starts_on: day("2026-11-02") }));
    let opens = amy.view.fields.iter().find(|change| change.field == PersonField::OpensOn).unwrap();
    assert_eq!(opens.after.as_deref(), Some("2 November 2026"));
}

#[test]
fn an_expected_pupil_without_a_year_group_waits_for_one_and_an_undecided_year_is_asked_about() {
    let without = expected_amy().without_year();
    let plan = planned_for(EXPECTED, vec![without], &state(vec![]));
    assert_eq!(lists(&plan), [("Amy Hill".to_owned(), PlanList::NotImported)]);

    let intake = expected_amy().in_year_group("intake");
    let mut roster = read_with(EXPECTED, vec![intake, pupil("2", "Ben Wood")]);
    roster.year_groups.push(group("intake", "Intake 2026"));
    let plan = planned_with(&roster, &chosen(EXPECTED), &state(vec![]));
    let problem = person(&plan, "Amy Hill").view.problem.as_ref().unwrap();
    assert_eq!(problem.code, ProblemCode::UnmappedYear);
    assert!(plan.totals.notes[0].contains("Intake 2026"), "{:?}", plan.totals.notes);
}

#[test]
fn a_pupil_who_arrives_keeps_the_login_made_before_and_it_opens() {
    let mut state = after_a_run(EXPECTED, vec![expected_amy(), pupil("2", "Ben Wood")]);
    let before = account_of(&state, "Amy").clone();
    assert!(before.waiting.is_some());
    let arrived = || {
        vec![
            RosterPupil { status: PupilStatus::OnRoll, ..expected_amy().in_class("c4") },
            pupil("2", "Ben Wood"),
        ]
    };
    let plan = planned_for(EXPECTED, arrived(), &state);
    assert_eq!(person(&plan, "Amy Hill").view.list, PlanList::Move);
    apply(&mut state, &plan);
    let after = account_of(&state, "Amy");
    assert_eq!((after.id, &after.username), (before.id, &before.username));
    assert_eq!(after.waiting, None);
    assert_eq!(planned_for(EXPECTED, arrived(), &state).totals.pupils.changes(), 0);
}

#[test]
fn a_pupil_who_does_not_arrive_leaves_like_anybody_else() {
    let known = || after_a_run(EXPECTED, vec![expected_amy(), pupil("2", "Ben Wood")]);
    let gone = planned_for(EXPECTED, vec![pupil("2", "Ben Wood")], &known());
    assert_eq!(person(&gone, "Amy Hill").view.list, PlanList::Leave);
    let leaver = expected_amy().left();
    let said = planned_for(EXPECTED, vec![leaver, pupil("2", "Ben Wood")], &known());
    assert_eq!(person(&said, "Amy Hill").view.list, PlanList::Leave);
}

#[test]
fn a_start_that_is_put_off_is_followed_and_one_that_is_not_sent_is_kept() {
    let state = after_a_run(EXPECTED, vec![expected_amy()]);
    let starts = |pupil: RosterPupil| {
        let plan = planned_for(EXPECTED, vec![pupil], &state);
        let action = person(&plan, "Amy Hill").action.clone();
        action.map(|action| action.after.waiting.unwrap().starts_on)
    };
    let later = RosterPupil { starts_on: day("2027-01-04"), ..expected_amy() };
    assert_eq!(starts(later), Some(day("2027-01-04")));
    assert_eq!(starts(RosterPupil { starts_on: None, ..expected_amy() }), None, "nothing changes");
}

#[test]
fn an_account_that_is_open_is_never_closed() {
    let by_hand = state(vec![account(1, "Amy Hill")]);
    let born = |pupil: RosterPupil| pupil.born("2017-09-02");
    let mut open = by_hand.clone();
    open.accounts[0].date_of_birth = day("2017-09-02");
    let plan = planned_for(EXPECTED, vec![born(expected_amy())], &open);
    let action = person(&plan, "Amy Hill").action.as_ref().unwrap();
    assert_eq!((action.after.waiting, action.after.link.is_some()), (None, true));

    let was_here = after_a_run(EXPECTED, vec![pupil("1", "Amy Hill")]);
    let plan = planned_for(EXPECTED, vec![expected_amy()], &was_here);
    assert_eq!(person(&plan, "Amy Hill").view.list, PlanList::Unchanged);
    assert_eq!(warning_of(&plan, "Amy Hill"), Some(WarningCode::NoLongerInScope));
}

#[test]
fn a_pupil_who_comes_back_later_is_restored_closed_until_then() {
    let mut state = after_a_run(EXPECTED, vec![pupil("1", "Amy Hill"), pupil("2", "Ben Wood")]);
    let plan = planned_for(EXPECTED, vec![pupil("2", "Ben Wood")], &state);
    apply(&mut state, &plan);
    let plan = planned_for(EXPECTED, vec![expected_amy(), pupil("2", "Ben Wood")], &state);
    let amy = person(&plan, "Amy Hill");
    assert_eq!(amy.view.list, PlanList::Restore);
    assert!(amy.action.as_ref().unwrap().after.waiting.is_some());
}

mod somebody_registered_at_two_schools {
    use super::*;

    const SUBSIDIARY: PupilScope = PupilScope { subsidiary: true, ..NOBODY };

    fn is_listed(enrolment: Enrolment, scope: PupilScope, list: PlanList) {
        let amy = pupil("1", "Amy Hill").enrolled_as(enrolment);
        let plan = planned_for(scope, vec![amy], &state(vec![]));
        assert_eq!(lists(&plan), [("Amy Hill".to_owned(), list)]);
    }

    cases!(
        is_listed,
        comes_in_where_they_mainly_go(Enrolment::Main, NOBODY, PlanList::Create),
        is_left_out_as_a_guest(Enrolment::Guest, NOBODY, PlanList::NotImported),
        is_left_out_where_they_are_subsidiary(Enrolment::Subsidiary, NOBODY, PlanList::NotImported),
        comes_in_as_a_guest_where_guests_are_wanted(Enrolment::Guest, GUESTS, PlanList::Create),
        is_left_out_where_they_are_subsidiary_and_only_guests_are_wanted(
            Enrolment::Subsidiary,
            GUESTS,
            PlanList::NotImported
        ),
        is_left_out_as_a_guest_where_only_subsidiary_pupils_are_wanted(
            Enrolment::Guest,
            SUBSIDIARY,
            PlanList::NotImported
        ),
        comes_in_where_they_are_subsidiary_and_such_pupils_are_wanted(
            Enrolment::Subsidiary,
            SUBSIDIARY,
            PlanList::Create
        ),
    );
}

#[test]
fn a_setting_that_is_turned_off_makes_no_leaver_however_often_the_mis_is_read() {
    let guest = pupil("1", "Amy Hill").enrolled_as(Enrolment::Guest);
    let main = |id: &str, name: &str| pupil(id, name).enrolled_as(Enrolment::Main);
    for (what, scope, amy) in [("expected", EXPECTED, expected_amy()), ("a guest", GUESTS, guest)] {
        let mut state =
            after_a_run(scope, vec![amy.clone(), main("2", "Ben Wood"), main("3", "Una Wood")]);
        for round in 0..2 {
            let plan =
                planned_for(NOBODY, vec![main("2", "Ben Wood"), main("3", "Una Wood")], &state);
            assert_eq!(person(&plan, "Amy Hill").view.list, PlanList::Unchanged, "{what} {round}");
            let warned = Some(WarningCode::NoLongerInScope);
            assert_eq!(warning_of(&plan, "Amy Hill"), warned, "{what} {round}");
            apply(&mut state, &plan);
        }
        // Anyone who is here by right leaves as before.
        let plan = planned_for(NOBODY, vec![main("2", "Ben Wood")], &state);
        assert_eq!(person(&plan, "Una Wood").view.list, PlanList::Leave, "{what}");
        // Asked for again and still gone, they have left.
        let plan = planned_for(scope, vec![main("2", "Ben Wood"), main("3", "Una Wood")], &state);
        assert_eq!(person(&plan, "Amy Hill").view.list, PlanList::Leave, "{what}");
    }
}

#[test]
fn where_nobody_can_be_told_from_a_guest_nobody_leaves_once_guests_are_not_asked_for() {
    let state = after_a_run(GUESTS, vec![pupil("1", "Amy Hill"), pupil("2", "Ben Wood")]);
    let plan = planned_for(NOBODY, vec![pupil("2", "Ben Wood")], &state);
    assert_eq!(person(&plan, "Amy Hill").view.list, PlanList::Unchanged);
    assert_eq!(warning_of(&plan, "Amy Hill"), Some(WarningCode::NoLongerInScope));
    // While they are asked for, those who are gone have left.
    let plan = planned_for(GUESTS, vec![pupil("2", "Ben Wood")], &state);
    assert_eq!(person(&plan, "Amy Hill").view.list, PlanList::Leave);
}

#[test]
fn a_guest_who_becomes_the_schools_own_pupil_leaves_like_one() {
    let of = |enrolment| pupil("1", "Amy Hill").enrolled_as(enrolment);
    let mut state = after_a_run(GUESTS, vec![of(Enrolment::Guest), pupil("2", "Ben Wood")]);
    let plan = planned_for(NOBODY, vec![of(Enrolment::Main), pupil("2", "Ben Wood")], &state);
    apply(&mut state, &plan);
    let plan = planned_for(NOBODY, vec![pupil("2", "Ben Wood")], &state);
    assert_eq!(person(&plan, "Amy Hill").view.list, PlanList::Leave);
}

#[test]
fn a_pupil_of_an_unknown_status_is_left_alone_whatever_the_school_wants() {
    let all = PupilScope { pre_admissions: true, guests: true, subsidiary: true };
    let odd = || RosterPupil { status: PupilStatus::Other, ..pupil("1", "Amy Hill") };
    let plan = planned_for(all, vec![odd()], &state(vec![]));
    assert_eq!(lists(&plan), [("Amy Hill".to_owned(), PlanList::NotImported)]);
    let known = after_a_run(all, vec![pupil("1", "Amy Hill")]);
    let plan = planned_for(all, vec![odd()], &known);
    assert_eq!(lists(&plan), [("Amy Hill".to_owned(), PlanList::Unchanged)]);
}
