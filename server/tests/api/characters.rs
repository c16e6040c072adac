//! Characters that no text can hold.

use axum::http::StatusCode;
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};

use crate::support::Server;

#[tokio::test]
async fn a_nul_in_an_address_or_a_body_is_refused_and_breaks_nothing() {
    let server = Server::start().await;
    let (school, mut admin) = server.waterside().await;
    for address in ["/api/schools?q=%00", "/api/schools/%00", "/api/schools?q=wat%00er"] {
        admin.get(address).await.problem(Kind::Unusable);
    }
    server.browser().sign_in(&school.slug, "AOka\0for", "secret").await.problem(Kind::Unusable);
    admin
        .post(routes::INVITE, &serde_json::json!({
            "optional_scopes": [],
            "authoriser": { "forename": "U\0na", "surname": "Head", "email": "una@head.example" },
        }))
        .await
        .problem(Kind::Unusable);
    let reply = server.browser().get(&with(routes::SCHOOL, &school.slug)).await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn a_school_whose_name_in_the_address_is_no_text_is_not_found() {
    let server = Server::start().await;
    for slug in ["%FF", "%C3%28", "waterside%E9"] {
        server.browser().get(&format!("/api/schools/{slug}")).await.problem(Kind::NotFound);
        let address = format!("/api/schools/{slug}/sign-in");
        let typed = serde_json::json!({ "username": "AOkafor", "password": "secret" });
        server.browser().post(&address, &typed).await.problem(Kind::NotFound);
    }
}
