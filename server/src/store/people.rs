//! Accounts: as the planner reads them, and how they are written in bulk.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{AccountId, ClassId, SchoolId};
use rollcall_shared::people::{PersonKind, Role};
use rollcall_shared::plan::RenameAnswer;
use rollcall_shared::year_group::YearGroup;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::rows::{LinkColumns, folded, kept_of, kind_code, kind_of, status_of};
use super::{Store, StoreError, in_transaction, on};
use crate::sync::accounts::{
    Account, Class, KnownThen, LastApplied, SchoolState, StoredResolution, UsernameAnswer, Waiting,
};
use crate::sync::roster::MisIds;

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

/// An account without its memberships.
#[derive(sqlx::FromRow)]
pub(super) struct AccountRow {
    id: Uuid,
    role: String,
    status: String,
    forename: String,
    surname: String,
    legal_forename: Option<String>,
    legal_surname: Option<String>,
    username: String,
    email: Option<String>,
    kept_fields: String,
    year: Option<i16>,
    class_id: Option<Uuid>,
    upn: Option<String>,
    former_upn: Option<String>,
    date_of_birth: Option<NaiveDate>,
    is_waiting: bool,
    starts_on: Option<NaiveDate>,
    left_at: Option<DateTime<Utc>>,
    purge_on: Option<NaiveDate>,
    #[sqlx(flatten)]
    link: LinkColumns,
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: AccountId(row.id),
            role: Role::from_code(&row.role).ok_or(StoreError::unreadable("accounts.role"))?,
            status: status_of(&row.status)?,
            forename: row.forename,
            surname: row.surname,
            legal_forename: row.legal_forename,
            legal_surname: row.legal_surname,
            username: row.username,
            email: row.email,
            kept: kept_of(&row.kept_fields)?,
            year: row.year.and_then(YearGroup::from_number),
            class: row.class_id.map(ClassId),
            groups: BTreeSet::new(),
            upn: row.upn,
            former_upn: row.former_upn,
            date_of_birth: row.date_of_birth,
            link: row.link.into_link(),
            waiting: row.is_waiting.then_some(Waiting { starts_on: row.starts_on }),
            left_at: row.left_at,
            purge_on: row.purge_on,
        })
    }
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

/// The columns of [`AccountRow`].
macro_rules! account_columns {
    () => {
        "id, role, status, forename, surname, legal_forename, legal_surname, username, email,
            kept_fields, year, class_id, upn, former_upn, date_of_birth, is_waiting,
            starts_on, left_at, purge_on, is_linked, mis, mis_id, mis_external_id, mis_xid"
    };
}
pub(super) use account_columns;

const ACCOUNTS: &str =
    concat!("SELECT ", account_columns!(), " FROM accounts WHERE school_id = $1 ORDER BY id");
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
    let last_applied: Option<LastApplied> = last_applied
        .map(|json| serde_json::from_str(&json))
        .transpose()
        .map_err(|_| StoreError::unreadable("last_applied.applied"))?;
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

/// Writes new accounts, their reserved usernames and their memberships within a transaction of
/// either engine: `insert_accounts!(tx, school, accounts, at, run)`.
///
macro_rules! insert_accounts {
    ($tx:ident, $school:expr, $accounts:expr, $at:expr, $run:expr) => {{
        let (school, accounts, at, run): (
            rollcall_shared::ids::SchoolId,
            &[$crate::store::people::NewAccount],
            chrono::DateTime<chrono::Utc>,
            Option<uuid::Uuid>,
        ) = ($school, $accounts, $at, $run);
        for accounts in accounts.chunks($crate::store::MOST_BINDS / 32) {
            let mut insert = sqlx::QueryBuilder::new($crate::store::people::INSERT_ACCOUNTS);
            insert.push_values(accounts, |mut row, new| {
                let account = &new.account;
                let text = $crate::store::people::SearchText::of(account);
                let (ids, mis) = match &account.link {
                    Some(link) => (Some(&link.ids), link.mis.as_deref()),
                    None => (None, None),
                };
                let (sealed, format) = match &new.login {
                    $crate::store::people::NewLogin::Pupil { sealed, format } => {
                        (Some(sealed.clone()), Some(format.code()))
                    }
                    $crate::store::people::NewLogin::Staff => (None, None),
                };
                row.push_bind(account.id.0)
                    .push_bind(school.0)
                    .push_bind(account.role.code())
                    .push_bind($crate::store::rows::status_code(account.status))
                    .push_bind(account.forename.clone())
                    .push_bind(account.surname.clone())
                    .push_bind(text.sort_name)
                    .push_bind(text.search)
                    .push_bind(account.legal_forename.clone())
                    .push_bind(account.legal_surname.clone())
                    .push_bind(account.username.clone())
                    .push_bind(account.username.to_lowercase())
                    .push_bind(account.email.clone())
                    .push_bind(account.email.as_ref().map(|email| email.to_lowercase()))
                    .push_bind($crate::store::rows::kept_text(&account.kept))
                    .push_bind(account.year.map(rollcall_shared::year_group::YearGroup::number))
                    .push_bind(account.class.map(|class| class.0))
                    .push_bind(account.upn.clone())
                    .push_bind(account.former_upn.clone())
                    .push_bind(account.date_of_birth)
                    .push_bind(ids.is_some())
                    .push_bind(mis.map(str::to_owned))
                    .push_bind(ids.map(|ids| ids.id.clone()))
                    .push_bind(ids.and_then(|ids| ids.external_id.clone()))
                    .push_bind(ids.and_then(|ids| ids.xid.clone()))
                    .push_bind(sealed)
                    .push_bind(format)
                    .push_bind(at)
                    .push_bind(run)
                    .push_bind(account.waiting.is_some())
                    .push_bind(account.waiting.and_then(|waiting| waiting.starts_on))
                    .push_bind(account.left_at)
                    .push_bind(account.purge_on);
            });
            insert.build().execute(&mut *$tx).await?;
            $crate::store::people::reserve_usernames!(
                $tx,
                school,
                accounts.iter().map(|new| (new.account.username.to_lowercase(), new.account.id.0))
            );
        }
        let members: Vec<(uuid::Uuid, uuid::Uuid)> = accounts
            .iter()
            .flat_map(|new| new.account.groups.iter().map(|class| (class.0, new.account.id.0)))
            .collect();
        $crate::store::people::insert_members!($tx, school, &members);
    }};
}

/// Reserves usernames (folded) for ever for the account of each, within a transaction of either
/// engine.
macro_rules! reserve_usernames {
    ($tx:ident, $school:expr, $usernames:expr) => {{
        let mut insert = sqlx::QueryBuilder::new(
            "INSERT INTO reserved_usernames (school_id, username_folded, account_id) ",
        );
        insert.push_values($usernames, |mut row, (username, account): (String, uuid::Uuid)| {
            row.push_bind($school.0).push_bind(username).push_bind(account);
        });
        insert.push(" ON CONFLICT DO NOTHING");
        insert.build().execute(&mut *$tx).await?;
    }};
}

/// Adds `(class, account)` memberships, within a transaction of either engine.
macro_rules! insert_members {
    ($tx:ident, $school:expr, $members:expr) => {{
        let members: &[(uuid::Uuid, uuid::Uuid)] = $members;
        for members in members.chunks($crate::store::MOST_BINDS / 3) {
            let mut insert = sqlx::QueryBuilder::new(
                "INSERT INTO memberships (school_id, class_id, account_id) ",
            );
            insert.push_values(members, |mut row, (class, account)| {
                row.push_bind($school.0).push_bind(*class).push_bind(*account);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *$tx).await?;
        }
    }};
}

/// The columns that `insert_accounts!` fills, in its order.
pub(crate) const INSERT_ACCOUNTS: &str = "INSERT INTO accounts (id, school_id, role, status,
    forename, surname, sort_name, search, legal_forename, legal_surname, username,
    username_folded, email, email_folded, kept_fields, year, class_id, upn, former_upn,
    date_of_birth, is_linked, mis, mis_id, mis_external_id, mis_xid, password_sealed,
    password_format, created_at, created_by_run, is_waiting, starts_on, left_at, purge_on) ";

pub(crate) use {insert_accounts, insert_members, reserve_usernames};

/// The text an account is sorted and searched by.
pub(crate) struct SearchText {
    pub sort_name: String,
    pub search: String,
}

impl SearchText {
    pub(crate) fn of(account: &Account) -> Self {
        let (forename, surname) = (folded(&account.forename), folded(&account.surname));
        let email = account.email.as_deref().unwrap_or_default().to_lowercase();
        Self {
            search: format!(
                "{forename} {surname} {forename} {} {email}",
                account.username.to_lowercase()
            ),
            sort_name: format!("{surname}, {forename}"),
        }
    }
}

impl Store {
    /// Everything of a school that a plan reads besides roster and settings, as it is at one
    /// moment: SQLite's readers see one by themselves, PostgreSQL's when they ask for it.
    pub async fn school_state(&self, school: SchoolId) -> Result<SchoolState, StoreError> {
        match self {
            Self::Sqlite(pool) => {
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
        in_transaction!(self, |tx| {
            insert_accounts!(tx, school, accounts, at, None);
        })
    }

    /// Adds classes in one transaction, outside a run.
    pub async fn add_classes(
        &self,
        school: SchoolId,
        classes: &[Class],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO classes (id, school_id, kind, name, subject, is_linked,
            mis, mis_id, mis_external_id, mis_xid, created_at) ";
        if classes.is_empty() {
            return Ok(());
        }
        on!(self, |pool| {
            let mut insert = QueryBuilder::new(SQL);
            insert.push_values(classes, |mut row, class| {
                let link = class.link.as_ref();
                row.push_bind(class.id.0)
                    .push_bind(school.0)
                    .push_bind(kind_code(class.kind))
                    .push_bind(class.name.clone())
                    .push_bind(class.subject.clone())
                    .push_bind(link.is_some())
                    .push_bind(link.and_then(|link| link.mis.clone()))
                    .push_bind(link.map(|link| link.ids.id.clone()))
                    .push_bind(link.and_then(|link| link.ids.external_id.clone()))
                    .push_bind(link.and_then(|link| link.ids.xid.clone()))
                    .push_bind(at);
            });
            insert.build().execute(pool).await?;
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rollcall_shared::people::{AccountStatus, ClassKind};

    use super::*;
    use crate::store::contract::{minute, on_both_engines, school};
    use crate::sync::accounts::MisLink;

    fn link(id: &str) -> MisLink {
        MisLink {
            mis: Some("simsnet".into()),
            ids: MisIds { id: id.into(), external_id: Some("guid".into()), xid: None },
        }
    }

    fn pupil(id: u128, class: ClassId, group: ClassId) -> Account {
        Account {
            id: AccountId(Uuid::from_u128(id)),
            role: Role::Pupil,
            status: AccountStatus::Active,
            forename: "Zoë".into(),
            surname: "O'Brien".into(),
            legal_forename: None,
            legal_surname: Some("Brien".into()),
            username: format!("ZoeO{id}"),
            email: None,
            kept: BTreeSet::new(),
            year: Some(YearGroup::Nursery),
            class: Some(class),
            groups: BTreeSet::from([group]),
            upn: Some("A823456789012".into()),
            former_upn: None,
            date_of_birth: NaiveDate::from_ymd_opt(2022, 2, 3),
            link: Some(link("9660")),
            waiting: (id == 11)
                .then_some(Waiting { starts_on: NaiveDate::from_ymd_opt(2026, 9, 1) }),
            left_at: None,
            purge_on: None,
        }
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
                link: Some(link("7")),
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
