//! Who is who where facts disagree. Each test is a case from a school's life; the people of the MIS
//! go by `1`, `2` …, the accounts by their numbers, as in the table of matching.

use rollcall_shared::people::Role;

use super::matching::found;
use crate::domain::accounts::{Account, KnownThen, SchoolState, StoredResolution};
use crate::domain::mis_link::{MisIds, MisLink};
use crate::domain::roster::{RosterPupil, RosterStaff};
use crate::fixtures::*;

const TWIN: &str = "2017-09-02";
const OLDER: &str = "2015-03-14";
const YOUNGER: &str = "2020-01-20";

/// A pupil with number, GUID, name, UPN and birth date.
fn child(number: &str, guid: &str, name: &str, serial: u32, born: &str) -> RosterPupil {
    RosterPupil {
        ids: MisIds { id: number.into(), external_id: Some(guid.into()), xid: None },
        ..pupil(number, name).with_upn(serial).born(born)
    }
}

/// The account that was made of a pupil.
fn made_of(id: u128, pupil: &RosterPupil) -> Account {
    Account {
        upn: pupil.upn.clone(),
        date_of_birth: pupil.date_of_birth,
        link: Some(MisLink { mis: Some(MIS.into()), ids: pupil.ids.clone() }),
        ..account(id, &pupil.name())
    }
}

/// The account that was made of a member of staff.
fn made_of_staff(id: u128, one: &RosterStaff) -> Account {
    Account {
        link: Some(MisLink { mis: Some(MIS.into()), ids: one.ids.clone() }),
        ..staff_account(id, &one.name()).with_email(one.work_email.as_deref().unwrap())
    }
}

fn only_number(mut pupil: RosterPupil) -> RosterPupil {
    pupil.ids.external_id = None;
    pupil.ids.xid = None;
    RosterPupil { upn: None, date_of_birth: None, ..pupil }
}

fn answer_about(pupil: &RosterPupil, same_as: Option<u128>) -> StoredResolution {
    StoredResolution {
        kind: rollcall_shared::people::PersonKind::Pupil,
        mis: Some(MIS.into()),
        ids: pupil.ids.clone(),
        about: KnownThen {
            forename: pupil.forename.clone(),
            surname: pupil.surname.clone(),
            upn: pupil.upn.clone(),
            date_of_birth: pupil.date_of_birth,
        },
        same_as: same_as.map(account_id),
    }
}

/// What is found out about each pupil, in the order of their ids.
fn of_pupils(pupils: Vec<RosterPupil>, accounts: Vec<Account>) -> Vec<String> {
    with_answers(pupils, accounts, vec![])
}

fn with_answers(
    pupils: Vec<RosterPupil>,
    accounts: Vec<Account>,
    answers: Vec<StoredResolution>,
) -> Vec<String> {
    let state = SchoolState { resolutions: answers, ..state(accounts) };
    let mut roster = roster(pupils, vec![]);
    let verdicts = found(&roster, &state);
    roster.pupils.reverse();
    assert_eq!(verdicts, found(&roster, &state), "the order of the feed counted");
    verdicts
}

fn of_staff(staff: Vec<RosterStaff>, accounts: Vec<Account>) -> Vec<String> {
    found(&roster(vec![], staff), &state(accounts))
}

mod an_mis_that_is_installed_again {
    use super::*;

    fn five() -> Vec<RosterPupil> {
        let names = ["Amy Hill", "Ben Wood", "Cal Moss", "Dee Park", "Eve Lake"];
        (0..5_u32)
            .zip(names)
            .map(|(n, name)| {
                child(
                    &format!("{}", 70 + n),
                    &format!("g{n}"),
                    name,
                    n + 1,
                    &format!("2017-0{}-11", n + 1),
                )
            })
            .collect()
    }

    fn shifted() -> Vec<RosterPupil> {
        let again = five().into_iter().zip(71..).map(|(pupil, number)| RosterPupil {
            ids: MisIds {
                id: number.to_string(),
                external_id: Some(format!("n{number}")),
                xid: None,
            },
            ..pupil
        });
        again.collect()
    }

    #[test]
    fn finds_each_by_the_upn_although_the_numbers_are_shifted_by_one() {
        let accounts: Vec<Account> = five().iter().zip(1..).map(|(p, id)| made_of(id, p)).collect();
        let by_upn = ["1 by Upn", "2 by Upn", "3 by Upn", "4 by Upn", "5 by Upn"];
        assert_eq!(of_pupils(shifted(), accounts.clone()), by_upn);
        // So it is where answers about the old numbers are still there.
        let answers = five().iter().zip(1..).map(|(p, id)| answer_about(p, Some(id))).collect();
        assert_eq!(with_answers(shifted(), accounts, answers), by_upn);
    }

    #[test]
    fn an_answer_about_the_old_number_is_not_about_the_child_who_has_it_now() {
        // Hand-made accounts that were never linked: only the answers lead to them.
        let accounts: Vec<Account> =
            five().iter().zip(1..).map(|(p, id)| account(id, &p.name())).collect();
        let answers: Vec<_> =
            five().iter().zip(1..).map(|(p, id)| answer_about(p, Some(id))).collect();
        assert_eq!(
            with_answers(shifted(), accounts, answers),
            ["1 by Answer", "2 by Answer", "3 by Answer", "4 by Answer", "5 by Answer"]
        );
    }

    #[test]
    fn finds_each_by_name_and_birth_date_where_no_upn_is_shared() {
        let accounts: Vec<Account> =
            five().iter().zip(1..).map(|(p, id)| Account { upn: None, ..made_of(id, p) }).collect();
        let found = of_pupils(shifted(), accounts);
        assert!(found.iter().all(|one| one.ends_with("by NameAndBirthDate")), "{found:?}");
    }
}

mod a_number_that_is_given_again {
    use super::*;

    fn tom() -> RosterPupil {
        child("77", "g-tom", "Tom Reed", 1, OLDER)
    }

    fn zara() -> RosterPupil {
        child("77", "g-zara", "Zara Khan", 2, YOUNGER)
    }

    #[test]
    fn is_a_newcomers_although_an_admin_answered_about_the_one_who_had_it() {
        let toms = made_of(1, &tom()).left();
        assert_eq!(
            with_answers(vec![zara()], vec![toms], vec![answer_about(&tom(), Some(1))]),
            ["new"]
        );
    }

    #[test]
    fn is_nobodys_answer_of_before_to_be_someone_new() {
        let hand_made = account(1, "Zara Khan");
        let answers = vec![answer_about(&tom(), None)];
        assert_eq!(with_answers(vec![zara()], vec![hand_made], answers), ["sure 1"]);
    }

    #[test]
    fn of_a_namesake_with_another_upn_and_birth_date_is_another_childs() {
        let first = child("77", "g1", "Mohammed Ali", 1, OLDER);
        let second = child("77", "g2", "Mohammed Ali", 2, YOUNGER);
        assert_eq!(of_pupils(vec![second.clone()], vec![made_of(1, &first)]), ["new"]);
        // In the same night the MIS still names the first as a leaver.
        assert_eq!(
            of_pupils(vec![first.clone().left(), second], vec![made_of(1, &first)]),
            ["1 by Link", "new"]
        );
    }

    #[test]
    fn leaves_the_account_of_the_one_who_had_it_to_leave() {
        let first = child("77", "g1", "Mohammed Ali", 1, OLDER);
        let second = child("77", "g2", "Mohammed Ali", 2, YOUNGER);
        let plan = planned(&roster(vec![second], vec![]), &state(vec![made_of(1, &first)]));
        assert_eq!((plan.totals.pupils.created, plan.totals.pupils.left), (1, 1));
    }

    #[test]
    fn is_asked_about_where_only_one_part_of_the_name_agrees() {
        let tom = only_number(tom());
        let accounts = || vec![made_of(1, &tom)];
        for name in ["Zara Reed", "Tom Khan", "Zara Khan"] {
            let other = tom.clone().renamed(name);
            assert_eq!(of_pupils(vec![other], accounts()), ["ask 1"], "{name}");
        }
        assert_eq!(of_pupils(vec![tom.clone()], accounts()), ["1 by Link"]);
    }

    #[test]
    fn is_asked_about_for_a_twin_whose_birth_date_is_the_same() {
        let amy = only_number(tom()).born(TWIN);
        let twin = amy.clone().renamed("Ned Reed");
        assert_eq!(of_pupils(vec![twin], vec![made_of(1, &amy)]), ["ask 1"]);
    }

    #[test]
    fn of_staff_is_asked_about_where_only_one_part_of_the_name_agrees() {
        let jane = || {
            let mut jane = teacher("5", "Jane Smith");
            (jane.ids.external_id, jane.ids.xid) = (None, None);
            jane
        };
        for name in ["Paul Smith", "Jane Wood"] {
            let other = jane().with_email("other@waterside.example").renamed(name);
            let accounts = vec![made_of_staff(1, &jane())];
            assert_eq!(of_staff(vec![other], accounts), ["ask 1"], "{name}");
        }
    }
}

mod numbers_that_are_exchanged {
    use super::*;

    fn swapped(a: &RosterPupil, b: &RosterPupil) -> Vec<RosterPupil> {
        vec![
            RosterPupil { ids: a.ids.clone(), ..b.clone() },
            RosterPupil { ids: b.ids.clone(), ..a.clone() },
        ]
    }

    #[test]
    fn leave_twins_their_accounts_by_upn() {
        let adam = child("1", "g1", "Adam Hill", 1, TWIN);
        let alan = child("2", "g2", "Alan Hill", 2, TWIN);
        let accounts = || vec![made_of(1, &adam), made_of(2, &alan)];
        assert_eq!(of_pupils(swapped(&adam, &alan), accounts()), ["2 by Upn", "1 by Upn"]);
        // The GUIDs stay with the child.
        let numbers = |of: &RosterPupil, number: &str| {
            let ids = MisIds { id: number.into(), ..of.ids.clone() };
            RosterPupil { ids, ..of.clone() }
        };
        assert_eq!(
            of_pupils(vec![numbers(&alan, "1"), numbers(&adam, "2")], accounts()),
            ["2 by Link", "1 by Link"]
        );
    }

    #[test]
    fn leave_namesakes_their_accounts_by_upn_and_birth_date() {
        let older = child("1", "g1", "Amy Hill", 1, OLDER);
        let younger = child("2", "g2", "Amy Hill", 2, YOUNGER);
        let accounts = vec![made_of(1, &older), made_of(2, &younger)];
        assert_eq!(of_pupils(swapped(&older, &younger), accounts), ["2 by Upn", "1 by Upn"]);
    }

    #[test]
    fn leave_namesakes_their_accounts_by_birth_date_where_there_is_no_upn() {
        let no_upn = |pupil: RosterPupil| RosterPupil { upn: None, ..pupil };
        let older = no_upn(child("1", "g1", "Amy Hill", 1, OLDER));
        let younger = no_upn(child("2", "g2", "Amy Hill", 2, YOUNGER));
        let accounts = vec![made_of(1, &older), made_of(2, &younger)];
        let found = of_pupils(swapped(&older, &younger), accounts);
        assert!(
            found.iter().all(|one| one.starts_with("ask"))
                || found == ["2 by NameAndBirthDate", "1 by NameAndBirthDate"],
            "{found:?}"
        );
    }

    #[test]
    fn leave_siblings_their_accounts() {
        let older = child("1", "g1", "Tom Hill", 1, OLDER);
        let younger = child("2", "g2", "Una Hill", 2, YOUNGER);
        let accounts = vec![made_of(1, &older), made_of(2, &younger)];
        assert_eq!(of_pupils(swapped(&older, &younger), accounts), ["2 by Upn", "1 by Upn"]);
    }
}

mod a_upn_that_was_entered_for_the_wrong_child {
    use super::*;

    fn crosswise(a: &RosterPupil, b: &RosterPupil) -> Vec<RosterPupil> {
        let again = |pupil: &RosterPupil, number: &str, upn: &RosterPupil| RosterPupil {
            ids: MisIds { id: number.into(), external_id: Some(format!("n{number}")), xid: None },
            upn: upn.upn.clone(),
            ..pupil.clone()
        };
        vec![again(a, "91", b), again(b, "92", a)]
    }

    #[test]
    fn is_asked_about_for_twins_and_siblings_with_new_numbers() {
        for (born_a, born_b) in [(TWIN, TWIN), (OLDER, YOUNGER)] {
            let a = child("1", "g1", "Adam Hill", 1, born_a);
            let b = child("2", "g2", "Beth Hill", 2, born_b);
            for unlinked in [false, true] {
                let known = |id, pupil: &RosterPupil| {
                    let account = made_of(id, pupil);
                    if unlinked { Account { link: None, ..account } } else { account }
                };
                let accounts = vec![known(1, &a), known(2, &b)];
                assert_eq!(of_pupils(crosswise(&a, &b), accounts), ["ask 1 2", "ask 1 2"]);
            }
        }
    }

    #[test]
    fn leaves_linked_children_their_accounts_where_only_the_upns_are_crosswise() {
        let a = child("1", "g1", "Adam Hill", 1, TWIN);
        let b = child("2", "g2", "Beth Hill", 2, TWIN);
        let crosswise = vec![
            RosterPupil { upn: b.upn.clone(), ..a.clone() },
            RosterPupil { upn: a.upn.clone(), ..b.clone() },
        ];
        let accounts = vec![made_of(1, &a), made_of(2, &b)];
        assert_eq!(of_pupils(crosswise, accounts), ["1 by Link", "2 by Link"]);
    }

    #[test]
    fn of_a_leaver_is_asked_about_where_nothing_else_agrees() {
        let no_birth_date = |pupil: RosterPupil| RosterPupil { date_of_birth: None, ..pupil };
        let tom = no_birth_date(child("7", "g7", "Tom Reed", 1, OLDER));
        for name in ["Zara Khan", "Zara Reed", "Tom Khan"] {
            let other = no_birth_date(child("9", "g9", name, 1, YOUNGER));
            let toms = made_of(1, &tom).left();
            assert_eq!(of_pupils(vec![other], vec![toms]), ["ask 1"], "{name}");
        }
    }

    #[test]
    fn of_a_sibling_is_asked_about_for_a_hand_made_account_too() {
        let tom = account(1, "Tom Reed").with_upn(1);
        let zara = pupil("9", "Zara Reed").with_upn(1);
        assert_eq!(of_pupils(vec![zara], vec![tom]), ["ask 1"]);
    }
}

mod birth_dates_that_stand_for_none {
    use super::*;

    #[test]
    fn agree_with_nothing() {
        for placeholder in
            ["1900-01-01", "1899-12-30", "0001-01-01", "1753-01-01", "1970-01-01", "2031-05-05"]
        {
            let known = account(1, "Amy Hill").born(placeholder);
            let amy = pupil("1", "Amy Hill").born(placeholder);
            assert_eq!(of_pupils(vec![amy], vec![known]), ["sure 1"], "{placeholder}");
        }
    }

    #[test]
    fn differ_from_nothing() {
        let known = account(1, "Amy Hill").born("1900-01-01");
        let amy = pupil("1", "Amy Hill").born(TWIN);
        assert_eq!(of_pupils(vec![amy], vec![known]), ["sure 1"]);
    }

    #[test]
    fn are_not_stored_and_take_no_real_one_away() {
        let amy = child("1", "g1", "Amy Hill", 1, TWIN);
        let placeholder = amy.clone().born("1899-12-30");
        let mut state = state(vec![made_of(1, &amy)]);
        let ben = pupil("2", "Ben Wood").born("1900-01-01");
        let plan = planned(&roster(vec![placeholder, ben], vec![]), &state);
        apply(&mut state, &plan);
        let mut dates: Vec<_> = state.accounts.iter().map(|one| one.date_of_birth).collect();
        dates.sort();
        assert_eq!(dates, [None, day(TWIN)]);
    }
}

mod an_address_that_is_handed_on {
    use super::*;

    fn jane() -> RosterStaff {
        teacher("1", "Jane Smith").with_email("j.smith@waterside.example")
    }

    fn same_address(id: &str, name: &str) -> RosterStaff {
        teacher(id, name).with_email("j.smith@waterside.example")
    }

    #[test]
    fn is_asked_about_for_a_successor_of_the_same_surname() {
        for known in [made_of_staff(1, &jane()), made_of_staff(1, &jane()).left()] {
            assert_eq!(of_staff(vec![same_address("2", "John Smith")], vec![known]), ["ask 1"]);
        }
    }

    #[test]
    fn is_asked_about_where_another_record_has_another_surname() {
        for surname in ["Brown", "Jones", "Smith-Brown"] {
            let other = same_address("2", &format!("Jane {surname}"));
            assert_eq!(of_staff(vec![other], vec![made_of_staff(1, &jane())]), ["ask 1"]);
        }
        // Where more than the forename agrees it is a marriage.
        let married = same_address("1", "Jane Brown");
        assert_eq!(of_staff(vec![married], vec![made_of_staff(1, &jane())]), ["1 by Link"]);
        let again = same_address("2", "Jane Smith");
        assert_eq!(of_staff(vec![again], vec![made_of_staff(1, &jane())]), ["1 by Email"]);
    }

    #[test]
    fn never_makes_somebody_an_admin_unasked() {
        let admin = |forename: &str, surname: &str| {
            staff_account(1, &format!("{forename} {surname}"))
                .with_email("office@waterside.example")
                .with_role(Role::Admin)
        };
        let karen = || teacher("3", "Karen White").with_email("office@waterside.example");
        for (forename, surname) in
            [("School", "Office"), ("Head", ""), ("Karen", "Green"), ("Paul", "White")]
        {
            assert_eq!(of_staff(vec![karen()], vec![admin(forename, surname)]), ["ask 1"]);
        }
        assert_eq!(of_staff(vec![karen()], vec![admin("Karen", "White")]), ["1 by Email"]);
        let of_another_record =
            made_of_staff(1, &teacher("8", "Karen White").with_email("office@waterside.example"))
                .with_role(Role::Admin);
        assert_eq!(of_staff(vec![karen()], vec![of_another_record]), ["ask 1"]);
    }

    #[test]
    fn in_the_trash_restores_nobody_by_the_address_and_forename_alone() {
        let gone = staff_account(1, "Jane Brown").with_email("j.smith@waterside.example").left();
        assert_eq!(of_staff(vec![jane()], vec![gone]), ["ask 1"]);
    }

    #[test]
    fn is_a_successors_once_the_mis_says_that_the_other_has_left() {
        let left = jane().left();
        let john = same_address("2", "John Smith");
        assert_eq!(
            of_staff(vec![left, john], vec![made_of_staff(1, &jane())]),
            ["1 by Link", "new"]
        );
    }

    #[test]
    fn given_to_another_record_by_an_answer_ends_the_login_of_before() {
        let john = same_address("2", "John Smith");
        let mut state = state(vec![made_of_staff(1, &jane())]);
        state.resolutions.push(StoredResolution {
            kind: rollcall_shared::people::PersonKind::Staff,
            mis: Some(MIS.into()),
            ids: john.ids.clone(),
            about: KnownThen {
                forename: "John".into(),
                surname: "Smith".into(),
                ..KnownThen::default()
            },
            same_as: Some(account_id(1)),
        });
        let plan = planned(&roster(vec![], vec![john]), &state);
        let action = plan.people.iter().find_map(|person| person.action.as_ref()).unwrap();
        assert!(action.ends_login, "{action:?}");
        // Anyone who is known by the link keeps theirs.
        state.resolutions.clear();
        let renamed = jane().renamed("Jane Brown");
        let plan = planned(&roster(vec![], vec![renamed]), &state);
        let action = plan.people.iter().find_map(|person| person.action.as_ref()).unwrap();
        assert!(!action.ends_login, "{action:?}");
    }
}

mod a_child_recorded_twice {
    use super::*;
    use rollcall_shared::plan::{PlanList, WarningCode};

    fn first() -> RosterPupil {
        child("1", "g1", "Amy Hill", 1, TWIN)
    }

    fn second() -> RosterPupil {
        RosterPupil { upn: None, ..child("2", "g2", "Amy Hill", 1, TWIN) }
    }

    fn both_made() -> Vec<Account> {
        vec![made_of(1, &first()), made_of(2, &second())]
    }

    #[test]
    fn stays_two_people_with_a_warning_on_both() {
        let mut state = state(vec![]);
        let roster = roster(vec![first(), second(), pupil("3", "Ben Wood")], vec![]);
        for _ in 0..2 {
            let plan = planned(&roster, &state);
            let warned: Vec<&str> = plan
                .people
                .iter()
                .filter(|one| {
                    one.view.warnings.iter().any(|w| w.code == WarningCode::RecordedTwice)
                })
                .map(|one| one.view.name.as_str())
                .collect();
            assert_eq!(warned, ["Amy Hill", "Amy Hill"]);
            apply(&mut state, &plan);
        }
        assert_eq!(state.accounts.len(), 3);
    }

    #[test]
    fn is_asked_about_once_one_of_the_records_closes() {
        assert_eq!(of_pupils(vec![second()], both_made()), ["ask 1 2"]);
        assert_eq!(of_pupils(vec![first().left(), second()], both_made()), ["new", "ask 1 2"]);
        assert_eq!(of_pupils(vec![first()], both_made()), ["ask 1 2"]);
    }

    #[test]
    fn keeps_both_accounts_until_it_is_answered_and_then_the_one_that_is_used() {
        let roster = roster(vec![second()], vec![]);
        let asked = planned(&roster, &state(both_made()));
        assert_eq!(asked.totals.pupils.left, 0);
        for (same_as, stays, goes) in [(1, 1, 2), (2, 2, 1)] {
            let mut state = state(both_made());
            state.resolutions.push(answer_about(&second(), Some(same_as)));
            let plan = planned(&roster, &state);
            assert_eq!(plan.totals.pupils.left, 1);
            apply(&mut state, &plan);
            let is_active =
                |id| state.accounts.iter().any(|a| a.id == account_id(id) && a.is_active());
            assert!(is_active(stays) && !is_active(goes), "{same_as}");
            state.resolutions.clear();
            let again = planned(&roster, &state);
            assert!(again.people.iter().all(|one| one.action.is_none()));
            assert!(again.people.iter().all(|one| one.view.list != PlanList::PossibleDuplicate));
        }
    }

    #[test]
    fn is_two_children_where_the_upns_say_so() {
        let other = child("2", "g2", "Amy Hill", 2, TWIN);
        let accounts = vec![made_of(1, &first()), made_of(2, &other)];
        assert_eq!(of_pupils(vec![other], accounts), ["2 by Link"]);
    }
}

mod someone_new_of_the_same_surname_in_the_same_class {
    use super::*;

    fn found_in(
        pupils: Vec<RosterPupil>,
        accounts: Vec<Account>,
        names: &[(u128, &str)],
    ) -> Vec<String> {
        let mut state = state(accounts);
        state.classes = names.iter().map(|(id, name)| class(*id, name)).collect();
        found(&roster(pupils, vec![]), &state)
    }

    #[test]
    fn is_asked_about() {
        let accounts = vec![account(1, "Bunty Hill").in_class(class_id(4))];
        let found = found_in(vec![pupil("1", "Persephone Hill")], accounts, &[(4, "Class 4")]);
        assert_eq!(found, ["ask 1"]);
    }

    #[test]
    fn is_asked_about_a_year_on() {
        let last_year = account(1, "Bunty Hill").in_class(class_id(3)).in_year(3);
        let found =
            found_in(vec![pupil("1", "Persephone Hill")], vec![last_year], &[(3, "Class 3")]);
        assert_eq!(found, ["ask 1"]);
    }

    #[test]
    fn is_new_where_the_account_is_somebody_elses_or_in_another_class() {
        let accounts = || vec![account(1, "Bunty Hill").in_class(class_id(4))];
        let two = vec![pupil("1", "Persephone Hill"), pupil("2", "Bunty Hill")];
        assert_eq!(found_in(two, accounts(), &[(4, "Class 4")]), ["new", "sure 1"]);
        let elsewhere = vec![pupil("1", "Persephone Hill")];
        assert_eq!(found_in(elsewhere, accounts(), &[(4, "Class 6")]), ["new"]);
        let linked = vec![account(1, "Bunty Hill").in_class(class_id(4)).linked("9")];
        let found = found_in(vec![pupil("1", "Persephone Hill")], linked, &[(4, "Class 4")]);
        assert_eq!(found, ["new"], "a linked account of another record is somebody else's");
    }
}

mod a_change_of_mis_and_of_the_e_mail_domain_together {
    use super::*;

    fn after(mut one: RosterStaff, id: &str) -> RosterStaff {
        one.ids = MisIds { id: id.into(), external_id: Some(format!("n{id}")), xid: None };
        let local = one.work_email.take().unwrap().split('@').next().unwrap().to_owned();
        one.with_email(&format!("{local}@new.example"))
    }

    #[test]
    fn leaves_staff_of_one_name_sure_ones_and_asks_about_namesakes_and_admins() {
        let before = [
            teacher("1", "Jane Smith"),
            teacher("2", "Paul Jones"),
            teacher("3", "Ann Lee").with_email("a.lee@waterside.example"),
            teacher("4", "Ann Lee").with_email("b.lee@waterside.example"),
        ];
        let mut accounts: Vec<Account> =
            before.iter().zip(1..).map(|(one, id)| made_of_staff(id, one)).collect();
        accounts[1].role = Role::Admin;
        let now = before.into_iter().zip(71..).map(|(one, id)| after(one, &id.to_string()));
        let mut roster = roster(vec![], now.collect());
        roster.mis = Some("arbor".into());
        let found = found(&roster, &state(accounts));
        assert_eq!(found, ["sure 1", "ask 2", "ask 3 4", "ask 3 4"]);
    }
}

mod a_link_that_is_given_to_somebody_else {
    use super::*;

    fn without_facts(number: &str, forename: &str) -> RosterPupil {
        pupil(number, &format!("{forename} Quill"))
    }

    #[test]
    fn exchanges_no_siblings_where_nothing_but_the_name_tells_them_apart() {
        let (alf, bea) = (without_facts("1", "Alfons"), without_facts("2", "Berta"));
        let accounts = vec![made_of(1, &alf), made_of(2, &bea)];
        let swapped = vec![
            RosterPupil { ids: alf.ids.clone(), ..bea.clone() },
            RosterPupil { ids: bea.ids.clone(), ..alf.clone() },
        ];
        assert_eq!(of_pupils(swapped, accounts.clone()), ["ask 1 2", "ask 1 2"]);
        let one_goes = vec![RosterPupil { ids: alf.ids.clone(), ..bea }];
        assert_eq!(of_pupils(one_goes, accounts), ["ask 1 2"]);
    }

    #[test]
    fn is_asked_about_where_the_rightful_owner_comes_under_another_number() {
        let alf = without_facts("1", "Alfons");
        let newcomer = RosterPupil { ids: alf.ids.clone(), ..without_facts("", "Berta") };
        let renumbered = without_facts("9", "Alfons");
        assert_eq!(
            of_pupils(vec![newcomer, renumbered], vec![made_of(1, &alf)]),
            ["ask 1", "ask 1"]
        );
    }

    #[test]
    fn stands_with_a_new_surname_where_nobody_has_the_old_name() {
        let amy = without_facts("1", "Amy");
        let renamed = amy.clone().renamed("Amy Wood");
        assert_eq!(of_pupils(vec![renamed], vec![made_of(1, &amy)]), ["1 by Link"]);
    }

    #[test]
    fn never_makes_a_teacher_an_admin() {
        let sam = teacher("5", "Sam Foxx").with_email("sam.foxx@waterside.example");
        let admin = made_of_staff(1, &sam).with_role(Role::Admin);
        let mut moved = sam.clone();
        moved.ids.external_id = Some("another".into());
        moved.ids.xid = Some("another".into());
        let mut other = teacher("8", "Sam Alix").with_email("sam.alix@waterside.example");
        other.ids.external_id = sam.ids.external_id.clone();
        other.ids.xid = sam.ids.xid.clone();
        assert_eq!(of_staff(vec![moved, other], vec![admin]), ["ask 1", "ask 1"]);
    }

    #[test]
    fn is_asked_about_where_both_names_were_set_by_hand_and_only_the_number_is_known() {
        let zara = only_number(pupil("77", "Zara New"));
        let mut tim = made_of(1, &only_number(pupil("77", "Tom Reed")));
        (tim.forename, tim.surname) = ("Tim".into(), "Olden".into());
        tim.kept.extend([
            rollcall_shared::plan::PersonField::Forename,
            rollcall_shared::plan::PersonField::Surname,
        ]);
        assert_eq!(of_pupils(vec![zara], vec![tim]), ["ask 1"]);
    }
}

mod an_address_or_a_upn_of_somebody_of_the_same_forename {
    use super::*;

    #[test]
    fn gives_no_account_to_another_while_its_namesake_is_in_the_feed() {
        let gray = teacher("1", "Ann Gray").with_email("gray@waterside.example");
        let field = teacher("2", "Ann Field").with_email("ann@waterside.example");
        let account = staff_account(1, "Ann Gray").with_email("ann@waterside.example");
        assert_eq!(
            of_staff(vec![gray.clone(), field.clone()], vec![account.clone()]),
            ["ask 1", "ask 1"]
        );
        // Also where the namesake is not imported, or has another form of the name.
        let support = gray.clone().not_teaching();
        assert_eq!(of_staff(vec![support, field.clone()], vec![account.clone()])[1], "ask 1");
        let anne = gray.renamed("Annie Gray");
        assert_eq!(of_staff(vec![anne, field.clone()], vec![account.clone()])[1], "ask 1");
        assert_eq!(of_staff(vec![field], vec![account]), ["1 by Email"]);
    }

    #[test]
    fn is_asked_about_for_a_pupil_whose_upn_was_entered_for_another_of_the_forename() {
        let known = account(1, "Sam Tew").with_upn(1);
        let other = pupil("1", "Sam Oak").with_upn(1);
        let rightful = pupil("2", "Sam Tew");
        assert_eq!(of_pupils(vec![other, rightful], vec![known]), ["ask 1", "ask 1"]);
    }
}

mod a_leaver_who_comes_back_under_another_record {
    use super::*;

    #[test]
    fn is_asked_about_while_the_mis_still_has_the_old_record() {
        let old = child("1", "g1", "Amy Hill", 1, TWIN);
        let again = child("9", "g9", "Amy Wood", 1, TWIN);
        let accounts = || vec![made_of(1, &old)];
        assert_eq!(of_pupils(vec![old.clone().left(), again], accounts()), ["new", "ask 1"]);
        let corrected = child("9", "g9", "Amy Hill", 1, OLDER);
        assert_eq!(of_pupils(vec![old.clone().left(), corrected], accounts()), ["new", "ask 1"]);
        let other_upn = child("9", "g9", "Amy Hill", 7, TWIN);
        assert_eq!(of_pupils(vec![old.clone().left(), other_upn], accounts()), ["new", "ask 1"]);
        let name_only =
            RosterPupil { upn: None, date_of_birth: None, ..child("9", "g9", "Amy Hill", 7, TWIN) };
        let found = of_pupils(vec![old.clone().left(), name_only.clone()], accounts());
        assert_eq!(found, ["new", "sure 1"]);
        // Said to be someone new, the leaver leaves.
        let answers = vec![answer_about(&name_only, None)];
        assert_eq!(
            with_answers(vec![old.clone().left(), name_only], accounts(), answers),
            ["1 by Link", "new"]
        );
    }
}

mod an_answer {
    use super::*;

    #[test]
    fn is_not_about_somebody_of_another_name_who_has_the_number_or_the_upn_by_now() {
        let tom = only_number(pupil("77", "Tom Reed"));
        let known = || vec![account(1, "Thomas Reed")];
        let zara = only_number(pupil("77", "Zara Khan"));
        let answers = vec![answer_about(&tom, Some(1))];
        assert_eq!(with_answers(vec![zara], known(), answers), ["new"]);
        let tom = tom.with_upn(1);
        let zara = only_number(pupil("78", "Zara Khan")).with_upn(1);
        let answers = vec![answer_about(&tom, Some(1))];
        let found = with_answers(vec![zara], known(), answers);
        assert_eq!(found, ["new"]);
        // Someone new said of a sibling silences no question about this one.
        let answers = vec![answer_about(&only_number(pupil("77", "Tom Ali")), None)];
        let zara = only_number(pupil("77", "Zara Ali"));
        assert_eq!(with_answers(vec![zara], vec![account(1, "Zara Ali")], answers), ["sure 1"]);
    }
}
