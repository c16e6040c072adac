//! Keeping somebody out: blocking their sign-in at once, or moving them to the trash.

use rollcall_engine::planner::purge_date;
use rollcall_shared::ids::AccountId;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_store::audit::AuditAction;
use rollcall_store::keep_out::KeptOut;
use rollcall_store::sessions::SignedInPerson;

use super::run_going;
use crate::audit::record;
use crate::error::{Error, Result};
use crate::state::AppState;

/// Blocks somebody's sign-in, and signs them out everywhere. Done twice it is done once.
///
/// # Errors
/// `NotFound` for somebody who is not active, or `Unusable` for oneself and for the last admin.
pub(crate) async fn block(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
) -> Result<()> {
    refuse_oneself(admin, account)?;
    let kept_out = state.store.block_sign_in(admin.school.id, account, state.clock.now()).await?;
    record_kept_out(state, admin, account, AuditAction::SignInBlocked, kept_out).await
}

/// Lets somebody sign in again, with what they signed in with before. Done twice it is done once.
///
/// # Errors
/// `NotFound` if there is no such person.
pub(crate) async fn unblock(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
) -> Result<()> {
    let school = admin.school.id;
    if state.store.unblock_sign_in(school, account, state.clock.now()).await? {
        record(state, admin, AuditAction::SignInUnblocked, Some(account), None).await?;
    }
    Ok(())
}

/// Moves somebody to the trash, as if they had left. Done twice it is done once.
///
/// # Errors
/// `NotFound`, `RunGoing`, or `Unusable` for oneself and for the last admin.
pub(crate) async fn move_to_trash(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
) -> Result<()> {
    refuse_oneself(admin, account)?;
    let (school, now) = (&admin.school, state.clock.now());
    let purge_on = purge_date(now, school.retention_months);
    let kept_out = state.store.move_to_trash(school.id, account, purge_on, now).await?;
    record_kept_out(state, admin, account, AuditAction::MovedToTrash, kept_out).await
}

async fn record_kept_out(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
    action: AuditAction,
    kept_out: KeptOut,
) -> Result<()> {
    match kept_out {
        KeptOut::Done => record(state, admin, action, Some(account), None).await,
        KeptOut::Already => Ok(()),
        KeptOut::NobodyThere => Err(Error::not_found("This person")),
        KeptOut::LastAdmin => Err(Problem::new(
            Kind::Unusable,
            "Your school would be left without an admin who can sign in",
        )
        .detail(
            "Nothing was changed. Make someone else an admin first, and wait until they have set \
             a password.",
        )
        .into()),
        KeptOut::RunGoing(run) => Err(run_going(run)),
    }
}

fn refuse_oneself(admin: &SignedInPerson, account: AccountId) -> Result<()> {
    if admin.account != account {
        return Ok(());
    }
    Err(Problem::new(Kind::Unusable, "This is your own account")
        .detail("Nothing was changed. Another admin can do this for you.")
        .into())
}
