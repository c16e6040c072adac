//! Moments, as they travel to the app.

use chrono::{DateTime, SecondsFormat, Utc};
use rollcall_shared::time::Timestamp;

/// The moment as it travels to the app.
#[must_use]
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}
