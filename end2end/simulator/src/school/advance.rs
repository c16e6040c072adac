//! A new school year: everyone moves up, the top year leaves, an intake arrives.

use chrono::{NaiveDate, NaiveDateTime};

use super::{GroupKind, NURSERY, Pupil, PupilStatus, School, Staff, StaffStatus, TOP_YEAR};
use crate::generate::{self, Draw};

impl School {
    /// Moves the MIS on to the next school year.
    ///
    /// The top year leaves, those expected arrive and others with them, so that Nursery and
    /// Reception are as full as before; classes and teaching groups are made again (with new ids);
    /// a few staff go and others come.
    pub fn advance_year(&mut self, now: NaiveDateTime) {
        let places = |school: &Self, nc_year| {
            school
                .pupils
                .iter()
                .filter(|pupil| pupil.status == PupilStatus::OnRoll && pupil.nc_year == nc_year)
                .count()
        };
        let (nursery, reception) = (places(self, NURSERY), places(self, 0));
        self.academic_year += 1;
        let mut draw = self.next_draw();
        self.move_everybody_up();
        self.admit_expected();
        for (nc_year, size) in [(NURSERY, nursery), (0, reception)] {
            self.fill(nc_year, size, &mut draw);
        }
        self.change_some_staff(&mut draw);
        generate::arrange_classes(self, &mut draw);
        generate::arrange_teaching_groups(self, &mut draw);
        self.expect_next_intake(&mut draw);
        for pupil in &mut self.pupils {
            pupil.last_updated = now;
        }
        for group in &mut self.groups {
            group.last_updated = now;
        }
        self.touch(now);
    }

    /// The random choices of the next thing that happens to this school.
    pub(super) fn next_draw(&mut self) -> Draw {
        self.events += 1;
        Draw::new(self.spec.seed, &self.spec.estab, self.events)
    }

    fn move_everybody_up(&mut self) {
        let end_of_year = NaiveDate::from_ymd_opt(i32::from(self.academic_year), 7, 22);
        for pupil in &mut self.pupils {
            pupil.nc_year = pupil.nc_year.saturating_add(1);
            if pupil.status == PupilStatus::OnRoll && pupil.nc_year > TOP_YEAR {
                pupil.left = end_of_year;
                pupil.leave();
            }
        }
    }

    fn admit_expected(&mut self) {
        let start = Self::year_start(self.academic_year);
        let expected = |pupil: &&mut Pupil| {
            pupil.status == PupilStatus::PreAdmission && pupil.entered <= start
        };
        let houses: Vec<u32> = self
            .groups
            .iter()
            .filter(|group| group.kind == GroupKind::House)
            .map(|group| group.id)
            .collect();
        for pupil in self.pupils.iter_mut().filter(expected) {
            pupil.status = PupilStatus::OnRoll;
            pupil.house = houses.get(pupil.id as usize % houses.len().max(1)).copied();
        }
    }

    /// Admits as many as this year has places.
    fn fill(&mut self, nc_year: i8, places: usize, draw: &mut Draw) {
        let taken = self
            .pupils
            .iter()
            .filter(|pupil| pupil.status == PupilStatus::OnRoll && pupil.nc_year == nc_year)
            .count();
        let start = Self::year_start(self.academic_year);
        for _ in taken..places {
            let pupil = generate::new_pupil(self, draw, nc_year, start);
            self.pupils.push(pupil);
        }
    }

    /// Some class teachers and assistants go, those expected come, and each who went is replaced.
    fn change_some_staff(&mut self, draw: &mut Draw) {
        // Two in five are teachers. No more than a tenth of them go: where more do, a sync asks
        // whether that is so.
        let changing = (self.spec.staff / 25).max(1) as usize;
        let mut gone: Vec<String> = Vec::new();
        for role in ["Class teacher", "Teaching assistant"] {
            let leavers = self
                .staff
                .iter_mut()
                .filter(|member| member.status == StaffStatus::Current && member.role == role)
                .skip(draw.below(3) as usize)
                .take(changing);
            for member in leavers {
                member.status = StaffStatus::Previous;
                gone.push(member.role.clone());
            }
        }
        let is_expected = |member: &Staff| member.status == StaffStatus::Future;
        for member in self.staff.iter_mut().filter(|member| is_expected(member)) {
            member.status = StaffStatus::Current;
            if let Some(place) = gone.iter().position(|role| *role == member.role) {
                gone.remove(place);
            }
        }
        for role in gone {
            let member = generate::new_staff(self, draw, &role);
            self.staff.push(member);
        }
    }

    /// Next September's first children are on the list already.
    fn expect_next_intake(&mut self, draw: &mut Draw) {
        let start = Self::year_start(self.academic_year + 1);
        for _ in 0..(self.spec.pupils / 20).max(1) {
            let mut pupil = generate::new_pupil(self, draw, NURSERY - 1, start);
            pupil.status = PupilStatus::PreAdmission;
            pupil.year_group = None;
            pupil.house = None;
            self.pupils.push(pupil);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::SchoolSpec;

    fn advanced() -> (School, School) {
        let before = generate::school(&SchoolSpec::new("3281102").pupils(210).staff(30).seed(7));
        let mut after = before.clone();
        let now = School::year_start(2026).and_hms_opt(3, 0, 0).unwrap();
        after.advance_year(now);
        (before, after)
    }

    fn on_roll(school: &School) -> BTreeMap<u32, &Pupil> {
        school
            .pupils
            .iter()
            .filter(|pupil| pupil.status == PupilStatus::OnRoll)
            .map(|pupil| (pupil.id, pupil))
            .collect()
    }

    #[test]
    fn everyone_moves_up_and_the_top_year_leaves() {
        let (before, after) = advanced();
        assert_eq!(after.academic_year, 2026);
        for (id, pupil) in on_roll(&before) {
            let now = after.pupil(id).unwrap();
            if pupil.nc_year == TOP_YEAR {
                assert_eq!(now.status, PupilStatus::Leaver);
                assert_eq!(now.left, NaiveDate::from_ymd_opt(2026, 7, 22));
                assert!(now.classes.is_empty() && now.year_group.is_none());
            } else {
                assert_eq!(now.nc_year, pupil.nc_year + 1);
                assert_eq!(now.classes.len(), 1);
                let year = after.group(now.year_group.unwrap()).unwrap();
                assert_eq!(year.nc_year, Some(now.nc_year));
            }
        }
    }

    #[test]
    fn an_intake_fills_nursery_and_reception() {
        let (before, after) = advanced();
        let count = |school: &School, nc_year| {
            on_roll(school).values().filter(|pupil| pupil.nc_year == nc_year).count()
        };
        assert_eq!(count(&before, NURSERY), count(&after, NURSERY));
        assert_eq!(count(&before, 0), count(&after, 0));
        let new = on_roll(&after).into_keys().filter(|id| !on_roll(&before).contains_key(id));
        assert!(new.count() > 20);
    }

    #[test]
    fn classes_are_new_and_classmates_stay_together() {
        let (before, after) = advanced();
        let ids = |school: &School, kind| {
            school
                .groups
                .iter()
                .filter(|group| group.kind == kind)
                .map(|group| group.id)
                .collect::<Vec<u32>>()
        };
        let old = ids(&before, GroupKind::Registration);
        assert!(ids(&after, GroupKind::Registration).iter().all(|id| !old.contains(id)));
        assert_eq!(ids(&before, GroupKind::Year), ids(&after, GroupKind::Year));
    }

    #[test]
    fn as_many_staff_come_as_go() {
        let (before, after) = advanced();
        let current = |school: &School| {
            school.staff.iter().filter(|one| one.status == StaffStatus::Current).count()
        };
        assert!(current(&after) >= current(&before));
        assert!(after.staff.len() > before.staff.len());
    }

    #[test]
    fn many_years_can_pass() {
        let (_, mut school) = advanced();
        for year in 2027..2040 {
            school.advance_year(School::year_start(year).and_hms_opt(3, 0, 0).unwrap());
            let size = on_roll(&school).len();
            assert!((150..320).contains(&size), "{size} in {year}");
        }
    }
}
