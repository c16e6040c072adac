//! One request: JSON there, JSON back, and every failure as a `Problem`.

use std::future::Future;
use std::pin::Pin;

use gloo_net::http::{Method, RequestBuilder};
use leptos::prelude::{Owner, StoredValue, WithValue, on_cleanup};
use rollcall_shared::problem::{Kind, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::AbortController;

use super::Answer;
use crate::answer::signed_out;
use crate::text;

/// Reads. Aborted when the page that asked goes.
pub async fn get<T: DeserializeOwned>(address: &str) -> Answer<T> {
    parse(send(Method::GET, address.to_owned(), None).await)
}

/// Does something, and reads the answer. Goes on when the page goes: it was asked for.
pub async fn post<T: DeserializeOwned>(address: &str, body: &impl Serialize) -> Answer<T> {
    parse(send(Method::POST, address.to_owned(), json(body)).await)
}

/// Saves something, and reads the answer.
pub async fn put<T: DeserializeOwned>(address: &str, body: &impl Serialize) -> Answer<T> {
    parse(send(Method::PUT, address.to_owned(), json(body)).await)
}

/// Does something that has no answer.
pub async fn post_nothing(address: &str, body: &impl Serialize) -> Answer<()> {
    send(Method::POST, address.to_owned(), json(body)).await.map(drop)
}

fn json(body: &impl Serialize) -> Option<String> {
    // Our types always have a JSON form.
    serde_json::to_string(body).ok()
}

fn parse<T: DeserializeOwned>(text: Answer<String>) -> Answer<T> {
    serde_json::from_str(&text?).map_err(|_| garbled())
}

/// Sends a request and reads the text of the answer. Boxed and not generic: there is one copy of
/// this in the app, not one for each endpoint.
fn send(
    method: Method,
    address: String,
    body: Option<String>,
) -> Pin<Box<dyn Future<Output = Answer<String>>>> {
    Box::pin(async move {
        let abort = if method == Method::GET { abort_with_the_page() } else { None };
        let signal = abort.as_ref().map(AbortController::signal);
        let request = RequestBuilder::new(&address).method(method).abort_signal(signal.as_ref());
        let response = match body {
            None => request.send().await,
            Some(json) => {
                let request = request.header("Content-Type", "application/json").body(json);
                request.map_err(|_| garbled())?.send().await
            }
        };
        let response = response.map_err(|_| unreachable_server())?;
        let text = response.text().await.map_err(|_| unreachable_server())?;
        if response.ok() { Ok(text) } else { Err(problem_of(&text)) }
    })
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

fn problem_of(text: &str) -> Problem {
    let problem = serde_json::from_str(text).unwrap_or_else(|_| garbled());
    if problem.kind == Kind::SignedOut {
        signed_out();
    }
    problem
}

fn unreachable_server() -> Problem {
    Problem::new(Kind::Internal, text::UNREACHABLE).detail(text::UNREACHABLE_DETAIL)
}

fn garbled() -> Problem {
    Problem::new(Kind::Internal, text::GARBLED).detail(text::GARBLED_DETAIL)
}
