//! The keypad of animals on which a child with a picture PIN signs in.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use rollcall_shared::formats::{PICTURES, pictures_of};
use rollcall_shared::problem::{Kind, Problem};

use crate::components::{Button, Look};
use crate::pictures::picture;

/// The PIN as it is chosen, picture by picture.
#[derive(Clone, Copy)]
struct Pin {
    digits: RwSignal<String>,
    /// How many pictures it has.
    count: usize,
    busy: Signal<bool>,
    on_complete: Callback<()>,
}

impl Pin {
    fn choose(self, digit: char) {
        if self.busy.get_untracked() || self.chosen() >= self.count {
            return;
        }
        self.digits.update(|digits| digits.push(digit));
        if self.chosen() == self.count {
            self.on_complete.run(());
        }
    }

    /// How many pictures have been chosen so far.
    fn chosen(self) -> usize {
        self.digits.with_untracked(String::len)
    }

    fn take_back(self) {
        if !self.busy.get_untracked() {
            self.digits.update(|digits| {
                digits.pop();
            });
        }
    }

    fn press(self, key: &str) {
        if key == "Backspace" {
            self.take_back();
        } else if let Some(digit) =
            key.chars().next().filter(|c| c.is_ascii_digit() && key.len() == 1)
        {
            self.choose(digit);
        }
    }
}

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
    let said = move || {
        let chosen = pin.with(String::len);
        format!("{chosen} of {count} chosen")
    };
    let pin = Pin { digits: pin, count, busy, on_complete };
    view! {
        <div class="stack" on:keydown=move |event: KeyboardEvent| pin.press(&event.key())>
            <h2 tabindex="-1" node_ref=heading>{format!("Choose your {count} pictures")}</h2>
            <div role="alert">{move || problem.get().map(refused)}</div>
            <p class="visually-hidden" role="status">{said}</p>
            <ol class="picture-slots" aria-label="Pictures chosen so far">{slots(pin)}</ol>
            <div class="pictures" role="group" aria-label="Pictures">{keypad(pin)}</div>
            <div class="row">
                <Button look=Look::Secondary busy on_press=Callback::new(move |()| pin.take_back())>
                    "Undo the last picture"
                </Button>
            </div>
        </div>
    }
}

/// Why the last try did not work, in a child's words.
fn refused(problem: Problem) -> impl IntoView {
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
}

/// A slot for each picture of the PIN, with the picture once it has been chosen.
fn slots(pin: Pin) -> impl IntoView {
    (0..pin.count)
        .map(|place| {
            let chosen = move || pin.digits.with(|digits| pictures_of(digits).get(place).copied());
            let name = move || chosen().and_then(|index| PICTURES.get(index).copied());
            view! {
                <li class="picture-slot" class:picture-slot-filled=move || chosen().is_some()>
                    {move || name().map(|name| view! { <img src=picture(name) alt=name width="44" height="44"/> })}
                </li>
            }
        })
        .collect_view()
}

fn keypad(pin: Pin) -> impl IntoView {
    PICTURES
        .iter()
        .zip('0'..='9')
        .map(|(&name, digit)| {
            view! {
                <button type="button" class="picture" on:click=move |_| pin.choose(digit)>
                    <img src=picture(name) alt=name width="72" height="72"/>
                </button>
            }
        })
        .collect_view()
}
