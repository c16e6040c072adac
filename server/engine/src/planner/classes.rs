//! Which class or subject group of the MIS is which of ours, one to one: all by MIS link first,
//! then all by exactly the same tidied name, then by the same name but for case and
//! spaces (5A and 5 a may be two), then (except in a rollover, when the pupils change and the names
//! stay) by membership, so that a renamed class is not a new one.

use std::collections::{BTreeSet, HashMap, HashSet};

use rand::CryptoRng;
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::ClassKind;
use rollcall_shared::plan::ClassCounts;

use crate::domain::accounts::Class;
use crate::domain::mis_link::{IdKind, MisLink};
use crate::domain::names::tidy;
use crate::domain::plan::{ClassAction, ClassChange};
use crate::domain::roster::RosterGroup;

/// The form in which names of classes are compared: without case and spaces.
#[must_use]
pub(super) fn class_key(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// What matching the classes of one kind reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Groups<'a> {
    pub kind: ClassKind,
    /// The groups to import.
    pub wanted: &'a [&'a RosterGroup],
    /// All the MIS has of this kind: a class linked to one of them is nobody else's.
    pub present: &'a [RosterGroup],
    /// Ours, of this kind.
    pub classes: &'a [&'a Class],
    /// Which MIS the plain ids are of.
    pub mis: Option<&'a str>,
    pub is_rollover: bool,
    /// Who is in each of ours now.
    pub members: &'a HashMap<ClassId, HashSet<AccountId>>,
    /// Which of our pupils are in each of the MIS's, by its plain id.
    pub incoming: &'a HashMap<&'a str, HashSet<AccountId>>,
}

/// Matches the groups; the actions are in the order of the groups' names, whatever their order in
/// the feed. Ids of new ones are drawn in that order.
#[must_use]
pub(super) fn match_classes(groups: &Groups<'_>, rng: &mut dyn CryptoRng) -> Vec<ClassAction> {
    let mut wanted = groups.wanted.to_vec();
    wanted.sort_by_key(|group| (class_key(&group.name), &group.ids));
    let mut found: Vec<Option<&Class>> = vec![None; wanted.len()];
    let mut taken: HashSet<ClassId> = HashSet::new();

    by_link(groups, &wanted, &mut found, &mut taken);
    let present = Present::of(groups);
    taken.extend(groups.classes.iter().filter(|c| present.has(c.link.as_ref())).map(|c| c.id));
    by_name(groups, &wanted, &mut found, &mut taken, tidy);
    by_name(groups, &wanted, &mut found, &mut taken, class_key);
    if !groups.is_rollover {
        by_membership(groups, &wanted, &mut found, &mut taken);
    }

    wanted.into_iter().zip(found).map(|(group, class)| action(groups, group, class, rng)).collect()
}

/// The ids of the groups that the MIS has.
struct Present<'a> {
    mis: Option<&'a str>,
    keys: HashSet<(IdKind, &'a str)>,
}

impl<'a> Present<'a> {
    fn of(groups: &Groups<'a>) -> Self {
        let ids = groups.present.iter().map(|group| &group.ids);
        Self { mis: groups.mis, keys: ids.flat_map(IdKind::all_of).collect() }
    }

    /// Whether the MIS still has the group that a class is linked to.
    fn has(&self, link: Option<&MisLink>) -> bool {
        link.is_some_and(|link| link.ids_in(self.mis).any(|key| self.keys.contains(&key)))
    }
}

fn by_link<'a>(
    groups: &Groups<'a>,
    wanted: &[&RosterGroup],
    found: &mut [Option<&'a Class>],
    taken: &mut HashSet<ClassId>,
) {
    let mut by_key: HashMap<(IdKind, &str), &'a Class> = HashMap::new();
    for class in groups.classes {
        let Some(link) = &class.link else { continue };
        for key in link.ids_in(groups.mis) {
            by_key.entry(key).or_insert(class);
        }
    }
    for kind in IdKind::ALL {
        for (group, slot) in wanted.iter().zip(found.iter_mut()).filter(|(_, slot)| slot.is_none())
        {
            let class = kind.of(&group.ids).and_then(|id| by_key.get(&(kind, id)).copied());
            if let Some(class) = class
                && taken.insert(class.id)
            {
                *slot = Some(class);
            }
        }
    }
}

fn by_name<'a>(
    groups: &Groups<'a>,
    wanted: &[&RosterGroup],
    found: &mut [Option<&'a Class>],
    taken: &mut HashSet<ClassId>,
    key: fn(&str) -> String,
) {
    let mut ours: HashMap<String, Vec<&'a Class>> = HashMap::new();
    for class in groups.classes.iter().filter(|class| !taken.contains(&class.id)) {
        ours.entry(key(&class.name)).or_default().push(class);
    }
    let mut theirs: HashMap<String, u32> = HashMap::new();
    for (group, _) in wanted.iter().zip(found.iter()).filter(|(_, slot)| slot.is_none()) {
        *theirs.entry(key(&group.name)).or_default() += 1;
    }
    for (group, slot) in wanted.iter().zip(found.iter_mut()).filter(|(_, slot)| slot.is_none()) {
        let key = key(&group.name);
        if let (Some([class]), Some(1)) =
            (ours.get(&key).map(Vec::as_slice), theirs.get(&key).copied())
        {
            taken.insert(class.id);
            *slot = Some(class);
        }
    }
}

/// A class is the same when most of its pupils and most of the group's pupils are the same. A pupil
/// has one class but may be in many subject groups, so that several may fit: then none is taken.
fn by_membership<'a>(
    groups: &Groups<'a>,
    wanted: &[&RosterGroup],
    found: &mut [Option<&'a Class>],
    taken: &mut HashSet<ClassId>,
) {
    let mut class_of: HashMap<AccountId, Vec<&'a Class>> = HashMap::new();
    for class in groups.classes.iter().filter(|class| !taken.contains(&class.id)) {
        for member in groups.members.get(&class.id).into_iter().flatten() {
            class_of.entry(*member).or_default().push(class);
        }
    }
    let mut fitting: Vec<(usize, &'a Class)> = Vec::new();
    for (place, group) in wanted.iter().enumerate() {
        let is_open = found.get(place).is_some_and(Option::is_none);
        let Some(pupils) = groups.incoming.get(group.ids.id.as_str()).filter(|_| is_open) else {
            continue;
        };
        let mut shared: HashMap<ClassId, (usize, &'a Class)> = HashMap::new();
        for class in pupils.iter().filter_map(|pupil| class_of.get(pupil)).flatten() {
            shared.entry(class.id).or_insert((0, class)).0 += 1;
        }
        fitting.extend(shared.into_values().filter_map(|(count, class)| {
            let ours = groups.members.get(&class.id).map_or(0, HashSet::len);
            let most = count * 2 > ours && count * 2 > group.pupils.len().max(pupils.len());
            most.then_some((place, class))
        }));
    }
    for &(place, class) in &fitting {
        let fits_once = fitting.iter().filter(|(other, _)| *other == place).count() == 1;
        let is_wanted_once = fitting.iter().filter(|(_, other)| other.id == class.id).count() == 1;
        if fits_once
            && is_wanted_once
            && let Some(slot) = found.get_mut(place)
        {
            taken.insert(class.id);
            *slot = Some(class);
        }
    }
}

fn action(
    groups: &Groups<'_>,
    group: &RosterGroup,
    class: Option<&Class>,
    rng: &mut dyn CryptoRng,
) -> ClassAction {
    let name = tidy(&group.name);
    let subject = group.subject.as_deref().map(tidy).filter(|subject| !subject.is_empty());
    let mut link = MisLink { mis: groups.mis.map(str::to_owned), ids: group.ids.clone() };
    let Some(class) = class else {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        return ClassAction {
            change: ClassChange::Create,
            id: ClassId(uuid::Builder::from_random_bytes(bytes).into_uuid()),
            kind: groups.kind,
            name,
            subject,
            link: Some(link),
            name_before: None,
            before: None,
        };
    };
    if let Some(before) = &class.link
        && before.is(groups.mis, &group.ids)
    {
        link.ids.external_id = link.ids.external_id.or_else(|| before.ids.external_id.clone());
        link.ids.xid = link.ids.xid.or_else(|| before.ids.xid.clone());
    }
    let subject = subject.or_else(|| class.subject.clone());
    let renamed = class.name != name;
    let change = if class.link.is_none() {
        ClassChange::Link
    } else if renamed || class.subject != subject {
        ClassChange::Rename
    } else if class.link.as_ref() != Some(&link) {
        ClassChange::Link
    } else {
        ClassChange::Unchanged
    };
    ClassAction {
        change,
        id: class.id,
        kind: groups.kind,
        name_before: renamed.then(|| class.name.clone()),
        name,
        subject,
        link: Some(link),
        before: Some(class.clone()),
    }
}

/// Counts the actions of one kind.
#[must_use]
pub(super) fn count(actions: &[ClassAction], kind: ClassKind) -> ClassCounts {
    let mut counts = ClassCounts::default();
    for action in actions.iter().filter(|action| action.kind == kind) {
        match action.change {
            ClassChange::Create => counts.created += 1,
            ClassChange::Link => counts.linked += 1,
            ClassChange::Rename | ClassChange::PutBack => counts.renamed += 1,
            ClassChange::Unchanged => counts.unchanged += 1,
        }
    }
    counts
}

/// Our linked classes whose group is no longer in the MIS.
#[must_use]
pub(super) fn gone(groups: &Groups<'_>) -> BTreeSet<ClassId> {
    let present = Present::of(groups);
    groups
        .classes
        .iter()
        .filter(|class| class.link.is_some() && !present.has(class.link.as_ref()))
        .map(|class| class.id)
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::fixtures::*;
    use ClassChange::{Create, Link, Rename, Unchanged};

    fn linked_to(id: Option<&str>, class: Class) -> Class {
        Class { link: id.and_then(link), ..class }
    }

    /// Matches groups with classes; pupils go by the same number on both sides.
    fn matched(
        theirs: &[RosterGroup],
        ours: &[(Class, &[u128])],
        is_rollover: bool,
    ) -> Vec<(String, ClassChange, Option<u128>)> {
        let wanted: Vec<&RosterGroup> = theirs.iter().collect();
        let classes: Vec<&Class> = ours.iter().map(|(class, _)| class).collect();
        let members = ours
            .iter()
            .map(|(class, members)| (class.id, members.iter().map(|&id| account_id(id)).collect()))
            .collect();
        let incoming = theirs
            .iter()
            .map(|group| {
                let pupils =
                    group.pupils.iter().map(|id| account_id(id.parse().unwrap())).collect();
                (group.ids.id.as_str(), pupils)
            })
            .collect();
        let groups = Groups {
            kind: ClassKind::Class,
            wanted: &wanted,
            present: theirs,
            classes: &classes,
            mis: Some(MIS),
            is_rollover,
            members: &members,
            incoming: &incoming,
        };
        match_classes(&groups, &mut ChaCha20Rng::seed_from_u64(1))
            .into_iter()
            .map(|action| {
                let known = classes.iter().find(|class| class.id == action.id);
                (action.name, action.change, known.map(|class| class.id.0.as_u128()))
            })
            .collect()
    }

    #[test]
    fn a_link_comes_before_a_name() {
        let theirs = [group("1", "5B"), group("2", "5A")];
        let ours = [(class(10, "5A").linked("1"), [].as_slice())];
        assert_eq!(
            matched(&theirs, &ours, false),
            [("5A".into(), Create, None), ("5B".into(), Rename, Some(10))]
        );
    }

    #[test]
    fn a_name_is_compared_without_case_and_spaces_and_links_the_class() {
        let theirs = [group("1", "5 Ash")];
        let ours = [(class(10, "5ash"), [].as_slice())];
        assert_eq!(matched(&theirs, &ours, false), [("5 Ash".into(), Link, Some(10))]);
    }

    #[test]
    fn two_classes_whose_names_differ_in_case_and_spaces_only_are_two() {
        let theirs = [group("1", "5A"), group("2", "5 a")];
        for linked in [None, Some("9")] {
            let ours = [class(10, "5 a"), class(11, "5A")]
                .map(|class| (linked_to(linked, class), [].as_slice()));
            for is_rollover in [false, true] {
                let mut found: Vec<_> = matched(&theirs, &ours, is_rollover)
                    .into_iter()
                    .map(|(name, _, class)| (name, class))
                    .collect();
                found.sort();
                assert_eq!(found, [("5 a".into(), Some(10)), ("5A".into(), Some(11))]);
            }
        }
        let ours = [(class(11, "5A"), [].as_slice())];
        assert!(matched(&theirs, &ours, true).contains(&("5A".into(), Link, Some(11))));
    }

    #[test]
    fn a_class_of_the_same_name_is_linked_anew_when_its_group_has_gone() {
        let theirs = [group("9", "5A")];
        let ours = [(class(10, "5A").linked("1"), [].as_slice())];
        assert_eq!(matched(&theirs, &ours, true), [("5A".into(), Link, Some(10))]);
    }

    #[test]
    fn a_renamed_class_is_known_by_its_pupils_but_not_in_a_rollover() {
        let theirs = [group("9", "Kingfishers").of([1, 2, 3, 4])];
        let ours = [(class(10, "5A").linked("1"), [1, 2, 3].as_slice())];
        assert_eq!(matched(&theirs, &ours, false), [("Kingfishers".into(), Rename, Some(10))]);
        assert_eq!(matched(&theirs, &ours, true), [("Kingfishers".into(), Create, None)]);
    }

    #[test]
    fn a_group_that_fits_two_of_ours_and_two_that_fit_one_are_matched_by_nobody() {
        let theirs = [group("9", "Kingfishers").of([1, 2, 3])];
        let ours = [(class(10, "5A"), [1, 2, 3].as_slice()), (class(11, "5B"), &[1, 2])];
        assert_eq!(matched(&theirs, &ours, false), [("Kingfishers".into(), Create, None)]);
        let theirs =
            [group("8", "Herons").of([1, 2, 3]), group("9", "Kingfishers").of([1, 2, 3, 4])];
        let ours = [(class(10, "5A"), [1, 2, 3].as_slice())];
        assert!(matched(&theirs, &ours, false).iter().all(|(_, change, _)| *change == Create));
    }

    /// A change that schools make to their classes: those of the MIS, ours with their pupils, and
    /// what becomes of each of the MIS's, by the number of our class.
    fn becomes<const N: usize>(
        theirs: impl AsRef<[RosterGroup]>,
        ours: impl AsRef<[(Class, &'static [u128])]>,
        expected: [(&str, ClassChange, Option<u128>); N],
    ) {
        let found = matched(theirs.as_ref(), ours.as_ref(), false);
        assert_eq!(found, expected.map(|(name, change, id)| (name.to_owned(), change, id)));
    }

    fn becomes_in_a_new_year<const N: usize>(
        theirs: impl AsRef<[RosterGroup]>,
        ours: impl AsRef<[(Class, &'static [u128])]>,
        expected: [(&str, ClassChange, Option<u128>); N],
    ) {
        let found = matched(theirs.as_ref(), ours.as_ref(), true);
        assert_eq!(found, expected.map(|(name, change, id)| (name.to_owned(), change, id)));
    }

    const ASH: &[u128] = &[1, 2, 3, 4];
    const OAK: &[u128] = &[5, 6, 7, 8];

    mod classes_that_are_split {
        use super::*;

        fn one() -> [(Class, &'static [u128]); 1] {
            [(class(10, "3A").linked("1"), ASH)]
        }

        cases!(
            becomes,
            stay_under_their_number_beside_a_new_one(
                [group("1", "3A").of([1, 2]), group("9", "3B").of([3, 4])],
                one(),
                [("3A", Unchanged, Some(10)), ("3B", Create, None)]
            ),
            stay_under_their_number_although_most_go_to_the_new_one(
                [group("1", "3A").of([1]), group("9", "3B").of([2, 3, 4])],
                one(),
                [("3A", Unchanged, Some(10)), ("3B", Create, None)]
            ),
            stay_where_the_name_is_if_both_numbers_are_new(
                [group("8", "3A").of([1, 2]), group("9", "3B").of([3, 4])],
                one(),
                [("3A", Link, Some(10)), ("3B", Create, None)]
            ),
            are_two_new_ones_if_the_halves_have_new_numbers_and_names(
                [group("8", "Herons").of([1, 2]), group("9", "Owls").of([3, 4])],
                one(),
                [("Herons", Create, None), ("Owls", Create, None)]
            ),
            are_renamed_where_most_stay_together_under_a_new_number_and_name(
                [group("8", "Herons").of([1, 2, 3]), group("9", "Owls").of([4])],
                one(),
                [("Herons", Rename, Some(10)), ("Owls", Create, None)]
            ),
        );
    }

    mod classes_that_are_merged {
        use super::*;

        fn two() -> [(Class, &'static [u128]); 2] {
            [(class(10, "3A").linked("1"), ASH), (class(11, "3B").linked("2"), OAK)]
        }
        const ALL: [u128; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

        cases!(
            becomes,
            into_one_of_them_leave_it_unchanged(
                [group("1", "3A").of(ALL)],
                two(),
                [("3A", Unchanged, Some(10))]
            ),
            into_one_of_them_under_a_new_name_rename_it(
                [group("1", "Year 3").of(ALL)],
                two(),
                [("Year 3", Rename, Some(10))]
            ),
            into_a_new_one_that_has_the_name_of_one_of_them_link_that(
                [group("9", "3B").of(ALL)],
                two(),
                [("3B", Link, Some(11))]
            ),
            into_a_new_one_of_a_new_name_make_it_since_neither_is_most_of_it(
                [group("9", "Year 3").of(ALL)],
                two(),
                [("Year 3", Create, None)]
            ),
            a_small_one_into_a_large_one_rename_the_large_one_although_all_is_new(
                [group("9", "Year 3").of([1, 2, 3, 4, 5])],
                [(class(10, "3A").linked("1"), ASH), (class(11, "3B").linked("2"), &[5])],
                [("Year 3", Rename, Some(10))]
            ),
        );
    }

    mod classes_that_are_renamed_renumbered_or_change_names {
        use super::*;

        fn two() -> [(Class, &'static [u128]); 2] {
            [(class(10, "3A").linked("1"), ASH), (class(11, "3B").linked("2"), OAK)]
        }

        cases!(
            becomes,
            under_the_same_number_are_renamed(
                [group("1", "Herons").of(ASH), group("2", "3B").of(OAK)],
                two(),
                [("3B", Unchanged, Some(11)), ("Herons", Rename, Some(10))]
            ),
            that_exchange_their_names_are_both_renamed(
                [group("1", "3B").of(ASH), group("2", "3A").of(OAK)],
                two(),
                [("3A", Rename, Some(11)), ("3B", Rename, Some(10))]
            ),
            of_which_one_takes_the_name_that_the_other_gave_up_are_both_renamed(
                [group("1", "3B").of(ASH), group("2", "Owls").of(OAK)],
                two(),
                [("3B", Rename, Some(10)), ("Owls", Rename, Some(11))]
            ),
            of_the_same_name_under_a_new_number_are_linked_again(
                [group("9", "3A").of(ASH), group("2", "3B").of(OAK)],
                two(),
                [("3A", Link, Some(10)), ("3B", Unchanged, Some(11))]
            ),
            of_the_same_pupils_under_a_new_number_and_name_are_renamed(
                [group("9", "Herons").of(ASH), group("2", "3B").of(OAK)],
                two(),
                [("3B", Unchanged, Some(11)), ("Herons", Rename, Some(10))]
            ),
            of_the_same_pupils_are_renamed_where_all_numbers_and_names_are_new(
                [group("8", "Owls").of(OAK), group("9", "Herons").of(ASH)],
                two(),
                [("Herons", Rename, Some(10)), ("Owls", Rename, Some(11))]
            ),
            that_are_renamed_do_not_hand_their_name_to_one_of_other_pupils(
                [group("1", "Herons").of(ASH), group("9", "3A").of([21, 22])],
                [(class(10, "3A").linked("1"), ASH)],
                [("3A", Create, None), ("Herons", Rename, Some(10))]
            ),
            of_two_year_groups_in_one_are_the_one_that_most_are_of(
                [group("9", "Y1/2").of([1, 2, 3, 4, 5])],
                [(class(10, "Y1").linked("1"), ASH), (class(11, "Y2").linked("2"), OAK)],
                [("Y1/2", Rename, Some(10))]
            ),
        );
    }

    mod classes_in_a_new_school_year {
        use super::*;

        fn two() -> [(Class, &'static [u128]); 2] {
            [(class(10, "3A").linked("1"), ASH), (class(11, "4A").linked("2"), OAK)]
        }

        cases!(
            becomes_in_a_new_year,
            stay_with_their_numbers_while_the_pupils_move_on(
                [group("1", "3A").of([21, 22]), group("2", "4A").of(ASH)],
                two(),
                [("3A", Unchanged, Some(10)), ("4A", Unchanged, Some(11))]
            ),
            stay_with_their_names_where_the_numbers_are_new(
                [group("8", "3A").of([21, 22]), group("9", "4A").of(ASH)],
                two(),
                [("3A", Link, Some(10)), ("4A", Link, Some(11))]
            ),
            move_up_with_the_pupils_where_the_numbers_do(
                [group("1", "4A").of(ASH), group("2", "5A").of(OAK), group("9", "3A").of([21, 22])],
                two(),
                [("3A", Create, None), ("4A", Rename, Some(10)), ("5A", Rename, Some(11))]
            ),
            of_the_same_pupils_under_a_new_name_are_other_classes(
                [group("8", "Herons").of(ASH), group("9", "4A").of(OAK)],
                two(),
                [("4A", Link, Some(11)), ("Herons", Create, None)]
            ),
            are_split_and_merged_at_once(
                [
                    group("8", "3A").of([21]),
                    group("9", "3B").of([22]),
                    group("7", "4/5").of([1, 5])
                ],
                two(),
                [("3A", Link, Some(10)), ("3B", Create, None), ("4/5", Create, None)]
            ),
        );
    }

    mod properties {
        use proptest::prelude::*;

        use super::*;

        fn members() -> impl Strategy<Value = Vec<u128>> {
            prop::collection::btree_set(1_u128..7, 0..6).prop_map(|set| set.into_iter().collect())
        }

        fn links() -> impl Strategy<Value = Option<&'static str>> {
            prop::sample::select(vec![None, None, Some("0"), Some("2"), Some("old")])
        }

        proptest! {
            #[test]
            fn the_same_groups_are_found_every_time_whatever_their_order(
                theirs in prop::collection::vec((members(), 0..3_u8), 0..5),
                ours in prop::collection::vec((members(), links(), 0..3_u8), 0..5),
                is_rollover in any::<bool>(),
            ) {
                let mut theirs: Vec<RosterGroup> = (0..)
                    .zip(&theirs)
                    .map(|(id, (pupils, name)): (u8, _)| {
                        group(&id.to_string(), &format!("Set {name}")).of(pupils)
                    })
                    .collect();
                let ours: Vec<(Class, &[u128])> = (10..)
                    .zip(&ours)
                    .map(|(id, (pupils, linked, name))| {
                        (linked_to(*linked, class(id, &format!("SET {}", name + 1))), pupils.as_slice())
                    })
                    .collect();
                let found = matched(&theirs, &ours, is_rollover);
                for _ in 0..5 {
                    prop_assert_eq!(&found, &matched(&theirs, &ours, is_rollover));
                    theirs.reverse();
                }
                let mut known: Vec<u128> = found.iter().filter_map(|(_, _, id)| *id).collect();
                known.sort_unstable();
                known.dedup();
                prop_assert_eq!(
                    known.len(),
                    found.iter().filter(|(_, _, id)| id.is_some()).count(),
                    "one of ours stands for two groups"
                );
            }
        }
    }

    #[test]
    fn half_a_class_is_not_the_class() {
        let theirs = [group("9", "Kingfishers").of([1, 2])];
        let ours = [(class(10, "5A"), [1, 2, 3, 4].as_slice())];
        assert_eq!(matched(&theirs, &ours, false), [("Kingfishers".into(), Create, None)]);
    }

    #[test]
    fn two_groups_of_one_name_do_not_fight_for_a_class() {
        let theirs = [group("1", "5A").of([1, 2]), group("2", "5A").of([3])];
        let ours = [(class(10, "5A"), [1, 2].as_slice())];
        assert_eq!(
            matched(&theirs, &ours, false),
            [("5A".into(), Link, Some(10)), ("5A".into(), Create, None)]
        );
    }

    #[test]
    fn a_class_linked_before_is_unchanged() {
        let theirs = [group("1", "5A")];
        let ours = [(class(10, "5A").linked("1"), [].as_slice())];
        assert_eq!(matched(&theirs, &ours, false), [("5A".into(), Unchanged, Some(10))]);
    }
}
