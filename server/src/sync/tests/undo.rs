//! Undoing a run: what it takes back, what it leaves, and when it can be done.

use chrono::TimeDelta;
use rollcall_shared::ids::RunId;
use rollcall_shared::people::{EditPerson, PersonDetails};
use rollcall_shared::plan::WarningCode;
use rollcall_shared::run::Undoable;
use rollcall_shared::schedule::DigestChoice;
use rollcall_shared::time::TimeOfDay;
use rollcall_store::devices::Visit;
use rollcall_store::edit::Edited;
use rollcall_store::schedules::ChosenSchedule;

use super::*;
use crate::sync::undo;

impl Bench {
    /// Applies what is stored of the MIS, a minute after whatever was before.
    async fn brings_up_to_date(&self) -> RunId {
        self.state.clock.advance(TimeDelta::minutes(1));
        let plan = self.plan().await;
        self.finish(&plan).await.unwrap();
        assert_eq!(apply_next(&self.state).await.unwrap(), Some(Ended::Done));
        plan.run
    }

    async fn undo_plan(&self, run: RunId) -> Result<PlanSummary, Problem> {
        self.state.clock.advance(TimeDelta::minutes(1));
        match undo::make_plan(&self.state, self.school.id, run, Some("Mx Head")).await {
            Ok(plan) => Ok(plan),
            Err(Error::Problem(problem)) => Err(*problem),
            Err(Error::Broken(error)) => panic!("{error}"),
        }
    }

    pub(super) async fn undoes(&self, run: RunId) -> PlanSummary {
        let plan = self.undo_plan(run).await.unwrap();
        self.finish(&plan).await.unwrap();
        assert_eq!(apply_next(&self.state).await.unwrap(), Some(Ended::Done));
        let view = runs::view(&self.state, self.school.id, plan.run).await.unwrap();
        assert_eq!((view.pupils, view.staff), (plan.pupils, plan.staff));
        plan
    }

    async fn undoable(&self, run: RunId) -> Undoable {
        runs::view(&self.state, self.school.id, run).await.unwrap().undoable
    }

    async fn active(&self) -> Vec<Account> {
        let accounts = self.school_state().await.accounts;
        accounts.into_iter().filter(Account::is_active).collect()
    }
}

fn amy_ben_and_jane() -> Roster {
    let pupils = vec![fixtures::pupil("1", "Amy Hill"), fixtures::pupil("2", "Ben Wood")];
    fixtures::roster(pupils, vec![fixtures::teacher("1", "Jane Smith")])
}

#[tokio::test]
async fn a_first_sync_is_taken_back_and_made_again_with_the_same_logins() {
    on_both_engines(async |store: Store| {
        let spec = SchoolSpec::new(ESTAB).pupils(120).staff(20).seed(7);
        let school = Simulated::new(store, spec).await;
        school.sync(ACCEPTING).await;
        let bench = &school.bench;
        let logins = bench.logins().await;
        let run = bench.state.store.list_runs(bench.school.id, 1).await.unwrap()[0].id;

        let plan = bench.undoes(run).await;
        assert_eq!(plan.pupils.left + plan.staff.left, u32::try_from(logins.len()).unwrap());
        assert!(bench.active().await.is_empty());
        assert_eq!(bench.school_state().await.last_applied, None);
        let undone = bench.undoable(run).await;
        assert!(matches!(undone, Undoable::Undone { by: Some(by), .. } if by == plan.run));

        bench.state.clock.advance(TimeDelta::minutes(1));
        let again = school.sync(ACCEPTING).await;
        assert_eq!((again.created.pupils, again.created.staff), (0, 0));
        assert_eq!(again.restored, u32::try_from(logins.len()).unwrap());
        assert_eq!(bench.logins().await, logins);
    })
    .await;
}

#[tokio::test]
async fn a_rollover_is_taken_back_field_by_field_and_waits_to_be_made_again() {
    on_both_engines(async |store: Store| {
        let spec = SchoolSpec::new(ESTAB).pupils(120).staff(20).seed(7);
        let school = Simulated::new(store, spec).await;
        let bench = &school.bench;
        school.sync(ACCEPTING).await;
        let (before, remembered) = (bench.active().await, bench.school_state().await.last_applied);
        bench.state.clock.advance(TimeDelta::days(1));
        let next_year = bench.state.clock.now().naive_utc() + TimeDelta::days(365);
        school.mis.change(ESTAB, |mis| mis.advance_year(next_year));
        let rollover = school.sync(ACCEPTING).await;
        assert_eq!(rollover.status, Status::Done, "{:?}", rollover.message);
        assert!(rollover.moved > 0 && rollover.left > 0 && rollover.created.pupils > 0);
        let after = bench.logins().await;
        let run = bench.state.store.list_runs(bench.school.id, 1).await.unwrap()[0].id;

        bench.undoes(run).await;
        assert_eq!(bench.active().await, before);
        assert_eq!(bench.school_state().await.last_applied, remembered);
        let again = bench.plan().await;
        assert!(again.rollover.is_some(), "the new year is met again");
        bench.finish(&again).await.unwrap();
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        assert_eq!(bench.logins().await, after);
    })
    .await;
}

#[tokio::test]
async fn an_account_that_was_used_since_stays_and_is_listed() {
    with_bench(async |bench| {
        bench.has_read(&amy_ben_and_jane()).await;
        let run = bench.brings_up_to_date().await;
        let amy = bench.active().await.into_iter().find(|one| one.forename == "Amy").unwrap();
        // A sign-in of somebody whom the run did not touch is nobody's concern.
        let other = fixtures::account(77, "Una Reed");
        bench.has_accounts(vec![other.clone()]).await;
        let first = bench.undo_plan(run).await.unwrap();
        let now = bench.state.clock.now();
        bench.state.store.record_sign_in(bench.school.id, Visit::of(other.id), now).await.unwrap();
        assert_eq!(bench.undo_plan(run).await.unwrap().run, first.run, "the plan still holds");
        let now = bench.state.clock.now();
        bench.state.store.record_sign_in(bench.school.id, Visit::of(amy.id), now).await.unwrap();
        // What was shown does not hold any more.
        assert_eq!(bench.finish(&first).await.unwrap_err().kind, Kind::Stale);

        let plan = bench.undoes(run).await;
        assert_eq!((plan.pupils.left, plan.pupils.unchanged, plan.warnings), (1, 1, 1));
        let page = bench.first_page(&plan).await;
        let row = page.rows.iter().find(|row| row.name == "Amy Hill").unwrap();
        assert_eq!(row.warnings[0].code, WarningCode::UsedSince);
        let stayed: Vec<_> = bench.active().await.into_iter().map(|one| one.id).collect();
        assert_eq!(stayed.len(), 2);
        assert!(stayed.contains(&amy.id) && stayed.contains(&other.id));
    })
    .await;
}

#[tokio::test]
async fn an_unsent_message_is_withdrawn_and_an_unused_link_is_dead() {
    with_bench(async |bench| {
        bench.has_read(&amy_ben_and_jane()).await;
        let run = bench.brings_up_to_date().await;
        let kept = async || bench.state.store.list_unsent_mail(10).await.unwrap().len();
        assert_eq!(kept().await, 1);
        bench.undoes(run).await;
        assert_eq!(kept().await, 0, "the activation e-mail is still there");
    })
    .await;
}

#[tokio::test]
async fn what_was_changed_since_stays() {
    with_bench(async |bench| {
        let account = fixtures::account(1, "Amie Hill").with_upn(1);
        bench.has_accounts(vec![account.clone()]).await;
        let amy = fixtures::pupil("1", "Amy Hill").with_upn(1);
        bench.has_read(&fixtures::roster(vec![amy], vec![])).await;
        let run = bench.brings_up_to_date().await;
        let linked = bench.active().await.remove(0);
        assert_eq!((linked.forename.as_str(), linked.link.is_some()), ("Amy", true));
        let wanted = PersonDetails { surname: "Hill-Wood".into(), ..linked.details() };
        let edit = EditPerson { shown: linked.details(), wanted };
        let now = bench.state.clock.now();
        let edited =
            bench.state.store.edit_person(bench.school.id, linked.id, &edit, None, now).await;
        assert!(matches!(edited.unwrap(), Edited::Done(_)));

        let plan = bench.undoes(run).await;
        assert_eq!((plan.pupils.moved, plan.warnings), (1, 0));
        let back = bench.active().await.remove(0);
        assert_eq!(back.surname, "Hill-Wood");
        assert_eq!(
            (&back.forename, &back.class, &back.link),
            (&account.forename, &account.class, &None)
        );
    })
    .await;
}

#[tokio::test]
async fn a_later_run_has_to_be_undone_first_and_after_thirty_days_none_can() {
    with_bench(async |bench| {
        bench.has_read(&amy_ben_and_jane()).await;
        let first = bench.brings_up_to_date().await;
        assert!(matches!(bench.undoable(first).await, Undoable::Until { .. }));
        // A run that changes nothing is in nobody's way.
        let nothing = bench.brings_up_to_date().await;
        assert!(matches!(bench.undoable(first).await, Undoable::Until { .. }));
        assert_eq!(bench.undoable(nothing).await, Undoable::Never);

        let mut roster = amy_ben_and_jane();
        roster.pupils[0].forename = "Amelia".into();
        bench.has_read(&roster).await;
        let second = bench.brings_up_to_date().await;
        assert_eq!(bench.undoable(first).await, Undoable::LaterFirst { run: second });
        let refused = bench.undo_plan(first).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Unusable);
        assert!(refused.detail.unwrap().contains("Undo that one first"));

        let undone = bench.undoes(second).await;
        assert_eq!(bench.undoable(undone.run).await, Undoable::Never, "an undo is not undone");
        assert_eq!(bench.undo_plan(second).await.unwrap_err().kind, Kind::Unusable);
        assert!(matches!(bench.undoable(first).await, Undoable::Until { .. }));
        bench.state.clock.advance(TimeDelta::days(31));
        assert_eq!(bench.undoable(first).await, Undoable::TooLate);
        assert_eq!(bench.undo_plan(first).await.unwrap_err().kind, Kind::Unusable);
    })
    .await;
}

#[tokio::test]
async fn a_leaver_gets_the_account_back_but_not_an_address_that_is_somebody_elses_by_now() {
    with_bench(async |bench| {
        bench.has_read(&amy_ben_and_jane()).await;
        bench.brings_up_to_date().await;
        let two = vec![fixtures::teacher("2", "Mo Field"), fixtures::teacher("3", "Al Reed")];
        let pupils = amy_ben_and_jane().pupils;
        bench.has_read(&fixtures::roster(pupils.clone(), two.clone())).await;
        let run = bench.brings_up_to_date().await;
        let jane_again = fixtures::teacher("2", "Mo Field").with_email("smith@waterside.example");
        let staff = vec![jane_again, two[1].clone()];
        bench.has_read(&fixtures::roster(pupils, staff)).await;
        let later = bench.brings_up_to_date().await;
        // Mo's new address is that of Jane, who left: undone in turn, all is as it was.
        bench.undoes(later).await;
        let plan = bench.undoes(run).await;
        assert_eq!((plan.staff.restored, plan.staff.left, plan.problems), (1, 2, 0));

        // Where somebody else has it, Jane stays in the trash, and it says why.
        bench.has_read(&fixtures::roster(amy_ben_and_jane().pupils, two)).await;
        let run = bench.brings_up_to_date().await;
        let other = fixtures::staff_account(77, "Jo Smith");
        bench.has_accounts(vec![other]).await;
        let plan = bench.undoes(run).await;
        assert_eq!((plan.staff.restored, plan.staff.left, plan.problems), (0, 2, 1));
    })
    .await;
}

#[tokio::test]
async fn an_undo_pauses_the_nightly_sync() {
    with_bench(async |bench| {
        bench.has_read(&amy_ben_and_jane()).await;
        let run = bench.brings_up_to_date().await;
        let now = bench.state.clock.now();
        let chosen = ChosenSchedule {
            is_on: true,
            time: TimeOfDay::from_minutes(330).unwrap(),
            digest: DigestChoice::default(),
            resume: false,
            next_at: now,
            by: "Mx Head",
            at: now,
        };
        bench.state.store.save_schedule(bench.school.id, &chosen).await.unwrap();
        bench.undoes(run).await;
        let schedule = bench.state.store.load_schedule(bench.school.id).await.unwrap();
        let (_, because) = schedule.paused.unwrap();
        assert!(because.contains("undone"), "{because}");
        assert_eq!(schedule.next_at, None);
    })
    .await;
}
