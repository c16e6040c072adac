//! Whom an admin is asked about, who is new, and which accounts are held meanwhile.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use rollcall_shared::people::{PersonKind, Role};
use rollcall_shared::year_group::YearGroup;

use super::leads::index;
use super::{
    Doubt, HoldReason, Incoming, Known, Matcher, Question, Verdict, share_a_class, share_a_name,
};
use crate::domain::mis_link::IdKind;
use crate::domain::names::{ComparedName, FoldedName};

impl<'a> Matcher<'a> {
    /// Accounts nobody has been matched to although their owner may be in the feed: somebody whose
    /// id stands twice, or who is not asked about because they are not imported.
    pub(super) fn held(&self) -> HashMap<usize, HoldReason> {
        let mut held = HashMap::new();
        let by_name = self.free_accounts_by_name();
        let open = || self.people.iter().zip(&self.verdicts).enumerate();
        for (place, (person, verdict)) in open() {
            let is_left_out = !person.is_wanted && !person.has_left;
            if is_left_out && *verdict == Some(Verdict::New { said_so: false }) {
                let doubted = self.doubts.get(&place).into_iter().flat_map(|(_, all)| all).copied();
                let theirs = self.similar(person, &by_name).into_iter().chain(doubted);
                let free = theirs.filter(|account| self.is_free(*account));
                held.extend(free.map(|account| (account, HoldReason::NotImported)));
            }
        }
        for (_, (person, verdict)) in open() {
            if *verdict == Some(Verdict::IdTwice) {
                let similar = self.similar(person, &by_name).into_iter();
                held.extend(similar.map(|account| (account, HoldReason::Twice)));
            }
        }
        let mis = self.context.mis;
        let ids = self.ids_of_those_who_are_twice();
        held.extend(
            self.free_accounts()
                .filter(|(_, known)| {
                    let is_twice = |kind: IdKind| {
                        let link = known.account.link.as_ref();
                        let id = link.and_then(|link| link.id(kind, mis));
                        id.is_some_and(|id| ids.contains(&(kind, id)))
                    };
                    IdKind::ALL.into_iter().any(is_twice)
                        || known.upn.is_some_and(|upn| self.twice.upns.contains(&upn))
                })
                .map(|(place, _)| (place, HoldReason::Twice)),
        );
        held
    }

    /// The ids that stand twice, and all the others of those who are set aside.
    fn ids_of_those_who_are_twice(&self) -> HashSet<(IdKind, &'a str)> {
        let set_aside = self
            .people
            .iter()
            .zip(&self.verdicts)
            .filter(|(_, verdict)| **verdict == Some(Verdict::IdTwice))
            .flat_map(|(person, _)| IdKind::all_of(person.ids));
        self.twice.ids.iter().copied().chain(set_aside).collect()
    }

    /// What is left: those an admin is asked about, and those who are new.
    pub(super) fn doubtful_and_new(&mut self) {
        let by_name = self.free_accounts_by_name();
        let mut verdicts: Vec<(usize, Option<Question>)> = self
            .open(false)
            .map(|(place, person)| (place, self.whom_they_might_be(place, person, &by_name)))
            .collect();
        let somebodys: HashSet<usize> = verdicts
            .iter()
            .filter_map(|(_, asked)| asked.as_ref())
            .flat_map(|(_, all)| all)
            .copied()
            .collect();
        for (place, asked) in &mut verdicts {
            let Some(person) = self.people.get(*place) else { continue };
            if asked.is_none() && person.is_wanted && !self.is_said_to_be_new(person) {
                let mut candidates = self.of_the_surname_in_the_class(person, &by_name);
                candidates.retain(|account| !somebodys.contains(account));
                *asked = (!candidates.is_empty()).then_some((Doubt::SurnameInClass, candidates));
            }
        }
        let mut times: HashMap<usize, u32> = HashMap::new();
        for account in
            verdicts.iter().filter_map(|(_, asked)| asked.as_ref()).flat_map(|(_, all)| all)
        {
            *times.entry(*account).or_default() += 1;
        }
        let is_somebody_elses_too =
            |accounts: &BTreeSet<usize>| accounts.iter().any(|one| times.get(one) != Some(&1));
        let lonely = OnceCell::new();
        for (place, asked) in verdicts {
            let Some(person) = self.people.get(place) else { continue };
            let verdict = match asked {
                None => self.new_or_twice(person, self.is_said_to_be_new(person)),
                Some((why, candidates)) => {
                    let lonely = lonely.get_or_init(|| OnlyOnes::of(self.people, self.accounts));
                    let is_sure = why != Doubt::Several
                        && !is_somebody_elses_too(&candidates)
                        && self.is_sure(person, &candidates, lonely);
                    let candidates = candidates.into_iter().collect();
                    Verdict::PossibleDuplicate { candidates, is_sure, why }
                }
            };
            if let Some(slot) = self.verdicts.get_mut(place) {
                *slot = Some(verdict);
            }
        }
    }

    /// The accounts somebody might have, and why to ask; none if there are none, if an admin said
    /// that they are new, or if they are not to be imported.
    fn whom_they_might_be(
        &self,
        place: usize,
        person: &Incoming<'_>,
        by_name: &HashMap<&str, Vec<usize>>,
    ) -> Option<Question> {
        if !person.is_wanted || self.is_said_to_be_new(person) {
            return None;
        }
        let (why, mut candidates) =
            self.doubts.get(&place).cloned().unwrap_or((Doubt::SimilarName, BTreeSet::new()));
        candidates.retain(|&account| self.is_free(account));
        let why = if candidates.is_empty() { Doubt::SimilarName } else { why };
        candidates.extend(self.similar(person, by_name));
        (!candidates.is_empty()).then_some((why, candidates))
    }

    pub(super) fn is_said_to_be_new(&self, person: &Incoming<'_>) -> bool {
        self.answers.to(person, &self.twice).is_some_and(|answer| answer.same_as.is_none())
    }

    fn new_or_twice(&self, person: &Incoming<'_>, said_so: bool) -> Verdict {
        let is_twice = person.upn.is_some_and(|upn| self.twice.upns.contains(&upn));
        if is_twice { Verdict::IdTwice } else { Verdict::New { said_so } }
    }

    fn free_accounts_by_name(&self) -> HashMap<&'a str, Vec<usize>> {
        index(
            self.free_accounts()
                .flat_map(|(place, known)| name_keys(&known.name).map(move |key| (key, place))),
        )
    }

    fn similar(
        &self,
        person: &Incoming<'_>,
        by_name: &HashMap<&str, Vec<usize>>,
    ) -> BTreeSet<usize> {
        name_keys(&person.name)
            .filter_map(|key| by_name.get(key))
            .flatten()
            .copied()
            .filter(|&account| {
                self.accounts.get(account).is_some_and(|known| {
                    (share_a_name(&person.names, &known.names)
                        || (person.name.is_similar_to(&known.name)
                            && self.may_be_of_that_year(person, known)))
                        && !self.weigh(person, known).is_told_apart()
                })
            })
            .collect()
    }

    /// A name that is only similar does not count between years that are far apart: no reader of
    /// the list would take them for one child.
    pub(super) fn may_be_of_that_year(&self, person: &Incoming<'_>, known: &Known<'_>) -> bool {
        match (person.year, known.account.year) {
            (Some(a), Some(b)) => a.number().abs_diff(b.number()) <= 1,
            _ => true,
        }
    }

    /// The pupils' accounts without an owner that have the surname of somebody new, and are in
    /// their class or in the one a year below it: the forename may be one that nobody here knows
    /// them by.
    fn of_the_surname_in_the_class(
        &self,
        person: &Incoming<'_>,
        by_name: &HashMap<&str, Vec<usize>>,
    ) -> BTreeSet<usize> {
        let surname = person.name.folded.surname.as_str();
        if self.context.kind == PersonKind::Staff || surname.is_empty() {
            return BTreeSet::new();
        }
        let candidates = by_name.get(surname).into_iter().flatten().copied();
        candidates
            .filter(|&account| {
                self.accounts.get(account).is_some_and(|known| {
                    known.account.is_active()
                        && known.name.folded.surname == surname
                        && (share_a_class(person, known) || is_a_year_on(person, known))
                        && self.weigh(person, known).differing() < 2
                })
            })
            .collect()
    }

    fn is_sure(
        &self,
        person: &Incoming<'_>,
        candidates: &BTreeSet<usize>,
        lonely: &OnlyOnes<'_>,
    ) -> bool {
        let mut candidates = candidates.iter();
        let (Some(&account), None) = (candidates.next(), candidates.next()) else { return false };
        self.accounts.get(account).is_some_and(|known| {
            let name = &person.name.folded;
            let expected = if self.context.is_rollover {
                known.account.year.and_then(YearGroup::next)
            } else {
                known.account.year
            };
            known.account.is_active()
                && known.account.role != Role::Admin
                && *name == known.name.folded
                && lonely.has(name)
                && !self.weigh(person, known).is_told_apart()
                && (self.context.kind == PersonKind::Staff
                    || share_a_class(person, known)
                    || (person.year.is_some() && person.year == expected))
        })
    }
}

/// Whether somebody is a year above an account, in the class that its class will be then: 5A after
/// 4A.
fn is_a_year_on(person: &Incoming<'_>, known: &Known<'_>) -> bool {
    let stream =
        |class: &Rc<str>| -> String { class.chars().filter(|c| !c.is_ascii_digit()).collect() };
    person.year.is_some()
        && person.year == known.account.year.and_then(YearGroup::next)
        && person.classes.iter().any(|theirs| {
            known.classes.iter().any(|ours| theirs != ours && stream(theirs) == stream(ours))
        })
}

/// The texts under which a name is found: its forename and the words of its surname.
fn name_keys(name: &ComparedName) -> impl Iterator<Item = &str> {
    std::iter::once(name.folded.forename.as_str())
        .chain(std::iter::once(name.folded.surname.as_str()))
        .chain(name.surname_words.iter().map(String::as_str))
        .filter(|key| !key.is_empty())
}

/// Names that only one person of the feed and only one account has.
struct OnlyOnes<'a> {
    counts: HashMap<&'a FoldedName, (u32, u32)>,
}

impl<'a> OnlyOnes<'a> {
    fn of(people: &'a [Incoming<'a>], accounts: &'a [Known<'a>]) -> Self {
        let mut counts: HashMap<&FoldedName, (u32, u32)> = HashMap::new();
        for person in people.iter().filter(|person| !person.has_left) {
            counts.entry(&person.name.folded).or_default().0 += 1;
        }
        for known in accounts {
            counts.entry(&known.name.folded).or_default().1 += 1;
        }
        Self { counts }
    }

    fn has(&self, name: &FoldedName) -> bool {
        self.counts.get(name) == Some(&(1, 1))
    }
}
