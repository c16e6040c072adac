//! What the server answers, and what happens when it says that the session has ended.

use leptos::prelude::{Callable, Callback, provide_context, use_context};
use rollcall_shared::problem::Problem;

/// What an endpoint answers.
pub type Answer<T> = Result<T, Problem>;

/// Called when an answer says that the session has ended, in context for every request.
#[derive(Clone, Copy)]
struct OnSignedOut(Callback<()>);

/// Says what is to happen when the session has ended.
pub fn on_signed_out(happens: impl Fn() + Send + Sync + 'static) {
    provide_context(OnSignedOut(Callback::new(move |()| happens())));
}

/// The session has ended.
pub fn signed_out() {
    if let Some(OnSignedOut(happens)) = use_context() {
        happens.run(());
    }
}
