//! Guidance for the person who authorises, to be printed.

use leptos::prelude::*;

use crate::components::PageShell;

/// Guidance for the person who authorises, to be printed.
#[component]
pub fn Guidance() -> impl IntoView {
    view! {
        <PageShell title="Guidance">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
