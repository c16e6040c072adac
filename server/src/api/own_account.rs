//! What members of staff do with their own account.

use axum::Json as Reply;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{AppendHeaders, NoContent};
use rollcall_shared::session::{ChangePassword, ForgottenPassword, OwnSession};

use super::error::Handled;
use super::extract::{Id, Json, Origin, SignedIn};
use super::platform::school_of;
use super::session::{self, Cookie};
use crate::error::{Error, Result};
use crate::sign_in::own_account;
use crate::state::AppState;

pub(super) async fn forgotten_password(
    State(state): State<AppState>,
    Id(slug): Id<String>,
    Json(typed): Json<ForgottenPassword>,
) -> Result<NoContent> {
    let school = school_of(&state, &slug).await?;
    own_account::forgotten(&state, school, typed.username);
    Ok(NoContent)
}

/// The session is another one afterwards: all that there were have ended.
pub(super) async fn change_password(
    State(state): State<AppState>,
    SignedIn(person): SignedIn,
    Origin(origin): Origin,
    headers: HeaderMap,
    Json(asked): Json<ChangePassword>,
) -> Result<(AppendHeaders<[Cookie; 1]>, NoContent)> {
    own_account::change_password(&state, &person, &origin, asked).await?;
    let previous = session::token_of(&headers, &state.config);
    let (cookie, _) =
        session::begin(&state, previous.as_deref(), person.school.id, person.account).await?;
    Ok((AppendHeaders([cookie]), NoContent))
}

pub(super) async fn sessions(
    State(state): State<AppState>,
    SignedIn(person): SignedIn,
    headers: HeaderMap,
) -> Handled<Vec<OwnSession>> {
    let token = session::token_of(&headers, &state.config).ok_or_else(Error::signed_out)?;
    let seen_after = state.clock.now() - session::IDLE;
    let own = session::hash(&token);
    Ok(Reply(own_account::sessions(&state, &person, &own, seen_after).await?))
}

pub(super) async fn end_other_sessions(
    State(state): State<AppState>,
    SignedIn(person): SignedIn,
    headers: HeaderMap,
) -> Result<NoContent> {
    let token = session::token_of(&headers, &state.config).ok_or_else(Error::signed_out)?;
    own_account::sign_out_elsewhere(&state, &person, &session::hash(&token)).await?;
    Ok(NoContent)
}
