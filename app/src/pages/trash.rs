//! People who left.

use leptos::prelude::*;

use crate::components::PageShell;

/// People who left.
#[component]
pub fn Trash() -> impl IntoView {
    view! {
        <PageShell title="Trash">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
