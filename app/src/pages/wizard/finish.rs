//! Finish: the last form of the wizard, whose button says what it does.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rollcall_shared::plan::{CONFIRMATION, Finish, GuardKind, PlanSummary};
use rollcall_shared::problem::{Kind, Problem};

use super::progress_address;
use super::words::{act, both, counted};
use crate::api;
use crate::components::{Button, Field, Form, LinkButton, Look, error_of};
use crate::state::draft::use_wizard;

/// The last form: what will be done stands on its button.
#[component]
pub fn FinishForm(plan: PlanSummary, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let wizard = use_wizard();
    let navigate = use_navigate();
    let confirmation = RwSignal::new(String::new());
    let has = |wanted: GuardKind| plan.guards.iter().any(|guard| guard.kind == wanted);
    let (is_stopped, asks) = (has(GuardKind::Stop), has(GuardKind::Confirm));
    let (label, renamed) = (act(&plan), plan.renamed);
    let finish = Action::new_local(move |typed: &Option<String>| {
        let finish = Finish { hash: plan.hash.clone(), confirmation: typed.clone() };
        let (navigate, shown) = (navigate.clone(), plan.clone());
        let go = move |run| navigate(&progress_address(run), NavigateOptions::default());
        async move {
            match api::finish(shown.run, &finish).await {
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
    });
    if is_stopped {
        return view! {
            <p>"Nothing can be carried out until that has been put right."</p>
            <LinkButton href="/set-up/waiting" look=Look::Secondary>
                "See how the connection stands"
            </LinkButton>
        }
        .into_any();
    }
    let Some(label) = label else {
        return view! {
            <section class="panel">
                <h2>"Nothing to do"</h2>
                <p>
                    "No account has to change. Run the wizard again when something changes in your MIS."
                </p>
                <LinkButton href="/users" look=Look::Secondary>"Go to manage users"</LinkButton>
            </section>
        }
        .into_any();
    };
    let submit = Callback::new(move |()| {
        if finish.pending().get_untracked() {
            return;
        }
        let typed = asks.then(|| confirmation.get_untracked().trim().to_owned());
        if typed.as_ref().is_some_and(|typed| !typed.eq_ignore_ascii_case(CONFIRMATION)) {
            let message = format!("Type {CONFIRMATION} to show that you have looked at it");
            problem.set(Some(Problem::new(Kind::Unusable, "There is a problem").field(
                "confirmation",
                "missing",
                message,
            )));
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
                            label=format!("Type {CONFIRMATION} to go on")
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

fn who_keeps_their_login(renamed: u32) -> String {
    if renamed == 0 {
        return "Existing users keep their usernames and passwords.".to_owned();
    }
    let who = counted(renamed, "person gets", "people get");
    format!(
        "Existing users keep their passwords, and their usernames too: only {who} the new one you agreed to."
    )
}

/// What is different in a plan that had to be made anew.
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
        "The numbers are the same; single fields differ.".to_owned()
    } else {
        format!("What differs: {}.", differences.join(", "))
    };
    format!(
        "Nothing was done. The summary below is new. {differences} Look it over and press the button again."
    )
}
