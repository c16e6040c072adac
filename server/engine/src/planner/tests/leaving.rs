//! Who leaves and who stays although the MIS no longer sends them.

use rollcall_shared::people::{AccountStatus, PersonKind};
use rollcall_shared::plan::WarningCode;

use super::*;

fn two_pupils() -> Vec<crate::domain::roster::RosterPupil> {
    vec![pupil("1", "Amy Hill"), pupil("2", "Ben Wood")]
}

fn staff() -> Vec<crate::domain::roster::RosterStaff> {
    vec![teacher("1", "Jane Smith")]
}

#[test]
fn a_person_who_a_narrowed_consent_left_out_stays_in_later_runs_until_they_are_seen_again() {
    let mut state = state(vec![]);
    let plan = planned(&roster(two_pupils(), staff()), &state);
    apply(&mut state, &plan);

    // Whole groups were left out: nothing in the feed names them.
    let mut narrowed = roster(vec![pupil("1", "Amy Hill")], staff());
    narrowed.may_be_narrowed = true;
    let plan = planned(&narrowed, &state);
    assert_eq!(plan.totals.pupils.left, 0);
    apply(&mut state, &plan);

    for _ in 0..2 {
        let later = roster(vec![pupil("1", "Amy Hill")], staff());
        let plan = planned(&later, &state);
        assert_eq!(plan.totals.pupils.left, 0);
        let ben = person(&plan, "Ben Wood");
        assert!(ben.view.warnings.iter().any(|one| one.code == WarningCode::AbsentButKept));
        apply(&mut state, &plan);
    }

    // Seen again, and then really gone.
    let plan = planned(&roster(two_pupils(), staff()), &state);
    apply(&mut state, &plan);
    let plan = planned(&roster(vec![pupil("1", "Amy Hill")], staff()), &state);
    assert_eq!(plan.totals.pupils.left, 1);
    apply(&mut state, &plan);
    let in_trash = state.accounts.iter().filter(|one| one.status == AccountStatus::Trash);
    assert_eq!(in_trash.count(), 1);
}

#[test]
fn where_only_listed_people_are_shared_nobody_leaves_by_being_absent() {
    let mut state = state(vec![]);
    let plan = planned(&roster(two_pupils(), staff()), &state);
    apply(&mut state, &plan);
    let mut opt_in = roster(vec![pupil("1", "Amy Hill")], staff());
    opt_in.only_listed = true;
    let plan = planned(&opt_in, &state);
    assert_eq!(plan.totals.pupils.left, 0);
    assert!(person(&plan, "Ben Wood").view.warnings[0].message.contains("no longer shares them"));
}

#[test]
fn somebody_withheld_by_guid_or_xporters_id_does_not_leave_whatever_the_mis() {
    let mut state = state(vec![]);
    let plan = planned(&roster(two_pupils(), staff()), &state);
    apply(&mut state, &plan);
    for id in ["guid-2", "xid-2"] {
        let mut listed = roster(vec![pupil("1", "Amy Hill")], staff());
        listed.mis = Some("arbor".into());
        listed.withheld_pupils.insert(id.into());
        assert_eq!(planned(&listed, &state).totals.pupils.left, 0, "{id} on the list");
        let mut by_row = roster(vec![pupil("1", "Amy Hill")], staff());
        by_row.mis = Some("arbor".into());
        by_row.other_ids_of_withheld.entry(PersonKind::Pupil).or_default().insert(id.into());
        assert_eq!(planned(&by_row, &state).totals.pupils.left, 0, "{id} of a row");
    }
}
