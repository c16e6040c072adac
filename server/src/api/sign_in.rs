//! Signing in and out, who is signed in, and how a school's people sign in.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{AppendHeaders, NoContent};
use rollcall_shared::session::{Me, SignIn, WayIn};
use rollcall_shared::sign_ins::{Network, SignIns};

use super::error::Handled;
use super::extract::{Admin, Id, Json, Origin, SignedIn};
use super::platform::school_of;
use super::session::{self, Cookie};
use crate::error::Result;
use crate::sign_in::{self, alerts};
use crate::state::AppState;

pub(super) async fn sign_in(
    State(state): State<AppState>,
    Id(slug): Id<String>,
    Origin(origin): Origin,
    headers: HeaderMap,
    Json(typed): Json<SignIn>,
) -> Result<(AppendHeaders<[Cookie; 2]>, axum::Json<Me>)> {
    let school = school_of(&state, &slug).await?;
    let signed_in = sign_in::sign_in(&state, &school, &origin, typed).await?;
    let previous = session::token_of(&headers, &state.config);
    let (cookie, me) =
        session::begin(&state, previous.as_deref(), school.id, signed_in.account).await?;
    let device = session::device_cookie(&state, &signed_in.device);
    Ok((AppendHeaders([cookie, device]), axum::Json(me)))
}

pub(super) async fn way_in(
    State(state): State<AppState>,
    Id(slug): Id<String>,
    Origin(origin): Origin,
    Json(typed): Json<SignIn>,
) -> Handled<WayIn> {
    let school = school_of(&state, &slug).await?;
    Ok(axum::Json(sign_in::way_in(&state, &school, &origin, &typed).await?))
}

pub(super) async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<(AppendHeaders<[Cookie; 1]>, NoContent)> {
    let cookie = session::end(&state, &headers).await?;
    Ok((AppendHeaders([cookie]), NoContent))
}

pub(super) async fn me(SignedIn(person): SignedIn) -> axum::Json<Me> {
    axum::Json(person.into())
}

pub(super) async fn sign_ins(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Origin(origin): Origin,
) -> Handled<SignIns> {
    Ok(axum::Json(alerts::view(&state, &admin.school, &origin.caller).await?))
}

pub(super) async fn unlock(
    State(state): State<AppState>,
    Admin(admin): Admin,
    origin: Origin,
) -> Handled<SignIns> {
    alerts::unlock(&state, &admin).await?;
    sign_ins(State(state), Admin(admin), origin).await
}

pub(super) async fn add_network(
    State(state): State<AppState>,
    Admin(admin): Admin,
    origin: Origin,
    Json(typed): Json<Network>,
) -> Handled<SignIns> {
    alerts::set_network(&state, &admin, &typed, true).await?;
    sign_ins(State(state), Admin(admin), origin).await
}

pub(super) async fn remove_network(
    State(state): State<AppState>,
    Admin(admin): Admin,
    origin: Origin,
    Json(typed): Json<Network>,
) -> Handled<SignIns> {
    alerts::set_network(&state, &admin, &typed, false).await?;
    sign_ins(State(state), Admin(admin), origin).await
}
