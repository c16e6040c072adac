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
mod emails;
mod leaving;
mod person;
mod prepare;
mod pupils;
mod renames;
mod rows;
mod staff;
mod undo;
mod usernames;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use rand::CryptoRng;
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{ClassKind, PersonKind};
use rollcall_shared::plan::{Guard, PersonField, PlanList, RenameAnswer, Rollover, WarningCode};
use rollcall_shared::settings::{PupilScope, Settings, SubjectGroupChoice};
use rollcall_shared::year_group::YearGroup;

use super::accounts::{Account, Class, LastApplied, SchoolState};
use super::classes::{self, Groups};
use super::guard;
use super::matching::{Context, Incoming, Known, Matching, Verdict, match_people};
use super::names::tidy;
use super::plan::{Action, ClassAction, Plan, PlannedPerson, Totals};
use super::roster::{
    MisIds, NotShared, PupilStatus, Roster, RosterGroup, RosterStaff, StaffStatus,
};
use academic_year::YearTurn;
use person::SHOWS_TOMORROW;
use prepare::{Years, incoming_pupils, incoming_staff, known_accounts};

pub use undo::{Undoing, counts_use, undo};
pub use usernames::{Newcomer, newcomers, taken_usernames};

/// Everything a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub roster: &'a Roster,
    pub settings: &'a Settings,
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
    totals.kept = count(to_remember.kept.len());
    totals.brought_back = count(restored_by_hand(&matched, &people));
    totals.rollover_waits = to_remember.open_rollover.is_some();
    Plan { totals, classes: actions, people, to_remember }
}

/// The accounts of one kind and the people of the MIS, put together.
struct Side<'a, P> {
    /// In an order of their own, not the feed's.
    people: Vec<&'a P>,
    accounts: Vec<&'a Account>,
    /// The same people and accounts, in the form that was compared.
    incoming: Vec<Incoming<'a>>,
    known: Vec<Known<'a>>,
    matching: Matching,
}

impl<'a, P> Side<'a, P> {
    fn of(
        people: Vec<&'a P>,
        accounts: Vec<&'a Account>,
        incoming: Vec<Incoming<'a>>,
        inputs: Inputs<'_>,
        context: Context<'_>,
    ) -> Self {
        let known = known_accounts(&accounts, inputs.state, inputs.now.date_naive());
        let matching = match_people(&incoming, &known, context);
        Self { people, accounts, incoming, known, matching }
    }

    fn forget_what_was_compared(&mut self) {
        self.incoming = Vec::new();
        self.known = Vec::new();
    }

    /// Accounts which an admin has still to decide about: they never leave.
    fn candidates(&self) -> HashSet<usize> {
        self.matching
            .verdicts
            .iter()
            .filter_map(|verdict| match verdict {
                Verdict::PossibleDuplicate { candidates, .. } => Some(candidates),
                _ => None,
            })
            .flatten()
            .copied()
            .collect()
    }

    fn claimed(&self) -> HashSet<usize> {
        self.matching
            .verdicts
            .iter()
            .filter_map(|verdict| match verdict {
                Verdict::Account { account, .. } => Some(*account),
                _ => None,
            })
            .collect()
    }
}

/// Everything known before it is decided what becomes of each person.
struct Matched<'a> {
    inputs: Inputs<'a>,
    year_turn: YearTurn,
    rollover: Option<Rollover>,
    years: Years<'a>,
    /// The classes' names as they are now.
    class_names: HashMap<ClassId, &'a str>,
    pupils: Side<'a, super::roster::RosterPupil>,
    staff: Side<'a, RosterStaff>,
}

impl<'a> Matched<'a> {
    fn of(inputs: Inputs<'a>) -> Self {
        let Inputs { roster, settings, state, now } = inputs;
        let year_turn = YearTurn::of(roster, state, now);
        let rollover = year_turn.rollover();
        let years = Years::of(roster, settings);
        let context = |kind| Context {
            kind,
            mis: roster.mis.as_deref(),
            resolutions: &state.resolutions,
            is_rollover: rollover.is_some(),
        };

        let mut pupils: Vec<_> = roster.pupils.iter().collect();
        pupils.sort();
        let mut staff: Vec<_> = roster.staff.iter().collect();
        staff.sort();

        let side = |kind| {
            let mut accounts: Vec<&Account> =
                state.accounts.iter().filter(|account| account.kind() == kind).collect();
            accounts.sort_by_key(|account| account.id);
            accounts
        };
        let pupil_accounts = side(PersonKind::Pupil);
        let staff_accounts = side(PersonKind::Staff);
        let incoming = incoming_pupils(&pupils, roster, settings, &years, now.date_naive());
        let pupils = Side::of(pupils, pupil_accounts, incoming, inputs, context(PersonKind::Pupil));
        let incoming = incoming_staff(&staff, roster, settings);
        let staff = Side::of(staff, staff_accounts, incoming, inputs, context(PersonKind::Staff));
        let class_names =
            state.classes.iter().map(|class| (class.id, class.name.as_str())).collect();
        Self { inputs, year_turn, rollover, years, class_names, pupils, staff }
    }

    fn forget_what_was_compared(&mut self) {
        self.pupils.forget_what_was_compared();
        self.staff.forget_what_was_compared();
    }

    /// Which account each person of the MIS is, by the plain id.
    fn accounts_by_mis_id(&self) -> HashMap<(PersonKind, &'a str), AccountId> {
        let pupils = self.pupils.people.iter().map(|pupil| pupil.ids.id.as_str());
        let staff = self.staff.people.iter().map(|one| one.ids.id.as_str());
        let of = |side: &[&Account], verdict: &Verdict| match verdict {
            Verdict::Account { account, .. } => side.get(*account).map(|account| account.id),
            _ => None,
        };
        pupils
            .zip(&self.pupils.matching.verdicts)
            .filter_map(|(id, verdict)| {
                Some(((PersonKind::Pupil, id), of(&self.pupils.accounts, verdict)?))
            })
            .chain(staff.zip(&self.staff.matching.verdicts).filter_map(|(id, verdict)| {
                Some(((PersonKind::Staff, id), of(&self.staff.accounts, verdict)?))
            }))
            .collect()
    }

    fn purge_on(&self) -> Option<NaiveDate> {
        purge_date(self.inputs.now, self.inputs.state.retention_months)
    }
}

/// When somebody who leaves now is purged from the trash.
#[must_use]
pub fn purge_date(now: DateTime<Utc>, retention_months: u32) -> Option<NaiveDate> {
    now.date_naive().checked_add_months(chrono::Months::new(retention_months))
}

/// The subject groups that were ticked.
fn chosen_groups<'a>(roster: &'a Roster, settings: &Settings) -> Vec<&'a RosterGroup> {
    let mis = roster.mis.as_deref();
    roster.subject_groups.iter().filter(|group| settings.imports(&choice_of(group, mis))).collect()
}

/// A subject group as it is remembered when ticked.
#[must_use]
pub fn choice_of(group: &RosterGroup, mis: Option<&str>) -> SubjectGroupChoice {
    SubjectGroupChoice {
        mis_id: group.ids.id.clone(),
        name: group.name.clone(),
        mis: mis.map(str::to_owned),
        external_id: group.ids.external_id.clone(),
        xid: group.ids.xid.clone(),
    }
}

fn match_all_classes(matched: &Matched<'_>, rng: &mut dyn CryptoRng) -> Vec<ClassAction> {
    let Inputs { roster, settings, state, .. } = matched.inputs;
    let accounts = matched.accounts_by_mis_id();
    let mut members: HashMap<ClassId, HashSet<AccountId>> = HashMap::new();
    for account in state.accounts.iter().filter(|account| account.is_active()) {
        let pupils_groups = account.groups.iter().filter(|_| account.kind() == PersonKind::Pupil);
        // A class that was given by hand says nothing of which class of the MIS it is.
        let own = account.class.iter().filter(|_| !account.keeps(PersonField::Class));
        for class in own.chain(pupils_groups) {
            members.entry(*class).or_default().insert(account.id);
        }
    }
    let account_of = |id: &str| accounts.get(&(PersonKind::Pupil, id)).copied();
    let mut in_class: HashMap<&str, HashSet<AccountId>> = HashMap::new();
    for pupil in &roster.pupils {
        if let (Some(class), Some(account)) = (pupil.class.as_deref(), account_of(&pupil.ids.id)) {
            in_class.entry(class).or_default().insert(account);
        }
    }
    let in_group: HashMap<&str, HashSet<AccountId>> = roster
        .subject_groups
        .iter()
        .map(|group| {
            (group.ids.id.as_str(), group.pupils.iter().filter_map(|id| account_of(id)).collect())
        })
        .collect();

    let wanted_classes: Vec<&RosterGroup> = roster.classes.iter().collect();
    let wanted_groups = chosen_groups(roster, settings);
    let ours = |kind| state.classes.iter().filter(|c| c.kind == kind).collect::<Vec<&Class>>();
    let (our_classes, our_groups) = (ours(ClassKind::Class), ours(ClassKind::SubjectGroup));
    let of_kind = |kind| Groups {
        kind,
        wanted: if kind == ClassKind::Class { &wanted_classes } else { &wanted_groups },
        present: if kind == ClassKind::Class { &roster.classes } else { &roster.subject_groups },
        classes: if kind == ClassKind::Class { &our_classes } else { &our_groups },
        mis: roster.mis.as_deref(),
        is_rollover: matched.rollover.is_some(),
        members: &members,
        incoming: if kind == ClassKind::Class { &in_class } else { &in_group },
    };
    let mut actions = classes::match_classes(&of_kind(ClassKind::Class), rng);
    actions.extend(classes::match_classes(&of_kind(ClassKind::SubjectGroup), rng));
    actions
}

/// The classes and subject groups as they will be, and who is in them.
struct ClassBook<'a> {
    names: HashMap<ClassId, String>,
    kinds: HashMap<ClassId, ClassKind>,
    /// Classes by the plain id of the registration group.
    by_mis_id: HashMap<&'a str, ClassId>,
    /// Memberships this plan decides on: of everybody in subject groups, of staff in classes.
    managed: BTreeSet<ClassId>,
    /// Linked classes and groups that a complete read no longer has.
    gone: BTreeSet<ClassId>,
    /// Of whom the feed does not tell all memberships: none of a group that is still there ends.
    untold: Vec<PersonKind>,
    groups_of: HashMap<(PersonKind, &'a str), BTreeSet<ClassId>>,
    /// How many registration groups a pupil is a member of besides the one of their own row.
    other_classes: HashMap<&'a str, Vec<&'a RosterGroup>>,
}

impl<'a> ClassBook<'a> {
    fn of(matched: &Matched<'a>, actions: &[ClassAction]) -> Self {
        let Inputs { roster, settings, state, .. } = matched.inputs;
        let mut book = Self::as_they_are(state, actions);
        let untold = [
            (NotShared::PupilsOfGroups, PersonKind::Pupil),
            (NotShared::StaffOfGroups, PersonKind::Staff),
        ];
        let untold = untold.into_iter().filter(|(what, _)| roster.not_shared.contains(what));
        book.untold = untold.map(|(_, kind)| kind).collect();
        let mut by_link: HashMap<(ClassKind, &str), ClassId> = HashMap::new();
        for action in actions {
            book.managed.insert(action.id);
            if let Some(link) = &action.link {
                by_link.insert((action.kind, link.ids.id.as_str()), action.id);
            }
        }
        for group in &roster.classes {
            let Some(&id) = by_link.get(&(ClassKind::Class, group.ids.id.as_str())) else {
                continue;
            };
            book.by_mis_id.insert(&group.ids.id, id);
            for one in &group.staff {
                book.groups_of.entry((PersonKind::Staff, one)).or_default().insert(id);
            }
            for pupil in &group.pupils {
                book.other_classes.entry(pupil).or_default().push(group);
            }
        }
        for group in chosen_groups(roster, settings) {
            let Some(&id) = by_link.get(&(ClassKind::SubjectGroup, group.ids.id.as_str())) else {
                continue;
            };
            for pupil in &group.pupils {
                book.groups_of.entry((PersonKind::Pupil, pupil)).or_default().insert(id);
            }
            for one in &group.staff {
                book.groups_of.entry((PersonKind::Staff, one)).or_default().insert(id);
            }
        }
        if !roster.may_be_narrowed {
            // Of a class that is linked anew only the old link is gone.
            book.gone = gone(matched);
            book.gone.retain(|id| !book.managed.contains(id));
            book.managed.extend(&book.gone);
        }
        book
    }

    /// The classes of a school and what becomes of them, without anything of the MIS.
    fn as_they_are(state: &SchoolState, actions: &[ClassAction]) -> Self {
        let mut book = Self {
            names: state.classes.iter().map(|class| (class.id, class.name.clone())).collect(),
            kinds: state.classes.iter().map(|class| (class.id, class.kind)).collect(),
            by_mis_id: HashMap::new(),
            managed: BTreeSet::new(),
            gone: BTreeSet::new(),
            untold: Vec::new(),
            groups_of: HashMap::new(),
            other_classes: HashMap::new(),
        };
        for action in actions {
            book.names.insert(action.id, action.name.clone());
            book.kinds.insert(action.id, action.kind);
        }
        book
    }

    fn name(&self, id: ClassId) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    fn is_class(&self, id: ClassId) -> bool {
        self.kinds.get(&id) == Some(&ClassKind::Class)
    }

    /// The memberships a person will have, given those they have now.
    fn groups_after(
        &self,
        kind: PersonKind,
        mis_id: &str,
        before: Option<&Account>,
    ) -> BTreeSet<ClassId> {
        let kept = before.map(|account| &account.groups).into_iter().flatten().filter(|id| {
            let is_untold = self.untold.contains(&kind) && !self.gone.contains(id);
            is_untold || !self.managed.contains(id)
        });
        let now = self.groups_of.get(&(kind, mis_id)).into_iter().flatten();
        kept.chain(now).copied().collect()
    }
}

/// Linked classes and groups that the MIS no longer has.
fn gone(matched: &Matched<'_>) -> BTreeSet<ClassId> {
    let Inputs { roster, state, .. } = matched.inputs;
    let (members, incoming) = (HashMap::new(), HashMap::new());
    [(ClassKind::Class, &roster.classes), (ClassKind::SubjectGroup, &roster.subject_groups)]
        .into_iter()
        .flat_map(|(kind, present)| {
            let classes: Vec<&Class> = state.classes.iter().filter(|c| c.kind == kind).collect();
            classes::gone(&Groups {
                kind,
                wanted: &[],
                present,
                classes: &classes,
                mis: roster.mis.as_deref(),
                is_rollover: false,
                members: &members,
                incoming: &incoming,
            })
        })
        .collect()
}

fn totals(matched: &Matched<'_>, actions: &[ClassAction], people: &[PlannedPerson]) -> Totals {
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

fn guard_facts<'f>(
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

fn notes(matched: &Matched<'_>) -> Vec<String> {
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
            "None of the {here} members of staff in your MIS is marked as a teacher, so none comes \
             in as one. Mark your teachers in your MIS. {SHOWS_TOMORROW}"
        ));
    }
    let undecided = matched.years.undecided_names();
    if !undecided.is_empty() {
        notes.push(format!(
            "Your MIS has year groups nobody has decided on: {}. Their pupils stay as they are. \
             Decide in step 3 of the wizard.",
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

const fn untold_text(what: NotShared) -> &'static str {
    match what {
        NotShared::Class => {
            "Your MIS does not share the class of some pupils. They stay in the classes they are in."
        }
        NotShared::PupilsOfGroups => {
            "Your MIS does not share all that says which pupils are in a subject group. Nobody is \
             taken out of one."
        }
        NotShared::StaffOfGroups => {
            "Your MIS does not share all that says who teaches which class. Nobody is taken out of \
             one."
        }
    }
}

/// How many accounts stay because an admin brought them back, and the MIS does not have them.
fn restored_by_hand(matched: &Matched<'_>, people: &[PlannedPerson]) -> usize {
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

fn to_remember(matched: &Matched<'_>, people: &[PlannedPerson], guards: &[Guard]) -> LastApplied {
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
        odd_year: None,
        unconfirmed_leavers,
        scopes: roster.scopes.clone(),
        top_year: top_year.or(last.top_year),
        people: on_roster,
        groups_listed: roster.groups_listed,
        kept: leaving::kept_as_narrowed(matched),
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
fn came_by(matched: &Matched<'_>, people: &[PlannedPerson]) -> BTreeMap<AccountId, PupilScope> {
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

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
