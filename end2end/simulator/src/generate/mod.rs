//! Makes schools out of a seed: the same values give the same school on every machine.

mod awkward;
mod classes;
mod draw;
mod names;
mod pupils;
mod staff;
mod teaching;

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};

pub(crate) use classes::arrange as arrange_classes;
pub(crate) use draw::Draw;
pub(crate) use pupils::newcomer as new_pupil;
pub(crate) use staff::{replacement as new_staff, reset_emails};
pub(crate) use teaching::arrange as arrange_teaching_groups;

use crate::{
    config::SchoolSpec,
    school::{Authorisation, Group, GroupKind, Installation, NURSERY, School, Scope, TOP_YEAR},
};

/// The school that follows from these values.
#[must_use]
pub fn school(spec: &SchoolSpec) -> School {
    let mut draw = Draw::new(spec.seed, &spec.estab, 0);
    let draw = &mut draw;
    let name = spec.name.clone().unwrap_or_else(|| names::school_name(&spec.estab).into());
    let first_person = draw.between(1001, 2999);
    let mut school = School {
        domain: names::domain(&name),
        telephone: format!("01632 960{:03}", draw.below(1000)),
        address: address(draw),
        name,
        academic_year: spec.academic_year,
        read_at: morning_of_the_year(spec.academic_year),
        pupils: Vec::with_capacity(spec.pupils as usize * 5 / 4),
        staff: Vec::with_capacity(spec.staff as usize + 8),
        groups: Vec::new(),
        authorisation: authorisation(spec),
        events: 0,
        // The same, so that some pupil and some member of staff share a number.
        next_pupil: first_person,
        next_staff: first_person,
        next_group: draw.between(101, 499),
        next_upn: draw.between(1, 40),
        // Schools do not begin with the same.
        next_xid: first_person * 1000,
        mis: "simsnet".into(),
        snapshots: Vec::new(),
        spec: spec.clone(),
    };
    year_groups(&mut school, draw);
    houses(&mut school, draw);
    staff::hire_everybody(&mut school, draw);
    pupils::enrol_everybody(&mut school, draw);
    arrange_classes(&mut school, draw);
    arrange_teaching_groups(&mut school, draw);
    awkward::bring_in(&mut school, draw);
    school
}

/// When the records of a school year were last touched before anything happened.
fn morning_of_the_year(academic_year: u16) -> NaiveDateTime {
    let time = NaiveTime::from_hms_opt(3, 0, 0).unwrap_or_default();
    (School::year_start(academic_year) + TimeDelta::days(3)).and_time(time)
}

/// A `LastUpdated` for a record of this number: somewhere in the weeks before, to the millisecond
/// or less.
fn touched(academic_year: u16, number: u32) -> NaiveDateTime {
    let spread = i64::from(number.wrapping_mul(2_654_435_761) % 4_000_000);
    let fraction = match number % 4 {
        0 => 0,
        1 => 250_000_000,
        2 => 127_000_000,
        _ => 402_555_700,
    };
    morning_of_the_year(academic_year) - TimeDelta::seconds(spread + 60)
        + TimeDelta::nanoseconds(fraction)
}

fn authorisation(spec: &SchoolSpec) -> Authorisation {
    if spec.new_to_xod {
        Authorisation { installation: Installation::ToBook, ..Authorisation::default() }
    } else if spec.unconnected {
        Authorisation::default()
    } else {
        Authorisation::authorised(Scope::TEMPLATE.into())
    }
}

fn address(draw: &mut Draw) -> String {
    let street =
        draw.word(&["Church Lane", "Mill Road", "School Hill", "Canal Street", "The Green"]);
    let town = draw.word(&["Ambleford", "Westhaven", "Kirkby Moor", "Stonebridge", "Thornley"]);
    format!(
        "{} {street}, {town}, ZZ{} {}AB",
        draw.between(1, 90),
        draw.between(1, 9),
        draw.between(1, 9)
    )
}

/// A new group with the ids that any group has.
pub(crate) fn new_group(
    school: &mut School,
    draw: &mut Draw,
    kind: GroupKind,
    code: String,
    name: String,
) -> Group {
    let id = school.next_group;
    school.next_group += draw.between(1, 3);
    Group {
        id,
        external_id: draw.guid(),
        xid: draw.xid(&mut school.next_xid),
        kind,
        code,
        name,
        nc_year: None,
        primary_staff: None,
        staff: Vec::new(),
        subject: None,
        starts: School::year_start(school.academic_year),
        last_updated: touched(school.academic_year, id),
    }
}

fn year_groups(school: &mut School, draw: &mut Draw) {
    for nc_year in NURSERY..=TOP_YEAR {
        // SIMS puts two spaces between the word and the number.
        let (code, name) = match nc_year {
            NURSERY => ("N2".into(), "Year  N2".into()),
            0 => ("R".into(), "Reception".into()),
            year => (year.to_string(), format!("Year  {year}")),
        };
        let mut group = new_group(school, draw, GroupKind::Year, code, name);
        group.nc_year = Some(nc_year);
        school.groups.push(group);
    }
}

fn houses(school: &mut School, draw: &mut Draw) {
    if school.spec.pupils < 60 {
        return;
    }
    for name in ["Avon", "Severn", "Tamar", "Thames"] {
        let code = name.get(..2).unwrap_or(name).to_uppercase();
        let group = new_group(school, draw, GroupKind::House, code, name.into());
        school.groups.push(group);
    }
}

#[cfg(test)]
mod tests;
