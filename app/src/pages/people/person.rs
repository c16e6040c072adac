//! One person: what is known of them, what an admin changed by hand, and the way to change it.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use rollcall_shared::ids::AccountId;
use rollcall_shared::mail::Delivery;
use rollcall_shared::people::{
    AccountStatus, ClassKind, ClassRow, HandBack, PersonKind, PersonRow, Role,
};
use rollcall_shared::plan::PersonField;

use super::edit_person::EditForm;
use super::from_mis::FromMis;
use super::list::{Outcome, OutcomeNotice};
use super::pupils::waiting_tag;
use super::trash::restored;
use super::{activation, cell, credential, name_of, origin};
use crate::api::{self, Answer};
use crate::components::{Back, Button, LoadingPage, Look, PageShell, ProblemPage, Tag, TagTone};
use crate::dates;
use crate::pages::mail::{delivery_tag, sent_to};
use crate::pages::not_found::NotFound;
use crate::state::asked::Asked;
use crate::state::session::Session;

/// The page of a person, for `/users/people/:id`.
#[component]
pub fn PersonPage() -> impl IntoView {
    let params = use_params_map();
    let id: Memo<Option<AccountId>> =
        Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse().ok()));
    move || match id.get() {
        Some(id) => view! { <Loading id/> }.into_any(),
        None => view! { <NotFound/> }.into_any(),
    }
}

#[component]
fn Loading(id: AccountId) -> impl IntoView {
    let known = Asked::new(move || known(id));
    (move || match known.get() {
        Some(Ok((person, classes))) => view! { <Person person classes/> }.into_any(),
        None => view! { <LoadingPage title="Person"/> }.into_any(),
        Some(Err(problem)) => {
            let retry = Callback::new(move |()| known.refetch());
            view! { <ProblemPage title="Person" problem retry/> }.into_any()
        }
    })
    .into_any()
}

/// The person, and for a pupil the classes there are to choose from.
async fn known(id: AccountId) -> Answer<(PersonRow, Vec<ClassRow>)> {
    let person = api::person(id).await?;
    let mut classes = match person.role.kind() {
        PersonKind::Pupil => api::classes().await?,
        PersonKind::Staff => Vec::new(),
    };
    classes.retain(|class| class.kind == ClassKind::Class);
    Ok((person, classes))
}

/// The person as they are shown, or the form to change them.
#[component]
fn Person(person: PersonRow, classes: Vec<ClassRow>) -> impl IntoView {
    let person = RwSignal::new(person);
    let classes = StoredValue::new(classes);
    let is_edited = RwSignal::new(false);
    let outcome = RwSignal::new(None::<Outcome>);
    let on_edit = Callback::new(move |()| {
        outcome.set(None);
        is_edited.set(true);
    });
    // What came of it, and the person as they are now; nothing if it was given up.
    let on_end = Callback::new(move |ended: Option<(Outcome, PersonRow)>| {
        if let Some((what, row)) = ended {
            person.set(row);
            outcome.set(Some(what));
        }
        is_edited.set(false);
    });
    move || {
        if is_edited.get() {
            let person = person.get_untracked();
            view! { <EditForm person classes=classes.get_value() on_end/> }.into_any()
        } else {
            view! { <Shown person outcome on_edit/> }.into_any()
        }
    }
}

#[component]
fn Shown(
    person: RwSignal<PersonRow>,
    outcome: RwSignal<Option<Outcome>>,
    on_edit: Callback<()>,
) -> impl IntoView {
    let hand_back = Action::new_local(move |field: &PersonField| {
        let (field, id) = (*field, person.with_untracked(|person| person.id));
        async move {
            outcome.set(Some(match api::hand_back(id, HandBack { field }).await {
                Ok(row) => {
                    person.set(row);
                    Outcome::Done(handed_back(field))
                }
                Err(problem) => Outcome::Failed(problem),
            }));
        }
    });
    let on_hand_back = Callback::new(move |field| {
        hand_back.dispatch(field);
    });
    let restore = Action::new_local(move |(): &()| {
        let id = person.with_untracked(|person| person.id);
        async move {
            outcome.set(Some(match api::restore(id).await {
                Ok(row) => {
                    let said = restored(&name_of(&row));
                    person.set(row);
                    said
                }
                Err(problem) => Outcome::Failed(problem),
            }));
        }
    });
    let on_restore = Callback::new(move |()| {
        restore.dispatch(());
    });
    let session: Session = expect_context();
    let send = Action::new_local(move |(): &()| {
        let (id, name) = person.with_untracked(|person| (person.id, name_of(person)));
        async move {
            outcome.set(Some(match api::send_activation(id).await {
                Ok(row) => {
                    person.set(row);
                    Outcome::Done(sent_to(&name, session.keeps_messages()))
                }
                Err(problem) => Outcome::Failed(problem),
            }));
        }
    });
    let on_send = Callback::new(move |()| {
        send.dispatch(());
    });
    let new_card = Action::new_local(move |(): &()| {
        let (id, name) = person.with_untracked(|person| (person.id, name_of(person)));
        async move {
            outcome.set(Some(match api::new_card(id).await {
                Ok(row) => {
                    person.set(row);
                    Outcome::Done(format!("The square code on {name}’s old card no longer works. Username and password are as before. Print the new card for {name}."))
                }
                Err(problem) => Outcome::Failed(problem),
            }));
        }
    });
    let on_new_card = Callback::new(move |()| {
        new_card.dispatch(());
    });
    let has_card =
        Memo::new(move |_| person.with(|person| person.role.kind() == PersonKind::Pupil));
    // Whoever has set a password needs no link.
    let wants_link = Memo::new(move |_| {
        person.with(|person| person.role.kind() == PersonKind::Staff && !person.activated)
    });
    let title = Signal::derive(move || person.with(name_of));
    let back = person.with_untracked(list_of);
    let is_active =
        Memo::new(move |_| person.with(|person| person.status == AccountStatus::Active));
    let is_linked = Memo::new(move |_| person.with(|person| person.linked));
    view! {
        <PageShell title back>
            <OutcomeNotice outcome/>
            {move || person.with(|person| facts(person, on_hand_back, hand_back.pending(), session.keeps_messages()))}
            {move || {
                if !is_active.get() {
                    return view! {
                        <div class="button-row">
                            <Button
                                look=Look::Secondary
                                on_press=on_restore
                                busy=restore.pending()
                            >
                                "Restore"
                            </Button>
                        </div>
                    }
                    .into_any();
                }
                view! {
                    <div class="button-row">
                        <Button look=Look::Secondary on_press=on_edit>
                            "Edit"
                        </Button>
                        {move || {
                            wants_link.get().then(|| view! {
                                <Button look=Look::Secondary on_press=on_send busy=send.pending()>
                                    "Send activation e-mail again"
                                </Button>
                            })
                        }}
                        {move || {
                            has_card.get().then(|| view! {
                                <Button
                                    look=Look::Secondary
                                    on_press=on_new_card
                                    busy=new_card.pending()
                                >
                                    "Stop the old card’s code"
                                </Button>
                            })
                        }}
                    </div>
                    {is_linked.get().then(|| view! { <FromMis person outcome/> })}
                }
                .into_any()
            }}
        </PageShell>
    }
}

/// What is said of a field that follows the MIS from now on.
fn handed_back(field: PersonField) -> String {
    if field == PersonField::Status {
        return "The next run decides. If your MIS does not have this person then, the account goes to the trash."
            .to_owned();
    }
    let label = field.label().to_lowercase();
    format!("The next run takes the {label} from your MIS. Until then it stays as it is.")
}

/// The way back to the list in which somebody stands.
pub(super) fn list_of(person: &PersonRow) -> Back {
    match (person.status, person.role.kind()) {
        (AccountStatus::Trash, _) => Back::to("/users/trash", "Trash"),
        (AccountStatus::Active, PersonKind::Pupil) => Back::to("/users/pupils", "Pupils"),
        (AccountStatus::Active, PersonKind::Staff) => Back::to("/users/staff", "Staff"),
    }
}

/// What is known of a person, with a mark where an admin set it by hand.
fn facts(
    person: &PersonRow,
    on_hand_back: Callback<PersonField>,
    busy: Memo<bool>,
    keeps_messages: bool,
) -> AnyView {
    let text = |text: Option<String>| cell(text.filter(|text| !text.is_empty()));
    // Of whoever is not in the MIS everything is as it was set here.
    let is_kept = |field: &PersonField| person.linked && person.kept.contains(field);
    let fact = |field: PersonField, value: AnyView| {
        let mark = is_kept(&field).then(|| kept(person, field, on_hand_back, busy));
        view! {
            <dt>{field.label()}</dt>
            <dd>{value} {mark}</dd>
        }
        .into_any()
    };
    let of_kind = match person.role.kind() {
        PersonKind::Pupil => vec![
            fact(PersonField::Username, credential(person.username.clone())),
            fact(PersonField::Year, text(person.year.map(|year| year.to_string()))),
            fact(PersonField::Class, text(person.class.clone())),
        ],
        PersonKind::Staff => vec![
            fact(PersonField::Role, person.role.label().into_any()),
            fact(PersonField::Username, credential(person.username.clone())),
            fact(PersonField::Email, text(person.email.clone())),
            fact(PersonField::Classes, text(person.class.clone())),
        ],
    };
    let account = match (person.status, person.role.kind()) {
        (AccountStatus::Trash, _) => {
            let left = person.left_at.as_ref().map(dates::date_of).unwrap_or_default();
            let purge_on = person.purge_on.as_ref().map(dates::day).unwrap_or_default();
            view! {
                <dt>"Account"</dt>
                <dd>
                    <Tag tone=TagTone::Attention>"In the trash"</Tag>
                    {format!(" since {left}; deleted for good on {purge_on}")}
                </dd>
            }
            .into_any()
        }
        (AccountStatus::Active, PersonKind::Staff) => view! {
            <dt>"Account"</dt>
            <dd>
                {activation(person.activated)}
                {delivery_tag(person.delivery, keeps_messages)}
                {(person.delivery == Some(Delivery::AddressRefused)).then(|| view! {
                    <p class="hint">
                        "The mail server says that nobody gets e-mail at this address. If it is mistyped, edit it: a new activation e-mail goes to the new address."
                    </p>
                })}
            </dd>
        }
        .into_any(),
        (AccountStatus::Active, PersonKind::Pupil) => waiting_tag(person.waiting.as_ref())
            .map(|tag| view! { <dt>"Account"</dt> <dd>{tag}</dd> })
            .into_any(),
    };
    let stays = is_kept(&PersonField::Status).then(|| brought_back(on_hand_back, busy));
    let signed_in =
        person.last_sign_in_at.as_ref().map_or_else(|| "Never".to_owned(), dates::date_of);
    let is_marked = |field: &PersonField| *field != PersonField::Status && is_kept(field);
    let explained = person.kept.iter().any(is_marked).then(|| {
        view! {
            <p class="hint">
                "What is marked “Kept as you set it” was set here by hand. A run leaves it as it is, whatever your MIS says."
            </p>
        }
    });
    view! {
        <dl class="facts">
            {fact(PersonField::Forename, text(Some(person.forename.clone())))}
            {fact(PersonField::Surname, text(Some(person.surname.clone())))} {of_kind}
            <dt>"From"</dt>
            <dd>{origin(person.linked)}</dd>
            {account}
            {stays}
            <dt>"Last signed in"</dt>
            <dd>{signed_in}</dd>
        </dl>
        {explained}
    }
    .into_any()
}

/// That somebody was brought back from the trash by hand, and the way to take that back.
fn brought_back(on_hand_back: Callback<PersonField>, busy: Memo<bool>) -> AnyView {
    let press = Callback::new(move |()| on_hand_back.run(PersonField::Status));
    view! {
        <dt>"Stays"</dt>
        <dd>
            "Brought back from the trash here; stays until your MIS has them again. "
            <Button look=Look::Quiet on_press=press busy>"Let the sync decide"</Button>
        </dd>
    }
    .into_any()
}

/// The mark of a field that is kept, and the way to hand it back.
fn kept(
    person: &PersonRow,
    field: PersonField,
    on_hand_back: Callback<PersonField>,
    busy: Memo<bool>,
) -> AnyView {
    // A run never lowers a role.
    let is_to_be_had = field != PersonField::Role || person.role == Role::SupportStaff;
    let hand_back = is_to_be_had.then(|| {
        let press = Callback::new(move |()| on_hand_back.run(field));
        let about = format!("as the {}", field.label().to_lowercase());
        view! {
            " "
            <Button look=Look::Quiet on_press=press busy about=about>
                "Use what your MIS says"
            </Button>
        }
    });
    view! {
        " "
        <Tag tone=TagTone::Accent>"Kept as you set it"</Tag>
        {hand_back}
    }
    .into_any()
}
