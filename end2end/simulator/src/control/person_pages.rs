//! The pages on which a person's record is changed as in the MIS.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::pages::{group_choice, yes_or_no};
use crate::{
    form::WantsPage,
    page::{button, not_found, page, text_field},
    school::{GroupKind, Pupil, School, Staff},
    state::Shared,
};

/// `GET …/students/{id}`: a form for one pupil.
pub(super) async fn pupil(
    State(shared): State<Arc<Shared>>,
    wants: WantsPage,
    Path((estab, id)): Path<(String, u32)>,
) -> Response {
    let world = shared.world();
    let found = world.schools.get(&estab).and_then(|school| Some((school, school.pupil(id)?)));
    match found {
        Some((_, pupil)) if !wants.0 => Json(pupil).into_response(),
        Some((school, pupil)) => pupil_page(school, pupil).into_response(),
        None => not_found("There is no such pupil.").into_response(),
    }
}

fn pupil_page(school: &School, pupil: &Pupil) -> Markup {
    let at = format!("/_simulator/schools/{}", school.estab());
    let own = format!("{at}/students/{}", pupil.id);
    let body = html! {
        p { a href=(at) { (school.name) } }
        section {
            form method="post" action=(own) {
                (text_field("forename", "forename", "Forename", "text", &pupil.forename))
                (text_field("surname", "surname", "Surname", "text", &pupil.surname))
                (text_field("legal-forename", "legal_forename", "Legal forename", "text", &pupil.legal_forename))
                (text_field("legal-surname", "legal_surname", "Legal surname", "text", &pupil.legal_surname))
                (text_field("born", "born", "Date of birth", "date", &pupil.born.to_string()))
                (text_field("upn", "upn", "UPN", "text", pupil.upn.as_deref().unwrap_or_default()))
                (group_choice(school, GroupKind::Year, "year", "year_group", "Year group", pupil.year_group))
                (group_choice(school, GroupKind::Registration, "class", "class", "Class", pupil.classes.first().copied()))
                button { "Save" }
            }
        }
        (removal(&own))
    };
    page(&pupil.display_name(), &body)
}

/// `GET …/staff/{id}`: a form for one member of staff.
pub(super) async fn staff_member(
    State(shared): State<Arc<Shared>>,
    wants: WantsPage,
    Path((estab, id)): Path<(String, u32)>,
) -> Response {
    let world = shared.world();
    let found =
        world.schools.get(&estab).and_then(|school| Some((school, school.staff_member(id)?)));
    match found {
        Some((_, member)) if !wants.0 => Json(member).into_response(),
        Some((school, member)) => staff_page(school, member).into_response(),
        None => not_found("There is no such member of staff.").into_response(),
    }
}

fn staff_page(school: &School, member: &Staff) -> Markup {
    let at = format!("/_simulator/schools/{}", school.estab());
    let own = format!("{at}/staff/{}", member.id);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let teaches = if member.is_teacher { ["true", "false"] } else { ["false", "true"] };
    let words = if member.is_teacher { ["Yes", "No"] } else { ["No", "Yes"] };
    let body = html! {
        p { a href=(at) { (school.name) } }
        section {
            form method="post" action=(own) {
                (text_field("title", "title", "Title", "text", &member.title))
                (text_field("forename", "forename", "Forename", "text", &member.forename))
                (text_field("surname", "surname", "Surname", "text", &member.surname))
                (text_field("work-email", "work_email", "Work e-mail", "email", &text(&member.work_email)))
                (text_field("home-email", "home_email", "Home e-mail", "email", &text(&member.home_email)))
                (yes_or_no("teacher", "is_teacher", "Teacher", teaches, words))
                button { "Save" }
            }
        }
        (removal(&own))
    };
    page(&member.display_name(), &body)
}

fn removal(own: &str) -> Markup {
    html! {
        div class="row" {
            (button(&format!("{own}/remove?as=leaver"), "Has left", "bad"))
            (button(&format!("{own}/remove?as=vanished"), "Delete the record", "bad"))
        }
    }
}
