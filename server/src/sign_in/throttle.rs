//! How often a password may be guessed: the throttle, set so that even a PIN of 100 values holds.
//!
//! Failures are counted against the account, from wherever they come, and against the place (the
//! caller's address) they come from. Every attempt counts as a failure *before* the password is
//! looked at, so that guesses made at the same moment do not slip past each other; signing in takes
//! back what was counted for that account *from that place*, so that a child who mistypes at school
//! locks nobody out, and a stranger elsewhere is not let off by the child's own signing in.
//!
//! | failures | wait: account | | failures | wait: place |
//! | --- | --- | --- | --- | --- |
//! | 1–4 | none | | 1–49 | none |
//! | 5 | 1 minute | | 50–59 | 15 minutes each |
//! | 6 | 5 minutes | | 60 and on | 1 hour each |
//! | 7 | 15 minutes | | | |
//! | 8 | 1 hour | | | |
//! | 9 | 4 hours | | | |
//! | 10 and on | 24 hours each | | | |
//!
//! What that leaves a stranger with a two-picture PIN (100 values): ten guesses in the first six
//! hours, then one a day. They have found *one certain child's* PIN by the end of a day with 10 %,
//! after a week with 16 %, and on average after 41 days; a four-picture PIN (10,000 values) after
//! 13 years. Trying *every child of a school* from one address they are held by the place: 81
//! guesses on the first day, 24 a day after it, so less than one PIN of a hundred values on the
//! first day and then one in four days. Counts are forgotten after 30 quiet days (accounts) or one
//! (places), and an admin who reveals a pupil's password lifts the pupil's wait.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

/// What failures are counted against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// One account (or a username there is not), from wherever.
    Account,
    /// One account from one place: only to know what signing in takes back.
    AccountHere,
    /// One place, whatever the account.
    Place,
}

impl Counted {
    /// How long to wait after so many failures.
    #[must_use]
    pub const fn wait(self, failures: u32) -> TimeDelta {
        let minutes = match (self, failures) {
            (Self::AccountHere, _) | (Self::Account, ..5) | (Self::Place, ..50) => 0,
            (Self::Account, 5) => 1,
            (Self::Account, 6) => 5,
            (Self::Account, 7) | (Self::Place, ..60) => 15,
            (Self::Account, 8) | (Self::Place, _) => 60,
            (Self::Account, 9) => 4 * 60,
            (Self::Account, _) => 24 * 60,
        };
        TimeDelta::minutes(minutes)
    }

    /// After how long without a failure the count begins anew.
    #[must_use]
    pub const fn forgotten_after(self) -> TimeDelta {
        match self {
            Self::Account | Self::AccountHere => TimeDelta::days(30),
            Self::Place => TimeDelta::days(1),
        }
    }
}

/// The key a count is kept under: a hash, since what people type (a name, sometimes a password) and
/// where they are is nobody's business.
#[must_use]
pub fn key(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The guesses a stranger gets at something within a time, each as soon as it is let.
    fn guesses(counted: Counted, within: TimeDelta) -> u32 {
        let (mut failures, mut passed) = (0, TimeDelta::zero());
        while passed < within {
            failures += 1;
            passed += counted.wait(failures);
        }
        failures
    }

    #[test]
    fn a_pin_of_a_hundred_values_holds_against_guessing() {
        assert_eq!(guesses(Counted::Account, TimeDelta::days(1)), 10);
        assert_eq!(guesses(Counted::Account, TimeDelta::days(7)), 16);
        assert!(guesses(Counted::Account, TimeDelta::days(40)) <= 50);
    }

    #[test]
    fn a_whole_school_cannot_be_tried_from_one_place() {
        assert!(guesses(Counted::Place, TimeDelta::days(1)) <= 82);
    }

    #[test]
    fn the_parts_of_a_key_do_not_run_together() {
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
    }
}
