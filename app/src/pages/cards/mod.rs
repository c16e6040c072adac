//! Login cards: choose whose, look at them, print them, cut them out.

mod sheets;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use rollcall_shared::card::CardsRequest;
use rollcall_shared::ids::{ClassId, RunId};
use rollcall_shared::people::{ClassKind, ClassRow};
use rollcall_shared::problem::Problem;
use rollcall_shared::run::RunStatus;
use rollcall_shared::year_group::YearGroup;

use crate::address;
use crate::api::{self, Answer};
use crate::asked::Asked;
use crate::components::{
    Back, Button, Choice, Form, Loaded, Notice, PageShell, Radios, Select, error_of, missing,
};
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
            <PageShell title="Login cards" back=Back::to(address::USERS, "Manage users") problem=problem>
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

/// What has been chosen so far.
#[derive(Clone, Copy)]
struct Chosen {
    whose: RwSignal<Option<Whose>>,
    class: RwSignal<Option<ClassId>>,
    year: RwSignal<Option<YearGroup>>,
}

impl Chosen {
    /// What is proposed: one class if there is one in the address, else those whom a run created.
    fn new(run: Option<RunId>, class: Option<ClassId>) -> Self {
        let proposed = match (run, class) {
            (_, Some(_)) => Whose::Class,
            (Some(run), None) => Whose::NewOnes(run),
            (None, None) => Whose::Everybody,
        };
        Self {
            whose: RwSignal::new(Some(proposed)),
            class: RwSignal::new(class),
            year: RwSignal::new(None),
        }
    }

    /// The cards asked for, or what has not been chosen yet.
    fn request(self) -> Result<CardsRequest, Problem> {
        let mut request = CardsRequest::default();
        match self.whose.get_untracked() {
            Some(Whose::NewOnes(run)) => request.created_by = Some(run),
            Some(Whose::Class) => {
                let class = self.class.get_untracked();
                request.class = Some(class.ok_or_else(|| missing("class", "Choose a class"))?);
            }
            Some(Whose::Year) => {
                let year = self.year.get_untracked();
                request.year = Some(year.ok_or_else(|| missing("year", "Choose a year group"))?);
            }
            Some(Whose::Everybody) | None => {}
        }
        Ok(request)
    }
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
    let classes: Vec<_> = choices.classes.into_iter().map(|class| (class.id, class.name)).collect();
    let chosen = Chosen::new(run.or(choices.run), class);
    let submit = Callback::new(move |()| match chosen.request() {
        Ok(request) => on_show.run(request),
        Err(why) => problem.set(Some(why)),
    });
    let Chosen { whose, class, year } = chosen;
    view! {
        <Form on_submit=submit>
            <Radios
                name="whose"
                legend="Whose cards?"
                choices=whose_cards(choices.run)
                value=whose
                on_choose=Callback::new(move |chosen| whose.set(Some(chosen)))
            />
            {move || match whose.get() {
                Some(Whose::Class) => which_class(classes.clone(), class, problem),
                Some(Whose::Year) => which_year(year, problem),
                _ => ().into_any(),
            }}
            <Notice>
                <p>
                    "The cards show passwords. We keep a record that you have opened them. Keep printed cards where only the pupil’s own teacher can reach them."
                </p>
            </Notice>
            <Button busy>"Show the cards"</Button>
        </Form>
    }
}

/// The answers. New pupils are one only where a run has created some.
fn whose_cards(run: Option<RunId>) -> Vec<Choice<Whose>> {
    run.map(|run| {
        Choice::new(Whose::NewOnes(run), "New pupils only")
            .hint("Pupils whose accounts were created by one run.")
    })
    .into_iter()
    .chain([
        Choice::new(Whose::Class, "One class"),
        Choice::new(Whose::Year, "One year group"),
        Choice::new(Whose::Everybody, "All pupils"),
    ])
    .collect()
}

fn which_class(
    classes: Vec<(ClassId, String)>,
    class: RwSignal<Option<ClassId>>,
    problem: RwSignal<Option<Problem>>,
) -> AnyView {
    view! {
        <Select
            id="class"
            label="Class"
            nothing="Choose a class"
            choices=classes
            value=class
            on_choose=Callback::new(move |chosen| class.set(chosen))
            error=error_of(problem, "class")
        />
    }
    .into_any()
}

fn which_year(year: RwSignal<Option<YearGroup>>, problem: RwSignal<Option<Problem>>) -> AnyView {
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
