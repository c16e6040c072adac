//! Which data areas we may see.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use rollcall_shared::connection::ConnectionView;
use rollcall_shared::scopes::Scope;

use super::areas::{area, areas_with_reasons, chosen_areas, optional_areas, with_areas};
use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{Back, Button, Checkboxes, Choice, Form, Loaded, PageShell};

/// The page of the data areas.
#[component]
pub fn Scopes() -> impl IntoView {
    let connection = Asked::new(api::connection);
    view! {
        <PageShell title="What we may see" back=Back::to(address::SET_UP, "Back")>
            <Loaded resource=connection children=question/>
        </PageShell>
    }
}

fn question(connection: ConnectionView) -> AnyView {
    let navigate = use_navigate();
    let note = navigate.clone();
    let chosen =
        RwSignal::new(use_query_map().with_untracked(|query| chosen_areas(query, &connection)));
    let choices = optional_areas()
        .map(|scope| {
            let area = area(scope);
            let choice = Choice::new(scope, area.name).hint(area.why);
            if scope == Scope::Upn { choice.recommended() } else { choice }
        })
        .collect();
    let tick = Callback::new(move |(scope, ticked): (Scope, bool)| {
        chosen.update(|chosen| {
            chosen.retain(|other| *other != scope);
            if ticked {
                chosen.push(scope);
            }
        });
        // In the address they survive a reload, and going to another page and back.
        let here = with_areas(address::SCOPES, &chosen.get_untracked());
        let options =
            NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        note(&here, options);
    });
    let what_is_read = move || with_areas(address::WHAT_IS_READ, &chosen.get());
    let submit = Callback::new(move |()| {
        let next = with_areas(address::AUTHORISER, &chosen.get_untracked());
        navigate(&next, NavigateOptions::default());
    });
    view! {
        <section class="panel">
            <h2>"Always needed"</h2>
            <p>"Without these no accounts can be created."</p>
            {areas_with_reasons(Scope::ALL.into_iter().filter(|scope| scope.is_required()))}
        </section>
        <Form on_submit=submit>
            <div class="choices-large">
                <Checkboxes
                    name="optional_scopes"
                    legend="Up to you"
                    hint="Tick those you want to share. You can change this later."
                    choices=choices
                    ticked=chosen
                    on_tick=tick
                />
            </div>
            <p>
                <a href=what_is_read>"See exactly what is read and kept"</a>
            </p>
            <div class="button-row">
                <Button>"Continue"</Button>
            </div>
        </Form>
    }
    .into_any()
}
