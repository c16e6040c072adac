//! One person brought up to date from the MIS, as their page asks for it.

use rollcall_server::testing::apply_next;
use rollcall_shared::ids::AccountId;
use rollcall_shared::page::Page;
use rollcall_shared::people::{OnePerson, PersonRow, Role};
use rollcall_shared::plan::Finish;
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::run::{RunCause, RunKind, RunRow, RunStatus, RunView};
use xod_simulator::school::{Pupil, School};

use crate::wizard::Waterside;

/// A pupil of the lists whom the MIS has by just these names.
async fn a_pupil(waterside: &mut Waterside) -> PersonRow {
    let list = format!("{}?kind=pupil", routes::PEOPLE);
    let pupils: Page<PersonRow> = waterside.admin.get(&list).await.json();
    let is_named = |pupil: &PersonRow, one: &Pupil| {
        (&one.forename, &one.surname) == (&pupil.forename, &pupil.surname)
    };
    let find = |mis: &School| {
        pupils.rows.into_iter().find(|pupil| mis.pupils.iter().any(|one| is_named(pupil, one)))
    };
    waterside.simulator.look("3281102", find).unwrap().unwrap()
}

async fn renamed(waterside: &Waterside, pupil: &PersonRow, surname: &str) {
    let renamed = waterside.simulator.change("3281102", |mis| {
        let theirs =
            |one: &&mut Pupil| one.forename == pupil.forename && one.surname == pupil.surname;
        mis.pupils.iter_mut().find(theirs).unwrap().surname = surname.to_owned();
    });
    assert!(renamed.is_some());
}

#[tokio::test]
async fn what_the_mis_has_of_a_pupil_now_is_shown_and_done_as_a_run_of_its_own() {
    let mut waterside = Waterside::up_to_date().await;
    let pupil = a_pupil(&mut waterside).await;
    let address = with(routes::FROM_MIS, &pupil.id);
    let said: OnePerson = waterside.admin.post(&address, &()).await.json();
    assert_eq!(said, OnePerson::UpToDate);

    renamed(&waterside, &pupil, "Okonkwo").await;
    let said: OnePerson = waterside.admin.post(&address, &()).await.json();
    let OnePerson::Planned { run, hash, person } = said else { panic!("{said:?}") };
    assert_eq!(person.fields[0].after.as_deref(), Some("Okonkwo"));
    let finish = Finish { hash, confirmation: None };
    waterside.admin.post(&with(routes::FINISH, &run), &finish).await.json::<RunView>();
    assert!(apply_next(&waterside.server.state).await.unwrap().is_some());
    let now: PersonRow = waterside.admin.get(&with(routes::PERSON, &pupil.id)).await.json();
    assert_eq!((now.surname.as_str(), now.username), ("Okonkwo", pupil.username));
    let runs: Vec<RunRow> = waterside.admin.get(routes::RUNS).await.json();
    let run = runs.iter().find(|row| row.id == run).unwrap();
    assert_eq!(
        (run.kind, run.status, run.cause, run.started_by.as_deref()),
        (RunKind::OnePerson, RunStatus::Done, RunCause::Admin, Some("Amara Okafor"))
    );
}

#[tokio::test]
async fn only_admins_of_the_school_ask_the_mis_about_a_person() {
    let mut waterside = Waterside::up_to_date().await;
    let address = with(routes::FROM_MIS, &a_pupil(&mut waterside).await.id);
    let server = &waterside.server;
    let email = "teacher@waterside.example";
    let (_, mut teacher) = server.member_of_staff(&waterside.school, email, Role::Teacher).await;
    teacher.post(&address, &()).await.problem(Kind::NotAllowed);
    let hillcrest = server.school("3281101", "Hillcrest Primary School").await;
    let mut theirs = server.admin(&hillcrest, "head@hillcrest.example").await;
    theirs.post(&address, &()).await.problem(Kind::NotConnected);
    let nobody = with(routes::FROM_MIS, &AccountId(uuid::Uuid::from_u128(1)));
    waterside.admin.post(&nobody, &()).await.problem(Kind::NotFound);
}
