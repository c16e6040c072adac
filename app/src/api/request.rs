//! One request: JSON there, JSON back, and every failure as a `Problem`.

use gloo_net::http::{Method, RequestBuilder, Response};
use leptos::prelude::{Owner, StoredValue, WithValue, on_cleanup, use_context};
use rollcall_shared::problem::{Kind, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::AbortController;

use super::Answer;
use crate::state::session::Session;
use crate::text;

/// Reads. Aborted when the page that asked goes.
pub async fn get<T: DeserializeOwned>(address: &str) -> Answer<T> {
    let mut request = RequestBuilder::new(address);
    if let Some(controller) = abort_with_the_page() {
        request = request.abort_signal(Some(&controller.signal()));
    }
    let response = request.send().await.map_err(|_| unreachable_server())?;
    read(response).await
}

/// Does something, and reads the answer. Goes on when the page goes: it was asked for.
pub async fn post<T: DeserializeOwned>(address: &str, body: &impl Serialize) -> Answer<T> {
    read(send(Method::POST, address, body).await?).await
}

/// Saves something, and reads the answer.
pub async fn put<T: DeserializeOwned>(address: &str, body: &impl Serialize) -> Answer<T> {
    read(send(Method::PUT, address, body).await?).await
}

/// Does something that has no answer.
pub async fn post_nothing(address: &str) -> Answer<()> {
    let response = send(Method::POST, address, &()).await?;
    if response.ok() { Ok(()) } else { Err(problem_of(response).await) }
}

async fn send(method: Method, address: &str, body: &impl Serialize) -> Answer<Response> {
    let request = RequestBuilder::new(address).method(method).json(body);
    request.map_err(|_| garbled())?.send().await.map_err(|_| unreachable_server())
}

/// A controller that aborts when the reactive owner that is asking goes; none outside of one.
fn abort_with_the_page() -> Option<AbortController> {
    let _owner = Owner::current()?;
    let controller = AbortController::new().ok()?;
    let kept = StoredValue::new_local(controller.clone());
    on_cleanup(move || {
        kept.try_with_value(AbortController::abort);
    });
    Some(controller)
}

async fn read<T: DeserializeOwned>(response: Response) -> Answer<T> {
    if !response.ok() {
        return Err(problem_of(response).await);
    }
    let text = response.text().await.map_err(|_| unreachable_server())?;
    serde_json::from_str(&text).map_err(|_| garbled())
}

async fn problem_of(response: Response) -> Problem {
    let text = response.text().await.unwrap_or_default();
    let problem = serde_json::from_str(&text).unwrap_or_else(|_| garbled());
    if problem.kind == Kind::SignedOut
        && let Some(session) = use_context::<Session>()
    {
        session.signed_out();
    }
    problem
}

fn unreachable_server() -> Problem {
    Problem::new(Kind::Internal, text::UNREACHABLE).detail(text::UNREACHABLE_DETAIL)
}

fn garbled() -> Problem {
    Problem::new(Kind::Internal, text::GARBLED).detail(text::GARBLED_DETAIL)
}
