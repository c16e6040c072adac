//! Serves the built app: files under hashed names for ever, the page itself always fresh, and the
//! same page at every address of the app; at any other too, with the status that there is none.

use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use rollcall_shared::pages;
use tower::ServiceExt;
use tower_http::services::{ServeDir, ServeFile};

use crate::state::AppState;

/// Answers everything that is not the API.
pub(super) async fn serve(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") {
        return super::error::no_such_address().await;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if is_page(path) {
        page(&state, request).await
    } else if is_file(path) {
        file(&state.config.app_dir, request).await
    } else {
        not_found(&state).await
    }
}

/// The app, at the address of one of its pages.
async fn page(state: &AppState, request: Request) -> Response {
    let index = index(state);
    if !index.is_file() {
        return not_built();
    }
    if let Some(page) = own_shell(state, &index).await {
        return (FRESH, Html(page)).into_response();
    }
    let page = ServeFile::new(index).precompressed_br().precompressed_gzip();
    let reply = page.oneshot(request).await.map(|reply| reply.map(Body::new));
    cached(reply.unwrap_or_else(|never| match never {}), "no-cache")
}

/// One of the app's files.
async fn file(folder: &Path, request: Request) -> Response {
    let caching = caching(request.uri().path());
    let files = ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let reply = files.oneshot(request).await.map(|reply| reply.map(Body::new));
    cached(reply.unwrap_or_else(|never| match never {}), caching)
}

/// The app at any other address, where it says that there is no such page.
async fn not_found(state: &AppState) -> Response {
    let index = index(state);
    let page = match own_shell(state, &index).await {
        Some(page) => Some(page),
        None => tokio::fs::read_to_string(&index).await.ok(),
    };
    match page {
        Some(page) => (StatusCode::NOT_FOUND, FRESH, Html(page)).into_response(),
        None => not_built(),
    }
}

fn index(state: &AppState) -> PathBuf {
    state.config.app_dir.join("index.html")
}

fn cached(mut reply: Response, caching: &'static str) -> Response {
    if reply.status().is_success() {
        reply.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    }
    reply
}

const FRESH: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-cache")];

/// The name and the logo that the built page paints before the app has arrived.
const BUILT_NAME: &str = "Rollcall";
const BUILT_LOGO: &str = "/pictures/rollcall.svg";

/// The page with the platform's own name and logo in it; none where it has those it was built
/// with.
async fn own_shell(state: &AppState, index: &Path) -> Option<String> {
    let platform = state.config.platform();
    if platform.name == BUILT_NAME && platform.logo.is_none() {
        return None;
    }
    let page = tokio::fs::read_to_string(index).await.ok()?;
    let logo = platform.logo.as_deref().unwrap_or(BUILT_LOGO);
    Some(page.replace(BUILT_LOGO, &escaped(logo)).replace(BUILT_NAME, &escaped(&platform.name)))
}

/// A text as it stands in HTML, in an attribute too.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Whether this is the address of a page of the app.
fn is_page(path: &str) -> bool {
    path == "/index.html" || pages::is_page(path)
}

/// Whether this reads as the address of a file.
fn is_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|last| last.contains('.'))
}

/// A file whose name carries the hash of what is in it never changes; pictures hardly do.
fn caching(path: &str) -> &'static str {
    let is_hash = |part: &str| part.len() == 10 && part.bytes().all(|b| b.is_ascii_hexdigit());
    if path.split(['/', '-', '_', '.']).any(is_hash) {
        "public, max-age=31536000, immutable"
    } else if path.starts_with("/pictures/") {
        "public, max-age=86400"
    } else {
        "no-cache"
    }
}

fn not_built() -> Response {
    let page = "<!DOCTYPE html><html lang=\"en-GB\"><meta charset=\"utf-8\">\
                <title>The app is not built</title><h1>The app is not built</h1>\
                <p>The server is running, but there is no app in the folder it serves. Build it \
                with <code>make app</code>, or name its folder with \
                <code>ROLLCALL_APP_DIR</code>, then start the server again.</p></html>";
    (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_pages() {
        assert!(["/pictures/cat.svg", "/app-0123456789.js", "/.env"].into_iter().all(is_file));
        assert!(!["/", "/nothing", "/pictures", "/v1.2/nothing"].into_iter().any(is_file));
    }

    #[test]
    fn only_files_with_a_hashed_name_are_kept_for_ever() {
        assert!(caching("/app-0f59f14fce.wasm").contains("immutable"));
        assert!(caching("/tokens-0f59f14fce.css").contains("immutable"));
        assert_eq!(caching("/pictures/cat.svg"), "public, max-age=86400");
        assert_eq!(caching("/fonts/licence.txt"), "no-cache");
    }
}
