//! How the service says no: a body with four members, at HTTP 200 unless real codes are asked for.

use axum::{
    Json,
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::parameters::Parameters;

/// Why a call is refused.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    exception_type: &'static str,
    message: String,
}

/// What a paused school answers to everything.
const PAUSED: &str = "Authorisation is currently paused while the school finalises the selection \
                      of people they wish to include in this feed.";

impl Failure {
    fn new(status: StatusCode, exception_type: &'static str, message: impl Into<String>) -> Self {
        Self { status, exception_type, message: message.into() }
    }

    pub(super) fn secret_not_correct() -> Self {
        let message = "Relying Party not found for estab or secret not correct";
        Self::new(StatusCode::UNAUTHORIZED, "System.UnauthorizedAccessException", message)
    }

    pub(super) fn paused() -> Self {
        Self::new(StatusCode::FORBIDDEN, "System.UnauthorizedAccessException", PAUSED)
    }

    pub(super) fn token_not_valid() -> Self {
        let message = "Token is missing, has expired or is not valid.";
        Self::new(StatusCode::UNAUTHORIZED, "System.UnauthorizedAccessException", message)
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "System.UnauthorizedAccessException", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "System.Collections.Generic.KeyNotFoundException", message)
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "System.ArgumentException", message)
    }

    pub(crate) fn scripted(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, "System.Exception", message)
    }

    /// The text that tells people what is wrong.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The same failure with another body, where a call has members of its own.
    pub(super) fn with_body(self, body: Value) -> Response {
        let mut response = (self.status, Json(body)).into_response();
        response.extensions_mut().insert(IsFailure);
        response
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({
            "Message": "An error has occurred.",
            "ExceptionType": self.exception_type,
            "ExceptionMessage": self.message,
            "InnerException": null,
        });
        self.with_body(body)
    }
}

/// Marks a reply whose status is shown only to those who asked for it.
#[derive(Clone, Copy)]
struct IsFailure;

/// Turns the status of a failure into 200, unless the caller said `httpStatusCodes=true`.
pub(super) async fn hide_status(parameters: Parameters, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let wants_codes = parameters.is_true("httpstatuscodes");
    if !wants_codes && response.extensions().get::<IsFailure>().is_some() {
        *response.status_mut() = StatusCode::OK;
    }
    response
}

/// The four members of a reply that is no failure.
pub(super) fn no_failure() -> [(String, Value); 4] {
    ["Message", "ExceptionType", "ExceptionMessage", "InnerException"]
        .map(|name| (name.to_owned(), Value::Null))
}
