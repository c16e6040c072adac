//! What an admin changed by hand stays, and what the MIS says of it is shown.

use rollcall_shared::people::Role;
use rollcall_shared::plan::{FieldChange, PersonField, PlanList, WarningCode};
use rollcall_shared::year_group::YearGroup;

use super::{lists, person};
use crate::domain::accounts::{Account, SchoolState};
use crate::domain::plan::{Plan, PlannedPerson};
use crate::fixtures::*;

const WORK: &str = "jsmith@waterside.example";
const OURS: &str = "jane@waterside.example";

/// Amy Hill of Year 4 in Class 4, as a run left her, and Class 3 besides.
fn amy() -> Account {
    account(1, "Amy Hill").linked("1").in_class(class_id(4))
}

fn jane() -> Account {
    staff_account(7, "Jane Smith").with_email(WORK).linked("7")
}

fn one_of_two_classes(account: Account) -> SchoolState {
    let classes = vec![class(3, "Class 3").linked("c3"), class(4, "Class 4").linked("c4")];
    SchoolState { classes, ..state(vec![account]) }
}

fn plan_of_amy(account: Account) -> Plan {
    planned(&roster(vec![pupil("1", "Amy Hill")], vec![]), &one_of_two_classes(account))
}

fn plan_of_jane(account: Account) -> Plan {
    let one = teacher("7", "Jane Smith").with_email(WORK);
    planned(&roster(vec![], vec![one]), &state(vec![account]))
}

fn kept(field: PersonField, ours: &str, in_mis: &str) -> FieldChange {
    FieldChange { field, before: Some(ours.into()), after: Some(in_mis.into()) }
}

fn only(plan: &Plan) -> &PlannedPerson {
    assert_eq!(plan.people.len(), 1);
    &plan.people[0]
}

mod what_was_changed_by_hand {
    use PersonField::{Class, Email, Forename, Surname, Year};

    use super::*;

    fn stays(plan: fn(Account) -> Plan, account: Account, shown: FieldChange) {
        let kept_plan = plan(account.clone());
        let person = only(&kept_plan);
        assert_eq!(person.view.list, PlanList::Unchanged, "{:?}", person.view.fields);
        assert_eq!(
            (person.view.kept.as_slice(), &person.action),
            ([shown.clone()].as_slice(), &None)
        );
        assert_eq!(kept_plan.totals.kept_fields, 1);

        // Handed back it is a change like any other.
        let handed_back = plan(account.keeping([]));
        let person = only(&handed_back);
        assert_eq!(person.view.fields, [shown]);
        assert!(person.view.kept.is_empty() && person.action.is_some());
        assert_eq!(handed_back.totals.kept_fields, 0);
    }

    cases!(
        stays,
        stays_as_the_forename_of_a_pupil_and_that_of_the_mis_is_shown(
            plan_of_amy,
            amy().renamed("Mia Hill").keeping([Forename]),
            kept(Forename, "Mia", "Amy")
        ),
        stays_as_the_surname_of_a_pupil_and_that_of_the_mis_is_shown(
            plan_of_amy,
            amy().renamed("Amy Dale").keeping([Surname]),
            kept(Surname, "Dale", "Hill")
        ),
        stays_as_the_year_of_a_pupil_and_that_of_the_mis_is_shown(
            plan_of_amy,
            amy().in_year(3).keeping([Year]),
            kept(Year, "Year 3", "Year 4")
        ),
        stays_as_the_class_of_a_pupil_and_that_of_the_mis_is_shown(
            plan_of_amy,
            amy().in_class(class_id(3)).keeping([Class]),
            kept(Class, "Class 3", "Class 4")
        ),
        stays_as_the_e_mail_of_a_teacher_and_that_of_the_mis_is_shown(
            plan_of_jane,
            jane().with_email(OURS).keeping([Email]),
            kept(Email, OURS, WORK)
        ),
        stays_as_the_forename_of_a_teacher_and_that_of_the_mis_is_shown(
            plan_of_jane,
            jane().renamed("Jo Smith").keeping([Forename]),
            kept(Forename, "Jo", "Jane")
        ),
    );
}

#[test]
fn a_role_that_was_lowered_by_hand_is_not_raised_again() {
    let jane = jane().with_role(Role::SupportStaff).keeping([PersonField::Role]);
    let plan = plan_of_jane(jane.clone());
    assert_eq!(only(&plan).view.kept, [kept(PersonField::Role, "Support staff", "Teacher")]);
    assert!(only(&plan).action.is_none());
    let handed_back = plan_of_jane(jane.keeping([]));
    assert_eq!(only(&handed_back).action.as_ref().unwrap().after.role, Role::Teacher);
}

#[test]
fn a_kept_field_of_which_the_mis_says_the_same_is_not_shown() {
    let amy = amy().keeping(BY_HAND);
    let plan = plan_of_amy(amy);
    assert!(only(&plan).view.kept.is_empty() && only(&plan).action.is_none());
    assert_eq!(plan.totals.kept_fields, 0);
    let jane = jane().with_email(&WORK.to_uppercase()).keeping([PersonField::Email]);
    assert!(only(&plan_of_jane(jane)).view.kept.is_empty(), "other capitals are the same address");
}

#[test]
fn everything_else_follows_the_mis_and_the_person_goes_by_the_name_that_is_kept() {
    let amy = amy().renamed("Mia Hill").keeping([PersonField::Forename]);
    let moved = pupil("1", "Amy Hill").in_class("c3");
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
    let amy = amy().keeping([PersonField::Year]);
    let up = pupil("1", "Amy Hill").in_year(5);
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
    let amy = || amy().in_class(class_id(3)).keeping([PersonField::Class]);
    let mut without = roster(vec![pupil("1", "Amy Hill")], vec![]);
    without.classes.retain(|class| class.ids.id != "c3");
    let plan = planned(&without, &one_of_two_classes(amy()));
    let warning = &only(&plan).view.warnings[0];
    assert_eq!(warning.code, WarningCode::KeptClassGone);
    assert!(warning.message.contains("Class 3"), "{}", warning.message);
    assert_eq!((only(&plan).view.class.as_deref(), plan.totals.warnings), (Some("Class 3"), 1));

    // A class that is linked again to one of its name is not gone.
    let mut again = roster(vec![pupil("1", "Amy Hill")], vec![]);
    again.classes.iter_mut().filter(|class| class.ids.id == "c3").for_each(|class| {
        class.ids.id = "c30".into();
    });
    let linked = planned(&again, &one_of_two_classes(amy()));
    assert!(only(&linked).view.warnings.is_empty());

    // What may have been left out of the reading is not said to be gone.
    without.may_be_narrowed = true;
    let narrowed = planned(&without, &one_of_two_classes(amy()));
    assert!(only(&narrowed).view.warnings.is_empty());
}

#[test]
fn a_class_that_is_kept_does_not_say_which_class_of_the_mis_it_is() {
    // Acorns has nobody but those whom the admin put into it, all of them of the MIS's Class 4.
    let one = |id: u128| {
        let amy = account(id, &format!("Amy Hill{id}")).linked(&id.to_string());
        amy.in_class(class_id(20)).keeping([PersonField::Class])
    };
    let mut state = state(vec![one(1), one(2), one(3)]);
    state.classes = vec![class(20, "Acorns")];
    let pupils = (1..=3).map(|id| pupil(&id.to_string(), &format!("Amy Hill{id}"))).collect();
    let plan = planned(&roster(pupils, vec![]), &state);
    assert_eq!((plan.totals.classes.created, plan.totals.classes.linked), (4, 0));
}

#[test]
fn a_name_changed_by_hand_does_not_belie_the_link() {
    let both = [PersonField::Forename, PersonField::Surname];
    let renamed = || amy().renamed("Zoe Wood");
    let plan = plan_of_amy(renamed().keeping(both));
    assert_eq!(lists(&plan), [("Zoe Wood".to_owned(), PlanList::Unchanged)]);
    assert_eq!(only(&plan).view.kept.len(), 2);
    let not_by_hand = plan_of_amy(renamed());
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
