//! Usernames of new people. Existing ones keep theirs, whatever the settings say now.

use std::collections::HashMap;

use chrono::NaiveDate;
use rollcall_shared::formats::UsernameFormat;
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{ProblemCode, WarningCode};

use super::class_book::ClassBook;
use super::matched::Matched;
use super::person::{Outcome, SHOWS_TOMORROW, UnplacedPerson, problem};
use super::renames::Renames;
use super::{Inputs, leaving, pupils, staff};
use crate::domain::accounts::{Account, SchoolState};
use crate::domain::mis_link::MisIds;
use crate::domain::plan::ClassAction;
use crate::planner::naming::Taken;
use crate::planner::naming::usernames::{NewPerson, assign, base};

/// What tells people of one name apart, always in the same way.
type Key = (Option<NaiveDate>, Option<String>, Option<MisIds>);

/// Somebody who would get a new account.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Pupil or staff: a school has a format of usernames for each.
    pub kind: PersonKind,
    forename: String,
    surname: String,
    key: Key,
}

impl Newcomer {
    pub(super) fn of(kind: PersonKind, account: &Account) -> Self {
        Self {
            kind,
            forename: account.forename.clone(),
            surname: account.surname.clone(),
            key: (
                account.date_of_birth,
                account.upn.clone(),
                account.link.as_ref().map(|link| link.ids.clone()),
            ),
        }
    }

    /// What their username would be made from, folded; empty where there is nothing to make one of.
    pub(super) fn base(&self, format: UsernameFormat) -> String {
        let base = base(&self.forename, &self.surname, format);
        base.map(|base| base.text.to_lowercase()).unwrap_or_default()
    }

    /// The person as usernames are made for them.
    #[must_use]
    pub fn to_name(&self) -> NewPerson<'_, &Key> {
        NewPerson { key: &self.key, forename: &self.forename, surname: &self.surname }
    }
}

/// The usernames nobody can be given any more.
#[must_use]
pub fn taken_usernames(state: &SchoolState) -> Taken {
    let mut taken = Taken::new();
    for username in state.reserved_usernames.keys() {
        taken.insert(username);
    }
    for account in &state.accounts {
        taken.insert(&account.username);
    }
    taken
}

/// The people who would get a new account, for the preview of usernames.
#[must_use]
pub fn newcomers(inputs: Inputs<'_>) -> Vec<Newcomer> {
    let matched = Matched::of(inputs);
    let no_classes: [ClassAction; 0] = [];
    let classes = ClassBook::of(&matched, &no_classes);
    pupils::drafts(&matched, &classes)
        .into_iter()
        .chain(staff::drafts(&matched, &classes))
        .chain(leaving::drafts(&matched))
        .filter_map(|draft| match &draft.outcome {
            Outcome::New { account, .. } => Some(Newcomer::of(draft.kind, account)),
            _ => None,
        })
        .collect()
}

/// Gives each new person a username: pupils first, then staff. Those of whose names none can be
/// made become problems. Anyone who has one keeps it, unless an admin agreed to another.
pub(super) fn give(matched: &Matched<'_>, drafts: &mut [UnplacedPerson<'_>]) {
    let settings = matched.inputs.settings;
    let mut taken = taken_usernames(matched.inputs.state);
    let renames = Renames::of(matched.inputs);
    renames.give_accepted(drafts, &mut taken);
    for kind in [PersonKind::Pupil, PersonKind::Staff] {
        let format = settings.username_format(kind);
        let mut new: Vec<(&mut UnplacedPerson<'_>, Newcomer)> = drafts
            .iter_mut()
            .filter(|draft| draft.kind == kind)
            .filter_map(|draft| match &draft.outcome {
                Outcome::New { account, .. } => {
                    let newcomer = Newcomer::of(kind, account);
                    Some((draft, newcomer))
                }
                _ => None,
            })
            .collect();
        let mut before = taken.clone();
        let usernames = assign(new.iter().map(|(_, one)| one.to_name()), format, &mut taken);
        for ((draft, _), username) in new.iter_mut().zip(usernames) {
            let Ok(username) = username else {
                draft.refuse(no_usable_name());
                continue;
            };
            if username.changed {
                draft.warn(
                    WarningCode::UsernameChanged,
                    "The username in your format would read as an unsuitable word, so another form \
                     was used.",
                );
            }
            if username.one_name {
                draft.warn(
                    WarningCode::OneNameOnly,
                    "Your MIS has only one usable name for them; it was used alone.",
                );
            }
            if let Outcome::New { account, .. } = &mut draft.outcome {
                account.username = username.text;
            }
        }
        let new = new.into_iter().map(|(_, one)| one).collect();
        name_as_new(kind, drafts, new, format, &mut before);
    }
    renames.propose(drafts, &mut taken);
}

/// Gives each possible duplicate the username that they would have if they alone were someone new
/// besides those who are.
fn name_as_new(
    kind: PersonKind,
    drafts: &mut [UnplacedPerson<'_>],
    new: Vec<Newcomer>,
    format: UsernameFormat,
    taken: &mut Taken,
) {
    let mut doubtful = drafts.iter_mut().filter(|draft| draft.kind == kind).filter_map(|draft| {
        let Outcome::PossibleDuplicate { as_new, .. } = &mut draft.outcome else { return None };
        as_new.as_mut().filter(|outcome| matches!(***outcome, Outcome::New { .. }))
    });
    let Some(first) = doubtful.next() else { return };
    // Only those of the same bare username count.
    let mut rivals: HashMap<String, Vec<Newcomer>> = HashMap::new();
    for one in new {
        rivals.entry(one.base(format)).or_default().push(one);
    }
    for as_new in std::iter::once(first).chain(doubtful) {
        let Outcome::New { account, .. } = as_new.as_mut() else { continue };
        let one = Newcomer::of(kind, account);
        let base = one.base(format);
        let people = std::iter::once(&one).chain(rivals.get(&base).into_iter().flatten());
        let given = assign(people.map(Newcomer::to_name), format, taken);
        taken.take_back(&base, given.iter().flatten().map(|username| username.text.as_str()));
        match given.into_iter().next() {
            Some(Ok(username)) => account.username = username.text,
            _ => **as_new = no_usable_name(),
        }
    }
}

fn no_usable_name() -> Outcome<'static> {
    problem(
        ProblemCode::NoUsableName,
        "There is no letter or digit in their name, so no username can be made from it.",
        format!("Enter their name in your MIS. {SHOWS_TOMORROW}"),
        None,
    )
}
