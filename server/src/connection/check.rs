//! Looks how a connection stands. Ready is: a token is given, what it stands for fits, and the
//! school's data is there.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt;
use rollcall_shared::connection::{ConnectionState, ConnectionView};
use rollcall_shared::ids::{Estab, SchoolId};
use rollcall_shared::provider;
use rollcall_shared::scopes::Scope;
use rollcall_store::connections::StoredConnection;
use rollcall_store::schools::StoredSchool;
use xod_client::{School, XodError};

use super::{Connections, not_connected, words};
use crate::background::Background;
use crate::config::Secret;
use crate::error::{Error, Result};
use crate::mis::{self, MisError, xod_school};
use crate::telemetry::Chain;

/// How often a connection that waits is looked at.
const LOOK_EVERY: TimeDelta = TimeDelta::minutes(10);
const NO_ANSWER_YET: &str =
    concat!(provider!(), " has not told us yet that the school has answered.");

/// So many connections are looked at side by side.
const LOOKED_AT_ONCE: usize = 16;

/// How often we ask whose turn it is.
const ASK_EVERY: Duration = Duration::from_secs(30);

/// What a look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    Ready(BTreeSet<Scope>),
    /// Consent is there, the data is not.
    NoDataYet(BTreeSet<Scope>),
    /// Consent is there; whether the data is could not be told.
    Unseen(BTreeSet<Scope>, XodError),
    /// A required scope is not granted.
    TooLittle(BTreeSet<Scope>),
    /// Nothing at all is granted.
    Nothing,
    Paused,
    SecretRejected,
}

impl Finding {
    /// What is granted, where that was seen.
    pub(super) const fn granted(&self) -> Option<&BTreeSet<Scope>> {
        match self {
            Self::Ready(granted)
            | Self::NoDataYet(granted)
            | Self::Unseen(granted, _)
            | Self::TooLittle(granted) => Some(granted),
            Self::Nothing | Self::Paused | Self::SecretRejected => None,
        }
    }

    /// Whether it says that nothing can be read before the school has consented (again).
    const fn says_no(&self) -> bool {
        matches!(self, Self::TooLittle(_) | Self::Nothing | Self::SecretRejected)
    }
}

/// A connection after a look, and the secret that was looked with.
pub(super) struct Looked {
    pub connection: StoredConnection,
    pub secret: Secret,
    /// Why it could not be told whether the data is there.
    pub unseen: Option<XodError>,
}

/// Why a look found nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookError {
    #[error(transparent)]
    Xod(XodError),
    /// The secret is for another school, or for another application.
    #[error("the token is not for this school and this application")]
    NotOurs,
}

impl Connections {
    /// Looks with a secret; changes nothing.
    pub(super) async fn look(
        &self,
        school: &School<'_>,
    ) -> std::result::Result<Finding, LookError> {
        let details = match school.token_details().await {
            Ok(details) => details,
            Err(XodError::Paused) => return Ok(Finding::Paused),
            Err(XodError::SecretRejected) => return Ok(Finding::SecretRejected),
            Err(error) => return Err(LookError::Xod(error)),
        };
        let is_ours = details.estab.as_deref() == Some(school.estab().as_str())
            && details
                .relying_party
                .as_deref()
                .is_some_and(|party| party.eq_ignore_ascii_case(self.xod.app_id()));
        if !is_ours {
            return Err(LookError::NotOurs);
        }
        let granted = mis::granted(&details);
        if granted.is_empty() {
            return Ok(Finding::Nothing);
        }
        if Scope::ALL.iter().any(|scope| scope.is_required() && !granted.contains(scope)) {
            return Ok(Finding::TooLittle(granted));
        }
        Ok(match school.school_info().await {
            Ok(Some(_)) => Finding::Ready(granted),
            Ok(None) => Finding::NoDataYet(granted),
            Err(XodError::Paused) => Finding::Paused,
            Err(XodError::SecretRejected) => Finding::SecretRejected,
            Err(error) => Finding::Unseen(granted, error),
        })
    }

    /// "Check now".
    ///
    /// # Errors
    /// If the school was never invited, or XoD could not be asked; then nothing has changed.
    pub async fn check_now(&self, school: &StoredSchool) -> Result<ConnectionView> {
        self.check(school.id, &school.estab).await?;
        self.view(school.id).await
    }

    /// Looks at a connection and writes down what was found. None where no secret has come yet.
    pub(super) async fn check(&self, school: SchoolId, estab: &Estab) -> Result<Option<Looked>> {
        let connection = self.store.load_connection(school).await?;
        if connection.state == ConnectionState::NotSetUp {
            return Err(not_connected());
        }
        let now = self.clock.now();
        let Some(sealed) = connection.secret_sealed else {
            self.change(school, |connection| {
                if connection.state == ConnectionState::NotSetUp {
                    return None;
                }
                connection.checked_at = Some(now);
                connection.message = Some(NO_ANSWER_YET.into());
                None
            })
            .await?;
            return Ok(None);
        };
        let secret = self.open(school, &sealed)?;
        let finding = match self.look(&xod_school(&self.xod, estab, secret.clone())).await {
            Ok(finding) => finding,
            Err(error) => return Err(self.note_failure(school, &sealed, error).await?),
        };
        let unseen = match &finding {
            Finding::Unseen(_, error) => Some(error.clone()),
            _ => None,
        };
        let connection = self
            .change(school, |connection| {
                // Another secret may have come while we looked: then this says nothing about it.
                if connection.secret_sealed.as_deref() != Some(&sealed) {
                    return None;
                }
                connection.checked_at = Some(now);
                // ReadExtent again: that the old consent is no longer good was known before.
                if connection.state == ConnectionState::Invited && finding.says_no() {
                    connection.message = Some(NO_ANSWER_YET.into());
                    return None;
                }
                settle(connection, finding, now)
            })
            .await?;
        Ok(Some(Looked { connection, secret, unseen }))
    }

    /// Writes down that a look failed; the state stays.
    async fn note_failure(
        &self,
        school: SchoolId,
        sealed: &[u8],
        error: LookError,
    ) -> Result<Error> {
        tracing::warn!(school = %school, error = %Chain(&error), "a connection could not be looked at");
        let error = match error {
            LookError::Xod(error) => error,
            LookError::NotOurs => XodError::SecretRejected,
        };
        let error = MisError::from(error);
        let now = self.clock.now();
        let message = error.in_words();
        self.change(school, |connection| {
            if connection.secret_sealed.as_deref() == Some(sealed) {
                connection.checked_at = Some(now);
                connection.message = Some(message);
            }
            None
        })
        .await?;
        Ok(error.into())
    }

    /// Looks at connections that wait, each every ten minutes, for as long as the server runs.
    pub async fn watch(self, background: Background) {
        loop {
            if let Err(Error::Broken(error)) = self.check_waiting().await {
                tracing::error!(error = %Chain(&*error), "waiting connections could not be looked at");
            }
            if !background.pause(ASK_EVERY).await {
                return;
            }
        }
    }

    /// Looks at the waiting connections whose turn it is. One that can't be looked at is noted,
    /// and the others have their turn.
    pub(super) async fn check_waiting(&self) -> Result<()> {
        let before = self.clock.now() - LOOK_EVERY;
        let waiting = self.store.list_waiting_connections(before).await?;
        // Side by side, so that one whose MIS is slow keeps no other waiting.
        futures::stream::iter(waiting.into_iter().map(Ok))
            .try_for_each_concurrent(LOOKED_AT_ONCE, |id| self.check_one_waiting(id))
            .await
    }

    async fn check_one_waiting(&self, id: SchoolId) -> Result<()> {
        let Some(school) = self.store.find_school(id).await? else { return Ok(()) };
        match self.check(id, &school.estab).await {
            // Logged where it was met, and looked at again in ten minutes.
            Ok(_) | Err(Error::Problem(_)) => {}
            Err(Error::Broken(error)) => {
                tracing::error!(school = %id, error = %Chain(&*error), "a connection could not be looked at");
                let now = self.clock.now();
                self.change(id, |connection| {
                    connection.checked_at = Some(now);
                    None
                })
                .await?;
            }
        }
        Ok(())
    }
}

/// Puts a connection into the state that was found. Answers with the cause if anything changed.
pub(super) fn settle(
    connection: &mut StoredConnection,
    finding: Finding,
    now: DateTime<Utc>,
) -> Option<String> {
    use ConnectionState as State;
    let before = (connection.state, connection.granted.clone());
    let mut message = None;
    let (state, granted) = match finding {
        Finding::Ready(granted) => (State::Ready, Some(granted)),
        Finding::NoDataYet(granted) => (State::InstallationPending, Some(granted)),
        Finding::Unseen(granted, error) => {
            message = Some(MisError::from(error).in_words());
            // A fault that passes takes nothing back.
            let knows_more = matches!(before.0, State::Ready | State::InstallationPending);
            (if knows_more { before.0 } else { State::Authorised }, Some(granted))
        }
        Finding::TooLittle(granted) => {
            let missing =
                Scope::ALL.into_iter().filter(|s| s.is_required() && !granted.contains(s));
            message = Some(format!("Needed and not granted: {}.", words::areas(missing)));
            (State::Rejected, Some(granted))
        }
        Finding::Nothing => {
            // Nothing can be withdrawn that was never given.
            let is_withdrawn = before.0 == State::Revoked || !before.1.is_empty();
            if !is_withdrawn {
                message = Some("None of the data areas that are needed was granted.".into());
            }
            (if is_withdrawn { State::Revoked } else { State::Rejected }, Some(BTreeSet::new()))
        }
        Finding::Paused => (State::Paused, None),
        Finding::SecretRejected => (State::SecretRejected, None),
    };
    connection.state = state;
    connection.message = message;
    if let Some(granted) = granted {
        connection.granted = granted.into_iter().collect();
    }
    let arrived = (before.0 != state).then(|| words::arrival(before.0, state).to_owned());
    let had_consent = !before.1.is_empty();
    let changed = words::consent_change(&before.1, &connection.granted).filter(|_| had_consent);
    // From now on somebody's absence may have this reason.
    if had_consent && (changed.is_some() || (arrived.is_some() && state != State::Ready)) {
        connection.narrow(now);
    }
    match (arrived, changed) {
        (Some(arrived), Some(changed)) => Some(format!("{arrived}. {changed}")),
        (arrived, changed) => arrived.or(changed),
    }
}
