//! The nightly sync, as an admin chooses it and as the dashboard shows what came of it.

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use rollcall_server::testing::make_due;
use rollcall_shared::people::{Dashboard, Role};
use rollcall_shared::plan::{Finish, PlanSummary};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::run::{RunCause, RunRow, RunStatus, RunView};
use rollcall_shared::schedule::{DigestChoice, NightOutcome, SaveSchedule, Schedule};
use rollcall_shared::session::UnsentMessage;
use rollcall_shared::wizard::WizardView;
use xod_simulator::school::School;

use crate::support::PASSWORD;
use crate::wizard::Waterside;

fn chosen(time: &str) -> SaveSchedule {
    let time = time.parse().unwrap();
    SaveSchedule { is_on: true, time, digest: DigestChoice::WhenNeeded, resume: false }
}

impl Waterside {
    /// Connected, and brought up to date once.
    pub(crate) async fn up_to_date() -> Self {
        let mut waterside = Self::answered().await;
        let plan = waterside.plan().await;
        waterside.finish(&plan).await;
        waterside.work().await;
        waterside
    }

    async fn schedule(&mut self) -> Schedule {
        self.admin.get(routes::SCHEDULE).await.json()
    }

    /// Moves the clock on to the night, and does what the server does then.
    async fn sleep_until(&self, at: &str) {
        let at: DateTime<Utc> = at.parse().unwrap();
        let state = &self.server.state;
        state.clock.advance(at - state.clock.now());
        assert_eq!(make_due(state).await.unwrap(), 1);
    }

    async fn messages_waiting(&mut self) -> Vec<UnsentMessage> {
        let all: Vec<UnsentMessage> = self.admin.get(routes::MESSAGES).await.json();
        all.into_iter().filter(|message| message.subject.contains(" sync for ")).collect()
    }
}

#[tokio::test]
async fn the_nightly_sync_is_off_until_an_admin_turns_it_on_after_a_first_run() {
    let mut waterside = Waterside::answered().await;
    let schedule = waterside.schedule().await;
    assert_eq!((schedule.is_on, schedule.can_be_on, schedule.next_at), (false, false, None));
    assert_eq!(schedule.time.to_string(), "05:30");
    let early = waterside.admin.put(routes::SCHEDULE, &chosen("05:30")).await;
    assert_eq!(early.problem(Kind::Unusable).errors[0].field, "is_on");

    let plan = waterside.plan().await;
    waterside.finish(&plan).await;
    waterside.work().await;
    let on: Schedule = waterside.admin.put(routes::SCHEDULE, &chosen("06:15")).await.json();
    assert_eq!(on.next_at.unwrap().0, "2026-09-02T05:15:00.000Z", "UK time, which is summer time");
    assert_eq!(on.changed_by.as_deref(), Some("Amara Okafor"));
    let unusable = serde_json::json!({ "is_on": true, "time": "25:00", "digest": "never" });
    waterside.admin.put(routes::SCHEDULE, &unusable).await.problem(Kind::Unusable);
    let off = SaveSchedule { is_on: false, ..chosen("06:15") };
    let off: Schedule = waterside.admin.put(routes::SCHEDULE, &off).await.json();
    assert_eq!((off.is_on, off.next_at), (false, None));
    waterside.admin.post(routes::SCHEDULE_NOW, &()).await.problem(Kind::Unusable);
}

#[tokio::test]
async fn a_held_night_is_shown_and_written_about_and_an_admin_confirms_it() {
    let mut waterside = Waterside::up_to_date().await;
    waterside.admin.put(routes::SCHEDULE, &chosen("05:30")).await.json::<Schedule>();
    let lose_pupils = |mis: &mut School| mis.pupils.truncate(mis.pupils.len() / 2);
    waterside.simulator.change("3281102", lose_pupils).unwrap();
    waterside.sleep_until("2026-09-02T04:30:00Z").await;
    // The session has ended over night.
    let slug = "waterside-primary-school";
    let reply = waterside.admin.sign_in(slug, "AOkafor", PASSWORD).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);

    let dashboard: Dashboard = waterside.admin.get(routes::DASHBOARD).await.json();
    let held = dashboard.held.unwrap();
    assert_eq!(held.cause, RunCause::Schedule);
    assert!(held.message.contains("would leave"), "{}", held.message);
    let last = dashboard.schedule.last.unwrap();
    assert_eq!((last.outcome, last.run), (NightOutcome::Held, Some(held.id)));
    let view: WizardView = waterside.admin.get(routes::WIZARD).await.json();
    assert_eq!(view.held.as_ref(), Some(&held));
    let messages = waterside.messages_waiting().await;
    assert_eq!(messages.len(), 1);
    assert!(messages[0].body.contains(&held.message), "{}", messages[0].body);

    waterside.server.state.clock.advance(TimeDelta::minutes(5));
    let plan: PlanSummary = waterside.plan().await;
    let address = with(routes::FINISH, &plan.run);
    let finish = Finish { hash: plan.hash.clone(), confirmation: None };
    waterside.admin.post(&address, &finish).await.problem(Kind::Unusable);
    let finish = Finish { confirmation: Some("CONFIRM".into()), ..finish };
    waterside.admin.post(&address, &finish).await.json::<RunView>();
    waterside.work().await;
    let runs: Vec<RunRow> = waterside.admin.get(routes::RUNS).await.json();
    let causes: Vec<_> = runs.iter().map(|run| (run.status, run.cause)).collect();
    assert_eq!(
        causes,
        [
            (RunStatus::Done, RunCause::Admin),
            (RunStatus::Held, RunCause::Schedule),
            (RunStatus::Done, RunCause::Admin)
        ]
    );
    let dashboard: Dashboard = waterside.admin.get(routes::DASHBOARD).await.json();
    assert_eq!(dashboard.held, None);
}

#[tokio::test]
async fn the_nightly_sync_is_made_now_for_the_one_who_wants_to_see_it() {
    let mut waterside = Waterside::up_to_date().await;
    waterside.admin.put(routes::SCHEDULE, &chosen("05:30")).await.json::<Schedule>();
    let now: Schedule = waterside.admin.post(routes::SCHEDULE_NOW, &()).await.json();
    assert_eq!(now.next_at.unwrap().0, "2026-09-01T08:00:00.000Z");
    assert_eq!(make_due(&waterside.server.state).await.unwrap(), 1);
    let schedule = waterside.schedule().await;
    assert_eq!(schedule.last.unwrap().outcome, NightOutcome::Done);
    assert_eq!(schedule.next_at.unwrap().0, "2026-09-02T04:30:00.000Z");
}

#[tokio::test]
async fn the_nightly_sync_of_a_school_is_its_admins_alone() {
    let mut waterside = Waterside::up_to_date().await;
    waterside.admin.put(routes::SCHEDULE, &chosen("05:30")).await.json::<Schedule>();
    let server = &waterside.server;
    let email = "teacher@waterside.example";
    let (_, mut teacher) = server.member_of_staff(&waterside.school, email, Role::Teacher).await;
    teacher.get(routes::SCHEDULE).await.problem(Kind::NotAllowed);
    teacher.put(routes::SCHEDULE, &chosen("05:30")).await.problem(Kind::NotAllowed);
    teacher.post(routes::SCHEDULE_NOW, &()).await.problem(Kind::NotAllowed);
    let hillcrest = server.school("3281101", "Hillcrest Primary School").await;
    let mut theirs = server.admin(&hillcrest, "head@hillcrest.example").await;
    assert!(!theirs.get(routes::SCHEDULE).await.json::<Schedule>().is_on);
}
