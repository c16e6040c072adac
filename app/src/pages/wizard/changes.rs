//! How changes are shown: the table of counts, and the before and after of one person.

use leptos::html;
use leptos::prelude::*;
use rollcall_shared::ids::RunId;
use rollcall_shared::people::{PersonKind, ProblemRef};
use rollcall_shared::plan::{
    Counts, FieldChange, GuardedPerson, PersonField, PlanList, PlanPerson, ProblemCode, Warning,
};

use super::words::{list_slug, list_words, number};
use crate::address;
use crate::components::{Notice, Row, Table, Tag, TagTone, Tone};

/// What has just been done. It takes the focus, since the button that did it is gone.
#[component]
pub fn News(news: String) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    node.on_load(|node| {
        // Fails only where the element is gone already.
        let _ = node.focus();
    });
    view! {
        <div tabindex="-1" node_ref=node>
            <Notice tone=Tone::Success>{news}</Notice>
        </div>
    }
}

/// The lists that count changes, in the order they are shown, with their counts.
const fn counted_lists(counts: &Counts) -> [(PlanList, u32); 7] {
    [
        (PlanList::Create, counts.created),
        (PlanList::Move, counts.moved),
        (PlanList::Update, counts.updated),
        (PlanList::Link, counts.linked),
        (PlanList::Restore, counts.restored),
        (PlanList::Leave, counts.left),
        (PlanList::Unchanged, counts.unchanged),
    ]
}

/// Whose lists the counts lead to.
#[derive(Clone, Copy)]
pub enum Lists {
    /// Of the plan that waits for Finish.
    Plan,
    /// Of a run: those whom it leaves as they are, it only counts.
    Run(RunId),
}

impl Lists {
    fn address(self, list: PlanList) -> Option<String> {
        match self {
            Self::Plan => Some(address::summary_list(&list_slug(list))),
            Self::Run(_) if list == PlanList::Unchanged => None,
            Self::Run(run) => Some(format!("{}/{}", address::run_lists(run), list_slug(list))),
        }
    }
}

/// How many pupils and staff stand under each change, with links to the lists.
pub fn counts_table(
    caption: &'static str,
    heading: &'static str,
    pupils: &Counts,
    staff: &Counts,
    lists: Lists,
) -> AnyView {
    let rows: Vec<Row> = counted_lists(pupils)
        .into_iter()
        .zip(counted_lists(staff))
        // That no one leaves is worth showing.
        .filter(|((list, pupils), (_, staff))| pupils + staff > 0 || *list == PlanList::Leave)
        .map(|((list, pupils), (_, staff))| {
            vec![
                list_words(list).0.into_any(),
                count(list, PersonKind::Pupil, pupils, lists),
                count(list, PersonKind::Staff, staff, lists),
            ]
        })
        .collect();
    view! {
        <Table
            caption=caption
            caption_is_hidden=true
            columns=vec![heading, "Pupils", "Staff"]
            rows=rows
            empty="There is no one in this list."
        />
    }
    .into_any()
}

fn count(list: PlanList, kind: PersonKind, count: u32, lists: Lists) -> AnyView {
    let text = number(u64::from(count));
    let Some(address) = lists.address(list).filter(|_| count > 0) else { return text.into_any() };
    let about = match kind {
        PersonKind::Pupil => " pupils: ",
        PersonKind::Staff => " staff: ",
    };
    view! {
        <a class="count" href=format!("{address}?kind={}", kind.code())>
            {text}
            <span class="visually-hidden">{about} {list_words(list).0}</span>
        </a>
    }
    .into_any()
}

/// Everyone in a list with what changes and why, and what can be done about it.
pub fn changes_table(
    people: Vec<PlanPerson>,
    caption: &'static str,
    actions: impl Fn(&PlanPerson) -> AnyView,
) -> AnyView {
    let rows = people
        .into_iter()
        .map(|person| {
            let actions = actions(&person);
            vec![
                person_cell(&person),
                view! { <code class="credential">{person.username.clone()}</code> }.into_any(),
                field_changes(&person.fields),
                view! { <div>{person.rule.clone()} {warnings(&person.warnings)} {actions}</div> }
                    .into_any(),
            ]
        })
        .collect();
    view! {
        <Table
            caption=caption
            caption_is_hidden=true
            columns=vec!["Person", "Username", "What changes", "Why"]
            rows=rows
            empty=NOBODY
        />
    }
    .into_any()
}

/// The people a guard is about, each with the fields of their account as they are and as they would
/// be.
pub fn guarded_table(people: &[GuardedPerson]) -> AnyView {
    let rows = people
        .iter()
        .map(|person| {
            let href = address::person(person.account);
            let side = |of: fn(&FieldChange) -> &Option<String>| {
                let items = person
                    .fields
                    .iter()
                    .map(|change| {
                        let value = of(change).clone().unwrap_or_else(|| "none".to_owned());
                        view! {
                            <li>
                                <span class="field-name">{change.field.label()} ": "</span>
                                {value}
                            </li>
                        }
                    })
                    .collect_view();
                view! { <ul class="changes">{items}</ul> }.into_any()
            };
            vec![
                view! { <a href=href>{person.name.clone()}</a> }.into_any(),
                side(|change| &change.before),
                side(|change| &change.after),
            ]
        })
        .collect();
    view! {
        <Table
            caption="Whose account it is now, and whose it would be"
            columns=vec!["Account of", "Now", "Afterwards"]
            rows=rows
            empty=NOBODY
        />
    }
    .into_any()
}

/// The accounts that no one in the MIS matches.
pub fn unmatched_table(people: Vec<PlanPerson>, caption: &'static str) -> AnyView {
    let rows = people
        .into_iter()
        .map(|person| {
            vec![
                person_cell(&person),
                view! { <code class="credential">{person.username.clone()}</code> }.into_any(),
            ]
        })
        .collect();
    view! {
        <Table
            caption=caption
            caption_is_hidden=true
            columns=vec!["Account of", "Username"]
            rows=rows
            empty=NOBODY
        />
    }
    .into_any()
}

/// A person's name and place, linked to their page if they have an account.
fn person_cell(person: &PlanPerson) -> AnyView {
    let who = format!("{} {}", kind_word(person.kind), place_of(person));
    let name = person.name.clone();
    let name = match person.account {
        Some(account) => view! { <a href=address::person(account)>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    view! { <strong>{name}</strong> <span class="row-sub">{who}</span> }.into_any()
}

/// Why we ask who someone is.
pub fn why_asked(person: &PlanPerson) -> String {
    if person.is_sure {
        "Same name, no one else with that name in your MIS or here, same class or expected year, and nothing to suggest otherwise"
            .to_owned()
    } else {
        person.rule.clone()
    }
}

/// Shown in an empty list.
pub const NOBODY: &str = "There is no one in this list.";

/// The fields of a person that change, before and after.
pub fn field_changes(fields: &[FieldChange]) -> AnyView {
    // MIS ids mean nothing to people, unless they are all that changes.
    let is_number = |change: &&FieldChange| {
        matches!(change.field, PersonField::MisLink | PersonField::FormerUpn)
    };
    let says_more = fields.iter().any(|change| !is_number(&change));
    // For someone new the name is already in the row, and becoming active is obvious.
    let is_new = fields
        .iter()
        .any(|change| change.field == PersonField::Username && change.before.is_none());
    let is_said = |change: &&FieldChange| {
        is_new
            && matches!(
                change.field,
                PersonField::Status
                    | PersonField::Forename
                    | PersonField::Surname
                    | PersonField::Username
            )
    };
    let shown: Vec<&FieldChange> = fields
        .iter()
        .filter(|change| !(is_said(change) || says_more && is_number(change)))
        .collect();
    if shown.is_empty() {
        return ().into_any();
    }
    let items = shown
        .into_iter()
        .map(|change| {
            let label = change.field.label();
            match (change.before.clone(), change.after.clone()) {
                (Some(before), Some(after)) => view! {
                    <li>
                        {label} ": " <del><span class="visually-hidden">"from "</span>{before}</del>
                        <span aria-hidden="true">" → "</span>
                        <ins><span class="visually-hidden">" to "</span>{after}</ins>
                    </li>
                }
                .into_any(),
                (None, Some(after)) => {
                    view! { <li>{label} ": " <ins>{after}</ins></li> }.into_any()
                }
                (Some(before), None) => {
                    view! { <li>{label} ": " <del>{before}</del> " (removed)"</li> }.into_any()
                }
                (None, None) => view! { <li>{label}</li> }.into_any(),
            }
        })
        .collect_view();
    view! { <ul class="changes">{items}</ul> }.into_any()
}

/// What is worth checking about a person.
pub fn warnings(warnings: &[Warning]) -> AnyView {
    warnings
        .iter()
        .map(|warning| view! { <p class="row-warning">{warning.message.clone()}</p> })
        .collect_view()
        .into_any()
}

/// A person's year group and class in a line; staff have neither, or classes only.
pub fn place_of(person: &PlanPerson) -> String {
    let year = person.year.map(|year| year.to_string());
    year.into_iter().chain(person.class.clone()).collect::<Vec<_>>().join(" · ")
}

pub const fn kind_word(kind: PersonKind) -> &'static str {
    match kind {
        PersonKind::Pupil => "Pupil",
        PersonKind::Staff => "Staff",
    }
}

/// Who cannot be imported, why, and how to put it right. For staff, and for pupils who have no year
/// group, with the link to add them by hand.
pub fn problem_table(people: Vec<PlanPerson>, run: RunId, caption: &'static str) -> AnyView {
    let rows = people
        .into_iter()
        .map(|person| {
            let place = place_of(&person);
            let code = person.problem.as_ref().map(|problem| problem.code);
            let is_addable =
                person.kind == PersonKind::Staff || code == Some(ProblemCode::NoYearGroup);
            let by_hand = is_addable.then(|| {
                if person.account.is_some() {
                    return view! { <Tag tone=TagTone::Good>"Has an account"</Tag> }.into_any();
                }
                let from = ProblemRef { run, seq: person.seq };
                view! {
                    <a href=address::add_from_problem(person.kind, from)>
                        "Add by hand" <span class="visually-hidden">" " {person.name.clone()}</span>
                    </a>
                }
                .into_any()
            });
            let who = format!("{} {place}", kind_word(person.kind));
            let (reason, fix) =
                person.problem.map(|problem| (problem.reason, problem.fix)).unwrap_or_default();
            vec![
                view! { <strong>{person.name}</strong> <span class="row-sub">{who}</span> }
                    .into_any(),
                reason.into_any(),
                view! { <div>{fix} " " {by_hand}</div> }.into_any(),
            ]
        })
        .collect();
    view! {
        <Table
            caption=caption
            caption_is_hidden=true
            columns=vec!["Person", "Why not", "How to put it right"]
            rows=rows
            empty="No one has a problem."
        />
    }
    .into_any()
}
