//! Step 5: what will happen, before it happens.

use leptos::prelude::*;

use crate::components::PageShell;

/// Step 5: what will happen, before it happens.
#[component]
pub fn Summary() -> impl IntoView {
    view! {
        <PageShell title="Summary">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
