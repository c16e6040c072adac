//! A list of people: its filter is in the address, and the server pages it.

use std::cell::RefCell;

use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use rollcall_shared::ids::ClassId;
use rollcall_shared::page::Page;
use rollcall_shared::people::{ClassKind, PeopleQuery, PersonKind, PersonRow, ToPutRight};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::time::Day;
use rollcall_shared::year_group::YearGroup;

use crate::address::{self, Query};
use crate::api;
use crate::asked::Asked;
use crate::components::{
    Button, Field, FieldKind, Form, Loaded, Look, Notice, Paging, ProblemPanel, Row, Select, Table,
    Tone,
};
use crate::pages::wizard::go_instead;

/// The page of the list that the address asks for.
pub type PeoplePage = Asked<Page<PersonRow>>;

thread_local! {
    /// The address of the list that was shown last, with its filter.
    static LAST_SHOWN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The address of a list, with the filter it had when it was shown last.
pub fn as_last_shown(list: &'static str) -> String {
    LAST_SHOWN.with_borrow(|last| {
        let is_of_list = last.split('?').next() == Some(list);
        if is_of_list { last.clone() } else { list.to_owned() }
    })
}

/// Reads the filter from the address.
pub fn query_in_address(kind: Option<PersonKind>, trash: bool) -> Memo<PeopleQuery> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|query| PeopleQuery {
            kind: kind.or_else(|| query.get_str("kind").and_then(PersonKind::from_code)),
            trash,
            q: query.get("q").filter(|q| !q.is_empty()),
            year: query.get_str("year").and_then(YearGroup::from_slug),
            class: query.get_str("class").and_then(|class| class.parse().ok()),
            to_put_right: query.get_str("to_put_right").and_then(ToPutRight::from_code),
            purged_by: query.get("purged_by").filter(|day| is_day(day)).map(Day),
            page: query.get_str("page").and_then(|page| page.parse().ok()),
        })
    })
}

/// Whether a text is a day, as links have it: the server takes no filter from any other.
fn is_day(text: &str) -> bool {
    let is_right = |(place, c): (usize, char)| match place {
        4 | 7 => c == '-',
        _ => c.is_ascii_digit(),
    };
    text.len() == 10 && text.chars().enumerate().all(is_right)
}

/// Asks for the people the filter selects.
pub fn people(query: Memo<PeopleQuery>) -> PeoplePage {
    Asked::new(move || {
        let query = query.get();
        async move { api::people(&query).await }
    })
}

/// The address of this list with another filter.
fn address(path: &str, query: &PeopleQuery) -> String {
    Query::new()
        .text("q", query.q.as_deref())
        .value("year", query.year.map(YearGroup::slug))
        .value("class", query.class)
        .text("to_put_right", query.to_put_right.map(ToPutRight::code))
        .text("purged_by", query.purged_by.as_ref().map(|day| day.0.as_str()))
        .value("page", query.page.filter(|&page| page > 1))
        .on(path)
}

/// The filter above a list, and the list.
#[component]
pub fn PeopleList(
    /// The filter in the address.
    query: Memo<PeopleQuery>,
    /// The people it selects.
    people: PeoplePage,
    /// What the table lists.
    caption: &'static str,
    /// The headings of the columns.
    columns: &'static [&'static str],
    /// Shows a person.
    #[prop(into)]
    row: Callback<PersonRow, Row>,
    /// Shown when there is no one at all.
    empty: &'static str,
    /// Whether year and class are filtered by.
    #[prop(optional)]
    by_class: bool,
) -> impl IntoView {
    let path = use_location().pathname;
    let href = Callback::new(move |page: u32| {
        let wanted = PeopleQuery { page: Some(page), ..query.get_untracked() };
        path.with_untracked(|path| address(path, &wanted))
    });
    // A person's page leads back to the list as it was.
    Effect::new(move |_| {
        let shown = path.with_untracked(|path| query.with(|query| address(path, query)));
        LAST_SHOWN.set(shown);
    });
    let is_filtered = move || {
        query.with(|q| {
            q.q.is_some() || q.year.is_some() || q.class.is_some() || narrowed(q).is_some()
        })
    };
    let found = move || {
        let people = people.get()?.ok()?;
        Some(format!("{} found", people.total))
    };
    let show = move |people: Page<PersonRow>| {
        // Past the last page.
        if people.page > people.pages() {
            let wanted = PeopleQuery { page: Some(people.pages()), ..query.get_untracked() };
            go_instead(&path.with_untracked(|path| address(path, &wanted)));
            return ().into_any();
        }
        view! {
            <div class="stack">
                <Table
                    caption
                    caption_is_hidden=true
                    columns=columns.to_vec()
                    rows=people.rows.into_iter().map(|person| row.run(person)).collect()
                    empty=if is_filtered() { "No one matches. Try part of a name, or clear the search." } else { empty }
                />
                <Paging
                    page=people.page
                    page_size=people.page_size
                    total=people.total
                    href
                    csv=query.with_untracked(api::people_csv)
                />
            </div>
        }
        .into_any()
    };
    // The list without the filter that a link has set.
    let whole = move || path.get();
    view! {
        {move || query.with(narrowed).map(|words| view! {
            <Notice>
                <p>{words} " " <a href=whole>"Show everyone"</a></p>
            </Notice>
        })}
        <Filter query by_class/>
        <p class="visually-hidden" role="status">{found}</p>
        <Loaded resource=people children=show/>
    }
}

/// What is said of a list that shows only people who need something put right.
fn narrowed(query: &PeopleQuery) -> Option<&'static str> {
    if query.purged_by.is_some() {
        return Some(
            "This list shows only people who will be deleted for good soon. Restore those who are to stay.",
        );
    }
    query.to_put_right.map(|what| match what {
        ToPutRight::Undelivered => {
            "This list shows only staff whose activation e-mail was not delivered. If an address is mistyped, open the person and correct it: a new e-mail is sent there."
        }
        ToPutRight::NotActivated => {
            "This list shows only staff who have not set a password yet. You can send them the activation e-mail again."
        }
        ToPutRight::NoEmail => {
            "This list shows only staff without an e-mail address. Without one, they can’t set a password: add it in your MIS, or open the person and type it in."
        }
        ToPutRight::NoClass => {
            "This list shows only pupils who are in no class. Put them in a class in your MIS, or open the pupil and choose one."
        }
        ToPutRight::NeverSignedIn => {
            "This list shows only pupils who have never signed in. They may need their login card."
        }
    })
}

/// The search box and the choices above a list; the answer is written into the address.
#[component]
fn Filter(query: Memo<PeopleQuery>, by_class: bool) -> impl IntoView {
    let navigate = use_navigate();
    let path = use_location().pathname;
    let q = RwSignal::new(String::new());
    let year = RwSignal::new(None::<YearGroup>);
    let class = RwSignal::new(None::<ClassId>);
    // The address may change by Back or a link: the fields show what it says.
    Effect::new(move |_| {
        let query = query.get();
        q.set(query.q.unwrap_or_default());
        year.set(query.year);
        class.set(query.class);
    });
    let search = {
        let navigate = navigate.clone();
        Callback::new(move |()| {
            let wanted = PeopleQuery {
                q: Some(q.get_untracked().trim().to_owned()),
                year: year.get_untracked(),
                class: class.get_untracked(),
                page: None,
                ..query.get_untracked()
            };
            let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
            navigate(&path.with_untracked(|path| address(path, &wanted)), options);
        })
    };
    let clear = Callback::new(move |()| {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&path.get_untracked(), options);
    });
    view! {
        <Form on_submit=search class="filter">
            <Field id="q" label="Search" value=q kind=FieldKind::Search/>
            {by_class.then(|| view! { <YearAndClass year class/> })}
            <Button>"Search"</Button>
            <Button look=Look::Secondary on_press=clear>
                "Clear"
            </Button>
        </Form>
    }
}

#[component]
fn YearAndClass(
    year: RwSignal<Option<YearGroup>>,
    class: RwSignal<Option<ClassId>>,
) -> impl IntoView {
    let classes = Asked::new(api::classes);
    view! {
        <Select
            id="year"
            label="Year"
            nothing="All years"
            choices=YearGroup::all().map(|year| (year, year.to_string())).collect()
            value=year
            on_choose=Callback::new(move |chosen| year.set(chosen))
        />
        // A drop-down needs its choices from the start: it appears with them.
        {move || {
            let classes = classes.get().and_then(Result::ok).unwrap_or_default();
            let choices: Vec<_> = classes
                .into_iter()
                .filter(|class| class.kind == ClassKind::Class)
                .map(|class| (class.id, class.name))
                .collect();
            view! {
                <Select
                    id="class"
                    label="Class"
                    nothing="All classes"
                    choices
                    value=class
                    on_choose=Callback::new(move |chosen| class.set(chosen))
                />
            }
        }}
    }
}

/// The outcome of something done to a row, shown above the list.
#[derive(Clone, PartialEq)]
pub enum Outcome {
    Done(String),
    Failed(Problem),
}

/// Shows the outcome of something done to a row; takes the focus, since the row may be gone.
#[component]
pub fn OutcomeNotice(
    /// The last outcome, if there is one.
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    move || outcome.get().map(|outcome| view! { <Said outcome/> })
}

#[component]
fn Said(outcome: Outcome) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    node.on_load(|node| {
        // Fails only where the page has gone already.
        let _ = node.focus();
    });
    let words = match outcome {
        Outcome::Done(words) => view! {
            <Notice tone=Tone::Success>
                <p>{words}</p>
            </Notice>
        }
        .into_any(),
        Outcome::Failed(problem) => {
            let is_of_connection = matches!(problem.kind, Kind::NotConnected | Kind::XodRefused);
            view! {
                <ProblemPanel problem/>
                {is_of_connection
                    .then(|| view! { <p><a href=address::SET_UP>"Go to the connection page"</a></p> })}
            }
            .into_any()
        }
    };
    view! {
        <div tabindex="-1" class="said stack" node_ref=node>
            {words}
        </div>
    }
}
