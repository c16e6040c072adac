//! The staff of the school.

use leptos::prelude::*;
use rollcall_shared::people::{PersonKind, PersonRow};

use super::list::{Outcome, OutcomeNotice, PeopleList, people, query_in_address};
use super::{Lists, activation, cell, credential, link_to, name_of, origin, standing_tags};
use crate::address;
use crate::api;
use crate::components::{Back, Button, LinkButton, Look, PageShell};
use crate::pages::mail::{SendToAll, delivery_tag, sent_to};
use crate::state::session::Session;

/// The staff, filtered by name.
#[component]
pub fn Staff() -> impl IntoView {
    let query = query_in_address(Some(PersonKind::Staff), false);
    let staff = people(query);
    let outcome = RwSignal::new(None::<Outcome>);
    let session: Session = expect_context();
    let send = Action::new_local(move |person: &PersonRow| {
        let (id, name) = (person.id, name_of(person));
        async move {
            outcome.set(Some(match api::send_activation(id).await {
                Ok(_) => {
                    staff.refetch();
                    Outcome::Done(sent_to(&name, session.keeps_messages()))
                }
                Err(problem) => Outcome::Failed(problem),
            }));
        }
    });
    let row = Callback::new(move |person: PersonRow| {
        let name = name_of(&person);
        let actions = (!person.activated && !person.blocked).then(|| {
            let (person, name) = (person.clone(), name.clone());
            let press = Callback::new(move |()| {
                send.dispatch(person.clone());
            });
            view! {
                <Button look=Look::Quiet on_press=press busy=send.pending() about=format!("to {name}")>
                    "Send activation e-mail again"
                </Button>
            }
        });
        vec![
            view! { {link_to(&person)} {standing_tags(&person)} }.into_any(),
            person.role.label().into_any(),
            credential(person.username),
            cell(person.email),
            cell(person.class),
            origin(person.linked),
            view! {
                {activation(person.activated)}
                {delivery_tag(person.delivery, session.keeps_messages())}
                " "
                {actions}
            }
            .into_any(),
        ]
    });
    view! {
        <PageShell title="Staff" back=Back::to(address::USERS, "Manage users") wide=true>
            <Lists/>
            <p>
                <LinkButton href=address::NEW_STAFF look=Look::Secondary>
                    "Add a member of staff"
                </LinkButton>
            </p>
            <SendToAll on_change=Callback::new(move |()| staff.refetch())/>
            <OutcomeNotice outcome/>
            <PeopleList
                query
                people=staff
                caption="Staff"
                columns=&["Name", "Role", "Username", "E-mail", "Classes", "From", "Account"]
                row
                empty="There are no staff yet. The MIS sync wizard creates their accounts."
            />
        </PageShell>
    }
}
