//! What may lead from a person to an account: ids, UPNs, birth dates, e-mails.

use std::collections::HashMap;
use std::hash::Hash;

use chrono::NaiveDate;
use rollcall_shared::people::PersonKind;
use uuid::Uuid;

use super::{Incoming, Known};
use crate::domain::mis_link::IdKind;
use crate::domain::names::FoldedName;
use crate::domain::upn::Upn;

/// The accounts by what may lead to them.
pub(super) struct Leads<'a> {
    pub(super) by_id: HashMap<(IdKind, &'a str), Vec<usize>>,
    pub(super) by_upn: HashMap<Upn, Vec<usize>>,
    /// With the surname: a birth date leads to nobody of another surname, and a year has few days.
    pub(super) by_birth_date: HashMap<(NaiveDate, &'a str), Vec<usize>>,
    pub(super) by_email: HashMap<&'a str, Vec<usize>>,
    pub(super) by_account: HashMap<Uuid, usize>,
}

impl<'a> Leads<'a> {
    pub(super) fn to(accounts: &'a [Known<'a>]) -> Self {
        let all = || accounts.iter().enumerate();
        Self {
            by_id: index(all().flat_map(|(place, known)| {
                let link = known.account.link.as_ref();
                link.into_iter()
                    .flat_map(|link| IdKind::all_of(&link.ids))
                    .map(move |id| (id, place))
            })),
            by_upn: index(all().flat_map(|(place, known)| {
                [known.upn, known.former_upn].into_iter().flatten().map(move |upn| (upn, place))
            })),
            by_birth_date: index(all().flat_map(|(place, known)| {
                let born = known.date_of_birth.into_iter();
                born.flat_map(|born| surnames(&known.names).map(move |name| (born, name)))
                    .map(move |key| (key, place))
            })),
            by_email: index(all().filter_map(|(place, k)| Some((k.email.as_deref()?, place)))),
            by_account: all().map(|(place, known)| (known.account.id.0, place)).collect(),
        }
    }

    pub(super) fn from(&self, person: &Incoming<'_>, kind: PersonKind) -> Vec<usize> {
        let ids = IdKind::all_of(person.ids).filter_map(|id| self.by_id.get(&id));
        let of_kind: [Option<&Vec<usize>>; 2] = match kind {
            PersonKind::Pupil => [
                person.upn.and_then(|upn| self.by_upn.get(&upn)),
                person.former_upn.and_then(|upn| self.by_upn.get(&upn)),
            ],
            PersonKind::Staff => {
                [person.email.as_deref().and_then(|email| self.by_email.get(email)), None]
            }
        };
        let born = person.date_of_birth.filter(|_| kind == PersonKind::Pupil).into_iter();
        let of_birth_date = born
            .flat_map(|born| surnames(&person.names).map(move |name| (born, name)))
            .filter_map(|key| self.by_birth_date.get(&key));
        let found = ids.chain(of_kind.into_iter().flatten()).chain(of_birth_date);
        let mut places: Vec<usize> = found.flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

fn surnames(names: &[FoldedName]) -> impl Iterator<Item = &str> {
    names.iter().map(|name| name.surname.as_str()).filter(|surname| !surname.is_empty())
}

pub(super) fn index<K: Eq + Hash>(
    pairs: impl Iterator<Item = (K, usize)>,
) -> HashMap<K, Vec<usize>> {
    let mut index: HashMap<K, Vec<usize>> = HashMap::new();
    for (key, place) in pairs {
        let places = index.entry(key).or_default();
        if places.last() != Some(&place) {
            places.push(place);
        }
    }
    index
}
