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
    /// The school's seven-digit number.
    pub estab: Estab,
    /// Ourselves, as the MIS's service knows us.
    pub application: String,
    /// When this record was put together.
    pub made_at: Timestamp,
    /// How the connection stood at that moment.
    pub state: ConnectionState,
    /// The connection's history, the oldest first.
    pub events: Vec<ConnectionEvent>,
    /// Every consent there has been, the oldest first.
    pub consents: Vec<ConsentEntry>,
    /// Every read of the MIS, the oldest first.
    pub reads: Vec<ReadEntry>,
    /// The oldest first; plans that nobody finished are left out, unless they were held.
    pub runs: Vec<RunEntry>,
}

/// A consent, from when until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentEntry {
    /// When we learnt of it.
    pub at: Timestamp,
    /// Through what we learnt of it: the school's answer, a look of ours, or by hand.
    pub source: ConsentSource,
    /// The e-mail address of the person who approved it, if known.
    pub approved_by: Option<String>,
    /// The data areas that the school had been asked for by then.
    pub asked: Vec<Scope>,
    /// The data areas that it covers.
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
    const ALL: [Self; 3] = [Self::Callback, Self::Look, Self::ByHand];

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Callback => "callback",
            Self::Look => "look",
            Self::ByHand => "by_hand",
        }
    }

    /// The source with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.code() == code)
    }
}

/// One read of the MIS, whether a run came of it or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadEntry {
    /// When the read began.
    pub at: Timestamp,
    /// How much was read: the whole school, one person, or only whether anything had changed.
    pub kind: ReadKind,
    /// The data areas that were granted at the time.
    pub scopes: Vec<Scope>,
    /// Which fields were asked for, by the table they are of. Where `*` stands before them
    /// Groupcall would not be asked for single fields: all came that the consent covers, and those
    /// named were kept.
    pub fields: BTreeMap<String, Vec<String>>,
    /// Pupils that came, leavers among them; of a look for changes, those known from before.
    pub pupils: u32,
    /// Staff that came, leavers among them; of a look for changes, those known from before.
    pub staff: u32,
    /// Year groups, classes and subject groups together; 0 where one person was read.
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
    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Changes => "changes",
            Self::OnePerson => "one_person",
        }
    }

    /// The kind with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Full, Self::Changes, Self::OnePerson].into_iter().find(|kind| kind.code() == code)
    }
}

/// A run, and the read it was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunEntry {
    /// Whether it was of the whole school, of one person, or an undo.
    pub kind: RunKind,
    /// How it ended, or that it is still going.
    pub status: RunStatus,
    /// Who pressed Finish; none for the command line and the nightly sync.
    pub started_by: Option<String>,
    /// When Finish was pressed, or the plan was held; none for a plan, which no record lists.
    pub queued_at: Option<Timestamp>,
    /// When it ended or was held; none while it is going.
    pub finished_at: Option<Timestamp>,
    /// The time of the read, as it stands in `reads`; of an undo, when it was planned.
    pub read_at: Timestamp,
    /// What was planned for pupils; a run that was cut short did less.
    pub pupils: Counts,
    /// What was planned for staff; a run that was cut short did less.
    pub staff: Counts,
}
