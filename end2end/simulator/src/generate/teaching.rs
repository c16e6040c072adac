//! Teaching groups: sets, phonics and languages, with their subjects.

use std::collections::BTreeMap;

use super::{Draw, new_group};
use crate::school::{GroupKind, PupilStatus, School, StaffStatus, Subject};

/// A subject that is taught in groups.
struct Taught {
    local_id: u32,
    code: &'static str,
    subject: &'static str,
    /// What the groups are called.
    title: &'static str,
    years: &'static [i8],
    /// The largest a group may be.
    most: usize,
    /// Everybody in these years, or a third of them.
    for_all: bool,
}

const TAUGHT: [Taught; 4] = [
    Taught {
        local_id: 11,
        code: "PH",
        subject: "Phonics",
        title: "Phonics",
        years: &[0, 1, 2],
        most: 12,
        for_all: true,
    },
    Taught {
        local_id: 2,
        code: "MA",
        subject: "Mathematics",
        title: "Maths",
        years: &[3, 4, 5, 6],
        most: 20,
        for_all: true,
    },
    Taught {
        local_id: 7,
        code: "SP",
        subject: "Spanish",
        title: "Spanish",
        years: &[5, 6],
        most: 30,
        for_all: true,
    },
    Taught {
        local_id: 9,
        code: "MU",
        subject: "Music",
        title: "Strings",
        years: &[4],
        most: 16,
        for_all: false,
    },
];

/// Replaces last year's teaching groups by this year's; schools without any get none.
pub(crate) fn arrange(school: &mut School, draw: &mut Draw) {
    school.groups.retain(|group| group.kind != GroupKind::Teaching);
    for pupil in &mut school.pupils {
        pupil.teaching_groups.clear();
    }
    if !school.spec.teaching_groups {
        return;
    }
    let teachers: Vec<u32> = school
        .staff
        .iter()
        .filter(|member| member.status == StaffStatus::Current && member.is_teacher)
        .map(|member| member.id)
        .collect();
    let mut by_year: BTreeMap<i8, Vec<usize>> = BTreeMap::new();
    for (index, pupil) in school.pupils.iter().enumerate() {
        if pupil.status == PupilStatus::OnRoll {
            by_year.entry(pupil.nc_year).or_default().push(index);
        }
    }
    for taught in &TAUGHT {
        for year in taught.years {
            let mut pupils = by_year.get(year).cloned().unwrap_or_default();
            if !taught.for_all {
                pupils.truncate(pupils.len() / 3);
            }
            form_groups(school, draw, taught, *year, &pupils, &teachers);
        }
    }
}

/// Puts the pupils of one year into as many groups as the subject needs.
fn form_groups(
    school: &mut School,
    draw: &mut Draw,
    taught: &Taught,
    year: i8,
    pupils: &[usize],
    teachers: &[u32],
) {
    let count = pupils.len().div_ceil(taught.most);
    let year = if year == 0 { "R".into() } else { year.to_string() };
    for number in 1..=count {
        let mut name = format!("Year {year} {}", taught.title);
        if count > 1 {
            name = format!("{name} Group {number}");
        }
        let code = format!("{year}{}{number}", taught.code);
        let mut group = new_group(school, draw, GroupKind::Teaching, code, name);
        group.subject = Some(Subject {
            local_id: taught.local_id,
            code: taught.code.into(),
            name: taught.subject.into(),
        });
        group.primary_staff = draw.pick(teachers).copied();
        group.staff.extend(group.primary_staff);
        for index in pupils.iter().skip(number - 1).step_by(count) {
            if let Some(pupil) = school.pupils.get_mut(*index) {
                pupil.teaching_groups.push(group.id);
            }
        }
        school.groups.push(group);
    }
}
