//! An admin's remembered answers to possible duplicates.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::people::PersonKind;
use sqlx::QueryBuilder;

use super::{MOST_BINDS, Store, StoreError, in_transaction, on};
use crate::sync::accounts::{MisLink, StoredResolution};

impl Store {
    /// Remembers answers; an earlier answer about the same person is replaced. All of them or
    /// none.
    pub async fn save_resolutions(
        &self,
        school: SchoolId,
        answers: &[StoredResolution],
        by: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        in_transaction!(self, |tx| {
            for answers in answers.chunks(MOST_BINDS / 16) {
                let mut insert = QueryBuilder::new(
                    "INSERT INTO resolutions (school_id, kind, mis, mis_id, mis_external_id,
                        mis_xid, same_as, decided_by, decided_at) ",
                );
                insert.push_values(answers, |mut row, answer| {
                    row.push_bind(school.0)
                        .push_bind(answer.kind.code())
                        .push_bind(answer.mis.as_deref())
                        .push_bind(answer.ids.id.as_str())
                        .push_bind(answer.ids.external_id.as_deref())
                        .push_bind(answer.ids.xid.as_deref())
                        .push_bind(answer.same_as.map(|AccountId(id)| id))
                        .push_bind(by)
                        .push_bind(at);
                });
                insert.push(
                    " ON CONFLICT (school_id, kind, mis_id) DO UPDATE SET mis = excluded.mis,
                        mis_external_id = excluded.mis_external_id, mis_xid = excluded.mis_xid,
                        same_as = excluded.same_as, decided_by = excluded.decided_by,
                        decided_at = excluded.decided_at",
                );
                insert.build().execute(&mut *tx).await?;
            }
        })
    }

    /// Forgets the answer about a person.
    pub async fn forget_resolution(
        &self,
        school: SchoolId,
        kind: PersonKind,
        person: &MisLink,
    ) -> Result<(), StoreError> {
        const SQL: &str =
            "DELETE FROM resolutions WHERE school_id = $1 AND kind = $2 AND mis_id = $3";
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(kind.code())
            .bind(&person.ids.id)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }
}
