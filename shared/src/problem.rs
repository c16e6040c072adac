//! What the API says when it can't do what was asked: one type, RFC 9457, read by the app too.

use serde::{Deserialize, Serialize};

/// The media type of a [`Problem`].
pub const MEDIA_TYPE: &str = "application/problem+json";

/// The closed list of things that can go wrong, as the app tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ProblemKind))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Not signed in, or signed out since: go to the sign-in page.
    SignedOut,
    /// User name and password do not fit.
    WrongCredentials,
    /// Too many attempts; `retry_after_seconds` says when to come back.
    TooManyAttempts,
    /// The QR code of the login card is needed here; or the card is an old one.
    CardNeeded,
    /// The password is right, but the account opens on a later day.
    NotYet,
    /// The password is right, but an admin has blocked the account's sign-in.
    Blocked,
    /// Signed in, but this is for somebody with another role.
    NotAllowed,
    /// There is no such thing (in this school).
    NotFound,
    /// Something that was sent can't be used; `errors` names the fields.
    Unusable,
    /// Someone else changed it in the meantime; nothing of this was saved.
    Stale,
    /// A run is going already; `run` names it.
    RunGoing,
    /// A link that was used, has expired, or never was.
    LinkExpired,
    /// The connection to the school's MIS is not ready for this.
    NotConnected,
    /// Groupcall could not be reached, or did not answer as it should.
    XodUnavailable,
    /// Groupcall refused.
    XodRefused,
    /// The request did not come from our own pages.
    ForeignRequest,
    /// The request is too large.
    TooLarge,
    /// It broke on our side; `request_id` helps to find it.
    Internal,
}

impl Kind {
    /// The HTTP status the kind is sent with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::SignedOut | Self::WrongCredentials => 401,
            Self::CardNeeded
            | Self::NotYet
            | Self::Blocked
            | Self::NotAllowed
            | Self::ForeignRequest => 403,
            Self::NotFound => 404,
            Self::Stale | Self::RunGoing | Self::NotConnected => 409,
            Self::LinkExpired => 410,
            Self::TooLarge => 413,
            Self::Unusable => 422,
            Self::TooManyAttempts => 429,
            Self::Internal => 500,
            Self::XodRefused | Self::XodUnavailable => 502,
        }
    }
}

/// One field that can't be used, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The JSON name of the field, such as `email`.
    pub field: String,
    /// A stable word for programs, such as `taken`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// A problem document (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// One of the closed list, by which programs tell problems apart.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// One plain sentence: what happened.
    pub title: String,
    /// What happened to the data, and what to do next, in plain sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The HTTP status of the reply; 400, 405 and 421 come with a type that mostly has another one.
    pub status: u16,
    /// The fields that can't be used; left out where no single field is at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Seconds to wait before the next try; left out where waiting is not known to help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
    /// Of `run-going`, the run that has to end first; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<crate::ids::RunId>,
    /// Of `internal`, what support finds the fault by in the log; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem with its usual status, and nothing to it yet but the title.
    #[must_use]
    pub fn new(kind: Kind, title: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            detail: None,
            status: kind.status(),
            errors: Vec::new(),
            retry_after_seconds: None,
            run: None,
            request_id: None,
        }
    }

    /// Adds what happened to the data and what to do next.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a field that can't be used.
    #[must_use]
    pub fn field(mut self, field: &str, code: &str, message: impl Into<String>) -> Self {
        self.errors.push(FieldError {
            field: field.into(),
            code: code.into(),
            message: message.into(),
        });
        self
    }
}
