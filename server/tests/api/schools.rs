//! What everybody may know: the platform, and the schools there are.

use axum::body::Body;
use axum::http::Request;
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::{Platform, SchoolCard};

use crate::support::{Server, send};

#[tokio::test]
async fn the_platform_has_the_suppliers_name() {
    let server = Server::with("platform_name = \"Bluebell\"\nplatform_logo = \"/logo.svg\"").await;
    let platform: Platform = server.browser().get(routes::PLATFORM).await.json();
    assert_eq!(platform.name, "Bluebell");
    assert_eq!(platform.logo.as_deref(), Some("/logo.svg"));
    assert!(platform.keeps_messages);
}

#[tokio::test]
async fn the_page_has_the_suppliers_name_and_logo_before_the_app_has_arrived() {
    let server =
        Server::with("platform_name = \"Blue & Bell\"\nplatform_logo = \"/logo.svg\"").await;
    let app = server.folder.path().join("app");
    std::fs::create_dir_all(&app).unwrap();
    let built = "<title>Rollcall</title><img src=\"/pictures/rollcall.svg\">Rollcall";
    std::fs::write(app.join("index.html"), built).unwrap();
    let request = Request::get("/sch/waterside").body(Body::empty()).unwrap();
    let page = send(&server.router, request).await.text;
    assert_eq!(page, "<title>Blue &amp; Bell</title><img src=\"/logo.svg\">Blue &amp; Bell");
}

#[tokio::test]
async fn a_school_is_found_by_its_name_its_number_and_its_address() {
    let server = Server::start().await;
    server.school("3281102", "Waterside Primary School").await;
    server.school("3281101", "Hillcrest Primary School").await;
    let mut browser = server.browser();
    for (typed, found) in
        [("waters", 1), ("PRIMARY", 2), ("3281102", 1), ("328%201102", 1), ("zzz", 0), ("", 0)]
    {
        let schools: Vec<SchoolCard> =
            browser.get(&format!("{}?q={typed}", routes::SCHOOLS)).await.json();
        assert_eq!(schools.len(), found, "{typed}");
    }
    let school: SchoolCard =
        browser.get(&with(routes::SCHOOL, &"waterside-primary-school")).await.json();
    assert_eq!(school.name, "Waterside Primary School");
    browser.get(&with(routes::SCHOOL, &"elsewhere")).await.problem(Kind::NotFound);
}
