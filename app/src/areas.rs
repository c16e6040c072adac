//! The app in areas: what a sign-in needs is there at once, each area arrives when a page of it is
//! first opened. A page belongs to the area below in whose lines it stands; `routes.rs` says at which
//! address it is.
//!
//! Built without the feature `split` (`make dev`), all areas are there from the beginning.

use std::sync::atomic::{AtomicU32, Ordering};

use gloo_net::http::{Request, Response};
use leptos::prelude::*;
use leptos::task::{spawn_local, spawn_local_scoped_with_cancellation};
use leptos::wasm_split::SplitLoaderError;
use leptos_router::ChooseView;
use leptos_router::hooks::use_location;
use wasm_bindgen::JsValue;

use crate::address;
use crate::components::{Button, PageShell, loading};
use crate::guard::{admins, anybody_signed_in, teachers};
use crate::pages::people::{
    add_pupil::AddPupil, add_staff::AddStaff, classes::Classes, classes::Groups,
    person::PersonPage, pupils::Pupils, staff::Staff, trash::Trash,
};
use crate::pages::runs::{Runs, people::RunPeople, undo::UndoRun};
use crate::pages::set_up::{
    SetUp, authoriser::Authoriser, disconnect::DisconnectPage, guidance::Guidance, scopes::Scopes,
    waiting::Waiting, what_is_read::WhatIsRead,
};
use crate::pages::wizard::{WizardPages, done::Done};
use crate::pages::{
    activate::Activate, cards::Cards, dashboard::Dashboard, find_school::FindSchool,
    forgotten_password::ForgottenPassword, home::Home, messages::Messages,
    nightly_sync::NightlySync, own_account::OwnAccount, own_class::OwnClassPage, sign_in::SignIn,
    sign_ins::SignInsPage, teacher_home::TeacherHome, users::Users,
};

/// What shows a page, once its area is there.
type Arrived = Result<fn() -> AnyView, SplitLoaderError>;

/// Makes an `async` function of each area, which waits until the area is there, and a [`Page`] of
/// each page.
macro_rules! areas {
    (
        at_once { $($there:ident => $first:expr;)+ }
        $($area:ident { $($page:ident => $view:expr;)+ })+
    ) => {
        /// A page of the app.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Page {
            $($there,)+
            $($($page,)+)+
        }

        impl Page {
            /// Waits until the page is there.
            async fn arrive(self) -> Arrived {
                match self {
                    $(Self::$there => Ok(|| $first.into_any()),)+
                    $($(Self::$page)|+ => $area(self).await,)+
                }
            }
        }

        $(
            #[cfg(feature = "split")]
            #[leptos::wasm_split::wasm_split(
                $area,
                wasm_split_path = ::leptos::wasm_split,
                fallible
            )]
            fn $area(page: Page) -> Arrived {
                areas!(view_of page: $($page => $view;)+)
            }

            #[cfg(not(feature = "split"))]
            async fn $area(page: Page) -> Arrived {
                areas!(view_of page: $($page => $view;)+)
            }
        )+
    };
    (view_of $asked:ident: $($page:ident => $view:expr;)+) => {
        Ok(match $asked {
            $(Page::$page => || $view.into_any(),)+
            // Another area's, which nobody asks this one for.
            _ => || ().into_any(),
        })
    };
}

areas! {
    at_once {
        FindSchool => FindSchool();
        SignIn => view! { <SignIn ahead=|is_staff| fetch_ahead(if is_staff { Page::Dashboard } else { Page::Home })/> };
    }
    home {
        Home => anybody_signed_in(|| view! { <Home of_staff=|| arriving(Page::TeacherHome)/> })();
    }
    teacher {
        TeacherHome => TeacherHome();
        OwnClass => teachers(OwnClassPage)();
    }
    start {
        Dashboard => admins(Dashboard)();
    }
    people {
        Users => admins(Users)();
        Pupils => admins(Pupils)();
        Staff => admins(Staff)();
        Classes => admins(Classes)();
        Groups => admins(Groups)();
        Trash => admins(Trash)();
        SignIns => admins(SignInsPage)();
    }
    person {
        Person => admins(PersonPage)();
        AddStaff => admins(AddStaff)();
        AddPupil => admins(AddPupil)();
    }
    cards {
        Cards => teachers(Cards)();
    }
    nightly {
        NightlySync => admins(NightlySync)();
    }
    set_up {
        SetUp => admins(SetUp)();
        Scopes => admins(Scopes)();
        Authoriser => admins(Authoriser)();
        WhatIsRead => admins(WhatIsRead)();
        Connection => admins(Waiting)();
        Disconnect => admins(DisconnectPage)();
        Guidance => admins(Guidance)();
    }
    wizard {
        Wizard => admins(WizardPages)();
    }
    runs {
        Runs => admins(Runs)();
        Run => admins(Done)();
        Undo => admins(UndoRun)();
        RunPeople => admins(RunPeople)();
    }
    account {
        Activate => Activate();
        ForgottenPassword => ForgottenPassword();
        OwnAccount => anybody_signed_in(OwnAccount)();
        Messages => Messages();
    }
}

/// Fetches a page's area ahead, where it is likely to be wanted next.
fn fetch_ahead(page: Page) {
    // Whether it has arrived is asked again when it is wanted.
    spawn_local(async move { drop(page.arrive().await) });
}

/// A part of a page, of another area: it is waited for where it will stand.
fn arriving(page: Page) -> AnyView {
    let arrived = RwSignal::new(None::<fn() -> AnyView>);
    let failed = RwSignal::new(false);
    spawn_local_scoped_with_cancellation(async move {
        match page.arrive().await {
            Ok(view) => arrived.set(Some(view)),
            Err(_) => failed.set(true),
        }
    });
    (move || match (arrived.get(), failed.get()) {
        (Some(view), _) => view(),
        (None, false) => loading(),
        (None, true) => fetch_again(page, arrived),
    })
    .into_any()
}

/// Whether the page that was asked for last waits for its area: in context for the frame, which says
/// so.
#[derive(Clone, Copy, Debug)]
pub struct Awaited(pub RwSignal<bool>);

/// How many pages have been asked for.
static ASKED: AtomicU32 = AtomicU32::new(0);

/// What a route shows: its page, once that is there.
#[derive(Clone, Copy, Debug)]
pub struct Later(pub Page);

impl ChooseView for Later {
    async fn choose(self) -> AnyView {
        let Awaited(is_awaited) = expect_context();
        is_awaited.set(true);
        let asked = ASKED.fetch_add(1, Ordering::Relaxed) + 1;
        let arrived = self.0.arrive().await;
        // Another may have been asked for meanwhile.
        if asked == ASKED.load(Ordering::Relaxed) {
            is_awaited.set(false);
        }
        match arrived {
            Ok(view) => view(),
            Err(_) => view! { <NotArrived page=self.0/> }.into_any(),
        }
    }

    async fn preload(&self) {}
}

/// Stands in the place of a page whose area could not be fetched.
#[component]
fn NotArrived(page: Page) -> impl IntoView {
    let arrived = RwSignal::new(None::<fn() -> AnyView>);
    let missing = move || {
        view! {
            <PageShell title="This page could not be fetched">
                {fetch_again(page, arrived)}
            </PageShell>
        }
        .into_any()
    };
    move || arrived.get().map_or_else(missing, |view| view())
}

/// Says that an area could not be fetched, and fetches it again. Where the server has another build
/// by now, the app is reloaded at the address that was asked for.
fn fetch_again(page: Page, arrived: RwSignal<Option<fn() -> AnyView>>) -> AnyView {
    let location = StoredValue::new(use_location());
    let reload = move || reload_after_an_upgrade(location.with_value(address::here));
    let fetch = Action::new_local(move |(): &()| {
        let reload = reload();
        async move {
            match page.arrive().await {
                Ok(view) => arrived.set(Some(view)),
                Err(_) => reload.await,
            }
        }
    });
    let on_press = Callback::new(move |()| {
        fetch.dispatch(());
    });
    spawn_local_scoped_with_cancellation(reload());
    view! {
        <p>"The connection may have been interrupted. Nothing was changed."</p>
        <Button busy=fetch.pending() on_press>
            "Try again"
        </Button>
    }
    .into_any()
}

/// Where this tab notes for which build it has been reloaded.
const RELOADED_FOR_KEY: &str = "rollcall.reloaded-for";

/// Reloads the app at an address where the server has another build by now; once for each build,
/// since one of several servers may still have the old one.
async fn reload_after_an_upgrade(here: String) {
    let Some(build) = build_of_the_server().await else { return };
    let Some(storage) = window().session_storage().ok().flatten() else { return };
    let reloaded_for = storage.get_item(RELOADED_FOR_KEY).ok().flatten();
    if Some(&build) == own_build().as_ref() || Some(&build) == reloaded_for.as_ref() {
        return;
    }
    let history = window().history();
    if storage.set_item(RELOADED_FOR_KEY, &build).is_ok()
        && let Ok(history) = history
        && history.replace_state_with_url(&JsValue::NULL, "", Some(&here)).is_ok()
    {
        // Going to the same address with a hash in it would load nothing.
        // Fails only where the browser goes away anyway.
        let _ = window().location().reload();
    }
}

/// The build of the app that the server has now, if it answers.
async fn build_of_the_server() -> Option<String> {
    let page = Request::get(address::FIND_SCHOOL).send().await.ok().filter(Response::ok)?;
    let page = page.text().await.ok()?;
    let (_, rest) = page.split_once("<meta name=\"build\" content=\"")?;
    rest.split('"').next().map(str::to_owned)
}

/// The build of the app in this tab.
fn own_build() -> Option<String> {
    let meta = document().query_selector("meta[name=build]").ok().flatten();
    meta?.get_attribute("content")
}
