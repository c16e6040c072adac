//! Step 1: usernames.

use leptos::prelude::*;

use crate::components::PageShell;

/// Step 1: usernames.
#[component]
pub fn Usernames() -> impl IntoView {
    view! {
        <PageShell title="Usernames">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
