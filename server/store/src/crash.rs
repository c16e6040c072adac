//! Points at which the program can be made to die, for the tests that a run survives it wherever
//! that happens (`make crash-test`). A release build has none of them.
//!
//! `ROLLCALL_CRASH_AT=before-batch:2` sends the program SIGKILL when it comes to that point for the
//! second time. A third part names another signal (`before-batch:2:STOP`), or lets the thread wait
//! there for ever (`before-batch:2:WAIT`). Several are set apart by commas.

/// Every point. Of a transaction: before it, within it (all is written, nothing is kept) and after
/// it; of what is one statement: before and after it.
#[cfg(debug_assertions)]
pub const POINTS: &[&str] = &[
    "before-roster",
    "within-roster",
    "after-roster",
    "before-plan",
    "within-plan",
    "after-plan",
    "before-plan-renewal",
    "after-plan-renewal",
    "before-queue",
    "within-queue",
    "after-queue",
    "before-hold",
    "within-hold",
    "after-hold",
    "before-take-back",
    "after-take-back",
    "before-give-up",
    "after-give-up",
    "before-claim",
    "after-claim",
    "before-lease",
    "after-lease",
    "before-batch",
    "before-progress",
    "within-batch",
    "after-batch",
    "before-cancel",
    "after-cancel",
    "before-end",
    "within-end",
    "after-end",
    "before-finish",
    "within-finish",
    "after-finish",
    "before-mail-claim",
    "after-mail-claim",
    "before-mail",
    "after-mail",
    "before-mail-sent",
    "after-mail-sent",
    "before-mail-not-sent",
    "after-mail-not-sent",
    "before-night-claim",
    "after-night-claim",
    "before-night-lease",
    "after-night-lease",
    "before-night-retry",
    "after-night-retry",
    "before-night-end",
    "within-night-end",
    "after-night-end",
];

/// A place where something happens to the program if it was told to.
#[cfg(debug_assertions)]
pub fn point(name: &str) {
    static TOLD: std::sync::LazyLock<Vec<Told>> = std::sync::LazyLock::new(|| {
        let told = std::env::var("ROLLCALL_CRASH_AT").unwrap_or_default();
        told.split(',').filter_map(Told::read).collect()
    });
    debug_assert!(POINTS.contains(&name), "{name} is not among the points");
    TOLD.iter().filter(|told| told.point == name).for_each(Told::is_passed);
}

/// A place where something could happen to a debug build.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub const fn point(_name: &str) {}

/// What is to happen where, and at which time of coming there.
#[cfg(debug_assertions)]
struct Told {
    point: String,
    time: u32,
    what: String,
    passed: std::sync::atomic::AtomicU32,
}

#[cfg(debug_assertions)]
impl Told {
    fn read(told: &str) -> Option<Self> {
        let mut parts = told.split(':');
        Some(Self {
            point: parts.next()?.to_owned(),
            time: parts.next()?.parse().ok()?,
            what: parts.next().unwrap_or("KILL").to_owned(),
            passed: std::sync::atomic::AtomicU32::new(0),
        })
    }

    fn is_passed(&self) {
        if self.passed.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1 != self.time {
            return;
        }
        if self.what == "WAIT" {
            // The other tasks of this thread go on elsewhere.
            tokio::task::block_in_place(wait_for_ever);
        }
        // The shell's parent is this process. It stands still some time after the signal, and until
        // then this thread would go on, past the point: the shell waits for that.
        const UNTIL_IT_STANDS: &str = "while [ -r /proc/$PPID/status ] && \
            ! grep -q '^State:.T' /proc/$PPID/status; do :; done";
        let wait = if self.what == "STOP" { UNTIL_IT_STANDS } else { "" };
        let script = format!("kill -s {} $PPID; {wait}", self.what);
        let _ = std::process::Command::new("sh").args(["-c", &script]).status();
        if self.what == "KILL" {
            // Nothing more may happen here until the signal has come.
            wait_for_ever();
        }
    }
}

#[cfg(debug_assertions)]
fn wait_for_ever() {
    loop {
        std::thread::park();
    }
}

/// One statement, with a point before and a point after it.
macro_rules! around {
    ($name:literal, $statement:expr) => {{
        $crate::crash::point(concat!("before-", $name));
        let done = $statement;
        $crate::crash::point(concat!("after-", $name));
        done
    }};
}

pub(crate) use around;

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_happen_is_read_from_a_variable() {
        let told = Told::read("before-batch:2").unwrap();
        assert_eq!(
            (told.point.as_str(), told.time, told.what.as_str()),
            ("before-batch", 2, "KILL")
        );
        assert_eq!(Told::read("within-batch:1:STOP").unwrap().what, "STOP");
        assert!(Told::read("before-batch").is_none());
        assert!(Told::read("before-batch:soon").is_none());
    }

    #[test]
    fn each_point_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = POINTS.iter().collect();
        assert_eq!(names.len(), POINTS.len());
    }
}
