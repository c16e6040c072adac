//! A school that changes its MIS: everybody and every group has another id, and what was a number of
//! one child is another's.

use std::collections::BTreeSet;

use rollcall_engine::domain::accounts::Class;
use rollcall_shared::people::ClassKind;

use super::*;

async fn stored_read(bench: &Bench) {
    let roster = bench.state.connections.read_roster(&bench.school, &|_| ()).await.unwrap();
    assert!(bench.state.store.save_roster(bench.school.id, &roster).await.unwrap());
}

async fn possible_duplicates(bench: &Bench, plan: &PlanSummary) -> Vec<PlanPerson> {
    let asked = bench.state.store.list_everybody(plan.run, PlanList::PossibleDuplicate);
    asked.await.unwrap().into_iter().map(|person| person.view).collect()
}

/// Answers all that are asked about: the sure ones in bulk, the others by the account that fits
/// best.
async fn resolve_everybody(bench: &Bench) -> PlanSummary {
    let (state, school, by) = (&bench.state, bench.school.id, Some("Mx Head"));
    let plan = bench.plan().await;
    let mut plan = resolve::resolve_sure(state, school, plan.run, by).await.unwrap();
    assert_eq!(plan.sure_ones, 0);
    while let Some(person) = possible_duplicates(bench, &plan).await.first() {
        let resolution = Resolution::SamePersonAs(person.candidates[0].account);
        let answer = Resolve { seq: person.seq, resolution };
        plan = resolve::resolve(state, school, plan.run, answer, by).await.unwrap();
    }
    plan
}

#[tokio::test]
async fn after_a_change_of_mis_everybody_is_known_again_and_keeps_their_login() {
    on_both_engines(async |store: Store| {
        let spec = SchoolSpec::new(ESTAB).pupils(120).staff(18).seed(7);
        let school = Simulated::new(store, spec).await;
        let bench = &school.bench;
        let first = school.sync(ACCEPTING).await;
        assert_eq!(first.status, Status::Done, "{:?}", first.message);
        let logins = bench.logins().await;
        let before = bench.school_state().await;
        // Some have nothing but their name to be known by.
        school.mis.change(ESTAB, |mis| {
            for pupil in mis.pupils.iter_mut().step_by(5) {
                pupil.upn = None;
                pupil.former_upn = None;
            }
            for one in mis.staff.iter_mut().step_by(4) {
                one.work_email = one.work_email.take().map(|email| format!("new.{email}"));
            }
            for scope in [
                xod_simulator::school::Scope::StudentExtended,
                xod_simulator::school::Scope::StaffPersonalContact,
            ] {
                mis.authorisation.granted.remove(&scope);
            }
            mis.change_mis(fixtures::now().naive_utc());
        });

        // A night in between: anyone who is not sure is left out, and nobody leaves meanwhile.
        let night = school.sync(RunOptions::default()).await;
        assert_eq!(night.status, Status::Done, "{:?}", night.message);
        assert_eq!((night.left, night.created.pupils, night.created.staff), (0, 0, 0), "{night:?}");
        assert!(night.possible_duplicates > 10, "{night:?}");
        assert_eq!(bench.logins().await, logins);

        stored_read(bench).await;
        let plan = bench.plan().await;
        assert!(plan.sure_ones > 5, "{plan:?}");
        let asked = possible_duplicates(bench, &plan).await;
        assert!(
            asked.iter().all(|person| !person.candidates.is_empty() && person.as_new.is_some())
        );
        let plan = resolve_everybody(bench).await;
        assert_eq!(bench.finish(&plan).await.unwrap(), RunStatus::Queued);
        while apply_next(&bench.state).await.unwrap().is_some() {}
        assert_eq!(bench.status(&plan).await.0, RunStatus::Done);

        assert_eq!(bench.logins().await, logins, "the same accounts, usernames and passwords");
        let after = bench.school_state().await;
        let linked = |account: &&Account| account.is_active() && account.link.is_some();
        for account in after.accounts.iter().filter(linked) {
            let link = account.link.as_ref().unwrap();
            assert_eq!(link.mis.as_deref(), Some("arbor"), "{:?}", account.id);
        }
        let ids = |classes: &[Class]| {
            let of_kind = classes.iter().filter(|class| class.kind == ClassKind::Class);
            of_kind.map(|class| (class.id, class.name.clone())).collect::<BTreeSet<_>>()
        };
        assert_eq!(ids(&after.classes), ids(&before.classes), "the same classes");
        let place = |account: &Account| (account.id, account.class, account.year);
        assert_eq!(
            after.accounts.iter().map(place).collect::<Vec<_>>(),
            before.accounts.iter().map(place).collect::<Vec<_>>()
        );

        let again = school.sync(RunOptions::default()).await;
        assert_eq!((again.status, changes(&again)), (Status::Done, 0), "{again:?}");
        assert_eq!(again.possible_duplicates, 0);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_mis_with_upns_and_e_mails_needs_no_answer() {
    on_both_engines(async |store: Store| {
        let spec = SchoolSpec::new(ESTAB).pupils(90).staff(14).seed(9);
        let school = Simulated::new(store, spec).await;
        // A home address says of nobody who they are.
        school.mis.change(ESTAB, |mis| mis.staff.retain(|one| one.work_email.is_some()));
        school.sync(ACCEPTING).await;
        let logins = school.bench.logins().await;
        school.mis.change(ESTAB, |mis| mis.change_mis(fixtures::now().naive_utc()));
        let second = school.sync(RunOptions::default()).await;
        assert_eq!(second.status, Status::Done, "{:?}", second.message);
        let created = (second.created.pupils, second.created.staff);
        assert_eq!(
            (second.left, created, second.possible_duplicates),
            (0, (0, 0), 0),
            "{second:?}"
        );
        assert_eq!(school.bench.logins().await, logins);
        let third = school.sync(RunOptions::default()).await;
        assert_eq!((third.status, changes(&third)), (Status::Done, 0), "{third:?}");
    })
    .await;
}

#[tokio::test]
async fn a_change_of_mis_in_a_new_school_year_moves_everybody_up_all_the_same() {
    on_both_engines(async |store: Store| {
        let spec = SchoolSpec::new(ESTAB).pupils(120).staff(16).seed(7);
        let school = Simulated::new(store, spec).await;
        school.sync(ACCEPTING).await;
        let logins = school.bench.logins().await;
        let next_year = fixtures::now().naive_utc() + TimeDelta::days(365);
        school.mis.change(ESTAB, |mis| {
            mis.advance_year(next_year);
            mis.change_mis(next_year);
        });
        let second = school.sync(ACCEPTING).await;
        assert_eq!(second.status, Status::Done, "{:?}", second.message);
        assert!(second.moved > 50 && second.left > 5, "{second:?}");
        let after = school.bench.logins().await;
        let kept = logins.iter().filter(|(account, login)| after.get(account) == Some(login));
        assert_eq!(kept.count() as u32, logins.len() as u32 - second.left);
        let third = school.sync(RunOptions::default()).await;
        assert_eq!((third.status, changes(&third)), (Status::Done, 0), "{third:?}");
    })
    .await;
}
