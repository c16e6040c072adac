//! Step 2: passwords.

use leptos::prelude::*;

use crate::components::PageShell;

/// Step 2: passwords.
#[component]
pub fn Passwords() -> impl IntoView {
    view! {
        <PageShell title="Passwords">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
