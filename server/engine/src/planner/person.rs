//! One person of the plan in the making.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use rand::CryptoRng;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::AccountId;
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{
    Candidate, LeftOut, PersonField, PersonProblem, ProblemCode, ProposedUsername, Warning,
    WarningCode,
};
use rollcall_shared::year_group::YearGroup;

use super::matched::Matched;
use crate::domain::accounts::{Account, KnownThen};
use crate::domain::mis_link::{MisIds, MisLink};
use crate::domain::names::tidy;
use crate::planner::classes::class_key;
use crate::planner::evidence::{Evidence, Fact, Ignored, NameFact};
use crate::planner::matching::{
    Doubt, Incoming, Known, Rule, Verdict, share_a_class, share_a_name,
};

/// A person of the plan, before their place in it is known.
#[derive(Clone, Debug)]
pub(super) struct UnplacedPerson<'a> {
    pub kind: PersonKind,
    pub forename: String,
    pub surname: String,
    /// Who of the MIS it is; none for those who are gone from it.
    pub link: Option<MisLink>,
    pub year: Option<YearGroup>,
    pub class: Option<String>,
    pub outcome: Outcome<'a>,
    /// The rule that decided, in plain words.
    pub rule: String,
    pub warnings: Vec<Warning>,
    /// A username that goes with their new name.
    pub proposed: Option<ProposedUsername>,
    /// Whether an admin said who they are.
    pub is_answered: bool,
    /// What the MIS says of them, where an admin is asked or has answered.
    pub about: Option<KnownThen>,
    /// Whether their account was somebody else's until now, whose login ends.
    pub ends_login: bool,
}

/// What becomes of a person.
#[derive(Clone, Debug)]
pub(super) enum Outcome<'a> {
    /// Cannot be imported.
    Problem { problem: PersonProblem, account: Option<AccountId> },
    PossibleDuplicate {
        candidates: Vec<Candidate>,
        is_sure: bool,
        /// What becomes of them if they are said to be someone new; none where they can't be.
        as_new: Option<Box<Outcome<'a>>>,
    },
    /// Left out by choice.
    NotImported(LeftOut),
    /// An account that nobody in the MIS was matched to.
    Unmatched(&'a Account),
    /// A new account; its id and username are still to come.
    New { account: Box<Account>, password: Option<PasswordFormat> },
    /// An account, and as the MIS would have it; none where that is the same. Of the latter, what
    /// an admin changed by hand is only shown.
    Known { account: &'a Account, after: Option<Box<Account>> },
}

impl<'a> Outcome<'a> {
    /// Whether they have an account, or get one.
    pub(super) const fn is_imported(&self) -> bool {
        matches!(self, Self::New { .. } | Self::Known { .. })
    }

    /// An account as it is and as it will be, the same or not.
    pub(super) fn known(before: &'a Account, after: Account) -> Self {
        let after = (*before != after).then(|| Box::new(after));
        Self::Known { account: before, after }
    }
}

impl UnplacedPerson<'_> {
    /// Draws the id of a new account.
    pub(super) fn draw_id(&mut self, rng: &mut dyn CryptoRng) {
        if let Outcome::New { account, .. } = &mut self.outcome {
            let mut bytes = [0; 16];
            rng.fill_bytes(&mut bytes);
            account.id = AccountId(uuid::Builder::from_random_bytes(bytes).into_uuid());
        }
    }

    /// Notes what an admin is asked, or has answered, about: `about` is what the MIS says of them.
    pub(super) fn answered(self, verdict: &Verdict, about: KnownThen) -> Self {
        let is_answered = verdict.is_answered();
        let is_asked = is_answered || matches!(verdict, Verdict::PossibleDuplicate { .. });
        Self { is_answered, about: is_asked.then_some(about), ..self }
    }

    pub(super) fn warn(&mut self, code: WarningCode, message: impl Into<String>) {
        self.warnings.push(Warning { code, message: message.into() });
    }

    /// Turns the person into one who cannot be imported.
    pub(super) fn refuse(&mut self, problem: Outcome<'static>) {
        self.outcome = problem;
        self.warnings.clear();
    }
}

/// What to do where the correction is made in the MIS.
pub(super) const SHOWS_TOMORROW: &str =
    "A correction in your MIS normally shows here tomorrow; then run the wizard again.";

pub(super) fn problem(
    code: ProblemCode,
    reason: impl Into<String>,
    fix: impl Into<String>,
    account: Option<AccountId>,
) -> Outcome<'static> {
    let problem = PersonProblem { code, reason: reason.into(), fix: fix.into() };
    Outcome::Problem { problem, account }
}

pub(super) fn id_twice(kind: PersonKind) -> Outcome<'static> {
    let what = match kind {
        PersonKind::Pupil => {
            "Another pupil in your MIS has the same MIS number or UPN, so the two can't be told apart."
        }
        PersonKind::Staff => {
            "Another member of staff in your MIS has the same MIS number, so the two can't be told apart."
        }
    };
    let fix = format!(
        "Check in your MIS whether the same person is recorded twice, or a number was given \
         twice. {SHOWS_TOMORROW}"
    );
    problem(ProblemCode::IdTwice, what, fix, None)
}

/// What led to the account and, where something differs, what else speaks for and against it.
pub(super) fn why(by: Rule, evidence: &Evidence) -> Cow<'static, str> {
    let led_there = rule_text(by);
    let against = against(evidence);
    if against.is_empty() {
        return Cow::Borrowed(led_there);
    }
    let other_facts = [
        (evidence.name.agrees(), by != Rule::NameAndBirthDate, "the same name"),
        (evidence.birth_date.agrees(), by != Rule::NameAndBirthDate, "the same date of birth"),
        (evidence.upn.agrees(), !matches!(by, Rule::Upn | Rule::FormerUpn), "the same UPN"),
        (evidence.email.agrees(), by != Rule::Email, "the same e-mail address"),
    ];
    let also: Vec<&str> = other_facts
        .into_iter()
        .filter_map(|(agrees, is_other, what)| (agrees && is_other).then_some(what))
        .collect();
    let but = in_words(&against);
    Cow::Owned(if also.is_empty() {
        format!("{led_there}, with {but}")
    } else {
        format!("{led_there}, with {}, but {but}", in_words(&also))
    })
}

/// The facts that differ, each with its article.
fn against(evidence: &Evidence) -> Vec<&'static str> {
    let name = match evidence.name {
        NameFact::Surname => Some("a different first name"),
        NameFact::Forename => Some("a different surname"),
        NameFact::Other => Some("a different name"),
        _ => None,
    };
    let others = [
        (evidence.birth_date.differs(), "a different date of birth"),
        (evidence.upn.differs(), "a different UPN"),
        (evidence.is_another_record(), "another record in your MIS"),
    ];
    let others = others.into_iter().filter_map(|(differs, what)| differs.then_some(what));
    name.into_iter().chain(others).collect()
}

/// "a, b and c".
fn in_words(all: &[&str]) -> String {
    match all {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// The rule that matched, in plain words.
const fn rule_text(rule: Rule) -> &'static str {
    match rule {
        Rule::Link => "Linked to this person in your MIS before",
        Rule::Answer => "You said that they are the same person",
        Rule::Upn => "Same UPN as an account you have",
        Rule::FormerUpn => "An account you have has their former UPN",
        Rule::NameAndBirthDate => "Same name and date of birth as an account you have",
        Rule::Email => "Same e-mail address as an account you have",
    }
}

pub(super) const fn new_text(said_so: bool) -> &'static str {
    if said_so {
        "You said that they are someone new"
    } else {
        "No account matches, so they are \
                                                                new"
    }
}

pub(super) const fn doubt_text(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::SimilarName => {
            "Same or similar name, and nothing to tell whether they are the same person"
        }
        Doubt::Contradiction => {
            "Something points to an account you have, but the rest differs or is not enough"
        }
        Doubt::Several => "What your MIS says about them points to more than one account or person",
        Doubt::SurnameInClass => {
            "No account matches, but one with the same surname in the same class belongs to no one \
             in your MIS"
        }
        Doubt::RecordedTwice => {
            "Recorded twice in your MIS until now, with an account for each record; only this \
             record is left"
        }
    }
}

/// The link as it will be stored. Ids that this feed leaves out are kept as long as the person was
/// found by the link itself.
pub(super) fn link_after(
    mis: Option<&str>,
    ids: &MisIds,
    before: Option<&Account>,
    rule: Option<Rule>,
) -> MisLink {
    let mut ids = ids.clone();
    if rule == Some(Rule::Link)
        && let Some(old) = before.and_then(|account| account.link.as_ref())
    {
        ids.external_id = ids.external_id.or_else(|| old.ids.external_id.clone());
        ids.xid = ids.xid.or_else(|| old.ids.xid.clone());
    }
    // A feed that does not say which MIS it is of takes nothing back where the number is the same.
    let unsaid = before
        .and_then(|account| account.link.as_ref())
        .filter(|old| rule == Some(Rule::Link) && old.ids.id == ids.id);
    let mis = mis.map(str::to_owned).or_else(|| unsaid.and_then(|old| old.mis.clone()));
    MisLink { mis, ids }
}

/// What an admin set by hand of somebody whom the MIS has: not any more that they were brought back
/// although it had them no longer.
pub(super) fn kept_in_mis(before: &Account) -> BTreeSet<PersonField> {
    before.kept.iter().copied().filter(|field| *field != PersonField::Status).collect()
}

/// The new text, or the old one where the MIS has none.
///
/// A name without a letter or digit, such as the "-" that some MISs put for a missing surname, is
/// none.
pub(super) fn text_after(new: &str, before: Option<&str>) -> String {
    let new = tidy(new);
    if !new.contains(char::is_alphanumeric) { before.unwrap_or_default().to_owned() } else { new }
}

/// As [`text_after`], for what may be missing altogether.
pub(super) fn optional_after(new: Option<&str>, before: Option<&String>) -> Option<String> {
    new.map(tidy).filter(|text| !text.is_empty()).or_else(|| before.cloned())
}

/// The accounts a person might be, with what agrees and what differs, the best fitting one first:
/// the one in which most agrees, the whole name before a similar one, then the one in which least
/// differs, and active ones before the trash. `class` is where the person would be.
pub(super) fn candidates(
    matched: &Matched<'_>,
    person: &Incoming<'_>,
    known: &[Known<'_>],
    places: &[usize],
    class: Option<&str>,
    why: Doubt,
) -> Vec<Candidate> {
    let known = places.iter().filter_map(|&place| known.get(place));
    let mut candidates: Vec<(bool, Candidate)> = known
        .map(|known| {
            let account = known.account;
            let mis = matched.inputs.roster.mis.as_deref();
            let evidence = Evidence::of(person, known, mis, Ignored::default());
            let (agrees, differs) = comparison(&evidence, person, known);
            let class_now = account.class.and_then(|id| matched.class_names.get(&id)).copied();
            let candidate = Candidate {
                account: account.id,
                name: display_name(&account.forename, &account.surname),
                year: account.year,
                class: class_now.map(str::to_owned),
                username: account.username.clone(),
                in_trash: !account.is_active(),
                agrees,
                differs,
                if_same: match why {
                    Doubt::RecordedTwice => if_it_goes_on(account),
                    _ => if_same(account, class_now, class, &evidence),
                },
                if_another: if_another(account),
            };
            (!share_a_name(&person.names, &known.names), candidate)
        })
        .collect();
    candidates.sort_by(|(is_only_similar, a), (is_only_similar_too, b)| {
        let fit = |is_only_similar: bool, one: &Candidate| {
            (Reverse(one.agrees.len()), is_only_similar, one.differs.len(), one.in_trash)
        };
        let order = fit(*is_only_similar, a).cmp(&fit(*is_only_similar_too, b));
        order.then_with(|| a.account.cmp(&b.account))
    });
    candidates.into_iter().map(|(_, candidate)| candidate).collect()
}

/// What becomes of an account whose person this is.
fn if_same(
    account: &Account,
    class_now: Option<&str>,
    class: Option<&str>,
    evidence: &Evidence,
) -> String {
    let moves = class
        .filter(|_| account.kind() == PersonKind::Pupil)
        .map(|class| match class_now {
            Some(now) if class_key(now) == class_key(class) => format!(" and stays in {class}"),
            _ => format!(" and moves to {class}"),
        })
        .unwrap_or_default();
    let comes_back = if account.is_active() { "" } else { " comes back from the trash," };
    let login = if account.kind() == PersonKind::Staff && evidence.was_somebody_elses() {
        "the username stays. The person who signs in with it now no longer can: its password stops \
         working, and a new activation e-mail is sent."
    } else {
        "username and password stay."
    };
    format!("The account {}{comes_back} is linked{moves}; {login}", account.username)
}

/// What becomes of the two accounts of somebody recorded twice, if this is the one that is used.
fn if_it_goes_on(account: &Account) -> String {
    format!(
        "The account {} is kept, with its username and password. The other one goes to the trash, \
         and can be restored from there.",
        account.username
    )
}

/// What becomes of an account whose person this is not.
fn if_another(account: &Account) -> String {
    let username = &account.username;
    if !account.is_active() {
        format!("{username} stays in the trash")
    } else if account.link.is_some() {
        format!("{username} leaves unless it belongs to someone else in your MIS")
    } else {
        format!("{username} stays as it is")
    }
}

/// What speaks for their being one and what against it, each in plain words.
fn comparison(
    evidence: &Evidence,
    person: &Incoming<'_>,
    known: &Known<'_>,
) -> (Vec<String>, Vec<String>) {
    let mut agrees = Vec::new();
    let mut differs = Vec::new();
    match evidence.name {
        NameFact::Whole => agrees.push("Same name".to_owned()),
        NameFact::Usual => agrees.push("Another form of the same name".to_owned()),
        _ if person.name.is_similar_to(&known.name) => agrees.push("Similar name".to_owned()),
        NameFact::Forename => differs.push("Different surname".to_owned()),
        NameFact::Surname => differs.push("Different first name".to_owned()),
        NameFact::Other => differs.push("Different name".to_owned()),
        NameFact::AsFarAsKnown | NameFact::Unknown => {}
    }
    let mut note = |fact: Fact, what: &str| match fact {
        Fact::Agrees => agrees.push(format!("Same {what}")),
        Fact::Differs => differs.push(format!("Different {what}")),
        Fact::Unknown => {}
    };
    let both = |agree: Option<bool>| match agree {
        Some(true) => Fact::Agrees,
        Some(false) => Fact::Differs,
        None => Fact::Unknown,
    };
    note(evidence.birth_date, "date of birth");
    note(evidence.upn, "UPN");
    note(both(person.year.zip(known.account.year).map(|(a, b)| a == b)), "year group");
    let both_in_classes = !person.classes.is_empty() && !known.classes.is_empty();
    note(both(both_in_classes.then(|| share_a_class(person, known))), "class");
    note(evidence.email, "e-mail address");
    // Another record has another number as a matter of course.
    let is_said = evidence.record.agrees() || evidence.record == evidence.number;
    note(if is_said { Fact::Unknown } else { evidence.number }, "number in your MIS");
    if evidence.record.agrees() {
        agrees.push("Linked to this record in your MIS".to_owned());
    } else if evidence.record.differs() {
        differs.push("Linked to another record in your MIS".to_owned());
    }
    (agrees, differs)
}

/// A person's name as it is shown.
pub(super) fn display_name(forename: &str, surname: &str) -> String {
    tidy(&format!("{forename} {surname}"))
}
