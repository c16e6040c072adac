//! The field in which a member of staff types the password they choose.

use leptos::prelude::*;
use rollcall_shared::session::SHORTEST_STAFF_PASSWORD;

use crate::components::{Field, FieldKind};

/// What is said of a password that has too few characters, before it is sent.
pub fn too_short(password: &str) -> Option<String> {
    (password.chars().count() < SHORTEST_STAFF_PASSWORD)
        .then(|| format!("Use {SHORTEST_STAFF_PASSWORD} characters or more"))
}

/// The field, with what makes a good password.
pub fn new_password(password: RwSignal<String>, error: Signal<Option<String>>) -> AnyView {
    view! {
        <Field
            id="password"
            label="New password"
            hint=format!(
                "{SHORTEST_STAFF_PASSWORD} characters or more. Three words that only you would put together are easy to remember and hard to guess.",
            )
            value=password
            error
            kind=FieldKind::Password
            autocomplete="new-password"
        />
    }
    .into_any()
}
