//! The subject groups of the school.

use leptos::prelude::*;

use crate::components::PageShell;

/// The subject groups of the school.
#[component]
pub fn Groups() -> impl IntoView {
    view! {
        <PageShell title="Subject groups">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
