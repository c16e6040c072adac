use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::school::{StaffStatus, has_right_check_letter};

fn has_pupil(school: &School, forename: &str, surname: &str) -> bool {
    school.on_roll().any(|pupil| pupil.forename == forename && pupil.surname == surname)
}

#[test]
fn the_same_values_give_the_same_school() {
    let spec = SchoolSpec::new("3281102").pupils(420).staff(46).seed(7);
    let json = |spec| serde_json::to_string(&school(spec)).unwrap();
    assert_eq!(json(&spec), json(&spec));
    assert_ne!(json(&spec), json(&spec.clone().seed(8)));
}

#[test]
fn a_school_has_the_people_that_real_schools_have() {
    let school = school(&SchoolSpec::new("3281102").pupils(420).staff(46).seed(7));
    assert_eq!(school.on_roll().count(), 420);
    for (forename, surname) in [
        ("Isabel", "Hartley"),
        ("Imogen", "Hartley"),
        ("Mary-Jane", "Smith-Jones"),
        ("Connor", "O'Brien"),
        ("Zoë", "Müller"),
        ("Łukasz", "Wiśniewski"),
        ("Min", "O"),
        ("JAYDEN", "BROWN"),
        ("ellie-mae", "carter"),
    ] {
        assert!(has_pupil(&school, forename, surname), "{forename} {surname}");
    }
    assert_eq!(school.on_roll().filter(|pupil| pupil.classes.is_empty()).count(), 1);
    assert_eq!(school.on_roll().filter(|pupil| pupil.classes.len() == 2).count(), 1);
    let namesakes = school
        .on_roll()
        .filter(|pupil| (pupil.forename.as_str(), pupil.surname.as_str()) == ("Oliver", "Smith"));
    assert!(namesakes.count() >= 2);
    let wrong = school
        .on_roll()
        .filter_map(|pupil| pupil.upn.as_deref())
        .filter(|upn| !has_right_check_letter(upn));
    assert_eq!(wrong.count(), 1);

    let current = || school.staff.iter().filter(|one| one.status == StaffStatus::Current);
    assert_eq!(current().count(), 46);
    let caterer = current().find(|one| one.role == "Caterer").unwrap();
    assert!(caterer.work_email.is_none() && caterer.home_email.is_none());
    assert!(caterer.home_phone.is_some());
    let shared = current()
        .filter(|one| one.work_email.as_deref() == Some("classteam@waterside.example"))
        .count();
    assert_eq!(shared, 2);
    let student_ids: BTreeSet<u32> = school.pupils.iter().map(|pupil| pupil.id).collect();
    assert!(school.staff.iter().any(|one| student_ids.contains(&one.id)), "ids are shared");
}

#[test]
fn the_smallest_school_still_has_the_awkward_people() {
    let school = school(&SchoolSpec::new("3281102").pupils(30));
    assert_eq!(school.on_roll().count(), 30);
    assert!(has_pupil(&school, "Zoë", "Müller"));
    assert!(has_pupil(&school, "Connor", "O'Brien"));
    assert_eq!(school.on_roll().filter(|pupil| pupil.classes.is_empty()).count(), 1);
}

#[test]
fn everybody_belongs_to_groups_that_exist() {
    let school = school(&SchoolSpec::new("3281102").pupils(420));
    let groups: BTreeSet<u32> = school.groups.iter().map(|group| group.id).collect();
    for pupil in school.on_roll() {
        assert!(pupil.year_group.is_some_and(|group| groups.contains(&group)));
        let own = pupil.classes.iter().chain(&pupil.teaching_groups).chain(&pupil.house);
        assert!(own.copied().all(|group| groups.contains(&group)));
    }
    let names: BTreeSet<&str> = school.groups.iter().map(|group| group.name.as_str()).collect();
    for name in ["Year  N2", "Reception", "Year  4", "Nursery AM", "Nursery PM", "3/4"] {
        assert!(names.contains(name), "{name} is missing from {names:?}");
    }
}

#[test]
fn twenty_thousand_pupils_are_there_at_once() {
    let school = school(&SchoolSpec::new("3281102").pupils(20_000).staff(1_500));
    assert_eq!(school.on_roll().count(), 20_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_school_is_sound(pupils in 30_u32..500, staff in 6_u32..90, seed in 0_u64..1_000_000) {
        let school = school(&SchoolSpec::new("3281102").pupils(pupils).staff(staff).seed(seed));
        prop_assert_eq!(school.on_roll().count(), pupils as usize);

        let mut upns = BTreeSet::new();
        let mut wrong = 0;
        for upn in school.pupils.iter().filter_map(|pupil| pupil.upn.as_deref()) {
            prop_assert_eq!(upn.len(), 13);
            prop_assert!(upns.insert(upn.get(1..).unwrap()), "{} is there twice", upn);
            wrong += usize::from(!has_right_check_letter(upn));
        }
        prop_assert_eq!(wrong, 1);

        let ids: BTreeSet<u32> = school.pupils.iter().map(|pupil| pupil.id).collect();
        prop_assert_eq!(ids.len(), school.pupils.len());
        let xids: BTreeSet<&str> = school.pupils.iter().map(|pupil| pupil.xid.as_str())
            .chain(school.staff.iter().map(|member| member.xid.as_str())).collect();
        prop_assert_eq!(xids.len(), school.pupils.len() + school.staff.len());
        let groups: BTreeSet<u32> = school.groups.iter().map(|group| group.id).collect();
        prop_assert_eq!(groups.len(), school.groups.len());

        let current = school.staff.iter().filter(|one| one.status == StaffStatus::Current);
        prop_assert_eq!(current.count(), staff as usize);
        prop_assert!(school.staff.iter().all(|member| !member.code.is_empty()));
    }
}
