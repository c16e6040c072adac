//! Why a call gave nothing: a closed list.

use std::time::Duration;

/// Why a call of XoD gave nothing that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XodError {
    #[error("XoD could not be reached: {0}")]
    Unreachable(Unreachable),
    /// Connected, but the answer did not come, or stopped coming.
    #[error("XoD did not answer in time")]
    TimedOut,
    #[error("the answer of XoD broke off")]
    CutShort,
    #[error("the answer of XoD was larger than allowed")]
    TooLarge,
    #[error("the answer of XoD was not JSON (status {status})")]
    NotJson { status: u16 },
    /// JSON, but not what was agreed.
    #[error("the answer of XoD was not as agreed: {0}")]
    NotAsAgreed(&'static str),
    #[error("the answer of XoD has a value of another kind than was agreed at {field}")]
    WrongKind { field: String },
    #[error("the answer of XoD has a text at {field} that is far too long")]
    TextTooLong { field: String },
    #[error("XoD sent us on to another address, which we do not follow")]
    SentElsewhere,
    /// Pages that contradict each other, or do not add up.
    #[error("{table} did not arrive completely: {why}")]
    Incomplete { table: &'static str, why: &'static str },
    /// A field that the reader cannot do without is absent from the feed.
    #[error("{table} came without {field}")]
    NotShared { table: &'static str, field: &'static str },
    /// The school's secret, or our management secret, does not work (any more).
    #[error("XoD rejected the secret")]
    SecretRejected,
    /// A token was rejected, and so was the one that replaced it.
    #[error("XoD rejected a token that it had just given")]
    TokenRejected,
    /// The school is choosing people; nothing can be read meanwhile.
    #[error("the school has paused the feed")]
    Paused,
    /// Authorised, but nothing has come from the school's MIS so far.
    #[error("XoD has no data of the school yet")]
    NothingYet,
    #[error("XoD does not let us see this")]
    NotGranted { said: Option<Said> },
    #[error("XoD does not know what was asked for")]
    NotFound { said: Option<Said> },
    /// It does not want to be asked for single fields, or not for one of them.
    #[error("XoD refused to be asked for single fields (status {status})")]
    FieldRefused { status: u16, said: Option<Said> },
    #[error("XoD asked us to slow down")]
    Busy { retry_after: Option<Duration> },
    #[error("XoD has a fault (status {status})")]
    Failing { status: u16 },
    /// A school could not be invited.
    #[error("XoD refused to invite the school")]
    InvitationRefused { said: Option<Said> },
    /// Any other refusal.
    #[error("XoD refused (status {status})")]
    Refused { status: u16, said: Option<Said> },
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    #[error("the name of its host was not found")]
    NameNotFound,
    #[error("no secure connection could be made")]
    NotSecure,
    #[error("the connection could not be made")]
    NoConnection,
}

/// What XoD itself said, made fit to be shown: one line, not long.
#[derive(Clone, PartialEq, Eq)]
pub struct Said(String);

/// Longer messages are cut.
const LONGEST_SAID: usize = 200;

impl Said {
    /// None where nothing was said.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let line: String = text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST_SAID)
            .collect();
        (!line.is_empty()).then_some(Self(line))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Said {
    /// It comes from outside and might name people: not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Said(…)")
    }
}

impl XodError {
    /// Whether XoD may have done what was asked although it did not say so.
    #[must_use]
    pub const fn leaves_open(&self) -> bool {
        matches!(
            self,
            Self::TimedOut
                | Self::CutShort
                | Self::TooLarge
                | Self::NotJson { .. }
                | Self::NotAsAgreed(_)
                | Self::WrongKind { .. }
                | Self::TextTooLong { .. }
                | Self::Failing { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_groupcall_said_is_cut_to_one_line_and_kept_out_of_logs() {
        let said = Said::new(&format!("  two\r\nlines\u{7} {}", "x".repeat(1000))).unwrap();
        assert!(said.as_str().starts_with("two lines") && said.as_str().chars().count() <= 200);
        assert_eq!(format!("{said:?}"), "Said(…)");
        assert_eq!(Said::new(" \n "), None);
    }
}
