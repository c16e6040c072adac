//! Signing in and out, who is signed in, and how a school's people sign in.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse};
use rollcall_shared::session::{Me, SignIn, WayIn};
use rollcall_shared::sign_ins::{Network, SignIns};

use super::error::Answer;
use super::extract::{Admin, From, Json, SignedIn};
use super::platform::school_of;
use super::session;
use crate::error::Result;
use crate::sign_in::{self, alerts};
use crate::state::AppState;

pub async fn sign_in(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    From(from): From,
    headers: HeaderMap,
    Json(typed): Json<SignIn>,
) -> Result<impl IntoResponse> {
    let school = school_of(&state, &slug).await?;
    let signed_in = sign_in::sign_in(&state, &school, &from, typed).await?;
    let previous = session::token_of(&headers, &state.config);
    let (cookie, me) =
        session::begin(&state, previous.as_deref(), school.id, signed_in.account).await?;
    let device = session::device_cookie(&state, &signed_in.device);
    Ok((AppendHeaders([cookie, device]), axum::Json(me)))
}

pub async fn way_in(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    From(from): From,
    Json(typed): Json<SignIn>,
) -> Answer<WayIn> {
    let school = school_of(&state, &slug).await?;
    Ok(axum::Json(sign_in::way_in(&state, &school, &from, &typed).await?))
}

pub async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<impl IntoResponse> {
    let cookie = session::end(&state, &headers).await?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([cookie])))
}

pub async fn me(SignedIn(person): SignedIn) -> axum::Json<Me> {
    axum::Json(person.into())
}

pub async fn sign_ins(
    State(state): State<AppState>,
    Admin(admin): Admin,
    From(from): From,
) -> Answer<SignIns> {
    Ok(axum::Json(alerts::view(&state, &admin.school, &from.caller).await?))
}

pub async fn unlock(
    State(state): State<AppState>,
    Admin(admin): Admin,
    from: From,
) -> Answer<SignIns> {
    alerts::unlock(&state, &admin).await?;
    sign_ins(State(state), Admin(admin), from).await
}

pub async fn add_network(
    State(state): State<AppState>,
    Admin(admin): Admin,
    from: From,
    Json(typed): Json<Network>,
) -> Answer<SignIns> {
    alerts::set_network(&state, &admin, &typed, true).await?;
    sign_ins(State(state), Admin(admin), from).await
}

pub async fn remove_network(
    State(state): State<AppState>,
    Admin(admin): Admin,
    from: From,
    Json(typed): Json<Network>,
) -> Answer<SignIns> {
    alerts::set_network(&state, &admin, &typed, false).await?;
    sign_ins(State(state), Admin(admin), from).await
}
