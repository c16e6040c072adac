//! What is read and what is kept.

use leptos::prelude::*;

use crate::components::PageShell;

/// What is read and what is kept.
#[component]
pub fn WhatIsRead() -> impl IntoView {
    view! {
        <PageShell title="What is read and what is kept">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
