//! Activation links: followed, used, and sent again.

use axum::Json as Reply;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{AppendHeaders, IntoResponse};
use rollcall_shared::ids::AccountId;
use rollcall_shared::mail::{MailStanding, SentAgain};
use rollcall_shared::people::PersonRow;
use rollcall_shared::session::{Activation, ActivationToken, SetPassword};

use super::error::Answer;
use super::extract::{Admin, From, Id, Json};
use super::people::row;
use super::session;
use crate::activation;
use crate::error::Result;
use crate::sign_in;
use crate::state::AppState;
use crate::store::devices::Shows;

pub async fn look(
    State(state): State<AppState>,
    Json(followed): Json<ActivationToken>,
) -> Answer<Activation> {
    Ok(Reply(activation::look(&state, &followed.token).await?))
}

pub async fn set_password(
    State(state): State<AppState>,
    From(from): From,
    headers: HeaderMap,
    Json(asked): Json<SetPassword>,
) -> Result<impl IntoResponse> {
    let invited = activation::set_password(&state, asked).await?;
    let (school, account) = (invited.school.id, invited.account);
    let device = sign_in::arrive(&state, school, &from, account, Shows::Nothing).await?;
    let previous = session::token_of(&headers, &state.config);
    let (cookie, me) = session::begin(&state, previous.as_deref(), school, account).await?;
    Ok((AppendHeaders([cookie, session::device_cookie(&state, &device)]), Reply(me)))
}

pub async fn send_again(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Answer<PersonRow> {
    activation::send_again(&state, &admin, account).await?;
    row(&state, &admin.school, account).await
}

pub async fn send_to_all(State(state): State<AppState>, Admin(admin): Admin) -> Answer<SentAgain> {
    Ok(Reply(activation::send_to_all(&state, &admin).await?))
}

pub async fn mail_standing(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Answer<MailStanding> {
    Ok(Reply(state.store.mail_standing(admin.school.id).await?))
}
