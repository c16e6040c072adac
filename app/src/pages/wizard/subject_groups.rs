//! Step 4: subject groups.

use leptos::prelude::*;

use crate::components::PageShell;

/// Step 4: subject groups.
#[component]
pub fn SubjectGroups() -> impl IntoView {
    view! {
        <PageShell title="Subject groups">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
