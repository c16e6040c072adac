//! Reads the roster of a school whose connection is ready.

use std::collections::BTreeSet;

use rollcall_shared::connection::ConnectionState;

use super::{Connections, not_connected};
use crate::error::Result;
use crate::store::schools::StoredSchool;
use crate::sync::read::{self, Progress};
use crate::sync::roster::Roster;
use crate::xod::XodError;

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
        progress("Asking Groupcall what the school shares".into());
        let checked = self.check(school.id, &school.estab).await?;
        let (connection, secret) = checked.ok_or_else(not_connected)?;
        match connection.state {
            ConnectionState::Ready => {}
            ConnectionState::Paused => return Err(XodError::Paused.into()),
            ConnectionState::InstallationPending => return Err(XodError::NothingYet.into()),
            ConnectionState::SecretRejected => return Err(XodError::SecretRejected.into()),
            _ => return Err(not_connected()),
        }
        let at_xod = self.xod.school(school.estab.clone(), secret);
        let now = self.clock.now();
        let read = read::read(&at_xod, now, connection.is_narrowed, progress).await;
        let mut roster = match read {
            Ok(roster) => roster,
            Err(error) => {
                if matches!(error, XodError::Paused | XodError::SecretRejected) {
                    // It happened while we read: the connection's page should say so.
                    self.check(school.id, &school.estab).await?;
                }
                return Err(error.into());
            }
        };
        let before = self.store.find_roster(school.id).await?;
        if !roster.may_be_narrowed
            && before.is_some_and(|before| withholds_others(&before.roster, &roster))
        {
            let cause = "The school changed which people it shares".to_owned();
            self.change(school.id, |connection| {
                connection.is_narrowed = true;
                Some(cause)
            })
            .await?;
            roster.may_be_narrowed = true;
        }
        Ok(roster)
    }
}

/// Whether somebody whom the school shared before is withheld now, or the other way about.
fn withholds_others(before: &Roster, now: &Roster) -> bool {
    let changed = |was: &BTreeSet<String>, is: &BTreeSet<String>, known: &BTreeSet<&str>| {
        was.difference(is).next().is_some()
            || is.difference(was).any(|id| known.contains(id.as_str()))
    };
    let pupils = before.pupils.iter().map(|pupil| pupil.ids.id.as_str()).collect();
    let staff = before.staff.iter().map(|one| one.ids.id.as_str()).collect();
    changed(&before.withheld_pupils, &now.withheld_pupils, &pupils)
        || changed(&before.withheld_staff, &now.withheld_staff, &staff)
}
