//! Asks for the school, and remembers it.

use leptos::prelude::*;

use crate::components::PageShell;

/// Asks for the school, and remembers it.
#[component]
pub fn FindSchool() -> impl IntoView {
    view! {
        <PageShell title="Find your school">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
