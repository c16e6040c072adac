//! From the plan to the printed cards, against the simulator.

use axum::http::StatusCode;
use rollcall_engine::domain::roster::Roster;
use rollcall_server::testing::apply_next;
use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::ids::RunId;
use rollcall_shared::page::Page;
use rollcall_shared::people::{Dashboard, NewPupil, NewStaff, PersonRow, ProblemRef, Role};
use rollcall_shared::plan::{Finish, PlanList, PlanPerson, PlanSummary, ProblemCode};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::run::{RunRow, RunStatus, RunView};
use rollcall_shared::session::{Me, RevealedPassword};
use rollcall_shared::settings::YearMapping;
use rollcall_shared::wizard::{SaveDraft, Step, WizardView};
use rollcall_shared::year_group::{YearGroup, YearTarget};
use xod_simulator::school::{Pupil, PupilStatus};

use crate::wizard::Waterside;

impl Waterside {
    /// Reads the MIS and takes every year group for what is suggested.
    pub(crate) async fn answered() -> Self {
        Self::connected().await.with_answers().await
    }

    /// The same of one that is connected.
    pub(crate) async fn with_answers(mut self) -> Self {
        let view = self.read().await;
        let mut settings = view.draft.settings;
        settings.year_mappings = view
            .years
            .iter()
            .map(|year| YearMapping {
                name: year.name.clone(),
                code: year.code.clone(),
                target: YearTarget::Import(
                    year.suggestion.map_or(YearGroup::Nursery, |suggestion| suggestion.year),
                ),
            })
            .collect();
        let save = SaveDraft { version: view.draft.version, step: Step::YearGroups, settings };
        self.admin.put(routes::DRAFT, &save).await.json::<WizardView>();
        self
    }

    pub(crate) async fn plan(&mut self) -> PlanSummary {
        self.admin.post(routes::PLAN, &()).await.json()
    }

    pub(crate) async fn finish(&mut self, plan: &PlanSummary) -> RunView {
        let finish = Finish { hash: plan.hash.clone(), confirmation: None };
        self.admin.post(&with(routes::FINISH, &plan.run), &finish).await.json()
    }

    /// Does what the worker beside the server does.
    pub(crate) async fn work(&self) {
        while apply_next(&self.server.state).await.unwrap().is_some() {}
    }

    pub(crate) async fn people(&mut self, run: RunId, list: PlanList) -> Page<PlanPerson> {
        let address = with(routes::RUN_PEOPLE, &run);
        self.admin.get(&format!("{address}?list={}", list.code())).await.json()
    }
}

#[tokio::test]
async fn a_plan_is_finished_once_and_gives_cards_that_pupils_sign_in_with() {
    let mut waterside = Waterside::answered().await;
    let plan = waterside.plan().await;
    assert!(plan.is_first && plan.pupils.created > 50 && plan.staff.created >= 3, "{plan:?}");
    assert_eq!(waterside.plan().await, plan, "nothing has changed, so the plan is the same");

    let queued = waterside.finish(&plan).await;
    assert_eq!(queued.status, RunStatus::Queued);
    let again = waterside.finish(&plan).await;
    assert_eq!(again.id, queued.id, "pressed twice it is the same run");
    let view: WizardView = waterside.admin.get(routes::WIZARD).await.json();
    assert_eq!(view.going, Some(plan.run));

    waterside.work().await;
    let done: RunView = waterside.admin.get(&with(routes::RUN, &plan.run)).await.json();
    assert_eq!(done.status, RunStatus::Done, "{:?}", done.message);
    assert_eq!((done.pupils, done.staff), (plan.pupils, plan.staff));
    assert_eq!((done.done, done.total), (plan.pupils.created + plan.staff.created, done.done));
    assert_eq!(done.emails.all(), plan.staff.created);
    let runs: Vec<RunRow> = waterside.admin.get(routes::RUNS).await.json();
    assert_eq!(runs[0].started_by.as_deref(), Some("Amara Okafor"));
    let dashboard: Dashboard = waterside.admin.get(routes::DASHBOARD).await.json();
    assert_eq!((dashboard.pupils, dashboard.going), (plan.pupils.created, None));
    assert_eq!(dashboard.last_run.unwrap().id, plan.run);

    let asked = CardsRequest { created_by: Some(plan.run), ..CardsRequest::default() };
    let cards: Cards = waterside.admin.post(routes::CARDS, &asked).await.json();
    let printed: Vec<_> = cards.sheets.iter().flat_map(|sheet| &sheet.cards).collect();
    assert_eq!(printed.len(), plan.pupils.created as usize);
    for card in printed.iter().step_by(15) {
        let mut browser = waterside.server.browser();
        let slug = "waterside-primary-school";
        let me: Me = browser.sign_in(slug, &card.username, &card.password).await.json();
        assert_eq!(me.role, Role::Pupil);
    }

    let next = waterside.plan().await;
    assert_eq!((next.pupils.changes(), next.staff.changes()), (0, 0), "{next:?}");
    let view: WizardView = waterside.admin.get(routes::WIZARD).await.json();
    assert_eq!((view.has_run_before, view.resume_at), (true, Step::Summary));
}

#[tokio::test]
async fn somebody_who_could_not_be_imported_is_added_by_hand_and_known_from_then_on() {
    let mut waterside = Waterside::answered().await;
    let mut plan = waterside.plan().await;
    let problems = waterside.people(plan.run, PlanList::Problem).await;
    let without_email = problems.rows.iter().find(|person| {
        person.problem.as_ref().is_some_and(|problem| problem.code == ProblemCode::NoEmail)
    });
    // Every school of the simulator has at least one member of staff without an e-mail.
    let person = without_email.expect("a member of staff without an e-mail").clone();
    let (forename, surname) = person.name.split_once(' ').unwrap();
    let staff = NewStaff {
        forename: forename.into(),
        surname: surname.into(),
        email: "by.hand@waterside.example".into(),
        role: Some(Role::Teacher),
        from_problem: Some(ProblemRef { run: plan.run, seq: person.seq }),
    };
    let store = waterside.server.state.store.clone();
    let school = store.find_school_by_estab(&"3281102".parse().unwrap()).await.unwrap().unwrap();
    let roster = store.find_roster(school.id).await.unwrap().unwrap().roster;
    let without_staff = Roster { staff: Vec::new(), ..roster.clone() };
    store.save_roster(school.id, &without_staff).await.unwrap();
    let gone = waterside.admin.post(routes::STAFF, &staff).await.problem(Kind::Unusable);
    assert_eq!(gone.title, "They are no longer in your MIS");
    store.save_roster(school.id, &roster).await.unwrap();

    let table = format!("{}?list=problem", with(routes::RUN_PEOPLE_CSV, &plan.run));
    let table = waterside.admin.get(&table).await.text;
    assert!(table.contains(&person.name) && table.contains("no e-mail address"), "{table}");
    let row: PersonRow = waterside.admin.post(routes::STAFF, &staff).await.json();
    assert!(row.linked);
    let again = NewStaff { email: "other@waterside.example".into(), ..staff.clone() };
    waterside.admin.post(routes::STAFF, &again).await.problem(Kind::Unusable);
    let shown = waterside.people(plan.run, PlanList::Problem).await;
    let shown = shown.rows.iter().find(|shown| shown.seq == person.seq).unwrap();
    assert_eq!((person.account, shown.account), (None, Some(row.id)));

    plan = waterside.plan().await;
    let problems = waterside.people(plan.run, PlanList::Problem).await;
    assert!(problems.rows.iter().all(|problem| problem.name != person.name));
    let nowhere = ProblemRef { run: plan.run, seq: 9_999 };
    let lost = NewStaff { from_problem: Some(nowhere), ..again };
    waterside.admin.post(routes::STAFF, &lost).await.problem(Kind::NotFound);
}

#[tokio::test]
async fn a_plan_that_something_changed_under_is_not_applied() {
    let mut waterside = Waterside::answered().await;
    let plan = waterside.plan().await;
    let staff = NewStaff {
        forename: "Someone".into(),
        surname: "Else".into(),
        email: "else@waterside.example".into(),
        role: Some(Role::Teacher),
        from_problem: None,
    };
    waterside.admin.post(routes::STAFF, &staff).await.json::<PersonRow>();
    let finish = Finish { hash: plan.hash.clone(), confirmation: None };
    let address = with(routes::FINISH, &plan.run);
    waterside.admin.post(&address, &finish).await.problem(Kind::Stale);

    let newer = waterside.plan().await;
    assert_ne!(newer.run, plan.run);
    waterside.admin.post(&address, &finish).await.problem(Kind::Stale);
    assert_eq!(waterside.finish(&newer).await.status, RunStatus::Queued);
}

#[tokio::test]
async fn a_second_run_is_shown_the_one_that_is_going() {
    let mut waterside = Waterside::answered().await;
    let first = waterside.plan().await;
    waterside.finish(&first).await;
    let second = waterside.plan().await;
    let finish = Finish { hash: second.hash.clone(), confirmation: None };
    let reply = waterside.admin.post(&with(routes::FINISH, &second.run), &finish).await;
    assert_eq!(reply.problem(Kind::RunGoing).run, Some(first.run));
}

#[tokio::test]
async fn runs_are_seen_in_their_own_school_only() {
    let mut waterside = Waterside::answered().await;
    let plan = waterside.plan().await;
    let hillcrest = waterside.server.school("3281101", "Hillcrest Primary School").await;
    let mut theirs = waterside.server.admin(&hillcrest, "head@hillcrest.example").await;
    for pattern in [routes::RUN, routes::RUN_SUMMARY, routes::RUN_PEOPLE] {
        theirs.get(&with(pattern, &plan.run)).await.problem(Kind::NotFound);
    }
    let finish = Finish { hash: plan.hash, confirmation: None };
    theirs.post(&with(routes::FINISH, &plan.run), &finish).await.problem(Kind::NotFound);
    theirs.post(&with(routes::RESOLVE_SURE, &plan.run), &()).await.problem(Kind::NotFound);
    assert_eq!(theirs.get(routes::RUNS).await.json::<Vec<RunRow>>(), []);
}

#[tokio::test]
async fn there_is_no_plan_before_the_mis_has_been_read() {
    let mut waterside = Waterside::connected().await;
    let reply = waterside.admin.post(routes::PLAN, &()).await;
    reply.problem(Kind::NotConnected);
    assert_eq!(reply.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn while_a_run_is_going_nobody_is_brought_back() {
    let mut waterside = Waterside::answered().await;
    let plan = waterside.plan().await;
    waterside.finish(&plan).await;
    let anybody = with(routes::RESTORE, &"00000000-0000-0000-0000-000000000001");
    let problem = waterside.admin.post(&anybody, &()).await.problem(Kind::RunGoing);
    assert_eq!(problem.run, Some(plan.run));
    waterside.work().await;
    waterside.admin.post(&anybody, &()).await.problem(Kind::NotFound);
}

#[tokio::test]
async fn a_pupil_without_a_year_is_added_by_hand_and_keeps_the_year_in_the_next_run() {
    let mut waterside = Waterside::answered().await;
    waterside.simulator.change("3281102", |mis| {
        let on_roll = |pupil: &&mut Pupil| pupil.status == PupilStatus::OnRoll;
        mis.pupils.iter_mut().find(on_roll).unwrap().year_group = None;
    });
    waterside.read().await;
    let plan = waterside.plan().await;
    let problems = waterside.people(plan.run, PlanList::Problem).await;
    let without_year = problems.rows.iter().find(|person| {
        person.problem.as_ref().is_some_and(|problem| problem.code == ProblemCode::NoYearGroup)
    });
    let person = without_year.expect("a pupil without a year group").clone();
    let (forename, surname) = person.name.split_once(' ').unwrap();
    let mut pupil = NewPupil {
        forename: forename.into(),
        surname: surname.into(),
        year: None,
        class: None,
        from_problem: Some(ProblemRef { run: plan.run, seq: person.seq }),
    };
    let problem = waterside.admin.post(routes::PUPILS, &pupil).await.problem(Kind::Unusable);
    assert_eq!(problem.errors[0].field, "year");
    pupil.year = YearGroup::year(2);
    let row: PersonRow = waterside.admin.post(routes::PUPILS, &pupil).await.json();
    assert_eq!((row.role, row.year, row.linked), (Role::Pupil, YearGroup::year(2), true));
    waterside.admin.post(routes::PUPILS, &pupil).await.problem(Kind::Unusable);
    let shown = waterside.people(plan.run, PlanList::Problem).await;
    let shown = shown.rows.iter().find(|shown| shown.seq == person.seq).unwrap();
    assert_eq!((person.account, shown.account), (None, Some(row.id)));

    // They can sign in at once.
    let revealed: RevealedPassword =
        waterside.admin.post(&with(routes::REVEAL, &row.id), &()).await.json();
    let mut browser = waterside.server.browser();
    let slug = "waterside-primary-school";
    let me: Me = browser.sign_in(slug, &revealed.username, &revealed.password).await.json();
    assert_eq!(me.role, Role::Pupil);

    let plan = waterside.plan().await;
    waterside.finish(&plan).await;
    waterside.work().await;
    let row: PersonRow = waterside.admin.get(&with(routes::PERSON, &row.id)).await.json();
    assert_eq!(row.year, YearGroup::year(2));
}

#[tokio::test]
async fn a_run_is_stopped_by_an_admin_of_its_school_only_and_it_is_kept_who_did() {
    let mut waterside = Waterside::answered().await;
    let school = waterside.school.clone();
    let (_, mut teacher) =
        waterside.server.member_of_staff(&school, "teacher@waterside.example", Role::Teacher).await;
    let plan = waterside.plan().await;
    let address = with(routes::CANCEL, &plan.run);
    let planned: RunView = waterside.admin.post(&address, &()).await.json();
    assert_eq!(planned.status, RunStatus::Planned, "there is nothing to stop");
    waterside.finish(&plan).await;

    teacher.post(&address, &()).await.problem(Kind::NotAllowed);
    let elsewhere = waterside.server.school("3281103", "Hillcrest").await;
    let mut other = waterside.server.admin(&elsewhere, "head@hillcrest.example").await;
    other.post(&address, &()).await.problem(Kind::NotFound);
    let going: RunView = waterside.admin.get(&with(routes::RUN, &plan.run)).await.json();
    assert_eq!((going.status, going.cancel_asked_by), (RunStatus::Queued, None));

    let stopped: RunView = waterside.admin.post(&address, &()).await.json();
    assert_eq!(stopped.status, RunStatus::Cancelled);
    assert!(stopped.cancel_asked_by.is_some() && stopped.cancel_asked_at.is_some());
    assert_eq!((stopped.done, stopped.pupils.created, stopped.emails.all()), (0, 0, 0));
    waterside.work().await;
    let rows: Vec<RunRow> = waterside.admin.get(routes::RUNS).await.json();
    assert_eq!((rows.len(), rows[0].status), (1, RunStatus::Cancelled));

    // What was stopped can be started again.
    let again = waterside.plan().await;
    assert_eq!(again.pupils, plan.pupils);
    waterside.finish(&again).await;
    waterside.work().await;
    let done: RunView = waterside.admin.post(&with(routes::CANCEL, &again.run), &()).await.json();
    assert_eq!((done.status, done.cancel_asked_by), (RunStatus::Done, None), "it was too late");
}
