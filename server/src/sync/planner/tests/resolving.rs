//! What follows from each answer to a possible duplicate, and that it comes true.

use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{AsNew, Candidate, PlanList};
use rollcall_shared::year_group::YearGroup;

use super::person;
use crate::sync::accounts::{Account, KnownThen, SchoolState, StoredResolution};
use crate::sync::fixtures::*;
use crate::sync::roster::{Roster, RosterPupil, RosterStaff};

fn named(username: &str, account: Account) -> Account {
    Account { username: username.into(), ..account }
}

fn amy() -> Roster {
    roster(vec![pupil("1", "Amy", "Hill")], vec![])
}

/// The candidates of the only possible duplicate, and what becomes of them as someone new.
fn asked(roster: &Roster, state: &SchoolState) -> (Vec<Candidate>, Option<AsNew>) {
    let plan = planned(roster, state);
    let asked = |list| list == PlanList::PossibleDuplicate;
    let mut people = plan.people.into_iter().filter(|person| asked(person.view.list));
    let view = people.next().unwrap().view;
    assert!(people.next().is_none());
    (view.candidates, view.as_new)
}

#[test]
fn the_best_fitting_account_comes_first() {
    let year = |n, account: Account| Account { year: YearGroup::year(n), ..account };
    let accounts = vec![
        named("Trash", in_trash(account(1, "Amy", "Hill"))),
        named("OtherYear", year(6, account(3, "Amy", "Hill"))),
        named("Best", account(4, "Amy", "Hill")),
    ];
    let (candidates, _) = asked(&amy(), &state(accounts));
    let names: Vec<&str> = candidates.iter().map(|one| one.username.as_str()).collect();
    assert_eq!(names, ["Best", "Trash", "OtherYear"]);
    assert!(candidates[0].agrees.contains(&"Same year group".to_owned()));
}

#[test]
fn the_whole_name_comes_before_a_similar_one() {
    let roster = roster(vec![pupil("1", "Samuel", "Hill")], vec![]);
    let accounts = vec![
        named("Short", account(1, "Sam", "Hill")),
        named("Whole", account(2, "Samuel", "Hill")),
    ];
    let (candidates, _) = asked(&roster, &state(accounts));
    let names: Vec<&str> = candidates.iter().map(|one| one.username.as_str()).collect();
    assert_eq!(names, ["Whole", "Short"]);
}

#[test]
fn each_answer_says_what_becomes_of_the_account() {
    let in_class = |id, account: Account| Account { class: Some(class_id(id)), ..account };
    for (what, account, same, another) in [
        (
            "in another class",
            in_class(50, account(1, "Amy", "Hill")),
            "The account AmyH is linked and moves to Class 4; username and password stay.",
            "AmyH stays as it is",
        ),
        (
            "in the same class",
            in_class(40, account(1, "Amy", "Hill")),
            "The account AmyH is linked and stays in Class 4; username and password stay.",
            "AmyH stays as it is",
        ),
        (
            "in the trash",
            in_trash(account(1, "Amy", "Hill")),
            "The account AmyH comes back from the trash, is linked and moves to Class 4; username \
             and password stay.",
            "AmyH stays in the trash",
        ),
        (
            "linked to somebody who is gone",
            Account { link: link("9"), ..account(1, "Amy", "Hill") },
            "The account AmyH is linked and moves to Class 4; username and password stay.",
            "AmyH leaves unless somebody else in your MIS is its owner",
        ),
    ] {
        let mut state = state(vec![named("AmyH", account)]);
        state.classes = vec![class(40, "CLASS 4", None), class(50, "Class 5", None)];
        let (candidates, as_new) = asked(&amy(), &state);
        assert_eq!(
            (candidates[0].if_same.as_str(), candidates[0].if_another.as_str()),
            (same, another),
            "{what}"
        );
        assert_eq!(as_new, Some(AsNew::Username("AmyH2".into())), "{what}");
    }
}

#[test]
fn what_is_said_of_someone_new_comes_true() {
    let others = vec![pupil("2", "Amy", "Hunt"), pupil("1", "Amy", "Hill")];
    let roster = roster(others, vec![]);
    let mut state = state(vec![named("AmyH", account(1, "Amy", "Hill"))]);
    let (_, as_new) = asked(&roster, &state);
    assert_eq!(as_new, Some(AsNew::Username("AmyH2".into())), "Hill comes before Hunt");
    state.resolutions.push(StoredResolution {
        kind: PersonKind::Pupil,
        mis: Some(MIS.into()),
        ids: ids("1"),
        about: KnownThen::default(),
        same_as: None,
    });
    let plan = planned(&roster, &state);
    let username = |name: &str| person(&plan, name).view.username.clone();
    let usernames = [username("Amy Hill"), username("Amy Hunt")].map(Option::unwrap);
    assert_eq!(plan.totals.pupils.created, 2);
    assert_eq!(usernames, ["AmyH2", "AmyH3"]);
    let is_answered = |name: &str| person(&plan, name).view.is_answered;
    assert!(is_answered("Amy Hill") && !is_answered("Amy Hunt"), "only that can be taken back");
}

#[test]
fn somebody_who_could_not_be_imported_as_new_is_told_the_reason() {
    let no_email = RosterStaff { work_email: None, ..teacher("1", "Jane", "Smith") };
    let known = state(vec![staff_account(1, "Jane", "Smith", "jane@waterside.example")]);
    let (candidates, as_new) = asked(&roster(vec![], vec![no_email]), &known);
    assert_eq!(candidates[0].if_same, "The account user1 is linked; username and password stay.");
    assert!(
        matches!(&as_new, Some(AsNew::Problem(reason)) if reason.contains("no e-mail address")),
        "{as_new:?}"
    );
    let no_name =
        RosterPupil { forename: "★".into(), surname: "Hill".into(), ..pupil("1", "", "") };
    let (_, as_new) = asked(&roster(vec![no_name], vec![]), &state(vec![account(1, "★", "Hill")]));
    assert_eq!(as_new, Some(AsNew::Username("Hill".into())));
}
