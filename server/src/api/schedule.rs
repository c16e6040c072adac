//! The nightly sync: looked at, chosen, and made now.

use axum::Json as Reply;
use axum::extract::State;
use rollcall_shared::schedule::{SaveSchedule, Schedule};

use super::error::Handled;
use super::extract::{Admin, Json};
use crate::state::AppState;
use crate::sync::schedule;

pub(super) async fn view(State(state): State<AppState>, Admin(admin): Admin) -> Handled<Schedule> {
    Ok(Reply(schedule::view(&state, &admin.school).await?))
}

pub(super) async fn save(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(chosen): Json<SaveSchedule>,
) -> Handled<Schedule> {
    schedule::save(&state, &admin, chosen).await?;
    Ok(Reply(schedule::view(&state, &admin.school).await?))
}

pub(super) async fn make_now(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<Schedule> {
    schedule::bring_forward(&state, &admin.school).await?;
    Ok(Reply(schedule::view(&state, &admin.school).await?))
}
