//! Why a school could not be read, with what an office admin is told.

use std::time::Duration;

use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::provider;
use rollcall_shared::provider::PROVIDER;
use rollcall_shared::scopes::Scope;
use xod_client::{Said, Unreachable, XodError};

use crate::error::Error;

/// Why a school could not be read. Nothing of ours has changed when it is returned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MisError {
    #[error(transparent)]
    Xod(#[from] XodError),
    /// The school does not share data areas that the sync cannot do without.
    #[error("scopes that are needed were not granted")]
    ScopesMissing(Vec<Scope>),
}

const TRY_AGAIN: &str = "Nothing was changed. Try again in a few minutes; if this continues, tell \
                         the person who looks after the platform.";
const ASK_SUPPORT: &str = concat!(
    "Nothing was changed. Try again later today; if this continues, tell the \
                           person who looks after the platform, as something at ",
    provider!(),
    " may have \
                           changed."
);
const NOT_SHARED: &str = "The school does not share what is needed";

impl MisError {
    /// What happened, in a sentence for an office admin.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Xod(error) => title(error),
            Self::ScopesMissing(_) => NOT_SHARED,
        }
    }

    /// What happened to the data, and what to do next.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Xod(error) => detail(error),
            Self::ScopesMissing(scopes) => {
                let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
                format!(
                    "The sync needs {}. Nothing was changed. Ask the person who gives consent to \
                     approve it at {PROVIDER}.",
                    names.join(", ")
                )
            }
        }
    }

    /// Both, in a row.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!("{}. {}", self.title(), self.detail())
    }

    /// Whether the school has to act, rather than the network or Groupcall.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        match self {
            Self::Xod(error) => is_refusal(error),
            Self::ScopesMissing(_) => true,
        }
    }

    /// How long to wait at least before a reading that failed so is worth another try without
    /// anybody's doing anything; none if it is not.
    #[must_use]
    pub fn tries_again(&self) -> Option<Duration> {
        match self {
            Self::Xod(error) => tries_again(error),
            Self::ScopesMissing(_) => None,
        }
    }
}

fn title(error: &XodError) -> &'static str {
    match error {
        XodError::Unreachable(Unreachable::NotSecure) => {
            concat!("No secure connection to ", provider!(), " could be made")
        }
        XodError::Unreachable(_) => concat!(provider!(), " could not be reached"),
        XodError::TimedOut => concat!(provider!(), " did not answer in time"),
        XodError::CutShort => concat!(provider!(), "’s answer broke off"),
        XodError::TooLarge => {
            concat!(provider!(), "’s answer was far larger than a school’s can be")
        }
        XodError::NotJson { .. } | XodError::NotAsAgreed(_) | XodError::WrongKind { .. } => {
            concat!(provider!(), "’s answer could not be read")
        }
        XodError::TextTooLong { .. } => concat!(provider!(), " sent a text that is far too long"),
        XodError::SentElsewhere => concat!(provider!(), " sent us on to an address we do not know"),
        XodError::Incomplete { .. } => concat!("Not everything arrived from ", provider!()),
        XodError::NotShared { .. } => concat!(provider!(), " left out something that is needed"),
        XodError::SecretRejected => {
            concat!(provider!(), " no longer accepts the school’s authorisation")
        }
        XodError::TokenRejected => concat!(provider!(), " let us in and then refused the request"),
        XodError::Paused => {
            "The connection is paused while the school chooses which people to share"
        }
        XodError::NothingYet => "Nothing has arrived from the school’s MIS yet",
        XodError::NotGranted { .. } => NOT_SHARED,
        XodError::NotFound { .. } => concat!(provider!(), " does not know this school"),
        XodError::Busy { .. } => concat!(provider!(), " is busy and asked us to wait"),
        XodError::Failing { .. } => concat!(provider!(), " has a fault at the moment"),
        XodError::InvitationRefused { .. } => concat!(provider!(), " could not invite the school"),
        XodError::FieldRefused { .. } | XodError::Refused { .. } => {
            concat!(provider!(), " refused")
        }
    }
}

fn detail(error: &XodError) -> String {
    match error {
        XodError::Unreachable(Unreachable::NotSecure) | XodError::SentElsewhere => concat!(
            "Nothing was sent and nothing was changed. Tell the person who looks after the \
             platform: the connection to ",
            provider!(),
            " needs checking."
        )
        .into(),
        XodError::Unreachable(_)
        | XodError::TimedOut
        | XodError::CutShort
        | XodError::Failing { .. }
        | XodError::TokenRejected => TRY_AGAIN.into(),
        XodError::TooLarge
        | XodError::NotJson { .. }
        | XodError::NotAsAgreed(_)
        | XodError::WrongKind { .. } => ASK_SUPPORT.into(),
        XodError::TextTooLong { field } => format!(
            "{} has more than 1,000 characters, which no school’s data has. Nothing was changed, \
             and nothing of this reading is used. Look for it in your MIS and put it right: the \
             correction normally shows tomorrow. If this continues, tell the person who looks \
             after the platform.",
            field_in_words(field)
        ),
        XodError::Incomplete { .. } => {
            format!("A reading that is not complete is never used. {TRY_AGAIN}")
        }
        XodError::NotShared { table, field } => format!(
            "{table} came without {field}. Nothing was changed. If the school has just changed \
             what it shares, the data follows overnight: try again tomorrow. Otherwise ask the \
             person who gives consent to check it at {PROVIDER}."
        ),
        XodError::SecretRejected => "Nothing was changed, and all accounts are as they were. Send \
                                 the invitation again from the connection page; the person who \
                                 gives consent then approves it again."
            .into(),
        XodError::Paused => concat!(
            "Nothing was changed. The person who gives consent needs to finish \
                         choosing at ",
            provider!(),
            "; after that it continues by itself."
        )
        .into(),
        XodError::NothingYet => "Nothing was changed. After the installation at the school the \
                             first data takes a few hours, often a night. Try again tomorrow."
            .into(),
        XodError::NotGranted { said } => with_said(
            concat!(
                "Nothing was changed. Ask the person who gives consent to check at ",
                provider!(),
                " which \
             data areas are shared."
            ),
            said.as_ref(),
        ),
        XodError::NotFound { said } => with_said(
            "Nothing was changed. Check the school’s number; if it is right, tell the person who \
             looks after the platform.",
            said.as_ref(),
        ),
        XodError::InvitationRefused { said } => with_said(
            "No invitation was sent and nothing was changed. Check the school’s number and name; \
             if they are right, tell the person who looks after the platform.",
            said.as_ref(),
        ),
        XodError::Busy { retry_after } => match retry_after {
            Some(pause) => {
                let minutes = pause.as_secs().div_ceil(60).max(1);
                let unit = if minutes == 1 { "minute" } else { "minutes" };
                format!("Nothing was changed. Try again in {minutes} {unit}.")
            }
            None => TRY_AGAIN.into(),
        },
        XodError::FieldRefused { said, .. } | XodError::Refused { said, .. } => {
            with_said(TRY_AGAIN, said.as_ref())
        }
    }
}

const fn is_refusal(error: &XodError) -> bool {
    matches!(
        error,
        XodError::SecretRejected
            | XodError::Paused
            | XodError::NothingYet
            | XodError::NotGranted { .. }
            | XodError::NotShared { .. }
            | XodError::NotFound { .. }
            | XodError::InvitationRefused { .. }
            | XodError::FieldRefused { .. }
            | XodError::Refused { .. }
    )
}

fn tries_again(error: &XodError) -> Option<Duration> {
    const SOON: Duration = Duration::from_secs(5 * 60);
    match error {
        XodError::Unreachable(Unreachable::NameNotFound | Unreachable::NoConnection)
        | XodError::TimedOut
        | XodError::CutShort
        | XodError::NotJson { .. }
        | XodError::Incomplete { .. }
        | XodError::TokenRejected
        | XodError::Failing { .. } => Some(SOON),
        XodError::Busy { retry_after } => Some(retry_after.unwrap_or_default().max(SOON)),
        _ => None,
    }
}

/// What happened, without the advice to try again, with which it ends: for where we do so ourselves.
#[must_use]
pub(crate) fn without_advice(detail: &str) -> &str {
    detail.split(" Try again ").next().unwrap_or_default()
}

/// Where a value stands (`Students[3].Surname`), as an office admin would say it.
fn field_in_words(field: &str) -> String {
    match (field.split_once('['), field.rsplit_once('.')) {
        (Some((table, _)), Some((_, name))) => format!("A {name} in {table}"),
        _ => concat!("Something in ", provider!(), "’s answer").to_owned(),
    }
}

fn with_said(detail: &str, said: Option<&Said>) -> String {
    match said {
        Some(said) => format!("{PROVIDER} said: “{}” {detail}", said.as_str()),
        None => detail.to_owned(),
    }
}

impl From<&MisError> for Problem {
    fn from(error: &MisError) -> Self {
        let kind = if error.is_refusal() { Kind::XodRefused } else { Kind::XodUnavailable };
        let mut problem = Self::new(kind, error.title()).detail(error.detail());
        problem.retry_after_seconds =
            error.tries_again().and_then(|pause| u32::try_from(pause.as_secs()).ok());
        problem
    }
}

impl From<MisError> for Problem {
    fn from(error: MisError) -> Self {
        Self::from(&error)
    }
}

impl From<MisError> for Error {
    fn from(error: MisError) -> Self {
        Problem::from(error).into()
    }
}

impl From<XodError> for Error {
    fn from(error: XodError) -> Self {
        MisError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<MisError> {
        let mut all: Vec<MisError> = [
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
            XodError::NothingYet,
            XodError::NotGranted { said: None },
            XodError::NotFound { said: Said::new("No such school") },
            XodError::FieldRefused { status: 400, said: Said::new("No such field") },
            XodError::Busy { retry_after: Some(Duration::from_secs(90)) },
            XodError::Failing { status: 503 },
            XodError::InvitationRefused { said: Said::new("School not found in EduBase") },
            XodError::Refused { status: 200, said: Said::new("Try later") },
        ]
        .map(MisError::from)
        .into();
        all.push(MisError::ScopesMissing(vec![Scope::StudentLite]));
        all
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
        assert_eq!(field_in_words("Students[3].Surname"), "A Surname in Students");
        assert_eq!(field_in_words("token"), "Something in Groupcall’s answer");
    }

    #[test]
    fn a_pause_that_was_asked_for_is_passed_on() {
        let busy = |seconds: u64| {
            let retry_after = Some(Duration::from_secs(seconds));
            Problem::from(MisError::from(XodError::Busy { retry_after }))
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
}
