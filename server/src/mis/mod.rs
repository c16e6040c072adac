//! Reading a school's MIS into a roster, by way of the service that the school connected.
//!
//! A read that is not complete never becomes a roster. [`Source`] is where another service would
//! come in: nothing that reads a roster knows which
//! one it is.

mod error;
#[cfg(test)]
mod faults;
pub(crate) mod fields;
mod read;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rollcall_engine::domain::roster::Roster;
use rollcall_shared::ids::Estab;
use rollcall_shared::people::PersonKind;
use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::PupilScope;
use xod_client::{Client, Secret, SetUpError, Settings, Surroundings};

use crate::clock::Clock;
use crate::dice::Dice;

pub(crate) use error::{MisError, without_advice};
pub(crate) use read::OneRead;

/// Told what is being read, in plain words: "Reading pupils: 312 of 420".
pub(crate) type Progress<'a> = &'a (dyn Fn(String) + Send + Sync);

/// One school, as the service shows it that the school connected.
pub(crate) enum Source<'a> {
    Xod(xod_client::School<'a>),
}

impl Source<'_> {
    /// Reads the whole school. Whether consent has changed of late is the caller's to know, and goes
    /// into the roster as it is given; so are the pupils to ask for besides those on the roll.
    ///
    /// # Errors
    /// If anything is missing, contradicts itself or is not shared; then there is no roster at all.
    pub(crate) async fn read(
        &self,
        read_at: DateTime<Utc>,
        may_be_narrowed: bool,
        pupil_scope: PupilScope,
        progress: Progress<'_>,
    ) -> Result<Roster, MisError> {
        match self {
            Self::Xod(school) => {
                read::read(school, read_at, may_be_narrowed, pupil_scope, progress).await
            }
        }
    }

    /// Whether a school is for certain as it was when it was last read: nothing changed in what is
    /// shared, nor in any table, and no membership began or ended by its date. Any doubt is a
    /// change. This says only that, and never who left: a deletion can be false.
    ///
    /// # Errors
    /// As any call.
    pub(crate) async fn is_unchanged(
        &self,
        before: &Roster,
        now: DateTime<Utc>,
    ) -> Result<bool, MisError> {
        match self {
            Self::Xod(school) => read::is_unchanged(school, before, now).await,
        }
    }

    /// Reads somebody by the id of the feed, and puts them into the roster of the last complete
    /// read. Nothing but a complete read tells who is missing, so nobody else is looked at.
    ///
    /// # Errors
    /// As any call, and if something is not shared that everybody needs.
    pub(crate) async fn read_one(
        &self,
        before: &Roster,
        kind: PersonKind,
        id: &str,
    ) -> Result<OneRead, MisError> {
        match self {
            Self::Xod(school) => read::read_one(school, before, kind, id).await,
        }
    }

    /// Whether all came that the consent covers, since the service refused to be asked for single
    /// fields.
    #[must_use]
    pub(crate) fn sends_all_fields(&self) -> bool {
        match self {
            Self::Xod(school) => school.refuses_select(),
        }
    }
}

/// The client of Xporter-on-Demand, with the server's own time and randomness.
///
/// # Errors
/// If the address is plain http to another machine, or TLS can't be set up.
pub fn xod_client(settings: &Settings, clock: Clock, dice: Dice) -> Result<Client, SetUpError> {
    let chance = move || f64::from(u32::from_le_bytes(dice.bytes())) / (f64::from(u32::MAX) + 1.0);
    Client::new(settings, Surroundings::new(move || clock.now(), chance))
}

/// A school of that client, by its secret.
#[must_use]
pub(crate) fn xod_school<'a>(
    client: &'a Client,
    estab: &Estab,
    secret: Secret,
) -> xod_client::School<'a> {
    client.school(xod_estab(estab), secret)
}

/// A school's number as the client takes it.
#[must_use]
pub(crate) fn xod_estab(estab: &Estab) -> xod_client::Estab {
    xod_client::Estab::of(estab.lea_code(), estab.dfe_number())
}

/// Those of the data areas granted that we know, by their own names or by the full ones that cover
/// them; others are none of our business.
#[must_use]
pub(crate) fn granted(details: &xod_client::TokenDetails) -> BTreeSet<Scope> {
    details.scopes.iter().filter_map(|name| Scope::granted_by(name)).collect()
}
