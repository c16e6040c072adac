//! Messages that would have been sent.

use leptos::prelude::*;

use crate::components::PageShell;

/// Messages that would have been sent.
#[component]
pub fn Messages() -> impl IntoView {
    view! {
        <PageShell title="Messages">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
