//! What becomes of each member of staff of the MIS.

use std::collections::{BTreeSet, HashMap};

use rollcall_shared::ids::AccountId;
use rollcall_shared::people::{AccountStatus, PersonKind, Role};
use rollcall_shared::plan::{LeftOut, PersonField, ProblemCode, WarningCode};
use uuid::Uuid;

use super::class_book::ClassBook;
use super::emails::{Shared, Wish, address_for, folded_email, granted, work_address_of};
use super::leaving::{leaves_of_staff, left_in_mis, stays};
use super::matched::Matched;
use super::person::{
    Outcome, SHOWS_TOMORROW, UnplacedPerson, candidates, doubt_text, id_twice, kept_in_mis,
    link_after, new_text, problem, text_after, why,
};
use super::prepare::is_wanted;
use super::pupils::warn_of_cut_name;
use crate::domain::accounts::{Account, KnownThen};
use crate::domain::email::is_address;
use crate::domain::names::tidy;
use crate::domain::roster::{RosterStaff, StaffStatus};
use crate::planner::evidence::Evidence;
use crate::planner::matching::{Rule, Verdict};

pub(super) fn drafts<'a>(
    matched: &Matched<'a>,
    classes: &ClassBook<'_>,
) -> Vec<UnplacedPerson<'a>> {
    let side = &matched.staff;
    let addresses = Addresses::of(matched);
    side.people
        .iter()
        .zip(&side.matching.verdicts)
        .enumerate()
        .filter_map(|(place, (one, verdict))| {
            let decider = Decider { matched, classes, addresses: &addresses, one };
            let draft = decider.decide(place, verdict)?;
            let about = KnownThen {
                forename: one.forename.clone(),
                surname: one.surname.clone(),
                ..KnownThen::default()
            };
            Some(draft.answered(verdict, about))
        })
        .collect()
}

/// What has been decided on a person's e-mail, by their place.
struct Addresses {
    shared: Shared,
    /// Those who wished for one: whether they get it.
    granted: HashMap<usize, bool>,
}

impl Addresses {
    fn of(matched: &Matched<'_>) -> Self {
        let side = &matched.staff;
        let shared = Shared::among(&matched.inputs.roster.staff);
        let leaving = leaves_of_staff(matched);
        let holders: HashMap<String, AccountId> = matched
            .inputs
            .state
            .accounts
            .iter()
            .filter(|account| account.is_active() && !leaving.contains(&account.id))
            .filter_map(|account| Some((folded_email(account.email.as_deref()?), account.id)))
            .collect();
        let mut places = Vec::new();
        let mut wishes = Vec::new();
        for (place, (one, verdict)) in side.people.iter().zip(&side.matching.verdicts).enumerate() {
            let account = match verdict {
                Verdict::Account { account, .. } => side.accounts.get(*account).copied(),
                Verdict::New { .. } if is_wanted(one, matched.inputs.settings) => None,
                _ => continue,
            };
            let Some(wanted) = wish_of(one, account, &shared) else { continue };
            places.push(place);
            wishes.push(Wish {
                account: account.map(|account| account.id),
                now: account
                    .filter(|account| account.is_active())
                    .and_then(|account| account.email.as_deref())
                    .map(folded_email),
                wanted,
            });
        }
        let granted = places.into_iter().zip(granted(&wishes, &holders)).collect();
        Self { shared, granted }
    }
}

/// The folded address that a person is to have, if there is one to give them.
fn wish_of(one: &RosterStaff, account: Option<&Account>, shared: &Shared) -> Option<String> {
    if one.status == StaffStatus::Previous {
        return None;
    }
    let own = || account.and_then(|account| account.email.as_deref()).map(folded_email);
    if account.is_some_and(|account| account.keeps(PersonField::Email)) {
        return own();
    }
    let address = address_for(one, account).filter(|text| is_address(text)).map(folded_email);
    address.filter(|address| !shared.has(address)).or_else(own)
}

struct Decider<'d, 'a> {
    matched: &'d Matched<'a>,
    classes: &'d ClassBook<'d>,
    addresses: &'d Addresses,
    one: &'d RosterStaff,
}

impl<'a> Decider<'_, 'a> {
    /// None for those whom the plan ignores: a leaver who has no account.
    fn decide(&self, place: usize, verdict: &Verdict) -> Option<UnplacedPerson<'a>> {
        let side = &self.matched.staff;
        let draft = match verdict {
            Verdict::IdTwice | Verdict::New { .. } if self.one.status == StaffStatus::Previous => {
                return None;
            }
            Verdict::IdTwice => self.draft(id_twice(PersonKind::Staff), ""),
            Verdict::PossibleDuplicate { candidates: places, is_sure, why } => {
                let person = side.incoming.get(place)?;
                let class = None;
                let candidates = candidates(self.matched, person, &side.known, places, class, *why);
                let as_new = Some(Box::new(self.new_member(place, true).outcome));
                self.draft(
                    Outcome::PossibleDuplicate { candidates, is_sure: *is_sure, as_new },
                    doubt_text(*why),
                )
            }
            Verdict::New { said_so } => self.new_member(place, *said_so),
            Verdict::Account { account, by, evidence } => {
                return self.known_member(place, side.accounts.get(*account)?, *by, evidence);
            }
        };
        Some(draft)
    }

    fn draft(&self, outcome: Outcome<'a>, rule: &str) -> UnplacedPerson<'a> {
        let mis = self.matched.inputs.roster.mis.as_deref();
        let classes: BTreeSet<&str> = self
            .classes
            .groups_of
            .get(&(PersonKind::Staff, self.one.ids.id.as_str()))
            .into_iter()
            .flatten()
            .filter(|id| self.classes.is_class(**id))
            .filter_map(|id| self.classes.name(*id))
            .collect();
        UnplacedPerson {
            kind: PersonKind::Staff,
            forename: tidy(&self.one.forename),
            surname: tidy(&self.one.surname),
            link: Some(link_after(mis, &self.one.ids, None, None)),
            year: None,
            class: (!classes.is_empty())
                .then(|| classes.into_iter().collect::<Vec<_>>().join(", ")),
            outcome,
            rule: rule.to_owned(),
            warnings: Vec::new(),
            proposed: None,
            is_answered: false,
            about: None,
            ends_login: false,
        }
    }

    fn warn_of_cut_name(&self, draft: &mut UnplacedPerson<'_>) {
        if self.one.is_name_cut {
            warn_of_cut_name(draft);
        }
    }

    /// Why somebody is left out by choice.
    fn left_out(&self) -> Option<(LeftOut, &'static str)> {
        let Self { matched, one, .. } = self;
        if matched.inputs.roster.withheld_staff.contains(&one.ids.id) {
            Some((LeftOut::OptedOut, "Your school chose not to share them"))
        } else if one.status == StaffStatus::Future {
            Some((
                LeftOut::NotStarted,
                "They have not started yet; they are imported once your MIS shows them as current",
            ))
        } else if !is_wanted(one, matched.inputs.settings) && one.is_teacher.is_none() {
            Some((
                LeftOut::NotATeacher,
                "Your MIS does not share whether they are a teacher, and you chose to import only \
                 teachers",
            ))
        } else if !is_wanted(one, matched.inputs.settings) {
            Some((
                LeftOut::NotATeacher,
                "Not a teacher in your MIS, and you chose to import only teachers",
            ))
        } else {
            None
        }
    }

    fn new_member(&self, place: usize, said_so: bool) -> UnplacedPerson<'a> {
        if let Some((why, reason)) = self.left_out() {
            return self.draft(Outcome::NotImported(why), reason);
        }
        if let Some(problem) = self.email_problem(place, None) {
            return self.draft(problem, "");
        }
        let email = address_for(self.one, None).map(str::to_owned);
        let account = Box::new(self.account(None, None, email));
        let mut draft = self.draft(Outcome::New { account, password: None }, new_text(said_so));
        self.warn_of_cut_name(&mut draft);
        if work_address_of(self.one).is_none() {
            warn_of_home_email(&mut draft);
        }
        draft
    }

    /// Why no account can be made (or restored) with the e-mail the MIS has.
    fn email_problem(&self, place: usize, account: Option<&Account>) -> Option<Outcome<'static>> {
        let id = account.map(|account| account.id);
        let own = account.and_then(|account| account.email.as_deref());
        let Some(address) = address_for(self.one, account).or(own) else {
            return Some(problem(
                ProblemCode::NoEmail,
                "They have no e-mail address in your MIS, and staff need one to set their password.",
                format!(
                    "Record a work e-mail in your MIS, or add them here by hand. {SHOWS_TOMORROW}"
                ),
                id,
            ));
        };
        if !is_address(address) && own.is_none() {
            return Some(problem(
                ProblemCode::UnusableEmail,
                "Their e-mail address in your MIS is not one that e-mail can be sent to.",
                format!("Correct it in your MIS, or add them here by hand. {SHOWS_TOMORROW}"),
                id,
            ));
        }
        if self.addresses.shared.has(&folded_email(address)) && own.is_none() {
            return Some(problem(
                ProblemCode::SharedEmail,
                "Another member of staff has the same e-mail address in your MIS.",
                format!(
                    "Give each their own e-mail in your MIS, or add them here by hand with \
                     another one. {SHOWS_TOMORROW}"
                ),
                id,
            ));
        }
        (self.addresses.granted.get(&place) == Some(&false)).then(|| {
            problem(
                ProblemCode::EmailTaken,
                "Someone else's account in your school has this e-mail address.",
                format!(
                    "Change the e-mail of that account, or the one in your MIS. {SHOWS_TOMORROW}"
                ),
                id,
            )
        })
    }

    fn known_member(
        &self,
        place: usize,
        before: &'a Account,
        by: Rule,
        evidence: &Evidence,
    ) -> Option<UnplacedPerson<'a>> {
        if self.one.status == StaffStatus::Previous {
            return left_in_mis(self.matched, before);
        }
        let why = why(by, evidence);
        let is_kept = before.is_active() && before.link.is_some();
        let left_out = self.left_out();
        if let Some((why, reason)) = left_out
            && !is_kept
        {
            return Some(self.draft(Outcome::NotImported(why), reason));
        }
        if self.matched.inputs.roster.withheld_staff.contains(&self.one.ids.id) {
            return Some(stays(
                before,
                WarningCode::AbsentButKept,
                "Your school no longer shares them; the account stays as it is.",
                &why,
            ));
        }
        let mut draft = self.updated(place, before, by, &why, left_out.is_some())?;
        // Given to another record of the MIS, or to somebody of another name: anyone who has signed in
        // with it until now does so no longer.
        draft.ends_login = by == Rule::Answer && evidence.was_somebody_elses();
        Some(draft)
    }

    fn updated(
        &self,
        place: usize,
        before: &'a Account,
        by: Rule,
        why: &str,
        is_out_of_scope: bool,
    ) -> Option<UnplacedPerson<'a>> {
        let gets_it = self.addresses.granted.get(&place) != Some(&false);
        if !before.is_active() && !gets_it {
            return self.email_problem(place, Some(before)).map(|problem| self.draft(problem, ""));
        }
        let theirs = address_for(self.one, Some(before)).filter(|address| is_address(address));
        let is_shared =
            theirs.is_some_and(|address| self.addresses.shared.has(&folded_email(address)));
        let own = before.email.clone();
        let is_kept = before.keeps(PersonField::Email);
        let email = match theirs {
            Some(address) if is_kept || (gets_it && !is_shared) => {
                // The same address in other capitals is the same address.
                own.filter(|own| folded_email(own) == folded_email(address))
                    .or_else(|| Some(address.to_owned()))
            }
            _ => own,
        };
        let after = self.account(Some(before), Some(by), email);
        let takes_home = work_address_of(self.one).is_none() && after.email != before.email;
        let outcome = Outcome::known(before, after);
        let mut draft = self.draft(outcome, why);
        self.warn_of_cut_name(&mut draft);
        if takes_home {
            warn_of_home_email(&mut draft);
        }
        if is_shared && !is_kept {
            draft.warn(
                WarningCode::SharedEmail,
                format!(
                    "Another member of staff has the same e-mail address in your MIS; the one of \
                     the account stays as it is. {SHOWS_TOMORROW}"
                ),
            );
        } else if !gets_it {
            draft.warn(
                WarningCode::SharedEmail,
                "Someone else's account has the e-mail address that your MIS has for them; the one \
                 of this account stays as it is.",
            );
        }
        if is_out_of_scope && self.one.is_teacher.is_some() && before.role != Role::Admin {
            draft.warn(
                WarningCode::NoLongerInScope,
                "Your MIS does not show them as a teacher working here, and you chose to import \
                 only teachers; the account stays.",
            );
        }
        Some(draft)
    }

    fn account(
        &self,
        before: Option<&Account>,
        by: Option<Rule>,
        email: Option<String>,
    ) -> Account {
        let (one, roster) = (self.one, self.matched.inputs.roster);
        let in_mis = if one.is_teacher == Some(true) { Role::Teacher } else { Role::SupportStaff };
        // A sync never lowers a role.
        let role = match before.map(|account| account.role) {
            Some(Role::Admin) => Role::Admin,
            Some(Role::Teacher) => Role::Teacher,
            _ => in_mis,
        };
        let nobody = || Account::named(AccountId(Uuid::nil()), role, "", "");
        Account {
            role,
            status: AccountStatus::Active,
            forename: text_after(&one.forename, before.map(|a| a.forename.as_str())),
            surname: text_after(&one.surname, before.map(|a| a.surname.as_str())),
            email,
            groups: self.classes.groups_after(PersonKind::Staff, &one.ids.id, before),
            link: Some(link_after(roster.mis.as_deref(), &one.ids, before, by)),
            waiting: None,
            left_at: None,
            purge_on: None,
            kept: before.map(kept_in_mis).unwrap_or_default(),
            ..before.cloned().unwrap_or_else(nobody)
        }
    }
}

fn warn_of_home_email(draft: &mut UnplacedPerson<'_>) {
    draft.warn(
        WarningCode::HomeEmailUsed,
        "Your MIS has no work e-mail for them, so the activation e-mail goes to their home \
         address.",
    );
}
