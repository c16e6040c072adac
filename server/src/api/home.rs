//! What people land on: the dashboard of an admin, the home page of everybody else, and the lists
//! of classes and cards.

use axum::Json as Reply;
use axum::extract::State;
use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::people::{ClassRow, Dashboard, Home};

use super::error::Answer;
use super::extract::{Admin, Json, SignedIn};
use crate::sign_in::alerts;
use crate::state::AppState;
use crate::{cards, people};

pub async fn home(State(state): State<AppState>, SignedIn(person): SignedIn) -> Answer<Home> {
    Ok(Reply(people::home(&state, &person).await?))
}

pub async fn dashboard(State(state): State<AppState>, Admin(admin): Admin) -> Answer<Dashboard> {
    let mut dashboard = people::dashboard(&state, &admin.school).await?;
    dashboard.slowed = alerts::slowed(&state, &admin.school).await?;
    Ok(Reply(dashboard))
}

pub async fn classes(State(state): State<AppState>, Admin(admin): Admin) -> Answer<Vec<ClassRow>> {
    Ok(Reply(state.store.list_classes(admin.school.id).await?))
}

pub async fn cards(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(asked): Json<CardsRequest>,
) -> Answer<Cards> {
    Ok(Reply(cards::print(&state, &admin, &asked).await?))
}
