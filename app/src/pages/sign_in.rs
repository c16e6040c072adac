//! Signs in at the school's address.

use leptos::prelude::*;

use crate::components::PageShell;

/// Signs in at the school's address.
#[component]
pub fn SignIn() -> impl IntoView {
    view! {
        <PageShell title="Sign in">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
