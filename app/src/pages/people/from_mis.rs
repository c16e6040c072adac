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

/// How often the run, which is short, is polled.
const LOOK_EVERY_MS: u32 = 500;

/// The button that asks the MIS, and what it answered.
#[component]
pub fn FromMis(
    /// The person, as they are shown.
    person: RwSignal<PersonRow>,
    /// The outcome.
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    let answer = RwSignal::new(None::<OnePerson>);
    // An answer is about the person as they were then.
    Effect::new(move |_| {
        person.track();
        answer.set(None);
    });
    let look = Action::new_local(move |(): &()| {
        // The page, and the person with it, may have gone when the answer comes.
        let (id, name, keeps) =
            person.with_untracked(|person| (person.id, name_of(person), !person.kept.is_empty()));
        async move {
            outcome.set(None);
            answer.set(None);
            match api::from_mis(id).await {
                Ok(OnePerson::UpToDate) => {
                    let except = except(keeps);
                    let words = format!(
                        "{name} is already up to date with your MIS{except}. Changes made in your MIS today normally show here tomorrow."
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
                        {format!("Your MIS does not show that {name} is at your school. Nothing was changed: the next run for the whole school will decide.")}
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
            "The username {} would match the new name. The MIS sync wizard will ask you about it.",
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
            <p>"Nothing has been changed yet, and no one else is affected."</p>
            <Button busy on_press=on_finish>
                "Bring up to date"
            </Button>
        </section>
    }
}

/// What about a person differs from the MIS.
const fn except(keeps: bool) -> &'static str {
    if keeps { ", except for what you set by hand, which stays" } else { "" }
}

/// Finishes what was shown, and waits until it is done.
async fn done(run: RunId, hash: String, keeps: bool, person: RwSignal<PersonRow>) -> Outcome {
    let id = person.with_untracked(|person| person.id);
    let asked = Finish { hash, confirmation: None };
    let mut view = match api::finish(run, &asked).await {
        Ok(view) => view,
        Err(problem) => return Outcome::Failed(problem),
    };
    while view.status.is_going() {
        wait_until_seen(LOOK_EVERY_MS).await;
        // A request that fails without a connection is repeated: the run continues without us.
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
    match api::person(id).await {
        Ok(now) => {
            let words = format!("{} is up to date with your MIS{}.", name_of(&now), except(keeps));
            person.set(now);
            Outcome::Done(words)
        }
        Err(problem) => Outcome::Failed(problem),
    }
}
