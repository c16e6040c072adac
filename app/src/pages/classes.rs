//! The classes of the school.

use leptos::prelude::*;

use crate::components::PageShell;

/// The classes of the school.
#[component]
pub fn Classes() -> impl IntoView {
    view! {
        <PageShell title="Classes">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
