//! What a fault makes of a reply.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, Uri, header, response::Parts},
    response::{Html, IntoResponse, Redirect, Response},
};
use futures::stream;
use serde_json::{Map, Value};

use super::Kind;
use crate::api::failure::Failure;

/// The reply of a fault that does not need the real one.
pub(super) fn instead(kind: &Kind) -> Option<Response> {
    let reply = match kind {
        Kind::Status { status, retry_after } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut reply = (status, "The service is unavailable.").into_response();
            if let Some(seconds) = retry_after {
                reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            reply
        }
        Kind::Html => {
            Html("<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>")
                .into_response()
        }
        Kind::Drop => Response::new(broken(Vec::new())),
        Kind::Exception { message } => {
            Failure::scripted(StatusCode::INTERNAL_SERVER_ERROR, message.clone()).into_response()
        }
        Kind::Body { body } => json(Body::from(body.clone())),
        Kind::Huge { megabytes } => json(huge(*megabytes)),
        Kind::GzipBomb { megabytes } => gzip_bomb(*megabytes),
        Kind::Redirect { to } => Redirect::temporary(to).into_response(),
        _ => return None,
    };
    Some(reply)
}

/// The real reply, spoilt.
pub(super) async fn spoil(kind: &Kind, asked_page: u64, reply: Response) -> Response {
    match kind {
        Kind::Slow { milliseconds } => {
            tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
            reply
        }
        Kind::Truncate => {
            let (parts, whole) = take_apart(reply).await;
            Response::from_parts(parts, broken(vec![first_half(&whole)]))
        }
        Kind::Stall { milliseconds } => {
            let (parts, whole) = take_apart(reply).await;
            let pause = Duration::from_millis(*milliseconds);
            Response::from_parts(parts, stalling(first_half(&whole), pause))
        }
        Kind::FalseGzip => {
            let mut reply = reply;
            let gzip = HeaderValue::from_static("gzip");
            reply.headers_mut().insert(header::CONTENT_ENCODING, gzip);
            reply
        }
        Kind::Field { name, value } => {
            change_rows(reply, |row| drop(row.insert(name.clone(), value.clone()))).await
        }
        Kind::MissingField { name } => change_rows(reply, |row| drop(row.remove(name))).await,
        Kind::MissingTable { table } => change(reply, |tables| drop(tables.remove(table))).await,
        Kind::RepeatedRow => change(reply, repeat_first_rows).await,
        Kind::DuplicateId => change(reply, repeat_first_ids).await,
        Kind::GrowingPages => {
            change(reply, |tables| set_pagination(tables, "PageCount", asked_page + 1)).await
        }
        Kind::PageCount { pages } => {
            change(reply, |tables| set_pagination(tables, "PageCount", *pages)).await
        }
        Kind::SamePage => {
            change(reply, |tables| set_pagination(tables, "PageNumber", asked_page)).await
        }
        _ => reply,
    }
}

/// The page that a request asks for.
pub(super) fn page_of(request: &Request) -> u64 {
    let query = request.uri().query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name.eq_ignore_ascii_case("page"))
        .and_then(|(_, page)| page.parse().ok())
        .unwrap_or(1)
}

/// Leaves the page out of a request.
pub(super) fn ask_for_first_page(request: &mut Request) {
    let uri = request.uri();
    let others = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .filter(|(name, _)| !name.eq_ignore_ascii_case("page"));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish();
    if let Ok(uri) = format!("{}?{query}", uri.path()).parse::<Uri>() {
        *request.uri_mut() = uri;
    }
}

async fn take_apart(reply: Response) -> (Parts, Bytes) {
    let (mut parts, body) = reply.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    (parts, whole)
}

fn first_half(whole: &Bytes) -> Bytes {
    whole.slice(..whole.len() / 2)
}

/// Changes the tables of a reply; one that is no JSON stays as it is.
async fn change(reply: Response, change: impl FnOnce(&mut Map<String, Value>)) -> Response {
    let (parts, whole) = take_apart(reply).await;
    let body = match serde_json::from_slice::<Map<String, Value>>(&whole) {
        Ok(mut tables) => {
            change(&mut tables);
            Bytes::from(Value::Object(tables).to_string())
        }
        Err(_) => whole,
    };
    Response::from_parts(parts, Body::from(body))
}

/// Changes every row of every table that holds records.
async fn change_rows(reply: Response, change_row: impl Fn(&mut Map<String, Value>)) -> Response {
    change(reply, |tables| {
        for row in record_tables(tables).flatten().filter_map(Value::as_object_mut) {
            change_row(row);
        }
    })
    .await
}

/// The tables of a reply but those that are about the reply itself.
fn record_tables(tables: &mut Map<String, Value>) -> impl Iterator<Item = &mut Vec<Value>> {
    tables
        .iter_mut()
        .filter(|(name, _)| *name != "meta" && !name.starts_with("__"))
        .filter_map(|(_, table)| table.as_array_mut())
}

fn repeat_first_rows(tables: &mut Map<String, Value>) {
    for table in record_tables(tables) {
        table.extend(table.first().cloned());
    }
}

fn repeat_first_ids(tables: &mut Map<String, Value>) {
    for table in record_tables(tables) {
        let id = table.first().and_then(|row| row.get("Id")).cloned();
        let second = table.get_mut(1).and_then(Value::as_object_mut);
        if let (Some(id), Some(second)) = (id, second) {
            second.insert("Id".into(), id);
        }
    }
}

fn set_pagination(tables: &mut Map<String, Value>, name: &str, value: u64) {
    let row = tables.get_mut("__pagination__").and_then(|table| table.get_mut(0));
    if let Some(row) = row.and_then(Value::as_object_mut) {
        row.insert(name.into(), value.into());
    }
}

fn json(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A table that begins well and is followed by so many megabytes of nothing.
fn huge(megabytes: usize) -> Body {
    let start = [Bytes::from_static(b"{\"Students\":[")];
    let spaces = Bytes::from(vec![b' '; 1024 * 1024]);
    let pieces = start.into_iter().chain(std::iter::repeat_n(spaces, megabytes));
    let pieces = pieces.chain([Bytes::from_static(b"]}")]);
    Body::from_stream(stream::iter(pieces.map(Ok::<Bytes, Interrupted>)))
}

/// Two kilobytes for each megabyte of spaces: after a full flush the same block may come again.
fn gzip_bomb(megabytes: usize) -> Response {
    const HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut block = Vec::with_capacity(16 * 1024);
    let mut packer = flate2::Compress::new(flate2::Compression::best(), false);
    let spaces = vec![b' '; 1024 * 1024];
    let packed = packer.compress_vec(&spaces, &mut block, flate2::FlushCompress::Full);
    debug_assert!(packed.is_ok());
    let block = Bytes::from(block);
    let pieces = std::iter::once(Bytes::from_static(HEADER));
    let pieces = pieces.chain(std::iter::repeat_n(block, megabytes));
    let mut reply = json(Body::from_stream(stream::iter(pieces.map(Ok::<Bytes, Interrupted>))));
    let gzip = HeaderValue::from_static("gzip");
    reply.headers_mut().insert(header::CONTENT_ENCODING, gzip);
    reply
}

/// A body that breaks off, and the connection with it.
fn broken(pieces: Vec<Bytes>) -> Body {
    let pieces = pieces.into_iter().map(Ok).chain([Err(Interrupted)]);
    Body::from_stream(stream::iter(pieces))
}

/// The same after a pause.
fn stalling(half: Bytes, pause: Duration) -> Body {
    let pieces = stream::unfold(Some((half, pause)), |next| async {
        let (piece, pause) = next?;
        if piece.is_empty() {
            tokio::time::sleep(pause).await;
            return Some((Err(Interrupted), None));
        }
        Some((Ok(piece), Some((Bytes::new(), pause))))
    });
    Body::from_stream(pieces)
}

/// The connection is cut on purpose.
#[derive(Debug, thiserror::Error)]
#[error("interrupted as scripted")]
struct Interrupted;
