//! Sends what stands in the outbox, one message at a time. What is refused for now is tried again
//! later and later, and given up after five days; a mail server that takes nothing at all is left
//! alone for as long, with everything else that waits. Without a mail server nothing is sent, and
//! messages are kept.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use rollcall_shared::mail::Delivery;
use rollcall_store::StoreError;
use rollcall_store::crash;
use rollcall_store::outbox::SealedMail;
use rollcall_store::outbox::{Patience, Stop, Then, WaitingMail};
use rollcall_store::schools::StoredSchool;

use crate::error::Error;
use crate::mail::{self, Mail};
use crate::smtp::{NotAServer, NotSent, Refused, Sender};
use crate::state::AppState;
use crate::telemetry::Chain;

/// How often the outbox is looked into.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a message belongs to the server that took it up: longer than [`Sender::send`] takes at
/// the most, so that none is sent twice while that server lives.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// How long a message is tried before it is given up, which is said where its addressee stands:
/// five days, as mail servers do among themselves. The app says so too.
const PATIENCE: Patience = Patience { wait, longest: TimeDelta::days(5), most_attempts: 123 };

/// Whose message it is, and about which school.
pub(crate) struct Letterhead<'a> {
    pub platform: &'a str,
    pub school: &'a str,
    pub forename: &'a str,
}

/// Writes to every admin of a school.
///
/// # Errors
/// If something broke.
pub(crate) async fn to_admins(
    state: &AppState,
    school: &StoredSchool,
    write: impl Fn(&Letterhead<'_>) -> Mail,
) -> Result<Vec<SealedMail>, Error> {
    let admins = state.store.list_admins_to_write_to(school.id).await?;
    admins
        .iter()
        .map(|admin| {
            let head = Letterhead {
                platform: &state.config.platform_name,
                school: &school.name,
                forename: &admin.forename,
            };
            let mail = write(&head);
            mail::seal(&state.keys, &state.dice, school.id, &admin.email, &mail)
                .map(|sealed| sealed.about(admin.account, None))
                .map_err(Error::broken)
        })
        .collect()
}

/// How messages are sent; none if they are only kept.
///
/// # Errors
/// If the address of the mail server is not one; then the server should not start.
pub(crate) fn sender(state: &AppState) -> Result<Option<Sender>, NotAServer> {
    state.config.smtp.as_ref().map(Sender::new).transpose()
}

/// Works the outbox off for as long as the server runs.
pub(crate) async fn work(state: AppState, sender: Arc<Sender>) {
    // Anyone who starts the server may just have put right what was wrong.
    if let Err(error) = state.store.try_mail_now(state.clock.now()).await {
        tracing::error!(error = %Chain(&error), "the outbox can't be worked off");
    }
    while !state.background.is_stopping() {
        match send_next(&state, &sender).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(error = %Chain(&error), "the outbox can't be worked off");
            }
        }
        state.background.pause(LOOK_EVERY).await;
    }
}

/// Sends one message that is due; false if none is. One at a time: of a server that dies, one
/// message at the most does not know whether it was sent.
///
/// # Errors
/// If the database failed.
pub async fn send_next(state: &AppState, sender: &Sender) -> Result<bool, StoreError> {
    let Some(message) = state.store.claim_mail(state.clock.now(), LEASE, 1).await?.pop() else {
        return Ok(false);
    };
    send_one(state, sender, message).await?;
    Ok(true)
}

async fn send_one(
    state: &AppState,
    sender: &Sender,
    message: WaitingMail,
) -> Result<(), StoreError> {
    let WaitingMail { mail, attempts } = message;
    let sent = match mail::open(&mail, &state.keys) {
        Ok((to, letter)) => {
            crash::point("before-mail");
            let sent = sender.send(mail.id, &to, &letter).await;
            crash::point("after-mail");
            sent
        }
        Err(error) => {
            tracing::error!(message = %mail.id, error = %Chain(&error), "a message can't be unsealed");
            Err(NotSent { refused: Refused::Message, code: "can't be unsealed".into() })
        }
    };
    let now = state.clock.now();
    let Err(NotSent { refused, code }) = sent else {
        return state.store.mail_was_sent(mail.id, now).await;
    };
    tracing::warn!(message = %mail.id, error = code, attempts, "a message was not sent");
    let then = match refused {
        Refused::Everything(why) => {
            tracing::warn!(error = code, "the mail server takes nothing: all messages wait");
            let stop = Stop { why, error: &code };
            return state.store.mail_is_stopped(mail.id, stop, &PATIENCE, now).await;
        }
        Refused::Address => Then::Never(Delivery::AddressRefused),
        Refused::Message if attempts >= PATIENCE.most_attempts => Then::Never(Delivery::GivenUp),
        Refused::Message => Then::Later(now + wait(attempts)),
    };
    state.store.mail_was_not_sent(mail.id, &code, then, now).await
}

/// How long to wait after so many attempts: soon at first, then hourly.
fn wait(attempts: u32) -> TimeDelta {
    TimeDelta::minutes(match attempts {
        0 | 1 => 1,
        2 => 5,
        3 => 15,
        _ => 60,
    })
}

#[cfg(test)]
mod tests;
