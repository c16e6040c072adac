//! Manage users: the lists of people, of classes and of groups, and what can be done to a row.

pub mod add_pupil;
pub mod add_staff;
pub mod classes;
mod edit_person;
mod fields;
mod from_mis;
mod from_problem;
mod keep_out;
pub(super) mod list;
pub mod person;
pub mod pupils;
pub mod staff;
mod staff_classes;
pub mod trash;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use rollcall_shared::people::PersonRow;

use crate::address;
use crate::components::{Tag, TagTone};
use crate::dates;

/// The links between the lists.
#[component]
fn Lists() -> impl IntoView {
    let path = use_location().pathname;
    let link = move |href: &'static str, label: &'static str| {
        let is_here = move || path.with(|path| path == href).then_some("page");
        view! {
            <li>
                <a href=href aria-current=is_here>
                    {label}
                </a>
            </li>
        }
    };
    view! {
        <nav aria-label="Lists">
            <ul class="tabs">
                {link(address::PUPILS, "Pupils")} {link(address::STAFF, "Staff")}
                {link(address::CLASSES, "Classes")} {link(address::GROUPS, "Subject groups")}
                {link(address::TRASH, "Trash")}
            </ul>
        </nav>
    }
}

fn name_of(person: &PersonRow) -> String {
    // One of the two may be missing.
    format!("{} {}", person.forename, person.surname).trim().to_owned()
}

/// The name, which leads to the person's page.
fn link_to(person: &PersonRow) -> AnyView {
    view! { <a href=address::person(person.id)>{name_of(person)}</a> }.into_any()
}

/// Whether a member of staff has set a password.
fn activation(is_activated: bool) -> AnyView {
    if is_activated {
        view! { <Tag tone=TagTone::Good>"Active"</Tag> }.into_any()
    } else {
        view! { <Tag tone=TagTone::Attention>"No password yet"</Tag> }.into_any()
    }
}

/// What is said beside a name: that the sign-in is blocked, or when someone who is not on roll yet
/// starts. Nothing of most.
fn standing_tags(person: &PersonRow) -> Option<AnyView> {
    let blocked = person.blocked.then(|| {
        view! { " " <Tag tone=TagTone::Attention>"Sign-in blocked"</Tag> }
    });
    let waiting = person.waiting.as_ref().map(|waiting| {
        let words = waiting.starts_on.as_ref().map_or_else(
            || "Not on roll yet".to_owned(),
            |first| format!("Starts {}", dates::day(first)),
        );
        view! { " " <Tag>{words}</Tag> }
    });
    (blocked.is_some() || waiting.is_some()).then(|| view! { {blocked} {waiting} }.into_any())
}

/// Where an account comes from.
fn origin(is_linked: bool) -> AnyView {
    if is_linked {
        view! { <Tag tone=TagTone::Accent>"MIS"</Tag> }.into_any()
    } else {
        view! { <Tag>"By hand"</Tag> }.into_any()
    }
}

fn credential(text: String) -> AnyView {
    view! { <span class="credential">{text}</span> }.into_any()
}

/// A text that may be missing, as a cell.
fn cell(text: Option<String>) -> AnyView {
    text.unwrap_or_else(|| "–".to_owned()).into_any()
}
