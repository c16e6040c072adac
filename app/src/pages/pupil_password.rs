//! A pupil's password in a dialog: shown, or a new one given, by an admin or by their teacher.

use leptos::prelude::*;
use rollcall_shared::formats::{PICTURES, pictures_of};
use rollcall_shared::ids::AccountId;
use rollcall_shared::session::RevealedPassword;

use crate::address;
use crate::api::{self, Answer};
use crate::components::{Button, Dialog, Look, ProblemPanel, focus_on};
use crate::pictures::picture;
use crate::text::LOADING;

/// Whose password is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whose {
    pub id: AccountId,
    pub name: String,
    /// Whether they are to have a new one; it is asked again before they do.
    pub is_new: bool,
}

/// Shows one pupil's password, or gives a new one; the server keeps a record of either.
#[component]
pub fn PasswordDialog(
    /// Whose password was asked for.
    whose: RwSignal<Option<Whose>>,
) -> impl IntoView {
    let title = Signal::derive(move || {
        whose.get().map(|whose| format!("{}’s password", whose.name)).unwrap_or_default()
    });
    let open = Signal::derive(move || whose.with(Option::is_some));
    let close = Callback::new(move |()| whose.set(None));
    view! {
        <Dialog id="password-dialog" open on_close=close title>
            {move || whose.get().map(|whose| view! { <Password whose/> })}
        </Dialog>
    }
}

/// What the dialog shows.
#[derive(Clone)]
enum Stage {
    Waiting,
    /// Asks whether they are to have a new one.
    Sure,
    Shown {
        answer: Answer<RevealedPassword>,
        is_new: bool,
    },
}

#[component]
fn Password(whose: Whose) -> impl IntoView {
    let Whose { id, name, is_new } = whose;
    let stage = RwSignal::new(if is_new { Stage::Sure } else { Stage::Waiting });
    // Not a resource: to show a password is to do something, once for each press.
    let ask = Action::new_local(move |is_new: &bool| {
        let is_new = *is_new;
        async move {
            let answer = if is_new { api::new_password(id).await } else { api::reveal(id).await };
            stage.set(Stage::Shown { answer, is_new });
            if is_new {
                // The button that was pressed is gone.
                focus_on("#password-dialog-title");
            }
        }
    });
    if !is_new {
        ask.dispatch(false);
    }
    let renew = Callback::new(move |()| {
        ask.dispatch(true);
    });
    let ask_again = Callback::new(move |()| stage.set(Stage::Sure));
    move || {
        match stage.get() {
        Stage::Waiting => view! { <p role="status">{LOADING}</p> }.into_any(),
        Stage::Sure => view! {
            <p>
                {format!("{name} gets a new password, and the old one stops working at once. The username stays as it is.")}
            </p>
            <Button look=Look::Warning on_press=renew busy=ask.pending()>
                "Give a new password"
            </Button>
        }
        .into_any(),
        Stage::Shown { answer: Err(problem), .. } => view! { <ProblemPanel problem/> }.into_any(),
        Stage::Shown { answer: Ok(login), is_new: true } => view! {
            <p role="status">
                {format!("{name} has a new password. Cards printed before show the old one: ")}
                <a href=address::card_of(id)>"print a new card"</a>
                "."
            </p>
            {shown(login)}
        }
        .into_any(),
        Stage::Shown { answer: Ok(login), is_new: false } => view! {
            {shown(login)}
            <p class="hint">"We keep a record that you have seen it. Showing it does not change it."</p>
            <Button look=Look::Quiet on_press=ask_again>"Give a new password"</Button>
        }
        .into_any(),
    }
    }
}

fn shown(login: RevealedPassword) -> AnyView {
    let pictures = login.format.is_pictures().then(|| pictures_in_a_row(&login.password));
    view! {
        <dl class="facts">
            <dt>"Username"</dt>
            <dd class="credential credential-large">{login.username}</dd>
            <dt>"Password"</dt>
            <dd>
                {pictures}
                <span class="credential credential-large">{login.password}</span>
            </dd>
        </dl>
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
