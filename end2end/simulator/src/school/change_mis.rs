//! A change of MIS: the same people and groups under new ids.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::{GroupKind, School};

impl School {
    /// Moves the school to another MIS.
    ///
    /// Everybody and every group gets a new number, GUID and XID. The numbers begin where the old
    /// ones did, so an old number now belongs to somebody else. Years are written in the new MIS's
    /// way ("Year 4", one space).
    pub fn change_mis(&mut self, now: NaiveDateTime) {
        let mut draw = self.next_draw();
        self.mis = if self.mis == "arbor" { "bromcom" } else { "arbor" }.into();

        let first = self.pupils.iter().map(|pupil| pupil.id).min().unwrap_or(1) + 1;
        let mut pupil_ids = BTreeMap::new();
        for (id, pupil) in (first..).zip(&mut self.pupils) {
            pupil_ids.insert(pupil.id, id);
            pupil.id = id;
            pupil.external_id = draw.guid();
            pupil.xid = draw.xid(&mut self.next_xid);
            pupil.last_updated = now;
        }
        self.next_pupil = first + u32::try_from(self.pupils.len()).unwrap_or_default();

        let first = self.staff.iter().map(|member| member.id).min().unwrap_or(1) + 1;
        let mut staff_ids = BTreeMap::new();
        for (id, member) in (first..).zip(&mut self.staff) {
            staff_ids.insert(member.id, id);
            member.id = id;
            member.external_id = draw.guid();
            member.xid = draw.xid(&mut self.next_xid);
            member.last_updated = now;
        }
        self.next_staff = first + u32::try_from(self.staff.len()).unwrap_or_default();

        let first = self.groups.iter().map(|group| group.id).min().unwrap_or(1) + 1;
        let mut group_ids = BTreeMap::new();
        for (id, group) in (first..).zip(&mut self.groups) {
            group_ids.insert(group.id, id);
            group.id = id;
            group.external_id = draw.guid();
            group.xid = draw.xid(&mut self.next_xid);
            group.last_updated = now;
            renumber(&mut group.staff, &staff_ids);
            group.primary_staff = group.primary_staff.and_then(|id| staff_ids.get(&id).copied());
            if group.kind == GroupKind::Year {
                group.name = group.name.split_whitespace().collect::<Vec<_>>().join(" ");
            }
        }
        self.next_group = first + u32::try_from(self.groups.len()).unwrap_or_default();

        for pupil in &mut self.pupils {
            renumber(&mut pupil.classes, &group_ids);
            renumber(&mut pupil.teaching_groups, &group_ids);
            pupil.house = pupil.house.and_then(|id| group_ids.get(&id).copied());
            pupil.year_group = pupil.year_group.and_then(|id| group_ids.get(&id).copied());
        }
        let authorisation = &mut self.authorisation;
        for (left_out, ids) in [
            (&mut authorisation.left_out_pupils, &pupil_ids),
            (&mut authorisation.left_out_staff, &staff_ids),
            (&mut authorisation.left_out_groups, &group_ids),
        ] {
            *left_out = left_out.iter().filter_map(|id| ids.get(id).copied()).collect();
        }
        self.touch(now);
    }
}

fn renumber(own: &mut [u32], ids: &BTreeMap<u32, u32>) {
    for id in own {
        if let Some(new) = ids.get(id) {
            *id = *new;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SchoolSpec, generate};

    #[test]
    fn everybody_has_new_ids_and_stays_in_the_same_class() {
        let before = generate::school(&SchoolSpec::new("3281102").pupils(120).seed(7));
        let mut after = before.clone();
        after.change_mis(before.read_at);
        assert_eq!(after.mis, "arbor");
        let mut reused = 0;
        for (old, new) in before.pupils.iter().zip(&after.pupils) {
            assert_ne!((old.id, &old.xid), (new.id, &new.xid));
            assert_eq!((&old.upn, &old.surname), (&new.upn, &new.surname));
            let class = |school: &School, pupil: &super::super::Pupil| {
                pupil.classes.first().map(|id| school.group(*id).unwrap().name.clone())
            };
            assert_eq!(class(&before, old), class(&after, new));
            reused += usize::from(before.pupil(new.id).is_some());
        }
        assert!(reused > 0, "an old number now belongs to somebody else");
        assert!(after.groups.iter().any(|group| group.name == "Year 4"));
    }
}
