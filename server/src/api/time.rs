//! How long an answer may take us. A request that takes longer is given up, as if the one who made it
//! had gone away.

use std::future::Future;
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rollcall_shared::routes;
use tokio::time::timeout;

use crate::error::Error;

/// Planning the largest school takes some seconds.
const LONGEST: Duration = Duration::from_secs(60);

/// Xporter-on-Demand may be asked thrice for what we need, and not answer for half a minute each.
const LONGEST_WITH_XOD: Duration = Duration::from_secs(180);

/// Where Xporter-on-Demand is asked before there is an answer.
const ASK_XOD: [&str; 4] = [routes::INVITE, routes::CHECK, routes::FROM_MIS, routes::XOD_CALLBACK];

#[derive(Debug, thiserror::Error)]
#[error("there was no answer within {} seconds", .0.as_secs())]
struct TooLong(Duration);

/// Answers in time, or that something went wrong.
pub(super) async fn in_time(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let asks_xod = path.is_some_and(|path| ASK_XOD.contains(&path));
    let longest = if asks_xod { LONGEST_WITH_XOD } else { LONGEST };
    within(longest, next.run(request)).await
}

async fn within(longest: Duration, answer: impl Future<Output = Response>) -> Response {
    let answer = timeout(longest, answer).await;
    answer.unwrap_or_else(|_| Error::broken(TooLong(longest)).into_response())
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn what_is_not_answered_in_time_is_a_fault_of_ours() {
        let short = Duration::from_millis(20);
        let never = within(short, std::future::pending()).await;
        assert_eq!(never.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let answered = within(LONGEST, async { StatusCode::NO_CONTENT.into_response() }).await;
        assert_eq!(answered.status(), StatusCode::NO_CONTENT);
    }
}
