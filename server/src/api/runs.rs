//! Plans and runs: looked at, resolved, finished, followed.

use axum::Json as Reply;
use axum::extract::State;
use rollcall_shared::ids::RunId;
use rollcall_shared::page::{PAGE_SIZE, Page};
use rollcall_shared::plan::{Finish, PlanPerson, PlanQuery, PlanSummary, Rename, Resolve};
use rollcall_shared::run::{RunRow, RunView};
use rollcall_shared::settings::Settings;
use rollcall_store::runs::Asker;

use super::error::Handled;
use super::extract::{Admin, Filter, Id, Json};
use crate::state::AppState;
use crate::sync::{planned, resolve, runs, undo};

pub(super) async fn plan(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<PlanSummary> {
    Ok(Reply(planned::make_plan(&state, admin.school.id, Some(&admin.name())).await?))
}

pub(super) async fn list(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<Vec<RunRow>> {
    Ok(Reply(runs::list(&state, admin.school.id).await?))
}

pub(super) async fn view(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Handled<RunView> {
    Ok(Reply(runs::view(&state, admin.school.id, run).await?))
}

pub(super) async fn summary(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Handled<PlanSummary> {
    Ok(Reply(planned::summary(&state, admin.school.id, run).await?))
}

pub(super) async fn settings(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Handled<Settings> {
    Ok(Reply(planned::settings(&state, admin.school.id, run).await?))
}

pub(super) async fn undo(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Handled<PlanSummary> {
    Ok(Reply(undo::make_plan(&state, admin.school.id, run, Some(&admin.name())).await?))
}

pub(super) async fn people(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
    Filter(query): Filter<PlanQuery>,
) -> Handled<Page<PlanPerson>> {
    Ok(Reply(planned::people(&state, admin.school.id, run, &query, PAGE_SIZE).await?))
}

pub(super) async fn resolve(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
    Json(answer): Json<Resolve>,
) -> Handled<PlanSummary> {
    let by = admin.name();
    Ok(Reply(resolve::resolve(&state, admin.school.id, run, answer, Some(&by)).await?))
}

pub(super) async fn rename(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
    Json(answer): Json<Rename>,
) -> Handled<PlanSummary> {
    Ok(Reply(resolve::answer_rename(&state, &admin, run, answer).await?))
}

pub(super) async fn resolve_sure(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Handled<PlanSummary> {
    Ok(Reply(resolve::resolve_sure(&state, admin.school.id, run, Some(&admin.name())).await?))
}

pub(super) async fn finish(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
    Json(asked): Json<Finish>,
) -> Handled<RunView> {
    let by = admin.name();
    Ok(Reply(runs::finish(&state, admin.school.id, run, &asked, Asker::Admin(&by)).await?))
}

pub(super) async fn cancel(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(run): Id<RunId>,
) -> Handled<RunView> {
    Ok(Reply(runs::cancel(&state, admin.school.id, run, &admin.name()).await?))
}
