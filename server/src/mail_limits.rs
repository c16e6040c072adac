//! Limits on the e-mails that an admin may cause: anyone who has another's address can't be made to
//! flood it.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_shared::ids::SchoolId;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_store::Store;
use rollcall_store::mail_limits::{Allowed, Recipient, TO_ONE_RECIPIENT};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::{Error, Result};

/// Somebody as the limits know them: by a hash of where their mail goes.
#[must_use]
pub(crate) fn recipient(email: &str) -> Recipient {
    let email = email.trim().to_lowercase();
    let mailbox = match email.split_once('@') {
        // What stands after a plus goes to the same mailbox.
        Some((local, domain)) => {
            format!("{}@{domain}", local.split('+').next().unwrap_or_default())
        }
        None => email,
    };
    Sha256::digest(mailbox).into()
}

/// Sends something to one recipient, if they may be written to now; where nothing was sent it does
/// not count.
///
/// # Errors
/// `TooManyAttempts`, saying when it can be sent again; or whatever `send` fails with.
pub(crate) async fn sending<T>(
    store: &Store,
    (school, asking, now): (SchoolId, Uuid, DateTime<Utc>),
    to: &str,
    send: impl Future<Output = Result<T>>,
    is_sent: impl Fn(&Result<T>) -> bool,
) -> Result<T> {
    let Allowed { recipients, again_at } =
        store.ask_to_mail(school, asking, &[recipient(to)], now).await?;
    if recipients.is_empty() {
        return Err(too_many(again_at, now));
    }
    let sent = send.await;
    if !is_sent(&sent) {
        store.take_back_mail(school, asking).await?;
    }
    sent
}

/// Too many e-mails have gone to somebody within the hour, or were sent by the school.
pub(crate) fn too_many(again_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Error {
    let wait = again_at.map_or(TimeDelta::hours(1), |at| at - now).max(TimeDelta::seconds(1));
    let seconds = u32::try_from(wait.num_seconds()).unwrap_or(u32::MAX);
    let minutes = seconds.div_ceil(60);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    let mut problem = Problem::new(Kind::TooManyAttempts, "That is too many e-mails for one hour")
        .detail(format!(
            "Nothing was sent and nothing was changed. At most {TO_ONE_RECIPIENT} e-mails an hour \
             can be sent to one address, so that no one’s mailbox is flooded. You can send another \
             in {minutes} {unit}. If none arrived, check the address and ask the person to look in \
             their junk folder."
        ));
    problem.retry_after_seconds = Some(seconds);
    problem.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_is_one_recipient_however_it_is_written() {
        let ama = recipient("ama@waterside.example");
        assert_eq!(recipient(" AMA@Waterside.example"), ama);
        assert_eq!(recipient("ama+1@waterside.example"), ama);
        assert_ne!(recipient("ben@waterside.example"), ama);
        assert_ne!(recipient("ama@hillcrest.example"), ama);
    }

    #[test]
    fn it_is_said_when_another_can_be_sent() {
        let now: DateTime<Utc> = "2026-09-01T08:00:00Z".parse().unwrap();
        let problem = |seconds| match too_many(Some(now + TimeDelta::seconds(seconds)), now) {
            Error::Problem(problem) => *problem,
            Error::Broken(error) => panic!("{error}"),
        };
        assert_eq!(problem(2_500).retry_after_seconds, Some(2_500));
        assert!(problem(2_500).detail.unwrap().contains("another in 42 minutes."));
        assert!(problem(30).detail.unwrap().contains("another in 1 minute."));
    }
}
