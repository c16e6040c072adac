//! Sends what stands in the outbox, one message at a time; what can't be sent is tried again
//! later and later. Without a mail server nothing is sent, and messages are kept.

use std::time::Duration;

use chrono::TimeDelta;

use crate::crash;
use crate::mail::{MailError, Sender};
use crate::seal::SealError;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::outbox::WaitingMail;
use crate::telemetry::Chain;

/// How often the outbox is looked into.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a message belongs to the server that took it up: longer than [`Sender::send`] takes at
/// the most, so that none is sent twice while that server lives.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// After so many attempts (about three days) a message is given up.
const MOST_ATTEMPTS: u32 = 16;

/// Why the outbox could not be worked off.
#[derive(Debug, thiserror::Error)]
enum OutboxError {
    #[error("the database failed")]
    Store(#[from] StoreError),
    #[error("a message can't be unsealed")]
    Seal(#[from] SealError),
}

/// Works the outbox off for as long as the server runs.
///
/// # Errors
/// If the address of the mail server is not one; then the server should not start.
pub fn sending(state: AppState) -> Result<Option<impl Future<Output = ()>>, MailError> {
    let Some(config) = &state.config.smtp else { return Ok(None) };
    let sender = Sender::new(config)?;
    Ok(Some(async move {
        loop {
            match send_next(&state, &sender).await {
                Ok(false) => tokio::time::sleep(LOOK_EVERY).await,
                Ok(true) => {}
                Err(error) => {
                    tracing::error!(error = %Chain(&error), "the outbox can't be worked off");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }))
}

/// Sends one message that is due; false if none is. One at a time: of a server that dies, one
/// message at the most does not know whether it was sent.
async fn send_next(state: &AppState, sender: &Sender) -> Result<bool, OutboxError> {
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
) -> Result<(), OutboxError> {
    let WaitingMail { mail, attempts } = message;
    let (to, letter) = mail.open(&state.keys)?;
    let sent = crash::around!("mail", sender.send(mail.id, &to, &letter).await);
    let now = state.clock.now();
    let Err(error) = sent else { return Ok(state.store.mail_was_sent(mail.id, now).await?) };
    let is_last = error.is_final() || attempts >= MOST_ATTEMPTS;
    let code = error.code();
    tracing::warn!(message = %mail.id, error = code, attempts, is_last, "a message was not sent");
    let try_again = (!is_last).then(|| now + wait(attempts));
    Ok(state.store.mail_was_not_sent(mail.id, &code, try_again, now).await?)
}

/// How long to wait after so many attempts: a minute, doubling, at most six hours.
fn wait(attempts: u32) -> TimeDelta {
    let minutes = 1_i64 << attempts.saturating_sub(1).min(9);
    TimeDelta::minutes(minutes.min(6 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_tried_for_about_three_days() {
        let all: TimeDelta = (1..MOST_ATTEMPTS).map(wait).sum();
        assert_eq!(wait(1), TimeDelta::minutes(1));
        assert!((TimeDelta::hours(44)..TimeDelta::hours(80)).contains(&all), "{all}");
    }
}
