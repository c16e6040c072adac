//! The consent record of a school: who approved which data areas, when, and what was read. It is
//! for programs and for data protection officers; it names no pupil, and holds no secret and
//! no id of anyone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::connection::{ConnectionEvent, ConnectionState};
use crate::ids::Estab;
use crate::plan::Counts;
use crate::run::{RunKind, RunStatus};
use crate::scopes::Scope;
use crate::time::Timestamp;

/// Everything recorded about a school's consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentRecord {
    /// The school's name.
    pub school: String,
    pub estab: Estab,
    /// Ourselves, as the MIS's service knows us.
    pub application: String,
    pub made_at: Timestamp,
    pub state: ConnectionState,
    /// The connection's history, the oldest first.
    pub events: Vec<ConnectionEvent>,
    pub consents: Vec<ConsentEntry>,
    pub reads: Vec<ReadEntry>,
    pub runs: Vec<RunEntry>,
}

/// A consent, from when until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentEntry {
    pub at: Timestamp,
    pub source: ConsentSource,
    /// The e-mail address of the person who approved it, if known.
    pub approved_by: Option<String>,
    pub asked: Vec<Scope>,
    pub granted: Vec<Scope>,
    /// None while it lasts.
    pub ended_at: Option<Timestamp>,
}

/// How we learnt of a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConsentSource {
    /// The school's answer to an invitation.
    Callback,
    /// A look that found the consent changed.
    Look,
    /// A secret given by hand.
    ByHand,
}

impl ConsentSource {
    pub const ALL: [Self; 3] = [Self::Callback, Self::Look, Self::ByHand];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Callback => "callback",
            Self::Look => "look",
            Self::ByHand => "by_hand",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.code() == code)
    }
}

/// One read of the MIS, whether a run came of it or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadEntry {
    pub at: Timestamp,
    pub kind: ReadKind,
    pub scopes: Vec<Scope>,
    /// Which fields were asked for, by the table they are of. Where [`EVERY_FIELD`] stands before
    /// them Groupcall would not be asked for single fields: all came that the consent covers, and
    /// those named were kept.
    pub fields: BTreeMap<String, Vec<String>>,
    pub pupils: u32,
    pub staff: u32,
    pub groups: u32,
    /// People the school chose not to share.
    pub withheld: u32,
}

/// Stands for every field that a consent covers.
pub const EVERY_FIELD: &str = "*";

/// How much a read reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReadKind {
    /// The whole school.
    Full,
    /// Only whether anything had changed since the last full read, and nothing had.
    Changes,
    /// One person.
    OnePerson,
}

impl ReadKind {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Changes => "changes",
            Self::OnePerson => "one_person",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Full, Self::Changes, Self::OnePerson].into_iter().find(|kind| kind.code() == code)
    }
}

/// A run, and the read it was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunEntry {
    pub kind: RunKind,
    pub status: RunStatus,
    /// Who pressed Finish; none for the command line and the nightly sync.
    pub started_by: Option<String>,
    pub queued_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// The time of the read, as it stands in `reads`.
    pub read_at: Timestamp,
    pub pupils: Counts,
    pub staff: Counts,
}
