//! What an admin changed by hand stays, and what the MIS says of it is shown.

use std::collections::BTreeSet;

use rollcall_shared::people::Role;
use rollcall_shared::plan::{FieldChange, PersonField, PlanList, WarningCode};
use rollcall_shared::year_group::YearGroup;

use super::{lists, person};
use crate::sync::accounts::{Account, Class, SchoolState};
use crate::sync::fixtures::*;
use crate::sync::plan::{Plan, PlannedPerson};
use crate::sync::roster::{RosterPupil, RosterStaff};

const WORK: &str = "jsmith@waterside.example";
const OURS: &str = "jane@waterside.example";

/// Amy Hill of Year 4 in Class 4, as a run left her, and Class 3 besides.
fn amy() -> Account {
    Account { link: link("1"), class: Some(class_id(4)), ..account(1, "Amy", "Hill") }
}

fn jane() -> Account {
    Account { link: link("7"), ..staff_account(7, "Jane", "Smith", WORK) }
}

fn one_of_two_classes(account: Account) -> SchoolState {
    let classes: Vec<Class> =
        [(3, "Class 3", "c3"), (4, "Class 4", "c4")].map(|(id, n, l)| class(id, n, Some(l))).into();
    SchoolState { classes, ..state(vec![account]) }
}

fn by_hand(change: impl FnOnce(&mut Account), fields: &[PersonField], of: Account) -> Account {
    let mut account = Account { kept: fields.iter().copied().collect(), ..of };
    change(&mut account);
    account
}

fn plan_of_amy(account: Account) -> Plan {
    planned(&roster(vec![pupil("1", "Amy", "Hill")], vec![]), &one_of_two_classes(account))
}

fn plan_of_jane(account: Account) -> Plan {
    let one = RosterStaff { work_email: Some(WORK.into()), ..teacher("7", "Jane", "Smith") };
    planned(&roster(vec![], vec![one]), &state(vec![account]))
}

fn kept(field: PersonField, ours: &str, in_mis: &str) -> FieldChange {
    FieldChange { field, before: Some(ours.into()), after: Some(in_mis.into()) }
}

fn only(plan: &Plan) -> &PlannedPerson {
    assert_eq!(plan.people.len(), 1);
    &plan.people[0]
}

#[test]
fn each_field_that_was_changed_by_hand_stays_and_shows_what_the_mis_says() {
    use PersonField::{Class as TheirClass, Email, Forename, Surname, Year};
    let year = |account: &mut Account| account.year = YearGroup::year(3);
    for (account, plan, shown) in [
        (
            by_hand(|amy| amy.forename = "Mia".into(), &[Forename], amy()),
            true,
            kept(Forename, "Mia", "Amy"),
        ),
        (
            by_hand(|amy| amy.surname = "Dale".into(), &[Surname], amy()),
            true,
            kept(Surname, "Dale", "Hill"),
        ),
        (by_hand(year, &[Year], amy()), true, kept(Year, "Year 3", "Year 4")),
        (
            by_hand(|amy| amy.class = Some(class_id(3)), &[TheirClass], amy()),
            true,
            kept(TheirClass, "Class 3", "Class 4"),
        ),
        (
            by_hand(|jane| jane.email = Some(OURS.into()), &[Email], jane()),
            false,
            kept(Email, OURS, WORK),
        ),
        (
            by_hand(|jane| jane.forename = "Jo".into(), &[Forename], jane()),
            false,
            kept(Forename, "Jo", "Jane"),
        ),
    ] {
        let plan = if plan { plan_of_amy } else { plan_of_jane };
        let kept_plan = plan(account.clone());
        let person = only(&kept_plan);
        assert_eq!(person.view.list, PlanList::Unchanged, "{:?}", person.view.fields);
        assert_eq!(
            (person.view.kept.as_slice(), &person.action),
            ([shown.clone()].as_slice(), &None)
        );
        assert_eq!(kept_plan.totals.kept_fields, 1);

        // Handed back it is a change like any other.
        let handed_back = plan(Account { kept: BTreeSet::new(), ..account });
        let person = only(&handed_back);
        assert_eq!(person.view.fields, [shown]);
        assert!(person.view.kept.is_empty() && person.action.is_some());
        assert_eq!(handed_back.totals.kept_fields, 0);
    }
}

#[test]
fn a_role_that_was_lowered_by_hand_is_not_raised_again() {
    let jane = by_hand(|jane| jane.role = Role::SupportStaff, &[PersonField::Role], jane());
    let plan = plan_of_jane(jane.clone());
    assert_eq!(only(&plan).view.kept, [kept(PersonField::Role, "Support staff", "Teacher")]);
    assert!(only(&plan).action.is_none());
    let handed_back = plan_of_jane(Account { kept: BTreeSet::new(), ..jane });
    assert_eq!(only(&handed_back).action.as_ref().unwrap().after.role, Role::Teacher);
}

#[test]
fn a_kept_field_of_which_the_mis_says_the_same_is_not_shown() {
    let amy = by_hand(|_| {}, &BY_HAND, amy());
    let plan = plan_of_amy(amy);
    assert!(only(&plan).view.kept.is_empty() && only(&plan).action.is_none());
    assert_eq!(plan.totals.kept_fields, 0);
    let jane =
        by_hand(|jane| jane.email = Some(WORK.to_uppercase()), &[PersonField::Email], jane());
    assert!(only(&plan_of_jane(jane)).view.kept.is_empty(), "other capitals are the same address");
}

#[test]
fn everything_else_follows_the_mis_and_the_person_goes_by_the_name_that_is_kept() {
    let amy = by_hand(|amy| amy.forename = "Mia".into(), &[PersonField::Forename], amy());
    let moved = RosterPupil { class: Some("c3".into()), ..pupil("1", "Amy", "Hill") };
    let plan = planned(&roster(vec![moved], vec![]), &one_of_two_classes(amy));
    let mia = person(&plan, "Mia Hill");
    assert_eq!(mia.view.list, PlanList::Move);
    let after = &mia.action.as_ref().unwrap().after;
    assert_eq!((after.forename.as_str(), after.class), ("Mia", Some(class_id(3))));
    assert_eq!(after.kept, [PersonField::Forename].into());
    let fields: Vec<_> = mia.view.fields.iter().map(|change| change.field).collect();
    assert_eq!(fields, [PersonField::Class]);
}

#[test]
fn a_year_that_is_kept_stays_in_a_new_school_year_and_the_summary_shows_it() {
    let amy = by_hand(|_| {}, &[PersonField::Year], amy());
    let up = RosterPupil {
        year_group: Some("y5".into()),
        class: Some("c5".into()),
        ..pupil("1", "Amy", "Hill")
    };
    let mut state = one_of_two_classes(amy);
    state.last_applied = Some(last_year());
    let plan = planned(&roster(vec![up], vec![]), &state);
    assert!(plan.totals.rollover.is_some());
    let amy = only(&plan);
    assert_eq!(amy.view.kept, [kept(PersonField::Year, "Year 4", "Year 5")]);
    assert_eq!((amy.view.list, amy.view.year), (PlanList::Move, YearGroup::year(4)));
    assert_eq!(plan.totals.kept_fields, 1);
}

#[test]
fn a_class_that_is_kept_and_gone_from_the_mis_is_a_warning() {
    let amy = || by_hand(|amy| amy.class = Some(class_id(3)), &[PersonField::Class], amy());
    let mut without = roster(vec![pupil("1", "Amy", "Hill")], vec![]);
    without.classes.retain(|class| class.ids.id != "c3");
    let plan = planned(&without, &one_of_two_classes(amy()));
    let warning = &only(&plan).view.warnings[0];
    assert_eq!(warning.code, WarningCode::KeptClassGone);
    assert!(warning.message.contains("Class 3"), "{}", warning.message);
    assert_eq!((only(&plan).view.class.as_deref(), plan.totals.warnings), (Some("Class 3"), 1));

    // A class that is linked anew to one of its name is not gone.
    let mut anew = roster(vec![pupil("1", "Amy", "Hill")], vec![]);
    anew.classes.iter_mut().filter(|class| class.ids.id == "c3").for_each(|class| {
        class.ids.id = "c30".into();
    });
    let linked = planned(&anew, &one_of_two_classes(amy()));
    assert!(only(&linked).view.warnings.is_empty());

    // What may have been left out of the reading is not said to be gone.
    without.may_be_narrowed = true;
    let narrowed = planned(&without, &one_of_two_classes(amy()));
    assert!(only(&narrowed).view.warnings.is_empty());
}

#[test]
fn a_class_that_is_kept_does_not_say_which_class_of_the_mis_it_is() {
    // Acorns has nobody but those whom the admin put into it, all of them of the MIS's Class 4.
    let one = |id: u128, class, kept: &[PersonField]| {
        let amy = account(id, "Amy", &format!("Hill{id}"));
        by_hand(
            |_| {},
            kept,
            Account { link: link(&id.to_string()), class: Some(class_id(class)), ..amy },
        )
    };
    let by_hand = [PersonField::Class];
    let accounts = vec![one(1, 20, &by_hand), one(2, 20, &by_hand), one(3, 20, &by_hand)];
    let mut state = state(accounts);
    state.classes = vec![class(20, "Acorns", None)];
    let pupils = (1..=3).map(|id| pupil(&id.to_string(), "Amy", &format!("Hill{id}"))).collect();
    let plan = planned(&roster(pupils, vec![]), &state);
    assert_eq!((plan.totals.classes.created, plan.totals.classes.linked), (4, 0));
}

#[test]
fn a_name_changed_by_hand_does_not_belie_the_link() {
    let both = [PersonField::Forename, PersonField::Surname];
    let rename = |amy: &mut Account| {
        amy.forename = "Zoe".into();
        amy.surname = "Wood".into();
    };
    let plan = plan_of_amy(by_hand(rename, &both, amy()));
    assert_eq!(lists(&plan), [("Zoe Wood".to_owned(), PlanList::Unchanged)]);
    assert_eq!(only(&plan).view.kept.len(), 2);
    let not_by_hand = plan_of_amy(by_hand(rename, &[], amy()));
    assert_eq!(lists(&not_by_hand), [("Amy Hill".to_owned(), PlanList::PossibleDuplicate)]);
}

#[test]
fn an_account_of_before_there_were_kept_fields_can_be_read() {
    let mut json = serde_json::to_value(jane()).unwrap();
    let fields = json.as_object_mut().unwrap();
    fields.remove("kept").unwrap();
    fields.insert("email_by_hand".into(), true.into());
    assert_eq!(serde_json::from_value::<Account>(json).unwrap(), jane());
    let mut json = serde_json::to_value(plan_of_amy(amy())).unwrap();
    json["totals"].as_object_mut().unwrap().remove("kept_fields").unwrap();
    json["people"][0]["view"].as_object_mut().unwrap().remove("kept").unwrap();
    assert_eq!(serde_json::from_value::<Plan>(json).unwrap(), plan_of_amy(amy()));
}
