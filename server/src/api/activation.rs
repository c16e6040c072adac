//! Activation links: followed, used, and sent again.

use axum::Json as Reply;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::AppendHeaders;
use rollcall_shared::ids::AccountId;
use rollcall_shared::mail::{MailStanding, SentAgain};
use rollcall_shared::people::PersonRow;
use rollcall_shared::session::{Activation, ActivationToken, Me, SetPassword};
use rollcall_store::devices::Shows;

use super::error::Handled;
use super::extract::{Admin, Id, Json, Origin};
use super::people::row;
use super::session::{self, Cookie};
use crate::error::Result;
use crate::people::activation;
use crate::sign_in;
use crate::state::AppState;

pub(super) async fn look(
    State(state): State<AppState>,
    Json(followed): Json<ActivationToken>,
) -> Handled<Activation> {
    Ok(Reply(activation::look(&state, &followed.token).await?))
}

pub(super) async fn set_password(
    State(state): State<AppState>,
    Origin(origin): Origin,
    headers: HeaderMap,
    Json(asked): Json<SetPassword>,
) -> Result<(AppendHeaders<[Cookie; 2]>, Reply<Me>)> {
    let invited = activation::set_password(&state, asked).await?;
    let (school, account) = (invited.school.id, invited.account);
    let device = sign_in::arrive(&state, school, &origin, account, Shows::Nothing).await?;
    let previous = session::token_of(&headers, &state.config);
    let (cookie, me) = session::begin(&state, previous.as_deref(), school, account).await?;
    Ok((AppendHeaders([cookie, session::device_cookie(&state, &device)]), Reply(me)))
}

pub(super) async fn send_again(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Handled<PersonRow> {
    activation::send_again(&state, &admin, account).await?;
    row(&state, &admin.school, account).await
}

pub(super) async fn send_to_all(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<SentAgain> {
    Ok(Reply(activation::send_to_all(&state, &admin).await?))
}

pub(super) async fn mail_standing(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<MailStanding> {
    Ok(Reply(state.store.mail_standing(admin.school.id).await?))
}
