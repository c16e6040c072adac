//! Messages that would have been sent, where no mail server is set up.

use leptos::prelude::*;
use rollcall_shared::problem::Kind;
use rollcall_shared::session::UnsentMessage;

use crate::api;
use crate::asked::Asked;
use crate::components::{Loaded, PageShell};
use crate::dates;
use crate::pages::not_found::NotFound;

/// The kept messages, newest first.
#[component]
pub fn Messages() -> impl IntoView {
    let messages = Asked::new(api::messages);
    let is_no_page = Memo::new(move |_| {
        messages.get().and_then(Result::err).is_some_and(|problem| problem.kind == Kind::NotFound)
    });
    move || if is_no_page.get() { view! { <NotFound/> }.into_any() } else { page(messages) }
}

fn page(messages: Asked<Vec<UnsentMessage>>) -> AnyView {
    view! {
        <PageShell title="Messages">
            <p class="lead">
                "No mail server is set up, so messages are kept here instead of being sent."
            </p>
            <Loaded resource=messages let:messages>
                {view_of(messages)}
            </Loaded>
        </PageShell>
    }
    .into_any()
}

fn view_of(messages: Vec<UnsentMessage>) -> AnyView {
    if messages.is_empty() {
        return view! { <p class="empty">"There are no messages yet."</p> }.into_any();
    }
    let messages = messages
        .into_iter()
        .map(|message| {
            view! {
                <li>
                    <article class="panel">
                        <h2>{message.subject}</h2>
                        <p class="hint">
                            {format!("To {}, {}", message.to, dates::moment(&message.at))}
                        </p>
                        <div class="message-body">{linked(&message.body)}</div>
                    </article>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="plain-list stack">{messages}</ul> }.into_any()
}

/// The text with its addresses made into links.
fn linked(body: &str) -> Vec<AnyView> {
    body.split_inclusive(char::is_whitespace)
        .map(|word| {
            let address = word.trim_end();
            if address.starts_with("https://") || address.starts_with("http://") {
                let space = word.get(address.len()..).unwrap_or_default().to_owned();
                let (href, address) = (address.to_owned(), address.to_owned());
                view! { <a href=href>{address}</a> {space} }.into_any()
            } else {
                word.to_owned().into_any()
            }
        })
        .collect()
}
