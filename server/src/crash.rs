//! Points at which the program can be made to die, for the tests that a run survives it wherever
//! that happens (`make crash-test`). A release build has none of them.
//!
//! `ROLLCALL_CRASH_AT=before-batch:2` sends the program SIGKILL when it comes to that point for the
//! second time; `ROLLCALL_CRASH_AT=before-batch:2:STOP` sends another signal.

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
];

/// A place where the program dies if it was told to.
#[cfg(debug_assertions)]
pub fn point(name: &str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static TOLD: LazyLock<Option<Told>> = LazyLock::new(|| {
        std::env::var("ROLLCALL_CRASH_AT").ok().and_then(|told| Told::read(&told))
    });
    static PASSED: AtomicU32 = AtomicU32::new(0);

    debug_assert!(POINTS.contains(&name), "{name} is not among the points");
    if let Some(told) = TOLD.as_ref().filter(|told| told.name == name)
        && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == told.time
    {
        told.happens();
    }
}

/// A place where a debug build could be made to die.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub const fn point(_name: &str) {}

/// What is to happen where, and at which time of coming there.
#[cfg(debug_assertions)]
struct Told {
    name: String,
    time: u32,
    signal: String,
}

#[cfg(debug_assertions)]
impl Told {
    fn read(told: &str) -> Option<Self> {
        let mut parts = told.split(':');
        let name = parts.next()?.to_owned();
        let time = parts.next()?.parse().ok()?;
        Some(Self { name, time, signal: parts.next().unwrap_or("KILL").to_owned() })
    }

    fn happens(&self) {
        // The shell's parent is this process.
        let script = format!("kill -s {} $PPID", self.signal);
        let _ = std::process::Command::new("sh").args(["-c", &script]).status();
        if self.signal == "KILL" {
            // Nothing more may happen here until the signal has come.
            loop {
                std::thread::park();
            }
        }
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
            (told.name.as_str(), told.time, told.signal.as_str()),
            ("before-batch", 2, "KILL")
        );
        assert_eq!(Told::read("within-batch:1:STOP").unwrap().signal, "STOP");
        assert!(Told::read("before-batch").is_none());
        assert!(Told::read("before-batch:soon").is_none());
    }

    #[test]
    fn each_point_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = POINTS.iter().collect();
        assert_eq!(names.len(), POINTS.len());
    }
}
