//! What a plan comes to: counts, notes, and what has to be confirmed first.

use std::collections::{BTreeSet, HashSet};

use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{ClassKind, PersonKind};
use rollcall_shared::plan::{PlanList, WarningCode};
use rollcall_shared::settings::SubjectGroupChoice;

use super::Inputs;
use super::academic_year::YearTurn;
use super::class_book::{choice_of, gone};
use super::matched::Matched;
use super::person::SHOWS_TOMORROW;
use super::{classes, guard};
use crate::domain::names::tidy;
use crate::domain::plan::{Action, ClassAction, PlannedPerson, Totals};
use crate::domain::roster::{NotShared, RosterStaff, StaffStatus};

pub(super) fn totals(
    matched: &Matched<'_>,
    actions: &[ClassAction],
    people: &[PlannedPerson],
) -> Totals {
    let Inputs { roster, state, .. } = matched.inputs;
    let mut totals = Totals {
        is_first: state.last_applied.is_none(),
        rollover: matched.rollover,
        classes: classes::count(actions, ClassKind::Class),
        subject_groups: classes::count(actions, ClassKind::SubjectGroup),
        withheld: count(roster.withheld_pupils.len() + roster.withheld_staff.len()),
        ..Totals::default()
    };
    for person in people {
        let counts = match person.view.kind {
            PersonKind::Pupil => &mut totals.pupils,
            PersonKind::Staff => &mut totals.staff,
        };
        match person.view.list {
            PlanList::Problem => totals.problems += 1,
            PlanList::PossibleDuplicate => totals.possible_duplicates += 1,
            PlanList::NotImported => {
                totals.not_imported += 1;
                if let Some(why) = person.view.left_out {
                    *totals.not_imported_by.entry(why).or_default() += 1;
                }
            }
            PlanList::Unmatched => totals.unmatched += 1,
            list => counts.add(list.change()),
        }
        totals.sure_ones += u32::from(person.view.is_sure);
        totals.warnings += u32::from(!person.view.warnings.is_empty());
        totals.kept_fields += u32::from(!person.view.kept.is_empty());
        totals.renamed += u32::from(person.action.as_ref().is_some_and(Action::changes_username));
    }
    totals.guards = guard::guards(&guard_facts(matched, people, &gone(matched)));
    totals.notes = notes(matched);
    totals
}

pub(super) fn guard_facts<'f>(
    matched: &'f Matched<'_>,
    people: &'f [PlannedPerson],
    gone: &'f BTreeSet<ClassId>,
) -> guard::Facts<'f> {
    guard::Facts {
        roster: matched.inputs.roster,
        state: matched.inputs.state,
        now: matched.inputs.now,
        rollover: matched.rollover,
        odd_year: match &matched.year_turn {
            YearTurn::Odd(year) => Some(year),
            _ => None,
        },
        people,
        unmapped_pupils: matched.years.undecided_pupils(),
        gone,
    }
}

pub(super) fn notes(matched: &Matched<'_>) -> Vec<String> {
    let Inputs { roster, settings, .. } = matched.inputs;
    let mut notes = Vec::new();
    if roster.pupils.is_empty() && roster.staff.is_empty() {
        notes.push(
            "Your MIS sent no pupils and no staff. Check in Xporter what is shared, then read \
             your MIS again."
                .to_owned(),
        );
    }
    let here = roster.staff.iter().filter(|one| one.status == StaffStatus::Current).count();
    let teaches = |one: &RosterStaff| one.is_teacher != Some(false);
    if here > 0 && !roster.staff.iter().any(teaches) {
        notes.push(format!(
            "None of the {here} members of staff in your MIS is marked as a teacher, so none is \
             imported as a teacher. Mark your teachers in your MIS. {SHOWS_TOMORROW}"
        ));
    }
    let undecided = matched.years.undecided_names();
    if !undecided.is_empty() {
        notes.push(format!(
            "Your MIS has year groups that no one has decided on: {}. Their pupils stay as they \
             are. Decide in step 3 of the wizard.",
            undecided.join(", ")
        ));
    }
    notes.extend(roster.not_shared.iter().map(|what| untold_text(*what).to_owned()));
    let mis = roster.mis.as_deref();
    let present: Vec<SubjectGroupChoice> =
        roster.subject_groups.iter().map(|group| choice_of(group, mis)).collect();
    let missing: Vec<String> = settings
        .subject_groups
        .iter()
        .filter(|choice| !present.iter().any(|group| choice.is_same_as(group)))
        .map(|choice| tidy(&choice.name))
        .collect();
    if !missing.is_empty() {
        notes.push(format!(
            "Subject groups you chose that are no longer in your MIS: {}.",
            missing.join(", ")
        ));
    }
    notes
}

pub(super) const fn untold_text(what: NotShared) -> &'static str {
    match what {
        NotShared::Class => {
            "Your MIS does not share the class of some pupils. They stay in the classes they are in."
        }
        NotShared::PupilsOfGroups => {
            "Your MIS does not share everything about which pupils are in which subject group, so \
             no one is removed from one."
        }
        NotShared::StaffOfGroups => {
            "Your MIS does not share everything about who teaches which class, so no one is \
             removed from one."
        }
    }
}

/// How many accounts stay because an admin brought them back, and the MIS does not have them.
pub(super) fn restored_by_hand(matched: &Matched<'_>, people: &[PlannedPerson]) -> usize {
    let restored: HashSet<AccountId> = matched
        .inputs
        .state
        .accounts
        .iter()
        .filter(|account| account.is_restored_by_hand())
        .map(|account| account.id)
        .collect();
    let is_kept = |code: &WarningCode| *code == WarningCode::AbsentButKept;
    people
        .iter()
        .filter(|person| person.view.account.is_some_and(|id| restored.contains(&id)))
        .filter(|person| person.view.warnings.iter().any(|warning| is_kept(&warning.code)))
        .count()
}

pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
