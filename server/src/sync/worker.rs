//! The worker: takes up the runs that wait, one after the other, for as long as the server runs.
//! Several servers may each have one; of those on one SQLite database one works, and the others
//! wait for its end.

use std::time::Duration;

use rollcall_store::RunsLock;

use super::apply::{Ended, apply};
use super::lease::LEASE;
use crate::error::{Error, Result};
use crate::state::AppState;
use crate::telemetry::Chain;

/// How often the queue is looked into.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A run that was cut short so often will be the next time too, and would keep its school from any
/// other for ever.
const MOST_CLAIMS: u32 = 10;

const GIVEN_UP: &str = "Something on our side stopped this run repeatedly, so we gave up. What was \
    done before is complete and stays. Open the summary again: it shows what is left to do. If it \
    happens again, tell support.";

/// Works until the server stops. A run that is under way then is left after its batch, and taken up
/// by whichever worker looks first.
pub(crate) async fn work(state: AppState) {
    let mut lock = None;
    while !state.background.is_stopping() {
        state.health.hear_worker(state.clock.now());
        // Says it in the log.
        state.health.is_database_in_place();
        if lock.is_none() {
            lock = lock_runs(&state).await;
        }
        if lock.is_some() {
            apply_waiting(&state).await;
        }
        state.background.pause(LOOK_EVERY).await;
    }
}

/// Applies the runs that wait, one at a time; the next is looked for at once.
async fn apply_waiting(state: &AppState) {
    while !state.background.is_stopping() {
        match apply_next(state).await {
            Ok(Some(_)) => state.health.hear_worker(state.clock.now()),
            Ok(None) => return,
            Err(Error::Broken(error)) => {
                tracing::error!(error = %Chain(error.as_ref()), "a run was cut short");
                return;
            }
            Err(Error::Problem(_)) => return,
        }
    }
}

async fn lock_runs(state: &AppState) -> Option<RunsLock> {
    match state.store.lock_runs(state.clock.now()).await {
        Ok(lock) => lock,
        Err(error) => {
            tracing::error!(error = %Chain(&error), "runs can't be taken up");
            None
        }
    }
}

/// Claims the next run that waits and applies it; none if none waits.
///
/// # Errors
/// If it was cut short; it is taken up again when the lease is over.
pub async fn apply_next(state: &AppState) -> Result<Option<Ended>> {
    let now = state.clock.now();
    let given_up = state.store.give_up_runs(MOST_CLAIMS, GIVEN_UP, now).await?;
    if given_up > 0 {
        tracing::error!(runs = given_up, "gave up runs that were cut short again and again");
    }
    let Some(claim) = state.store.claim_run(None, now, now + LEASE).await? else {
        return Ok(None);
    };
    let (run, school) = (claim.run, claim.school);
    let ended = apply(state, claim).await?;
    tracing::info!(%run, %school, ?ended, "a run has ended");
    Ok(Some(ended))
}

#[cfg(test)]
mod tests {
    use rollcall_store::Store;
    use rollcall_store::contract::on_both_engines;

    use super::*;
    use crate::sync::tests::Bench;

    #[tokio::test]
    async fn the_worker_is_heard_of_as_soon_as_it_works() {
        on_both_engines(async |store: Store| {
            let state = Bench::new(store, None).await.state;
            let is_heard = || state.health.is_worker_heard(state.clock.now());
            assert!(!is_heard());
            let heard = async {
                while !is_heard() {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                () = work(state.clone()) => {}
                () = heard => {}
            }
        })
        .await;
    }
}
