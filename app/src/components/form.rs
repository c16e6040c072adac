//! A real form, sent by script.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// A form. Enter in a field submits it, as people expect; what to do then is the page's business.
#[component]
pub fn Form(
    /// What submitting does.
    #[prop(into)]
    on_submit: Callback<()>,
    /// Extra class names.
    #[prop(optional)]
    class: &'static str,
    /// Fields and buttons.
    children: Children,
) -> impl IntoView {
    view! {
        // We check the answers ourselves, in our own words.
        <form
            novalidate=true
            class=class
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                on_submit.run(());
            }
        >
            {children()}
        </form>
    }
}
