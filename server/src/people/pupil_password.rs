//! Pupils' passwords: drawn, sealed, and opened again for a card or to be shown.

use rollcall_engine::domain::throttle::about;
use rollcall_engine::planner::naming::passwords;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::session::RevealedPassword;
use rollcall_store::audit::AuditAction;
use rollcall_store::sessions::SignedInPerson;
use zeroize::Zeroizing;

use super::own_class::{check_pupil, no_such_pupil};
use crate::audit::record;
use crate::error::{Error, Result};
use crate::seal::{Owner, SealError};
use crate::state::AppState;

/// Draws a pupil's password, and seals it.
pub(crate) fn draw(
    state: &AppState,
    school: SchoolId,
    pupil: AccountId,
    format: PasswordFormat,
) -> std::result::Result<Vec<u8>, SealError> {
    let password = state.dice.throw(|dice| passwords::generate(format, dice));
    let owner = Owner { purpose: "pupil-password", school: school.0, id: pupil.0 };
    state.keys.seal(&state.dice, owner, password.expose().as_bytes())
}

/// Opens a pupil's sealed password.
///
/// # Errors
/// If its key is lost, or it is damaged.
pub(crate) fn open(
    state: &AppState,
    school: SchoolId,
    account: AccountId,
    sealed: &[u8],
) -> Result<Zeroizing<String>> {
    let owner = Owner { purpose: "pupil-password", school: school.0, id: account.0 };
    let bytes = state.keys.open(owner, sealed).map_err(Error::broken)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::broken(SealError::Damaged))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Gives a pupil a new password, in the format of their year, and shows it. The old one stops working
/// at once, and the pupil is signed out.
///
/// # Errors
/// `NotFound` if this is no pupil of the school, or none of a teacher's own.
pub(crate) async fn renew(
    state: &AppState,
    person: &SignedInPerson,
    account: AccountId,
) -> Result<RevealedPassword> {
    check_pupil(state, person, account).await?;
    let school = person.school.id;
    let row = state.store.find_person(school, account).await?;
    let login = state.store.find_pupil_login(school, account).await?;
    let (Some(row), Some(login)) = (row, login) else { return Err(no_such_pupil()) };
    let settings = state.store.load_draft(school).await?.settings;
    let format = row.year.map_or(login.format, |year| settings.password_format(year));
    let sealed = draw(state, school, account, format).map_err(Error::broken)?;
    let now = state.clock.now();
    if !state.store.set_pupil_password(school, account, &sealed, format, now).await? {
        return Err(no_such_pupil());
    }
    record(state, person, AuditAction::PasswordRenewed, Some(account), None).await?;
    reveal(state, person, account).await
}

/// Shows a pupil's password, which is written down; and lets a pupil who mistyped too often try
/// again, since that is mostly why somebody asks.
///
/// # Errors
/// `NotFound` if this is no pupil of the school, or none of a teacher's own.
pub(crate) async fn reveal(
    state: &AppState,
    person: &SignedInPerson,
    account: AccountId,
) -> Result<RevealedPassword> {
    check_pupil(state, person, account).await?;
    let school = person.school.id;
    let pupil = state.store.find_pupil_login(school, account).await?;
    let pupil = pupil.ok_or_else(no_such_pupil)?;
    let password = open(state, school, account, &pupil.password_sealed)?;
    record(state, person, AuditAction::PasswordRevealed, Some(account), None).await?;
    state.store.forget_sign_in_counts_about(school, &about(&pupil.username)).await?;
    Ok(RevealedPassword {
        username: pupil.username,
        password: password.to_string(),
        format: pupil.format,
    })
}
