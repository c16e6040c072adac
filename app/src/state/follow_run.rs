//! Following a run: its state is polled once a second while its page is open and visible.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use rollcall_shared::ids::RunId;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::run::RunView;

use crate::api;

const LOOK_EVERY_MS: u32 = 1_000;

/// A run as it was last seen, and what kept us from seeing it since.
#[derive(Clone, Copy)]
pub struct FollowedRun {
    pub run: RwSignal<Option<RunView>>,
    pub problem: RwSignal<Option<Problem>>,
}

/// Polls a run until it has ended or its page is left. A request that fails without a
/// connection is repeated: the run continues without us.
pub fn follow_run(id: RunId) -> FollowedRun {
    let followed = FollowedRun { run: RwSignal::new(None), problem: RwSignal::new(None) };
    spawn_local_scoped_with_cancellation(async move {
        loop {
            match api::run(id).await {
                Ok(run) => {
                    let is_going = run.status.is_going();
                    followed.problem.set(None);
                    followed.run.set(Some(run));
                    if !is_going {
                        return;
                    }
                }
                Err(problem) => {
                    let is_final =
                        matches!(problem.kind, Kind::NotFound | Kind::NotAllowed | Kind::SignedOut);
                    followed.problem.set(Some(problem));
                    if is_final {
                        return;
                    }
                }
            }
            wait_until_seen(LOOK_EVERY_MS).await;
        }
    });
    followed
}

/// Waits that long, and longer while the page is hidden.
pub async fn wait_until_seen(milliseconds: u32) {
    TimeoutFuture::new(milliseconds).await;
    while document().hidden() {
        TimeoutFuture::new(milliseconds).await;
    }
}
