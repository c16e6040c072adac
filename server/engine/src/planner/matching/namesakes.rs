//! People and accounts of one name, or of usual forms of it.

use std::collections::HashMap;

use super::leads::index;
use super::{Incoming, Known};
use crate::domain::names::ComparedName;

/// People and accounts by their surname.
pub(super) struct Namesakes<'a> {
    people: &'a [Incoming<'a>],
    accounts: &'a [Known<'a>],
    people_by_surname: HashMap<&'a str, Vec<usize>>,
    accounts_by_surname: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Namesakes<'a> {
    pub(super) fn among(people: &'a [Incoming<'a>], accounts: &'a [Known<'a>]) -> Self {
        let surname = |name: &'a ComparedName| name.folded.surname.as_str();
        Self {
            people,
            accounts,
            people_by_surname: index(
                people.iter().enumerate().map(|(place, one)| (surname(&one.name), place)),
            ),
            accounts_by_surname: index(
                accounts.iter().enumerate().map(|(place, one)| (surname(&one.name), place)),
            ),
        }
    }

    /// The places of the people who go by this name.
    pub(super) fn people_of(&self, name: &ComparedName) -> impl Iterator<Item = usize> {
        let places = self.people_by_surname.get(name.folded.surname.as_str());
        places
            .into_iter()
            .flatten()
            .copied()
            .filter(|place| self.people.get(*place).is_some_and(|one| is_one_name(&one.name, name)))
    }

    /// The places of the accounts of this name.
    pub(super) fn accounts_of(&self, name: &ComparedName) -> impl Iterator<Item = usize> {
        let places = self.accounts_by_surname.get(name.folded.surname.as_str());
        places.into_iter().flatten().copied().filter(|place| {
            self.accounts.get(*place).is_some_and(|one| is_one_name(&one.name, name))
        })
    }
}

/// Whether two names of one surname are one, or usual forms of each other.
fn is_one_name(one: &ComparedName, other: &ComparedName) -> bool {
    !one.folded.is_empty() && (one.folded == other.folded || one.has_usual_forename_of(other))
}
