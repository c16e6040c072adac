//! What an admin lands on.

use leptos::prelude::*;

use crate::components::PageShell;

/// What an admin lands on.
#[component]
pub fn Dashboard() -> impl IntoView {
    view! {
        <PageShell title="Dashboard">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
