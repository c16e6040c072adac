//! What all pages have in common: the frame, notices, and small forms.

use axum::http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A whole page.
pub(crate) fn page(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – Xporter on Demand (simulated)" }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header class="site" { p { "Xporter on Demand, simulated" } }
                main {
                    h1 { (title) }
                    (body)
                }
            }
        }
    }
}

/// How a notice looks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    Plain,
    Good,
    Bad,
}

/// A sentence that stands out.
pub(crate) fn notice(tone: Tone, text: &Markup) -> Markup {
    let class = match tone {
        Tone::Plain => "notice",
        Tone::Good => "notice good",
        Tone::Bad => "notice bad",
    };
    let role = if matches!(tone, Tone::Bad) { "alert" } else { "status" };
    html! { section class=(class) role=(role) { p { (text) } } }
}

/// A button that does one thing.
pub(crate) fn button(action: &str, name: &str, class: &str) -> Markup {
    html! {
        form method="post" action=(action) { button class=(class) { (name) } }
    }
}

/// A labelled text field.
pub(crate) fn text_field(id: &str, name: &str, label: &str, kind: &str, value: &str) -> Markup {
    html! {
        label for=(id) { (label) }
        input id=(id) name=(name) type=(kind) value=(value);
    }
}

/// A page that is not there.
pub(crate) fn not_found(what: &str) -> (StatusCode, Markup) {
    (StatusCode::NOT_FOUND, page("Not found", &html! { p { (what) } }))
}
