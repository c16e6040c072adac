//! What the server says about itself: one line a request, failures once, and nothing of anybody.
//!
//! Addresses are logged as their patterns (`/api/people/{id}`), never as they came: what stands in
//! an address, a body or a cookie does not belong in a log.

use std::error::Error;
use std::fmt;
use std::io::IsTerminal;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use tracing_subscriber::EnvFilter;

use crate::dice::Dice;

/// The header by which a reply can be found in the log.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's id, for those who answer it.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub String);

/// What broke, carried beside a reply to the one place that logs it.
#[derive(Clone)]
pub(crate) struct Failure(pub Arc<dyn Error + Send + Sync>);

/// Starts logging to standard error; `RUST_LOG` chooses how much.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,lettre=warn,hyper=warn"));
    // A second call is one too many only in tests.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .compact()
        .try_init();
}

/// Gives each request an id, and logs how it ended.
pub(crate) async fn observe(
    State(dice): State<Dice>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = dice.uuid().to_string();
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(page or file)", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!("request", %id, method = %request.method(), path);
    request.extensions_mut().insert(RequestId(id.clone()));
    async move {
        let mut response = next.run(request).await;
        let status = response.status().as_u16();
        match response.extensions().get::<Failure>() {
            Some(Failure(error)) => tracing::error!(status, error = %Chain(&**error), "failed"),
            None => tracing::debug!(status, "answered"),
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }
    .instrument(span)
    .await
}

/// An error with its causes, on one line.
pub(crate) struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
