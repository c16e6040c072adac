//! What the four question pages have in common: the heading with the step's number, the way
//! back, the error summary, Continue, and what happens when somebody else has saved meanwhile.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::settings::Settings;
use rollcall_shared::wizard::Step;

use super::{Visit, step_address};
use crate::components::{Back, Button, Form, Look, Notice, PageShell, Tone};
use crate::state::draft::use_wizard;

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
    let navigate = use_navigate();
    // A school that has been through all this comes for one thing, and goes back to the summary.
    let has_run_before = wizard.view().is_some_and(|view| view.has_run_before);
    let is_change = has_run_before || use_context() == Some(Visit::Change);
    let save = Action::new_local(move |settings: &Settings| {
        let settings = settings.clone();
        let navigate = navigate.clone();
        async move {
            match wizard.save(step, settings).await {
                Ok(()) => {
                    let next = if is_change { Step::Summary } else { step.next() };
                    let next = next.min(wizard.resume_at());
                    navigate(&step_address(next), NavigateOptions::default());
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
    let back = match Step::ALL.into_iter().rfind(|earlier| *earlier < step) {
        _ if is_change => Back::to("/wizard/summary", "Back to the summary"),
        Some(earlier) => Back::to(step_address(earlier), "Back"),
        None => Back::to("/users", "Back to manage users"),
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

/// Offers the answers that somebody else has saved meanwhile.
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
                "They stay below until you load the newer ones. Load them, look whether they suit you, and change what does not."
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
            " Everyone who has an account keeps the username and the password they have."
        </Notice>
    }
    .into_any()
}
