//! What keeps other sites out, and what browsers are told.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use rollcall_shared::problem::Kind;
use rollcall_shared::routes::{self, with};
use rollcall_shared::session::SignIn;

use crate::support::{Reply, Server, router, send};

async fn post(server: &Server, headers: &[(&str, &str)]) -> Reply {
    let typed = SignIn { username: "nobody".into(), password: "nothing".into(), card: None };
    let mut request = Request::builder().method(Method::POST).uri(with(routes::SIGN_IN, &"none"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(&server.router, request.body(Body::from(serde_json::to_vec(&typed).unwrap())).unwrap())
        .await
}

#[tokio::test]
async fn what_changes_something_has_to_come_from_our_own_pages() {
    let server = Server::start().await;
    let json = ("content-type", "application/json");
    for headers in [
        vec![json],
        vec![json, ("sec-fetch-site", "cross-site")],
        vec![json, ("sec-fetch-site", "same-site"), ("origin", "http://localhost:8080")],
        vec![json, ("origin", "https://evil.example"), ("host", "localhost:8080")],
        vec![("sec-fetch-site", "same-origin"), ("content-type", "text/plain")],
        vec![
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
        ],
    ] {
        post(&server, &headers).await.problem(Kind::ForeignRequest);
    }
    for headers in [
        vec![json, ("sec-fetch-site", "same-origin")],
        vec![json, ("origin", "http://localhost:8080"), ("host", "localhost:8080")],
    ] {
        post(&server, &headers).await.problem(Kind::NotFound);
    }
}

#[tokio::test]
async fn every_reply_carries_the_security_headers() {
    let server = Server::start().await;
    let mut browser = server.browser();
    for address in [routes::PLATFORM, "/api/nothing", "/", "/sch/waterside", "/missing.js"] {
        let reply = browser.get(address).await;
        let policy = reply.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        assert_eq!(reply.headers["x-frame-options"], "DENY");
        assert_eq!(reply.headers["referrer-policy"], "same-origin");
        assert_eq!(reply.headers["cross-origin-opener-policy"], "same-origin");
        assert!(reply.headers.contains_key("x-request-id"));
        assert!(!reply.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
    assert_eq!(browser.get(routes::PLATFORM).await.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn the_built_pages_own_script_may_run_and_no_other_inline_one() {
    let server = Server::start().await;
    let app = server.folder.path().join("app");
    std::fs::create_dir_all(&app).unwrap();
    std::fs::write(app.join("index.html"), "<script type=\"module\">init()</script>").unwrap();
    let router = router(server.state.clone());
    let request = Request::get("/wizard/usernames").body(Body::empty()).unwrap();
    let reply = send(&router, request).await;

    let policy = reply.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("'sha256-w4ujnOpjBoH2vcasx+reJRUwYivG8Q3afx/XevGJod8='"), "{policy}");
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-cache");
    assert!(reply.text.contains("init()"));
}

#[tokio::test]
async fn files_with_a_hashed_name_are_kept_and_sent_as_they_were_compressed() {
    let server = Server::start().await;
    let app = server.folder.path().join("app");
    std::fs::create_dir_all(&app).unwrap();
    std::fs::write(app.join("app-0123456789.js"), "plain").unwrap();
    std::fs::write(app.join("app-0123456789.js.br"), "brotli").unwrap();
    let get = |accepts: &'static str| {
        let request = Request::get("/app-0123456789.js").header("accept-encoding", accepts);
        send(&server.router, request.body(Body::empty()).unwrap())
    };
    let reply = get("gzip, br").await;
    assert_eq!(
        (reply.text.as_str(), &reply.headers["content-encoding"]),
        ("brotli", &"br".parse().unwrap())
    );
    assert_eq!(reply.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(get("identity").await.text, "plain");
}

#[tokio::test]
async fn an_app_that_is_not_built_is_said_to_be() {
    let server = Server::start().await;
    let reply = server.browser().get("/").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(reply.text.contains("make app"), "{}", reply.text);
}

#[tokio::test]
async fn what_the_api_does_not_know_is_a_problem_too() {
    let server = Server::start().await;
    let mut browser = server.browser();
    browser.get("/api/nothing").await.problem(Kind::NotFound);
    browser.post("/api/schools/a/b/c", &()).await.problem(Kind::NotFound);
    let problem = browser.post(routes::PLATFORM, &()).await.problem(Kind::NotFound);
    assert_eq!(problem.status, 405);

    let sign_in = with(routes::SIGN_IN, &"none");
    let problem = browser.post(&sign_in, &serde_json::json!({"username": "x"})).await;
    let problem = problem.problem(Kind::Unusable);
    assert_eq!(problem.errors[0].field, "password");
    let problem = browser.post(&sign_in, &serde_json::json!({"username": 1, "password": ""})).await;
    assert_eq!(problem.problem(Kind::Unusable).errors[0].field, "username");

    let long = serde_json::json!({"username": "x".repeat(2_000_000), "password": ""});
    browser.post(&sign_in, &long).await.problem(Kind::TooLarge);
}

#[tokio::test]
async fn https_marks_cookies_for_this_very_host_and_asks_to_be_used_always() {
    let server = Server::with("public_url = \"https://learn.example.org\"").await;
    let school = server.school("3281102", "Waterside Primary School").await;
    let browser = server.admin(&school, "head@waterside.example").await;
    assert!(browser.cookie.as_ref().unwrap().starts_with("__Host-rollcall="));
    let reply = server.browser().get(routes::PLATFORM).await;
    assert!(reply.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
}
