//! Changing people by hand: what is kept, and handed back.

use axum::http::StatusCode;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::AccountId;
use rollcall_shared::page::Page;
use rollcall_shared::people::{EditPerson, HandBack, PersonDetails, PersonRow, Role};
use rollcall_shared::plan::{FieldChange, PersonField, PlanList, PlanPerson};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::{Activation, ActivationToken};
use rollcall_shared::year_group::YearGroup;
use rollcall_store::audit::AuditAction;

use crate::support::{Browser, Server};
use crate::wizard::Waterside;

async fn shown(admin: &mut Browser, person: AccountId) -> PersonRow {
    admin.get(&with(routes::PERSON, &person)).await.json()
}

/// Somebody as they are shown, and as they are to be.
fn edit(row: &PersonRow, change: impl FnOnce(&mut PersonDetails)) -> EditPerson {
    let mut wanted = row.details();
    change(&mut wanted);
    EditPerson { shown: row.details(), wanted }
}

#[tokio::test]
async fn what_is_changed_by_hand_stays_through_a_run_until_it_is_handed_back() {
    let mut waterside = Waterside::answered().await;
    let plan = waterside.plan().await;
    waterside.finish(&plan).await;
    waterside.work().await;
    let plan = waterside.plan().await;
    assert_eq!(plan.kept_fields, 0);
    let pupils = waterside.people(plan.run, PlanList::Unchanged).await;
    let id = pupils.rows.iter().find_map(|person| person.account).unwrap();
    let before = shown(&mut waterside.admin, id).await;
    let in_mis = before.forename.clone();
    let address = with(routes::PERSON, &id);
    let asked = edit(&before, |one| one.forename = "  Mia  Grace ".into());
    let row: PersonRow = waterside.admin.put(&address, &asked).await.json();
    assert_eq!((row.forename.as_str(), row.kept), ("Mia Grace", [PersonField::Forename].into()));
    assert_eq!((&row.username, &row.surname), (&before.username, &before.surname));

    let plan = waterside.plan().await;
    assert_eq!((plan.kept_fields, plan.pupils.changes() + plan.staff.changes()), (1, 0));
    let people = format!("{}?kept_fields=true", with(routes::RUN_PEOPLE, &plan.run));
    let listed: Page<PlanPerson> = waterside.admin.get(&people).await.json();
    let kept = FieldChange {
        field: PersonField::Forename,
        before: Some("Mia Grace".into()),
        after: Some(in_mis.clone()),
    };
    assert_eq!((listed.total, listed.rows[0].kept.as_slice()), (1, [kept].as_slice()));
    let table = format!("{}?kept_fields=true", with(routes::RUN_PEOPLE_CSV, &plan.run));
    let table = waterside.admin.get(&table).await.text;
    assert!(table.contains(&format!("First name: Mia Grace (your MIS: {in_mis})")), "{table}");
    waterside.finish(&plan).await;
    waterside.work().await;
    assert_eq!(shown(&mut waterside.admin, id).await.forename, "Mia Grace");

    let hand_back = HandBack { field: PersonField::Forename };
    for _ in 0..2 {
        let address = with(routes::HAND_BACK, &id);
        let row: PersonRow = waterside.admin.post(&address, &hand_back).await.json();
        assert!(row.kept.is_empty() && row.forename == "Mia Grace");
    }
    let plan = waterside.plan().await;
    let updated = plan.pupils.updated + plan.staff.updated;
    assert_eq!((plan.kept_fields, updated), (0, 1));
    waterside.finish(&plan).await;
    waterside.work().await;
    assert_eq!(shown(&mut waterside.admin, id).await.forename, in_mis);
    let (store, school) = (&waterside.server.state.store, "3281102".parse().unwrap());
    let school = store.find_school_by_estab(&school).await.unwrap().unwrap().id;
    for action in [AuditAction::PersonEdited, AuditAction::HandedBack] {
        assert_eq!(store.count_recorded(school, action).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn while_a_run_is_going_nobody_is_changed() {
    let mut waterside = Waterside::answered().await;
    let plan = waterside.plan().await;
    waterside.finish(&plan).await;
    waterside.work().await;
    let plan = waterside.plan().await;
    let pupils = waterside.people(plan.run, PlanList::Unchanged).await;
    let id = pupils.rows.iter().find_map(|person| person.account).unwrap();
    let before = shown(&mut waterside.admin, id).await;
    waterside.finish(&plan).await;
    let (address, back) = (with(routes::PERSON, &id), with(routes::HAND_BACK, &id));
    let asked = edit(&before, |one| one.surname = "Other".into());
    let problem = waterside.admin.put(&address, &asked).await.problem(Kind::RunGoing);
    assert_eq!(problem.run, Some(plan.run));
    let field = HandBack { field: PersonField::Surname };
    waterside.admin.post(&back, &field).await.problem(Kind::RunGoing);
    assert_eq!(shown(&mut waterside.admin, id).await, before);
    waterside.work().await;
    let row: PersonRow = waterside.admin.put(&address, &asked).await.json();
    assert_eq!(row.surname, "Other");
}

#[tokio::test]
async fn changing_a_pupil_says_which_fields_to_put_right() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let id = server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let oak = server.class(school.id, 1, "Oak").await;
    let hillcrest = server.school("3281101", "Hillcrest Primary School").await;
    let theirs = server.class(hillcrest.id, 2, "Ash").await;
    let (row, address) = (shown(&mut admin, id).await, with(routes::PERSON, &id));
    for (asked, fields) in [
        (
            edit(&row, |zoe| {
                zoe.forename = " ".into();
                zoe.surname = String::new();
                zoe.year = None;
                zoe.class = Some(theirs);
            }),
            vec!["forename", "year", "class"],
        ),
        (edit(&row, |zoe| zoe.surname = "x".repeat(201)), vec!["surname"]),
        (
            edit(&row, |zoe| {
                zoe.forename = "!!".into();
                zoe.surname = "–".into();
            }),
            vec!["surname"],
        ),
    ] {
        let problem = admin.put(&address, &asked).await.problem(Kind::Unusable);
        let named: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, fields);
    }
    assert_eq!(shown(&mut admin, id).await, row);

    // A pupil has no e-mail, whatever is sent.
    let asked = edit(&row, |zoe| {
        zoe.class = Some(oak);
        zoe.year = Some(YearGroup::Reception);
        zoe.email = Some("zoe@waterside.example".into());
    });
    let row: PersonRow = admin.put(&address, &asked).await.json();
    assert_eq!((row.class.as_deref(), row.year), (Some("Oak"), Some(YearGroup::Reception)));
    assert_eq!(row.kept, [PersonField::Year, PersonField::Class].into());
    assert_eq!(row.email, None);
    let out = edit(&row, |zoe| zoe.class = None);
    assert_eq!(admin.put(&address, &out).await.json::<PersonRow>().class, None);
}

#[tokio::test]
async fn a_change_of_what_is_not_so_any_more_is_refused_and_one_of_nothing_marks_nothing() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let id = server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let (row, address) = (shown(&mut admin, id).await, with(routes::PERSON, &id));
    let nothing = edit(&row, |zoe| zoe.forename = format!(" {} ", zoe.forename));
    assert_eq!(admin.put(&address, &nothing).await.json::<PersonRow>(), row);
    let edited = AuditAction::PersonEdited;
    assert_eq!(server.state.store.count_recorded(school.id, edited).await.unwrap(), 0);

    let first = edit(&row, |zoe| zoe.forename = "Mia".into());
    let second = edit(&row, |zoe| zoe.surname = "Wood".into());
    admin.put(&address, &first).await.json::<PersonRow>();
    let refused = admin.put(&address, &second).await;
    refused.problem(Kind::Stale);
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let row = shown(&mut admin, id).await;
    assert_eq!((row.forename.as_str(), row.surname.as_str()), ("Mia", "Smith"));
    assert_eq!(server.state.store.count_recorded(school.id, edited).await.unwrap(), 1);
}

#[tokio::test]
async fn a_member_of_staff_gets_a_new_link_at_another_address_which_nobody_else_has() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (id, _, token) = server.invited(&school, "ama@waterside.example", Role::Teacher).await;
    let (row, address) = (shown(&mut admin, id).await, with(routes::PERSON, &id));
    assert_eq!(row.kept, [PersonField::Email].into(), "an e-mail given by hand is kept");
    for (email, code) in
        [("HEAD@waterside.example", "taken"), ("ama@", "unusable"), (" ", "unusable")]
    {
        let asked = edit(&row, |ama| ama.email = Some(email.into()));
        let problem = admin.put(&address, &asked).await.problem(Kind::Unusable);
        let error = &problem.errors[0];
        assert_eq!((error.field.as_str(), error.code.as_str()), ("email", code), "{email}");
    }
    let link = ActivationToken { token };
    let looked: Activation = admin.post(routes::ACTIVATION, &link).await.json();
    assert_eq!(looked.forename, "Amara");

    let asked = edit(&row, |ama| {
        ama.email = Some(" amara@waterside.example ".into());
        ama.year = Some(YearGroup::Nursery);
    });
    let row: PersonRow = admin.put(&address, &asked).await.json();
    assert_eq!((row.email.as_deref(), row.year), (Some("amara@waterside.example"), None));
    admin.post(routes::ACTIVATION, &link).await.problem(Kind::LinkExpired);
    let mail = server.state.store.list_unsent_mail(10).await.unwrap();
    let theirs = mail.iter().filter(|kept| kept.mail.account == Some(id)).count();
    assert_eq!(theirs, 1, "the message of before is withdrawn, another takes its place");
}

#[tokio::test]
async fn staff_are_made_admins_by_hand_and_the_last_admin_stays_one() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let role = Role::SupportStaff;
    let (id, mut ama) = server.member_of_staff(&school, "ama@waterside.example", role).await;
    ama.get(routes::DASHBOARD).await.problem(Kind::NotAllowed);
    let people: Page<PersonRow> = admin.get(&format!("{}?q=head", routes::PEOPLE)).await.json();
    let head = people.rows[0].clone();
    let lower = edit(&head, |head| head.role = Role::Teacher);
    let heads = with(routes::PERSON, &head.id);
    let problem = admin.put(&heads, &lower).await.problem(Kind::Unusable);
    assert_eq!(
        (problem.errors[0].field.as_str(), problem.errors[0].code.as_str()),
        ("role", "last_admin")
    );

    let (row, address) = (shown(&mut admin, id).await, with(routes::PERSON, &id));
    let pupil = edit(&row, |ama| ama.role = Role::Pupil);
    let problem = admin.put(&address, &pupil).await.problem(Kind::Unusable);
    assert_eq!(problem.errors[0].field, "role");
    let raise = edit(&row, |ama| ama.role = Role::Admin);
    let row: PersonRow = admin.put(&address, &raise).await.json();
    assert_eq!(row.kept, [PersonField::Role, PersonField::Email].into());
    let lowered: PersonRow = ama.put(&heads, &lower).await.json();
    assert_eq!(lowered.role, Role::Teacher);
    admin.get(routes::DASHBOARD).await.problem(Kind::NotAllowed);
}

#[tokio::test]
async fn nobody_of_another_school_or_in_the_trash_is_changed_and_no_teacher_changes_anybody() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let hillcrest = server.school("3281101", "Hillcrest Primary School").await;
    let mut theirs = server.admin(&hillcrest, "head@hillcrest.example").await;
    let id = server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let row = shown(&mut admin, id).await;
    let asked = edit(&row, |zoe| zoe.forename = "Mia".into());
    let (address, back) = (with(routes::PERSON, &id), with(routes::HAND_BACK, &id));
    let field = HandBack { field: PersonField::Forename };
    theirs.put(&address, &asked).await.problem(Kind::NotFound);
    theirs.post(&back, &field).await.problem(Kind::NotFound);
    let role = Role::Teacher;
    let (_, mut teacher) = server.member_of_staff(&school, "t@waterside.example", role).await;
    teacher.put(&address, &asked).await.problem(Kind::NotAllowed);
    teacher.post(&back, &field).await.problem(Kind::NotAllowed);
    assert_eq!(shown(&mut admin, id).await, row);

    let mut gone = server.pupil_account("IdaS");
    gone.status = rollcall_shared::people::AccountStatus::Trash;
    let (id, sealed) = (gone.id, server.sealed(school.id, gone.id, "46"));
    server.add_pupil(school.id, gone, sealed, PasswordFormat::TwoPicturePin).await;
    let problem = admin.put(&with(routes::PERSON, &id), &asked).await.problem(Kind::Unusable);
    assert_eq!(problem.title, "They are in the trash");
}
