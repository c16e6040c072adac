//! What waits for a person: leavings that creep, accounts that would become other people, a role of
//! whom most are in doubt.

use rollcall_shared::plan::{GuardKind, PersonField};

use crate::domain::accounts::{Account, SchoolState};
use crate::domain::plan::Plan;
use crate::domain::roster::{Roster, RosterPupil, RosterStaff};
use crate::fixtures::*;

/// So many pupils, in two classes.
fn pupils(count: usize) -> Vec<RosterPupil> {
    (0..count)
        .map(|n| {
            let class = if n % 2 == 0 { "c4" } else { "c3" };
            pupil(&n.to_string(), &format!("Amy{n} Hill{n}"))
                .in_class(class)
                .with_upn(u32::try_from(n).unwrap())
        })
        .collect()
}

fn staff(count: usize) -> Vec<RosterStaff> {
    (0..count).map(|n| teacher(&n.to_string(), &format!("Jo{n} Smith{n}"))).collect()
}

fn school(count: usize) -> Roster {
    roster(pupils(count), staff(4))
}

fn applied(roster: &Roster) -> SchoolState {
    let mut state = state(vec![]);
    let plan = planned(roster, &state);
    apply(&mut state, &plan);
    state
}

fn waits(plan: &Plan) -> bool {
    plan.totals.guards.iter().any(|guard| guard.kind == GuardKind::Confirm)
}

/// The same school after a night on which these pupils are gone; whether it would have waited.
fn night(state: &mut SchoolState, roster: &mut Roster, gone: usize) -> bool {
    roster.pupils.truncate(roster.pupils.len() - gone);
    fill_classes(roster);
    let plan = planned(roster, state);
    let waits = waits(&plan);
    if !waits {
        apply(state, &plan);
    }
    waits
}

#[test]
fn leavers_of_two_weeks_count_together() {
    let mut roster = school(120);
    let mut state = applied(&roster);
    assert!(!night(&mut state, &mut roster, 12), "a tenth on one night");
    assert!(night(&mut state, &mut roster, 10), "and nearly as many on the next");
    assert_eq!(state.accounts.iter().filter(|account| !account.is_active()).count(), 12);
}

#[test]
fn one_leaver_a_night_is_normal_life_until_a_tenth_has_gone() {
    let mut roster = school(40);
    let mut state = applied(&roster);
    let nights = (0..10).take_while(|_| !night(&mut state, &mut roster, 1)).count();
    assert_eq!(nights, 4);
}

#[test]
fn leavers_of_longer_ago_do_not_count() {
    let mut roster = school(120);
    let mut state = applied(&roster);
    assert!(!night(&mut state, &mut roster, 12));
    for account in state.accounts.iter_mut().filter(|account| !account.is_active()) {
        account.left_at = Some(now() - chrono::TimeDelta::days(15));
    }
    assert!(!night(&mut state, &mut roster, 10));
}

#[test]
fn after_a_person_has_confirmed_the_count_starts_again() {
    let mut roster = school(120);
    let mut state = applied(&roster);
    roster.pupils.truncate(80);
    fill_classes(&mut roster);
    let plan = planned(&roster, &state);
    assert!(waits(&plan));
    apply(&mut state, &plan);
    assert!(!night(&mut state, &mut roster, 3), "three of eighty the night after");
}

#[test]
fn a_person_who_was_restored_does_not_count_as_a_leaver_any_more() {
    let mut roster = school(120);
    let mut state = applied(&roster);
    assert!(!night(&mut state, &mut roster, 12));
    for account in state.accounts.iter_mut().filter(|account| !account.is_active()) {
        (account.status, account.left_at) = (rollcall_shared::people::AccountStatus::Active, None);
        account.kept.insert(PersonField::Status);
    }
    assert!(!night(&mut state, &mut roster, 10));
}

#[test]
fn two_of_a_small_staff_may_leave_and_three_wait_for_a_person() {
    for (gone, expected) in [(1, false), (2, false), (3, true)] {
        let mut roster = roster(pupils(20), staff(6));
        let state = applied(&roster);
        roster.staff.truncate(6 - gone);
        assert_eq!(waits(&planned(&roster, &state)), expected, "{gone}");
    }
}

/// A school in which so many pupils get another name and another UPN; the former UPN ties them.
fn renamed(count: usize) -> (Roster, SchoolState) {
    let mut roster = school(60);
    let state = applied(&roster);
    for (pupil, serial) in roster.pupils.iter_mut().zip(500..).take(count) {
        pupil.former_upn = pupil.upn.take();
        pupil.upn = upn(serial);
        (pupil.forename, pupil.surname) = (format!("Zed{serial}"), format!("Wood{serial}"));
    }
    (roster, state)
}

#[test]
fn accounts_that_would_become_other_people_are_listed_and_wait_for_a_person() {
    let (roster, state) = renamed(3);
    let plan = planned(&roster, &state);
    let guard = plan.totals.guards.iter().find(|guard| !guard.people.is_empty()).unwrap();
    assert_eq!(guard.kind, GuardKind::Confirm);
    assert_eq!(guard.people.len(), 3);
    let shown = serde_json::to_string(&plan.totals).unwrap();
    assert!(!shown.contains("Wood"), "names stand with the people of the plan alone");
}

#[test]
fn two_adoptions_in_one_night_wait_for_nobody() {
    let (roster, state) = renamed(2);
    assert!(planned(&roster, &state).totals.guards.is_empty());
}

#[test]
fn of_a_large_school_one_in_a_hundred_may_change() {
    let mut roster = roster(pupils(400), staff(4));
    let state = applied(&roster);
    let rename = |roster: &mut Roster, count: usize| {
        for (pupil, serial) in roster.pupils.iter_mut().zip(500..).take(count) {
            if pupil.former_upn.is_none() {
                pupil.former_upn = pupil.upn.take();
            }
            pupil.upn = upn(serial);
            (pupil.forename, pupil.surname) = (format!("Zed{serial}"), format!("Wood{serial}"));
        }
    };
    rename(&mut roster, 4);
    assert!(!waits(&planned(&roster, &state)));
    rename(&mut roster, 5);
    assert!(waits(&planned(&roster, &state)));
}

#[test]
fn another_name_alone_is_no_other_person() {
    let mut roster = school(60);
    let state = applied(&roster);
    for pupil in roster.pupils.iter_mut().take(10) {
        pupil.surname = format!("{}-Wood", pupil.surname);
    }
    assert!(planned(&roster, &state).totals.guards.is_empty());
}

#[test]
fn a_role_of_whom_most_are_in_doubt_is_held_where_nobody_watches_and_stops_no_person() {
    let accounts: Vec<Account> =
        (1..).zip(pupils(10)).map(|(id, one)| account(id, &one.name())).collect();
    let holds = |known: usize| {
        let roster = school(10);
        let plan = planned(&roster, &state(accounts[..known].to_vec()));
        assert_eq!(plan.totals.possible_duplicates as usize, known);
        assert!(!waits(&plan));
        plan.totals.guards.iter().any(|guard| guard.kind == GuardKind::Hold)
    };
    assert!(holds(6) && holds(10));
    assert!(!holds(5) && !holds(2));
}

fn asks_about_new(plan: &Plan) -> bool {
    let is_it = |message: &str| message.contains("would be created");
    let guards = &plan.totals.guards;
    guards.iter().any(|guard| guard.kind == GuardKind::Confirm && is_it(&guard.message))
}

#[test]
fn more_than_a_quarter_new_wait_for_a_person_if_they_are_twenty() {
    let asks = |here: usize, new: usize| {
        let state = applied(&school(here));
        asks_about_new(&planned(&school(here + new), &state))
    };
    assert!(!asks(60, 19), "a few");
    assert!(asks(60, 20));
    assert!(!asks(120, 30), "a quarter");
    assert!(asks(120, 31));
}

#[test]
fn new_staff_are_counted_by_themselves() {
    let state = applied(&roster(pupils(200), staff(10)));
    assert!(!asks_about_new(&planned(&roster(pupils(200), staff(29)), &state)));
    assert!(asks_about_new(&planned(&roster(pupils(200), staff(30)), &state)));
}

#[test]
fn a_first_run_and_a_new_school_year_make_as_many_as_there_are() {
    assert!(!asks_about_new(&planned(&school(300), &state(vec![]))));
    let mut this_year = school(60);
    this_year.academic_year = Some(2025);
    let state = applied(&this_year);
    let next_year = school(120);
    let plan = planned(&next_year, &state);
    assert!(plan.totals.rollover.is_some());
    assert!(!asks_about_new(&plan));
}

#[test]
fn more_than_twice_what_groupcall_counts_wait_for_a_person_on_a_first_run_too() {
    let asks = |pupils: Option<u32>| {
        let mut school = school(50);
        school.counts.pupils = pupils;
        asks_about_new(&planned(&school, &state(vec![])))
    };
    assert!(asks(Some(24)));
    assert!(!asks(Some(25)) && !asks(Some(50)));
    assert!(!asks(Some(0)) && !asks(None), "it does not say");
}
