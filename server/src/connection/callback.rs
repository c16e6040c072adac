//! XoD's callback: the school has decided. What it says is believed only as far as XoD itself
//! confirms it; then the school's secret is stored, sealed.
//!
//! Anybody can send one. A refusal changes nothing, is logged without what was sent, and tells the
//! sender nothing.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_shared::connection::{ConnectionState, ConnectionView};
use rollcall_shared::ids::Estab;
use rollcall_shared::scopes::Scope;

use super::Connections;
use super::check::{Finding, LookError, settle};
use crate::config::Secret;
use crate::error::Result;
use crate::store::connections::StoredConnection;
use crate::store::schools::StoredSchool;
use crate::xod::{THIRD_PARTY, XodError};

/// What a callback says; never shown in `Debug` output.
#[derive(Default)]
pub struct Callback {
    secret: Option<Secret>,
    estab: String,
    third_party: String,
    partner: String,
    /// None where it does not say.
    granted: Option<BTreeSet<Scope>>,
}

impl Callback {
    /// Reads a form-encoded body; names in any case, unknown ones ignored.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let mut callback = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "schoolsecret" => callback.secret = Some(Secret::new(value)),
                "schoolid" => callback.estab = value.into(),
                "thirdparty" => callback.third_party = value.into(),
                "partnerid" => callback.partner = value.into(),
                "scopes" => {
                    callback.granted =
                        Some(value.split(',').filter_map(Scope::from_name).collect());
                }
                _ => {}
            }
        }
        callback
    }
}

/// Why a callback, or a secret given by hand, was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there were too many callbacks just now")]
    TooMany,
    #[error("it is not from XoD, or not for this application")]
    Partner,
    #[error("there is no such school here, or it was not invited")]
    Uninvited,
    #[error("it carries no secret")]
    NoSecret,
    #[error("its secret does not work, or no longer")]
    SecretRejected,
    #[error("its secret is for another school or another application")]
    NotOurs,
    #[error("XoD says that other data areas were granted")]
    ScopesDiffer,
    /// A paused school's new secret can't be told from a made-up one; XoD calls again when the
    /// school has finished.
    #[error("its secret can't be checked while the school is choosing people")]
    Unproven,
    /// XoD could not be asked: it may call again.
    #[error("it could not be checked: {0}")]
    Unchecked(XodError),
}

/// Whether a secret was accepted.
type Accepted = std::result::Result<StoredConnection, Refusal>;

impl Connections {
    /// Hears XoD's callback, which came from `place`.
    ///
    /// # Errors
    /// If something broke on our side. A refusal is none.
    pub async fn callback(
        &self,
        place: &str,
        callback: Callback,
    ) -> Result<std::result::Result<(), Refusal>> {
        let heard = if self.throttle.lets_in(place, self.clock.now()) {
            self.hear(callback).await?
        } else {
            Err(Refusal::TooMany)
        };
        if let Err(refusal) = &heard {
            tracing::warn!(%refusal, "a callback was refused; nothing was changed");
        }
        Ok(heard)
    }

    async fn hear(&self, callback: Callback) -> Result<std::result::Result<(), Refusal>> {
        let is_for_us = callback.third_party.eq_ignore_ascii_case(THIRD_PARTY)
            && callback.partner.eq_ignore_ascii_case(self.xod.app_id());
        if !is_for_us {
            return Ok(Err(Refusal::Partner));
        }
        let Ok(estab) = callback.estab.parse::<Estab>() else { return Ok(Err(Refusal::Uninvited)) };
        let Some(school) = self.store.find_school_by_estab(&estab).await? else {
            return Ok(Err(Refusal::Uninvited));
        };
        let connection = self.store.load_connection(school.id).await?;
        if connection.state == ConnectionState::NotSetUp {
            return Ok(Err(Refusal::Uninvited));
        }
        let usable = |secret: &Secret| (1..=1000).contains(&secret.expose().len());
        let Some(secret) = callback.secret.filter(usable) else {
            return Ok(Err(Refusal::NoSecret));
        };
        let accepted = self.accept(&school, &connection, secret, callback.granted).await?;
        Ok(accepted.map(|connection| {
            tracing::info!(school = %school.id, state = connection.state.code(), "heard a callback");
        }))
    }

    /// Stores a secret given by hand, checked as a callback's would be.
    ///
    /// # Errors
    /// If it does not work for this school; then nothing is stored.
    pub async fn connect_with_secret(
        &self,
        school: &StoredSchool,
        secret: Secret,
    ) -> Result<std::result::Result<ConnectionView, Refusal>> {
        let connection = self.store.load_connection(school.id).await?;
        match self.accept(school, &connection, secret, None).await? {
            Ok(_) => self.view(school.id).await.map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    async fn accept(
        &self,
        school: &StoredSchool,
        connection: &StoredConnection,
        secret: Secret,
        claimed: Option<BTreeSet<Scope>>,
    ) -> Result<Accepted> {
        let finding = match self.look(&school.estab, &secret).await {
            Ok(Finding::SecretRejected) => return Ok(Err(Refusal::SecretRejected)),
            Ok(finding) => finding,
            Err(LookError::NotOurs) => return Ok(Err(Refusal::NotOurs)),
            Err(LookError::Xod(error)) => return Ok(Err(Refusal::Unchecked(error))),
        };
        let granted = match &finding {
            Finding::Ready(granted)
            | Finding::NoDataYet(granted)
            | Finding::Unseen(granted, _)
            | Finding::TooLittle(granted) => Some(granted),
            Finding::Nothing | Finding::Paused | Finding::SecretRejected => None,
        };
        if granted.zip(claimed.as_ref()).is_some_and(|(granted, claimed)| granted != claimed) {
            return Ok(Err(Refusal::ScopesDiffer));
        }
        let stored = connection.secret_sealed.as_deref();
        let held = stored.map(|sealed| self.open(school.id, sealed)).transpose()?;
        let is_new = held.as_ref() != Some(&secret);
        if finding == Finding::Paused && is_new && !self.is_out_of_use(school, held).await {
            return Ok(Err(Refusal::Unproven));
        }
        let sealed = self.seal(school.id, &secret)?;
        let (stored, now) = (connection.secret_sealed.clone(), self.clock.now());
        let connection = self
            .change(school.id, |connection| {
                // Two callbacks at once: whichever was looked at with what is still there counts.
                if connection.secret_sealed != stored {
                    return None;
                }
                connection.checked_at = Some(now);
                if is_new {
                    // People may have been left out anew.
                    connection.is_narrowed |= connection.secret_sealed.is_some();
                    connection.secret_sealed = Some(sealed);
                }
                let settled = settle(connection, finding);
                if connection.asked.is_empty() {
                    connection.asked.clone_from(&connection.granted);
                }
                settled.or_else(|| is_new.then(|| "The school gave its consent anew".to_owned()))
            })
            .await?;
        Ok(Ok(connection))
    }

    /// Whether the secret that we hold is none, or no longer works: then a new one of a paused
    /// school, which XoD knows but tells nothing about, has nothing to replace.
    async fn is_out_of_use(&self, school: &StoredSchool, held: Option<Secret>) -> bool {
        let Some(held) = held else { return true };
        matches!(self.look(&school.estab, &held).await, Ok(Finding::SecretRejected))
    }
}

/// Keeps callbacks few: each makes us call XoD.
#[derive(Default)]
pub(super) struct Throttle(Mutex<VecDeque<(DateTime<Utc>, String)>>);

impl Throttle {
    const WINDOW: TimeDelta = TimeDelta::minutes(1);
    const FROM_ONE_PLACE: usize = 20;
    const IN_ALL: usize = 100;

    fn lets_in(&self, place: &str, now: DateTime<Utc>) -> bool {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while lately.front().is_some_and(|(at, _)| *at + Self::WINDOW <= now) {
            lately.pop_front();
        }
        let from_here = lately.iter().filter(|(_, other)| other == place).count();
        let is_let_in = from_here < Self::FROM_ONE_PLACE && lately.len() < Self::IN_ALL;
        if is_let_in {
            lately.push_back((now, place.to_owned()));
        }
        is_let_in
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_in_any_case_and_ignores_unknown_ones() {
        let callback = Callback::parse(
            b"SchoolSecret=s%2B1&schoolid=3281102&THIRDPARTY=XporterOnDemand&partnerId=app.example\
              &scopes=SchoolLite,upn,Unknown&colour=red",
        );
        assert_eq!(callback.secret.unwrap().expose(), "s+1");
        assert_eq!(
            (callback.estab.as_str(), callback.partner.as_str()),
            ("3281102", "app.example")
        );
        assert_eq!(callback.granted.unwrap(), BTreeSet::from([Scope::SchoolLite, Scope::Upn]));
    }

    #[test]
    fn one_place_is_slowed_down_before_all_are() {
        let throttle = Throttle::default();
        let now: DateTime<Utc> = "2026-09-01T08:00:00Z".parse().unwrap();
        assert!((0..20).all(|_| throttle.lets_in("a", now)));
        assert!(!throttle.lets_in("a", now));
        assert!(throttle.lets_in("b", now));
        assert!(throttle.lets_in("a", now + TimeDelta::minutes(1)));
    }
}
