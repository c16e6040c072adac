//! The page behind the link in a consent e-mail.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::{
    page::{Tone, button, notice, page, text_field},
    school::{Authorisation, Installation, Invitation, School, Scope, Stage},
};

/// Where things stand, and everything that can be decided now.
pub(super) fn consent(school: &School, path: &str, problem: Option<&str>) -> Markup {
    let authorisation = &school.authorisation;
    let Some(invitation) = &authorisation.invitation else { return html! {} };
    let title = format!("Share data with {}", invitation.partner);
    let is_authorised = authorisation.stage == Stage::Authorised;
    let body = html! {
        @if let Some(problem) = problem {
            (notice(Tone::Bad, &html! { strong { "There is a problem: " } (problem) }))
        }
        (standing(authorisation, invitation, path))
        @if is_authorised && authorisation.installation != Installation::NotNeeded {
            (installation(authorisation.installation, path))
        }
        (request(school, invitation))
        (decision(authorisation, invitation, path))
        @if is_authorised { (afterwards(path)) }
        (another_person(path))
    };
    page(&title, &body)
}

/// What somebody sees who follows a link that was passed on.
pub(super) fn passed_on(school: &School) -> Markup {
    let to = school.authorisation.invitation.as_ref().map(|own| own.authoriser.name.as_str());
    let body = html! {
        p { "This request was sent again" @if let Some(name) = to { ", to " (name) } "." }
        p { "Only the link in the newest e-mail can be used to decide." }
    };
    page("This link has been replaced", &body)
}

fn standing(authorisation: &Authorisation, invitation: &Invitation, path: &str) -> Markup {
    let partner = &invitation.partner;
    match authorisation.stage {
        Stage::Authorised if authorisation.paused => html! {
            (notice(Tone::Plain, &html! {
                strong { "Sharing is paused. " }
                "Nothing is read until you have finished choosing people. "
                a href={ (path) "/people" } { "Go on choosing people" }
            }))
        },
        Stage::Authorised => html! {
            (notice(Tone::Good, &html! { strong { "You have approved this. " } "Thank you." }))
            (told(authorisation, partner, path))
        },
        Stage::Declined => notice(
            Tone::Plain,
            &html! { strong { "You have declined this. " } (partner) " reads nothing." },
        ),
        Stage::Revoked => notice(
            Tone::Plain,
            &html! { strong { "You have stopped sharing. " } (partner) " reads nothing any more." },
        ),
        Stage::Invited | Stage::Unconnected => html! {},
    }
}

/// Whether the application has heard of the decision.
fn told(authorisation: &Authorisation, partner: &str, path: &str) -> Markup {
    match authorisation.callbacks.last() {
        Some(attempt) if !attempt.was_accepted() => html! {
            (notice(Tone::Bad, &html! { (partner) " could not be told of your decision." }))
            div class="row" { (button(&format!("{path}/tell"), "Tell them again", "plain")) }
        },
        _ => html! {},
    }
}

fn request(school: &School, invitation: &Invitation) -> Markup {
    html! {
        section {
            h2 { "The request" }
            dl {
                dt { "Who asks" } dd { (invitation.partner) }
                dt { "Whose data" } dd { (school.name) " (" (school.estab()) ")" }
                dt { "Who decides" }
                dd { (invitation.authoriser.name) ", " (invitation.authoriser.email) }
                dt { "Asked on" } dd { (invitation.sent_at.format("%-d %B %Y")) }
            }
        }
    }
}

fn decision(authorisation: &Authorisation, invitation: &Invitation, path: &str) -> Markup {
    let before: Option<&BTreeSet<Scope>> =
        (authorisation.stage == Stage::Authorised).then_some(&authorisation.granted);
    let is_ticked = |scope: &Scope| before.is_none_or(|granted| granted.contains(scope));
    html! {
        section {
            form method="post" action={ (path) "/approve" } {
                fieldset {
                    legend { "What " (invitation.partner) " may read" }
                    @for scope in &invitation.asked {
                        @let id = format!("scope-{}", scope.name());
                        div class="choice" {
                            input type="checkbox" name="scope" id=(id) value=(scope.name())
                                aria-describedby={ (id) "-hint" } checked[is_ticked(scope)];
                            div {
                                label for=(id) { strong { (scope.name()) } }
                                p class="hint" id={ (id) "-hint" } { (scope.description()) }
                            }
                        }
                    }
                }
                fieldset {
                    legend { "About whom" }
                    div class="choice" {
                        input type="radio" name="people" id="people-everybody" value="everybody" checked;
                        label for="people-everybody" { "Everybody, or as chosen before" }
                    }
                    div class="choice" {
                        input type="radio" name="people" id="people-choose" value="choose";
                        div {
                            label for="people-choose" { "Some people or groups are left out" }
                            p class="hint" { "You choose them next. Sharing is paused until you have finished." }
                        }
                    }
                }
                button { "Approve" }
            }
        }
        @if authorisation.stage == Stage::Invited {
            div class="row" { (button(&format!("{path}/decline"), "Decline everything", "bad")) }
        }
    }
}

fn afterwards(path: &str) -> Markup {
    html! {
        div class="row" {
            (button(&format!("{path}/choose"), "Choose people to leave out", "plain"))
            (button(&format!("{path}/revoke"), "Stop sharing", "bad"))
        }
    }
}

fn another_person(path: &str) -> Markup {
    html! {
        section {
            h2 { "Somebody else decides this" }
            p class="hint" { "Only a person who holds the authority to share the school's data may approve." }
            form method="post" action={ (path) "/authoriser" } {
                (text_field("authoriser-name", "name", "Their name", "text", ""))
                (text_field("authoriser-email", "email", "Their e-mail address", "email", ""))
                button class="plain" { "Send the request to this person" }
            }
        }
    }
}

fn installation(installation: Installation, path: &str) -> Markup {
    let booked = match installation {
        Installation::Booked(on) => on.to_string(),
        _ => String::new(),
    };
    html! {
        section {
            h2 { "Installation" }
            @match installation {
                Installation::Done => p { "The agent is installed beside your MIS." },
                Installation::Booked(on) => {
                    p { "The installation is booked for " strong { (on.format("%-d %B %Y")) } "." }
                    (button(&format!("{path}/installed"), "The installation has been done", ""))
                }
                _ => p { "Your school is new to Xporter on Demand. Book a time to install the agent beside your MIS." }
            }
            @if installation != Installation::Done {
                form method="post" action={ (path) "/installation" } {
                    (text_field("installation-date", "date", "Date of the installation", "date", &booked))
                    button class="plain" {
                        @if booked.is_empty() { "Book the installation" } @else { "Change the date" }
                    }
                }
            }
        }
    }
}
