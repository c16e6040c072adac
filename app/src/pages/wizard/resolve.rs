//! Resolving a possible duplicate: both sides, what agrees, what differs, and what follows from
//! each answer.

use leptos::prelude::*;
use rollcall_shared::ids::RunId;
use rollcall_shared::plan::{AsNew, Candidate, PlanPerson, PlanSummary, Resolution, Resolve};
use rollcall_shared::problem::{Kind, Problem};

use super::changes::{place_of, why_asked};
use crate::api;
use crate::components::{Button, Choice, ErrorSummary, Form, Radios, Tag, TagTone, error_of};

/// The question who a person is, in the dialog that "Resolve" opens.
#[component]
pub fn ResolveForm(
    run: RunId,
    person: PlanPerson,
    /// Takes the summary of the new plan, with a sentence on what was decided.
    #[prop(into)]
    on_resolved: Callback<(PlanSummary, String)>,
    /// Takes word that the plan is another one now.
    #[prop(into)]
    on_stale: Callback<Problem>,
) -> impl IntoView {
    let problem = RwSignal::new(None::<Problem>);
    let chosen = RwSignal::new(None::<Resolution>);
    let (seq, name) = (person.seq, person.name.clone());
    let send = Action::new_local(move |resolution: &Resolution| {
        let resolution = *resolution;
        let said = said(&name, resolution);
        async move {
            match api::resolve(run, &Resolve { seq, resolution }).await {
                Ok(plan) => on_resolved.run((plan, said)),
                Err(refused) if refused.kind == Kind::Stale => on_stale.run(refused),
                Err(refused) => problem.set(Some(refused)),
            }
        }
    });
    let submit = Callback::new(move |()| match chosen.get_untracked() {
        Some(resolution) if !send.pending().get_untracked() => {
            problem.set(None);
            send.dispatch(resolution);
        }
        Some(_) => {}
        None => {
            problem.set(Some(Problem::new(Kind::Unusable, "There is a problem").field(
                "resolution",
                "missing",
                "Choose who this is, or decide later",
            )));
        }
    });
    let sides = person.candidates.iter().map(candidate_side).collect_view();
    let choices = choices(&person);
    let place = place_of(&person);
    let why = why_asked(&person);
    view! {
        <ErrorSummary problem/>
        <div class="sides">
            <section class="side">
                <h3>"In your MIS"</h3>
                <p class="side-name">{person.name}</p>
                <p>{place}</p>
                <p class="hint">{why}</p>
            </section>
            {sides}
        </div>
        <Form on_submit=submit>
            <Radios
                name="resolution"
                legend="Are they the same person?"
                choices=choices
                value=chosen
                on_choose=Callback::new(move |resolution| chosen.set(Some(resolution)))
                error=error_of(problem, "resolution")
            />
            <Button busy=send.pending()>"Save this answer"</Button>
        </Form>
    }
}

/// What was decided, to be read out.
fn said(name: &str, resolution: Resolution) -> String {
    match resolution {
        Resolution::SamePersonAs(_) => {
            format!(
                "{name} is the person you have. The account will be linked, and keeps its login."
            )
        }
        Resolution::SomeoneNew => format!("{name} is someone new, and will be given an account."),
        Resolution::Undecided => format!("{name} is left out until you decide."),
    }
}

fn choices(person: &PlanPerson) -> Vec<Choice<Resolution>> {
    let explained = |text: String| Signal::stored(text);
    person
        .candidates
        .iter()
        .map(|candidate| {
            let label = format!("The same person as {} ({})", candidate.name, candidate.username);
            Choice::new(Resolution::SamePersonAs(candidate.account), label)
                .hint(explained(candidate.if_same.clone()))
        })
        .chain([
            Choice::new(Resolution::SomeoneNew, "Someone new").hint(explained(if_new(person))),
            Choice::new(Resolution::Undecided, "Decide later").hint(explained(
                "This person is left out this time, nothing happens to the account, and you are asked again."
                    .to_owned(),
            )),
        ])
        .collect()
}

/// What follows if the person is none of those you have.
fn if_new(person: &PlanPerson) -> String {
    let made = match &person.as_new {
        Some(AsNew::Username(username)) => format!("A new account {username} is made"),
        Some(AsNew::Problem(reason)) => {
            let reason = reason.trim_end_matches('.');
            format!("They can’t be imported yet: {reason}")
        }
        None => "A new account is made".to_owned(),
    };
    let others = person.candidates.iter().map(|candidate| candidate.if_another.clone());
    let others: Vec<String> = others.filter(|text| !text.is_empty()).collect();
    if others.is_empty() { format!("{made}.") } else { format!("{made}; {}.", others.join("; ")) }
}

/// The account a person might be, with what agrees and what differs.
fn candidate_side(candidate: &Candidate) -> AnyView {
    let year = candidate.year.map(|year| year.to_string());
    let place: Vec<String> = year.into_iter().chain(candidate.class.clone()).collect();
    let list = |class: &'static str, label: &'static str, facts: &[String]| {
        (!facts.is_empty()).then(|| {
            let items = facts.iter().map(|fact| view! { <li>{fact.clone()}</li> }).collect_view();
            view! {
                <p class="side-label">{label}</p>
                <ul class=class>{items}</ul>
            }
        })
    };
    view! {
        <section class="side">
            <h3>"Account you have"</h3>
            <p class="side-name">
                {candidate.name.clone()}
                {candidate
                    .in_trash
                    .then(|| view! { " " <Tag tone=TagTone::Attention>"In the trash"</Tag> })}
            </p>
            <p>{place.join(" · ")}</p>
            <p>"Username " <code class="credential">{candidate.username.clone()}</code></p>
            {list("agrees", "What agrees", &candidate.agrees)}
            {list("differs", "What differs", &candidate.differs)}
        </section>
    }
    .into_any()
}
