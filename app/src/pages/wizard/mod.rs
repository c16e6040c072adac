//! Goes to the step where the wizard goes on.

pub mod done;
pub mod list;
pub mod passwords;
pub mod progress;
pub mod subject_groups;
pub mod summary;
pub mod usernames;
pub mod year_groups;

use leptos::prelude::*;

use crate::components::PageShell;

/// Goes to the step where the wizard goes on.
#[component]
pub fn Wizard() -> impl IntoView {
    view! {
        <PageShell title="MIS sync wizard">
            <p><a href="/">"Back to the start"</a></p>
        </PageShell>
    }
}
