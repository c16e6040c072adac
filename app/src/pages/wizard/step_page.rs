//! What the four question pages have in common: the heading with the step's number, the back
//! link, the error summary, Continue, and what happens when someone else has saved since.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::settings::Settings;
use rollcall_shared::wizard::Step;

use super::Visit;
use crate::address;
use crate::components::{Back, Button, Form, Look, Notice, PageShell, Tone};
use crate::state::draft::use_wizard;
use crate::state::here::Here;

/// A question page of the wizard.
#[component]
pub fn StepPage(
    step: Step,
    /// The heading.
    title: &'static str,
    /// What keeps the answers from being saved; the fields show it too.
    problem: RwSignal<Option<Problem>>,
    /// The settings with the answers in them, or what is wrong with the answers.
    #[prop(into)]
    answer: Callback<(), Result<Settings, Problem>>,
    children: Children,
) -> impl IntoView {
    let wizard = use_wizard();
    let (navigate, here) = (use_navigate(), Here::now());
    // A school that has been through all this comes for one thing, and goes back to the summary.
    let has_run_before = wizard.view().is_some_and(|view| view.has_run_before);
    let is_change = has_run_before || use_context() == Some(Visit::Change);
    let save = Action::new_local(move |settings: &Settings| {
        let settings = settings.clone();
        let navigate = navigate.clone();
        async move {
            let saved = wizard.save(step, settings).await;
            if here.is_left() {
                return;
            }
            match saved {
                Ok(()) => {
                    let next = if is_change { Step::Summary } else { step.next() };
                    let next = next.min(wizard.resume_at());
                    navigate(&address::step(next), NavigateOptions::default());
                    wizard.read_if_due();
                }
                Err(refused) => problem.set(Some(refused)),
            }
        }
    });
    let submit = Callback::new(move |()| {
        if save.pending().get_untracked() {
            return;
        }
        problem.set(None);
        match answer.run(()) {
            Ok(settings) => {
                save.dispatch(settings);
            }
            Err(wrong) => problem.set(Some(wrong)),
        }
    });
    // Once they are saved, or someone else's are loaded, there is nothing of this page to keep.
    let version = move || wizard.view().map(|view| view.draft.version);
    let shown = version();
    let keep = move || {
        if version() == shown
            && let Ok(settings) = answer.run(())
        {
            wizard.keep(step, settings);
        }
    };
    let reloaded = window_event_listener_untyped("pagehide", move |_| keep());
    on_cleanup(move || {
        reloaded.remove();
        keep();
    });
    let back = match Step::ALL.into_iter().rfind(|earlier| *earlier < step) {
        _ if is_change => Back::to(address::SUMMARY, "Back to the summary"),
        Some(earlier) => Back::to(address::step(earlier), "Back"),
        None => Back::to(address::USERS, "Back to manage users"),
    };
    let is_stale =
        Memo::new(move |_| problem.with(|p| p.as_ref().is_some_and(|p| p.kind == Kind::Stale)));
    view! {
        <PageShell
            title=title
            back=back
            caption=format!("Step {} of {}", step.number(), Step::ALL.len())
            problem=problem
        >
            {move || is_stale.get().then(|| view! { <TheirAnswers problem/> })}
            <Form on_submit=submit class="wizard-step bleed">
                {children()}
                <div class="button-row">
                    <Button busy=save.pending()>"Continue"</Button>
                </div>
            </Form>
        </PageShell>
    }
}

/// Offers the answers that someone else has saved since.
#[component]
fn TheirAnswers(problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let wizard = use_wizard();
    let load = Action::new_local(move |(): &()| async move {
        if let Err(failed) = wizard.load_theirs().await {
            problem.set(Some(failed));
        }
    });
    let on_press = Callback::new(move |()| {
        load.dispatch(());
    });
    view! {
        <Notice tone=Tone::Warning title="Your answers on this page are not saved">
            <p>
                "They stay below until you load the newer ones. Load them, check them, and change anything that is not right."
            </p>
            <Button look=Look::Secondary busy=load.pending() on_press>
                "Load the newer answers"
            </Button>
        </Notice>
    }
}

/// What steps 1 and 2 promise.
pub fn new_users_only(what: &'static str) -> AnyView {
    view! {
        <Notice>
            <strong>{format!("Only new users get {what} from these answers.")}</strong>
            " Everyone who has an account keeps their username and password."
        </Notice>
    }
    .into_any()
}
