//! The keys in the QR codes of pupils' login cards: sealed, to be printed again, and hashed, to be
//! found.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, SchoolId};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{MOST_BINDS, Store, StoreError, in_transaction, on};

/// The hash of a card's key.
pub type CardHash = [u8; 32];

/// A key for the cards of one pupil.
#[derive(Clone, Debug)]
pub struct CardKey {
    pub account: AccountId,
    pub hash: CardHash,
    pub sealed: Vec<u8>,
}

const BINDS_A_KEY: usize = 5;

impl Store {
    /// The sealed keys of all cards of a school, by pupil.
    pub async fn list_card_keys(
        &self,
        school: SchoolId,
    ) -> Result<HashMap<AccountId, Vec<u8>>, StoreError> {
        const SQL: &str = "SELECT account_id, key_sealed FROM card_keys WHERE school_id = $1";
        let rows: Vec<(Uuid, Vec<u8>)> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(|(account, sealed)| (AccountId(account), sealed)).collect())
    }

    /// Keeps the keys of cards that are printed for the first time; a pupil who has one by now keeps
    /// that.
    pub async fn add_card_keys(
        &self,
        school: SchoolId,
        keys: &[CardKey],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        in_transaction!(self, |tx| {
            for some in keys.chunks(MOST_BINDS / BINDS_A_KEY) {
                let mut insert = QueryBuilder::new(
                    "INSERT INTO card_keys (account_id, school_id, hash, key_sealed, made_at) ",
                );
                insert.push_values(some, |mut row, key| {
                    row.push_bind(key.account.0)
                        .push_bind(school.0)
                        .push_bind(key.hash.to_vec())
                        .push_bind(key.sealed.clone())
                        .push_bind(at);
                });
                insert.push(" ON CONFLICT (account_id) DO NOTHING");
                insert.build().execute(&mut *tx).await?;
            }
        })
    }

    /// Ends the key of a pupil's cards. False if they had none.
    pub async fn end_card_key(
        &self,
        school: SchoolId,
        account: AccountId,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "DELETE FROM card_keys WHERE school_id = $1 AND account_id = $2";
        let rows = on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(account.0)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(rows > 0)
    }
}
