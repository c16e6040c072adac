//! The static shell: what `index.html` paints before the app has arrived. On a school's sign-in page
//! it is the form, which can be typed into at once.

use std::cell::RefCell;

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// What someone has done with the shell's sign-in form so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Early {
    /// The username, so far as it is typed.
    pub username: String,
    /// Whether they have pressed *Continue*.
    pub is_sent: bool,
}

thread_local! {
    /// What was done with the form of a shell that has given way to another page than the sign-in.
    static KEPT: RefCell<Early> = RefCell::default();
}

/// Takes over what was done with the sign-in form; nothing the second time.
#[must_use]
pub fn take_early() -> Early {
    early().unwrap_or_else(|| KEPT.take())
}

/// Takes it out of the form.
fn early() -> Option<Early> {
    let input = find("#shell input")?.dyn_into::<HtmlInputElement>().ok()?;
    let username = input.value();
    input.set_value("");
    // Nobody has sent an empty name.
    let is_sent = !username.is_empty() && find("#shell form[data-sent]").is_some();
    Some(Early { username, is_sent })
}

/// Whether the shell shows the sign-in form, which stays until the app has more to show.
#[must_use]
pub fn is_form() -> bool {
    find("#shell form").is_some()
}

/// Shows the app in the shell's place. The focus passes from its form to the username's field,
/// else to the heading.
pub fn give_way() {
    let Some(shell) = find("#shell") else { return };
    KEPT.set(early().unwrap_or_default());
    if let Some(app) = find("#app").and_then(html) {
        app.set_hidden(false);
    }
    let twin =
        find("#shell :focus").and_then(|_| find("#app #username").or_else(|| find("#app h1")));
    if let Some(twin) = twin.and_then(html) {
        // Fails only where the page has gone already.
        let _ = twin.focus();
    }
    shell.remove();
}

fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

fn html(element: Element) -> Option<HtmlElement> {
    element.dyn_into().ok()
}
