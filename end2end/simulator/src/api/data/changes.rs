//! Change sets: only what is new, changed or gone since an earlier call.
//!
//! Each call is remembered by the rows it saw. A later call with its hash is compared with that,
//! so other options or a narrower consent give deletions that are none, as in the real service.
//! A hash that is not known (any more) is answered like `*`, with no `PreviousChangedRows`: what
//! the real service does then is not documented.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use sha2::{Digest, Sha256};

use super::{
    records::{Reader, Record},
    request::DataRequest,
    row::{Envelope, Row, time},
};
use crate::{school::Snapshot, state::Shared};

/// How many calls of a school are remembered.
const REMEMBERED: usize = 12;

/// What a change-set call finds.
pub(super) struct ChangeSet {
    requested: String,
    /// The hash of the remembered call that this one is compared with.
    previous: Option<String>,
    deleted: Vec<String>,
    next: Snapshot,
    application: String,
    /// Written as in the one recorded reply.
    without_pages: bool,
}

/// Reduces the records to those that changed; `None` if the call is not about changes.
pub(super) fn take(
    reader: &Reader<'_>,
    records: &mut Vec<Record<'_>>,
    application: &str,
    now: NaiveDateTime,
) -> Option<ChangeSet> {
    let requested = reader.request.changed_rows.clone()?;
    let table = reader.request.table.name();
    let rows: BTreeMap<String, String> =
        records.iter().map(|record| (reader.id(record), reader.fingerprint(record))).collect();
    let hash = hash(reader.school.estab(), table, &rows);
    let before =
        reader.school.snapshots.iter().find(|snapshot| {
            snapshot.table == table && snapshot.hash.eq_ignore_ascii_case(&requested)
        });
    let mut deleted = Vec::new();
    if let Some(before) = before {
        records.retain(|record| {
            let id = reader.id(record);
            before.rows.get(&id) != rows.get(&id)
        });
        deleted.extend(before.rows.keys().filter(|id| !rows.contains_key(*id)).cloned());
    }
    let without_pages = reader.school.dialect().changes_without_pages;
    let named = |before: &Snapshot| {
        if without_pages { before.asked_with.clone() } else { before.hash.clone() }
    };
    Some(ChangeSet {
        previous: before.map(named),
        deleted,
        next: Snapshot {
            hash,
            asked_with: requested.clone(),
            taken_at: now,
            table: table.into(),
            rows,
        },
        requested,
        application: application.into(),
        without_pages,
    })
}

impl ChangeSet {
    /// Whether the reply says nothing of pages and of the MIS.
    pub(super) fn is_without_pages(&self) -> bool {
        self.without_pages
    }

    /// Adds the tables of a change set, and gives what has to be remembered.
    pub(super) fn describe(self, envelope: &mut Envelope, request: &DataRequest) -> Snapshot {
        let deleted = self.deleted.into_iter().map(|id| {
            let mut row = Row::default();
            row.set("Id", id);
            row
        });
        envelope.table(format!("{}_deleted", request.table.name()), deleted.collect());
        if self.without_pages {
            for beside in request.table.beside() {
                envelope.table(format!("{beside}_deleted"), Vec::new());
            }
        }
        let others = request.parameters.without(&["changedrows", "page"]);
        let and = if others.is_empty() { "" } else { "&" };
        let mut row = Row::default();
        row.set("SnapshotDate", time(self.next.taken_at));
        row.set("SnapshotRP", self.application);
        row.set("PreviousChangedRows", self.previous);
        row.set("RequestedChangedRows", self.requested);
        row.set("NextChangedRows", self.next.hash.clone());
        row.set("NextUrl", format!("?changedRows={}{and}{others}", self.next.hash));
        envelope.table("__changedRows__", vec![row]);
        self.next
    }
}

/// Keeps what a call saw for the next one; the oldest are forgotten.
pub(super) fn remember(shared: &Shared, estab: &str, snapshot: Snapshot) {
    let is_known = shared.world().schools.get(estab).is_some_and(|school| {
        let mut snapshots = school.snapshots.iter();
        snapshots.any(|known| known.table == snapshot.table && known.hash == snapshot.hash)
    });
    if is_known {
        return;
    }
    shared.change(|world| {
        if let Some(school) = world.schools.get_mut(estab) {
            school.snapshots.push(snapshot);
            let too_many = school.snapshots.len().saturating_sub(REMEMBERED);
            school.snapshots.drain(..too_many);
        }
    });
}

/// Thirty-two hex digits that say what was seen: the same rows give the same.
fn hash(estab: &str, table: &str, rows: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    hash.update(estab.as_bytes());
    hash.update(table.as_bytes());
    for (id, row) in rows {
        hash.update(id.as_bytes());
        hash.update(row.as_bytes());
    }
    hex::encode(hash.finalize().iter().take(16).copied().collect::<Vec<u8>>())
}
