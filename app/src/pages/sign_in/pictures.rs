//! The keypad of animals on which a child with a picture PIN signs in.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use rollcall_shared::formats::{PICTURES, pictures_of};
use rollcall_shared::problem::{Kind, Problem};

use crate::components::{Button, Look};
use crate::pictures::picture;

/// Ten animals; the digits 0 to 9 and Backspace work as well while the focus is in here.
#[component]
pub fn Pictures(
    /// How many pictures the PIN has.
    count: u8,
    /// The digits of the pictures chosen so far.
    pin: RwSignal<String>,
    /// Why the last try did not work.
    #[prop(into)]
    problem: Signal<Option<Problem>>,
    /// Whether the server is being asked.
    #[prop(into)]
    busy: Signal<bool>,
    /// Called once all pictures have been chosen.
    on_complete: Callback<()>,
) -> impl IntoView {
    let count = usize::from(count);
    let heading = NodeRef::<html::H2>::new();
    heading.on_load(|heading| {
        // Fails only where the page has gone already.
        let _ = heading.focus();
    });
    let choose = move |digit: char| {
        if busy.get_untracked() || pin.with_untracked(String::len) >= count {
            return;
        }
        pin.update(|pin| pin.push(digit));
        if pin.with_untracked(String::len) == count {
            on_complete.run(());
        }
    };
    let take_back = move || {
        if !busy.get_untracked() {
            pin.update(|pin| {
                pin.pop();
            });
        }
    };
    let typed = move |event: KeyboardEvent| match event.key().as_str() {
        "Backspace" => take_back(),
        key => {
            if let Some(digit) = key.chars().next().filter(|c| c.is_ascii_digit() && key.len() == 1)
            {
                choose(digit);
            }
        }
    };
    let keypad = PICTURES
        .iter()
        .zip('0'..='9')
        .map(|(&name, digit)| {
            view! {
                <button type="button" class="picture" on:click=move |_| choose(digit)>
                    <img src=picture(name) alt=name width="72" height="72"/>
                </button>
            }
        })
        .collect_view();
    let slots = (0..count)
        .map(|place| {
            let chosen = move || pin.with(|pin| pictures_of(pin).get(place).copied());
            let name = move || chosen().and_then(|index| PICTURES.get(index).copied());
            view! {
                <li class="picture-slot" class:picture-slot-filled=move || chosen().is_some()>
                    {move || name().map(|name| view! { <img src=picture(name) alt=name width="44" height="44"/> })}
                </li>
            }
        })
        .collect_view();
    let said = move || {
        let chosen = pin.with(String::len);
        format!("{chosen} of {count} chosen")
    };
    view! {
        <div class="stack" on:keydown=typed>
            <h2 tabindex="-1" node_ref=heading>{format!("Choose your {count} pictures")}</h2>
            <div role="alert">
                {move || {
                    problem
                        .get()
                        .map(|problem| {
                            let (title, detail) = match problem.kind {
                                Kind::WrongCredentials => (
                                    "Those are not your pictures".to_owned(),
                                    Some("Look at your card, and try again.".to_owned()),
                                ),
                                _ => (problem.title, problem.detail),
                            };
                            view! {
                                <p class="field-error">{title}</p>
                                <p>{detail}</p>
                            }
                        })
                }}
            </div>
            <p class="visually-hidden" role="status">{said}</p>
            <ol class="picture-slots" aria-label="Pictures chosen so far">{slots}</ol>
            <div class="pictures" role="group" aria-label="Pictures">{keypad}</div>
            <div class="row">
                <Button look=Look::Secondary busy on_press=Callback::new(move |()| take_back())>
                    "Undo the last picture"
                </Button>
            </div>
        </div>
    }
}
