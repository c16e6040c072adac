//! A school as its MIS knows it: the people, the groups, and what the school has authorised.
//!
//! Everything here is plain data plus the rules that keep it consistent; nothing speaks HTTP.

mod advance;
mod authorisation;
mod change_mis;
mod edit;
mod group;
mod people;

pub(crate) mod upn;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

pub use authorisation::{
    Authorisation, Authoriser, CallbackAttempt, Gdpr, Installation, Invitation, Scope, Stage,
};
pub use edit::{EditError, GroupEdit, PupilEdit, Removal, StaffEdit};
pub use group::{Group, GroupKind, Subject};
pub use people::{Enrolment, Pupil, PupilStatus, Staff, StaffStatus};
pub use upn::{check_letter, has_right_check_letter};

use crate::config::{Dialect, SchoolSpec};

/// One school of the simulator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct School {
    /// What the school was made from.
    pub spec: SchoolSpec,
    pub name: String,
    /// The part after the `@` in the school's own addresses.
    pub domain: String,
    pub telephone: String,
    pub address: String,
    /// `2025` means the school year 2025/26.
    pub academic_year: u16,
    /// When the MIS was last read, as the feed's `meta` tells it.
    pub read_at: NaiveDateTime,
    pub pupils: Vec<Pupil>,
    pub staff: Vec<Staff>,
    pub groups: Vec<Group>,
    pub authorisation: Authorisation,
    /// How many times something random happened to this school; the next takes fresh numbers.
    pub(crate) events: u64,
    /// The next number the MIS would give to a pupil, a member of staff and a group.
    pub(crate) next_pupil: u32,
    pub(crate) next_staff: u32,
    pub(crate) next_group: u32,
    pub(crate) next_upn: u32,
    /// The next of Xporter's numbers for whatever it is.
    #[serde(default)]
    pub(crate) next_xid: u32,
    /// Which MIS the school uses, as `meta` names it.
    pub mis: String,
    /// What earlier change-set calls saw, newest last.
    #[serde(default)]
    pub(crate) snapshots: Vec<Snapshot>,
}

/// What one change-set call saw: the next call is answered with the difference.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub hash: String,
    /// What the call itself was asked with.
    #[serde(default)]
    pub asked_with: String,
    pub taken_at: NaiveDateTime,
    pub table: String,
    /// Row id to the hash of the row.
    pub rows: BTreeMap<String, String>,
}

/// The youngest year of a school: Nursery.
pub const NURSERY: i8 = -1;
/// The year before Year 1.
pub const RECEPTION: i8 = 0;
/// The oldest year of a primary school.
pub const TOP_YEAR: i8 = 6;

impl School {
    /// The school's seven-digit number.
    #[must_use]
    pub fn estab(&self) -> &str {
        &self.spec.estab
    }

    /// How this school's feed writes what real feeds write in more than one way.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.spec.dialect
    }

    /// The first day of the school year that begins in `year`.
    #[must_use]
    pub fn year_start(year: u16) -> NaiveDate {
        NaiveDate::from_ymd_opt(i32::from(year), 9, 1).unwrap_or_default()
    }

    #[must_use]
    pub fn pupil(&self, id: u32) -> Option<&Pupil> {
        self.pupils.iter().find(|pupil| pupil.id == id)
    }

    #[must_use]
    pub fn staff_member(&self, id: u32) -> Option<&Staff> {
        self.staff.iter().find(|member| member.id == id)
    }

    #[must_use]
    pub fn group(&self, id: u32) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    /// The pupils who count as the school's: on roll, and not mainly elsewhere.
    pub fn on_roll(&self) -> impl Iterator<Item = &Pupil> {
        self.pupils.iter().filter(|pupil| {
            pupil.status == PupilStatus::OnRoll
                && matches!(pupil.enrolment, Enrolment::Single | Enrolment::Main)
        })
    }

    pub fn current_staff(&self) -> impl Iterator<Item = &Staff> {
        self.staff.iter().filter(|member| member.status == StaffStatus::Current)
    }

    /// The head, or the first in the list where there is none.
    #[must_use]
    pub fn head(&self) -> Option<&Staff> {
        let mut current = self.current_staff();
        current.find(|member| member.role == "Headteacher").or_else(|| self.current_staff().next())
    }

    /// The year group for a national-curriculum year.
    #[must_use]
    pub fn year_group(&self, nc_year: i8) -> Option<&Group> {
        self.groups
            .iter()
            .find(|group| group.kind == GroupKind::Year && group.nc_year == Some(nc_year))
    }

    /// Who is in which group, by group id: pupils on roll, in the order of their ids.
    #[must_use]
    pub fn memberships(&self) -> BTreeMap<u32, Vec<&Pupil>> {
        let mut members: BTreeMap<u32, Vec<&Pupil>> = BTreeMap::new();
        for pupil in self.pupils.iter().filter(|pupil| pupil.status == PupilStatus::OnRoll) {
            let own = pupil.year_group.iter().chain(&pupil.classes).chain(&pupil.house);
            for group in own.chain(&pupil.teaching_groups).copied().collect::<BTreeSet<u32>>() {
                members.entry(group).or_default().push(pupil);
            }
        }
        members
    }

    /// Notes that the MIS holds something new, so that `meta` and `LastUpdated` say so.
    pub fn touch(&mut self, now: NaiveDateTime) {
        self.read_at = self.read_at.max(now);
    }
}

/// How the feed writes the ids of people and groups.
impl School {
    /// `Id` of a pupil in the feed.
    #[must_use]
    pub fn pupil_feed_id(&self, pupil: &Pupil) -> String {
        self.feed_id(pupil.id, &pupil.xid)
    }

    /// `Id` of a member of staff in the feed.
    #[must_use]
    pub fn staff_feed_id(&self, member: &Staff) -> String {
        self.feed_id(member.id, &member.xid)
    }

    /// `Id` of a group in the feed.
    #[must_use]
    pub fn group_feed_id(&self, group: &Group) -> String {
        self.feed_id(group.id, &group.xid)
    }

    fn feed_id(&self, id: u32, xid: &str) -> String {
        if self.dialect().xid_as_id { xid.into() } else { id.to_string() }
    }
}
