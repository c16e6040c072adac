//! The audit trail: what was done with whose account, by whom.

use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_store::audit::{AuditAction, AuditEntry};
use rollcall_store::sessions::SignedInPerson;

use crate::error::Result;
use crate::state::AppState;

/// Writes down what an admin did with an account.
///
/// # Errors
/// If something broke.
pub(crate) async fn record(
    state: &AppState,
    admin: &SignedInPerson,
    action: AuditAction,
    subject: Option<AccountId>,
    detail: Option<&str>,
) -> Result<()> {
    let actor = Some(admin.account);
    record_of(state, admin.school.id, actor, action, subject, detail).await
}

/// Writes down what was done with an account by somebody who is no admin, or by nobody.
///
/// # Errors
/// If something broke.
pub(crate) async fn record_of(
    state: &AppState,
    school: SchoolId,
    actor: Option<AccountId>,
    action: AuditAction,
    subject: Option<AccountId>,
    detail: Option<&str>,
) -> Result<()> {
    let (id, at) = (state.dice.uuid(), state.clock.now());
    let entry = AuditEntry { id, at, actor, action, subject, detail };
    Ok(state.store.record(school, &entry).await?)
}

/// Writes down what an admin did with many accounts at once.
///
/// # Errors
/// If something broke.
pub(crate) async fn record_about(
    state: &AppState,
    admin: &SignedInPerson,
    action: AuditAction,
    subjects: &[AccountId],
    detail: &str,
) -> Result<()> {
    let (id, at, actor) = (state.dice.uuid(), state.clock.now(), Some(admin.account));
    let entry = AuditEntry { id, at, actor, action, subject: None, detail: Some(detail) };
    Ok(state.store.record_about(admin.school.id, &entry, subjects).await?)
}
