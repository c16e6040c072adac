//! The people of the MIS and the accounts, put into the form that matching compares.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use chrono::NaiveDate;
use rollcall_shared::ids::ClassId;
use rollcall_shared::settings::{PupilScope, Settings, StaffScope};
use rollcall_shared::year_group::{YearGroup, YearTarget};

use super::emails::{Shared, folded_email, work_address_of};
use crate::domain::accounts::{Account, SchoolState};
use crate::domain::names::{ComparedName, FoldedName, fold, tidy};
use crate::domain::roster::{
    Enrolment, PupilStatus, Roster, RosterPupil, RosterStaff, StaffStatus,
};
use crate::domain::upn::Upn;
use crate::planner::classes::class_key;
use crate::planner::matching::{Incoming, Known};

/// What has been decided on the MIS's year groups.
pub(super) struct Years<'a> {
    by_id: HashMap<&'a str, (&'a str, Option<YearTarget>)>,
    undecided_pupils: usize,
    undecided: BTreeSet<String>,
}

/// What a pupil's year group in the MIS means for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PupilYear<'a> {
    Import(YearGroup),
    /// The MIS's name for it.
    DoNotImport(&'a str),
    Undecided(&'a str),
    None,
}

impl<'a> Years<'a> {
    pub(super) fn of(roster: &'a Roster, settings: &Settings) -> Self {
        let by_id: HashMap<&str, (&str, Option<YearTarget>)> = roster
            .year_groups
            .iter()
            .map(|group| {
                let target = settings.year_target(&group.name, group.code.as_deref());
                (group.ids.id.as_str(), (group.name.as_str(), target))
            })
            .collect();
        let mut years = Self { by_id, undecided_pupils: 0, undecided: BTreeSet::new() };
        let undecided: Vec<String> = roster
            .pupils
            .iter()
            .filter(|pupil| is_pupil_wanted(pupil, settings))
            .filter_map(|pupil| match years.year_of(pupil) {
                PupilYear::Undecided(name) => Some(tidy(name)),
                _ => None,
            })
            .collect();
        years.undecided_pupils = undecided.len();
        years.undecided = undecided.into_iter().collect();
        years
    }

    pub(super) fn year_of(&self, pupil: &RosterPupil) -> PupilYear<'a> {
        match pupil.year_group.as_deref().and_then(|id| self.by_id.get(id)) {
            Some((_, Some(YearTarget::Import(year)))) => PupilYear::Import(*year),
            Some((name, Some(YearTarget::DoNotImport))) => PupilYear::DoNotImport(name),
            Some((name, None)) => PupilYear::Undecided(name),
            None => PupilYear::None,
        }
    }

    pub(super) fn import_into(&self, pupil: &RosterPupil) -> Option<YearGroup> {
        match self.year_of(pupil) {
            PupilYear::Import(year) => Some(year),
            _ => None,
        }
    }

    /// How many of the pupils to import are in year groups nobody has decided on.
    pub(super) const fn undecided_pupils(&self) -> usize {
        self.undecided_pupils
    }

    pub(super) fn undecided_names(&self) -> Vec<String> {
        self.undecided.iter().cloned().collect()
    }
}

/// A UPN, if its check letter is right.
pub(super) fn usable_upn(text: Option<&str>) -> Option<Upn> {
    text.and_then(|text| Upn::parse(text).ok())
}

/// A birth date, unless it stands for one that is not recorded: what programs write for no date, or
/// a day that is still to come.
pub(super) fn recorded_birth_date(date: Option<NaiveDate>, today: NaiveDate) -> Option<NaiveDate> {
    // The last days that spreadsheets and databases count as none; nobody at a school was born then.
    let first = NaiveDate::from_ymd_opt(1900, 1, 2)?;
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    date.filter(|date| (first..=today).contains(date) && *date != epoch)
}

/// Every name somebody goes by: preferred and legal, also mixed.
fn all_names(
    preferred: &FoldedName,
    legal_forename: Option<&str>,
    legal_surname: Option<&str>,
) -> Vec<FoldedName> {
    let folded = |name: Option<&str>| name.filter(|name| !name.trim().is_empty()).map(fold);
    let forenames = [Some(preferred.forename.clone()), folded(legal_forename)];
    let surnames = [Some(preferred.surname.clone()), folded(legal_surname)];
    let mut names = Vec::with_capacity(1);
    for forename in forenames.into_iter().flatten() {
        for surname in surnames.iter().flatten() {
            let name = FoldedName { forename: forename.clone(), surname: surname.clone() };
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

pub(super) fn incoming_pupils<'a>(
    pupils: &[&'a RosterPupil],
    roster: &Roster,
    settings: &Settings,
    years: &Years<'_>,
    today: NaiveDate,
) -> Vec<Incoming<'a>> {
    let class_names: HashMap<&str, Rc<str>> = roster
        .classes
        .iter()
        .map(|group| (group.ids.id.as_str(), class_key(&group.name).into()))
        .collect();
    let class_name = |id: &String| class_names.get(id.as_str()).cloned();
    pupils
        .iter()
        .map(|pupil| {
            let name = ComparedName::of(&pupil.forename, &pupil.surname);
            Incoming {
                ids: &pupil.ids,
                names: all_names(
                    &name.folded,
                    pupil.legal_forename.as_deref(),
                    pupil.legal_surname.as_deref(),
                ),
                name,
                upn: usable_upn(pupil.upn.as_deref()),
                former_upn: usable_upn(pupil.former_upn.as_deref()),
                date_of_birth: recorded_birth_date(pupil.date_of_birth, today),
                email: None,
                year: years.import_into(pupil),
                classes: pupil.class.as_ref().and_then(class_name).into_iter().collect(),
                has_left: pupil.status == PupilStatus::Leaver,
                is_wanted: is_pupil_wanted(pupil, settings)
                    && years.import_into(pupil).is_some()
                    && !roster.withheld_pupils.contains(&pupil.ids.id),
            }
        })
        .collect()
}

/// Whether a pupil is one of those to import, whatever their year.
pub(super) fn is_pupil_wanted(pupil: &RosterPupil, settings: &Settings) -> bool {
    let scope = settings.pupil_scope;
    came_by(pupil, scope).without(scope).is_empty()
        && match pupil.status {
            PupilStatus::OnRoll => true,
            PupilStatus::PreAdmission => scope.pre_admissions,
            PupilStatus::Leaver | PupilStatus::Other => false,
        }
}

/// By what a pupil is in a feed of these pupils, besides being on the roll. Where it is not shared
/// who is a guest or a subsidiary pupil, everybody may be whom these were asked for.
pub(super) fn came_by(pupil: &RosterPupil, asked: PupilScope) -> PupilScope {
    PupilScope {
        pre_admissions: pupil.status == PupilStatus::PreAdmission,
        guests: pupil.enrolment.map_or(asked.guests, |one| one == Enrolment::Guest),
        subsidiary: pupil.enrolment.map_or(asked.subsidiary, |one| one == Enrolment::Subsidiary),
    }
}

pub(super) fn incoming_staff<'a>(
    staff: &[&'a RosterStaff],
    roster: &Roster,
    settings: &Settings,
) -> Vec<Incoming<'a>> {
    let shared = Shared::among(&roster.staff);
    let mut classes: HashMap<&str, Vec<Rc<str>>> = HashMap::new();
    for group in &roster.classes {
        let name: Rc<str> = class_key(&group.name).into();
        for one in &group.staff {
            classes.entry(one).or_default().push(Rc::clone(&name));
        }
    }
    staff
        .iter()
        .map(|one| {
            let name = ComparedName::of(&one.forename, &one.surname);
            Incoming {
                ids: &one.ids,
                names: all_names(&name.folded, None, None),
                name,
                upn: None,
                former_upn: None,
                date_of_birth: None,
                email: work_address_of(one).map(folded_email).filter(|email| !shared.has(email)),
                year: None,
                classes: classes.get(one.ids.id.as_str()).cloned().unwrap_or_default(),
                has_left: one.status == StaffStatus::Previous,
                is_wanted: is_wanted(one, settings) && !roster.withheld_staff.contains(&one.ids.id),
            }
        })
        .collect()
}

/// Whether a member of staff is one of those to import.
pub(super) fn is_wanted(one: &RosterStaff, settings: &Settings) -> bool {
    one.status == StaffStatus::Current
        && (one.is_teacher == Some(true) || settings.staff_scope == StaffScope::AllStaff)
}

pub(super) fn known_accounts<'a>(
    accounts: &[&'a Account],
    state: &SchoolState,
    today: NaiveDate,
) -> Vec<Known<'a>> {
    let class_names: HashMap<ClassId, Rc<str>> =
        state.classes.iter().map(|class| (class.id, class_key(&class.name).into())).collect();
    accounts
        .iter()
        .map(|account| {
            let name = ComparedName::of(&account.forename, &account.surname);
            Known {
                account,
                names: all_names(
                    &name.folded,
                    account.legal_forename.as_deref(),
                    account.legal_surname.as_deref(),
                ),
                name,
                upn: usable_upn(account.upn.as_deref()),
                former_upn: usable_upn(account.former_upn.as_deref()),
                date_of_birth: recorded_birth_date(account.date_of_birth, today),
                email: account.email.as_deref().map(folded_email),
                classes: account
                    .class
                    .iter()
                    .chain(&account.groups)
                    .filter_map(|id| class_names.get(id).cloned())
                    .collect(),
            }
        })
        .collect()
}
