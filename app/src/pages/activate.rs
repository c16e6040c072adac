//! Where a member of staff sets their password.

use leptos::prelude::*;

use crate::components::PageShell;

/// Where a member of staff sets their password.
#[component]
pub fn Activate() -> impl IntoView {
    view! {
        <PageShell title="Set your password">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
