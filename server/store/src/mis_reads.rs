//! What each read of a school's MIS asked for, and how many people came: for the consent record.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rollcall_shared::consent::{ReadEntry, ReadKind};
use rollcall_shared::ids::SchoolId;
use rollcall_shared::scopes::Scope;
use uuid::Uuid;

use super::connections::{csv, scopes_of};
use super::rows::count;
use super::{Store, StoreError, in_transaction, on};
use rollcall_engine::domain::hash::hash_of_json;
use rollcall_engine::domain::time::timestamp;

/// A read, as it is written down.
#[derive(Clone, Debug)]
pub struct MisRead {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub kind: ReadKind,
    pub scopes: Vec<Scope>,
    /// Which fields were asked for, by the table they are of.
    pub fields: BTreeMap<String, Vec<String>>,
    pub pupils: usize,
    pub staff: usize,
    pub groups: usize,
    /// People whom the school chose not to share.
    pub withheld: usize,
}

#[derive(sqlx::FromRow)]
struct Row {
    at: DateTime<Utc>,
    kind: String,
    scopes: String,
    fields: String,
    pupils: i64,
    staff: i64,
    group_count: i64,
    withheld: i64,
}

impl TryFrom<Row> for ReadEntry {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let unreadable = |_| StoreError::unreadable("mis_reads.fields");
        Ok(Self {
            at: timestamp(row.at),
            kind: ReadKind::from_code(&row.kind).ok_or(StoreError::unreadable("mis_reads.kind"))?,
            scopes: scopes_of(&row.scopes)?,
            fields: serde_json::from_str(&row.fields).map_err(unreadable)?,
            pupils: count(row.pupils),
            staff: count(row.staff),
            groups: count(row.group_count),
            withheld: count(row.withheld),
        })
    }
}

fn rows(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Store {
    /// Writes a read down. The fields are the same night after night, and written once.
    pub async fn add_mis_read(&self, school: SchoolId, read: &MisRead) -> Result<(), StoreError> {
        const FIELDS: &str =
            "INSERT INTO field_lists (id, fields) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        const READ: &str = "INSERT INTO mis_reads (id, school_id, at, kind, scopes, fields,
                field_list, pupils, staff, group_count, withheld)
            VALUES ($1, $2, $3, $4, $5, '{}', $6, $7, $8, $9, $10)";
        let fields = serde_json::to_string(&read.fields)
            .map_err(|_| StoreError::unreadable("mis_reads.fields"))?;
        let list =
            hash_of_json(&read.fields).map_err(|_| StoreError::unreadable("mis_reads.fields"))?;
        in_transaction!(self, |tx| {
            sqlx::query(FIELDS).bind(&list).bind(&fields).execute(&mut *tx).await?;
            sqlx::query(READ)
                .bind(read.id)
                .bind(school.0)
                .bind(read.at)
                .bind(read.kind.code())
                .bind(csv(&read.scopes))
                .bind(&list)
                .bind(rows(read.pupils))
                .bind(rows(read.staff))
                .bind(rows(read.groups))
                .bind(rows(read.withheld))
                .execute(&mut *tx)
                .await?;
        })
    }

    /// The reads of a school, the oldest first.
    pub async fn list_mis_reads(&self, school: SchoolId) -> Result<Vec<ReadEntry>, StoreError> {
        const SQL: &str = "SELECT r.at, r.kind, r.scopes, COALESCE(l.fields, r.fields) AS fields,
                r.pupils, r.staff, r.group_count, r.withheld
            FROM mis_reads r LEFT JOIN field_lists l ON l.id = r.field_list
            WHERE r.school_id = $1 ORDER BY r.at, r.id";
        let rows: Vec<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_all(pool).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Whether anything was ever read of a school.
    pub async fn has_mis_read(&self, school: SchoolId) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM mis_reads WHERE school_id = $1";
        let found: i64 =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(school.0).fetch_one(pool).await)?;
        Ok(found > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{minute, on_both_engines, school};

    #[tokio::test]
    async fn every_read_is_listed_in_its_school_only_the_oldest_first() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            assert!(!store.has_mis_read(here).await.unwrap());
            for (id, minutes) in [(1, 5), (2, 3)] {
                let read = MisRead {
                    id: Uuid::from_u128(id),
                    at: minute(minutes),
                    kind: ReadKind::Full,
                    scopes: vec![Scope::SchoolLite, Scope::Upn],
                    fields: BTreeMap::from([("Students".into(), vec!["Id".into(), "UPN".into()])]),
                    pupils: 420,
                    staff: 40,
                    groups: 21,
                    withheld: 2,
                };
                store.add_mis_read(here, &read).await.unwrap();
            }
            let reads = store.list_mis_reads(here).await.unwrap();
            let times: Vec<_> = reads.iter().map(|read| read.at.clone()).collect();
            assert_eq!(times, [timestamp(minute(3)), timestamp(minute(5))]);
            assert_eq!(reads[0].fields["Students"], ["Id", "UPN"]);
            assert_eq!((reads[0].pupils, reads[0].groups, reads[0].withheld), (420, 21, 2));
            assert!(store.has_mis_read(here).await.unwrap());
            assert!(!store.has_mis_read(there).await.unwrap());
            assert!(store.list_mis_reads(there).await.unwrap().is_empty());
        })
        .await;
    }
}
