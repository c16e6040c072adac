//! Sending, on both engines, to a mail server of the tests' own.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rollcall_engine::domain::time::timestamp;
use rollcall_engine::fixtures::{now, staff_account};
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::mail::{MailStanding, MailStop};
use rollcall_shared::people::{PeopleQuery, PersonKind, ToPutRight};
use rollcall_store::Store;
use rollcall_store::contract::{on_both_engines, school};
use rollcall_store::fixtures::{add, invitation};
use uuid::Uuid;

use super::*;
use crate::config::Options;
use crate::people::activation::{self, Invitee};
use mailbox::Mailbox;
use rollcall_store::activation::ActivationLink;

#[path = "../../tests/support/mailbox.rs"]
mod mailbox;

const STAFF: [&str; 4] = ["Abel", "Bello", "Clarke", "Dean"];

/// A school whose staff are sent their links, and the mail server that is to take them.
struct Office {
    state: AppState,
    school: SchoolId,
    mailbox: Mailbox,
    sender: Sender,
}

/// Runs the body with four messages that wait, on each engine.
async fn in_an_office(body: impl AsyncFn(Office)) {
    on_both_engines(async |store: Store| {
        let mailbox = Mailbox::open().await;
        let url = mailbox.url.replace("smtp://", "smtp://office:secret@");
        let office = office(store, mailbox, &url).await;
        body(office).await;
    })
    .await;
}

async fn office(store: Store, mailbox: Mailbox, url: &str) -> Office {
    let lines = format!("smtp_url = \"{url}\"\nmail_from = \"noreply@rollcall.example\"\n");
    let config = toml::from_str::<Options>(&lines).unwrap().resolve().unwrap();
    let sender = Sender::new(config.smtp.as_ref().unwrap()).unwrap();
    let school = school(&store, "3281102").await;
    let state = AppState::standing_at(now(), store, config);
    let office = Office { state, school, mailbox, sender };
    for (surname, number) in STAFF.into_iter().zip(1..) {
        let ama = staff_account(number, &format!("Ama {surname}")).with_email(&address(surname));
        add(&office.state.store, school, &[ama]).await;
        office.invite(surname, number).await;
    }
    office
}

fn address(surname: &str) -> String {
    format!("{surname}@waterside.example")
}

/// The recipient's command for somebody's address.
fn to(surname: &str) -> String {
    format!("RCPT TO:<{}", address(surname))
}

impl Office {
    async fn invite(&self, surname: &str, number: u128) {
        let invitee = Invitee {
            account: AccountId(Uuid::from_u128(number)),
            forename: "Ama",
            username: surname,
            email: &address(surname),
            run: None,
        };
        let link = activation::invite(&self.state, self.school, "Waterside", invitee).unwrap();
        let at = self.state.clock.now();
        self.state.store.replace_invitation(self.school, &link, at).await.unwrap();
    }

    /// Sends all that is due.
    async fn send(&self) {
        while send_next(&self.state, &self.sender).await.unwrap() {}
    }

    async fn send_after(&self, time: TimeDelta) {
        self.state.clock.advance(time);
        self.send().await;
    }

    /// Whose messages were taken; nobody's twice.
    fn reached(&self) -> Vec<String> {
        let taken = self.mailbox.taken();
        let ids: BTreeSet<&String> = taken.values().flatten().collect();
        assert_eq!(ids.len(), taken.values().map(Vec::len).sum::<usize>(), "{taken:?}");
        assert!(taken.values().all(|ids| ids.len() == 1), "{taken:?}");
        taken.into_keys().map(|to| to.split('@').next().unwrap().to_owned()).collect()
    }

    async fn standing(&self) -> MailStanding {
        self.state.store.mail_standing(self.school).await.unwrap()
    }

    /// Why nothing goes out, and since when.
    async fn stopped(&self) -> Option<(MailStop, DateTime<Utc>)> {
        let stopped = self.standing().await.stopped?;
        Some((stopped.why, stopped.since.0.parse().unwrap()))
    }

    /// The surnames in the list of those whom no message reached.
    async fn undelivered(&self) -> Vec<String> {
        let query =
            PeopleQuery { to_put_right: Some(ToPutRight::Undelivered), ..PeopleQuery::default() };
        let page = self.state.store.list_people(self.school, &query).await.unwrap();
        assert_eq!(page.total as usize, page.rows.len());
        page.rows.into_iter().map(|row| row.surname).collect()
    }

    async fn delivery(&self, surname: &str) -> Option<Delivery> {
        let query = PeopleQuery {
            kind: Some(PersonKind::Staff),
            q: Some(surname.to_owned()),
            ..PeopleQuery::default()
        };
        self.state.store.list_people(self.school, &query).await.unwrap().rows[0].delivery
    }
}

#[test]
fn a_message_is_tried_soon_at_first_then_hourly_for_five_days() {
    let minutes: Vec<i64> = (1..=6).map(|attempt| wait(attempt).num_minutes()).collect();
    assert_eq!(minutes, [1, 5, 15, 60, 60, 60]);
    let all: TimeDelta = (1..PATIENCE.most_attempts).map(wait).sum();
    let off = all - PATIENCE.longest;
    assert!((TimeDelta::hours(-2)..TimeDelta::hours(2)).contains(&off), "{all}");
}

#[tokio::test]
async fn a_refused_sign_in_loses_nothing_and_all_goes_out_once_it_is_accepted() {
    in_an_office(async |office| {
        office.mailbox.answer("AUTH", "535 5.7.8 Username and Password not accepted");
        office.send().await;
        assert_eq!(office.mailbox.talks(), 1, "the others are not tried");
        let standing = office.standing().await;
        assert_eq!((standing.waiting, standing.undelivered, standing.put_off), (4, 0, 0));
        assert_eq!(office.stopped().await, Some((MailStop::SignIn, now())));
        office.send_after(TimeDelta::minutes(1)).await;
        assert_eq!(office.stopped().await, Some((MailStop::SignIn, now())), "since then");
        office.mailbox.behave();
        office.send_after(TimeDelta::minutes(5)).await;
        assert_eq!(office.reached(), STAFF);
        assert_eq!(office.standing().await, MailStanding::default());
    })
    .await;
}

#[tokio::test]
async fn whatever_is_refused_of_us_stops_the_queue_and_keeps_every_message() {
    for (command, reply, why) in [
        ("CONNECT", "421 4.3.2 Service not available", MailStop::Busy),
        ("CONNECT", "554 5.7.1 No SMTP service here", MailStop::Busy),
        ("AUTH", "530 5.7.0 Must issue a STARTTLS command first", MailStop::SignIn),
        ("AUTH", "454 4.7.0 Temporary authentication failure", MailStop::SignIn),
        ("MAIL", "550 5.7.60 Client does not have permissions to send as this", MailStop::Sender),
        ("MAIL", "554 Transaction failed", MailStop::Sender),
        ("MAIL", "530 5.7.57 Client not authenticated", MailStop::SignIn),
        ("MAIL", "451 4.7.1 Please try again later", MailStop::Busy),
        ("RCPT", "421 4.7.0 Too many messages", MailStop::Busy),
        ("RCPT", "550 5.4.5 Daily sending quota exceeded", MailStop::Quota),
        ("DATA", "421 4.3.2 Shutting down", MailStop::Busy),
        (".", "550 5.4.5 Daily user sending limit exceeded", MailStop::Quota),
        (".", "452 4.3.1 Insufficient system storage", MailStop::Busy),
    ] {
        in_an_office(async |office| {
            office.mailbox.answer(command, reply);
            office.send().await;
            assert_eq!(office.mailbox.talks(), 1, "{command}: {reply}");
            assert_eq!(office.stopped().await, Some((why, now())), "{command}: {reply}");
            assert_eq!(office.standing().await.waiting, 4, "{command}: {reply}");
            office.mailbox.behave();
            office.send_after(TimeDelta::minutes(1)).await;
            assert_eq!(office.reached(), STAFF, "{command}: {reply}");
            assert_eq!(office.stopped().await, None);
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_not_safe_is_waited_for() {
    let gone = Mailbox::open().await.url;
    for (url, why) in [
        (Some(gone.as_str()), MailStop::Unreachable),
        (Some("smtp://nowhere.invalid"), MailStop::Unreachable),
        (None, MailStop::NotSecure),
    ] {
        on_both_engines(async |store: Store| {
            let mailbox = Mailbox::open().await;
            let unsafe_one = format!("{}?tls=required", mailbox.url);
            let office = office(store, mailbox, url.unwrap_or(&unsafe_one)).await;
            office.send().await;
            assert_eq!(office.stopped().await, Some((why, now())));
            assert_eq!(office.standing().await.waiting, 4);
        })
        .await;
    }
    // One that hangs up instead of answering.
    in_an_office(async |office| {
        office.mailbox.answer("CONNECT", "5");
        office.send().await;
        assert_eq!(office.stopped().await, Some((MailStop::Unreachable, now())));
    })
    .await;
}

#[tokio::test]
async fn a_refused_address_is_final_for_that_message_only() {
    for reply in [
        "550 No such user here",
        "550 5.1.1 User unknown",
        "550 5.4.1 Recipient address rejected: Access denied",
        "553 5.1.3 Bad recipient address syntax",
        "551 5.1.6 User has moved",
    ] {
        in_an_office(async |office| {
            office.mailbox.answer(&to("Bello"), reply);
            office.send().await;
            assert_eq!(office.reached(), ["Abel", "Clarke", "Dean"], "{reply}");
            assert_eq!(office.delivery("Bello").await, Some(Delivery::AddressRefused), "{reply}");
            assert_eq!(office.delivery("Abel").await, Some(Delivery::Sent));
            assert_eq!(office.undelivered().await, ["Bello"], "{reply}");
            let standing = office.standing().await;
            assert_eq!((standing.waiting, standing.undelivered), (0, 1), "{reply}");
            assert_eq!(standing.stopped, None, "the server takes the others");
            office.send_after(TimeDelta::days(1)).await;
            assert_eq!(office.mailbox.talks(), 4, "it is not tried again");
        })
        .await;
    }
}

#[tokio::test]
async fn a_mailbox_that_is_missed_only_after_the_message_is_refused_too() {
    in_an_office(async |office| {
        office.mailbox.answer_once(".", "550 5.1.1 User unknown");
        office.send().await;
        assert_eq!(office.reached().len(), 3);
        assert_eq!(office.standing().await.undelivered, 1);
    })
    .await;
}

#[tokio::test]
async fn what_may_pass_puts_off_that_message_only() {
    for (command, reply) in [
        (to("Bello"), "450 4.2.0 Greylisted, see you later"),
        (to("Bello"), "550 5.7.1 Unable to relay"),
        (to("Bello"), "552 5.2.2 Mailbox full"),
        (to("Bello"), "552 Requested mail action aborted"),
        (to("Bello"), "554 5.7.1 Client host rejected"),
    ] {
        in_an_office(async |office| {
            office.mailbox.answer(&command, reply);
            office.send().await;
            assert_eq!(office.reached(), ["Abel", "Clarke", "Dean"], "{reply}");
            assert_eq!(office.delivery("Bello").await, Some(Delivery::Waiting), "{reply}");
            let standing = office.standing().await;
            assert_eq!((standing.waiting, standing.put_off), (1, 1), "{reply}");
            assert_eq!(standing.stopped, None);
            office.mailbox.behave();
            office.send_after(TimeDelta::minutes(1)).await;
            assert_eq!(office.reached(), STAFF, "{reply}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_message_taken_for_spam_or_met_by_a_fault_waits_too() {
    for reply in ["554 5.7.1 Looks like spam", "451 4.7.1 no", "550 no", "554 Transaction failed"] {
        in_an_office(async |office| {
            office.mailbox.answer_once(".", reply);
            office.send().await;
            assert_eq!(office.standing().await.waiting, 1, "{reply}");
            office.send_after(TimeDelta::minutes(1)).await;
            assert_eq!(office.reached(), STAFF, "{reply}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_takes_nothing_is_tried_later_and_later_with_one_message() {
    in_an_office(async |office| {
        office.mailbox.answer("MAIL", "550 5.7.1 Not allowed");
        office.send().await;
        for (after, pause) in [1, 5, 15, 60, 60].into_iter().enumerate() {
            let before = after + 1;
            office.send_after(TimeDelta::minutes(pause) - TimeDelta::seconds(1)).await;
            assert_eq!(office.mailbox.talks(), before, "it is left alone for {pause} minutes");
            let next = timestamp(office.state.clock.now() + TimeDelta::seconds(1));
            assert_eq!(office.standing().await.stopped.unwrap().try_again, next);
            office.send_after(TimeDelta::seconds(1)).await;
            assert_eq!(office.mailbox.talks(), before + 1);
        }
        assert_eq!(office.standing().await.waiting, 4);
    })
    .await;
}

#[tokio::test]
async fn a_person_who_starts_the_server_again_has_it_tried_at_once() {
    in_an_office(async |office| {
        office.mailbox.answer("AUTH", "535 5.7.8 no");
        for _ in 0..4 {
            office.send_after(TimeDelta::hours(1)).await;
        }
        office.mailbox.behave();
        office.send().await;
        assert!(office.reached().is_empty(), "it is left alone");
        office.state.store.try_mail_now(office.state.clock.now()).await.unwrap();
        office.send().await;
        assert_eq!(office.reached(), STAFF);
    })
    .await;
}

#[tokio::test]
async fn after_five_days_without_a_mail_server_what_waited_is_given_up_and_said() {
    in_an_office(async |office| {
        office.mailbox.answer("AUTH", "535 5.7.8 no");
        for _ in 0..=119 {
            office.send_after(TimeDelta::hours(1)).await;
        }
        assert_eq!(office.standing().await.waiting, 4, "not a moment before");
        // What was written later has not waited so long.
        office.invite("Dean", 4).await;
        office.send_after(TimeDelta::hours(1)).await;
        let standing = office.standing().await;
        assert_eq!((standing.waiting, standing.undelivered), (1, 3));
        assert_eq!(standing.stopped.unwrap().why, MailStop::SignIn);
        for surname in ["Abel", "Bello", "Clarke"] {
            assert_eq!(office.delivery(surname).await, Some(Delivery::GivenUp));
        }
        office.mailbox.behave();
        office.send_after(TimeDelta::hours(1)).await;
        assert_eq!(office.reached(), ["Dean"]);
    })
    .await;
}

#[tokio::test]
async fn a_message_that_is_put_off_for_five_days_is_given_up_and_said() {
    in_an_office(async |office| {
        office.mailbox.answer(&to("Bello"), "552 5.2.2 Mailbox full");
        office.send().await;
        for _ in 0..118 {
            office.send_after(TimeDelta::hours(1)).await;
        }
        assert_eq!(office.delivery("Bello").await, Some(Delivery::Waiting));
        for _ in 0..6 {
            office.send_after(TimeDelta::hours(1)).await;
        }
        assert_eq!(office.delivery("Bello").await, Some(Delivery::GivenUp));
        assert_eq!(office.standing().await.undelivered, 1);
        let talks = office.mailbox.talks();
        office.send_after(TimeDelta::days(1)).await;
        assert_eq!(office.mailbox.talks(), talks);
    })
    .await;
}

#[tokio::test]
async fn a_message_that_breaks_every_talk_holds_up_the_others_for_a_minute_only() {
    in_an_office(async |office| {
        office.mailbox.answer(&to("Abel"), "421 4.7.0 Go away");
        office.send_after(TimeDelta::seconds(1)).await;
        assert_eq!(office.stopped().await.unwrap().0, MailStop::Busy);
        office.send_after(TimeDelta::minutes(1)).await;
        assert_eq!(office.reached(), ["Bello", "Clarke", "Dean"]);
        assert_eq!(office.standing().await.waiting, 1);
    })
    .await;
}

#[tokio::test]
async fn a_message_whose_key_is_lost_waits_and_holds_up_no_other() {
    in_an_office(async |office| {
        // A body that was never sealed with any key.
        let link = invitation(9, office.school, AccountId(Uuid::from_u128(1)));
        let at = office.state.clock.now();
        office.state.store.replace_invitation(office.school, &link, at).await.unwrap();
        office.send().await;
        assert_eq!(office.reached(), ["Bello", "Clarke", "Dean"]);
        assert_eq!(office.delivery("Abel").await, Some(Delivery::Waiting));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_asking_anybody() {
    in_an_office(async |office| {
        let mail = mail::activation("R", "S", "F", "U", "L");
        let (keys, dice) = (&office.state.keys, &office.state.dice);
        let sealed = mail::seal(keys, dice, office.school, "nobody at all", &mail).unwrap();
        let account = AccountId(Uuid::from_u128(1));
        let link = ActivationLink {
            mail: sealed.about(account, None),
            ..invitation(9, office.school, account)
        };
        let at = office.state.clock.now();
        office.state.store.replace_invitation(office.school, &link, at).await.unwrap();
        office.send().await;
        assert_eq!(office.delivery("Abel").await, Some(Delivery::AddressRefused));
        assert_eq!(office.mailbox.talks(), 3);
    })
    .await;
}
