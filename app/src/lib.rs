//! The app that schools see: Leptos, compiled to WebAssembly, rendered in the browser.
//!
//! Read in this order: the routes below, [`frame`] (what stands around every page), [`api`] (one
//! function per endpoint), [`components`] (the building blocks), then any page.
#![recursion_limit = "512"]

pub mod address;
pub mod api;
pub mod components;
pub mod dates;
pub mod frame;
pub mod guard;
pub mod pages;
pub mod pictures;
pub mod state;
pub mod text;

use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;
use wasm_bindgen::JsCast;

use frame::{Footer, Masthead};
use guard::{admins, anybody_signed_in};
use pages::people::{
    add_pupil::AddPupil, add_staff::AddStaff, classes, person::PersonPage, pupils::Pupils,
    staff::Staff, trash::Trash,
};
use pages::set_up::{self, SetUp};
use pages::wizard::{WizardPages, done::Done};
use pages::{
    activate::Activate, cards::Cards, dashboard::Dashboard, find_school::FindSchool, home::Home,
    messages::Messages, nightly_sync::NightlySync, not_found::NotFound, runs::Runs,
    runs::people::RunPeople, runs::undo::UndoRun, sign_in::SignIn, sign_ins::SignInsPage,
    users::Users,
};
use state::session::Session;

/// Takes the place of the static shell.
pub fn start() {
    console_error_panic_hook::set_once();
    let shell = document().get_element_by_id("app");
    if let Some(shell) = shell.and_then(|shell| shell.dyn_into::<web_sys::HtmlElement>().ok()) {
        shell.set_inner_html("");
        mount_to(shell, App).forget();
    }
}

/// The app: the frame, and every page with its address.
#[component]
fn App() -> impl IntoView {
    Session::provide();
    view! {
        <Router>
            <Masthead/>
            <FlatRoutes fallback=NotFound>
                // for everybody
                <Route path=path!("/") view=FindSchool/>
                <Route path=path!("/sch/:slug") view=SignIn/>
                <Route path=path!("/activate") view=Activate/>
                <Route path=path!("/messages") view=Messages/>
                // signed in
                <Route path=path!("/home") view=anybody_signed_in(Home)/>
                // admins: people
                <Route path=path!("/dashboard") view=admins(Dashboard)/>
                <Route path=path!("/users") view=admins(Users)/>
                <Route path=path!("/users/pupils") view=admins(Pupils)/>
                <Route path=path!("/users/staff") view=admins(Staff)/>
                <Route path=path!("/users/staff/new") view=admins(AddStaff)/>
                <Route path=path!("/users/pupils/new") view=admins(AddPupil)/>
                <Route path=path!("/users/people/:id") view=admins(PersonPage)/>
                <Route path=path!("/users/classes") view=admins(classes::Classes)/>
                <Route path=path!("/users/groups") view=admins(classes::Groups)/>
                <Route path=path!("/users/trash") view=admins(Trash)/>
                <Route path=path!("/users/nightly-sync") view=admins(NightlySync)/>
                <Route path=path!("/users/sign-ins") view=admins(SignInsPage)/>
                <Route path=path!("/cards") view=admins(Cards)/>
                // admins: the connection
                <Route path=path!("/set-up") view=admins(SetUp)/>
                <Route path=path!("/set-up/scopes") view=admins(set_up::scopes::Scopes)/>
                <Route path=path!("/set-up/authoriser") view=admins(set_up::authoriser::Authoriser)/>
                <Route
                    path=path!("/set-up/what-is-read")
                    view=admins(set_up::what_is_read::WhatIsRead)
                />
                <Route path=path!("/set-up/waiting") view=admins(set_up::waiting::Waiting)/>
                <Route
                    path=path!("/set-up/disconnect")
                    view=admins(set_up::disconnect::DisconnectPage)
                />
                <Route path=path!("/set-up/guidance") view=admins(set_up::guidance::Guidance)/>
                // admins: the wizard and its runs
                // one route, so that the state of the draft lives from step to step
                <Route path=path!("/wizard/*rest") view=admins(WizardPages)/>
                <Route path=path!("/runs") view=admins(Runs)/>
                <Route path=path!("/runs/:id") view=admins(Done)/>
                <Route path=path!("/runs/:id/undo") view=admins(UndoRun)/>
                <Route path=path!("/runs/:id/people/:list") view=admins(RunPeople)/>
            </FlatRoutes>
            <Footer/>
        </Router>
    }
}
