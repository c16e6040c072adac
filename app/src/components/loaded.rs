//! What has been asked of the server: loading, then the answer, or what went wrong.

use leptos::prelude::*;
use rollcall_shared::problem::{Kind, Problem};

use super::button::{Button, Look};
use super::page_shell::PageShell;
use crate::asked::Asked;
use crate::text;

/// Shows an answer once it is there. While it is asked again the old answer stays.
#[component]
pub fn Loaded<T, F, V>(
    /// What was asked.
    resource: Asked<T>,
    /// Shows the answer.
    children: F,
) -> impl IntoView
where
    T: Clone + 'static,
    F: Fn(T) -> V + Send + 'static,
    V: IntoView + 'static,
{
    let retry = Callback::new(move |()| resource.refetch());
    move || match resource.get() {
        None => loading(),
        Some(Ok(answer)) => children(answer).into_any(),
        Some(Err(problem)) => view! { <ProblemPanel problem retry/> }.into_any(),
    }
}

/// What stands in the place of an answer that is not there yet.
pub fn loading() -> AnyView {
    view! { <p class="loading" role="status">{text::LOADING}</p> }.into_any()
}

/// A problem that takes the place of what could not be loaded.
#[component]
pub fn ProblemPanel(
    /// What went wrong.
    problem: Problem,
    /// Asks again.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let Problem { kind, title, detail, request_id, .. } = problem;
    let (title, detail) = match kind {
        Kind::NotAllowed => {
            (text::ADMINS_ONLY.to_owned(), Some(text::ADMINS_ONLY_DETAIL.to_owned()))
        }
        _ => (title, detail),
    };
    let retry = retry
        .filter(|_| matches!(kind, Kind::Internal | Kind::XodUnavailable | Kind::TooManyAttempts));
    view! {
        <div class="panel panel-problem" role="alert">
            <h2>{title}</h2>
            {detail.map(|detail| view! { <p>{detail}</p> })}
            {request_id.map(|id| view! { <p class="hint">"Reference for support: " {id}</p> })}
            {retry
                .map(|retry| {
                    view! {
                        <Button look=Look::Secondary on_press=retry>
                            {text::TRY_AGAIN}
                        </Button>
                    }
                })}
        </div>
    }
}

/// The page in the place of one whose answer is not there: it waits, or says what went wrong.
pub fn unanswered_page<T: Clone + 'static>(
    title: &'static str,
    asked: Asked<T>,
    problem: Option<Problem>,
) -> AnyView {
    match problem {
        None => view! { <LoadingPage title/> }.into_any(),
        Some(problem) => {
            let retry = Callback::new(move |()| asked.refetch());
            view! { <ProblemPage title problem retry/> }.into_any()
        }
    }
}

/// A whole page that waits for an answer.
#[component]
pub fn LoadingPage(
    /// The heading, so far as it is known.
    #[prop(into)]
    title: String,
) -> impl IntoView {
    view! {
        <PageShell title waiting=true>
            {loading()}
        </PageShell>
    }
}

/// A whole page that could not be loaded.
#[component]
pub fn ProblemPage(
    /// The heading.
    #[prop(into)]
    title: String,
    /// What went wrong.
    problem: Problem,
    /// Asks again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    view! {
        <PageShell title>
            <ProblemPanel problem retry/>
        </PageShell>
    }
}
