//! Where a member of staff sets their password, by the link in their activation e-mail.
//!
//! The token is in the fragment of the address, which browsers never send to a server.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::session::{Activation, ActivationToken, SetPassword};

use crate::api;
use crate::asked::Asked;
use crate::components::{Button, Form, LinkButton, PageShell, error_of, unanswered_page};
use crate::pages::new_password::{new_password, too_short};
use crate::state::session::{Session, sign_in_page, start_page};

/// Looks at the link, then asks for a password.
#[component]
pub fn Activate() -> impl IntoView {
    // The router's own address: the window's still is the page before, when a link of ours is
    // followed.
    let hash = use_location().hash;
    // On the way to the next page the address has no token any more: the link stays what it was.
    let token = Memo::new(move |before: Option<&String>| {
        let token = hash.with(|hash| hash.trim_start_matches('#').to_owned());
        before.filter(|_| token.is_empty()).cloned().unwrap_or(token)
    });
    let link = Asked::new(move || {
        let token = ActivationToken { token: token.get() };
        async move { api::activation(&token).await }
    });
    move || match link.get() {
        Some(Ok(activation)) => {
            view! { <ChoosePassword activation token=token.get_untracked()/> }.into_any()
        }
        Some(Err(problem)) if problem.kind == Kind::LinkExpired => {
            view! { <LinkExpired/> }.into_any()
        }
        answer => unanswered_page("Set your password", link, answer.and_then(Result::err)),
    }
}

#[component]
fn LinkExpired() -> impl IntoView {
    view! {
        <PageShell title="This link no longer works">
            <p>
                "A link can be used once, and only for some time. If you have already set your password, sign in with it."
            </p>
            <p>
                "To get a new one, choose “Forgotten your password?” on the sign-in page, or ask your school office to send it to you."
            </p>
            <LinkButton href=sign_in_page()>"Sign in"</LinkButton>
        </PageShell>
    }
}

#[component]
fn ChoosePassword(
    /// Whose link it is.
    activation: Activation,
    /// The token in the link.
    token: String,
) -> impl IntoView {
    let session: Session = expect_context();
    let navigate = use_navigate();
    let problem = RwSignal::new(None::<Problem>);
    let password = RwSignal::new(String::new());
    let save = Action::new_local(move |wanted: &SetPassword| {
        let (wanted, navigate) = (wanted.clone(), navigate.clone());
        async move {
            match api::activate(&wanted).await {
                Ok(me) => {
                    let start = start_page(me.role);
                    session.signed_in_as(me);
                    navigate(
                        start,
                        NavigateOptions { replace: true, ..NavigateOptions::default() },
                    );
                }
                Err(why) => problem.set(Some(why)),
            }
        }
    });
    let submit = Callback::new(move |()| {
        let wanted = SetPassword { token: token.clone(), password: password.get_untracked() };
        if let Some(message) = too_short(&wanted.password) {
            problem.set(Some(
                Problem::new(Kind::Unusable, message.as_str()).field("password", "short", message),
            ));
        } else if !save.pending().get_untracked() {
            save.dispatch(wanted);
        }
    });
    view! {
        <PageShell title="Set your password" problem=problem>
            <div class="narrow-panel">
                <p>
                    {format!(
                        "Hello {}. Choose a password for your account at {}.",
                        activation.forename,
                        activation.school.name,
                    )}
                </p>
                <dl class="facts">
                    <dt>"Your username"</dt>
                    <dd class="credential">{activation.username.clone()}</dd>
                </dl>
                <Form on_submit=submit>
                    <input
                        type="text"
                        name="username"
                        autocomplete="username"
                        prop:value=activation.username
                        hidden
                    />
                    {new_password(password, error_of(problem, "password"))}
                    <Button busy=save.pending()>"Set password and sign in"</Button>
                </Form>
            </div>
        </PageShell>
    }
}
