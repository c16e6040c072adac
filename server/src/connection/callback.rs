//! XoD's callback: the school has decided. What it says is believed only as far as XoD itself
//! confirms it; then the school's secret is stored, sealed.
//!
//! Anybody can send one. A refusal changes nothing, is logged without what was sent, and tells the
//! sender nothing.

use std::collections::BTreeSet;

use rollcall_shared::connection::{ConnectionState, ConnectionView};
use rollcall_shared::ids::Estab;
use rollcall_shared::scopes::Scope;
use rollcall_store::connections::StoredConnection;
use rollcall_store::schools::StoredSchool;
use xod_client::{THIRD_PARTY, XodError};
use zeroize::Zeroizing;

use super::check::{Finding, LookError, settle};
use super::throttle::About;
use super::{Connections, words};
use crate::config::Secret;
use crate::error::Result;
use crate::mis::{xod_estab, xod_school};

/// What a callback says; never shown in `Debug` output.
#[derive(Default)]
pub struct Callback {
    secret: Option<Secret>,
    estab: String,
    third_party: String,
    partner: String,
    /// The address of the one who approved, where it says so.
    approved_by: Option<String>,
    /// None where it does not say.
    granted: Option<BTreeSet<Scope>>,
}

impl Callback {
    /// Reads a form-encoded body; names in any case, unknown ones ignored.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let mut callback = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            // It may be the secret.
            let value = Zeroizing::new(value.into_owned());
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "schoolsecret" => callback.secret = Some(Secret::new(value)),
                "schoolid" => callback.estab = value.into(),
                "thirdparty" => callback.third_party = value.into(),
                "partnerid" => callback.partner = value.into(),
                "schoolemail" => {
                    let is_address = (1..=254).contains(&value.chars().count());
                    callback.approved_by = is_address.then(|| value.to_owned());
                }
                "scopes" => {
                    callback.granted =
                        Some(value.split(',').filter_map(Scope::granted_by).collect());
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
    /// The school gave one secret after the other while we looked: XoD may call again.
    #[error("the connection went on changing while it was looked at")]
    Overtaken,
    /// XoD could not be asked: it may call again.
    #[error("it could not be checked: {0}")]
    Unchecked(XodError),
}

/// How often a callback is looked at before it may come again.
const LOOKS: u32 = 3;

/// What a callback says of the school's answer.
#[derive(Debug, Default)]
pub(super) struct Decision {
    pub granted: Option<BTreeSet<Scope>>,
    /// The address of the one who gave it.
    pub by: Option<String>,
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
        if !self.throttle.lets_in_place(place, self.clock.now()) {
            tracing::warn!("a callback was refused: too many came from one place");
            return Ok(Err(Refusal::TooMany));
        }
        let is_for_us = callback.third_party.eq_ignore_ascii_case(THIRD_PARTY)
            && callback.partner.eq_ignore_ascii_case(self.xod.app_id());
        let school = match callback.estab.parse::<Estab>() {
            Ok(estab) => self.store.find_school_by_estab(&estab).await?,
            Err(_) => None,
        };
        let id = school.as_ref().map(|school| school.id);
        let heard = match school {
            _ if !is_for_us => Err(Refusal::Partner),
            Some(school) => self.hear(place, &school, callback).await?,
            None => Err(Refusal::Uninvited),
        };
        match (&heard, id) {
            (Ok(()), _) => self.throttle.know(place, self.clock.now()),
            (Err(refusal), Some(school)) => {
                tracing::warn!(%school, %refusal, "a callback was refused; nothing was changed");
            }
            (Err(refusal), None) => {
                tracing::warn!(%refusal, "a callback was refused; nothing was changed");
            }
        }
        Ok(heard)
    }

    async fn hear(
        &self,
        place: &str,
        school: &StoredSchool,
        callback: Callback,
    ) -> Result<std::result::Result<(), Refusal>> {
        let connection = self.store.load_connection(school.id).await?;
        if connection.state == ConnectionState::NotSetUp {
            return Ok(Err(Refusal::Uninvited));
        }
        let usable = |secret: &Secret| (1..=1000).contains(&secret.expose().len());
        let Some(secret) = callback.secret.filter(usable) else {
            return Ok(Err(Refusal::NoSecret));
        };
        // From here on XoD is called.
        let is_waiting = connection.state == ConnectionState::Invited;
        let about = About { school: school.id, is_waiting };
        if !self.throttle.lets_in_school(place, about, self.clock.now()) {
            return Ok(Err(Refusal::TooMany));
        }
        let answer = Decision { granted: callback.granted, by: callback.approved_by };
        let accepted = self.accept(school, &secret, Some(&answer)).await?;
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
        match self.accept(school, &secret, None).await? {
            Ok(_) => self.view(school.id).await.map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Accepts a secret if it works. Where another one came while we looked, what was found says
    /// nothing about that one: then we look again, upon it.
    async fn accept(
        &self,
        school: &StoredSchool,
        secret: &Secret,
        answer: Option<&Decision>,
    ) -> Result<Accepted> {
        for _ in 0..LOOKS {
            let connection = self.store.load_connection(school.id).await?;
            if answer.is_some() && connection.state == ConnectionState::NotSetUp {
                // It was ended from our side while we looked.
                return Ok(Err(Refusal::Uninvited));
            }
            match self.accept_upon(school, connection, secret, answer).await? {
                Err(Refusal::Overtaken) => {}
                settled => return Ok(settled),
            }
        }
        Ok(Err(Refusal::Overtaken))
    }

    /// The same upon the connection as it was loaded.
    pub(super) async fn accept_upon(
        &self,
        school: &StoredSchool,
        connection: StoredConnection,
        secret: &Secret,
        answer: Option<&Decision>,
    ) -> Result<Accepted> {
        let candidate = self.xod.candidate(xod_estab(&school.estab), secret.clone());
        let finding = match self.look(&candidate).await {
            Ok(Finding::SecretRejected) => return Ok(Err(Refusal::SecretRejected)),
            Ok(finding) => finding,
            Err(LookError::NotOurs) => return Ok(Err(Refusal::NotOurs)),
            Err(LookError::Xod(error)) => return Ok(Err(Refusal::Unchecked(error))),
        };
        let claimed = answer.and_then(|answer| answer.granted.as_ref());
        if finding.granted().zip(claimed).is_some_and(|(granted, claimed)| granted != claimed) {
            return Ok(Err(Refusal::ScopesDiffer));
        }
        let stored = connection.secret_sealed;
        let held = stored.as_deref().map(|sealed| self.open(school.id, sealed)).transpose()?;
        let is_new = held.as_ref() != Some(secret);
        if finding == Finding::Paused && is_new && !self.is_out_of_use(school, held).await {
            return Ok(Err(Refusal::Unproven));
        }
        let sealed = self.seal(school.id, secret)?;
        let now = self.clock.now();
        let was_set_up = connection.state != ConnectionState::NotSetUp;
        let knows_people = self.store.has_applied_run(school.id).await?;
        let mut took = false;
        let connection = self
            .change(school.id, |connection| {
                let is_set_up = connection.state != ConnectionState::NotSetUp;
                if connection.secret_sealed != stored || is_set_up != was_set_up {
                    return None;
                }
                took = true;
                connection.checked_at = Some(now);
                if let Some(answer) = answer {
                    connection.answered_at = Some(now);
                    connection.answered_by.clone_from(&answer.by);
                }
                if is_new {
                    connection.secret_sealed = Some(sealed);
                }
                let settled = settle(connection, finding, now);
                if connection.asked.is_empty() {
                    connection.asked.clone_from(&connection.granted);
                }
                if stored.is_none() {
                    if knows_people {
                        // Of an earlier connection: people may have been left out since.
                        connection.narrow(now);
                    }
                    return settled.or_else(|| Some("The school gave its consent".to_owned()));
                }
                // The school has decided again, and people may have been left out again: that shows
                // nowhere.
                connection.narrow(now);
                settled.or_else(|| Some(words::decided_again(is_new).to_owned()))
            })
            .await?;
        if took && is_new {
            self.xod.forget(&xod_estab(&school.estab));
        }
        Ok(if took { Ok(connection) } else { Err(Refusal::Overtaken) })
    }

    /// Whether the secret that we hold is none, or no longer works: then a new one of a paused
    /// school, which XoD knows but tells nothing about, has nothing to replace.
    async fn is_out_of_use(&self, school: &StoredSchool, held: Option<Secret>) -> bool {
        let Some(held) = held else { return true };
        let at_xod = xod_school(&self.xod, &school.estab, held);
        matches!(self.look(&at_xod).await, Ok(Finding::SecretRejected))
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
}
