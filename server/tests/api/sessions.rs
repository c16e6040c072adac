//! Sessions: how long they hold.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use rollcall_shared::problem::Kind;
use rollcall_shared::routes;

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
