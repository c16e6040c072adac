//! Reads the roster of a school whose connection is ready.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rollcall_engine::domain::roster::Roster;
use rollcall_shared::connection::ConnectionState;
use rollcall_shared::consent::ReadKind;
use rollcall_shared::people::PersonKind;
use rollcall_shared::provider;
use rollcall_store::connections::StoredConnection;
use rollcall_store::schools::StoredSchool;
use xod_client::XodError;

use super::check::Looked;
use super::consent::ReadExtent;
use super::{Connections, not_connected};
use crate::config::Secret;
use crate::error::{Error, Result};
use crate::mis::{OneRead, Progress, Source, xod_school};
use crate::telemetry::Chain;

/// A look for changes is believed for so long after a full read.
const FULL_READ_AT_LEAST_EVERY: TimeDelta = TimeDelta::days(7);

impl Connections {
    /// Looks at the connection, then reads the whole school; stores nothing but what the look
    /// found. The roster says whether the consent has changed since the last applied run.
    ///
    /// # Errors
    /// If the connection is not ready, or the read is not complete.
    pub async fn read_roster(
        &self,
        school: &StoredSchool,
        progress: Progress<'_>,
    ) -> Result<Roster> {
        progress(concat!("Asking ", provider!(), " what the school shares").into());
        let (connection, secret) = self.ready(school).await?;
        let source = Source::Xod(xod_school(&self.xod, &school.estab, secret));
        let read_at = self.clock.now();
        let is_narrowed = connection.narrowed_at.is_some();
        let pupils = self.store.load_draft(school.id).await?.settings.pupil_scope;
        let read = source.read(read_at, is_narrowed, pupils, progress).await;
        let mut roster = match read {
            Ok(roster) => roster,
            Err(error) => {
                if error.is_refusal() {
                    self.look_again(school).await;
                }
                return Err(error.into());
            }
        };
        let asked = ReadExtent::of(&connection, &source);
        self.record_read(school.id, &roster, asked, ReadKind::Full).await?;
        // A callback, or another look, may have come while we read.
        let now = self.store.load_connection(school.id).await?;
        if now.secret_sealed != connection.secret_sealed || now.state != connection.state {
            return Err(XodError::Incomplete {
                table: "The consent",
                why: "it changed while it was being read",
            }
            .into());
        }
        // An admin may have said meanwhile that those who are missing have left: that holds.
        roster.may_be_narrowed = now.narrowed_at.is_some();
        let before = self.store.find_roster(school.id).await?;
        if !roster.may_be_narrowed
            && before.is_some_and(|before| withholds_others(&before.roster, &roster))
        {
            let cause = "The school changed which people it shares".to_owned();
            self.change(school.id, |connection| {
                if connection.state == ConnectionState::NotSetUp {
                    return None;
                }
                // This roster knows of it.
                connection.narrow(read_at);
                Some(cause)
            })
            .await?;
            roster.may_be_narrowed = true;
        }
        Ok(roster)
    }

    /// Looks at the connection, and answers only if it is ready.
    async fn ready(&self, school: &StoredSchool) -> Result<(StoredConnection, Secret)> {
        let checked = self.check(school.id, &school.estab).await?;
        let Looked { connection, secret, unseen } = checked.ok_or_else(not_connected)?;
        match connection.state {
            ConnectionState::Ready => Ok((connection, secret)),
            ConnectionState::Paused => Err(XodError::Paused.into()),
            ConnectionState::InstallationPending => Err(XodError::NothingYet.into()),
            ConnectionState::SecretRejected => Err(XodError::SecretRejected.into()),
            // It is not the school that has to do something then.
            _ => Err(unseen.map_or_else(not_connected, Error::from)),
        }
    }

    /// Reads one person, by the id of the feed, into the roster of the last complete read; stores
    /// nothing but that it was read.
    ///
    /// # Errors
    /// As [`Connections::read_roster`].
    pub async fn read_one(
        &self,
        school: &StoredSchool,
        before: &Roster,
        kind: PersonKind,
        id: &str,
    ) -> Result<OneRead> {
        let (connection, secret) = self.ready(school).await?;
        let source = Source::Xod(xod_school(&self.xod, &school.estab, secret));
        let read_at = self.clock.now();
        let read = source.read_one(before, kind, id).await?;
        let is_found = matches!(read, OneRead::Found(_));
        let asked = ReadExtent::of(&connection, &source);
        self.record_read_of_one(school.id, read_at, asked, before, kind, is_found).await?;
        // A callback, or another look, may have come while we read.
        let now = self.store.load_connection(school.id).await?;
        if now.secret_sealed != connection.secret_sealed
            || now.narrowed_at != connection.narrowed_at
        {
            return Ok(OneRead::SchoolChanged);
        }
        Ok(read)
    }

    /// The roster of a run that nobody watches: read in full, unless a cheap look shows that for
    /// certain nothing has changed since the last full read. That look is not enough after a change
    /// of consent, nor for longer than a week, nor where other pupils are asked for now.
    ///
    /// # Errors
    /// As [`Connections::read_roster`].
    pub async fn read_roster_if_changed(
        &self,
        school: &StoredSchool,
        progress: Progress<'_>,
    ) -> Result<Roster> {
        let stored = self.store.find_roster(school.id).await?.map(|stored| stored.roster);
        let pupils = self.store.load_draft(school.id).await?.settings.pupil_scope;
        let stored = stored.filter(|before| before.pupil_scope == pupils);
        if let Some(before) = stored.filter(|before| self.may_be_looked_at(before)) {
            progress(concat!("Asking ", provider!(), " whether anything has changed").into());
            let checked = self.check(school.id, &school.estab).await?;
            if let Some(Looked { connection, secret, .. }) = checked
                && connection.state == ConnectionState::Ready
                && connection.narrowed_at.is_none()
            {
                let source = Source::Xod(xod_school(&self.xod, &school.estab, secret));
                let read_at = self.clock.now();
                // Whatever keeps us from knowing, the full read says in its own words.
                let is_unchanged = source.is_unchanged(&before, read_at).await.unwrap_or(false);
                // A callback may have come while we looked.
                let now = self.store.load_connection(school.id).await?;
                if is_unchanged && now.narrowed_at.is_none() && now.state == connection.state {
                    progress("Nothing has changed since the last full read".into());
                    let same = Roster { read_at, ..before };
                    let asked = ReadExtent::of(&connection, &source);
                    self.record_read(school.id, &same, asked, ReadKind::Changes).await?;
                    return Ok(same);
                }
            }
        }
        self.read_roster(school, progress).await
    }

    fn may_be_looked_at(&self, before: &Roster) -> bool {
        !before.may_be_narrowed
            && before.marks.as_ref().is_some_and(|marks| {
                self.clock.now() - marks.full_read_at < FULL_READ_AT_LEAST_EVERY
            })
    }

    /// Looks again after a reading was refused, so that the connection's page says why. That look
    /// may well fail as the reading did, which is what its caller is told of.
    async fn look_again(&self, school: &StoredSchool) {
        if let Err(Error::Broken(error)) = self.check(school.id, &school.estab).await {
            tracing::error!(school = %school.id, error = %Chain(&*error), "a connection could not be looked at");
        }
    }
}

/// Whether the school's list of people, or what it means, has changed; for a reading of before that
/// was kept, whether somebody who was shared is withheld now or the other way about.
fn withholds_others(before: &Roster, now: &Roster) -> bool {
    if before.only_listed != now.only_listed {
        return true;
    }
    if let (Some(before), Some(now)) = (&before.list_fingerprint, &now.list_fingerprint) {
        return before != now;
    }
    let changed = |was: &BTreeSet<String>, is: &BTreeSet<String>, known: &BTreeSet<&str>| {
        was.difference(is).next().is_some()
            || is.difference(was).any(|id| known.contains(id.as_str()))
    };
    let pupils = before.pupils.iter().map(|pupil| pupil.ids.id.as_str()).collect();
    let staff = before.staff.iter().map(|one| one.ids.id.as_str()).collect();
    changed(&before.withheld_pupils, &now.withheld_pupils, &pupils)
        || changed(&before.withheld_staff, &now.withheld_staff, &staff)
}
