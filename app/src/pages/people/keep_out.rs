//! Keeping one person out: blocking their sign-in, and moving them to the trash. Each says first what
//! it does, and can be taken back.

use leptos::prelude::*;
use rollcall_shared::people::{PersonKind, PersonRow};

use super::list::Outcome;
use super::name_of;
use super::person::{Doing, doing};
use crate::api;
use crate::components::{Button, Dialog, Look};
use crate::state::session::Session;

/// What is asked about before it is done.
#[derive(Clone, Copy, PartialEq)]
enum Act {
    Block,
    Trash,
}

/// The message after someone was let in again.
pub(super) fn unblocked(row: &PersonRow) -> Outcome {
    let name = name_of(row);
    Outcome::Done(if row.role.kind() == PersonKind::Staff && !row.activated {
        format!(
            "{name} is no longer blocked. Send them the activation e-mail again: older links do not work any more."
        )
    } else {
        format!("{name} can sign in again, as before.")
    })
}

fn blocked(row: &PersonRow) -> Outcome {
    let name = name_of(row);
    Outcome::Done(format!(
        "{name} has been signed out everywhere and can’t sign in until you let them in again."
    ))
}

fn moved(row: &PersonRow) -> Outcome {
    Outcome::Done(format!("{} is in the trash and can’t sign in.", name_of(row)))
}

/// The buttons, for somebody active who is not oneself.
#[component]
pub(super) fn KeepOut(
    person: RwSignal<PersonRow>,
    outcome: RwSignal<Option<Outcome>>,
    /// Lets them sign in again.
    unblock: Doing,
) -> impl IntoView {
    let session: Session = expect_context();
    let is_own =
        session.signed_in().map(|me| me.account) == Some(person.with_untracked(|person| person.id));
    if is_own {
        return ().into_any();
    }
    let act = RwSignal::new(None::<Act>);
    let (on_unblock, unblocking) = unblock;
    let is_blocked = Memo::new(move |_| person.with(|person| person.blocked));
    let ask = move |wanted: Act| Callback::new(move |()| act.set(Some(wanted)));
    view! {
        <div class="button-row">
            {move || {
                if is_blocked.get() {
                    view! {
                        <Button look=Look::Secondary on_press=on_unblock busy=unblocking>
                            "Let them sign in again"
                        </Button>
                    }
                        .into_any()
                } else {
                    view! {
                        <Button look=Look::Secondary on_press=ask(Act::Block)>
                            "Block sign-in now"
                        </Button>
                    }
                        .into_any()
                }
            }}
            <Button look=Look::Secondary on_press=ask(Act::Trash)>
                "Move to the trash"
            </Button>
        </div>
        <Sure person outcome act/>
    }
    .into_any()
}

/// Says what would be done, and does it.
#[component]
fn Sure(
    person: RwSignal<PersonRow>,
    outcome: RwSignal<Option<Outcome>>,
    act: RwSignal<Option<Act>>,
) -> impl IntoView {
    let block = doing(person, outcome, api::block, blocked);
    let trash = doing(person, outcome, api::move_to_trash, moved);
    let name = Signal::derive(move || person.with(name_of));
    let title = Signal::derive(move || match act.get() {
        Some(Act::Trash) => format!("Move {} to the trash?", name.get()),
        _ => format!("Block the sign-in of {}?", name.get()),
    });
    let close = Callback::new(move |()| act.set(None));
    let open = Signal::derive(move || act.with(Option::is_some));
    view! {
        <Dialog id="keep-out" open on_close=close title close_label="Cancel">
            {move || act.get().map(|wanted| {
                let ((on_do, busy), label) = match wanted {
                    Act::Block => (block, "Block sign-in"),
                    Act::Trash => (trash, "Move to the trash"),
                };
                let press = Callback::new(move |()| {
                    on_do.run(());
                    act.set(None);
                });
                view! {
                    {person.with_untracked(|person| words(wanted, person))}
                    <Button look=Look::Warning on_press=press busy>{label}</Button>
                }
            })}
        </Dialog>
    }
}

/// What it does, in words.
fn words(act: Act, person: &PersonRow) -> AnyView {
    match (act, person.linked) {
        (Act::Block, _) => view! {
            <p>
                "They are signed out everywhere at once, and can’t sign in until you let them in again. Nothing else changes: they stay in their classes and in your lists, and a sync does not unblock them."
            </p>
        }
        .into_any(),
        (Act::Trash, false) => view! {
            <p>
                "They are signed out and can’t sign in any more. You can restore them from the trash, with the same username and password, until they are deleted for good on the date shown there."
            </p>
        }
        .into_any(),
        (Act::Trash, true) => view! {
            <p>
                "They are signed out and can’t sign in. But they come from your MIS: as long as it has them, the next sync brings them back."
            </p>
            <p>"To keep them out for longer, block their sign-in instead."</p>
        }
        .into_any(),
    }
}
