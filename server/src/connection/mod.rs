//! The connection of each school to its MIS: asked for, consented to, checked, kept an eye on.
//!
//! [`Connections::invite`] asks the school, [`Connections::callback`] hears its answer from XoD,
//! `check` looks how things stand, and [`Connections::read_roster`] reads a school that is ready.
//! [`Connections::disconnect`] ends it from our side; [`Connections::consent_record`] tells who
//! approved what, and what was read.
//! Each change is written to the connection's history with its time and its cause.

mod callback;
mod check;
mod consent;
mod disconnect;
mod invite;
mod reading;
mod throttle;
mod words;

use std::sync::Arc;

use rollcall_engine::domain::time::timestamp;
use rollcall_shared::connection::ConnectionView;
use rollcall_shared::ids::SchoolId;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_store::connections::StoredConnection;
use rollcall_store::{Store, StoreError};
use xod_client::Client;
use zeroize::Zeroizing;

pub(crate) use callback::{Callback, Refusal};
pub(crate) use invite::Inviter;

use crate::clock::Clock;
use crate::config::{Config, Secret};
use crate::dice::Dice;
use crate::error::{Error, Result};
use crate::seal::{KeyRing, Owner};
use throttle::Throttle;

/// Events that the page of a connection shows.
const EVENTS_SHOWN: u32 = 50;

/// Everything about schools' connections; cheap to clone.
#[derive(Clone)]
pub struct Connections {
    store: Store,
    clock: Clock,
    dice: Dice,
    keys: Arc<KeyRing>,
    xod: Client,
    /// Ourselves, as XoD names us to schools.
    partner_name: String,
    partner_email: String,
    throttle: Arc<Throttle>,
}

impl Connections {
    #[must_use]
    pub fn new(
        config: &Config,
        store: Store,
        clock: Clock,
        dice: Dice,
        keys: Arc<KeyRing>,
        xod: Client,
    ) -> Self {
        let partner_email = config.smtp.as_ref().map_or_else(
            || format!("rollcall@{}", xod.app_id()),
            |smtp| smtp.from.email.to_string(),
        );
        Self {
            store,
            clock,
            dice,
            keys,
            xod,
            partner_name: config.platform_name.clone(),
            partner_email,
            throttle: Arc::default(),
        }
    }

    /// A school's connection as its page shows it.
    ///
    /// # Errors
    /// If the database failed.
    pub async fn view(&self, school: SchoolId) -> Result<ConnectionView> {
        let connection = self.store.load_connection(school).await?;
        let events = self.store.list_connection_events(school, EVENTS_SHOWN).await?;
        let (pending, declined) = consent::not_granted(&connection);
        let last = self.store.find_last_applied(school).await?;
        let has_been_read = last.is_some() || self.store.has_mis_read(school).await?;
        let uncounted_absences = last.as_ref().map_or(0, |last| last.uncounted_absences.len());
        Ok(ConnectionView {
            pending,
            declined,
            change: last.as_ref().and_then(|last| consent::change(&connection, last)),
            uncounted_absences: u32::try_from(uncounted_absences).unwrap_or(u32::MAX),
            has_been_read,
            state: connection.state,
            authoriser: connection.authoriser,
            invited_by: connection.invited_by,
            invited_at: connection.invited_at.map(timestamp),
            asked: connection.asked,
            granted: connection.granted,
            checked_at: connection.checked_at.map(timestamp),
            message: connection.message,
            events,
        })
    }

    /// Changes a connection; where `change` answers with a cause, the history has it.
    async fn change(
        &self,
        school: SchoolId,
        change: impl FnOnce(&mut StoredConnection) -> Option<String>,
    ) -> std::result::Result<StoredConnection, StoreError> {
        let (event, now) = (self.dice.uuid(), self.clock.now());
        self.store.change_connection(school, event, now, change).await
    }

    fn seal(&self, school: SchoolId, secret: &Secret) -> Result<Vec<u8>> {
        let sealed = self.keys.seal(&self.dice, owner(school), secret.expose().as_bytes());
        sealed.map_err(Error::broken)
    }

    fn open(&self, school: SchoolId, sealed: &[u8]) -> Result<Secret> {
        let text: Zeroizing<String> =
            self.keys.open_text(owner(school), sealed).map_err(Error::broken)?;
        Ok(Secret::new(text.as_str()))
    }
}

/// Nothing can be read (yet).
fn not_connected() -> Error {
    Problem::new(Kind::NotConnected, "The connection to your MIS is not ready")
        .detail(
            "Nothing was read and nothing was changed. The connection page says what is missing, \
             and who has to do it.",
        )
        .into()
}

const fn owner(school: SchoolId) -> Owner<'static> {
    Owner { purpose: "xod-secret", school: school.0, id: school.0 }
}

#[cfg(test)]
mod tests;
