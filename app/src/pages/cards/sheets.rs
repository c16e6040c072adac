//! The cards on A4 sheets: a class never shares a sheet, and no card is split.

use leptos::prelude::*;
use rollcall_shared::card::{Card, Cards};
use rollcall_shared::formats::{PICTURES, pictures_of};

use crate::components::{Button, Look, Notice, PageShell, Tone};
use crate::pictures::picture;

/// Cards on one A4 sheet, in two columns; `style/print.css` gives each its room.
const CARDS_ON_A_SHEET: usize = 8;

/// Names longer than this are set smaller, so that the card has room for the rest.
const LONG_NAME: usize = 26;

/// All the sheets, and the button that prints them. On paper there is nothing but the sheets.
#[component]
pub fn Sheets(
    /// The cards.
    cards: Cards,
    /// Goes back to the choice.
    on_other: Callback<()>,
) -> impl IntoView {
    let count: usize = cards.sheets.iter().map(|sheet| sheet.cards.len()).sum();
    let address = cards.address;
    let left_out = cards.left_out;
    let sheets: Vec<AnyView> = cards
        .sheets
        .into_iter()
        .flat_map(|of_class| {
            let class = of_class.class.unwrap_or_else(|| "No class".into());
            let sheets = of_class.cards.chunks(CARDS_ON_A_SHEET);
            let pages = sheets.len();
            sheets
                .enumerate()
                .map(|(index, chunk)| {
                    let title = format!("{class}, sheet {} of {pages}", index + 1);
                    sheet(title, &cards.school, chunk, &address)
                })
                .collect::<Vec<_>>()
        })
        .collect();
    let print = Callback::new(|()| {
        // Fails only where a browser forbids printing, and then it says so itself.
        let _ = window().print();
    });
    let title = if count == 1 { "1 login card".to_owned() } else { format!("{count} login cards") };
    if count == 0 {
        return view! {
            <PageShell title="There are no cards to print">
                {if left_out.is_empty() {
                    view! { <p>"No pupils match what you chose."</p> }.into_any()
                } else {
                    without_card(&left_out)
                }}
                <Button on_press=on_other>"Choose other cards"</Button>
            </PageShell>
        }
        .into_any();
    }
    view! {
        <PageShell title wide=true>
            <p class="lead">
                "Print on A4 at 100 per cent. Each class starts on a new sheet; cut along the dashed lines."
            </p>
            {without_card(&left_out)}
            <div class="button-row">
                <Button on_press=print>"Print"</Button>
                <Button look=Look::Secondary on_press=on_other>
                    "Choose other cards"
                </Button>
            </div>
            <div class="sheets">{sheets}</div>
        </PageShell>
    }
    .into_any()
}

/// Who has no card, and why.
fn without_card(names: &[String]) -> AnyView {
    if names.is_empty() {
        return ().into_any();
    }
    let names = names.join(", ");
    view! {
        <Notice tone=Tone::Warning>
            <p>
                "There are no cards for these pupils, because Rollcall can no longer read their passwords. Nothing was changed. Tell support: "
                {names}
            </p>
        </Notice>
    }
    .into_any()
}

fn sheet(title: String, school: &str, cards: &[Card], address: &str) -> AnyView {
    let cards = cards.iter().map(|card| card_view(card, school, address)).collect_view();
    view! {
        <section class="sheet">
            <h2 class="sheet-title">{title}</h2>
            <ul class="cards">{cards}</ul>
        </section>
    }
    .into_any()
}

fn card_view(card: &Card, school: &str, address: &str) -> impl IntoView {
    let pictures = card.format.is_pictures().then(|| {
        let names = pictures_of(&card.password).into_iter().filter_map(|index| PICTURES.get(index));
        let pictures = names
            .map(|&name| view! { <img src=picture(name) alt=name width="45" height="45"/> })
            .collect_view();
        view! { <span class="card-pictures">{pictures}</span> }
    });
    let password_label = if card.format.is_pictures() { "Pictures" } else { "Password" };
    let is_long = card.name.chars().count() > LONG_NAME;
    view! {
        <li class="card">
            <p class="card-name" class:card-name-long=is_long>
                <span>{card.name.clone()}</span>
                <span class="card-class">{card.class.clone()}</span>
            </p>
            <p>
                <span class="card-label">"Username"</span>
                <span class="card-credential">{card.username.clone()}</span>
            </p>
            <div class="card-lower">
                <p>
                    <span class="card-label">{password_label}</span>
                    {pictures}
                    <span class="card-credential">{card.password.clone()}</span>
                </p>
                <p class="card-address">
                    <strong>{school.to_owned()}</strong>
                    <span>{address.to_owned()}</span>
                </p>
                <div class="card-qr" aria-hidden="true" inner_html=card.qr_svg.clone()></div>
            </div>
        </li>
    }
}
