//! Who holds the authority to share data.

use leptos::prelude::*;

use crate::components::PageShell;

/// Who holds the authority to share data.
#[component]
pub fn Authoriser() -> impl IntoView {
    view! {
        <PageShell title="Who can share your school’s data?">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
