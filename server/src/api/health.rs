//! What whoever runs the server asks: whether it lives, and whether it can do its work.

use axum::Json as Reply;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use crate::health::readiness;
use crate::state::AppState;

const NOT_KEPT: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// The process answers; nothing else is asked.
pub async fn alive() -> impl IntoResponse {
    (NOT_KEPT, "alive\n")
}

pub async fn ready(State(state): State<AppState>) -> impl IntoResponse {
    let readiness = readiness(&state).await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, NOT_KEPT, Reply(readiness))
}
