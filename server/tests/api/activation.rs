//! Activation links.

use chrono::TimeDelta;
use rollcall_shared::people::{PersonRow, Role};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::{Activation, ActivationToken, Me, SetPassword, UnsentMessage};

use crate::support::{PASSWORD, Server};

fn password(token: &str, password: &str) -> SetPassword {
    SetPassword { token: token.into(), password: password.into() }
}

#[tokio::test]
async fn a_link_says_whose_it_is_sets_the_password_and_works_once() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let (_, username, token) =
        server.invited(&school, "new@waterside.example", Role::Teacher).await;
    let mut browser = server.browser();

    let link = ActivationToken { token: token.clone() };
    let activation: Activation = browser.post(routes::ACTIVATION, &link).await.json();
    assert_eq!(activation.username, username);
    assert_eq!(activation.school.slug, school.slug);

    let me: Me = browser.post(routes::ACTIVATE, &password(&token, PASSWORD)).await.json();
    assert_eq!(me.role, Role::Teacher);
    assert_eq!(browser.get(routes::ME).await.json::<Me>(), me);
    let again: Me = server.browser().sign_in(&school.slug, &username, PASSWORD).await.json();
    assert_eq!(again, me);

    browser.post(routes::ACTIVATION, &link).await.problem(Kind::LinkExpired);
    browser.post(routes::ACTIVATE, &password(&token, PASSWORD)).await.problem(Kind::LinkExpired);
}

#[tokio::test]
async fn a_weak_password_is_refused_and_the_link_goes_on_working() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let (_, _, token) = server.invited(&school, "new@waterside.example", Role::Teacher).await;
    let mut browser = server.browser();
    for (weak, code) in [
        ("short", "too_short"),
        ("password123", "common"),
        ("amara.okafor1", "own_name"),
        ("Waterside2026", "own_name"),
    ] {
        let problem = browser.post(routes::ACTIVATE, &password(&token, weak)).await;
        let problem = problem.problem(Kind::Unusable);
        assert_eq!(
            (problem.errors[0].field.as_str(), problem.errors[0].code.as_str()),
            ("password", code)
        );
    }
    browser.post(routes::ACTIVATE, &password(&token, PASSWORD)).await.json::<Me>();
}

#[tokio::test]
async fn a_link_stops_working_after_thirty_days_and_one_that_never_was_does_not_work() {
    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    let (_, _, token) = server.invited(&school, "new@waterside.example", Role::Teacher).await;
    server.state.clock.advance(TimeDelta::days(30));
    for token in [token.as_str(), "", "not a token"] {
        let link = ActivationToken { token: token.into() };
        server.browser().post(routes::ACTIVATION, &link).await.problem(Kind::LinkExpired);
    }
}

#[tokio::test]
async fn sent_again_the_old_link_stops_working_and_the_new_one_is_in_the_message() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (id, username, old) = server.invited(&school, "new@waterside.example", Role::Teacher).await;
    let row: PersonRow = admin.post(&with(routes::SEND_ACTIVATION, &id), &()).await.json();
    assert!(!row.activated);

    let mut browser = server.browser();
    browser
        .post(routes::ACTIVATION, &ActivationToken { token: old })
        .await
        .problem(Kind::LinkExpired);
    let messages: Vec<UnsentMessage> = browser.get(routes::MESSAGES).await.json();
    let to_them: Vec<_> =
        messages.iter().filter(|message| message.to == "new@waterside.example").collect();
    assert_eq!(to_them.len(), 1, "the message with the old link is withdrawn");
    assert!(to_them[0].body.contains(&username));
    let token = to_them[0].body.split("/activate#").nth(1).unwrap();
    let token = token.split_whitespace().next().unwrap();
    browser.post(routes::ACTIVATE, &password(token, PASSWORD)).await.json::<Me>();
    let row: PersonRow = admin.get(&with(routes::PERSON, &id)).await.json();
    assert!(row.activated);
}

#[tokio::test]
async fn messages_are_shown_only_on_this_machine_and_only_without_a_mail_server() {
    for lines in [
        "public_url = \"https://learn.example.org\"",
        "smtp_url = \"smtp://127.0.0.1:1\"\nmail_from = \"noreply@example.org\"",
    ] {
        let server = Server::with(lines).await;
        server.browser().get(routes::MESSAGES).await.problem(Kind::NotFound);
    }
}
