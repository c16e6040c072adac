//! How changes are shown: the table of counts, and the before and after of one person.

use leptos::html;
use leptos::prelude::*;
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::{
    Counts, FieldChange, GuardedPerson, PersonField, PlanList, PlanPerson, ProblemCode, Warning,
};

use super::words::{list_slug, list_words, number};
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

/// How many pupils and staff stand under each change; with links to the lists below an address,
/// where there are any to look at.
pub fn counts_table(
    caption: &'static str,
    heading: &'static str,
    pupils: &Counts,
    staff: &Counts,
    lists: Option<&str>,
) -> AnyView {
    let rows: Vec<Row> = counted_lists(pupils)
        .into_iter()
        .zip(counted_lists(staff))
        // That nobody leaves is worth saying.
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
            empty="Nobody is in this."
        />
    }
    .into_any()
}

fn count(list: PlanList, kind: PersonKind, count: u32, lists: Option<&str>) -> AnyView {
    let text = number(u64::from(count));
    let Some(lists) = lists.filter(|_| count > 0) else { return text.into_any() };
    let about = match kind {
        PersonKind::Pupil => " pupils: ",
        PersonKind::Staff => " staff: ",
    };
    view! {
        <a class="count" href=format!("{lists}/{}?kind={}", list_slug(list), kind.code())>
            {text}
            <span class="visually-hidden">{about} {list_words(list).0}</span>
        </a>
    }
    .into_any()
}

/// Everybody of a list with what changes and why, and what can be done about it.
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
            let href = format!("/users/people/{}", person.account);
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

/// The accounts that nobody in the MIS was matched to.
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

/// Who somebody is, with the way to their page where they have an account.
fn person_cell(person: &PlanPerson) -> AnyView {
    let who = format!("{} {}", kind_word(person.kind), place_of(person));
    let name = person.name.clone();
    let name = match person.account {
        Some(account) => view! { <a href=format!("/users/people/{account}")>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    view! { <strong>{name}</strong> <span class="row-sub">{who}</span> }.into_any()
}

/// Why it is asked who somebody is.
pub fn why_asked(person: &PlanPerson) -> String {
    if person.is_sure {
        "Same name, the only one on both sides, same class or expected year, and nothing against it"
            .to_owned()
    } else {
        person.rule.clone()
    }
}

/// What stands in an empty list.
pub const NOBODY: &str = "There is nobody in this list.";

/// The fields of a person that change, before and after.
pub fn field_changes(fields: &[FieldChange]) -> AnyView {
    // What an MIS calls somebody says nothing to people, unless it is all that changes.
    let is_number = |change: &&FieldChange| {
        matches!(change.field, PersonField::MisLink | PersonField::FormerUpn)
    };
    let says_more = fields.iter().any(|change| !is_number(&change));
    // Of somebody new the name stands beside this, and that they become active goes without saying.
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

/// What is worth a look about a person.
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
/// group, there is the way by hand.
pub fn problem_table(
    people: Vec<PlanPerson>,
    run: rollcall_shared::ids::RunId,
    caption: &'static str,
) -> AnyView {
    let rows = people
        .into_iter()
        .map(|person| {
            let place = place_of(&person);
            let page = match (person.kind, person.problem.as_ref().map(|problem| problem.code)) {
                (PersonKind::Staff, _) => Some("staff"),
                (PersonKind::Pupil, Some(ProblemCode::NoYearGroup)) => Some("pupils"),
                (PersonKind::Pupil, _) => None,
            };
            let by_hand = page.map(|page| {
                if person.account.is_some() {
                    return view! { <Tag tone=TagTone::Good>"Has an account"</Tag> }.into_any();
                }
                view! {
                    <a href=format!("/users/{page}/new?run={run}&seq={}", person.seq)>
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
            empty="There is nobody with a problem."
        />
    }
    .into_any()
}
