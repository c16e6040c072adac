//! The pupils of the school.

use leptos::prelude::*;
use rollcall_shared::formats::{PICTURES, pictures_of};
use rollcall_shared::ids::AccountId;
use rollcall_shared::people::{PersonKind, PersonRow, Waiting};
use rollcall_shared::session::RevealedPassword;

use super::list::{PeopleList, people, query_in_address};
use super::{Lists, cell, credential, link_to, name_of, origin};
use crate::address;
use crate::api::{self, Answer};
use crate::components::{Back, Button, Dialog, LinkButton, Look, PageShell, ProblemPanel, Tag};
use crate::dates;
use crate::pictures::picture;
use crate::text::LOADING;

/// The pupils, filtered by name, year and class.
#[component]
pub fn Pupils() -> impl IntoView {
    let query = query_in_address(Some(PersonKind::Pupil), false);
    let pupils = people(query);
    let asked = RwSignal::new(None::<(AccountId, String)>);
    let row = Callback::new(move |pupil: PersonRow| {
        let name = name_of(&pupil);
        let id = pupil.id;
        let reveal = {
            let name = name.clone();
            Callback::new(move |()| asked.set(Some((id, name.clone()))))
        };
        vec![
            view! { {link_to(&pupil)} {waiting_tag(pupil.waiting.as_ref())} }.into_any(),
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
            <PeopleList
                query
                people=pupils
                caption="Pupils"
                columns=&["Name", "Username", "Year", "Class", "From", "Last signed in", ""]
                row
                empty="There are no pupils yet. The MIS sync wizard creates their accounts."
                by_class=true
            />
            <p>
                <LinkButton href=address::CARDS look=Look::Secondary>
                    "Print login cards"
                </LinkButton>
            </p>
            <PasswordDialog asked/>
        </PageShell>
    }
}

/// When someone who is not on roll yet starts.
pub fn waiting_tag(waiting: Option<&Waiting>) -> Option<AnyView> {
    let words = waiting?.starts_on.as_ref().map_or_else(
        || "Not on roll yet".to_owned(),
        |first| format!("Starts {}", dates::day(first)),
    );
    Some(view! { " " <Tag>{words}</Tag> }.into_any())
}

/// Shows one pupil's password; each showing is recorded by the server.
#[component]
fn PasswordDialog(
    /// Whose password was asked for.
    asked: RwSignal<Option<(AccountId, String)>>,
) -> impl IntoView {
    let title = Signal::derive(move || {
        asked.get().map(|(_, name)| format!("Password of {name}")).unwrap_or_default()
    });
    let open = Signal::derive(move || asked.with(Option::is_some));
    let close = Callback::new(move |()| asked.set(None));
    view! {
        <Dialog id="password-dialog" open on_close=close title>
            {move || asked.get().map(|(id, _)| view! { <Password id/> })}
        </Dialog>
    }
}

#[component]
fn Password(id: AccountId) -> impl IntoView {
    // Not a resource: to show a password is to do something, once for each press.
    let answer = RwSignal::new(None::<Answer<RevealedPassword>>);
    let reveal = Action::new_local(move |(): &()| async move {
        answer.set(Some(api::reveal(id).await));
    });
    reveal.dispatch(());
    move || match answer.get() {
        None => view! { <p role="status">{LOADING}</p> }.into_any(),
        Some(Err(problem)) => view! { <ProblemPanel problem/> }.into_any(),
        Some(Ok(revealed)) => login(revealed),
    }
}

fn login(revealed: RevealedPassword) -> AnyView {
    let pictures = revealed.format.is_pictures().then(|| pictures_in_a_row(&revealed.password));
    view! {
        <dl class="facts">
            <dt>"Username"</dt>
            <dd class="credential credential-large">{revealed.username}</dd>
            <dt>"Password"</dt>
            <dd>
                {pictures}
                <span class="credential credential-large">{revealed.password}</span>
            </dd>
        </dl>
        <p class="hint">"We keep a record that you have seen it. Showing it does not change it."</p>
    }
    .into_any()
}

fn pictures_in_a_row(pin: &str) -> AnyView {
    let names = pictures_of(pin).into_iter().filter_map(|index| PICTURES.get(index).copied());
    let pictures = names
        .map(|name| view! { <img src=picture(name) alt=name width="56" height="56"/> })
        .collect_view();
    view! { <div class="row">{pictures}</div> }.into_any()
}
