//! What becomes of each pupil of the MIS.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use rollcall_shared::ids::AccountId;
use rollcall_shared::people::{AccountStatus, PersonKind, Role};
use rollcall_shared::plan::{LeftOut, PersonField, ProblemCode, WarningCode};
use rollcall_shared::year_group::YearGroup;
use uuid::Uuid;

use super::class_book::ClassBook;
use super::leaving::{left_in_mis, stays};
use super::matched::Matched;
use super::person::{
    Outcome, SHOWS_TOMORROW, UnplacedPerson, candidates, doubt_text, id_twice, kept_in_mis,
    link_after, new_text, optional_after, problem, text_after, why,
};
use super::prepare::{PupilYear, is_pupil_wanted, recorded_birth_date, usable_upn};
use crate::domain::accounts::{Account, KnownThen, Waiting};
use crate::domain::names::tidy;
use crate::domain::roster::{Enrolment, NotShared, PupilStatus, RosterPupil};
use crate::domain::text::LONGEST;
use crate::planner::matching::{Doubt, Incoming, Rule, Verdict, share_a_name};

pub(super) fn drafts<'a>(
    matched: &Matched<'a>,
    classes: &ClassBook<'_>,
) -> Vec<UnplacedPerson<'a>> {
    let side = &matched.pupils;
    let recorded_twice = recorded_twice(&side.incoming);
    side.people
        .iter()
        .zip(&side.matching.verdicts)
        .enumerate()
        .filter_map(|(place, (pupil, verdict))| {
            let decider = Decider { matched, classes, pupil };
            let mut draft = decider.decide(place, verdict)?;
            if recorded_twice.contains(&place) && draft.outcome.is_imported() {
                draft.warn(WarningCode::RecordedTwice, RECORDED_TWICE);
            }
            let about = KnownThen {
                forename: pupil.forename.clone(),
                surname: pupil.surname.clone(),
                upn: pupil.upn.clone(),
                date_of_birth: pupil.date_of_birth,
            };
            Some(draft.answered(verdict, about))
        })
        .collect()
}

/// The places of the pupils on the roll of whom another has the name and birth date.
fn recorded_twice(pupils: &[Incoming<'_>]) -> HashSet<usize> {
    let mut of_a_day: HashMap<NaiveDate, Vec<(usize, &Incoming<'_>)>> = HashMap::new();
    for (place, pupil) in pupils.iter().enumerate() {
        if let Some(born) = pupil.date_of_birth
            && pupil.is_wanted
            && !pupil.has_left
        {
            of_a_day.entry(born).or_default().push((place, pupil));
        }
    }
    let mut twice = HashSet::new();
    for all in of_a_day.into_values() {
        for (place, pupil) in &all {
            let is_another = |(other, one): &&(usize, &Incoming<'_>)| {
                other != place && share_a_name_or_a_usual_form(pupil, one)
            };
            if all.iter().any(|other| is_another(&other)) {
                twice.insert(*place);
            }
        }
    }
    twice
}

fn share_a_name_or_a_usual_form(one: &Incoming<'_>, other: &Incoming<'_>) -> bool {
    let (a, b) = (&one.name, &other.name);
    share_a_name(&one.names, &other.names)
        || (!a.folded.surname.is_empty()
            && a.folded.surname == b.folded.surname
            && a.has_usual_forename_of(b))
}

const RECORDED_TWICE: &str = "Your MIS has another pupil of this name and date of birth. If that is \
    the same child, recorded twice, close one of the two records in your MIS; if they are two \
    children, there is nothing to do.";

/// Anyone who is expected but not imported before they start.
const NOT_YET: &str = "Not on roll yet; they are imported once your MIS has admitted them";
/// Anyone who has a status that says neither that they are here nor that they have left.
const NOT_ON_ROLL: &str = "Your MIS does not show them as on roll";
/// Anyone who is expected and has no year group yet.
const NO_YEAR_YET: &str =
    "Not on roll yet, and in no year group; they are imported once your MIS gives them one";

struct Decider<'d, 'a> {
    matched: &'d Matched<'a>,
    classes: &'d ClassBook<'d>,
    pupil: &'d RosterPupil,
}

impl<'a> Decider<'_, 'a> {
    /// None for those whom the plan ignores: a leaver who has no account.
    fn decide(&self, place: usize, verdict: &Verdict) -> Option<UnplacedPerson<'a>> {
        let side = &self.matched.pupils;
        let draft = match verdict {
            Verdict::IdTwice | Verdict::New { .. } if self.pupil.status == PupilStatus::Leaver => {
                return None;
            }
            Verdict::IdTwice => self.draft(id_twice(PersonKind::Pupil), ""),
            Verdict::PossibleDuplicate { candidates: places, is_sure, why } => {
                let person = side.incoming.get(place)?;
                let class = self.class_name();
                let candidates = candidates(self.matched, person, &side.known, places, class, *why);
                let is_known = *why == Doubt::RecordedTwice;
                let as_new = (!is_known).then(|| Box::new(self.new_pupil(true).outcome));
                self.draft(
                    Outcome::PossibleDuplicate { candidates, is_sure: *is_sure, as_new },
                    doubt_text(*why),
                )
            }
            Verdict::New { said_so } => self.new_pupil(*said_so),
            Verdict::Account { account, by, evidence } => {
                let why = why(*by, evidence);
                return self.known_pupil(side.accounts.get(*account)?, *by, &why);
            }
        };
        Some(draft)
    }

    fn draft(&self, outcome: Outcome<'a>, rule: &str) -> UnplacedPerson<'a> {
        let roster = self.matched.inputs.roster;
        UnplacedPerson {
            kind: PersonKind::Pupil,
            forename: tidy(&self.pupil.forename),
            surname: tidy(&self.pupil.surname),
            link: Some(link_after(roster.mis.as_deref(), &self.pupil.ids, None, None)),
            year: self.matched.years.import_into(self.pupil),
            class: self.class_name().map(str::to_owned),
            outcome,
            rule: rule.to_owned(),
            warnings: Vec::new(),
            proposed: None,
            is_answered: false,
            about: None,
            ends_login: false,
        }
    }

    fn class_name(&self) -> Option<&str> {
        let class = self.pupil.class.as_deref()?;
        self.classes.name(*self.classes.by_mis_id.get(class)?)
    }

    fn is_withheld(&self) -> bool {
        self.matched.inputs.roster.withheld_pupils.contains(&self.pupil.ids.id)
    }

    /// Why somebody is left out by choice, or because they are not here.
    fn left_out(&self) -> Option<(LeftOut, &'static str)> {
        let settings = self.matched.inputs.settings;
        if is_pupil_wanted(self.pupil, settings) {
            return None;
        }
        Some(match (self.pupil.status, self.pupil.enrolment) {
            (PupilStatus::OnRoll, Some(Enrolment::Guest)) => {
                (LeftOut::OtherSchool, "A guest pupil, whose own school creates their account")
            }
            (PupilStatus::OnRoll, _) => {
                (LeftOut::OtherSchool, "Their main school is elsewhere, and creates their account")
            }
            (PupilStatus::PreAdmission, _) if !settings.pupil_scope.pre_admissions => {
                (LeftOut::NotStarted, NOT_YET)
            }
            (PupilStatus::PreAdmission, _) => {
                (LeftOut::OtherSchool, "Your MIS expects them, but as a pupil of another school")
            }
            (PupilStatus::Leaver | PupilStatus::Other, _) => (LeftOut::NotOnRoll, NOT_ON_ROLL),
        })
    }

    fn new_pupil(&self, said_so: bool) -> UnplacedPerson<'a> {
        if self.is_withheld() {
            return self.draft(
                Outcome::NotImported(LeftOut::OptedOut),
                "Your school chose not to share them",
            );
        }
        if let Some((why, reason)) = self.left_out() {
            return self.draft(Outcome::NotImported(why), reason);
        }
        let is_expected = self.pupil.status == PupilStatus::PreAdmission;
        match self.matched.years.year_of(self.pupil) {
            PupilYear::Import(year) => {
                let password = Some(self.matched.inputs.settings.password_format(year));
                let account = Box::new(self.account(None, None, year));
                let mut draft = self.draft(Outcome::New { account, password }, new_text(said_so));
                self.warn(&mut draft);
                draft
            }
            PupilYear::DoNotImport(name) => {
                let reason = format!("You chose not to import {}", tidy(name));
                self.draft(Outcome::NotImported(LeftOut::YearNotImported), &reason)
            }
            PupilYear::Undecided(name) => self.draft(undecided(name, None), ""),
            PupilYear::None if is_expected => {
                self.draft(Outcome::NotImported(LeftOut::NotStarted), NO_YEAR_YET)
            }
            PupilYear::None => self.draft(no_year(None), ""),
        }
    }

    fn known_pupil(&self, before: &'a Account, by: Rule, why: &str) -> Option<UnplacedPerson<'a>> {
        if self.pupil.status == PupilStatus::Leaver {
            return left_in_mis(self.matched, before);
        }
        let is_linked = before.link.is_some();
        if self.is_withheld() {
            let rule = "Your school chose not to share them";
            return Some(if before.is_active() && is_linked {
                stays(
                    before,
                    WarningCode::AbsentButKept,
                    "Your school no longer shares them; the account stays as it is.",
                    rule,
                )
            } else {
                self.draft(Outcome::NotImported(LeftOut::OptedOut), rule)
            });
        }
        let is_expected = self.pupil.status == PupilStatus::PreAdmission;
        // Nobody's account is closed because the MIS takes them off the roll again.
        let was_here = is_expected && is_linked && before.is_active() && before.waiting.is_none();
        let left_out = self.left_out().or(was_here.then_some((LeftOut::NotStarted, NOT_YET)));
        if let Some((left_out, reason)) = left_out {
            return Some(if before.is_active() && is_linked {
                let message = match self.pupil.status {
                    PupilStatus::OnRoll => {
                        "You chose not to import pupils of another school; the account stays as \
                         it is."
                    }
                    _ => {
                        "Your MIS does not show them as on roll (yet); the account stays as it is."
                    }
                };
                stays(before, WarningCode::NoLongerInScope, message, why)
            } else {
                self.draft(Outcome::NotImported(left_out), reason)
            });
        }
        let year = match self.matched.years.year_of(self.pupil) {
            PupilYear::Import(year) => year,
            outside => return Some(self.outside(before, why, outside)),
        };
        let after = self.account(Some(before), Some(by), year);
        let outcome = Outcome::known(before, after);
        let mut draft = self.draft(outcome, why);
        self.warn(&mut draft);
        self.warn_of_kept_class(&mut draft, before);
        Some(draft)
    }

    /// Somebody who has an account but no year to be in: a linked one stays as they are.
    fn outside(&self, before: &'a Account, why: &str, year: PupilYear<'_>) -> UnplacedPerson<'a> {
        let kept = before.is_active() && before.link.is_some();
        match year {
            PupilYear::DoNotImport(name) if kept => stays(
                before,
                WarningCode::NoLongerInScope,
                &format!("You chose not to import {}; the account stays as it is.", tidy(name)),
                why,
            ),
            PupilYear::DoNotImport(name) => {
                let reason = format!("You chose not to import {}", tidy(name));
                self.draft(Outcome::NotImported(LeftOut::YearNotImported), &reason)
            }
            PupilYear::Undecided(name) if kept => stays(
                before,
                WarningCode::UnmappedYear,
                &format!(
                    "No one has decided which year group {} is; the account stays as it is.",
                    tidy(name)
                ),
                why,
            ),
            PupilYear::Undecided(name) => self.draft(undecided(name, Some(before)), ""),
            PupilYear::None | PupilYear::Import(_) if kept => stays(
                before,
                WarningCode::NoYearGroup,
                "They have no year group in your MIS; the account stays as it is.",
                why,
            ),
            PupilYear::None | PupilYear::Import(_) => self.draft(no_year(Some(before)), ""),
        }
    }

    /// The account as the MIS would have it.
    fn account(&self, before: Option<&Account>, by: Option<Rule>, year: YearGroup) -> Account {
        let (pupil, roster) = (self.pupil, self.matched.inputs.roster);
        let today = self.matched.inputs.now.date_naive();
        let upn = |text: Option<&str>| usable_upn(text).map(|upn| upn.as_str().to_owned());
        let class = match pupil.class.as_deref() {
            Some(id) => match self.classes.by_mis_id.get(id) {
                Some(class) => Some(*class),
                // A class that is not let through says nothing about where the pupil is.
                None if roster.may_be_narrowed => before.and_then(|account| account.class),
                None => None,
            },
            None if roster.not_shared.contains(&NotShared::Class) => {
                before.and_then(|account| account.class)
            }
            None => None,
        };
        Account {
            id: before.map_or(AccountId(Uuid::nil()), |account| account.id),
            role: Role::Pupil,
            status: AccountStatus::Active,
            forename: text_after(&pupil.forename, before.map(|a| a.forename.as_str())),
            surname: text_after(&pupil.surname, before.map(|a| a.surname.as_str())),
            legal_forename: optional_after(
                pupil.legal_forename.as_deref(),
                before.and_then(|a| a.legal_forename.as_ref()),
            ),
            legal_surname: optional_after(
                pupil.legal_surname.as_deref(),
                before.and_then(|a| a.legal_surname.as_ref()),
            ),
            username: before.map(|a| a.username.clone()).unwrap_or_default(),
            email: before.and_then(|a| a.email.clone()),
            year: Some(year),
            class,
            groups: self.classes.groups_after(PersonKind::Pupil, &pupil.ids.id, before),
            upn: upn(pupil.upn.as_deref()).or_else(|| before.and_then(|a| a.upn.clone())),
            former_upn: upn(pupil.former_upn.as_deref())
                .or_else(|| before.and_then(|a| a.former_upn.clone())),
            date_of_birth: recorded_birth_date(pupil.date_of_birth, today)
                .or_else(|| before.and_then(|a| a.date_of_birth)),
            link: Some(link_after(roster.mis.as_deref(), &pupil.ids, before, by)),
            waiting: self.waiting(before),
            left_at: None,
            purge_on: None,
            kept: before.map(kept_in_mis).unwrap_or_default(),
        }
    }

    fn warn_of_kept_class(&self, draft: &mut UnplacedPerson<'_>, before: &Account) {
        if before.keeps(PersonField::Class)
            && let Some(class) = before.class.filter(|class| self.classes.gone.contains(class))
        {
            let name = self.classes.name(class).unwrap_or_default();
            draft.warn(
                WarningCode::KeptClassGone,
                format!(
                    "You put them in {name} by hand, and your MIS no longer has that class. They \
                     stay in it: choose another on their page, or use what your MIS says."
                ),
            );
        }
    }

    /// Whether the account is not open yet, and since no sync closes one: only a new one, one that
    /// comes back from the trash, or one that has not been open.
    fn waiting(&self, before: Option<&Account>) -> Option<Waiting> {
        let was_open =
            before.is_some_and(|account| account.is_active() && account.waiting.is_none());
        (self.pupil.status == PupilStatus::PreAdmission && !was_open).then(|| {
            let known = || before.and_then(|account| account.waiting?.starts_on);
            Waiting { starts_on: self.pupil.starts_on.or_else(known) }
        })
    }

    fn warn(&self, draft: &mut UnplacedPerson<'_>) {
        let pupil = self.pupil;
        if pupil.is_name_cut {
            warn_of_cut_name(draft);
        }
        let is_wrong = |upn: Option<&str>| {
            upn.is_some_and(|u| !u.trim().is_empty()) && usable_upn(upn).is_none()
        };
        if is_wrong(pupil.upn.as_deref()) {
            draft.warn(
                WarningCode::WrongUpn,
                format!(
                    "The UPN in your MIS has a mistake in it and was not used. \
                         {SHOWS_TOMORROW}"
                ),
            );
        }
        let own = pupil.class.as_deref().filter(|id| self.classes.by_mis_id.contains_key(id));
        // Anyone who is expected has no class as a matter of course.
        if own.is_none() && pupil.status == PupilStatus::OnRoll {
            draft.warn(
                WarningCode::NoClass,
                format!("They are in no class in your MIS. {SHOWS_TOMORROW}"),
            );
        }
        let others: BTreeSet<String> = self
            .classes
            .other_classes
            .get(pupil.ids.id.as_str())
            .into_iter()
            .flatten()
            .filter(|group| Some(group.ids.id.as_str()) != pupil.class.as_deref())
            .map(|group| tidy(&group.name))
            .collect();
        if !others.is_empty() {
            let others = others.into_iter().collect::<Vec<_>>().join(", ");
            draft.warn(
                WarningCode::TwoClasses,
                match self.class_name() {
                    Some(own) => format!(
                        "Your MIS also lists them in {others}; they are put in {own}, the class of \
                         their own record."
                    ),
                    None => format!(
                        "Your MIS lists them in {others}, but their own record names no class."
                    ),
                },
            );
        }
    }
}

pub(super) fn warn_of_cut_name(draft: &mut UnplacedPerson<'_>) {
    draft.warn(
        WarningCode::NameCut,
        format!(
            "One of their names in your MIS has more than {LONGEST} letters; only the beginning \
             was used. Shorten it in your MIS. {SHOWS_TOMORROW}"
        ),
    );
}

fn undecided(name: &str, before: Option<&Account>) -> Outcome<'static> {
    problem(
        ProblemCode::UnmappedYear,
        format!("No one has decided which year group {} is.", tidy(name)),
        "Decide in step 3 of the wizard, Year groups.",
        before.map(|account| account.id),
    )
}

fn no_year(before: Option<&Account>) -> Outcome<'static> {
    let fix = match before {
        None => "Give them a year group in your MIS.",
        Some(account) if account.is_active() => {
            "Give them a year group in your MIS; until then the account they have stays as it is."
        }
        Some(_) => {
            "Give them a year group in your MIS, or restore their account from the trash under \
             Manage users."
        }
    };
    problem(
        ProblemCode::NoYearGroup,
        "They have no year group in your MIS.",
        format!("{fix} {SHOWS_TOMORROW}"),
        before.map(|account| account.id),
    )
}
