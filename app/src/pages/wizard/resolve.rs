//! Resolving a possible duplicate: both sides, the evidence for and against a match,
//! and what follows from each answer.

use leptos::prelude::*;
use rollcall_shared::ids::RunId;
use rollcall_shared::plan::{AsNew, Candidate, PlanPerson, PlanSummary, Resolution, Resolve};
use rollcall_shared::problem::{Kind, Problem};

use super::changes::{place_of, why_asked};
use crate::api;
use crate::components::{
    Button, Choice, ErrorSummary, Form, Radios, Tag, TagTone, error_of, missing,
};
use crate::state::draft::use_wizard;
use crate::state::here::Here;

/// The question who a person is, in the dialog that "Resolve" opens.
#[component]
pub fn ResolveForm(
    run: RunId,
    person: PlanPerson,
    /// The list, which goes on when the form is closed.
    here: Here,
    /// Takes the summary of the new plan, with a sentence on what was decided.
    #[prop(into)]
    on_resolved: Callback<(PlanSummary, String)>,
    /// Takes word that the plan is another one now.
    #[prop(into)]
    on_stale: Callback<Problem>,
) -> impl IntoView {
    let (legend, unanswered) = if is_recorded_twice(&person) {
        ("Which account should be kept?", "Choose an account, or decide later")
    } else {
        ("Are they the same person?", "Choose who this is, or decide later")
    };
    let problem = RwSignal::new(None::<Problem>);
    let chosen = RwSignal::new(None::<Resolution>);
    let (seq, answered, wizard) = (person.seq, person.clone(), use_wizard());
    let send = Action::new_local(move |resolution: &Resolution| {
        let resolution = *resolution;
        let said = said(&answered, resolution);
        async move {
            let answer = api::resolve(run, &Resolve { seq, resolution }).await;
            if here.is_left() {
                // The wizard goes on, by the new plan.
                answer.into_iter().for_each(|plan| wizard.set_plan(plan));
                return;
            }
            match answer {
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
            problem.set(Some(missing("resolution", unanswered)));
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
                {(!place.is_empty()).then(|| view! { <p>{place}</p> })}
                <h4>"Why we ask"</h4>
                <p>{why} "."</p>
            </section>
            {sides}
        </div>
        <Form on_submit=submit>
            <Radios
                name="resolution"
                legend=legend
                choices=choices
                value=chosen
                on_choose=Callback::new(move |resolution| chosen.set(Some(resolution)))
                error=error_of(problem, "resolution")
            />
            <Button busy=send.pending()>"Save this answer"</Button>
        </Form>
    }
}

/// Whether one child has two accounts, so that the question is which one is kept.
pub fn is_recorded_twice(person: &PlanPerson) -> bool {
    person.as_new.is_none()
}

/// What was decided and what follows, to be read out.
fn said(person: &PlanPerson, resolution: Resolution) -> String {
    let name = &person.name;
    let follows = match resolution {
        Resolution::SamePersonAs(account) => {
            let same = person.candidates.iter().find(|candidate| candidate.account == account);
            same.map(|candidate| candidate.if_same.clone()).unwrap_or_default()
        }
        Resolution::SomeoneNew => if_new(person),
        Resolution::Undecided => return format!("{name} is left out until you decide."),
    };
    format!("Your answer about {name} is saved. {follows} Nothing happens until you finish.")
}

fn choices(person: &PlanPerson) -> Vec<Choice<Resolution>> {
    let explained = |text: String| Signal::stored(text);
    let is_twice = is_recorded_twice(person);
    let someone_new = (!is_twice).then(|| {
        Choice::new(Resolution::SomeoneNew, "Someone new").hint(explained(if_new(person)))
    });
    let accounts = if person.candidates.len() > 1 { "the accounts" } else { "the account" };
    let later = Choice::new(Resolution::Undecided, "Decide later").hint(explained(format!(
        "This person is left out this time, nothing happens to {accounts}, and you are asked again."
    )));
    person
        .candidates
        .iter()
        .map(|candidate| {
            let whose = format!("{} ({})", candidate.name, candidate.username);
            let label = if is_twice {
                format!("Keep this account: {whose}")
            } else {
                format!("The same person as {whose}")
            };
            Choice::new(Resolution::SamePersonAs(candidate.account), label)
                .hint(explained(candidate.if_same.clone()))
        })
        .chain(someone_new)
        .chain([later])
        .collect()
}

/// What follows if the person is none of those you have.
fn if_new(person: &PlanPerson) -> String {
    let made = match &person.as_new {
        Some(AsNew::Username(username)) => format!("A new account {username} is created"),
        Some(AsNew::Problem(reason)) => {
            let reason = reason.trim_end_matches('.');
            format!("They can’t be imported yet: {reason}")
        }
        None => "A new account is created".to_owned(),
    };
    let others = person.candidates.iter().map(|candidate| candidate.if_another.clone());
    let others: Vec<String> = others.filter(|text| !text.is_empty()).collect();
    if others.is_empty() { format!("{made}.") } else { format!("{made}; {}.", others.join("; ")) }
}

/// The account a person might be, with the evidence for and against.
fn candidate_side(candidate: &Candidate) -> AnyView {
    let year = candidate.year.map(|year| year.to_string());
    let place: Vec<String> = year.into_iter().chain(candidate.class.clone()).collect();
    let list = |class: &'static str, heading: &'static str, facts: &[String]| {
        let items = facts.iter().map(|fact| view! { <li>{fact.clone()}</li> }).collect_view();
        let facts = if facts.is_empty() {
            view! { <p>"Nothing we know of."</p> }.into_any()
        } else {
            view! { <ul class=class>{items}</ul> }.into_any()
        };
        view! {
            <h4>{heading}</h4>
            {facts}
        }
    };
    view! {
        <section class="side">
            <h3>"Existing account"</h3>
            <p class="side-name">
                {candidate.name.clone()}
                {candidate
                    .in_trash
                    .then(|| view! { " " <Tag tone=TagTone::Attention>"In the trash"</Tag> })}
            </p>
            {(!place.is_empty()).then(|| view! { <p>{place.join(" · ")}</p> })}
            <p>"Username " <code class="credential">{candidate.username.clone()}</code></p>
            {list("agrees", "What matches", &candidate.agrees)}
            {list("differs", "What is different", &candidate.differs)}
        </section>
    }
    .into_any()
}
