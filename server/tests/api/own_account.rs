//! What members of staff do with their own account.

use axum::http::StatusCode;
use chrono::TimeDelta;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::people::{PersonRow, Role};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::{
    ChangePassword, ForgottenPassword, Me, OwnSession, SetPassword, UnsentMessage,
};
use rollcall_store::audit::AuditAction;
use rollcall_store::schools::StoredSchool;

use crate::support::{PASSWORD, Server};

const ANOTHER: &str = "four yellow spades";

/// Says on the sign-in page that a password is forgotten, and waits until that has been dealt with.
async fn forget(server: &Server, school: &StoredSchool, username: &str) {
    let asked = ForgottenPassword { username: username.into() };
    let address = with(routes::FORGOTTEN_PASSWORD, &school.slug);
    let reply = server.browser().post(&address, &asked).await;
    assert_eq!((reply.status, reply.text.as_str()), (StatusCode::NO_CONTENT, ""));
    while server.state.background.under_way() > 0 {
        tokio::task::yield_now().await;
    }
}

/// The links to set a new password that would have been sent.
async fn links_to(server: &Server, email: &str) -> Vec<String> {
    let messages: Vec<UnsentMessage> = server.browser().get(routes::MESSAGES).await.json();
    messages
        .into_iter()
        .filter(|message| message.to == email && message.subject.starts_with("Set a new password"))
        .map(|message| message.body.split("/activate#").nth(1).unwrap().to_owned())
        .map(|rest| rest.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn who_has_forgotten_their_password_sets_another_by_a_link_and_other_sessions_end() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let email = "ama@waterside.example";
    let (_, mut before) = server.member_of_staff(&school, email, Role::Teacher).await;
    forget(&server, &school, " AMA@waterside.example ").await;
    let links = links_to(&server, email).await;
    assert_eq!(links.len(), 1);
    before.get(routes::ME).await.json::<Me>();
    server.browser().sign_in(&school.slug, email, PASSWORD).await.json::<Me>();

    let mut browser = server.browser();
    let wanted = SetPassword { token: links[0].clone(), password: ANOTHER.into() };
    browser.post(routes::ACTIVATE, &wanted).await.json::<Me>();
    before.get(routes::ME).await.problem(Kind::SignedOut);
    browser.post(routes::ACTIVATE, &wanted).await.problem(Kind::LinkExpired);
    server.browser().sign_in(&school.slug, email, ANOTHER).await.json::<Me>();
    let old = server.browser().sign_in(&school.slug, email, PASSWORD).await;
    old.problem(Kind::WrongCredentials);
    let store = &server.state.store;
    let asked = store.count_recorded(school.id, AuditAction::PasswordForgotten).await.unwrap();
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn a_link_for_a_forgotten_password_works_for_a_day() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let email = "ama@waterside.example";
    server.member_of_staff(&school, email, Role::Teacher).await;
    forget(&server, &school, email).await;
    server.state.clock.advance(TimeDelta::hours(24));
    let wanted =
        SetPassword { token: links_to(&server, email).await.remove(0), password: ANOTHER.into() };
    server.browser().post(routes::ACTIVATE, &wanted).await.problem(Kind::LinkExpired);
}

#[tokio::test]
async fn nobody_learns_by_a_forgotten_password_who_there_is_and_no_mailbox_is_flooded() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let email = "ama@waterside.example";
    let (id, _) = server.member_of_staff(&school, email, Role::Teacher).await;
    server.pupil(school.id, "ZoeS", "Dog33", PasswordFormat::Animal).await;
    for nobody in ["", "nobody", "nobody@waterside.example", "ZoeS", &"x".repeat(10_000)] {
        forget(&server, &school, nobody).await;
    }
    let count = async || server.browser().get(routes::MESSAGES).await.json::<Vec<UnsentMessage>>();
    let before = count().await.len();
    for _ in 0..5 {
        forget(&server, &school, email).await;
    }
    assert_eq!(count().await.len(), before + 3, "three an hour");
    for hours in 1..=5 {
        server.state.clock.advance(TimeDelta::hours(1));
        forget(&server, &school, email).await;
        assert_eq!(links_to(&server, email).await.len(), (3 + hours).min(6), "six a day");
    }

    admin.sign_in(&school.slug, "head@waterside.example", PASSWORD).await.json::<Me>();
    admin.post(&with(routes::BLOCK, &id), &()).await.json::<PersonRow>();
    assert!(links_to(&server, email).await.is_empty(), "what waits is withdrawn");
    server.state.clock.advance(TimeDelta::hours(1));
    forget(&server, &school, email).await;
    assert!(links_to(&server, email).await.is_empty());
}

#[tokio::test]
async fn another_password_is_chosen_by_who_knows_the_one_there_is_and_ends_other_sessions() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let email = "ama@waterside.example";
    let (_, mut browser) = server.member_of_staff(&school, email, Role::Teacher).await;
    let mut elsewhere = server.browser();
    elsewhere.sign_in(&school.slug, email, PASSWORD).await.json::<Me>();
    for (current, password, field) in [
        ("three blue boats", ANOTHER, "current"),
        (PASSWORD, "short", "password"),
        (PASSWORD, "amara.okafor1", "password"),
        (PASSWORD, PASSWORD, "password"),
    ] {
        let asked = ChangePassword { current: current.into(), password: password.into() };
        let problem = browser.post(routes::OWN_PASSWORD, &asked).await.problem(Kind::Unusable);
        assert_eq!(problem.errors[0].field, field);
    }
    elsewhere.get(routes::ME).await.json::<Me>();
    let asked = ChangePassword { current: PASSWORD.into(), password: ANOTHER.into() };
    let reply = browser.post(routes::OWN_PASSWORD, &asked).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "{}", reply.text);
    browser.get(routes::ME).await.json::<Me>();
    elsewhere.get(routes::ME).await.problem(Kind::SignedOut);
    server.browser().sign_in(&school.slug, email, ANOTHER).await.json::<Me>();
    let messages: Vec<UnsentMessage> = server.browser().get(routes::MESSAGES).await.json();
    let told = messages.iter().any(|one| one.to == email && one.subject.ends_with("was changed"));
    assert!(told, "they are told by e-mail");
}

#[tokio::test]
async fn who_guesses_at_the_password_of_an_open_session_is_slowed() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let (_, mut browser) =
        server.member_of_staff(&school, "ama@waterside.example", Role::Teacher).await;
    let asked = ChangePassword { current: "three blue boats".into(), password: ANOTHER.into() };
    let mut slowed = false;
    for _ in 0..30 {
        let status = browser.post(routes::OWN_PASSWORD, &asked).await.status;
        slowed |= status == StatusCode::TOO_MANY_REQUESTS;
    }
    assert!(slowed);
}

#[tokio::test]
async fn a_pupil_chooses_no_password() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "Dog33", PasswordFormat::Animal).await;
    let mut zoe = server.browser();
    zoe.sign_in(&school.slug, "ZoeS", "Dog33").await.json::<Me>();
    let asked = ChangePassword { current: "Dog33".into(), password: ANOTHER.into() };
    zoe.post(routes::OWN_PASSWORD, &asked).await.problem(Kind::NotAllowed);
}

#[tokio::test]
async fn where_somebody_is_signed_in_is_listed_and_they_sign_out_elsewhere() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let email = "ama@waterside.example";
    let (_, mut here) = server.member_of_staff(&school, email, Role::Teacher).await;
    let mut there = server.browser();
    server.state.clock.advance(TimeDelta::minutes(5));
    there.sign_in(&school.slug, email, PASSWORD).await.json::<Me>();
    let sessions: Vec<OwnSession> = here.get(routes::OWN_SESSIONS).await.json();
    let is_this: Vec<bool> = sessions.iter().map(|session| session.is_this).collect();
    assert_eq!(is_this, [false, true], "the newest first");
    let reply = here.post(routes::END_OTHER_SESSIONS, &()).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    there.get(routes::ME).await.problem(Kind::SignedOut);
    assert_eq!(here.get(routes::OWN_SESSIONS).await.json::<Vec<OwnSession>>().len(), 1);
}
