//! Which class or subject group of the MIS is which of ours, one to one: all by MIS link first,
//! then all by exactly the same tidied name, then by the same name but for case and
//! spaces (5A and 5 a may be two), then (except in a rollover, when the pupils change and the names
//! stay) by membership, so that a renamed class is not a new one.

use std::collections::{BTreeSet, HashMap, HashSet};

use rand::CryptoRng;
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::ClassKind;
use rollcall_shared::plan::ClassCounts;

use super::accounts::{Class, MisLink};
use super::names::tidy;
use super::plan::{ClassAction, ClassChange};
use super::roster::{MisIds, RosterGroup};

/// The form in which names of classes are compared: without case and spaces.
#[must_use]
pub fn class_key(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// What matching the classes of one kind reads.
#[derive(Clone, Copy, Debug)]
pub struct Groups<'a> {
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
pub fn match_classes(groups: &Groups<'_>, rng: &mut dyn CryptoRng) -> Vec<ClassAction> {
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
    keys: HashSet<(u8, &'a str)>,
}

impl<'a> Present<'a> {
    fn of(groups: &Groups<'a>) -> Self {
        let ids = groups.present.iter().map(|group| &group.ids);
        Self { mis: groups.mis, keys: ids.flat_map(|ids| keys(ids, Some(&ids.id))).collect() }
    }

    /// Whether the MIS still has the group that a class is linked to.
    fn has(&self, link: Option<&MisLink>) -> bool {
        link.is_some_and(|link| {
            let plain = (link.mis.as_deref() == self.mis).then_some(link.ids.id.as_str());
            keys(&link.ids, plain).any(|key| self.keys.contains(&key))
        })
    }
}

fn is_linked(link: &MisLink, ids: &MisIds, mis: Option<&str>) -> bool {
    let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
    same(&link.ids.xid, &ids.xid)
        || same(&link.ids.external_id, &ids.external_id)
        || (link.mis.as_deref() == mis && link.ids.id == ids.id)
}

fn by_link<'a>(
    groups: &Groups<'a>,
    wanted: &[&RosterGroup],
    found: &mut [Option<&'a Class>],
    taken: &mut HashSet<ClassId>,
) {
    let mut by_key: HashMap<(u8, &str), &'a Class> = HashMap::new();
    for class in groups.classes {
        let Some(link) = &class.link else { continue };
        let plain = (link.mis.as_deref() == groups.mis).then_some(link.ids.id.as_str());
        for key in keys(&link.ids, plain) {
            by_key.entry(key).or_insert(class);
        }
    }
    for place in 0..3 {
        for (group, slot) in wanted.iter().zip(found.iter_mut()).filter(|(_, slot)| slot.is_none())
        {
            let class = keys(&group.ids, Some(&group.ids.id))
                .find(|(kind, _)| *kind == place)
                .and_then(|key| by_key.get(&key).copied());
            if let Some(class) = class
                && taken.insert(class.id)
            {
                *slot = Some(class);
            }
        }
    }
}

/// The ids by which a link is found, the surest first.
fn keys<'a>(ids: &'a MisIds, plain: Option<&'a str>) -> impl Iterator<Item = (u8, &'a str)> {
    [(0, ids.xid.as_deref()), (1, ids.external_id.as_deref()), (2, plain)]
        .into_iter()
        .filter_map(|(kind, id)| Some((kind, id.filter(|id| !id.is_empty())?)))
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
        && is_linked(before, &group.ids, groups.mis)
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
pub fn count(actions: &[ClassAction], kind: ClassKind) -> ClassCounts {
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
pub fn gone(groups: &Groups<'_>) -> BTreeSet<ClassId> {
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
    use uuid::Uuid;

    use super::*;
    use ClassChange::{Create, Link, Rename, Unchanged};

    fn ids(id: &str) -> MisIds {
        MisIds { id: id.into(), external_id: Some(format!("guid-{id}")), xid: None }
    }

    fn group(id: &str, name: &str, pupils: &[u128]) -> RosterGroup {
        RosterGroup {
            ids: ids(id),
            name: name.into(),
            code: None,
            subject: None,
            pupils: pupils.iter().map(u128::to_string).collect(),
            staff: BTreeSet::new(),
        }
    }

    fn class(id: u128, name: &str, linked: Option<&str>) -> Class {
        Class {
            id: ClassId(Uuid::from_u128(id)),
            kind: ClassKind::Class,
            name: name.into(),
            subject: None,
            link: linked.map(|id| MisLink { mis: Some("sims".into()), ids: ids(id) }),
        }
    }

    fn account(id: u128) -> AccountId {
        AccountId(Uuid::from_u128(id))
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
            .map(|(class, members)| (class.id, members.iter().map(|&id| account(id)).collect()))
            .collect();
        let incoming = theirs
            .iter()
            .map(|group| {
                let pupils = group.pupils.iter().map(|id| account(id.parse().unwrap())).collect();
                (group.ids.id.as_str(), pupils)
            })
            .collect();
        let groups = Groups {
            kind: ClassKind::Class,
            wanted: &wanted,
            present: theirs,
            classes: &classes,
            mis: Some("sims"),
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
        let theirs = [group("1", "5B", &[]), group("2", "5A", &[])];
        let ours = [(class(10, "5A", Some("1")), [].as_slice())];
        assert_eq!(
            matched(&theirs, &ours, false),
            [("5A".into(), Create, None), ("5B".into(), Rename, Some(10))]
        );
    }

    #[test]
    fn a_name_is_compared_without_case_and_spaces_and_links_the_class() {
        let theirs = [group("1", "5 Ash", &[])];
        let ours = [(class(10, "5ash", None), [].as_slice())];
        assert_eq!(matched(&theirs, &ours, false), [("5 Ash".into(), Link, Some(10))]);
    }

    #[test]
    fn two_classes_whose_names_differ_in_case_and_spaces_only_are_two() {
        let theirs = [group("1", "5A", &[]), group("2", "5 a", &[])];
        for linked in [None, Some("9")] {
            let ours = [(class(10, "5 a", linked), [].as_slice()), (class(11, "5A", linked), &[])];
            for is_rollover in [false, true] {
                let mut found: Vec<_> = matched(&theirs, &ours, is_rollover)
                    .into_iter()
                    .map(|(name, _, class)| (name, class))
                    .collect();
                found.sort();
                assert_eq!(found, [("5 a".into(), Some(10)), ("5A".into(), Some(11))]);
            }
        }
        let ours = [(class(11, "5A", None), [].as_slice())];
        assert!(matched(&theirs, &ours, true).contains(&("5A".into(), Link, Some(11))));
    }

    #[test]
    fn a_class_of_the_same_name_is_linked_anew_when_its_group_has_gone() {
        let theirs = [group("9", "5A", &[])];
        let ours = [(class(10, "5A", Some("1")), [].as_slice())];
        assert_eq!(matched(&theirs, &ours, true), [("5A".into(), Link, Some(10))]);
    }

    #[test]
    fn a_renamed_class_is_known_by_its_pupils_but_not_in_a_rollover() {
        let theirs = [group("9", "Kingfishers", &[1, 2, 3, 4])];
        let ours = [(class(10, "5A", Some("1")), [1, 2, 3].as_slice())];
        assert_eq!(matched(&theirs, &ours, false), [("Kingfishers".into(), Rename, Some(10))]);
        assert_eq!(matched(&theirs, &ours, true), [("Kingfishers".into(), Create, None)]);
    }

    #[test]
    fn a_group_that_fits_two_of_ours_and_two_that_fit_one_are_matched_by_nobody() {
        let theirs = [group("9", "Kingfishers", &[1, 2, 3])];
        let ours =
            [(class(10, "5A", None), [1, 2, 3].as_slice()), (class(11, "5B", None), &[1, 2])];
        assert_eq!(matched(&theirs, &ours, false), [("Kingfishers".into(), Create, None)]);
        let theirs = [group("8", "Herons", &[1, 2, 3]), group("9", "Kingfishers", &[1, 2, 3, 4])];
        let ours = [(class(10, "5A", None), [1, 2, 3].as_slice())];
        assert!(matched(&theirs, &ours, false).iter().all(|(_, change, _)| *change == Create));
    }

    /// A change that schools make to their classes: those of the MIS, ours (with the group each is
    /// linked to) and what becomes of each group, by the place of our class.
    struct Case {
        name: &'static str,
        theirs: Vec<RosterGroup>,
        ours: Vec<(Class, &'static [u128])>,
        is_rollover: bool,
        expected: Vec<(&'static str, ClassChange, Option<u128>)>,
    }

    fn case(
        name: &'static str,
        theirs: Vec<RosterGroup>,
        ours: Vec<(Class, &'static [u128])>,
        expected: Vec<(&'static str, ClassChange, Option<u128>)>,
    ) -> Case {
        Case { name, theirs, ours, is_rollover: false, expected }
    }

    fn check(cases: Vec<Case>) {
        let mut wrong = Vec::new();
        for case in cases {
            let found = matched(&case.theirs, &case.ours, case.is_rollover);
            let expected: Vec<(String, ClassChange, Option<u128>)> = case
                .expected
                .iter()
                .map(|&(name, change, id)| (name.to_owned(), change, id))
                .collect();
            if found != expected {
                wrong.push(format!("{}: {found:?} instead of {expected:?}", case.name));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    const ASH: &[u128] = &[1, 2, 3, 4];
    const OAK: &[u128] = &[5, 6, 7, 8];

    #[test]
    fn classes_that_are_split() {
        let one = || vec![(class(10, "3A", Some("1")), ASH)];
        check(vec![
            case(
                "under its number, beside a new class",
                vec![group("1", "3A", &[1, 2]), group("9", "3B", &[3, 4])],
                one(),
                vec![("3A", Unchanged, Some(10)), ("3B", Create, None)],
            ),
            case(
                "under its number, although most go to the new class",
                vec![group("1", "3A", &[1]), group("9", "3B", &[2, 3, 4])],
                one(),
                vec![("3A", Unchanged, Some(10)), ("3B", Create, None)],
            ),
            case(
                "both numbers are new, one has the name",
                vec![group("8", "3A", &[1, 2]), group("9", "3B", &[3, 4])],
                one(),
                vec![("3A", Link, Some(10)), ("3B", Create, None)],
            ),
            case(
                "numbers and names are new, in halves",
                vec![group("8", "Herons", &[1, 2]), group("9", "Owls", &[3, 4])],
                one(),
                vec![("Herons", Create, None), ("Owls", Create, None)],
            ),
            case(
                "numbers and names are new, most stay together",
                vec![group("8", "Herons", &[1, 2, 3]), group("9", "Owls", &[4])],
                one(),
                vec![("Herons", Rename, Some(10)), ("Owls", Create, None)],
            ),
        ]);
    }

    #[test]
    fn classes_that_are_merged() {
        let two = || vec![(class(10, "3A", Some("1")), ASH), (class(11, "3B", Some("2")), OAK)];
        let all = &[1, 2, 3, 4, 5, 6, 7, 8];
        check(vec![
            case(
                "into one of them",
                vec![group("1", "3A", all)],
                two(),
                vec![("3A", Unchanged, Some(10))],
            ),
            case(
                "into one of them under a new name",
                vec![group("1", "Year 3", all)],
                two(),
                vec![("Year 3", Rename, Some(10))],
            ),
            case(
                "into a new one that has the name of one of them",
                vec![group("9", "3B", all)],
                two(),
                vec![("3B", Link, Some(11))],
            ),
            case(
                "into a new one of a new name: neither is most of it",
                vec![group("9", "Year 3", all)],
                two(),
                vec![("Year 3", Create, None)],
            ),
            case(
                "a small one into a large one, all of it new",
                vec![group("9", "Year 3", &[1, 2, 3, 4, 5])],
                vec![(class(10, "3A", Some("1")), ASH), (class(11, "3B", Some("2")), &[5])],
                vec![("Year 3", Rename, Some(10))],
            ),
        ]);
    }

    #[test]
    fn classes_that_are_renamed_renumbered_or_change_names() {
        let two = || vec![(class(10, "3A", Some("1")), ASH), (class(11, "3B", Some("2")), OAK)];
        check(vec![
            case(
                "renamed",
                vec![group("1", "Herons", ASH), group("2", "3B", OAK)],
                two(),
                vec![("3B", Unchanged, Some(11)), ("Herons", Rename, Some(10))],
            ),
            case(
                "the two exchange their names",
                vec![group("1", "3B", ASH), group("2", "3A", OAK)],
                two(),
                vec![("3A", Rename, Some(11)), ("3B", Rename, Some(10))],
            ),
            case(
                "one takes the name that the other has given up",
                vec![group("1", "3B", ASH), group("2", "Owls", OAK)],
                two(),
                vec![("3B", Rename, Some(10)), ("Owls", Rename, Some(11))],
            ),
            case(
                "a new number under the same name",
                vec![group("9", "3A", ASH), group("2", "3B", OAK)],
                two(),
                vec![("3A", Link, Some(10)), ("3B", Unchanged, Some(11))],
            ),
            case(
                "a new number and a new name for the same pupils",
                vec![group("9", "Herons", ASH), group("2", "3B", OAK)],
                two(),
                vec![("3B", Unchanged, Some(11)), ("Herons", Rename, Some(10))],
            ),
            case(
                "all numbers and names are new for the same pupils",
                vec![group("8", "Owls", OAK), group("9", "Herons", ASH)],
                two(),
                vec![("Herons", Rename, Some(10)), ("Owls", Rename, Some(11))],
            ),
            case(
                "a class that is renamed does not hand its name to a class of other pupils",
                vec![group("1", "Herons", ASH), group("9", "3A", &[21, 22])],
                vec![(class(10, "3A", Some("1")), ASH)],
                vec![("3A", Create, None), ("Herons", Rename, Some(10))],
            ),
            case(
                "two year groups in one class",
                vec![group("9", "Y1/2", &[1, 2, 3, 4, 5])],
                vec![(class(10, "Y1", Some("1")), ASH), (class(11, "Y2", Some("2")), OAK)],
                vec![("Y1/2", Rename, Some(10))],
            ),
        ]);
    }

    #[test]
    fn classes_in_a_new_school_year() {
        let rollover = |case: Case| Case { is_rollover: true, ..case };
        let two = || vec![(class(10, "3A", Some("1")), ASH), (class(11, "4A", Some("2")), OAK)];
        check(vec![
            rollover(case(
                "the numbers stay and the pupils move on",
                vec![group("1", "3A", &[21, 22]), group("2", "4A", ASH)],
                two(),
                vec![("3A", Unchanged, Some(10)), ("4A", Unchanged, Some(11))],
            )),
            rollover(case(
                "the numbers are new and the names stay",
                vec![group("8", "3A", &[21, 22]), group("9", "4A", ASH)],
                two(),
                vec![("3A", Link, Some(10)), ("4A", Link, Some(11))],
            )),
            rollover(case(
                "the numbers move up with the pupils",
                vec![group("1", "4A", ASH), group("2", "5A", OAK), group("9", "3A", &[21, 22])],
                two(),
                vec![("3A", Create, None), ("4A", Rename, Some(10)), ("5A", Rename, Some(11))],
            )),
            rollover(case(
                "the same pupils under a new name are another class",
                vec![group("8", "Herons", ASH), group("9", "4A", OAK)],
                two(),
                vec![("4A", Link, Some(11)), ("Herons", Create, None)],
            )),
            rollover(case(
                "split and merged at once",
                vec![group("8", "3A", &[21]), group("9", "3B", &[22]), group("7", "4/5", &[1, 5])],
                two(),
                vec![("3A", Link, Some(10)), ("3B", Create, None), ("4/5", Create, None)],
            )),
        ]);
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
                        group(&id.to_string(), &format!("Set {name}"), pupils)
                    })
                    .collect();
                let ours: Vec<(Class, &[u128])> = (10..)
                    .zip(&ours)
                    .map(|(id, (pupils, linked, name))| {
                        (class(id, &format!("SET {}", name + 1), *linked), pupils.as_slice())
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
        let theirs = [group("9", "Kingfishers", &[1, 2])];
        let ours = [(class(10, "5A", None), [1, 2, 3, 4].as_slice())];
        assert_eq!(matched(&theirs, &ours, false), [("Kingfishers".into(), Create, None)]);
    }

    #[test]
    fn two_groups_of_one_name_do_not_fight_for_a_class() {
        let theirs = [group("1", "5A", &[1, 2]), group("2", "5A", &[3])];
        let ours = [(class(10, "5A", None), [1, 2].as_slice())];
        assert_eq!(
            matched(&theirs, &ours, false),
            [("5A".into(), Link, Some(10)), ("5A".into(), Create, None)]
        );
    }

    #[test]
    fn a_class_linked_before_is_unchanged() {
        let theirs = [group("1", "5A", &[])];
        let ours = [(class(10, "5A", Some("1")), [].as_slice())];
        assert_eq!(matched(&theirs, &ours, false), [("5A".into(), Unchanged, Some(10))]);
    }
}
