//! Everything known of a school before it is decided what becomes of each person: who of its MIS is
//! which account.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::Rollover;

use super::Inputs;
use super::academic_year::YearTurn;
use super::leaving::purge_date;
use super::matching::{Context, Incoming, Known, Matching, Verdict, match_people};
use super::prepare::{Years, incoming_pupils, incoming_staff, known_accounts};
use crate::domain::accounts::Account;
use crate::domain::roster::{RosterPupil, RosterStaff};

/// The accounts of one kind and the people of the MIS, put together.
pub(super) struct Side<'a, P> {
    /// In an order of their own, not the feed's.
    pub(super) people: Vec<&'a P>,
    pub(super) accounts: Vec<&'a Account>,
    /// The same people and accounts, in the form that was compared.
    pub(super) incoming: Vec<Incoming<'a>>,
    pub(super) known: Vec<Known<'a>>,
    pub(super) matching: Matching,
}

impl<'a, P> Side<'a, P> {
    pub(super) fn of(
        people: Vec<&'a P>,
        accounts: Vec<&'a Account>,
        incoming: Vec<Incoming<'a>>,
        inputs: Inputs<'_>,
        context: Context<'_>,
    ) -> Self {
        let known = known_accounts(&accounts, inputs.state, inputs.now.date_naive());
        let matching = match_people(&incoming, &known, context);
        Self { people, accounts, incoming, known, matching }
    }

    pub(super) fn forget_what_was_compared(&mut self) {
        self.incoming = Vec::new();
        self.known = Vec::new();
    }

    /// Accounts which an admin has still to decide about: they never leave.
    pub(super) fn candidates(&self) -> HashSet<usize> {
        self.matching
            .verdicts
            .iter()
            .filter_map(|verdict| match verdict {
                Verdict::PossibleDuplicate { candidates, .. } => Some(candidates),
                _ => None,
            })
            .flatten()
            .copied()
            .collect()
    }

    pub(super) fn claimed(&self) -> HashSet<usize> {
        self.matching
            .verdicts
            .iter()
            .filter_map(|verdict| match verdict {
                Verdict::Account { account, .. } => Some(*account),
                _ => None,
            })
            .collect()
    }
}

/// Everything known before it is decided what becomes of each person.
pub(super) struct Matched<'a> {
    pub(super) inputs: Inputs<'a>,
    pub(super) year_turn: YearTurn,
    pub(super) rollover: Option<Rollover>,
    pub(super) years: Years<'a>,
    /// The classes' names as they are now.
    pub(super) class_names: HashMap<ClassId, &'a str>,
    pub(super) pupils: Side<'a, RosterPupil>,
    pub(super) staff: Side<'a, RosterStaff>,
}

impl<'a> Matched<'a> {
    pub(super) fn of(inputs: Inputs<'a>) -> Self {
        let Inputs { roster, settings, state, now } = inputs;
        let year_turn = YearTurn::of(roster, state, now);
        let rollover = year_turn.rollover();
        let years = Years::of(roster, settings);
        let context = |kind| Context {
            kind,
            mis: roster.mis.as_deref(),
            resolutions: &state.resolutions,
            is_rollover: rollover.is_some(),
        };

        let mut pupils: Vec<_> = roster.pupils.iter().collect();
        pupils.sort();
        let mut staff: Vec<_> = roster.staff.iter().collect();
        staff.sort();

        let side = |kind| {
            let mut accounts: Vec<&Account> =
                state.accounts.iter().filter(|account| account.kind() == kind).collect();
            accounts.sort_by_key(|account| account.id);
            accounts
        };
        let pupil_accounts = side(PersonKind::Pupil);
        let staff_accounts = side(PersonKind::Staff);
        let incoming = incoming_pupils(&pupils, roster, settings, &years, now.date_naive());
        let pupils = Side::of(pupils, pupil_accounts, incoming, inputs, context(PersonKind::Pupil));
        let incoming = incoming_staff(&staff, roster, settings);
        let staff = Side::of(staff, staff_accounts, incoming, inputs, context(PersonKind::Staff));
        let class_names =
            state.classes.iter().map(|class| (class.id, class.name.as_str())).collect();
        Self { inputs, year_turn, rollover, years, class_names, pupils, staff }
    }

    pub(super) fn forget_what_was_compared(&mut self) {
        self.pupils.forget_what_was_compared();
        self.staff.forget_what_was_compared();
    }

    /// Which account each person of the MIS is, by the plain id.
    pub(super) fn accounts_by_mis_id(&self) -> HashMap<(PersonKind, &'a str), AccountId> {
        let pupils = self.pupils.people.iter().map(|pupil| pupil.ids.id.as_str());
        let staff = self.staff.people.iter().map(|one| one.ids.id.as_str());
        let of = |side: &[&Account], verdict: &Verdict| match verdict {
            Verdict::Account { account, .. } => side.get(*account).map(|account| account.id),
            _ => None,
        };
        pupils
            .zip(&self.pupils.matching.verdicts)
            .filter_map(|(id, verdict)| {
                Some(((PersonKind::Pupil, id), of(&self.pupils.accounts, verdict)?))
            })
            .chain(staff.zip(&self.staff.matching.verdicts).filter_map(|(id, verdict)| {
                Some(((PersonKind::Staff, id), of(&self.staff.accounts, verdict)?))
            }))
            .collect()
    }

    pub(super) fn purge_on(&self) -> Option<NaiveDate> {
        purge_date(self.inputs.now, self.inputs.state.retention_months)
    }
}
