//! The pupils of the school.

use leptos::prelude::*;
use rollcall_shared::people::{PersonKind, PersonRow};

use super::list::{PeopleList, people, query_in_address};
use super::{Lists, cell, credential, link_to, name_of, origin, standing_tags};
use crate::address;
use crate::components::{Back, Button, LinkButton, Look, PageShell};
use crate::dates;
use crate::pages::pupil_password::{PasswordDialog, Whose};

/// The pupils, filtered by name, year and class.
#[component]
pub fn Pupils() -> impl IntoView {
    let query = query_in_address(Some(PersonKind::Pupil), false);
    let pupils = people(query);
    let whose = RwSignal::new(None::<Whose>);
    let row = Callback::new(move |pupil: PersonRow| {
        let name = name_of(&pupil);
        let id = pupil.id;
        let reveal = {
            let name = name.clone();
            Callback::new(move |()| {
                whose.set(Some(Whose { id, name: name.clone(), is_new: false }))
            })
        };
        vec![
            view! { {link_to(&pupil)} {standing_tags(&pupil)} }.into_any(),
            credential(pupil.username),
            cell(pupil.year.map(|year| year.to_string())),
            cell(pupil.class),
            origin(pupil.linked),
            cell(Some(
                pupil.last_sign_in_at.as_ref().map_or_else(|| "Never".to_owned(), dates::date_of),
            )),
            view! {
                <Button look=Look::Quiet on_press=reveal about=format!("of {name}")>
                    "Show password"
                </Button>
            }
            .into_any(),
        ]
    });
    view! {
        <PageShell title="Pupils" back=Back::to(address::USERS, "Manage users") wide=true>
            <Lists/>
            <p class="button-row">
                <LinkButton href=address::NEW_PUPIL look=Look::Secondary>
                    "Add a pupil"
                </LinkButton>
                <LinkButton href=address::CARDS look=Look::Secondary>
                    "Print login cards"
                </LinkButton>
            </p>
            <PeopleList
                query
                people=pupils
                caption="Pupils"
                columns=&["Name", "Username", "Year", "Class", "From", "Last signed in", ""]
                row
                empty="There are no pupils yet. The MIS sync wizard creates their accounts."
                by_class=true
            />
            <PasswordDialog whose/>
        </PageShell>
    }
}
