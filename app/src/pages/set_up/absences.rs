//! For people who stay only because their absence proves nothing: an admin who knows that
//! they have left says so.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rollcall_shared::problem::Problem;

use crate::address;
use crate::api;
use crate::components::{Button, Dialog, Look};
use crate::state::here::Here;

/// The button, and what it asks before it does anything.
#[component]
pub fn Absences(problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let (navigate, here) = (use_navigate(), Here::now());
    let count = Action::new_local(move |(): &()| {
        let navigate = navigate.clone();
        async move {
            let answer = api::let_absences_count().await;
            if here.is_left() {
                return;
            }
            match answer {
                Ok(_) => navigate(address::SUMMARY, NavigateOptions::default()),
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
            <h2>"People your MIS no longer sends"</h2>
            <p>
                "They may have left, or your school may no longer share them. We cannot tell, so they stay. If you know that everyone who is missing has left, say so here."
            </p>
            <Button look=Look::Secondary on_press=ask>
                "Anyone who is missing has left"
            </Button>
            <Dialog
                id="absences"
                open
                on_close=close
                title="Has everyone who is missing left?"
                close_label="Close without changing anything"
            >
                <p>
                    "Your MIS will be read again. The summary then lists everyone who is missing under Leaving, and asks you to confirm before anyone goes to the trash."
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
