//! The app that schools see: Leptos, compiled to WebAssembly, rendered in the browser.
//!
//! Read in this order: the routes below, [`frame`] (what surrounds every page), [`api`] (one
//! function per endpoint), [`components`] (the building blocks), then any page.
#![recursion_limit = "512"]
#![expect(unreachable_pub, reason = "the macro of a component makes public items of a private one")]

pub mod address;
pub mod answer;
pub mod api;
pub mod areas;
pub mod asked;
pub mod components;
pub mod dates;
pub mod frame;
pub mod guard;
pub mod pages;
pub mod pictures;
pub mod routes;
pub mod sets;
pub mod shell;
pub mod state;
pub mod text;

use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, RouteChildren, Router};
use wasm_bindgen::JsCast;

use areas::Awaited;
use frame::{Footer, Masthead, OnItsWay};
use pages::not_found::NotFound;
use routes::routes;
use state::session::Session;

/// Starts the app beside the static shell, whose place it takes with its first page.
pub fn start() {
    console_error_panic_hook::set_once();
    let place = document().get_element_by_id("app");
    if let Some(place) = place.and_then(|place| place.dyn_into::<web_sys::HtmlElement>().ok()) {
        mount_to(place, App).forget();
    }
}

/// The app: the frame, and every page with its address.
#[component]
fn App() -> impl IntoView {
    Session::provide();
    let is_awaited = RwSignal::new(false);
    provide_context(Awaited(is_awaited));
    view! {
        <Router>
            <Masthead/>
            <OnItsWay is_awaited/>
            <FlatRoutes fallback=NotFound children=RouteChildren::to_children(routes)/>
            <Footer/>
        </Router>
    }
}
