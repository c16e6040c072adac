//! The staff of the school.

use leptos::prelude::*;
use rollcall_shared::people::{PersonKind, PersonRow};

use super::list::{Outcome, OutcomeNotice, PeopleList, people, query_in_address};
use super::{Lists, activation, cell, credential, link_to, name_of, origin};
use crate::api;
use crate::components::{Back, Button, LinkButton, Look, PageShell};
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
                Ok(_) if session.keeps_messages() => Outcome::Done(format!(
                    "A new activation e-mail to {name} is kept here, because no mail server is set up. Older links no longer work."
                )),
                Ok(_) => Outcome::Done(format!(
                    "A new activation e-mail is on its way to {name}. Older links no longer work."
                )),
                Err(problem) => Outcome::Failed(problem),
            }));
        }
    });
    let row = Callback::new(move |person: PersonRow| {
        let name = name_of(&person);
        let actions = (!person.activated).then(|| {
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
            link_to(&person),
            person.role.label().into_any(),
            credential(person.username),
            cell(person.email),
            cell(person.class),
            origin(person.linked),
            view! {
                {activation(person.activated)}
                " "
                {actions}
            }
            .into_any(),
        ]
    });
    view! {
        <PageShell title="Staff" back=Back::to("/users", "Manage users") wide=true>
            <Lists/>
            <p>
                <LinkButton href="/users/staff/new" look=Look::Secondary>
                    "Add a member of staff"
                </LinkButton>
            </p>
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
