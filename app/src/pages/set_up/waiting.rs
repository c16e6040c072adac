//! Where the consent stands.

use leptos::prelude::*;

use crate::components::PageShell;

/// Where the consent stands.
#[component]
pub fn Waiting() -> impl IntoView {
    view! {
        <PageShell title="Waiting for consent">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
