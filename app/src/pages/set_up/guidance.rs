//! A page to print for the person who gives consent.

use leptos::prelude::*;
use rollcall_shared::connection::ConnectionView;
use rollcall_shared::scopes::Scope;

use super::areas::{areas_with_reasons, chosen_areas};
use super::what_is_read::areas_table;
use crate::api;
use crate::components::{Back, Button, Loaded, Look, PageShell};
use crate::state::asked::Asked;
use crate::state::session::Session;

/// The page of guidance.
#[component]
pub fn Guidance() -> impl IntoView {
    let connection = Asked::new(api::connection);
    view! {
        <PageShell
            title="Guidance for the person who gives consent"
            back=Back::to("/set-up/waiting", "Back to the connection")
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
            " wants to make its accounts on "
            {platform}
            " straight from its information system (MIS). You hold the authority to share the school’s data, so the decision is yours."
        </p>
        <section>
            <h2>"What you are asked for"</h2>
            {areas_with_reasons(asked.clone())}
        </section>
        <section>
            <h2>"What to do"</h2>
            <ol class="stages">
                <li>"Look for an e-mail from Groupcall. It may take some minutes; look in the junk folder too."</li>
                <li>"Open its link. It leads to a page of Groupcall Xporter."</li>
                <li>
                    "Approve or reject each data area. Year groups and classes, staff names and pupil names make accounts possible at all; the others can be rejected."
                </li>
                <li>
                    "Leave out groups or people, if there are any who must not be shared. While you choose, nothing can be read."
                </li>
                <li>
                    "If your school does not use Xporter yet, book a time at which Groupcall installs it. Tell whoever looks after your school’s computers."
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
                "You can narrow, pause or end the consent in Groupcall Xporter at any time. From then on nothing more is read. Accounts that were made stay until the school removes them."
            </p>
        </section>
    }
    .into_any()
}
