//! Named cases of matching. What is found out about each person is written `1 by Link`, `new`,
//! `ask 1 2`, `sure 1` or `twice`; the numbers are the accounts'.

use rollcall_shared::people::{PersonKind, Role};

use super::super::Inputs;
use super::super::matched::Matched;
use crate::domain::accounts::{Account, KnownThen, SchoolState, StoredResolution};
use crate::domain::mis_link::MisIds;
use crate::domain::roster::{Roster, RosterPupil, RosterStaff};
use crate::fixtures::*;
use crate::planner::matching::Verdict;

/// What the MIS has and what the school has.
struct School {
    roster: Roster,
    state: SchoolState,
}

fn pupils(pupils: impl Into<Vec<RosterPupil>>, accounts: impl Into<Vec<Account>>) -> School {
    School { roster: roster(pupils.into(), vec![]), state: state(accounts.into()) }
}

fn staff(staff: impl Into<Vec<RosterStaff>>, accounts: impl Into<Vec<Account>>) -> School {
    School { roster: roster(vec![], staff.into()), state: state(accounts.into()) }
}

impl School {
    fn and_staff(mut self, staff: impl Into<Vec<RosterStaff>>) -> Self {
        self.roster.staff = staff.into();
        self
    }

    fn in_another_mis(mut self) -> Self {
        self.roster.mis = Some("arbor".into());
        self
    }

    fn in_a_rollover(self) -> Self {
        self.with(|state| state.last_applied = Some(last_year()))
    }

    /// An admin answered who the pupil of number 1 is.
    fn answered(self, same_as: Option<u128>) -> Self {
        self.with(|state| state.resolutions.push(answer(PersonKind::Pupil, same_as)))
    }

    fn with(mut self, change: impl FnOnce(&mut SchoolState)) -> Self {
        change(&mut self.state);
        self
    }
}

pub(super) fn found(roster: &Roster, state: &SchoolState) -> Vec<String> {
    let settings = settings();
    let matched = Matched::of(Inputs { roster, settings: &settings, state, now: now() });
    let text = |verdict: &Verdict, accounts: &[&Account]| {
        let number = |place: &usize| accounts[*place].id.0.as_u128();
        match verdict {
            Verdict::Account { account, by, .. } => format!("{} by {by:?}", number(account)),
            Verdict::New { .. } => "new".to_owned(),
            Verdict::IdTwice => "twice".to_owned(),
            Verdict::PossibleDuplicate { candidates, is_sure, .. } => {
                let numbers: Vec<String> =
                    candidates.iter().map(|place| number(place).to_string()).collect();
                format!("{} {}", if *is_sure { "sure" } else { "ask" }, numbers.join(" "))
            }
        }
    };
    let of_pupils = matched.pupils.matching.verdicts.iter();
    let of_staff = matched.staff.matching.verdicts.iter();
    of_pupils
        .map(|verdict| text(verdict, &matched.pupils.accounts))
        .chain(of_staff.map(|verdict| text(verdict, &matched.staff.accounts)))
        .collect()
}

fn finds<const N: usize>(school: School, expected: [&str; N]) {
    let School { mut roster, state } = school;
    let found = found(&roster, &state);
    assert_eq!(found, expected);
    roster.pupils.reverse();
    roster.staff.reverse();
    assert_eq!(found, self::found(&roster, &state), "the order of the feed counted");
}

/// An answer about the person of number 1.
fn answer(kind: PersonKind, same_as: Option<u128>) -> StoredResolution {
    let (mis, about) = (Some(MIS.into()), KnownThen::default());
    StoredResolution { kind, mis, ids: ids("1"), about, same_as: same_as.map(account_id) }
}

const EARLY: &str = "2017-09-02";
const LATE: &str = "2018-08-30";
const MAIL: &str = "smith@waterside.example";
const OFFICE: &str = "office@waterside.example";

mod links {
    use super::*;

    fn amy() -> RosterPupil {
        pupil("1", "Amy Hill")
    }

    fn with_ids(external_id: Option<&str>, xid: Option<&str>, pupil: RosterPupil) -> RosterPupil {
        let owned = |id: Option<&str>| id.map(str::to_owned);
        let ids = MisIds { external_id: owned(external_id), xid: owned(xid), id: pupil.ids.id };
        RosterPupil { ids, ..pupil }
    }

    cases!(
        finds,
        a_stored_link_is_followed(
            pupils([amy()], [account(1, "Amy Hill").linked("1")]),
            ["1 by Link"]
        ),
        a_link_stands_when_only_the_surname_changed(
            pupils([pupil("1", "Amy Wood")], [account(1, "Amy Hill").linked("1")]),
            ["1 by Link"]
        ),
        a_link_stands_when_both_names_changed_but_the_birth_date_agrees(
            pupils(
                [pupil("1", "Zac Moss").born(EARLY)],
                [account(1, "Amy Hill").linked("1").born(EARLY)]
            ),
            ["1 by Link"]
        ),
        a_link_whose_name_and_birth_date_changed_is_asked_about_where_the_upn_agrees(
            pupils(
                [pupil("1", "Zac Moss").born(LATE).with_upn(1)],
                [account(1, "Amy Hill").linked("1").born(EARLY).with_upn(1)]
            ),
            ["ask 1"]
        ),
        a_link_stands_when_the_birth_date_was_corrected(
            pupils([amy().born(LATE)], [account(1, "Amy Hill").linked("1").born(EARLY)]),
            ["1 by Link"]
        ),
        a_link_with_another_name_and_birth_date_is_void(
            pupils(
                [pupil("1", "Zac Moss").born(LATE)],
                [account(1, "Amy Hill").linked("1").born(EARLY)]
            ),
            ["new"]
        ),
        a_link_with_another_name_and_upn_is_void(
            pupils(
                [pupil("1", "Zac Moss").with_upn(2)],
                [account(1, "Amy Hill").linked("1").with_upn(1)]
            ),
            ["new"]
        ),
        a_link_with_two_other_names_and_nothing_else_known_is_asked_about(
            pupils([pupil("1", "Zac Moss")], [account(1, "Amy Hill").linked("1")]),
            ["ask 1"]
        ),
        a_plain_id_with_another_guid_and_another_name_is_another_child(
            pupils(
                [with_ids(Some("another"), None, pupil("1", "Zoe Hill"))],
                [account(1, "Amy Hill").linked("1")]
            ),
            ["new"]
        ),
        xporters_id_counts_when_that_of_the_mis_has_changed(
            pupils(
                [with_ids(Some("guid-77"), Some("xid-1"), pupil("77", "Amy Hill"))],
                [account(1, "Amy Hill").linked("1")]
            ),
            ["1 by Link"]
        ),
        the_guid_counts_when_the_plain_id_has_changed(
            pupils(
                [with_ids(Some("guid-1"), None, pupil("5", "Amy Hill"))],
                [account(1, "Amy Hill").linked("1")]
            ),
            ["1 by Link"]
        ),
        the_plain_id_counts_within_one_mis(
            pupils([with_ids(None, None, amy())], [account(1, "Amy Hill").linked("1")]),
            ["1 by Link"]
        ),
        the_plain_id_of_another_mis_is_another_child(
            pupils(
                [with_ids(None, None, pupil("1", "Zac Moss"))],
                [account(1, "Amy Hill").linked("1")]
            )
            .in_another_mis(),
            ["new"]
        ),
        a_link_brings_an_account_back_from_the_trash(
            pupils([amy()], [account(1, "Amy Hill").linked("1").left()]),
            ["1 by Link"]
        ),
        an_active_account_comes_before_one_in_the_trash(
            pupils(
                [amy()],
                [account(1, "Amy Hill").linked("1").left(), account(2, "Amy Hill").linked("1")]
            ),
            ["2 by Link"]
        ),
        two_active_accounts_of_one_link_are_asked_about(
            pupils(
                [amy()],
                [account(1, "Amy Hill").linked("1"), account(2, "Amy Hill").linked("1")]
            ),
            ["ask 1 2"]
        ),
        a_link_comes_before_a_upn(
            pupils(
                [amy().with_upn(5)],
                [account(1, "Amy Hill").linked("1"), account(2, "Amy Hill").with_upn(5)]
            ),
            ["1 by Link"]
        ),
        a_reused_number_goes_to_the_child_of_the_upn(
            pupils(
                [pupil("1", "Zac Moss").with_upn(2), pupil("9", "Amy Hill").with_upn(1)],
                [account(1, "Amy Hill").linked("1").with_upn(1)]
            ),
            ["new", "1 by Upn"]
        ),
        an_id_that_stands_twice_matches_nobody(
            pupils(
                [pupil("1", "Zac Moss"), pupil("1", "Amy Wood")],
                [account(1, "Una Field").linked("1")]
            ),
            ["twice", "twice"]
        ),
        a_leaver_is_matched_by_link(
            pupils([amy().left()], [account(1, "Amy Hill").linked("1")]),
            ["1 by Link"]
        ),
        a_leaver_without_an_account_is_nobodys_duplicate(
            pupils([amy().left()], [account(1, "Amy Hill")]),
            ["new"]
        ),
    );
}

mod upns {
    use super::*;

    /// With a wrong check letter.
    fn wrong_upn() -> Option<String> {
        Some("B000000000000".into())
    }

    /// A temporary UPN with a right check letter.
    fn temporary_upn() -> Option<String> {
        "ABCDEFGHJKLMNPQRTUVWXYZ"
            .chars()
            .map(|letter| format!("{letter}32811022501A"))
            .find(|text| crate::domain::upn::Upn::is_valid(text))
    }

    cases!(
        finds,
        the_same_upn_finds_the_account(
            pupils([pupil("1", "Amy Hill").with_upn(1)], [account(1, "Amy Hill").with_upn(1)]),
            ["1 by Upn"]
        ),
        the_same_upn_finds_the_account_under_another_name(
            pupils([pupil("1", "Amy Wood").with_upn(1)], [account(1, "Amy Hill").with_upn(1)]),
            ["1 by Upn"]
        ),
        spaces_and_small_letters_of_a_upn_do_not_count(
            pupils(
                [RosterPupil {
                    upn: upn(1).map(|u| format!(" {} ", u.to_lowercase())),
                    ..pupil("1", "Amy Hill")
                }],
                [account(1, "Amy Hill").with_upn(1)]
            ),
            ["1 by Upn"]
        ),
        a_former_upn_finds_the_account(
            pupils(
                [pupil("1", "Amy Hill").with_upn(9).with_former_upn(1)],
                [account(1, "Amy Hill").with_upn(1)]
            ),
            ["1 by FormerUpn"]
        ),
        a_former_upn_of_an_account_finds_it(
            pupils(
                [pupil("1", "Amy Hill").with_upn(1)],
                [Account { former_upn: upn(1), ..account(1, "Amy Hill").with_upn(9) }]
            ),
            ["1 by FormerUpn"]
        ),
        a_upn_comes_before_a_former_one(
            pupils(
                [pupil("1", "Amy Hill").with_upn(1), pupil("2", "Ben Wood").with_former_upn(1)],
                [account(1, "Amy Hill").with_upn(1)]
            ),
            ["1 by Upn", "new"]
        ),
        the_same_upn_with_another_name_and_birth_date_is_asked_about(
            pupils(
                [pupil("1", "Zac Moss").born(LATE).with_upn(1)],
                [account(1, "Amy Hill").born(EARLY).with_upn(1)]
            ),
            ["ask 1"]
        ),
        a_upn_that_stands_twice_matches_nobody(
            pupils(
                [pupil("1", "Zac Moss").with_upn(1), pupil("2", "Ben Wood").with_upn(1)],
                [account(1, "Amy Hill").with_upn(1)]
            ),
            ["twice", "twice"]
        ),
        a_upn_that_stands_twice_leaves_links_alone(
            pupils(
                [pupil("1", "Amy Hill").with_upn(1), pupil("2", "Ben Wood").with_upn(1)],
                [account(1, "Amy Hill").linked("1").with_upn(1)]
            ),
            ["1 by Link", "twice"]
        ),
        a_upn_with_a_wrong_check_letter_matches_nobody(
            pupils(
                [RosterPupil { upn: wrong_upn(), ..pupil("1", "Amy Moss") }],
                [Account { upn: wrong_upn(), ..account(1, "Zac Field") }]
            ),
            ["new"]
        ),
        another_upn_tells_namesakes_apart(
            pupils([pupil("1", "Amy Hill").with_upn(2)], [account(1, "Amy Hill").with_upn(1)]),
            ["new"]
        ),
        a_temporary_upn_proves_nothing(
            pupils(
                [pupil("1", "Amy Hill").with_upn(2)],
                [Account { upn: temporary_upn(), ..account(1, "Amy Hill") }]
            ),
            ["sure 1"]
        ),
        a_upn_brings_an_account_back_from_the_trash(
            pupils(
                [pupil("1", "Amy Hill").with_upn(1)],
                [account(1, "Amy Hill").with_upn(1).left()]
            ),
            ["1 by Upn"]
        ),
        a_pupil_who_left_and_came_back_has_two_rows(
            pupils(
                [pupil("1", "Amy Hill").with_upn(1).left(), pupil("2", "Amy Hill").with_upn(1)],
                [account(1, "Amy Hill").linked("1").with_upn(1)]
            ),
            ["new", "1 by Upn"]
        ),
        an_account_that_two_may_have_had_before_is_no_leavers(
            pupils(
                [
                    pupil("1", "Amy Hill").with_former_upn(1),
                    pupil("2", "Amy Hill-Wood").with_former_upn(1),
                    pupil("8", "Amy Hill").with_upn(1).left()
                ],
                [account(1, "Amy Hill").linked("4").with_upn(1)]
            ),
            ["ask 1", "ask 1", "new"]
        ),
        an_account_that_two_may_have_had_before_is_no_leavers_who_is_linked_to_it(
            pupils(
                [
                    pupil("2", "Amy Hill").with_former_upn(1),
                    pupil("3", "Amy Hill-Wood").with_former_upn(1),
                    pupil("9", "Amy Hill").with_upn(1).left()
                ],
                [account(1, "Amy Hill").linked("9").with_upn(1)]
            ),
            ["ask 1", "ask 1", "new"]
        ),
        a_former_upn_of_two_is_nobodys_also_once_one_of_them_is_linked(
            pupils(
                [
                    pupil("1", "Amy Hill").with_former_upn(1),
                    pupil("3", "Amy Hill-Wood").with_former_upn(1)
                ],
                [account(1, "Zoe Hill").with_upn(1), account(2, "Amy Hill").linked("1")]
            ),
            ["2 by Link", "ask 1"]
        ),
        a_leavers_upn_finds_only_linked_accounts(
            pupils(
                [pupil("1", "Amy Hill").with_upn(1).left()],
                [account(1, "Amy Hill").with_upn(1)]
            ),
            ["new"]
        ),
    );
}

mod names_and_birth_dates {
    use super::*;

    cases!(
        finds,
        the_same_name_and_birth_date_find_the_account(
            pupils([pupil("1", "Amy Hill").born(EARLY)], [account(1, "Amy Hill").born(EARLY)]),
            ["1 by NameAndBirthDate"]
        ),
        accents_and_capitals_do_not_count(
            pupils(
                [pupil("1", "ZOË O’BRIEN").born(EARLY)],
                [account(1, "Zoe O'Brien").born(EARLY)]
            ),
            ["1 by NameAndBirthDate"]
        ),
        the_legal_name_counts(
            pupils(
                [RosterPupil {
                    legal_forename: Some("Isabella".into()),
                    ..pupil("1", "Bella Hill").born(EARLY)
                }],
                [account(1, "Isabella Hill").born(EARLY)]
            ),
            ["1 by NameAndBirthDate"]
        ),
        an_account_of_another_mis_id_is_the_same_child(
            pupils(
                [pupil("1", "Amy Hill").born(EARLY)],
                [account(1, "Amy Hill").born(EARLY).linked("99")]
            ),
            ["1 by NameAndBirthDate"]
        ),
        another_upn_may_be_a_correction_where_name_and_birth_date_agree(
            pupils(
                [pupil("1", "Amy Hill").born(EARLY).with_upn(1)],
                [account(1, "Amy Hill").born(EARLY).with_upn(2)]
            ),
            ["1 by NameAndBirthDate"]
        ),
        twins_of_one_name_in_the_feed_are_asked_about(
            pupils(
                [pupil("1", "Amy Hill").born(EARLY), pupil("2", "Amy Hill").born(EARLY)],
                [account(1, "Amy Hill").born(EARLY)]
            ),
            ["ask 1", "ask 1"]
        ),
        two_accounts_of_one_name_and_birth_date_are_asked_about(
            pupils(
                [pupil("1", "Amy Hill").born(EARLY)],
                [account(1, "Amy Hill").born(EARLY), account(2, "Amy Hill").born(EARLY)]
            ),
            ["ask 1 2"]
        ),
        an_account_in_the_trash_comes_back(
            pupils(
                [pupil("1", "Amy Hill").born(EARLY)],
                [account(1, "Amy Hill").born(EARLY).left()]
            ),
            ["1 by NameAndBirthDate"]
        ),
        another_birth_date_is_another_child(
            pupils([pupil("1", "Amy Hill").born(LATE)], [account(1, "Amy Hill").born(EARLY)]),
            ["new"]
        ),
        twins_with_different_forenames_are_told_apart(
            pupils(
                [pupil("1", "Amy Hill").born(EARLY), pupil("2", "Ben Hill").born(EARLY)],
                [account(1, "Ben Hill").born(EARLY)]
            ),
            ["new", "1 by NameAndBirthDate"]
        ),
    );
}

mod possible_duplicates {
    use super::*;

    cases!(
        finds,
        the_same_name_and_year_is_a_sure_one(
            pupils([pupil("1", "Amy Hill")], [account(1, "Amy Hill")]),
            ["sure 1"]
        ),
        the_same_name_in_another_year_is_asked_about(
            pupils([pupil("1", "Amy Hill")], [account(1, "Amy Hill").in_year(6)]),
            ["ask 1"]
        ),
        the_same_name_and_class_is_a_sure_one(
            pupils(
                [pupil("1", "Amy Hill")],
                [Account { year: None, ..account(1, "Amy Hill").in_class(class_id(4)) }]
            )
            .with(|state| state.classes.push(class(4, "CLASS 4"))),
            ["sure 1"]
        ),
        in_a_rollover_the_year_before_is_expected(
            pupils([pupil("1", "Amy Hill")], [account(1, "Amy Hill").in_year(3)]).in_a_rollover(),
            ["sure 1"]
        ),
        in_a_rollover_the_same_year_is_asked_about(
            pupils([pupil("1", "Amy Hill")], [account(1, "Amy Hill")]).in_a_rollover(),
            ["ask 1"]
        ),
        two_namesakes_in_the_feed_are_not_sure(
            pupils([pupil("1", "Amy Hill"), pupil("2", "Amy Hill")], [account(1, "Amy Hill")]),
            ["ask 1", "ask 1"]
        ),
        two_namesakes_among_the_accounts_are_not_sure(
            pupils([pupil("1", "Amy Hill")], [account(1, "Amy Hill"), account(2, "Amy Hill")]),
            ["ask 1 2"]
        ),
        a_namesake_who_is_linked_to_someone_else_is_nobodys_candidate(
            pupils(
                [pupil("1", "Amy Hill"), pupil("2", "Amy Hill")],
                [account(1, "Amy Hill").linked("1")]
            ),
            ["1 by Link", "new"]
        ),
        a_short_form_is_asked_about(
            pupils([pupil("1", "Samuel Hill")], [account(1, "Sam Hill")]),
            ["ask 1"]
        ),
        a_nickname_is_asked_about(
            pupils([pupil("1", "Elizabeth Hill")], [account(1, "Beth Hill")]),
            ["ask 1"]
        ),
        half_of_a_double_barrelled_name_is_asked_about(
            pupils([pupil("1", "Amy Hill-Jones")], [account(1, "Amy Jones")]),
            ["ask 1"]
        ),
        names_changed_round_are_asked_about(
            pupils([pupil("1", "Hill Amy")], [account(1, "Amy Hill")]),
            ["ask 1"]
        ),
        a_similar_name_three_years_away_is_somebody_else(
            pupils([pupil("1", "Samuel Hill")], [account(1, "Sam Hill").in_year(1)]),
            ["new"]
        ),
        the_same_name_in_the_trash_is_asked_about(
            pupils([pupil("1", "Amy Hill")], [account(1, "Amy Hill").left()]),
            ["ask 1"]
        ),
        a_leaver_of_the_same_name_linked_is_asked_about(
            pupils([pupil("1", "Amy Hill")], [account(1, "Amy Hill").linked("9")]),
            ["sure 1"]
        ),
        a_namesake_of_a_leaver_whom_the_mis_still_names_may_be_the_leaver_back_again(
            pupils(
                [pupil("9", "Amy Hill").left(), pupil("1", "Amy Hill")],
                [account(1, "Amy Hill").linked("9")]
            ),
            ["sure 1", "new"]
        ),
        another_name_is_new(pupils([pupil("1", "Amy Hill")], [account(1, "Ben Hill")]), ["new"]),
        nobody_is_asked_about_those_who_are_not_imported(
            pupils([pupil("1", "Amy Hill").in_year_group("y9")], [account(1, "Amy Hill")]),
            ["new"]
        ),
    );
}

mod answers {
    use super::*;

    cases!(
        finds,
        somebody_said_to_be_the_same_person_has_the_account(
            pupils([pupil("1", "Amy Hill")], [account(1, "Amy Hill")]).answered(Some(1)),
            ["1 by Answer"]
        ),
        somebody_said_to_be_new_is_new(
            pupils([pupil("1", "Amy Hill")], [account(1, "Amy Hill")]).answered(None),
            ["new"]
        ),
        somebody_said_to_be_new_is_not_made_twice(
            pupils(
                [pupil("1", "Amy Hill")],
                [account(2, "Amy Hill").linked("1"), account(1, "Amy Hill")]
            )
            .answered(None),
            ["2 by Link"]
        ),
        an_answer_about_an_account_that_is_gone_is_void(
            pupils([pupil("1", "Amy Hill")], [account(2, "Amy Hill")]).answered(Some(1)),
            ["sure 2"]
        ),
        an_answer_loses_to_a_link(
            pupils(
                [pupil("1", "Amy Hill"), pupil("2", "Amy Hill")],
                [account(1, "Amy Hill").linked("2")]
            )
            .answered(Some(1)),
            ["new", "1 by Link"]
        ),
        an_answer_settles_a_link_that_is_contradicted(
            pupils(
                [pupil("1", "Zac Moss").born(LATE)],
                [account(1, "Amy Hill").linked("1").born(EARLY)]
            )
            .answered(Some(1)),
            ["1 by Answer"]
        ),
        an_answer_of_staff_is_not_about_pupils(
            pupils([pupil("1", "Amy Hill")], [account(1, "Amy Hill")])
                .with(|state| state.resolutions.push(answer(PersonKind::Staff, None))),
            ["sure 1"]
        ),
        once_one_of_two_namesakes_is_settled_the_other_is_new(
            pupils([pupil("1", "Amy Hill"), pupil("2", "Amy Hill")], [account(1, "Amy Hill")])
                .answered(Some(1)),
            ["1 by Answer", "new"]
        ),
    );
}

mod members_of_staff {
    use super::*;

    fn jane() -> RosterStaff {
        teacher("1", "Jane Smith")
    }

    cases!(
        finds,
        a_stored_link_is_followed(
            staff([jane()], [staff_account(1, "Jane Smith").with_email("x@y.example").linked("1")]),
            ["1 by Link"]
        ),
        a_link_stands_after_a_marriage(
            staff([teacher("1", "Jane Jones")], [staff_account(1, "Jane Smith").linked("1")]),
            ["1 by Link"]
        ),
        a_link_with_two_other_names_and_another_e_mail_is_asked_about(
            staff([teacher("1", "Paul Jones")], [staff_account(1, "Jane Smith").linked("1")]),
            ["ask 1"]
        ),
        the_same_e_mail_finds_the_account(
            staff([jane()], [staff_account(1, "Jane Smyth").with_email(MAIL)]),
            ["1 by Email"]
        ),
        capitals_of_an_e_mail_do_not_count(
            staff([jane()], [staff_account(1, "Jane S").with_email("SMITH@Waterside.example")]),
            ["1 by Email"]
        ),
        the_e_mail_of_an_admin_of_another_name_is_asked_about(
            staff([jane()], [staff_account(1, "Head").with_email(MAIL).with_role(Role::Admin)]),
            ["ask 1"]
        ),
        a_shared_e_mail_matches_nobody(
            staff(
                [jane(), teacher("2", "Paul Jones").with_email(MAIL)],
                [staff_account(1, "Una Field").with_email(MAIL)]
            ),
            ["new", "new"]
        ),
        the_same_name_only_once_on_both_sides_is_a_sure_one(
            staff([jane()], [staff_account(1, "Jane Smith").with_email("x@y.example")]),
            ["sure 1"]
        ),
        an_initial_is_asked_about(
            staff([jane()], [staff_account(1, "J Smith").with_email("x@y.example")]),
            ["ask 1"]
        ),
        an_e_mail_in_the_trash_brings_the_account_back(
            staff([jane()], [staff_account(1, "Jane Smith").left()]),
            ["1 by Email"]
        ),
        a_pupils_account_is_never_a_teachers(staff([jane()], [account(1, "Jane Smith")]), ["new"]),
        somebody_who_has_left_is_matched_by_link(
            staff([jane().left()], [staff_account(1, "Jane Smith").linked("1")]),
            ["1 by Link"]
        ),
        a_successor_at_a_leavers_address_is_not_the_leaver(
            staff(
                [jane().left(), teacher("2", "Paul Jones").with_email(MAIL)],
                [staff_account(1, "Jane Smith").linked("1")]
            ),
            ["1 by Link", "new"]
        ),
        a_successor_at_the_address_of_somebody_who_is_gone_is_asked_about(
            staff(
                [teacher("2", "Paul Jones").with_email(MAIL)],
                [staff_account(1, "Jane Smith").linked("1")]
            ),
            ["ask 1"]
        ),
        somebody_who_left_and_came_back_has_two_rows(
            staff(
                [jane().left(), teacher("2", "Jane Smith")],
                [staff_account(1, "Jane Smith").linked("1")]
            ),
            ["new", "1 by Email"]
        ),
    );
}

mod kinds_of_people_that_every_school_has {
    use super::*;

    fn adopted(pupil: RosterPupil) -> RosterPupil {
        pupil.renamed("Grace Moss").with_former_upn(1).with_upn(2)
    }

    fn known() -> Account {
        account(1, "Amy Hill").linked("1").born(EARLY).with_upn(1)
    }

    cases!(
        finds,
        a_pupil_adopted_under_the_same_number_has_new_names_and_a_new_upn(
            pupils([adopted(pupil("1", "Amy Hill").born(EARLY))], [known()]),
            ["1 by Link"]
        ),
        a_pupil_adopted_before_a_change_of_mis_is_asked_about_by_the_former_upn(
            pupils(
                [RosterPupil { ids: ids("77"), ..adopted(pupil("1", "Amy Hill").born(EARLY)) }],
                [known()]
            )
            .in_another_mis(),
            ["ask 1"]
        ),
        a_pupil_adopted_with_nothing_left_of_before_is_new(
            pupils([pupil("77", "Grace Moss").with_upn(2)], [known()]).in_another_mis(),
            ["new"]
        ),
        a_link_with_another_surname_is_asked_about_where_a_namesake_of_before_has_come(
            pupils(
                [pupil("1", "Amy Wood"), pupil("2", "Amy Hill")],
                [account(1, "Amy Hill").linked("1")]
            ),
            ["ask 1", "ask 1"]
        ),
        twins_of_one_initial_are_told_apart_by_their_own_numbers(
            pupils(
                [pupil("1", "Adam Hill").born(EARLY), pupil("2", "Alan Hill").born(EARLY)],
                [
                    account(1, "Alan Hill").linked("2").born(EARLY),
                    account(2, "Adam Hill").linked("1").born(EARLY)
                ]
            ),
            ["2 by Link", "1 by Link"]
        ),
        twins_whose_forenames_are_exchanged_go_by_upn_after_a_change_of_mis(
            pupils(
                [
                    pupil("71", "Adam Hill").born(EARLY).with_upn(2),
                    pupil("72", "Alan Hill").born(EARLY).with_upn(1)
                ],
                [
                    account(1, "Alan Hill").linked("1").born(EARLY).with_upn(1),
                    account(2, "Adam Hill").linked("2").born(EARLY).with_upn(2)
                ]
            )
            .in_another_mis(),
            ["2 by Upn", "1 by Upn"]
        ),
        namesakes_of_one_year_are_told_apart_by_birth_date(
            pupils(
                [pupil("1", "Amy Hill").born(EARLY), pupil("2", "Amy Hill").born(LATE)],
                [account(1, "Amy Hill").born(LATE), account(2, "Amy Hill").born(EARLY)]
            ),
            ["2 by NameAndBirthDate", "1 by NameAndBirthDate"]
        ),
        a_parent_on_the_staff_is_nobodys_child(
            pupils([pupil("1", "Jane Smith")], [staff_account(1, "Jane Smith").linked("1")]),
            ["new"]
        ),
        mother_and_daughter_of_one_name_and_one_number_each_keep_their_own_account(
            pupils(
                [pupil("1", "Jane Smith")],
                [account(1, "Jane Smith").linked("1"), staff_account(2, "Jane Smith").linked("1")]
            )
            .and_staff([teacher("1", "Jane Smith")]),
            ["1 by Link", "2 by Link"]
        ),
        people_of_one_office_address_are_known_by_their_links(
            staff(
                [
                    teacher("1", "Jane Smith").with_email(OFFICE),
                    teacher("2", "Paul Jones").with_email(OFFICE)
                ],
                [
                    staff_account(1, "Paul Jones").with_email(OFFICE).linked("2"),
                    staff_account(2, "Jane Smith").linked("1")
                ]
            ),
            ["2 by Link", "1 by Link"]
        ),
        people_of_one_office_address_are_sure_ones_by_name_after_a_change_of_mis(
            staff(
                [
                    teacher("71", "Jane Smith").with_email(OFFICE),
                    teacher("72", "Paul Jones").with_email(OFFICE)
                ],
                [
                    staff_account(1, "Paul Jones").with_email(OFFICE).linked("2"),
                    staff_account(2, "Jane Smith").linked("1")
                ]
            )
            .in_another_mis(),
            ["sure 2", "sure 1"]
        ),
        a_marriage_before_a_change_of_mis_with_the_address_of_before_is_asked_about(
            staff(
                [teacher("71", "Jane Jones").with_email(MAIL)],
                [staff_account(1, "Jane Smith").linked("1")]
            )
            .in_another_mis(),
            ["ask 1"]
        ),
        a_pupil_in_the_trash_comes_back_by_upn_after_a_change_of_mis(
            pupils(
                [pupil("71", "Amy Hill").with_upn(1)],
                [account(1, "Amy Hill").linked("1").with_upn(1).left()]
            )
            .in_another_mis(),
            ["1 by Upn"]
        ),
        a_person_resolved_stays_resolved_once_the_account_is_linked(
            pupils(
                [pupil("1", "Samuel Hill")],
                [account(1, "Sam Hill").linked("1"), account(2, "Samuel Hill")]
            )
            .answered(Some(1)),
            ["1 by Link"]
        ),
        somebody_said_to_be_new_stays_new_after_they_have_been_made(
            pupils(
                [pupil("1", "Amy Hill")],
                [account(1, "Amy Hill"), account(2, "Amy Hill").linked("1")]
            )
            .answered(None),
            ["2 by Link"]
        ),
    );
}
