//! Small schools for tests, and the applying of a plan in memory.
//!
//! Somebody has a number, a name, and what else a test is about: `pupil("1", "Amy Hill").in_year(5)`
//! is a pupil of the MIS, `account(1, "Amy Hill").linked("1").left()` an account.

#![expect(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "tests alone use this"
)]

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Months, NaiveDate, TimeZone, Utc};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{AccountStatus, ClassKind, Role};
use rollcall_shared::plan::PersonField;
use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::{Settings, YearMapping};
use rollcall_shared::year_group::{YearGroup, YearTarget};
use uuid::Uuid;

use crate::domain::accounts::{Account, Class, LastApplied, SchoolState};
use crate::domain::mis_link::{MisIds, MisLink};
use crate::domain::plan::{ClassChange, Plan};
use crate::domain::roster::{
    Enrolment, PupilStatus, Roster, RosterGroup, RosterPupil, RosterStaff, StaffStatus,
};
use crate::planner::{Inputs, plan};

/// The MIS of all people and groups of the fixtures.
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

/// The moment of every plan: 7 September 2026, 8 o'clock UTC, a week into the school year.
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 9, 7, 8, 0, 0).unwrap()
}

/// A day, of "2026-09-07"; Some, as most fields want it.
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

/// The ids of all kinds that somebody of this number has in the MIS.
pub fn ids(id: &str) -> MisIds {
    MisIds {
        id: id.into(),
        external_id: Some(format!("guid-{id}")),
        xid: Some(format!("xid-{id}")),
    }
}

/// The link to the person or group of this number in [`MIS`]; Some, as an account wants it.
pub fn link(id: &str) -> Option<MisLink> {
    Some(MisLink { mis: Some(MIS.into()), ids: ids(id) })
}

/// The forename, which is one word, and the surname.
fn parts(name: &str) -> (String, String) {
    let (forename, surname) = name.split_once(' ').unwrap_or((name, ""));
    (forename.into(), surname.into())
}

/// A pupil of the MIS in year group "y4", class "c4".
pub fn pupil(id: &str, name: &str) -> RosterPupil {
    let (forename, surname) = parts(name);
    RosterPupil { ids: ids(id), ..RosterPupil::named(id, &forename, &surname) }.in_year(4)
}

impl RosterPupil {
    /// Forename and surname with a space between them.
    pub fn name(&self) -> String {
        format!("{} {}", self.forename, self.surname)
    }

    /// Of another name, "Amy Hill": the forename is the first word.
    pub fn renamed(self, name: &str) -> Self {
        let (forename, surname) = parts(name);
        Self { forename, surname, ..self }
    }

    /// Born on a day, "2018-03-02".
    pub fn born(self, date: &str) -> Self {
        Self { date_of_birth: day(date), ..self }
    }

    /// With the UPN that [`upn`] makes of a serial number.
    pub fn with_upn(self, serial: u32) -> Self {
        Self { upn: upn(serial), ..self }
    }

    /// With a UPN of before, which [`upn`] makes of a serial number.
    pub fn with_former_upn(self, serial: u32) -> Self {
        Self { former_upn: upn(serial), ..self }
    }

    /// In this year and its class.
    pub fn in_year(self, year: u8) -> Self {
        self.in_year_group(&format!("y{year}")).in_class(&format!("c{year}"))
    }

    /// In the year group of this plain id, whether or not the roster has it.
    pub fn in_year_group(self, id: &str) -> Self {
        Self { year_group: Some(id.into()), ..self }
    }

    /// In the class of this plain id, by their own row.
    pub fn in_class(self, id: &str) -> Self {
        Self { class: Some(id.into()), ..self }
    }

    /// In no year group.
    pub fn without_year(self) -> Self {
        Self { year_group: None, ..self }
    }

    /// In no class.
    pub fn without_class(self) -> Self {
        Self { class: None, ..self }
    }

    /// With this enrolment; where none is set, the MIS shares none.
    pub fn enrolled_as(self, enrolment: Enrolment) -> Self {
        Self { enrolment: Some(enrolment), ..self }
    }

    /// Not on the roll yet.
    pub fn expected(self) -> Self {
        Self { status: PupilStatus::PreAdmission, ..self }
    }

    /// Gone, as the MIS says itself.
    pub fn left(self) -> Self {
        Self { status: PupilStatus::Leaver, ..self }
    }
}

/// A teacher of the MIS with a work e-mail, which is made of the surname.
pub fn teacher(id: &str, name: &str) -> RosterStaff {
    let (forename, surname) = parts(name);
    RosterStaff {
        ids: ids(id),
        work_email: email_of(&surname),
        forename,
        surname,
        is_name_cut: false,
        home_email: None,
        is_teacher: Some(true),
        status: StaffStatus::Current,
    }
}

fn email_of(surname: &str) -> Option<String> {
    Some(format!("{}@waterside.example", surname.to_lowercase()))
}

impl RosterStaff {
    /// Forename and surname with a space between them.
    pub fn name(&self) -> String {
        format!("{} {}", self.forename, self.surname)
    }

    /// Of another name, "Jane Smith", and the work e-mail as before.
    pub fn renamed(self, name: &str) -> Self {
        let (forename, surname) = parts(name);
        Self { forename, surname, ..self }
    }

    /// With this work e-mail.
    pub fn with_email(self, address: &str) -> Self {
        Self { work_email: Some(address.into()), ..self }
    }

    /// Without a work e-mail.
    pub fn without_email(self) -> Self {
        Self { work_email: None, ..self }
    }

    /// Not marked as a teacher.
    pub fn not_teaching(self) -> Self {
        Self { is_teacher: Some(false), ..self }
    }

    /// Gone, as the MIS says itself.
    pub fn left(self) -> Self {
        Self { status: StaffStatus::Previous, ..self }
    }
}

/// A group of the MIS that nobody is in.
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

impl RosterGroup {
    /// With these pupils in it.
    pub fn of<Id: ToString>(self, ids: impl IntoIterator<Item = Id>) -> Self {
        Self { pupils: ids.into_iter().map(|id| id.to_string()).collect(), ..self }
    }
}

/// A school with Years 3 to 6, each with one class (`c3` … `c6`), and these people.
pub fn roster(pupils: Vec<RosterPupil>, staff: Vec<RosterStaff>) -> Roster {
    let mut roster = Roster {
        mis: Some(MIS.into()),
        academic_year: Some(2026),
        scopes: Scope::ALL.into_iter().collect(),
        pupils,
        staff,
        year_groups: (3..=6).map(|n| group(&format!("y{n}"), &format!("Year  {n}"))).collect(),
        classes: (3..=6).map(|n| group(&format!("c{n}"), &format!("Class {n}"))).collect(),
        ..Roster::of_nobody(now())
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

/// An account's id that ends in this number.
pub fn account_id(id: u128) -> AccountId {
    AccountId(Uuid::from_u128(id))
}

/// A class's id that ends in this number.
pub fn class_id(id: u128) -> ClassId {
    ClassId(Uuid::from_u128(id))
}

/// A pupil's account made by hand: name and year only.
pub fn account(id: u128, name: &str) -> Account {
    let (forename, surname) = parts(name);
    Account {
        username: format!("user{id}"),
        year: YearGroup::year(4),
        ..Account::named(account_id(id), Role::Pupil, &forename, &surname)
    }
}

/// A teacher's account made by hand; the e-mail is made of the surname.
pub fn staff_account(id: u128, name: &str) -> Account {
    let account = account(id, name).with_role(Role::Teacher);
    Account { email: email_of(&account.surname), year: None, ..account }
}

impl Account {
    /// Of another name, "Amy Hill", and the username as before.
    pub fn renamed(self, name: &str) -> Self {
        let (forename, surname) = parts(name);
        Self { forename, surname, ..self }
    }

    /// Of this person or pupil of the MIS.
    pub fn linked(self, to: &str) -> Self {
        Self { link: link(to), ..self }
    }

    /// Born on a day, "2018-03-02".
    pub fn born(self, date: &str) -> Self {
        Self { date_of_birth: day(date), ..self }
    }

    /// With the UPN that [`upn`] makes of a serial number.
    pub fn with_upn(self, serial: u32) -> Self {
        Self { upn: upn(serial), ..self }
    }

    /// In this role; all else as before.
    pub fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// With this username, whether or not it goes with the name.
    pub fn with_username(self, username: &str) -> Self {
        Self { username: username.into(), ..self }
    }

    /// With this e-mail.
    pub fn with_email(self, address: &str) -> Self {
        Self { email: Some(address.into()), ..self }
    }

    /// Without an e-mail.
    pub fn without_email(self) -> Self {
        Self { email: None, ..self }
    }

    /// In Year 1 to 13; in none for any other number.
    pub fn in_year(self, year: u8) -> Self {
        Self { year: YearGroup::year(year), ..self }
    }

    /// A pupil of this class.
    pub fn in_class(self, class: ClassId) -> Self {
        Self { class: Some(class), ..self }
    }

    /// In these subject groups and, of staff, classes; in no others.
    pub fn in_groups(self, groups: impl Into<BTreeSet<ClassId>>) -> Self {
        Self { groups: groups.into(), ..self }
    }

    /// With these fields changed by hand.
    pub fn keeping(self, fields: impl Into<BTreeSet<PersonField>>) -> Self {
        Self { kept: fields.into(), ..self }
    }

    /// In the trash since now.
    pub fn left(self) -> Self {
        self.left_at(now())
    }

    /// In the trash, for a year.
    pub fn left_at(self, moment: DateTime<Utc>) -> Self {
        Self {
            status: AccountStatus::Trash,
            left_at: Some(moment),
            purge_on: Some(moment.date_naive() + Months::new(12)),
            ..self
        }
    }
}

/// A class made by hand.
pub fn class(id: u128, name: &str) -> Class {
    Class { id: class_id(id), kind: ClassKind::Class, name: name.into(), subject: None, link: None }
}

/// A subject group made by hand.
pub fn subject_group(id: u128, name: &str) -> Class {
    Class { kind: ClassKind::SubjectGroup, ..class(id, name) }
}

impl Class {
    /// Of this group of the MIS.
    pub fn linked(self, to: &str) -> Self {
        Self { link: link(to), ..self }
    }
}

/// A school of these accounts, without classes, in which no run has been applied.
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
        uncounted_absences: BTreeSet::new(),
        leavings_wait: false,
        came_by: BTreeMap::new(),
        outgrown: BTreeSet::new(),
        open_rollover: None,
        rollover_before: None,
        odd_year: None,
        unconfirmed_leavers: BTreeSet::new(),
    }
}

/// The plan for a school at [`now`], with [`settings`].
pub fn planned(roster: &Roster, state: &SchoolState) -> Plan {
    planned_with(roster, &settings(), state)
}

/// The plan for a school at [`now`]; the same each time, ids of new accounts too.
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

/// Notes who was given a username. Nobody else has ever had it.
fn reserve(state: &mut SchoolState, account: &Account) {
    let owner =
        state.reserved_usernames.entry(account.username.to_lowercase()).or_insert(Some(account.id));
    assert_eq!(*owner, Some(account.id), "a username is given to one account only");
}
