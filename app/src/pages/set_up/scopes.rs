//! Which data areas Rollcall may see.

use leptos::prelude::*;

use crate::components::PageShell;

/// Which data areas Rollcall may see.
#[component]
pub fn Scopes() -> impl IntoView {
    view! {
        <PageShell title="Choose what Rollcall may see">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
