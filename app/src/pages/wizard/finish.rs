//! Finish: the last form of the wizard, whose button says what it does.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rollcall_shared::plan::{CONFIRMATION, Finish, GuardKind, PlanSummary};
use rollcall_shared::problem::{Kind, Problem};

use super::words::{act, both, counted};
use crate::address;
use crate::api;
use crate::components::{Button, Field, Form, LinkButton, Look, error_of, missing};
use crate::state::draft::use_wizard;
use crate::state::here::Here;

/// The last form: its button says what will be done.
#[component]
pub fn FinishForm(plan: PlanSummary, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let has = |wanted: GuardKind| plan.guards.iter().any(|guard| guard.kind == wanted);
    if has(GuardKind::Stop) {
        return stopped();
    }
    let Some(label) = act(&plan) else {
        return nothing_to_do();
    };
    let (asks, renamed) = (has(GuardKind::Confirm), plan.renamed);
    let confirmation = RwSignal::new(String::new());
    let finish = finishing(plan, problem);
    let submit = Callback::new(move |()| {
        if finish.pending().get_untracked() {
            return;
        }
        let typed = asks.then(|| confirmation.get_untracked().trim().to_owned());
        if typed.as_ref().is_some_and(|typed| !typed.eq_ignore_ascii_case(CONFIRMATION)) {
            let message = format!("Type {CONFIRMATION} to show that you have checked it");
            problem.set(Some(missing("confirmation", message)));
            return;
        }
        problem.set(None);
        finish.dispatch(typed);
    });
    view! {
        <Form on_submit=submit class="finish">
            {asks
                .then(|| {
                    view! {
                        <Field
                            id="confirmation"
                            label=format!("Type {CONFIRMATION} to continue")
                            hint="See the warning above."
                            value=confirmation
                            error=error_of(problem, "confirmation")
                        />
                    }
                })}
            <p>{who_keeps_their_login(renamed)}</p>
            <Button busy=finish.pending()>{label}</Button>
        </Form>
    }
    .into_any()
}

/// Carries the plan out, and goes on to its progress. Where the plan is out of date another one is
/// made, and the problem says what differs.
fn finishing(plan: PlanSummary, problem: RwSignal<Option<Problem>>) -> Action<Option<String>, ()> {
    let (wizard, here) = (use_wizard(), Here::now());
    let navigate = use_navigate();
    Action::new_local(move |typed: &Option<String>| {
        let finish = Finish { hash: plan.hash.clone(), confirmation: typed.clone() };
        let (navigate, shown) = (navigate.clone(), plan.clone());
        let go = move |run| navigate(&address::progress(run), NavigateOptions::default());
        async move {
            let answer = api::finish(shown.run, &finish).await;
            if here.is_left() {
                return;
            }
            match answer {
                Ok(run) => go(run.id),
                Err(Problem { kind: Kind::RunGoing, run: Some(run), .. }) => go(run),
                Err(refused) if refused.kind == Kind::Stale => {
                    let made = wizard.make_plan().await;
                    problem.set(Some(match made {
                        Ok(now) => refused.detail(what_differs(&shown, &now)),
                        Err(failed) => failed,
                    }));
                }
                Err(refused) => problem.set(Some(refused)),
            }
        }
    })
}

/// Takes the place of the form while a guard lets nothing be done.
fn stopped() -> AnyView {
    view! {
        <p>"Nothing can be done until this has been corrected."</p>
        <LinkButton href=address::CONNECTION look=Look::Secondary>
            "See the connection"
        </LinkButton>
    }
    .into_any()
}

fn nothing_to_do() -> AnyView {
    view! {
        <section class="panel">
            <h2>"Nothing to do"</h2>
            <p>
                "No accounts need to change. Run the wizard again when something changes in your MIS."
            </p>
            <LinkButton href=address::USERS look=Look::Secondary>"Go to manage users"</LinkButton>
        </section>
    }
    .into_any()
}

fn who_keeps_their_login(renamed: u32) -> String {
    if renamed == 0 {
        return "Existing users keep their usernames and passwords.".to_owned();
    }
    let who = counted(renamed, "person gets", "people get");
    format!(
        "Existing users keep their passwords, and their usernames too: only {who} the new one you agreed to."
    )
}

/// What is different in a plan that had to be made again.
fn what_differs(shown: &PlanSummary, now: &PlanSummary) -> String {
    let counts = |plan: &PlanSummary| {
        let people = both(&plan.pupils, &plan.staff);
        [
            ("new", people.created),
            ("moved", people.moved),
            ("updated", people.updated),
            ("linked", people.linked),
            ("restored", people.restored),
            ("leaving", people.left),
            ("possible duplicates", plan.possible_duplicates),
            ("not imported", plan.problems),
        ]
    };
    let differences: Vec<String> = counts(shown)
        .into_iter()
        .zip(counts(now))
        .filter(|((_, before), (_, after))| before != after)
        .map(|((what, before), (_, after))| format!("{what}: {after} (was {before})"))
        .collect();
    let differences = if differences.is_empty() {
        "The numbers are the same, but some details differ.".to_owned()
    } else {
        format!("What differs: {}.", differences.join(", "))
    };
    format!(
        "Nothing was done. The summary below is new. {differences} Check it and press the button again."
    )
}
