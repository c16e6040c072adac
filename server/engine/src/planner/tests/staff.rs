//! E-mail addresses of staff in whole plans.

use rollcall_shared::plan::{PlanList, ProblemCode, WarningCode};

use super::{lists, person};
use crate::domain::accounts::Account;
use crate::domain::plan::{Plan, PlannedPerson};
use crate::domain::roster::{RosterPupil, RosterStaff};
use crate::fixtures::*;

const HOME: &str = "jane@home.example";
const WORK: &str = "jsmith@waterside.example";

/// A teacher of whom the MIS has only the home address.
fn at_home(id: &str) -> RosterStaff {
    RosterStaff { home_email: Some(HOME.into()), ..teacher(id, "Jane Smith").without_email() }
}

fn plan_of(one: RosterStaff, accounts: Vec<Account>) -> Plan {
    planned(&roster(vec![], vec![one]), &state(accounts))
}

fn codes(person: &PlannedPerson) -> Vec<WarningCode> {
    person.view.warnings.iter().map(|warning| warning.code).collect()
}

fn email_after(person: &PlannedPerson) -> Option<&str> {
    person.action.as_ref()?.after.email.as_deref()
}

#[test]
fn a_home_address_matches_nobody() {
    let plan = plan_of(at_home("1"), vec![staff_account(1, "Una Field").with_email(HOME)]);
    let jane = person(&plan, "Jane Smith");
    assert_eq!(jane.view.problem.as_ref().map(|p| p.code), Some(ProblemCode::EmailTaken));
    let plan = plan_of(at_home("1"), vec![staff_account(1, "Jane Smith").with_email(HOME)]);
    assert_eq!(lists(&plan), [("Jane Smith".to_owned(), PlanList::PossibleDuplicate)]);
}

#[test]
fn a_home_address_never_takes_the_place_of_the_one_an_account_has() {
    let plan =
        plan_of(at_home("1"), vec![staff_account(1, "Jane Smith").with_email(WORK).linked("1")]);
    assert_eq!(lists(&plan), [("Jane Smith".to_owned(), PlanList::Unchanged)]);
    assert!(codes(person(&plan, "Jane Smith")).is_empty());
}

#[test]
fn a_home_address_is_taken_where_there_is_no_other_and_that_is_said() {
    let plan = plan_of(at_home("1"), vec![]);
    let jane = person(&plan, "Jane Smith");
    assert_eq!(email_after(jane), Some(HOME));
    assert_eq!(codes(jane), [WarningCode::HomeEmailUsed]);

    let without = staff_account(1, "Jane Smith").without_email().linked("1");
    let plan = plan_of(at_home("1"), vec![without]);
    let jane = person(&plan, "Jane Smith");
    assert_eq!(email_after(jane), Some(HOME));
    assert_eq!(codes(jane), [WarningCode::HomeEmailUsed]);
}

#[test]
fn somebody_who_comes_back_to_an_address_that_is_taken_is_told_so() {
    let gone = staff_account(1, "Jane Smith").with_email(WORK).linked("1").left();
    let una = staff_account(2, "Una Field").with_email(WORK);
    let plan = plan_of(at_home("1"), vec![gone, una]);
    let problem = person(&plan, "Jane Smith").view.problem.clone();
    assert_eq!(problem.map(|problem| problem.code), Some(ProblemCode::EmailTaken));
}

#[test]
fn an_address_that_mail_cannot_be_sent_to_is_a_problem() {
    for address in ["jane..smith@waterside.example", ".jane@waterside.example", "jané@x.example"] {
        let one = teacher("1", "Jane Smith").with_email(address);
        let plan = plan_of(one, vec![]);
        let problem = person(&plan, "Jane Smith").view.problem.clone();
        assert_eq!(problem.map(|p| p.code), Some(ProblemCode::UnusableEmail), "{address}");
    }
}

#[test]
fn a_name_that_was_cut_is_said_of_pupils_and_staff_who_are_imported() {
    let amy = RosterPupil { is_name_cut: true, ..pupil("1", "Amy Hill") };
    let jane = RosterStaff { is_name_cut: true, ..teacher("1", "Jane Smith") };
    let roster = roster(vec![amy, pupil("2", "Ben Wood")], vec![jane]);
    let mut state = state(vec![]);
    for _new_then_known in 0..2 {
        let plan = planned(&roster, &state);
        assert_eq!(codes(person(&plan, "Amy Hill")), [WarningCode::NameCut]);
        assert_eq!(codes(person(&plan, "Jane Smith")), [WarningCode::NameCut]);
        assert!(codes(person(&plan, "Ben Wood")).is_empty());
        apply(&mut state, &plan);
    }
}
