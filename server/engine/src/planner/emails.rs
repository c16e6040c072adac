//! E-mail addresses of staff: one person each within a school.
//!
//! The home address is used only where neither the MIS has a work address nor the account one of
//! its own (and the school granted it: otherwise the roster has none); it matches nobody. Of people who share an address in the MIS none is created. An
//! address that another account has is free only if that account gives it up in the same run.

use std::collections::{HashMap, HashSet};

use rollcall_shared::ids::AccountId;

use crate::domain::accounts::Account;
use crate::domain::roster::{RosterStaff, StaffStatus};

/// The form in which addresses are compared.
pub(super) fn folded_email(address: &str) -> String {
    address.trim().to_lowercase()
}

/// The work address, or else the home one; as the MIS writes it, without spaces around.
pub(super) fn address_of(one: &RosterStaff) -> Option<&str> {
    work_address_of(one).or_else(|| written(one.home_email.as_deref()))
}

/// The work address alone: only this one says whose account it is.
pub(super) fn work_address_of(one: &RosterStaff) -> Option<&str> {
    written(one.work_email.as_deref())
}

/// The address that the MIS has for somebody's account. The home one never takes the place of one
/// that the account has.
pub(super) fn address_for<'a>(one: &'a RosterStaff, account: Option<&Account>) -> Option<&'a str> {
    match account.and_then(|account| account.email.as_ref()) {
        Some(_) => work_address_of(one),
        None => address_of(one),
    }
}

fn written(address: Option<&str>) -> Option<&str> {
    address.map(str::trim).filter(|text| !text.is_empty())
}

/// The addresses that stand with more than one person of the feed.
pub(super) struct Shared(HashSet<String>);

impl Shared {
    pub(super) fn among(staff: &[RosterStaff]) -> Self {
        let mut seen = HashSet::new();
        let shared = staff
            .iter()
            .filter(|one| one.status != StaffStatus::Previous)
            .filter_map(address_of)
            .map(folded_email)
            .filter(|address| !seen.insert(address.clone()))
            .collect();
        Self(shared)
    }

    pub(super) fn has(&self, folded: &str) -> bool {
        self.0.contains(folded)
    }
}

/// Somebody who is to have an address.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// None for somebody new.
    pub account: Option<AccountId>,
    /// The folded address they have now, as an active account.
    pub now: Option<String>,
    /// The folded address they are to have.
    pub wanted: String,
}

/// Who of those who wish gets their address: not those whose address another account keeps.
/// `holders` are the active accounts by their folded address, without those who leave in this run.
/// Two who exchange addresses both get them.
pub(super) fn granted(wishes: &[Wish], holders: &HashMap<String, AccountId>) -> Vec<bool> {
    let mut granted = vec![true; wishes.len()];
    let waiting_for: HashMap<&str, Vec<usize>> =
        wishes.iter().enumerate().fold(HashMap::new(), |mut map, (place, wish)| {
            map.entry(wish.wanted.as_str()).or_default().push(place);
            map
        });
    let gives_up: HashSet<AccountId> = wishes
        .iter()
        .filter(|wish| wish.now.as_deref().is_some_and(|now| now != wish.wanted))
        .filter_map(|wish| wish.account)
        .collect();
    let mut refused: Vec<usize> = Vec::new();
    for (place, wish) in wishes.iter().enumerate() {
        let kept_by_another = holders
            .get(&wish.wanted)
            .is_some_and(|holder| Some(*holder) != wish.account && !gives_up.contains(holder));
        // The feed's addresses are unique here; two wishes for one address come from odd data.
        let is_second = waiting_for
            .get(wish.wanted.as_str())
            .is_some_and(|all| all.len() > 1 && wish.now.as_ref() != Some(&wish.wanted));
        if kept_by_another || is_second {
            refused.push(place);
        }
    }
    // Anyone who is refused keeps the address they have, so that nobody else gets that either.
    while let Some(place) = refused.pop() {
        let Some(slot) = granted.get_mut(place).filter(|slot| **slot) else { continue };
        *slot = false;
        let Some(kept) = wishes.get(place).and_then(|wish| wish.now.as_deref()) else { continue };
        refused.extend(
            waiting_for.get(kept).into_iter().flatten().copied().filter(|&other| other != place),
        );
    }
    granted
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn wish(account: Option<u128>, now: Option<&str>, wanted: &str) -> Wish {
        Wish {
            account: account.map(|id| AccountId(Uuid::from_u128(id))),
            now: now.map(str::to_owned),
            wanted: wanted.to_owned(),
        }
    }

    fn holders(pairs: &[(&str, u128)]) -> HashMap<String, AccountId> {
        pairs.iter().map(|&(a, id)| (a.to_owned(), AccountId(Uuid::from_u128(id)))).collect()
    }

    #[test]
    fn an_address_another_account_keeps_is_refused() {
        let wishes = [wish(None, None, "a@x.org"), wish(None, None, "b@x.org")];
        assert_eq!(granted(&wishes, &holders(&[("a@x.org", 1)])), [false, true]);
    }

    #[test]
    fn an_address_given_up_in_the_same_run_is_free_and_two_may_exchange_theirs() {
        let wishes = [
            wish(Some(1), Some("a@x.org"), "b@x.org"),
            wish(Some(2), Some("b@x.org"), "a@x.org"),
            wish(Some(3), Some("c@x.org"), "d@x.org"),
            wish(None, None, "c@x.org"),
        ];
        let held = holders(&[("a@x.org", 1), ("b@x.org", 2), ("c@x.org", 3)]);
        assert_eq!(granted(&wishes, &held), [true; 4]);
    }

    #[test]
    fn a_refusal_is_handed_on_to_the_one_who_waits_for_that_address() {
        let wishes = [
            wish(Some(1), Some("a@x.org"), "z@x.org"),
            wish(Some(2), Some("b@x.org"), "a@x.org"),
            wish(None, None, "b@x.org"),
        ];
        let held = holders(&[("a@x.org", 1), ("b@x.org", 2), ("z@x.org", 9)]);
        assert_eq!(granted(&wishes, &held), [false; 3]);
    }
}
