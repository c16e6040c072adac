//! Who may see a page. The server decides about data; this keeps people from empty pages.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use rollcall_shared::people::Role;
use rollcall_shared::problem::{Kind, Problem};

use crate::address;
use crate::components::{Dialog, LinkButton, LoadingPage, PageShell, ProblemPage};
use crate::state::session::{Session, sign_in_page, start_page};
use crate::text;

/// Whether the page can be shown, so far as is known.
#[derive(Clone, PartialEq)]
enum Access {
    Asking,
    Granted,
    /// Signed in, but not as an admin: where such a person starts from.
    NotAdmin(&'static str),
    SignedOut,
    Broken(Problem),
}

/// A page for school admins only.
pub fn admins<F, V>(page: F) -> impl Fn() -> AnyView + Clone + Send + 'static
where
    F: Fn() -> V + Clone + Send + 'static,
    V: IntoView + 'static,
{
    guarded(page, |role| role == Role::Admin)
}

/// A page for teachers and school admins.
pub fn teachers<F, V>(page: F) -> impl Fn() -> AnyView + Clone + Send + 'static
where
    F: Fn() -> V + Clone + Send + 'static,
    V: IntoView + 'static,
{
    guarded(page, |role| matches!(role, Role::Teacher | Role::Admin))
}

/// A page for anyone who has signed in.
pub fn anybody_signed_in<F, V>(page: F) -> impl Fn() -> AnyView + Clone + Send + 'static
where
    F: Fn() -> V + Clone + Send + 'static,
    V: IntoView + 'static,
{
    guarded(page, |_| true)
}

fn guarded<F, V>(
    page: F,
    may_see: fn(Role) -> bool,
) -> impl Fn() -> AnyView + Clone + Send + 'static
where
    F: Fn() -> V + Clone + Send + 'static,
    V: IntoView + 'static,
{
    move || {
        let session: Session = expect_context();
        let access = Memo::new(move |_| match session.me() {
            None => Access::Asking,
            Some(Ok(me)) if may_see(me.role) => Access::Granted,
            Some(Ok(me)) => Access::NotAdmin(start_page(me.role)),
            Some(Err(problem)) if problem.kind == Kind::SignedOut => Access::SignedOut,
            Some(Err(problem)) => Access::Broken(problem),
        });
        let page = page.clone();
        (move || match access.get() {
            Access::Granted => view! {
                {page()}
                <SessionEnded/>
            }
            .into_any(),
            Access::Asking => view! { <LoadingPage title=text::LOADING/> }.into_any(),
            Access::NotAdmin(start) => view! { <AdminsOnly start/> }.into_any(),
            Access::SignedOut => view! { <GoToSignIn/> }.into_any(),
            Access::Broken(problem) => {
                let retry = Callback::new(move |()| session.ask_again());
                view! { <ProblemPage title=text::NOT_LOADED problem retry/> }.into_any()
            }
        })
        .into_any()
    }
}

/// Says that the session has timed out. What has been typed on the page is kept: anyone who
/// signs in again in another tab continues where they were.
#[component]
fn SessionEnded() -> impl IntoView {
    let session: Session = expect_context();
    let still_out = RwSignal::new(false);
    let look = Action::new_local(move |(): &()| async move {
        still_out.set(!session.look_again().await);
    });
    let close = Callback::new(move |()| {
        look.dispatch(());
    });
    view! {
        <Dialog
            id="session-ended"
            open=Signal::derive(move || session.has_ended())
            on_close=close
            title="You have been signed out"
            close_label="I have signed in again"
        >
            <p>
                "If you have typed something, it is still here, but has not been saved."
            </p>
            <p>
                <a href=sign_in_page() target="_blank">
                    "Sign in (opens in a new tab)"
                </a> ", then come back to this one."
            </p>
            <p class="field-error" role="alert">
                {move || still_out.get().then_some("You are not signed in yet.")}
            </p>
        </Dialog>
    }
}

/// What people who are not admins see.
#[component]
fn AdminsOnly(start: &'static str) -> impl IntoView {
    view! {
        <PageShell title=text::ADMINS_ONLY>
            <p>{text::ADMINS_ONLY_DETAIL}</p>
            <LinkButton href=start>"Go to your home page"</LinkButton>
        </PageShell>
    }
}

/// Goes to the sign-in page, and comes back here afterwards.
#[component]
fn GoToSignIn() -> impl IntoView {
    let navigate = use_navigate();
    let location = use_location();
    Effect::new(move |_| {
        navigate(
            &sign_in_page_for(&address::here(&location)),
            NavigateOptions { replace: true, ..NavigateOptions::default() },
        );
    });
    view! { <LoadingPage title="Sign in"/> }
}

/// The sign-in page, with the page to come back to.
fn sign_in_page_for(here: &str) -> String {
    if address::is_way_in(here) {
        return sign_in_page();
    }
    let next = String::from(js_sys::encode_uri_component(here));
    format!("{}?next={next}", sign_in_page())
}
