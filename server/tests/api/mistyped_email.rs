//! An e-mail address of staff that was mistyped, and is put right after a stranger had the link.

use axum::http::StatusCode;
use rollcall_shared::ids::AccountId;
use rollcall_shared::people::{EditPerson, PersonDetails, PersonRow, Role};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::{ActivationToken, Me, SetPassword, UnsentMessage};
use rollcall_store::audit::AuditAction;

use crate::support::{Browser, PASSWORD, Server};

async fn change(
    admin: &mut Browser,
    person: AccountId,
    change: impl FnOnce(&mut PersonDetails),
) -> PersonRow {
    let address = with(routes::PERSON, &person);
    let row: PersonRow = admin.get(&address).await.json();
    let mut wanted = row.details();
    change(&mut wanted);
    admin.put(&address, &EditPerson { shown: row.details(), wanted }).await.json()
}

/// The tokens of the links that wait to be sent to an address.
async fn links_to(server: &Server, address: &str) -> Vec<String> {
    let messages: Vec<UnsentMessage> = server.browser().get(routes::MESSAGES).await.json();
    messages
        .iter()
        .filter(|message| message.to == address)
        .filter_map(|message| message.body.split("/activate#").nth(1))
        .filter_map(|rest| rest.split_whitespace().next().map(str::to_owned))
        .collect()
}

async fn recorded(server: &Server, action: AuditAction) -> u32 {
    let estab = "3281102".parse().unwrap();
    let school = server.state.store.find_school_by_estab(&estab).await.unwrap().unwrap();
    server.state.store.count_recorded(school.id, action).await.unwrap()
}

#[tokio::test]
async fn a_stranger_who_activated_loses_the_account_when_the_address_is_put_right() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (id, mut stranger) =
        server.member_of_staff(&school, "amra@waterside.example", Role::Teacher).await;
    let row: PersonRow = admin.get(&with(routes::PERSON, &id)).await.json();
    assert!(row.activated);

    let row =
        change(&mut admin, id, |ama| ama.email = Some("amara@waterside.example".into())).await;
    assert!(!row.activated, "the password the stranger set is gone");
    stranger.get(routes::ME).await.problem(Kind::SignedOut);
    for typed in [row.username.as_str(), "amra@waterside.example", "amara@waterside.example"] {
        let refused = server.browser().sign_in(&school.slug, typed, PASSWORD).await;
        assert_ne!(refused.status, StatusCode::OK, "{typed}");
    }
    for action in
        [AuditAction::PersonEdited, AuditAction::LoginRevoked, AuditAction::ActivationSent]
    {
        assert_eq!(recorded(&server, action).await, 1, "{action:?}");
    }

    let links = links_to(&server, "amara@waterside.example").await;
    assert_eq!(links.len(), 1);
    let password = SetPassword { token: links[0].clone(), password: "four blue kites".into() };
    let me: Me = server.browser().post(routes::ACTIVATE, &password).await.json();
    assert_eq!(me.account, id);
    stranger.get(routes::ME).await.problem(Kind::SignedOut);
}

#[tokio::test]
async fn a_link_at_the_mistyped_address_works_no_more_and_its_message_is_withdrawn() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (id, _, token) = server.invited(&school, "amra@waterside.example", Role::Teacher).await;
    change(&mut admin, id, |ama| ama.email = Some("amara@waterside.example".into())).await;
    let link = ActivationToken { token };
    server.browser().post(routes::ACTIVATION, &link).await.problem(Kind::LinkExpired);
    assert!(links_to(&server, "amra@waterside.example").await.is_empty());
    assert_eq!(links_to(&server, "amara@waterside.example").await.len(), 1);
}

#[tokio::test]
async fn a_change_of_capitals_alone_leaves_password_session_and_links() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (ama, mut hers) =
        server.member_of_staff(&school, "amara@waterside.example", Role::Teacher).await;
    let (ben, _, token) = server.invited(&school, "ben@waterside.example", Role::Teacher).await;
    let row =
        change(&mut admin, ama, |ama| ama.email = Some("Amara@Waterside.example".into())).await;
    assert!(row.activated && row.email.as_deref() == Some("Amara@Waterside.example"));
    hers.get(routes::ME).await.json::<Me>();
    server.browser().sign_in(&school.slug, &row.username, PASSWORD).await.json::<Me>();
    change(&mut admin, ben, |ben| ben.email = Some("BEN@waterside.example".into())).await;
    let link = ActivationToken { token };
    assert_eq!(server.browser().post(routes::ACTIVATION, &link).await.status, StatusCode::OK);
    assert_eq!(recorded(&server, AuditAction::LoginRevoked).await, 0);
}

#[tokio::test]
async fn another_name_or_role_leaves_the_login_as_it_is() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (id, mut hers) =
        server.member_of_staff(&school, "amara@waterside.example", Role::Teacher).await;
    let row = change(&mut admin, id, |ama| {
        ama.surname = "Bello".into();
        ama.role = Role::SupportStaff;
    })
    .await;
    assert!(row.activated);
    hers.get(routes::ME).await.json::<Me>();
    assert!(links_to(&server, "amara@waterside.example").await.len() <= 1, "no new link");
    assert_eq!(recorded(&server, AuditAction::LoginRevoked).await, 0);
}

#[tokio::test]
async fn another_admin_whose_address_is_put_right_loses_the_login_too() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    let (id, mut stranger) =
        server.member_of_staff(&school, "depty@waterside.example", Role::Admin).await;
    let row =
        change(&mut admin, id, |deputy| deputy.email = Some("deputy@waterside.example".into()))
            .await;
    assert!(!row.activated && row.role == Role::Admin);
    stranger.get(routes::DASHBOARD).await.problem(Kind::SignedOut);
}

#[tokio::test]
async fn an_admin_who_changes_their_own_address_stays_signed_in() {
    let server = Server::start().await;
    let (_, mut admin) = server.waterside().await;
    let me: Me = admin.get(routes::ME).await.json();
    let row =
        change(&mut admin, me.account, |own| own.email = Some("office@waterside.example".into()))
            .await;
    assert!(row.activated);
    admin.get(routes::DASHBOARD).await;
    assert_eq!(admin.get(routes::ME).await.json::<Me>().account, me.account);
    assert!(links_to(&server, "office@waterside.example").await.is_empty());
    assert_eq!(recorded(&server, AuditAction::LoginRevoked).await, 0);
}
