//! What a school's admin can do about a consent: let absences count, end the connection, take the
//! record of it home.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::connection::{ConnectionState as State, ConnectionView, Disconnect};
use rollcall_shared::consent::{ConsentRecord, ConsentSource};
use rollcall_shared::people::{Dashboard, Role};
use rollcall_shared::plan::{Finish, GuardKind, PlanSummary};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::run::{RunRow, RunStatus, RunView};
use rollcall_shared::wizard::{RosterState, WizardView};

use crate::wizard::Waterside;

impl Waterside {
    /// A school in which the first run has been applied.
    async fn synced() -> (Self, PlanSummary) {
        let mut waterside = Self::answered().await;
        let plan = waterside.plan().await;
        waterside.finish(&plan).await;
        waterside.work().await;
        waterside.server.state.clock.advance(TimeDelta::minutes(1));
        (waterside, plan)
    }

    async fn disconnect(&mut self, erase: bool) -> ConnectionView {
        let asked = Disconnect { erase, confirmation: "DISCONNECT".into() };
        let view = self.admin.post(routes::DISCONNECT, &asked).await.json();
        self.server.state.clock.advance(TimeDelta::minutes(1));
        view
    }

    async fn cards(&mut self) -> Vec<(String, String)> {
        let cards: Cards = self.admin.post(routes::CARDS, &CardsRequest::default()).await.json();
        let cards = cards.sheets.into_iter().flat_map(|sheet| sheet.cards);
        let mut cards: Vec<_> = cards.map(|card| (card.username, card.password)).collect();
        cards.sort();
        cards
    }

    /// The school leaves Year 6 out, and pauses meanwhile.
    async fn leave_year_6_out(&mut self) {
        let pause = |paused| {
            self.simulator.change("3281102", |school| school.authorisation.paused = paused)
        };
        pause(true).unwrap();
        let view: ConnectionView = self.admin.post(routes::CHECK, &()).await.json();
        assert_eq!(view.state, State::Paused);
        let left_out = self.simulator.change("3281102", |school| {
            let pupil = school.pupils.iter().find(|pupil| pupil.nc_year == 6).unwrap();
            school.authorisation.left_out_groups.extend(pupil.year_group);
            school.authorisation.paused = false;
        });
        left_out.unwrap();
        let view: ConnectionView = self.admin.post(routes::CHECK, &()).await.json();
        let change = view.change.unwrap();
        assert!(change.people && change.more.is_empty() && change.less.is_empty());
    }
}

#[tokio::test]
async fn a_person_who_is_left_out_stays_until_an_admin_says_that_they_have_left_and_confirms_it() {
    let (mut waterside, _) = Waterside::synced().await;
    waterside.leave_year_6_out().await;
    waterside.read().await;
    let plan = waterside.plan().await;
    assert_eq!((plan.pupils.left, plan.pupils.created), (0, 0), "{plan:?}");
    assert!(plan.uncounted_absences > 0);
    waterside.finish(&plan).await;
    waterside.work().await;
    let view: ConnectionView = waterside.admin.get(routes::CONNECTION).await.json();
    assert_eq!(
        (view.change, view.uncounted_absences),
        (None, plan.uncounted_absences),
        "a run has been applied since"
    );

    waterside.server.state.clock.advance(TimeDelta::minutes(1));
    waterside.admin.post(routes::ABSENCES_COUNT, &()).await.json::<ConnectionView>();
    waterside.wait_for_the_reading().await;
    let view: ConnectionView = waterside.admin.get(routes::CONNECTION).await.json();
    assert_eq!((view.change, view.uncounted_absences), (None, 0));
    assert!(view.events[0].cause.starts_with("Amara Okafor confirmed that"), "{:?}", view.events);
    let plan = waterside.plan().await;
    assert!(plan.pupils.left > 0, "{plan:?}");
    assert!(plan.guards.iter().any(|guard| guard.kind == GuardKind::Confirm));
    let address = with(routes::FINISH, &plan.run);
    let mut finish = Finish { hash: plan.hash.clone(), confirmation: None };
    let problem = waterside.admin.post(&address, &finish).await.problem(Kind::Unusable);
    assert_eq!(problem.errors[0].field, "confirmation");
    finish.confirmation = Some("CONFIRM".into());
    let queued: RunView = waterside.admin.post(&address, &finish).await.json();
    assert_eq!(queued.status, RunStatus::Queued);
    waterside.work().await;
    let dashboard: Dashboard = waterside.admin.get(routes::DASHBOARD).await.json();
    assert_eq!(dashboard.trash, plan.pupils.left);
}

#[tokio::test]
async fn a_connection_is_ended_only_by_the_word_and_not_while_a_run_is_going() {
    let mut waterside = Waterside::answered().await;
    let asked = Disconnect { erase: true, confirmation: "yes".into() };
    let problem = waterside.admin.post(routes::DISCONNECT, &asked).await.problem(Kind::Unusable);
    assert_eq!(problem.errors[0].field, "confirmation");
    let plan = waterside.plan().await;
    waterside.finish(&plan).await;
    let asked = Disconnect { confirmation: "DISCONNECT".into(), ..asked };
    let reply = waterside.admin.post(routes::DISCONNECT, &asked).await;
    assert_eq!(reply.problem(Kind::RunGoing).run, Some(plan.run));
    let view: ConnectionView = waterside.admin.get(routes::CONNECTION).await.json();
    assert_eq!(view.state, State::Ready);
}

#[tokio::test]
async fn what_is_kept_is_linked_again_when_the_school_is_connected_again() {
    let (mut waterside, first) = Waterside::synced().await;
    let logins = waterside.cards().await;
    assert_eq!(logins.len(), first.pupils.created as usize);
    let view = waterside.disconnect(false).await;
    assert_eq!((view.state, view.authoriser), (State::NotSetUp, None));
    let wizard: WizardView = waterside.admin.get(routes::WIZARD).await.json();
    assert_eq!(wizard.roster, RosterState::None);
    waterside.admin.post(routes::READ_ROSTER, &()).await.problem(Kind::NotConnected);
    waterside.admin.post(routes::PLAN, &()).await.problem(Kind::NotConnected);
    assert_eq!(waterside.cards().await, logins);

    waterside.connect().await;
    waterside.read().await;
    let plan = waterside.plan().await;
    assert_eq!((plan.pupils.changes(), plan.staff.changes()), (0, 0), "{plan:?}");
    assert_eq!(plan.pupils.unchanged, first.pupils.created);
    let connected: ConnectionView = waterside.admin.get(routes::CONNECTION).await.json();
    assert!(connected.change.is_some(), "the school may have chosen other people meanwhile");
}

#[tokio::test]
async fn what_is_erased_takes_the_accounts_of_runs_and_leaves_those_made_by_hand() {
    let (mut waterside, first) = Waterside::synced().await;
    let school = waterside.school.clone();
    let email = "teacher@waterside.example";
    waterside.server.member_of_staff(&school, email, Role::Teacher).await;
    let view = waterside.disconnect(true).await;
    assert_eq!(view.state, State::NotSetUp);
    let dashboard: Dashboard = waterside.admin.get(routes::DASHBOARD).await.json();
    assert_eq!((dashboard.pupils, dashboard.staff), (0, 2));
    assert_eq!(waterside.cards().await, []);
    let runs: Vec<RunRow> = waterside.admin.get(routes::RUNS).await.json();
    assert_eq!(runs[0].pupils, first.pupils, "the figures of the run stay");

    waterside.connect().await;
    waterside.read().await;
    let plan = waterside.plan().await;
    assert!(plan.is_first);
    assert_eq!(plan.pupils.created, first.pupils.created);
}

#[tokio::test]
async fn the_consent_record_says_who_approved_what_and_what_was_read_but_names_nobody() {
    let (mut waterside, plan) = Waterside::synced().await;
    waterside.read().await;
    let reply = waterside.admin.get(routes::CONSENT_RECORD).await;
    assert_eq!(
        reply.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"consent-record-3281102.json\""
    );
    let record: ConsentRecord = reply.json();
    assert_eq!((record.school.as_str(), record.state), ("Waterside Primary School", State::Ready));
    assert_eq!((record.consents.len(), record.reads.len(), record.runs.len()), (1, 2, 1));
    assert_eq!(record.consents[0].source, ConsentSource::ByHand);
    assert_eq!(record.consents[0].granted.len(), 6);
    let [run] = record.runs.as_slice() else { panic!("{:?}", record.runs) };
    assert_eq!((run.pupils, &run.read_at), (plan.pupils, &record.reads[0].at));
    assert!(record.reads[0].fields["Students"].contains(&"UPN".to_owned()));

    let secret = waterside.simulator.secret("3281102").unwrap();
    assert!(!reply.text.contains(&secret));
    let names = waterside.simulator.look("3281102", |school| {
        let pupils = school.pupils.iter().map(|pupil| pupil.surname.clone());
        pupils.filter(|name| name.len() > 5 && name != "Okafor").collect::<Vec<_>>()
    });
    for name in names.unwrap() {
        assert!(!reply.text.contains(&name), "{name}");
    }
}

#[tokio::test]
async fn only_an_admin_may_decide_about_the_connection() {
    let waterside = Waterside::connected().await;
    let email = "teacher@waterside.example";
    let (_, mut teacher) =
        waterside.server.member_of_staff(&waterside.school, email, Role::Teacher).await;
    let asked = Disconnect { erase: true, confirmation: "DISCONNECT".into() };
    teacher.post(routes::DISCONNECT, &asked).await.problem(Kind::NotAllowed);
    teacher.post(routes::ABSENCES_COUNT, &()).await.problem(Kind::NotAllowed);
    teacher.get(routes::CONSENT_RECORD).await.problem(Kind::NotAllowed);
    let mut nobody = waterside.server.browser();
    let reply = nobody.get(routes::CONSENT_RECORD).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
}
