//! The planner: what a run would do with every person and class. Pure and deterministic: the same
//! roster, settings and accounts give the same plan, whatever the order of the feed; only the ids
//! of new accounts and classes are drawn.
//!
//! Where the rules leave room:
//! - What the MIS does not say (no birth date, no UPN, no e-mail, an empty name) erases nothing.
//! - A pupil whose year is not decided, or who has none, stays as they are if they have an account.
//! - What an admin changed by hand stays, in a new school year too, until it is handed back.
//! - Accounts made by hand, and not found in the MIS, are not part of the plan at all.
//! - Memberships of a subject group that is not ticked any more stay; those of a linked class or
//!   group that a complete read no longer has go.

mod academic_year;
mod class_book;
mod classes;
mod emails;
mod evidence;
mod guard;
mod leaving;
mod matched;
mod matching;
pub mod naming;
mod person;
mod prepare;
mod pupils;
mod renames;
mod rows;
mod staff;
mod to_remember;
mod totals;
mod undo;
mod usernames;
pub mod year_groups;

use chrono::{DateTime, Utc};
use rand::CryptoRng;
use rollcall_shared::settings::Settings;

use crate::domain::accounts::SchoolState;
use crate::domain::plan::Plan;
use crate::domain::roster::Roster;
use class_book::{ClassBook, match_all_classes};
use matched::Matched;
use to_remember::to_remember;
use totals::{count, restored_by_hand, totals};

pub use academic_year::moved_up;
pub use class_book::choice_of;
pub use leaving::purge_date;
pub use undo::{Undoing, counts_use, undo};
pub use usernames::{Newcomer, newcomers, taken_usernames};

/// Everything a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What the MIS says: the last complete read of it.
    pub roster: &'a Roster,
    /// The answers of the wizard's steps.
    pub settings: &'a Settings,
    /// The accounts and classes that there are, and what admins have answered.
    pub state: &'a SchoolState,
    /// The moment that leavers' purge dates are counted from.
    pub now: DateTime<Utc>,
}

/// Makes the plan.
#[must_use]
pub fn plan(inputs: Inputs<'_>, rng: &mut dyn CryptoRng) -> Plan {
    let mut matched = Matched::of(inputs);
    let actions = match_all_classes(&matched, rng);
    let classes = ClassBook::of(&matched, &actions);

    let mut drafts = pupils::drafts(&matched, &classes);
    drafts.extend(staff::drafts(&matched, &classes));
    drafts.extend(leaving::drafts(&matched));
    drafts.extend(leaving::unmatched(&matched));
    // Of a large school that is much, just before there is most.
    matched.forget_what_was_compared();
    usernames::give(&matched, &mut drafts);
    for draft in &mut drafts {
        draft.draw_id(rng);
    }

    let people = rows::finished(drafts, &classes);
    let mut totals = totals(&matched, &actions, &people);
    let to_remember = to_remember(&matched, &people, &totals.guards);
    totals.uncounted_absences = count(to_remember.uncounted_absences.len());
    totals.brought_back = count(restored_by_hand(&matched, &people));
    totals.rollover_waits = to_remember.open_rollover.is_some();
    Plan { totals, classes: actions, people, to_remember }
}

#[cfg(test)]
mod tests;
