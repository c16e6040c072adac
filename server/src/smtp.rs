//! Hands messages to the mail server.
//!
//! Command by command, since what a refusal means depends on what was refused: "550" to the
//! recipient says that nobody has this address, to the sender that nothing of ours is taken.
//! lettre's transport does all commands in one call, and its error does not say which was refused.

use std::error::Error as _;
use std::time::Duration;

use lettre::address::AddressError;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{self, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use rollcall_shared::mail::MailStop;
use tokio::time::timeout;
use url::Url;
use uuid::Uuid;

use crate::config::SmtpConfig;
use crate::mail::Mail;

/// How long the sending of one message may take.
const LONGEST_SENDING: Duration = Duration::from_secs(60);
/// How long the mail server may take to say goodbye, once all is done.
const LONGEST_GOODBYE: Duration = Duration::from_secs(5);

/// Sends messages by SMTP.
pub struct Sender {
    server: Server,
    from: Mailbox,
}

/// Where the mail server is, and how it is spoken to.
struct Server {
    host: String,
    port: u16,
    tls: Tls,
    hello: ClientId,
    credentials: Option<Credentials>,
}

/// The setting names no mail server.
#[derive(Debug, thiserror::Error)]
#[error("ROLLCALL_SMTP_URL is not the address of a mail server")]
pub struct NotAServer;

/// What a message was refused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nobody gets mail at this address: trying again can't help.
    Address,
    /// This message, for now.
    Message,
    /// Whatever is sent: there is no need to try others before this one goes.
    Everything(MailStop),
}

/// Why a message was not sent.
#[derive(Debug)]
pub struct NotSent {
    pub refused: Refused,
    /// What may be kept of it: the step and the numbers. A mail server's own words often name the
    /// address, so they are not.
    pub code: String,
}

/// The steps of handing over a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Connecting,
    Securing,
    SigningIn,
    Sender,
    Recipient,
    Content,
}

/// A refusal in the mail server's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbers {
    reply: u16,
    /// The enhanced status (RFC 3463) `class.subject.detail`, where it gives one.
    status: Option<[u16; 3]>,
}

impl Sender {
    /// # Errors
    /// If the address of the mail server is not one.
    pub fn new(config: &SmtpConfig) -> Result<Self, NotAServer> {
        let server = Server::at(config.url.expose()).ok_or(NotAServer)?;
        Ok(Self { server, from: config.from.clone() })
    }

    /// Sends the message of this id. Should it be sent again, because nobody knows whether it was,
    /// a mail server can tell by its Message-ID that it is the same.
    ///
    /// # Errors
    /// If the mail server can't be reached, or does not take it.
    pub async fn send(&self, id: Uuid, to: &str, mail: &Mail) -> Result<(), NotSent> {
        let message = self.message(id, to, mail)?;
        let too_slow = |_| Err(NotSent::everything(MailStop::TooSlow, "no answer in time"));
        let (mut talk, sent) = timeout(LONGEST_SENDING, async {
            let mut talk = self.server.connect().await?;
            let sent = hand_over(&mut talk, &message).await;
            Ok((talk, sent))
        })
        .await
        .unwrap_or_else(too_slow)?;
        // Whatever comes of this: the message has been taken, or it has not.
        let _ = timeout(LONGEST_GOODBYE, talk.abort()).await;
        sent
    }

    fn message(&self, id: Uuid, to: &str, mail: &Mail) -> Result<Message, NotSent> {
        let to = to.parse().map_err(|_: AddressError| NotSent {
            refused: Refused::Address,
            code: "unusable address".into(),
        })?;
        Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.clone())
            .map_err(|_| NotSent { refused: Refused::Message, code: "unusable message".into() })
    }
}

impl Server {
    /// Reads `smtps://user:password@host`, `smtp://host:587?tls=required` (or `opportunistic`), or
    /// `smtp://host` without encryption. A path is the name by which we introduce ourselves.
    fn at(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let host = url.host_str()?.to_owned();
        let tls = || TlsParameters::new(host.clone()).ok();
        let wanted = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, tls)| tls);
        let (port, tls) = match (url.scheme(), wanted.as_deref()) {
            ("smtp", None) => (SMTP_PORT, Tls::None),
            ("smtp", Some("required")) => (SUBMISSION_PORT, Tls::Required(tls()?)),
            ("smtp", Some("opportunistic")) => (SUBMISSION_PORT, Tls::Opportunistic(tls()?)),
            ("smtps", _) => (SUBMISSIONS_PORT, Tls::Wrapper(tls()?)),
            _ => return None,
        };
        let name = url.path().trim_matches('/');
        let plain = |text| percent_encoding::percent_decode_str(text).decode_utf8().ok();
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(
                plain(url.username())?.into_owned(),
                plain(password)?.into_owned(),
            )),
            None => None,
        };
        Some(Self {
            port: url.port().unwrap_or(port),
            tls,
            hello: match name {
                "" => ClientId::default(),
                name => ClientId::Domain(name.to_owned()),
            },
            credentials,
            host,
        })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, NotSent> {
        let wrapped = match &self.tls {
            Tls::Wrapper(tls) => Some(tls.clone()),
            _ => None,
        };
        let server = (self.host.as_str(), self.port);
        let waits = Some(LONGEST_SENDING);
        let mut talk =
            AsyncSmtpConnection::connect_tokio1(server, waits, &self.hello, wrapped, None)
                .await
                .map_err(|error| NotSent::at(Step::Connecting, &error))?;
        let begin_tls = match &self.tls {
            Tls::Required(tls) => Some(tls),
            Tls::Opportunistic(tls) if talk.can_starttls() => Some(tls),
            _ => None,
        };
        if let Some(tls) = begin_tls {
            let begun = talk.starttls(tls.clone(), &self.hello).await;
            begun.map_err(|error| NotSent::at(Step::Securing, &error))?;
        }
        if let Some(credentials) = &self.credentials {
            let signed_in = talk.auth(DEFAULT_MECHANISMS, credentials).await;
            if let Err(error) = signed_in {
                let _ = timeout(LONGEST_GOODBYE, talk.abort()).await;
                return Err(NotSent::at(Step::SigningIn, &error));
            }
        }
        Ok(talk)
    }
}

/// Sends the commands of one message; the first one that is refused ends it.
async fn hand_over(talk: &mut AsyncSmtpConnection, message: &Message) -> Result<(), NotSent> {
    let envelope = message.envelope();
    let content = message.formatted();
    let at = |step| move |error: smtp::Error| NotSent::at(step, &error);
    // What lettre puts together is ASCII, so no extension is needed.
    let from = MailFrom::new(envelope.from().cloned(), Vec::new());
    talk.command(from).await.map_err(at(Step::Sender))?;
    for to in envelope.to() {
        talk.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(at(Step::Recipient))?;
    }
    talk.command(Data).await.map_err(at(Step::Content))?;
    talk.message(&content).await.map_err(at(Step::Content))?;
    Ok(())
}

impl NotSent {
    fn everything(why: MailStop, code: &str) -> Self {
        Self { refused: Refused::Everything(why), code: code.to_owned() }
    }

    fn at(step: Step, error: &smtp::Error) -> Self {
        let Some(numbers) = Numbers::of(error) else {
            return Self::everything(without_numbers(step, error), step.name());
        };
        let Numbers { reply, status } = numbers;
        let status = status
            .map(|[class, subject, detail]| format!(" {class}.{subject}.{detail}"))
            .unwrap_or_default();
        Self {
            refused: numbers.meaning(step),
            code: format!("{} refused ({reply}{status})", step.name()),
        }
    }
}

/// What it means that no answer came which could be read.
fn without_numbers(step: Step, error: &smtp::Error) -> MailStop {
    match step {
        _ if error.is_timeout() => MailStop::TooSlow,
        _ if error.is_tls() => MailStop::NotSecure,
        // It offers no encryption, or no way to sign in that we know.
        Step::Securing if error.is_client() => MailStop::NotSecure,
        Step::SigningIn if error.is_client() => MailStop::SignIn,
        _ => MailStop::Unreachable,
    }
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connection",
            Self::Securing => "encryption",
            Self::SigningIn => "sign-in",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Content => "message",
        }
    }
}

impl Numbers {
    fn of(error: &smtp::Error) -> Option<Self> {
        let reply = error.status()?.into();
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        Some(Self { reply, status: status_in(&words) })
    }

    /// What a refusal at a step means. Only an answer to the recipient is about the address; what
    /// is not certainly about it waits, for a message that is given up comes to nobody.
    fn meaning(self, step: Step) -> Refused {
        use MailStop::{Busy, NotSecure, Quota, SignIn};
        let subject = self.status.map(|[_, subject, detail]| (subject, detail));
        match (step, self.reply, subject) {
            (Step::Connecting, ..) | (_, 421, _) => Refused::Everything(Busy),
            (Step::Securing, ..) | (_, 538, _) => Refused::Everything(NotSecure),
            (Step::SigningIn, ..) | (_, 530 | 534 | 535, _) => Refused::Everything(SignIn),
            // "Daily sending quota exceeded", and the like: ours, not the recipient's.
            (_, _, Some((4, 5))) => Refused::Everything(Quota),
            // The mail system as such, which is full, or at work on itself.
            (_, _, Some((3, _))) => Refused::Everything(Busy),
            (Step::Sender, 500.., _) => Refused::Everything(MailStop::Sender),
            (Step::Sender, ..) => Refused::Everything(Busy),
            (Step::Recipient, ..) if self.is_about_the_recipient() => Refused::Address,
            // Some look at the recipient only once they have the message.
            (Step::Content, ..) if self.is_no_such_mailbox() => Refused::Address,
            (Step::Recipient | Step::Content, ..) => Refused::Message,
        }
    }

    /// Whether a final answer to the recipient says that nobody gets mail there. A full mailbox
    /// (5.2.2, 552) may be emptied, and a policy (5.7.x) may be about us.
    const fn is_about_the_recipient(self) -> bool {
        match self.status {
            None => matches!(self.reply, 501 | 550 | 551 | 553 | 554 | 556),
            // Nothing more is said than the reply says.
            Some([5, 0, _]) => matches!(self.reply, 550 | 551 | 553 | 554 | 556),
            // The mailbox is closed; or there is no way there: Microsoft 365 says 5.4.1 of
            // somebody it does not know.
            Some([5, 2, 0 | 1] | [5, 4, 0 | 1 | 4]) => true,
            Some(_) => self.is_no_such_mailbox(),
        }
    }

    /// 5.1.x, but for what it says of the sender's address.
    const fn is_no_such_mailbox(self) -> bool {
        match self.status {
            Some([5, 1, 7 | 8]) => false,
            Some([5, 1, _]) => true,
            _ => false,
        }
    }
}

/// The enhanced status at the beginning of a mail server's words.
fn status_in(words: &str) -> Option<[u16; 3]> {
    let first = words.split_whitespace().next()?;
    let mut numbers = first.split('.').map(|number| number.parse().ok());
    let status = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(status)
}

#[cfg(test)]
mod tests;
