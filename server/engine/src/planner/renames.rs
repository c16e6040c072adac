//! Usernames that do not go with a name any more, since it changed (a marriage, an adoption).
//! Another is proposed, and only an admin's word gives it; then the old one stays reserved.

use std::cell::OnceCell;
use std::collections::HashMap;

use rollcall_shared::ids::AccountId;
use rollcall_shared::plan::{ProposedUsername, RenameAnswer, WarningCode};

use super::Inputs;
use super::person::{Outcome, UnplacedPerson};
use super::usernames::Newcomer;
use crate::domain::accounts::{Account, UsernameAnswer};
use crate::planner::naming::Taken;
use crate::planner::naming::usernames::{assign, goes_with};

/// The accounts whose username is outgrown, and what was said to those proposed before.
pub(super) struct Renames<'a> {
    inputs: Inputs<'a>,
    answers: HashMap<AccountId, &'a UsernameAnswer>,
    /// Every username that an account has had, by account; made where one is asked about.
    had: OnceCell<HashMap<AccountId, Vec<&'a str>>>,
}

impl<'a> Renames<'a> {
    pub(super) fn of(inputs: Inputs<'a>) -> Self {
        let answers = &inputs.state.username_answers;
        Self {
            inputs,
            answers: answers.iter().map(|one| (one.account, one)).collect(),
            had: OnceCell::new(),
        }
    }

    /// Gives those usernames that an admin has agreed to, before anybody new is given one.
    pub(super) fn give_accepted(&self, drafts: &mut [UnplacedPerson<'_>], taken: &mut Taken) {
        if self.answers.is_empty() {
            return;
        }
        for draft in drafts {
            let Some(one) = self.outgrown(draft) else { continue };
            let Some(answer) = self.answer_about(&one, RenameAnswer::Rename) else { continue };
            let is_theirs = goes_with(&answer.username, &one.forename, &one.surname);
            let Outcome::Known { account, after } = &mut draft.outcome else { continue };
            if is_theirs && (self.has_had(&one, &answer.username) || taken.insert(&answer.username))
            {
                let after = after.get_or_insert_with(|| Box::new((*account).clone()));
                after.username.clone_from(&answer.username);
                draft.proposed = Some(ProposedUsername {
                    username: answer.username.clone(),
                    now: one.username,
                    answer: Some(RenameAnswer::Rename),
                });
            }
        }
    }

    /// Proposes one to everybody else whose username is outgrown, after everybody new has theirs.
    pub(super) fn propose(&self, drafts: &mut [UnplacedPerson<'_>], taken: &mut Taken) {
        for draft in drafts.iter_mut().filter(|draft| draft.proposed.is_none()) {
            let Some(one) = self.outgrown(draft) else { continue };
            let person = Newcomer::of(draft.kind, &one);
            let format = self.inputs.settings.username_format(draft.kind);
            let base = person.base(format);
            let had = self.had_before(&one);
            taken.take_back(&base, had.iter().copied());
            let proposed = assign([person.to_name()], format, taken).pop();
            taken.take_back(&base, proposed.iter().flatten().map(|username| &*username.text));
            taken.extend(had);
            let Some(Ok(username)) = proposed else { continue };
            let keeps = self
                .answer_about(&one, RenameAnswer::Keep)
                .is_some_and(|answer| bare(&answer.username) == bare(&username.text));
            let now = one.username;
            if !keeps {
                let message = format!("Their username is still {now}, from the name they had.");
                draft.warn(WarningCode::UsernameOutgrown, message);
            }
            let answer = keeps.then_some(RenameAnswer::Keep);
            draft.proposed = Some(ProposedUsername { username: username.text, now, answer });
        }
    }

    /// The account as it will be, if its username went with the name it had and does not go with
    /// the one it will have.
    fn outgrown(&self, draft: &UnplacedPerson<'_>) -> Option<Account> {
        let Outcome::Known { account, after } = &draft.outcome else { return None };
        let last = self.inputs.state.last_applied.as_ref();
        let was_outgrown = last.is_some_and(|last| last.outgrown.contains(&account.id));
        let is_renamed = after.as_ref().is_some_and(|after| {
            (&after.forename, &after.surname) != (&account.forename, &account.surname)
        });
        if !is_renamed && !was_outgrown {
            return None;
        }
        let after = match after {
            Some(in_mis) => in_mis.as_ref().clone().with_kept_of(account),
            None => (*account).clone(),
        };
        let goes = |one: &Account| goes_with(&account.username, &one.forename, &one.surname);
        let is_linked = after.is_active() && after.link.is_some();
        (is_linked && !goes(&after) && (goes(account) || was_outgrown)).then_some(after)
    }

    /// The usernames that the account had before the one it has, folded. Nobody else has had them.
    fn had_before(&self, account: &Account) -> Vec<&'a str> {
        let now = account.username.to_lowercase();
        let had = self.had.get_or_init(|| {
            let mut had: HashMap<AccountId, Vec<&str>> = HashMap::new();
            for (username, owner) in &self.inputs.state.reserved_usernames {
                if let Some(owner) = owner {
                    had.entry(*owner).or_default().push(username);
                }
            }
            had
        });
        let theirs = had.get(&account.id).into_iter().flatten().copied();
        theirs.filter(|username| *username != now).collect()
    }

    fn has_had(&self, account: &Account, username: &str) -> bool {
        let reserved = &self.inputs.state.reserved_usernames;
        reserved.get(&username.to_lowercase()) == Some(&Some(account.id))
    }

    fn answer_about(&self, account: &Account, answer: RenameAnswer) -> Option<&'a UsernameAnswer> {
        self.answers.get(&account.id).copied().filter(|one| one.answer == answer)
    }
}

/// A username without its number, folded: by that an answer is known, whatever number was taken since.
fn bare(username: &str) -> String {
    username.trim_end_matches(|c: char| c.is_ascii_digit()).to_lowercase()
}
