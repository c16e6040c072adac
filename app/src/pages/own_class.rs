//! A teacher's own class or subject group: its pupils, and how they sign in.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use rollcall_shared::ids::ClassId;
use rollcall_shared::people::{OwnClass, OwnPupil};

use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{
    Back, Button, LinkButton, Look, PageShell, Row, Table, Tag, TagTone, unanswered_page,
};
use crate::dates;
use crate::pages::not_found::NotFound;
use crate::pages::pupil_password::{PasswordDialog, Whose};

/// The page of a class, for `/home/classes/:id`.
#[component]
pub fn OwnClassPage() -> impl IntoView {
    let params = use_params_map();
    let id: Memo<Option<ClassId>> =
        Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse().ok()));
    move || match id.get() {
        Some(id) => view! { <Loading id/> }.into_any(),
        None => view! { <NotFound/> }.into_any(),
    }
}

#[component]
fn Loading(id: ClassId) -> impl IntoView {
    let class = Asked::new(move || api::own_class(id));
    (move || match class.get() {
        Some(Ok(class)) => view! { <Pupils id class/> }.into_any(),
        answer => unanswered_page("Class", class, answer.and_then(Result::err)),
    })
    .into_any()
}

#[component]
fn Pupils(id: ClassId, class: OwnClass) -> impl IntoView {
    let whose = RwSignal::new(None::<Whose>);
    let rows = class.pupils.into_iter().map(|pupil| row(pupil, whose)).collect();
    view! {
        <PageShell title=class.name back=Back::to(address::HOME, "Your classes") wide=true>
            <p>
                <LinkButton href=address::cards_of_class(id) look=Look::Secondary>
                    "Print login cards"
                </LinkButton>
            </p>
            <Table
                caption="Pupils"
                caption_is_hidden=true
                columns=vec!["Name", "Username", "Last signed in", ""]
                rows
                empty="There are no pupils in this class yet."
            />
            <PasswordDialog whose/>
        </PageShell>
    }
}

fn row(pupil: OwnPupil, whose: RwSignal<Option<Whose>>) -> Row {
    let name = format!("{} {}", pupil.forename, pupil.surname).trim().to_owned();
    let id = pupil.id;
    let ask = |is_new| {
        let name = name.clone();
        Callback::new(move |()| whose.set(Some(Whose { id, name: name.clone(), is_new })))
    };
    let blocked = pupil.blocked.then(|| {
        view! { " " <Tag tone=TagTone::Attention>"Sign-in blocked"</Tag> }
    });
    vec![
        view! { {name.clone()} {blocked} }.into_any(),
        view! { <span class="credential">{pupil.username}</span> }.into_any(),
        pupil
            .last_sign_in_at
            .as_ref()
            .map_or_else(|| "Never".to_owned(), dates::date_of)
            .into_any(),
        view! {
            <div class="row">
                <Button look=Look::Quiet on_press=ask(false) about=format!("of {name}")>
                    "Show password"
                </Button>
                <Button look=Look::Quiet on_press=ask(true) about=format!("for {name}")>
                    "New password"
                </Button>
            </div>
        }
        .into_any(),
    ]
}
