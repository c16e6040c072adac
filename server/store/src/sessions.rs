//! Sessions: who is signed in, under the hash of the token in their cookie.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::people::Role;
use rollcall_shared::session::Me;
use uuid::Uuid;

use super::schools::StoredSchool;
use super::{Store, StoreError, on};

/// The hash of a token; only it is stored.
pub type TokenHash = [u8; 32];

/// A session to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub hash: TokenHash,
    pub school: SchoolId,
    pub account: AccountId,
    pub expires_at: DateTime<Utc>,
}

/// Somebody who is signed in, with their school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedInPerson {
    pub account: AccountId,
    pub role: Role,
    pub forename: String,
    pub surname: String,
    pub school: StoredSchool,
    /// When the last request came.
    pub seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl SignedInPerson {
    /// As others are told who did something.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.forename, self.surname).trim().to_owned()
    }
}

impl From<SignedInPerson> for Me {
    fn from(person: SignedInPerson) -> Self {
        Self {
            account: person.account,
            role: person.role,
            forename: person.forename,
            surname: person.surname,
            school: person.school.into(),
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    account_id: Uuid,
    role: String,
    forename: String,
    surname: String,
    school_id: Uuid,
    estab: String,
    slug: String,
    name: String,
    retention_months: i64,
    seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl TryFrom<Row> for SignedInPerson {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            account: AccountId(row.account_id),
            role: Role::from_code(&row.role)
                .ok_or_else(|| StoreError::unreadable("accounts.role"))?,
            forename: row.forename,
            surname: row.surname,
            school: StoredSchool {
                id: SchoolId(row.school_id),
                estab: row.estab.parse().map_err(|_| StoreError::unreadable("schools.estab"))?,
                slug: row.slug,
                name: row.name,
                retention_months: u32::try_from(row.retention_months)
                    .map_err(|_| StoreError::unreadable("schools.retention_months"))?,
            },
            seen_at: row.seen_at,
            expires_at: row.expires_at,
        })
    }
}

/// A session as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredSession {
    pub hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
}

impl Store {
    pub async fn begin_session(
        &self,
        session: &NewSession,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO sessions
                (hash, school_id, account_id, created_at, seen_at, expires_at)
            VALUES ($1, $2, $3, $4, $4, $5)";
        on!(self, |pool| sqlx::query(SQL)
            .bind(session.hash.as_slice())
            .bind(session.school.0)
            .bind(session.account.0)
            .bind(at)
            .bind(session.expires_at)
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Who is signed in under this token; nobody, if their account has gone to the trash or their
    /// sign-in is blocked.
    pub async fn find_session(
        &self,
        hash: &TokenHash,
    ) -> Result<Option<SignedInPerson>, StoreError> {
        const SQL: &str = "SELECT a.id AS account_id, a.role, a.forename, a.surname,
                s.id AS school_id, s.estab, s.slug, s.name, s.retention_months,
                e.seen_at, e.expires_at
            FROM sessions e
            JOIN accounts a ON a.id = e.account_id AND a.status = 'active'
                AND a.blocked_at IS NULL
            JOIN schools s ON s.id = e.school_id
            WHERE e.hash = $1";
        let row: Option<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(hash.as_slice()).fetch_optional(pool).await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// Notes that a request came.
    pub async fn touch_session(
        &self,
        hash: &TokenHash,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE sessions SET seen_at = $2 WHERE hash = $1";
        on!(self, |pool| sqlx::query(SQL)
            .bind(hash.as_slice())
            .bind(at)
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Ends all sessions of a person but this one.
    pub async fn end_other_sessions(
        &self,
        school: SchoolId,
        account: AccountId,
        but: &TokenHash,
    ) -> Result<u64, StoreError> {
        const SQL: &str =
            "DELETE FROM sessions WHERE school_id = $1 AND account_id = $2 AND hash <> $3";
        Ok(on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(account.0)
            .bind(but.as_slice())
            .execute(pool)
            .await?
            .rows_affected()))
    }

    /// The sessions of a person that were used after `seen_after` and expire after `now`, the newest
    /// first.
    pub async fn list_sessions(
        &self,
        school: SchoolId,
        account: AccountId,
        seen_after: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<StoredSession>, StoreError> {
        const SQL: &str = "SELECT hash, created_at, seen_at FROM sessions
            WHERE school_id = $1 AND account_id = $2 AND seen_at > $3 AND expires_at > $4
            ORDER BY created_at DESC, hash";
        Ok(on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(account.0)
            .bind(seen_after)
            .bind(now)
            .fetch_all(pool)
            .await)?)
    }

    pub async fn end_session(&self, hash: &TokenHash) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM sessions WHERE hash = $1";
        on!(self, |pool| sqlx::query(SQL).bind(hash.as_slice()).execute(pool).await.map(|_| ()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::fixtures::{account, staff_account};

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::add;

    async fn begin(store: &Store, hash: u8, school: SchoolId, account: AccountId) {
        let session =
            NewSession { hash: [hash; 32], school, account, expires_at: minute(i64::from(hash)) };
        store.begin_session(&session, minute(0)).await.unwrap();
    }

    #[tokio::test]
    async fn a_session_tells_who_is_signed_in_and_at_which_school() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let ama = staff_account(1, "Ama Okafor");
            add(&store, school, std::slice::from_ref(&ama)).await;
            begin(&store, 9, school, ama.id).await;
            store.touch_session(&[9; 32], minute(3)).await.unwrap();
            let person = store.find_session(&[9; 32]).await.unwrap().unwrap();
            assert_eq!((person.account, person.role), (ama.id, Role::Teacher));
            assert_eq!((person.school.id, person.name().as_str()), (school, "Ama Okafor"));
            assert_eq!((person.seen_at, person.expires_at), (minute(3), minute(9)));
            assert_eq!(store.find_session(&[8; 32]).await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_in_the_trash_is_signed_in_and_being_restored_signs_nobody_in() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let zoe = account(1, "Zoe Li").left();
            add(&store, school, std::slice::from_ref(&zoe)).await;
            begin(&store, 9, school, zoe.id).await;
            assert_eq!(store.find_session(&[9; 32]).await.unwrap(), None);
            assert!(store.restore_person(school, zoe.id, minute(9)).await.unwrap());
            assert_eq!(store.find_session(&[9; 32]).await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn a_session_ends_when_it_is_ended_swept_or_the_password_is_set() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let (ama, ben) = (staff_account(1, "Ama Okafor"), staff_account(2, "Ben Abel"));
            add(&store, school, &[ama.clone(), ben.clone()]).await;
            for hash in 1..=4 {
                begin(&store, hash, school, ama.id).await;
            }
            begin(&store, 5, school, ben.id).await;
            let holds = async |hash| store.find_session(&[hash; 32]).await.unwrap().is_some();
            store.end_session(&[4; 32]).await.unwrap();
            assert!(!holds(4).await && holds(3).await);
            store.sweep_sessions(minute(2)).await.unwrap();
            assert!(!holds(1).await && !holds(2).await && holds(3).await);
            store.set_staff_password(school, ama.id, "hash", minute(0)).await.unwrap();
            assert!(!holds(3).await && holds(5).await);
        })
        .await;
    }
}
