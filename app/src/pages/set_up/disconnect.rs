//! Ending the connection from our side, and what happens to what was imported.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rollcall_shared::connection::{DISCONNECT_CONFIRMATION, Disconnect};
use rollcall_shared::problem::Problem;
use rollcall_shared::{provider, service};

use crate::address;
use crate::api;
use crate::components::{
    Back, Button, Choice, Field, Form, Look, Notice, PageShell, Radios, Tone, error_of, missing,
};
use crate::state::here::Here;

/// What should happen to what was imported.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Imported {
    Keep,
    Erase,
}

/// What has been chosen and typed.
#[derive(Clone, Copy)]
struct Answers {
    imported: RwSignal<Imported>,
    confirmation: RwSignal<String>,
}

impl Answers {
    /// What to ask of the server, or that the confirmation is missing.
    fn disconnect(self) -> Result<Disconnect, Problem> {
        let confirmation = self.confirmation.get_untracked();
        if confirmation.trim().eq_ignore_ascii_case(DISCONNECT_CONFIRMATION) {
            let erase = self.imported.get_untracked() == Imported::Erase;
            Ok(Disconnect { erase, confirmation })
        } else {
            let message = format!("Type {DISCONNECT_CONFIRMATION} to show that you are sure");
            Err(missing("confirmation", message))
        }
    }
}

/// The page of the disconnection.
#[component]
pub fn DisconnectPage() -> impl IntoView {
    let problem = RwSignal::new(None::<Problem>);
    let answers = Answers {
        imported: RwSignal::new(Imported::Keep),
        confirmation: RwSignal::new(String::new()),
    };
    let (navigate, here) = (use_navigate(), Here::now());
    let end = Action::new_local(move |asked: &Disconnect| {
        let (navigate, asked) = (navigate.clone(), asked.clone());
        async move {
            let answer = api::disconnect(&asked).await;
            if here.is_left() {
                return;
            }
            match answer {
                Ok(_) => navigate(address::CONNECTION, NavigateOptions::default()),
                Err(refused) => problem.set(Some(refused)),
            }
        }
    });
    let submit = Callback::new(move |()| {
        if end.pending().get_untracked() {
            return;
        }
        match answers.disconnect() {
            Ok(asked) => {
                problem.set(None);
                end.dispatch(asked);
            }
            Err(why) => problem.set(Some(why)),
        }
    });
    view! {
        <PageShell
            title="Disconnect your MIS"
            problem
            back=Back::to(address::CONNECTION, "Back to the connection")
        >
            <p class="lead">
                "After this nothing more is read. The key your school gave us and the copy of your MIS data are deleted in any case. The history and the consent record stay."
            </p>
            <Form on_submit=submit>
                {keep_or_erase(answers.imported)}
                <Notice>
                    <p>
                        {concat!("End the consent at ", provider!(), " too: the person who gave it signs in to ", provider!(), " ", service!(), " and withdraws it for this platform. We cannot do that from here.")}
                    </p>
                </Notice>
                <Field
                    id="confirmation"
                    label=format!("Type {DISCONNECT_CONFIRMATION} to continue")
                    value=answers.confirmation
                    error=error_of(problem, "confirmation")
                />
                {buttons(answers.imported, end.pending())}
            </Form>
        </PageShell>
    }
}

/// What should happen to what was imported, with a warning while it is to be erased.
fn keep_or_erase(imported: RwSignal<Imported>) -> impl IntoView {
    let choices = vec![
        Choice::new(Imported::Keep, "Keep all accounts").hint(
            "Everyone can sign in as before. If you connect again, the same people are recognised.",
        ),
        Choice::new(Imported::Erase, "Erase what was imported").hint(
            "Accounts that the sync created are deleted for good, with their passwords. Only admins’ accounts stay. Accounts added by hand keep their login, but lose the UPN, date of birth, legal names and link to your MIS. The wizard’s settings stay.",
        ),
    ];
    view! {
        <div class="choices-large">
            <Radios
                name="erase"
                legend="What should happen to what was imported?"
                choices
                value=Signal::derive(move || Some(imported.get()))
                on_choose=Callback::new(move |chosen| imported.set(chosen))
            />
        </div>
        {move || {
            (imported.get() == Imported::Erase)
                .then(|| {
                    view! {
                        <Notice tone=Tone::Warning announced=true>
                            "This can’t be undone. Usernames stay reserved: if you connect again, everyone gets a new one."
                        </Notice>
                    }
                })
        }}
    }
}

/// The button that disconnects, and the way out.
fn buttons(imported: RwSignal<Imported>, busy: Memo<bool>) -> impl IntoView {
    view! {
        <div class="button-row">
            <Button look=Look::Warning busy>
                {move || match imported.get() {
                    Imported::Keep => "Disconnect and keep all accounts",
                    Imported::Erase => "Disconnect and delete what was imported",
                }}
            </Button>
            <a href=address::CONNECTION>"Leave it connected"</a>
        </div>
    }
}
