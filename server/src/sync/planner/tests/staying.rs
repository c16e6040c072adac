//! Who must not leave although nobody of the feed was matched to their account.

use rollcall_shared::plan::{PlanList, WarningCode};
use rollcall_shared::settings::YearMapping;
use rollcall_shared::year_group::YearTarget;

use super::{lists, person};
use crate::sync::accounts::Account;
use crate::sync::fixtures::*;
use crate::sync::plan::Plan;
use crate::sync::roster::{MisIds, PupilStatus, Roster, RosterPupil, RosterStaff};

fn linked(to: &str, account: Account) -> Account {
    Account { link: link(to), ..account }
}

fn leavers(plan: &Plan) -> Vec<&str> {
    let leaves = |list: PlanList| list == PlanList::Leave;
    let people = plan.people.iter().filter(|person| leaves(person.view.list));
    people.map(|person| person.view.name.as_str()).collect()
}

/// The school after a change of MIS: every id is another.
fn in_another_mis(roster: &mut Roster) {
    roster.mis = Some("arbor".into());
    let renumber = |ids: &mut MisIds| {
        ids.external_id = ids.external_id.take().map(|id| format!("arbor-{id}"));
        ids.xid = ids.xid.take().map(|id| format!("arbor-{id}"));
    };
    roster.pupils.iter_mut().for_each(|pupil| renumber(&mut pupil.ids));
    roster.staff.iter_mut().for_each(|one| renumber(&mut one.ids));
}

#[test]
fn after_a_change_of_mis_nobody_leaves_whose_namesake_is_there_but_not_imported() {
    let linked_amy = || state(vec![linked("1", account(1, "Amy", "Hill"))]);
    let amy =
        |year: &str| RosterPupil { year_group: Some(year.into()), ..pupil("501", "Amy", "Hill") };
    let with_year_nine = |target: Option<YearTarget>| {
        let mut roster = roster(vec![amy("y9")], vec![]);
        roster.year_groups.push(group("y9", "Year 9"));
        let mut settings = settings();
        settings.year_mappings.extend(target.map(|target| YearMapping {
            name: "Year 9".into(),
            code: None,
            target,
        }));
        (roster, settings)
    };
    let withheld = || {
        let mut roster = roster(vec![amy("y4")], vec![]);
        roster.withheld_pupils.insert("501".into());
        (roster, settings())
    };
    let not_yet = || {
        let early = RosterPupil { status: PupilStatus::PreAdmission, ..amy("y4") };
        (roster(vec![early], vec![]), settings())
    };
    for (what, (mut roster, settings)) in [
        ("an undecided year", with_year_nine(None)),
        ("a year not imported", with_year_nine(Some(YearTarget::DoNotImport))),
        ("opted out", withheld()),
        ("not on the roll yet", not_yet()),
    ] {
        in_another_mis(&mut roster);
        let plan = planned_with(&roster, &settings, &linked_amy());
        assert!(leavers(&plan).is_empty(), "{what}: {:?}", lists(&plan));
        let kept = plan.people.iter().find(|person| person.view.account.is_some()).unwrap();
        assert_eq!(kept.view.list, PlanList::Unchanged, "{what}");
        assert_eq!(kept.view.warnings[0].code, WarningCode::AbsentButKept, "{what}");
        assert!(plan.people.iter().all(|person| person.view.candidates.is_empty()), "{what}");
    }
}

#[test]
fn after_a_change_of_mis_a_teacher_who_teaches_no_more_stays() {
    let jane = linked("1", staff_account(1, "Jane", "Smith", "old@waterside.example"));
    let mut roster = roster(
        vec![],
        vec![RosterStaff { is_teacher: Some(false), ..teacher("501", "Jane", "Smith") }],
    );
    in_another_mis(&mut roster);
    let plan = planned(&roster, &state(vec![jane]));
    assert!(leavers(&plan).is_empty(), "{:?}", lists(&plan));
}

#[test]
fn somebody_of_another_name_does_not_keep_a_leaver() {
    let mut roster =
        roster(vec![RosterPupil { year_group: None, ..pupil("501", "Ben", "Wood") }], vec![]);
    in_another_mis(&mut roster);
    let plan = planned(&roster, &state(vec![linked("1", account(1, "Amy", "Hill"))]));
    assert_eq!(leavers(&plan), ["Amy Hill"]);
}

/// Two pupils of whom one kind of id is the same.
fn two_with_one(shared: impl Fn(&mut MisIds)) -> Vec<RosterPupil> {
    let mut two = vec![pupil("1", "Amy", "Hill"), pupil("2", "Ben", "Wood")];
    two.iter_mut().for_each(|pupil| shared(&mut pupil.ids));
    two
}

#[test]
fn a_kind_of_id_that_stands_twice_is_left_aside_and_the_others_match() {
    let both = || {
        state(vec![linked("1", account(1, "Amy", "Hill")), linked("2", account(2, "Ben", "Wood"))])
    };
    for pupils in [
        two_with_one(|ids| ids.xid = Some("xid-1".into())),
        two_with_one(|ids| ids.external_id = Some("guid-2".into())),
    ] {
        let plan = planned(&roster(pupils, vec![]), &both());
        assert_eq!(person(&plan, "Amy Hill").view.account, Some(account_id(1)));
        assert_eq!(person(&plan, "Ben Wood").view.account, Some(account_id(2)));
        assert!(leavers(&plan).is_empty() && plan.totals.problems == 0, "{:?}", lists(&plan));
    }
}

#[test]
fn whoever_cannot_be_told_apart_keeps_every_account_that_may_be_theirs() {
    let twice = || two_with_one(|ids| ids.id = "1".into());
    let of_another_mis = |mut state: crate::sync::accounts::SchoolState| {
        for link in state.accounts.iter_mut().filter_map(|account| account.link.as_mut()) {
            link.mis = Some("arbor".into());
        }
        state
    };
    let of_other_ids = |to: &str, name: Account| linked(to, name);
    for (what, state) in [
        (
            "the GUID of one of them",
            of_another_mis(state(vec![linked("2", account(1, "Ann", "Field"))])),
        ),
        (
            "the same name",
            of_another_mis(state(vec![of_other_ids("77", account(1, "Amy", "Hill"))])),
        ),
    ] {
        let plan = planned(&roster(twice(), vec![]), &state);
        assert_eq!(plan.totals.problems, 2, "{what}: {:?}", lists(&plan));
        assert!(leavers(&plan).is_empty(), "{what}: {:?}", lists(&plan));
    }
}

#[test]
fn a_pupil_who_came_back_under_the_same_number_is_known_by_the_row_on_the_roll() {
    let amy = || pupil("1", "Amy", "Hill");
    let rows = vec![RosterPupil { status: PupilStatus::Leaver, ..amy() }, amy()];
    let known = state(vec![linked("1", account(1, "Amy", "Hill"))]);
    let plan = planned(&roster(rows.clone(), vec![]), &known);
    assert_eq!(lists(&plan), [("Amy Hill".to_owned(), PlanList::Move)], "the class is new");
    let plan = planned(&roster(rows, vec![]), &state(vec![]));
    assert_eq!(lists(&plan), [("Amy Hill".to_owned(), PlanList::Create)]);
}

#[test]
fn a_pupil_who_is_not_on_the_roll_yet_is_neither_restored_nor_moved() {
    let early = || RosterPupil {
        status: PupilStatus::PreAdmission,
        year_group: Some("y5".into()),
        ..pupil("1", "Amy", "Hill")
    };
    let known = linked("1", account(1, "Amy", "Hill"));
    let plan = planned(&roster(vec![early()], vec![]), &state(vec![known.clone()]));
    let amy = person(&plan, "Amy Hill");
    assert_eq!(amy.view.list, PlanList::Unchanged);
    assert_eq!(amy.view.warnings[0].code, WarningCode::NoLongerInScope);
    let plan = planned(&roster(vec![early()], vec![]), &state(vec![in_trash(known)]));
    assert_eq!(lists(&plan), [("Amy Hill".to_owned(), PlanList::NotImported)]);
}
