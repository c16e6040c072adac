//! Accounts: as the planner reads them, and how they are written in bulk.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use rollcall_engine::domain::accounts::{
    Account, Class, KnownThen, LastApplied, SchoolState, StoredResolution, UsernameAnswer,
};
use rollcall_engine::domain::mis_link::MisIds;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{AccountId, ClassId, SchoolId};
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::RenameAnswer;
use uuid::Uuid;

use super::account_rows::{AccountRow, account_columns, insert_accounts};
use super::class_rows::insert_classes;
use super::json::parsed;
use super::rows::{LinkColumns, kind_of};
use super::{Sqlite, Store, StoreError};

/// A new account as it is written: the account, and how its owner signs in.
#[derive(Clone)]
pub struct NewAccount {
    pub account: Account,
    pub login: NewLogin,
}

/// How the owner of a new account signs in.
#[derive(Clone)]
pub enum NewLogin {
    /// A pupil's password, sealed, and its format.
    Pupil { sealed: Vec<u8>, format: PasswordFormat },
    /// Staff have no password until they set one by their activation link.
    Staff,
}

#[derive(sqlx::FromRow)]
struct ClassRow {
    id: Uuid,
    kind: String,
    name: String,
    subject: Option<String>,
    #[sqlx(flatten)]
    link: LinkColumns,
}

#[derive(sqlx::FromRow)]
struct ResolutionRow {
    kind: String,
    mis: Option<String>,
    mis_id: String,
    mis_external_id: Option<String>,
    mis_xid: Option<String>,
    forename: String,
    surname: String,
    upn: Option<String>,
    date_of_birth: Option<NaiveDate>,
    same_as: Option<Uuid>,
}

impl TryFrom<ResolutionRow> for StoredResolution {
    type Error = StoreError;

    fn try_from(row: ResolutionRow) -> Result<Self, StoreError> {
        Ok(Self {
            kind: PersonKind::from_code(&row.kind)
                .ok_or(StoreError::unreadable("resolutions.kind"))?,
            mis: row.mis,
            ids: MisIds { id: row.mis_id, external_id: row.mis_external_id, xid: row.mis_xid },
            about: KnownThen {
                forename: row.forename,
                surname: row.surname,
                upn: row.upn,
                date_of_birth: row.date_of_birth,
            },
            same_as: row.same_as.map(AccountId),
        })
    }
}

#[derive(sqlx::FromRow)]
struct UsernameAnswerRow {
    account_id: Uuid,
    username: String,
    answer: String,
}

impl TryFrom<UsernameAnswerRow> for UsernameAnswer {
    type Error = StoreError;

    fn try_from(row: UsernameAnswerRow) -> Result<Self, StoreError> {
        Ok(Self {
            account: AccountId(row.account_id),
            username: row.username,
            answer: RenameAnswer::from_code(&row.answer)
                .ok_or(StoreError::unreadable("username_answers.answer"))?,
        })
    }
}

/// Reads a school's state within a transaction of either engine.
macro_rules! read_state {
    ($tx:ident, $school:expr) => {{
        let school = $school.0;
        let accounts: Vec<AccountRow> =
            sqlx::query_as(ACCOUNTS).bind(school).fetch_all(&mut *$tx).await?;
        let classes: Vec<ClassRow> =
            sqlx::query_as(CLASSES).bind(school).fetch_all(&mut *$tx).await?;
        let memberships: Vec<(Uuid, Uuid)> =
            sqlx::query_as(MEMBERSHIPS).bind(school).fetch_all(&mut *$tx).await?;
        let reserved: Vec<(String, Option<Uuid>)> =
            sqlx::query_as(RESERVED).bind(school).fetch_all(&mut *$tx).await?;
        let resolutions: Vec<ResolutionRow> =
            sqlx::query_as(RESOLUTIONS).bind(school).fetch_all(&mut *$tx).await?;
        let username_answers: Vec<UsernameAnswerRow> =
            sqlx::query_as(USERNAME_ANSWERS).bind(school).fetch_all(&mut *$tx).await?;
        let last_applied: Option<String> =
            sqlx::query_scalar(LAST_APPLIED).bind(school).fetch_optional(&mut *$tx).await?;
        let retention: i64 =
            sqlx::query_scalar(RETENTION).bind(school).fetch_one(&mut *$tx).await?;
        $tx.commit().await?;
        let mut state = assemble(
            accounts,
            classes,
            memberships,
            reserved,
            resolutions,
            last_applied,
            retention,
        )?;
        state.username_answers =
            username_answers.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
        Ok(state)
    }};
}

const ACCOUNTS: &str =
    concat!("SELECT id, ", account_columns!(), " FROM accounts WHERE school_id = $1 ORDER BY id");
const CLASSES: &str = "SELECT id, kind, name, subject,
        is_linked, mis, mis_id, mis_external_id, mis_xid
    FROM classes WHERE school_id = $1 ORDER BY id";
const MEMBERSHIPS: &str = "SELECT account_id, class_id FROM memberships WHERE school_id = $1";
const RESERVED: &str = "SELECT username_folded, account_id FROM reserved_usernames
    WHERE school_id = $1";
const RESOLUTIONS: &str = "SELECT kind, mis, mis_id, mis_external_id, mis_xid, forename, surname,
        upn, date_of_birth, same_as
    FROM resolutions WHERE school_id = $1 AND ended_by_run IS NULL ORDER BY kind, mis_id";
const USERNAME_ANSWERS: &str = "SELECT account_id, username, answer FROM username_answers
    WHERE school_id = $1 ORDER BY account_id";
const LAST_APPLIED: &str = "SELECT applied FROM last_applied WHERE school_id = $1";
const RETENTION: &str = "SELECT retention_months FROM schools WHERE id = $1";

fn assemble(
    accounts: Vec<AccountRow>,
    classes: Vec<ClassRow>,
    memberships: Vec<(Uuid, Uuid)>,
    reserved: Vec<(String, Option<Uuid>)>,
    resolutions: Vec<ResolutionRow>,
    last_applied: Option<String>,
    retention: i64,
) -> Result<SchoolState, StoreError> {
    let mut groups: BTreeMap<Uuid, BTreeSet<ClassId>> = BTreeMap::new();
    for (account, class) in memberships {
        groups.entry(account).or_default().insert(ClassId(class));
    }
    let accounts = accounts
        .into_iter()
        .map(|row| {
            let mut account = Account::try_from(row)?;
            account.groups = groups.remove(&account.id.0).unwrap_or_default();
            Ok(account)
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let classes = classes
        .into_iter()
        .map(|row| {
            Ok(Class {
                id: ClassId(row.id),
                kind: kind_of(&row.kind)?,
                name: row.name,
                subject: row.subject,
                link: row.link.into_link(),
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let last_applied: Option<LastApplied> =
        last_applied.map(|json| parsed(&json, "last_applied.applied")).transpose()?;
    Ok(SchoolState {
        accounts,
        classes,
        reserved_usernames: reserved
            .into_iter()
            .map(|(name, id)| (name, id.map(AccountId)))
            .collect(),
        resolutions: resolutions.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
        username_answers: Vec::new(),
        last_applied,
        retention_months: u32::try_from(retention)
            .map_err(|_| StoreError::unreadable("schools.retention_months"))?,
    })
}

impl Store {
    /// Everything of a school that a plan reads besides roster and settings, as it is at one
    /// moment: SQLite's readers see one by themselves, PostgreSQL's when they ask for it.
    pub async fn school_state(&self, school: SchoolId) -> Result<SchoolState, StoreError> {
        match self {
            Self::Sqlite(Sqlite { pool, .. }) => {
                let mut tx = pool.begin().await?;
                read_state!(tx, school)
            }
            Self::Postgres(pool) => {
                let mut tx =
                    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
                read_state!(tx, school)
            }
        }
    }

    /// Adds accounts in one transaction, outside a run: made by hand, or by the demo.
    pub async fn add_accounts(
        &self,
        school: SchoolId,
        accounts: &[NewAccount],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if accounts.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        insert_accounts(&mut tx, school, accounts, at, None).await?;
        tx.commit().await
    }

    /// Adds classes in one transaction, outside a run.
    pub async fn add_classes(
        &self,
        school: SchoolId,
        classes: &[Class],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if classes.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        insert_classes(&mut tx, school, &classes.iter().collect::<Vec<_>>(), at).await?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::fixtures::{account, link};
    use rollcall_shared::people::ClassKind;

    use super::*;
    use crate::contract::{minute, on_both_engines, school};

    fn pupil(id: u128, class: ClassId, group: ClassId) -> Account {
        let zoe = account(id, "Zoë O'Brien").with_username(&format!("ZoeO{id}"));
        zoe.linked("9660").in_class(class).in_groups([group])
    }

    #[tokio::test]
    async fn a_plan_reads_accounts_classes_and_reserved_usernames_as_they_were_written() {
        on_both_engines(async |store: Store| {
            let (school, other) =
                (school(&store, "3281102").await, school(&store, "3281103").await);
            let class = |id, kind| Class {
                id: ClassId(Uuid::from_u128(id)),
                kind,
                name: "Nursery AM".into(),
                subject: None,
                link: link("7"),
            };
            let classes = [class(1, ClassKind::Class), class(2, ClassKind::SubjectGroup)];
            store.add_classes(school, &classes, minute(1)).await.unwrap();
            let accounts: Vec<Account> =
                (10..12).map(|id| pupil(id, classes[0].id, classes[1].id)).collect();
            let new: Vec<NewAccount> = accounts
                .iter()
                .map(|account| NewAccount {
                    account: account.clone(),
                    login: NewLogin::Pupil { sealed: vec![1, 2], format: PasswordFormat::Animal },
                })
                .collect();
            store.add_accounts(school, &new, minute(2)).await.unwrap();

            let state = store.school_state(school).await.unwrap();
            assert_eq!(state.accounts, accounts);
            assert_eq!(state.classes, classes);
            let reserved = [("zoeo10", accounts[0].id), ("zoeo11", accounts[1].id)]
                .map(|(username, account)| (username.to_owned(), Some(account)));
            assert_eq!(state.reserved_usernames, BTreeMap::from(reserved));
            let elsewhere = store.school_state(other).await.unwrap();
            assert_eq!(elsewhere, SchoolState { retention_months: 12, ..Default::default() });
        })
        .await;
    }
}
