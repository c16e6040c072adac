//! What everybody may know: the platform's name, and the schools there are.

use axum::Json;
use axum::extract::State;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::session::{Platform, SchoolCard};
use rollcall_store::schools::StoredSchool;
use serde::Deserialize;
use utoipa::ToSchema;

use super::error::Handled;
use super::extract::{Filter, Id};
use crate::error::{Error, Result};
use crate::state::AppState;

pub(super) async fn platform(State(state): State<AppState>) -> Json<Platform> {
    Json(state.config.platform())
}

#[derive(Deserialize, ToSchema)]
pub(super) struct SchoolQuery {
    /// A name, or part of one; or a number.
    #[serde(default)]
    q: String,
}

pub(super) async fn schools(
    State(state): State<AppState>,
    Filter(query): Filter<SchoolQuery>,
) -> Handled<Vec<SchoolCard>> {
    let typed = query.q.trim();
    if typed.is_empty() {
        return Ok(Json(Vec::new()));
    }
    Ok(Json(state.store.search_schools(typed).await?))
}

pub(super) async fn school(
    State(state): State<AppState>,
    Id(slug): Id<String>,
) -> Handled<SchoolCard> {
    let school = school_of(&state, &slug).await?;
    Ok(Json(SchoolCard { slug: school.slug, name: school.name }))
}

/// The school of an address.
pub(super) async fn school_of(state: &AppState, slug: &str) -> Result<StoredSchool> {
    state.store.find_school_by_slug(slug).await?.ok_or_else(|| {
        Error::from(Problem::new(Kind::NotFound, "There is no school at this address").detail(
            "Check the address, or find your school by its name or its seven-digit number.",
        ))
    })
}
