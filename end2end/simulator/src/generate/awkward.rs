//! The pupils whose records give trouble in every real school, put among the others.
//!
//! A small school gets as many as leave some ordinary children over, in the order below.

use std::collections::BTreeSet;

use super::Draw;
use crate::school::{Enrolment, GroupKind, NURSERY, Pupil, PupilStatus, School, upn};

/// Turns ordinary pupils into the awkward ones.
pub(super) fn bring_in(school: &mut School, draw: &mut Draw) {
    let mut places = Places::new(school);
    twins(school, &mut places);
    nursery_child_in_two_classes(school, &mut places);
    let twists: [(i8, Twist); 8] = [
        (2, |pupil| pupil.classes.clear()),
        (3, |pupil| pupil.upn = pupil.upn.as_deref().map(upn::spoil_check_letter)),
        (4, |pupil| called(pupil, "Mary-Jane", "Smith-Jones", 'F')),
        (1, |pupil| called(pupil, "Connor", "O'Brien", 'M')),
        (5, |pupil| called(pupil, "Zoë", "Müller", 'F')),
        (6, |pupil| called(pupil, "Min", "O", 'F')),
        (2, |pupil| called(pupil, "JAYDEN", "BROWN", 'M')),
        (6, |pupil| pupil.upn = None),
    ];
    apply(school, &mut places, &twists);
    namesakes(school, &mut places);
    let twists: [(i8, Twist); 14] = [
        (5, |pupil| called(pupil, "Łukasz", "Wiśniewski", 'M')),
        (3, |pupil| pupil.upn = temporary(pupil)),
        (4, |pupil| pupil.former_upn = former(pupil)),
        (1, |pupil| called(pupil, "ellie-mae", "carter", 'F')),
        (0, |pupil| called(pupil, "Aoife", "O\u{2019}Neill", 'F')),
        (6, |pupil| called(pupil, "Maximilian-Alexander", "Featherstonehaugh-Cholmondeley", 'M')),
        (0, |pupil| called(pupil, "Ava  Grace", " de la Cruz ", 'F')),
        // One name only; the MIS insists on a surname.
        (2, |pupil| called(pupil, "Ananda", "-", 'M')),
        (5, |pupil| called(pupil, "Đặng Ánh", "Nguyễn", 'F')),
        // Known by another surname than the legal one.
        (1, |pupil| pupil.surname = "Whitfield".into()),
        // Forename and initial together read badly; and a surname that only seems to.
        (4, |pupil| called(pupil, "Shi", "Tan", 'M')),
        (3, |pupil| called(pupil, "Isaac", "Cockburn", 'M')),
        (0, |pupil| called(pupil, "Søren", "Ångström", 'M')),
        (-1, |pupil| called(pupil, "N'Golo", "D'Arcy-Adébáyò", 'M')),
    ];
    apply(school, &mut places, &twists);
    // Some children's middle name is recorded as part of the forename, whatever their name.
    if places.left > 4
        && let Some(index) = places.take(school, 2)
        && let Some(pupil) = school.pupils.get_mut(index)
    {
        let second = draw.word(&["Rose", "James", "May", "Lee"]);
        pupil.forename = format!("{} {second}", pupil.forename);
    }
}

type Twist = fn(&mut Pupil);

/// Which pupils are still ordinary, and how many may be changed.
struct Places {
    used: BTreeSet<usize>,
    left: usize,
}

impl Places {
    fn new(school: &School) -> Self {
        Self { used: BTreeSet::new(), left: school.spec.pupils as usize * 2 / 3 }
    }

    /// The next ordinary pupil of this year.
    fn take(&mut self, school: &School, nc_year: i8) -> Option<usize> {
        if self.left == 0 {
            return None;
        }
        let index = school.pupils.iter().enumerate().position(|(index, pupil)| {
            pupil.nc_year == nc_year
                && pupil.status == PupilStatus::OnRoll
                && matches!(pupil.enrolment, Enrolment::Single)
                && !self.used.contains(&index)
        })?;
        self.used.insert(index);
        self.left -= 1;
        Some(index)
    }
}

fn apply(school: &mut School, places: &mut Places, twists: &[(i8, Twist)]) {
    for (nc_year, twist) in twists {
        if let Some(pupil) =
            places.take(school, *nc_year).and_then(|index| school.pupils.get_mut(index))
        {
            twist(pupil);
        }
    }
}

/// Gives a pupil this name, in every place where a name is kept.
fn called(pupil: &mut Pupil, forename: &str, surname: &str, gender: char) {
    pupil.forename = forename.into();
    pupil.legal_forename = forename.into();
    pupil.surname = surname.into();
    pupil.legal_surname = surname.into();
    pupil.middle_name = None;
    pupil.gender = gender;
}

/// Two of one birthday, surname and initial, in one class.
fn twins(school: &mut School, places: &mut Places) {
    let (Some(first), Some(second)) = (places.take(school, 5), places.take(school, 5)) else {
        return;
    };
    let elder = school.pupils.get(first).cloned();
    let class = elder.as_ref().map(|pupil| (pupil.born, pupil.classes.clone(), pupil.house));
    for (index, forename) in [(first, "Isabel"), (second, "Imogen")] {
        if let Some(pupil) = school.pupils.get_mut(index) {
            called(pupil, forename, "Hartley", 'F');
            if let Some((born, classes, house)) = &class {
                pupil.born = *born;
                pupil.classes.clone_from(classes);
                pupil.house = *house;
            }
        }
    }
}

/// Two of one name in one year, and two of one name in different years.
fn namesakes(school: &mut School, places: &mut Places) {
    let same: [(&str, &str, [i8; 2]); 2] =
        [("Oliver", "Smith", [3, 6]), ("Mohammed", "Khan", [4, 4])];
    for (forename, surname, years) in same {
        for year in years {
            if let Some(pupil) =
                places.take(school, year).and_then(|index| school.pupils.get_mut(index))
            {
                called(pupil, forename, surname, 'M');
            }
        }
    }
}

/// A child who comes in the morning and in the afternoon.
fn nursery_child_in_two_classes(school: &mut School, places: &mut Places) {
    let halves: Vec<u32> = school
        .groups
        .iter()
        .filter(|group| group.kind == GroupKind::Registration && group.nc_year == Some(NURSERY))
        .map(|group| group.id)
        .collect();
    if let Some(pupil) = places.take(school, NURSERY).and_then(|index| school.pupils.get_mut(index))
    {
        let other = halves.into_iter().find(|group| !pupil.classes.contains(group));
        pupil.classes.extend(other);
    }
}

/// A UPN that will be replaced: its last character is a letter.
fn temporary(pupil: &Pupil) -> Option<String> {
    let rest = pupil.upn.as_deref()?.get(1..12)?;
    upn::with_check_letter(&format!("{rest}B"))
}

/// Another UPN that the pupil had at the school before.
fn former(pupil: &Pupil) -> Option<String> {
    let rest = pupil.upn.as_deref()?.get(4..)?;
    upn::with_check_letter(&format!("999{rest}"))
}
