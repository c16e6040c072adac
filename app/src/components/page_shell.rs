//! The frame of a page: its title, its heading, the back link, and the error summary.

use std::sync::atomic::{AtomicBool, Ordering};

use leptos::html;
use leptos::prelude::*;
use rollcall_shared::problem::Problem;
use wasm_bindgen::JsCast;

use super::error_summary::ErrorSummary;
use crate::shell;

/// The back link of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    pub href: String,
    pub label: String,
}

impl Back {
    /// A link back to a page.
    pub fn to(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { href: href.into(), label: label.into() }
    }
}

/// Whether a page has been shown before: the first one leaves the focus to the browser.
static SHOWN_BEFORE: AtomicBool = AtomicBool::new(false);

/// A page. After navigation the focus is on its heading.
#[component]
pub fn PageShell(
    /// The heading, and the title of the browser's tab.
    #[prop(into)]
    title: Signal<String>,
    /// The back link.
    #[prop(optional, into)]
    back: Option<Back>,
    /// A short line above the heading: "Step 2 of 5".
    #[prop(optional, into)]
    caption: Option<String>,
    /// What could not be done, if anything.
    #[prop(optional, into)]
    problem: Signal<Option<Problem>>,
    /// Whether the page uses the whole width: lists and tables.
    #[prop(optional)]
    wide: bool,
    /// Whether the page only waits for what it will show, and leaves the focus to that.
    #[prop(optional)]
    waiting: bool,
    /// The page.
    children: Children,
) -> impl IntoView {
    Effect::new(move |_| {
        // A page that only waits has less to show than a form.
        if !(waiting && shell::is_form()) {
            shell::give_way();
        }
    });
    let heading = NodeRef::<html::H1>::new();
    heading.on_load(move |heading| {
        if !waiting && SHOWN_BEFORE.swap(true, Ordering::Relaxed) {
            // Fails only where the page has gone already.
            let _ = heading.focus();
        }
    });
    Effect::new(move |_| {
        let prefix = if problem.with(Option::is_some) { "Problem: " } else { "" };
        document().set_title(&format!("{prefix}{} – {}", title.get(), platform_name()));
    });
    view! {
        <main id="main" class=if wide { "page page-wide" } else { "page" }>
            {back
                .map(|back| {
                    view! { <a class="back" href=back.href>{back.label}</a> }
                })}
            <ErrorSummary problem/>
            {caption.map(|caption| view! { <p class="caption">{caption}</p> })}
            <h1 tabindex="-1" node_ref=heading>{title}</h1>
            {children()}
        </main>
    }
}

/// Puts the focus on the page's heading.
pub fn focus_heading() {
    focus_on("main h1");
}

/// Puts the focus on the first of the page that a selector fits.
pub fn focus_on(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(found) = found.and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Fails only where the page has gone already.
        let _ = found.focus();
    }
}

/// The platform's name as the page's head has it.
fn platform_name() -> String {
    let meta = document().query_selector("meta[name=application-name]").ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}
