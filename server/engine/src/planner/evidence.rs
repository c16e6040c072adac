//! What speaks for and against a person of the MIS and an account being one and the same.
//!
//! Each fact agrees, differs, or is not known. No fact alone ends the inquiry: an id may have been
//! given to another child, a UPN entered for the wrong one, an address handed on.
//!
//! - *Same*: an identifying fact agrees (the MIS link; the UPN; the name and birth date together;
//!   the work e-mail with a forename that agrees), and at most one of the four facts that tell
//!   people apart differs: UPN, birth date, MIS record, whole name. One correction is normal life.
//! - *Different*: two of the four differ. A stored link is then void.
//! - *Doubtful*: an admin is asked.
//!
//! Where the rules leave room:
//! - Two that differ against a UPN, an e-mail, or a name with its birth date that agree are
//!   doubtful: somebody may have been adopted, or a UPN entered for the wrong child. So are two
//!   against two where the MIS record is one of those that agree.
//! - The MIS record is known by Xporter's id or the MIS's GUID; where neither is known on both sides,
//!   by the plain number, as long as that is of the same MIS.
//! - A plain number with a GUID that differs, or with one part of the name, is doubtful: numbers are
//!   given again, and twins share a surname and a birth date.
//! - A UPN under another forename is doubtful unless something besides the surname agrees: siblings
//!   share that. A temporary UPN is there to be replaced, so that a different one proves nothing.
//! - A name that an admin set by hand, or that is missing, says nothing.
//! - An admin's account never passes to another record unasked; nor does one in the trash that only
//!   the e-mail leads to.

use rollcall_shared::people::Role;
use rollcall_shared::plan::PersonField;

use super::matching::{Incoming, Known};
use crate::domain::accounts::KnownThen;
use crate::domain::mis_link::{IdKind, MisIds, MisLink};
use crate::domain::names::{ComparedName, FoldedName};
use crate::domain::upn::Upn;

/// What one fact says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Agrees,
    Differs,
    Unknown,
}

impl Fact {
    fn of<T: PartialEq>(theirs: Option<T>, ours: Option<T>) -> Self {
        match (theirs, ours) {
            (Some(theirs), Some(ours)) if theirs == ours => Self::Agrees,
            (Some(_), Some(_)) => Self::Differs,
            _ => Self::Unknown,
        }
    }

    #[must_use]
    pub(super) fn agrees(self) -> bool {
        self == Self::Agrees
    }

    #[must_use]
    pub(super) fn differs(self) -> bool {
        self == Self::Differs
    }
}

/// How the two names compare as a whole, preferred or legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameFact {
    Whole,
    /// The same surname, and a forename that is a usual nickname or spelling of the other.
    Usual,
    /// What is known on both sides agrees; the rest is missing, or was set by hand.
    AsFarAsKnown,
    Unknown,
    /// Only the forename agrees.
    Forename,
    /// Only the surname agrees.
    Surname,
    /// Neither agrees.
    Other,
}

impl NameFact {
    #[must_use]
    pub(super) const fn agrees(self) -> bool {
        matches!(self, Self::Whole | Self::Usual | Self::AsFarAsKnown)
    }

    #[must_use]
    pub(super) const fn differs(self) -> bool {
        matches!(self, Self::Forename | Self::Surname | Self::Other)
    }

    /// Whether it identifies somebody together with a birth date.
    const fn is_whole(self) -> bool {
        matches!(self, Self::Whole | Self::Usual)
    }

    const fn forename_agrees(self) -> bool {
        self.agrees() || matches!(self, Self::Forename)
    }
}

/// Ids and UPNs that say nothing of a person, since another of the feed has the same.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ignored {
    pub xid: bool,
    pub guid: bool,
    pub number: bool,
    pub upn: bool,
    pub former_upn: bool,
}

/// All that is known about a person and an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Xporter's id and the MIS's GUID.
    pub record: Fact,
    /// The plain number within one MIS.
    pub number: Fact,
    pub upn: Fact,
    pub birth_date: Fact,
    pub name: NameFact,
    pub email: Fact,
    /// Whether the account is linked to somebody of an MIS.
    is_linked: bool,
    is_admin: bool,
    is_active: bool,
}

/// What the evidence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    Same,
    Different,
    Doubtful,
    /// Nothing leads from the one to the other.
    Unrelated,
}

impl Evidence {
    /// Weighs a person and an account. `mis` is the MIS that the person's number is of.
    #[must_use]
    pub(super) fn of(
        person: &Incoming<'_>,
        known: &Known<'_>,
        mis: Option<&str>,
        ignored: Ignored,
    ) -> Self {
        let account = known.account;
        let link = account.link.as_ref();
        Self {
            record: link.map_or(Fact::Unknown, |link| record(person.ids, &link.ids, ignored)),
            number: link.map_or(Fact::Unknown, |link| number(person.ids, link, mis, ignored)),
            upn: upn(person, known, ignored),
            birth_date: Fact::of(person.date_of_birth, known.date_of_birth),
            name: name(person, known),
            email: Fact::of(person.email.as_deref(), known.email.as_deref()),
            is_linked: link.is_some(),
            is_admin: account.role == Role::Admin,
            is_active: account.is_active(),
        }
    }

    #[must_use]
    pub(super) fn judge(&self) -> Judgement {
        let leads = self.is_linked_to_it() || self.upn.agrees() || self.is_name_and_birth_date();
        if !leads && !self.number.agrees() && !self.email.agrees() {
            return Judgement::Unrelated;
        }
        match self.differing() {
            0 | 1 if self.identifies() => Judgement::Same,
            0 | 1 => Judgement::Doubtful,
            _ if self.is_worth_asking_about() => Judgement::Doubtful,
            _ => Judgement::Different,
        }
    }

    /// How many of the four facts that tell people apart differ.
    #[must_use]
    pub(super) fn differing(&self) -> usize {
        let differ = [
            self.upn.differs(),
            self.birth_date.differs(),
            self.name.differs(),
            self.is_another_record(),
        ];
        differ.into_iter().filter(|&differs| differs).count()
    }

    /// How many of the facts agree.
    #[must_use]
    pub(super) fn agreeing(&self) -> usize {
        let agree = [
            self.upn.agrees(),
            self.birth_date.agrees(),
            self.name.agrees(),
            self.is_linked_to_it(),
            self.email.agrees(),
        ];
        agree.into_iter().filter(|&agrees| agrees).count()
    }

    /// Whether the account is linked to this record of the MIS.
    #[must_use]
    pub(super) fn is_linked_to_it(&self) -> bool {
        self.record.agrees() || (self.record == Fact::Unknown && self.number.agrees())
    }

    /// Whether the account is linked to another record of the MIS.
    #[must_use]
    pub(super) fn is_another_record(&self) -> bool {
        self.record.differs() || (self.record == Fact::Unknown && self.number.differs())
    }

    /// Whether the account has been somebody else's until now, if it is this person's from now on.
    #[must_use]
    pub(super) fn was_somebody_elses(&self) -> bool {
        self.name.differs() || (self.is_linked && !self.is_linked_to_it())
    }

    /// Whether one of the two is told apart from the other by what belongs to one person only.
    #[must_use]
    pub(super) fn is_told_apart(&self) -> bool {
        self.upn.differs() || self.birth_date.differs()
    }

    #[must_use]
    pub(super) fn is_name_and_birth_date(&self) -> bool {
        self.name.is_whole() && self.birth_date.agrees()
    }

    /// Whether more leads to the account than a link or a number, which may have been given again.
    #[must_use]
    pub(super) fn leads_without_a_link(&self) -> bool {
        self.upn.agrees() || self.is_name_and_birth_date() || self.email.agrees()
    }

    fn is_worth_asking_about(&self) -> bool {
        self.leads_without_a_link() || (self.record.agrees() && self.agreeing() >= 2)
    }

    /// Whether an identifying fact agrees, where no more than one fact differs.
    fn identifies(&self) -> bool {
        if self.is_admin && !self.is_linked_to_it() {
            return !self.is_linked && self.name.is_whole() && self.email.agrees();
        }
        self.identifies_by_record()
            || self.identifies_by_number()
            || self.identifies_by_upn()
            || self.is_name_and_birth_date()
            || self.identifies_by_email()
    }

    fn identifies_by_record(&self) -> bool {
        let is_known_otherwise = self.upn.agrees() || self.birth_date.agrees();
        self.record.agrees() && (self.name != NameFact::Other || is_known_otherwise)
    }

    fn identifies_by_number(&self) -> bool {
        let is_known_otherwise =
            self.upn.agrees() || self.birth_date.agrees() || self.email.agrees();
        self.record == Fact::Unknown
            && self.number.agrees()
            && match self.name {
                NameFact::Forename | NameFact::Unknown => is_known_otherwise,
                name => name.agrees(),
            }
    }

    fn identifies_by_upn(&self) -> bool {
        let is_known_otherwise =
            self.birth_date.agrees() || self.is_linked_to_it() || self.email.agrees();
        self.upn.agrees()
            && match self.name {
                NameFact::Surname | NameFact::Other => is_known_otherwise,
                _ => true,
            }
    }

    fn identifies_by_email(&self) -> bool {
        self.email.agrees()
            && if self.is_active { self.name.forename_agrees() } else { self.name.agrees() }
    }
}

impl KnownThen {
    #[must_use]
    pub(super) fn usable_upn(&self) -> Option<Upn> {
        self.upn.as_deref().and_then(|upn| Upn::parse(upn).ok())
    }

    /// Whether one of the feed is this person, of these ids: no two of the facts that tell people
    /// apart differ, and of another name they are known by their MIS record or birth date. A number
    /// or a UPN may have been given to somebody else.
    #[must_use]
    pub(super) fn is_about(&self, ids: &MisIds, person: &Incoming<'_>, ignored: Ignored) -> bool {
        let name = ComparedName::of(&self.forename, &self.surname);
        let has_that_name = person.names.contains(&name.folded)
            || (person.name.folded.surname == name.folded.surname
                && person.name.has_usual_forename_of(&name));
        let has_another_name = !name.folded.is_empty() && !has_that_name;
        let birth_date = Fact::of(person.date_of_birth, self.date_of_birth);
        let record = record(person.ids, ids, ignored);
        let differ = [
            has_another_name,
            Fact::of(person.upn, self.usable_upn()).differs(),
            birth_date.differs(),
            record.differs(),
        ];
        let differing = differ.into_iter().filter(|&differs| differs).count();
        differing < 2 && (!has_another_name || birth_date.agrees() || record.agrees())
    }
}

/// An id on both sides. That two of the feed have it tells of neither; that it is another one does.
fn id(theirs: Option<&str>, ours: Option<&str>, is_ignored: bool) -> Fact {
    let is_known = |id: &&str| !id.is_empty();
    match (theirs.filter(is_known), ours.filter(is_known)) {
        (Some(theirs), Some(ours)) if theirs != ours => Fact::Differs,
        (Some(_), Some(_)) if !is_ignored => Fact::Agrees,
        _ => Fact::Unknown,
    }
}

fn record(theirs: &MisIds, ours: &MisIds, ignored: Ignored) -> Fact {
    let xid = id(theirs.xid.as_deref(), ours.xid.as_deref(), ignored.xid);
    let guid = id(theirs.external_id.as_deref(), ours.external_id.as_deref(), ignored.guid);
    match (xid, guid) {
        (Fact::Agrees, _) | (_, Fact::Agrees) => Fact::Agrees,
        (Fact::Differs, _) | (_, Fact::Differs) => Fact::Differs,
        _ => Fact::Unknown,
    }
}

fn number(theirs: &MisIds, link: &MisLink, mis: Option<&str>, ignored: Ignored) -> Fact {
    id(Some(&theirs.id), link.id(IdKind::Plain, mis), ignored.number)
}

/// A former UPN on either side tells of the same child; a temporary one does not tell of another.
fn upn(person: &Incoming<'_>, known: &Known<'_>, ignored: Ignored) -> Fact {
    let is_now = person.upn.is_some() && [known.upn, known.former_upn].contains(&person.upn);
    let was_before = person.former_upn.is_some() && person.former_upn == known.upn;
    if (is_now && !ignored.upn) || (was_before && !ignored.former_upn) {
        return Fact::Agrees;
    }
    match (person.upn, known.upn) {
        (Some(theirs), Some(ours))
            if theirs != ours
                && !was_before
                && !is_now
                && !theirs.is_temporary()
                && !ours.is_temporary() =>
        {
            Fact::Differs
        }
        _ => Fact::Unknown,
    }
}

fn name(person: &Incoming<'_>, known: &Known<'_>) -> NameFact {
    let part = |of: fn(&FoldedName) -> &str, field: PersonField| {
        let theirs = || person.names.iter().map(of).filter(|part| !part.is_empty());
        let mut ours = known.names.iter().map(of).filter(|part| !part.is_empty()).peekable();
        let is_known = theirs().next().is_some() && ours.peek().is_some();
        match ours.any(|part| theirs().any(|other| other == part)) {
            true => Fact::Agrees,
            false if is_known && !known.account.keeps(field) => Fact::Differs,
            false => Fact::Unknown,
        }
    };
    let forename = part(|name| &name.forename, PersonField::Forename);
    let surname = part(|name| &name.surname, PersonField::Surname);
    match (forename, surname) {
        (Fact::Agrees, Fact::Agrees) => NameFact::Whole,
        (Fact::Differs | Fact::Unknown, Fact::Agrees)
            if person.name.has_usual_forename_of(&known.name) =>
        {
            NameFact::Usual
        }
        (Fact::Differs, Fact::Agrees) => NameFact::Surname,
        (Fact::Agrees, Fact::Differs) => NameFact::Forename,
        (Fact::Differs, _) | (_, Fact::Differs) => NameFact::Other,
        (Fact::Unknown, Fact::Unknown) => NameFact::Unknown,
        _ => NameFact::AsFarAsKnown,
    }
}
