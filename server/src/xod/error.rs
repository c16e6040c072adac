//! Why Groupcall could not be read: a closed list, each with what an office admin is told.

use std::time::Duration;

use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::scopes::Scope;

/// Why a call of XoD gave nothing that can be used. Nothing of ours has changed when it is returned.
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
    /// A field that the sync cannot do without is absent from the feed.
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
    /// The school does not share data areas that the sync cannot do without.
    #[error("scopes that are needed were not granted")]
    ScopesMissing(Vec<Scope>),
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
    pub(super) fn new(text: &str) -> Option<Self> {
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

const TRY_AGAIN: &str = "Nothing was changed. Try again in a few minutes; if it stays so, tell \
                         whoever looks after the platform.";
const ASK_SUPPORT: &str = "Nothing was changed. Try again later today; if it stays so, tell \
                           whoever looks after the platform, as something at Groupcall may have \
                           changed.";

impl XodError {
    /// What happened, in a sentence for an office admin.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Unreachable(Unreachable::NotSecure) => {
                "No secure connection to Groupcall could be made"
            }
            Self::Unreachable(_) => "Groupcall could not be reached",
            Self::TimedOut => "Groupcall did not answer in time",
            Self::CutShort => "Groupcall’s answer broke off",
            Self::TooLarge => "Groupcall’s answer was far larger than a school’s can be",
            Self::NotJson { .. } | Self::NotAsAgreed(_) | Self::WrongKind { .. } => {
                "Groupcall’s answer could not be read"
            }
            Self::TextTooLong { .. } => "Groupcall sent a text that is far too long",
            Self::SentElsewhere => "Groupcall sent us on to an address we do not know",
            Self::Incomplete { .. } => "Not everything arrived from Groupcall",
            Self::NotShared { .. } => "Groupcall left out something that is needed",
            Self::SecretRejected => "Groupcall no longer accepts the school’s authorisation",
            Self::TokenRejected => "Groupcall let us in and then turned us away",
            Self::Paused => {
                "The connection is paused while the school chooses which people to share"
            }
            Self::NothingYet => "Nothing has arrived from the school’s MIS yet",
            Self::ScopesMissing(_) | Self::NotGranted { .. } => {
                "The school does not share what is needed"
            }
            Self::NotFound { .. } => "Groupcall does not know this school",
            Self::Busy { .. } => "Groupcall is busy and asked us to wait",
            Self::Failing { .. } => "Groupcall has a fault at the moment",
            Self::InvitationRefused { .. } => "Groupcall could not invite the school",
            Self::FieldRefused { .. } | Self::Refused { .. } => "Groupcall refused",
        }
    }

    /// What happened to the data, and what to do next.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Unreachable(Unreachable::NotSecure) | Self::SentElsewhere => {
                "Nothing was sent and nothing was changed. Tell whoever looks after the platform: \
                 the connection to Groupcall needs looking at."
                    .into()
            }
            Self::Unreachable(_)
            | Self::TimedOut
            | Self::CutShort
            | Self::Failing { .. }
            | Self::TokenRejected => TRY_AGAIN.into(),
            Self::TooLarge
            | Self::NotJson { .. }
            | Self::NotAsAgreed(_)
            | Self::WrongKind { .. } => ASK_SUPPORT.into(),
            Self::TextTooLong { field } => format!(
                "{} has more than 1,000 characters, which no school’s data has. Nothing was \
                 changed, and nothing of this reading is used. Look for it in your MIS and put it \
                 right: the correction normally shows tomorrow. If it stays so, tell whoever looks \
                 after the platform.",
                in_words(field)
            ),
            Self::Incomplete { .. } => {
                format!("A reading that is not complete is never used. {TRY_AGAIN}")
            }
            Self::NotShared { table, field } => format!(
                "{table} came without {field}. Nothing was changed. If the school has just \
                 changed what it shares, the data follows overnight: try again tomorrow. Otherwise \
                 ask whoever authorises the connection to look at it at Groupcall."
            ),
            Self::SecretRejected => "Nothing was changed, and everybody’s account is as it was. \
                                     Send the invitation again from the connection page; whoever \
                                     authorises the connection then approves it anew."
                .into(),
            Self::Paused => "Nothing was changed. Whoever authorises the connection finishes the \
                             selection at Groupcall; then it goes on by itself."
                .into(),
            Self::NothingYet => "Nothing was changed. After the installation at the school the \
                                 first data takes some hours, often a night. Try again tomorrow."
                .into(),
            Self::ScopesMissing(scopes) => {
                let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
                format!(
                    "The sync cannot do without {}. Nothing was changed. Ask whoever authorises \
                     the connection to approve it at Groupcall.",
                    names.join(", ")
                )
            }
            Self::NotGranted { said } => with_said(
                "Nothing was changed. Ask whoever authorises the connection to look at the data \
                 areas it shares at Groupcall.",
                said.as_ref(),
            ),
            Self::NotFound { said } => with_said(
                "Nothing was changed. Look at the school’s number; if it is right, tell whoever \
                 looks after the platform.",
                said.as_ref(),
            ),
            Self::InvitationRefused { said } => with_said(
                "No invitation was sent and nothing was changed. Look at the school’s number and \
                 name; if they are right, tell whoever looks after the platform.",
                said.as_ref(),
            ),
            Self::Busy { retry_after } => match retry_after {
                Some(pause) => {
                    let minutes = pause.as_secs().div_ceil(60).max(1);
                    let unit = if minutes == 1 { "minute" } else { "minutes" };
                    format!("Nothing was changed. Try again in {minutes} {unit}.")
                }
                None => TRY_AGAIN.into(),
            },
            Self::FieldRefused { said, .. } | Self::Refused { said, .. } => {
                with_said(TRY_AGAIN, said.as_ref())
            }
        }
    }

    /// Whether the school has to act, rather than the network or Groupcall.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::SecretRejected
                | Self::Paused
                | Self::ScopesMissing(_)
                | Self::NothingYet
                | Self::NotGranted { .. }
                | Self::NotShared { .. }
                | Self::NotFound { .. }
                | Self::InvitationRefused { .. }
                | Self::FieldRefused { .. }
                | Self::Refused { .. }
        )
    }

    /// How long to wait at least before a reading that failed so is worth another try without
    /// anybody's doing anything; none if it is not.
    #[must_use]
    pub fn tries_again(&self) -> Option<Duration> {
        const SOON: Duration = Duration::from_secs(5 * 60);
        match self {
            Self::Unreachable(Unreachable::NameNotFound | Unreachable::NoConnection)
            | Self::TimedOut
            | Self::CutShort
            | Self::NotJson { .. }
            | Self::Incomplete { .. }
            | Self::TokenRejected
            | Self::Failing { .. } => Some(SOON),
            Self::Busy { retry_after } => Some(retry_after.unwrap_or_default().max(SOON)),
            _ => None,
        }
    }

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

/// What happened, without the advice to try again, with which it ends: for where we do so ourselves.
#[must_use]
pub fn without_advice(detail: &str) -> &str {
    detail.split(" Try again ").next().unwrap_or_default()
}

/// Where a value stands (`Students[3].Surname`), as an office admin would say it.
fn in_words(field: &str) -> String {
    match (field.split_once('['), field.rsplit_once('.')) {
        (Some((table, _)), Some((_, name))) => format!("A {name} in {table}"),
        _ => "Something in Groupcall’s answer".to_owned(),
    }
}

fn with_said(detail: &str, said: Option<&Said>) -> String {
    match said {
        Some(said) => format!("Groupcall said: “{}” {detail}", said.as_str()),
        None => detail.to_owned(),
    }
}

impl From<&XodError> for Problem {
    fn from(error: &XodError) -> Self {
        let kind = if error.is_refusal() { Kind::XodRefused } else { Kind::XodUnavailable };
        let mut problem = Self::new(kind, error.title()).detail(error.detail());
        problem.retry_after_seconds =
            error.tries_again().and_then(|pause| u32::try_from(pause.as_secs()).ok());
        problem
    }
}

impl From<XodError> for Problem {
    fn from(error: XodError) -> Self {
        Self::from(&error)
    }
}

impl From<XodError> for crate::error::Error {
    fn from(error: XodError) -> Self {
        Problem::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<XodError> {
        vec![
            XodError::Unreachable(Unreachable::NameNotFound),
            XodError::Unreachable(Unreachable::NotSecure),
            XodError::Unreachable(Unreachable::NoConnection),
            XodError::TimedOut,
            XodError::CutShort,
            XodError::TooLarge,
            XodError::NotJson { status: 200 },
            XodError::NotAsAgreed("a row has no Id"),
            XodError::WrongKind { field: "Students[3].Forename".into() },
            XodError::TextTooLong { field: "Students[3].Surname".into() },
            XodError::SentElsewhere,
            XodError::Incomplete { table: "Students", why: "the pages do not add up" },
            XodError::NotShared { table: "Students", field: "Forename" },
            XodError::SecretRejected,
            XodError::TokenRejected,
            XodError::Paused,
            XodError::ScopesMissing(vec![Scope::StudentLite]),
            XodError::NothingYet,
            XodError::NotGranted { said: None },
            XodError::NotFound { said: Said::new("No such school") },
            XodError::FieldRefused { status: 400, said: Said::new("No such field") },
            XodError::Busy { retry_after: Some(Duration::from_secs(90)) },
            XodError::Failing { status: 503 },
            XodError::InvitationRefused { said: Said::new("School not found in EduBase") },
            XodError::Refused { status: 200, said: Said::new("Try later") },
        ]
    }

    #[test]
    fn every_error_says_that_nothing_was_changed_and_what_to_do() {
        for error in all() {
            let problem = Problem::from(&error);
            let detail = problem.detail.unwrap();
            assert!(detail.to_lowercase().contains("nothing was"), "{error:?}: {detail}");
            assert!(!problem.title.ends_with('.') && detail.ends_with('.'), "{error:?}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_named_by_its_field_and_table() {
        assert_eq!(in_words("Students[3].Surname"), "A Surname in Students");
        assert_eq!(in_words("token"), "Something in Groupcall’s answer");
    }

    #[test]
    fn a_pause_that_was_asked_for_is_passed_on() {
        let busy = |seconds: u64| {
            Problem::from(XodError::Busy { retry_after: Some(Duration::from_secs(seconds)) })
        };
        assert_eq!(busy(3_600).retry_after_seconds, Some(3_600));
        assert_eq!(busy(90).retry_after_seconds, Some(300), "no sooner than after any fault");
        assert!(busy(90).detail.unwrap().contains("2 minutes"));
    }

    #[test]
    fn what_a_person_has_to_put_right_is_not_tried_again() {
        for error in all() {
            let is_tried = error.tries_again().is_some();
            assert!(!(is_tried && error.is_refusal()), "{error:?}");
            let detail = error.detail();
            let rest = without_advice(&detail);
            assert!(!is_tried || rest.ends_with("Nothing was changed."), "{error:?}: {rest}");
        }
    }

    #[test]
    fn what_groupcall_said_is_cut_to_one_line_and_kept_out_of_logs() {
        let said = Said::new(&format!("  two\r\nlines\u{7} {}", "x".repeat(1000))).unwrap();
        assert!(said.as_str().starts_with("two lines") && said.as_str().chars().count() <= 200);
        assert_eq!(format!("{said:?}"), "Said(…)");
        assert_eq!(Said::new(" \n "), None);
    }
}
