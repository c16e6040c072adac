//! What people land on: the dashboard of an admin, the home page of everybody else, and the lists
//! of classes and cards.

use axum::Json as Reply;
use axum::extract::State;
use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::ids::ClassId;
use rollcall_shared::people::{ClassRow, Dashboard, Home, OwnClass};

use super::error::Handled;
use super::extract::{Admin, Id, Json, SignedIn, Teacher};
use crate::dashboard;
use crate::people::{self, cards, own_class};
use crate::state::AppState;

pub(super) async fn home(
    State(state): State<AppState>,
    SignedIn(person): SignedIn,
) -> Handled<Home> {
    Ok(Reply(people::home(&state, &person).await?))
}

pub(super) async fn own_class(
    State(state): State<AppState>,
    Teacher(teacher): Teacher,
    Id(class): Id<ClassId>,
) -> Handled<OwnClass> {
    Ok(Reply(own_class::look(&state, &teacher, class).await?))
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
    Teacher(person): Teacher,
    Json(asked): Json<CardsRequest>,
) -> Handled<Cards> {
    Ok(Reply(cards::print(&state, &person, &asked).await?))
}
