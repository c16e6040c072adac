//! Step 3: year groups.

use leptos::prelude::*;

use crate::components::PageShell;

/// Step 3: year groups.
#[component]
pub fn YearGroups() -> impl IntoView {
    view! {
        <PageShell title="Year groups">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
