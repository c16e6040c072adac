//! Ids and UPNs that stand twice in the feed: they tell of nobody.

use std::collections::HashSet;
use std::hash::Hash;

use super::Incoming;
use crate::domain::mis_link::IdKind;
use crate::domain::upn::Upn;
use crate::planner::evidence::Ignored;

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
    /// has left belongs to the one who has it and is here.
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
