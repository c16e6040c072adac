//! What surrounds every page: the masthead with the navigation, and the footer.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use rollcall_shared::people::Role;
use rollcall_shared::problem::Kind;
use rollcall_shared::session::Me;

use crate::address;
use crate::api;
use crate::components::{Button, Look, focus_heading};
use crate::state::session::{Session, sign_in_page, start_page};
use crate::text;

/// The name of the platform before its configuration has been read.
const DEFAULT_NAME: &str = "Rollcall";
const DEFAULT_LOGO: &str = "/pictures/rollcall.svg";

/// The name and logo, the navigation, and who is signed in.
#[component]
pub fn Masthead() -> impl IntoView {
    let session: Session = expect_context();
    let platform = Memo::new(move |_| session.platform());
    let me = Memo::new(move |_| session.signed_in());
    let name = move || platform.get().map_or_else(|| DEFAULT_NAME.to_owned(), |p| p.name);
    let logo = move || {
        platform.get().and_then(|platform| platform.logo).unwrap_or_else(|| DEFAULT_LOGO.to_owned())
    };
    let start = move || me.get().map_or_else(sign_in_page, |me| start_page(me.role).to_owned());
    Effect::new(move |_| {
        if let Some(platform) = platform.get() {
            name_the_platform(&platform.name);
        }
    });
    view! {
        <a class="skip-link" href="#main" on:click=|event| {
            event.prevent_default();
            event.stop_propagation();
            focus_heading();
        }>"Skip to main content"</a>
        <header class="masthead">
            <div class="masthead-inner">
                <a class="brand" href=start><img class="brand-logo" src=logo alt=""/>{name}</a>
                {move || me.get().map(|me| view! { <WhoIsSignedIn me/> })}
            </div>
        </header>
        {move || {
            me.get().filter(|me| me.role == Role::Admin).map(|_| view! { <WayAbout/> })
        }}
    }
}

/// The links to the admin's main pages.
#[component]
fn WayAbout() -> impl IntoView {
    let path = use_location().pathname;
    let link = move |href: &'static str, label: &'static str, parts: &'static [&'static str]| {
        let is_here = move || {
            path.with(|path| parts.iter().any(|part| path.starts_with(part))).then_some("page")
        };
        view! {
            <li>
                <a href=href aria-current=is_here>
                    {label}
                </a>
            </li>
        }
    };
    view! {
        <nav class="way-about" aria-label="Main">
            <ul>
                {link(address::DASHBOARD, "Dashboard", &[address::DASHBOARD])}
                {link(address::USERS, "Manage users", &[address::USERS])}
                {link(address::WIZARD, "MIS sync wizard", &[address::WIZARD, address::SET_UP])}
                {link(address::CARDS, "Login cards", &[address::CARDS])}
                {link(address::RUNS, "Sync history", &[address::RUNS])}
            </ul>
        </nav>
    }
}

/// Who is signed in, at which school, and the button that signs out.
#[component]
fn WhoIsSignedIn(me: Me) -> impl IntoView {
    let session: Session = expect_context();
    let navigate = use_navigate();
    let not_left = RwSignal::new(false);
    let leave = Action::new_local(move |(): &()| {
        let navigate = navigate.clone();
        async move {
            match api::sign_out().await {
                Err(problem) if problem.kind != Kind::SignedOut => not_left.set(true),
                _ => {
                    not_left.set(false);
                    navigate(&sign_in_page(), NavigateOptions::default());
                    session.signed_out();
                }
            }
        }
    });
    let own = if me.role == Role::Pupil { address::HOME } else { address::ACCOUNT };
    view! {
        <div class="who">
            <a class="who-name" href=own>{format!("{} {}", me.forename, me.surname)}</a>
            <span class="who-school">{me.school.name}</span>
            <Button
                look=Look::Quiet
                busy=leave.pending()
                on_press=Callback::new(move |()| {
                    leave.dispatch(());
                })
            >
                "Sign out"
            </Button>
            <span class="who-still" role="alert">
                {move || {
                    not_left
                        .get()
                        .then_some("You are still signed in: the server was not reached. Try again.")
                }}
            </span>
        </div>
    }
}

/// Says that the next page is on its way, where that takes longer than a moment.
#[component]
pub fn OnItsWay(
    /// Whether a page is waited for.
    is_awaited: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <p class="on-its-way" role="status">
            {move || is_awaited.get().then_some(text::LOADING)}
        </p>
    }
}

/// The foot of every page.
#[component]
pub fn Footer() -> impl IntoView {
    let session: Session = expect_context();
    let keeps_messages =
        Memo::new(move |_| session.platform().is_some_and(|platform| platform.keeps_messages));
    view! {
        <footer class="footer">
            {move || {
                keeps_messages
                    .get()
                    .then(|| {
                        view! {
                            <p>
                                "No mail server is set up: messages are kept here instead of being sent. "
                                <a href=address::MESSAGES>"See the messages"</a>
                            </p>
                        }
                    })
            }}
        </footer>
    }
}

/// Writes the configured name into the page's head, and into the current title.
fn name_the_platform(name: &str) {
    let meta = document().query_selector("meta[name=application-name]").ok().flatten();
    if let Some(meta) = meta {
        // Fails only for a name that is no attribute's.
        let _ = meta.set_attribute("content", name);
    }
    let title = document().title();
    if let Some((page, _)) = title.rsplit_once(" – ") {
        document().set_title(&format!("{page} – {name}"));
    }
}
