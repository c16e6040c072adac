//! The document of the API: what there is to ask, of whom, and what comes back (OpenAPI 3.1).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::Paths;
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{Components, Info, OpenApi, RefOr};

use super::table::{Entry, Output, Table};

/// The name under which the document speaks of the session's cookie.
pub(crate) const SESSION: &str = "session";

/// What holds for all of it.
const ABOUT: &str = "\
The API of Rollcall, which its own pages use. Everything is of the school of the person who is signed in.

**Signing in** sets a cookie, by which all further requests are known.

**Changing something.** A request other than GET has to come from one of our own pages, as a browser \
says it: with `Sec-Fetch-Site: same-origin`, or with an `Origin` that is this server's. Its body is JSON.

**Problems** are problem documents (RFC 9457); their `type` is one of a closed list. Where a reply's \
description names several, `type` says which it is. A method that an address does not have is \
answered with 405, and what is no HTTP at all with an empty 400, 408, 413 or 431.";

/// Real replies, by what was asked for: a test of the API writes them, and fails where one is not what
/// the server answers.
const EXAMPLES: &str = include_str!("examples.json");

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(|| of(super::table()));

/// The document of all that the router answers.
#[must_use]
pub fn document() -> &'static OpenApi {
    &DOCUMENT
}

fn of(table: Table) -> OpenApi {
    let Table { mut paths, schemas, .. } = table;
    let examples: BTreeMap<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    for (of, example) in examples {
        if let Some(reply) = reply_of(&mut paths, &of) {
            reply.example = Some(example);
        }
    }
    let cookie = ApiKeyValue::with_description(
        "__Host-rollcall",
        "Set by signing in. On this machine alone, over plain http, its name is `rollcall`.",
    );
    let mut components = Components::new();
    components.schemas = schemas.into_iter().collect();
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));

    let mut info = Info::new("Rollcall", env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.into());
    let mut document = OpenApi::new(info, paths);
    document.components = Some(components);
    document
}

/// What is answered to a request such as `GET /api/me` if all goes well.
fn reply_of<'a>(paths: &'a mut Paths, request: &str) -> Option<&'a mut Content> {
    let (method, path) = request.split_once(' ')?;
    let item = paths.paths.get_mut(path)?;
    let operation = match method {
        "GET" => item.get.as_mut(),
        "POST" => item.post.as_mut(),
        "PUT" => item.put.as_mut(),
        _ => None,
    }?;
    let RefOr::T(reply) = operation.responses.responses.get_mut("200")? else { return None };
    match reply.content.get_mut("application/json")? {
        RefOr::T(content) => Some(content),
        RefOr::Ref(_) => None,
    }
}

/// The document, as a reply.
pub(crate) struct Document;

pub(crate) async fn read() -> Document {
    Document
}

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        Json(document()).into_response()
    }
}

impl Output for Document {
    fn describe(entry: &mut Entry) {
        entry.answers(StatusCode::OK, "application/json", ObjectBuilder::new().into());
    }
}
