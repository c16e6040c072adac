//! Progress, shown and announced.

use leptos::prelude::*;

/// A progress bar, with the same in words for screen readers.
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
    // Announced in steps of ten per cent: every change would drown out the rest of the page.
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
