//! There is no such page.

use leptos::prelude::*;

use crate::components::PageShell;

/// There is no such page.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <PageShell title="Page not found">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
