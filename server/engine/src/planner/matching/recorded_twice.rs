//! Children recorded twice, once one of the two records has closed.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{Doubt, Incoming, Matcher, Rule, Verdict};
use crate::planner::evidence::Evidence;

impl Matcher<'_> {
    /// A child recorded twice has two accounts, each linked to its record. One record has closed:
    /// its account goes to the trash only if an admin says that the other is the one in use.
    pub(super) fn ask_about_those_recorded_twice(&mut self) {
        let leavers = self.leavers();
        let mut closed: HashMap<NaiveDate, Vec<usize>> = HashMap::new();
        for (place, known) in self.accounts.iter().enumerate() {
            // Nobody on the roll owns it.
            let has_closed = self.is_free(place) || leavers.contains_key(&place);
            if let Some(born) = known.date_of_birth
                && self.is_linked_and_active(place)
                && has_closed
            {
                closed.entry(born).or_default().push(place);
            }
        }
        if closed.is_empty() {
            return;
        }
        let here = |one: &Incoming<'_>| !one.has_left && one.is_wanted;
        for (place, person) in self.people.iter().enumerate().filter(|(_, one)| here(one)) {
            let Some(born) = person.date_of_birth else { continue };
            let Some(Some(Verdict::Account { account: own, .. })) = self.verdicts.get(place) else {
                continue;
            };
            let own = *own;
            let others = closed.get(&born).into_iter().flatten().copied();
            let twin = others.filter(|other| *other != own).find_map(|other| {
                let evidence = self.weigh(person, self.accounts.get(other)?);
                let is_theirs = evidence.is_name_and_birth_date() && !evidence.upn.differs();
                is_theirs.then_some((other, evidence))
            });
            if let Some((other, evidence)) = twin
                && self.is_linked_and_active(own)
            {
                let leaver = leavers.get(&other).copied();
                self.ask_which_goes_on(place, own, (other, leaver), evidence);
            }
        }
    }

    fn is_linked_and_active(&self, account: usize) -> bool {
        self.accounts
            .get(account)
            .is_some_and(|known| known.account.is_active() && known.account.link.is_some())
    }

    /// The leavers who were found to own an account, by its place.
    fn leavers(&self) -> HashMap<usize, usize> {
        let people = self.people.iter().zip(&self.verdicts).enumerate();
        people
            .filter_map(|(place, (person, verdict))| match verdict {
                Some(Verdict::Account { account, .. }) if person.has_left => {
                    Some((*account, place))
                }
                _ => None,
            })
            .collect()
    }

    /// Asks about a person with an account of their own and one that has closed, which a leaver's
    /// record may own.
    fn ask_which_goes_on(
        &mut self,
        person: usize,
        own: usize,
        (other, leaver): (usize, Option<usize>),
        evidence: Evidence,
    ) {
        let said = self.said_to_be(person);
        if said == Some(None) || said == Some(Some(own)) {
            return;
        }
        if let Some(slot) = leaver.and_then(|leaver| self.verdicts.get_mut(leaver)) {
            *slot = Some(Verdict::New { said_so: false });
        }
        let verdict = if said == Some(Some(other)) {
            Verdict::Account { account: other, by: Rule::Answer, evidence }
        } else {
            let candidates = vec![own.min(other), own.max(other)];
            Verdict::PossibleDuplicate { candidates, is_sure: false, why: Doubt::RecordedTwice }
        };
        for account in [own, other] {
            if let Some(claimed) = self.claimed.get_mut(account) {
                *claimed = false;
            }
        }
        if let Verdict::Account { account, .. } = &verdict
            && let Some(claimed) = self.claimed.get_mut(*account)
        {
            *claimed = true;
        }
        if let Some(slot) = self.verdicts.get_mut(person) {
            *slot = Some(verdict);
        }
    }
}
