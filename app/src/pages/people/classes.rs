//! The classes and the subject groups of the school.

use leptos::prelude::*;
use rollcall_shared::people::{ClassKind, ClassRow};

use super::{Lists, cell, origin};
use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{Back, Field, FieldKind, Loaded, PageShell, Row, Table};

/// The classes: registration groups.
#[component]
pub fn Classes() -> impl IntoView {
    let classes = Asked::new(api::classes);
    let wanted = RwSignal::new(String::new());
    view! {
        <PageShell title="Classes" back=Back::to(address::USERS, "Manage users") wide=true>
            <Lists/>
            <Find wanted/>
            <Loaded resource=classes let:classes>
                {move || view! { <Table
                    caption="Classes"
                    caption_is_hidden=true
                    columns=vec!["Class", "Pupils", "Staff", "From", ""]
                    rows=found(&classes, ClassKind::Class, &wanted.get()).map(class_row).collect()
                    empty=if wanted.get().is_empty() { "There are no classes yet. The MIS sync wizard creates them." } else { NOTHING_FITS }
                /> }}
            </Loaded>
        </PageShell>
    }
}

/// The subject groups: teaching groups that were ticked in the wizard.
#[component]
pub fn Groups() -> impl IntoView {
    let groups = Asked::new(api::classes);
    let wanted = RwSignal::new(String::new());
    view! {
        <PageShell title="Subject groups" back=Back::to(address::USERS, "Manage users") wide=true>
            <Lists/>
            <Find wanted/>
            <Loaded resource=groups let:groups>
                {move || view! { <Table
                    caption="Subject groups"
                    caption_is_hidden=true
                    columns=vec!["Group", "Subject", "Pupils", "Staff"]
                    rows=found(&groups, ClassKind::SubjectGroup, &wanted.get()).map(group_row).collect()
                    empty=if wanted.get().is_empty() { "There are no subject groups. In step 4 of the MIS sync wizard you can choose which to import." } else { NOTHING_FITS }
                /> }}
            </Loaded>
        </PageShell>
    }
}

const NOTHING_FITS: &str = "No matches. Try part of a name.";

/// The search above a list; a school has few enough classes to search them here.
#[component]
fn Find(wanted: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="filter">
            <Field
                id="q"
                label="Search by name, subject or staff"
                value=wanted
                kind=FieldKind::Search
            />
        </div>
    }
}

/// The classes of a kind whose name, subject or staff contain the words.
fn found(
    classes: &[ClassRow],
    kind: ClassKind,
    wanted: &str,
) -> impl Iterator<Item = ClassRow> + use<> {
    let wanted = wanted.trim().to_lowercase();
    classes
        .iter()
        .filter(|class| class.kind == kind)
        .filter(|class| {
            let subject = class.subject.iter();
            let texts = std::iter::once(&class.name).chain(subject).chain(&class.staff);
            wanted.is_empty() || texts.into_iter().any(|text| text.to_lowercase().contains(&wanted))
        })
        .cloned()
        .collect::<Vec<_>>()
        .into_iter()
}

fn class_row(class: ClassRow) -> Row {
    let name = class.name;
    let actions = view! {
        <span class="actions">
            <a href=address::pupils_of(class.id)>
                "Pupils" <span class="visually-hidden">" of " {name.clone()}</span>
            </a>
            <a href=address::cards_of_class(class.id)>
                "Login cards" <span class="visually-hidden">" of " {name.clone()}</span>
            </a>
        </span>
    };
    vec![
        name.into_any(),
        class.pupils.to_string().into_any(),
        cell(Some(class.staff.join(", ")).filter(|staff| !staff.is_empty())),
        origin(class.linked),
        actions.into_any(),
    ]
}

fn group_row(group: ClassRow) -> Row {
    vec![
        group.name.into_any(),
        cell(group.subject),
        group.pupils.to_string().into_any(),
        cell(Some(group.staff.join(", ")).filter(|staff| !staff.is_empty())),
    ]
}
