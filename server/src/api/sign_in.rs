//! Signing in and out, and who is signed in.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use rollcall_shared::session::{Me, SignIn, SignInWith};

use super::error::Answer;
use super::extract::{Json, SignedIn};
use super::platform::school_of;
use super::session;
use crate::caller::Caller;
use crate::error::Error;
use crate::sign_in;
use crate::state::AppState;

pub async fn sign_in(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    Json(typed): Json<SignIn>,
) -> Result<impl IntoResponse, Error> {
    let school = school_of(&state, &slug).await?;
    let account = sign_in::sign_in(&state, school.id, &caller.network(), typed).await?;
    let previous = session::token_of(&headers, &state.config);
    let (cookie, me) = session::begin(&state, previous.as_deref(), school.id, account).await?;
    Ok((cookie, axum::Json(me)))
}

pub async fn sign_in_with(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Json(typed): Json<SignIn>,
) -> Answer<SignInWith> {
    let school = school_of(&state, &slug).await?;
    Ok(axum::Json(sign_in::sign_in_with(&state, school.id, &typed.username).await?))
}

pub async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Error> {
    Ok((StatusCode::NO_CONTENT, session::end(&state, &headers).await?))
}

pub async fn me(SignedIn(person): SignedIn) -> axum::Json<Me> {
    axum::Json(person.into())
}
