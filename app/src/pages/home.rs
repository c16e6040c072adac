//! What a pupil or a teacher lands on.

use leptos::prelude::*;

use crate::components::PageShell;

/// What a pupil or a teacher lands on.
#[component]
pub fn Home() -> impl IntoView {
    view! {
        <PageShell title="Home">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
