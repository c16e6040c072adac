//! Activation: the link by which a member of staff sets their password. It works once, for 30 days;
//! only its hash is stored, and the newest link of an account is the only one that works.

use std::collections::HashSet;

use chrono::TimeDelta;
use rollcall_engine::domain::throttle::about;
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use rollcall_shared::mail::SentAgain;
use rollcall_shared::people::{AccountStatus, Role};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::session::{Activation, SchoolCard, SetPassword};
use rollcall_store::activation::ActivationLink;
use rollcall_store::activation::{Due, Invited, LinkAgain, NotActivated};
use rollcall_store::audit::{AuditAction, AuditEntry};
use rollcall_store::mail_limits::Recipient;
use rollcall_store::sessions::{SignedInPerson, TokenHash};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::mail::{self, Mail};
use crate::mail_limits;
use crate::seal::SealError;
use crate::staff_password;
use crate::state::AppState;

/// Who is invited to set a password.
#[derive(Clone, Copy)]
pub(crate) struct Invitee<'a> {
    pub account: AccountId,
    pub forename: &'a str,
    pub username: &'a str,
    pub email: &'a str,
    /// The run that made the account.
    pub run: Option<RunId>,
}

/// Makes an activation link and the message that carries it. Storing them is the caller's, in the
/// same transaction as the account.
///
/// # Errors
/// If the message can't be sealed.
pub(crate) fn invite(
    state: &AppState,
    school: SchoolId,
    school_name: &str,
    invitee: Invitee<'_>,
) -> std::result::Result<ActivationLink, SealError> {
    link(state, school, invitee, TimeDelta::days(mail::LINK_DAYS), |link| {
        let platform = &state.config.platform_name;
        mail::activation(platform, school_name, invitee.forename, invitee.username, link)
    })
}

/// Makes the link by which somebody who has forgotten their password sets a new one, and the message
/// that carries it.
///
/// # Errors
/// If the message can't be sealed.
pub(crate) fn new_password(
    state: &AppState,
    school: SchoolId,
    school_name: &str,
    invitee: Invitee<'_>,
) -> std::result::Result<ActivationLink, SealError> {
    link(state, school, invitee, TimeDelta::hours(mail::NEW_PASSWORD_HOURS), |link| {
        let platform = &state.config.platform_name;
        mail::new_password(platform, school_name, invitee.forename, invitee.username, link)
    })
}

/// A link that works so long, in a message.
fn link(
    state: &AppState,
    school: SchoolId,
    invitee: Invitee<'_>,
    works_for: TimeDelta,
    mail: impl FnOnce(&str) -> Mail,
) -> std::result::Result<ActivationLink, SealError> {
    let token = state.dice.token();
    let link = mail::activation_link(&state.config, &token);
    let mail = mail(&link);
    Ok(ActivationLink {
        account: invitee.account,
        token_hash: hash(&token),
        expires_at: state.clock.now() + works_for,
        mail: mail::seal(&state.keys, &state.dice, school, invitee.email, &mail)?
            .about(invitee.account, invitee.run),
        link,
    })
}

/// Only this stands in the database.
#[must_use]
pub(crate) fn hash(token: &str) -> TokenHash {
    Sha256::digest(token).into()
}

/// Whose link this is.
///
/// # Errors
/// `LinkExpired` if it was used, has expired, was replaced, or never was.
pub(crate) async fn look(state: &AppState, token: &str) -> Result<Activation> {
    let invited = find(state, token).await?;
    Ok(Activation {
        school: SchoolCard { slug: invited.school.slug, name: invited.school.name },
        forename: invited.forename,
        username: invited.username,
    })
}

/// Sets the password and uses the link up; other sessions of the account end.
///
/// # Errors
/// `LinkExpired`, or `Unusable` with the reason why the password may not be chosen.
pub(crate) async fn set_password(state: &AppState, asked: SetPassword) -> Result<Invited> {
    let invited = find(state, &asked.token).await?;
    let own = [
        invited.forename.as_str(),
        &invited.surname,
        &invited.username,
        invited.email.as_deref().unwrap_or_default(),
        &invited.school.name,
        &state.config.platform_name,
    ];
    let weakness = staff_password::weakness(&asked.password, &own).await.map_err(Error::broken)?;
    if let Some(weak) = weakness {
        return Err(Problem::new(Kind::Unusable, "Choose another password")
            .detail("Nothing was saved. The link in your e-mail still works.")
            .field("password", weak.code(), weak.message())
            .into());
    }
    let password =
        staff_password::hash(&state.dice, asked.password).await.map_err(Error::broken)?;
    let now = state.clock.now();
    if !state.store.activate(&hash(&asked.token), &password, now).await? {
        return Err(expired());
    }
    for name in [Some(&invited.username), invited.email.as_ref()].into_iter().flatten() {
        state.store.forget_sign_in_counts_about(invited.school.id, &about(name)).await?;
    }
    Ok(invited)
}

/// Sends a member of staff a new link; the old one stops working.
///
/// # Errors
/// `NotFound`; `Unusable` if there is nobody to write to; `Stale` if they have another address by
/// now; or `TooManyAttempts` if too many went to them within the hour.
pub(crate) async fn send_again(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
) -> Result<()> {
    let person = state.store.find_person(admin.school.id, account).await?;
    let person = person.ok_or_else(|| Error::not_found("This person"))?;
    let nobody = |title: &str| Error::from(Problem::new(Kind::Unusable, title));
    if person.status != AccountStatus::Active {
        return Err(Problem::new(Kind::Unusable, "This person is in the trash")
            .detail("Nothing was sent, since the link would not work. Restore them first.")
            .into());
    }
    if person.blocked {
        return Err(Problem::new(Kind::Unusable, "This person’s sign-in is blocked")
            .detail("Nothing was sent, since the link would not work while it is blocked.")
            .into());
    }
    if person.role == Role::Pupil {
        return Err(nobody("Pupils have no activation link: print their login card instead"));
    }
    let Some(email) = &person.email else {
        return Err(nobody("There is no e-mail address to send the link to"));
    };
    let link = link_again(state, admin, account, &person.forename, &person.username, email)?;
    let (school, asking, now) = (admin.school.id, state.dice.uuid(), state.clock.now());
    let send = async {
        match state.store.send_links_again(school, &[link], false, now).await? {
            0 => Err(Problem::new(Kind::Stale, "Someone else or a sync has changed this person")
                .detail("Nothing was sent. Check the details as they are now, then send it.")
                .into()),
            _ => Ok(()),
        }
    };
    mail_limits::sending(&state.store, (school, asking, now), email, send, Result::is_ok).await
}

/// Sends a new link to all staff who have set no password yet, but for those whose message still
/// waits and those who were sent one within the hour: so done twice it is done once.
///
/// # Errors
/// `TooManyAttempts` if nobody may be written to now.
pub(crate) async fn send_to_all(state: &AppState, admin: &SignedInPerson) -> Result<SentAgain> {
    let (school, now) = (admin.school.id, state.clock.now());
    let mut done = SentAgain::default();
    let mut links = Vec::new();
    for person in state.store.list_not_activated(school, now).await? {
        let NotActivated { account, forename, username, email, due } = person;
        match (due, email) {
            (Due::Yes, Some(email)) => {
                links.push(link_again(state, admin, account, &forename, &username, &email)?);
            }
            (Due::Waits, _) => done.waiting += 1,
            (Due::Recent, _) => done.recent += 1,
            (Due::NoAddress | Due::Yes, _) => done.no_address += 1,
        }
    }
    let asking = state.dice.uuid();
    let recipients: Vec<Recipient> =
        links.iter().map(|link| mail_limits::recipient(&link.email)).collect();
    let allowed = state.store.ask_to_mail(school, asking, &recipients, now).await?;
    if allowed.recipients.is_empty() && !links.is_empty() {
        return Err(mail_limits::too_many(allowed.again_at, now));
    }
    let allowed: HashSet<Recipient> = allowed.recipients.into_iter().collect();
    let all = links.len();
    links.retain(|link| allowed.contains(&mail_limits::recipient(&link.email)));
    done.recent += u32::try_from(all - links.len()).unwrap_or(u32::MAX);
    done.queued = state.store.send_links_again(school, &links, true, now).await?;
    if done.queued == 0 {
        state.store.take_back_mail(school, asking).await?;
    }
    Ok(done)
}

fn link_again(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
    forename: &str,
    username: &str,
    email: &str,
) -> Result<LinkAgain> {
    let school = &admin.school;
    let invitee = Invitee { account, forename, username, email, run: None };
    let record = AuditEntry {
        id: state.dice.uuid(),
        at: state.clock.now(),
        actor: Some(admin.account),
        action: AuditAction::ActivationSent,
        subject: Some(account),
        detail: None,
    };
    let invitation = invite(state, school.id, &school.name, invitee).map_err(Error::broken)?;
    Ok(LinkAgain { email: email.to_owned(), invitation, record })
}

async fn find(state: &AppState, token: &str) -> Result<Invited> {
    let invited = state.store.find_invited(&hash(token)).await?;
    let now = state.clock.now();
    invited.filter(|invited| now < invited.expires_at).ok_or_else(expired)
}

fn expired() -> Error {
    Problem::new(Kind::LinkExpired, "This link no longer works")
        .detail(
            "A link can be used once, and only for some time. If you have set your password already, \
             sign in; otherwise choose “Forgotten your password?” on the sign-in page of your school, \
             or ask your school office to send you a new link.",
        )
        .into()
}
