//! "Manage users".

use axum::http::StatusCode;
use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::page::Page;
use rollcall_shared::people::{Dashboard, Home, NewStaff, PersonRow, Role};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::RevealedPassword;
use rollcall_store::audit::AuditAction;

use crate::support::Server;

fn staff(forename: &str, surname: &str, email: &str) -> NewStaff {
    NewStaff {
        forename: forename.into(),
        surname: surname.into(),
        email: email.into(),
        role: Some(Role::Teacher),
        from_problem: None,
    }
}

#[tokio::test]
async fn people_are_listed_and_found_by_parts_of_their_names() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    for (filter, found) in
        [("", 2), ("?kind=pupil", 1), ("?kind=staff&q=okaf", 1), ("?q=zoe", 1), ("?trash=true", 0)]
    {
        let page: Page<PersonRow> = admin.get(&format!("{}{filter}", routes::PEOPLE)).await.json();
        assert_eq!(page.total, found, "{filter}");
    }
    let bad = admin.get(&format!("{}?kind=robot", routes::PEOPLE)).await;
    bad.problem(Kind::Unusable);
}

#[tokio::test]
async fn a_list_is_downloaded_as_a_table_without_formulas_and_of_the_own_school_only() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let other = server.school("3281101", "Hillcrest Primary School").await;
    let mut theirs = server.admin(&other, "head@hillcrest.example").await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let formula = staff("=HYPERLINK(1)", "Cell", "cell@waterside.example");
    admin.post(routes::STAFF, &formula).await.json::<PersonRow>();

    let reply = admin.get(&format!("{}?kind=staff", routes::PEOPLE_CSV)).await;
    assert_eq!(reply.headers["content-type"], "text/csv; charset=utf-8");
    assert!(reply.headers["content-disposition"].to_str().unwrap().contains("attachment"));
    assert!(reply.text.contains("\n'=HYPERLINK(1),Cell,"), "{}", reply.text);
    assert!(!reply.text.contains("ZoeS"));
    let pupils = admin.get(&format!("{}?kind=pupil", routes::PEOPLE_CSV)).await.text;
    assert!(pupils.contains("Zoë,Smith,ZoeS,Pupil") && !pupils.contains("46"), "{pupils}");
    assert!(!theirs.get(routes::PEOPLE_CSV).await.text.contains("ZoeS"));
}

#[tokio::test]
async fn nothing_of_another_school_is_seen() {
    let server = Server::start().await;
    let (_, mut admin) = server.waterside().await;
    let hillcrest = server.school("3281101", "Hillcrest Primary School").await;
    let theirs = server.pupil(hillcrest.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    admin.get(&with(routes::PERSON, &theirs)).await.problem(Kind::NotFound);
    for pattern in [routes::REVEAL, routes::RESTORE, routes::SEND_ACTIVATION] {
        admin.post(&with(pattern, &theirs), &()).await.problem(Kind::NotFound);
    }
    admin.get(&with(routes::PERSON, &"not-an-id")).await.problem(Kind::NotFound);
    let cards: Cards = admin.post(routes::CARDS, &CardsRequest::default()).await.json();
    assert!(cards.sheets.is_empty());
}

#[tokio::test]
async fn a_member_of_staff_is_added_with_a_username_of_the_schools_format() {
    let server = Server::start().await;
    let (_, mut admin) = server.waterside().await;
    let row: PersonRow = admin
        .post(routes::STAFF, &staff(" Łukasz ", "O'Brien", "l@waterside.example"))
        .await
        .json();
    assert_eq!((row.username.as_str(), row.forename.as_str()), ("LOBrien", "Łukasz"));
    assert_eq!((row.role, row.linked, row.activated), (Role::Teacher, false, false));
    let row: PersonRow =
        admin.post(routes::STAFF, &staff("Liam", "O’Brien", "liam@waterside.example")).await.json();
    assert_eq!(row.username, "LOBrien2");
}

#[tokio::test]
async fn adding_somebody_says_which_fields_to_put_right() {
    let server = Server::start().await;
    let (_, mut admin) = server.waterside().await;
    let mut nobody = staff(" ", "", "nowhere");
    nobody.role = Some(Role::Pupil);
    let problem = admin.post(routes::STAFF, &nobody).await.problem(Kind::Unusable);
    let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["forename", "email", "role"]);

    let symbols = staff("!!!", "???", "s@waterside.example");
    let problem = admin.post(routes::STAFF, &symbols).await.problem(Kind::Unusable);
    assert_eq!(problem.errors[0].field, "surname");

    let one_name = staff("", "Suharto", "suharto@waterside.example");
    let row: PersonRow = admin.post(routes::STAFF, &one_name).await.json();
    assert_eq!(row.username, "Suharto");

    let taken = staff("Else", "Someone", "HEAD@waterside.example");
    let problem = admin.post(routes::STAFF, &taken).await.problem(Kind::Unusable);
    assert_eq!(
        (problem.errors[0].field.as_str(), problem.errors[0].code.as_str()),
        ("email", "taken")
    );
}

#[tokio::test]
async fn a_pupils_password_is_shown_written_down_and_lets_them_try_again() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let id = server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let mut browser = server.browser();
    for guess in ["00", "01", "02", "03", "04"] {
        browser.sign_in(&school.slug, "ZoeS", guess).await;
    }
    browser.sign_in(&school.slug, "ZoeS", "46").await.problem(Kind::TooManyAttempts);

    let revealed: RevealedPassword = admin.post(&with(routes::REVEAL, &id), &()).await.json();
    assert_eq!((revealed.username.as_str(), revealed.password.as_str()), ("ZoeS", "46"));
    let action = AuditAction::PasswordRevealed;
    assert_eq!(server.state.store.count_recorded(school.id, action).await.unwrap(), 1);
    assert_eq!(browser.sign_in(&school.slug, "ZoeS", "46").await.status, StatusCode::OK);
}

#[tokio::test]
async fn cards_show_what_a_pupil_needs_and_each_printing_is_written_down() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let cards: Cards = admin.post(routes::CARDS, &CardsRequest::default()).await.json();
    assert_eq!(cards.address, "localhost:8080/sch/waterside-primary-school");
    let card = &cards.sheets[0].cards[0];
    assert!(card.qr_svg.starts_with("<svg"));
    assert_eq!((card.name.as_str(), card.password.as_str()), ("Zoë Smith", "46"));
    let action = AuditAction::CardsPrinted;
    assert_eq!(server.state.store.count_recorded(school.id, action).await.unwrap(), 1);
}

#[tokio::test]
async fn a_password_that_cannot_be_read_leaves_only_its_own_pupil_without_a_card() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let mut lost = server.pupil_account("IdaS");
    lost.forename = "Ida".into();
    server.add_pupil(school.id, lost, vec![1, 2, 3], PasswordFormat::TwoPicturePin).await;
    let cards: Cards = admin.post(routes::CARDS, &CardsRequest::default()).await.json();
    assert_eq!(cards.sheets[0].cards.len(), 1);
    assert_eq!(cards.left_out, ["Ida Smith"]);
}

#[tokio::test]
async fn two_classes_of_one_name_never_share_a_sheet() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    for (number, username) in [(1, "ZoeS"), (2, "ZoeS2")] {
        let class = server.class(school.id, number, "Oak").await;
        let mut pupil = server.pupil_account(username);
        pupil.class = Some(class);
        let sealed = server.sealed(school.id, pupil.id, "46");
        server.add_pupil(school.id, pupil, sealed, PasswordFormat::TwoPicturePin).await;
    }
    let cards: Cards = admin.post(routes::CARDS, &CardsRequest::default()).await.json();
    let sheets: Vec<_> =
        cards.sheets.iter().map(|sheet| (sheet.class.as_deref(), sheet.cards.len())).collect();
    assert_eq!(sheets, [(Some("Oak"), 1), (Some("Oak"), 1)]);
}

#[tokio::test]
async fn everybody_lands_on_a_page_of_their_own() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let dashboard: Dashboard = admin.get(routes::DASHBOARD).await.json();
    assert_eq!((dashboard.pupils, dashboard.staff), (1, 1));
    assert_eq!(dashboard.going, None);

    let mut pupil = server.browser();
    pupil.sign_in(&school.slug, "ZoeS", "46").await;
    let home: Home = pupil.get(routes::HOME).await.json();
    assert_eq!(home.forename, "Zoë");
    assert!(home.classes.is_empty());
}
