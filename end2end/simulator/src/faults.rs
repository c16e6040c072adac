//! Misbehaviour on demand: what the service, or the network before it, does wrong next.
//!
//! A fault waits until a request comes whose path and query contain its `match`, spoils so many
//! of them, and is gone. A new kind of fault is a variant of [`Kind`] and an arm in [`spoil`] or
//! [`answer_instead`].

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use futures::stream;
use serde::{Deserialize, Serialize};

use crate::{
    api::failure::Failure,
    state::{Shared, World},
};

/// A fault that waits for its requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// A part of the path and query, in any case; empty for every call. `callback` loses what the
    /// simulator would tell the application.
    #[serde(rename = "match", default)]
    pub matches: String,
    /// How many requests are left alone first.
    #[serde(default)]
    pub after: u32,
    /// How many requests are spoilt.
    #[serde(default = "once")]
    pub times: u32,
    #[serde(flatten)]
    pub kind: Kind,
}

fn once() -> u32 {
    1
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// This HTTP status, and nothing that an application understands.
    Status {
        status: u16,
        /// Seconds for `Retry-After`.
        retry_after: Option<u32>,
    },
    /// A page for people instead of JSON, at HTTP 200.
    Html,
    /// The reply stops in the middle.
    Truncate,
    /// The connection closes without a reply.
    Drop,
    /// A failure in the service's own way, at HTTP 200.
    Exception { message: String },
    /// The reply begins only after so many milliseconds.
    Slow { milliseconds: u64 },
    /// The beginning comes, and then nothing for so many milliseconds.
    Stall { milliseconds: u64 },
    /// This body instead of the reply, as JSON at HTTP 200.
    Body { body: String },
    /// Every token of the school is made worthless before the call is answered.
    ExpireTokens,
}

/// The fault that this request (its path and query) meets, if any.
pub(crate) fn take(world: &mut World, target: &str) -> Option<Kind> {
    let target = target.to_ascii_lowercase();
    let index = world
        .faults
        .iter()
        .position(|fault| target.contains(&fault.matches.to_ascii_lowercase()))?;
    take_at(world, index)
}

/// Whether the next callback is lost.
pub(crate) fn loses_callback(world: &mut World) -> bool {
    let mut faults = world.faults.iter();
    let index = faults.position(|fault| fault.matches.eq_ignore_ascii_case("callback"));
    index.is_some_and(|index| take_at(world, index).is_some())
}

fn take_at(world: &mut World, index: usize) -> Option<Kind> {
    let fault = world.faults.get_mut(index)?;
    if fault.after > 0 {
        fault.after -= 1;
        return None;
    }
    let kind = fault.kind.clone();
    fault.times = fault.times.saturating_sub(1);
    if fault.times == 0 {
        world.faults.remove(index);
    }
    Some(kind)
}

/// Lets the next waiting fault have this request.
pub(crate) async fn meet(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    // Most requests meet no fault: look before taking the lock that waits for readers.
    let has_faults = !shared.world().faults.is_empty();
    let kind = if has_faults { take(&mut shared.world_mut(), target) } else { None };
    let Some(kind) = kind else { return next.run(request).await };
    if kind == Kind::ExpireTokens {
        shared.change(|world| {
            for school in world.schools.values_mut() {
                school.authorisation.expire_tokens();
            }
        });
        return next.run(request).await;
    }
    match answer_instead(&kind) {
        Some(reply) => reply,
        None => spoil(&kind, next.run(request).await).await,
    }
}

/// The reply of a fault that does not need the real one.
fn answer_instead(kind: &Kind) -> Option<Response> {
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
        Kind::Body { body } => {
            ([(header::CONTENT_TYPE, "application/json")], body.clone()).into_response()
        }
        Kind::Truncate | Kind::Slow { .. } | Kind::Stall { .. } | Kind::ExpireTokens => {
            return None;
        }
    };
    Some(reply)
}

/// The real reply, spoilt.
async fn spoil(kind: &Kind, reply: Response) -> Response {
    match kind {
        Kind::Slow { milliseconds } => {
            tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
            reply
        }
        Kind::Truncate => {
            let (mut parts, half) = first_half(reply).await;
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, broken(vec![half]))
        }
        Kind::Stall { milliseconds } => {
            let (mut parts, half) = first_half(reply).await;
            parts.headers.remove(header::CONTENT_LENGTH);
            let pause = Duration::from_millis(*milliseconds);
            let pieces = stream::unfold(Some((half, pause)), |next| async {
                let (piece, pause) = next?;
                if piece.is_empty() {
                    tokio::time::sleep(pause).await;
                    return Some((Err(Interrupted), None));
                }
                Some((Ok(piece), Some((Bytes::new(), pause))))
            });
            Response::from_parts(parts, Body::from_stream(pieces))
        }
        _ => reply,
    }
}

async fn first_half(reply: Response) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = reply.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    (parts, whole.slice(..whole.len() / 2))
}

/// A body that breaks off, and the connection with it.
fn broken(pieces: Vec<Bytes>) -> Body {
    let pieces = pieces.into_iter().map(Ok).chain([Err(Interrupted)]);
    Body::from_stream(stream::iter(pieces))
}

/// The connection is cut on purpose.
#[derive(Debug, thiserror::Error)]
#[error("interrupted as scripted")]
struct Interrupted;

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> Fault {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_fault_waits_spoils_and_is_gone() {
        let mut world = World::default();
        world
            .faults
            .push(fault(r#"{"match": "students", "after": 1, "times": 2, "kind": "html"}"#));
        let mut meets = |target: &str| take(&mut world, target).is_some();
        assert!(!meets("/api/v1/school/3281102/staff"));
        assert!(!meets("/api/v1/School/3281102/Students"), "the first is left alone");
        assert!(meets("/api/v1/School/3281102/Students?page=2"));
        assert!(meets("/api/v1/school/3281102/students"));
        assert!(!meets("/api/v1/school/3281102/students"));
    }

    #[test]
    fn a_fault_without_more_spoils_the_next_call() {
        assert_eq!(
            fault(r#"{"kind": "status", "status": 503, "retry_after": 2}"#),
            Fault {
                matches: String::new(),
                after: 0,
                times: 1,
                kind: Kind::Status { status: 503, retry_after: Some(2) },
            }
        );
    }
}
