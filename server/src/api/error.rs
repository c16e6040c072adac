//! How the API says that it can't: every failure is a [`Problem`], and nothing of its source is
//! ever sent.

use std::any::Any;
use std::convert::Infallible;

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rollcall_shared::problem::{Kind, MEDIA_TYPE, Problem};

use crate::error::Error;
use crate::telemetry::{Failure, RequestId};

/// What a handler answers.
pub(crate) type Handled<T> = Result<Json<T>, Error>;

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => reply(&problem),
            Self::Broken(error) => {
                let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
                response.extensions_mut().insert(Failure(error));
                response
            }
        }
    }
}

/// A problem as it is sent.
pub(crate) fn reply(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Some(seconds) = problem.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Gives what broke its words and the request's id, by which it can be found in the log.
pub(crate) async fn describe_failures(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    let response = next.run(request).await;
    let Some(failure) = response.extensions().get::<Failure>().cloned() else {
        return response;
    };
    let mut problem = Problem::new(Kind::Internal, "Something went wrong on our side").detail(
        "What you saved before is still there. Try again; if it happens again, tell support the \
         reference shown here.",
    );
    problem.request_id = id;
    let mut response = reply(&problem);
    response.extensions_mut().insert(failure);
    response
}

/// A handler panicked: a fault of ours like any other, and the server goes on.
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default();
    Error::broken(Panicked(message)).into_response()
}

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked: {0}")]
struct Panicked(String);

/// An address below `/api` that there is not.
pub(crate) async fn no_such_address() -> Response {
    Error::not_found("This address").into_response()
}

/// An address that there is, but not for this method.
pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Result<Response, Infallible> {
    if !uri.path().starts_with("/api/") {
        return Ok(StatusCode::METHOD_NOT_ALLOWED.into_response());
    }
    let mut problem =
        Problem::new(Kind::NotFound, format!("This address does not answer to {method}"))
            .detail("Nothing was changed.");
    problem.status = StatusCode::METHOD_NOT_ALLOWED.as_u16();
    Ok(reply(&problem))
}
