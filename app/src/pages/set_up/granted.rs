//! The data areas of a connection: which are granted, which wait for an answer, and what is lost
//! without the others.

use leptos::prelude::*;
use rollcall_shared::connection::{ConnectionState, ConnectionView};
use rollcall_shared::provider::PROVIDER;
use rollcall_shared::scopes::Scope;

use super::areas::area;
use crate::address;
use crate::components::{Notice, Tag, TagTone};
use crate::dates::moment;

/// What was asked for, and what was granted of it.
pub fn areas(connection: &ConnectionView) -> AnyView {
    use ConnectionState as State;
    // What was granted under a key that no longer works says nothing about now.
    let is_known = !matches!(connection.state, State::SecretRejected | State::Revoked);
    let items = Scope::ALL
        .into_iter()
        .filter(|scope| connection.asked.contains(scope) || connection.granted.contains(scope))
        .map(|scope| {
            let is_declined = is_known && connection.declined.contains(&scope);
            let (tone, mark) = if is_known && connection.granted.contains(&scope) {
                (TagTone::Good, "Granted")
            } else if is_declined && !connection.granted.is_empty() {
                (TagTone::Attention, "Not granted")
            } else {
                (TagTone::default(), "Asked for")
            };
            let lost =
                is_declined.then(|| view! { <span class="row-sub">{area(scope).without}</span> });
            view! {
                <li>
                    {area(scope).name} " " <Tag tone>{mark}</Tag> {lost}
                </li>
            }
        })
        .collect_view();
    view! {
        <section>
            <h2>"Data areas"</h2>
            <ul class="areas">{items}</ul>
            <p>
                <a href=address::WHAT_IS_READ>"See exactly what is read and kept"</a>
            </p>
        </section>
    }
    .into_any()
}

/// What a school that already shares data was also asked for, and has not answered.
pub fn pending(connection: &ConnectionView) -> AnyView {
    if connection.pending.is_empty() || connection.granted.is_empty() {
        return ().into_any();
    }
    let names: Vec<&str> = connection.pending.iter().map(|scope| area(*scope).name).collect();
    let by = connection.invited_by.as_deref().unwrap_or("Your school");
    let at = connection.invited_at.as_ref().map(|at| format!(" on {}", moment(at)));
    let who = connection.authoriser.as_ref().map_or_else(
        || "the person who gives consent".to_owned(),
        |person| format!("{} {}", person.forename, person.surname),
    );
    let text = format!(
        "{by} asked for {}{}; {who} has to answer {PROVIDER}’s e-mail. Everything else continues as usual.",
        names.join("; "),
        at.unwrap_or_default()
    );
    view! { <Notice title="Not answered yet">{text}</Notice> }.into_any()
}
