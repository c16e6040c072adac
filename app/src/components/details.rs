//! Text that opens on demand.

use leptos::prelude::*;

/// A line that opens to show more.
#[component]
pub fn Details(
    /// The line that is always shown.
    #[prop(into)]
    summary: String,
    /// Whether it starts open.
    #[prop(optional)]
    open: bool,
    /// What opening shows.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="details" prop:open=open>
            <summary>{summary}</summary>
            <div class="details-body">{children()}</div>
        </details>
    }
}
