//! People who left: they cannot sign in, and can be restored until the date shown.

use leptos::prelude::*;
use rollcall_shared::people::PersonRow;

use super::list::{Outcome, OutcomeNotice, PeopleList, people, query_in_address};
use super::{Lists, cell, credential, link_to, name_of};
use crate::address;
use crate::api;
use crate::components::{Back, Button, Look, PageShell};
use crate::dates;

/// The message after someone was restored.
pub(super) fn restored(name: &str) -> Outcome {
    Outcome::Done(format!(
        "{name} can sign in again, with the same username and password as before. They stay, even if your MIS no longer has them."
    ))
}

/// The trash, filtered by name.
#[component]
pub fn Trash() -> impl IntoView {
    let query = query_in_address(None, true);
    let left = people(query);
    let outcome = RwSignal::new(None::<Outcome>);
    let restore = Action::new_local(move |person: &PersonRow| {
        let (id, name) = (person.id, name_of(person));
        async move {
            outcome.set(Some(match api::restore(id).await {
                Ok(_) => {
                    left.refetch();
                    restored(&name)
                }
                Err(problem) => Outcome::Failed(problem),
            }));
        }
    });
    let row = Callback::new(move |person: PersonRow| {
        let name = name_of(&person);
        let press = {
            let person = person.clone();
            Callback::new(move |()| {
                restore.dispatch(person.clone());
            })
        };
        vec![
            link_to(&person),
            person.role.label().into_any(),
            credential(person.username),
            cell(person.class),
            cell(person.left_at.as_ref().map(dates::date_of)),
            cell(person.purge_on.as_ref().map(dates::day)),
            view! {
                <Button look=Look::Quiet on_press=press busy=restore.pending() about=name>
                    "Restore"
                </Button>
            }
            .into_any(),
        ]
    });
    view! {
        <PageShell title="Trash" back=Back::to(address::USERS, "Manage users") wide=true>
            <Lists/>
            <p class="lead">
                "People who left. They cannot sign in. Restoring gives them back the username and password they had."
            </p>
            <OutcomeNotice outcome/>
            <PeopleList
                query
                people=left
                caption="People who left"
                columns=&["Name", "Role", "Username", "Class", "Left", "Deleted for good on", ""]
                row
                empty="The trash is empty."
            />
        </PageShell>
    }
}
