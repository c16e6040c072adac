//! The staff of the school.

use leptos::prelude::*;

use crate::components::PageShell;

/// The staff of the school.
#[component]
pub fn Staff() -> impl IntoView {
    view! {
        <PageShell title="Staff">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
