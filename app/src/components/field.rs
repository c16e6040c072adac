//! One line of text to fill in: the field owns its label, its hint and its message.

use leptos::html;
use leptos::prelude::*;

/// What is typed into a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    #[default]
    Text,
    /// A username: nothing is corrected or capitalised.
    Username,
    Email,
    Password,
    Search,
    Telephone,
    /// Digits, as text: a PIN, a school number.
    Digits,
    /// A time of day.
    Time,
}

impl FieldKind {
    const fn input_type(self) -> &'static str {
        match self {
            Self::Text | Self::Username | Self::Digits => "text",
            Self::Email => "email",
            Self::Password => "password",
            Self::Search => "search",
            Self::Telephone => "tel",
            Self::Time => "time",
        }
    }
}

/// A text field.
#[component]
pub fn Field(
    /// Its id and name: the JSON name of the field, so that a problem can point at it.
    id: &'static str,
    /// What is asked for.
    #[prop(into)]
    label: String,
    /// What has been typed.
    value: RwSignal<String>,
    /// Help, shown before the field.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Why what was typed can't be used.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// What is typed into it.
    #[prop(optional)]
    kind: FieldKind,
    /// The browser's name for what is asked, such as `username`.
    #[prop(optional)]
    autocomplete: &'static str,
    /// Whether it may stay empty: said beside the label.
    #[prop(optional)]
    optional: bool,
    /// Whether it takes the focus when it appears: only for a field that a press has just brought.
    #[prop(optional)]
    focused: bool,
) -> impl IntoView {
    let hint_id = hint.as_ref().map(|_| format!("{id}-hint"));
    let described_by = described_by(id, hint_id.clone(), error);
    let input = NodeRef::<html::Input>::new();
    if focused {
        input.on_load(|input| {
            // Fails only where the field has gone already.
            let _ = input.focus();
        });
    }
    let shown = RwSignal::new(false);
    let input_type = move || if shown.get() { "text" } else { kind.input_type() };
    let is_plain = matches!(kind, FieldKind::Text | FieldKind::Search);
    view! {
        <div class="field" class:field-wrong=move || error.get().is_some()>
            <label for=id>{label} {optional.then_some(" (optional)")}</label>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <p class="field-error" id=format!("{id}-error") hidden=move || error.get().is_none()>
                {move || error.get()}
            </p>
            <input
                node_ref=input
                id=id
                name=id
                type=input_type
                inputmode=(kind == FieldKind::Digits).then_some("numeric")
                autocomplete=(!autocomplete.is_empty()).then_some(autocomplete)
                autocapitalize=(!is_plain).then_some("none")
                spellcheck="false"
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=described_by
                bind:value=value
            />
            {(kind == FieldKind::Password).then(|| show_or_hide(shown))}
        </div>
    }
}

/// The ids of the hint, if there is one, and of the message while there is one.
fn described_by(
    id: &'static str,
    hint_id: Option<String>,
    error: Signal<Option<String>>,
) -> impl Fn() -> Option<String> {
    move || match (&hint_id, error.get().is_some()) {
        (Some(hint), true) => Some(format!("{hint} {id}-error")),
        (Some(hint), false) => Some(hint.clone()),
        (None, true) => Some(format!("{id}-error")),
        (None, false) => None,
    }
}

/// The button that shows a password as it is typed, and hides it again.
fn show_or_hide(shown: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button-quiet"
            on:click=move |_| shown.update(|shown| *shown = !*shown)
        >
            {move || if shown.get() { "Hide password" } else { "Show password" }}
        </button>
    }
}
