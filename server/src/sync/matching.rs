//! Who of the MIS is which account.
//!
//! In this order, each stage for everybody before the next begins: the stored MIS link, an admin's
//! remembered answer, the UPN (or the former one), the name and birth date, the e-mail of staff.
//! What is left and has a similar name with nothing to tell it apart is a *possible duplicate*, on
//! which an admin decides; nobody is ever merged silently. Everybody else is new.
//!
//! One account belongs to one person at most: two people in one feed are always different people.
//! An id that stands twice in the feed matches nobody. Whoever has the same plain id as another is
//! imported by nobody, since classes and groups know people by it; where only the GUID or Xporter's
//! id is the same, that kind of id is left aside and the others go on counting. A UPN that stands
//! twice leaves links alone, and otherwise imports nobody.
//!
//! Where the rules leave room:
//! - Of the rows of a pupil who left and came back only the one on the roll counts: an id belongs
//!   to it, and does not stand twice.
//! - Whoever can't be told apart, or is not to be imported and so is not asked about, may still be
//!   the owner of an account: each that may be theirs is held, so that it never leaves.
//! - A temporary UPN is there to be replaced, so that a different one proves nothing.
//! - A link with a different name stands while the birth date or UPN agrees. Where none of them is
//!   known on both sides, it stands while the forename, the surname or the e-mail agrees.
//! - An e-mail does not match an account that is linked to somebody of another name: addresses such
//!   as the head's are handed on. An admin is asked.
//! - Those who left are matched by link or UPN only, after everybody on the roll: a pupil who left
//!   and came back has two rows, and the account goes to the one on the roll. What is
//!   open between people on the roll goes to no leaver.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::rc::Rc;

use chrono::NaiveDate;
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::PersonField;
use rollcall_shared::year_group::YearGroup;

use super::accounts::{Account, MisLink, StoredResolution};
use super::names::{ComparedName, FoldedName};
use super::roster::MisIds;
use super::upn::Upn;

/// A person of the feed, as matching sees them.
#[derive(Clone, Debug)]
pub struct Incoming<'a> {
    pub ids: &'a MisIds,
    /// The preferred name.
    pub name: ComparedName,
    /// The names they go by, preferred and legal.
    pub names: Vec<FoldedName>,
    /// Only with a right check letter.
    pub upn: Option<Upn>,
    pub former_upn: Option<Upn>,
    pub date_of_birth: Option<NaiveDate>,
    /// Staff: the work e-mail, folded; none where it is shared.
    pub email: Option<String>,
    pub year: Option<YearGroup>,
    /// Names of their classes, in the form classes are compared in.
    pub classes: Vec<Rc<str>>,
    /// The MIS says that they have left.
    pub has_left: bool,
    /// Whether they are to be imported: nobody is asked about those who are not.
    pub is_wanted: bool,
}

/// An account, as matching sees it.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    pub account: &'a Account,
    pub name: ComparedName,
    pub names: Vec<FoldedName>,
    pub upn: Option<Upn>,
    pub former_upn: Option<Upn>,
    pub email: Option<String>,
    /// Names of their classes, in the form classes are compared in.
    pub classes: Vec<Rc<str>>,
}

/// What else matching has to know.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub kind: PersonKind,
    /// Which MIS the plain ids are of.
    pub mis: Option<&'a str>,
    pub resolutions: &'a [StoredResolution],
    /// Whether the MIS has gone into a new academic year: then pupils are expected a year higher.
    pub is_rollover: bool,
}

/// What has been found out about a person of the feed. Accounts are named by their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Account {
        account: usize,
        by: Rule,
    },
    /// Someone new; whether an admin said so.
    New {
        said_so: bool,
    },
    /// An admin has to decide.
    PossibleDuplicate {
        candidates: Vec<usize>,
        is_sure: bool,
        why: Doubt,
    },
    /// Cannot be told from another person of the feed.
    IdTwice,
}

impl Verdict {
    /// Whether an admin's answer decided.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        matches!(self, Self::New { said_so: true } | Self::Account { by: Rule::Answer, .. })
    }
}

/// The rule that matched a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Link,
    Answer,
    Upn,
    FormerUpn,
    NameAndBirthDate,
    Email,
}

/// Why an admin is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    SimilarName,
    /// The stored link, the UPN or the e-mail says yes; the name and the rest say no.
    Contradiction,
    /// Several accounts fit equally well.
    Several,
}

/// What matching found.
#[derive(Clone, Debug)]
pub struct Matching {
    /// One for each person, in their order.
    pub verdicts: Vec<Verdict>,
    /// Accounts that nobody was matched to although their owner may well be in the feed: they never
    /// leave.
    pub held: HashMap<usize, Held>,
}

/// Why an account is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Their id stands twice in the feed, or they may be one of those of whom one does.
    Twice,
    /// They may be somebody who is not to be imported.
    NotImported,
}

/// Matches everybody of one kind.
#[must_use]
pub fn match_people(
    people: &[Incoming<'_>],
    accounts: &[Known<'_>],
    context: Context<'_>,
) -> Matching {
    let mut matcher = Matcher {
        people,
        accounts,
        context,
        verdicts: vec![None; people.len()],
        claimed: vec![false; accounts.len()],
        doubts: HashMap::new(),
        twice: Twice::among(people),
    };
    matcher.set_aside_ids_that_stand_twice();
    // What is found may settle what was ambiguous before: go on until nothing more is found, so
    // that the next run finds nothing that this one could have. Leavers come when all is settled
    // that can be for those on the roll.
    loop {
        let claimed = matcher.claims();
        matcher.doubts.clear();
        matcher.by_link(false);
        matcher.by_answer();
        matcher.by_upn(false);
        matcher.by_name_and_birth_date();
        matcher.by_email();
        if matcher.claims() > claimed {
            continue;
        }
        matcher.by_link(true);
        matcher.by_upn(true);
        if matcher.claims() == claimed {
            break;
        }
    }
    matcher.doubtful_and_new();
    let held = matcher.held();
    Matching {
        verdicts: matcher
            .verdicts
            .into_iter()
            .map(|verdict| verdict.unwrap_or(Verdict::New { said_so: false }))
            .collect(),
        held,
    }
}

struct Matcher<'a> {
    people: &'a [Incoming<'a>],
    accounts: &'a [Known<'a>],
    context: Context<'a>,
    verdicts: Vec<Option<Verdict>>,
    claimed: Vec<bool>,
    /// What a person might be besides, with the reason to ask.
    doubts: HashMap<usize, (Doubt, BTreeSet<usize>)>,
    twice: Twice<'a>,
}

impl<'a> Matcher<'a> {
    /// Those who are still to be matched.
    fn open(&self, left: bool) -> impl Iterator<Item = (usize, &'a Incoming<'a>)> + use<'_, 'a> {
        self.people
            .iter()
            .enumerate()
            .zip(&self.verdicts)
            .filter(move |((_, person), verdict)| verdict.is_none() && person.has_left == left)
            .map(|(person, _)| person)
    }

    fn claims(&self) -> usize {
        self.claimed.iter().filter(|&&claimed| claimed).count()
    }

    fn is_free(&self, account: usize) -> bool {
        self.claimed.get(account) == Some(&false)
    }

    /// The accounts that nobody has been found to own.
    fn free_accounts(&self) -> impl Iterator<Item = (usize, &'a Known<'a>)> + use<'_, 'a> {
        self.accounts.iter().enumerate().filter(|(place, _)| self.is_free(*place))
    }

    fn claim(&mut self, person: usize, account: usize, by: Rule) {
        if let (Some(verdict), Some(claimed)) =
            (self.verdicts.get_mut(person), self.claimed.get_mut(account))
        {
            *verdict = Some(Verdict::Account { account, by });
            *claimed = true;
        }
    }

    fn doubt(&mut self, person: usize, why: Doubt, accounts: impl IntoIterator<Item = usize>) {
        let mut accounts = accounts.into_iter().peekable();
        if accounts.peek().is_some() {
            let doubt = self.doubts.entry(person).or_insert_with(|| (why, BTreeSet::new()));
            doubt.1.extend(accounts);
        }
    }

    /// Whether somebody on the roll fits an account, but not alone or not only this one: an admin is
    /// asked, and no leaver takes it.
    fn is_one_of_several_for_somebody(&self, account: usize) -> bool {
        self.doubts.values().any(|(why, all)| *why == Doubt::Several && all.contains(&account))
    }

    fn free(&self, fitting: &[usize]) -> Vec<usize> {
        fitting.iter().copied().filter(|&account| self.is_free(account)).collect()
    }

    /// Of the accounts that fit, those to go on with: active ones before the trash.
    fn preferred(&self, fitting: &[usize]) -> Vec<usize> {
        let free = self.free(fitting);
        let active: Vec<usize> = free
            .iter()
            .copied()
            .filter(|&account| {
                self.accounts.get(account).is_some_and(|known| known.account.is_active())
            })
            .collect();
        if active.is_empty() { free } else { active }
    }

    /// Claims the pairs in which each has only the other.
    fn pair_up(&mut self, pairs: &[(usize, Vec<usize>)], by: Rule) {
        let mut wanted: HashMap<usize, u32> = HashMap::new();
        for account in pairs.iter().flat_map(|(_, accounts)| accounts) {
            *wanted.entry(*account).or_default() += 1;
        }
        for (person, accounts) in pairs {
            match accounts.as_slice() {
                [] => {}
                [only] if wanted.get(only) == Some(&1) => self.claim(*person, *only, by),
                several => self.doubt(*person, Doubt::Several, several.iter().copied()),
            }
        }
    }

    /// Nobody can tell which of them a plain id means: they are left alone, and so is the account.
    fn set_aside_ids_that_stand_twice(&mut self) {
        for (person, verdict) in self.people.iter().zip(&mut self.verdicts) {
            if self.twice.has(IdKind::Plain, person) {
                *verdict = Some(Verdict::IdTwice);
            }
        }
    }

    fn by_link(&mut self, left: bool) {
        for kind in IdKind::ALL {
            self.by_id(left, kind);
        }
    }

    fn by_id(&mut self, left: bool, kind: IdKind) {
        let open: Vec<_> = self.open(left).collect();
        if open.is_empty() {
            return;
        }
        let is_plain = kind == IdKind::Plain;
        let mis = self.context.mis;
        let index = index(self.free_accounts().filter_map(|(place, known)| {
            Some((kind.of_link(known.account.link.as_ref()?, mis)?, place))
        }));
        for (place, person) in open {
            if self.twice.has(kind, person) {
                continue;
            }
            let Some(linked) = kind.of(person.ids).and_then(|id| index.get(id)) else { continue };
            let free = |&account: &usize| {
                self.is_free(account) && !(left && self.is_one_of_several_for_somebody(account))
            };
            let (against, fitting): (Vec<usize>, Vec<usize>) =
                linked.iter().copied().filter(free).partition(|&account| {
                    self.accounts
                        .get(account)
                        .is_some_and(|known| contradicts_link(person, known, is_plain))
                });
            match self.preferred(&fitting).as_slice() {
                [] => self.doubt(place, Doubt::Contradiction, against),
                [only] => self.claim(place, *only, Rule::Link),
                several => self.doubt(place, Doubt::Several, several.iter().copied()),
            }
        }
    }

    /// "The same person as …", as long as that account has not been found to be someone else.
    fn by_answer(&mut self) {
        let places: HashMap<_, usize> =
            self.free_accounts().map(|(place, known)| (known.account.id, place)).collect();
        let answers = Answers::of(&self.context);
        let pairs: Vec<(usize, Vec<usize>)> = self
            .open(false)
            .filter_map(|(place, person)| {
                let account = *places.get(&answers.to(person, &self.twice)?.same_as?)?;
                Some((place, vec![account]))
            })
            .collect();
        self.pair_up(&pairs, Rule::Answer);
    }

    fn by_upn(&mut self, left: bool) {
        if self.context.kind == PersonKind::Staff {
            return;
        }
        let now = index(self.free_accounts().filter_map(|(i, k)| Some((k.upn?, i))));
        let former = index(self.free_accounts().filter_map(|(i, k)| Some((k.former_upn?, i))));
        self.by_one_upn(left, |person| person.upn, &now, Rule::Upn);
        self.by_one_upn(left, |person| person.former_upn, &now, Rule::FormerUpn);
        self.by_one_upn(left, |person| person.upn, &former, Rule::FormerUpn);
    }

    fn by_one_upn(
        &mut self,
        left: bool,
        upn_of: impl Fn(&Incoming<'_>) -> Option<Upn>,
        accounts: &HashMap<Upn, Vec<usize>>,
        by: Rule,
    ) {
        let mut pairs = Vec::new();
        let mut against = Vec::new();
        let mut several = Vec::new();
        // What an admin is asked about for somebody on the roll is no leaver's.
        let doubted = |account| self.doubts.values().any(|(_, all)| all.contains(&account));
        for (place, person) in self.open(left) {
            let Some(found) = upn_of(person)
                .filter(|upn| !self.twice.upns.contains(upn))
                .and_then(|upn| accounts.get(&upn))
            else {
                continue;
            };
            // Of several accounts a leaver's may be any: none of them is in a better place.
            let found = if left { self.free(found) } else { self.preferred(found) };
            let (no, fitting): (Vec<usize>, Vec<usize>) = found.into_iter().partition(|&account| {
                self.accounts.get(account).is_some_and(|known| {
                    let is_not_theirs = known.account.link.is_none() || doubted(account);
                    (left && is_not_theirs) || is_another_child(person, known)
                })
            });
            if fitting.is_empty() && !left {
                against.push((place, no));
            }
            // A former UPN that several have tells of neither, also once the others are found.
            let is_shared = upn_of(person) == person.former_upn
                && person.former_upn.is_some_and(|upn| self.twice.former_upns.contains(&upn));
            if is_shared && !left {
                several.push((place, fitting));
            } else {
                pairs.push((place, fitting));
            }
        }
        for (place, accounts) in several {
            self.doubt(place, Doubt::Several, accounts);
        }
        for (place, accounts) in against {
            self.doubt(place, Doubt::Contradiction, accounts);
        }
        self.pair_up(&pairs, by);
    }

    fn by_name_and_birth_date(&mut self) {
        let index = index(self.free_accounts().flat_map(|(place, known)| {
            known
                .account
                .date_of_birth
                .into_iter()
                .flat_map(move |born| known.names.iter().map(move |name| ((name, born), place)))
        }));
        let pairs: Vec<(usize, Vec<usize>)> = self
            .open(false)
            .filter_map(|(place, person)| {
                let born = person.date_of_birth?;
                let mut found: Vec<usize> = person
                    .names
                    .iter()
                    .filter(|name| !name.is_empty())
                    .filter_map(|name| index.get(&(name, born)))
                    .flatten()
                    .copied()
                    .filter(|&account| {
                        self.accounts
                            .get(account)
                            .is_some_and(|known| !are_told_apart(person, known))
                    })
                    .collect();
                found.sort_unstable();
                found.dedup();
                Some((place, self.preferred(&found)))
            })
            .collect();
        self.pair_up(&pairs, Rule::NameAndBirthDate);
    }

    fn by_email(&mut self) {
        if self.context.kind == PersonKind::Pupil {
            return;
        }
        let index = index(
            self.free_accounts()
                .filter_map(|(place, known)| Some((known.email.as_deref()?, place))),
        );
        let mut pairs = Vec::new();
        let mut against = Vec::new();
        for (place, person) in self.open(false) {
            let Some(found) = person.email.as_deref().and_then(|email| index.get(email)) else {
                continue;
            };
            let (no, fitting): (Vec<usize>, Vec<usize>) =
                self.preferred(found).into_iter().partition(|&account| {
                    self.accounts.get(account).is_some_and(|known| may_be_successor(person, known))
                });
            against.push((place, no));
            pairs.push((place, fitting));
        }
        for (place, accounts) in against {
            self.doubt(place, Doubt::Contradiction, accounts);
        }
        self.pair_up(&pairs, Rule::Email);
    }

    /// Accounts nobody has been matched to although their owner may be in the feed: somebody whose
    /// id stands twice, or who is not asked about because they are not imported.
    fn held(&self) -> HashMap<usize, Held> {
        let mut held = HashMap::new();
        let by_name = self.free_accounts_by_name();
        let open = self.people.iter().zip(&self.verdicts);
        for person in open.clone().filter_map(|(person, verdict)| {
            let is_left_out = !person.is_wanted && !person.has_left;
            (is_left_out && *verdict == Some(Verdict::New { said_so: false })).then_some(person)
        }) {
            let similar = self.similar(person, &by_name).into_iter();
            held.extend(similar.map(|account| (account, Held::NotImported)));
        }
        for person in open
            .filter_map(|(person, verdict)| (*verdict == Some(Verdict::IdTwice)).then_some(person))
        {
            let similar = self.similar(person, &by_name).into_iter();
            held.extend(similar.map(|account| (account, Held::Twice)));
        }
        let mis = self.context.mis;
        let ids = self.ids_of_those_who_are_twice();
        held.extend(
            self.free_accounts()
                .filter(|(_, known)| {
                    let is_twice = |kind: IdKind| {
                        let link = known.account.link.as_ref();
                        let id = link.and_then(|link| kind.of_link(link, mis));
                        id.is_some_and(|id| ids.contains(&(kind, id)))
                    };
                    IdKind::ALL.into_iter().any(is_twice)
                        || known.upn.is_some_and(|upn| self.twice.upns.contains(&upn))
                })
                .map(|(place, _)| (place, Held::Twice)),
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

    fn doubtful_and_new(&mut self) {
        let answers = Answers::of(&self.context);
        let by_name = self.free_accounts_by_name();
        let lonely = OnceCell::new();
        let mut verdicts = Vec::new();
        for (place, person) in self.open(false) {
            if answers.to(person, &self.twice).is_some_and(|answer| answer.same_as.is_none()) {
                verdicts.push((place, self.new_or_twice(person, true)));
                continue;
            }
            let (why, mut candidates) = self
                .doubts
                .get(&place)
                .map(|(why, accounts)| (*why, accounts.clone()))
                .unwrap_or((Doubt::SimilarName, BTreeSet::new()));
            candidates.retain(|&account| self.is_free(account));
            let why = if candidates.is_empty() { Doubt::SimilarName } else { why };
            if person.is_wanted {
                candidates.extend(self.similar(person, &by_name));
            }
            verdicts.push((
                place,
                if candidates.is_empty() {
                    self.new_or_twice(person, false)
                } else {
                    let lonely = lonely.get_or_init(|| OnlyOnes::of(self.people, self.accounts));
                    let is_sure =
                        why == Doubt::SimilarName && self.is_sure(person, &candidates, lonely);
                    Verdict::PossibleDuplicate {
                        candidates: candidates.into_iter().collect(),
                        is_sure,
                        why,
                    }
                },
            ));
        }
        for (place, verdict) in verdicts {
            if let Some(slot) = self.verdicts.get_mut(place) {
                *slot = Some(verdict);
            }
        }
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
                    !are_told_apart(person, known)
                        && (share_a_name(&person.names, &known.names)
                            || (person.name.is_similar_to(&known.name)
                                && self.may_be_of_that_year(person, known)))
                })
            })
            .collect()
    }

    /// A name that is only similar does not count between years that are far apart: no reader of
    /// the list would take them for one child.
    fn may_be_of_that_year(&self, person: &Incoming<'_>, known: &Known<'_>) -> bool {
        match (person.year, known.account.year) {
            (Some(a), Some(b)) => a.number().abs_diff(b.number()) <= 1,
            _ => true,
        }
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
                && *name == known.name.folded
                && lonely.has(name)
                && (share_a_class(person, known)
                    || (person.year.is_some() && person.year == expected))
        })
    }
}

/// The texts under which a name is found: its forename and the words of its surname.
fn name_keys(name: &ComparedName) -> impl Iterator<Item = &str> {
    std::iter::once(name.folded.forename.as_str())
        .chain(std::iter::once(name.folded.surname.as_str()))
        .chain(name.surname_words.iter().map(String::as_str))
        .filter(|key| !key.is_empty())
}

/// Whether two people go by a name that is the same.
#[must_use]
pub fn share_a_name(a: &[FoldedName], b: &[FoldedName]) -> bool {
    a.iter().any(|name| !name.is_empty() && b.contains(name))
}

/// Whether they are in a class of the same name.
#[must_use]
pub fn share_a_class(person: &Incoming<'_>, known: &Known<'_>) -> bool {
    person.classes.iter().any(|class| known.classes.contains(class))
}

/// Whether something proves that they are two people: a different birth date, or a different UPN
/// (not a former one, none of them temporary).
#[must_use]
pub fn are_told_apart(person: &Incoming<'_>, known: &Known<'_>) -> bool {
    birth_dates_agree(person, known) == Some(false) || upns_agree(person, known) == Some(false)
}

/// Whether the birth dates agree; none where one is not known.
#[must_use]
pub fn birth_dates_agree(person: &Incoming<'_>, known: &Known<'_>) -> Option<bool> {
    Some(person.date_of_birth? == known.account.date_of_birth?)
}

/// Whether the UPNs agree; none where one is not known, or where it was temporary.
#[must_use]
pub fn upns_agree(person: &Incoming<'_>, known: &Known<'_>) -> Option<bool> {
    let (theirs, ours) = (person.upn?, known.upn?);
    if theirs == ours || person.former_upn == Some(ours) || known.former_upn == Some(theirs) {
        return Some(true);
    }
    (!theirs.is_temporary() && !ours.is_temporary()).then_some(false)
}

/// Same UPN, but neither name nor birth date is the same.
fn is_another_child(person: &Incoming<'_>, known: &Known<'_>) -> bool {
    !share_a_name(&person.names, &known.names) && birth_dates_agree(person, known) == Some(false)
}

/// Whether somebody may have been given the address of one who left: the account is linked to
/// another person of the MIS, and neither name is the same.
fn may_be_successor(person: &Incoming<'_>, known: &Known<'_>) -> bool {
    let (a, b) = (&person.name.folded, &known.name.folded);
    known.account.link.is_some() && a.forename != b.forename && a.surname != b.surname
}

/// Whether a stored link is belied by everything else that is known.
fn contradicts_link(person: &Incoming<'_>, known: &Known<'_>, by_plain_id: bool) -> bool {
    let (a, b) = (&person.name.folded, &known.name.folded);
    let (same_forename, same_surname) = (a.forename == b.forename, a.surname == b.surname);
    // A name that an admin set by hand says nothing of the one in the MIS.
    let other_forename = !same_forename && !known.account.keeps(PersonField::Forename);
    let other_surname = !same_surname && !known.account.keeps(PersonField::Surname);
    let only_kept_differs = !other_forename && !other_surname && (same_forename || same_surname);
    if share_a_name(&person.names, &known.names) || only_kept_differs {
        return false;
    }
    let facts = [birth_dates_agree(person, known), upns_agree(person, known)];
    if facts.contains(&Some(true)) {
        return false;
    }
    if facts.contains(&Some(false)) {
        return true;
    }
    let guids = (
        person.ids.external_id.as_ref(),
        known.account.link.as_ref().and_then(|link| link.ids.external_id.as_ref()),
    );
    if by_plain_id && matches!(guids, (Some(a), Some(b)) if a != b) {
        return true;
    }
    let same_email = person.email.is_some() && person.email == known.email;
    !known.names.iter().all(FoldedName::is_empty) && other_forename && other_surname && !same_email
}

/// The kinds of ids, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum IdKind {
    Xid,
    Guid,
    /// Counts only within one MIS.
    Plain,
}

impl IdKind {
    const ALL: [Self; 3] = [Self::Xid, Self::Guid, Self::Plain];

    fn of(self, ids: &MisIds) -> Option<&str> {
        let id = match self {
            Self::Xid => ids.xid.as_deref(),
            Self::Guid => ids.external_id.as_deref(),
            Self::Plain => Some(ids.id.as_str()),
        };
        id.filter(|id| !id.is_empty())
    }

    fn all_of(ids: &MisIds) -> impl Iterator<Item = (Self, &str)> {
        Self::ALL.into_iter().filter_map(|kind| Some((kind, kind.of(ids)?)))
    }

    /// The id of a link, as long as it says something about people of this MIS.
    fn of_link<'a>(self, link: &'a MisLink, mis: Option<&str>) -> Option<&'a str> {
        let counts = self != Self::Plain || link.mis.as_deref() == mis;
        self.of(&link.ids).filter(|_| counts)
    }
}

/// The ids and UPNs that stand twice in the feed.
struct Twice<'a> {
    /// Among those who have not left.
    ids: HashSet<(IdKind, &'a str)>,
    /// Among everybody.
    ids_of_all: HashSet<(IdKind, &'a str)>,
    upns: HashSet<Upn>,
    former_upns: HashSet<Upn>,
}

impl<'a> Twice<'a> {
    fn among(people: &'a [Incoming<'a>]) -> Self {
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
    fn has(&self, kind: IdKind, person: &Incoming<'_>) -> bool {
        let twice = if person.has_left { &self.ids_of_all } else { &self.ids };
        kind.of(person.ids).is_some_and(|id| twice.contains(&(kind, id)))
    }
}

fn repeated<T: Eq + Hash + Copy>(all: impl Iterator<Item = T>) -> HashSet<T> {
    let mut seen = HashSet::new();
    all.filter(|one| !seen.insert(*one)).collect()
}

fn index<K: Eq + Hash>(pairs: impl Iterator<Item = (K, usize)>) -> HashMap<K, Vec<usize>> {
    let mut index: HashMap<K, Vec<usize>> = HashMap::new();
    for (key, place) in pairs {
        let places = index.entry(key).or_default();
        if places.last() != Some(&place) {
            places.push(place);
        }
    }
    index
}

/// The remembered answers, found by the ids of the person they are about.
struct Answers<'a> {
    mis: Option<&'a str>,
    by_id: HashMap<&'a str, Vec<&'a StoredResolution>>,
}

impl<'a> Answers<'a> {
    fn of(context: &Context<'a>) -> Self {
        let mut by_id: HashMap<&str, Vec<&StoredResolution>> = HashMap::new();
        for answer in context.resolutions.iter().filter(|answer| answer.kind == context.kind) {
            let ids = &answer.ids;
            let all = [ids.xid.as_deref(), ids.external_id.as_deref(), Some(ids.id.as_str())];
            for id in all.into_iter().flatten() {
                by_id.entry(id).or_default().push(answer);
            }
        }
        Self { mis: context.mis, by_id }
    }

    fn to(&self, person: &Incoming<'_>, twice: &Twice<'_>) -> Option<&'a StoredResolution> {
        IdKind::ALL.into_iter().filter(|&kind| !twice.has(kind, person)).find_map(|kind| {
            let id = kind.of(person.ids)?;
            self.by_id.get(id)?.iter().copied().find(|answer| {
                kind.of(&answer.ids) == Some(id)
                    && (kind != IdKind::Plain || answer.mis.as_deref() == self.mis)
            })
        })
    }
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
