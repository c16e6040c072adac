//! The connection's set-up: where it stands, the invitation, "Check now", and XoD's callback.

use axum::Json as Reply;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::NoContent;
use rollcall_shared::connection::{ConnectionView, Disconnect, Invite};
use rollcall_shared::consent::ConsentRecord;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_store::audit::AuditAction;

use super::error::Handled;
use super::extract::{Admin, Form, Json};
use crate::audit;
use crate::caller::Caller;
use crate::connection::{Callback, Inviter, Refusal};
use crate::error::{Error, Result};
use crate::state::AppState;
use crate::sync::reading;

pub(super) async fn connection(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<ConnectionView> {
    Ok(Reply(state.connections.view(admin.school.id).await?))
}

pub(super) async fn invite(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(invite): Json<Invite>,
) -> Handled<ConnectionView> {
    let person = state.store.find_person(admin.school.id, admin.account).await?;
    let by = Inviter {
        account: admin.account,
        forename: admin.forename,
        surname: admin.surname,
        email: person.and_then(|person| person.email),
    };
    Ok(Reply(state.connections.invite(&admin.school, &by, invite).await?))
}

pub(super) async fn check(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<ConnectionView> {
    Ok(Reply(state.connections.check_now(&admin.school).await?))
}

pub(super) async fn absences_count(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Handled<ConnectionView> {
    state.connections.let_absences_count(&admin).await?;
    reading::start(&state, &admin.school).await?;
    Ok(Reply(state.connections.view(admin.school.id).await?))
}

pub(super) async fn disconnect(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(asked): Json<Disconnect>,
) -> Handled<ConnectionView> {
    Ok(Reply(state.connections.disconnect(&admin, &asked).await?))
}

/// As a file, for the one who has to account for the school's data.
pub(super) async fn consent_record(
    State(state): State<AppState>,
    Admin(admin): Admin,
) -> Result<([(HeaderName, HeaderValue); 1], Reply<ConsentRecord>)> {
    let record = state.connections.consent_record(&admin.school).await?;
    audit::record(&state, &admin, AuditAction::ConsentRecordDownloaded, None, None).await?;
    let name = format!("attachment; filename=\"consent-record-{}.json\"", record.estab);
    let name = HeaderValue::from_str(&name).map_err(Error::broken)?;
    Ok(([(header::CONTENT_DISPOSITION, name)], Reply(record)))
}

/// Answers alike whatever was wrong: it is none of a stranger's business which schools we have.
pub(super) async fn callback(
    State(state): State<AppState>,
    caller: Caller,
    Form(body): Form,
) -> Result<NoContent> {
    match state.connections.callback(&caller.network(), Callback::parse(&body)).await? {
        Ok(()) => Ok(NoContent),
        Err(refusal) => Err(refused(&refusal)),
    }
}

fn refused(refusal: &Refusal) -> Error {
    match refusal {
        Refusal::TooMany => {
            let mut problem = Problem::new(Kind::TooManyAttempts, "There were too many callbacks")
                .detail("Nothing was changed. Call again in a minute.");
            problem.retry_after_seconds = Some(60);
            problem.into()
        }
        Refusal::Unchecked(_) | Refusal::Unproven | Refusal::Overtaken => {
            Problem::new(Kind::XodUnavailable, "The callback could not be checked")
                .detail("Nothing was changed. Call again later.")
                .into()
        }
        _ => Problem::new(Kind::ForeignRequest, "The callback was not accepted")
            .detail("Nothing was changed.")
            .into(),
    }
}
