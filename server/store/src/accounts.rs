//! One account at a time: how its owner signs in, and what an admin does with it by hand.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use rollcall_engine::domain::accounts::{Account, Waiting};
use rollcall_shared::card::CardsRequest;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{AccountId, ClassId, SchoolId};
use rollcall_shared::people::{AccountStatus, Role};
use rollcall_shared::plan::PersonField;
use rollcall_shared::year_group::YearGroup;
use uuid::Uuid;

use super::account_rows::{find_account, update_accounts};
use super::activation::END_SESSIONS;
use super::card_keys::CardHash;
use super::error::is_taken;
use super::{Store, StoreError, in_transaction, on, on_tx};

/// What an active account's owner signs in with.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub account: AccountId,
    pub role: Role,
    pub username: String,
    /// Pupils: sealed, so that it can be printed again, and its format.
    pub password_sealed: Option<Vec<u8>>,
    pub password_format: Option<PasswordFormat>,
    /// Staff, once they have set a password: its argon2id hash.
    pub password_hash: Option<String>,
    /// Set while the account is not open yet.
    pub waiting: Option<Waiting>,
    /// Whether an admin has blocked their sign-in.
    pub is_blocked: bool,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("account", &self.account).finish_non_exhaustive()
    }
}

/// What a pupil's login card is made of.
#[derive(Clone, PartialEq, Eq)]
pub struct PupilLogin {
    pub account: AccountId,
    pub forename: String,
    pub surname: String,
    /// Two classes may have one name.
    pub class_id: Option<ClassId>,
    /// The class's name.
    pub class: Option<String>,
    pub username: String,
    pub format: PasswordFormat,
    pub password_sealed: Vec<u8>,
}

impl fmt::Debug for PupilLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PupilLogin").field("account", &self.account).finish_non_exhaustive()
    }
}

/// Why somebody could not be brought back from the trash.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("somebody else has that e-mail address now")]
    EmailTaken,
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for RestoreError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) if is_taken(&error) => Self::EmailTaken,
            error => Self::Store(error),
        }
    }
}

impl From<sqlx::Error> for RestoreError {
    fn from(error: sqlx::Error) -> Self {
        StoreError::from(error).into()
    }
}

#[derive(sqlx::FromRow)]
struct LoginRow {
    id: Uuid,
    role: String,
    username: String,
    password_sealed: Option<Vec<u8>>,
    password_format: Option<String>,
    password_hash: Option<String>,
    is_waiting: bool,
    starts_on: Option<NaiveDate>,
    is_blocked: bool,
}

impl TryFrom<LoginRow> for Login {
    type Error = StoreError;

    fn try_from(row: LoginRow) -> Result<Self, StoreError> {
        Ok(Self {
            account: AccountId(row.id),
            role: Role::from_code(&row.role).ok_or(StoreError::unreadable("accounts.role"))?,
            username: row.username,
            password_sealed: row.password_sealed,
            password_format: row.password_format.as_deref().map(format_of).transpose()?,
            password_hash: row.password_hash,
            waiting: row.is_waiting.then_some(Waiting { starts_on: row.starts_on }),
            is_blocked: row.is_blocked,
        })
    }
}

#[derive(sqlx::FromRow)]
struct PupilLoginRow {
    id: Uuid,
    forename: String,
    surname: String,
    class_id: Option<Uuid>,
    class: Option<String>,
    username: String,
    password_format: String,
    password_sealed: Vec<u8>,
}

impl TryFrom<PupilLoginRow> for PupilLogin {
    type Error = StoreError;

    fn try_from(row: PupilLoginRow) -> Result<Self, StoreError> {
        Ok(Self {
            account: AccountId(row.id),
            forename: row.forename,
            surname: row.surname,
            class_id: row.class_id.map(ClassId),
            class: row.class,
            username: row.username,
            format: format_of(&row.password_format)?,
            password_sealed: row.password_sealed,
        })
    }
}

fn format_of(code: &str) -> Result<PasswordFormat, StoreError> {
    PasswordFormat::from_code(code).ok_or(StoreError::unreadable("accounts.password_format"))
}

/// The columns of [`LoginRow`], of an active account of a school by one of its names.
macro_rules! login_by {
    ($name:literal) => {
        concat!(
            "SELECT id, role, username, password_sealed, password_format, password_hash,
                is_waiting, starts_on, blocked_at IS NOT NULL AS is_blocked
            FROM accounts WHERE school_id = $1 AND status = 'active' AND ",
            $name,
            " = $2"
        )
    };
}

/// A username holds no @, so a name never is one person's username and another's e-mail. Each is
/// looked for by its own index, and always both: known or not, a name takes as long. For one list of
/// ids PostgreSQL went through the whole school.
const FIND_LOGIN: &str =
    concat!(login_by!("username_folded"), " UNION ALL ", login_by!("email_folded"));

impl Store {
    /// How an active person of this username, or of this e-mail address, signs in.
    pub async fn find_login(
        &self,
        school: SchoolId,
        name: &str,
    ) -> Result<Option<Login>, StoreError> {
        let rows: Vec<LoginRow> = on!(self, |pool| sqlx::query_as(FIND_LOGIN)
            .bind(school.0)
            .bind(name.trim().to_lowercase())
            .fetch_all(pool)
            .await)?;
        rows.into_iter().next().map(TryInto::try_into).transpose()
    }

    /// How many active pupils sign in with a password of each format.
    pub async fn count_pupils_by_format(
        &self,
        school: SchoolId,
    ) -> Result<Vec<(PasswordFormat, u32)>, StoreError> {
        const SQL: &str = "SELECT password_format, COUNT(*) FROM accounts
            WHERE school_id = $1 AND status = 'active' AND password_format IS NOT NULL
            GROUP BY password_format ORDER BY password_format";
        let rows: Vec<(String, i64)> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_all(pool).await)?;
        rows.into_iter()
            .map(|(format, pupils)| {
                Ok((format_of(&format)?, u32::try_from(pupils).unwrap_or(u32::MAX)))
            })
            .collect()
    }

    /// The password format of a pupil in the trash, by their username.
    pub async fn find_former_format(
        &self,
        school: SchoolId,
        username: &str,
    ) -> Result<Option<PasswordFormat>, StoreError> {
        const SQL: &str = "SELECT password_format FROM accounts
            WHERE school_id = $1 AND status = 'trash' AND username_folded = $2
                AND password_format IS NOT NULL";
        let format: Option<String> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(username)
            .fetch_optional(pool)
            .await)?;
        format.as_deref().map(format_of).transpose()
    }

    /// How the pupil of this card signs in: nobody, if it is an old card.
    pub async fn find_login_by_card(
        &self,
        school: SchoolId,
        hash: &CardHash,
    ) -> Result<Option<Login>, StoreError> {
        const SQL: &str = "SELECT a.id, a.role, a.username, a.password_sealed, a.password_format,
                a.password_hash, a.is_waiting, a.starts_on,
                a.blocked_at IS NOT NULL AS is_blocked
            FROM card_keys k JOIN accounts a ON a.id = k.account_id
            WHERE k.school_id = $1 AND k.hash = $2 AND a.status = 'active' AND a.role = 'pupil'";
        let row: Option<LoginRow> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(hash.as_slice())
            .fetch_optional(pool)
            .await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// What the login cards of these active pupils are made of, by class, surname and forename.
    pub async fn list_pupil_logins(
        &self,
        school: SchoolId,
        asked: &CardsRequest,
    ) -> Result<Vec<PupilLogin>, StoreError> {
        const SQL: &str =
            "SELECT a.id, a.forename, a.surname, a.class_id, c.name AS class, a.username,
                a.password_format, a.password_sealed
            FROM accounts a LEFT JOIN classes c ON c.id = a.class_id
            WHERE a.school_id = $1 AND a.status = 'active' AND a.role = 'pupil'
                AND a.password_sealed IS NOT NULL AND a.password_format IS NOT NULL
                AND ($2 IS NULL OR a.class_id = $2 OR EXISTS (SELECT 1 FROM memberships m
                    WHERE m.class_id = $2 AND m.account_id = a.id))
                AND ($3 IS NULL OR a.year = $3)
                AND ($4 IS NULL OR a.created_by_run = $4)
                AND ($5 IS NULL OR a.id = $5)
            ORDER BY c.name, c.id, a.sort_name, a.username_folded";
        let rows: Vec<PupilLoginRow> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(asked.class.map(|class| class.0))
            .bind(asked.year.map(YearGroup::number))
            .bind(asked.created_by.map(|run| run.0))
            .bind(asked.pupil.map(|pupil| pupil.0))
            .fetch_all(pool)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// What one active pupil's login card is made of.
    pub async fn find_pupil_login(
        &self,
        school: SchoolId,
        account: AccountId,
    ) -> Result<Option<PupilLogin>, StoreError> {
        const SQL: &str =
            "SELECT a.id, a.forename, a.surname, a.class_id, c.name AS class, a.username,
                a.password_format, a.password_sealed
            FROM accounts a LEFT JOIN classes c ON c.id = a.class_id
            WHERE a.school_id = $1 AND a.id = $2 AND a.status = 'active' AND a.role = 'pupil'
                AND a.password_sealed IS NOT NULL AND a.password_format IS NOT NULL";
        let row: Option<PupilLoginRow> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(account.0)
            .fetch_optional(pool)
            .await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// Gives an active pupil another password, and ends their sessions. False if there is no such pupil.
    pub async fn set_pupil_password(
        &self,
        school: SchoolId,
        account: AccountId,
        sealed: &[u8],
        format: PasswordFormat,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE accounts
            SET password_sealed = $3, password_format = $4, updated_at = $5
            WHERE school_id = $1 AND id = $2 AND status = 'active' AND role = 'pupil'";
        in_transaction!(self, |tx| {
            let set = sqlx::query(SQL)
                .bind(school.0)
                .bind(account.0)
                .bind(sealed)
                .bind(format.code())
                .bind(at)
                .execute(&mut *tx)
                .await?;
            sqlx::query(END_SESSIONS).bind(school.0).bind(account.0).execute(&mut *tx).await?;
            set.rows_affected() == 1
        })
    }

    /// Brings somebody back from the trash, with their username and password. Anyone who is linked to the
    /// MIS stays from then on until it has them again. Nobody, if they are not in it: `false`.
    ///
    /// # Errors
    /// [`RestoreError::EmailTaken`] if an active person has their e-mail address now.
    pub async fn restore_person(
        &self,
        school: SchoolId,
        account: AccountId,
        at: DateTime<Utc>,
    ) -> Result<bool, RestoreError> {
        let mut tx = self.begin().await?;
        let gone = find_account(&mut tx, school, account).await?;
        let Some(before) = gone.filter(|account| !account.is_active()) else { return Ok(false) };
        let mut after = Account {
            status: AccountStatus::Active,
            left_at: None,
            purge_on: None,
            ..before.clone()
        };
        if after.link.is_some() {
            after.kept.insert(PersonField::Status);
        }
        update_accounts(&mut tx, school, &[(&before, &after)], at).await?;
        // Sessions from before must not come to life again.
        on_tx!(&mut tx, |tx| sqlx::query(END_SESSIONS)
            .bind(school.0)
            .bind(account.0)
            .execute(&mut *tx)
            .await
            .map(drop)?);
        tx.commit().await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use crate::devices::Visit;
    use rollcall_engine::domain::accounts::Account;
    use rollcall_engine::fixtures::{account, class, staff_account};
    use rollcall_shared::ids::RunId;
    use rollcall_shared::people::PeopleQuery;

    use super::super::Sqlite;
    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::{add, add_classes};

    #[tokio::test]
    async fn somebody_signs_in_by_username_or_email_whatever_the_case_in_their_own_school_only() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let ama = |id| staff_account(id, "Ama Okafor").with_username("AmaOkafor");
            let zoe = account(2, "Zoe Li").with_username("ZoeLi");
            add(&store, here, &[ama(1).with_email("Okafor@waterside.example"), zoe]).await;
            add(&store, there, &[ama(3)]).await;
            let id = async |school, name: &str| {
                let login = store.find_login(school, name).await.unwrap();
                login.map(|login| login.account.0.as_u128())
            };
            assert_eq!(id(here, " AMAOKAFOR ").await, Some(1));
            assert_eq!(id(here, "okafor@Waterside.example").await, Some(1));
            assert_eq!(id(there, "amaokafor").await, Some(3));
            assert_eq!(id(there, "zoeli").await, None);
            assert_eq!(id(here, "").await, None);
        })
        .await;
    }

    #[tokio::test]
    async fn a_login_is_looked_for_by_the_indexes_of_names_so_that_the_time_tells_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}", folder.path().join("rollcall.db").display());
        let store = Store::open(&file).await.unwrap();
        let Store::Sqlite(Sqlite { pool, .. }) = &store else { unreachable!() };
        let explain = format!("EXPLAIN QUERY PLAN {FIND_LOGIN}");
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(explain)).fetch_all(pool).await.unwrap();
        let plan: Vec<String> = steps.into_iter().map(|(.., step)| step).collect();
        for index in ["accounts_username", "accounts_email"] {
            assert!(plan.iter().any(|step| step.contains(index)), "{plan:?}");
        }
        assert!(!plan.iter().any(|step| step.contains("accounts_listed")), "{plan:?}");
    }

    #[tokio::test]
    async fn a_pupil_signs_in_with_a_sealed_password_and_staff_with_a_hash_once_they_have_one() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let ama = staff_account(1, "Ama Okafor").with_username("AmaOkafor");
            add(&store, school, &[ama, account(2, "Zoe Li").with_username("ZoeLi")]).await;
            let pupil = store.find_login(school, "zoeli").await.unwrap().unwrap();
            assert_eq!(
                pupil.password_sealed.as_deref(),
                Some(pupil.account.0.as_bytes().as_slice())
            );
            assert_eq!(pupil.password_format, Some(PasswordFormat::Animal));
            let staff = store.find_login(school, "amaokafor").await.unwrap().unwrap();
            assert_eq!(staff.role, Role::Teacher);
            assert_eq!((staff.password_sealed, staff.password_hash), (None, None));
        })
        .await;
    }

    #[tokio::test]
    async fn an_account_that_is_not_open_yet_says_so_is_listed_and_has_its_card() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let first = NaiveDate::from_ymd_opt(2026, 9, 1);
            let waiting =
                |starts_on, account| Account { waiting: Some(Waiting { starts_on }), ..account };
            let people = [
                waiting(first, account(1, "Amy Hill").with_username("AmyHill")),
                waiting(None, account(2, "Ben Wood").with_username("BenWood")),
                account(3, "Zoe Li").with_username("ZoeLi"),
            ];
            add(&store, school, &people).await;
            for (name, expected) in
                [("amyhill", Some(first)), ("benwood", Some(None)), ("zoeli", None)]
            {
                let login = store.find_login(school, name).await.unwrap().unwrap();
                assert_eq!(login.waiting.map(|waiting| waiting.starts_on), expected, "{name}");
            }
            let all = CardsRequest::default();
            assert_eq!(store.list_pupil_logins(school, &all).await.unwrap().len(), 3);
            let rows = store.list_people(school, &PeopleQuery::default()).await.unwrap().rows;
            let starts: Vec<Option<Option<String>>> = rows
                .into_iter()
                .map(|row| row.waiting.map(|waiting| waiting.starts_on.map(|day| day.0)))
                .collect();
            assert_eq!(starts, [Some(Some("2026-09-01".into())), None, Some(None)]);
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_in_the_trash_signs_in() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let ama = staff_account(1, "Ama Okafor").with_username("AmaOkafor").left();
            add(&store, school, &[ama]).await;
            assert_eq!(store.find_login(school, "amaokafor").await.unwrap(), None);
            assert_eq!(store.find_login(school, "okafor@waterside.example").await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn a_sign_in_is_noted_for_that_person_of_that_school() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            add(&store, here, &[account(1, "Zoe Li"), account(2, "Ida Li")]).await;
            let id = |id| AccountId(Uuid::from_u128(id));
            store.record_sign_in(here, Visit::of(id(1)), minute(9)).await.unwrap();
            store.record_sign_in(there, Visit::of(id(2)), minute(9)).await.unwrap();
            let seen = async |account| {
                store.find_person(here, account).await.unwrap().unwrap().last_sign_in_at
            };
            assert_eq!(
                seen(id(1)).await,
                Some(rollcall_engine::domain::time::timestamp(minute(9)))
            );
            assert_eq!(seen(id(2)).await, None);
        })
        .await;
    }

    #[tokio::test]
    async fn cards_are_made_for_the_active_pupils_asked_for_by_class_and_name() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let (oak, ash) = (class(10, "Oak"), class(11, "Ash"));
            add_classes(&store, here, &[oak.clone(), ash.clone()]).await;
            let of = |class: ClassId, year, account: Account| account.in_class(class).in_year(year);
            add(
                &store,
                here,
                &[
                    of(oak.id, 1, account(1, "Zoe Li").with_username("ZoeLi")),
                    of(oak.id, 2, account(2, "Émile Abbé")),
                    of(ash.id, 2, account(3, "Ida Stone")),
                    of(ash.id, 2, account(4, "Tom Gone")).left(),
                    staff_account(5, "Ama Okafor"),
                ],
            )
            .await;
            add(&store, there, &[account(6, "Zoe Li")]).await;
            let cards = async |asked: CardsRequest| {
                let logins = store.list_pupil_logins(here, &asked).await.unwrap();
                logins.iter().map(|login| login.account.0.as_u128()).collect::<Vec<_>>()
            };
            let all = CardsRequest::default();
            assert_eq!(cards(all.clone()).await, [3, 2, 1]);
            assert_eq!(cards(CardsRequest { class: Some(oak.id), ..all.clone() }).await, [2, 1]);
            let year = YearGroup::year(2);
            assert_eq!(cards(CardsRequest { year, ..all.clone() }).await, [3, 2]);
            let created_by = Some(RunId(Uuid::from_u128(99)));
            assert!(cards(CardsRequest { created_by, ..all }).await.is_empty());

            let one = store.find_pupil_login(here, AccountId(Uuid::from_u128(1))).await.unwrap();
            let one = one.unwrap();
            assert_eq!(one.class.as_deref(), Some("Oak"));
            assert_eq!((one.username.as_str(), one.format), ("ZoeLi", PasswordFormat::Animal));
            for nobody in [4, 5, 6] {
                let account = AccountId(Uuid::from_u128(nobody));
                assert_eq!(store.find_pupil_login(here, account).await.unwrap(), None);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_person_who_is_restored_has_their_login_again() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let zoe = account(1, "Zoe Li").with_username("ZoeLi").left();
            add(&store, here, &[zoe, account(2, "Ida Li")]).await;
            let id = |id| AccountId(Uuid::from_u128(id));
            assert!(
                !store.restore_person(there, id(1), minute(9)).await.unwrap(),
                "another school's"
            );
            assert!(store.restore_person(here, id(1), minute(9)).await.unwrap());
            assert!(
                !store.restore_person(here, id(1), minute(9)).await.unwrap(),
                "not in the trash any more"
            );
            assert!(!store.restore_person(here, id(2), minute(9)).await.unwrap(), "never was");
            let person = store.find_person(here, id(1)).await.unwrap().unwrap();
            assert_eq!((person.left_at, person.purge_on), (None, None));
            assert!(store.find_login(here, "zoeli").await.unwrap().is_some());
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_is_restored_whose_email_somebody_else_has_now() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let gone = staff_account(1, "Ama Okafor").left();
            add(&store, school, &[gone.clone(), staff_account(2, "Ben Okafor")]).await;
            let refused = store.restore_person(school, gone.id, minute(9)).await;
            assert!(matches!(refused, Err(RestoreError::EmailTaken)), "{refused:?}");
            assert_eq!(store.find_login(school, &gone.username).await.unwrap(), None);
        })
        .await;
    }
}
