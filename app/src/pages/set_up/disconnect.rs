//! Ending the connection from our side, and what becomes of what was imported.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rollcall_shared::connection::{DISCONNECT_CONFIRMATION, Disconnect};
use rollcall_shared::problem::{Kind, Problem};

use crate::api;
use crate::components::{
    Back, Button, Choice, Field, Form, Look, Notice, PageShell, Radios, Tone, error_of,
};

/// What is to become of what was imported.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Imported {
    Keep,
    Erase,
}

/// The page of the disconnection.
#[component]
pub fn DisconnectPage() -> impl IntoView {
    let problem = RwSignal::new(None::<Problem>);
    let chosen = RwSignal::new(Imported::Keep);
    let confirmation = RwSignal::new(String::new());
    let navigate = use_navigate();
    let end = Action::new_local(move |(): &()| {
        let navigate = navigate.clone();
        let asked = Disconnect {
            erase: chosen.get_untracked() == Imported::Erase,
            confirmation: confirmation.get_untracked(),
        };
        async move {
            match api::disconnect(&asked).await {
                Ok(_) => navigate("/set-up/waiting", NavigateOptions::default()),
                Err(refused) => problem.set(Some(refused)),
            }
        }
    });
    let submit = Callback::new(move |()| {
        let typed = confirmation
            .with_untracked(|typed| typed.trim().eq_ignore_ascii_case(DISCONNECT_CONFIRMATION));
        if end.pending().get_untracked() {
        } else if typed {
            problem.set(None);
            end.dispatch(());
        } else {
            problem.set(Some(Problem::new(Kind::Unusable, "There is a problem").field(
                "confirmation",
                "missing",
                format!("Type {DISCONNECT_CONFIRMATION} to show that you mean it"),
            )));
        }
    });
    let hint = |text: &str| Signal::stored(text.to_owned());
    let choices = vec![
        Choice::new(Imported::Keep, "Keep all accounts").hint(hint(
            "Everybody can sign in as before. If you connect again, the same people are recognised.",
        )),
        Choice::new(Imported::Erase, "Erase what was imported").hint(hint(
            "Accounts that the sync made are deleted for good, with their passwords; only admins’ stay. Accounts made by hand keep their login, and lose UPN, date of birth, legal names and the link to your MIS. The settings of the wizard stay.",
        )),
    ];
    view! {
        <PageShell
            title="Disconnect your MIS"
            problem
            back=Back::to("/set-up/waiting", "Back to the connection")
        >
            <p class="lead">
                "From then on nothing more is read. The key your school gave us and the copy of your MIS’s data are deleted in any case; the history and the consent record stay."
            </p>
            <Form on_submit=submit>
                <div class="choices-large">
                    <Radios
                        name="erase"
                        legend="What happens to what was imported?"
                        choices
                        value=Signal::derive(move || Some(chosen.get()))
                        on_choose=Callback::new(move |imported| chosen.set(imported))
                    />
                </div>
                {move || {
                    (chosen.get() == Imported::Erase)
                        .then(|| {
                            view! {
                                <Notice tone=Tone::Warning announced=true>
                                    "This can’t be undone. Usernames stay reserved: if you connect again, everybody gets a new one."
                                </Notice>
                            }
                        })
                }}
                <Notice>
                    <p>
                        "Also end the consent at Groupcall: whoever gave it signs in to Groupcall Xporter and withdraws it for this platform. We cannot do that from here."
                    </p>
                </Notice>
                <Field
                    id="confirmation"
                    label=format!("Type {DISCONNECT_CONFIRMATION} to go on")
                    value=confirmation
                    error=error_of(problem, "confirmation")
                />
                <div class="button-row">
                    <Button look=Look::Warning busy=end.pending()>
                        {move || match chosen.get() {
                            Imported::Keep => "Disconnect and keep all accounts",
                            Imported::Erase => "Disconnect and delete what was imported",
                        }}
                    </Button>
                    <a href="/set-up/waiting">"Leave it connected"</a>
                </div>
            </Form>
        </PageShell>
    }
}
