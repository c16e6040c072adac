//! What members of staff do with their own account: another password, a link where they have
//! forgotten it, and signing out on other devices.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_engine::domain::time::timestamp;
use rollcall_shared::people::{PersonKind, PersonRow, Role};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::session::{ChangePassword, OwnSession, SignIn};
use rollcall_store::activation::LinkAgain;
use rollcall_store::audit::{AuditAction, AuditEntry};
use rollcall_store::outbox::MailKind;
use rollcall_store::schools::StoredSchool;
use rollcall_store::sessions::{SignedInPerson, TokenHash};

use super::{Origin, check_password};
use crate::audit::record;
use crate::error::{Error, Result};
use crate::mail;
use crate::people::activation::{self, Invitee};
use crate::staff_password;
use crate::state::AppState;

/// So many links are sent to somebody who has forgotten their password, within [`WITHIN`].
const MOST_LINKS: u32 = 3;
const WITHIN: TimeDelta = TimeDelta::hours(1);

/// Sends a link to set a new password to the member of staff who has this username or e-mail address,
/// if there is one who can be written to. Beside the answer, which is the same for everybody and
/// takes as long.
pub(crate) fn forgotten(state: &AppState, school: StoredSchool, username: String) {
    let state = state.clone();
    state.background.clone().spawn(async move {
        if let Err(Error::Broken(error)) = send_link(&state, &school, &username).await {
            tracing::error!(school = %school.id, %error, "a link for a new password can’t be sent");
        }
    });
}

async fn send_link(state: &AppState, school: &StoredSchool, username: &str) -> Result<()> {
    let name = username.trim().to_lowercase();
    let login = state.store.find_login(school.id, &name).await?;
    let login = login.filter(|login| login.role != Role::Pupil && !login.is_blocked);
    let Some(account) = login.map(|login| login.account) else { return Ok(()) };
    let Some(person) = state.store.find_person(school.id, account).await? else { return Ok(()) };
    let Some(email) = &person.email else { return Ok(()) };
    let now = state.clock.now();
    let invitee = Invitee {
        account,
        forename: &person.forename,
        username: &person.username,
        email,
        run: None,
    };
    let link = LinkAgain {
        email: email.clone(),
        invitation: activation::new_password(state, school.id, &school.name, invitee)
            .map_err(Error::broken)?,
        record: AuditEntry {
            id: state.dice.uuid(),
            at: now,
            actor: None,
            action: AuditAction::PasswordForgotten,
            subject: Some(account),
            detail: None,
        },
    };
    let limit = (MOST_LINKS, now - WITHIN);
    state.store.send_new_password_link(school.id, &link, limit, now).await?;
    Ok(())
}

/// Gives a member of staff the password they have chosen, once they have typed the one they have. All
/// their sessions end.
///
/// # Errors
/// `NotAllowed` to a pupil, `Unusable` with the field to put right, or `TooManyAttempts`.
pub(crate) async fn change_password(
    state: &AppState,
    person: &SignedInPerson,
    origin: &Origin,
    asked: ChangePassword,
) -> Result<()> {
    if person.role.kind() == PersonKind::Pupil {
        return Err(Problem::new(Kind::NotAllowed, "Your teacher gives you your password")
            .detail("Nothing was changed. Ask your teacher if you want another one.")
            .into());
    }
    let school = person.school.id;
    let row = state.store.find_person(school, person.account).await?;
    let row = row.ok_or_else(Error::signed_out)?;
    let typed =
        SignIn { username: row.username.clone(), password: asked.current.clone(), card: None };
    match check_password(state, &person.school, origin, typed).await {
        Err(Error::Problem(problem)) if problem.kind == Kind::WrongCredentials => {
            return Err(unchanged().field("current", "wrong", "This is not your password").into());
        }
        checked => checked?,
    };
    let own = [
        row.forename.as_str(),
        &row.surname,
        &row.username,
        row.email.as_deref().unwrap_or_default(),
        &person.school.name,
        &state.config.platform_name,
    ];
    if let Some(weak) =
        staff_password::weakness(&asked.password, &own).await.map_err(Error::broken)?
    {
        return Err(unchanged().field("password", weak.code(), weak.message()).into());
    }
    if asked.password == asked.current {
        let same = "This is the password you have. Choose another one";
        return Err(unchanged().field("password", "same", same).into());
    }
    let hash = staff_password::hash(&state.dice, asked.password).await.map_err(Error::broken)?;
    let now = state.clock.now();
    if !state.store.set_staff_password(school, person.account, &hash, now).await? {
        return Err(Error::signed_out());
    }
    record(state, person, AuditAction::PasswordChanged, Some(person.account), None).await?;
    tell_of_new_password(state, person, &row).await
}

fn unchanged() -> Problem {
    Problem::new(Kind::Unusable, "Your password has not been changed")
        .detail("You can go on using the one you have.")
}

/// Tells somebody by e-mail that their password is another one, if they have an address.
async fn tell_of_new_password(
    state: &AppState,
    person: &SignedInPerson,
    row: &PersonRow,
) -> Result<()> {
    let (school, Some(email)) = (&person.school, &row.email) else { return Ok(()) };
    let mail = mail::password_changed(&state.config.platform_name, &school.name, &row.forename);
    let sealed = mail::seal(&state.keys, &state.dice, school.id, email, &mail)
        .map_err(Error::broken)?
        .about(person.account, None);
    let now = state.clock.now();
    Ok(state.store.queue_mails(MailKind::PasswordChanged, &[sealed], now).await?)
}

/// Where somebody is signed in, the newest first.
///
/// # Errors
/// If something broke.
pub(crate) async fn sessions(
    state: &AppState,
    person: &SignedInPerson,
    own: &TokenHash,
    seen_after: DateTime<Utc>,
) -> Result<Vec<OwnSession>> {
    let (school, now) = (person.school.id, state.clock.now());
    let sessions = state.store.list_sessions(school, person.account, seen_after, now).await?;
    let shown = sessions.into_iter().map(|session| OwnSession {
        since: timestamp(session.created_at),
        seen_at: timestamp(session.seen_at),
        is_this: session.hash == own.as_slice(),
    });
    Ok(shown.collect())
}

/// Signs somebody out everywhere but here.
///
/// # Errors
/// If something broke.
pub(crate) async fn sign_out_elsewhere(
    state: &AppState,
    person: &SignedInPerson,
    own: &TokenHash,
) -> Result<()> {
    let ended = state.store.end_other_sessions(person.school.id, person.account, own).await?;
    if ended == 0 {
        return Ok(());
    }
    let detail = format!("{ended} sessions");
    let whose = Some(person.account);
    record(state, person, AuditAction::SignedOutElsewhere, whose, Some(&detail)).await
}
