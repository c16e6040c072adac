//! A page to print for the person who gives consent.

use leptos::prelude::*;
use rollcall_shared::connection::ConnectionView;
use rollcall_shared::scopes::Scope;
use rollcall_shared::{provider, service};

use super::areas::{areas_with_reasons, chosen_areas};
use super::what_is_read::areas_table;
use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{Back, Button, Loaded, Look, PageShell};
use crate::state::session::Session;

/// The page of guidance.
#[component]
pub fn Guidance() -> impl IntoView {
    let connection = Asked::new(api::connection);
    view! {
        <PageShell
            title="Guidance for the person who gives consent"
            back=Back::to(address::CONNECTION, "Back to the connection")
        >
            <Loaded resource=connection children=guidance/>
        </PageShell>
    }
}

fn guidance(connection: ConnectionView) -> AnyView {
    let session = expect_context::<Session>();
    let platform = move || session.platform().map(|platform| platform.name).unwrap_or_default();
    let school = move || session.signed_in().map(|me| me.school.name).unwrap_or_default();
    let optional = leptos_router::hooks::use_query_map()
        .with_untracked(|query| chosen_areas(query, &connection));
    let asked: Vec<Scope> = Scope::ALL
        .into_iter()
        .filter(|scope| scope.is_required() || optional.contains(scope))
        .collect();
    let print = Callback::new(|()| {
        // Fails only where the browser cannot print, and says so itself.
        let _ = window().print();
    });
    view! {
        <div class="button-row">
            <Button look=Look::Secondary on_press=print>"Print this page"</Button>
        </div>
        <p class="lead">
            {school}
            " wants to create its accounts on "
            {platform}
            " straight from its information system (MIS). You have the authority to share the school’s data, so the decision is yours."
        </p>
        <section>
            <h2>"What you are asked for"</h2>
            {areas_with_reasons(asked.clone())}
        </section>
        <section>
            <h2>"What to do"</h2>
            <ol class="stages">
                <li>{concat!("Look for an e-mail from ", provider!(), ". It may take a few minutes; check the junk folder too.")}</li>
                <li>{concat!("Open the link in it. It leads to a ", provider!(), " ", service!(), " page.")}</li>
                <li>
                    "Approve or reject each data area. Year groups and classes, staff names and pupil names are needed to create accounts; you can reject the others."
                </li>
                <li>
                    "Leave out any groups or people that must not be shared. While you choose, nothing can be read."
                </li>
                <li>
                    {concat!("If your school does not use ", service!(), " yet, book a time for ", provider!(), " to install it. Tell the person who looks after your school’s computers.")}
                </li>
            </ol>
        </section>
        <section>
            <h2>"What is read and what is kept"</h2>
            {areas_table(asked.clone())}
        </section>
        <section>
            <h2>"Changing your mind"</h2>
            <p>
                {concat!("You can limit, pause or end the consent in ", provider!(), " ", service!(), " at any time. What you no longer share is no longer read. Accounts that were created stay until the school removes them.")}
            </p>
        </section>
    }
    .into_any()
}
