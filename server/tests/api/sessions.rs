//! Sessions: how long they hold, and who may do what in one.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::people::Role;
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};

use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn the_cookie_is_opaque_out_of_reach_of_scripts_and_new_at_each_sign_in() {
    let server = Server::start().await;
    let (school, mut browser) = server.waterside().await;
    let before = browser.cookie.clone().unwrap();
    let reply = browser.sign_in(&school.slug, "AOkafor", PASSWORD).await;
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let token = cookie.split(';').next().unwrap();
    assert!(!before.contains(token) && browser.cookie.clone().unwrap().contains(token));
    assert_eq!(token.split_once('=').unwrap().1.len(), 64);

    let mut old = browser.clone();
    old.cookie = Some(before);
    old.get(routes::ME).await.problem(Kind::SignedOut);
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let server = Server::start().await;
    let (_, mut browser) = server.waterside().await;
    let mut copy = browser.clone();
    let reply = browser.post(routes::SIGN_OUT, &()).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    let left = browser.cookie.unwrap();
    assert!(left.split("; ").all(|pair| pair.starts_with("rollcall-device=")), "{left}");
    copy.get(routes::ME).await.problem(Kind::SignedOut);
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it_and_at_the_end_of_the_day() {
    let server = Server::start().await;
    let (school, mut browser) = server.waterside().await;
    for _ in 0..11 {
        server.state.clock.advance(TimeDelta::minutes(65));
        assert_eq!(browser.get(routes::ME).await.status, StatusCode::OK);
    }
    server.state.clock.advance(TimeDelta::minutes(6));
    browser.get(routes::ME).await.problem(Kind::SignedOut);

    browser.sign_in(&school.slug, "AOkafor", PASSWORD).await;
    server.state.clock.advance(TimeDelta::hours(2));
    browser.get(routes::ME).await.problem(Kind::SignedOut);
}

/// Every address but those for everybody, with its method.
const GUARDED: [(&str, &str, bool); 29] = [
    ("GET", routes::ME, false),
    ("GET", routes::HOME, false),
    ("GET", routes::DASHBOARD, true),
    ("GET", routes::PEOPLE, true),
    ("GET", routes::PERSON, true),
    ("GET", routes::PEOPLE_CSV, true),
    ("POST", routes::RESTORE, true),
    ("POST", routes::REVEAL, true),
    ("POST", routes::SEND_ACTIVATION, true),
    ("POST", routes::STAFF, true),
    ("GET", routes::CLASSES, true),
    ("POST", routes::CARDS, true),
    ("GET", routes::CONNECTION, true),
    ("POST", routes::INVITE, true),
    ("POST", routes::CHECK, true),
    ("GET", routes::WIZARD, true),
    ("PUT", routes::DRAFT, true),
    ("POST", routes::READ_ROSTER, true),
    ("GET", routes::USERNAMES, true),
    ("GET", routes::PASSWORDS, true),
    ("POST", routes::PLAN, true),
    ("GET", routes::RUNS, true),
    ("GET", routes::RUN, true),
    ("GET", routes::RUN_SUMMARY, true),
    ("GET", routes::RUN_PEOPLE, true),
    ("GET", routes::RUN_PEOPLE_CSV, true),
    ("POST", routes::RESOLVE, true),
    ("POST", routes::RESOLVE_SURE, true),
    ("POST", routes::FINISH, true),
];

#[tokio::test]
async fn no_handler_answers_without_a_session_nor_an_admins_to_anybody_else() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let mut pupil = server.browser();
    pupil.sign_in(&school.slug, "ZoeS", "46").await;
    let (_, mut teacher) =
        server.member_of_staff(&school, "t@waterside.example", Role::Teacher).await;

    for (method, pattern, is_for_admins) in GUARDED {
        let address = with(pattern, &server.state.dice.uuid());
        for (browser, expected) in [
            (&mut server.browser(), Some(Kind::SignedOut)),
            (&mut pupil, is_for_admins.then_some(Kind::NotAllowed)),
            (&mut teacher, is_for_admins.then_some(Kind::NotAllowed)),
        ] {
            let reply = match method {
                "GET" => browser.get(&address).await,
                "PUT" => browser.put(&address, &()).await,
                _ => browser.post(&address, &()).await,
            };
            match expected {
                Some(kind) => drop(reply.problem(kind)),
                None => assert_eq!(reply.status, StatusCode::OK, "{address}: {}", reply.text),
            }
        }
    }
}
