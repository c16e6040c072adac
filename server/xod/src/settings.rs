//! How the service is reached, and how much is asked of it at once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::{Host, Url};

use super::secret::Secret;

/// How an application is known to XoD.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The service's address; plain http is for this machine alone.
    pub url: Url,
    /// The application's id, by which XoD calls it its partner.
    pub app_id: String,
    /// The application's own secret, with which schools are invited.
    pub management_secret: Secret,
    /// What the program calls itself.
    pub user_agent: String,
    /// The bounds on time, size and number that every call keeps to.
    pub limits: Limits,
}

impl Settings {
    /// An application, with the usual limits.
    #[must_use]
    pub fn new(url: Url, app_id: impl Into<String>, management_secret: Secret) -> Self {
        Self {
            url,
            app_id: app_id.into(),
            management_secret,
            user_agent: concat!("xod-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            limits: Limits::default(),
        }
    }
}

/// How long and how much we let a call be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until the connection stands.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub read: Duration,
    /// For one call with all of its answer.
    pub total: Duration,
    /// Bytes of an answer, unpacked.
    pub body: usize,
    /// Bytes of all answers together that one reading of a school takes.
    pub whole_read: usize,
    /// Before the first repetition; the second waits twice as long.
    pub first_pause: Duration,
    /// Before a call is made again that XoD was too busy for, where it does not say how long.
    pub busy_pause: Duration,
    /// The longest pause asked for by XoD that we sit out; a longer one ends the call.
    pub longest_pause: Duration,
    /// Calls under way at once, over all schools, which have not been so for long.
    pub at_once: usize,
    /// A call that takes longer gives its turn to another school.
    pub patience: Duration,
    /// Calls that have given their turn away and go on all the same.
    pub slow_at_once: usize,
    /// Rows on a page: 1,000 is the most that the service gives.
    pub page_size: u32,
    /// Pages of one table.
    pub pages: u32,
    /// Rows of one table.
    pub rows: u32,
    /// Memberships of groups of one kind.
    pub members: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            total: Duration::from_secs(120),
            body: 32 << 20,
            whole_read: 512 << 20,
            first_pause: Duration::from_millis(250),
            busy_pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(20),
            at_once: 4,
            patience: Duration::from_secs(5),
            slow_at_once: 16,
            page_size: 1000,
            pages: 300,
            rows: 200_000,
            members: 1_000_000,
        }
    }
}

/// The time of day and chance, which the caller may hold still to test with.
#[derive(Clone)]
pub struct Surroundings {
    now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    chance: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl Surroundings {
    /// `now` tells the time, and `chance` answers with a number of at least 0 and less than 1.
    pub fn new(
        now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
        chance: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), chance: Arc::new(chance) }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.now)()
    }

    pub(super) fn chance(&self) -> f64 {
        (self.chance)()
    }
}

impl Default for Surroundings {
    /// Those of the system.
    #[expect(clippy::disallowed_methods, reason = "anyone who wants another time gives it")]
    fn default() -> Self {
        Self::new(Utc::now, rand::random)
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Surroundings")
    }
}

/// Whether an address is of this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
