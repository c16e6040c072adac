//! Messages that would have been e-mailed. They are shown to anybody who asks, so that a demo can be
//! walked through; therefore only where there is no mail server, and to nobody from another machine.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use rollcall_engine::domain::time::timestamp;
use rollcall_shared::session::UnsentMessage;

use super::error::Handled;
use super::host::is_made_here;
use crate::caller::Caller;
use crate::error::Error;
use crate::mail;
use crate::state::AppState;

const MOST_MESSAGES: u32 = 500;

pub(super) async fn messages(
    State(state): State<AppState>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Handled<Vec<UnsentMessage>> {
    if !state.config.shows_messages() || !is_made_here(caller, &uri, &headers) {
        return Err(Error::not_found("This address"));
    }
    let waiting = state.store.list_unsent_mail(MOST_MESSAGES).await?;
    let opened = waiting.into_iter().map(|kept| {
        let (to, mail) = mail::open(&kept.mail, &state.keys)?;
        let at = timestamp(kept.created_at);
        Ok(UnsentMessage { to, subject: mail.subject, body: mail.body, at })
    });
    Ok(Json(opened.collect::<Result<_, _>>().map_err(|error| {
        let error: crate::seal::SealError = error;
        Error::broken(error)
    })?))
}
