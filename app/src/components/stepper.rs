//! Where one is among the steps, in plain text.

use leptos::prelude::*;

/// "Step 2 of 5".
#[component]
pub fn Stepper(
    /// The step shown, from 1.
    step: u8,
    /// How many there are.
    of: u8,
) -> impl IntoView {
    view! { <p class="caption">{format!("Step {step} of {of}")}</p> }
}
