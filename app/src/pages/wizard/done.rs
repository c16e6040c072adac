//! A run that has been.

use leptos::prelude::*;

use crate::components::PageShell;

/// A run that has been.
#[component]
pub fn Done() -> impl IntoView {
    view! {
        <PageShell title="Done">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
