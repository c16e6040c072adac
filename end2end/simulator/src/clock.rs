//! The simulator's time: the system's, or one that a test sets. The only caller of the system's.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

/// Tells the time for token expiry, e-mails and changed records. Copies share one time.
#[derive(Clone, Debug)]
pub struct Clock {
    fixed: Option<DateTime<Utc>>,
    /// Milliseconds added to the system's or the fixed time.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The system's time.
    #[must_use]
    pub fn system() -> Self {
        Self { fixed: None, ahead: Arc::default() }
    }

    /// A time that stands still until it is advanced.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self { fixed: Some(at), ahead: Arc::default() }
    }

    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulator's one caller of the system's time"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        self.fixed.unwrap_or_else(Utc::now)
            + TimeDelta::milliseconds(self.ahead.load(Ordering::SeqCst))
    }

    /// The same without a zone, as the MIS's records have it.
    #[must_use]
    pub fn now_without_zone(&self) -> NaiveDateTime {
        self.now().naive_utc()
    }

    /// Puts the clock forward (or back), as if it were wrong or time had passed.
    pub fn advance(&self, by: TimeDelta) {
        self.ahead.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
}
