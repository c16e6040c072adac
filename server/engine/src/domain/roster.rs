//! The roster: what one read of XoD gave, normalised. Nothing else of the feed is kept.

use super::mis_link::MisIds;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use rollcall_shared::people::PersonKind;
use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::PupilScope;
use serde::{Deserialize, Serialize};

use super::hash::hash_of_json;

/// One complete read of a school.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// Not part of its JSON: two reads of the same are written alike, and kept once.
    #[serde(skip)]
    pub read_at: DateTime<Utc>,
    /// Which MIS the plain ids are of (`meta.MIS`), such as `simsnet`; after a change of MIS the
    /// same number is another child.
    pub mis: Option<String>,
    /// The year in which the MIS's current academic year began.
    pub academic_year: Option<i32>,
    /// What the MIS has in place of a year that can be read.
    #[serde(default)]
    pub unread_year: Option<String>,
    /// What the school granted at the time of the read.
    pub scopes: BTreeSet<Scope>,
    /// Which pupils were asked for besides those on the roll: nobody else's absence says anything.
    #[serde(default)]
    pub pupil_scope: PupilScope,
    pub pupils: Vec<RosterPupil>,
    pub staff: Vec<RosterStaff>,
    pub year_groups: Vec<RosterGroup>,
    /// Registration groups.
    pub classes: Vec<RosterGroup>,
    /// Teaching groups.
    pub subject_groups: Vec<RosterGroup>,
    /// People whom the school opted out (or did not opt in): never imported, never leavers. Their
    /// MIS ids, pupils and staff apart.
    pub withheld_pupils: BTreeSet<String>,
    pub withheld_staff: BTreeSet<String>,
    /// The GUIDs and Xporter ids of those withheld people who have them, by kind.
    #[serde(default)]
    pub other_ids_of_withheld: BTreeMap<PersonKind, BTreeSet<String>>,
    /// Whether only people whom the school listed are shared: then every absence has that reason.
    #[serde(default)]
    pub only_listed: bool,
    /// The same as long as the school's list of people, and what it means, stays the same. None
    /// for readings of before it was kept.
    #[serde(default)]
    pub list_fingerprint: Option<String>,
    /// Year groups and classes that XoD listed; further ones are known by their pupils' rows only.
    /// None for readings of before it was kept.
    #[serde(default)]
    pub groups_listed: Option<u32>,
    /// What the feed leaves out, at least of some: there nothing is taken away from anybody.
    #[serde(default)]
    pub not_shared: BTreeSet<NotShared>,
    /// Whether the consent has changed since the last applied run, or only a part of the school
    /// was let through: then somebody's absence says nothing.
    pub may_be_narrowed: bool,
    /// How many people there are by the MIS's own count, which says nothing about who.
    #[serde(default)]
    pub counts: PeopleCounts,
    /// By which to ask later whether anything has changed. None for readings of before it was kept.
    #[serde(default)]
    pub marks: Option<ReadMarks>,
}

/// Something that a school may keep back without keeping back the people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NotShared {
    /// Which class a pupil is in, of some pupils.
    Class,
    /// Which pupils belong to a group.
    PupilsOfGroups,
    /// Which staff belong to a group.
    StaffOfGroups,
}

/// What a full read leaves to be compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMarks {
    /// When the school was read in full; `read_at` is when it was last known to be the same.
    pub full_read_at: DateTime<Utc>,
    /// What was granted then, whether or not all of it came.
    pub granted: BTreeSet<Scope>,
    /// The first day on which a membership begins or has ended by its date, although no row
    /// changes.
    pub members_turn_on: Option<NaiveDate>,
    pub tables: Vec<TableMark>,
}

/// A complete read of a table, to be held against a later state of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableMark {
    /// The table, and all that was asked with: only the same call can be compared.
    pub call: String,
    /// The MIS's name for what that call saw.
    #[serde(rename = "changed_rows")]
    pub seen: String,
}

/// How many people a MIS says there are; none where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleCounts {
    pub pupils: Option<u32>,
    pub staff: Option<u32>,
}

impl Roster {
    /// A school that shares nothing, read at this moment.
    #[must_use]
    pub fn of_nobody(read_at: DateTime<Utc>) -> Self {
        Self {
            read_at,
            mis: None,
            academic_year: None,
            unread_year: None,
            scopes: BTreeSet::new(),
            pupil_scope: PupilScope::default(),
            pupils: Vec::new(),
            staff: Vec::new(),
            year_groups: Vec::new(),
            classes: Vec::new(),
            subject_groups: Vec::new(),
            withheld_pupils: BTreeSet::new(),
            withheld_staff: BTreeSet::new(),
            other_ids_of_withheld: BTreeMap::new(),
            only_listed: false,
            list_fingerprint: None,
            groups_listed: None,
            not_shared: BTreeSet::new(),
            may_be_narrowed: false,
            counts: PeopleCounts::default(),
            marks: None,
        }
    }

    /// The pupils who have not left.
    pub fn pupils_on_roll(&self) -> impl Iterator<Item = &RosterPupil> {
        self.pupils.iter().filter(|pupil| pupil.status != PupilStatus::Leaver)
    }

    /// A hash over everything but the time of the read, whatever the order of the feed: two reads
    /// of a school in which nothing changed have the same.
    ///
    /// # Errors
    /// Never for a roster: all of it can be written as JSON.
    pub fn fingerprint(&self) -> Result<String, serde_json::Error> {
        let Self {
            read_at: _,
            mis,
            academic_year,
            unread_year,
            scopes,
            pupil_scope,
            pupils,
            staff,
            year_groups,
            classes,
            subject_groups,
            withheld_pupils,
            withheld_staff,
            other_ids_of_withheld,
            only_listed,
            list_fingerprint,
            groups_listed,
            not_shared,
            may_be_narrowed,
            counts: _,
            marks: _,
        } = self;
        let groups = |groups| in_order(groups, |group: &RosterGroup| &group.ids);
        hash_of_json(&(
            (mis, academic_year, unread_year, scopes, pupil_scope),
            in_order(pupils, |pupil| &pupil.ids),
            in_order(staff, |one| &one.ids),
            [groups(year_groups), groups(classes), groups(subject_groups)],
            (withheld_pupils, withheld_staff, other_ids_of_withheld),
            (only_listed, list_fingerprint, groups_listed, not_shared, may_be_narrowed),
        ))
    }
}

/// The same in the order of the ids.
fn in_order<T>(all: &[T], ids: impl Fn(&T) -> &MisIds) -> Vec<&T> {
    let mut all: Vec<&T> = all.iter().collect();
    all.sort_by(|a, b| ids(a).cmp(ids(b)));
    all
}

/// A pupil of the MIS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RosterPupil {
    pub ids: MisIds,
    /// Preferred names.
    pub forename: String,
    pub surname: String,
    /// None where not recorded or not shared.
    pub legal_forename: Option<String>,
    pub legal_surname: Option<String>,
    /// A name was longer than is kept, and the rest was cut off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_name_cut: bool,
    pub date_of_birth: Option<NaiveDate>,
    pub upn: Option<String>,
    pub former_upn: Option<String>,
    pub status: PupilStatus,
    /// [`MisIds::id`] of the year group.
    pub year_group: Option<String>,
    /// [`MisIds::id`] of the registration group of the pupil's own row.
    pub class: Option<String>,
    /// When a pupil who is not on the roll yet starts, where that is shared.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
    /// None where nobody asked, or where it is not shared.
    #[serde(default)]
    pub enrolment: Option<Enrolment>,
}

impl RosterPupil {
    /// A pupil on roll of whom nothing is known but the MIS's id and the name.
    #[must_use]
    pub fn named(id: &str, forename: &str, surname: &str) -> Self {
        Self {
            ids: MisIds { id: id.to_owned(), ..MisIds::default() },
            forename: forename.to_owned(),
            surname: surname.to_owned(),
            legal_forename: None,
            legal_surname: None,
            is_name_cut: false,
            date_of_birth: None,
            upn: None,
            former_upn: None,
            status: PupilStatus::OnRoll,
            year_group: None,
            class: None,
            starts_on: None,
            enrolment: None,
        }
    }
}

/// Whose pupil somebody is who may be registered at two schools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Enrolment {
    /// This school's, or mainly this school's.
    Main,
    Subsidiary,
    Guest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PupilStatus {
    OnRoll,
    Leaver,
    PreAdmission,
    /// None that we know: neither here, nor gone, nor expected.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RosterStaff {
    pub ids: MisIds,
    pub forename: String,
    pub surname: String,
    /// A name was longer than is kept, and the rest was cut off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_name_cut: bool,
    pub work_email: Option<String>,
    /// None where not recorded or not shared.
    pub home_email: Option<String>,
    /// None where it is not shared, which is no "no".
    pub is_teacher: Option<bool>,
    pub status: StaffStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StaffStatus {
    Current,
    Future,
    Previous,
}

/// A year group, a class (registration group) or a subject group (teaching group).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterGroup {
    pub ids: MisIds,
    pub name: String,
    pub code: Option<String>,
    /// Subject groups only.
    pub subject: Option<String>,
    /// [`MisIds::id`] of its members, by StudentMembers, current ones only.
    pub pupils: BTreeSet<String>,
    /// [`MisIds::id`] of its staff: the union of StaffMembers and PrimaryStaffId.
    pub staff: BTreeSet<String>,
}
