//! The record of consents: what each school consented to, from when until when, and who approved
//! it. Written with every change of a connection, in the same transaction.

use chrono::{DateTime, Utc};
use rollcall_engine::domain::accounts::LastApplied;
use rollcall_shared::connection::ConnectionState as State;
use rollcall_shared::consent::{ConsentEntry, ConsentSource};
use rollcall_shared::ids::SchoolId;
use rollcall_shared::scopes::Scope;

use super::connections::{StoredConnection, scopes_of};
use super::json::parsed;
use super::{Store, StoreError, on};
use rollcall_engine::domain::time::timestamp;

/// What a change of a connection means for the record of consents.
pub(super) struct ConsentWritten {
    /// The consent that begins; none where one only ends.
    pub begins: Option<(ConsentSource, Option<String>)>,
}

impl ConsentWritten {
    /// None where the consent is the same as before, and nobody has given it again. To ask once
    /// more changes none.
    pub(super) fn of(before: &StoredConnection, now: &StoredConnection) -> Option<Self> {
        let is_answer = now.answered_at.is_some() && before.answered_at != now.answered_at;
        let is_asked_again = now.state == State::Invited;
        if !is_answer && (is_asked_again || consent(before) == consent(now)) {
            return None;
        }
        // A paused school's answer is heard before it can be seen what it grants.
        let is_first_look = before.state == State::Paused && before.granted.is_empty();
        Some(Self {
            begins: consent(now).map(|_| match (is_answer, before.secret_sealed.is_none()) {
                (true, _) => (ConsentSource::Callback, now.answered_by.clone()),
                (false, true) => (ConsentSource::ByHand, None),
                (false, false) if is_first_look => (ConsentSource::Look, now.answered_by.clone()),
                (false, false) => (ConsentSource::Look, None),
            }),
        })
    }
}

/// What is consented to now, and under which secret; none where nothing is, or no longer. Of a
/// school that has been asked again it is not known.
fn consent(connection: &StoredConnection) -> Option<(&[Scope], &[u8])> {
    let secret = connection.secret_sealed.as_deref()?;
    let is_given = !connection.granted.is_empty()
        && !matches!(
            connection.state,
            State::NotSetUp | State::Invited | State::Revoked | State::SecretRejected
        );
    is_given.then_some((connection.granted.as_slice(), secret))
}

/// Ends the consent that goes on, within a transaction of either engine.
macro_rules! end_consents {
    ($tx:ident, $school:expr, $at:expr) => {
        sqlx::query("UPDATE consents SET ended_at = $2 WHERE school_id = $1 AND ended_at IS NULL")
            .bind($school.0)
            .bind($at)
            .execute(&mut *$tx)
            .await?
    };
}

/// Ends the consent there was and begins the new one, within a transaction of either engine.
macro_rules! write_consent {
    ($tx:ident, $school:expr, $id:expr, $at:expr, $connection:expr, $change:expr) => {{
        let connection: &StoredConnection = $connection;
        $crate::consents::end_consents!($tx, $school, $at);
        if let Some((source, approved_by)) = $change.begins {
            sqlx::query(
                "INSERT INTO consents (id, school_id, at, source, approved_by, asked, granted)
                VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind($id)
            .bind($school.0)
            .bind($at)
            .bind(source.code())
            .bind(approved_by)
            .bind(csv(&connection.asked))
            .bind(csv(&connection.granted))
            .execute(&mut *$tx)
            .await?;
        }
    }};
}

pub(super) use {end_consents, write_consent};

#[derive(sqlx::FromRow)]
struct Row {
    at: DateTime<Utc>,
    source: String,
    approved_by: Option<String>,
    asked: String,
    granted: String,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for ConsentEntry {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            at: timestamp(row.at),
            source: ConsentSource::from_code(&row.source)
                .ok_or(StoreError::unreadable("consents.source"))?,
            approved_by: row.approved_by,
            asked: scopes_of(&row.asked)?,
            granted: scopes_of(&row.granted)?,
            ended_at: row.ended_at.map(timestamp),
        })
    }
}

impl Store {
    /// A school's consents, the oldest first.
    pub async fn list_consents(&self, school: SchoolId) -> Result<Vec<ConsentEntry>, StoreError> {
        const SQL: &str = "SELECT at, source, approved_by, asked, granted, ended_at
            FROM consents WHERE school_id = $1 ORDER BY at, id";
        let rows: Vec<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_all(pool).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// What the last applied run of a school was made from; none before the first.
    pub async fn find_last_applied(
        &self,
        school: SchoolId,
    ) -> Result<Option<LastApplied>, StoreError> {
        const SQL: &str = "SELECT applied FROM last_applied WHERE school_id = $1";
        let applied: Option<String> =
            on!(self, |pool| sqlx::query_scalar(SQL).bind(school.0).fetch_optional(pool).await)?;
        applied.map(|json| parsed(&json, "last_applied.applied")).transpose()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::Sqlite;
    use super::*;
    use crate::contract::{minute, on_both_engines, school};

    #[tokio::test]
    async fn each_consent_is_recorded_with_its_source_until_the_next_one_or_its_end() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let change = async |id: u128, change: fn(&mut StoredConnection)| {
                let at = minute(i64::try_from(id).unwrap());
                store
                    .change_connection(here, Uuid::from_u128(id), at, |connection| {
                        change(connection);
                        None
                    })
                    .await
                    .unwrap();
            };
            change(1, |connection| {
                connection.state = State::Invited;
                connection.asked = vec![Scope::SchoolLite, Scope::Upn];
            })
            .await;
            change(2, |connection| {
                connection.state = State::Ready;
                connection.secret_sealed = Some(vec![1]);
                connection.answered_at = Some(minute(2));
                connection.answered_by = Some("una@waterside.example".into());
                connection.granted = vec![Scope::SchoolLite, Scope::Upn];
            })
            .await;
            change(3, |connection| connection.checked_at = Some(minute(3))).await;
            change(4, |connection| connection.granted = vec![Scope::SchoolLite]).await;
            change(5, |connection| connection.state = State::SecretRejected).await;
            let consents = store.list_consents(here).await.unwrap();
            let seen: Vec<_> = consents
                .iter()
                .map(|consent| {
                    (consent.source, consent.approved_by.as_deref(), consent.granted.len())
                })
                .collect();
            assert_eq!(
                seen,
                [
                    (ConsentSource::Callback, Some("una@waterside.example"), 2),
                    (ConsentSource::Look, None, 1),
                ]
            );
            assert_eq!(consents[0].ended_at, Some(timestamp(minute(4))));
            assert_eq!(consents[1].ended_at, Some(timestamp(minute(5))));
            assert!(store.list_consents(there).await.unwrap().is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn to_ask_again_neither_ends_a_consent_nor_begins_one() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let number = std::cell::Cell::new(0_u128);
            let change = async |state: State, answer: Option<i64>| {
                number.set(number.get() + 1);
                let (id, at) =
                    (Uuid::from_u128(number.get()), minute(i64::try_from(number.get()).unwrap()));
                let changed = store.change_connection(here, id, at, |connection| {
                    connection.state = state;
                    if let Some(at) = answer {
                        connection.secret_sealed = Some(vec![1]);
                        connection.granted = vec![Scope::SchoolLite];
                        connection.answered_at = Some(minute(at));
                        connection.answered_by = Some("una@waterside.example".into());
                    }
                    None
                });
                changed.await.unwrap();
                let consents = store.list_consents(here).await.unwrap();
                let open = consents.iter().filter(|consent| consent.ended_at.is_none()).count();
                (consents.len(), open)
            };
            assert_eq!(change(State::Rejected, Some(1)).await, (1, 1));
            assert_eq!(change(State::Invited, None).await, (1, 1), "asked again");
            assert_eq!(change(State::Ready, Some(3)).await, (2, 1), "given again");
            assert_eq!(change(State::Ready, Some(4)).await, (3, 1), "and again");
            assert_eq!(change(State::Paused, None).await, (3, 1));
            assert_eq!(change(State::SecretRejected, None).await, (3, 0));
            assert_eq!(change(State::Invited, None).await, (3, 0), "asked again");
            assert_eq!(change(State::Ready, None).await, (4, 1), "seen to be given");
            let last = store.list_consents(here).await.unwrap().pop().unwrap();
            assert_eq!((last.source, last.approved_by), (ConsentSource::Look, None));
        })
        .await;
    }

    #[tokio::test]
    async fn a_secret_given_by_hand_begins_a_consent_that_nobody_is_known_to_have_approved() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let given =
                store.change_connection(here, Uuid::from_u128(1), minute(1), |connection| {
                    connection.state = State::Ready;
                    connection.secret_sealed = Some(vec![1]);
                    connection.granted = vec![Scope::SchoolLite];
                    None
                });
            given.await.unwrap();
            let consents = store.list_consents(here).await.unwrap();
            assert_eq!(consents[0].source, ConsentSource::ByHand);
            assert_eq!((&consents[0].approved_by, &consents[0].ended_at), (&None, &None));
        })
        .await;
    }

    #[tokio::test]
    async fn a_consent_from_before_the_record_is_recorded_once_and_one_that_ended_is_not() {
        const SQLITE: &str = include_str!("../migrations/sqlite/0004_consents_before.sql");
        const POSTGRES: &str = include_str!("../migrations/postgres/0004_consents_before.sql");
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            for (school, id, state) in [(here, 1, State::Ready), (there, 2, State::Revoked)] {
                let change = |connection: &mut StoredConnection| {
                    connection.state = state;
                    connection.asked = vec![Scope::SchoolLite, Scope::Upn];
                    connection.granted = vec![Scope::SchoolLite];
                    connection.secret_sealed = Some(vec![1]);
                    connection.answered_at = Some(minute(2));
                    None
                };
                store
                    .change_connection(school, Uuid::from_u128(id), minute(3), change)
                    .await
                    .unwrap();
            }
            on!(&store, |pool| sqlx::query("DELETE FROM consents").execute(pool).await.map(|_| ()))
                .unwrap();
            for _ in 0..2 {
                match &store {
                    Store::Sqlite(Sqlite { pool, .. }) => {
                        sqlx::raw_sql(SQLITE).execute(pool).await.map(|_| ())
                    }
                    Store::Postgres(pool) => {
                        sqlx::raw_sql(POSTGRES).execute(pool).await.map(|_| ())
                    }
                }
                .unwrap();
            }
            let consents = store.list_consents(here).await.unwrap();
            assert_eq!(consents.len(), 1);
            assert_eq!(consents[0].at, timestamp(minute(2)));
            assert_eq!(consents[0].source, ConsentSource::Look);
            assert_eq!(consents[0].granted, [Scope::SchoolLite]);
            assert_eq!((&consents[0].approved_by, &consents[0].ended_at), (&None, &None));
            assert!(store.list_consents(there).await.unwrap().is_empty());
        })
        .await;
    }
}
