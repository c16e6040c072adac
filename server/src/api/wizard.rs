//! The wizard's four questions and the plan that comes of them.

use axum::Json as Reply;
use axum::extract::State;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::people::PersonKind;
use rollcall_shared::settings::StaffScope;
use rollcall_shared::wizard::{PasswordFormatInfo, SaveDraft, UsernamePreview, WizardView};
use serde::Deserialize;

use super::error::Answer;
use super::extract::{Admin, Filter, Json};
use crate::state::AppState;
use crate::sync::naming::passwords;
use crate::sync::{reading, wizard};

pub async fn view(State(state): State<AppState>, Admin(admin): Admin) -> Answer<WizardView> {
    Ok(Reply(wizard::view(&state, &admin.school).await?))
}

pub async fn save_draft(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(asked): Json<SaveDraft>,
) -> Answer<WizardView> {
    wizard::save(&state, &admin, asked).await?;
    Ok(Reply(wizard::view(&state, &admin.school).await?))
}

pub async fn read_roster(State(state): State<AppState>, Admin(admin): Admin) -> Answer<WizardView> {
    reading::start(&state, &admin.school).await?;
    Ok(Reply(wizard::view(&state, &admin.school).await?))
}

#[derive(Deserialize)]
pub struct PreviewQuery {
    kind: PersonKind,
    /// The answer that stands on the page; none for the one that was saved.
    staff_scope: Option<StaffScope>,
}

pub async fn usernames(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Filter(query): Filter<PreviewQuery>,
) -> Answer<UsernamePreview> {
    Ok(Reply(
        wizard::preview_usernames(&state, &admin.school, query.kind, query.staff_scope).await?,
    ))
}

pub async fn passwords(Admin(_): Admin) -> Reply<Vec<PasswordFormatInfo>> {
    Reply(PasswordFormat::ALL.into_iter().map(passwords::describe).collect())
}
