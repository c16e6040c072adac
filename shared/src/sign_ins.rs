//! How a school's people sign in, as its admins see it: the school's own networks, and sign-ins
//! that are being slowed.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How a network came to be the school's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NetworkOrigin {
    /// Staff, or enough pupils, signed in from there.
    Learnt,
    /// An admin said so.
    Added,
}

impl NetworkOrigin {
    /// As it is stored.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "learnt" => Some(Self::Learnt),
            "added" => Some(Self::Added),
            _ => None,
        }
    }
}

/// A network of the school: pupils with two pictures sign in from there by typing their username.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SchoolNetwork {
    /// An IPv4 address such as `192.0.2.7`, or a network such as `2001:db8:1:2::/64`.
    pub network: String,
    /// Whether it was learnt from sign-ins or added by an admin.
    pub origin: NetworkOrigin,
    /// When it was learnt, or an admin last said that it is the school's.
    pub since: Timestamp,
    /// When someone last signed in from there, to the day.
    pub seen_at: Timestamp,
}

/// Which sign-ins are slowed, or worth an admin's look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SlowedWhere {
    /// From one of the school's own networks: those who have mistyped wait, up to an hour.
    AtSchool,
    /// From one device of the school, one network elsewhere, or at one name.
    Elsewhere,
    /// Pupils on new devices elsewhere need the QR code of their card.
    NewDevices,
    /// Pupils with two pictures need their card on shared devices elsewhere that are new to them.
    SharedDevices,
    /// Many wrong tries at picture PINs; no one waits.
    Pictures,
}

/// Sign-ins that are slowed since some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Slowed {
    /// Which sign-ins these are, and what that means for them.
    pub place: SlowedWhere,
    /// When that began.
    pub since: Timestamp,
}

/// What an admin sees of how people sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIns {
    /// The school's own networks, the one last signed in from first.
    pub networks: Vec<SchoolNetwork>,
    /// The network this request came from.
    pub here: String,
    /// What is slowed, each kind at most once; empty if nothing is.
    pub slowed: Vec<Slowed>,
}

/// A network to add, or to take away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Network {
    /// As typed or listed: an address such as `192.0.2.7`, or a range such as `192.0.2.0/24`.
    pub network: String,
}
