//! Reads one person into a roster that has been read before.

use rollcall_engine::domain::roster::{PupilStatus, Roster};
use rollcall_shared::people::PersonKind;
use xod_client::{School, XodError};

use super::groups::{self, ReadGroups};
use super::people::{Pupils, Staff};
use super::wanted;
use crate::mis::{MisError, fields, granted as granted_by};

/// What a look at one person gave.
#[derive(Debug)]
pub enum OneRead {
    /// The roster as it was, but for this person.
    Found(Box<Roster>),
    /// The feed does not have them, or the school does not share them.
    Gone,
    /// What the school shares, its MIS or its school year is another than when it was read.
    SchoolChanged,
}

/// Reads somebody by the id of the feed, and puts them into the roster of the last complete read.
/// Nothing but a complete read tells who is missing, so nobody else is looked at.
///
/// # Errors
/// As any call, and if something is not shared that everybody needs.
pub(in crate::mis) async fn read_one(
    school: &School<'_>,
    before: &Roster,
    kind: PersonKind,
    id: &str,
) -> Result<OneRead, MisError> {
    let granted = granted_by(&school.token_details().await?);
    let gdpr = school.gdpr_ids().await?;
    let info = school.school_info().await?.ok_or(XodError::NothingYet)?;
    let known = before.marks.as_ref().map_or(&before.scopes, |marks| &marks.granted);
    if granted != *known
        || Some(gdpr.fingerprint()) != before.list_fingerprint
        || info.academic_year != before.academic_year
        || (info.mis.is_some() && info.mis != before.mis)
    {
        return Ok(OneRead::SchoolChanged);
    }
    let mut roster = before.clone();
    let mut scopes = granted.clone();
    match kind {
        PersonKind::Pupil => {
            let mut pupils =
                Pupils::new(gdpr.is_opt_in, &gdpr.pupils, &granted, before.pupil_scope);
            pupils.add(
                school
                    .student(
                        id,
                        wanted(before.pupil_scope),
                        &fields::students(&granted, before.pupil_scope),
                    )
                    .await?,
            )?;
            let read = pupils.finish(&mut scopes)?.rows;
            let Some(found) = read.into_iter().find(|row| row.pupil.ids.id == id) else {
                return Ok(OneRead::Gone);
            };
            let mut years = ReadGroups::of(std::mem::take(&mut roster.year_groups));
            let mut classes = ReadGroups::of(std::mem::take(&mut roster.classes));
            years.remove(id);
            classes.remove(id);
            for pupil in groups::place(vec![found], &mut years, &mut classes) {
                if pupil.status == PupilStatus::OnRoll {
                    classes.insert(&pupil);
                }
                roster.pupils.retain(|one| one.ids.id != id);
                roster.pupils.push(pupil);
            }
            roster.year_groups = years.into_rows();
            roster.classes = classes.into_rows();
        }
        PersonKind::Staff => {
            let mut staff = Staff::new(gdpr.is_opt_in, &gdpr.staff, &granted);
            staff.add(school.staff_member(id, &fields::staff(&granted)).await?)?;
            let read = staff.finish(&mut scopes)?.rows;
            let Some(found) = read.into_iter().find(|one| one.ids.id == id) else {
                return Ok(OneRead::Gone);
            };
            roster.staff.retain(|one| one.ids.id != id);
            roster.staff.push(found);
        }
    }
    // What stands in it now is of no one state of the tables: the next run reads in full.
    if let Some(marks) = &mut roster.marks {
        marks.tables.clear();
    }
    Ok(OneRead::Found(Box::new(roster)))
}
