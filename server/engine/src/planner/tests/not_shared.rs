//! What a feed leaves out takes nothing away: not shared is not "none".

use rollcall_shared::people::Role;
use rollcall_shared::plan::PlanList;

use super::{lists, person};
use crate::domain::accounts::SchoolState;
use crate::domain::plan::Plan;
use crate::domain::roster::{NotShared, Roster, RosterStaff};
use crate::fixtures::*;

/// Amy, in Class 4 and the chess club, and Jane, who teaches both.
fn here() -> Roster {
    let mut roster = roster(vec![pupil("1", "Amy Hill")], vec![teacher("1", "Jane Smith")]);
    let class = roster.classes.iter_mut().find(|class| class.ids.id == "c4").unwrap();
    class.staff.insert("1".into());
    let mut chess = group("s1", "Chess club");
    chess.pupils.insert("1".into());
    chess.staff.insert("1".into());
    roster.subject_groups.push(chess);
    roster
}

fn plan_of(roster: &Roster, state: &SchoolState) -> Plan {
    let mut settings = settings();
    let club = here().subject_groups.remove(0);
    settings.subject_groups.push(super::choice_of(&club, Some(MIS)));
    planned_with(roster, &settings, state)
}

/// A school that has all of it already.
fn in_step() -> SchoolState {
    let mut state = state(vec![]);
    let plan = plan_of(&here(), &state);
    apply(&mut state, &plan);
    assert!(state.accounts.iter().all(|account| !account.groups.is_empty()));
    state
}

/// What becomes of somebody in a feed that was changed so.
fn becomes(name: &str, change: impl FnOnce(&mut Roster)) -> PlanList {
    let mut roster = here();
    change(&mut roster);
    person(&plan_of(&roster, &in_step()), name).view.list
}

fn without_members(roster: &mut Roster) {
    for group in roster.classes.iter_mut().chain(&mut roster.subject_groups) {
        group.staff.clear();
        group.pupils.clear();
    }
}

#[test]
fn nobody_is_taken_out_of_a_class_or_group_whose_people_are_not_all_shared() {
    for (name, what) in
        [("Jane Smith", NotShared::StaffOfGroups), ("Amy Hill", NotShared::PupilsOfGroups)]
    {
        assert_eq!(becomes(name, without_members), PlanList::Update, "{name}: shared, and nobody");
        let list = becomes(name, |roster| {
            without_members(roster);
            roster.not_shared.insert(what);
        });
        assert_eq!(list, PlanList::Unchanged, "{name}");
    }
}

#[test]
fn what_is_not_shared_of_staff_says_nothing_of_pupils() {
    let list = becomes("Amy Hill", |roster| {
        without_members(roster);
        roster.not_shared.insert(NotShared::StaffOfGroups);
    });
    assert_eq!(list, PlanList::Update);
}

#[test]
fn where_staff_of_classes_are_not_all_shared_those_who_are_shared_still_come_in() {
    let mut roster = here();
    without_members(&mut roster);
    roster.not_shared.insert(NotShared::StaffOfGroups);
    roster.classes.iter_mut().for_each(|class| class.staff.extend(["1".to_owned()]));
    let plan = plan_of(&roster, &in_step());
    let jane = person(&plan, "Jane Smith");
    let after = &jane.action.as_ref().unwrap().after;
    assert_eq!(after.groups.len(), 5, "four classes and the chess club");
}

#[test]
fn a_class_that_has_gone_is_left_although_its_staff_are_not_shared() {
    let list = becomes("Jane Smith", |roster| {
        roster.not_shared.insert(NotShared::StaffOfGroups);
        roster.subject_groups.clear();
    });
    assert_eq!(list, PlanList::Update);
}

#[test]
fn a_pupil_whose_class_is_not_shared_stays_in_the_class_they_are_in() {
    let without_class = |roster: &mut Roster| {
        roster.pupils[0] = roster.pupils[0].clone().without_class();
    };
    assert_eq!(becomes("Amy Hill", without_class), PlanList::Move, "shared, and none");
    let list = becomes("Amy Hill", |roster| {
        without_class(roster);
        roster.not_shared.insert(NotShared::Class);
    });
    assert_eq!(list, PlanList::Unchanged);
}

#[test]
fn whether_somebody_teaches_is_not_no_where_it_is_not_shared() {
    let unsaid = |roster: &mut Roster| roster.staff[0].is_teacher = None;
    assert_eq!(becomes("Jane Smith", unsaid), PlanList::Unchanged);
    let mut roster = here();
    unsaid(&mut roster);
    let plan = plan_of(&roster, &in_step());
    assert!(person(&plan, "Jane Smith").view.warnings.is_empty(), "nothing says they are none");

    // Somebody new is not imported on a guess, and the reason is the right one.
    roster.staff = vec![RosterStaff { is_teacher: None, ..teacher("7", "Una Field") }];
    let plan = plan_of(&roster, &in_step());
    let una = person(&plan, "Una Field");
    assert_eq!(una.view.list, PlanList::NotImported, "{:?}", lists(&plan));
    assert!(una.view.rule.contains("does not share whether"), "{}", una.view.rule);
}

#[test]
fn a_role_is_not_lowered_where_it_is_not_shared_who_teaches() {
    for role in [Role::Teacher, Role::Admin, Role::SupportStaff] {
        let mut state = in_step();
        let jane = state.accounts.iter_mut().find(|account| account.role != Role::Pupil).unwrap();
        jane.role = role;
        let mut roster = here();
        roster.staff[0].is_teacher = None;
        let plan = plan_of(&roster, &state);
        assert_eq!(person(&plan, "Jane Smith").view.list, PlanList::Unchanged, "{role:?}");
    }
}

#[test]
fn a_feed_that_does_not_say_its_mis_takes_it_off_no_link() {
    for name in ["Amy Hill", "Jane Smith"] {
        let list = becomes(name, |roster| {
            roster.mis = None;
        });
        // Without other ids they are found by what else is known, or asked about, but never lose it.
        assert_ne!(list, PlanList::Leave, "{name}");
    }
    let mut roster = here();
    roster.pupils[0].ids.xid = Some("x1a2b3c".into());
    let mut state = in_step();
    let amy = state.accounts.iter_mut().find(|account| account.role == Role::Pupil).unwrap();
    amy.link.as_mut().unwrap().ids.xid = Some("x1a2b3c".into());
    roster.mis = None;
    assert_eq!(person(&plan_of(&roster, &state), "Amy Hill").view.list, PlanList::Unchanged);
}

#[test]
fn what_is_not_shared_is_said_in_the_summary() {
    let mut roster = here();
    let everything = [NotShared::Class, NotShared::PupilsOfGroups, NotShared::StaffOfGroups];
    roster.not_shared = everything.into();
    let notes = plan_of(&roster, &in_step()).totals.notes;
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(notes.iter().all(|note| note.starts_with("Your MIS does not share")), "{notes:?}");
}
