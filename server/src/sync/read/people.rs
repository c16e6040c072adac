//! Pupils and staff of the feed, as a roster keeps them.

use std::collections::BTreeSet;

use rollcall_shared::scopes::Scope;

use super::ids::{Index, RowIds, plain};
use crate::sync::roster::{PupilStatus, RosterPupil, RosterStaff, StaffStatus};
use crate::xod::{Field, StaffRow, StudentRow, XodError};

/// Whom the school withholds.
struct Withheld {
    is_opt_in: bool,
    listed: BTreeSet<String>,
    withheld: BTreeSet<String>,
}

impl Withheld {
    fn new(is_opt_in: bool, listed: BTreeSet<String>) -> Self {
        Self { is_opt_in, listed, withheld: BTreeSet::new() }
    }

    /// Whether this person is withheld; remembers it.
    fn covers(&mut self, row: &RowIds) -> bool {
        let is_withheld = row.is_on(&self.listed) != self.is_opt_in;
        if is_withheld {
            self.withheld.insert(row.ids.id.clone());
        }
        is_withheld
    }

    /// The MIS ids of all who are withheld; those whom the feed leaves out as they were listed.
    fn finish(mut self, index: &Index) -> BTreeSet<String> {
        if !self.is_opt_in {
            let absent = self.listed.iter().filter(|id| index.find_one(id).is_none());
            self.withheld.extend(absent.map(|id| plain(id).to_owned()));
        }
        self.withheld
    }
}

/// Counts the rows that have a field, to tell "not shared" from "not recorded".
struct Shared<const N: usize> {
    rows: u32,
    seen: [u32; N],
}

impl<const N: usize> Shared<N> {
    const fn none_yet() -> Self {
        Self { rows: 0, seen: [0; N] }
    }

    fn count(&mut self, fields: [bool; N]) {
        self.rows += 1;
        for (seen, is_shared) in self.seen.iter_mut().zip(fields) {
            *seen += u32::from(is_shared);
        }
    }

    /// The first of these fields that no row had.
    fn missing(&self, names: [&'static str; N]) -> Option<&'static str> {
        let is_missing = |seen: &u32| self.rows > 0 && *seen == 0;
        self.seen.iter().zip(names).find(|(seen, _)| is_missing(seen)).map(|(_, name)| name)
    }
}

/// People of one kind, all of them.
pub(super) struct People<T> {
    /// In order of their ids.
    pub rows: Vec<T>,
    pub ids: Index,
    pub withheld: BTreeSet<String>,
}

/// A pupil, not yet placed in year group and class.
pub(super) struct ReadPupil {
    pub pupil: RosterPupil,
    pub year_group_name: Option<String>,
    pub class_name: Option<String>,
}

/// The pupils that have arrived.
pub(super) struct Pupils {
    rows: Vec<ReadPupil>,
    ids: Index,
    withheld: Withheld,
    required: Shared<4>,
    optional: Shared<2>,
}

const REQUIRED_OF_PUPILS: [&str; 4] = ["Forename", "Surname", "YearGroupId", "RegGroupId"];

impl Pupils {
    pub(super) fn new(is_opt_in: bool, listed: BTreeSet<String>) -> Self {
        Self {
            rows: Vec::new(),
            ids: Index::default(),
            withheld: Withheld::new(is_opt_in, listed),
            required: Shared::none_yet(),
            optional: Shared::none_yet(),
        }
    }

    pub(super) fn add(&mut self, rows: Vec<StudentRow>) -> Result<(), XodError> {
        for row in rows {
            self.required.count([
                row.forename.is_shared(),
                row.surname.is_shared(),
                row.year_group_id.is_shared(),
                row.reg_group_id.is_shared(),
            ]);
            let extended = row.dateof_birth.is_shared()
                || row.date_of_birth.is_shared()
                || row.legal_surname.is_shared();
            self.optional.count([row.upn.is_shared(), extended]);
            let ids = RowIds::new(row.id, row.external_id, row.xid, row.idaas_id)?;
            self.ids.add(&ids);
            let born = row.dateof_birth.recorded().or_else(|| row.date_of_birth.recorded());
            let is_withheld = self.withheld.covers(&ids);
            let mut pupil = RosterPupil {
                ids: ids.ids,
                forename: row.forename.recorded().unwrap_or_default(),
                surname: row.surname.recorded().unwrap_or_default(),
                legal_forename: row.legal_forename.recorded(),
                legal_surname: row.legal_surname.recorded(),
                date_of_birth: born.map(|born| born.date()),
                upn: row.upn.recorded(),
                former_upn: row.former_upn.recorded(),
                status: pupil_status(&row.student_status),
                year_group: row.year_group_id.recorded(),
                class: row.reg_group_id.recorded(),
            };
            if is_withheld {
                // Name and class, to say who it is; nothing else of somebody who is not to be
                // imported.
                pupil.legal_forename = None;
                pupil.legal_surname = None;
                pupil.date_of_birth = None;
                pupil.upn = None;
                pupil.former_upn = None;
            }
            self.rows.push(ReadPupil {
                pupil,
                year_group_name: row.year_group.recorded(),
                class_name: row.reg_group.recorded(),
            });
        }
        Ok(())
    }

    /// All pupils. A scope whose fields did not come is taken out: right after a school has
    /// widened its consent the data may still be last night's.
    ///
    /// # Errors
    /// If a field that every pupil needs was left out.
    pub(super) fn finish(
        mut self,
        scopes: &mut BTreeSet<Scope>,
    ) -> Result<People<ReadPupil>, XodError> {
        if let Some(field) = self.required.missing(REQUIRED_OF_PUPILS) {
            return Err(XodError::NotShared { table: "Pupils", field });
        }
        for (scope, seen) in
            [Scope::Upn, Scope::StudentExtended].into_iter().zip(self.optional.seen)
        {
            if seen == 0 && self.optional.rows > 0 {
                scopes.remove(&scope);
            }
        }
        self.rows.sort_by(|a, b| order(&a.pupil).cmp(&order(&b.pupil)));
        // The same row sent twice is one row; two rows of one id are not.
        self.rows.dedup_by(|a, b| a.pupil == b.pupil);
        Ok(People { withheld: self.withheld.finish(&self.ids), rows: self.rows, ids: self.ids })
    }
}

fn order(pupil: &RosterPupil) -> impl Ord + '_ {
    (&pupil.ids, &pupil.surname, &pupil.forename, pupil.date_of_birth, &pupil.upn, pupil.status)
}

/// A status that we do not know is neither on roll nor gone: the pupil is left alone.
fn pupil_status(status: &Field<String>) -> PupilStatus {
    match status {
        // Unless asked otherwise the service gives those on roll.
        Field::NotShared | Field::NotRecorded => PupilStatus::OnRoll,
        Field::Recorded(status) => match folded(status).as_str() {
            "onroll" => PupilStatus::OnRoll,
            "leaver" => PupilStatus::Leaver,
            _ => PupilStatus::PreAdmission,
        },
    }
}

/// Without case and what stands between words.
fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

/// The staff that have arrived.
pub(super) struct Staff {
    rows: Vec<RosterStaff>,
    ids: Index,
    withheld: Withheld,
    required: Shared<4>,
    home_email: Shared<1>,
}

const REQUIRED_OF_STAFF: [&str; 4] = ["Forename", "Surname", "WorkEmail", "IsTeacher"];

impl Staff {
    pub(super) fn new(is_opt_in: bool, listed: BTreeSet<String>) -> Self {
        Self {
            rows: Vec::new(),
            ids: Index::default(),
            withheld: Withheld::new(is_opt_in, listed),
            required: Shared::none_yet(),
            home_email: Shared::none_yet(),
        }
    }

    pub(super) fn add(&mut self, rows: Vec<StaffRow>) -> Result<(), XodError> {
        for row in rows {
            self.required.count([
                row.forename.is_shared(),
                row.surname.is_shared(),
                row.work_email.is_shared(),
                row.is_teacher.is_shared(),
            ]);
            self.home_email.count([row.home_email.is_shared()]);
            let ids = RowIds::new(row.id, row.external_id, row.xid, row.idaas_id)?;
            self.ids.add(&ids);
            let is_withheld = self.withheld.covers(&ids);
            self.rows.push(RosterStaff {
                ids: ids.ids,
                forename: row.forename.recorded().unwrap_or_default(),
                surname: row.surname.recorded().unwrap_or_default(),
                work_email: row.work_email.recorded().filter(|_| !is_withheld),
                home_email: row.home_email.recorded().filter(|_| !is_withheld),
                is_teacher: row.is_teacher.recorded().unwrap_or_default(),
                status: staff_status(&row.staff_status),
            });
        }
        Ok(())
    }

    /// All staff; as [`Pupils::finish`].
    ///
    /// # Errors
    /// If a field that every member of staff needs was left out.
    pub(super) fn finish(
        mut self,
        scopes: &mut BTreeSet<Scope>,
    ) -> Result<People<RosterStaff>, XodError> {
        if let Some(field) = self.required.missing(REQUIRED_OF_STAFF) {
            return Err(XodError::NotShared { table: "Staff", field });
        }
        if self.home_email.missing(["HomeEmail"]).is_some() {
            scopes.remove(&Scope::StaffPersonalContact);
        }
        self.rows.sort_by(|a, b| {
            let order = |one: &RosterStaff| (one.surname.clone(), one.forename.clone());
            a.ids.cmp(&b.ids).then_with(|| order(a).cmp(&order(b)))
        });
        self.rows.dedup();
        Ok(People { withheld: self.withheld.finish(&self.ids), rows: self.rows, ids: self.ids })
    }
}

/// A status that we do not know is neither current nor gone: the person is left alone.
fn staff_status(status: &Field<String>) -> StaffStatus {
    match status {
        Field::NotShared | Field::NotRecorded => StaffStatus::Current,
        Field::Recorded(status) => match folded(status).as_str() {
            "current" => StaffStatus::Current,
            "previous" => StaffStatus::Previous,
            _ => StaffStatus::Future,
        },
    }
}
