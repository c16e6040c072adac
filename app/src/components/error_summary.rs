//! "There is a problem": what could not be done and why, with links to the fields.

use leptos::html;
use leptos::prelude::*;
use rollcall_shared::problem::{Kind, Problem};
use wasm_bindgen::JsCast;

use crate::text::THERE_IS_A_PROBLEM;

/// The message of one field, if the problem names it.
pub fn error_of(
    problem: impl Into<Signal<Option<Problem>>>,
    field: &'static str,
) -> Signal<Option<String>> {
    let problem = problem.into();
    Signal::derive(move || {
        problem.with(|problem| {
            let errors = &problem.as_ref()?.errors;
            errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
        })
    })
}

/// The problem of a form in which one field has no answer yet, or none that counts.
pub fn missing(field: &str, message: impl Into<String>) -> Problem {
    Problem::new(Kind::Unusable, THERE_IS_A_PROBLEM).field(field, "missing", message)
}

/// The summary above a form. Takes the focus each time a problem appears.
#[component]
pub fn ErrorSummary(
    /// The problem, while there is one.
    #[prop(into)]
    problem: Signal<Option<Problem>>,
) -> impl IntoView {
    move || problem.get().map(|problem| view! { <Summary problem/> })
}

#[component]
fn Summary(problem: Problem) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    node.on_load(|node| {
        // Fails only where the element is gone already.
        let _ = node.focus();
    });
    let Problem { title, detail, errors, request_id, .. } = problem;
    let heading = if errors.is_empty() { title } else { THERE_IS_A_PROBLEM.to_owned() };
    let links = errors
        .into_iter()
        .map(|error| {
            let field = error.field;
            let href = format!("#{field}");
            view! {
                <li>
                    <a
                        href=href
                        on:click=move |event| {
                            event.prevent_default();
                            event.stop_propagation();
                            focus(&field);
                        }
                    >
                        {error.message}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="error-summary" role="alert" tabindex="-1" node_ref=node>
            <h2>{heading}</h2>
            {detail.map(|detail| view! { <p>{detail}</p> })}
            <ul>{links}</ul>
            {request_id.map(|id| view! { <p class="hint">"Reference for support: " {id}</p> })}
        </div>
    }
}

/// Moves the focus to the field of this id.
fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) =
        element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = element.focus();
    }
}
