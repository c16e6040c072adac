//! A short word that marks something: "Recommended", "Left", "Admin".

use leptos::prelude::*;

/// What a tag says by its colour, as well as in words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TagTone {
    #[default]
    Plain,
    Accent,
    Good,
    Attention,
    Bad,
}

impl TagTone {
    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "tag",
            Self::Accent => "tag tag-accent",
            Self::Good => "tag tag-good",
            Self::Attention => "tag tag-attention",
            Self::Bad => "tag tag-bad",
        }
    }
}

/// A tag.
#[component]
pub fn Tag(
    /// What it says by its colour.
    #[prop(optional)]
    tone: TagTone,
    /// Its word.
    children: Children,
) -> impl IntoView {
    view! { <span class=tone.class()>{children()}</span> }
}
