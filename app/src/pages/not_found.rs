//! There is no such page.

use leptos::prelude::*;

use crate::address;
use crate::components::PageShell;

/// The page that stands for any address there is no page for.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <PageShell title="Page not found">
            <p>"If you typed the address, check it is correct. If you followed a link, the page may have moved."</p>
            <p>
                <a href=address::FIND_SCHOOL>"Go to the start"</a>
            </p>
        </PageShell>
    }
}
