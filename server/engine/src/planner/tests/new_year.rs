//! A new school year: pupils held back or moved ahead, and an MIS that has not finished it.

use rollcall_shared::plan::PlanList;
use rollcall_shared::year_group::YearGroup;

use super::{lists, person};
use crate::domain::accounts::{LastApplied, SchoolState};
use crate::domain::plan::Plan;
use crate::domain::roster::{Roster, RosterPupil};
use crate::fixtures::*;

/// A school after a run of last year: Amy, Ben, Una and Zac in Year 4.
fn last_year_in_year_4() -> SchoolState {
    let mut before = roster(
        ["Amy", "Ben", "Una", "Zac"]
            .into_iter()
            .zip(["1", "2", "3", "4"])
            .map(|(name, id)| pupil(id, &format!("{name} Hill")).in_year(4))
            .collect(),
        vec![],
    );
    before.academic_year = Some(2025);
    let mut state = state(vec![]);
    let plan = planned(&before, &state);
    apply(&mut state, &plan);
    state
}

fn year_of(plan: &Plan, name: &str) -> Option<YearGroup> {
    person(plan, name).view.year
}

fn this_year(pupils: Vec<RosterPupil>) -> Roster {
    roster(pupils, vec![])
}

#[test]
fn a_pupil_held_back_or_moved_ahead_goes_where_the_mis_says_and_keeps_their_login() {
    let mut state = last_year_in_year_4();
    let username = |state: &SchoolState, name: &str| {
        let account = state.accounts.iter().find(|account| account.forename == name).unwrap();
        account.username.clone()
    };
    let before = ["Amy", "Ben", "Una"].map(|name| username(&state, name));
    let roster = this_year(vec![
        pupil("1", "Amy Hill").in_year(5),
        pupil("2", "Ben Hill").in_year(4),
        pupil("3", "Una Hill").in_year(6),
        pupil("4", "Zac Hill").in_year(5),
    ]);
    let plan = planned(&roster, &state);
    assert!(plan.totals.rollover.is_some());
    assert_eq!(
        lists(&plan),
        [
            ("Amy Hill".to_owned(), PlanList::Move),
            ("Ben Hill".to_owned(), PlanList::Unchanged),
            ("Una Hill".to_owned(), PlanList::Move),
            ("Zac Hill".to_owned(), PlanList::Move),
        ]
    );
    assert_eq!(
        ["Amy Hill", "Ben Hill", "Una Hill"].map(|name| year_of(&plan, name)),
        [5, 4, 6].map(YearGroup::year)
    );
    assert!(plan.totals.guards.is_empty(), "{:?}", plan.totals.guards);
    apply(&mut state, &plan);
    assert_eq!(["Amy", "Ben", "Una"].map(|name| username(&state, name)), before);
    assert_eq!(planned(&roster, &state).totals.pupils.changes(), 0);
}

#[test]
fn a_pupil_of_the_top_year_who_is_held_back_does_not_leave_with_it() {
    let mut state = state(vec![]);
    let mut before =
        this_year(vec![pupil("1", "Amy Hill").in_year(6), pupil("2", "Ben Wood").in_year(6)]);
    before.academic_year = Some(2025);
    let plan = planned(&before, &state);
    apply(&mut state, &plan);
    let plan = planned(&this_year(vec![pupil("2", "Ben Wood").in_year(6)]), &state);
    assert_eq!(
        lists(&plan),
        [("Amy Hill".to_owned(), PlanList::Leave), ("Ben Wood".to_owned(), PlanList::Unchanged)]
    );
}

#[test]
fn a_pupil_held_back_whom_only_the_name_tells_is_asked_about_and_not_a_sure_one() {
    let mut state = state(vec![account(1, "Amy Hill")]);
    state.last_applied = Some(last_year());
    let sure = |year| {
        let plan = planned(&this_year(vec![pupil("1", "Amy Hill").in_year(year)]), &state);
        (plan.totals.possible_duplicates, plan.totals.sure_ones)
    };
    assert_eq!(sure(5), (1, 1), "the year to be expected");
    assert_eq!(sure(4), (1, 0), "held back");
    assert_eq!(sure(6), (1, 0), "moved ahead");
}

#[test]
fn an_mis_that_has_its_new_year_but_not_its_classes_yet_waits_for_a_person() {
    let state = last_year_in_year_4();
    let with_classes = |count: usize| {
        let mut pupils: Vec<RosterPupil> = ["Amy", "Ben", "Una", "Zac"]
            .into_iter()
            .zip(["1", "2", "3", "4"])
            .map(|(name, id)| pupil(id, &format!("{name} Hill")).in_year(5))
            .collect();
        for pupil in pupils.iter_mut().skip(count) {
            pupil.class = None;
        }
        let plan = planned(&this_year(pupils), &state);
        let asks = |words: &str| plan.totals.guards.iter().any(|one| one.message.contains(words));
        asks("has not finished its new year")
    };
    assert!(with_classes(0) && with_classes(1));
    assert!(!with_classes(2), "half of them");
    assert!(!with_classes(4));
}

#[test]
fn an_mis_that_still_says_last_year_changes_nothing_although_it_is_september() {
    let state = last_year_in_year_4();
    let mut roster = this_year(
        ["Amy", "Ben", "Una", "Zac"]
            .into_iter()
            .zip(["1", "2", "3", "4"])
            .map(|(name, id)| pupil(id, &format!("{name} Hill")).in_year(4))
            .collect(),
    );
    roster.academic_year = Some(2025);
    let plan = planned(&roster, &state);
    assert_eq!((plan.totals.rollover, plan.totals.pupils.changes()), (None, 0));
    let LastApplied { academic_year, .. } = plan.to_remember;
    assert_eq!(academic_year, Some(2025));
}

fn named(names: &[&str], year: u8) -> Vec<RosterPupil> {
    (0_usize..)
        .zip(names)
        .map(|(n, name)| pupil(&format!("{name}-{n}"), &format!("{name} Hill")).in_year(year))
        .collect()
}

/// Ten pupils in each of Years 4 to 6.
fn three_years(by: u8) -> Vec<RosterPupil> {
    let names = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"];
    let pupils = (4..=6_u8).flat_map(|year| {
        names.map(|name| {
            let id = format!("{year}-{name}");
            pupil(&id, &format!("{name}{name}{year} Hill")).in_year((year + by).min(6))
        })
    });
    pupils.filter(|pupil| by == 0 || !pupil.ids.id.starts_with('6')).collect()
}

fn in_academic_year(year: Option<i32>, pupils: Vec<RosterPupil>) -> Roster {
    Roster { academic_year: year, ..this_year(pupils) }
}

fn after_the_first_run_of(year: i32) -> SchoolState {
    let mut state = state(vec![]);
    let plan = planned(&in_academic_year(Some(year), three_years(0)), &state);
    apply(&mut state, &plan);
    state
}

#[test]
fn a_rollover_stays_open_while_the_mis_has_not_moved_its_pupils() {
    let mut state = after_the_first_run_of(2025);
    // On 1 August the year turns, and on 1 September the pupils move.
    for _ in 0..3 {
        let plan = planned(&in_academic_year(Some(2026), three_years(0)), &state);
        assert_eq!(plan.totals.rollover.map(|it| (it.from, it.to)), Some((2025, 2026)));
        assert!(plan.totals.guards.is_empty(), "{:?}", plan.totals.guards);
        assert!(plan.totals.rollover_waits);
        apply(&mut state, &plan);
        assert_eq!(state.last_applied.as_ref().unwrap().academic_year, Some(2025));
    }
    let plan = planned(&in_academic_year(Some(2026), three_years(1)), &state);
    assert!(plan.totals.rollover.is_some());
    assert_eq!((plan.totals.pupils.moved, plan.totals.pupils.left), (20, 10));
    assert!(plan.totals.guards.is_empty(), "{:?}", plan.totals.guards);
    apply(&mut state, &plan);
    assert_eq!(state.last_applied.as_ref().unwrap().academic_year, Some(2026));
    let again = planned(&in_academic_year(Some(2026), three_years(1)), &state);
    assert_eq!((again.totals.rollover, again.totals.pupils.changes()), (None, 0));
}

#[test]
fn the_top_year_that_leaves_first_does_not_make_the_next_one_the_top_year() {
    let mut state = after_the_first_run_of(2025);
    let without_top: Vec<RosterPupil> =
        three_years(0).into_iter().filter(|one| !one.ids.id.starts_with('6')).collect();
    let plan = planned(&in_academic_year(Some(2026), without_top), &state);
    assert!(plan.totals.guards.is_empty(), "{:?}", plan.totals.guards);
    apply(&mut state, &plan);
    let only_four: Vec<RosterPupil> =
        three_years(0).into_iter().filter(|one| one.ids.id.starts_with('4')).collect();
    let plan = planned(&in_academic_year(Some(2026), only_four), &state);
    assert!(plan.totals.guards.iter().any(|guard| guard.message.contains("would leave")));
}

#[test]
fn a_rollover_that_stays_open_for_ninety_days_ends() {
    let mut state = after_the_first_run_of(2025);
    let plan = planned(&in_academic_year(Some(2026), three_years(0)), &state);
    apply(&mut state, &plan);
    let open = state.last_applied.as_mut().unwrap().open_rollover.as_mut().unwrap();
    open.since = now() - chrono::TimeDelta::days(89);
    let plan = planned(&in_academic_year(Some(2026), three_years(0)), &state);
    assert!(plan.totals.rollover.is_some());
    let open = state.last_applied.as_mut().unwrap().open_rollover.as_mut().unwrap();
    open.since = now() - chrono::TimeDelta::days(90);
    let plan = planned(&in_academic_year(Some(2026), three_years(0)), &state);
    assert_eq!(plan.totals.rollover, None);
    apply(&mut state, &plan);
    assert_eq!(state.last_applied.unwrap().academic_year, Some(2026));
}

#[test]
fn a_year_that_goes_down_or_up_by_more_than_one_waits_and_is_never_forgotten() {
    for odd in [2024, 2023, 2027, 2030] {
        let mut state = after_the_first_run_of(2025);
        let plan = planned(&in_academic_year(Some(odd), three_years(0)), &state);
        assert_eq!(plan.totals.rollover, None, "{odd}");
        assert!(plan.totals.guards.iter().any(|guard| guard.message.contains("academic year")));
        apply(&mut state, &plan);
        let stored = state.last_applied.as_ref().unwrap().academic_year;
        assert_eq!(stored, Some(odd.max(2025)));
        // Confirmed once it is not asked about again.
        let again = planned(&in_academic_year(Some(odd), three_years(0)), &state);
        assert!(again.totals.guards.is_empty(), "{odd}: {:?}", again.totals.guards);
    }
}

#[test]
fn a_night_that_says_last_year_makes_no_rollover_of_the_next() {
    let mut state = after_the_first_run_of(2025);
    let odd = planned(&in_academic_year(Some(2024), three_years(0)), &state);
    apply(&mut state, &odd);
    let fewer: Vec<RosterPupil> = three_years(0).into_iter().take(24).collect();
    let plan = planned(&in_academic_year(Some(2025), fewer), &state);
    assert_eq!(plan.totals.rollover, None);
    assert!(plan.totals.guards.iter().any(|guard| guard.message.contains("would leave")));
}

#[test]
fn a_year_that_nobody_can_read_waits_once() {
    let mut state = after_the_first_run_of(2025);
    let unread =
        || Roster { unread_year: Some("Autumn".into()), ..in_academic_year(None, three_years(0)) };
    let plan = planned(&unread(), &state);
    assert!(plan.totals.guards.iter().any(|guard| guard.message.contains("Autumn")));
    apply(&mut state, &plan);
    assert_eq!(state.last_applied.as_ref().unwrap().academic_year, Some(2025));
    assert!(planned(&unread(), &state).totals.guards.is_empty());
    let not_shared = in_academic_year(None, three_years(0));
    assert!(planned(&not_shared, &state).totals.guards.is_empty());
}

#[test]
fn a_first_run_in_any_year_waits_for_nothing() {
    for year in [Some(2019), None] {
        let plan = planned(&in_academic_year(year, named(&["Amy", "Ben"], 4)), &state(vec![]));
        assert!(plan.totals.guards.is_empty());
    }
}

#[test]
fn a_rollover_waits_while_most_pupils_below_the_top_year_are_in_their_old_year() {
    let names = ["Amy", "Ben", "Una", "Zac"];
    let mut before: Vec<RosterPupil> = names
        .into_iter()
        .zip(["1", "2", "3", "4"])
        .map(|(name, id)| pupil(id, &format!("{name} Hill")).in_year(4))
        .collect();
    before.push(pupil("5", "Eve Wood").in_year(6));
    let mut roster = this_year(before);
    roster.academic_year = Some(2025);
    let mut state = state(vec![]);
    let plan = planned(&roster, &state);
    assert!(!plan.totals.rollover_waits, "the first run");
    apply(&mut state, &plan);

    roster.academic_year = Some(2026);
    let waits = |moved: usize| {
        let mut roster = roster.clone();
        for pupil in roster.pupils.iter_mut().take(moved) {
            *pupil = pupil.clone().in_year(5);
        }
        let totals = planned(&roster, &state).totals;
        assert!(totals.rollover.is_some());
        totals.rollover_waits
    };
    assert!(waits(0) && waits(1));
    assert!(!waits(2), "half of them");
    assert!(!waits(4));
}
