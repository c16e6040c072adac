//! Named cases of matching. What is found out about each person is written `1 by Link`, `new`,
//! `ask 1 2`, `sure 1` or `twice`; the numbers are the accounts'.

use rollcall_shared::people::{PersonKind, Role};
use rollcall_shared::year_group::YearGroup;

use super::super::{Inputs, Matched};
use crate::sync::accounts::{Account, KnownThen, SchoolState, StoredResolution};
use crate::sync::fixtures::*;
use crate::sync::matching::Verdict;
use crate::sync::roster::{PupilStatus, Roster, RosterPupil, RosterStaff, StaffStatus};

struct Case {
    name: &'static str,
    pupils: Vec<RosterPupil>,
    staff: Vec<RosterStaff>,
    state: SchoolState,
    mis: &'static str,
    expected: &'static [&'static str],
}

fn pupils(
    name: &'static str,
    pupils: Vec<RosterPupil>,
    accounts: Vec<Account>,
    expected: &'static [&'static str],
) -> Case {
    Case { name, pupils, staff: vec![], state: state(accounts), mis: MIS, expected }
}

fn staff(
    name: &'static str,
    staff: Vec<RosterStaff>,
    accounts: Vec<Account>,
    expected: &'static [&'static str],
) -> Case {
    Case { name, pupils: vec![], staff, state: state(accounts), mis: MIS, expected }
}

fn with_state(mut case: Case, change: impl FnOnce(&mut SchoolState)) -> Case {
    change(&mut case.state);
    case
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

fn check(cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for case in cases {
        let mut roster = roster(case.pupils, case.staff);
        roster.mis = Some(case.mis.into());
        let found = found(&roster, &case.state);
        if found != case.expected {
            wrong.push(format!("{}: {found:?} instead of {:?}", case.name, case.expected));
        }
        roster.pupils.reverse();
        roster.staff.reverse();
        let reversed = self::found(&roster, &case.state);
        assert_eq!(found, reversed, "{}: the order of the feed counted", case.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn born(date: &str, pupil: RosterPupil) -> RosterPupil {
    RosterPupil { date_of_birth: day(date), ..pupil }
}

fn with_upn(serial: u32, pupil: RosterPupil) -> RosterPupil {
    RosterPupil { upn: upn(serial), ..pupil }
}

fn leaver(pupil: RosterPupil) -> RosterPupil {
    RosterPupil { status: PupilStatus::Leaver, ..pupil }
}

fn account_born(date: &str, account: Account) -> Account {
    Account { date_of_birth: day(date), ..account }
}

fn account_upn(serial: u32, account: Account) -> Account {
    Account { upn: upn(serial), ..account }
}

fn linked(to: &str, account: Account) -> Account {
    Account { link: link(to), ..account }
}

fn answer(kind: PersonKind, id: &str, same_as: Option<u128>) -> StoredResolution {
    let about = KnownThen::default();
    StoredResolution {
        kind,
        mis: Some(MIS.into()),
        ids: ids(id),
        about,
        same_as: same_as.map(account_id),
    }
}

const EARLY: &str = "2017-09-02";
const LATE: &str = "2018-08-30";

#[test]
fn links() {
    let amy = || pupil("1", "Amy", "Hill");
    let mut renumbered = pupil("77", "Amy", "Hill");
    renumbered.ids.xid = ids("1").xid;
    let mut only_plain = pupil("1", "Amy", "Hill");
    only_plain.ids.xid = None;
    only_plain.ids.external_id = None;
    let mut only_guid = pupil("5", "Amy", "Hill");
    only_guid.ids.xid = None;
    only_guid.ids.external_id = ids("1").external_id;
    let mut other_guid = pupil("1", "Zac", "Moss");
    other_guid.ids = ids("1");
    other_guid.ids.xid = None;
    other_guid.ids.external_id = Some("another".into());
    let in_other_mis = |case: Case| Case { mis: "arbor", ..case };
    check(vec![
        pupils(
            "a stored link",
            vec![amy()],
            vec![linked("1", account(1, "Amy", "Hill"))],
            &["1 by Link"],
        ),
        pupils(
            "a link stands when only the surname changed",
            vec![pupil("1", "Amy", "Wood")],
            vec![linked("1", account(1, "Amy", "Hill"))],
            &["1 by Link"],
        ),
        pupils(
            "a link stands when both names changed but the birth date agrees",
            vec![born(EARLY, pupil("1", "Zac", "Moss"))],
            vec![account_born(EARLY, linked("1", account(1, "Amy", "Hill")))],
            &["1 by Link"],
        ),
        pupils(
            "a link whose name and birth date changed is asked about where the UPN agrees",
            vec![with_upn(1, born(LATE, pupil("1", "Zac", "Moss")))],
            vec![account_upn(1, account_born(EARLY, linked("1", account(1, "Amy", "Hill"))))],
            &["ask 1"],
        ),
        pupils(
            "a link stands when the birth date was corrected",
            vec![born(LATE, amy())],
            vec![account_born(EARLY, linked("1", account(1, "Amy", "Hill")))],
            &["1 by Link"],
        ),
        pupils(
            "a link with another name and birth date is void",
            vec![born(LATE, pupil("1", "Zac", "Moss"))],
            vec![account_born(EARLY, linked("1", account(1, "Amy", "Hill")))],
            &["new"],
        ),
        pupils(
            "a link with another name and UPN is void",
            vec![with_upn(2, pupil("1", "Zac", "Moss"))],
            vec![account_upn(1, linked("1", account(1, "Amy", "Hill")))],
            &["new"],
        ),
        pupils(
            "a link with two other names and nothing else known is asked about",
            vec![pupil("1", "Zac", "Moss")],
            vec![linked("1", account(1, "Amy", "Hill"))],
            &["ask 1"],
        ),
        pupils(
            "a plain id with another GUID and another name is another child",
            vec![RosterPupil {
                forename: "Zoe".into(),
                surname: "Hill".into(),
                ..other_guid.clone()
            }],
            vec![linked("1", account(1, "Amy", "Hill"))],
            &["new"],
        ),
        pupils(
            "Xporter's id counts when the MIS's has changed",
            vec![renumbered],
            vec![linked("1", account(1, "Amy", "Hill"))],
            &["1 by Link"],
        ),
        pupils(
            "the GUID counts when the plain id has changed",
            vec![only_guid],
            vec![linked("1", account(1, "Amy", "Hill"))],
            &["1 by Link"],
        ),
        pupils(
            "the plain id counts within one MIS",
            vec![only_plain.clone()],
            vec![linked("1", account(1, "Amy", "Hill"))],
            &["1 by Link"],
        ),
        in_other_mis(pupils(
            "the plain id of another MIS is another child",
            vec![RosterPupil { forename: "Zac".into(), surname: "Moss".into(), ..only_plain }],
            vec![linked("1", account(1, "Amy", "Hill"))],
            &["new"],
        )),
        pupils(
            "a link brings an account back from the trash",
            vec![amy()],
            vec![in_trash(linked("1", account(1, "Amy", "Hill")))],
            &["1 by Link"],
        ),
        pupils(
            "an active account comes before one in the trash",
            vec![amy()],
            vec![
                in_trash(linked("1", account(1, "Amy", "Hill"))),
                linked("1", account(2, "Amy", "Hill")),
            ],
            &["2 by Link"],
        ),
        pupils(
            "two active accounts of one link are asked about",
            vec![amy()],
            vec![linked("1", account(1, "Amy", "Hill")), linked("1", account(2, "Amy", "Hill"))],
            &["ask 1 2"],
        ),
        pupils(
            "a link comes before a UPN",
            vec![with_upn(5, amy())],
            vec![linked("1", account(1, "Amy", "Hill")), account_upn(5, account(2, "Amy", "Hill"))],
            &["1 by Link"],
        ),
        pupils(
            "a reused number goes to the child of the UPN",
            vec![with_upn(2, pupil("1", "Zac", "Moss")), with_upn(1, pupil("9", "Amy", "Hill"))],
            vec![account_upn(1, linked("1", account(1, "Amy", "Hill")))],
            &["new", "1 by Upn"],
        ),
        pupils(
            "an id that stands twice matches nobody",
            vec![pupil("1", "Zac", "Moss"), pupil("1", "Amy", "Wood")],
            vec![linked("1", account(1, "Una", "Field"))],
            &["twice", "twice"],
        ),
        pupils(
            "a leaver is matched by link",
            vec![leaver(amy())],
            vec![linked("1", account(1, "Amy", "Hill"))],
            &["1 by Link"],
        ),
        pupils(
            "a leaver without an account is nobody's duplicate",
            vec![leaver(amy())],
            vec![account(1, "Amy", "Hill")],
            &["new"],
        ),
    ]);
}

#[test]
fn upns() {
    let mut former = with_upn(9, pupil("1", "Amy", "Hill"));
    former.former_upn = upn(1);
    let mut temporary = pupil("1", "Amy", "Hill");
    temporary.upn = Some("A32811022501A".into());
    let mut wrong = pupil("1", "Amy", "Moss");
    wrong.upn = Some("B000000000000".into());
    let wrong_account = Account { upn: Some("B000000000000".into()), ..account(1, "Zac", "Field") };
    check(vec![
        pupils(
            "the same UPN",
            vec![with_upn(1, pupil("1", "Amy", "Hill"))],
            vec![account_upn(1, account(1, "Amy", "Hill"))],
            &["1 by Upn"],
        ),
        pupils(
            "the same UPN under another name",
            vec![with_upn(1, pupil("1", "Amy", "Wood"))],
            vec![account_upn(1, account(1, "Amy", "Hill"))],
            &["1 by Upn"],
        ),
        pupils(
            "the same UPN, written with spaces and small letters",
            vec![RosterPupil {
                upn: upn(1).map(|u| format!(" {} ", u.to_lowercase())),
                ..pupil("1", "Amy", "Hill")
            }],
            vec![account_upn(1, account(1, "Amy", "Hill"))],
            &["1 by Upn"],
        ),
        pupils(
            "the former UPN",
            vec![former.clone()],
            vec![account_upn(1, account(1, "Amy", "Hill"))],
            &["1 by FormerUpn"],
        ),
        pupils(
            "an account's former UPN",
            vec![with_upn(1, pupil("1", "Amy", "Hill"))],
            vec![Account { former_upn: upn(1), ..account_upn(9, account(1, "Amy", "Hill")) }],
            &["1 by FormerUpn"],
        ),
        pupils(
            "the UPN before the former one",
            vec![
                with_upn(1, pupil("1", "Amy", "Hill")),
                RosterPupil { former_upn: upn(1), ..pupil("2", "Ben", "Wood") },
            ],
            vec![account_upn(1, account(1, "Amy", "Hill"))],
            &["1 by Upn", "new"],
        ),
        pupils(
            "the same UPN with another name and birth date is asked about",
            vec![with_upn(1, born(LATE, pupil("1", "Zac", "Moss")))],
            vec![account_upn(1, account_born(EARLY, account(1, "Amy", "Hill")))],
            &["ask 1"],
        ),
        pupils(
            "a UPN that stands twice matches nobody",
            vec![with_upn(1, pupil("1", "Zac", "Moss")), with_upn(1, pupil("2", "Ben", "Wood"))],
            vec![account_upn(1, account(1, "Amy", "Hill"))],
            &["twice", "twice"],
        ),
        pupils(
            "a UPN that stands twice leaves links alone",
            vec![with_upn(1, pupil("1", "Amy", "Hill")), with_upn(1, pupil("2", "Ben", "Wood"))],
            vec![account_upn(1, linked("1", account(1, "Amy", "Hill")))],
            &["1 by Link", "twice"],
        ),
        pupils(
            "a UPN with a wrong check letter matches nobody",
            vec![wrong],
            vec![wrong_account],
            &["new"],
        ),
        pupils(
            "another UPN tells namesakes apart",
            vec![with_upn(2, pupil("1", "Amy", "Hill"))],
            vec![account_upn(1, account(1, "Amy", "Hill"))],
            &["new"],
        ),
        pupils(
            "a temporary UPN proves nothing",
            vec![with_upn(2, pupil("1", "Amy", "Hill"))],
            vec![Account { upn: temporary_upn(), ..account(1, "Amy", "Hill") }],
            &["sure 1"],
        ),
        pupils(
            "a UPN brings an account back from the trash",
            vec![with_upn(1, pupil("1", "Amy", "Hill"))],
            vec![in_trash(account_upn(1, account(1, "Amy", "Hill")))],
            &["1 by Upn"],
        ),
        pupils(
            "a pupil who left and came back has two rows",
            vec![
                leaver(with_upn(1, pupil("1", "Amy", "Hill"))),
                with_upn(1, pupil("2", "Amy", "Hill")),
            ],
            vec![account_upn(1, linked("1", account(1, "Amy", "Hill")))],
            &["new", "1 by Upn"],
        ),
        pupils(
            "an account that two may have had before is no leaver's",
            vec![
                RosterPupil { former_upn: upn(1), ..pupil("1", "Amy", "Hill") },
                RosterPupil { former_upn: upn(1), ..pupil("2", "Amy", "Hill-Wood") },
                leaver(with_upn(1, pupil("8", "Amy", "Hill"))),
            ],
            vec![account_upn(1, linked("4", account(1, "Amy", "Hill")))],
            &["ask 1", "ask 1", "new"],
        ),
        pupils(
            "nor when the leaver is linked to it",
            vec![
                RosterPupil { former_upn: upn(1), ..pupil("2", "Amy", "Hill") },
                RosterPupil { former_upn: upn(1), ..pupil("3", "Amy", "Hill-Wood") },
                leaver(with_upn(1, pupil("9", "Amy", "Hill"))),
            ],
            vec![account_upn(1, linked("9", account(1, "Amy", "Hill")))],
            &["ask 1", "ask 1", "new"],
        ),
        pupils(
            "a former UPN of two is nobody's, also once one of them is linked",
            vec![
                RosterPupil { former_upn: upn(1), ..pupil("1", "Amy", "Hill") },
                RosterPupil { former_upn: upn(1), ..pupil("3", "Amy", "Hill-Wood") },
            ],
            vec![account_upn(1, account(1, "Zoe", "Hill")), linked("1", account(2, "Amy", "Hill"))],
            &["2 by Link", "ask 1"],
        ),
        pupils(
            "a leaver's UPN finds only linked accounts",
            vec![leaver(with_upn(1, pupil("1", "Amy", "Hill")))],
            vec![account_upn(1, account(1, "Amy", "Hill"))],
            &["new"],
        ),
    ]);
}

/// A temporary UPN with a right check letter.
fn temporary_upn() -> Option<String> {
    "ABCDEFGHJKLMNPQRTUVWXYZ"
        .chars()
        .map(|letter| format!("{letter}32811022501A"))
        .find(|text| crate::sync::upn::Upn::is_valid(text))
}

#[test]
fn names_and_birth_dates() {
    let mut legal = born(EARLY, pupil("1", "Bella", "Hill"));
    legal.legal_forename = Some("Isabella".into());
    check(vec![
        pupils(
            "the same name and birth date",
            vec![born(EARLY, pupil("1", "Amy", "Hill"))],
            vec![account_born(EARLY, account(1, "Amy", "Hill"))],
            &["1 by NameAndBirthDate"],
        ),
        pupils(
            "accents and capitals do not count",
            vec![born(EARLY, pupil("1", "ZOË", "O’BRIEN"))],
            vec![account_born(EARLY, account(1, "Zoe", "O'Brien"))],
            &["1 by NameAndBirthDate"],
        ),
        pupils(
            "the legal name counts",
            vec![legal],
            vec![account_born(EARLY, account(1, "Isabella", "Hill"))],
            &["1 by NameAndBirthDate"],
        ),
        pupils(
            "an account of another MIS id is the same child",
            vec![born(EARLY, pupil("1", "Amy", "Hill"))],
            vec![linked("99", account_born(EARLY, account(1, "Amy", "Hill")))],
            &["1 by NameAndBirthDate"],
        ),
        pupils(
            "another UPN may be a correction where name and birth date agree",
            vec![with_upn(1, born(EARLY, pupil("1", "Amy", "Hill")))],
            vec![account_upn(2, account_born(EARLY, account(1, "Amy", "Hill")))],
            &["1 by NameAndBirthDate"],
        ),
        pupils(
            "twins of one name in the feed are asked about",
            vec![born(EARLY, pupil("1", "Amy", "Hill")), born(EARLY, pupil("2", "Amy", "Hill"))],
            vec![account_born(EARLY, account(1, "Amy", "Hill"))],
            &["ask 1", "ask 1"],
        ),
        pupils(
            "two accounts of one name and birth date are asked about",
            vec![born(EARLY, pupil("1", "Amy", "Hill"))],
            vec![
                account_born(EARLY, account(1, "Amy", "Hill")),
                account_born(EARLY, account(2, "Amy", "Hill")),
            ],
            &["ask 1 2"],
        ),
        pupils(
            "an account in the trash comes back",
            vec![born(EARLY, pupil("1", "Amy", "Hill"))],
            vec![in_trash(account_born(EARLY, account(1, "Amy", "Hill")))],
            &["1 by NameAndBirthDate"],
        ),
        pupils(
            "another birth date is another child",
            vec![born(LATE, pupil("1", "Amy", "Hill"))],
            vec![account_born(EARLY, account(1, "Amy", "Hill"))],
            &["new"],
        ),
        pupils(
            "twins with different forenames are told apart",
            vec![born(EARLY, pupil("1", "Amy", "Hill")), born(EARLY, pupil("2", "Ben", "Hill"))],
            vec![account_born(EARLY, account(1, "Ben", "Hill"))],
            &["new", "1 by NameAndBirthDate"],
        ),
    ]);
}

#[test]
fn possible_duplicates() {
    let in_class = |account: Account| Account { year: None, class: Some(class_id(4)), ..account };
    let with_class =
        |case: Case| with_state(case, |state| state.classes.push(class(4, "CLASS 4", None)));
    let year = |n: u8, account: Account| Account { year: YearGroup::year(n), ..account };
    let rollover = |case: Case| with_state(case, |state| state.last_applied = Some(last_year()));
    check(vec![
        pupils(
            "the same name and year is a sure one",
            vec![pupil("1", "Amy", "Hill")],
            vec![account(1, "Amy", "Hill")],
            &["sure 1"],
        ),
        pupils(
            "the same name in another year is asked about",
            vec![pupil("1", "Amy", "Hill")],
            vec![year(6, account(1, "Amy", "Hill"))],
            &["ask 1"],
        ),
        with_class(pupils(
            "the same name and class is a sure one",
            vec![pupil("1", "Amy", "Hill")],
            vec![in_class(account(1, "Amy", "Hill"))],
            &["sure 1"],
        )),
        rollover(pupils(
            "in a rollover the year before is expected",
            vec![pupil("1", "Amy", "Hill")],
            vec![year(3, account(1, "Amy", "Hill"))],
            &["sure 1"],
        )),
        rollover(pupils(
            "in a rollover the same year is not",
            vec![pupil("1", "Amy", "Hill")],
            vec![account(1, "Amy", "Hill")],
            &["ask 1"],
        )),
        pupils(
            "two namesakes in the feed are not sure",
            vec![pupil("1", "Amy", "Hill"), pupil("2", "Amy", "Hill")],
            vec![account(1, "Amy", "Hill")],
            &["ask 1", "ask 1"],
        ),
        pupils(
            "two namesakes among the accounts are not sure",
            vec![pupil("1", "Amy", "Hill")],
            vec![account(1, "Amy", "Hill"), account(2, "Amy", "Hill")],
            &["ask 1 2"],
        ),
        pupils(
            "a namesake who is linked to someone else is nobody's candidate",
            vec![pupil("1", "Amy", "Hill"), pupil("2", "Amy", "Hill")],
            vec![linked("1", account(1, "Amy", "Hill"))],
            &["1 by Link", "new"],
        ),
        pupils(
            "a short form is asked about",
            vec![pupil("1", "Samuel", "Hill")],
            vec![account(1, "Sam", "Hill")],
            &["ask 1"],
        ),
        pupils(
            "a nickname is asked about",
            vec![pupil("1", "Elizabeth", "Hill")],
            vec![account(1, "Beth", "Hill")],
            &["ask 1"],
        ),
        pupils(
            "half of a double-barrelled name is asked about",
            vec![pupil("1", "Amy", "Hill-Jones")],
            vec![account(1, "Amy", "Jones")],
            &["ask 1"],
        ),
        pupils(
            "names changed round are asked about",
            vec![pupil("1", "Hill", "Amy")],
            vec![account(1, "Amy", "Hill")],
            &["ask 1"],
        ),
        pupils(
            "a similar name three years away is somebody else",
            vec![pupil("1", "Samuel", "Hill")],
            vec![year(1, account(1, "Sam", "Hill"))],
            &["new"],
        ),
        pupils(
            "the same name in the trash is asked about",
            vec![pupil("1", "Amy", "Hill")],
            vec![in_trash(account(1, "Amy", "Hill"))],
            &["ask 1"],
        ),
        pupils(
            "a leaver of the same name, linked, is asked about",
            vec![pupil("1", "Amy", "Hill")],
            vec![linked("9", account(1, "Amy", "Hill"))],
            &["sure 1"],
        ),
        pupils(
            "a namesake of a leaver whom the MIS still names may be the leaver, back again",
            vec![leaver(pupil("9", "Amy", "Hill")), pupil("1", "Amy", "Hill")],
            vec![linked("9", account(1, "Amy", "Hill"))],
            &["sure 1", "new"],
        ),
        pupils(
            "another name is new",
            vec![pupil("1", "Amy", "Hill")],
            vec![account(1, "Ben", "Hill")],
            &["new"],
        ),
        pupils(
            "nobody is asked about those who are not imported",
            vec![RosterPupil { year_group: Some("y9".into()), ..pupil("1", "Amy", "Hill") }],
            vec![account(1, "Amy", "Hill")],
            &["new"],
        ),
    ]);
}

#[test]
fn answers() {
    let amy = || vec![pupil("1", "Amy", "Hill")];
    let same = |state: &mut SchoolState| {
        state.resolutions.push(answer(PersonKind::Pupil, "1", Some(1)));
    };
    let new = |state: &mut SchoolState| {
        state.resolutions.push(answer(PersonKind::Pupil, "1", None));
    };
    check(vec![
        with_state(
            pupils("the same person as", amy(), vec![account(1, "Amy", "Hill")], &["1 by Answer"]),
            same,
        ),
        with_state(pupils("someone new", amy(), vec![account(1, "Amy", "Hill")], &["new"]), new),
        with_state(
            pupils(
                "someone new is not made twice",
                amy(),
                vec![linked("1", account(2, "Amy", "Hill")), account(1, "Amy", "Hill")],
                &["2 by Link"],
            ),
            new,
        ),
        with_state(
            pupils(
                "an answer about an account that is gone is void",
                amy(),
                vec![account(2, "Amy", "Hill")],
                &["sure 2"],
            ),
            same,
        ),
        with_state(
            pupils(
                "an answer loses to a link",
                vec![pupil("1", "Amy", "Hill"), pupil("2", "Amy", "Hill")],
                vec![linked("2", account(1, "Amy", "Hill"))],
                &["new", "1 by Link"],
            ),
            same,
        ),
        with_state(
            pupils(
                "an answer settles a link that is contradicted",
                vec![born(LATE, pupil("1", "Zac", "Moss"))],
                vec![account_born(EARLY, linked("1", account(1, "Amy", "Hill")))],
                &["1 by Answer"],
            ),
            same,
        ),
        with_state(
            pupils(
                "an answer of staff is not about pupils",
                amy(),
                vec![account(1, "Amy", "Hill")],
                &["sure 1"],
            ),
            |state| state.resolutions.push(answer(PersonKind::Staff, "1", None)),
        ),
        with_state(
            pupils(
                "once one of two namesakes is settled the other is new",
                vec![pupil("1", "Amy", "Hill"), pupil("2", "Amy", "Hill")],
                vec![account(1, "Amy", "Hill")],
                &["1 by Answer", "new"],
            ),
            same,
        ),
    ]);
}

#[test]
fn members_of_staff() {
    let jane = || teacher("1", "Jane", "Smith");
    let mail = "smith@waterside.example";
    let same_mail = |mut one: RosterStaff| {
        one.work_email = Some(mail.into());
        one
    };
    check(vec![
        staff(
            "a stored link",
            vec![jane()],
            vec![linked("1", staff_account(1, "Jane", "Smith", "x@y.example"))],
            &["1 by Link"],
        ),
        staff(
            "a link stands after a marriage",
            vec![teacher("1", "Jane", "Jones")],
            vec![linked("1", staff_account(1, "Jane", "Smith", mail))],
            &["1 by Link"],
        ),
        staff(
            "a link with two other names and another e-mail is asked about",
            vec![teacher("1", "Paul", "Jones")],
            vec![linked("1", staff_account(1, "Jane", "Smith", mail))],
            &["ask 1"],
        ),
        staff(
            "the same e-mail",
            vec![jane()],
            vec![staff_account(1, "Jane", "Smyth", mail)],
            &["1 by Email"],
        ),
        staff(
            "capitals of an e-mail do not count",
            vec![jane()],
            vec![staff_account(1, "Jane", "S", "SMITH@Waterside.example")],
            &["1 by Email"],
        ),
        staff(
            "the e-mail of an admin of another name is asked about",
            vec![jane()],
            vec![Account { role: Role::Admin, ..staff_account(1, "Head", "", mail) }],
            &["ask 1"],
        ),
        staff(
            "a shared e-mail matches nobody",
            vec![jane(), same_mail(teacher("2", "Paul", "Jones"))],
            vec![staff_account(1, "Una", "Field", mail)],
            &["new", "new"],
        ),
        staff(
            "the same name, only once on both sides, is a sure one",
            vec![jane()],
            vec![staff_account(1, "Jane", "Smith", "x@y.example")],
            &["sure 1"],
        ),
        staff(
            "an initial is asked about",
            vec![jane()],
            vec![staff_account(1, "J", "Smith", "x@y.example")],
            &["ask 1"],
        ),
        staff(
            "an e-mail in the trash brings the account back",
            vec![jane()],
            vec![in_trash(staff_account(1, "Jane", "Smith", mail))],
            &["1 by Email"],
        ),
        staff(
            "a pupil's account is never a teacher's",
            vec![jane()],
            vec![account(1, "Jane", "Smith")],
            &["new"],
        ),
        staff(
            "somebody who has left is matched by link",
            vec![RosterStaff { status: StaffStatus::Previous, ..jane() }],
            vec![linked("1", staff_account(1, "Jane", "Smith", mail))],
            &["1 by Link"],
        ),
        staff(
            "a successor at a leaver's address is not the leaver",
            vec![
                RosterStaff { status: StaffStatus::Previous, ..jane() },
                same_mail(teacher("2", "Paul", "Jones")),
            ],
            vec![linked("1", staff_account(1, "Jane", "Smith", mail))],
            &["1 by Link", "new"],
        ),
        staff(
            "a successor at the address of somebody who is gone is asked about",
            vec![same_mail(teacher("2", "Paul", "Jones"))],
            vec![linked("1", staff_account(1, "Jane", "Smith", mail))],
            &["ask 1"],
        ),
        staff(
            "somebody who left and came back has two rows",
            vec![
                RosterStaff { status: StaffStatus::Previous, ..jane() },
                teacher("2", "Jane", "Smith"),
            ],
            vec![linked("1", staff_account(1, "Jane", "Smith", mail))],
            &["new", "1 by Email"],
        ),
    ]);
}

#[test]
fn kinds_of_people_that_every_school_has() {
    let mail = "smith@waterside.example";
    let shared = |id: &str, forename: &str, surname: &str| RosterStaff {
        work_email: Some("office@waterside.example".into()),
        ..teacher(id, forename, surname)
    };
    let adopted = |pupil: RosterPupil| RosterPupil {
        former_upn: upn(1),
        upn: upn(2),
        forename: "Grace".into(),
        surname: "Moss".into(),
        ..pupil
    };
    let known = || account_upn(1, account_born(EARLY, linked("1", account(1, "Amy", "Hill"))));
    let in_other_mis = |case: Case| Case { mis: "arbor", ..case };
    check(vec![
        pupils(
            "a pupil adopted under the same number has new names and a new UPN",
            vec![adopted(born(EARLY, pupil("1", "Amy", "Hill")))],
            vec![known()],
            &["1 by Link"],
        ),
        in_other_mis(pupils(
            "a pupil adopted before a change of MIS is asked about by the former UPN",
            vec![RosterPupil { ids: ids("77"), ..adopted(born(EARLY, pupil("1", "Amy", "Hill"))) }],
            vec![known()],
            &["ask 1"],
        )),
        in_other_mis(pupils(
            "a pupil adopted with nothing left of before is new",
            vec![RosterPupil { upn: upn(2), ..pupil("77", "Grace", "Moss") }],
            vec![known()],
            &["new"],
        )),
        pupils(
            "a link with another surname is asked about where a namesake of before has come",
            vec![pupil("1", "Amy", "Wood"), pupil("2", "Amy", "Hill")],
            vec![linked("1", account(1, "Amy", "Hill"))],
            &["ask 1", "ask 1"],
        ),
        pupils(
            "twins of one initial are told apart by their own numbers",
            vec![born(EARLY, pupil("1", "Adam", "Hill")), born(EARLY, pupil("2", "Alan", "Hill"))],
            vec![
                account_born(EARLY, linked("2", account(1, "Alan", "Hill"))),
                account_born(EARLY, linked("1", account(2, "Adam", "Hill"))),
            ],
            &["2 by Link", "1 by Link"],
        ),
        in_other_mis(pupils(
            "twins whose forenames are exchanged go by UPN after a change of MIS",
            vec![
                with_upn(2, born(EARLY, pupil("71", "Adam", "Hill"))),
                with_upn(1, born(EARLY, pupil("72", "Alan", "Hill"))),
            ],
            vec![
                account_upn(1, account_born(EARLY, linked("1", account(1, "Alan", "Hill")))),
                account_upn(2, account_born(EARLY, linked("2", account(2, "Adam", "Hill")))),
            ],
            &["2 by Upn", "1 by Upn"],
        )),
        pupils(
            "namesakes of one year are told apart by birth date",
            vec![born(EARLY, pupil("1", "Amy", "Hill")), born(LATE, pupil("2", "Amy", "Hill"))],
            vec![
                account_born(LATE, account(1, "Amy", "Hill")),
                account_born(EARLY, account(2, "Amy", "Hill")),
            ],
            &["2 by NameAndBirthDate", "1 by NameAndBirthDate"],
        ),
        pupils(
            "a parent on the staff is nobody's child",
            vec![pupil("1", "Jane", "Smith")],
            vec![linked("1", staff_account(1, "Jane", "Smith", mail))],
            &["new"],
        ),
        Case {
            staff: vec![teacher("1", "Jane", "Smith")],
            ..pupils(
                "mother and daughter of one name and one number each keep their own account",
                vec![pupil("1", "Jane", "Smith")],
                vec![
                    linked("1", account(1, "Jane", "Smith")),
                    linked("1", staff_account(2, "Jane", "Smith", mail)),
                ],
                &["1 by Link", "2 by Link"],
            )
        },
        staff(
            "people of one office address are known by their links",
            vec![shared("1", "Jane", "Smith"), shared("2", "Paul", "Jones")],
            vec![
                linked("2", staff_account(1, "Paul", "Jones", "office@waterside.example")),
                linked("1", staff_account(2, "Jane", "Smith", mail)),
            ],
            &["2 by Link", "1 by Link"],
        ),
        in_other_mis(staff(
            "people of one office address are sure ones by name after a change of MIS",
            vec![shared("71", "Jane", "Smith"), shared("72", "Paul", "Jones")],
            vec![
                linked("2", staff_account(1, "Paul", "Jones", "office@waterside.example")),
                linked("1", staff_account(2, "Jane", "Smith", mail)),
            ],
            &["sure 2", "sure 1"],
        )),
        in_other_mis(staff(
            "a marriage before a change of MIS, with the address of before, is asked about",
            vec![RosterStaff { work_email: Some(mail.into()), ..teacher("71", "Jane", "Jones") }],
            vec![linked("1", staff_account(1, "Jane", "Smith", mail))],
            &["ask 1"],
        )),
        in_other_mis(pupils(
            "a pupil in the trash comes back by UPN after a change of MIS",
            vec![with_upn(1, pupil("71", "Amy", "Hill"))],
            vec![in_trash(account_upn(1, linked("1", account(1, "Amy", "Hill"))))],
            &["1 by Upn"],
        )),
        with_state(
            pupils(
                "a person resolved stays resolved once the account is linked",
                vec![pupil("1", "Samuel", "Hill")],
                vec![linked("1", account(1, "Sam", "Hill")), account(2, "Samuel", "Hill")],
                &["1 by Link"],
            ),
            |state| state.resolutions.push(answer(PersonKind::Pupil, "1", Some(1))),
        ),
        with_state(
            pupils(
                "somebody said to be new stays new after they have been made",
                vec![pupil("1", "Amy", "Hill")],
                vec![account(1, "Amy", "Hill"), linked("1", account(2, "Amy", "Hill"))],
                &["2 by Link"],
            ),
            |state| state.resolutions.push(answer(PersonKind::Pupil, "1", None)),
        ),
    ]);
}
