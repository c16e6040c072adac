//! Pupils and staff of the feed, as a roster keeps them.

use std::collections::BTreeSet;

use rollcall_engine::domain::roster::{
    Enrolment, NotShared, PupilStatus, RosterPupil, RosterStaff, StaffStatus,
};
use rollcall_engine::domain::text::{group_name, name};
use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::PupilScope;
use xod_client::{Field, StaffRow, StudentRow, XodError};

use super::ids::{Index, RowIds, plain};

/// Whom the school withholds.
struct Withheld<'a> {
    is_opt_in: bool,
    listed: &'a BTreeSet<String>,
    withheld: BTreeSet<String>,
    other_ids: BTreeSet<String>,
    index: Index,
}

impl<'a> Withheld<'a> {
    fn new(is_opt_in: bool, listed: &'a BTreeSet<String>) -> Self {
        Self {
            is_opt_in,
            listed,
            withheld: BTreeSet::new(),
            other_ids: BTreeSet::new(),
            index: Index::default(),
        }
    }

    /// Whether this person is withheld; remembers their ids, and nothing else of them.
    fn covers(&mut self, row: &RowIds) -> bool {
        let is_withheld = row.is_on(self.listed) != self.is_opt_in;
        if is_withheld {
            self.withheld.insert(row.ids.id.clone());
            self.index.add(row);
            let others = [&row.ids.external_id, &row.ids.xid];
            self.other_ids.extend(others.into_iter().flatten().cloned());
        }
        is_withheld
    }

    /// The MIS ids of all who are withheld, and their other ids; those whom the feed leaves out as
    /// they were listed.
    fn finish(mut self) -> (BTreeSet<String>, BTreeSet<String>) {
        if !self.is_opt_in {
            let absent = self.listed.iter().filter(|id| self.index.find_one(id).is_none());
            self.withheld.extend(absent.map(|id| plain(id).to_owned()));
        }
        (self.withheld, self.other_ids)
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
    pub other_ids_of_withheld: BTreeSet<String>,
    /// What the feed leaves out about some of them.
    pub not_shared: BTreeSet<NotShared>,
}

/// A pupil, not yet placed in year group and class.
pub(super) struct ReadPupil {
    pub pupil: RosterPupil,
    pub year_group_name: Option<String>,
    pub class_name: Option<String>,
}

/// The names of one person, as they are kept.
#[derive(Default)]
struct Names {
    /// Whether one was too long.
    are_cut: bool,
}

impl Names {
    fn read(&mut self, field: Field<String>) -> Option<String> {
        let (name, is_cut) = name(&field.recorded()?);
        self.are_cut |= is_cut;
        (!name.is_empty()).then_some(name)
    }
}

/// The pupils that have arrived.
pub(super) struct Pupils<'a> {
    rows: Vec<ReadPupil>,
    ids: Index,
    withheld: Withheld<'a>,
    granted: &'a BTreeSet<Scope>,
    asked: PupilScope,
    not_shared: BTreeSet<NotShared>,
    required: Shared<5>,
    optional: Shared<2>,
}

const REQUIRED_OF_PUPILS: [&str; 5] =
    ["Forename", "Surname", "YearGroupId", "RegGroupId", "StudentStatus"];

impl<'a> Pupils<'a> {
    pub(super) fn new(
        is_opt_in: bool,
        listed: &'a BTreeSet<String>,
        granted: &'a BTreeSet<Scope>,
        asked: PupilScope,
    ) -> Self {
        Self {
            rows: Vec::new(),
            ids: Index::default(),
            withheld: Withheld::new(is_opt_in, listed),
            granted,
            asked,
            not_shared: BTreeSet::new(),
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
                row.student_status.is_shared(),
            ]);
            let extended = row.dateof_birth.is_shared()
                || row.date_of_birth.is_shared()
                || row.legal_surname.is_shared();
            self.optional.count([row.upn.is_shared(), extended]);
            let ids = RowIds::new(row.id, row.external_id, row.xid, row.idaas_id)?;
            if self.withheld.covers(&ids) {
                continue;
            }
            self.ids.add(&ids);
            if !row.reg_group_id.is_shared() {
                self.not_shared.insert(NotShared::Class);
            }
            let born = row.dateof_birth.recorded().or_else(|| row.date_of_birth.recorded());
            // Fields may come although they were not granted, or not asked for.
            let asks_for_enrolment = self.asked.guests || self.asked.subsidiary;
            let has_extended = self.granted.contains(&Scope::StudentExtended);
            let has_upn = self.granted.contains(&Scope::Upn);
            let status = pupil_status(&row.student_status);
            let mut names = Names::default();
            let pupil = RosterPupil {
                ids: ids.ids,
                forename: names.read(row.forename).unwrap_or_default(),
                surname: names.read(row.surname).unwrap_or_default(),
                legal_forename: has_extended.then(|| names.read(row.legal_forename)).flatten(),
                legal_surname: has_extended.then(|| names.read(row.legal_surname)).flatten(),
                is_name_cut: names.are_cut,
                date_of_birth: born.map(|born| born.date()).filter(|_| has_extended),
                upn: row.upn.recorded().filter(|_| has_upn),
                former_upn: row.former_upn.recorded().filter(|_| has_upn),
                status,
                year_group: row.year_group_id.recorded(),
                class: row.reg_group_id.recorded(),
                starts_on: row
                    .entry_date
                    .recorded()
                    .map(|at| at.date())
                    .filter(|_| has_extended && self.asked.pre_admissions)
                    .filter(|_| status == PupilStatus::PreAdmission),
                enrolment: row
                    .enrolment_status
                    .recorded()
                    .as_deref()
                    .and_then(enrolment)
                    .filter(|_| has_extended && asks_for_enrolment),
            };
            self.rows.push(ReadPupil {
                pupil,
                year_group_name: row.year_group.recorded().and_then(|text| group_name(&text)),
                class_name: row.reg_group.recorded().and_then(|text| group_name(&text)),
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
        let (withheld, other_ids_of_withheld) = self.withheld.finish();
        Ok(People {
            rows: self.rows,
            ids: self.ids,
            withheld,
            other_ids_of_withheld,
            not_shared: self.not_shared,
        })
    }
}

fn order(pupil: &RosterPupil) -> impl Ord + '_ {
    (&pupil.ids, &pupil.surname, &pupil.forename, pupil.date_of_birth, &pupil.upn, pupil.status)
}

/// A pupil whose status we do not know, or that is not recorded, is left alone.
fn pupil_status(status: &Field<String>) -> PupilStatus {
    match status {
        Field::NotShared | Field::NotRecorded => PupilStatus::Other,
        Field::Recorded(status) => match folded(status).as_str() {
            "onroll" => PupilStatus::OnRoll,
            "leaver" => PupilStatus::Leaver,
            "preadmission" => PupilStatus::PreAdmission,
            _ => PupilStatus::Other,
        },
    }
}

/// `C` is a pupil of this school alone, `M` one registered at two schools whose main one this is.
fn enrolment(code: &str) -> Option<Enrolment> {
    match folded(code).as_str() {
        "c" | "m" => Some(Enrolment::Main),
        "s" => Some(Enrolment::Subsidiary),
        "g" => Some(Enrolment::Guest),
        _ => None,
    }
}

/// Without case and what stands between words.
fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

/// The staff that have arrived.
pub(super) struct Staff<'a> {
    rows: Vec<RosterStaff>,
    ids: Index,
    withheld: Withheld<'a>,
    has_home_email: bool,
    required: Shared<4>,
    home_email: Shared<1>,
}

const REQUIRED_OF_STAFF: [&str; 4] = ["Forename", "Surname", "WorkEmail", "IsTeacher"];

impl<'a> Staff<'a> {
    pub(super) fn new(
        is_opt_in: bool,
        listed: &'a BTreeSet<String>,
        granted: &BTreeSet<Scope>,
    ) -> Self {
        Self {
            rows: Vec::new(),
            ids: Index::default(),
            withheld: Withheld::new(is_opt_in, listed),
            has_home_email: granted.contains(&Scope::StaffPersonalContact),
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
            if self.withheld.covers(&ids) {
                continue;
            }
            self.ids.add(&ids);
            // A work e-mail that is not shared may be there all the same.
            let may_be_home = self.has_home_email && row.work_email.is_shared();
            let mut names = Names::default();
            self.rows.push(RosterStaff {
                ids: ids.ids,
                forename: names.read(row.forename).unwrap_or_default(),
                surname: names.read(row.surname).unwrap_or_default(),
                is_name_cut: names.are_cut,
                work_email: row.work_email.recorded(),
                home_email: row.home_email.recorded().filter(|_| may_be_home),
                is_teacher: row
                    .is_teacher
                    .is_shared()
                    .then(|| row.is_teacher.recorded().unwrap_or_default()),
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
        let (withheld, other_ids_of_withheld) = self.withheld.finish();
        Ok(People {
            rows: self.rows,
            ids: self.ids,
            withheld,
            other_ids_of_withheld,
            not_shared: BTreeSet::new(),
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Field<String> {
        Field::Recorded(text.into())
    }

    fn member(id: &str) -> StaffRow {
        StaffRow {
            id: text(id),
            forename: text("Jane"),
            surname: text("Smith"),
            work_email: text("jane@waterside.example"),
            home_email: text("jane@home.example"),
            is_teacher: Field::Recorded(true),
            ..StaffRow::default()
        }
    }

    fn read(row: StaffRow) -> RosterStaff {
        let (listed, granted) = (BTreeSet::new(), BTreeSet::from(Scope::ALL));
        let mut staff = Staff::new(false, &listed, &granted);
        staff.add(vec![row, member("2")]).unwrap();
        staff.finish(&mut granted.clone()).unwrap().rows.remove(0)
    }

    #[test]
    fn whether_somebody_teaches_is_unknown_where_it_is_not_shared_and_no_where_not_recorded() {
        let of = |is_teacher| read(StaffRow { is_teacher, ..member("1") }).is_teacher;
        assert_eq!(of(Field::NotShared), None);
        assert_eq!(of(Field::NotRecorded), Some(false));
        assert_eq!(of(Field::Recorded(false)), Some(false));
        assert_eq!(of(Field::Recorded(true)), Some(true));
    }

    #[test]
    fn a_home_e_mail_does_not_stand_in_for_a_work_e_mail_that_is_not_shared() {
        let of = |work_email| {
            let one = read(StaffRow { work_email, ..member("1") });
            (one.work_email, one.home_email)
        };
        assert_eq!(of(Field::NotShared), (None, None));
        assert_eq!(of(Field::NotRecorded), (None, Some("jane@home.example".into())));
    }

    #[test]
    fn a_class_that_is_not_shared_of_one_pupil_is_told_from_no_class() {
        let of = |reg_group_id| {
            let row = |id: &str, reg_group_id| StudentRow {
                id: text(id),
                forename: text("Amy"),
                surname: text("Hill"),
                year_group_id: text("4"),
                reg_group_id,
                student_status: text("OnRoll"),
                ..StudentRow::default()
            };
            let (listed, granted) = (BTreeSet::new(), BTreeSet::from(Scope::ALL));
            let mut pupils = Pupils::new(false, &listed, &granted, PupilScope::default());
            pupils.add(vec![row("1", reg_group_id), row("2", text("9"))]).unwrap();
            pupils.finish(&mut granted.clone()).unwrap_or_else(|_| panic!()).not_shared
        };
        assert_eq!(of(Field::NotShared), BTreeSet::from([NotShared::Class]));
        assert_eq!(of(Field::NotRecorded), BTreeSet::new());
        assert_eq!(of(text("8")), BTreeSet::new());
    }
}
