//! Guards: what keeps a plan from being applied just so, because it would do more harm than a
//! school would believe possible.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{ClassKind, PersonKind};
use rollcall_shared::plan::{ChangeKind, Guard, GuardKind, GuardedPerson, PlanList, Rollover};

use crate::domain::accounts::{Account, Class, SchoolState};
use crate::domain::names::FoldedName;
use crate::domain::plan::{Action, PlannedPerson};
use crate::domain::roster::{PupilStatus, Roster, StaffStatus};

/// What the guards look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub roster: &'a Roster,
    pub state: &'a SchoolState,
    pub now: DateTime<Utc>,
    /// A year that is neither the same nor one later, or can't be read, as the MIS has it.
    pub odd_year: Option<&'a str>,
    pub rollover: Option<Rollover>,
    pub people: &'a [PlannedPerson],
    /// Pupils on the roll in year groups nobody has decided on.
    pub unmapped_pupils: usize,
    /// Linked classes and groups that the MIS no longer has.
    pub gone: &'a BTreeSet<ClassId>,
}

/// The guards of a plan, those that stop it first.
#[must_use]
pub(super) fn guards(facts: &Facts<'_>) -> Vec<Guard> {
    let mut guards = vanished(facts);
    guards.extend(odd_year(facts));
    guards.extend(identities_change(facts));
    guards.extend(many_new(facts, PersonKind::Pupil));
    guards.extend(many_new(facts, PersonKind::Staff));
    guards.extend(more_new_than_any_school(facts));
    guards.extend(many_leave(facts, PersonKind::Pupil));
    guards.extend(many_leave(facts, PersonKind::Staff));
    guards.extend(many_in_doubt(facts, PersonKind::Pupil));
    guards.extend(many_in_doubt(facts, PersonKind::Staff));
    guards.extend(consent_changed(facts));
    guards.extend(emptied_classes(facts));
    guards.extend(no_subject_groups(facts));
    guards.extend(year_not_finished(facts));
    guards.extend(unmapped(facts));
    guards
}

fn stop(message: String) -> Guard {
    Guard { kind: GuardKind::Stop, message, people: Vec::new() }
}

fn confirm(message: String) -> Guard {
    Guard { kind: GuardKind::Confirm, message, people: Vec::new() }
}

/// The MIS's academic year went down, or up by more than one, or is none that can be read.
fn odd_year(facts: &Facts<'_>) -> Option<Guard> {
    let year = facts.odd_year?;
    let before = facts.state.last_applied.as_ref()?.academic_year?;
    Some(confirm(format!(
        "Your MIS says that its academic year is “{year}”; at the last run it was {before}. Until \
         that is clear we can’t tell whether this is a new school year. Check the academic year in \
         your MIS before you continue."
    )))
}

/// More accounts than this, or than one in a hundred, do not become somebody else in one run.
const FEW_IDENTITIES: usize = 2;

/// The most people a guard lists.
const MOST_LISTED: usize = 100;

/// Accounts whose whole name changes, and with it their UPN or birth date: as if they passed to other
/// people.
fn identities_change(facts: &Facts<'_>) -> Option<Guard> {
    let changes = |person: &&PlannedPerson| {
        person
            .action
            .as_ref()
            .and_then(|action| Some((action.before.as_ref()?, &action.after)))
            .is_some_and(|(before, after)| before.is_active() && is_another_identity(before, after))
    };
    let changed: Vec<&PlannedPerson> = facts.people.iter().filter(changes).collect();
    let known = facts.state.accounts.iter().filter(|account| account.is_active()).count();
    if changed.len() <= FEW_IDENTITIES.max(known / 100) {
        return None;
    }
    // Who they are is read from the plan's own rows, from which a purge takes it.
    let listed = changed.iter().take(MOST_LISTED).filter_map(|person| {
        let account = person.view.account?;
        Some(GuardedPerson { account, name: String::new(), fields: Vec::new() })
    });
    Some(Guard {
        people: listed.collect(),
        ..confirm(format!(
            "{} accounts would get a different name and a different UPN or date of birth, as if \
             they were passed to other people. Check each of them: who signs in with the account \
             now, and who would then?",
            changed.len()
        ))
    })
}

fn is_another_identity(before: &Account, after: &Account) -> bool {
    let name = |account: &Account| FoldedName::of(&account.forename, &account.surname);
    let (was, is) = (name(before), name(after));
    let differs = |a: Option<&str>, b: Option<&str>| a.zip(b).is_some_and(|(a, b)| a != b);
    was.forename != is.forename
        && was.surname != is.surname
        && (differs(before.upn.as_deref(), after.upn.as_deref())
            || before.date_of_birth.zip(after.date_of_birth).is_some_and(|(a, b)| a != b))
}

/// More than half of a role are possible duplicates: rather than without all of them the run waits
/// for a person, where none is looking.
fn many_in_doubt(facts: &Facts<'_>, kind: PersonKind) -> Option<Guard> {
    let of_role = || facts.people.iter().filter(|person| person.view.kind == kind);
    let doubtful = of_role().filter(|one| one.view.list == PlanList::PossibleDuplicate).count();
    let in_mis = of_role()
        .filter(|one| {
            !matches!(one.view.list, PlanList::Leave | PlanList::Unmatched | PlanList::NotImported)
        })
        .count();
    let who = who(kind);
    (doubtful >= 3 && doubtful * 2 > in_mis).then(|| Guard {
        kind: GuardKind::Hold,
        people: Vec::new(),
        message: format!(
            "{doubtful} of {in_mis} {who} are possible duplicates of accounts you have. Resolve them in \
             the wizard; until then the run waits."
        ),
    })
}

const fn who(kind: PersonKind) -> &'static str {
    match kind {
        PersonKind::Pupil => "pupils",
        PersonKind::Staff => "staff",
    }
}

/// So many new people of a role wait for nobody.
const FEW_NEW: usize = 20;

/// No school has more people; several together may come by mistake.
const MOST_NEW: usize = 20_000;

fn new_people<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a PlannedPerson> {
    let is_new = |action: &Action| action.change == ChangeKind::Create;
    facts.people.iter().filter(move |person| person.action.as_ref().is_some_and(is_new))
}

/// More than twice as many of a role would be made as XoD says there are; or, but for a first run
/// and a new school year, more than a quarter of those there are.
fn many_new(facts: &Facts<'_>, kind: PersonKind) -> Option<Guard> {
    let new = new_people(facts).filter(|person| person.view.kind == kind).count();
    if new < FEW_NEW {
        return None;
    }
    let counts = facts.roster.counts;
    let counted = match kind {
        PersonKind::Pupil => counts.pupils,
        PersonKind::Staff => counts.staff,
    };
    let who = who(kind);
    if let Some(counted) = counted.filter(|counted| *counted > 0 && new > 2 * *counted as usize) {
        return Some(confirm(format!(
            "{new} {who} would be created, and Groupcall says that there are {counted} at your \
             school. Check in your MIS and in Xporter what is shared before you continue."
        )));
    }
    let here = facts.state.accounts.iter().filter(|one| one.kind() == kind && is_linked(one));
    let here = here.count();
    let is_expected = facts.state.last_applied.is_none() || facts.rollover.is_some();
    (!is_expected && new * 4 > here).then(|| {
        confirm(format!(
            "{new} {who} would be created, and {here} are linked to your MIS now. Unless that many \
             have joined, check in your MIS and in Xporter what is shared before you continue."
        ))
    })
}

fn more_new_than_any_school(facts: &Facts<'_>) -> Option<Guard> {
    let new = new_people(facts).count();
    (new > MOST_NEW).then(|| {
        confirm(format!(
            "{new} people would be created, more than any school has. Check in your MIS and in \
             Xporter that only your own school is shared before you continue."
        ))
    })
}

/// No pupils, no staff or no groups where there were some.
fn vanished(facts: &Facts<'_>) -> Vec<Guard> {
    let roster = facts.roster;
    let had = |kind| {
        facts.state.accounts.iter().any(|a| a.kind() == kind && is_linked(a))
            || facts
                .state
                .last_applied
                .as_ref()
                .and_then(|last| last.people.get(&kind))
                .is_some_and(|count| *count > 0)
    };
    let no_pupils = !roster.pupils.iter().any(|pupil| pupil.status == PupilStatus::OnRoll);
    let no_staff = !roster.staff.iter().any(|one| one.status == StaffStatus::Current);
    // Groups that only pupils' own rows name were not listed: where all are such, the list is gone.
    let no_groups = roster
        .groups_listed
        .map_or(roster.year_groups.is_empty() && roster.classes.is_empty(), |listed| listed == 0);
    let had_groups = facts
        .state
        .last_applied
        .as_ref()
        .and_then(|last| last.groups_listed)
        .map_or_else(|| facts.state.classes.iter().any(is_linked_class), |listed| listed > 0);
    [
        (no_pupils && had(PersonKind::Pupil), "pupils"),
        (no_staff && had(PersonKind::Staff), "staff"),
        (no_groups && had_groups, "year groups and classes"),
    ]
    .into_iter()
    .filter(|(is_gone, _)| *is_gone)
    .map(|(_, what)| {
        stop(format!(
            "Your MIS sent no {what}, although there were some before. Nothing can be applied. \
             Check in Xporter what is shared, then read your MIS again."
        ))
    })
    .collect()
}

const fn is_linked_class(class: &Class) -> bool {
    class.link.is_some()
}

fn is_linked(account: &Account) -> bool {
    account.is_active() && account.link.is_some()
}

/// In a rollover the top year leaves as a matter of course.
fn is_expected_to_leave(facts: &Facts<'_>, account: &Account) -> bool {
    facts.rollover.is_some()
        && account.year.is_some()
        && account.year == facts.state.last_applied.as_ref().and_then(|last| last.top_year)
}

fn leavers<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a Account> {
    facts
        .people
        .iter()
        .filter_map(|person| person.action.as_ref())
        .filter(|action| action.change == ChangeKind::Leave)
        .filter_map(|action| action.before.as_ref())
}

/// How long those who left count together with those who would leave now.
const TOGETHER_FOR: TimeDelta = TimeDelta::days(14);

/// Those of a role who would leave now, those who left of late without a person's word, and how many
/// are and were linked.
struct Leavings {
    now: usize,
    of_late: usize,
    linked: usize,
}

impl Leavings {
    fn of(facts: &Facts<'_>, kind: PersonKind) -> Self {
        let counts = |account: &&Account| {
            account.kind() == kind && is_linked(account) && !is_expected_to_leave(facts, account)
        };
        Self {
            now: leavers(facts).filter(counts).count(),
            of_late: left_of_late(facts).filter(|account| account.kind() == kind).count(),
            linked: facts.state.accounts.iter().filter(counts).count(),
        }
    }

    /// Whether more than a tenth go, and not just one or two.
    const fn are_many(&self) -> bool {
        let together = self.now + self.of_late;
        self.now > 0 && together >= 3 && together * 10 > self.linked + self.of_late
    }
}

/// Who left in the last days, in runs that no person had to confirm, and is still in the trash.
fn left_of_late<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a Account> {
    let since = facts.now - TOGETHER_FOR;
    let last = facts.state.last_applied.as_ref();
    facts.state.accounts.iter().filter(move |account| {
        !account.is_active()
            && account.left_at.is_some_and(|at| at >= since)
            && last.is_some_and(|last| last.unconfirmed_leavers.contains(&account.id))
    })
}

/// More than a tenth of the linked people of a role leave, those of the last days included.
fn many_leave(facts: &Facts<'_>, kind: PersonKind) -> Option<Guard> {
    let leavings = Leavings::of(facts, kind);
    let Leavings { now, of_late, linked } = leavings;
    leavings.are_many().then(|| {
        let besides = if facts.rollover.is_some() && kind == PersonKind::Pupil {
            ", not counting the top year"
        } else {
            ""
        };
        let before = match of_late {
            0 => String::new(),
            _ => format!(", after {of_late} in the last 14 days"),
        };
        let who = who(kind);
        confirm(format!(
            "{now} of {linked} {who} who are linked to your MIS would leave{besides}{before}. If \
             they have not left, check in your MIS and in Xporter what is shared before you \
             continue."
        ))
    })
}

/// Who has left without a person's word once this plan has been applied: they count together with
/// those who leave in the next days. After a plan that waits for a person the count starts again.
#[must_use]
pub(super) fn unconfirmed_leavers(facts: &Facts<'_>, guards: &[Guard]) -> BTreeSet<AccountId> {
    if guards.iter().any(|guard| guard.kind == GuardKind::Confirm) {
        return BTreeSet::new();
    }
    let now = leavers(facts).filter(|account| !is_expected_to_leave(facts, account));
    left_of_late(facts).chain(now).map(|account| account.id).collect()
}

/// After any change of consent all leavings wait for a person.
fn consent_changed(facts: &Facts<'_>) -> Option<Guard> {
    let last = facts.state.last_applied.as_ref()?;
    let changed =
        facts.roster.may_be_narrowed || last.leavings_wait || last.scopes != facts.roster.scopes;
    let leaving = leavers(facts).count();
    let people = if leaving == 1 { "person" } else { "people" };
    (changed && leaving > 0).then(|| {
        confirm(format!(
            "What your school shares has changed since the last run, and {leaving} {people} would \
             leave. Check that this is right."
        ))
    })
}

/// All subject groups that have members are gone. In a new school year they are others as a matter
/// of course; and where the consent may be narrowed nobody loses a group.
fn no_subject_groups(facts: &Facts<'_>) -> Option<Guard> {
    if facts.rollover.is_some() || facts.roster.may_be_narrowed {
        return None;
    }
    let had: Vec<&Class> = facts
        .state
        .classes
        .iter()
        .filter(|class| class.kind == ClassKind::SubjectGroup && is_linked_class(class))
        .filter(|class| {
            facts.state.accounts.iter().any(|a| a.is_active() && a.groups.contains(&class.id))
        })
        .collect();
    let is_there = |class: &&Class| {
        let Some(link) = &class.link else { return false };
        facts.roster.subject_groups.iter().any(|group| {
            group.ids.id == link.ids.id
                || (group.ids.external_id.is_some()
                    && group.ids.external_id == link.ids.external_id)
                || (group.ids.xid.is_some() && group.ids.xid == link.ids.xid)
        })
    };
    (!had.is_empty() && !had.iter().any(is_there)).then(|| {
        confirm(format!(
            "None of the {} subject groups that were imported is in your MIS any more: their \
             members would be removed from them. Check that this is right.",
            had.len()
        ))
    })
}

/// A linked class would lose all its pupils. In a rollover pupils change class as a matter of
/// course, so that only those count who leave. Nor is it odd when a class that the MIS no longer
/// has was merged into others: all its pupils who stay are in another class.
fn emptied_classes(facts: &Facts<'_>) -> Option<Guard> {
    let afterwards: HashMap<AccountId, &Account> = facts
        .people
        .iter()
        .filter_map(|person| person.action.as_ref())
        .map(|action| (action.after.id, &action.after))
        .collect();
    let linked: HashMap<ClassId, &str> = facts
        .state
        .classes
        .iter()
        .filter(|class| class.link.is_some())
        .map(|class| (class.id, class.name.as_str()))
        .collect();
    let mut had: HashMap<ClassId, AfterClass> = HashMap::new();
    for account in facts.state.accounts.iter().filter(|account| is_linked(account)) {
        if let Some(class) = account.class.filter(|class| linked.contains_key(class)) {
            let pupils = had.entry(class).or_default();
            let after = afterwards.get(&account.id).copied().unwrap_or(account);
            pupils.is_filled |= if facts.rollover.is_some() {
                after.is_active() || is_expected_to_leave(facts, account)
            } else {
                after.is_active() && after.class == Some(class)
            };
            if after.is_active() {
                pupils.elsewhere |= after.class.is_some();
                pupils.nowhere |= after.class.is_none();
            }
        }
    }
    let filled: HashSet<ClassId> = afterwards
        .values()
        .filter(|after| after.is_active())
        .filter_map(|after| after.class)
        .collect();
    let is_merged = |class: &ClassId, pupils: &AfterClass| {
        facts.gone.contains(class) && pupils.elsewhere && !pupils.nowhere
    };
    let mut emptied: Vec<&str> = had
        .into_iter()
        .filter(|(class, pupils)| !pupils.is_filled && !filled.contains(class))
        .filter(|(class, pupils)| !is_merged(class, pupils))
        .filter_map(|(class, _)| linked.get(&class).copied())
        .collect();
    emptied.sort_unstable();
    (!emptied.is_empty()).then(|| {
        confirm(format!(
            "No pupils would be left in: {}. Check in your MIS that this is right.",
            emptied.join(", ")
        ))
    })
}

/// What becomes of the pupils whom a class has now.
#[derive(Clone, Copy, Debug, Default)]
struct AfterClass {
    is_filled: bool,
    /// Some who stay are in another class.
    elsewhere: bool,
    /// Some who stay are in no class.
    nowhere: bool,
}

/// In a rollover, more than half of those who had a class would have none.
fn year_not_finished(facts: &Facts<'_>) -> Option<Guard> {
    facts.rollover?;
    let (mut had, mut without) = (0_usize, 0_usize);
    let lists = [PlanList::Leave, PlanList::Create, PlanList::Restore, PlanList::Unmatched];
    for person in facts.people.iter().filter(|person| {
        person.view.kind == PersonKind::Pupil && !lists.contains(&person.view.list)
    }) {
        let Some(action) = &person.action else {
            had += usize::from(person.view.class.is_some());
            continue;
        };
        if action.before.as_ref().is_some_and(|before| before.class.is_some()) {
            had += 1;
            without += usize::from(action.after.class.is_none());
        }
    }
    (without * 2 > had).then(|| {
        confirm(format!(
            "Your MIS has not finished its new year: {without} of {had} pupils who had a class \
             would have none. Wait until the new classes are in your MIS and normally one night \
             longer, then run the wizard again."
        ))
    })
}

/// More than a tenth of the pupils are in year groups nobody has decided on.
fn unmapped(facts: &Facts<'_>) -> Option<Guard> {
    let pupils =
        facts.roster.pupils.iter().filter(|pupil| pupil.status == PupilStatus::OnRoll).count();
    (facts.unmapped_pupils * 10 > pupils).then(|| {
        confirm(format!(
            "{} of {pupils} pupils are in year groups that no one has decided on. Decide in step 3 \
             of the wizard.",
            facts.unmapped_pupils
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::*;

    fn kinds(roster: &Roster, state: &SchoolState) -> Vec<(GuardKind, String)> {
        let plan = planned(roster, state);
        let people = &plan.people;
        let gone = &BTreeSet::new();
        let facts = Facts {
            roster,
            state,
            now: now(),
            odd_year: None,
            rollover: None,
            people,
            unmapped_pupils: 0,
            gone,
        };
        guards(&facts).into_iter().map(|guard| (guard.kind, guard.message)).collect()
    }

    fn a_roster(listed: u32) -> Roster {
        let staff = vec![teacher("1", "Jane Smith")];
        let mut roster = roster(vec![pupil("1", "Amy Hill")], staff);
        roster.groups_listed = Some(listed);
        roster
    }

    fn after_a_run(roster: &Roster) -> SchoolState {
        let mut state = state(vec![]);
        let plan = planned(roster, &state);
        apply(&mut state, &plan);
        state
    }

    #[test]
    fn a_list_of_groups_that_is_gone_stops_the_run_although_pupils_rows_still_name_them() {
        let state = after_a_run(&a_roster(8));
        assert!(kinds(&a_roster(8), &state).is_empty());
        let found = kinds(&a_roster(0), &state);
        assert!(
            matches!(found.as_slice(), [(GuardKind::Stop, words)] if words.contains("year groups")),
            "{found:?}"
        );
        // A school whose groups were never listed is not stopped by it.
        assert!(kinds(&a_roster(0), &after_a_run(&a_roster(0))).is_empty());
    }

    #[test]
    fn subject_groups_that_are_all_gone_wait_for_a_person() {
        let mut with_group = a_roster(8);
        with_group.subject_groups.push(group("m", "Year 4 Maths").of(["1"]));
        let mut state = after_a_run(&with_group);
        state.classes.push(subject_group(900, "Maths").linked("m"));
        state.accounts[0].groups.insert(class_id(900));
        assert!(kinds(&with_group, &state).iter().all(|(_, words)| !words.contains("subject")));
        let found = kinds(&a_roster(8), &state);
        assert!(
            found.iter().any(|(kind, words)| {
                *kind == GuardKind::Confirm && words.contains("subject groups")
            }),
            "{found:?}"
        );
        let mut narrowed = a_roster(8);
        narrowed.may_be_narrowed = true;
        assert!(kinds(&narrowed, &state).iter().all(|(_, words)| !words.contains("subject")));
    }

    #[test]
    fn more_people_than_any_school_has_wait_for_a_person_on_a_first_run_too() {
        let roster = a_roster(8);
        let state = state(vec![]);
        let plan = planned(&roster, &state);
        let new = plan.people.iter().find(|person| person.view.kind == PersonKind::Pupil).unwrap();
        let asks = |count: usize| {
            let people = vec![new.clone(); count];
            let facts = Facts {
                roster: &roster,
                state: &state,
                now: now(),
                odd_year: None,
                rollover: None,
                people: &people,
                unmapped_pupils: 0,
                gone: &BTreeSet::new(),
            };
            guards(&facts).iter().any(|guard| {
                guard.kind == GuardKind::Confirm && guard.message.contains("than any school has")
            })
        };
        assert!(!asks(20_000) && asks(20_001));
    }

    /// Whether the plan asks about a class without pupils: `c3` and `c4` have two each, and become
    /// what `change` makes of them.
    fn asks_about_a_class(change: impl FnOnce(&mut Roster)) -> bool {
        let pupils = vec![
            pupil("1", "Amy Hill").in_class("c3"),
            pupil("2", "Ben Hill").in_class("c3"),
            pupil("3", "Una Hill").in_class("c4"),
            pupil("4", "Zac Hill").in_class("c4"),
        ];
        let mut roster = roster(pupils, vec![teacher("1", "Jane Smith")]);
        let state = after_a_run(&roster);
        change(&mut roster);
        fill_classes(&mut roster);
        let plan = planned(&roster, &state);
        plan.totals.guards.iter().any(|guard| guard.message.contains("No pupils would be left"))
    }

    fn all_into(roster: &mut Roster, class: Option<&str>) {
        for pupil in &mut roster.pupils {
            pupil.class = class.map(str::to_owned);
        }
    }

    fn without_class(roster: &mut Roster, class: &str) {
        roster.classes.retain(|group| group.ids.id != class);
    }

    #[test]
    fn a_class_that_was_merged_into_another_is_not_asked_about() {
        assert!(!asks_about_a_class(|roster| {
            all_into(roster, Some("c4"));
            without_class(roster, "c3");
        }));
        assert!(!asks_about_a_class(|roster| {
            all_into(roster, Some("c9"));
            without_class(roster, "c3");
            without_class(roster, "c4");
            roster.classes.push(group("c9", "Years 3 and 4"));
        }));
    }

    #[test]
    fn a_class_whose_pupils_go_nowhere_or_that_the_mis_still_has_is_asked_about() {
        assert!(asks_about_a_class(|roster| {
            roster.pupils[0].class = None;
            roster.pupils[1].class = Some("c4".into());
            without_class(roster, "c3");
        }));
        assert!(asks_about_a_class(|roster| {
            roster.pupils.drain(..2);
            without_class(roster, "c3");
        }));
        assert!(asks_about_a_class(|roster| all_into(roster, Some("c4"))));
        assert!(asks_about_a_class(|roster| {
            all_into(roster, None);
            without_class(roster, "c3");
            without_class(roster, "c4");
        }));
    }
}
