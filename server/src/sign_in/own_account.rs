//! What members of staff do with their own account: another password, a link where they have
//! forgotten it, and signing out on other devices.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_engine::domain::time::timestamp;
use rollcall_shared::people::{PersonKind, PersonRow, Role};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::session::{ChangePassword, OwnSession, SignIn};
use rollcall_store::activation::{LinkAgain, PasswordChange};
use rollcall_store::audit::{AuditAction, AuditEntry};
use rollcall_store::outbox::SealedMail;
use rollcall_store::schools::StoredSchool;
use rollcall_store::sessions::{SignedInPerson, TokenHash};
use tokio::sync::Semaphore;

use super::{Origin, check_password};
use crate::audit::record;
use crate::error::{Error, Result};
use crate::mail;
use crate::mail_limits;
use crate::people::activation::{self, Invitee};
use crate::staff_password;
use crate::state::AppState;

/// So many links are sent to somebody who has forgotten their password, within an hour and a day.
const MOST_LINKS: [(u32, TimeDelta); 2] = [(3, TimeDelta::hours(1)), (6, TimeDelta::days(1))];

/// So many who have forgotten their password are dealt with at a time. More at once are no people, and
/// are answered alike.
static AT_A_TIME: Semaphore = Semaphore::const_new(8);

/// Sends a link to set a new password to the member of staff who has this username or e-mail address,
/// if there is one who can be written to. Beside the answer, which is the same for everybody and
/// takes as long.
pub(crate) fn forgotten(state: &AppState, school: StoredSchool, username: String) {
    let Ok(turn) = AT_A_TIME.try_acquire() else { return };
    let state = state.clone();
    state.background.clone().spawn(async move {
        let _turn = turn;
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
    for (most, within) in MOST_LINKS {
        if state.store.count_new_password_links(school.id, account, now - within).await? >= most {
            return Ok(());
        }
    }
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
    let ask = (school.id, state.dice.uuid(), now);
    let send = async { Ok(state.store.send_new_password_link(school.id, &link, now).await?) };
    let is_sent = |sent: &Result<bool>| matches!(sent, Ok(true));
    match mail_limits::sending(&state.store, ask, email, send, is_sent).await {
        // Enough has gone to them within the hour, whoever sent it.
        Err(Error::Problem(_)) => Ok(()),
        sent => sent.map(drop),
    }
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
    let login = match check_password(state, &person.school, origin, typed).await {
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
    let change = PasswordChange {
        account: person.account,
        before: login.password_hash.unwrap_or_default(),
        after: hash,
        mail: word_of_change(state, person, &row)?,
        record: AuditEntry {
            id: state.dice.uuid(),
            at: state.clock.now(),
            actor: Some(person.account),
            action: AuditAction::PasswordChanged,
            subject: Some(person.account),
            detail: None,
        },
    };
    match state.store.change_staff_password(school, &change, state.clock.now()).await? {
        true => Ok(()),
        // Somebody has taken the password away meanwhile, or set another by a link.
        false => Err(Error::signed_out()),
    }
}

fn unchanged() -> Problem {
    Problem::new(Kind::Unusable, "Your password has not been changed")
        .detail("You can go on using the one you have.")
}

/// The message that tells somebody that their password is another one, if they have an address.
fn word_of_change(
    state: &AppState,
    person: &SignedInPerson,
    row: &PersonRow,
) -> Result<Option<SealedMail>> {
    let (school, Some(email)) = (&person.school, &row.email) else { return Ok(None) };
    let mail = mail::password_changed(&state.config.platform_name, &school.name, &row.forename);
    let sealed = mail::seal(&state.keys, &state.dice, school.id, email, &mail);
    Ok(Some(sealed.map_err(Error::broken)?.about(person.account, None)))
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
