//! The MIS's academic year, and when a school is in the middle of its rollover.
//!
//! An MIS often turns its year weeks before it moves its pupils: on 1 August, and the pupils on
//! 1 September. So a rollover begins when the year is one later than that of the last rollover, and
//! stays open until at least half of the pupils below the top year have moved up, for 90 days at
//! most. The year that is remembered never goes down. Another step, or a year that nobody can read,
//! waits for a person.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::Rollover;
use rollcall_shared::year_group::YearGroup;

use super::totals::count;
use crate::domain::accounts::{LastApplied, OpenRollover, SchoolState};
use crate::domain::plan::PlannedPerson;
use crate::domain::roster::Roster;

/// How long a rollover stays open for pupils who have not moved.
const OPEN_FOR: TimeDelta = TimeDelta::days(90);

/// What the MIS's academic year says, beside that of the last applied run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum YearTurn {
    /// The same year, or none to compare with.
    Same,
    Rollover(Rollover),
    /// Neither the same nor one later, or not to be read: as the MIS has it. No person has
    /// confirmed it yet.
    Odd(String),
}

impl YearTurn {
    #[must_use]
    pub(super) fn of(roster: &Roster, state: &SchoolState, now: DateTime<Utc>) -> Self {
        let Some(last) = &state.last_applied else { return Self::Same };
        let Some(from) = last.academic_year else { return Self::Same };
        let odd = |year: String| {
            if last.odd_year.as_ref() == Some(&year) { Self::Same } else { Self::Odd(year) }
        };
        match (roster.academic_year, &roster.unread_year) {
            (None, None) => Self::Same,
            (None, Some(text)) => odd(text.clone()),
            (Some(to), _) if to == from => Self::Same,
            (Some(to), _) if to == from + 1 => {
                let since = last.open_rollover.as_ref().map_or(now, |open| open.since);
                if now - since < OPEN_FOR {
                    Self::Rollover(Rollover { from, to })
                } else {
                    Self::Same
                }
            }
            (Some(to), _) => odd(to.to_string()),
        }
    }

    #[must_use]
    pub(super) const fn rollover(&self) -> Option<Rollover> {
        match self {
            Self::Rollover(rollover) => Some(*rollover),
            Self::Same | Self::Odd(_) => None,
        }
    }

    /// What to remember of the year once the plan has been applied.
    pub(super) fn remember(
        &self,
        roster: &Roster,
        state: &SchoolState,
        people: &[PlannedPerson],
        now: DateTime<Utc>,
        to_remember: &mut LastApplied,
    ) {
        let last = state.last_applied.as_ref();
        let before = last.and_then(|last| last.academic_year);
        // Confirmed by now: a plan that waits for a person is applied by nobody else.
        to_remember.odd_year = match self {
            Self::Odd(year) => Some(year.clone()),
            _ => last.and_then(|last| last.odd_year.clone()),
        };
        let Self::Rollover(Rollover { from, to }) = self else {
            to_remember.academic_year = before.max(roster.academic_year);
            return;
        };
        let open = last.and_then(|last| last.open_rollover.clone());
        let mut open = open.unwrap_or_else(|| OpenRollover {
            since: now,
            below_top: below_top(state),
            moved_up: 0,
        });
        to_remember.rollover_before = Some(open.clone());
        open.moved_up += moved_up(people);
        if open.moved_up * 2 >= open.below_top {
            to_remember.academic_year = Some(*to);
        } else {
            to_remember.academic_year = Some(*from);
            to_remember.top_year = last.and_then(|last| last.top_year);
            to_remember.open_rollover = Some(open);
        }
    }
}

/// The linked pupils below the top year of the last applied run.
fn below_top(state: &SchoolState) -> u32 {
    let top = state.last_applied.as_ref().and_then(|last| last.top_year);
    let is_below = |year: YearGroup| top.is_none_or(|top| year < top);
    let pupils = state.accounts.iter().filter(|account| {
        account.is_active()
            && account.kind() == PersonKind::Pupil
            && account.link.is_some()
            && account.year.is_some_and(is_below)
    });
    count(pupils.count())
}

/// How many of these people move up into the next year group.
#[must_use]
pub fn moved_up(people: &[PlannedPerson]) -> u32 {
    let moved = people.iter().filter_map(|person| person.action.as_ref()).filter(|action| {
        action.before.as_ref().is_some_and(|before| {
            before.is_active()
                && action.after.is_active()
                && before
                    .year
                    .and_then(YearGroup::next)
                    .is_some_and(|year| action.after.year == Some(year))
        })
    });
    count(moved.count())
}
