//! The way on for people who stay only because their absence says nothing: an admin who knows that
//! they have left says so.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rollcall_shared::problem::Problem;

use crate::api;
use crate::components::{Button, Dialog, Look};

/// The button, and what it asks before it does anything.
#[component]
pub fn Absences(problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let navigate = use_navigate();
    let count = Action::new_local(move |(): &()| {
        let navigate = navigate.clone();
        async move {
            match api::let_absences_count().await {
                Ok(_) => navigate("/wizard/summary", NavigateOptions::default()),
                Err(refused) => {
                    open.set(false);
                    problem.set(Some(refused));
                }
            }
        }
    });
    let ask = Callback::new(move |()| open.set(true));
    let close = Callback::new(move |()| open.set(false));
    view! {
        <section>
            <h2>"People your MIS does not send any more"</h2>
            <p>
                "They may have left, or your school may no longer share them; we cannot tell, so they stay. If you know that all who are missing have left, say so."
            </p>
            <Button look=Look::Secondary on_press=ask>
                "Whoever is missing has left"
            </Button>
            <Dialog
                id="absences"
                open
                on_close=close
                title="Has everybody who is missing left?"
                close_label="Close, and leave it as it is"
            >
                <p>
                    "Your MIS is read again. The summary then lists whoever is missing under Leaving, and asks you to confirm before anybody goes to the trash."
                </p>
                <Button
                    busy=count.pending()
                    on_press=Callback::new(move |()| {
                        count.dispatch(());
                    })
                >
                    "They have left: read your MIS again"
                </Button>
            </Dialog>
        </section>
    }
}
