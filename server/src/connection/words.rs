//! The sentences of a connection's history.

use rollcall_shared::connection::ConnectionState;
use rollcall_shared::provider;
use rollcall_shared::scopes::Scope;

/// A data area in a few words.
pub(super) const fn area(scope: Scope) -> &'static str {
    match scope {
        Scope::SchoolLite => "classes and groups",
        Scope::StaffLite => "staff names and work e-mail",
        Scope::StudentLite => "pupil names, class and year",
        Scope::Upn => "UPNs",
        Scope::StudentExtended => "dates of birth and legal names",
        Scope::StaffPersonalContact => "home e-mail of staff",
    }
}

/// Data areas in a sentence: "UPNs; home e-mail of staff".
pub(super) fn areas(scopes: impl IntoIterator<Item = Scope>) -> String {
    scopes.into_iter().map(area).collect::<Vec<_>>().join("; ")
}

/// Why a connection has come into a state, seen from the one before.
pub(super) fn arrival(before: ConnectionState, now: ConnectionState) -> &'static str {
    use ConnectionState as State;
    match (before, now) {
        (State::Paused, State::Ready) => "The school has finished choosing people",
        (State::InstallationPending, State::Ready) => "The first data from the MIS has arrived",
        (_, State::Ready) => "Everything needed was granted, and data from the MIS has arrived",
        (_, State::Paused) => "The school is choosing which people to share",
        (_, State::Authorised) => {
            "The school gave its consent; the data from the MIS has not been checked yet"
        }
        (_, State::InstallationPending) => {
            "The school gave its consent; its MIS has not sent any data yet"
        }
        (_, State::Rejected) => "The school does not share a data area that is needed",
        (_, State::Revoked) => "The school withdrew its consent",
        (_, State::SecretRejected) => {
            concat!(
                provider!(),
                " no longer accepts the key that the school gave us: the consent was \
             withdrawn, or given again"
            )
        }
        (_, State::Invited) => "The school was invited",
        (_, State::NotSetUp) => "The connection was ended",
    }
}

/// That the school has decided again about what it shares.
pub(super) const fn decided_again(with_new_key: bool) -> &'static str {
    if with_new_key {
        "The school gave its consent again"
    } else {
        "The school looked at its consent again; the people it shares may have changed"
    }
}

/// What a changed consent shares more, and less.
pub(super) fn consent_change(before: &[Scope], now: &[Scope]) -> Option<String> {
    let only_in = |these: &[Scope], others: &[Scope]| {
        areas(these.iter().copied().filter(|scope| !others.contains(scope)))
    };
    let (more, less) = (only_in(now, before), only_in(before, now));
    match (more.is_empty(), less.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("The school now shares {more} too")),
        (true, false) => Some(format!("The school no longer shares {less}")),
        (false, false) => {
            Some(format!("The school now shares {more} too, and no longer shares {less}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_consent_is_said_in_plain_words() {
        let change = |before: &[Scope], now: &[Scope]| consent_change(before, now);
        assert_eq!(change(&[Scope::Upn], &[Scope::Upn]), None);
        assert_eq!(
            change(&[Scope::Upn], &[Scope::StaffPersonalContact]).unwrap(),
            "The school now shares home e-mail of staff too, and no longer shares UPNs"
        );
    }
}
