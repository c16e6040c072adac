//! What the person who runs the server asks: whether it lives, and whether it can do its work.

use std::time::Duration;

use axum::Json as Reply;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::table::{Entry, Output};
use crate::seal::Owner;
use crate::state::AppState;

/// How long the database may take to answer.
const DATABASE_ANSWERS_WITHIN: Duration = Duration::from_secs(2);

const NOT_KEPT: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// The process answers; nothing else is asked.
pub(super) async fn alive() -> ([(header::HeaderName, &'static str); 1], &'static str) {
    (NOT_KEPT, "alive\n")
}

pub(super) async fn ready(State(state): State<AppState>) -> Readiness {
    readiness(&state).await
}

/// What is ready and what is not; nothing of anybody.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Readiness {
    ready: bool,
    database: Part,
    keys: Part,
    worker: Part,
}

impl Output for Readiness {
    fn describe(entry: &mut Entry) {
        let schema = entry.schema::<Self>();
        entry.answers(StatusCode::OK, "application/json", schema.clone());
        entry.answers(StatusCode::SERVICE_UNAVAILABLE, "application/json", schema);
    }
}

impl IntoResponse for Readiness {
    fn into_response(self) -> Response {
        let status = if self.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, NOT_KEPT, Reply(self)).into_response()
    }
}

/// How a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Part {
    Ready,
    /// It did not answer in time, or with an error.
    NoAnswer,
    /// The file of the database is not the one that was opened.
    FileGone,
    /// What the keys seal can't be opened with them.
    Unusable,
}

/// Asks each part.
async fn readiness(state: &AppState) -> Readiness {
    let (database, keys) = (database(state).await, keys(state));
    let worker = match state.health.is_worker_heard(state.clock.now()) {
        true => Part::Ready,
        false => Part::NoAnswer,
    };
    let ready = [database, keys, worker].iter().all(|part| *part == Part::Ready);
    Readiness { ready, database, keys, worker }
}

async fn database(state: &AppState) -> Part {
    if !state.health.is_database_in_place() {
        return Part::FileGone;
    }
    match tokio::time::timeout(DATABASE_ANSWERS_WITHIN, state.store.answer()).await {
        Ok(Ok(())) => Part::Ready,
        _ => Part::NoAnswer,
    }
}

fn keys(state: &AppState) -> Part {
    let owner = Owner { purpose: "readiness", school: uuid::Uuid::nil(), id: uuid::Uuid::nil() };
    let sealed = state.keys.seal(&state.dice, owner, b"ready");
    let opened = sealed.and_then(|sealed| state.keys.open(owner, &sealed));
    if opened.is_ok_and(|text| *text == *b"ready") { Part::Ready } else { Part::Unusable }
}
