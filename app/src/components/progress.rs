//! How far something has come, for eyes and ears.

use leptos::prelude::*;

/// A progress bar, with the same said in words beside it.
#[component]
pub fn Progress(
    /// What is going on.
    #[prop(into)]
    label: Signal<String>,
    /// How much is done.
    #[prop(into)]
    done: Signal<u32>,
    /// How much there is.
    #[prop(into)]
    total: Signal<u32>,
) -> impl IntoView {
    // Spoken in steps of ten per cent: every single one would never let the page be heard.
    let spoken = Memo::new(move |_| {
        let (done, total) = (done.get(), total.get());
        let tenths = if total == 0 { 0 } else { u64::from(done) * 10 / u64::from(total) };
        format!("{} per cent done", tenths * 10)
    });
    view! {
        <div class="progress">
            <p class="progress-label" id="progress-label">{label}</p>
            <progress
                aria-labelledby="progress-label"
                max=move || total.get().max(1).to_string()
                prop:value=move || f64::from(done.get())
            ></progress>
            <p class="progress-count" aria-hidden="true">
                {move || format!("{} of {}", done.get(), total.get())}
            </p>
            <p class="visually-hidden" role="status">{spoken}</p>
        </div>
    }
}
