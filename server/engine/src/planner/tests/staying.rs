//! Who must not leave although nobody of the feed was matched to their account.

use rollcall_shared::plan::{PlanList, WarningCode};
use rollcall_shared::settings::YearMapping;
use rollcall_shared::year_group::YearTarget;

use super::{lists, person};
use crate::domain::mis_link::MisIds;
use crate::domain::plan::Plan;
use crate::domain::roster::{Roster, RosterPupil};
use crate::fixtures::*;

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
    let linked_amy = || state(vec![account(1, "Amy Hill").linked("1")]);
    let amy = |year: &str| pupil("501", "Amy Hill").in_year_group(year);
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
        let early = amy("y4").expected();
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
    let jane = staff_account(1, "Jane Smith").with_email("old@waterside.example").linked("1");
    let mut roster = roster(vec![], vec![teacher("501", "Jane Smith").not_teaching()]);
    in_another_mis(&mut roster);
    let plan = planned(&roster, &state(vec![jane]));
    assert!(leavers(&plan).is_empty(), "{:?}", lists(&plan));
}

#[test]
fn somebody_of_another_name_does_not_keep_a_leaver() {
    let mut roster = roster(vec![pupil("501", "Ben Wood").without_year()], vec![]);
    in_another_mis(&mut roster);
    let plan = planned(&roster, &state(vec![account(1, "Amy Hill").linked("1")]));
    assert_eq!(leavers(&plan), ["Amy Hill"]);
}

/// Two pupils of whom one kind of id is the same.
fn two_with_one(shared: impl Fn(&mut MisIds)) -> Vec<RosterPupil> {
    let mut two = vec![pupil("1", "Amy Hill"), pupil("2", "Ben Wood")];
    two.iter_mut().for_each(|pupil| shared(&mut pupil.ids));
    two
}

#[test]
fn a_kind_of_id_that_stands_twice_is_left_aside_and_the_others_match() {
    let both =
        || state(vec![account(1, "Amy Hill").linked("1"), account(2, "Ben Wood").linked("2")]);
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
fn a_person_who_cannot_be_told_apart_keeps_every_account_that_may_be_theirs() {
    let twice = || two_with_one(|ids| ids.id = "1".into());
    let of_another_mis = |mut state: crate::domain::accounts::SchoolState| {
        for link in state.accounts.iter_mut().filter_map(|account| account.link.as_mut()) {
            link.mis = Some("arbor".into());
        }
        state
    };
    for (what, state) in [
        (
            "the GUID of one of them",
            of_another_mis(state(vec![account(1, "Ann Field").linked("2")])),
        ),
        ("the same name", of_another_mis(state(vec![account(1, "Amy Hill").linked("77")]))),
    ] {
        let plan = planned(&roster(twice(), vec![]), &state);
        assert_eq!(plan.totals.problems, 2, "{what}: {:?}", lists(&plan));
        assert!(leavers(&plan).is_empty(), "{what}: {:?}", lists(&plan));
    }
}

#[test]
fn a_pupil_who_came_back_under_the_same_number_is_known_by_the_row_on_the_roll() {
    let amy = || pupil("1", "Amy Hill");
    let rows = vec![amy().left(), amy()];
    let known = state(vec![account(1, "Amy Hill").linked("1")]);
    let plan = planned(&roster(rows.clone(), vec![]), &known);
    assert_eq!(lists(&plan), [("Amy Hill".to_owned(), PlanList::Move)], "the class is new");
    let plan = planned(&roster(rows, vec![]), &state(vec![]));
    assert_eq!(lists(&plan), [("Amy Hill".to_owned(), PlanList::Create)]);
}

#[test]
fn a_pupil_who_is_not_on_the_roll_yet_is_neither_restored_nor_moved() {
    let early = || pupil("1", "Amy Hill").expected().in_year_group("y5");
    let known = account(1, "Amy Hill").linked("1");
    let plan = planned(&roster(vec![early()], vec![]), &state(vec![known.clone()]));
    let amy = person(&plan, "Amy Hill");
    assert_eq!(amy.view.list, PlanList::Unchanged);
    assert_eq!(amy.view.warnings[0].code, WarningCode::NoLongerInScope);
    let plan = planned(&roster(vec![early()], vec![]), &state(vec![known.left()]));
    assert_eq!(lists(&plan), [("Amy Hill".to_owned(), PlanList::NotImported)]);
}
