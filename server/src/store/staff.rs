//! Members of staff who are added by hand.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use rollcall_shared::people::Role;

use super::activation::insert_invitation;
use super::error::is_taken;
use super::people::{NewAccount, NewLogin, insert_accounts};
use super::{Store, StoreError, in_transaction, on};
use crate::activation::Invitation;
use crate::sync::accounts::{Account, MisLink};
use crate::sync::plan::PlannedPerson;

/// What became of adding somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffAdded {
    Done,
    /// Someone else was given the username meanwhile; nobody was added.
    UsernameTaken,
    /// Someone of the school has the e-mail address; nobody was added.
    EmailTaken,
}

impl Store {
    /// Adds a member of staff with their activation link and its message, all or nothing.
    pub async fn add_staff(
        &self,
        school: SchoolId,
        account: Account,
        invitation: &Invitation,
        at: DateTime<Utc>,
    ) -> Result<StaffAdded, StoreError> {
        let email = account.email.as_deref().unwrap_or_default().to_lowercase();
        let new = [NewAccount { account, login: NewLogin::Staff }];
        match self.insert_staff(school, &new, invitation, at).await {
            Ok(()) => Ok(StaffAdded::Done),
            Err(StoreError::Database(error)) if is_taken(&error) => {
                let has_email = self.has_email(school, &email).await?;
                Ok(if has_email { StaffAdded::EmailTaken } else { StaffAdded::UsernameTaken })
            }
            Err(error) => Err(error),
        }
    }

    async fn insert_staff(
        &self,
        school: SchoolId,
        new: &[NewAccount],
        invitation: &Invitation,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        in_transaction!(self, |tx| {
            insert_accounts!(tx, school, new, at, None);
            insert_invitation!(tx, school, invitation, at);
        })
    }

    /// Whether an active person of the school has this e-mail address, in small letters.
    pub async fn has_email(&self, school: SchoolId, email: &str) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM accounts
            WHERE school_id = $1 AND email_folded = $2 AND status = 'active'";
        let rows: i64 = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(email)
            .fetch_one(pool)
            .await)?;
        Ok(rows > 0)
    }

    /// The active member of staff who has this e-mail address, in small letters.
    pub async fn find_staff_by_email(
        &self,
        school: SchoolId,
        email: &str,
    ) -> Result<Option<AccountId>, StoreError> {
        const SQL: &str = "SELECT id FROM accounts WHERE school_id = $1 AND email_folded = $2
            AND status = 'active' AND role <> 'pupil'";
        let id: Option<uuid::Uuid> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(email)
            .fetch_optional(pool)
            .await)?;
        Ok(id.map(AccountId))
    }

    /// The usernames ever given in a school, in small letters.
    pub async fn list_usernames(&self, school: SchoolId) -> Result<Vec<String>, StoreError> {
        const SQL: &str = "SELECT username_folded FROM reserved_usernames WHERE school_id = $1
            UNION SELECT username_folded FROM accounts WHERE school_id = $1";
        Ok(on!(self, |pool| sqlx::query_scalar(SQL).bind(school.0).fetch_all(pool).await)?)
    }

    /// The MIS link of a member of staff whom a run could not import.
    pub async fn find_problem_link(
        &self,
        school: SchoolId,
        run: RunId,
        seq: u32,
    ) -> Result<Option<MisLink>, StoreError> {
        const SQL: &str = "SELECT p.person FROM run_people p
            JOIN runs r ON r.id = p.run_id AND r.school_id = $1
            WHERE p.run_id = $2 AND p.seq = $3 AND p.list = 'problem' AND p.kind = 'staff'";
        let json: Option<String> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(run.0)
            .bind(i64::from(seq))
            .fetch_optional(pool)
            .await)?;
        let Some(json) = json else { return Ok(None) };
        let person: PlannedPerson =
            serde_json::from_str(&json).map_err(|_| StoreError::unreadable("run_people.person"))?;
        Ok(person.link)
    }

    /// Whether a member of staff has this MIS link already.
    pub async fn has_staff_link(
        &self,
        school: SchoolId,
        link: &MisLink,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM accounts
            WHERE school_id = $1 AND role <> 'pupil' AND is_linked
                AND mis_id = $2 AND (mis = $3 OR mis IS NULL OR $3 IS NULL)";
        let rows: i64 = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(&link.ids.id)
            .bind(&link.mis)
            .fetch_one(pool)
            .await)?;
        Ok(rows > 0)
    }

    /// Makes a member of staff an admin, or what else they are.
    pub async fn set_role(
        &self,
        school: SchoolId,
        account: AccountId,
        role: Role,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE accounts SET role = $3
            WHERE school_id = $1 AND id = $2 AND role <> 'pupil'";
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(account.0)
            .bind(role.code())
            .execute(pool)
            .await
            .map(|_| ()))?;
        Ok(())
    }
}
