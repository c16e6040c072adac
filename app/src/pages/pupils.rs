//! The pupils of the school.

use leptos::prelude::*;

use crate::components::PageShell;

/// The pupils of the school.
#[component]
pub fn Pupils() -> impl IntoView {
    view! {
        <PageShell title="Pupils">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
