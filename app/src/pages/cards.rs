//! Login cards, to be printed and cut out.

use leptos::prelude::*;

use crate::components::PageShell;

/// Login cards, to be printed and cut out.
#[component]
pub fn Cards() -> impl IntoView {
    view! {
        <PageShell title="Login cards">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
