//! The wizard's four questions and the plan that comes of them.

use axum::Json as Reply;
use axum::extract::State;
use rollcall_engine::planner::naming::passwords;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::people::PersonKind;
use rollcall_shared::settings::StaffScope;
use rollcall_shared::wizard::{PasswordFormatInfo, SaveDraft, UsernamePreview, WizardView};
use serde::Deserialize;
use utoipa::ToSchema;

use super::error::Handled;
use super::extract::{Admin, Filter, Json};
use crate::state::AppState;
use crate::sync::{reading, wizard};

pub(super) async fn view(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<WizardView> {
    Ok(Reply(wizard::view(&state, &admin.school).await?))
}

pub(super) async fn save_draft(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(asked): Json<SaveDraft>,
) -> Handled<WizardView> {
    wizard::save(&state, &admin, asked).await?;
    Ok(Reply(wizard::view(&state, &admin.school).await?))
}

pub(super) async fn read_roster(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<WizardView> {
    reading::start(&state, &admin.school).await?;
    Ok(Reply(wizard::view(&state, &admin.school).await?))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct PreviewQuery {
    kind: PersonKind,
    /// The answer that stands on the page; none for the one that was saved.
    staff_scope: Option<StaffScope>,
}

pub(super) async fn usernames(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Filter(query): Filter<PreviewQuery>,
) -> Handled<UsernamePreview> {
    Ok(Reply(
        wizard::preview_usernames(&state, &admin.school, query.kind, query.staff_scope).await?,
    ))
}

pub(super) async fn passwords(Admin(_): Admin) -> Reply<Vec<PasswordFormatInfo>> {
    Reply(PasswordFormat::ALL.into_iter().map(passwords::describe).collect())
}
