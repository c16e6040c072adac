//! Whether a page is still there when its answer comes.

use leptos::prelude::*;

/// The page, or the part of one, that has asked something. Who has left it meanwhile is not taken
/// away from where they have gone; and what belonged to it can no longer be read.
#[derive(Clone, Copy)]
pub struct Here(StoredValue<()>);

impl Here {
    /// What is being rendered now.
    pub fn now() -> Self {
        Self(StoredValue::new(()))
    }

    /// Whether it is gone.
    pub fn is_left(self) -> bool {
        self.0.is_disposed()
    }
}
