//! One list of the summary, person by person.

use leptos::prelude::*;

use crate::components::PageShell;

/// One list of the summary, person by person.
#[component]
pub fn SummaryList() -> impl IntoView {
    view! {
        <PageShell title="Summary">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
