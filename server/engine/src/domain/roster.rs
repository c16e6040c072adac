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
    /// Pupils of any status, leavers too, but for those who are withheld; in any order.
    pub pupils: Vec<RosterPupil>,
    /// Staff of any status, but for those who are withheld; in any order.
    pub staff: Vec<RosterStaff>,
    /// Year groups, also those that only pupils' own rows name.
    pub year_groups: Vec<RosterGroup>,
    /// Registration groups, also those that only pupils' own rows name.
    pub classes: Vec<RosterGroup>,
    /// Teaching groups.
    pub subject_groups: Vec<RosterGroup>,
    /// Pupils that the school opted out (or did not opt in): never imported, never leavers. By
    /// their MIS ids, or as the school's list names them where the feed leaves them out.
    pub withheld_pupils: BTreeSet<String>,
    /// Staff that the school opted out (or did not opt in), by their ids in the same way.
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
    /// A mark of each table; none once a single person has been read into the roster.
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
    /// Pupils: a run that makes more than twice as many, and 20 or more, has to be confirmed.
    pub pupils: Option<u32>,
    /// Staff: the same holds of them.
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
    /// What the MIS knows the pupil by.
    pub ids: MisIds,
    /// The preferred forename, cleaned, of at most 100 characters; empty where there is none.
    pub forename: String,
    /// The preferred surname, in the same form.
    pub surname: String,
    /// The legal forename, cleaned in the same way; None where not recorded or not shared.
    pub legal_forename: Option<String>,
    /// The legal surname, in the same form.
    pub legal_surname: Option<String>,
    /// A name was longer than is kept, and the rest was cut off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_name_cut: bool,
    /// As the MIS has it, likely or not; None where not recorded or not shared.
    pub date_of_birth: Option<NaiveDate>,
    /// As the MIS has it, its check letter right or not; None where not recorded or not shared.
    pub upn: Option<String>,
    /// The UPN that the pupil had before, in the same form.
    pub former_upn: Option<String>,
    /// Whether the pupil is here, was, or will be.
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
    /// A pupil on roll, with nothing known but the MIS's id and the name.
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
    /// Mainly another school's.
    Subsidiary,
    /// Another school's, and here for a while.
    Guest,
}

/// Whether a pupil is at the school, by the MIS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PupilStatus {
    /// On the roll: the pupil is here.
    OnRoll,
    /// No longer here: an account that is linked to them leaves, as a rule.
    Leaver,
    /// Expected, and not on the roll yet: imported only where the settings ask for it.
    PreAdmission,
    /// None that we know: neither here, nor gone, nor expected.
    Other,
}

/// A member of staff of the MIS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RosterStaff {
    /// What the MIS knows the person by.
    pub ids: MisIds,
    /// The forename, cleaned, of at most 100 characters; empty where there is none.
    pub forename: String,
    /// The surname, in the same form.
    pub surname: String,
    /// A name was longer than is kept, and the rest was cut off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_name_cut: bool,
    /// As the MIS writes it, an address or not; None where not recorded or not shared.
    pub work_email: Option<String>,
    /// In the same form; None too where it is not shared whether there is a work address.
    pub home_email: Option<String>,
    /// None where it is not shared, which is no "no".
    pub is_teacher: Option<bool>,
    /// Whether they work here, did, or will.
    pub status: StaffStatus,
}

/// Whether a member of staff works at the school, by the MIS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StaffStatus {
    /// They do, or the MIS does not say.
    Current,
    /// Not yet, or of a status that we do not know: no account is made for them.
    Future,
    /// No longer: an account that is linked to them leaves, as a rule; never an admin's.
    Previous,
}

/// A year group, a class (registration group) or a subject group (teaching group).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterGroup {
    /// What the MIS knows the group by; the plain id alone where only pupils' rows name it.
    pub ids: MisIds,
    /// As the MIS writes it, cleaned, of at most 100 characters; else the Code, else the plain id.
    pub name: String,
    /// The MIS's Code for it, cleaned, of at most 100 characters; None where there is none.
    pub code: Option<String>,
    /// Subject groups only.
    pub subject: Option<String>,
    /// [`MisIds::id`] of its members, by StudentMembers, current ones only.
    pub pupils: BTreeSet<String>,
    /// [`MisIds::id`] of its staff: the union of StaffMembers and PrimaryStaffId.
    pub staff: BTreeSet<String>,
}
