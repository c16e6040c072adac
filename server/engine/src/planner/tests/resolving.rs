//! What follows from each answer to a possible duplicate, and that it comes true.

use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{AsNew, Candidate, PlanList};

use super::person;
use crate::domain::accounts::{KnownThen, SchoolState, StoredResolution};
use crate::domain::roster::Roster;
use crate::fixtures::*;

fn amy() -> Roster {
    roster(vec![pupil("1", "Amy Hill")], vec![])
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
    let accounts = vec![
        account(1, "Amy Hill").left().with_username("Trash"),
        account(3, "Amy Hill").in_year(6).with_username("OtherYear"),
        account(4, "Amy Hill").with_username("Best"),
    ];
    let (candidates, _) = asked(&amy(), &state(accounts));
    let names: Vec<&str> = candidates.iter().map(|one| one.username.as_str()).collect();
    assert_eq!(names, ["Best", "Trash", "OtherYear"]);
    assert!(candidates[0].agrees.contains(&"Same year group".to_owned()));
}

#[test]
fn the_whole_name_comes_before_a_similar_one() {
    let roster = roster(vec![pupil("1", "Samuel Hill")], vec![]);
    let accounts = vec![
        account(1, "Sam Hill").with_username("Short"),
        account(2, "Samuel Hill").with_username("Whole"),
    ];
    let (candidates, _) = asked(&roster, &state(accounts));
    let names: Vec<&str> = candidates.iter().map(|one| one.username.as_str()).collect();
    assert_eq!(names, ["Whole", "Short"]);
}

#[test]
fn each_answer_says_what_becomes_of_the_account() {
    for (what, account, same, another) in [
        (
            "in another class",
            account(1, "Amy Hill").in_class(class_id(50)),
            "The account AmyH is linked and moves to Class 4; username and password stay.",
            "AmyH stays as it is",
        ),
        (
            "in the same class",
            account(1, "Amy Hill").in_class(class_id(40)),
            "The account AmyH is linked and stays in Class 4; username and password stay.",
            "AmyH stays as it is",
        ),
        (
            "in the trash",
            account(1, "Amy Hill").left(),
            "The account AmyH comes back from the trash, is linked and moves to Class 4; username \
             and password stay.",
            "AmyH stays in the trash",
        ),
        (
            "linked to somebody who is gone",
            account(1, "Amy Hill").linked("9"),
            "The account AmyH is linked and moves to Class 4; username and password stay.",
            "AmyH leaves unless it belongs to someone else in your MIS",
        ),
    ] {
        let mut state = state(vec![account.with_username("AmyH")]);
        state.classes = vec![class(40, "CLASS 4"), class(50, "Class 5")];
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
    let others = vec![pupil("2", "Amy Hunt"), pupil("1", "Amy Hill")];
    let roster = roster(others, vec![]);
    let mut state = state(vec![account(1, "Amy Hill").with_username("AmyH")]);
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
    let no_email = teacher("1", "Jane Smith").without_email();
    let known = state(vec![staff_account(1, "Jane Smith").with_email("jane@waterside.example")]);
    let (candidates, as_new) = asked(&roster(vec![], vec![no_email]), &known);
    assert_eq!(candidates[0].if_same, "The account user1 is linked; username and password stay.");
    assert!(
        matches!(&as_new, Some(AsNew::Problem(reason)) if reason.contains("no e-mail address")),
        "{as_new:?}"
    );
    let no_name = pupil("1", "★ Hill");
    let (_, as_new) = asked(&roster(vec![no_name], vec![]), &state(vec![account(1, "★ Hill")]));
    assert_eq!(as_new, Some(AsNew::Username("Hill".into())));
}
