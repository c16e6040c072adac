//! Where a member of staff who has forgotten their password asks for a link to set a new one.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use rollcall_shared::problem::Problem;
use rollcall_shared::session::ForgottenPassword as Forgotten;

use crate::address;
use crate::api;
use crate::components::{
    Back, Button, Field, FieldKind, Form, Notice, PageShell, Tone, error_of, missing,
};

/// Asks for the name; then says what happens, whether there is such a person or not.
#[component]
pub fn ForgottenPassword() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    let back = Back::to(address::school(&slug), "Sign in");
    let username = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<Problem>);
    let is_sent = RwSignal::new(false);
    let ask = Action::new_local(move |typed: &Forgotten| {
        let (slug, typed) = (slug.clone(), typed.clone());
        async move {
            match api::forgotten_password(&slug, &typed).await {
                Ok(()) => {
                    problem.set(None);
                    is_sent.set(true);
                }
                Err(why) => problem.set(Some(why)),
            }
        }
    });
    let submit = Callback::new(move |()| {
        let typed = username.get_untracked().trim().to_owned();
        if typed.is_empty() {
            problem.set(Some(missing("username", "Enter your username or e-mail address")));
        } else if !ask.pending().get_untracked() {
            ask.dispatch(Forgotten { username: typed });
        }
    });
    view! {
        <PageShell title="Forgotten your password?" back problem>
            <div class="narrow-panel">
                {move || {
                    if is_sent.get() {
                        return sent(&username.get_untracked());
                    }
                    view! {
                        <p>
                            "Pupils: ask your teacher. They can show you your password, or give you a new one."
                        </p>
                        <p>"Staff: we send you an e-mail with a link to set a new password."</p>
                        <Form on_submit=submit>
                            <Field
                                id="username"
                                label="Username or e-mail address"
                                value=username
                                error=error_of(problem, "username")
                                kind=FieldKind::Username
                                autocomplete="username"
                            />
                            <Button busy=ask.pending()>"Send the link"</Button>
                        </Form>
                    }
                        .into_any()
                }}
            </div>
        </PageShell>
    }
}

fn sent(username: &str) -> AnyView {
    let words = format!(
        "If “{}” is the username or the e-mail address of a member of staff of this school, a link is on its way to them. It works once, within 24 hours.",
        username.trim(),
    );
    view! {
        <div role="status">
            <Notice tone=Tone::Success title="Look in your e-mail">
                <p>{words}</p>
            </Notice>
        </div>
        <p>
            "If nothing has come after some minutes, look in your junk folder, or ask your school office: they see which address is on record, and can send you a link."
        </p>
    }
    .into_any()
}
