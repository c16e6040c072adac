//! A dialog: the browser's own, which keeps the focus inside and closes on Escape.

use leptos::html;
use leptos::prelude::*;

use super::button::{Button, Look};

/// A dialog over the page.
#[component]
pub fn Dialog(
    /// Its id; its heading is named by it.
    id: &'static str,
    /// Whether it is shown.
    #[prop(into)]
    open: Signal<bool>,
    /// Called when it is closed, by its button or by Escape.
    #[prop(into)]
    on_close: Callback<()>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// What the closing button says.
    #[prop(optional, into)]
    close_label: Option<String>,
    /// What it shows; rendered afresh each time it opens.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let open = open.get();
        if let Some(dialog) = dialog.get()
            && dialog.open() != open
        {
            if open {
                // Fails only for a dialog that is not in the page, or is open already.
                let _ = dialog.show_modal();
            } else {
                dialog.close();
            }
        }
    });
    let close_label = close_label.unwrap_or_else(|| "Close".into());
    view! {
        <dialog
            node_ref=dialog
            class="dialog"
            aria-labelledby=format!("{id}-title")
            on:close=move |_| on_close.run(())
        >
            // Read out first; and Enter pressed twice does nothing yet.
            <h2 id=format!("{id}-title") tabindex="-1" autofocus>{title}</h2>
            {move || open.get().then(|| children())}
            <div class="button-row">
                <Button look=Look::Secondary on_press=on_close>
                    {close_label}
                </Button>
            </div>
        </dialog>
    }
}
