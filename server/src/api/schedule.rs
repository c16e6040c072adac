//! The nightly sync: looked at, chosen, and made now.

use axum::Json as Reply;
use axum::extract::State;
use rollcall_shared::schedule::{SaveSchedule, Schedule};

use super::error::Answer;
use super::extract::{Admin, Json};
use crate::state::AppState;
use crate::sync::schedule;

pub async fn view(State(state): State<AppState>, Admin(admin): Admin) -> Answer<Schedule> {
    Ok(Reply(schedule::view(&state, &admin.school).await?))
}

pub async fn save(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(chosen): Json<SaveSchedule>,
) -> Answer<Schedule> {
    schedule::save(&state, &admin, chosen).await?;
    Ok(Reply(schedule::view(&state, &admin.school).await?))
}

pub async fn make_now(State(state): State<AppState>, Admin(admin): Admin) -> Answer<Schedule> {
    schedule::bring_forward(&state, &admin.school).await?;
    Ok(Reply(schedule::view(&state, &admin.school).await?))
}
