//! The installation's sealed secret, and which keys secrets in this database are sealed with.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, in_transaction, on};
use rollcall_engine::domain::key_id::KeyId;

/// The beginnings of all that is sealed, which say with what key. Sealed columns are those whose
/// names say so.
const IN_USE: &str = "SELECT substr(secret_sealed, 1, 8) FROM installation
    UNION SELECT substr(secret_sealed, 1, 8) FROM connections WHERE secret_sealed IS NOT NULL
    UNION SELECT substr(password_sealed, 1, 8) FROM accounts WHERE password_sealed IS NOT NULL
    UNION SELECT substr(key_sealed, 1, 8) FROM card_keys
    UNION SELECT substr(mail_sealed, 1, 8) FROM outbox WHERE length(mail_sealed) > 0";

const RECORD_KEY: &str =
    "INSERT INTO sealing_keys (id, first_seen_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";

impl Store {
    /// The installation's secret as it is sealed; none before the first start.
    pub async fn find_installation(&self) -> Result<Option<Vec<u8>>, StoreError> {
        const SQL: &str = "SELECT secret_sealed FROM installation";
        Ok(on!(self, |pool| sqlx::query_scalar(SQL).fetch_optional(pool).await)?)
    }

    /// Stores the secret of a new installation and the keys it begins with, unless another server
    /// was quicker; then nothing is stored.
    pub async fn begin_installation(
        &self,
        secret_sealed: &[u8],
        keys: &BTreeSet<KeyId>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO installation (id, secret_sealed, created_at)
            VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING";
        in_transaction!(self, |tx| {
            let begun = sqlx::query(SQL).bind(secret_sealed).bind(at).execute(&mut *tx).await?;
            if begun.rows_affected() == 1 {
                for key in keys {
                    let key = sqlx::query(RECORD_KEY).bind(key.as_bytes()).bind(at);
                    key.execute(&mut *tx).await?;
                }
            }
        })
    }

    /// Stores the same secret sealed with another key, which is recorded with it.
    pub async fn reseal_installation(
        &self,
        secret_sealed: &[u8],
        key: KeyId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE installation SET secret_sealed = $1";
        in_transaction!(self, |tx| {
            sqlx::query(RECORD_KEY).bind(key.as_bytes()).bind(at).execute(&mut *tx).await?;
            sqlx::query(SQL).bind(secret_sealed).execute(&mut *tx).await?;
        })
    }

    /// The keys that were recorded: what is here may be sealed with any of them.
    pub async fn recorded_keys(&self) -> Result<BTreeSet<KeyId>, StoreError> {
        const SQL: &str = "SELECT id FROM sealing_keys";
        let ids: Vec<Vec<u8>> = on!(self, |pool| sqlx::query_scalar(SQL).fetch_all(pool).await)?;
        Ok(ids.iter().filter_map(|id| KeyId::of_sealed(id)).collect())
    }

    /// The keys that something here is sealed with, found by looking through all of it.
    pub async fn keys_in_use(&self) -> Result<BTreeSet<KeyId>, StoreError> {
        let ids: Vec<Vec<u8>> = on!(self, |pool| sqlx::query_scalar(IN_USE).fetch_all(pool).await)?;
        Ok(ids.iter().filter_map(|id| KeyId::of_sealed(id)).collect())
    }

    /// Whether nothing has been begun here: no school was added, and no server has started.
    pub async fn is_untouched(&self) -> Result<bool, StoreError> {
        const SQL: &str =
            "SELECT (SELECT COUNT(*) FROM schools) + (SELECT COUNT(*) FROM installation)";
        let rows: i64 = on!(self, |pool| sqlx::query_scalar(SQL).fetch_one(pool).await)?;
        Ok(rows == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sqlite;
    use rollcall_engine::fixtures::account;

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::add;

    const A: KeyId = KeyId::of_bytes(*b"key one ");
    const B: KeyId = KeyId::of_bytes(*b"key two ");

    fn sealed(key: KeyId) -> Vec<u8> {
        [key.as_bytes(), b"whatever"].concat()
    }

    #[tokio::test]
    async fn an_installation_begins_once_however_many_servers_begin_it() {
        on_both_engines(async |store: Store| {
            assert!(store.is_untouched().await.unwrap());
            assert_eq!(store.find_installation().await.unwrap(), None);
            let keys = [BTreeSet::from([A]), BTreeSet::from([B])];
            let secrets = [sealed(A), sealed(B)];
            let begun = secrets.iter().zip(&keys);
            let begun =
                begun.map(|(secret, keys)| store.begin_installation(secret, keys, minute(0)));
            for begun in futures::future::join_all(begun).await {
                begun.unwrap();
            }
            let held = store.find_installation().await.unwrap().unwrap();
            let at = secrets.iter().position(|secret| *secret == held).unwrap();
            assert_eq!(store.recorded_keys().await.unwrap(), keys[at]);
            assert!(!store.is_untouched().await.unwrap());
        })
        .await;
    }

    #[tokio::test]
    async fn a_secret_that_is_sealed_again_leaves_the_older_key_on_record() {
        on_both_engines(async |store: Store| {
            store.begin_installation(&sealed(A), &BTreeSet::from([A]), minute(0)).await.unwrap();
            for _ in 0..2 {
                store.reseal_installation(&sealed(B), B, minute(1)).await.unwrap();
                assert_eq!(store.find_installation().await.unwrap(), Some(sealed(B)));
                assert_eq!(store.recorded_keys().await.unwrap(), BTreeSet::from([A, B]));
            }
        })
        .await;
    }

    #[tokio::test]
    async fn the_keys_in_use_are_those_that_something_is_sealed_with() {
        on_both_engines(async |store: Store| {
            assert_eq!(store.keys_in_use().await.unwrap(), BTreeSet::new());
            store.begin_installation(&sealed(B), &BTreeSet::from([B]), minute(0)).await.unwrap();
            let school = school(&store, "3281102").await;
            // Of a pupil's password of a test the first bytes are those of the id.
            let id = u128::from_be_bytes(*b"key one and more");
            add(&store, school, &[account(id, "Ada Lovelace")]).await;
            assert_eq!(store.keys_in_use().await.unwrap(), BTreeSet::from([A, B]));
        })
        .await;
    }

    #[tokio::test]
    async fn all_sealed_columns_are_looked_at_for_the_keys_in_use() {
        const SQLITE: &str = "SELECT t.name, c.name FROM sqlite_master t
            JOIN pragma_table_info(t.name) c WHERE c.name LIKE '%sealed'";
        const POSTGRES: &str = "SELECT table_name::TEXT, column_name::TEXT
            FROM information_schema.columns
            WHERE table_schema = current_schema() AND column_name LIKE '%sealed'";
        on_both_engines(async |store: Store| {
            let columns: Vec<(String, String)> = match &store {
                Store::Sqlite(Sqlite { pool, .. }) => {
                    sqlx::query_as(SQLITE).fetch_all(pool).await.unwrap()
                }
                Store::Postgres(pool) => sqlx::query_as(POSTGRES).fetch_all(pool).await.unwrap(),
            };
            assert!(columns.len() >= 4, "{columns:?}");
            for (table, column) in columns {
                let looked_at = format!("substr({column}, 1, 8) FROM {table}");
                assert!(IN_USE.contains(&looked_at), "{table}.{column} is left out");
            }
        })
        .await;
    }
}
