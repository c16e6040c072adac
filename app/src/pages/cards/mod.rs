//! Login cards: choose whose, look at them, print them, cut them out.

mod sheets;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use rollcall_shared::card::CardsRequest;
use rollcall_shared::ids::{ClassId, RunId};
use rollcall_shared::people::{ClassKind, ClassRow};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::RunStatus;
use rollcall_shared::year_group::YearGroup;

use crate::api::{self, Answer};
use crate::components::{
    Back, Button, Choice, Form, Loaded, Notice, PageShell, Radios, Select, error_of,
};
use crate::state::asked::Asked;
use sheets::Sheets;

/// Whose cards to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    NewOnes(RunId),
    Class,
    Year,
    Everybody,
}

/// What the choices need: the classes, and the last run that created pupils.
#[derive(Clone)]
struct Choices {
    classes: Vec<ClassRow>,
    run: Option<RunId>,
}

/// The choice of cards; then the cards.
#[component]
pub fn Cards() -> impl IntoView {
    let query = use_query_map();
    let class = query.with_untracked(|q| q.get_str("class").and_then(|id| id.parse().ok()));
    let run = query.with_untracked(|q| q.get_str("run").and_then(|id| id.parse().ok()));
    let choices = Asked::new(move || choices(run));
    let cards = RwSignal::new(None);
    let problem = RwSignal::new(None::<Problem>);
    let fetch = Action::new_local(move |request: &CardsRequest| {
        let request = request.clone();
        async move {
            match api::cards(&request).await {
                Ok(answer) => {
                    problem.set(None);
                    cards.set(Some(answer));
                }
                Err(why) => problem.set(Some(why)),
            }
        }
    });
    let busy = Signal::derive(move || fetch.pending().get());
    let show = Callback::new(move |request: CardsRequest| {
        if !busy.get_untracked() {
            fetch.dispatch(request);
        }
    });
    move || {
        match cards.get() {
        Some(answer) => {
            let other = Callback::new(move |()| cards.set(None));
            view! { <Sheets cards=answer on_other=other/> }.into_any()
        }
        None => view! {
            <PageShell title="Login cards" back=Back::to("/users", "Manage users") problem=problem>
                <p class="lead">
                    "A card has all a pupil needs to sign in. Printing cards again never changes a password."
                </p>
                <Loaded resource=choices let:choices>
                    <Chooser choices class run problem busy on_show=show/>
                </Loaded>
            </PageShell>
        }
        .into_any(),
    }
    }
}

/// Reads what the choices need. The run asked for in the address counts before the last one.
async fn choices(run: Option<RunId>) -> Answer<Choices> {
    let classes = api::classes().await?;
    let run = match run {
        Some(run) => Some(run),
        None => {
            let runs = api::runs().await?;
            runs.into_iter()
                .find(|run| {
                    let has_ended = matches!(
                        run.status,
                        RunStatus::Done | RunStatus::Failed | RunStatus::Cancelled
                    );
                    run.pupils.created > 0 && has_ended && !run.is_undone
                })
                .map(|run| run.id)
        }
    };
    let classes = classes.into_iter().filter(|class| class.kind == ClassKind::Class).collect();
    Ok(Choices { classes, run })
}

#[component]
fn Chooser(
    /// What there is to choose from.
    choices: Choices,
    /// The class in the address.
    class: Option<ClassId>,
    /// The run in the address.
    run: Option<RunId>,
    /// What could not be done.
    problem: RwSignal<Option<Problem>>,
    /// Whether cards are being fetched.
    busy: Signal<bool>,
    /// Fetches the cards.
    on_show: Callback<CardsRequest>,
) -> impl IntoView {
    let proposed = match (run.or(choices.run), class) {
        (_, Some(_)) => Whose::Class,
        (Some(run), None) => Whose::NewOnes(run),
        (None, None) => Whose::Everybody,
    };
    let whose = RwSignal::new(Some(proposed));
    let class = RwSignal::new(class);
    let year = RwSignal::new(None::<YearGroup>);
    let answers = choices
        .run
        .map(|run| {
            Choice::new(Whose::NewOnes(run), "New pupils only")
                .hint("Pupils whose accounts the last run created.")
        })
        .into_iter()
        .chain([
            Choice::new(Whose::Class, "One class"),
            Choice::new(Whose::Year, "One year group"),
            Choice::new(Whose::Everybody, "All pupils"),
        ])
        .collect();
    let classes: Vec<_> = choices.classes.into_iter().map(|class| (class.id, class.name)).collect();
    let submit = Callback::new(move |()| {
        let request = match whose.get_untracked() {
            Some(Whose::NewOnes(run)) => {
                CardsRequest { created_by: Some(run), ..CardsRequest::default() }
            }
            Some(Whose::Class) => {
                CardsRequest { class: class.get_untracked(), ..CardsRequest::default() }
            }
            Some(Whose::Year) => {
                CardsRequest { year: year.get_untracked(), ..CardsRequest::default() }
            }
            Some(Whose::Everybody) | None => CardsRequest::default(),
        };
        match (whose.get_untracked(), &request) {
            (Some(Whose::Class), CardsRequest { class: None, .. }) => {
                problem.set(Some(missing("class", "Choose a class")));
            }
            (Some(Whose::Year), CardsRequest { year: None, .. }) => {
                problem.set(Some(missing("year", "Choose a year group")));
            }
            _ => on_show.run(request),
        }
    });
    view! {
        <Form on_submit=submit>
            <Radios
                name="whose"
                legend="Whose cards?"
                choices=answers
                value=whose
                on_choose=Callback::new(move |chosen| whose.set(Some(chosen)))
            />
            {move || match whose.get() {
                Some(Whose::Class) => {
                    view! {
                        <Select
                            id="class"
                            label="Class"
                            nothing="Choose a class"
                            choices=classes.clone()
                            value=class
                            on_choose=Callback::new(move |chosen| class.set(chosen))
                            error=error_of(problem, "class")
                        />
                    }
                        .into_any()
                }
                Some(Whose::Year) => {
                    view! {
                        <Select
                            id="year"
                            label="Year group"
                            nothing="Choose a year group"
                            choices=YearGroup::all().map(|year| (year, year.to_string())).collect()
                            value=year
                            on_choose=Callback::new(move |chosen| year.set(chosen))
                            error=error_of(problem, "year")
                        />
                    }
                        .into_any()
                }
                _ => ().into_any(),
            }}
            <Notice>
                <p>
                    "The cards show passwords. It is noted that you have opened them. Keep printed cards where only the pupil’s own teacher can reach them."
                </p>
            </Notice>
            <Button busy>"Show the cards"</Button>
        </Form>
    }
}

fn missing(field: &str, message: &str) -> Problem {
    Problem::new(Kind::Unusable, message).field(field, "missing", message)
}
