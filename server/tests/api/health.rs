//! What anyone who runs the server is told, and what stands at addresses there is no page for.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use rollcall_shared::routes;
use serde_json::{Value, json};

use crate::support::{Reply, Server, router, send};

async fn readiness(server: &Server) -> (StatusCode, Value) {
    let reply = server.browser().get(routes::READYZ).await;
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    (reply.status, serde_json::from_str(&reply.text).unwrap())
}

#[tokio::test]
async fn a_server_is_ready_once_its_worker_is_at_work() {
    let server = Server::start().await;
    let silent = json!({
        "ready": false, "database": "ready", "keys": "ready", "worker": "no_answer",
    });
    assert_eq!(readiness(&server).await, (StatusCode::SERVICE_UNAVAILABLE, silent));
    server.state.health.hear_worker(server.state.clock.now());
    let ready = json!({ "ready": true, "database": "ready", "keys": "ready", "worker": "ready" });
    assert_eq!(readiness(&server).await, (StatusCode::OK, ready.clone()));
    server.state.clock.advance(chrono::TimeDelta::minutes(5));
    let (status, parts) = readiness(&server).await;
    assert_eq!((status.as_u16(), &parts["worker"]), (503, &json!("no_answer")));
}

#[tokio::test]
async fn a_server_whose_database_does_not_answer_lives_and_is_not_ready() {
    let server = Server::start().await;
    server.state.health.hear_worker(server.state.clock.now());
    server.state.store.close().await;
    let (status, parts) = readiness(&server).await;
    assert_eq!((status.as_u16(), &parts["database"]), (503, &json!("no_answer")));
    assert_eq!(server.browser().get(routes::HEALTHZ).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_database_file_deleted_under_the_running_server_makes_it_not_ready() {
    let server = Server::start().await;
    server.state.health.hear_worker(server.state.clock.now());
    std::fs::remove_file(server.folder.path().join("rollcall.db")).unwrap();
    let (status, parts) = readiness(&server).await;
    assert_eq!((status.as_u16(), &parts["database"]), (503, &json!("file_gone")));
    assert_eq!(server.browser().get(routes::HEALTHZ).await.status, StatusCode::OK);
}

/// A server with a built app.
async fn built(lines: &str) -> Server {
    let server = Server::with(lines).await;
    let app = server.folder.path().join("app");
    std::fs::create_dir_all(app.join("pictures")).unwrap();
    std::fs::write(app.join("index.html"), "<title>Rollcall</title>the app").unwrap();
    std::fs::write(app.join("pictures/cat.svg"), "<svg/>").unwrap();
    server
}

/// What a browser gets that has been here before.
async fn get_again(server: &Server, address: &str) -> Reply {
    let request = Request::get(address)
        .header(header::HOST, "localhost:8080")
        .header(header::IF_MODIFIED_SINCE, "Tue, 01 Sep 2099 08:00:00 GMT");
    send(&router(server.state.clone()), request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn an_address_without_a_page_is_answered_with_the_apps_own_page_and_404() {
    for lines in ["", "platform_name = \"Bluebell\""] {
        let server = built(lines).await;
        let get = async |address: &str| get_again(&server, address).await;
        for unknown in ["/nothing", "/wp-login", "/users/nobody", "/pictures", "/sch/a/b"] {
            let reply = get(unknown).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{unknown}");
            assert!(reply.text.contains("the app"), "{unknown}: {}", reply.text);
            assert_eq!(reply.headers[header::CACHE_CONTROL], "no-cache");
        }
        for missing in ["/pictures/dog.svg", "/wp-login.php", "/.env", "/favicon.ico", "/a/b.js"] {
            let reply = get(missing).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{missing}");
            assert!(!reply.text.contains("the app"), "{missing}");
        }
        for page in ["/", "/sch/waterside", "/wizard/usernames", "/runs/1/people/problems"] {
            let status = get(page).await.status.as_u16();
            assert!([200, 304].contains(&status), "{page}: {status}");
        }
    }
}
