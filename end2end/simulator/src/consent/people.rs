//! Choosing people and groups to leave out. Meanwhile the authorisation is paused.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::Link;
use crate::{
    callback,
    form::Form,
    page::{Tone, button, not_found, notice, page},
    school::{GroupKind, Pupil, PupilStatus, School},
    state::Shared,
};

/// The part of the path that stands for the staff, where groups have their number.
const STAFF: &str = "staff";

/// Pauses the feed and opens the choice.
pub(super) async fn begin(State(shared): State<Arc<Shared>>, link: Link) -> Response {
    shared.change(|world| {
        if let Some(school) = world.schools.get_mut(&link.estab) {
            school.authorisation.paused = true;
        }
    });
    Redirect::to(&format!("{}/people", link.path())).into_response()
}

/// Ends the pause. The application is called back again (whether the real service does so is not
/// documented).
pub(super) async fn finish(State(shared): State<Arc<Shared>>, link: Link) -> Response {
    shared.change(|world| {
        if let Some(school) = world.schools.get_mut(&link.estab) {
            school.authorisation.paused = false;
        }
    });
    callback::send(&shared, &link.estab).await;
    link.back()
}

pub(super) async fn show_groups(State(shared): State<Arc<Shared>>, link: Link) -> Response {
    let world = shared.world();
    let Some(school) = world.schools.get(&link.estab) else {
        return not_found("There is no such school.").into_response();
    };
    groups_page(school, &link.path()).into_response()
}

fn groups_page(school: &School, path: &str) -> Markup {
    let authorisation = &school.authorisation;
    let of_kind = |kind| school.groups.iter().filter(move |group| group.kind == kind);
    let members = school.memberships();
    let left_out = |id: u32| {
        let pupils = members.get(&id).map(Vec::as_slice).unwrap_or_default();
        pupils.iter().filter(|pupil| authorisation.left_out_pupils.contains(&pupil.id)).count()
    };
    let body = html! {
        @if authorisation.paused {
            (notice(Tone::Plain, &html! {
                strong { "Sharing is paused. " } "It begins when you have finished choosing."
            }))
        }
        section {
            h2 { "Choose a group" }
            div class="wide" {
                table {
                    thead { tr { th scope="col" { "Group" } th scope="col" { "People" } th scope="col" { "Left out" } } }
                    tbody {
                        tr {
                            td { a href={ (path) "/people/" (STAFF) } { "Staff" } }
                            td { (school.current_staff().count()) }
                            td { (authorisation.left_out_staff.len()) }
                        }
                        @for group in of_kind(GroupKind::Year).chain(of_kind(GroupKind::Registration)) {
                            tr {
                                td { a href={ (path) "/people/" (group.id) } { (group.name) } }
                                td { (members.get(&group.id).map_or(0, Vec::len)) }
                                td {
                                    @if authorisation.left_out_groups.contains(&group.id) { "the whole group" }
                                    @else { (left_out(group.id)) }
                                }
                            }
                        }
                    }
                }
            }
        }
        (button(&format!("{path}/people/finish"), "Finish choosing people", ""))
    };
    page("Leave people out", &body)
}

pub(super) async fn show_group(
    State(shared): State<Arc<Shared>>,
    link: Link,
    Path((_, group)): Path<(String, String)>,
) -> Response {
    let world = shared.world();
    let Some(school) = world.schools.get(&link.estab) else {
        return not_found("There is no such school.").into_response();
    };
    let authorisation = &school.authorisation;
    if group == STAFF {
        let people = school.current_staff().map(|member| {
            (member.id, member.display_name(), authorisation.left_out_staff.contains(&member.id))
        });
        return group_page(&link.path(), &group, "Staff", None, people.collect()).into_response();
    }
    let found = group.parse().ok().and_then(|id| school.group(id));
    let Some(found) = found else {
        return not_found("There is no such group.").into_response();
    };
    let people = pupils_of(school, found.id).into_iter().map(|pupil| {
        (pupil.id, pupil.display_name(), authorisation.left_out_pupils.contains(&pupil.id))
    });
    let whole = Some(authorisation.left_out_groups.contains(&found.id));
    group_page(&link.path(), &group, &found.name, whole, people.collect()).into_response()
}

fn group_page(
    path: &str,
    group: &str,
    name: &str,
    whole: Option<bool>,
    people: Vec<(u32, String, bool)>,
) -> Markup {
    let body = html! {
        p { a href={ (path) "/people" } { "Back to all groups" } }
        section {
            form method="post" action={ (path) "/people/" (group) } {
                @if let Some(is_left_out) = whole {
                    fieldset {
                        legend { "The group" }
                        div class="choice" {
                            input type="checkbox" name="whole" id="whole" value="yes" checked[is_left_out];
                            label for="whole" { "Leave the whole group out" }
                        }
                    }
                }
                fieldset {
                    legend { "Tick anyone who is to be left out" }
                    @for (id, person, is_left_out) in &people {
                        div class="choice" {
                            input type="checkbox" name="person" id={ "person-" (id) } value=(id) checked[*is_left_out];
                            label for={ "person-" (id) } { (person) }
                        }
                    }
                }
                button { "Save" }
            }
        }
    };
    page(&format!("Leave people out: {name}"), &body)
}

pub(super) async fn save_group(
    State(shared): State<Arc<Shared>>,
    link: Link,
    Path((_, group)): Path<(String, String)>,
    form: Form,
) -> Response {
    let ticked: BTreeSet<u32> = form.all("person").filter_map(|id| id.parse().ok()).collect();
    shared.change(|world| {
        let Some(school) = world.schools.get_mut(&link.estab) else { return };
        if group == STAFF {
            school.authorisation.left_out_staff = ticked;
        } else if let Ok(id) = group.parse::<u32>() {
            let shown: Vec<u32> = pupils_of(school, id).iter().map(|pupil| pupil.id).collect();
            let authorisation = &mut school.authorisation;
            authorisation.left_out_pupils.retain(|id| !shown.contains(id));
            authorisation.left_out_pupils.extend(ticked);
            authorisation.left_out_groups.remove(&id);
            authorisation.left_out_groups.extend((form.text("whole") == "yes").then_some(id));
        }
    });
    Redirect::to(&format!("{}/people", link.path())).into_response()
}

fn pupils_of(school: &School, group: u32) -> Vec<&Pupil> {
    school
        .pupils
        .iter()
        .filter(|pupil| pupil.status == PupilStatus::OnRoll)
        .filter(|pupil| pupil.year_group == Some(group) || pupil.classes.contains(&group))
        .collect()
}
