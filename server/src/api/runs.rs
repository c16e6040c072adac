//! Plans and runs: looked at, resolved, finished, followed.

use axum::Json as Reply;
use axum::extract::State;
use rollcall_shared::ids::RunId;
use rollcall_shared::page::{PAGE_SIZE, Page};
use rollcall_shared::plan::{Finish, PlanPerson, PlanQuery, PlanSummary, Rename, Resolve};
use rollcall_shared::run::{RunRow, RunView};
use rollcall_shared::settings::Settings;

use super::error::Answer;
use super::extract::{Admin, Filter, Id, Json};
use crate::state::AppState;
use crate::store::runs::Asker;
use crate::sync::{runs, undo};

pub async fn plan(State(state): State<AppState>, Admin(admin): Admin) -> Answer<PlanSummary> {
    Ok(Reply(runs::make_plan(&state, admin.school.id, Some(&admin.name())).await?))
}

pub async fn list(State(state): State<AppState>, Admin(admin): Admin) -> Answer<Vec<RunRow>> {
    Ok(Reply(runs::list(&state, admin.school.id).await?))
}

pub async fn view(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Answer<RunView> {
    Ok(Reply(runs::view(&state, admin.school.id, run).await?))
}

pub async fn summary(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Answer<PlanSummary> {
    Ok(Reply(runs::summary(&state, admin.school.id, run).await?))
}

pub async fn settings(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Answer<Settings> {
    Ok(Reply(runs::settings(&state, admin.school.id, run).await?))
}

pub async fn undo(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Answer<PlanSummary> {
    Ok(Reply(undo::make_plan(&state, admin.school.id, run, Some(&admin.name())).await?))
}

pub async fn people(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
    Filter(query): Filter<PlanQuery>,
) -> Answer<Page<PlanPerson>> {
    Ok(Reply(runs::people(&state, admin.school.id, run, &query, PAGE_SIZE).await?))
}

pub async fn resolve(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
    Json(answer): Json<Resolve>,
) -> Answer<PlanSummary> {
    let by = admin.name();
    Ok(Reply(runs::resolve(&state, admin.school.id, run, answer, Some(&by)).await?))
}

pub async fn rename(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
    Json(answer): Json<Rename>,
) -> Answer<PlanSummary> {
    Ok(Reply(runs::answer_rename(&state, &admin, run, answer).await?))
}

pub async fn resolve_sure(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Answer<PlanSummary> {
    Ok(Reply(runs::resolve_sure(&state, admin.school.id, run, Some(&admin.name())).await?))
}

pub async fn finish(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
    Json(asked): Json<Finish>,
) -> Answer<RunView> {
    let by = admin.name();
    Ok(Reply(runs::finish(&state, admin.school.id, run, &asked, Asker::Admin(&by)).await?))
}

pub async fn cancel(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Answer<RunView> {
    Ok(Reply(runs::cancel(&state, admin.school.id, run, &admin.name()).await?))
}
