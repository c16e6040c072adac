//! A list of the summary: person by person and field by field, paged and searched on the server.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::location::Location;
use leptos_router::params::ParamsMap;
use rollcall_shared::ids::{AccountId, RunId};
use rollcall_shared::page::Page;
use rollcall_shared::people::{HandBack, PersonKind};
use rollcall_shared::plan::{
    PersonField, PlanList, PlanPerson, PlanQuery, PlanSummary, ProposedUsername, Rename,
    RenameAnswer, Resolution, Resolve,
};
use rollcall_shared::problem::{Kind, Problem};

use super::changes::{
    NOBODY, News, changes_table, kind_word, place_of, problem_table, unmatched_table, why_asked,
};
use super::go_instead;
use super::resolve::{ResolveForm, is_recorded_twice};
use super::words::Listed;
use crate::address;
use crate::api::{self, Answer};
use crate::asked::Asked;
use crate::components::{
    Back, Button, Dialog, Field, FieldKind, Form, Loaded, Look, PageShell, Paging, Table,
    focus_heading,
};
use crate::state::draft::{Wizard, use_wizard};
use crate::state::here::Here;

/// Takes a new plan, with what is said about it.
type OnResolved = Callback<(PlanSummary, String)>;

/// A list as it is shown, and what was last done on it.
#[derive(Clone, Copy)]
struct Shown {
    wizard: Wizard,
    people: Asked<(RunId, Page<PlanPerson>)>,
    news: RwSignal<Option<String>>,
    problem: RwSignal<Option<Problem>>,
}

impl Shown {
    /// Shows the new list, and says what was done.
    fn done(self, said: String) {
        self.problem.set(None);
        self.news.set(Some(said));
        self.people.refetch();
    }

    /// Hands a kept field back to the MIS.
    fn handing_back(self) -> Action<(PlanPerson, PersonField), ()> {
        let here = Here::now();
        Action::new_local(move |(person, field): &(PlanPerson, PersonField)| {
            let (name, account, field) = (person.name.clone(), person.account, *field);
            async move {
                let Some(account) = account else { return };
                let answer = hand_back(self.wizard, account, field).await;
                if here.is_left() {
                    return;
                }
                match answer {
                    Ok(()) => {
                        let label = field.label().to_lowercase();
                        self.done(format!(
                            "When you finish, the {label} of {name} becomes what your MIS says."
                        ));
                    }
                    // What the MIS said is now out of date.
                    Err(refused) if refused.kind == Kind::Stale => self.wizard.read_again(),
                    Err(refused) => self.problem.set(Some(refused)),
                }
            }
        })
    }
}

/// Answers a proposed username.
fn renaming(on_resolved: OnResolved, on_stale: Callback<Problem>) -> Renaming {
    let (wizard, here) = (use_wizard(), Here::now());
    Action::new_local(move |(run, answer, said): &(RunId, Rename, String)| {
        let (run, answer, said) = (*run, answer.clone(), said.clone());
        async move {
            let answer = api::rename(run, &answer).await;
            if here.is_left() {
                // The wizard goes on, by the new plan.
                answer.into_iter().for_each(|plan| wizard.set_plan(plan));
                return;
            }
            match answer {
                Ok(plan) => on_resolved.run((plan, said)),
                Err(refused) => on_stale.run(refused),
            }
        }
    })
}

/// Makes someone a possible duplicate again.
fn asking_again(on_resolved: OnResolved, on_stale: Callback<Problem>) -> AskingAgain {
    let (wizard, here) = (use_wizard(), Here::now());
    Action::new_local(move |(run, person): &(RunId, PlanPerson)| {
        let (run, seq, name) = (*run, person.seq, person.name.clone());
        async move {
            let undecided = Resolve { seq, resolution: Resolution::Undecided };
            let answer = api::resolve(run, &undecided).await;
            if here.is_left() {
                // The wizard goes on, by the new plan.
                answer.into_iter().for_each(|plan| wizard.set_plan(plan));
                return;
            }
            match answer {
                Ok(plan) => {
                    on_resolved.run((plan, format!("{name} is a possible duplicate again.")));
                }
                Err(refused) => on_stale.run(refused),
            }
        }
    })
}

/// The page of a list.
#[component]
pub fn SummaryList(listed: Listed) -> impl IntoView {
    let wizard = use_wizard();
    let asked = asked_for(listed);
    let people = Asked::new(move || {
        let asked = asked.get();
        async move {
            let run = wizard.planned_run().await?;
            api::run_people(run, &asked).await.map(|page| (run, page))
        }
    });
    let (news, problem) = (RwSignal::new(None), RwSignal::new(None));
    let shown = Shown { wizard, people, news, problem };
    let resolving = RwSignal::new(None::<(RunId, PlanPerson)>);
    // A new plan has new people in new places.
    let on_resolved = Callback::new(move |(plan, said): (PlanSummary, String)| {
        wizard.set_plan(plan);
        shown.done(said);
    });
    let remake = Action::new_local(move |(): &()| async move {
        match wizard.make_plan().await {
            Ok(_) => people.refetch(),
            Err(failed) => problem.set(Some(failed)),
        }
    });
    let on_stale = Callback::new(move |refused| {
        problem.set(Some(refused));
        remake.dispatch(());
    });
    let hand_back = shown.handing_back();
    let renaming = renaming(on_resolved, on_stale);
    let asking_again = asking_again(on_resolved, on_stale);
    let (title, about) = listed.words();
    let show = move |(run, page): (RunId, Page<PlanPerson>)| {
        paged(run, listed.address(), asked.get_untracked(), page, |people| match listed {
            Listed::List(PlanList::Problem) => problem_table(people, run, title),
            Listed::List(PlanList::PossibleDuplicate) => {
                duplicates_table(people, Some((run, resolving)))
            }
            Listed::List(PlanList::Unmatched) => unmatched_table(people, title),
            Listed::Kept => kept_table(people, title, Some(hand_back)),
            _ => changes_table(people, title, |person| {
                let rename = person
                    .proposed
                    .as_ref()
                    .map(|proposed| rename_buttons(run, person, proposed, renaming));
                // Someone who was resolved can be looked at again.
                let change =
                    person.is_answered.then(|| ask_again_button(run, person, asking_again));
                view! { {change} {rename} }.into_any()
            }),
        })
    };
    view! {
        <PageShell
            title=title
            wide=true
            back=Back::to(address::SUMMARY, "Back to the summary")
            problem
        >
            <p class="lead">{about}</p>
            {move || news.get().map(|news| view! { <News news/> })}
            <Filter path=listed.address() asked/>
            <Loaded resource=people children=show/>
            <ResolveDialog resolving on_resolved on_stale/>
        </PageShell>
    }
}

/// Who of a list is asked for, by the page's address.
pub fn asked_for(listed: Listed) -> Memo<PlanQuery> {
    let query = query_here();
    Memo::new(move |_| {
        query.with(|query| PlanQuery {
            list: match listed {
                Listed::List(list) => Some(list),
                Listed::Warnings | Listed::Kept => None,
            },
            kind: query.get("kind").and_then(|kind| PersonKind::from_code(&kind)),
            q: query.get("q").filter(|q| !q.is_empty()),
            warnings: listed == Listed::Warnings,
            kept_fields: listed == Listed::Kept,
            page: query.get("page").and_then(|page| page.parse().ok()),
        })
    })
}

/// The query of the address that this page is at. Of pages that share a route the router's own is still
/// that of the page before; and once another page is asked for, this one keeps its own.
fn query_here() -> Memo<ParamsMap> {
    let Location { pathname, query, .. } = use_location();
    let own = pathname.get_untracked();
    Memo::new(move |before: Option<&ParamsMap>| match before {
        Some(before) if pathname.with(|path| *path != own) => before.clone(),
        _ => query.get(),
    })
}

/// A page of the list at a path, with the links to the others. Past the last page it goes to that.
pub fn paged(
    run: RunId,
    path: String,
    asked: PlanQuery,
    page: Page<PlanPerson>,
    table: impl FnOnce(Vec<PlanPerson>) -> AnyView,
) -> AnyView {
    let pages = page.pages();
    if page.page > pages {
        go_instead(&address(&path, &asked, pages));
        return ().into_any();
    }
    if page.total == 0 && (asked.q.is_some() || asked.kind.is_some()) {
        return view! {
            <p class="empty">
                "No one in this list matches. "
                <a href=path on:click=|_| focus_heading()>
                    "Show everyone in this list"
                </a>
            </p>
        }
        .into_any();
    }
    let csv = api::run_people_csv(run, &asked);
    view! {
        {table(page.rows)}
        <Paging
            page=page.page
            page_size=page.page_size
            total=page.total
            csv
            href=Callback::new(move |page| address(&path, &asked, page))
        />
    }
    .into_any()
}

/// The address of a page of the list at a path.
fn address(path: &str, query: &PlanQuery, page: u32) -> String {
    let mut address = format!("{path}?page={page}");
    if let Some(kind) = query.kind {
        address.push_str("&kind=");
        address.push_str(kind.code());
    }
    if let Some(q) = &query.q {
        address.push_str("&q=");
        address.push_str(&String::from(js_sys::encode_uri_component(q)));
    }
    address
}

/// Pupils or staff, and a search by name, of the list at a path.
#[component]
pub fn Filter(
    /// The address of the list.
    path: String,
    /// What is asked for now.
    asked: Memo<PlanQuery>,
) -> impl IntoView {
    let navigate = use_navigate();
    let path = StoredValue::new(path);
    let q = RwSignal::new(String::new());
    // The address may change by Back or a link: the box shows what it says.
    Effect::new(move |_| q.set(asked.get().q.unwrap_or_default()));
    let submit = Callback::new(move |()| {
        let wanted = PlanQuery { q: Some(q.get_untracked()), ..asked.get_untracked() };
        navigate(
            &path.with_value(|path| address(path, &wanted, 1)),
            NavigateOptions { scroll: false, ..Default::default() },
        );
    });
    let link = move |kind: Option<PersonKind>, label: &'static str| {
        view! {
            <li>
                <a
                    href=move || {
                        path.with_value(|path| address(path, &PlanQuery { kind, ..asked.get() }, 1))
                    }
                    aria-current=move || (asked.get().kind == kind).then_some("true")
                >
                    {label}
                </a>
            </li>
        }
    };
    view! {
        <div class="filter">
            <nav aria-label="Who to show">
                <ul class="tabs">
                {link(None, "Everyone")}
                {link(Some(PersonKind::Pupil), "Pupils")}
                {link(Some(PersonKind::Staff), "Staff")}
                </ul>
            </nav>
            <Form on_submit=submit class="filter">
                <Field id="q" label="Find by name" value=q kind=FieldKind::Search/>
                <Button look=Look::Secondary>"Find"</Button>
            </Form>
        </div>
    }
}

/// Hands a field back, and makes the plan in which it follows the MIS.
async fn hand_back(wizard: Wizard, account: AccountId, field: PersonField) -> Answer<()> {
    api::hand_back(account, HandBack { field }).await?;
    wizard.make_plan().await.map(drop)
}

/// What is kept and what the MIS says, a row for each field; with the way to hand it back, where
/// there is one.
pub fn kept_table(
    people: Vec<PlanPerson>,
    caption: &'static str,
    hand_back: Option<Action<(PlanPerson, PersonField), ()>>,
) -> AnyView {
    let rows = people
        .into_iter()
        .flat_map(|person| {
            person.kept.clone().into_iter().map(move |kept| {
                let who = format!("{} {}", kind_word(person.kind), place_of(&person));
                let name = match person.account {
                    Some(account) => {
                        let href = address::person(account);
                        view! { <a href=href>{person.name.clone()}</a> }.into_any()
                    }
                    None => person.name.clone().into_any(),
                };
                let text = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned()).into_any();
                let label = kept.field.label();
                let about = format!("as the {} of {}", label.to_lowercase(), person.name);
                let button = hand_back.map(|hand_back| {
                    let person = person.clone();
                    let press = Callback::new(move |()| {
                        hand_back.dispatch((person.clone(), kept.field));
                    });
                    view! {
                        <Button
                            look=Look::Secondary
                            about=about
                            on_press=press
                            busy=hand_back.pending()
                        >
                            "Use what your MIS says"
                        </Button>
                    }
                    .into_any()
                });
                let cells = [
                    view! { <strong>{name}</strong> <span class="row-sub">{who}</span> }.into_any(),
                    label.into_any(),
                    text(kept.before),
                    text(kept.after),
                ];
                cells.into_iter().chain(button).collect()
            })
        })
        .collect();
    let button = hand_back.map(|_| "");
    let columns = ["Person", "Detail", "Kept as you set it", "Your MIS says"];
    view! {
        <Table
            caption=caption
            caption_is_hidden=true
            columns=columns.into_iter().chain(button).collect()
            rows=rows
            empty=NOBODY
        />
    }
    .into_any()
}

/// Answers a proposed username, with what is said when that is done.
type Renaming = Action<(RunId, Rename, String), ()>;

/// Asks again who someone is.
type AskingAgain = Action<(RunId, PlanPerson), ()>;

/// The answers to a proposed username that change what was said to it.
fn rename_buttons(
    run: RunId,
    person: &PlanPerson,
    proposed: &ProposedUsername,
    renaming: Renaming,
) -> AnyView {
    let ProposedUsername { username, now, answer } = proposed.clone();
    let (seq, name) = (person.seq, person.name.clone());
    let button = |given: RenameAnswer, label: String, said: String| {
        let (username, about) = (username.clone(), format!("({name})"));
        let on_press = Callback::new(move |()| {
            let answer = Rename { seq, username: username.clone(), answer: given };
            renaming.dispatch((run, answer, said.clone()));
        });
        (answer != Some(given)).then(|| {
            view! {
                <Button look=Look::Secondary about busy=renaming.pending() on_press>
                    {label}
                </Button>
            }
        })
    };
    let rename = button(
        RenameAnswer::Rename,
        format!("Rename to {username}"),
        format!(
            "{name} will become {username} when you finish, and keeps the password they have. {now} is not given to anyone else."
        ),
    );
    let keep = button(
        RenameAnswer::Keep,
        format!("Keep {now}"),
        format!("{name} keeps {now}, and you are not asked again."),
    );
    view! { <div class="button-row">{rename} {keep}</div> }.into_any()
}

/// Whose possible duplicate is being resolved.
type Resolving = RwSignal<Option<(RunId, PlanPerson)>>;

/// Who may have an account already; with the way to resolve it, where there is one.
pub fn duplicates_table(people: Vec<PlanPerson>, resolving: Option<(RunId, Resolving)>) -> AnyView {
    let rows = people
        .into_iter()
        .map(|person| {
            let who = format!("{} {}", kind_word(person.kind), place_of(&person));
            let accounts = person
                .candidates
                .iter()
                .map(|candidate| {
                    let year = candidate.year.map(|year| year.to_string());
                    let place: Vec<String> =
                        year.into_iter().chain(candidate.class.clone()).collect();
                    view! {
                        <p>
                            {candidate.name.clone()} " "
                            <code class="credential">{candidate.username.clone()}</code>
                            <span class="row-sub">{place.join(" · ")}</span>
                        </p>
                    }
                })
                .collect_view();
            let rule = why_asked(&person);
            let cells = [
                view! { <strong>{person.name.clone()}</strong> <span class="row-sub">{who}</span> }
                    .into_any(),
                view! { <div>{accounts}</div> }.into_any(),
                rule.into_any(),
            ];
            let button = resolving.map(|(run, resolving)| resolve_button(run, person, resolving));
            cells.into_iter().chain(button).collect()
        })
        .collect();
    let button = resolving.map(|_| "");
    view! {
        <Table
            caption="Possible duplicates"
            caption_is_hidden=true
            columns=["In your MIS", "Existing account", "Why we ask"].into_iter().chain(button).collect()
            rows=rows
            empty="There are no possible duplicates left to resolve."
        />
    }
    .into_any()
}

fn resolve_button(run: RunId, person: PlanPerson, resolving: Resolving) -> AnyView {
    let about = person.name.clone();
    let on_press = Callback::new(move |()| resolving.set(Some((run, person.clone()))));
    view! {
        <Button look=Look::Secondary about=about on_press>
            "Resolve"
        </Button>
    }
    .into_any()
}

/// Takes an answer back, so that it can be given once more.
fn ask_again_button(run: RunId, person: &PlanPerson, asking_again: AskingAgain) -> AnyView {
    let person = person.clone();
    let about = person.name.clone();
    let on_press = Callback::new(move |()| {
        asking_again.dispatch((run, person.clone()));
    });
    view! {
        <Button look=Look::Secondary about=about on_press>
            "Change the answer"
        </Button>
    }
    .into_any()
}

/// The dialog in which one possible duplicate is resolved.
#[component]
fn ResolveDialog(
    resolving: Resolving,
    on_resolved: OnResolved,
    on_stale: Callback<Problem>,
) -> impl IntoView {
    let here = Here::now();
    let open = Signal::derive(move || resolving.with(Option::is_some));
    let title = Signal::derive(move || {
        let is_twice =
            resolving.with(|one| one.as_ref().is_some_and(|(_, person)| is_recorded_twice(person)));
        if is_twice { "One person, two accounts" } else { "Who is this?" }.to_owned()
    });
    let on_close = Callback::new(move |()| resolving.set(None));
    let take = Callback::new(move |answer| {
        resolving.set(None);
        on_resolved.run(answer);
    });
    let give_up = Callback::new(move |refused| {
        resolving.set(None);
        on_stale.run(refused);
    });
    view! {
        <Dialog id="resolve" open on_close title close_label="Close without saving">
            {move || {
                resolving
                    .get()
                    .map(|(run, person)| view! { <ResolveForm run person here on_resolved=take on_stale=give_up/> })
            }}
        </Dialog>
    }
}
