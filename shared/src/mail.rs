//! The state of e-mail: what is waiting, what was not delivered, and why none goes out.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Why the mail server takes nothing at all just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailStop {
    /// It does not accept the name and the password we sign in with.
    SignIn,
    /// It does not take messages from the address that ours come from.
    Sender,
    /// It has taken as many as it takes from us for now.
    Quota,
    /// It says that it can't take any just now.
    Busy,
    /// No safe connection to it comes about.
    NotSecure,
    /// It does not answer.
    Unreachable,
    /// It answers too slowly.
    TooSlow,
}

impl MailStop {
    const ALL: [Self; 7] = [
        Self::SignIn,
        Self::Sender,
        Self::Quota,
        Self::Busy,
        Self::NotSecure,
        Self::Unreachable,
        Self::TooSlow,
    ];

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Sender => "sender",
            Self::Quota => "quota",
            Self::Busy => "busy",
            Self::NotSecure => "not_secure",
            Self::Unreachable => "unreachable",
            Self::TooSlow => "too_slow",
        }
    }

    /// The reason with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stop| stop.code() == code)
    }
}

/// E-mail that does not go out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailStopped {
    /// When a try first showed it; nothing has gone out since.
    pub since: Timestamp,
    /// The reason met at the last try.
    pub why: MailStop,
    /// When it is tried again.
    pub try_again: Timestamp,
}

/// How the e-mail of a school stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailStanding {
    /// Messages that are still to be sent.
    pub waiting: u32,
    /// Those of them that the mail server took not yet, although it takes others.
    pub put_off: u32,
    /// Set while the mail server takes nothing at all, and something waits.
    pub stopped: Option<MailStopped>,
    /// Staff without a password whose last activation e-mail was not delivered.
    pub undelivered: u32,
}

/// What happened to the last activation e-mail of someone who has set no password yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Still to be sent, or kept here because no mail server is set up.
    Waiting,
    /// The mail server took it.
    Sent,
    /// Not delivered: the mail server does not accept e-mail for this address.
    AddressRefused,
    /// Not delivered: for five days it could not be sent.
    GivenUp,
}

impl Delivery {
    const ALL: [Self; 4] = [Self::Waiting, Self::Sent, Self::AddressRefused, Self::GivenUp];

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::AddressRefused => "address_refused",
            Self::GivenUp => "given_up",
        }
    }

    /// The outcome with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|delivery| delivery.code() == code)
    }

    /// Whether it never came.
    #[must_use]
    pub const fn is_undelivered(self) -> bool {
        matches!(self, Self::AddressRefused | Self::GivenUp)
    }
}

/// The activation e-mails that a run wrote; those withdrawn are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmailCounts {
    /// The mail server took them.
    pub sent: u32,
    /// Still to be sent, or kept here because no mail server is set up.
    pub waiting: u32,
    /// Not delivered: the address was refused, or nothing could be sent for five days.
    pub refused: u32,
}

impl EmailCounts {
    /// Sent, waiting and not delivered together.
    #[must_use]
    pub const fn all(&self) -> u32 {
        self.sent + self.waiting + self.refused
    }
}

/// The outcome of sending the link again to all who have set no password yet, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SentAgain {
    /// Those who were written a new message.
    pub queued: u32,
    /// Those whose message still waits to be sent.
    pub waiting: u32,
    /// Those who were sent one less than an hour ago.
    pub recent: u32,
    /// Those without an e-mail address.
    pub no_address: u32,
}
