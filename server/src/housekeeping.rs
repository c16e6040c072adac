//! Housekeeping, once a day: people whose time in the trash is over go for good, and so does what
//! nobody needs any more. That is nothing a sync does, and people go only by dates that a list has
//! shown all along.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use chrono::TimeDelta;
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_store::StoreError;
use rollcall_store::audit::{AuditAction, AuditEntry};

use crate::state::AppState;
use crate::telemetry::Chain;

/// How often it is asked whether it is time.
const LOOK_EVERY: Duration = Duration::from_secs(60);

const EVERY: TimeDelta = TimeDelta::days(1);
/// Where it could not be done.
const AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);

/// How long a server may take before another may begin.
const LEASE: TimeDelta = TimeDelta::minutes(15);

/// So many people are looked up in one go.
const BATCH: u32 = 200;

/// Keeps house once a day, for as long as the server runs; of several servers one does.
pub(crate) async fn watch(state: AppState) {
    loop {
        if let Err(error) = keep_house_if_due(&state).await {
            tracing::error!(error = %Chain(&error), "it can't be told whether to keep house");
        }
        if !state.background.pause(LOOK_EVERY).await {
            return;
        }
    }
}

/// Keeps house if it is time; whether it was.
///
/// # Errors
/// If the database failed.
pub(crate) async fn keep_house_if_due(state: &AppState) -> Result<bool, StoreError> {
    let now = state.clock.now();
    if !state.store.claim_housekeeping(now, now + LEASE).await? {
        return Ok(false);
    }
    let next = if keep_house(state).await {
        EVERY
    } else if state.background.is_stopping() {
        // Another server goes on.
        TimeDelta::zero()
    } else {
        AGAIN_AFTER
    };
    state.store.end_housekeeping(state.clock.now() + next).await?;
    Ok(true)
}

/// Does all there is to do; whether all of it was done. What fails holds up nothing else.
async fn keep_house(state: &AppState) -> bool {
    let (store, now) = (&state.store, state.clock.now());
    let mut is_done = did(state, "people", async { purge_due(state).await.map(u64::from) }).await;
    is_done &= did(state, "classes", store.sweep_classes(now)).await;
    is_done &= did(state, "answers", store.sweep_answers(now)).await;
    is_done &= did(state, "sign-ins", async { store.sweep_sign_ins(now).await.map(|()| 0) }).await;
    is_done &= did(state, "sessions", store.sweep_sessions(now)).await;
    is_done &= did(state, "messages", store.sweep_mail(now)).await;
    is_done &= did(state, "what was remembered", store.sweep_remembered(now)).await;
    is_done & did(state, "runs", store.sweep_runs(now)).await
}

/// Removes some things, unless the server stops; whether that was done.
async fn did(
    state: &AppState,
    what: &'static str,
    removing: impl Future<Output = Result<u64, StoreError>>,
) -> bool {
    if state.background.is_stopping() {
        return false;
    }
    match removing.await {
        Ok(0) => true,
        Ok(count) => {
            tracing::info!(what, count, "removed what nobody needs");
            true
        }
        Err(error) => {
            tracing::error!(what, error = %Chain(&error), "what nobody needs can't be removed");
            false
        }
    }
}

/// Purges everybody whose purge date has come, and says how many that were. A school in which a run
/// is going waits for the next day. Somebody who can't be purged holds up nobody else.
///
/// # Errors
/// If the database failed; those who were purged before stay so.
pub(crate) async fn purge_due(state: &AppState) -> Result<u32, StoreError> {
    let now = state.clock.now();
    let today = now.date_naive();
    let mut purged: BTreeMap<SchoolId, u32> = BTreeMap::new();
    let mut left: HashSet<AccountId> = HashSet::new();
    loop {
        // Those who are left are listed again, before anybody new.
        let most = BATCH.saturating_add(u32::try_from(left.len()).unwrap_or(u32::MAX));
        let mut due = state.store.list_due_purges(today, most).await?;
        due.retain(|one| !left.contains(&one.account));
        if due.is_empty() {
            break;
        }
        for one in &due {
            let (school, account) = (one.school, one.account);
            match state.store.purge(one, today).await {
                Ok(true) => *purged.entry(school).or_default() += 1,
                Ok(false) => {
                    left.insert(account);
                }
                Err(error) => {
                    tracing::error!(%school, %account, error = %Chain(&error), "can't be purged");
                    left.insert(account);
                }
            }
        }
    }
    for (&school, accounts) in &purged {
        let detail = format!("{accounts} accounts");
        let entry = AuditEntry {
            id: state.dice.uuid(),
            at: now,
            actor: None,
            action: AuditAction::Purged,
            subject: None,
            detail: Some(&detail),
        };
        state.store.record(school, &entry).await?;
        tracing::info!(%school, accounts, "purged the trash");
    }
    Ok(purged.values().sum())
}
