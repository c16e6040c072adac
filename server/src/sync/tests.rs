//! Whole runs, on both engines: from the simulated MIS, or from rosters made for the purpose.

mod by_hand;
mod change_of_mis;
mod feeds;
mod lasting;
mod nightly;
mod one_person;
mod other_pupils;
mod renames;
mod scheduled;
mod undo;
mod who_is_who;

use std::collections::BTreeMap;
use std::future::Future;

use chrono::TimeDelta;
use rollcall_engine::domain::accounts::{Account, SchoolState};
use rollcall_engine::domain::roster::Roster;
use rollcall_engine::fixtures;
use rollcall_shared::card::CardsRequest;
use rollcall_shared::ids::{AccountId, RunId};
use rollcall_shared::page::Page;
use rollcall_shared::people::{AccountStatus, PersonKind, Role};
use rollcall_shared::plan::{
    Finish, PlanList, PlanPerson, PlanQuery, PlanSummary, Resolution, Resolve,
};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::RunStatus;
use rollcall_store::Store;
use rollcall_store::contract::on_both_engines;
use rollcall_store::people::{NewAccount, NewLogin};
use rollcall_store::runs::Asker;
use rollcall_store::schools::StoredSchool;
use rollcall_store::sessions::SignedInPerson;
use xod_simulator::{Running, SchoolSpec, Simulator};

use super::apply::{BATCH, Ended, apply};
use super::lease::LEASE;
use super::report::{Report, Status};
use super::unattended::{self, RunOptions};
use super::worker::apply_next;
use super::{planned, resolve, runs};
use crate::config::{Options, Secret};
use crate::error::Error;
use crate::state::AppState;

const ESTAB: &str = "3281102";

/// A server's state with one school.
pub(super) struct Bench {
    pub(super) state: AppState,
    school: StoredSchool,
}

impl Bench {
    pub(super) async fn new(store: Store, xod_url: Option<String>) -> Self {
        let lines = xod_url.map(|url| format!("xod_url = \"{url}\"\n")).unwrap_or_default();
        let options: Options = toml::from_str(&lines).unwrap();
        let mut config = options.resolve().unwrap();
        let soon = std::time::Duration::from_millis(2);
        config.xod.limits = xod_client::Limits {
            first_pause: soon,
            busy_pause: soon,
            ..xod_client::Limits::default()
        };
        let id = rollcall_store::contract::school(&store, ESTAB).await;
        let school = store.find_school(id).await.unwrap().unwrap();
        Self { state: AppState::standing_at(fixtures::now(), store, config), school }
    }

    async fn school_state(&self) -> SchoolState {
        self.state.store.school_state(self.school.id).await.unwrap()
    }

    /// Stores what the MIS is to have sent, with Years 3 to 6 decided.
    async fn has_read(&self, roster: &Roster) {
        let store = &self.state.store;
        store.save_roster(self.school.id, roster).await.unwrap();
        let version = store.load_draft(self.school.id).await.unwrap().version;
        let settings = fixtures::settings();
        let now = self.state.clock.now();
        store.save_draft(self.school.id, version, &settings, &[], None, now).await.unwrap();
    }

    async fn has_accounts(&self, accounts: Vec<Account>) {
        let new: Vec<NewAccount> = accounts
            .into_iter()
            .map(|account| NewAccount { account, login: NewLogin::Staff })
            .collect();
        let now = self.state.clock.now();
        self.state.store.add_accounts(self.school.id, &new, now).await.unwrap();
    }

    /// Adds an admin, who is signed in.
    async fn has_admin(&self) -> SignedInPerson {
        let email = "head@waterside.example";
        let account =
            fixtures::staff_account(900, "Amara Okafor").with_email(email).with_role(Role::Admin);
        self.has_accounts(vec![account.clone()]).await;
        let now = self.state.clock.now();
        SignedInPerson {
            account: account.id,
            school: self.school.clone(),
            role: account.role,
            forename: account.forename,
            surname: account.surname,
            seen_at: now,
            expires_at: now,
        }
    }

    async fn plan(&self) -> PlanSummary {
        planned::make_plan(&self.state, self.school.id, Some("Mx Head")).await.unwrap()
    }

    async fn finish(&self, plan: &PlanSummary) -> Result<RunStatus, Problem> {
        let asked = Finish { hash: plan.hash.clone(), confirmation: None };
        let by = Asker::Admin("Mx Head");
        match runs::finish(&self.state, self.school.id, plan.run, &asked, by).await {
            Ok(view) => Ok(view.status),
            Err(Error::Problem(problem)) => Err(*problem),
            Err(Error::Broken(error)) => panic!("{error}"),
        }
    }

    async fn status(&self, plan: &PlanSummary) -> (RunStatus, u32) {
        let view = runs::view(&self.state, self.school.id, plan.run).await.unwrap();
        (view.status, view.done)
    }

    /// The names in one list of a plan.
    async fn names(&self, plan: &PlanSummary, list: PlanList) -> Vec<String> {
        let people = self.state.store.list_everybody(plan.run, list).await.unwrap();
        people.into_iter().map(|person| person.view.name).collect()
    }

    async fn first_page(&self, plan: &PlanSummary) -> Page<PlanPerson> {
        let query = PlanQuery::default();
        planned::people(&self.state, self.school.id, plan.run, &query, 50).await.unwrap()
    }

    /// Everybody's username, and the sealed password of those who have one.
    async fn logins(&self) -> BTreeMap<AccountId, (String, Option<Vec<u8>>)> {
        let store = &self.state.store;
        let id = self.school.id;
        let mut sealed: BTreeMap<AccountId, Vec<u8>> = store
            .list_pupil_logins(id, &CardsRequest::default())
            .await
            .unwrap()
            .into_iter()
            .map(|login| (login.account, login.password_sealed))
            .collect();
        let accounts = self.school_state().await.accounts;
        accounts
            .into_iter()
            .filter(Account::is_active)
            .map(|account| (account.id, (account.username, sealed.remove(&account.id))))
            .collect()
    }
}

/// A bench with a simulated, connected school.
struct Simulated {
    bench: Bench,
    mis: Running,
}

impl Simulated {
    async fn new(store: Store, spec: SchoolSpec) -> Self {
        let config = xod_simulator::Config::on_a_free_port([spec]);
        let mis = Simulator::start(config).await.unwrap();
        let bench = Bench::new(store, Some(mis.url())).await;
        let secret = Secret::new(mis.secret(ESTAB).unwrap());
        let connected =
            bench.state.connections.connect_with_secret(&bench.school, secret).await.unwrap();
        assert!(connected.is_ok());
        Self { bench, mis }
    }

    async fn sync(&self, asked: RunOptions) -> Report {
        unattended::run(&self.bench.state, &self.bench.school, asked, &|_| ()).await.unwrap()
    }
}

const ACCEPTING: RunOptions =
    RunOptions { dry_run: false, accept_suggestions: true, by_schedule: false };

async fn with_bench<F: Future<Output = ()>>(body: impl Fn(Bench) -> F) {
    let body = &body;
    on_both_engines(async |store: Store| body(Bench::new(store, None).await).await).await;
}

fn changes(report: &Report) -> u32 {
    report.created.pupils
        + report.created.staff
        + report.linked
        + report.updated
        + report.moved
        + report.restored
        + report.left
}

#[tokio::test]
async fn a_school_gets_its_accounts_and_a_second_run_changes_nothing() {
    on_both_engines(async |store: Store| {
        let spec = SchoolSpec::new(ESTAB).pupils(420).staff(46).seed(7);
        let school = Simulated::new(store, spec).await;
        let rehearsed = school.sync(RunOptions { dry_run: true, ..ACCEPTING }).await;
        assert!(
            school.bench.school_state().await.accounts.is_empty(),
            "a dry run changed something"
        );
        let reads = async || {
            school.bench.state.store.list_mis_reads(school.bench.school.id).await.unwrap().len()
        };
        assert_eq!(reads().await, 1, "what a dry run reads is recorded too");

        let first = school.sync(ACCEPTING).await;
        assert_eq!(first.status, Status::Done, "{:?}", first.message);
        assert_eq!((first.run, first.created), (1, rehearsed.created));
        assert_eq!(first.problems, rehearsed.problems);
        assert!(first.problems.iter().all(|problem| problem.fix.is_some()));
        let of = |kind: &str| first.problems.iter().filter(|one| one.role == Some(kind)).count();
        assert_eq!(first.possible_duplicates, 0);
        let roster = school.bench.state.store.find_roster(school.bench.school.id).await.unwrap();
        let roster = roster.unwrap().roster;
        let on_roll = roster
            .pupils
            .iter()
            .filter(|pupil| pupil.status == rollcall_engine::domain::roster::PupilStatus::OnRoll)
            .count();
        assert!(on_roll >= 420, "{on_roll}");
        assert_eq!(first.created.pupils as usize + of("pupil"), on_roll, "{:?}", first.problems);
        let teachers = roster
            .staff
            .iter()
            .filter(|one| {
                one.is_teacher == Some(true)
                    && one.status == rollcall_engine::domain::roster::StaffStatus::Current
            })
            .count();
        assert_eq!(first.created.staff as usize + of("staff"), teachers, "{:?}", first.problems);

        // Every pupil has a password that opens, and every new member of staff has mail.
        let logins = school.bench.logins().await;
        assert_eq!(logins.len() as u32, first.created.pupils + first.created.staff);
        let with_password = logins.values().filter(|(_, sealed)| sealed.is_some()).count();
        assert_eq!(with_password as u32, first.created.pupils);
        let kept = school.bench.state.store.list_unsent_mail(1_000).await.unwrap();
        assert_eq!(kept.len() as u32, first.created.staff);

        let second = school.sync(RunOptions::default()).await;
        assert_eq!((second.status, second.run), (Status::Done, 2), "{:?}", second.message);
        assert_eq!(changes(&second), 0, "{second:?}");
        assert_eq!(reads().await, 3);
        assert_eq!(second.unchanged, first.created.pupils + first.created.staff);
        assert_eq!(school.bench.logins().await, logins);
    })
    .await;
}

#[tokio::test]
async fn a_new_school_year_moves_everybody_up_and_keeps_their_logins() {
    on_both_engines(async |store: Store| {
        let spec = SchoolSpec::new(ESTAB).pupils(210).staff(24).seed(7);
        let school = Simulated::new(store, spec).await;
        let first = school.sync(ACCEPTING).await;
        assert_eq!(first.status, Status::Done, "{:?}", first.message);
        let before = school.bench.logins().await;

        let next_year = fixtures::now().naive_utc() + TimeDelta::days(365);
        school.mis.change(ESTAB, |mis| mis.advance_year(next_year));
        let second = school.sync(ACCEPTING).await;
        assert_eq!(second.status, Status::Done, "{:?}", second.message);
        assert!(second.moved > 100, "{second:?}");
        assert!(second.left > 10 && second.created.pupils > 10, "{second:?}");
        assert_eq!(second.possible_duplicates, 0);
        let after = school.bench.logins().await;
        let kept = before.iter().filter(|(account, login)| after.get(account) == Some(login));
        assert_eq!(kept.count() as u32, before.len() as u32 - second.left);

        let third = school.sync(RunOptions::default()).await;
        assert_eq!((third.status, changes(&third)), (Status::Done, 0), "{third:?}");
    })
    .await;
}

#[tokio::test]
async fn a_first_run_with_unsure_years_stops_before_anything_is_done() {
    on_both_engines(async |store: Store| {
        let spec = SchoolSpec::new(ESTAB).pupils(60).staff(12).seed(7);
        let school = Simulated::new(store, spec).await;
        school.mis.change(ESTAB, |mis| {
            for group in &mut mis.groups {
                if group.name.contains('4') {
                    group.name = "Kingfishers".into();
                    group.code = "KF".into();
                }
            }
        });
        let report = school.sync(RunOptions::default()).await;
        assert_eq!((report.status, changes(&report)), (Status::Held, 0), "{:?}", report.message);
        assert!(report.message.unwrap().contains("Kingfishers"));
        assert!(school.bench.school_state().await.accounts.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_stands_in_the_database_afterwards_is_what_was_planned() {
    with_bench(async |bench| {
        let hand_made = vec![
            fixtures::account(1, "Amy Hill"),
            fixtures::account(2, "Una Field"),
            fixtures::staff_account(3, "Jane Smith"),
            fixtures::account(4, "Ben Wood").born("2017-09-02").left(),
        ];
        bench.has_accounts(hand_made).await;
        let mut roster = fixtures::roster(
            vec![
                fixtures::pupil("1", "Amy Hill"),
                fixtures::pupil("2", "Ben Wood").born("2017-09-02"),
                fixtures::pupil("4", "Ida Moss"),
                fixtures::pupil("3", "Zoë O’Brien"),
            ],
            vec![fixtures::teacher("1", "Jane Smith"), fixtures::teacher("2", "Paul Jones")],
        );
        roster.classes[1].staff.extend(["1".to_owned(), "2".to_owned()]);
        for step in 0..3 {
            if step == 2 {
                // Two exchange their e-mail, one leaves, one moves.
                roster.staff[0].work_email = Some("jones@waterside.example".into());
                roster.staff[1].work_email = Some("smith@waterside.example".into());
                roster.classes[1].staff.remove("2");
                roster.pupils.remove(1);
                roster.pupils[2].class = Some("c5".into());
                fixtures::fill_classes(&mut roster);
            }
            bench.has_read(&roster).await;
            let before = bench.school_state().await;
            let summary = bench.plan().await;
            let mut expected = before.clone();
            let stored = stored_plan(&bench, &summary).await;
            fixtures::apply(&mut expected, &stored);
            bench.finish(&summary).await.unwrap();
            assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
            assert_eq!(bench.school_state().await, expected);
            match step {
                0 => assert_eq!(summary.possible_duplicates, 1),
                1 => assert_eq!(summary.pupils.changes() + summary.staff.changes(), 0),
                _ => {
                    assert_eq!((summary.pupils.left, summary.pupils.moved), (1, 1));
                    assert_eq!(summary.staff.updated, 2);
                }
            }
        }
    })
    .await;
}

/// The plan as it lies in the database.
async fn stored_plan(bench: &Bench, summary: &PlanSummary) -> rollcall_engine::domain::plan::Plan {
    let store = &bench.state.store;
    let run = store.find_run(bench.school.id, summary.run).await.unwrap().unwrap();
    let now = bench.state.clock.now();
    let mut people = Vec::new();
    for list in PlanList::ALL {
        people.extend(store.list_everybody(summary.run, list).await.unwrap());
    }
    let settings = fixtures::settings();
    let roster = store.find_roster(bench.school.id).await.unwrap().unwrap().roster;
    let state = bench.school_state().await;
    let inputs = rollcall_engine::planner::Inputs {
        roster: &roster,
        settings: &settings,
        state: &state,
        now,
    };
    let to_remember =
        bench.state.dice.throw(|dice| rollcall_engine::planner::plan(inputs, dice)).to_remember;
    let classes = store.list_run_classes(summary.run).await.unwrap();
    rollcall_engine::domain::plan::Plan { totals: run.totals, classes, people, to_remember }
}

fn many_pupils(count: u32) -> Roster {
    let pupils = (0..count)
        .map(|n| fixtures::pupil(&n.to_string(), &format!("Amy Hill{}", n % 7)))
        .collect();
    fixtures::roster(pupils, vec![fixtures::teacher("1", "Jane Smith")])
}

#[tokio::test]
async fn a_run_that_was_cut_short_is_taken_up_again_and_nothing_is_done_twice() {
    with_bench(async |bench| {
        bench.has_read(&many_pupils(350)).await;
        let plan = bench.plan().await;
        bench.finish(&plan).await.unwrap();
        let store = &bench.state.store;
        let now = bench.state.clock.now();
        let claim = store.claim_run(None, now, now + LEASE).await.unwrap().unwrap();
        let first = super::apply::next_batch(&bench.state, &claim).await.unwrap().unwrap();
        assert!(store.apply_batch(&claim, &first, now).await.unwrap());
        assert_eq!(bench.status(&plan).await, (RunStatus::Running, BATCH));
        let halfway = bench.logins().await;
        assert_eq!(halfway.len(), BATCH as usize);

        // While the lease is good nobody else takes it up.
        assert_eq!(apply_next(&bench.state).await.unwrap(), None);
        bench.state.clock.advance(LEASE + TimeDelta::seconds(1));
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        assert_eq!(bench.status(&plan).await, (RunStatus::Done, 351));
        let done = bench.logins().await;
        assert_eq!(done.len(), 351);
        assert!(halfway.iter().all(|(account, login)| done.get(account) == Some(login)));

        // The one that was thought dead comes back, and may not write any more.
        assert_eq!(apply(&bench.state, claim).await.unwrap(), Ended::TakenOver);
        assert_eq!(bench.logins().await, done);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_is_stopped_keeps_what_was_done_and_the_next_plan_does_the_rest() {
    with_bench(async |bench| {
        bench.has_read(&many_pupils(150)).await;
        let plan = bench.plan().await;
        bench.finish(&plan).await.unwrap();
        let store = &bench.state.store;
        let now = bench.state.clock.now();
        let mut claim = store.claim_run(None, now, now + LEASE).await.unwrap().unwrap();
        let first = super::apply::next_batch(&bench.state, &claim).await.unwrap().unwrap();
        assert!(store.apply_batch(&claim, &first, now).await.unwrap());
        claim.next_seq = first.next_seq;
        let going = runs::cancel(&bench.state, bench.school.id, plan.run, "Mx Head").await.unwrap();
        assert_eq!(going.status, RunStatus::Running);
        assert_eq!(apply(&bench.state, claim).await.unwrap(), Ended::Cancelled);

        let view = runs::view(&bench.state, bench.school.id, plan.run).await.unwrap();
        assert_eq!((view.status, view.done, view.total), (RunStatus::Cancelled, BATCH, 151));
        assert_eq!(view.pupils.changes() + view.staff.changes(), BATCH);
        assert_eq!(view.classes, plan.classes, "classes come first");
        assert_eq!(view.cancel_asked_by.as_deref(), Some("Mx Head"));
        assert!(view.message.unwrap().contains("is complete and stays"));
        let listed = &runs::list(&bench.state, bench.school.id).await.unwrap()[0];
        assert_eq!((listed.pupils, listed.staff), (view.pupils, view.staff));
        let stopped = bench.logins().await;
        assert_eq!(stopped.len(), BATCH as usize);
        assert_eq!(apply_next(&bench.state).await.unwrap(), None);

        let rest = bench.plan().await;
        assert_eq!(rest.pupils.created + rest.staff.created, 151 - BATCH);
        bench.finish(&rest).await.unwrap();
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        let done = bench.logins().await;
        assert_eq!(done.len(), 151);
        assert!(stopped.iter().all(|(account, login)| done.get(account) == Some(login)));
    })
    .await;
}

/// A school of 151 pupils whose new year is stopped when 100 of them have moved; that run.
async fn stopped_new_year(bench: &Bench) -> RunId {
    let oldest = fixtures::pupil("999", "Max Stone").in_year(6);
    let pupils = (0..150).map(|n| fixtures::pupil(&n.to_string(), "Amy Hill").in_year(3));
    let pupils = pupils.chain([oldest.clone()]);
    let staff = vec![fixtures::teacher("1", "Jane Smith")];
    let mut roster = fixtures::roster(pupils.collect(), staff);
    roster.academic_year = Some(2025);
    bench.has_read(&roster).await;
    let first = bench.plan().await;
    bench.finish(&first).await.unwrap();
    assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));

    roster.academic_year = Some(2026);
    roster.pupils = roster.pupils.into_iter().map(|pupil| pupil.in_year(4)).collect();
    *roster.pupils.last_mut().unwrap() = oldest;
    fixtures::fill_classes(&mut roster);
    bench.has_read(&roster).await;
    let plan = bench.plan().await;
    assert!(plan.rollover.is_some() && plan.pupils.moved == 150);
    bench.finish(&plan).await.unwrap();
    let store = &bench.state.store;
    let now = bench.state.clock.now();
    let mut claim = store.claim_run(None, now, now + LEASE).await.unwrap().unwrap();
    let batch = super::apply::next_batch(&bench.state, &claim).await.unwrap().unwrap();
    assert!(store.apply_batch(&claim, &batch, now).await.unwrap());
    claim.next_seq = batch.next_seq;
    runs::cancel(&bench.state, bench.school.id, plan.run, "Mx Head").await.unwrap();
    assert_eq!(apply(&bench.state, claim).await.unwrap(), Ended::Cancelled);
    let last = bench.school_state().await.last_applied.unwrap();
    let open = last.open_rollover.unwrap();
    assert_eq!((last.academic_year, open.below_top, open.moved_up), (Some(2025), 150, BATCH));
    plan.run
}

#[tokio::test]
async fn a_new_school_year_that_is_stopped_on_its_way_is_over_once_the_rest_has_moved() {
    with_bench(async |bench| {
        stopped_new_year(&bench).await;
        let rest = bench.plan().await;
        assert_eq!(rest.pupils.moved, 150 - BATCH);
        bench.finish(&rest).await.unwrap();
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        let last = bench.school_state().await.last_applied.unwrap();
        assert_eq!((last.academic_year, last.open_rollover), (Some(2026), None));
    })
    .await;
}

#[tokio::test]
async fn a_new_school_year_that_is_stopped_and_undone_is_as_if_it_had_not_begun() {
    with_bench(async |bench| {
        let stopped = stopped_new_year(&bench).await;
        let (school, by) = (bench.school.id, Some("Mx Head"));
        let undo = super::undo::make_plan(&bench.state, school, stopped, by).await.unwrap();
        bench.finish(&undo).await.unwrap();
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        let last = bench.school_state().await.last_applied.unwrap();
        assert_eq!((last.academic_year, last.open_rollover), (Some(2025), None));
        assert_eq!(bench.plan().await.pupils.moved, 150);
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_never_written_twice() {
    with_bench(async |bench| {
        bench.has_read(&many_pupils(20)).await;
        let plan = bench.plan().await;
        bench.finish(&plan).await.unwrap();
        let store = &bench.state.store;
        let now = bench.state.clock.now();
        let claim = store.claim_run(None, now, now + LEASE).await.unwrap().unwrap();
        let batch = super::apply::next_batch(&bench.state, &claim).await.unwrap().unwrap();
        assert!(store.apply_batch(&claim, &batch, now).await.unwrap());
        assert!(!store.apply_batch(&claim, &batch, now).await.unwrap());
        assert_eq!(bench.logins().await.len(), 21);
    })
    .await;
}

#[tokio::test]
async fn a_school_that_changed_between_finish_and_start_is_left_alone() {
    with_bench(async |bench| {
        bench.has_read(&many_pupils(5)).await;
        let plan = bench.plan().await;
        bench.finish(&plan).await.unwrap();
        bench.has_accounts(vec![fixtures::account(1, "Amy Hill")]).await;
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Failed));
        assert_eq!(bench.status(&plan).await, (RunStatus::Failed, 0));
        assert_eq!(bench.logins().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_username_taken_by_hand_while_the_run_goes_fails_it_with_nothing_half_done() {
    with_bench(async |bench| {
        bench.has_read(&many_pupils(150)).await;
        let plan = bench.plan().await;
        bench.finish(&plan).await.unwrap();
        let store = &bench.state.store;
        let now = bench.state.clock.now();
        let mut claim = store.claim_run(None, now, now + LEASE).await.unwrap().unwrap();
        let first = super::apply::next_batch(&bench.state, &claim).await.unwrap().unwrap();
        assert!(store.apply_batch(&claim, &first, now).await.unwrap());
        claim.next_seq = first.next_seq;
        let last = store.list_run_actions(plan.run, 120, 1).await.unwrap();
        let username = last[0].action.as_ref().unwrap().after.username.to_uppercase();
        bench.has_accounts(vec![Account { username, ..fixtures::account(1, "Una Field") }]).await;
        assert_eq!(apply(&bench.state, claim).await.unwrap(), Ended::Failed);
        assert_eq!(bench.status(&plan).await, (RunStatus::Failed, BATCH));
        assert_eq!(bench.logins().await.len(), BATCH as usize + 1);
        // The next plan does the rest.
        let rest = bench.plan().await;
        assert_eq!(rest.pupils.created + rest.staff.created, 151 - BATCH);
        bench.finish(&rest).await.unwrap();
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        assert_eq!(bench.logins().await.len(), 152);
    })
    .await;
}

#[tokio::test]
async fn finish_pressed_twice_is_one_run_and_a_second_run_is_shown_the_first() {
    with_bench(async |bench| {
        bench.has_read(&many_pupils(5)).await;
        let plan = bench.plan().await;
        assert_eq!(bench.plan().await, plan, "the same plan while nothing has changed");
        assert_eq!(bench.finish(&plan).await.unwrap(), RunStatus::Queued);
        assert_eq!(bench.finish(&plan).await.unwrap(), RunStatus::Queued);
        let another = bench.plan().await;
        assert_ne!(another.run, plan.run);
        let problem = bench.finish(&another).await.unwrap_err();
        assert_eq!((problem.kind, problem.run), (Kind::RunGoing, Some(plan.run)));
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        assert_eq!(bench.finish(&plan).await.unwrap(), RunStatus::Done);
        assert_eq!(bench.finish(&another).await.unwrap_err().kind, Kind::Stale);
    })
    .await;
}

#[tokio::test]
async fn a_plan_whose_sources_changed_is_stale() {
    with_bench(async |bench| {
        bench.has_read(&many_pupils(5)).await;
        let plan = bench.plan().await;
        let forged = PlanSummary { hash: "0".repeat(64), ..plan.clone() };
        assert_eq!(bench.finish(&forged).await.unwrap_err().kind, Kind::Stale);
        bench.has_read(&many_pupils(6)).await;
        assert_eq!(bench.finish(&plan).await.unwrap_err().kind, Kind::Stale);
        let newer = bench.plan().await;
        assert_eq!(bench.status(&plan).await.0, RunStatus::Superseded);
        assert_eq!(bench.finish(&plan).await.unwrap_err().kind, Kind::Stale);
        assert_eq!(bench.finish(&newer).await.unwrap(), RunStatus::Queued);
    })
    .await;
}

#[tokio::test]
async fn guards_ask_for_a_typed_confirmation_and_stop_what_cannot_be() {
    with_bench(async |bench| {
        bench.has_read(&many_pupils(10)).await;
        bench.finish(&bench.plan().await).await.unwrap();
        apply_next(&bench.state).await.unwrap();

        bench.has_read(&many_pupils(5)).await;
        let plan = bench.plan().await;
        let problem = bench.finish(&plan).await.unwrap_err();
        assert_eq!(problem.kind, Kind::Unusable);
        assert_eq!(problem.errors[0].field, "confirmation");
        bench.has_read(&many_pupils(0)).await;
        let nobody = bench.plan().await;
        let confirmed = Finish { hash: nobody.hash.clone(), confirmation: Some("confirm".into()) };
        let school = bench.school.id;
        assert!(
            runs::finish(&bench.state, school, nobody.run, &confirmed, Asker::CommandLine)
                .await
                .is_err()
        );

        bench.has_read(&many_pupils(5)).await;
        let plan = bench.plan().await;
        let confirmed = Finish { hash: plan.hash.clone(), confirmation: Some("confirm".into()) };
        runs::finish(&bench.state, school, plan.run, &confirmed, Asker::CommandLine).await.unwrap();
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        let state = bench.school_state().await;
        let left = state.accounts.iter().filter(|one| one.status == AccountStatus::Trash);
        assert_eq!(left.count(), 5);
    })
    .await;
}

#[tokio::test]
async fn possible_duplicates_are_resolved_one_by_one_and_the_sure_ones_in_bulk() {
    with_bench(async |bench| {
        bench
            .has_accounts(vec![
                fixtures::account(1, "Amy Hill"),
                fixtures::account(2, "Sam Wood"),
                fixtures::account(3, "Ann Field"),
            ])
            .await;
        let roster = fixtures::roster(
            vec![
                fixtures::pupil("1", "Amy Hill"),
                fixtures::pupil("2", "Samuel Wood"),
                fixtures::pupil("3", "Anne Field"),
            ],
            vec![],
        );
        bench.has_read(&roster).await;
        let plan = bench.plan().await;
        assert_eq!((plan.possible_duplicates, plan.sure_ones), (3, 1));
        let school = bench.school.id;
        let plan = resolve::resolve_sure(&bench.state, school, plan.run, Some("Mx")).await.unwrap();
        assert_eq!((plan.possible_duplicates, plan.pupils.linked), (2, 1));

        let people = bench.first_page(&plan).await;
        assert_eq!(people.total, 3);
        let (sam, anne) = (&people.rows[1], &people.rows[0]);
        assert_eq!((sam.name.as_str(), anne.name.as_str()), ("Samuel Wood", "Anne Field"));
        let wrong = Resolution::SamePersonAs(fixtures::account_id(1));
        let answer = Resolve { seq: sam.seq, resolution: wrong };
        assert!(resolve::resolve(&bench.state, school, plan.run, answer, None).await.is_err());
        let same = Resolution::SamePersonAs(fixtures::account_id(2));
        let answer = Resolve { seq: sam.seq, resolution: same };
        let next = resolve::resolve(&bench.state, school, plan.run, answer, None).await.unwrap();
        assert_eq!(bench.names(&next, PlanList::PossibleDuplicate).await, ["Anne Field"]);
        let anne = bench.first_page(&next).await.rows[0].seq;
        let answer = Resolve { seq: anne, resolution: Resolution::SomeoneNew };
        let plan = resolve::resolve(&bench.state, school, next.run, answer, None).await.unwrap();
        assert_eq!((plan.pupils.created, plan.pupils.linked), (1, 2));
        bench.finish(&plan).await.unwrap();
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        assert_eq!(bench.plan().await.pupils.changes(), 0);
    })
    .await;
}

#[tokio::test]
async fn the_lists_of_a_plan_are_filtered_searched_and_problems_come_first() {
    with_bench(async |bench| {
        let lost = fixtures::pupil("900", "Lost Child").without_year();
        let apart = fixtures::pupil("800", "Zoë Apart").without_class();
        let mut roster = many_pupils(60);
        roster.pupils.extend([lost, apart]);
        bench.has_read(&roster).await;
        let plan = bench.plan().await;
        let list = async |query: PlanQuery| {
            planned::people(&bench.state, bench.school.id, plan.run, &query, 50).await.unwrap()
        };
        let all = list(PlanQuery::default()).await;
        assert_eq!((all.total, all.rows.len()), (63, 50));
        assert_eq!(all.rows[0].name, "Lost Child");
        let second = list(PlanQuery { page: Some(2), ..PlanQuery::default() }).await;
        assert_eq!(second.rows.len(), 13);
        let found = list(PlanQuery { q: Some("zoe".into()), ..PlanQuery::default() }).await;
        assert_eq!(found.rows[0].name, "Zoë Apart");
        let warned = list(PlanQuery { warnings: true, ..PlanQuery::default() }).await;
        assert_eq!(warned.total, 1);
        let kind = Some(PersonKind::Staff);
        let staff = list(PlanQuery { kind, ..PlanQuery::default() }).await;
        assert_eq!(staff.rows[0].name, "Jane Smith");
        let list_of = Some(PlanList::Problem);
        assert_eq!(list(PlanQuery { list: list_of, ..PlanQuery::default() }).await.total, 1);
    })
    .await;
}
