//! One person: what is known of them, what an admin changed by hand, and how to change it.

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
use super::keep_out::{KeepOut, unblocked};
use super::list::{Outcome, OutcomeNotice, as_last_shown};
use super::staff_classes::ClassesOfStaff;
use super::trash::restored;
use super::{activation, cell, credential, name_of, origin, standing_tags};
use crate::address;
use crate::api::{self, Answer};
use crate::asked::Asked;
use crate::components::{Back, Button, LinkButton, Look, PageShell, Tag, TagTone, unanswered_page};
use crate::dates;
use crate::pages::mail::{delivery_tag, sent_to};
use crate::pages::not_found::NotFound;
use crate::pages::pupil_password::{PasswordDialog, Whose};
use crate::state::here::Here;
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
        answer => unanswered_page("Person", known, answer.and_then(Result::err)),
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
    // The outcome, and the person as they are now; none if it was cancelled.
    let on_end = Callback::new(move |ended: Option<(Outcome, PersonRow)>| {
        if let Some((what, row)) = ended {
            person.set(row);
            outcome.set(Some(what));
        }
        is_edited.set(false);
    });
    let here = Here::now();
    move || {
        if is_edited.get() {
            let person = person.get_untracked();
            view! { <EditForm person classes=classes.get_value() here on_end/> }.into_any()
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
    let hand_back: HandingBack = (on_hand_back, hand_back.pending());
    let session: Session = expect_context();
    let (on_restore, restoring) =
        doing(person, outcome, api::restore, |row| restored(&name_of(row)));
    let send = doing(person, outcome, api::send_activation, move |row| {
        Outcome::Done(sent_to(&name_of(row), session.keeps_messages()))
    });
    let new_card = doing(person, outcome, api::new_card, card_stopped);
    let unblock = doing(person, outcome, api::unblock, unblocked);
    let title = Signal::derive(move || person.with(name_of));
    let back = person.with_untracked(list_of);
    let is_active =
        Memo::new(move |_| person.with(|person| person.status == AccountStatus::Active));
    let is_staff = person.with_untracked(|person| person.role.kind() == PersonKind::Staff);
    let is_linked = Memo::new(move |_| person.with(|person| person.linked));
    view! {
        <PageShell title back>
            <OutcomeNotice outcome/>
            {move || person.with(|person| facts(person, hand_back, session.keeps_messages()))}
            {move || {
                if !is_active.get() {
                    return view! {
                        <div class="button-row">
                            <Button look=Look::Secondary on_press=on_restore busy=restoring>
                                "Restore"
                            </Button>
                        </div>
                    }
                    .into_any();
                }
                view! {
                    <Buttons person on_edit send new_card/>
                    {(!is_linked.get() && is_staff).then(|| view! { <ClassesOfStaff person outcome/> })}
                    <KeepOut person outcome unblock/>
                    {is_linked.get().then(|| view! { <FromMis person outcome/> })}
                }
                .into_any()
            }}
        </PageShell>
    }
}

/// What a button does, and whether it is at it.
pub(super) type Doing = (Callback<()>, Memo<bool>);

/// Something done to the person shown: asks the server, then shows them as they are, and says what
/// was done.
pub(super) fn doing<F>(
    person: RwSignal<PersonRow>,
    outcome: RwSignal<Option<Outcome>>,
    ask: impl Fn(AccountId) -> F + Copy + Send + Sync + 'static,
    done: impl Fn(&PersonRow) -> Outcome + Copy + Send + Sync + 'static,
) -> Doing
where
    F: Future<Output = Answer<PersonRow>> + 'static,
{
    let action = Action::new_local(move |(): &()| {
        let id = person.with_untracked(|person| person.id);
        async move {
            outcome.set(Some(match ask(id).await {
                Ok(row) => {
                    let said = done(&row);
                    person.set(row);
                    said
                }
                Err(problem) => Outcome::Failed(problem),
            }));
        }
    });
    let on_press = Callback::new(move |()| {
        action.dispatch(());
    });
    (on_press, action.pending())
}

fn card_stopped(row: &PersonRow) -> Outcome {
    let name = name_of(row);
    Outcome::Done(format!(
        "The QR code on {name}’s old card no longer works. The username and password have not changed. Print a new card for {name}."
    ))
}

/// What can be done with someone who is not in the trash.
#[component]
fn Buttons(
    person: RwSignal<PersonRow>,
    on_edit: Callback<()>,
    send: Doing,
    new_card: Doing,
) -> impl IntoView {
    let ((on_send, sending), (on_new_card, stopping)) = (send, new_card);
    let has_card =
        Memo::new(move |_| person.with(|person| person.role.kind() == PersonKind::Pupil));
    // A link would not work for someone whose sign-in is blocked.
    let link = Memo::new(move |_| {
        person.with(|person| match (person.role.kind(), person.blocked, person.activated) {
            (PersonKind::Pupil, ..) | (_, true, _) => None,
            (.., false) => Some("Send activation e-mail again"),
            (.., true) => Some("Send a link to set a new password"),
        })
    });
    let whose = RwSignal::new(None::<Whose>);
    let ask = move |is_new: bool| {
        Callback::new(move |()| {
            let of = person.with_untracked(|person| Whose {
                id: person.id,
                name: name_of(person),
                is_new,
            });
            whose.set(Some(of));
        })
    };
    view! {
        <div class="button-row">
            <Button look=Look::Secondary on_press=on_edit>
                "Edit"
            </Button>
            {move || {
                link.get().map(|label| view! {
                    <Button look=Look::Secondary on_press=on_send busy=sending>
                        {label}
                    </Button>
                })
            }}
            {move || {
                has_card.get().then(|| view! {
                    <Button look=Look::Secondary on_press=ask(false)>"Show password"</Button>
                    <Button look=Look::Secondary on_press=ask(true)>"New password"</Button>
                    <LinkButton
                        href=person.with_untracked(|person| address::card_of(person.id))
                        look=Look::Secondary
                    >
                        "Print login card"
                    </LinkButton>
                    <Button look=Look::Secondary on_press=on_new_card busy=stopping>
                        "Stop the old card’s QR code"
                    </Button>
                })
            }}
        </div>
        <PasswordDialog whose/>
    }
}

/// What is said of a field that follows the MIS from now on.
fn handed_back(field: PersonField) -> String {
    if field == PersonField::Status {
        return "The next run decides. If your MIS does not have this person by then, the account goes to the trash."
            .to_owned();
    }
    let label = field.label().to_lowercase();
    format!("The next run takes the {label} from your MIS. Until then it stays as it is.")
}

/// The back link to the list a person is in.
pub(super) fn list_of(person: &PersonRow) -> Back {
    match (person.status, person.role.kind()) {
        (AccountStatus::Trash, _) => Back::to(as_last_shown(address::TRASH), "Trash"),
        (AccountStatus::Active, PersonKind::Pupil) => {
            Back::to(as_last_shown(address::PUPILS), "Pupils")
        }
        (AccountStatus::Active, PersonKind::Staff) => {
            Back::to(as_last_shown(address::STAFF), "Staff")
        }
    }
}

/// What hands a field back to the MIS, and whether it is at it.
type HandingBack = (Callback<PersonField>, Memo<bool>);

/// What is known of a person, with a mark where an admin set it by hand.
fn facts(person: &PersonRow, hand_back: HandingBack, keeps_messages: bool) -> AnyView {
    let fields = fields(person)
        .into_iter()
        .map(|(field, value)| {
            let mark = is_kept(person, field).then(|| kept(person, field, hand_back));
            view! {
                <dt>{field.label()}</dt>
                <dd>{value} {mark}</dd>
            }
        })
        .collect_view();
    let stays = is_kept(person, PersonField::Status).then(|| brought_back(hand_back));
    let signed_in =
        person.last_sign_in_at.as_ref().map_or_else(|| "Never".to_owned(), dates::date_of);
    let is_marked = |field: &PersonField| *field != PersonField::Status && is_kept(person, *field);
    let explained = person.kept.iter().any(is_marked).then(|| {
        view! {
            <p class="hint">
                "What is marked “Kept as you set it” was set here by hand. No sync changes it, whatever your MIS says."
            </p>
        }
    });
    view! {
        <dl class="facts">
            {fields}
            <dt>"From"</dt>
            <dd>{origin(person.linked)}</dd>
            {account(person, keeps_messages)}
            {stays}
            <dt>"Last signed in"</dt>
            <dd>{signed_in}</dd>
        </dl>
        {explained}
    }
    .into_any()
}

/// Whether runs leave a field as it was set here. For people who are not in the MIS everything was.
fn is_kept(person: &PersonRow, field: PersonField) -> bool {
    person.linked && person.kept.contains(&field)
}

/// The fields that are shown of a person of this kind, in their order.
fn fields(person: &PersonRow) -> Vec<(PersonField, AnyView)> {
    let text = |text: Option<String>| cell(text.filter(|text| !text.is_empty()));
    let mut fields = vec![
        (PersonField::Forename, text(Some(person.forename.clone()))),
        (PersonField::Surname, text(Some(person.surname.clone()))),
    ];
    fields.extend(match person.role.kind() {
        PersonKind::Pupil => vec![
            (PersonField::Username, credential(person.username.clone())),
            (PersonField::Year, text(person.year.map(|year| year.to_string()))),
            (PersonField::Class, text(person.class.clone())),
        ],
        PersonKind::Staff => vec![
            (PersonField::Role, person.role.label().into_any()),
            (PersonField::Username, credential(person.username.clone())),
            (PersonField::Email, text(person.email.clone())),
            (PersonField::Classes, text(person.class.clone())),
        ],
    });
    fields
}

/// How the account stands, so far as there is something to say of it.
fn account(person: &PersonRow, keeps_messages: bool) -> AnyView {
    match (person.status, person.role.kind()) {
        (AccountStatus::Trash, _) => {
            let left = person.left_at.as_ref().map(dates::date_of).unwrap_or_default();
            let purge_on = person.purge_on.as_ref().map(dates::day).unwrap_or_default();
            view! {
                <dt>"Account"</dt>
                <dd>
                    <Tag tone=TagTone::Attention>"In the trash"</Tag>
                    {format!(" since {left}; will be deleted for good on {purge_on}")}
                </dd>
            }
            .into_any()
        }
        (AccountStatus::Active, PersonKind::Staff) => view! {
            <dt>"Account"</dt>
            <dd>
                {activation(person.activated)} {standing_tags(person)}
                {delivery_tag(person.delivery, keeps_messages)}
                {(person.delivery == Some(Delivery::AddressRefused)).then(|| view! {
                    <p class="hint">
                        "The mail server does not accept e-mail for this address. If it is mistyped, edit it: a new activation e-mail is sent to the new address."
                    </p>
                })}
            </dd>
        }
        .into_any(),
        (AccountStatus::Active, PersonKind::Pupil) => standing_tags(person)
            .map(|tag| view! { <dt>"Account"</dt> <dd>{tag}</dd> })
            .into_any(),
    }
}

/// That someone was restored from the trash by hand, and the button that lets the sync decide.
fn brought_back((on_hand_back, busy): HandingBack) -> AnyView {
    let press = Callback::new(move |()| on_hand_back.run(PersonField::Status));
    view! {
        <dt>"Stays"</dt>
        <dd>
            "Restored from the trash here; stays until your MIS has them again. "
            <Button look=Look::Quiet on_press=press busy>"Let the sync decide"</Button>
        </dd>
    }
    .into_any()
}

/// The mark of a field that is kept, and the button that hands it back.
fn kept(person: &PersonRow, field: PersonField, hand_back: HandingBack) -> AnyView {
    let (on_hand_back, busy) = hand_back;
    // A run never lowers a role.
    let is_to_be_had = field != PersonField::Role || person.role == Role::SupportStaff;
    let button = is_to_be_had.then(|| {
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
        {button}
    }
    .into_any()
}
