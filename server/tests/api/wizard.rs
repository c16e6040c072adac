//! The wizard's four questions, against the simulator.

use std::time::Duration;

use rollcall_server::testing::Secret;
use rollcall_shared::connection::ConnectionState;
use rollcall_shared::formats::{PasswordFormat, UsernameFormat};
use rollcall_shared::people::Role;
use rollcall_shared::problem::Kind;
use rollcall_shared::routes;
use rollcall_shared::wizard::{
    PasswordFormatInfo, RosterState, SaveDraft, Step, UsernamePreview, WizardView,
};
use rollcall_shared::year_group::YearTarget;
use rollcall_store::schools::StoredSchool;
use xod_simulator::{Config, Running, SchoolSpec, Simulator};

use crate::support::{Browser, Server};

/// Waterside with its MIS, which is connected.
pub(crate) struct Waterside {
    pub server: Server,
    pub simulator: Running,
    pub school: StoredSchool,
    pub admin: Browser,
}

impl Waterside {
    pub(crate) async fn connected() -> Self {
        Self::connected_with("").await
    }

    /// The same with these lines of configuration besides the usual ones.
    pub(crate) async fn connected_with(lines: &str) -> Self {
        let spec = SchoolSpec::new("3281102").pupils(60).staff(12).seed(7);
        let simulator = Simulator::start(Config::on_a_free_port([spec])).await.unwrap();
        let server = Server::with(&format!("xod_url = \"{}\"\n{lines}", simulator.url())).await;
        let (school, admin) = server.waterside().await;
        let waterside = Self { server, simulator, school, admin };
        waterside.connect().await;
        waterside
    }

    /// Gives the server the school's secret.
    pub(crate) async fn connect(&self) {
        let secret = Secret::new(self.simulator.secret("3281102").unwrap());
        let connections = &self.server.state.connections;
        let connected = connections.connect_with_secret(&self.school, secret).await.unwrap();
        assert_eq!(connected.unwrap().state, ConnectionState::Ready);
    }

    /// Reads the MIS to the end.
    pub(crate) async fn read(&mut self) -> WizardView {
        self.admin.post(routes::READ_ROSTER, &()).await.json::<WizardView>();
        self.wait_for_the_reading().await
    }

    pub(crate) async fn wait_for_the_reading(&mut self) -> WizardView {
        let reading = async {
            loop {
                let view: WizardView = self.admin.get(routes::WIZARD).await.json();
                if !matches!(view.roster, RosterState::Reading { .. }) {
                    return view;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), reading).await.unwrap()
    }
}

#[tokio::test]
async fn nothing_is_read_before_the_connection_is_ready() {
    let server = Server::start().await;
    let (_, mut admin) = server.waterside().await;
    let view: WizardView = admin.get(routes::WIZARD).await.json();
    assert_eq!((view.roster, view.resume_at), (RosterState::None, Step::Usernames));
    admin.post(routes::READ_ROSTER, &()).await.problem(Kind::NotConnected);
}

#[tokio::test]
async fn the_mis_is_read_in_the_background_and_its_year_groups_are_suggested() {
    let mut waterside = Waterside::connected().await;
    let view = waterside.read().await;
    let RosterState::Ready { pupils, staff, classes, is_old, .. } = view.roster else {
        panic!("{:?}", view.roster)
    };
    assert!((55..=70).contains(&pupils) && staff > 8 && classes > 3 && !is_old, "{pupils} {staff}");
    assert!(view.years.len() >= 7, "{:?}", view.years);
    assert!(view.years.iter().all(|year| year.decided.is_none()));
    assert!(view.years.iter().filter(|year| year.suggestion.is_some()).count() >= 6);
    assert_eq!(view.undecided_years as usize, view.years.len());
    assert!(!view.has_run_before);
}

#[tokio::test]
async fn a_roster_of_yesterday_is_old() {
    let mut waterside = Waterside::connected().await;
    waterside.read().await;
    // The session has ended by then, too.
    waterside.server.state.clock.advance(chrono::TimeDelta::hours(12));
    let slug = "waterside-primary-school";
    waterside.admin.sign_in(slug, "AOkafor", crate::support::PASSWORD).await;
    let view: WizardView = waterside.admin.get(routes::WIZARD).await.json();
    assert!(matches!(view.roster, RosterState::Ready { is_old: true, .. }), "{:?}", view.roster);
}

#[tokio::test]
async fn a_reading_that_fails_says_why_and_keeps_the_roster_there_was() {
    let mut waterside = Waterside::connected().await;
    let before = waterside.read().await;
    let config = Config::on_a_free_port([SchoolSpec::new("3281102")]);
    let elsewhere =
        std::mem::replace(&mut waterside.simulator, Simulator::start(config).await.unwrap());
    elsewhere.stop().await;
    let view = waterside.read().await;
    let RosterState::Failed { title, detail, retry_at } = view.roster else {
        panic!("{:?}", view.roster)
    };
    assert!(retry_at.is_some());
    assert_eq!(title, "Groupcall could not be reached");
    assert!(detail.contains("Nothing was changed"), "{detail}");
    assert_eq!(view.years, before.years);
}

#[tokio::test]
async fn a_reading_left_over_from_a_dead_server_is_read_again() {
    let mut waterside = Waterside::connected().await;
    let state = waterside.server.state.clone();
    let school = state.store.find_school_by_slug("waterside-primary-school").await;
    let id = school.unwrap().unwrap().id;
    let earlier = state.clock.now() - chrono::TimeDelta::minutes(1);
    assert!(state.store.begin_roster_read(id, "Reading", earlier, earlier).await.unwrap());
    let view: WizardView = waterside.admin.get(routes::WIZARD).await.json();
    assert!(matches!(view.roster, RosterState::Reading { .. }));

    rollcall_server::testing::reading::resume_all(&state).await.unwrap();
    let view = waterside.wait_for_the_reading().await;
    assert!(matches!(view.roster, RosterState::Ready { .. }), "{:?}", view.roster);
}

#[tokio::test]
async fn usernames_are_shown_on_the_schools_own_people() {
    let mut waterside = Waterside::connected().await;
    waterside.read().await;
    for (kind, fewest) in [("pupil", 40), ("staff", 3)] {
        let address = format!("{}?kind={kind}", routes::USERNAMES);
        let preview: UsernamePreview = waterside.admin.get(&address).await.json();
        assert_eq!(preview.formats.len(), 4);
        assert!(preview.people >= fewest, "{} {kind}", preview.people);
        assert!(preview.formats.iter().all(|format| !format.examples.is_empty()));
    }
    let mut staff = async |scope: &str| {
        let address = format!("{}?kind=staff&staff_scope={scope}", routes::USERNAMES);
        waterside.admin.get(&address).await.json::<UsernamePreview>().people
    };
    assert!(staff("teachers_only").await < staff("all_staff").await);
    waterside.admin.get(routes::USERNAMES).await.problem(Kind::Unusable);
}

#[tokio::test]
async fn the_password_formats_are_explained() {
    let server = Server::start().await;
    let (_, mut admin) = server.waterside().await;
    let formats: Vec<PasswordFormatInfo> = admin.get(routes::PASSWORDS).await.json();
    assert_eq!(formats.len(), PasswordFormat::ALL.len());
    assert_eq!(formats[0].possible_values, 100);
}

#[tokio::test]
async fn answers_are_kept_and_a_stale_save_is_refused_and_names_who_changed_them() {
    let server = Server::start().await;
    let (school, mut first) = server.waterside().await;
    let (_, mut second) =
        server.member_of_staff(&school, "deputy@waterside.example", Role::Admin).await;
    let before: WizardView = first.get(routes::WIZARD).await.json();

    let mut save = SaveDraft {
        version: before.draft.version,
        step: Step::Usernames,
        settings: before.draft.settings.clone(),
    };
    save.settings.pupil_usernames = UsernameFormat::FullName;
    let saved: WizardView = first.put(routes::DRAFT, &save).await.json();
    assert_eq!(saved.draft.settings.pupil_usernames, UsernameFormat::FullName);
    assert_eq!(
        (saved.draft.answered.as_slice(), saved.resume_at),
        (&[Step::Usernames][..], Step::Passwords)
    );
    assert_eq!(saved.draft.changed_by.as_deref(), Some("Amara Okafor"));

    save.settings.pupil_usernames = UsernameFormat::Initials;
    let problem = second.put(routes::DRAFT, &save).await.problem(Kind::Stale);
    assert!(problem.title.contains("Amara Okafor"), "{}", problem.title);
    let detail = problem.detail.unwrap_or_default();
    assert!(detail.contains("differs from your answers in: pupils’ usernames."), "{detail}");
    let kept: WizardView = second.get(routes::WIZARD).await.json();
    assert_eq!(kept.draft, saved.draft);
}

#[tokio::test]
async fn refuses_a_mapping_with_an_unknown_year() {
    let server = Server::start().await;
    let (_, mut admin) = server.waterside().await;
    let view: WizardView = admin.get(routes::WIZARD).await.json();
    let save = SaveDraft { version: 0, step: Step::YearGroups, settings: view.draft.settings };
    let mut json = serde_json::to_value(&save).unwrap();
    json["settings"]["year_mappings"] =
        serde_json::json!([{ "name": "Y99", "code": null, "target": { "import": "year-99" } }]);
    let problem = admin.put(routes::DRAFT, &json).await.problem(Kind::Unusable);
    assert_eq!(problem.errors[0].field, "settings.year_mappings[0].target.import");
    json["settings"]["year_mappings"][0]["target"] =
        serde_json::to_value(YearTarget::DoNotImport).unwrap();
    json["settings"]["year_mappings"][0]["name"] = "  ".into();
    admin.put(routes::DRAFT, &json).await.problem(Kind::Unusable);
}
