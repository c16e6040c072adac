//! Signing in: who may, with what, and how often.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::people::Role;
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::{Me, SignIn, SignInWith};

use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn staff_sign_in_by_username_or_email_whatever_the_capitals() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    for name in ["AOkafor", "aokafor", " head@waterside.example", "Head@Waterside.Example"] {
        let mut browser = server.browser();
        let me: Me = browser.sign_in(&school.slug, name, PASSWORD).await.json();
        assert_eq!((me.role, me.school.slug.as_str()), (Role::Admin, school.slug.as_str()));
        assert_eq!(browser.get(routes::ME).await.json::<Me>(), me);
    }
}

#[tokio::test]
async fn pupils_sign_in_with_what_their_card_says() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "tapcowmug", PasswordFormat::ThreeWords).await;
    server.pupil(school.id, "ZoeS2", "46", PasswordFormat::TwoPicturePin).await;
    for (username, password) in
        [("ZoeS", "tapcowmug"), ("zoes", "Tap Cow Mug"), ("ZoeS2", "46"), ("zoes2 ", "4 6")]
    {
        let me: Me = server.browser().sign_in(&school.slug, username, password).await.json();
        assert_eq!(me.role, Role::Pupil);
    }
    server.browser().sign_in(&school.slug, "ZoeS2", "64").await.problem(Kind::WrongCredentials);
}

#[tokio::test]
async fn nothing_tells_a_wrong_password_from_an_unknown_username() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let wrong = server.browser().sign_in(&school.slug, "AOkafor", "wrong").await;
    let unknown = server.browser().sign_in(&school.slug, "nobody", "wrong").await;
    let empty = server.browser().sign_in(&school.slug, "", "").await;
    assert_eq!(wrong.text, unknown.text);
    assert_eq!(wrong.text, empty.text);
    assert!(!wrong.headers.contains_key(header::SET_COOKIE));
    insta::assert_json_snapshot!(wrong.problem(Kind::WrongCredentials));
}

#[tokio::test]
async fn a_username_says_how_many_pictures_and_no_more() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    server.pupil(school.id, "ZoeS2", "1256", PasswordFormat::PicturePin).await;
    server.pupil(school.id, "ZoeS3", "Dog33", PasswordFormat::Animal).await;
    for (username, expected) in [
        ("zoes", SignInWith::Pictures(2)),
        ("ZoeS2", SignInWith::Pictures(4)),
        ("ZoeS3", SignInWith::Password),
        ("AOkafor", SignInWith::Password),
        ("nobody", SignInWith::Password),
    ] {
        let asked = SignIn { username: username.into(), password: String::new() };
        let address = with(routes::SIGN_IN_WITH, &school.slug);
        let told: SignInWith = server.browser().post(&address, &asked).await.json();
        assert_eq!(told, expected, "{username}");
    }
}

#[tokio::test]
async fn the_same_username_in_another_school_is_someone_else() {
    let server = Server::start().await;
    let (waterside, _) = server.waterside().await;
    let hillcrest = server.school("3281101", "Hillcrest Primary School").await;
    server.pupil(waterside.id, "ZoeS", "Dog33", PasswordFormat::Animal).await;
    server.pupil(hillcrest.id, "ZoeS", "Cat44", PasswordFormat::Animal).await;
    let mut browser = server.browser();
    browser.sign_in(&hillcrest.slug, "ZoeS", "Dog33").await.problem(Kind::WrongCredentials);
    browser.sign_in(&hillcrest.slug, "AOkafor", PASSWORD).await.problem(Kind::WrongCredentials);
    let me: Me = browser.sign_in(&hillcrest.slug, "ZoeS", "Cat44").await.json();
    assert_eq!(me.school.name, "Hillcrest Primary School");
    browser.sign_in("no-such-school", "ZoeS", "Cat44").await.problem(Kind::NotFound);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_the_right_password_waits_too() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let mut browser = server.browser();
    for guess in ["00", "01", "02", "03", "04"] {
        browser.sign_in(&school.slug, "ZoeS", guess).await.problem(Kind::WrongCredentials);
    }
    let reply = browser.sign_in(&school.slug, "ZoeS", "46").await;
    let problem = reply.problem(Kind::TooManyAttempts);
    assert_eq!(problem.retry_after_seconds, Some(60));
    assert_eq!(reply.headers[header::RETRY_AFTER], "60");

    server.state.clock.advance(TimeDelta::seconds(61));
    let reply = browser.sign_in(&school.slug, "ZoeS", "46").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
}

#[tokio::test]
async fn signing_in_takes_back_what_was_mistyped_before() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "46", PasswordFormat::TwoPicturePin).await;
    let mut browser = server.browser();
    for _ in 0..10 {
        for guess in ["64", "44"] {
            browser.sign_in(&school.slug, "ZoeS", guess).await.problem(Kind::WrongCredentials);
        }
        assert_eq!(browser.sign_in(&school.slug, "ZoeS", "46").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn an_unknown_username_is_slowed_down_like_a_known_one() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let mut browser = server.browser();
    for _ in 0..5 {
        browser.sign_in(&school.slug, "nobody", "x").await.problem(Kind::WrongCredentials);
    }
    browser.sign_in(&school.slug, "Nobody ", "x").await.problem(Kind::TooManyAttempts);
}

#[tokio::test]
async fn one_place_cannot_try_the_whole_school() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let mut browser = server.browser();
    for child in 0..50 {
        let name = format!("child{child}");
        browser.sign_in(&school.slug, &name, "46").await.problem(Kind::WrongCredentials);
    }
    browser.sign_in(&school.slug, "child51", "46").await.problem(Kind::TooManyAttempts);
}

#[tokio::test]
async fn staff_without_a_password_yet_cannot_sign_in() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let (_, username, _) = server.invited(&school, "new@waterside.example", Role::Teacher).await;
    for password in ["", PASSWORD] {
        let reply = server.browser().sign_in(&school.slug, &username, password).await;
        reply.problem(Kind::WrongCredentials);
    }
}
