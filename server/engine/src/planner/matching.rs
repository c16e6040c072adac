//! Who of the MIS is which account.
//!
//! What leads from a person to an account (the stored MIS link, the UPN or the former one, the birth
//! date with the name, the e-mail of staff) only finds the candidates; whether the two are one is
//! weighed by [`Evidence`], with all that is known for and against. The surest pairs are made first,
//! for everybody; an admin's remembered answer counts where the evidence leaves a doubt. What is
//! left and has a similar name, or the same surname in the same class, is a *possible duplicate*, on
//! which an admin decides; nobody is ever merged silently. Everybody else is new.
//!
//! One account belongs to one person at most: two people in one feed are always different people.
//! An id that stands twice in the feed matches nobody. Anyone who has the same plain id as another is
//! imported by nobody, since classes and groups know people by it; where only the GUID or Xporter's
//! id is the same, that kind of id is left aside and the others go on counting. A UPN that stands
//! twice leaves links alone, and otherwise imports nobody.
//!
//! Where the rules leave room:
//! - Where facts point to two accounts an admin is asked, unless nothing differs from the one that
//!   is linked, or the other has less in common and more that differs.
//! - Of the rows of a pupil who left and came back only the one on the roll counts: an id belongs
//!   to it, and does not stand twice.
//! - Anyone who can't be told apart, or is not to be imported and so is not asked about, may still be
//!   the owner of an account: each that may be theirs is held, so that it never leaves.
//! - Those who left are matched by link or UPN only, after everybody on the roll: a pupil who left
//!   and came back has two rows, and the account goes to the one on the roll. What is
//!   open between people on the roll goes to no leaver.
//! - A child recorded twice has two accounts. Once one of the two records closes an admin is asked
//!   which account goes on, so that the one in use is not sent to the trash unasked.

mod answers;
mod doubtful;
mod leads;
mod namesakes;
mod recorded_twice;
mod twice;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use chrono::NaiveDate;
use rollcall_shared::people::PersonKind;
use rollcall_shared::year_group::YearGroup;

use super::evidence::{Evidence, Judgement, NameFact};
use crate::domain::accounts::{Account, StoredResolution};
use crate::domain::mis_link::{IdKind, MisIds};
use crate::domain::names::{ComparedName, FoldedName};
use crate::domain::upn::Upn;
use answers::Answers;
use leads::Leads;
use namesakes::Namesakes;
use twice::Twice;

/// A person of the feed, as matching sees them.
#[derive(Clone, Debug)]
pub(super) struct Incoming<'a> {
    pub ids: &'a MisIds,
    /// The preferred name.
    pub name: ComparedName,
    /// The names they go by, preferred and legal.
    pub names: Vec<FoldedName>,
    /// Only with a right check letter.
    pub upn: Option<Upn>,
    pub former_upn: Option<Upn>,
    /// Only where it can be one.
    pub date_of_birth: Option<NaiveDate>,
    /// Staff: the work e-mail, folded; none where two people have the same.
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
pub(super) struct Known<'a> {
    pub account: &'a Account,
    pub name: ComparedName,
    pub names: Vec<FoldedName>,
    pub upn: Option<Upn>,
    pub former_upn: Option<Upn>,
    /// Only where it can be one.
    pub date_of_birth: Option<NaiveDate>,
    pub email: Option<String>,
    /// Names of their classes, in the form classes are compared in.
    pub classes: Vec<Rc<str>>,
}

/// What else matching has to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub kind: PersonKind,
    /// Which MIS the plain ids are of.
    pub mis: Option<&'a str>,
    pub resolutions: &'a [StoredResolution],
    /// Whether the MIS has gone into a new academic year: then pupils are expected a year higher.
    pub is_rollover: bool,
}

/// What has been found out about a person of the feed. Accounts are named by their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Account {
        account: usize,
        by: Rule,
        evidence: Evidence,
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
    pub(super) const fn is_answered(&self) -> bool {
        matches!(self, Self::New { said_so: true } | Self::Account { by: Rule::Answer, .. })
    }
}

/// What led from a person to their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    Link,
    Upn,
    FormerUpn,
    NameAndBirthDate,
    Answer,
    Email,
}

/// Why an admin is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    SimilarName,
    /// Something leads to the account, and the rest speaks against it or is not enough.
    Contradiction,
    /// Several accounts fit, or several people one account.
    Several,
    /// Nobody fits, but an account of the same surname in the same class has no owner.
    SurnameInClass,
    /// Recorded twice, and one of the two records has closed.
    RecordedTwice,
}

/// What matching found.
#[derive(Clone, Debug)]
pub(super) struct Matching {
    /// One for each person, in their order.
    pub verdicts: Vec<Verdict>,
    /// Accounts that nobody was matched to although their owner may well be in the feed: they never
    /// leave.
    pub held: HashMap<usize, HoldReason>,
}

/// Why an account is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldReason {
    /// Their id stands twice in the feed, or they may be one of those of whom one does.
    Twice,
    /// They may be somebody who is not to be imported.
    NotImported,
}

/// Matches everybody of one kind.
#[must_use]
pub(super) fn match_people(
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
        leads: Leads::to(accounts),
        namesakes: OnceCell::new(),
        answers: Answers::of(&context),
    };
    matcher.set_aside_ids_that_stand_twice();
    // What is found may settle what was ambiguous before: go on until nothing more is found, so
    // that the next run finds nothing that this one could have. Leavers come when all is settled
    // that can be for those on the roll.
    while matcher.claim_the_surest() || matcher.claim_for_leavers() {}
    matcher.ask_about_those_recorded_twice();
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
    /// Whom a person might be, with the reason to ask.
    doubts: HashMap<usize, Question>,
    twice: Twice<'a>,
    leads: Leads<'a>,
    /// Made where one is asked about: on most nights nobody is.
    namesakes: OnceCell<Namesakes<'a>>,
    answers: Answers<'a>,
}

/// Why an admin is asked about a person, and which accounts they might have.
type Question = (Doubt, BTreeSet<usize>);

/// An account that something leads to from a person.
#[derive(Clone, Copy, Debug)]
struct Lead {
    account: usize,
    evidence: Evidence,
    judgement: Judgement,
    /// It had the former UPN of several people, which tells of none of them.
    is_shared: bool,
}

impl Lead {
    fn is_same(&self) -> bool {
        self.judgement == Judgement::Same
    }

    /// Nothing differs from the account that is linked to them.
    fn is_certain(&self) -> bool {
        self.is_same() && self.evidence.is_linked_to_it() && self.evidence.differing() == 0
    }
}

/// What to do about a person, as far as it can be seen from them alone.
enum Pick {
    Claim { account: usize, rank: Rank, evidence: Evidence },
    Ask(Doubt, BTreeSet<usize>),
    Nothing,
}

/// How sure a pair is, the surest first: what led there, how much differs, and whether the weaker of
/// two such facts led there.
type Rank = (Rule, usize, bool);

const ANSWERED: Rank = (Rule::Answer, 0, false);

/// Somebody who fits an account.
#[derive(Clone, Copy, Debug)]
struct Claim {
    person: usize,
    rank: Rank,
    evidence: Evidence,
}

impl Claim {
    fn is_certain(&self) -> bool {
        self.rank.0 == Rule::Link && self.evidence.differing() == 0
    }

    fn fits_better_than(&self, other: &Self) -> bool {
        fits_better(&self.evidence, &other.evidence)
    }
}

/// Whether less differs and no less agrees, or no more differs and more agrees.
fn fits_better(one: &Evidence, other: &Evidence) -> bool {
    let (differs, agrees) = (one.differing(), one.agreeing());
    let (differs_there, agrees_there) = (other.differing(), other.agreeing());
    (differs < differs_there && agrees >= agrees_there)
        || (differs <= differs_there && agrees > agrees_there)
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

    fn is_free(&self, account: usize) -> bool {
        self.claimed.get(account) == Some(&false)
    }

    fn namesakes(&self) -> &Namesakes<'a> {
        self.namesakes.get_or_init(|| Namesakes::among(self.people, self.accounts))
    }

    fn is_active(&self, account: usize) -> bool {
        self.accounts.get(account).is_some_and(|known| known.account.is_active())
    }

    /// The accounts that nobody has been found to own.
    fn free_accounts(&self) -> impl Iterator<Item = (usize, &'a Known<'a>)> + use<'_, 'a> {
        self.accounts.iter().enumerate().filter(|(place, _)| self.is_free(*place))
    }

    fn claim(&mut self, person: usize, account: usize, by: Rule, evidence: Evidence) {
        if let (Some(verdict), Some(claimed)) =
            (self.verdicts.get_mut(person), self.claimed.get_mut(account))
        {
            *verdict = Some(Verdict::Account { account, by, evidence });
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

    /// Nobody can tell which of them a plain id means: they are left alone, and so is the account.
    /// Of those who have left nobody needs to know.
    fn set_aside_ids_that_stand_twice(&mut self) {
        for (person, verdict) in self.people.iter().zip(&mut self.verdicts) {
            if !person.has_left && self.twice.has(IdKind::Plain, person) {
                *verdict = Some(Verdict::IdTwice);
            }
        }
    }

    fn weigh(&self, person: &Incoming<'_>, known: &Known<'_>) -> Evidence {
        Evidence::of(person, known, self.context.mis, self.twice.ignored(person))
    }

    /// The free accounts that something leads to, in their order.
    fn leads(&self, person: &Incoming<'_>) -> Vec<Lead> {
        let mut places = self.leads.from(person, self.context.kind);
        let ignored = self.twice.ignored(person);
        places.retain(|place| self.is_free(*place));
        places
            .into_iter()
            .filter_map(|account| {
                let known = self.accounts.get(account)?;
                let evidence = Evidence::of(person, known, self.context.mis, ignored);
                let is_shared = self.may_have_had_that_upn(person, known);
                let judgement = match evidence.judge() {
                    Judgement::Unrelated if is_shared => Judgement::Doubtful,
                    judgement => judgement,
                };
                let leads_there = matches!(judgement, Judgement::Same | Judgement::Doubtful);
                leads_there.then_some(Lead { account, evidence, judgement, is_shared })
            })
            .collect()
    }

    /// Whether an account had the former UPN of this person and of others: that tells of none of
    /// them, also once the others are found.
    fn may_have_had_that_upn(&self, person: &Incoming<'_>, known: &Known<'_>) -> bool {
        let is_shared = |upn: &Upn| self.twice.former_upns.contains(upn) && known.upn == Some(*upn);
        person.former_upn.as_ref().is_some_and(is_shared)
    }

    fn rank(&self, person: &Incoming<'_>, lead: &Lead) -> Rank {
        let Lead { account, evidence, .. } = lead;
        let has_their_upn =
            || self.accounts.get(*account).is_some_and(|known| known.upn == person.upn);
        let by = if evidence.is_linked_to_it() {
            Rule::Link
        } else if evidence.upn.agrees() {
            if has_their_upn() { Rule::Upn } else { Rule::FormerUpn }
        } else if evidence.is_name_and_birth_date() {
            Rule::NameAndBirthDate
        } else {
            Rule::Email
        };
        let is_less_sure = match by {
            Rule::Link => !evidence.record.agrees(),
            _ => evidence.name != NameFact::Whole,
        };
        (by, evidence.differing(), is_less_sure)
    }

    fn pick(&self, person: &Incoming<'_>) -> Pick {
        let leads = self.leads(person);
        let claim = |lead: &Lead| Pick::Claim {
            account: lead.account,
            rank: self.rank(person, lead),
            evidence: lead.evidence,
        };
        let ask = |why, leads: &[&Lead]| match leads {
            [] => Pick::Nothing,
            some => Pick::Ask(why, some.iter().map(|lead| lead.account).collect()),
        };
        let certain: Vec<&Lead> =
            self.active_first(leads.iter().filter(|lead| lead.is_certain()).collect());
        let same: Vec<&Lead> = leads.iter().filter(|lead| lead.is_same()).collect();
        // Back from the trash, unless they have another account by now that fits as well.
        let fits_as_well = |one: &&Lead, only: &Lead| {
            self.is_active(one.account)
                && one.evidence.differing() == 0
                && one.evidence.agreeing() >= only.evidence.agreeing()
        };
        match certain.as_slice() {
            [] => {}
            [only]
                if !self.is_active(only.account)
                    && same.iter().any(|one| fits_as_well(one, only)) =>
            {
                return ask(Doubt::Several, &same);
            }
            [only] => return claim(only),
            several => return ask(Doubt::Several, several),
        }
        let Some(best) = same.iter().find(|lead| self.is_better_than_all(lead, &same)) else {
            let all: Vec<&Lead> = leads.iter().collect();
            let is_one = all.len() == 1 && !all.iter().any(|lead| lead.is_shared);
            return ask(if is_one { Doubt::Contradiction } else { Doubt::Several }, &all);
        };
        let against: Vec<&Lead> =
            leads.iter().filter(|other| !other.is_same() && speaks_against(other, best)).collect();
        if !against.is_empty() {
            return ask(Doubt::Several, &[&against[..], &[*best]].concat());
        }
        match self.others_of_the_name(person, best) {
            Some(accounts) => Pick::Ask(Doubt::Several, accounts),
            None => claim(best),
        }
    }

    /// Where one fact alone leads to an account of another name: the account, with those that have
    /// the person's own name, if there are such, or if somebody else of the feed has the name of the
    /// account. The fact may have been given to the wrong one of them.
    fn others_of_the_name(&self, person: &Incoming<'_>, best: &Lead) -> Option<BTreeSet<usize>> {
        if !best.evidence.name.differs() || best.evidence.agreeing() > 1 {
            return None;
        }
        let known = self.accounts.get(best.account)?;
        let mut accounts: BTreeSet<usize> = self
            .namesakes()
            .accounts_of(&person.name)
            .filter(|account| *account != best.account && self.is_free(*account))
            .filter(|account| {
                let other = self.accounts.get(*account);
                other.is_some_and(|other| !self.weigh(person, other).is_told_apart())
            })
            .collect();
        let is_theirs = self.has_a_namesake(known, |other| !std::ptr::eq(other.ids, person.ids));
        if accounts.is_empty() && !is_theirs {
            return None;
        }
        accounts.insert(best.account);
        Some(accounts)
    }

    /// Whether somebody here who has no account yet has the name of this one, and nothing tells them
    /// apart: they would be asked about it themselves.
    fn has_a_namesake(&self, known: &Known<'_>, counts: impl Fn(&Incoming<'_>) -> bool) -> bool {
        self.namesakes().people_of(&known.name).any(|place| {
            let is_open = self.verdicts.get(place) == Some(&None);
            self.people.get(place).is_some_and(|person| {
                is_open
                    && !person.has_left
                    && counts(person)
                    && !self.is_said_to_be_new(person)
                    && (share_a_name(&person.names, &known.names)
                        || self.may_be_of_that_year(person, known))
                    && !self.weigh(person, known).is_told_apart()
            })
        })
    }

    /// Active ones, or else those in the trash.
    fn active_first<'l>(&self, leads: Vec<&'l Lead>) -> Vec<&'l Lead> {
        let active: Vec<&Lead> =
            leads.iter().filter(|lead| self.is_active(lead.account)).copied().collect();
        if active.is_empty() { leads } else { active }
    }

    /// Whether one of those who may be the same fits better than each of the others, or as little
    /// differs and it is active while they are not.
    fn is_better_than_all(&self, lead: &Lead, all: &[&Lead]) -> bool {
        let is_active = self.is_active(lead.account);
        all.iter().filter(|other| other.account != lead.account).all(|other| {
            let differ_alike = lead.evidence.differing() == other.evidence.differing();
            if differ_alike && is_active != self.is_active(other.account) {
                return is_active;
            }
            fits_better(&lead.evidence, &other.evidence)
        })
    }

    /// Makes the pairs that can be made without a doubt. False if there are none.
    fn claim_the_surest(&mut self) -> bool {
        let picks: Vec<(usize, Pick)> = self
            .open(false)
            .map(|(place, person)| (place, self.pick_with_answer(person)))
            .collect();
        self.doubts.clear();
        let mut claims: BTreeMap<usize, Vec<Claim>> = BTreeMap::new();
        let mut asked_about: HashSet<usize> = HashSet::new();
        for (person, pick) in picks {
            match pick {
                Pick::Claim { account, rank, evidence } => {
                    claims.entry(account).or_default().push(Claim { person, rank, evidence });
                }
                Pick::Ask(why, accounts) => {
                    asked_about.extend(&accounts);
                    self.doubt(person, why, accounts);
                }
                Pick::Nothing => {}
            }
        }
        let mut claims: Vec<(usize, Vec<Claim>)> = claims.into_iter().collect();
        for (_, claims) in &mut claims {
            claims.sort_by_key(|claim| (claim.rank, claim.person));
        }
        claims.sort_by_key(|(account, claims)| (claims.first().map(|one| one.rank), *account));
        let mut found = None;
        for (account, claims) in claims {
            // What the surest settle may change what can be said of the others.
            let rank = claims.first().map(|claim| claim.rank);
            if found.is_some() && found != rank {
                break;
            }
            match self.whose(account, &claims, asked_about.contains(&account)) {
                Some(claim) => {
                    self.claim(claim.person, account, claim.rank.0, claim.evidence);
                    found = rank;
                }
                None => {
                    for claim in claims {
                        self.doubt(claim.person, Doubt::Several, [account]);
                    }
                }
            }
        }
        found.is_some()
    }

    /// Which of those who fit an account, the surest first, owns it: the one it is linked to if
    /// nothing differs, or the one of whom an admin said so, or the one who fits better than all of
    /// whom no admin said that they are new. None if that is nobody, or if not all fits and the
    /// account is one of those that somebody else is asked about.
    fn whose(&self, account: usize, claims: &[Claim], is_asked_about: bool) -> Option<Claim> {
        let is_unmatched =
            |claim: &Claim, other: &Claim| claim.person == other.person || claim.rank != other.rank;
        let first = claims.first()?;
        let is_open = |claim: &Claim| is_asked_about && claim.evidence.differing() > 0;
        if claims.len() == 1 {
            return (!is_open(first) || first.rank == ANSWERED).then_some(*first);
        }
        if first.is_certain() && claims.iter().all(|other| is_unmatched(first, other)) {
            return Some(*first);
        }
        let said = |claim: &&Claim| self.said_to_be(claim.person);
        let mut said_so = claims.iter().filter(|claim| said(claim) == Some(Some(account)));
        if let (Some(only), None) = (said_so.next(), said_so.next()) {
            return Some(Claim { rank: ANSWERED, ..*only });
        }
        let others: Vec<&Claim> = claims.iter().filter(|claim| said(claim) != Some(None)).collect();
        let best = *others.first()?;
        let is_alone = others.iter().all(|other| {
            other.person == best.person
                || (is_unmatched(best, other)
                    && (best.evidence.differing() == 0 || best.fits_better_than(other)))
        });
        (is_alone && !is_open(best)).then_some(*best)
    }

    /// What an admin said of a person: none if nothing that still holds, else the place of the
    /// account, or none for someone new.
    fn said_to_be(&self, person: usize) -> Option<Option<usize>> {
        let answer = self.answers.to(self.people.get(person)?, &self.twice)?;
        let Some(account) = answer.same_as else { return Some(None) };
        self.leads.by_account.get(&account.0).map(|place| Some(*place))
    }

    /// "The same person as …", or "someone new", where the link, the UPN, or the name with the birth
    /// date has not decided already.
    fn pick_with_answer(&self, person: &Incoming<'_>) -> Pick {
        let pick = self.pick(person);
        if matches!(&pick, Pick::Claim { rank: (by, ..), .. } if *by < Rule::Answer) {
            return pick;
        }
        let Some(answer) = self.answers.to(person, &self.twice) else { return pick };
        let Some(account) = answer.same_as else { return Pick::Nothing };
        let place = self.leads.by_account.get(&account.0).copied();
        let Some((place, known)) = place
            .filter(|place| self.is_free(*place))
            .and_then(|place| Some((place, self.accounts.get(place)?)))
        else {
            return pick;
        };
        let evidence = self.weigh(person, known);
        Pick::Claim { account: place, rank: ANSWERED, evidence }
    }

    /// Those who left, by link or UPN. What an admin is asked about for somebody on the roll is no
    /// leaver's, unless it is linked to them.
    fn claim_for_leavers(&mut self) -> bool {
        let mut claims: BTreeMap<(Rank, usize), Vec<(usize, Evidence)>> = BTreeMap::new();
        for (place, person) in self.open(true) {
            let leads = self.leads(person);
            let mut same = leads.iter().filter(|lead| {
                let is_linked = lead.evidence.is_linked_to_it();
                lead.is_same()
                    && (is_linked || lead.evidence.upn.agrees())
                    && self.may_be_a_leavers(lead.account, is_linked)
            });
            if let (Some(only), None) = (same.next(), same.next()) {
                let key = (self.rank(person, only), only.account);
                claims.entry(key).or_default().push((place, only.evidence));
            }
        }
        let mut found = false;
        for (((by, ..), account), people) in claims {
            if let [(person, evidence)] = people.as_slice()
                && self.is_free(account)
            {
                self.claim(*person, account, by, *evidence);
                found = true;
            }
        }
        found
    }

    fn may_be_a_leavers(&self, account: usize, is_linked: bool) -> bool {
        let Some(known) = self.accounts.get(account) else { return false };
        let is_asked_about = self.doubts.iter().any(|(person, (why, all))| {
            all.contains(&account)
                && (!is_linked || *why == Doubt::Several || self.may_be_theirs(*person, known))
        });
        known.account.link.is_some()
            && !is_asked_about
            && !self.has_a_namesake(known, |person| person.is_wanted)
    }

    /// Whether more than an e-mail address leads from somebody on the roll to an account.
    fn may_be_theirs(&self, person: usize, known: &Known<'_>) -> bool {
        self.people.get(person).is_some_and(|person| {
            let evidence = self.weigh(person, known);
            evidence.upn.agrees() || evidence.is_name_and_birth_date()
        })
    }
}

/// Whether an account that is doubtful for a person keeps them from being the owner of one that
/// fits: where a UPN, an e-mail or a name with its birth date leads there. Not if nothing differs
/// from the one that fits, nor if that is linked to them under their name and the other is no more
/// than one fact.
fn speaks_against(other: &Lead, best: &Lead) -> bool {
    let (fits, doubtful) = (&best.evidence, &other.evidence);
    let is_theirs = fits.is_linked_to_it() && fits.name.agrees() && doubtful.differing() >= 2;
    doubtful.leads_without_a_link() && fits.differing() > 0 && !is_theirs
}

/// Whether two people go by a name that is the same.
#[must_use]
pub(super) fn share_a_name(a: &[FoldedName], b: &[FoldedName]) -> bool {
    a.iter().any(|name| !name.is_empty() && b.contains(name))
}

/// Whether they are in a class of the same name.
#[must_use]
pub(super) fn share_a_class(person: &Incoming<'_>, known: &Known<'_>) -> bool {
    person.classes.iter().any(|class| known.classes.contains(class))
}
