//! Adding, editing and removing people and groups of a school.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::reply::{Refusal, done};
use crate::{
    form::{Given, WantsPage},
    school::{EditError, GroupEdit, PupilEdit, Removal, School, StaffEdit},
    state::Shared,
};

/// Everybody and every group, with all that the MIS holds.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Path(estab): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let world = shared.world();
    let school = world.schools.get(&estab).ok_or_else(|| Refusal::no_school(&estab))?;
    let people = json!({
        "students": school.pupils,
        "staff": school.staff,
        "groups": school.groups,
    });
    Ok(Json(people))
}

/// How somebody goes: `?as=leaver` (the record stays) or `?as=vanished`.
#[derive(Debug, Deserialize)]
pub(super) struct How {
    #[serde(rename = "as", default)]
    removal: Removal,
}

/// Changes a school and answers with the record that came of it.
fn change<T: Serialize>(
    shared: &Shared,
    page: WantsPage,
    estab: &str,
    status: StatusCode,
    change: impl FnOnce(&mut School, NaiveDateTime) -> Result<T, EditError>,
) -> Result<Response, Refusal> {
    let now = shared.clock.now_without_zone();
    let changed = shared.change(|world| {
        let school = world.schools.get_mut(estab).ok_or_else(|| Refusal::no_school(estab))?;
        change(school, now).map_err(|error| match error {
            EditError::NobodyWithId(_) => Refusal::new(StatusCode::NOT_FOUND, error),
            error => Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, error),
        })
    })?;
    Ok(done(page, estab, (status, Json(changed))))
}

pub(super) async fn add_pupil(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
    Given(edit): Given<PupilEdit>,
) -> Result<Response, Refusal> {
    change(&shared, page, &estab, StatusCode::CREATED, |school, now| {
        school.add_pupil(&edit, now).cloned()
    })
}

pub(super) async fn edit_pupil(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path((estab, id)): Path<(String, String)>,
    Given(edit): Given<PupilEdit>,
) -> Result<Response, Refusal> {
    change(&shared, page, &estab, StatusCode::OK, |school, now| {
        school.edit_pupil(&id, &edit, now).cloned()
    })
}

pub(super) async fn remove_pupil(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path((estab, id)): Path<(String, String)>,
    Query(how): Query<How>,
) -> Result<Response, Refusal> {
    change(&shared, page, &estab, StatusCode::OK, |school, now| {
        school.remove_pupil(&id, how.removal, now)
    })
}

pub(super) async fn add_staff(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
    Given(edit): Given<StaffEdit>,
) -> Result<Response, Refusal> {
    change(&shared, page, &estab, StatusCode::CREATED, |school, now| {
        school.add_staff(&edit, now).cloned()
    })
}

pub(super) async fn edit_staff(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path((estab, id)): Path<(String, String)>,
    Given(edit): Given<StaffEdit>,
) -> Result<Response, Refusal> {
    change(&shared, page, &estab, StatusCode::OK, |school, now| {
        school.edit_staff(&id, &edit, now).cloned()
    })
}

pub(super) async fn remove_staff(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path((estab, id)): Path<(String, String)>,
    Query(how): Query<How>,
) -> Result<Response, Refusal> {
    change(&shared, page, &estab, StatusCode::OK, |school, now| {
        school.remove_staff(&id, how.removal, now)
    })
}

pub(super) async fn add_group(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
    Given(edit): Given<GroupEdit>,
) -> Result<Response, Refusal> {
    change(&shared, page, &estab, StatusCode::CREATED, |school, now| {
        school.add_group(&edit, now).cloned()
    })
}

pub(super) async fn edit_group(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path((estab, id)): Path<(String, String)>,
    Given(edit): Given<GroupEdit>,
) -> Result<Response, Refusal> {
    change(&shared, page, &estab, StatusCode::OK, |school, now| {
        school.edit_group(&id, &edit, now).cloned()
    })
}
