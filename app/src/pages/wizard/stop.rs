//! Stopping a run that is going: the button, and what it asks before it does anything.

use leptos::prelude::*;
use rollcall_shared::ids::RunId;
use rollcall_shared::problem::Problem;
use rollcall_shared::run::RunView;

use crate::api;
use crate::components::{Button, Dialog, Look, Notice, ProblemPanel, Tone};

/// The button that stops a run; once someone has pressed it, that the run is stopping.
#[component]
pub fn StopRun(
    /// The run as it was last seen.
    seen: RwSignal<Option<RunView>>,
    /// Its id.
    run: RunId,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let stop = Action::new_local(move |(): &()| async move {
        let answer = api::cancel(run).await;
        open.set(false);
        match answer {
            Ok(run) => seen.set(Some(run)),
            Err(refused) => problem.set(Some(refused)),
        }
    });
    let asked_by = Memo::new(move |_| {
        seen.with(|run| run.as_ref().and_then(|run| run.cancel_asked_by.clone()))
    });
    let ask = Callback::new(move |()| {
        problem.set(None);
        open.set(true);
    });
    let close = Callback::new(move |()| open.set(false));
    view! {
        {move || problem.get().map(|problem| view! { <ProblemPanel problem/> })}
        {move || match asked_by.get() {
            Some(by) => {
                view! {
                    <Notice tone=Tone::Warning announced=true>
                        {format!(
                            "{by} asked for this run to be stopped. It stops once the people it is working on now are done.",
                        )}
                    </Notice>
                }
                    .into_any()
            }
            None => {
                view! {
                    <Button look=Look::Secondary on_press=ask>
                        "Stop this run"
                    </Button>
                }
                    .into_any()
            }
        }}
        <Dialog id="stop" open on_close=close title="Stop this run?" close_label="Let it continue">
            <p>
                "It stops once the people it is working on now are done. What has been done by then stays. No one is left half done, and everyone else stays as they are."
            </p>
            <p>
                "Afterwards we show you how to continue with what is left."
            </p>
            <Button
                look=Look::Warning
                busy=stop.pending()
                on_press=Callback::new(move |()| {
                    stop.dispatch(());
                })
            >
                "Stop this run"
            </Button>
        </Dialog>
    }
}
