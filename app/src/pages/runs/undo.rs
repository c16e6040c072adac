//! Undoing a run: what that would do, before it is done, for `/runs/:id/undo`.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use rollcall_shared::ids::RunId;
use rollcall_shared::plan::{Finish, PlanSummary};
use rollcall_shared::problem::{Kind, Problem};

use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{Back, Button, Form, LinkButton, Loaded, Look, Notice, PageShell, Tone};
use crate::pages::not_found::NotFound;
use crate::pages::wizard::changes::{Lists, counts_table};
use crate::pages::wizard::words::{both, counted, joined};
use crate::state::here::Here;

/// The page of an undo that waits to be confirmed.
#[component]
pub fn UndoRun() -> impl IntoView {
    let params = use_params_map();
    let run =
        Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse().ok()));
    move || match run.get() {
        Some(run) => view! { <UndoPage run/> }.into_any(),
        None => view! { <NotFound/> }.into_any(),
    }
}

#[component]
fn UndoPage(run: RunId) -> impl IntoView {
    let problem = RwSignal::new(None::<Problem>);
    let plan = Asked::new(move || api::undo(run));
    let again = Callback::new(move |()| plan.refetch());
    let show = move |plan: PlanSummary| plan_view(run, plan, problem, again);
    let is_refused = move || matches!(plan.get(), Some(Err(_)));
    view! {
        <PageShell title="Undo this run?" back=Back::to(address::run(run), "Back to the run") problem>
            <Loaded resource=plan children=show/>
            {move || is_refused().then(|| back_to(run))}
        </PageShell>
    }
}

fn plan_view(
    run: RunId,
    plan: PlanSummary,
    problem: RwSignal<Option<Problem>>,
    again: Callback<()>,
) -> AnyView {
    let what_happens = what_would_happen(&plan);
    let form = match act(&plan) {
        Some(label) => undo_form(run, label, undoing(plan, problem, again), problem),
        None => view! {
            <p>"There is nothing left to undo."</p>
            {back_to(run)}
        }
        .into_any(),
    };
    view! {
        <p class="lead">"This is what would happen. Nothing has been changed yet."</p>
        {what_happens}
        <Notice tone=Tone::Info title="What undoing means">
            <ul>
                <li>
                    "Accounts that the run created go to the trash, with their username and password. If you run the wizard again, the same accounts come back."
                </li>
                <li>"Accounts that have been used since stay."</li>
                <li>"E-mails that have not been sent are cancelled, and unused links stop working."</li>
                <li>"If the nightly sync is on, it pauses until you turn it on again. Otherwise it would do the same again."</li>
            </ul>
        </Notice>
        {form}
    }
    .into_any()
}

/// The counts of the plan, and what is worth knowing about them.
fn what_would_happen(plan: &PlanSummary) -> AnyView {
    let lists = address::run_lists(plan.run);
    let warnings = (plan.warnings > 0).then(|| {
        let text = counted(plan.warnings, "person is worth checking", "people are worth checking");
        view! {
            <p>
                <a href=format!("{lists}/warnings")>{text}</a>
                ": anything changed or used since the run stays."
            </p>
        }
    });
    let problems = (plan.problems > 0).then(|| {
        let text = counted(plan.problems, "account stays", "accounts stay");
        view! { <p><a href=format!("{lists}/problem")>{text}</a> " in the trash. The list says why."</p> }
    });
    let notes = plan.notes.iter().map(|note| view! { <p>{note.clone()}</p> }).collect_view();
    let renamed = plan.classes.renamed + plan.subject_groups.renamed;
    let classes = (renamed > 0).then(|| {
        view! { <p>{counted(renamed, "class is", "classes are")} " put back as before the run."</p> }
    });
    let counts = counts_table(
        "People affected by undoing",
        "What happens",
        &plan.pupils,
        &plan.staff,
        Lists::Run(plan.run),
    );
    view! {
        {counts}
        {classes} {problems} {warnings} {notes}
    }
    .into_any()
}

/// Carries the plan out, and goes on to its progress.
fn undoing(
    plan: PlanSummary,
    problem: RwSignal<Option<Problem>>,
    again: Callback<()>,
) -> Action<(), ()> {
    let (navigate, here) = (use_navigate(), Here::now());
    Action::new_local(move |(): &()| {
        let (navigate, run) = (navigate.clone(), plan.run);
        let finish = Finish { hash: plan.hash.clone(), confirmation: None };
        async move {
            let go = |run| navigate(&address::progress(run), NavigateOptions::default());
            let answer = api::finish(run, &finish).await;
            if here.is_left() {
                return;
            }
            match answer {
                Ok(run) => go(run.id),
                Err(Problem { kind: Kind::RunGoing, run: Some(run), .. }) => go(run),
                Err(refused) => {
                    if refused.kind == Kind::Stale {
                        again.run(());
                    }
                    problem.set(Some(refused));
                }
            }
        }
    })
}

/// The button that undoes the run, and the way out.
fn undo_form(
    run: RunId,
    label: String,
    undo: Action<(), ()>,
    problem: RwSignal<Option<Problem>>,
) -> AnyView {
    let submit = Callback::new(move |()| {
        if !undo.pending().get_untracked() {
            problem.set(None);
            undo.dispatch(());
        }
    });
    view! {
        <Form on_submit=submit class="finish">
            <div class="button-row">
                <Button look=Look::Warning busy=undo.pending()>{label}</Button>
                <a href=address::run(run)>"Leave everything as it is"</a>
            </div>
        </Form>
    }
    .into_any()
}

fn back_to(run: RunId) -> AnyView {
    view! { <LinkButton href=address::run(run) look=Look::Secondary>"Back to the run"</LinkButton> }
        .into_any()
}

/// What the button says it does.
fn act(plan: &PlanSummary) -> Option<String> {
    let people = both(&plan.pupils, &plan.staff);
    let put_back = people.moved + people.updated + people.linked;
    let acts: Vec<String> = [
        (people.left, "put", "account in the trash", "accounts in the trash"),
        (people.restored, "restore", "account", "accounts"),
        (put_back, "put back", "person", "people"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, verb, one, many)| format!("{verb} {}", counted(count, one, many)))
    .collect();
    let classes = plan.classes.renamed + plan.subject_groups.renamed;
    match (acts.is_empty(), classes) {
        (false, _) => Some(format!("Undo: {}", joined(&acts))),
        (true, 0) => None,
        (true, _) => Some(format!("Undo: put back {}", counted(classes, "class", "classes"))),
    }
}
