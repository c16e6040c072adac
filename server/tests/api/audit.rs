//! What is written down of what admins do, and that no name is in it.

use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::consent::ConsentRecord;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::people::{EditPerson, PersonRow, Role};
use rollcall_shared::plan::PlanList;
use rollcall_shared::routes::{self, with};
use rollcall_shared::schedule::{DigestChoice, SaveSchedule, Schedule};
use rollcall_shared::time::TimeOfDay;
use rollcall_shared::wizard::{SaveDraft, Step, WizardView};
use rollcall_store::audit::Recorded;

use crate::support::Server;
use crate::wizard::Waterside;

/// The newest thing that was written down.
async fn newest(server: &Server, school: SchoolId) -> Recorded {
    server.state.store.list_recorded(school, 1).await.unwrap().swap_remove(0)
}

/// Time goes on, so that what is done next is the newest.
fn tick(server: &Server) {
    server.state.clock.advance(chrono::TimeDelta::seconds(1));
}

fn said(recorded: &Recorded) -> (&str, Option<&str>) {
    (&recorded.action, recorded.detail.as_deref())
}

#[tokio::test]
async fn a_downloaded_list_is_written_down_without_a_name() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    tick(&server);
    admin.get(&format!("{}?kind=pupil&q=zoe&trash=false", routes::PEOPLE_CSV)).await;
    let recorded = newest(&server, school.id).await;
    let detail = Some("people, 1 rows, filters: pupil, search");
    assert_eq!(said(&recorded), ("list_exported", detail));
    assert!(recorded.actor_id.is_some() && recorded.subject_id.is_none());
    tick(&server);
    admin.get(routes::PEOPLE_CSV).await;
    let detail = Some("people, 2 rows, filters: none");
    assert_eq!(said(&newest(&server, school.id).await), ("list_exported", detail));
}

#[tokio::test]
async fn a_runs_downloaded_list_and_saved_settings_are_written_down() {
    let mut waterside = Waterside::answered().await;
    let school = waterside.school.id;
    let plan = waterside.plan().await;
    let table = with(routes::RUN_PEOPLE_CSV, &plan.run);
    tick(&waterside.server);
    waterside.admin.get(&format!("{table}?list={}", PlanList::Create.code())).await;
    let people = waterside.people(plan.run, PlanList::Create).await.total;
    let detail = format!("run {}, {people} rows, filters: create", plan.run);
    assert_eq!(said(&newest(&waterside.server, school).await), ("list_exported", Some(&*detail)));

    let view: WizardView = waterside.admin.get(routes::WIZARD).await.json();
    let mut settings = view.draft.settings;
    settings.subject_groups.clear();
    settings.staff_usernames = rollcall_shared::formats::UsernameFormat::FullName;
    let save = SaveDraft { version: view.draft.version, step: Step::Usernames, settings };
    tick(&waterside.server);
    waterside.admin.put(routes::DRAFT, &save).await.json::<WizardView>();
    let detail = Some("usernames: staff usernames");
    assert_eq!(said(&newest(&waterside.server, school).await), ("settings_saved", detail));
    // A stale save changes nothing, and is not written down.
    waterside.admin.put(routes::DRAFT, &save).await;
    let recorded = waterside.server.state.store.list_recorded(school, 100).await.unwrap();
    assert_eq!(recorded.iter().filter(|one| said(one).1 == detail).count(), 1);
}

#[tokio::test]
async fn a_downloaded_consent_record_is_written_down() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    tick(&server);
    admin.get(routes::CONSENT_RECORD).await.json::<ConsentRecord>();
    let recorded = newest(&server, school.id).await;
    assert_eq!(said(&recorded), ("consent_record_downloaded", None));
}

#[tokio::test]
async fn links_sent_again_are_written_down_to_one_and_to_all() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (one, _, _) = server.invited(&school, "one@waterside.example", Role::Teacher).await;
    let (two, _, _) = server.invited(&school, "two@waterside.example", Role::Teacher).await;
    let store = &server.state.store;
    let sent = async |account: AccountId| {
        let recorded = store.list_recorded_about(school.id, account).await.unwrap();
        recorded.iter().filter(|one| one.action == "activation_sent").count()
    };
    admin.post(&with(routes::SEND_ACTIVATION, &one), &()).await.json::<PersonRow>();
    assert_eq!((sent(one).await, sent(two).await), (1, 0));
    // The messages of before have gone out.
    for mail in store.list_unsent_mail(10).await.unwrap() {
        store.mail_was_sent(mail.mail.id, server.state.clock.now()).await.unwrap();
    }
    server.state.clock.advance(chrono::TimeDelta::hours(2));
    let mut admin = server.admin(&school, "deputy@waterside.example").await;
    admin.post(routes::SEND_ACTIVATIONS, &()).await;
    assert_eq!((sent(one).await, sent(two).await), (2, 1));
}

#[tokio::test]
async fn a_role_is_written_down_as_it_was_and_as_it_is() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (account, _, _) = server.invited(&school, "new@waterside.example", Role::Teacher).await;
    let address = with(routes::PERSON, &account);
    let row: PersonRow = admin.get(&address).await.json();
    let mut wanted = row.details();
    wanted.role = Role::Admin;
    let edit = EditPerson { shown: row.details(), wanted };
    tick(&server);
    admin.put(&address, &edit).await.json::<PersonRow>();
    let recorded = server.state.store.list_recorded_about(school.id, account).await.unwrap();
    let recorded = recorded.into_iter().find(|one| one.action == "role_changed").unwrap();
    assert_eq!(recorded.detail.as_deref(), Some("teacher → admin"));
    assert_eq!(recorded.subject_id, Some(account.0));
    assert!(recorded.actor_id.is_some());
}

#[tokio::test]
async fn whose_cards_were_printed_is_written_down() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let zoe = server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let ida = server.pupil(school.id, "IdaS", "46", PasswordFormat::TwoPicturePin).await;
    let oak = server.class(school.id, 1, "Oak").await;
    let of_oak = CardsRequest { class: Some(oak), ..CardsRequest::default() };
    admin.post(routes::CARDS, &of_oak).await.json::<Cards>();
    let about =
        async |account| server.state.store.list_recorded_about(school.id, account).await.unwrap();
    assert!(about(zoe).await.is_empty(), "her card was not among them");
    admin.post(routes::CARDS, &CardsRequest::default()).await.json::<Cards>();
    for pupil in [zoe, ida] {
        let recorded = about(pupil).await;
        assert_eq!(recorded.len(), 1);
        assert_eq!(said(&recorded[0]), ("cards_printed", Some("2 cards")));
        assert!(recorded[0].actor_id.is_some());
    }
}

#[tokio::test]
async fn a_changed_schedule_is_written_down() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let chosen = SaveSchedule {
        is_on: false,
        time: TimeOfDay::from_minutes(4 * 60).unwrap(),
        digest: DigestChoice::Never,
        resume: false,
    };
    tick(&server);
    admin.put(routes::SCHEDULE, &chosen).await.json::<Schedule>();
    let recorded = newest(&server, school.id).await;
    assert_eq!(said(&recorded), ("schedule_changed", Some("off at 04:00, digest never")));
}
