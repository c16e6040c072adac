//! The runs of the school.

use leptos::prelude::*;

use crate::components::PageShell;

/// The runs of the school.
#[component]
pub fn Runs() -> impl IntoView {
    view! {
        <PageShell title="Runs">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
