//! Connects the school to its MIS.

pub mod authoriser;
pub mod guidance;
pub mod scopes;
pub mod waiting;
pub mod what_is_read;

use leptos::prelude::*;

use crate::components::PageShell;

/// Connects the school to its MIS.
#[component]
pub fn SetUp() -> impl IntoView {
    view! {
        <PageShell title="Set up XoD">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
