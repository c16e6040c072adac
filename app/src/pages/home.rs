//! What a pupil lands on, and a teacher: their page is another area's, since a pupil's is to be small.

use leptos::prelude::*;
use rollcall_shared::people::{PersonKind, PupilHome};
use rollcall_shared::session::Me;

use crate::api;
use crate::asked::Asked;
use crate::components::{Loaded, PageShell};
use crate::pictures::picture;
use crate::state::session::Session;

/// A greeting, and what is theirs: a pupil's class, a teacher's classes and groups.
#[component]
pub fn Home(
    /// What a teacher sees below the greeting.
    of_staff: fn() -> AnyView,
) -> impl IntoView {
    let session: Session = expect_context();
    let title = Signal::derive(move || {
        session
            .signed_in()
            .map_or_else(|| "Hello".to_owned(), |me| format!("Hello, {}", me.forename))
    });
    view! {
        <PageShell title>
            {move || session.signed_in().map(|me| match me.role.kind() {
                PersonKind::Pupil => pupils_own(me),
                PersonKind::Staff => of_staff(),
            })}
        </PageShell>
    }
}

fn pupils_own(me: Me) -> AnyView {
    let home = Asked::new(api::pupil_home);
    view! {
        <Loaded resource=home let:home>
            {of_pupil(&me, home)}
        </Loaded>
    }
    .into_any()
}

fn of_pupil(me: &Me, home: PupilHome) -> AnyView {
    view! {
        <div class="greeting panel">
            <img src=picture("Owl") alt="" width="120" height="120"/>
            <div class="stack">
        <p class="lead">{format!("You are signed in to {}.", me.school.name)}</p>
        <dl class="facts">
            {home.class.map(|class| view! { <dt>"Your class"</dt><dd>{class}</dd> })}
            {home.year.map(|year| view! { <dt>"Your year"</dt><dd>{year.to_string()}</dd> })}
        </dl>
        </div>
        </div>
        <p>"When you have finished, press Sign out at the top of the page."</p>
    }
    .into_any()
}
