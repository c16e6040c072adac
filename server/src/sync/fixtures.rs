//! Small schools for tests, and the applying of a plan in memory.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{AccountStatus, ClassKind, Role};
use rollcall_shared::plan::PersonField;
use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::{PupilScope, Settings, YearMapping};
use rollcall_shared::year_group::{YearGroup, YearTarget};
use uuid::Uuid;

use super::accounts::{Account, Class, LastApplied, MisLink, SchoolState};
use super::plan::{ClassChange, Plan};
use super::planner::{Inputs, plan};
use super::roster::{
    MisIds, PupilStatus, Roster, RosterGroup, RosterPupil, RosterStaff, StaffStatus,
};
use crate::xod::Counts;

pub const MIS: &str = "simsnet";

/// The fields that an admin can change by hand.
pub const BY_HAND: [PersonField; 6] = [
    PersonField::Forename,
    PersonField::Surname,
    PersonField::Role,
    PersonField::Email,
    PersonField::Year,
    PersonField::Class,
];

pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 9, 7, 8, 0, 0).unwrap()
}

pub fn day(text: &str) -> Option<NaiveDate> {
    Some(text.parse().unwrap())
}

/// A UPN with a right check letter: school 3281102, the given serial number.
pub fn upn(serial: u32) -> Option<String> {
    let rest = format!("3281102{:02}{:03}", serial / 1000 % 100, serial % 1000);
    let sum: usize = rest
        .chars()
        .zip(2..)
        .map(|(digit, weight)| digit.to_digit(10).unwrap() as usize * weight)
        .sum();
    let letter = char::from(b"ABCDEFGHJKLMNPQRTUVWXYZ"[sum % 23]);
    Some(format!("{letter}{rest}"))
}

pub fn ids(id: &str) -> MisIds {
    MisIds {
        id: id.into(),
        external_id: Some(format!("guid-{id}")),
        xid: Some(format!("xid-{id}")),
    }
}

pub fn link(id: &str) -> Option<MisLink> {
    Some(MisLink { mis: Some(MIS.into()), ids: ids(id) })
}

/// A pupil in year group "y4", class "c4".
pub fn pupil(id: &str, forename: &str, surname: &str) -> RosterPupil {
    RosterPupil {
        ids: ids(id),
        forename: forename.into(),
        surname: surname.into(),
        legal_forename: None,
        legal_surname: None,
        is_name_cut: false,
        date_of_birth: None,
        upn: None,
        former_upn: None,
        status: PupilStatus::OnRoll,
        year_group: Some("y4".into()),
        class: Some("c4".into()),
        starts_on: None,
        enrolment: None,
    }
}

/// A teacher with a work e-mail.
pub fn teacher(id: &str, forename: &str, surname: &str) -> RosterStaff {
    RosterStaff {
        ids: ids(id),
        forename: forename.into(),
        surname: surname.into(),
        is_name_cut: false,
        work_email: Some(format!("{}@waterside.example", surname.to_lowercase())),
        home_email: None,
        is_teacher: Some(true),
        status: StaffStatus::Current,
    }
}

pub fn group(id: &str, name: &str) -> RosterGroup {
    RosterGroup {
        ids: ids(id),
        name: name.into(),
        code: None,
        subject: None,
        pupils: BTreeSet::new(),
        staff: BTreeSet::new(),
    }
}

/// A school with Years 3 to 6, each with one class (`c3` … `c6`), and these people.
pub fn roster(pupils: Vec<RosterPupil>, staff: Vec<RosterStaff>) -> Roster {
    let mut roster = Roster {
        read_at: now(),
        mis: Some(MIS.into()),
        academic_year: Some(2026),
        unread_year: None,
        scopes: Scope::ALL.into_iter().collect(),
        pupil_scope: PupilScope::default(),
        pupils,
        staff,
        year_groups: (3..=6).map(|n| group(&format!("y{n}"), &format!("Year  {n}"))).collect(),
        classes: (3..=6).map(|n| group(&format!("c{n}"), &format!("Class {n}"))).collect(),
        subject_groups: Vec::new(),
        withheld_pupils: BTreeSet::new(),
        withheld_staff: BTreeSet::new(),
        other_ids_of_withheld: BTreeMap::new(),
        only_listed: false,
        list_fingerprint: None,
        groups_listed: None,
        not_shared: BTreeSet::new(),
        may_be_narrowed: false,
        counts: Counts::default(),
        marks: None,
    };
    fill_classes(&mut roster);
    roster
}

/// Makes the groups' members those whose own rows name the group.
pub fn fill_classes(roster: &mut Roster) {
    for class in &mut roster.classes {
        class.pupils = roster
            .pupils
            .iter()
            .filter(|pupil| pupil.class.as_ref() == Some(&class.ids.id))
            .map(|pupil| pupil.ids.id.clone())
            .collect();
    }
}

/// The proposed settings, with Years 3 to 6 decided.
pub fn settings() -> Settings {
    Settings {
        year_mappings: (3..=6)
            .map(|n| YearMapping {
                name: format!("Year  {n}"),
                code: None,
                target: YearTarget::Import(YearGroup::year(n).unwrap()),
            })
            .collect(),
        ..Settings::default()
    }
}

pub fn account_id(id: u128) -> AccountId {
    AccountId(Uuid::from_u128(id))
}

pub fn class_id(id: u128) -> ClassId {
    ClassId(Uuid::from_u128(id))
}

/// A pupil's account made by hand: names and year only.
pub fn account(id: u128, forename: &str, surname: &str) -> Account {
    Account {
        id: account_id(id),
        role: Role::Pupil,
        status: AccountStatus::Active,
        forename: forename.into(),
        surname: surname.into(),
        legal_forename: None,
        legal_surname: None,
        username: format!("user{id}"),
        email: None,
        kept: BTreeSet::new(),
        year: YearGroup::year(4),
        class: None,
        groups: BTreeSet::new(),
        upn: None,
        former_upn: None,
        date_of_birth: None,
        link: None,
        waiting: None,
        left_at: None,
        purge_on: None,
    }
}

/// A teacher's account made by hand.
pub fn staff_account(id: u128, forename: &str, surname: &str, email: &str) -> Account {
    Account {
        role: Role::Teacher,
        email: Some(email.into()),
        year: None,
        ..account(id, forename, surname)
    }
}

pub fn in_trash(account: Account) -> Account {
    Account {
        status: AccountStatus::Trash,
        left_at: Some(now()),
        purge_on: day("2027-07-01"),
        ..account
    }
}

pub fn class(id: u128, name: &str, linked: Option<&str>) -> Class {
    Class {
        id: class_id(id),
        kind: ClassKind::Class,
        name: name.into(),
        subject: None,
        link: linked.and_then(link),
    }
}

pub fn state(accounts: Vec<Account>) -> SchoolState {
    SchoolState { accounts, retention_months: 12, ..SchoolState::default() }
}

/// What a run of last school year left behind.
pub fn last_year() -> LastApplied {
    LastApplied {
        mis: Some(MIS.into()),
        academic_year: Some(2025),
        scopes: Scope::ALL.into_iter().collect(),
        top_year: YearGroup::year(6),
        people: BTreeMap::new(),
        groups_listed: None,
        kept: BTreeSet::new(),
        leavings_wait: false,
        came_by: BTreeMap::new(),
        outgrown: BTreeSet::new(),
        open_rollover: None,
        odd_year: None,
        unconfirmed_leavers: BTreeSet::new(),
    }
}

pub fn planned(roster: &Roster, state: &SchoolState) -> Plan {
    planned_with(roster, &settings(), state)
}

pub fn planned_with(roster: &Roster, settings: &Settings, state: &SchoolState) -> Plan {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    plan(Inputs { roster, settings, state, now: now() }, &mut rng)
}

/// Applies a plan in memory, as the worker does in the database.
pub fn apply(state: &mut SchoolState, plan: &Plan) {
    for action in plan.classes.iter().filter(|action| action.change != ClassChange::Unchanged) {
        let class = action.after();
        match state.classes.iter_mut().find(|class| class.id == action.id) {
            Some(known) => *known = class,
            None => state.classes.push(class),
        }
    }
    let mut places: BTreeMap<AccountId, usize> =
        state.accounts.iter().enumerate().map(|(place, a)| (a.id, place)).collect();
    for action in plan.people.iter().filter_map(|person| person.action.as_ref()) {
        match places.get(&action.after.id) {
            Some(place) => {
                assert_eq!(Some(&state.accounts[*place]), action.before.as_ref());
                if state.accounts[*place].username != action.after.username {
                    reserve(state, &action.after);
                }
                state.accounts[*place] = action.after.clone();
            }
            None => {
                assert_eq!(action.before, None);
                places.insert(action.after.id, state.accounts.len());
                state.accounts.push(action.after.clone());
                reserve(state, &action.after);
            }
        }
    }
    state.accounts.sort_by_key(|account| account.id);
    state.classes.sort_by_key(|class| class.id);
    state.last_applied = Some(plan.to_remember.clone());
}

/// Notes whom a username was given to. Nobody else has ever had it.
fn reserve(state: &mut SchoolState, account: &Account) {
    let owner =
        state.reserved_usernames.entry(account.username.to_lowercase()).or_insert(Some(account.id));
    assert_eq!(*owner, Some(account.id), "a username is given to one account only");
}
