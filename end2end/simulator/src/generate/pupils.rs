//! The pupils: those on roll, and those who left, will come, or are only half here.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::{Draw, names, touched};
use crate::school::{Enrolment, GroupKind, NURSERY, Pupil, PupilStatus, School, TOP_YEAR, upn};

/// Enrols as many pupils as the school is to have, and the others that a real MIS holds.
pub(super) fn enrol_everybody(school: &mut School, draw: &mut Draw) {
    for (nc_year, size) in (NURSERY..).zip(cohorts(school.spec.pupils, draw)) {
        for _ in 0..size {
            let entered = entry(school, draw, nc_year);
            let pupil = newcomer(school, draw, nc_year, entered);
            school.pupils.push(pupil);
        }
    }
    let main = school.pupils.len() / 3;
    if let Some(pupil) = school.pupils.get_mut(main) {
        pupil.enrolment = Enrolment::Main;
    }
    half_here(school, draw);
    former_pupils(school, draw);
    coming_pupils(school, draw);
}

/// How many pupils each year has, Nursery first; they add up to the whole.
fn cohorts(pupils: u32, draw: &mut Draw) -> [u32; 8] {
    let mut sizes = [0; 8];
    let mut left = pupils;
    // Nursery has two thirds of a year's places.
    let mut shares = 23;
    for (index, size) in sizes.iter_mut().enumerate() {
        let share = if index == 0 { 2 } else { 3 };
        let even = left * share / shares;
        let wobble = even / 14;
        *size = if shares == share {
            left
        } else {
            (even + draw.below(2 * wobble + 1)).saturating_sub(wobble).min(left)
        };
        left -= *size;
        shares -= share;
    }
    sizes
}

/// A pupil of this year with names, birth date and ids of their own, on roll but in no class yet.
pub(crate) fn newcomer(
    school: &mut School,
    draw: &mut Draw,
    nc_year: i8,
    entered: NaiveDate,
) -> Pupil {
    let name = names::child(draw);
    let id = school.next_pupil;
    school.next_pupil += draw.between(1, 3);
    let preferred = short_form(name.forename).filter(|_| draw.percent(30));
    Pupil {
        id,
        external_id: draw.guid(),
        xid: draw.xid(&mut school.next_xid),
        forename: preferred.unwrap_or(name.forename).into(),
        surname: name.surname.into(),
        legal_forename: name.forename.into(),
        legal_surname: name.surname.into(),
        middle_name: name.middle.map(Into::into),
        gender: name.gender,
        born: birthday(school.academic_year, nc_year, draw),
        upn: new_upn(school, draw, entered.year()),
        former_upn: None,
        nc_year,
        year_group: school.year_group(nc_year).map(|group| group.id),
        classes: Vec::new(),
        house: house(school, id),
        teaching_groups: Vec::new(),
        status: PupilStatus::OnRoll,
        enrolment: Enrolment::Single,
        entered,
        left: None,
        work_email: None,
        last_updated: touched(school.academic_year, id),
    }
}

/// A UPN that nobody at this school has: the local authority, a school, a year and a number.
fn new_upn(school: &mut School, draw: &mut Draw, year: i32) -> Option<String> {
    let serial = school.next_upn;
    school.next_upn += 1;
    // A few come from another authority.
    let authority = if draw.percent(6) { "330" } else { school.estab().get(..3)? };
    let number: u32 = school.estab().get(3..)?.parse().ok()?;
    let number = (number + serial / 1000) % 10_000;
    let rest = format!("{authority}{number:04}{:02}{:03}", year.rem_euclid(100), serial % 1000);
    upn::with_check_letter(&rest)
}

fn house(school: &School, id: u32) -> Option<u32> {
    let houses: Vec<u32> = school
        .groups
        .iter()
        .filter(|group| group.kind == GroupKind::House)
        .map(|group| group.id)
        .collect();
    houses.get(id as usize % houses.len().max(1)).copied()
}

/// Some day that puts a child into this year at this school year's start.
fn birthday(academic_year: u16, nc_year: i8, draw: &mut Draw) -> NaiveDate {
    let first = i32::from(academic_year) - 5 - i32::from(nc_year);
    let first = NaiveDate::from_ymd_opt(first, 9, 1).unwrap_or_default();
    first + TimeDelta::days(i64::from(draw.below(365)))
}

/// Most start with their year; some join later.
fn entry(school: &School, draw: &mut Draw, nc_year: i8) -> NaiveDate {
    let years_here = u16::try_from(nc_year.max(0)).unwrap_or_default();
    if years_here > 0 && draw.percent(10) {
        let joined =
            school.academic_year - u16::try_from(draw.below(years_here.into())).unwrap_or(0);
        return NaiveDate::from_ymd_opt(i32::from(joined), 1, 6).unwrap_or_default();
    }
    School::year_start(school.academic_year - years_here)
}

/// What some children prefer to be called.
fn short_form(forename: &str) -> Option<&'static str> {
    let short = match forename {
        "Benjamin" => "Ben",
        "Samuel" => "Sam",
        "Joshua" => "Josh",
        "Thomas" => "Tom",
        "Zachary" => "Zac",
        "Isabella" => "Bella",
        "Matilda" => "Tilly",
        "Abigail" => "Abi",
        "Jessica" => "Jess",
        "Eleanor" => "Ellie",
        "Muhammad" => "Mo",
        "Aleksander" => "Alek",
        _ => return None,
    };
    Some(short)
}

/// Two who are registered mainly elsewhere, and a guest.
fn half_here(school: &mut School, draw: &mut Draw) {
    for (nc_year, enrolment) in
        [(4, Enrolment::Subsidiary), (2, Enrolment::Subsidiary), (5, Enrolment::Guest)]
    {
        let entered = entry(school, draw, nc_year);
        let mut pupil = newcomer(school, draw, nc_year, entered);
        pupil.enrolment = enrolment;
        school.pupils.push(pupil);
    }
}

/// Pupils who left: most last July, some this term, some long ago.
fn former_pupils(school: &mut School, draw: &mut Draw) {
    let this_year = i32::from(school.academic_year);
    for number in 0..(school.spec.pupils / 10).max(3) {
        let (year, month, day) = match number % 5 {
            0 => (this_year, 10, 17),
            1 => (this_year - 2, 7, 21),
            _ => (this_year, 7, 22),
        };
        let nc_year = if month == 10 { 3 } else { TOP_YEAR };
        // Anyone who left last July would be in the year above the top one now.
        let age = if month == 10 { nc_year } else { nc_year + i8::from(year == this_year) };
        let entered = School::year_start(school.academic_year - 6);
        let mut pupil = newcomer(school, draw, age, entered);
        pupil.left = NaiveDate::from_ymd_opt(year, month, day);
        pupil.leave();
        school.pupils.push(pupil);
    }
}

/// Next September's first children, and one who comes in January.
fn coming_pupils(school: &mut School, draw: &mut Draw) {
    let next = School::year_start(school.academic_year + 1);
    for number in 0..(school.spec.pupils / 20).max(2) {
        let (entered, nc_year) = if number == 0 {
            let january = NaiveDate::from_ymd_opt(i32::from(school.academic_year) + 1, 1, 5);
            (january.unwrap_or(next), 2)
        } else {
            // In the year below Nursery now: a year young for it.
            (next, NURSERY - 1)
        };
        let mut pupil = newcomer(school, draw, nc_year, entered);
        pupil.status = PupilStatus::PreAdmission;
        pupil.year_group = None;
        pupil.house = None;
        school.pupils.push(pupil);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cohorts_add_up_and_nobody_is_forgotten() {
        let mut draw = Draw::new(1, "3281102", 0);
        for pupils in [30, 31, 99, 420, 20_000] {
            let cohorts = cohorts(pupils, &mut draw);
            assert_eq!(cohorts.iter().sum::<u32>(), pupils);
            assert!(cohorts.iter().all(|size| *size > 0), "{cohorts:?}");
        }
    }

    #[test]
    fn a_child_in_reception_is_four_when_the_year_starts() {
        let mut draw = Draw::new(1, "3281102", 0);
        for _ in 0..50 {
            let born = birthday(2025, 0, &mut draw);
            assert_eq!(School::year_start(2025).years_since(born), Some(4), "{born}");
        }
    }
}
