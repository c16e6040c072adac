//! Connections: where each school's stands, its sealed secret, and its history.

use std::fmt;

use chrono::{DateTime, Utc};
use rollcall_shared::connection::{Authoriser, ConnectionEvent, ConnectionState};
use rollcall_shared::ids::SchoolId;
use rollcall_shared::scopes::Scope;
use uuid::Uuid;

use super::consents::{ConsentWritten, write_consent};
use super::{Store, StoreError, in_transaction, on};
use rollcall_engine::domain::time::timestamp;

/// A school's connection; by default not set up.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StoredConnection {
    pub state: ConnectionState,
    /// Who was invited to consent.
    pub authoriser: Option<Authoriser>,
    /// The admin who sent the invitation.
    pub invited_by: Option<String>,
    pub invited_at: Option<DateTime<Utc>>,
    pub asked: Vec<Scope>,
    pub granted: Vec<Scope>,
    /// When XoD last told of the school's answer, and the address of the one who gave it.
    pub answered_at: Option<DateTime<Utc>>,
    pub answered_by: Option<String>,
    /// The school's secret, sealed.
    pub secret_sealed: Option<Vec<u8>>,
    /// When the consent was last seen to change, as long as no run has been applied from a roster
    /// that was read since: until then an absence says nothing.
    pub narrowed_at: Option<DateTime<Utc>>,
    /// When we last looked, and what that look said where it matters to an admin.
    pub checked_at: Option<DateTime<Utc>>,
    pub message: Option<String>,
}

impl StoredConnection {
    /// From `at` on somebody's absence may have its reason in the consent.
    pub fn narrow(&mut self, at: DateTime<Utc>) {
        self.narrowed_at = self.narrowed_at.max(Some(at));
    }
}

impl fmt::Debug for StoredConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredConnection").field("state", &self.state).finish_non_exhaustive()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    state: String,
    authoriser: Option<String>,
    invited_by: Option<String>,
    invited_at: Option<DateTime<Utc>>,
    asked: String,
    granted: String,
    answered_at: Option<DateTime<Utc>>,
    answered_by: Option<String>,
    secret_sealed: Option<Vec<u8>>,
    is_narrowed: bool,
    narrowed_at: Option<DateTime<Utc>>,
    checked_at: Option<DateTime<Utc>>,
    message: Option<String>,
}

/// The columns of [`Row`].
macro_rules! columns {
    () => {
        "state, authoriser, invited_by, invited_at, asked, granted, answered_at, answered_by,
            secret_sealed, is_narrowed, narrowed_at, checked_at, message"
    };
}

impl TryFrom<Row> for StoredConnection {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let authoriser = row.authoriser.map(|json| serde_json::from_str(&json)).transpose();
        Ok(Self {
            state: state_of(&row.state)?,
            authoriser: authoriser.map_err(|_| StoreError::unreadable("connections.authoriser"))?,
            invited_by: row.invited_by,
            invited_at: row.invited_at,
            asked: scopes_of(&row.asked)?,
            granted: scopes_of(&row.granted)?,
            answered_at: row.answered_at,
            answered_by: row.answered_by,
            secret_sealed: row.secret_sealed,
            narrowed_at: row.narrowed_at.filter(|_| row.is_narrowed),
            checked_at: row.checked_at,
            message: row.message,
        })
    }
}

pub(super) fn state_of(code: &str) -> Result<ConnectionState, StoreError> {
    ConnectionState::from_code(code).ok_or(StoreError::unreadable("connections.state"))
}

pub(super) fn scopes_of(csv: &str) -> Result<Vec<Scope>, StoreError> {
    csv.split(',')
        .filter(|name| !name.is_empty())
        .map(|name| Scope::from_name(name).ok_or(StoreError::unreadable("connections.scopes")))
        .collect()
}

pub(super) fn csv(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(",")
}

impl Store {
    /// A school's connection; one that is not set up, where nothing is known of it.
    pub async fn load_connection(&self, school: SchoolId) -> Result<StoredConnection, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM connections WHERE school_id = $1");
        let row: Option<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_optional(pool).await)?;
        row.map_or_else(|| Ok(StoredConnection::default()), TryInto::try_into)
    }

    /// Changes a school's connection: `change` is given it as it is now and nobody else changes it
    /// meanwhile. Where it answers with a cause, an event with the new state is written too, in
    /// the same transaction, under the id given; where the consent changed, the record of consents
    /// has it. Answers with the connection as it is then.
    pub async fn change_connection(
        &self,
        school: SchoolId,
        event: Uuid,
        at: DateTime<Utc>,
        change: impl FnOnce(&mut StoredConnection) -> Option<String>,
    ) -> Result<StoredConnection, StoreError> {
        // Writing first takes the row, so that what is read holds until the transaction ends.
        const TAKE: &str = concat!(
            "INSERT INTO connections (school_id, state, asked, granted, is_narrowed, updated_at)
            VALUES ($1, 'not_set_up', '', '', $2, $3)
            ON CONFLICT (school_id) DO UPDATE SET updated_at = excluded.updated_at
            RETURNING ",
            columns!()
        );
        const WRITE: &str = "UPDATE connections SET state = $2, authoriser = $3, invited_by = $4,
                invited_at = $5, asked = $6, granted = $7, secret_sealed = $8, is_narrowed = $9,
                checked_at = $10, message = $11, narrowed_at = $12, answered_at = $13,
                answered_by = $14
            WHERE school_id = $1";
        const EVENT: &str = "INSERT INTO connection_events (id, school_id, at, state, cause)
            VALUES ($1, $2, $3, $4, $5)";
        in_transaction!(self, |tx| {
            let row: Row = sqlx::query_as(TAKE)
                .bind(school.0)
                .bind(false)
                .bind(at)
                .fetch_one(&mut *tx)
                .await?;
            let before = StoredConnection::try_from(row)?;
            let mut connection = before.clone();
            let cause = change(&mut connection);
            let authoriser = connection.authoriser.as_ref().map(serde_json::to_string).transpose();
            sqlx::query(WRITE)
                .bind(school.0)
                .bind(connection.state.code())
                .bind(authoriser.map_err(|_| StoreError::unreadable("connections.authoriser"))?)
                .bind(connection.invited_by.as_deref())
                .bind(connection.invited_at)
                .bind(csv(&connection.asked))
                .bind(csv(&connection.granted))
                .bind(connection.secret_sealed.as_deref())
                .bind(connection.narrowed_at.is_some())
                .bind(connection.checked_at)
                .bind(connection.message.as_deref())
                .bind(connection.narrowed_at)
                .bind(connection.answered_at)
                .bind(connection.answered_by.as_deref())
                .execute(&mut *tx)
                .await?;
            if let Some(change) = ConsentWritten::of(&before, &connection) {
                write_consent!(tx, school, event, at, &connection, change);
            }
            if let Some(cause) = cause {
                sqlx::query(EVENT)
                    .bind(event)
                    .bind(school.0)
                    .bind(at)
                    .bind(connection.state.code())
                    .bind(cause)
                    .execute(&mut *tx)
                    .await?;
            }
            connection
        })
    }

    /// The last events of a school's connection, the newest first.
    pub async fn list_connection_events(
        &self,
        school: SchoolId,
        most: u32,
    ) -> Result<Vec<ConnectionEvent>, StoreError> {
        const SQL: &str = "SELECT at, state, cause FROM connection_events
            WHERE school_id = $1 ORDER BY at DESC, id DESC LIMIT $2";
        let rows: Vec<(DateTime<Utc>, String, String)> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(i64::from(most))
            .fetch_all(pool)
            .await)?;
        rows.into_iter()
            .map(|(at, state, cause)| {
                Ok(ConnectionEvent { at: timestamp(at), state: state_of(&state)?, cause })
            })
            .collect()
    }

    /// The schools that wait to become ready (or to be given back what is needed), have a secret to look with, and have not been looked
    /// at since `before`.
    pub async fn list_waiting_connections(
        &self,
        before: DateTime<Utc>,
    ) -> Result<Vec<SchoolId>, StoreError> {
        const SQL: &str = "SELECT school_id FROM connections
            WHERE state IN ('authorised', 'paused', 'installation_pending', 'rejected', 'revoked')
                AND secret_sealed IS NOT NULL
                AND (checked_at IS NULL OR checked_at < $1)
            ORDER BY checked_at, school_id";
        let rows: Vec<Uuid> =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(before).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(SchoolId).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{minute, on_both_engines, school};

    fn invited() -> StoredConnection {
        StoredConnection {
            state: ConnectionState::Invited,
            authoriser: Some(Authoriser {
                forename: "Una".into(),
                surname: "Head".into(),
                email: "una@waterside.example".into(),
                phone: None,
            }),
            invited_by: Some("Mx Office".into()),
            invited_at: Some(minute(1)),
            asked: vec![Scope::SchoolLite, Scope::Upn],
            granted: vec![Scope::SchoolLite],
            answered_at: Some(minute(1)),
            answered_by: Some("una@waterside.example".into()),
            secret_sealed: Some(vec![1, 2, 3]),
            narrowed_at: Some(minute(2)),
            checked_at: Some(minute(2)),
            message: Some("Waiting".into()),
        }
    }

    #[tokio::test]
    async fn a_connection_is_not_set_up_until_it_is_changed_and_then_it_is_what_it_was_made() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let before = store.load_connection(here).await.unwrap();
            assert!(before == StoredConnection::default());
            let changed = store
                .change_connection(here, Uuid::from_u128(1), minute(3), |connection| {
                    *connection = invited();
                    None
                })
                .await
                .unwrap();
            assert!(changed == invited());
            assert!(store.load_connection(here).await.unwrap() == invited());
            assert!(store.load_connection(there).await.unwrap() == StoredConnection::default());
        })
        .await;
    }

    #[tokio::test]
    async fn a_change_with_a_cause_stands_in_the_history_newest_first() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            for (id, minutes, state, cause) in [
                (1, 1, ConnectionState::Invited, Some("Invitation sent")),
                (2, 2, ConnectionState::Authorised, None),
                (3, 3, ConnectionState::Ready, Some("The MIS answered")),
            ] {
                store
                    .change_connection(here, Uuid::from_u128(id), minute(minutes), |connection| {
                        connection.state = state;
                        cause.map(str::to_owned)
                    })
                    .await
                    .unwrap();
            }
            let events = store.list_connection_events(here, 10).await.unwrap();
            let seen: Vec<_> =
                events.iter().map(|event| (event.state, event.cause.as_str())).collect();
            assert_eq!(
                seen,
                [
                    (ConnectionState::Ready, "The MIS answered"),
                    (ConnectionState::Invited, "Invitation sent"),
                ]
            );
            assert_eq!(events[0].at, timestamp(minute(3)));
            assert_eq!(store.list_connection_events(here, 1).await.unwrap().len(), 1);
            assert!(store.list_connection_events(there, 10).await.unwrap().is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn changes_made_at_once_are_made_one_upon_the_other() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let add = |scope, id| {
                store.change_connection(school, Uuid::from_u128(id), minute(1), move |connection| {
                    connection.granted.push(scope);
                    None
                })
            };
            let (a, b, c) = tokio::join!(
                add(Scope::SchoolLite, 1),
                add(Scope::StaffLite, 2),
                add(Scope::Upn, 3)
            );
            for changed in [a, b, c] {
                changed.unwrap();
            }
            assert_eq!(store.load_connection(school).await.unwrap().granted.len(), 3);
        })
        .await;
    }

    #[tokio::test]
    async fn only_who_waits_with_a_secret_and_has_not_been_looked_at_lately_is_looked_at() {
        on_both_engines(async |store: Store| {
            let mut waiting = Vec::new();
            for (estab, state, has_secret, checked_at) in [
                ("3281101", ConnectionState::Authorised, true, None),
                ("3281102", ConnectionState::Paused, true, Some(minute(1))),
                ("3281103", ConnectionState::InstallationPending, true, Some(minute(8))),
                ("3281104", ConnectionState::Authorised, false, None),
                ("3281105", ConnectionState::Ready, true, Some(minute(1))),
                ("3281106", ConnectionState::SecretRejected, true, None),
                ("3281107", ConnectionState::Rejected, true, Some(minute(2))),
                ("3281108", ConnectionState::Revoked, true, Some(minute(3))),
                ("3281109", ConnectionState::Revoked, false, None),
            ] {
                let school = school(&store, estab).await;
                store
                    .change_connection(school, Uuid::from_u128(1), minute(0), |connection| {
                        connection.state = state;
                        connection.secret_sealed = has_secret.then(|| vec![1]);
                        connection.checked_at = checked_at;
                        None
                    })
                    .await
                    .unwrap();
                if matches!(estab, "3281101" | "3281102" | "3281107" | "3281108") {
                    waiting.push(school);
                }
            }
            let mut found = store.list_waiting_connections(minute(5)).await.unwrap();
            found.sort();
            assert_eq!(found, waiting);
        })
        .await;
    }
}
