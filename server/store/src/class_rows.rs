//! The one writer of classes and subject groups: what a plan may change of one.

use chrono::{DateTime, Utc};
use rollcall_engine::domain::accounts::Class;
use rollcall_shared::ids::SchoolId;
use sqlx::QueryBuilder;

use super::rows::kind_code;
use super::{MOST_BINDS, StoreError, Tx, on_tx};

/// Binds what may change of a class: name, subject and link.
macro_rules! bind_class {
    ($row:ident, $class:expr) => {{
        let class: &Class = $class;
        let link = class.link.as_ref();
        $row.push_bind(class.name.as_str())
            .push_bind(class.subject.as_deref())
            .push_bind(link.is_some())
            .push_bind(link.and_then(|link| link.mis.as_deref()))
            .push_bind(link.map(|link| link.ids.id.as_str()))
            .push_bind(link.and_then(|link| link.ids.external_id.as_deref()))
            .push_bind(link.and_then(|link| link.ids.xid.as_deref()));
    }};
}

/// Rows of the widest statement.
const ROWS: usize = MOST_BINDS / 16;

/// Writes new classes and subject groups.
pub(super) async fn insert_classes(
    tx: &mut Tx,
    school: SchoolId,
    classes: &[&Class],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    for classes in classes.chunks(ROWS) {
        on_tx!(tx, |tx| {
            let mut insert = QueryBuilder::new(
                "INSERT INTO classes (id, school_id, kind, created_at, updated_at, name, subject,
                    is_linked, mis, mis_id, mis_external_id, mis_xid) ",
            );
            insert.push_values(classes, |mut row, class| {
                row.push_bind(class.id.0)
                    .push_bind(school.0)
                    .push_bind(kind_code(class.kind))
                    .push_bind(at)
                    .push_bind(at);
                bind_class!(row, class);
            });
            insert.build().execute(&mut *tx).await?;
        });
    }
    Ok(())
}

/// Writes classes and subject groups as they are after a change; says how many were written.
pub(super) async fn update_classes(
    tx: &mut Tx,
    school: SchoolId,
    classes: &[&Class],
    at: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let mut written = 0;
    for classes in classes.chunks(ROWS) {
        written += on_tx!(tx, |tx| {
            let mut update = QueryBuilder::new("UPDATE classes SET updated_at = ");
            update.push_bind(at).push(
                ", name = v.column2, subject = v.column3, is_linked = v.column4,
                    mis = v.column5, mis_id = v.column6, mis_external_id = v.column7,
                    mis_xid = v.column8 FROM (",
            );
            update.push_values(classes, |mut row, class| {
                row.push_bind(class.id.0);
                bind_class!(row, class);
            });
            update.push(") AS v WHERE classes.id = v.column1 AND classes.school_id = ");
            update.push_bind(school.0);
            update.build().execute(&mut *tx).await?.rows_affected()
        });
    }
    Ok(written)
}
