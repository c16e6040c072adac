//! Who leaves, and who stays although the MIS no longer has them.
//!
//! Only an account that is linked to the MIS can leave: because the MIS says so, or because they
//! are gone from a feed that nothing has narrowed. An admin never does, nor anybody an admin has
//! still to decide about.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Months, NaiveDate, Utc};
use rollcall_shared::ids::AccountId;
use rollcall_shared::people::{AccountStatus, PersonKind, Role};
use rollcall_shared::plan::{Warning, WarningCode};
use rollcall_shared::settings::PupilScope;

use super::matched::{Matched, Side};
use super::person::{Outcome, UnplacedPerson};
use crate::domain::accounts::Account;
use crate::domain::mis_link::{IdKind, MisLink};
use crate::domain::roster::{Roster, StaffStatus};
use crate::planner::matching::{HoldReason, Verdict};

/// When somebody who leaves now is purged from the trash.
#[must_use]
pub fn purge_date(now: DateTime<Utc>, retention_months: u32) -> Option<NaiveDate> {
    now.date_naive().checked_add_months(Months::new(retention_months))
}

/// Why an account leaves or stays without its person.
enum Absence {
    Leaves,
    Admin,
    Withheld,
    /// An admin brought them back, and the MIS has not had them since.
    RestoredByHand,
    Narrowed,
    /// They came by what is asked for no more.
    NotAskedFor(PupilScope),
    Held(HoldReason),
}

/// The linked accounts that nobody of the MIS was matched to.
pub(super) fn drafts<'a>(matched: &Matched<'a>) -> Vec<UnplacedPerson<'a>> {
    absences(matched, &matched.pupils)
        .chain(absences(matched, &matched.staff))
        .map(|(account, absence)| match absence {
            Absence::Leaves => leaves(matched, account, "No longer in your MIS"),
            Absence::Admin => admin_stays(account),
            Absence::Withheld => stays(
                account,
                WarningCode::AbsentButKept,
                "Your school no longer shares them; the account stays as it is.",
                "No longer shared by your MIS",
            ),
            Absence::RestoredByHand => restored_stays(account),
            Absence::Narrowed => stays(
                account,
                WarningCode::AbsentButKept,
                "Your MIS did not send them, but what it may share has changed or is limited; \
                 the account stays as it is.",
                "Not sent by your MIS this time",
            ),
            Absence::NotAskedFor(by) => stays(
                account,
                WarningCode::NoLongerInScope,
                not_asked_for_text(by),
                "No longer asked for",
            ),
            Absence::Held(HoldReason::Twice) => stays(
                account,
                WarningCode::AbsentButKept,
                "Their number or UPN may appear twice in your MIS, so we could not be sure who \
                 they are; the account stays as it is.",
                "A number or UPN appears twice in your MIS",
            ),
            Absence::Held(HoldReason::NotImported) => stays(
                account,
                WarningCode::AbsentButKept,
                "Someone with this or a similar name is in your MIS but not imported, and may be \
                 the same person; the account stays as it is.",
                "May be someone who is in your MIS but not imported",
            ),
        })
        .collect()
}

/// The staff accounts that leave: their e-mail becomes free.
pub(super) fn leaves_of_staff(matched: &Matched<'_>) -> HashSet<AccountId> {
    let side = &matched.staff;
    let said = side.people.iter().zip(&side.matching.verdicts).filter_map(|(one, verdict)| {
        let Verdict::Account { account, .. } = verdict else { return None };
        let account = *side.accounts.get(*account)?;
        let goes = one.status == StaffStatus::Previous
            && can_leave(account)
            && account.role != Role::Admin
            && !account.is_restored_by_hand();
        goes.then_some(account.id)
    });
    absences(matched, side)
        .filter(|(_, absence)| matches!(absence, Absence::Leaves))
        .map(|(account, _)| account.id)
        .chain(said)
        .collect()
}

/// The accounts that stay because the consent may have been narrowed.
pub(super) fn uncounted_absences(matched: &Matched<'_>) -> BTreeSet<AccountId> {
    absences(matched, &matched.pupils)
        .chain(absences(matched, &matched.staff))
        .filter(|(_, absence)| matches!(absence, Absence::Narrowed))
        .map(|(account, _)| account.id)
        .collect()
}

/// The accounts that stay because their people are asked for no more.
pub(super) fn not_asked_for(matched: &Matched<'_>) -> BTreeSet<AccountId> {
    absences(matched, &matched.pupils)
        .filter(|(_, absence)| matches!(absence, Absence::NotAskedFor(_)))
        .map(|(account, _)| account.id)
        .collect()
}

const fn not_asked_for_text(by: PupilScope) -> &'static str {
    if by.pre_admissions {
        "You no longer import pupils before they start; the account stays as it is."
    } else if by.guests && !by.subsidiary {
        "You no longer import guest pupils; the account stays as it is."
    } else if by.subsidiary && !by.guests {
        "You no longer import pupils whose main school is elsewhere; the account stays as it is."
    } else {
        "You no longer import guest and subsidiary pupils, and they may be one; the account stays \
         as it is."
    }
}

const fn is_linked(account: &Account) -> bool {
    account.link.is_some()
}

fn can_leave(account: &Account) -> bool {
    account.is_active() && is_linked(account)
}

fn absences<'a, P>(
    matched: &Matched<'a>,
    side: &Side<'a, P>,
) -> impl Iterator<Item = (&'a Account, Absence)> {
    let (claimed, candidates) = (side.claimed(), side.candidates());
    let roster = matched.inputs.roster;
    let last = matched.inputs.state.last_applied.as_ref();
    let asked_for_no_more = move |account: &Account| {
        let by = last?.came_by.get(&account.id)?.without(roster.pupil_scope);
        (!by.is_empty()).then_some(by)
    };
    side.accounts
        .iter()
        .enumerate()
        .filter(move |(place, account)| {
            can_leave(account) && !claimed.contains(place) && !candidates.contains(place)
        })
        .map(move |(place, account)| {
            let is_withheld =
                account.link.as_ref().is_some_and(|link| is_withheld(roster, account.kind(), link));
            let absence = if let Some(held) = side.matching.held.get(&place) {
                Absence::Held(*held)
            } else if is_withheld {
                Absence::Withheld
            } else if account.role == Role::Admin {
                Absence::Admin
            } else if account.is_restored_by_hand() {
                Absence::RestoredByHand
            } else if let Some(by) = asked_for_no_more(account) {
                Absence::NotAskedFor(by)
            } else if roster.may_be_narrowed
                || last.is_some_and(|last| last.uncounted_absences.contains(&account.id))
            {
                Absence::Narrowed
            } else {
                Absence::Leaves
            };
            (*account, absence)
        })
}

/// Whether the school withholds the person of this link. A GUID or Xporter id holds in any MIS; a
/// list may name people by any of them.
fn is_withheld(roster: &Roster, kind: PersonKind, link: &MisLink) -> bool {
    let listed = match kind {
        PersonKind::Pupil => &roster.withheld_pupils,
        PersonKind::Staff => &roster.withheld_staff,
    };
    let others = roster.other_ids_of_withheld.get(&kind);
    let is_on_a_list =
        |id: &String| listed.contains(id) || others.is_some_and(|others| others.contains(id));
    roster.only_listed
        || link.id(IdKind::Plain, roster.mis.as_deref()).is_some_and(|id| listed.contains(id))
        || [&link.ids.external_id, &link.ids.xid].into_iter().flatten().any(is_on_a_list)
}

/// An account whose person the MIS says has left. None where there is nothing to do.
pub(super) fn left_in_mis<'a>(
    matched: &Matched<'_>,
    account: &'a Account,
) -> Option<UnplacedPerson<'a>> {
    if !can_leave(account) {
        return None;
    }
    Some(if account.role == Role::Admin {
        admin_stays(account)
    } else if account.is_restored_by_hand() {
        restored_stays(account)
    } else {
        leaves(matched, account, "Your MIS says that they have left")
    })
}

fn leaves<'a>(matched: &Matched<'_>, account: &'a Account, rule: &str) -> UnplacedPerson<'a> {
    let after = Account {
        status: AccountStatus::Trash,
        left_at: Some(matched.inputs.now),
        purge_on: matched.purge_on(),
        ..account.clone()
    };
    draft(account, Outcome::known(account, after), rule, Vec::new())
}

/// An account that stays just as it is, with a word on why that is worth checking.
pub(super) fn stays<'a>(
    account: &'a Account,
    code: WarningCode,
    message: &str,
    rule: &str,
) -> UnplacedPerson<'a> {
    let warning = Warning { code, message: message.to_owned() };
    draft(account, Outcome::Known { account, after: None }, rule, vec![warning])
}

fn admin_stays(account: &Account) -> UnplacedPerson<'_> {
    stays(
        account,
        WarningCode::AdminNotInMis,
        "They are no longer in your MIS, but a sync never removes an admin's account.",
        "No longer in your MIS",
    )
}

fn restored_stays(account: &Account) -> UnplacedPerson<'_> {
    stays(
        account,
        WarningCode::AbsentButKept,
        "Your MIS no longer has them, but they were restored from the trash here. The account \
         stays until your MIS has them again. If they have left, let the sync decide, on the \
         person's page.",
        "Restored from the trash here",
    )
}

/// The active accounts made by hand that nobody of the MIS was matched to, and nobody might be.
/// Admins' are as a matter of course: no MIS need have them.
pub(super) fn unmatched<'a>(matched: &Matched<'a>) -> Vec<UnplacedPerson<'a>> {
    unmatched_of(&matched.pupils).chain(unmatched_of(&matched.staff)).collect()
}

fn unmatched_of<'a, P>(side: &Side<'a, P>) -> impl Iterator<Item = UnplacedPerson<'a>> {
    let (claimed, candidates) = (side.claimed(), side.candidates());
    side.accounts
        .iter()
        .enumerate()
        .filter(move |(place, account)| {
            account.is_active()
                && account.link.is_none()
                && account.role != Role::Admin
                && !claimed.contains(place)
                && !candidates.contains(place)
        })
        .map(|(_, account)| draft(account, Outcome::Unmatched(account), UNMATCHED, Vec::new()))
}

const UNMATCHED: &str = "No one in your MIS matches this person";

pub(super) fn draft<'a>(
    account: &Account,
    outcome: Outcome<'a>,
    rule: &str,
    warnings: Vec<Warning>,
) -> UnplacedPerson<'a> {
    UnplacedPerson {
        kind: account.kind(),
        forename: account.forename.clone(),
        surname: account.surname.clone(),
        link: account.link.clone(),
        year: account.year,
        class: None,
        outcome,
        rule: rule.to_owned(),
        warnings,
        proposed: None,
        is_answered: false,
        about: None,
        ends_login: false,
    }
}
