//! Why a call gave nothing: a closed list.

use std::time::Duration;

/// Why a call of XoD gave nothing that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XodError {
    /// No connection was made, so that nothing was sent.
    #[error("XoD could not be reached: {0}")]
    Unreachable(Unreachable),
    /// Connected, but the answer did not come, or stopped coming.
    #[error("XoD did not answer in time")]
    TimedOut,
    /// The answer ended too soon, or the connection before one came.
    #[error("the answer of XoD broke off")]
    CutShort,
    /// More bytes, pages, rows or memberships than [`Limits`](crate::Limits) allow.
    #[error("the answer of XoD was larger than allowed")]
    TooLarge,
    /// A status of success, with a body that is no JSON.
    #[error("the answer of XoD was not JSON (status {status})")]
    NotJson {
        /// The HTTP status, from 200 to 299.
        status: u16,
    },
    /// JSON, but not what was agreed.
    #[error("the answer of XoD was not as agreed: {0}")]
    NotAsAgreed(&'static str),
    /// JSON, but a field has what it can't have, such as a 2 in `IsTeacher`.
    #[error("the answer of XoD has a value of another kind than was agreed at {field}")]
    WrongKind {
        /// Where it stands, such as `Students[3].IsTeacher`: nothing of the data.
        field: String,
    },
    /// A text of more than 1,000 characters: no name, code or id of a school is nearly as long.
    #[error("the answer of XoD has a text at {field} that is far too long")]
    TextTooLong {
        /// Where it stands, such as `Students[3].Surname`: nothing of the data.
        field: String,
    },
    /// A redirect to another host, scheme or port, or the fourth in a row: it is not followed.
    #[error("XoD sent us on to another address, which we do not follow")]
    SentElsewhere,
    /// Pages that contradict each other, or do not add up.
    #[error("{table} did not arrive completely: {why}")]
    Incomplete {
        /// The table, as people call it, such as `Students`.
        table: &'static str,
        /// What was wrong, in a few words that go after a colon.
        why: &'static str,
    },
    /// A field that the reader cannot do without is absent from the feed.
    #[error("{table} came without {field}")]
    NotShared {
        /// The table, as its reader calls it, such as `Pupils`.
        table: &'static str,
        /// The field as the feed spells it, such as `Surname`.
        field: &'static str,
    },
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
    /// The school has not granted what was asked for: status 403, or words that say so.
    #[error("XoD does not let us see this")]
    NotGranted {
        /// What XoD itself said; None where it gave no reason.
        said: Option<Said>,
    },
    /// There is no such school or endpoint: status 404, or words that say so.
    #[error("XoD does not know what was asked for")]
    NotFound {
        /// What XoD itself said; None where it gave no reason.
        said: Option<Said>,
    },
    /// It does not want to be asked for single fields, or not for one of them.
    #[error("XoD refused to be asked for single fields (status {status})")]
    FieldRefused {
        /// The HTTP status: 400, or any where what was said is about fields.
        status: u16,
        /// What XoD itself said; None where it gave no reason.
        said: Option<Said>,
    },
    /// Status 429, and no try is left; or the pause that XoD asked for is not over yet.
    #[error("XoD asked us to slow down")]
    Busy {
        /// How long is still to wait; None where XoD does not say.
        retry_after: Option<Duration>,
    },
    /// A fault that may pass: any "no" that is not known to be a refusal.
    #[error("XoD has a fault (status {status})")]
    Failing {
        /// The HTTP status: 408, 500 and more, or any other if the fault shows in the body alone.
        status: u16,
    },
    /// A school could not be invited.
    #[error("XoD refused to invite the school")]
    InvitationRefused {
        /// What XoD said of this school; None where it gave no reason.
        said: Option<Said>,
    },
    /// Any other refusal.
    #[error("XoD refused (status {status})")]
    Refused {
        /// The HTTP status, from 400 to 499.
        status: u16,
        /// What XoD itself said; None where it gave no reason.
        said: Option<Said>,
    },
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// No address was found for the name of its host.
    #[error("the name of its host was not found")]
    NameNotFound,
    /// TLS failed: the certificate is not trusted, or the other side does not speak TLS.
    #[error("no secure connection could be made")]
    NotSecure,
    /// Nobody answers at that address, or not in time.
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

    /// One line of at most 200 characters, never empty; it may name people.
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
