//! What holds for every school, whatever its people: drawn at random from few names, few ids and
//! few dates, so that they clash a great deal.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::prelude::*;
use rollcall_shared::people::Role;
use rollcall_shared::plan::{ChangeKind, PersonField, PlanList};
use rollcall_shared::settings::{StaffScope, SubjectGroupChoice};

use super::super::{Undoing, undo};
use super::planned_with;
use crate::domain::accounts::{Account, LastApplied, SchoolState};
use crate::domain::plan::Plan;
use crate::domain::roster::{PupilStatus, Roster, RosterPupil, RosterStaff, StaffStatus};
use crate::fixtures::*;

const FORENAMES: [&str; 6] = ["Amy", "Sam", "Samuel", "Zoë", "Mary-Jane", "★"];
const SURNAMES: [&str; 5] = ["Hill", "Hill-Wood", "O'Brien", "Ng", ""];

fn some_of<T: Clone + std::fmt::Debug + 'static>(
    strategy: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Option<T>> {
    prop_oneof![Just(None), strategy.prop_map(Some)]
}

fn names() -> impl Strategy<Value = (&'static str, &'static str)> {
    (prop::sample::select(&FORENAMES[..]), prop::sample::select(&SURNAMES[..]))
}

fn dates() -> impl Strategy<Value = Option<chrono::NaiveDate>> {
    prop::sample::select(vec![None, day("2017-09-02"), day("2018-08-30")])
}

fn upns() -> impl Strategy<Value = Option<String>> {
    prop::sample::select(vec![None, None, upn(1), upn(2), upn(3), Some("B123".into())])
}

fn pupils() -> impl Strategy<Value = Vec<RosterPupil>> {
    let one = (
        1_u32..14,
        names(),
        dates(),
        (upns(), upns()),
        prop::sample::select(vec![
            PupilStatus::OnRoll,
            PupilStatus::OnRoll,
            PupilStatus::OnRoll,
            PupilStatus::Leaver,
            PupilStatus::PreAdmission,
        ]),
        prop::sample::select(vec![Some("y3"), Some("y4"), Some("y6"), Some("y9"), None]),
        prop::sample::select(vec![Some("c3"), Some("c4"), Some("c9"), None]),
    )
        .prop_map(|(id, (forename, surname), born, (upn, former), status, year, class)| {
            RosterPupil {
                date_of_birth: born,
                upn,
                former_upn: former,
                status,
                year_group: year.map(str::to_owned),
                class: class.map(str::to_owned),
                ..pupil(&id.to_string(), &format!("{forename} {surname}"))
            }
        });
    prop::collection::vec(one, 0..10)
}

fn emails() -> impl Strategy<Value = Option<String>> {
    prop::sample::select(vec![
        None,
        Some("a@x.example"),
        Some("b@x.example"),
        Some("C@x.example"),
        Some("n/a"),
    ])
    .prop_map(|email| email.map(str::to_owned))
}

fn staff() -> impl Strategy<Value = Vec<RosterStaff>> {
    let one = (
        1_u32..8,
        names(),
        emails(),
        emails(),
        any::<bool>(),
        prop::sample::select(vec![
            StaffStatus::Current,
            StaffStatus::Current,
            StaffStatus::Previous,
            StaffStatus::Future,
        ]),
    )
        .prop_map(|(id, (forename, surname), work, home, is_teacher, status)| RosterStaff {
            work_email: work,
            home_email: home,
            is_teacher: Some(is_teacher),
            status,
            ..teacher(&id.to_string(), &format!("{forename} {surname}"))
        });
    prop::collection::vec(one, 0..6)
}

/// What an admin changed by hand.
fn kept() -> impl Strategy<Value = BTreeSet<PersonField>> {
    prop::sample::subsequence(BY_HAND.to_vec(), 0..=3)
        .prop_map(|fields| fields.into_iter().collect())
}

fn accounts() -> impl Strategy<Value = Vec<Account>> {
    let of_pupil = (names(), dates(), upns(), some_of(1_u32..14), any::<bool>(), 3_u8..7, kept())
        .prop_map(|((forename, surname), born, upn, linked, left, year, kept)| {
            let account = Account {
                kept,
                date_of_birth: born,
                upn,
                link: linked.and_then(|id| link(&id.to_string())),
                ..account(0, &format!("{forename} {surname}"))
                    .in_year(year)
                    .in_class(class_id(u128::from(year)))
            };
            if left { account.left() } else { account }
        });
    let of_staff = (names(), emails(), some_of(1_u32..8), kept(), 0_u8..3).prop_map(
        |((forename, surname), email, linked, kept, role)| Account {
            email,
            kept,
            link: linked.and_then(|id| link(&id.to_string())),
            ..staff_account(0, &format!("{forename} {surname}"))
                .with_email("")
                .with_role([Role::Teacher, Role::SupportStaff, Role::Admin][usize::from(role)])
        },
    );
    prop::collection::vec(prop_oneof![of_pupil.boxed(), of_staff.boxed()], 0..10).prop_map(
        |mut accounts| {
            let mut emails = HashSet::new();
            let mut links = HashSet::new();
            for (account, id) in accounts.iter_mut().zip(100..) {
                // One person of the MIS has one account, however it came about.
                let kind = account.kind();
                account.link =
                    account.link.take().filter(|link| links.insert((kind, link.ids.id.clone())));
                account.id = account_id(id);
                account.username = format!("user{id}");
                // E-mails are unique among active people.
                account.email = account
                    .email
                    .take()
                    .filter(|email| email.contains('@') && emails.insert(email.to_lowercase()));
            }
            accounts
        },
    )
}

fn schools() -> impl Strategy<Value = (Roster, SchoolState, bool, bool)> {
    (pupils(), staff(), accounts(), any::<[bool; 5]>()).prop_map(
        |(pupils, staff, accounts, [narrowed, is_rollover, all_staff, chosen, group])| {
            let mut roster = roster(pupils, staff);
            roster.may_be_narrowed = narrowed;
            if group {
                let mut maths = super::group("m1", "Maths A");
                maths.pupils = roster.pupils.iter().map(|pupil| pupil.ids.id.clone()).collect();
                maths.staff = roster.staff.iter().map(|one| one.ids.id.clone()).collect();
                roster.subject_groups.push(maths);
            }
            let mut state = state(accounts);
            state.classes = (3..=6)
                .map(|n| {
                    let class = class(n, &format!("CLASS{n}"));
                    if n == 4 { class.linked("c4") } else { class }
                })
                .collect();
            state.reserved_usernames =
                state.accounts.iter().map(|one| (one.username.clone(), Some(one.id))).collect();
            state.last_applied = is_rollover.then(last_year);
            (roster, state, all_staff, chosen)
        },
    )
}

fn settings_of(all_staff: bool, chosen: bool) -> rollcall_shared::settings::Settings {
    let mut settings = settings();
    if all_staff {
        settings.staff_scope = StaffScope::AllStaff;
    }
    if chosen {
        settings.subject_groups.push(SubjectGroupChoice {
            mis_id: "m1".into(),
            name: "Maths A".into(),
            ..SubjectGroupChoice::default()
        });
    }
    settings
}

fn actions(plan: &Plan) -> impl Iterator<Item = &crate::domain::plan::Action> {
    plan.people.iter().filter_map(|person| person.action.as_ref())
}

/// The active accounts, and the name and link of each class somebody active is in.
fn active(state: &SchoolState) -> (Vec<Account>, BTreeSet<(String, Option<String>)>) {
    let accounts: Vec<Account> =
        state.accounts.iter().filter(|account| account.is_active()).cloned().collect();
    let filled: BTreeSet<_> = accounts
        .iter()
        .flat_map(|account| account.class.iter().chain(&account.groups))
        .copied()
        .collect();
    let classes = state
        .classes
        .iter()
        .filter(|class| filled.contains(&class.id))
        .map(|class| (class.name.clone(), class.link.as_ref().map(|link| link.ids.id.clone())))
        .collect();
    (accounts, classes)
}

/// Takes a plan back that has just been applied, as the worker does in the database.
fn undone(state: &mut SchoolState, plan: &Plan, last_applied: Option<LastApplied>) {
    let actions: Vec<_> = actions(plan).cloned().collect();
    let used = BTreeSet::new();
    let (actions, classes) = (&actions[..], &plan.classes[..]);
    let back = undo(Undoing {
        actions,
        classes,
        state,
        used: &used,
        purged: &BTreeMap::new(),
        now: now(),
    });
    apply(state, &back);
    state.last_applied = last_applied;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_run_that_is_taken_back_leaves_active_people_and_their_classes_as_they_were(
        (roster, mut state, all_staff, chosen) in schools(),
    ) {
        let before = state.clone();
        let plan = planned_with(&roster, &settings_of(all_staff, chosen), &state);
        apply(&mut state, &plan);
        undone(&mut state, &plan, before.last_applied.clone());
        prop_assert_eq!(active(&state), active(&before));
        prop_assert_eq!(state.last_applied, before.last_applied);
    }

    #[test]
    fn a_run_that_is_taken_back_and_made_again_gives_the_same_people_the_same_accounts(
        (roster, mut state, all_staff, chosen) in schools(),
    ) {
        let before = state.last_applied.clone();
        let settings = settings_of(all_staff, chosen);
        let plan = planned_with(&roster, &settings, &state);
        apply(&mut state, &plan);
        let logins = |state: &SchoolState| -> BTreeSet<_> {
            let active = state.accounts.iter().filter(|account| account.is_active());
            active.map(|account| (account.id, account.username.clone())).collect()
        };
        let first = logins(&state);
        undone(&mut state, &plan, before);
        let again = planned_with(&roster, &settings, &state);
        prop_assert_eq!(again.totals.pupils.created + again.totals.staff.created, 0);
        apply(&mut state, &again);
        prop_assert_eq!(logins(&state), first);
    }

    #[test]
    fn the_order_of_the_feed_does_not_count(
        (roster, state, all_staff, chosen) in schools(),
    ) {
        let settings = settings_of(all_staff, chosen);
        let plan = planned_with(&roster, &settings, &state);
        let mut turned = roster;
        turned.pupils.reverse();
        turned.staff.reverse();
        turned.classes.reverse();
        turned.year_groups.reverse();
        prop_assert_eq!(plan, planned_with(&turned, &settings, &state));
    }

    #[test]
    fn a_second_plan_after_applying_changes_nothing(
        (roster, state, all_staff, chosen) in schools(),
    ) {
        let settings = settings_of(all_staff, chosen);
        let mut state = state;
        let plan = planned_with(&roster, &settings, &state);
        apply(&mut state, &plan);
        // Of two accounts with one UPN the leaving of one tells whose it is, which the next run
        // goes by.
        let has_left = |upn: &Option<String>| {
            let mut leavings = actions(&plan).filter(|action| action.change == ChangeKind::Leave);
            upn.is_some() && leavings.any(|action| action.after.upn == *upn)
        };
        let mut active = state.accounts.iter().filter(|account| account.is_active());
        prop_assume!(!active.any(|account| has_left(&account.upn)));
        let again = planned_with(&roster, &settings, &state);
        let changed: Vec<_> = again
            .people
            .iter()
            .filter(|person| person.action.is_some())
            .map(|person| (&person.view.name, person.view.list, &person.view.rule, &person.view.fields))
            .collect();
        prop_assert!(changed.is_empty(), "{:?}", changed);
        prop_assert_eq!(again.totals.classes.created + again.totals.classes.linked, 0);
    }

    #[test]
    fn nobody_is_lost_and_nobody_stands_twice(
        (roster, state, all_staff, chosen) in schools(),
    ) {
        let settings = settings_of(all_staff, chosen);
        let plan = planned_with(&roster, &settings, &state);
        let present = roster.pupils.iter().filter(|one| one.status != PupilStatus::Leaver).count()
            + roster.staff.iter().filter(|one| one.status != StaffStatus::Previous).count();
        prop_assert!(plan.people.len() >= present);
        let mut seen = BTreeSet::new();
        for account in plan.people.iter().filter_map(|person| person.view.account) {
            prop_assert!(seen.insert(account), "an account stands twice");
        }
        let totals = &plan.totals;
        let counted = totals.pupils.changes() + totals.pupils.unchanged
            + totals.staff.changes() + totals.staff.unchanged
            + totals.problems + totals.possible_duplicates + totals.not_imported
            + totals.unmatched;
        prop_assert_eq!(counted as usize, plan.people.len());
        let seqs: Vec<u32> = plan.people.iter().map(|person| person.view.seq).collect();
        prop_assert_eq!(seqs, (0..plan.people.len() as u32).collect::<Vec<_>>());
        prop_assert!(plan.people.iter().is_sorted_by_key(|person| person.action.is_none()));
    }

    #[test]
    fn no_credential_role_or_admin_is_ever_taken_away(
        (roster, state, all_staff, chosen) in schools(),
    ) {
        let settings = settings_of(all_staff, chosen);
        let plan = planned_with(&roster, &settings, &state);
        let mut usernames: BTreeSet<String> = state.reserved_usernames.keys().cloned().collect();
        for action in actions(&plan) {
            match &action.before {
                None => {
                    prop_assert_eq!(action.change, ChangeKind::Create);
                    prop_assert!(usernames.insert(action.after.username.to_lowercase()));
                    prop_assert!((2..=20).contains(&action.after.username.len()));
                }
                Some(before) => {
                    prop_assert_eq!(&action.after.username, &before.username);
                    prop_assert!(action.password.is_none());
                    prop_assert_eq!(action.after.kind(), before.kind());
                    prop_assert!(before.role != Role::Admin || action.after.role == Role::Admin);
                    prop_assert!(
                        before.role != Role::Teacher || action.after.role == Role::Teacher
                    );
                    let after = action.after.clone();
                    prop_assert_eq!(&after.clone().with_kept_of(before), &after);
                    prop_assert_eq!(&after.kept, &before.kept);
                    prop_assert!(before.email.is_none() || action.after.email.is_some());
                    if action.change == ChangeKind::Leave {
                        prop_assert!(before.link.is_some());
                        prop_assert!(before.role != Role::Admin);
                        prop_assert_eq!(action.after.class, before.class);
                    }
                }
            }
        }
    }

    #[test]
    fn a_person_who_is_touched_has_a_field_to_show_for_it(
        (roster, state, all_staff, chosen) in schools(),
    ) {
        let mut roster = roster;
        let settings = settings_of(all_staff, chosen);
        let mut state = state;
        let first = planned_with(&roster, &settings, &state);
        apply(&mut state, &first);
        // What matching reads but no list of people shows: ids and former UPNs.
        for (pupil, place) in roster.pupils.iter_mut().zip(0_u32..) {
            match place % 3 {
                0 => pupil.ids.xid = pupil.ids.xid.take().map(|id| format!("new-{id}")),
                1 => pupil.ids.external_id = None,
                _ => pupil.former_upn = upn(40 + place),
            }
        }
        for person in planned_with(&roster, &settings, &state).people {
            prop_assert_eq!(person.action.is_some(), !person.view.fields.is_empty());
        }
    }

    #[test]
    fn a_candidate_never_leaves_and_e_mails_stay_unique(
        (roster, state, all_staff, chosen) in schools(),
    ) {
        let settings = settings_of(all_staff, chosen);
        let plan = planned_with(&roster, &settings, &state);
        let leaving: HashSet<_> = actions(&plan)
            .filter(|action| action.change == ChangeKind::Leave)
            .map(|action| action.after.id)
            .collect();
        for person in plan.people.iter().filter(|p| p.view.list == PlanList::PossibleDuplicate) {
            prop_assert!(!person.view.candidates.is_empty());
            for candidate in &person.view.candidates {
                prop_assert!(!leaving.contains(&candidate.account));
            }
        }
        let mut after = state;
        apply(&mut after, &plan);
        let mut emails = HashSet::new();
        for account in after.accounts.iter().filter(|account| account.is_active()) {
            if let Some(email) = &account.email {
                prop_assert!(emails.insert(email.to_lowercase()), "{} twice", email);
            }
        }
    }
}
