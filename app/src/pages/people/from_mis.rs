//! One person brought up to date from the MIS: what that would change is shown first, then done.

use leptos::html;
use leptos::prelude::*;
use rollcall_shared::ids::RunId;
use rollcall_shared::people::{OnePerson, PersonRow};
use rollcall_shared::plan::{Finish, PlanPerson};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::RunStatus;

use super::list::Outcome;
use super::name_of;
use crate::api;
use crate::components::{Button, Look, Notice};
use crate::pages::wizard::changes::{field_changes, warnings};
use crate::pages::wizard::list::kept_table;
use crate::state::follow_run::wait_until_seen;

/// How often we look how far the run is, which is short.
const LOOK_EVERY_MS: u32 = 500;

/// The button that asks the MIS, and what it answered.
#[component]
pub fn FromMis(
    /// The person, as they are shown.
    person: RwSignal<PersonRow>,
    /// What came of it.
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    let answer = RwSignal::new(None::<OnePerson>);
    // An answer is about the person as they were then.
    Effect::new(move |_| {
        person.track();
        answer.set(None);
    });
    let look = Action::new_local(move |(): &()| {
        let id = person.with_untracked(|person| person.id);
        async move {
            outcome.set(None);
            answer.set(None);
            match api::from_mis(id).await {
                Ok(OnePerson::UpToDate) => {
                    let name = person.with_untracked(name_of);
                    let except = except(person.with_untracked(|person| !person.kept.is_empty()));
                    let words = format!(
                        "{name} is as your MIS has them{except}. There is nothing to do. What is changed in your MIS today normally shows tomorrow."
                    );
                    outcome.set(Some(Outcome::Done(words)));
                }
                Ok(said) => answer.set(Some(said)),
                Err(problem) => outcome.set(Some(Outcome::Failed(problem))),
            }
        }
    });
    let finish = Action::new_local(move |planned: &(RunId, String, bool)| {
        let (run, hash, keeps) = planned.clone();
        async move {
            let done = done(run, hash, keeps, person).await;
            answer.set(None);
            outcome.set(Some(done));
        }
    });
    let on_look = Callback::new(move |()| {
        look.dispatch(());
    });
    let shown = move || {
        let name = person.with_untracked(name_of);
        answer.get().map(|answer| match answer {
            OnePerson::Planned { run, hash, person } => {
                let keeps = !person.kept.is_empty();
                let on_finish = Callback::new(move |()| {
                    finish.dispatch((run, hash.clone(), keeps));
                });
                view! { <Planned person=*person busy=finish.pending() on_finish/> }.into_any()
            }
            OnePerson::Gone => view! {
                <Notice announced=true>
                    <p>
                        {format!("Your MIS does not show {name} as being at your school. Nothing was changed: the next run of the whole school decides.")}
                    </p>
                </Notice>
            }
            .into_any(),
            OnePerson::NotAlone { why } => view! {
                <Notice announced=true>
                    <p>"Nothing was changed. " {why}</p>
                </Notice>
            }
            .into_any(),
            OnePerson::UpToDate => ().into_any(),
        })
    };
    view! {
        <Button look=Look::Secondary busy=look.pending() on_press=on_look>
            "See what your MIS says now"
        </Button>
        {shown}
    }
}

/// What would change, and the button that changes it. It takes the focus, to be read out.
#[component]
fn Planned(person: PlanPerson, busy: Memo<bool>, on_finish: Callback<()>) -> impl IntoView {
    let node = NodeRef::<html::Section>::new();
    node.on_load(|node| {
        // Fails only where the page has gone already.
        let _ = node.focus();
    });
    let proposed = person.proposed.as_ref().filter(|proposed| proposed.answer.is_none());
    let proposed = proposed.map(|proposed| {
        let words = format!(
            "The username {} would go with the name. The MIS sync wizard asks you about it.",
            proposed.username
        );
        view! { <p>{words}</p> }
    });
    let fields = field_changes(&person.fields);
    let warnings = warnings(&person.warnings);
    let kept = (!person.kept.is_empty()).then(|| {
        view! {
            <p>"This stays as you set it by hand:"</p>
            {kept_table(vec![person], "Kept as you set it", None)}
        }
    });
    view! {
        <section class="panel said" tabindex="-1" node_ref=node>
            <h2>"What your MIS says now"</h2>
            {fields} {warnings} {proposed} {kept}
            <p>"Nothing has been changed yet, and nobody else is touched."</p>
            <Button busy on_press=on_finish>
                "Bring up to date"
            </Button>
        </section>
    }
}

/// What of a person is not as the MIS has it.
const fn except(keeps: bool) -> &'static str {
    if keeps { ", but for what you set by hand, which stays" } else { "" }
}

/// Finishes what was shown, and waits until it is done.
async fn done(run: RunId, hash: String, keeps: bool, person: RwSignal<PersonRow>) -> Outcome {
    let asked = Finish { hash, confirmation: None };
    let mut view = match api::finish(run, &asked).await {
        Ok(view) => view,
        Err(problem) => return Outcome::Failed(problem),
    };
    while view.status.is_going() {
        wait_until_seen(LOOK_EVERY_MS).await;
        // A look that fails for want of a connection is tried again: the run goes on without us.
        match api::run(run).await {
            Ok(now) => view = now,
            Err(problem) if problem.kind == Kind::SignedOut => return Outcome::Failed(problem),
            Err(_) => {}
        }
    }
    if view.status != RunStatus::Done {
        let problem = Problem::new(Kind::Unusable, "This person could not be brought up to date");
        return Outcome::Failed(problem.detail(view.message.unwrap_or_default()));
    }
    match api::person(person.with_untracked(|person| person.id)).await {
        Ok(now) => {
            let words = format!("{} is up to date with your MIS{}.", name_of(&now), except(keeps));
            person.set(now);
            Outcome::Done(words)
        }
        Err(problem) => Outcome::Failed(problem),
    }
}
