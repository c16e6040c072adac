//! The pages for people who try Rollcall out: the schools, what was e-mailed, and all the buttons.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::reply::{Refusal, school_json};
use crate::{
    config::Booleans,
    email::Email,
    form::WantsPage,
    page::{button, not_found, page, text_field},
    school::{GroupKind, School, Scope, Stage},
    state::Shared,
};

/// `GET /_simulator`: every school, and the e-mails.
pub(super) async fn overview(State(shared): State<Arc<Shared>>) -> Markup {
    let world = shared.world();
    let body = html! {
        p {
            "This stands in for the service that reads schools' management information systems. "
            "It reports schools' decisions to " code { (world.callback) } "."
        }
        @for school in world.schools.values() { (card(school)) }
        section {
            h2 { "Add a school" }
            form method="post" action="/_simulator/schools" {
                (text_field("new-estab", "estab", "School number (seven digits)", "text", ""))
                (text_field("new-name", "name", "Name (left empty, one is chosen)", "text", ""))
                (yes_or_no("new-unconnected", "unconnected", "Connected already", ["true", "false"], ["No", "Yes"]))
                button class="plain" { "Add this school" }
            }
        }
        h2 id="emails" { "E-mails" }
        @if world.emails.is_empty() { p { "None have been sent." } }
        @for email in world.emails.iter().rev() { (email_card(email)) }
    };
    page("Schools on Xporter on Demand", &body)
}

fn card(school: &School) -> Markup {
    let at = format!("/_simulator/schools/{}", school.estab());
    html! {
        article aria-labelledby={ "school-" (school.estab()) } {
            h2 id={ "school-" (school.estab()) } { a href=(at) { (school.name) } " (" (school.estab()) ")" }
            (facts(school))
            (actions(school, &at))
        }
    }
}

fn facts(school: &School) -> Markup {
    let authorisation = &school.authorisation;
    let scopes = school.granted_names();
    let on_roll = school.on_roll().count();
    let current = school.current_staff().count();
    let year = school.academic_year;
    html! {
        dl {
            dt { "State" }
            dd {
                (authorisation.stage.as_str())
                @if authorisation.paused { ", paused" }
                @if !authorisation.is_installed() { ", not installed" }
            }
            dt { "School year" } dd { (year) "/" (format!("{:02}", (year + 1) % 100)) }
            dt { "People" } dd { (on_roll) " pupils on roll, " (current) " current staff" }
            dt { "MIS" } dd { (school.mis) }
            @if authorisation.stage == Stage::Authorised {
                dt { "Shares" } dd { (scopes.join(", ")) }
                @if let Some(secret) = school.secret() { dt { "Secret" } dd { code { (secret) } } }
            }
            @if let Some(last) = authorisation.callbacks.last() {
                dt { "Last callback" }
                dd {
                    (last.at.format("%-d %B %Y, %H:%M:%S")) ": "
                    @match (&last.status, &last.error) {
                        (Some(status), _) => { "answered " (status) }
                        (None, error) => { (error.as_deref().unwrap_or("no answer")) }
                    }
                }
            }
        }
    }
}

fn actions(school: &School, at: &str) -> Markup {
    let authorisation = &school.authorisation;
    let is_authorised = authorisation.stage == Stage::Authorised;
    let action =
        |name: &str, label: &str, class: &str| button(&format!("{at}/{name}"), label, class);
    html! {
        @if let Some(path) = school.consent_path() {
            p { a href=(path) { "Open the consent page" } }
        }
        div class="row" {
            (action("advance-year", "Begin the next school year", "plain"))
            (action("change-mis", "Change to another MIS", "plain"))
            @if is_authorised {
                @if authorisation.paused { (action("resume", "Resume", "plain")) }
                @else { (action("pause", "Pause", "plain")) }
                @if !authorisation.is_installed() { (action("install", "Complete the installation", "plain")) }
                (action("callback", "Send the callback again", "plain"))
                (action("expire-tokens", "Expire all tokens", "plain"))
                (action("revoke", "Revoke the consent", "bad"))
            } @else {
                (action("authorise", "Approve everything", "plain"))
            }
        }
    }
}

fn email_card(email: &Email) -> Markup {
    html! {
        article {
            h3 { (email.subject) }
            dl {
                dt { "To" } dd { (email.to) }
                dt { "Sent" } dd { (email.sent_at.format("%-d %B %Y, %H:%M:%S")) }
                dt { "School" } dd { (email.estab) }
            }
            pre { (email.text) }
            @if let Some(link) = &email.link { p { a href=(link) { "Open the consent page" } } }
        }
    }
}

/// What to look for among the people of a school.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

/// `GET /_simulator/schools/{estab}`
pub(super) async fn school(
    State(shared): State<Arc<Shared>>,
    wants: WantsPage,
    Path(estab): Path<String>,
    Query(search): Query<Search>,
) -> Result<Response, Refusal> {
    let world = shared.world();
    let Some(school) = world.schools.get(&estab) else {
        if wants.0 {
            return Ok(not_found("There is no such school.").into_response());
        }
        return Err(Refusal::no_school(&estab));
    };
    if !wants.0 {
        return Ok(Json(school_json(&shared, school)).into_response());
    }
    let at = format!("/_simulator/schools/{estab}");
    let body = html! {
        p { a href="/_simulator" { "All schools" } }
        section { h2 { "Where things stand" } (facts(school)) (actions(school, &at)) }
        @if school.authorisation.stage == Stage::Authorised { (consent(school, &at)) }
        (dialect(school, &at))
        (found(school, &at, &search.q))
        section {
            h2 { "Add a pupil" }
            form method="post" action={ (at) "/students" } {
                (text_field("pupil-forename", "forename", "Forename", "text", ""))
                (text_field("pupil-surname", "surname", "Surname", "text", ""))
                (group_choice(school, GroupKind::Year, "pupil-year", "year_group", "Year group", None))
                (group_choice(school, GroupKind::Registration, "pupil-class", "class", "Class", None))
                button class="plain" { "Add this pupil" }
            }
        }
        section {
            h2 { "Add a member of staff" }
            form method="post" action={ (at) "/staff" } {
                (text_field("staff-forename", "forename", "Forename", "text", ""))
                (text_field("staff-surname", "surname", "Surname", "text", ""))
                (text_field("staff-email", "work_email", "Work e-mail", "email", ""))
                (yes_or_no("staff-teacher", "is_teacher", "Teacher", ["true", "false"], ["Yes", "No"]))
                button class="plain" { "Add this member of staff" }
            }
        }
    };
    Ok(page(&school.name, &body).into_response())
}

fn consent(school: &School, at: &str) -> Markup {
    html! {
        section {
            h2 { "Consent" }
            form method="post" action={ (at) "/consent" } {
                input type="hidden" name="scopes" value="";
                fieldset {
                    legend { "Narrow or widen what is shared" }
                    @for scope in Scope::ALL {
                        @let id = format!("scope-{}", scope.name());
                        div class="choice" {
                            input type="checkbox" name="scopes" id=(id) value=(scope.name())
                                checked[school.authorisation.granted.contains(scope)];
                            label for=(id) { (scope.name()) }
                        }
                    }
                }
                button class="plain" { "Save the consent" }
            }
        }
    }
}

/// How the feed writes what real feeds write in more than one way.
fn dialect(school: &School, at: &str) -> Markup {
    let own = school.dialect();
    let choices = [
        ("prefixed_member_ids", "Ids of members with a prefix", own.prefixed_member_ids),
        ("xid_as_id", "Xporter’s ids as ids", own.xid_as_id),
        ("newer_fields", "The newer fields", own.newer_fields),
        ("ended_memberships", "Memberships that have ended", own.ended_memberships),
        ("full_scopes", "Tokens list the full scopes", own.full_scopes),
        ("changes_without_pages", "Change sets without page numbers", own.changes_without_pages),
        ("pause_as_member", "A pause as a member of the token reply", own.pause_as_member),
        ("refuses_select", "Calls with select are refused", own.refuses_select),
        ("offsets", "Days and times with an offset", own.offsets),
        ("sparse", "No website, no codes of support staff", own.sparse),
    ];
    let spellings = [
        ("numbers", "1 and 0", Booleans::Numbers),
        ("text", "“1” and “0”", Booleans::Text),
        ("json", "true and false", Booleans::Json),
    ];
    html! {
        section {
            h2 { "The feed" }
            form method="post" action={ (at) "/dialect" } {
                fieldset {
                    legend { "How it writes what real feeds write in more than one way" }
                    @for (name, label, is_so) in choices {
                        @let id = format!("dialect-{name}");
                        div class="choice" {
                            input type="checkbox" name=(name) id=(id) value="true" checked[is_so];
                            label for=(id) { (label) }
                        }
                    }
                }
                label for="dialect-booleans" { "Yes and no" }
                select id="dialect-booleans" name="booleans" {
                    @for (value, written, booleans) in spellings {
                        option value=(value) selected[booleans == own.booleans] { (written) }
                    }
                }
                button class="plain" { "Save how the feed writes" }
            }
        }
    }
}

/// The people whose name contains what was looked for: fifty at most.
fn found(school: &School, at: &str, wanted: &str) -> Markup {
    let folded = wanted.trim().to_lowercase();
    let is_found = |name: &str| !folded.is_empty() && name.to_lowercase().contains(&folded);
    let pupils = school.pupils.iter().filter(|pupil| is_found(&pupil.display_name()));
    let pupils = pupils.map(|pupil| {
        (format!("{at}/students/{}", pupil.id), pupil.display_name(), pupil.status.as_str())
    });
    let staff = school.staff.iter().filter(|member| is_found(&member.display_name()));
    let staff = staff.map(|member| {
        (format!("{at}/staff/{}", member.id), member.display_name(), member.role.as_str())
    });
    let people: Vec<(String, String, &str)> = pupils.chain(staff).take(50).collect();
    html! {
        section {
            h2 { "Find a person" }
            form method="get" action=(at) {
                (text_field("find", "q", "Part of the name", "search", wanted))
                button class="plain" { "Find" }
            }
            @if !folded.is_empty() {
                p role="status" { (people.len()) " found" }
                ul { @for (link, name, about) in &people { li { a href=(link) { (name) } ", " (about) } } }
            }
        }
    }
}

pub(super) fn group_choice(
    school: &School,
    kind: GroupKind,
    id: &str,
    name: &str,
    label: &str,
    chosen: Option<u32>,
) -> Markup {
    html! {
        label for=(id) { (label) }
        select id=(id) name=(name) {
            option value="" { "None" }
            @for group in school.groups.iter().filter(|group| group.kind == kind) {
                option value=(group.id) selected[chosen == Some(group.id)] { (group.name) }
            }
        }
    }
}

pub(super) fn yes_or_no(
    id: &str,
    name: &str,
    label: &str,
    values: [&str; 2],
    words: [&str; 2],
) -> Markup {
    html! {
        label for=(id) { (label) }
        select id=(id) name=(name) {
            @for (value, word) in values.iter().zip(words) { option value=(value) { (word) } }
        }
    }
}
