//! A run that is going.

use leptos::prelude::*;

use crate::components::PageShell;

/// A run that is going.
#[component]
pub fn Progress() -> impl IntoView {
    view! {
        <PageShell title="Working">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
