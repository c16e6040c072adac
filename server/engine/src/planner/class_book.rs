//! The classes and subject groups of a plan, and who will be in which.

use std::collections::{BTreeSet, HashMap, HashSet};

use rand::CryptoRng;
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{ClassKind, PersonKind};
use rollcall_shared::plan::PersonField;
use rollcall_shared::settings::{Settings, SubjectGroupChoice};

use super::Inputs;
use super::classes::{self, Groups};
use super::matched::Matched;
use crate::domain::accounts::{Account, Class, SchoolState};
use crate::domain::plan::ClassAction;
use crate::domain::roster::{NotShared, Roster, RosterGroup};

/// The classes and subject groups as they will be, and who is in them.
pub(super) struct ClassBook<'a> {
    pub(super) names: HashMap<ClassId, String>,
    pub(super) kinds: HashMap<ClassId, ClassKind>,
    /// Classes by the plain id of the registration group.
    pub(super) by_mis_id: HashMap<&'a str, ClassId>,
    /// Memberships this plan decides on: of everybody in subject groups, of staff in classes.
    pub(super) managed: BTreeSet<ClassId>,
    /// Linked classes and groups that a complete read no longer has.
    pub(super) gone: BTreeSet<ClassId>,
    /// People whose memberships the feed does not all tell: none of a group that is still there ends.
    pub(super) untold: Vec<PersonKind>,
    pub(super) groups_of: HashMap<(PersonKind, &'a str), BTreeSet<ClassId>>,
    /// How many registration groups a pupil is a member of besides the one of their own row.
    pub(super) other_classes: HashMap<&'a str, Vec<&'a RosterGroup>>,
}

impl<'a> ClassBook<'a> {
    pub(super) fn of(matched: &Matched<'a>, actions: &[ClassAction]) -> Self {
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
            // Of a class that is linked again only the old link is gone.
            book.gone = gone(matched);
            book.gone.retain(|id| !book.managed.contains(id));
            book.managed.extend(&book.gone);
        }
        book
    }

    /// The classes of a school and what becomes of them, without anything of the MIS.
    pub(super) fn as_they_are(state: &SchoolState, actions: &[ClassAction]) -> Self {
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

    pub(super) fn name(&self, id: ClassId) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    pub(super) fn is_class(&self, id: ClassId) -> bool {
        self.kinds.get(&id) == Some(&ClassKind::Class)
    }

    /// The memberships a person will have, given those they have now.
    pub(super) fn groups_after(
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

pub(super) fn match_all_classes(
    matched: &Matched<'_>,
    rng: &mut dyn CryptoRng,
) -> Vec<ClassAction> {
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

/// Linked classes and groups that the MIS no longer has.
pub(super) fn gone(matched: &Matched<'_>) -> BTreeSet<ClassId> {
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
