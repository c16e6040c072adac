//! The connection of a school to its MIS, through Groupcall's Xporter-on-Demand.

use serde::{Deserialize, Serialize};

use crate::scopes::Scope;
use crate::time::Timestamp;

/// The state of a connection.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Nobody has been invited yet, or the connection was ended here.
    #[default]
    NotSetUp,
    /// The invitation has been sent; the school has not answered.
    Invited,
    /// The school is choosing people; nothing can be read in the meantime.
    Paused,
    /// Consent given; we are checking what was granted.
    Authorised,
    /// The agent next to the MIS still has to be installed.
    InstallationPending,
    /// Consent given and the data there: the school can be read.
    Ready,
    /// A required scope was rejected: cannot continue.
    Rejected,
    /// The school withdrew a consent that it had given.
    Revoked,
    /// The secret no longer works: the school has to authorise again.
    SecretRejected,
}

impl ConnectionState {
    const ALL: [Self; 9] = [
        Self::NotSetUp,
        Self::Invited,
        Self::Paused,
        Self::Authorised,
        Self::InstallationPending,
        Self::Ready,
        Self::Rejected,
        Self::Revoked,
        Self::SecretRejected,
    ];

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotSetUp => "not_set_up",
            Self::Invited => "invited",
            Self::Paused => "paused",
            Self::Authorised => "authorised",
            Self::InstallationPending => "installation_pending",
            Self::Ready => "ready",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
            Self::SecretRejected => "secret_rejected",
        }
    }

    /// The state with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Who holds the authority to share the school's data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Authoriser {
    /// First name, 100 characters at most.
    pub forename: String,
    /// Surname, 100 characters at most.
    pub surname: String,
    /// Where Groupcall sends the invitation.
    pub email: String,
    /// Passed on to Groupcall with the invitation; none if it was not given.
    pub phone: Option<String>,
}

/// "Set up Groupcall Xporter": sends the invitation, or sends it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invite {
    /// Required scopes are always asked for; this names the optional ones wanted too.
    pub optional_scopes: Vec<Scope>,
    /// None: the signed-in admin.
    pub authoriser: Option<Authoriser>,
}

/// The connection as its pages show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectionView {
    /// How it stands now; `checked_at` says when we last looked.
    pub state: ConnectionState,
    /// Who was invited; themselves if it is the signed-in admin.
    pub authoriser: Option<Authoriser>,
    /// The name of the admin who sent the newest invitation; none if nobody was invited.
    pub invited_by: Option<String>,
    /// When the newest invitation was sent; none if nobody was invited.
    pub invited_at: Option<Timestamp>,
    /// What the newest invitation asks for; if there was none, what was granted at first.
    pub asked: Vec<Scope>,
    /// What the school grants, as far as we have seen.
    pub granted: Vec<Scope>,
    /// Asked for and not granted, by an invitation that the school has not answered yet.
    pub pending: Vec<Scope>,
    /// Asked for, answered, and not granted.
    pub declined: Vec<Scope>,
    /// How the consent has changed since the last applied run, if it has.
    pub change: Option<ConsentChange>,
    /// How many accounts the last applied run left as they are only because the absence of their
    /// people said nothing.
    pub uncounted_absences: u32,
    /// Whether anything was ever read of the school.
    pub has_been_read: bool,
    /// When we last looked.
    pub checked_at: Option<Timestamp>,
    /// What that look said, where it matters to an admin.
    pub message: Option<String>,
    /// The connection's history, newest first.
    pub events: Vec<ConnectionEvent>,
}

/// How a consent has changed since the last applied run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentChange {
    /// When we last noticed a change.
    pub at: Timestamp,
    /// What is shared now and was not then.
    pub more: Vec<Scope>,
    /// What was shared then and is not now.
    pub less: Vec<Scope>,
    /// Whether it is not the data areas that changed but, maybe, the people.
    pub people: bool,
}

/// Ends the connection from our side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Disconnect {
    /// Whether what was imported is erased too.
    pub erase: bool,
    /// What the admin typed.
    pub confirmation: String,
}

/// What has to be typed to end the connection; case does not count.
pub const DISCONNECT_CONFIRMATION: &str = "DISCONNECT";

/// A change of the connection, with its cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectionEvent {
    /// When the change was written down.
    pub at: Timestamp,
    /// The state since then: the same as before where only the consent changed.
    pub state: ConnectionState,
    /// In plain words: what happened, and who did it if it was an admin.
    pub cause: String,
}
