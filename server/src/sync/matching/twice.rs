//! Ids and UPNs that stand twice in the feed: they tell of nobody.

use std::collections::HashSet;
use std::hash::Hash;

use super::Incoming;
use crate::sync::accounts::MisLink;
use crate::sync::evidence::Ignored;
use crate::sync::roster::MisIds;
use crate::sync::upn::Upn;

/// The kinds of ids, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum IdKind {
    Xid,
    Guid,
    /// Counts only within one MIS.
    Plain,
}

impl IdKind {
    pub(super) const ALL: [Self; 3] = [Self::Xid, Self::Guid, Self::Plain];

    pub(super) fn of(self, ids: &MisIds) -> Option<&str> {
        let id = match self {
            Self::Xid => ids.xid.as_deref(),
            Self::Guid => ids.external_id.as_deref(),
            Self::Plain => Some(ids.id.as_str()),
        };
        id.filter(|id| !id.is_empty())
    }

    pub(super) fn all_of(ids: &MisIds) -> impl Iterator<Item = (Self, &str)> {
        Self::ALL.into_iter().filter_map(|kind| Some((kind, kind.of(ids)?)))
    }

    /// The id of a link, as long as it says something about people of this MIS.
    pub(super) fn of_link<'a>(self, link: &'a MisLink, mis: Option<&str>) -> Option<&'a str> {
        let counts = self != Self::Plain || link.mis.as_deref() == mis;
        self.of(&link.ids).filter(|_| counts)
    }
}

/// The ids and UPNs that stand twice in the feed.
pub(super) struct Twice<'a> {
    /// Among those who have not left.
    pub(super) ids: HashSet<(IdKind, &'a str)>,
    /// Among everybody.
    pub(super) ids_of_all: HashSet<(IdKind, &'a str)>,
    pub(super) upns: HashSet<Upn>,
    pub(super) former_upns: HashSet<Upn>,
}

impl<'a> Twice<'a> {
    pub(super) fn among(people: &'a [Incoming<'a>]) -> Self {
        let ids = |person: &'a Incoming<'a>| IdKind::all_of(person.ids);
        // A pupil who left and came back has two rows; only the one on the roll counts.
        let here = || people.iter().filter(|person| !person.has_left);
        // Of those who are here nobody's stands twice that does not among all.
        let ids_of_all = repeated(people.iter().flat_map(ids));
        let of_all = here().flat_map(ids).filter(|id| ids_of_all.contains(id));
        Self {
            ids: repeated(of_all),
            ids_of_all,
            upns: repeated(here().filter_map(|person| person.upn)),
            former_upns: repeated(here().filter_map(|person| person.former_upn)),
        }
    }

    /// Whether an id says nothing about this person: another has the same. An id of somebody who
    /// has left belongs to whoever has it and is here.
    pub(super) fn has(&self, kind: IdKind, person: &Incoming<'_>) -> bool {
        let twice = if person.has_left { &self.ids_of_all } else { &self.ids };
        kind.of(person.ids).is_some_and(|id| twice.contains(&(kind, id)))
    }

    /// What says nothing about this person.
    pub(super) fn ignored(&self, person: &Incoming<'_>) -> Ignored {
        Ignored {
            xid: self.has(IdKind::Xid, person),
            guid: self.has(IdKind::Guid, person),
            number: self.has(IdKind::Plain, person),
            upn: person.upn.is_some_and(|upn| self.upns.contains(&upn)),
            former_upn: person.former_upn.is_some_and(|upn| self.former_upns.contains(&upn)),
        }
    }
}

pub(super) fn repeated<T: Eq + Hash + Copy>(all: impl Iterator<Item = T>) -> HashSet<T> {
    let mut seen = HashSet::new();
    all.filter(|one| !seen.insert(*one)).collect()
}
