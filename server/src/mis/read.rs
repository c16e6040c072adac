//! Reads a school from XoD into a roster. A read that is not complete never becomes one.

mod groups;
mod ids;
mod one;
mod people;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Europe::London;
use rollcall_engine::domain::roster::{PeopleCounts, ReadMarks, Roster, TableMark};
use rollcall_shared::people::PersonKind;
use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::PupilScope;
use xod_client::{Counts, GroupKind, Mark, School, SchoolInfo, Students, XodError};

pub(crate) use one::OneRead;
pub(super) use one::read_one;

use groups::Groups;
use people::{Pupils, Staff};

use super::{MisError, Progress, fields, granted as granted_by};

/// Reads the whole school. Whether consent has changed of late is the caller's to know, and goes
/// into the roster as it is given; so are the pupils to ask for besides those on the roll.
///
/// # Errors
/// If anything is missing, contradicts itself or is not shared; then there is no roster at all.
pub(super) async fn read(
    school: &School<'_>,
    read_at: DateTime<Utc>,
    may_be_narrowed: bool,
    pupil_scope: PupilScope,
    progress: Progress<'_>,
) -> Result<Roster, MisError> {
    progress("Reading what the school shares".into());
    let granted = granted_by(&school.token_details().await?);
    let mut scopes = granted.clone();
    let missing: Vec<Scope> = Scope::ALL
        .into_iter()
        .filter(|scope| scope.is_required() && !scopes.contains(scope))
        .collect();
    if !missing.is_empty() {
        return Err(MisError::ScopesMissing(missing));
    }
    let info = school.school_info().await?.ok_or(XodError::NothingYet)?;
    let gdpr = school.gdpr_ids().await?;
    // Nothing but a guard wants them: a school is read without them too.
    let counts = school.counts().await.unwrap_or_else(|error| {
        tracing::info!(%error, "XoD's counts could not be read");
        Counts::default()
    });

    let mut pupils = Pupils::new(gdpr.is_opt_in, &gdpr.pupils, &granted, pupil_scope);
    let mut mis = info.mis.clone();
    let mut pages = school.students(wanted(pupil_scope), &fields::students(&scopes, pupil_scope));
    while let Some(page) = pages.next().await? {
        report(progress, "pupils", page.arrived, page.of);
        mis = mis.or_else(|| page.meta.and_then(|meta| meta.mis.recorded()));
        pupils.add(page.rows)?;
    }
    let mut staff = Staff::new(gdpr.is_opt_in, &gdpr.staff, &granted);
    let mut tables: Vec<Option<Mark>> = vec![pages.mark()];
    let mut pages = school.staff(&fields::staff(&scopes));
    while let Some(page) = pages.next().await? {
        report(progress, "staff", page.arrived, page.of);
        staff.add(page.rows)?;
    }
    tables.push(pages.mark());
    let pupils = pupils.finish(&mut scopes)?;
    let staff = staff.finish(&mut scopes)?;

    let today = school_day(read_at, &info);
    let read_groups = async |kind, words| {
        let mut groups = Groups::new(kind, &pupils.ids, &staff.ids, today);
        let mut pages = school.groups(kind, &fields::groups(kind));
        while let Some(page) = pages.next().await? {
            report(progress, words, page.arrived, page.of);
            groups.add(page.rows, page.members)?;
        }
        Ok::<_, XodError>((groups.finish(), pages.mark()))
    };
    let (mut year_groups, mark) = read_groups(GroupKind::Year, "year groups").await?;
    tables.push(mark);
    let (mut classes, mark) = read_groups(GroupKind::Registration, "classes").await?;
    tables.push(mark);
    let (subject_groups, mark) = read_groups(GroupKind::Teaching, "subject groups").await?;
    tables.push(mark);
    let groups_listed = year_groups.len() + classes.len();
    let not_shared = [classes.not_shared(), subject_groups.not_shared(), &pupils.not_shared]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    let members_turn_on = [&year_groups, &classes, &subject_groups]
        .into_iter()
        .filter_map(|groups| groups.members_turn_on())
        .min();
    // What is shared must be the same from the first page to the last.
    progress("Checking that nothing changed in the meantime".into());
    let is_the_same =
        granted_by(&school.token_details().await?) == granted && school.gdpr_ids().await? == gdpr;
    if !is_the_same {
        return Err(XodError::Incomplete {
            table: "The consent",
            why: "it changed while it was being read",
        }
        .into());
    }
    let withheld_pupils = pupils.withheld;
    let other_ids_of_withheld = [
        (PersonKind::Pupil, pupils.other_ids_of_withheld),
        (PersonKind::Staff, staff.other_ids_of_withheld),
    ];
    let pupils = groups::place(pupils.rows, &mut year_groups, &mut classes);

    Ok(Roster {
        read_at,
        mis,
        academic_year: info.academic_year,
        unread_year: info.unread_year,
        scopes,
        pupil_scope,
        pupils,
        staff: staff.rows,
        year_groups: year_groups.into_rows(),
        classes: classes.into_rows(),
        subject_groups: subject_groups.into_rows(),
        withheld_pupils,
        withheld_staff: staff.withheld,
        other_ids_of_withheld: other_ids_of_withheld.into(),
        only_listed: gdpr.is_opt_in,
        list_fingerprint: Some(gdpr.fingerprint()),
        not_shared,
        groups_listed: Some(u32::try_from(groups_listed).unwrap_or(u32::MAX)),
        may_be_narrowed,
        counts: PeopleCounts { pupils: counts.pupils, staff: counts.staff },
        marks: tables
            .into_iter()
            .map(|mark| mark.map(kept))
            .collect::<Option<_>>()
            .map(|tables| ReadMarks { full_read_at: read_at, granted, members_turn_on, tables }),
    })
}

/// Which pupils are asked for, in the service's words.
const fn wanted(pupils: PupilScope) -> Students {
    let PupilScope { pre_admissions, guests, subsidiary } = pupils;
    Students { pre_admissions, guests, subsidiary }
}

/// A mark as it is kept with the roster.
fn kept(mark: Mark) -> TableMark {
    TableMark { call: mark.call, seen: mark.changed_rows }
}

/// A mark as the service is asked with.
fn asked(mark: &TableMark) -> Mark {
    Mark { call: mark.call.clone(), changed_rows: mark.seen.clone() }
}

/// Whether a school is for certain as it was when it was last read: nothing changed in what is
/// shared, nor in any table, and no membership began or ended by its date. Any doubt is a change. This says only that, and never who left: a
/// deletion can be false.
///
/// # Errors
/// As any call.
pub(super) async fn is_unchanged(
    school: &School<'_>,
    before: &Roster,
    now: DateTime<Utc>,
) -> Result<bool, MisError> {
    let Some(marks) = &before.marks else { return Ok(false) };
    let tables: Vec<Mark> = marks.tables.iter().map(asked).collect();
    let granted = granted_by(&school.token_details().await?);
    if granted != marks.granted
        || Some(school.gdpr_ids().await?.fingerprint()) != before.list_fingerprint
    {
        return Ok(false);
    }
    let Some(info) = school.school_info().await? else { return Ok(false) };
    if info.academic_year != before.academic_year
        || info.unread_year != before.unread_year
        || (info.mis.is_some() && info.mis != before.mis)
        || marks.members_turn_on.is_some_and(|day| school_day(now, &info) >= day)
        || !school
            .students(wanted(before.pupil_scope), &fields::students(&granted, before.pupil_scope))
            .is_as_marked(&tables)
            .await?
        || !school.staff(&fields::staff(&granted)).is_as_marked(&tables).await?
    {
        return Ok(false);
    }
    for kind in [GroupKind::Year, GroupKind::Registration, GroupKind::Teaching] {
        if !school.groups(kind, &fields::groups(kind)).is_as_marked(&tables).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn report(progress: Progress<'_>, what: &str, arrived: u32, of: u32) {
    progress(format!("Reading {what}: {arrived} of {of}"));
}

/// The day by which memberships are current: today, or the nearest day of the MIS's academic year.
/// In July an MIS may have gone into its new year, in September not yet; its groups are those of
/// the year it says.
fn school_day(read_at: DateTime<Utc>, info: &SchoolInfo) -> NaiveDate {
    let today = read_at.with_timezone(&London).date_naive();
    let Some(year) = info.academic_year else { return today };
    let first = NaiveDate::from_ymd_opt(year, 9, 1);
    let last = NaiveDate::from_ymd_opt(year + 1, 8, 31);
    match (first, last) {
        (Some(first), Some(last)) => today.clamp(first, last),
        _ => today,
    }
}

#[cfg(test)]
mod tests;
