//! What happens to a school in a year: another MIS, new names, pupils who are expected, held back or
//! moved ahead, a new year that the MIS has not finished.

use axum::http::{HeaderValue, StatusCode, header};
use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::page::Page;
use rollcall_shared::people::PersonRow;
use rollcall_shared::plan::{
    Finish, GuardKind, PlanList, PlanPerson, PlanSummary, Rename, RenameAnswer, Resolution, Resolve,
};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::run::{RunStatus, RunView};
use rollcall_shared::settings::PupilScope;
use rollcall_shared::wizard::{RosterState, SaveDraft, Step, WizardView};
use rollcall_shared::year_group::YearGroup;

use crate::wizard::Waterside;

const ESTAB: &str = "3281102";
const SLUG: &str = "waterside-primary-school";

impl Waterside {
    /// A school that has made one run.
    async fn after_a_run() -> Self {
        let mut waterside = Self::answered().await;
        let plan = waterside.plan().await;
        waterside.apply(&plan).await;
        waterside
    }

    async fn apply(&mut self, plan: &PlanSummary) {
        self.finish(plan).await;
        self.work().await;
        let view: RunView = self.admin.get(&with(routes::RUN, &plan.run)).await.json();
        assert_eq!(view.status, RunStatus::Done, "{:?}", view.message);
    }

    /// Asks the simulator for something about this school, as a person at its page does.
    async fn ask_simulator(&self, method: reqwest::Method, path: &str, body: &str) {
        let url = format!("{}/_simulator/schools/{ESTAB}/{path}", self.simulator.url());
        let reply = reqwest::Client::new()
            .request(method, url)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        assert!(reply.status().is_success(), "{path}: {}", reply.status());
    }

    async fn read_and_plan(&mut self) -> PlanSummary {
        self.read().await;
        self.plan().await
    }

    async fn all_cards(&mut self) -> Vec<(String, String)> {
        let cards: Cards = self.admin.post(routes::CARDS, &CardsRequest::default()).await.json();
        let cards = cards.sheets.into_iter().flat_map(|sheet| sheet.cards);
        let mut cards: Vec<_> = cards.map(|card| (card.username, card.password)).collect();
        cards.sort();
        cards
    }

    async fn only(&mut self, plan: &PlanSummary, list: PlanList, name: &str) -> PlanPerson {
        let rows = self.people(plan.run, list).await.rows;
        rows.into_iter().find(|person| person.name == name).unwrap_or_else(|| panic!("{name}"))
    }
}

#[tokio::test]
async fn another_mis_is_recognised_person_by_person_and_nobody_leaves_or_gets_a_second_account() {
    let mut waterside = Waterside::after_a_run().await;
    let cards = waterside.all_cards().await;
    waterside.simulator.change(ESTAB, |mis| {
        for pupil in mis.pupils.iter_mut().step_by(4) {
            pupil.upn = None;
        }
        mis.authorisation.granted.remove(&xod_simulator::school::Scope::StudentExtended);
    });
    waterside.ask_simulator(reqwest::Method::POST, "change-mis", "").await;
    let plan = waterside.read_and_plan().await;
    assert_eq!((plan.pupils.left, plan.staff.left), (0, 0), "{plan:?}");
    assert_eq!((plan.pupils.created, plan.staff.created), (0, 0), "{plan:?}");
    assert!(plan.sure_ones > 3, "{plan:?}");
    assert_eq!(plan.classes.created, 0, "{plan:?}");

    let mut plan: PlanSummary =
        waterside.admin.post(&with(routes::RESOLVE_SURE, &plan.run), &()).await.json();
    while let Some(person) =
        waterside.people(plan.run, PlanList::PossibleDuplicate).await.rows.first()
    {
        assert!(person.candidates[0].if_same.contains("username and password stay"), "{person:?}");
        let same = Resolution::SamePersonAs(person.candidates[0].account);
        let answer = Resolve { seq: person.seq, resolution: same };
        plan = waterside.admin.post(&with(routes::RESOLVE, &plan.run), &answer).await.json();
    }
    waterside.apply(&plan).await;
    assert_eq!(waterside.all_cards().await, cards);
    let again = waterside.read_and_plan().await;
    let changes = (again.pupils.changes(), again.staff.changes(), again.possible_duplicates);
    assert_eq!(changes, (0, 0, 0), "{again:?}");
    assert_eq!(again.classes.created + again.classes.linked + again.classes.renamed, 0);
}

#[tokio::test]
async fn pupils_held_back_and_moved_ahead_go_where_the_mis_says_in_a_new_year() {
    let mut waterside = Waterside::after_a_run().await;
    let cards = waterside.all_cards().await;
    waterside.ask_simulator(reqwest::Method::POST, "advance-year", "").await;
    let pupils = waterside.simulator.change(ESTAB, |mis| {
        let years = [3, 4, 5].map(|year| mis.year_group(year).unwrap().id);
        let in_year_4: Vec<_> =
            mis.pupils.iter_mut().filter(|pupil| pupil.year_group == Some(years[1])).collect();
        let mut names = Vec::new();
        for (pupil, year) in in_year_4.into_iter().zip([years[0], years[2]]) {
            pupil.year_group = Some(year);
            names.push(format!("{} {}", pupil.forename, pupil.surname));
        }
        names
    });
    let [held_back, moved_ahead] = &pupils.unwrap()[..] else { panic!("two pupils of Year 4") };
    let plan = waterside.read_and_plan().await;
    assert!(plan.rollover.is_some() && plan.guards.is_empty(), "{plan:?}");
    let ahead = waterside.only(&plan, PlanList::Move, moved_ahead).await;
    assert_eq!(ahead.year, YearGroup::year(5));
    waterside.apply(&plan).await;
    for (name, year) in [(held_back, 3), (moved_ahead, 5)] {
        let address = format!("{}?q={}", routes::PEOPLE, name.replace(' ', "%20"));
        let page: Page<PersonRow> = waterside.admin.get(&address).await.json();
        assert_eq!(page.rows[0].year, YearGroup::year(year), "{name}");
    }
    let after = waterside.all_cards().await;
    let kept = cards.iter().filter(|card| after.contains(card)).count();
    assert_eq!(kept as u32, cards.len() as u32 - plan.pupils.left);
}

#[tokio::test]
async fn a_new_year_that_the_mis_has_not_finished_waits_for_a_person() {
    let mut waterside = Waterside::after_a_run().await;
    waterside.ask_simulator(reqwest::Method::POST, "advance-year", "").await;
    waterside.simulator.change(ESTAB, |mis| {
        for pupil in &mut mis.pupils {
            pupil.classes.clear();
        }
    });
    let plan = waterside.read_and_plan().await;
    let guard =
        plan.guards.iter().find(|guard| guard.message.contains("not finished its new year"));
    assert_eq!(guard.map(|guard| guard.kind), Some(GuardKind::Confirm), "{:?}", plan.guards);
    let asked = Finish { hash: plan.hash.clone(), confirmation: None };
    let address = with(routes::FINISH, &plan.run);
    waterside.admin.post(&address, &asked).await.problem(Kind::Unusable);
}

#[tokio::test]
async fn a_username_that_is_outgrown_is_proposed_and_changed_on_an_admins_word() {
    let mut waterside = Waterside::after_a_run().await;
    let (id, name, before) = waterside
        .simulator
        .look(ESTAB, |mis| {
            let pupil = mis.on_roll().find(|pupil| pupil.nc_year == 5).unwrap();
            (pupil.id, pupil.forename.clone(), pupil.surname.clone())
        })
        .unwrap();
    let body = format!(r#"{{"forename": "Quincy", "surname": "{before}"}}"#);
    waterside.ask_simulator(reqwest::Method::PATCH, &format!("students/{id}"), &body).await;
    let plan = waterside.read_and_plan().await;
    let person = waterside.only(&plan, PlanList::Update, &format!("Quincy {before}")).await;
    let proposed = person.proposed.clone().unwrap();
    assert!(
        proposed.username.starts_with("Quincy") && proposed.now.starts_with(&name),
        "{person:?}"
    );
    assert_eq!(person.username.as_ref(), Some(&proposed.now), "nothing is changed unasked");
    let address = with(routes::RENAME, &plan.run);
    let answer =
        |answer, username: &str| Rename { seq: person.seq, username: username.into(), answer };
    let another = answer(RenameAnswer::Rename, "Admin");
    waterside.admin.post(&address, &another).await.problem(Kind::Unusable);
    let agreed = answer(RenameAnswer::Rename, &proposed.username);
    let plan: PlanSummary = waterside.admin.post(&address, &agreed).await.json();
    let password = waterside
        .all_cards()
        .await
        .into_iter()
        .find_map(|(username, password)| (username == proposed.now).then_some(password))
        .unwrap();
    waterside.apply(&plan).await;
    let mut browser = waterside.server.browser();
    let reply = browser.sign_in(SLUG, &proposed.username, &password).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    browser.sign_in(SLUG, &proposed.now, &password).await.problem(Kind::WrongCredentials);
}

#[tokio::test]
async fn an_expected_pupil_is_asked_for_read_and_told_when_their_account_opens() {
    let mut waterside = Waterside::after_a_run().await;
    let year = waterside.simulator.look(ESTAB, |mis| mis.year_group(1).unwrap().id).unwrap();
    let body = format!(
        r#"{{"forename": "Ada", "surname": "Quill", "year_group": "{year}",
            "status": "PreAdmission", "entered": "2027-01-04"}}"#
    );
    waterside.ask_simulator(reqwest::Method::POST, "students", &body).await;
    let view: WizardView = waterside.admin.get(routes::WIZARD).await.json();
    let mut settings = view.draft.settings;
    settings.pupil_scope = PupilScope { pre_admissions: true, ..PupilScope::default() };
    let save = SaveDraft { version: view.draft.version, step: Step::YearGroups, settings };
    let view: WizardView = waterside.admin.put(routes::DRAFT, &save).await.json();
    let is_due = matches!(view.roster, RosterState::Ready { is_old: true, .. });
    assert!(is_due, "the MIS was read without those who are expected: {:?}", view.roster);
    waterside.admin.post(routes::PLAN, &()).await.problem(Kind::Stale);

    let plan = waterside.read_and_plan().await;
    assert_eq!(plan.pupils.created, 1, "{plan:?}");
    let record = waterside.admin.get(routes::CONSENT_RECORD).await.text;
    assert!(record.contains("EntryDate") && !record.contains("EnrolmentStatus"), "what is read");
    let cards_before = waterside.all_cards().await;
    waterside.apply(&plan).await;
    let cards = waterside.all_cards().await;
    let (username, password) = cards.iter().find(|card| !cards_before.contains(card)).unwrap();
    let mut browser = waterside.server.browser();
    let told = browser.sign_in(SLUG, username, password).await.problem(Kind::NotYet);
    assert!(told.detail.unwrap().contains("Monday 4 January 2027"));
    let page: Page<PersonRow> =
        waterside.admin.get(&format!("{}?q=quill", routes::PEOPLE)).await.json();
    let starts = page.rows[0].waiting.as_ref().and_then(|waiting| waiting.starts_on.clone());
    assert_eq!(starts.unwrap().0, "2027-01-04");
}
