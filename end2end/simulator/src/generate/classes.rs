//! Registration groups: who is in which class this year.

use std::collections::{BTreeMap, BTreeSet};

use super::{Draw, new_group};
use crate::school::{
    GroupKind, NURSERY, PupilStatus, RECEPTION, School, Staff, StaffStatus, TOP_YEAR,
};

/// A class to be made: so many pupils of each of these years.
#[derive(Debug)]
struct PlannedClass {
    /// What the name begins with: `4` or `3/4`.
    years: String,
    /// The letter or word that tells it from the others of its year.
    mark: String,
    parts: Vec<(i8, usize)>,
}

/// Replaces last year's classes by this year's and puts everybody on roll into one.
///
/// Children stay together with last year's classmates. Schools either keep the names of their
/// classes ("4A") or call them after the new teacher ("4JS").
pub(crate) fn arrange(school: &mut School, draw: &mut Draw) {
    let order = pupils_by_year(school);
    let sizes: BTreeMap<i8, usize> =
        order.iter().map(|(year, pupils)| (*year, pupils.len())).collect();
    let named_after_teachers = school.spec.seed % 3 == 2;
    let teachers = class_teachers(school);

    school.groups.retain(|group| group.kind != GroupKind::Registration);
    let mut next_in_year: BTreeMap<i8, usize> = BTreeMap::new();
    let mut used_names = BTreeSet::new();
    let mut class_of: BTreeMap<usize, u32> = BTreeMap::new();
    let starting = usize::from(school.academic_year);
    for (number, planned) in plan(&sizes).into_iter().enumerate() {
        let teacher = pick_teacher(&teachers, number + starting);
        let name = name(&planned, teacher.filter(|_| named_after_teachers), &mut used_names);
        let code = name.replace("Nursery ", "N").replace(' ', "");
        let mut class = new_group(school, draw, GroupKind::Registration, code, name);
        class.primary_staff = teacher.map(|teacher| teacher.id);
        class.staff.extend(class.primary_staff);
        if let [(only, _)] = planned.parts.as_slice() {
            class.nc_year = Some(*only);
        }
        for (year, count) in planned.parts {
            let from = next_in_year.entry(year).or_default();
            let pupils = order.get(&year).map(Vec::as_slice).unwrap_or_default();
            class_of.extend(pupils.iter().skip(*from).take(count).map(|index| (*index, class.id)));
            *from += count;
        }
        school.groups.push(class);
    }
    add_job_shares(school, &teachers);

    let year_groups: BTreeMap<i8, u32> =
        (NURSERY..=TOP_YEAR).filter_map(|year| Some((year, school.year_group(year)?.id))).collect();
    for (index, pupil) in school.pupils.iter_mut().enumerate() {
        if pupil.status == PupilStatus::OnRoll {
            pupil.year_group = year_groups.get(&pupil.nc_year).copied();
            pupil.classes = class_of.get(&index).copied().into_iter().collect();
        }
    }
}

/// Where the pupils of each year stand in the school's list, last year's classmates together.
fn pupils_by_year(school: &School) -> BTreeMap<i8, Vec<usize>> {
    let mut order: BTreeMap<i8, Vec<usize>> = BTreeMap::new();
    for (index, pupil) in school.pupils.iter().enumerate() {
        if pupil.status == PupilStatus::OnRoll {
            order.entry(pupil.nc_year).or_default().push(index);
        }
    }
    for pupils in order.values_mut() {
        // A stable sort: newcomers, in no class yet, come last.
        pupils.sort_by_key(|index| {
            school
                .pupils
                .get(*index)
                .and_then(|pupil| pupil.classes.first().copied())
                .unwrap_or(u32::MAX)
        });
    }
    order
}

fn class_teachers(school: &School) -> Vec<Staff> {
    let mut teachers: Vec<Staff> = school
        .staff
        .iter()
        .filter(|member| member.status == StaffStatus::Current && member.role == "Class teacher")
        .cloned()
        .collect();
    teachers.sort_by_key(|teacher| teacher.id);
    teachers
}

fn pick_teacher(teachers: &[Staff], number: usize) -> Option<&Staff> {
    teachers.get(number % teachers.len().max(1))
}

/// Teachers without a class of their own share one.
fn add_job_shares(school: &mut School, teachers: &[Staff]) {
    let mut classes: Vec<_> =
        school.groups.iter_mut().filter(|group| group.kind == GroupKind::Registration).collect();
    let busy: BTreeSet<u32> = classes.iter().filter_map(|class| class.primary_staff).collect();
    let free = teachers.iter().filter(|teacher| !busy.contains(&teacher.id));
    for (class, teacher) in classes.iter_mut().rev().zip(free) {
        class.staff.push(teacher.id);
    }
}

fn name(planned: &PlannedClass, teacher: Option<&Staff>, used: &mut BTreeSet<String>) -> String {
    let initials = teacher.filter(|_| planned.years != "Nursery").map(|teacher| {
        [&teacher.forename, &teacher.surname]
            .iter()
            .filter_map(|name| name.chars().next())
            .flat_map(char::to_uppercase)
            .collect::<String>()
    });
    let mark = initials.as_ref().unwrap_or(&planned.mark);
    let space = if planned.years == "Nursery" { " " } else { "" };
    let wanted = format!("{}{space}{mark}", planned.years);
    let mut name = wanted.clone();
    let mut number = 2;
    while !used.insert(name.clone()) {
        name = format!("{wanted}{number}");
        number += 1;
    }
    name
}

/// The classes that a school with years of these sizes has.
fn plan(sizes: &BTreeMap<i8, usize>) -> Vec<PlannedClass> {
    let size = |year: i8| sizes.get(&year).copied().unwrap_or_default();
    let mut classes = nursery(size(NURSERY));
    let average = (RECEPTION..=TOP_YEAR).map(size).sum::<usize>() / 7;
    let whole = |years: &[i8]| years.iter().map(|year| (*year, size(*year))).collect();
    let mixed =
        |years: &str, parts| PlannedClass { years: years.into(), mark: String::new(), parts };
    if average < 9 {
        classes.push(mixed("R/1/2", whole(&[0, 1, 2])));
        classes.push(mixed("3/4/5/6", whole(&[3, 4, 5, 6])));
    } else if average < 24 {
        classes.push(mixed("R", whole(&[0])));
        classes.push(mixed("1/2", whole(&[1, 2])));
        classes.push(mixed("3/4", whole(&[3, 4])));
        classes.push(mixed("5/6", whole(&[5, 6])));
    } else {
        for year in RECEPTION..=TOP_YEAR {
            // A third of a class of Year 3 and of Year 4 meet in a class of their own.
            let elsewhere = if matches!(year, 3 | 4) { size(year).min(30) / 3 } else { 0 };
            classes.extend(single_year(year, size(year) - elsewhere));
        }
        let (three, four) = (size(3).min(30) / 3, size(4).min(30) / 3);
        classes.push(mixed("3/4", vec![(3, three), (4, four)]));
    }
    classes.retain(|class| class.parts.iter().any(|(_, count)| *count > 0));
    classes
}

/// Morning and afternoon Nursery, as many of each as are needed.
fn nursery(pupils: usize) -> Vec<PlannedClass> {
    let pairs = pupils.div_ceil(60).max(1);
    shares(pupils, pairs * 2)
        .enumerate()
        .map(|(index, count)| {
            let half = if index % 2 == 0 { "AM" } else { "PM" };
            let mark = if pairs == 1 { half.into() } else { format!("{half} {}", index / 2 + 1) };
            PlannedClass { years: "Nursery".into(), mark, parts: vec![(NURSERY, count)] }
        })
        .collect()
}

/// As many classes of at most thirty as a year needs.
fn single_year(year: i8, pupils: usize) -> Vec<PlannedClass> {
    let years = if year == RECEPTION { "R".into() } else { year.to_string() };
    shares(pupils, pupils.div_ceil(30).max(1))
        .enumerate()
        .map(|(index, count)| PlannedClass {
            years: years.clone(),
            mark: letters(index),
            parts: vec![(year, count)],
        })
        .collect()
}

/// So many pupils in so many nearly equal parts.
fn shares(pupils: usize, parts: usize) -> impl Iterator<Item = usize> {
    (0..parts).map(move |part| pupils / parts + usize::from(part < pupils % parts))
}

/// A, B, … Z, AA, AB, …
fn letters(index: usize) -> String {
    let last = char::from(b'A' + u8::try_from(index % 26).unwrap_or_default());
    match (index / 26).checked_sub(1) {
        Some(before) => format!("{}{last}", letters(before)),
        None => last.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sizes: [usize; 8]) -> Vec<String> {
        let sizes = (NURSERY..).zip(sizes).collect();
        let mut used = BTreeSet::new();
        plan(&sizes).iter().map(|class| name(class, None, &mut used)).collect()
    }

    #[test]
    fn a_tiny_school_has_infants_and_juniors() {
        let classes = names([2, 4, 4, 4, 4, 4, 4, 4]);
        assert_eq!(classes, ["Nursery AM", "Nursery PM", "R/1/2", "3/4/5/6"]);
    }

    #[test]
    fn a_one_form_school_has_a_mixed_class() {
        let classes = names([20, 27, 27, 27, 27, 27, 27, 28]);
        assert_eq!(
            classes,
            ["Nursery AM", "Nursery PM", "RA", "1A", "2A", "3A", "4A", "5A", "6A", "3/4"]
        );
    }

    #[test]
    fn classes_hold_everybody_once() {
        let sizes: BTreeMap<i8, usize> =
            (NURSERY..).zip([170, 250, 251, 252, 253, 254, 255, 256]).collect();
        let mut found: BTreeMap<i8, usize> = BTreeMap::new();
        for class in plan(&sizes) {
            assert!(class.parts.iter().map(|(_, count)| count).sum::<usize>() <= 30, "{class:?}");
            for (year, count) in class.parts {
                *found.entry(year).or_default() += count;
            }
        }
        assert_eq!(found, sizes);
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 25, 26, 27, 52].map(letters), ["A", "Z", "AA", "AB", "BA"]);
    }
}
