//! The e-mail notices wherever staff are shown: that none goes out, who was not reached,
//! and the button that sends the links again.

use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use rollcall_shared::mail::{Delivery, MailStanding, MailStop, MailStopped, SentAgain};

use super::people::list::{Outcome, OutcomeNotice};
use crate::address;
use crate::api;
use crate::components::{Button, Look, Notice, Tag, TagTone, Tone};
use crate::dates;
use crate::pages::wizard::words::counted;
use crate::state::follow_run::wait_until_seen;
use crate::state::here::Here;
use crate::state::session::Session;

const LOOK_EVERY_MS: u32 = 2_000;

/// That no e-mail goes out, or some only later, and who was not reached; nothing if all is well.
pub fn mail_notices(mail: &MailStanding) -> AnyView {
    let waiting = counted(mail.waiting, "message is waiting", "messages are waiting");
    let stopped = mail.stopped.as_ref().map(|stopped| stopped_notice(stopped, &waiting));
    let put_off = (mail.put_off > 0).then(|| {
        let words = counted(mail.put_off, "e-mail was", "e-mails were");
        view! {
            <Notice title="Some e-mails are late">
                <p>
                    {words}
                    " not accepted by the mail server yet, although it accepts others. We will try again, every few minutes at first, then every hour. If an e-mail can’t be sent within five days, we stop trying and tell you here."
                </p>
            </Notice>
        }
    });
    let undelivered = (mail.undelivered > 0).then(|| {
        let people = counted(mail.undelivered, "member of staff", "members of staff");
        view! {
            <Notice tone=Tone::Warning title="Activation e-mails were not delivered">
                <p>
                    {format!("{people} can’t set a password yet, because the e-mail with the link did not reach them. Check their addresses, correct any mistakes, or send it again. ")}
                    <a href=address::UNDELIVERED>"See these people"</a>
                </p>
            </Notice>
        }
    });
    view! { {stopped} {put_off} {undelivered} }.into_any()
}

fn stopped_notice(stopped: &MailStopped, waiting: &str) -> AnyView {
    let since = dates::moment(&stopped.since);
    let next = dates::time_of_day(&stopped.try_again);
    let since_and_why = format!("Since {since}: {}", why(stopped.why));
    let what_next = format!(
        "{waiting}, and will be sent automatically once this is fixed. The next try is at about {next}. After five days we stop trying: you are told here, and can send it again."
    );
    view! {
        <Notice tone=Tone::Warning title="E-mail is not going out">
            <p>{since_and_why}</p>
            <p>{what_next}</p>
        </Notice>
    }
    .into_any()
}

/// Why, in words for a school office.
const fn why(why: MailStop) -> &'static str {
    match why {
        MailStop::SignIn => {
            "the mail server does not accept the name and password that are set up for it here. Tell the person who looks after this server: the password may have changed."
        }
        MailStop::Sender => {
            "the mail server does not accept the address that our e-mails come from. Tell the person who looks after this server: the sender’s address may not be allowed there."
        }
        MailStop::Quota => {
            "we have reached the mail server’s limit for now. This usually clears by itself within a day."
        }
        MailStop::Busy => {
            "the mail server says that it can’t accept e-mails at the moment. This usually clears by itself. If it lasts longer than a day, tell the person who looks after this server."
        }
        MailStop::NotSecure => {
            "we can’t make a secure connection to the mail server. Tell the person who looks after this server: its certificate or its settings may have changed."
        }
        MailStop::Unreachable => {
            "the mail server can’t be reached. If it lasts longer than an hour, tell the person who looks after this server."
        }
        MailStop::TooSlow => {
            "the mail server does not answer in time. If it lasts longer than an hour, tell the person who looks after this server."
        }
    }
}

/// The delivery state of an activation e-mail, as a tag.
pub fn delivery_tag(delivery: Option<Delivery>, keeps_messages: bool) -> AnyView {
    let (tone, words) = match delivery {
        None => return ().into_any(),
        Some(Delivery::AddressRefused) => (TagTone::Bad, "Not delivered: address refused"),
        Some(Delivery::GivenUp) => (TagTone::Bad, "Not delivered: could not be sent"),
        Some(Delivery::Waiting) if keeps_messages => (TagTone::Plain, "E-mail kept here"),
        Some(Delivery::Waiting) => (TagTone::Plain, "E-mail waiting to be sent"),
        Some(Delivery::Sent) => (TagTone::Plain, "E-mail sent"),
    };
    view! { " " <Tag tone=tone>{words}</Tag> }.into_any()
}

/// The message after a link is sent again.
pub fn sent_to(name: &str, keeps_messages: bool) -> String {
    if keeps_messages {
        format!(
            "A new activation e-mail to {name} is kept here, because no mail server is set up. Older links no longer work."
        )
    } else {
        format!("A new activation e-mail is on its way to {name}. Older links no longer work.")
    }
}

/// Sends the link again to all who have set no password yet: the button, the outcome,
/// and how many messages wait while they are sent.
#[component]
pub fn SendToAll(
    /// Something has changed for those listed on the page.
    #[prop(optional)]
    on_change: Option<Callback<()>>,
) -> impl IntoView {
    let session: Session = expect_context();
    let outcome = RwSignal::new(None::<Outcome>);
    let standing = RwSignal::new(None::<MailStanding>);
    // Counts the presses after which the sending is followed.
    let followed = RwSignal::new(0_u32);
    let here = Here::now();
    let changed = move || {
        if let Some(on_change) = on_change.filter(|_| !here.is_left()) {
            on_change.run(());
        }
    };
    let send = Action::new_local(move |(): &()| async move {
        standing.set(None);
        outcome.set(Some(match api::send_activations().await {
            Ok(sent) => {
                let keeps_messages = session.keeps_messages();
                if sent.queued > 0 && !keeps_messages {
                    followed.update(|presses| *presses += 1);
                }
                changed();
                Outcome::Done(said(sent, keeps_messages))
            }
            Err(problem) => Outcome::Failed(problem),
        }));
    });
    Effect::new(move |_| {
        if followed.get() == 0 {
            return;
        }
        spawn_local_scoped_with_cancellation(async move {
            loop {
                wait_until_seen(LOOK_EVERY_MS).await;
                // If polling fails, the sending continues without us.
                let Ok(now) = api::mail().await else { return };
                let is_over = now.waiting == 0 || now.stopped.is_some();
                standing.set(Some(now));
                if is_over {
                    changed();
                    return;
                }
            }
        });
    });
    let press = Callback::new(move |()| {
        send.dispatch(());
    });
    view! {
        <div class="stack">
            <p>
                <Button look=Look::Secondary on_press=press busy=send.pending()>
                    "Send activation e-mail again to all staff without a password"
                </Button>
            </p>
            <OutcomeNotice outcome/>
            <div role="status">
                {move || standing.get().map(|mail| view! { <p>{progress(&mail)}</p> })}
            </div>
        </div>
    }
}

/// What was queued, and who was left out and why.
fn said(sent: SentAgain, keeps_messages: bool) -> String {
    let SentAgain { queued, waiting, recent, no_address } = sent;
    if queued + waiting + recent + no_address == 0 {
        return "No e-mails were sent: all staff have set a password.".to_owned();
    }
    let mut said = vec![match (queued, keeps_messages) {
        (0, _) => "No new activation e-mail was sent.".to_owned(),
        (_, true) => format!(
            "{} kept here, because no mail server is set up. Older links no longer work.",
            counted(queued, "new activation e-mail is", "new activation e-mails are")
        ),
        (_, false) => format!(
            "{} on the way. Older links no longer work.",
            counted(queued, "new activation e-mail is", "new activation e-mails are")
        ),
    }];
    if waiting > 0 {
        said.push(if keeps_messages {
            format!("{} already kept here.", counted(waiting, "other is", "others are"))
        } else {
            format!(
                "{} to be sent.",
                counted(waiting, "other is still waiting", "others are still waiting")
            )
        });
    }
    if recent > 0 {
        said.push(format!(
            "{} sent one within the last hour. You can send them another individually.",
            counted(recent, "person was", "people were")
        ));
    }
    if no_address > 0 {
        said.push(format!(
            "{} no e-mail address, so nothing can be sent to them.",
            counted(no_address, "person has", "people have")
        ));
    }
    said.join(" ")
}

/// How far the sending is.
fn progress(mail: &MailStanding) -> String {
    match (mail.waiting, &mail.stopped, mail.undelivered) {
        (waiting, Some(_), _) => format!(
            "{} because e-mail is not going out. The dashboard says why.",
            counted(waiting, "e-mail is waiting", "e-mails are waiting")
        ),
        (0, None, 0) => "All e-mails have been sent.".to_owned(),
        (0, None, refused) => format!(
            "No e-mails are waiting. {} not delivered.",
            counted(refused, "activation e-mail was", "activation e-mails were")
        ),
        (waiting, None, _) => {
            format!(
                "{} to be sent.",
                counted(waiting, "e-mail is still waiting", "e-mails are still waiting")
            )
        }
    }
}
