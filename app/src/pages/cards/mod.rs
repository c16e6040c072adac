//! Login cards: choose whose, look at them, print them, cut them out.

mod sheets;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use rollcall_shared::card::CardsRequest;
use rollcall_shared::ids::{AccountId, ClassId, RunId};
use rollcall_shared::people::{ClassKind, ClassRow, Role};
use rollcall_shared::problem::Problem;
use rollcall_shared::run::RunStatus;
use rollcall_shared::year_group::YearGroup;

use crate::address;
use crate::api::{self, Answer};
use crate::asked::Asked;
use crate::components::{
    Back, Button, Choice, Form, Loaded, Notice, PageShell, Radios, Select, error_of, missing,
};
use crate::state::session::Session;
use sheets::Sheets;

/// Whose cards to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Pupil(AccountId),
    NewOnes(RunId),
    Class,
    Year,
    Everybody,
}

/// What the choices need: the classes, and the last run that created pupils. A teacher chooses among
/// their own classes only.
#[derive(Clone)]
struct Choices {
    classes: Vec<ClassRow>,
    run: Option<RunId>,
    is_teachers: bool,
}

/// Whose cards the address asks for.
#[derive(Clone, Copy)]
struct Proposed {
    pupil: Option<AccountId>,
    class: Option<ClassId>,
    run: Option<RunId>,
}

/// The choice of cards; then the cards.
#[component]
pub fn Cards() -> impl IntoView {
    let query = use_query_map();
    let proposed = query.with_untracked(|q| Proposed {
        pupil: q.get_str("pupil").and_then(|id| id.parse().ok()),
        class: q.get_str("class").and_then(|id| id.parse().ok()),
        run: q.get_str("run").and_then(|id| id.parse().ok()),
    });
    let session: Session = expect_context();
    let is_teachers = session.signed_in().is_some_and(|me| me.role == Role::Teacher);
    let back = match is_teachers {
        true => Back::to(address::HOME, "Your classes"),
        false => Back::to(address::USERS, "Manage users"),
    };
    let choices = Asked::new(move || choices(proposed.run, is_teachers));
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
            <PageShell title="Login cards" back=back.clone() problem=problem>
                <p class="lead">
                    "A card has all a pupil needs to sign in. Printing cards again never changes a password."
                </p>
                <Loaded resource=choices let:choices>
                    <Chooser choices proposed problem busy on_show=show/>
                </Loaded>
            </PageShell>
        }
        .into_any(),
    }
    }
}

/// Reads what the choices need. The run asked for in the address counts before the last one.
async fn choices(run: Option<RunId>, is_teachers: bool) -> Answer<Choices> {
    if is_teachers {
        return Ok(Choices { classes: api::home().await?.classes, run: None, is_teachers });
    }
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
    Ok(Choices { classes, run, is_teachers })
}

/// What has been chosen so far.
#[derive(Clone, Copy)]
struct Chosen {
    whose: RwSignal<Option<Whose>>,
    class: RwSignal<Option<ClassId>>,
    year: RwSignal<Option<YearGroup>>,
}

impl Chosen {
    /// What is proposed: the pupil or the class in the address, else the pupils that a run created.
    fn new(Proposed { pupil, class, run }: Proposed, is_teachers: bool) -> Self {
        let proposed = match (pupil, class, run) {
            (Some(pupil), ..) => Whose::Pupil(pupil),
            (None, Some(_), _) => Whose::Class,
            (None, None, _) if is_teachers => Whose::Class,
            (None, None, Some(run)) => Whose::NewOnes(run),
            (None, None, None) => Whose::Everybody,
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
            Some(Whose::Pupil(pupil)) => request.pupil = Some(pupil),
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
    /// What the address asks for.
    proposed: Proposed,
    /// What could not be done.
    problem: RwSignal<Option<Problem>>,
    /// Whether cards are being fetched.
    busy: Signal<bool>,
    /// Fetches the cards.
    on_show: Callback<CardsRequest>,
) -> impl IntoView {
    let Choices { classes, run, is_teachers } = choices;
    let classes: Vec<_> = classes.into_iter().map(|class| (class.id, class.name)).collect();
    let chosen = Chosen::new(Proposed { run: proposed.run.or(run), ..proposed }, is_teachers);
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
                choices=whose_cards(proposed.pupil, run, is_teachers)
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

/// The answers. One pupil is one only where the address names them, and new pupils only where a run has
/// created some.
fn whose_cards(
    pupil: Option<AccountId>,
    run: Option<RunId>,
    is_teachers: bool,
) -> Vec<Choice<Whose>> {
    let pupil = pupil.map(|pupil| Choice::new(Whose::Pupil(pupil), "The pupil you came from"));
    let run = run.map(|run| {
        Choice::new(Whose::NewOnes(run), "New pupils only")
            .hint("Pupils whose accounts were created by one run.")
    });
    let of_admins =
        [Choice::new(Whose::Year, "One year group"), Choice::new(Whose::Everybody, "All pupils")];
    pupil
        .into_iter()
        .chain(run)
        .chain([Choice::new(Whose::Class, "One class")])
        .chain(of_admins.into_iter().filter(|_| !is_teachers))
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
