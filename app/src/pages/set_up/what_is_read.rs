//! Exactly what is read from the MIS, and what is kept of it.

use leptos::prelude::*;
use rollcall_shared::scopes::Scope;
use rollcall_shared::{provider, service};

use super::areas::{area, with_same_areas};
use crate::address;
use crate::components::{Back, PageShell, Table, Tag, TagTone};

/// The page of what is read and kept.
#[component]
pub fn WhatIsRead() -> impl IntoView {
    // While areas are being chosen they are in the address.
    let is_choosing = with_same_areas(address::FIND_SCHOOL) != address::FIND_SCHOOL;
    let back = if is_choosing {
        Back::to(with_same_areas(address::SCOPES), "Back to the data areas")
    } else {
        Back::to(address::CONNECTION, "Back to the connection")
    };
    view! {
        <PageShell
            title="What is read and what is kept"
            wide=true
            back=back
        >
            <p class="lead">
                "We read only the data areas your school approves, and keep only what an account needs. Anything else that arrives is thrown away."
            </p>
            {areas_table(Scope::ALL)}
            <section>
                <h2>"Also"</h2>
                <ul>
                    <li>
                        "For each person we keep the number that your MIS uses for them, so that we recognise the same person next time."
                    </li>
                    <li>
                        {concat!("We also read how many pupils and staff ", provider!(), " counts at your school. A sync that would create far more accounts than that waits for you.")}
                    </li>
                    <li>"Nothing is ever written into your MIS."</li>
                    <li>
                        "No addresses, telephone numbers, photographs, health, attendance or assessment data is asked for or kept, and nothing about parents."
                    </li>
                    <li>
                        "Someone who leaves goes to the trash, and is deleted for good twelve months later. Until then the account can be restored."
                    </li>
                    <li>
                        {concat!("Your school can limit, pause or end the consent at any time in ", provider!(), " ", service!(), ". That stops new data; it does not delete accounts.")}
                    </li>
                </ul>
            </section>
        </PageShell>
    }
}

/// Data areas with what is read and kept of each.
pub fn areas_table(scopes: impl IntoIterator<Item = Scope>) -> AnyView {
    let rows = scopes
        .into_iter()
        .map(|scope| {
            let area = area(scope);
            let need = if scope.is_required() {
                view! { <Tag>"Needed"</Tag> }.into_any()
            } else {
                view! { <Tag tone=TagTone::Accent>"Up to you"</Tag> }.into_any()
            };
            vec![
                view! { {area.name} " " {need} }.into_any(),
                area.read.into_any(),
                area.kept.into_any(),
            ]
        })
        .collect();
    view! {
        <Table
            caption="The data areas"
            columns=vec!["Data area", "What is read", "What is kept"]
            rows=rows
            empty="There are none."
        />
    }
    .into_any()
}
