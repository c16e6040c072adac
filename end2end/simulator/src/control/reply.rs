//! How the control interface answers.

use axum::{
    Json,
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use maud::html;
use serde_json::{Value, json};

use crate::{
    form::WantsPage,
    page::{Tone, notice, page},
    school::School,
    state::Shared,
};

/// What was asked cannot be done.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    reason: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, reason: impl ToString) -> Self {
        Self { status, reason: reason.to_string() }
    }

    pub(super) fn no_school(estab: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is no school {estab}"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.reason }))).into_response()
    }
}

/// Shows a person with a browser what was refused; scripts get it as it is.
pub(super) async fn show_refusals(wants: WantsPage, request: Request, next: Next) -> Response {
    let reply = next.run(request).await;
    if !wants.0 || !reply.status().is_client_error() {
        return reply;
    }
    let (parts, body) = reply.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Ok(Value::Object(refusal)) = serde_json::from_slice(&body) else {
        return Response::from_parts(parts, body.into());
    };
    let reason = refusal.get("error").and_then(Value::as_str).unwrap_or_default();
    let body = html! {
        (notice(Tone::Bad, &html! { strong { "There is a problem: " } (reason) "." }))
        p { a href="/_simulator" { "Back to all schools" } }
    };
    (parts.status, page("Nothing was changed", &body)).into_response()
}

/// A person goes back to the school's page; a script gets the reply.
pub(super) fn done(page: WantsPage, estab: &str, reply: impl IntoResponse) -> Response {
    if page.0 {
        Redirect::to(&format!("/_simulator/schools/{estab}")).into_response()
    } else {
        reply.into_response()
    }
}

/// A school as the control interface shows it.
pub(super) fn school_json(shared: &Shared, school: &School) -> Value {
    let authorisation = &school.authorisation;
    let link = school.consent_path().map(|path| format!("{}{path}", shared.own_url));
    let on_roll = school.on_roll();
    let current = school.current_staff();
    json!({
        "estab": school.estab(),
        "name": school.name,
        "academic_year": school.academic_year,
        "mis": school.mis,
        "on_roll": on_roll.count(),
        "current_staff": current.count(),
        "stage": authorisation.stage,
        "paused": authorisation.paused,
        "scopes": school.granted_names(),
        "dialect": school.dialect(),
        "installation": authorisation.installation,
        "secret": school.secret(),
        "consent_link": link,
        "callbacks": authorisation.callbacks,
    })
}
