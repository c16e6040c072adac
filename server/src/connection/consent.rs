//! The consent as it is shown and recorded: what is still to be answered, what changed, who
//! approved what, and what was read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rollcall_engine::domain::accounts::LastApplied;
use rollcall_engine::domain::roster::Roster;
use rollcall_engine::domain::time::timestamp;
use rollcall_shared::connection::ConsentChange;
use rollcall_shared::consent::{ConsentRecord, EVERY_FIELD, ReadKind, RunEntry};
use rollcall_shared::ids::SchoolId;
use rollcall_shared::people::PersonKind;
use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::PupilScope;
use rollcall_store::StoreError;
use rollcall_store::connections::StoredConnection;
use rollcall_store::mis_reads::MisRead;
use rollcall_store::runs::StoredRun;
use rollcall_store::schools::StoredSchool;

use super::Connections;
use crate::error::Result;
use crate::mis::{Source, fields};

/// More than a school makes in its time with us.
const EVERYTHING: u32 = 100_000;

/// With what a read asked.
#[derive(Clone, Copy)]
pub(super) struct ReadExtent<'a> {
    scopes: &'a [Scope],
    /// XoD refused to be asked for single fields.
    for_every_field: bool,
}

impl<'a> ReadExtent<'a> {
    pub(super) fn of(connection: &'a StoredConnection, source: &Source<'_>) -> Self {
        Self { scopes: &connection.granted, for_every_field: source.sends_all_fields() }
    }

    /// The fields by table.
    fn fields(self, pupils: PupilScope) -> BTreeMap<String, Vec<String>> {
        let mut fields = fields::asked_for(&self.scopes.iter().copied().collect(), pupils);
        if self.for_every_field {
            let of_tables = fields
                .iter_mut()
                .filter(|(table, _)| !["GDPRIDs", "Counts"].contains(&table.as_str()));
            of_tables.for_each(|(_, named)| named.insert(0, EVERY_FIELD.to_owned()));
        }
        fields
    }
}

impl Connections {
    /// Writes down what a read asked for and how many people came.
    pub(super) async fn record_read(
        &self,
        school: SchoolId,
        roster: &Roster,
        asked: ReadExtent<'_>,
        kind: ReadKind,
    ) -> std::result::Result<(), StoreError> {
        let read = MisRead {
            id: self.dice.uuid(),
            at: roster.read_at,
            kind,
            scopes: asked.scopes.to_vec(),
            fields: asked.fields(roster.pupil_scope),
            pupils: roster.pupils.len(),
            staff: roster.staff.len(),
            groups: roster.year_groups.len() + roster.classes.len() + roster.subject_groups.len(),
            withheld: roster.withheld_pupils.len() + roster.withheld_staff.len(),
        };
        self.store.add_mis_read(school, &read).await
    }

    /// Writes down that one person was asked about, and with which fields.
    pub(super) async fn record_read_of_one(
        &self,
        school: SchoolId,
        at: DateTime<Utc>,
        asked: ReadExtent<'_>,
        roster: &Roster,
        kind: PersonKind,
        is_found: bool,
    ) -> std::result::Result<(), StoreError> {
        let mut fields = asked.fields(roster.pupil_scope);
        let table = if kind == PersonKind::Pupil { "Students" } else { "Staff" };
        fields.retain(|name, _| ["SchoolInfo", "GDPRIDs", table].contains(&name.as_str()));
        let read = MisRead {
            id: self.dice.uuid(),
            at,
            kind: ReadKind::OnePerson,
            scopes: asked.scopes.to_vec(),
            fields,
            pupils: usize::from(is_found && kind == PersonKind::Pupil),
            staff: usize::from(is_found && kind == PersonKind::Staff),
            groups: 0,
            withheld: 0,
        };
        self.store.add_mis_read(school, &read).await
    }

    /// Everything recorded about a school's consent.
    ///
    /// # Errors
    /// If the database failed.
    pub async fn consent_record(&self, school: &StoredSchool) -> Result<ConsentRecord> {
        let mut events = self.store.list_connection_events(school.id, EVERYTHING).await?;
        events.reverse();
        let runs = self.store.list_runs(school.id, EVERYTHING).await?;
        Ok(ConsentRecord {
            school: school.name.clone(),
            estab: school.estab.clone(),
            application: self.xod.app_id().to_owned(),
            made_at: timestamp(self.clock.now()),
            state: self.store.load_connection(school.id).await?.state,
            events,
            consents: self.store.list_consents(school.id).await?,
            reads: self.store.list_mis_reads(school.id).await?,
            runs: runs.into_iter().rev().map(run_entry).collect(),
        })
    }
}

fn run_entry(run: StoredRun) -> RunEntry {
    RunEntry {
        kind: run.kind,
        status: run.status,
        started_by: run.queued_by,
        queued_at: run.queued_at.map(timestamp),
        finished_at: run.finished_at.map(timestamp),
        read_at: timestamp(run.roster_read_at),
        pupils: run.totals.pupils,
        staff: run.totals.staff,
    }
}

/// How the consent has changed since the last applied run.
pub(super) fn change(connection: &StoredConnection, last: &LastApplied) -> Option<ConsentChange> {
    let at = connection.narrowed_at?;
    let granted = &connection.granted;
    let more: Vec<Scope> =
        granted.iter().copied().filter(|scope| !last.scopes.contains(scope)).collect();
    let less: Vec<Scope> =
        last.scopes.iter().copied().filter(|scope| !granted.contains(scope)).collect();
    let people = more.is_empty() && less.is_empty();
    Some(ConsentChange { at: timestamp(at), more, less, people })
}

/// What was asked for and is not granted: by an invitation that is not answered yet, or declined.
pub(super) fn not_granted(connection: &StoredConnection) -> (Vec<Scope>, Vec<Scope>) {
    let lacking = connection.asked.iter().copied().filter(|s| !connection.granted.contains(s));
    let is_answered = match (connection.invited_at, connection.answered_at) {
        (None, _) => true,
        (Some(invited), Some(answered)) => invited <= answered,
        (Some(_), None) => false,
    };
    if is_answered { (Vec::new(), lacking.collect()) } else { (lacking.collect(), Vec::new()) }
}

#[cfg(test)]
mod tests {
    use rollcall_store::contract::minute;

    use super::*;

    #[test]
    fn a_data_area_is_declined_only_once_the_newest_invitation_has_been_answered() {
        let mut connection = StoredConnection {
            asked: vec![Scope::SchoolLite, Scope::Upn],
            granted: vec![Scope::SchoolLite],
            invited_at: Some(minute(1)),
            ..StoredConnection::default()
        };
        let upn = vec![Scope::Upn];
        assert_eq!(not_granted(&connection), (upn.clone(), vec![]));
        connection.answered_at = Some(minute(2));
        assert_eq!(not_granted(&connection), (vec![], upn.clone()));
        connection.invited_at = Some(minute(3));
        assert_eq!(not_granted(&connection), (upn.clone(), vec![]));
        connection.invited_at = None;
        assert_eq!(not_granted(&connection), (vec![], upn));
    }

    #[test]
    fn a_change_says_what_is_shared_more_and_less_or_that_it_can_only_be_the_people() {
        let last = LastApplied {
            scopes: [Scope::SchoolLite, Scope::Upn].into(),
            ..LastApplied::default()
        };
        let seen = |granted: &[Scope], narrowed_at| {
            let connection = StoredConnection {
                granted: granted.to_vec(),
                narrowed_at,
                ..StoredConnection::default()
            };
            change(&connection, &last).map(|change| (change.more, change.less, change.people))
        };
        assert_eq!(seen(&[Scope::SchoolLite], None), None);
        let now = Some(minute(1));
        assert_eq!(seen(&[Scope::SchoolLite], now), Some((vec![], vec![Scope::Upn], false)));
        let other = [Scope::SchoolLite, Scope::StudentExtended];
        let both = (vec![Scope::StudentExtended], vec![Scope::Upn], false);
        assert_eq!(seen(&other, now), Some(both));
        assert_eq!(seen(&[Scope::SchoolLite, Scope::Upn], now), Some((vec![], vec![], true)));
    }
}
