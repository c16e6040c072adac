//! Adds a member of staff by hand.

use leptos::prelude::*;

use crate::components::PageShell;

/// Adds a member of staff by hand.
#[component]
pub fn AddStaff() -> impl IntoView {
    view! {
        <PageShell title="Add a member of staff">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
