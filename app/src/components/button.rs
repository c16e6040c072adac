//! Buttons, and links that look like them.

use leptos::prelude::*;

/// How much a button asks for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The one thing to do on the page.
    #[default]
    Primary,
    Secondary,
    /// Does something that is hard to undo.
    Warning,
    /// Reads as a link: for small actions in rows.
    Quiet,
}

impl Look {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button",
            Self::Secondary => "button button-secondary",
            Self::Warning => "button button-warning",
            Self::Quiet => "button-quiet",
        }
    }
}

/// A button. In a form it submits, unless it has an `on_press` of its own.
#[component]
pub fn Button(
    /// How much it asks for attention.
    #[prop(optional)]
    look: Look,
    /// While true the button says so and does nothing: a second press changes nothing.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// What a press does; without it the button submits its form.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// Read out after the button's text, for "Reveal" in a row of a table: whose.
    #[prop(optional, into)]
    about: Option<String>,
    /// What the button says.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type=if on_press.is_some() { "button" } else { "submit" }
            class=look.class()
            // Not `disabled`: that would take the focus away.
            aria-disabled=move || busy.get().then_some("true")
            on:click=move |event| {
                if busy.get_untracked() {
                    event.prevent_default();
                } else if let Some(on_press) = on_press {
                    on_press.run(());
                }
            }
        >
            {children()}
            {about.map(|about| view! { <span class="visually-hidden">" " {about}</span> })}
            <span class="button-busy" aria-hidden="true" hidden=move || !busy.get()></span>
        </button>
    }
}

/// A link that looks like a button: goes to another page.
#[component]
pub fn LinkButton(
    /// Where it goes.
    #[prop(into)]
    href: Oco<'static, str>,
    /// How much it asks for attention.
    #[prop(optional)]
    look: Look,
    /// What it says.
    children: Children,
) -> impl IntoView {
    view! { <a href=href class=look.class()>{children()}</a> }
}
