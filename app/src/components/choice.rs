//! Questions with given answers: radios, checkboxes, a drop-down.

use leptos::prelude::*;

use super::tag::{Tag, TagTone};

/// One answer that can be chosen.
pub struct Choice<T> {
    value: T,
    text: ChoiceText,
}

struct ChoiceText {
    label: String,
    hint: Option<Signal<String>>,
    recommended: bool,
}

impl<T> Choice<T> {
    /// An answer and what it is called.
    pub fn new(value: T, label: impl Into<String>) -> Self {
        let text = ChoiceText { label: label.into(), hint: None, recommended: false };
        Self { value, text }
    }

    /// Explains the answer below its label; may change as the page learns more.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Signal<String>>) -> Self {
        self.text.hint = Some(hint.into());
        self
    }

    /// Marks the answer "Recommended".
    #[must_use]
    pub fn recommended(mut self) -> Self {
        self.text.recommended = true;
        self
    }
}

/// One answer of several.
#[component]
pub fn Radios<T>(
    /// The JSON name of the answer, so that a problem can point at it: the first radio's id.
    name: &'static str,
    /// The question.
    #[prop(into)]
    legend: String,
    /// Help, shown below the question.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The answers.
    choices: Vec<Choice<T>>,
    /// The answer chosen so far.
    #[prop(into)]
    value: Signal<Option<T>>,
    /// Takes a new answer.
    #[prop(into)]
    on_choose: Callback<T>,
    /// Why the answer can't be used.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let (values, texts) = split(choices);
    let chosen = {
        let values = values.clone();
        Signal::derive(move || {
            value.with(|value| values.iter().position(|v| Some(v) == value.as_ref()))
        })
    };
    let choose = Callback::new(move |index: usize| {
        if let Some(value) = values.get(index) {
            on_choose.run(value.clone());
        }
    });
    let options = texts
        .into_iter()
        .enumerate()
        .map(|(index, text)| {
            let is_chosen = Signal::derive(move || chosen.get() == Some(index));
            let pressed = Callback::new(move |_| choose.run(index));
            option_view("radio", name, index, text, is_chosen, pressed)
        })
        .collect();
    fieldset(name, legend, hint, error, options)
}

/// Any number of answers.
#[component]
pub fn Checkboxes<T>(
    /// The JSON name of the answer, so that a problem can point at it: the first checkbox's id.
    name: &'static str,
    /// The question.
    #[prop(into)]
    legend: String,
    /// Help, shown below the question.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The answers.
    choices: Vec<Choice<T>>,
    /// The answers ticked so far.
    #[prop(into)]
    ticked: Signal<Vec<T>>,
    /// Takes an answer that has been ticked (true) or un-ticked.
    #[prop(into)]
    on_tick: Callback<(T, bool)>,
    /// Why the answers can't be used.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let options = choices
        .into_iter()
        .enumerate()
        .map(|(index, Choice { value, text })| {
            let is_ticked = {
                let value = value.clone();
                Signal::derive(move || ticked.with(|ticked| ticked.contains(&value)))
            };
            let pressed = Callback::new(move |now| on_tick.run((value.clone(), now)));
            option_view("checkbox", name, index, text, is_ticked, pressed)
        })
        .collect();
    fieldset(name, legend, hint, error, options)
}

/// One checkbox on its own.
#[component]
pub fn Checkbox(
    /// Its id and name.
    id: &'static str,
    /// What ticking it says.
    #[prop(into)]
    label: String,
    /// Help, shown below the label.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Whether it is ticked.
    #[prop(into)]
    ticked: Signal<bool>,
    /// Takes a tick (true) or its removal.
    #[prop(into)]
    on_tick: Callback<bool>,
) -> impl IntoView {
    let text = ChoiceText { label, hint: hint.map(Signal::stored), recommended: false };
    option_view("checkbox", id, 0, text, ticked, on_tick)
}

/// One answer of many, as a drop-down.
#[component]
pub fn Select<T>(
    /// Its id and name.
    #[prop(into)]
    id: String,
    /// The question.
    #[prop(into)]
    label: String,
    /// Whether the label is only read out, in a table whose heading says it.
    #[prop(optional)]
    label_is_hidden: bool,
    /// The empty option, such as "All years"; none: one must be chosen.
    #[prop(optional, into)]
    nothing: Option<String>,
    /// The answers and what they are called.
    choices: Vec<(T, String)>,
    /// The answer chosen so far.
    #[prop(into)]
    value: Signal<Option<T>>,
    /// Takes a new answer; none for the empty option.
    #[prop(into)]
    on_choose: Callback<Option<T>>,
    /// Why the answer can't be used.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The id of the element that explains the answer, if that is elsewhere.
    #[prop(optional, into)]
    explained_by: Option<String>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let (values, labels): (Vec<T>, Vec<String>) = choices.into_iter().unzip();
    let chosen = {
        let values = values.clone();
        Memo::new(move |_| {
            value.with(|value| values.iter().position(|v| Some(v) == value.as_ref()))
        })
    };
    let options = labels
        .into_iter()
        .enumerate()
        .map(|(index, label)| {
            view! {
                <option value=index.to_string() prop:selected=move || chosen.get() == Some(index)>
                    {label}
                </option>
            }
        })
        .collect_view();
    let nothing = nothing.map(|label| {
        view! { <option value="" prop:selected=move || chosen.get().is_none()>{label}</option> }
    });
    let error_id = format!("{id}-error");
    view! {
        <div class="field" class:field-wrong=move || error.get().is_some()>
            <label for=id.clone() class:visually-hidden=label_is_hidden>{label}</label>
            <p class="field-error" id=error_id.clone() hidden=move || error.get().is_none()>
                {move || error.get()}
            </p>
            <select
                id=id.clone()
                name=id
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=move || {
                    if error.get().is_some() { Some(error_id.clone()) } else { explained_by.clone() }
                }
                on:change:target=move |event| {
                    let index: Option<usize> = event.target().value().parse().ok();
                    on_choose.run(index.and_then(|index| values.get(index).cloned()));
                }
            >
                {nothing}
                {options}
            </select>
        </div>
    }
}

fn split<T>(choices: Vec<Choice<T>>) -> (Vec<T>, Vec<ChoiceText>) {
    choices.into_iter().map(|choice| (choice.value, choice.text)).unzip()
}

/// The id of an answer: the first has the question's own name, so that a problem's link finds it.
fn option_id(name: &str, index: usize) -> String {
    if index == 0 { name.to_owned() } else { format!("{name}-{index}") }
}

fn option_view(
    kind: &'static str,
    name: &'static str,
    index: usize,
    text: ChoiceText,
    is_chosen: Signal<bool>,
    pressed: Callback<bool>,
) -> AnyView {
    let id = option_id(name, index);
    let hint_id = text.hint.map(|_| format!("{id}-hint"));
    view! {
        <div class="choice">
            <input
                type=kind
                id=id.clone()
                name=name
                value=index.to_string()
                aria-describedby=hint_id.clone()
                prop:checked=is_chosen
                on:change:target=move |event| pressed.run(event.target().checked())
            />
            <div class="choice-text">
                <label for=id>
                    {text.label}
                    {text
                        .recommended
                        .then(|| view! { " " <Tag tone=TagTone::Accent>"Recommended"</Tag> })}
                </label>
                {text.hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            </div>
        </div>
    }
    .into_any()
}

fn fieldset(
    name: &'static str,
    legend: String,
    hint: Option<String>,
    error: Signal<Option<String>>,
    options: Vec<AnyView>,
) -> AnyView {
    let hint_id = hint.as_ref().map(|_| format!("{name}-question-hint"));
    let described_by = {
        let hint_id = hint_id.clone();
        move || {
            let error_id = error.get().map(|_| format!("{name}-error"));
            match (hint_id.clone(), error_id) {
                (Some(hint), Some(error)) => Some(format!("{hint} {error}")),
                (hint, error) => hint.or(error),
            }
        }
    };
    view! {
        <fieldset
            class="field"
            class:field-wrong=move || error.get().is_some()
            aria-describedby=described_by
        >
            <legend>{legend}</legend>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <p class="field-error" id=format!("{name}-error") hidden=move || error.get().is_none()>
                {move || error.get()}
            </p>
            {options}
        </fieldset>
    }
    .into_any()
}
