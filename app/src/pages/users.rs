//! Manage users: the way to every list and tool.

use leptos::prelude::*;

use crate::components::PageShell;

/// Manage users: the way to every list and tool.
#[component]
pub fn Users() -> impl IntoView {
    view! {
        <PageShell title="Manage users">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
