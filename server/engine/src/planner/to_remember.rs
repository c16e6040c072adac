//! What is remembered of a run for the next ones.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rollcall_shared::ids::AccountId;
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{Guard, PlanList, RenameAnswer};
use rollcall_shared::settings::PupilScope;
use rollcall_shared::year_group::YearGroup;

use super::matched::Matched;
use super::matching::Verdict;
use super::totals::guard_facts;
use super::{Inputs, guard, leaving, prepare};
use crate::domain::accounts::LastApplied;
use crate::domain::mis_link::MisIds;
use crate::domain::plan::PlannedPerson;
use crate::domain::roster::PupilStatus;

pub(super) fn to_remember(
    matched: &Matched<'_>,
    people: &[PlannedPerson],
    guards: &[Guard],
) -> LastApplied {
    let Inputs { roster, state, .. } = matched.inputs;
    let last = state.last_applied.clone().unwrap_or_default();
    let top_year: Option<YearGroup> = roster
        .pupils
        .iter()
        .filter(|pupil| pupil.status == PupilStatus::OnRoll)
        .filter_map(|pupil| matched.years.import_into(pupil))
        .max();
    let mut on_roster: BTreeMap<PersonKind, u32> = BTreeMap::new();
    let is_in_mis = |list| !matches!(list, PlanList::Leave | PlanList::Unmatched);
    for person in people.iter().filter(|person| is_in_mis(person.view.list)) {
        *on_roster.entry(person.view.kind).or_default() += 1;
    }
    let unconfirmed_leavers =
        guard::unconfirmed_leavers(&guard_facts(matched, people, &BTreeSet::new()), guards);
    let mut to_remember = LastApplied {
        mis: roster.mis.clone().or(last.mis),
        academic_year: None,
        open_rollover: None,
        rollover_before: None,
        odd_year: None,
        unconfirmed_leavers,
        scopes: roster.scopes.clone(),
        top_year: top_year.or(last.top_year),
        people: on_roster,
        groups_listed: roster.groups_listed,
        uncounted_absences: leaving::uncounted_absences(matched),
        leavings_wait: false,
        came_by: came_by(matched, people),
        outgrown: people
            .iter()
            .filter(|person| {
                let proposed = person.view.proposed.as_ref();
                proposed.is_some_and(|one| one.answer != Some(RenameAnswer::Rename))
            })
            .filter_map(|person| person.view.account)
            .collect(),
    };
    let Inputs { now, .. } = matched.inputs;
    matched.year_turn.remember(roster, state, people, now, &mut to_remember);
    to_remember
}

/// The pupils whose later absence says nothing if fewer are asked for then.
pub(super) fn came_by(
    matched: &Matched<'_>,
    people: &[PlannedPerson],
) -> BTreeMap<AccountId, PupilScope> {
    let Inputs { roster, state, .. } = matched.inputs;
    let side = &matched.pupils;
    let by_ids: HashMap<&MisIds, PupilScope> = side
        .people
        .iter()
        .map(|pupil| (&pupil.ids, prepare::came_by(pupil, roster.pupil_scope)))
        .collect();
    let new = people.iter().filter_map(|person| {
        let action = person.action.as_ref().filter(|action| action.before.is_none())?;
        let pupil = (person.view.kind == PersonKind::Pupil).then_some(person.link.as_ref())??;
        Some((action.after.id, *by_ids.get(&pupil.ids)?))
    });
    let here = side.people.iter().zip(&side.matching.verdicts).filter_map(|(pupil, verdict)| {
        let Verdict::Account { account, .. } = verdict else { return None };
        let by = prepare::came_by(pupil, roster.pupil_scope);
        Some((side.accounts.get(*account)?.id, by))
    });
    let last = state.last_applied.as_ref();
    let absent = leaving::not_asked_for(matched).into_iter().filter_map(|account| {
        let by = last?.came_by.get(&account)?;
        Some((account, *by))
    });
    new.chain(here).chain(absent).filter(|(_, by)| !by.is_empty()).collect()
}
