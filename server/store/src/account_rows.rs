//! The one writer of what a plan or an admin may change of an account, and in which columns it stands.
//! Only what a school erases as it disconnects is written elsewhere, for all accounts at once.

use chrono::{DateTime, NaiveDate, Utc};
use rollcall_engine::domain::accounts::{Account, Waiting};
use rollcall_shared::ids::{AccountId, ClassId, SchoolId};
use rollcall_shared::people::Role;
use rollcall_shared::year_group::YearGroup;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::people::{NewAccount, NewLogin};
use super::rows::{LinkColumns, folded, kept_of, kept_text, status_code, status_of};
use super::{MOST_BINDS, StoreError, Tx, on_tx};

/// What an account holds that a plan or an admin may change.
macro_rules! account_columns {
    () => {
        "role, status, forename, surname, legal_forename, legal_surname, username, email, \
         kept_fields, year, class_id, upn, former_upn, date_of_birth, is_waiting, starts_on, \
         left_at, purge_on, is_linked, mis, mis_id, mis_external_id, mis_xid"
    };
}
pub(super) use account_columns;

/// What follows from it, to sort, to search and to compare by.
macro_rules! derived_columns {
    () => {
        "sort_name, search, username_folded, email_folded"
    };
}

/// All that is written of an account when it changes, in the order of `bind_account`.
const COLUMNS: &str = concat!(account_columns!(), ", ", derived_columns!());

const INSERT: &str = concat!(
    "INSERT INTO accounts (",
    account_columns!(),
    ", ",
    derived_columns!(),
    ", id, school_id, password_sealed, password_format, created_at, updated_at, created_by_run) "
);

const FIND: &str =
    concat!("SELECT id, ", account_columns!(), " FROM accounts WHERE school_id = $1 AND id = $2");

/// Binds [`COLUMNS`] of an account.
macro_rules! bind_account {
    ($row:ident, $account:expr) => {{
        let account: &Account = $account;
        let (text, link) = (SearchText::of(account), account.link.as_ref());
        $row.push_bind(account.role.code())
            .push_bind(status_code(account.status))
            .push_bind(account.forename.as_str())
            .push_bind(account.surname.as_str())
            .push_bind(account.legal_forename.as_deref())
            .push_bind(account.legal_surname.as_deref())
            .push_bind(account.username.as_str())
            .push_bind(account.email.as_deref())
            .push_bind(kept_text(&account.kept))
            .push_bind(account.year.map(YearGroup::number))
            .push_bind(account.class.map(|class| class.0))
            .push_bind(account.upn.as_deref())
            .push_bind(account.former_upn.as_deref())
            .push_bind(account.date_of_birth)
            .push_bind(account.waiting.is_some())
            .push_bind(account.waiting.and_then(|waiting| waiting.starts_on))
            .push_bind(account.left_at)
            .push_bind(account.purge_on)
            .push_bind(link.is_some())
            .push_bind(link.and_then(|link| link.mis.as_deref()))
            .push_bind(link.map(|link| link.ids.id.as_str()))
            .push_bind(link.and_then(|link| link.ids.external_id.as_deref()))
            .push_bind(link.and_then(|link| link.ids.xid.as_deref()))
            .push_bind(text.sort_name)
            .push_bind(text.search)
            .push_bind(account.username.to_lowercase())
            .push_bind(account.email.as_ref().map(|email| email.to_lowercase()));
    }};
}

/// Rows of the widest statement.
const ROWS: usize = MOST_BINDS / 40;

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
            groups: std::collections::BTreeSet::new(),
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

/// The text an account is sorted and searched by.
struct SearchText {
    sort_name: String,
    search: String,
}

impl SearchText {
    fn of(account: &Account) -> Self {
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

/// Takes the row of an account: PostgreSQL would let others change it between reading and writing.
const TAKE: &str = "UPDATE accounts SET status = status WHERE school_id = $1 AND id = $2";

/// An account as it stands, without its memberships. Nobody else changes it until the transaction has
/// ended: what is written afterwards would put theirs back.
pub(super) async fn find_account(
    tx: &mut Tx,
    school: SchoolId,
    account: AccountId,
) -> Result<Option<Account>, StoreError> {
    let row: Option<AccountRow> = on_tx!(tx, |tx| {
        sqlx::query(TAKE).bind(school.0).bind(account.0).execute(&mut *tx).await?;
        sqlx::query_as(FIND).bind(school.0).bind(account.0).fetch_optional(&mut *tx).await?
    });
    row.map(TryInto::try_into).transpose()
}

/// Writes new accounts, their reserved usernames and their memberships.
pub(super) async fn insert_accounts(
    tx: &mut Tx,
    school: SchoolId,
    accounts: &[NewAccount],
    at: DateTime<Utc>,
    run: Option<Uuid>,
) -> Result<(), StoreError> {
    for accounts in accounts.chunks(ROWS) {
        on_tx!(tx, |tx| {
            let mut insert = QueryBuilder::new(INSERT);
            insert.push_values(accounts, |mut row, new| {
                let (sealed, format) = match &new.login {
                    NewLogin::Pupil { sealed, format } => {
                        (Some(sealed.as_slice()), Some(format.code()))
                    }
                    NewLogin::Staff => (None, None),
                };
                bind_account!(row, &new.account);
                row.push_bind(new.account.id.0)
                    .push_bind(school.0)
                    .push_bind(sealed)
                    .push_bind(format)
                    .push_bind(at)
                    .push_bind(at)
                    .push_bind(run);
            });
            insert.build().execute(&mut *tx).await?;
        });
    }
    let names = |new: &NewAccount| (new.account.username.to_lowercase(), new.account.id.0);
    reserve_usernames(tx, school, &accounts.iter().map(names).collect::<Vec<_>>()).await?;
    let members: Vec<(Uuid, Uuid)> = accounts
        .iter()
        .flat_map(|new| new.account.groups.iter().map(|class| (class.0, new.account.id.0)))
        .collect();
    insert_members(tx, school, &members).await
}

/// Writes accounts as they are after a change, each as long as it has the role and status it had
/// before: what an admin did by hand meanwhile is not undone. Says how many were written.
pub(super) async fn update_accounts(
    tx: &mut Tx,
    school: SchoolId,
    changes: &[(&Account, &Account)],
    at: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let columns = || COLUMNS.split(", ");
    let set: Vec<String> =
        columns().zip(2..).map(|(column, place)| format!("{column} = v.column{place}")).collect();
    let set = set.join(", ");
    let role = columns().count() + 2;
    let as_before = format!(
        ") AS v WHERE accounts.id = v.column1 AND accounts.role = v.column{role}
            AND accounts.status = v.column{} AND (accounts.school_id = ",
        role + 1
    );
    let mut written = 0;
    for changes in changes.chunks(ROWS) {
        written += on_tx!(tx, |tx| {
            let mut update = QueryBuilder::new("UPDATE accounts SET updated_at = ");
            update.push_bind(at).push(", ").push(&set).push(" FROM (");
            update.push_values(changes, |mut row, (before, after)| {
                row.push_bind(after.id.0);
                bind_account!(row, after);
                row.push_bind(before.role.code()).push_bind(status_code(before.status));
            });
            update.push(&as_before).push_bind(school.0).push(") IS TRUE");
            update.build().execute(&mut *tx).await?.rows_affected()
        });
    }
    Ok(written)
}

/// Reserves usernames (folded) for ever for the account of each.
pub(super) async fn reserve_usernames(
    tx: &mut Tx,
    school: SchoolId,
    usernames: &[(String, Uuid)],
) -> Result<(), StoreError> {
    for usernames in usernames.chunks(MOST_BINDS / 3) {
        on_tx!(tx, |tx| {
            let mut insert = QueryBuilder::new(
                "INSERT INTO reserved_usernames (school_id, username_folded, account_id) ",
            );
            insert.push_values(usernames, |mut row, (username, account)| {
                row.push_bind(school.0).push_bind(username.as_str()).push_bind(*account);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *tx).await?;
        });
    }
    Ok(())
}

/// Adds `(class, account)` memberships.
pub(super) async fn insert_members(
    tx: &mut Tx,
    school: SchoolId,
    members: &[(Uuid, Uuid)],
) -> Result<(), StoreError> {
    for members in members.chunks(MOST_BINDS / 3) {
        on_tx!(tx, |tx| {
            let mut insert =
                QueryBuilder::new("INSERT INTO memberships (school_id, class_id, account_id) ");
            insert.push_values(members, |mut row, (class, account)| {
                row.push_bind(school.0).push_bind(*class).push_bind(*account);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *tx).await?;
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rollcall_engine::fixtures::{account_id, class, day, link, upn};
    use rollcall_shared::people::AccountStatus;
    use rollcall_shared::plan::PersonField;

    use super::super::Store;
    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::{add, add_classes};

    /// An account with something in every field. All are named, so that a new one is not forgotten.
    fn filled(class: ClassId) -> Account {
        Account {
            id: account_id(1),
            role: Role::Pupil,
            status: AccountStatus::Trash,
            forename: "Zoë".into(),
            surname: "O'Brien".into(),
            legal_forename: Some("Zoéline".into()),
            legal_surname: Some("Brien".into()),
            username: "ZoeO".into(),
            email: Some("zoe@waterside.example".into()),
            year: Some(YearGroup::Nursery),
            class: Some(class),
            groups: BTreeSet::new(),
            upn: upn(1),
            former_upn: upn(2),
            date_of_birth: day("2022-02-03"),
            link: link("9660"),
            waiting: Some(Waiting { starts_on: day("2026-09-08") }),
            left_at: Some(minute(3)),
            purge_on: day("2027-09-01"),
            kept: [PersonField::Forename, PersonField::Class].into(),
        }
    }

    #[tokio::test]
    async fn every_field_of_an_account_is_read_as_it_was_added_and_as_it_was_changed() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let oak = class(1, "Oak");
            add_classes(&store, school, std::slice::from_ref(&oak)).await;
            let filled = filled(oak.id);
            let empty = Account {
                status: filled.status,
                ..Account::named(filled.id, filled.role, "Ben", "Wood")
            };
            let stored = async || store.school_state(school).await.unwrap().accounts;
            add(&store, school, std::slice::from_ref(&filled)).await;
            assert_eq!(stored().await, std::slice::from_ref(&filled));
            for (before, after) in [(&filled, &empty), (&empty, &filled)] {
                let mut tx = store.begin().await.unwrap();
                let changes = [(before, after)];
                assert_eq!(update_accounts(&mut tx, school, &changes, minute(4)).await.unwrap(), 1);
                tx.commit().await.unwrap();
                assert_eq!(stored().await, std::slice::from_ref(after));
            }
        })
        .await;
    }
}
