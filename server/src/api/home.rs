//! What people land on: the dashboard of an admin, the home page of everybody else, and the lists
//! of classes and cards.

use axum::Json as Reply;
use axum::extract::State;
use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::people::{ClassRow, Dashboard, Home};

use super::error::Handled;
use super::extract::{Admin, Json, SignedIn};
use crate::dashboard;
use crate::people::{self, cards};
use crate::state::AppState;

pub(super) async fn home(
    State(state): State<AppState>,
    SignedIn(person): SignedIn,
) -> Handled<Home> {
    Ok(Reply(people::home(&state, &person).await?))
}

pub(super) async fn dashboard(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<Dashboard> {
    Ok(Reply(dashboard::figures(&state, &admin.school).await?))
}

pub(super) async fn classes(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<Vec<ClassRow>> {
    Ok(Reply(state.store.list_classes(admin.school.id).await?))
}

pub(super) async fn cards(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(asked): Json<CardsRequest>,
) -> Handled<Cards> {
    Ok(Reply(cards::print(&state, &admin, &asked).await?))
}
