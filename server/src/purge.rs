//! Purging: people whose time in the trash is over go for good. That is nothing a sync does: the
//! server looks once a day by itself, and only at dates that a list has shown all along.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use rollcall_shared::ids::{AccountId, SchoolId};

use crate::state::AppState;
use crate::store::StoreError;
use crate::store::audit::{AuditAction, AuditEntry};
use crate::telemetry::Chain;

const LOOK_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// So many people are looked up in one go.
const BATCH: u32 = 200;

/// Purges whom it is time for, for as long as the server runs.
pub async fn watch(state: AppState) {
    let mut days = tokio::time::interval(LOOK_EVERY);
    loop {
        days.tick().await;
        if let Err(error) = purge_due(&state).await {
            tracing::error!(error = %Chain(&error), "the trash can't be purged");
        }
        if let Err(error) = sweep(&state).await {
            tracing::error!(error = %Chain(&error), "what goes with the purge stays for now");
        }
    }
}

/// Removes what goes with the purge besides people.
///
/// # Errors
/// If the database failed.
pub async fn sweep(state: &AppState) -> Result<(), StoreError> {
    let now = state.clock.now();
    let classes = state.store.sweep_classes(now).await?;
    let answers = state.store.sweep_answers(now).await?;
    state.store.sweep_sign_ins(now).await?;
    if classes > 0 || answers > 0 {
        tracing::info!(classes, answers, "removed classes and answers that nobody needs");
    }
    Ok(())
}

/// Purges everybody whose purge date has come, and says how many that were. A school in which a run
/// is going waits for the next day. Somebody who can't be purged holds up nobody else.
///
/// # Errors
/// If the database failed; whoever was purged before stays so.
pub async fn purge_due(state: &AppState) -> Result<u32, StoreError> {
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
