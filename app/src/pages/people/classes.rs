//! The classes and the subject groups of the school.

use leptos::prelude::*;
use rollcall_shared::people::{ClassKind, ClassRow};

use super::{Lists, cell, origin};
use crate::api;
use crate::components::{Back, Loaded, PageShell, Row, Table};
use crate::state::asked::Asked;

/// The classes: registration groups.
#[component]
pub fn Classes() -> impl IntoView {
    let classes = Asked::new(api::classes);
    view! {
        <PageShell title="Classes" back=Back::to("/users", "Manage users") wide=true>
            <Lists/>
            <Loaded resource=classes let:classes>
                <Table
                    caption="Classes"
                    caption_is_hidden=true
                    columns=vec!["Class", "Pupils", "Staff", "From", ""]
                    rows=of_kind(classes, ClassKind::Class).map(class_row).collect()
                    empty="There are no classes yet. The MIS sync wizard makes them."
                />
            </Loaded>
        </PageShell>
    }
}

/// The subject groups: teaching groups that were ticked in the wizard.
#[component]
pub fn Groups() -> impl IntoView {
    let groups = Asked::new(api::classes);
    view! {
        <PageShell title="Subject groups" back=Back::to("/users", "Manage users") wide=true>
            <Lists/>
            <Loaded resource=groups let:groups>
                <Table
                    caption="Subject groups"
                    caption_is_hidden=true
                    columns=vec!["Group", "Subject", "Pupils", "Staff"]
                    rows=of_kind(groups, ClassKind::SubjectGroup).map(group_row).collect()
                    empty="There are no subject groups. In step 4 of the MIS sync wizard you can choose which to import."
                />
            </Loaded>
        </PageShell>
    }
}

fn of_kind(classes: Vec<ClassRow>, kind: ClassKind) -> impl Iterator<Item = ClassRow> {
    classes.into_iter().filter(move |class| class.kind == kind)
}

fn class_row(class: ClassRow) -> Row {
    let name = class.name;
    let actions = view! {
        <span class="actions">
            <a href=format!("/users/pupils?class={}", class.id)>
                "Pupils" <span class="visually-hidden">" of " {name.clone()}</span>
            </a>
            <a href=format!("/cards?class={}", class.id)>
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
