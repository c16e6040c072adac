//! Usernames of people whose name has changed: proposed, never given unasked.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_shared::plan::{PersonField, PlanList, ProposedUsername, RenameAnswer, WarningCode};

use super::super::{Undoing, undo};
use super::person;
use crate::domain::accounts::{SchoolState, UsernameAnswer};
use crate::domain::plan::Plan;
use crate::domain::roster::{Roster, RosterStaff};
use crate::fixtures::*;

/// Jane Smith, a teacher, and Amy Hill, a pupil, after a run.
fn known() -> SchoolState {
    let roster = roster(vec![pupil("1", "Amy Hill")], vec![teacher("1", "Jane Smith")]);
    let mut state = state(vec![]);
    let plan = planned(&roster, &state);
    apply(&mut state, &plan);
    state
}

/// The school after Jane's marriage and Amy's adoption, with others besides.
fn renamed(surname: &str, others: Vec<RosterStaff>) -> Roster {
    let jane = teacher("1", &format!("Jane {surname}")).with_email("smith@waterside.example");
    let amy = pupil("1", "Grace Hill");
    roster(vec![amy], std::iter::once(jane).chain(others).collect())
}

fn proposed<'a>(plan: &'a Plan, name: &str) -> Option<&'a ProposedUsername> {
    person(plan, name).view.proposed.as_ref()
}

fn is_warned(plan: &Plan, name: &str) -> bool {
    let warnings = &person(plan, name).view.warnings;
    warnings.iter().any(|warning| warning.code == WarningCode::UsernameOutgrown)
}

fn answered(state: &mut SchoolState, forename: &str, username: &str, answer: RenameAnswer) {
    let account = state.accounts.iter().find(|one| one.forename == forename).unwrap().id;
    state.username_answers.retain(|one| one.account != account);
    state.username_answers.push(UsernameAnswer { account, username: username.into(), answer });
}

fn username(state: &SchoolState, forename: &str) -> String {
    state.accounts.iter().find(|one| one.forename == forename).unwrap().username.clone()
}

#[test]
fn a_username_that_does_not_go_with_a_new_name_stays_and_another_is_proposed() {
    let mut state = known();
    let plan = planned(&renamed("Jones", vec![]), &state);
    let one = proposed(&plan, "Jane Jones").unwrap();
    assert_eq!((one.username.as_str(), one.now.as_str(), one.answer), ("JJones", "JSmith", None));
    assert_eq!(proposed(&plan, "Grace Hill").unwrap().username, "GraceH");
    assert!(is_warned(&plan, "Jane Jones"));
    let message = &person(&plan, "Jane Jones").view.warnings[0].message;
    assert!(message.contains("still JSmith"), "{message}");
    apply(&mut state, &plan);
    assert_eq!(
        (username(&state, "Jane"), username(&state, "Grace")),
        ("JSmith".into(), "AmyH".into())
    );
}

#[test]
fn what_was_not_answered_is_proposed_again_although_the_name_has_not_changed_since() {
    let mut state = known();
    for _ in 0..3 {
        let plan = planned(&renamed("Jones", vec![]), &state);
        assert!(is_warned(&plan, "Jane Jones"));
        apply(&mut state, &plan);
    }
    let plan = planned(&renamed("Jones", vec![]), &state);
    assert_eq!(person(&plan, "Jane Jones").view.list, PlanList::Unchanged);
}

#[test]
fn a_username_that_an_admin_agreed_to_is_given_and_the_old_one_stays_reserved() {
    let mut state = known();
    answered(&mut state, "Jane", "JJones", RenameAnswer::Rename);
    // Somebody new of that name comes after those whom it was promised.
    let jo = || teacher("3", "Jo Smith").with_email("jo@waterside.example");
    let other = || vec![teacher("2", "Joan Jones"), jo()];
    let plan = planned(&renamed("Jones", other()), &state);
    let jane = person(&plan, "Jane Jones");
    assert_eq!(jane.view.username.as_deref(), Some("JJones"));
    assert!(!is_warned(&plan, "Jane Jones"));
    let change = jane.view.fields.iter().find(|one| one.field == PersonField::Username).unwrap();
    assert_eq!(
        (change.before.as_deref(), change.after.as_deref()),
        (Some("JSmith"), Some("JJones"))
    );
    assert_eq!(plan.totals.renamed, 1);
    assert_eq!(person(&plan, "Joan Jones").view.username.as_deref(), Some("JJones2"));
    assert_eq!(person(&plan, "Jo Smith").view.username.as_deref(), Some("JSmith2"));
    apply(&mut state, &plan);
    let again = planned(&renamed("Jones", other()), &state);
    assert_eq!(again.totals.staff.changes(), 0);
    assert_eq!(proposed(&again, "Jane Jones"), None);
}

#[test]
fn a_username_that_somebody_else_has_by_now_is_not_given_and_the_next_is_proposed() {
    let mut state = known();
    answered(&mut state, "Jane", "JJones", RenameAnswer::Rename);
    state.reserved_usernames.insert("jjones".into(), None);
    let plan = planned(&renamed("Jones", vec![]), &state);
    assert_eq!(person(&plan, "Jane Jones").view.username.as_deref(), Some("JSmith"));
    let one = proposed(&plan, "Jane Jones").unwrap();
    assert_eq!((one.username.as_str(), one.answer), ("JJones2", None));
}

#[test]
fn a_username_that_was_agreed_to_and_does_not_go_with_the_name_any_more_is_free_for_others() {
    let mut state = known();
    answered(&mut state, "Jane", "JJones", RenameAnswer::Rename);
    let plan = planned(&renamed("Johns", vec![teacher("2", "Joan Jones")]), &state);
    assert_eq!(person(&plan, "Joan Jones").view.username.as_deref(), Some("JJones"));
    assert_eq!(proposed(&plan, "Jane Johns").unwrap().username, "JJohns");
}

#[test]
fn a_person_who_keeps_their_username_is_not_asked_about_again_until_the_next_change_of_name() {
    let mut state = known();
    answered(&mut state, "Jane", "JJones", RenameAnswer::Keep);
    for _ in 0..2 {
        let plan = planned(&renamed("Jones", vec![]), &state);
        assert!(!is_warned(&plan, "Jane Jones"));
        assert_eq!(proposed(&plan, "Jane Jones").unwrap().answer, Some(RenameAnswer::Keep));
        apply(&mut state, &plan);
    }
    let plan = planned(&renamed("Brown", vec![]), &state);
    assert!(is_warned(&plan, "Jane Brown"));
    assert_eq!(proposed(&plan, "Jane Brown").unwrap().username, "JBrown");
}

#[test]
fn nothing_is_proposed_where_the_username_never_went_with_the_name_or_still_does() {
    let mut state = known();
    for account in &mut state.accounts {
        account.username =
            if account.forename == "Jane" { "Head".into() } else { "GraceH2".into() };
    }
    let plan = planned(&renamed("Jones", vec![]), &state);
    assert_eq!((proposed(&plan, "Jane Jones"), proposed(&plan, "Grace Hill")), (None, None));
}

#[test]
fn nothing_is_proposed_for_a_name_of_the_mis_that_an_admin_does_not_take() {
    let mut state = known();
    for account in &mut state.accounts {
        account.kept.extend([PersonField::Forename, PersonField::Surname]);
    }
    let plan = planned(&renamed("Jones", vec![]), &state);
    assert!(plan.people.iter().all(|person| person.view.proposed.is_none()));
}

#[test]
fn a_run_that_is_taken_back_gives_the_old_username_back() {
    let mut state = known();
    answered(&mut state, "Jane", "JJones", RenameAnswer::Rename);
    let plan = planned(&renamed("Jones", vec![]), &state);
    apply(&mut state, &plan);
    assert_eq!(username(&state, "Jane"), "JJones");
    let actions: Vec<_> = plan.people.iter().filter_map(|person| person.action.clone()).collect();
    let (classes, used) = (&plan.classes[..], BTreeSet::new());
    let back = undo(Undoing {
        actions: &actions,
        classes,
        state: &state,
        used: &used,
        purged: &BTreeMap::new(),
        now: now(),
    });
    assert_eq!(person(&back, "Jane Smith").view.username.as_deref(), Some("JSmith"));
    assert_eq!(back.totals.staff.updated, 1);

    // Made again, it is the same: the username was Jane's, whether the admin's word still stands
    // or is asked for again.
    apply(&mut state, &back);
    let again = planned(&renamed("Jones", vec![]), &state);
    assert_eq!(person(&again, "Jane Jones").view.username.as_deref(), Some("JJones"));
    assert_eq!(proposed(&again, "Grace Hill").unwrap().username, "GraceH");
    state.username_answers.clear();
    let asking = planned(&renamed("Jones", vec![]), &state);
    assert_eq!(proposed(&asking, "Jane Jones").unwrap().username, "JJones");
    // Nobody else is given it.
    let others = vec![teacher("2", "Joan Jones")];
    let beside = planned(&renamed("Smith", others), &state);
    assert_eq!(person(&beside, "Joan Jones").view.username.as_deref(), Some("JJones2"));
}
