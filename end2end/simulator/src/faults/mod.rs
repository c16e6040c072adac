//! Misbehaviour on demand: what the service, or the network before it, does wrong next.
//!
//! A fault waits until a request comes that contains its `match`, spoils so many of them, and is
//! gone. A new kind of fault is a variant of [`Kind`] and an arm where it acts:
//! before the call ([`prepare`]), instead of the reply or on it (`reply`).

mod reply;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    school::Authorisation,
    state::{Shared, World},
};

/// A fault that waits for its requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// A part of the path, query and body, in any case; empty for every call. A school's number
    /// thus finds its token requests too. `callback` loses what the simulator would tell the
    /// application.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The connection closes without a reply.
    Drop,
    /// A failure in the service's own way, at HTTP 200.
    Exception { message: String },
    /// This body instead of the reply, as JSON at HTTP 200.
    Body { body: String },
    /// JSON that goes on for so many megabytes.
    Huge { megabytes: usize },
    /// A reply in gzip of a few kilobytes, which unpacks to so many megabytes.
    GzipBomb { megabytes: usize },
    /// A redirect to this address.
    Redirect { to: String },
    /// The reply begins only after so many milliseconds.
    Slow { milliseconds: u64 },
    /// Half of the reply comes, then nothing for so many milliseconds, then it breaks off.
    Stall { milliseconds: u64 },
    /// Half of the reply comes, then it breaks off.
    Truncate,
    /// The reply says that it is gzip and is not.
    FalseGzip,
    /// Every row of the tables has this field with this value: a wrong type, an unknown field.
    Field { name: String, value: Value },
    /// No row of the tables has this field.
    MissingField { name: String },
    /// The reply lacks this table.
    MissingTable { table: String },
    /// The first row of each table comes a second time.
    RepeatedRow,
    /// The second row of each table has the id of the first; all counts are right.
    DuplicateId,
    /// The reply says that one page more follows, whichever was asked for.
    GrowingPages,
    /// The reply says that there are so many pages.
    PageCount { pages: u64 },
    /// Page 1 comes, whichever was asked for, and says that it is the one asked for.
    SamePage,
    /// Every token of the school that is read (or of all) is worthless before the call is
    /// answered.
    ExpireTokens,
    /// The school that is read (or every one) pauses its feed before the call is answered.
    Pause,
}

/// The fault that this request meets, if any.
fn take(world: &mut World, target: &str) -> Option<Kind> {
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
    shared.note_call(format!("{} {}", request.method(), request.uri()));
    // Most requests meet no fault: look before reading the body and taking the exclusive lock.
    if shared.world().faults.is_empty() {
        return next.run(request).await;
    }
    let (mut request, target) = with_target(request).await;
    let kind = take(&mut shared.world_mut(), &target);
    let Some(kind) = kind else { return next.run(request).await };
    if let Some(reply) = reply::instead(&kind) {
        return reply;
    }
    let asked_page = reply::page_of(&request);
    prepare(&shared, &kind, &mut request);
    reply::spoil(&kind, asked_page, next.run(request).await).await
}

/// The request, and what faults are matched with.
async fn with_target(request: Request) -> (Request, String) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1024 * 1024).await.unwrap_or_default();
    let target = format!("{} {}", parts.uri, String::from_utf8_lossy(&body));
    (Request::from_parts(parts, body.into()), target)
}

/// What goes wrong before the call is answered.
fn prepare(shared: &Shared, kind: &Kind, request: &mut Request) {
    let path = request.uri().path().to_owned();
    let authorisations = |change: fn(&mut Authorisation)| {
        shared.change(|world| {
            let named = |estab: &str| path.split('/').any(|part| part == estab);
            let is_about_one = world.schools.keys().any(|estab| named(estab));
            for (estab, school) in &mut world.schools {
                if !is_about_one || named(estab) {
                    change(&mut school.authorisation);
                }
            }
        });
    };
    match kind {
        Kind::ExpireTokens => authorisations(Authorisation::expire_tokens),
        Kind::Pause => authorisations(|authorisation| authorisation.paused = true),
        Kind::SamePage => reply::ask_for_first_page(request),
        _ => {}
    }
}

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
