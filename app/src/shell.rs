//! The static shell: what `index.html` paints before the app has arrived. On a school's sign-in page
//! it is the form, which can be typed into at once.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

/// What someone has done with the shell's sign-in form so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Early {
    /// The username, so far as it is typed.
    pub username: String,
    /// Whether they are at the field, and go on typing.
    pub is_typing: bool,
    /// Whether they have pressed *Continue*.
    pub is_sent: bool,
}

/// What was done with the sign-in form; nothing once the shell has gone.
#[must_use]
pub fn early() -> Early {
    let find = |selector| document().query_selector(selector).ok().flatten();
    let Some(input) = find("#shell input").and_then(|it| it.dyn_into::<HtmlInputElement>().ok())
    else {
        return Early::default();
    };
    Early {
        username: input.value(),
        is_typing: document().active_element().as_ref() == Some(input.as_ref()),
        is_sent: find("#shell form[data-sent]").is_some(),
    }
}

/// Shows the app in the shell's place.
pub fn give_way() {
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
        let app = document().get_element_by_id("app");
        if let Some(app) = app.and_then(|app| app.dyn_into::<HtmlElement>().ok()) {
            app.set_hidden(false);
        }
    }
}
