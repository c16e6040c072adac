//! A paragraph set apart: what has just been done, or what is worth knowing.

use leptos::prelude::*;

/// What a notice says by its colour, as well as in words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Info,
    Success,
    Warning,
}

/// A notice.
#[component]
pub fn Notice(
    /// What it says by its colour.
    #[prop(optional)]
    tone: Tone,
    /// A heading, if it needs one.
    #[prop(optional, into)]
    title: Option<String>,
    /// Whether it appears in answer to something done on the page, and is read out then.
    #[prop(optional)]
    announced: bool,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let (class, spoken) = match tone {
        Tone::Info => ("notice", "Note: "),
        Tone::Success => ("notice notice-success", "Done: "),
        Tone::Warning => ("notice notice-warning", "Warning: "),
    };
    view! {
        <div class=class role=announced.then_some("status")>
            <div>
                <span class="visually-hidden">{spoken}</span>
                {title.map(|title| view! { <p class="notice-title">{title}</p> })}
                {children()}
            </div>
        </div>
    }
}
