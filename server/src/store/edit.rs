//! What an admin changes of a person by hand, and hands back to the MIS.
//!
//! Of a school one change is made at a time. Whether a run is going is looked at inside the
//! transaction: the plans that wait for Finish are written first, as they are, so that one which is
//! being handed to the workers at this moment is either seen, or handed over afterwards, and found
//! to be out of date before anything of it is done.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use rollcall_shared::people::{EditPerson, Role};
use rollcall_shared::plan::PersonField;
use rollcall_shared::year_group::YearGroup;
use uuid::Uuid;

use super::activation::{end_links, insert_invitation, revoke_staff_login};
use super::by_hand::ONE_AT_A_TIME;
use super::error::is_taken;
use super::people::{AccountRow, SearchText, account_columns};
use super::rows::{kept_of, kept_text};
use super::{Store, StoreError, in_transaction};
use crate::activation::Invitation;
use crate::sync::accounts::Account;

/// What became of a change by hand. Nothing was changed unless it was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// These fields are something else than they were.
    Done(BTreeSet<PersonField>),
    /// The person is not as they were shown, or not active, any more.
    Stale,
    /// Someone of the school has the e-mail address.
    EmailTaken,
    /// No other admin of the school can sign in: this one stays an admin.
    LastAdmin,
    /// A run has to be done first.
    RunGoing(RunId),
}

/// What became of handing a field back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedBack {
    Done,
    /// It was not kept (any more).
    NotKept,
    NobodyThere,
    /// A run has to be done first.
    RunGoing(RunId),
}

const WAITING: &str = "UPDATE runs SET status = status WHERE school_id = $1 AND status = 'planned'";
const GOING: &str = "SELECT id FROM runs WHERE school_id = $1 AND status IN ('queued', 'running')";

/// The run that is going, within a transaction of either engine; none goes until that has ended.
macro_rules! going_run {
    ($tx:ident, $school:expr) => {{
        sqlx::query(ONE_AT_A_TIME).bind($school.0).execute(&mut *$tx).await?;
        sqlx::query(WAITING).bind($school.0).execute(&mut *$tx).await?;
        let going: Option<Uuid> =
            sqlx::query_scalar(GOING).bind($school.0).fetch_optional(&mut *$tx).await?;
        going.map(RunId)
    }};
}

/// Whether mail for the one still goes to the other: capitals make no difference.
fn has_same_address(before: &Account, after: &Account) -> bool {
    let folded = |account: &Account| account.email.as_ref().map(|email| email.to_lowercase());
    folded(before) == folded(after)
}

impl Store {
    /// Changes a person by hand, and marks what is something else than before as kept. A link that
    /// went to an address which is no longer theirs works no more. With a new login the old one is
    /// gone, password and all: whoever has the new address sets a password by that link.
    pub async fn edit_person(
        &self,
        school: SchoolId,
        account: AccountId,
        edit: &EditPerson,
        new_login: Option<&Invitation>,
        at: DateTime<Utc>,
    ) -> Result<Edited, StoreError> {
        match self.edit_active(school, account, edit, new_login, at).await {
            // The one unique index that this can meet: an e-mail address is one person's.
            Err(StoreError::Database(error)) if is_taken(&error) => Ok(Edited::EmailTaken),
            edited => edited,
        }
    }

    async fn edit_active(
        &self,
        school: SchoolId,
        account: AccountId,
        edit: &EditPerson,
        new_login: Option<&Invitation>,
        at: DateTime<Utc>,
    ) -> Result<Edited, StoreError> {
        const ACCOUNT: &str = concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts WHERE school_id = $1 AND id = $2 AND status = 'active'"
        );
        const OTHER_ADMINS: &str = "SELECT COUNT(*) FROM accounts
            WHERE school_id = $1 AND id <> $2 AND role = 'admin' AND status = 'active'
                AND password_hash IS NOT NULL";
        const EDIT: &str = "UPDATE accounts SET forename = $3, surname = $4, sort_name = $5,
                search = $6, email = $7, email_folded = $8, year = $9, class_id = $10,
                kept_fields = $11, role = $12
            WHERE school_id = $1 AND id = $2";
        in_transaction!(self, |tx| {
            if let Some(going) = going_run!(tx, school) {
                return Ok(Edited::RunGoing(going));
            }
            let row: Option<AccountRow> = sqlx::query_as(ACCOUNT)
                .bind(school.0)
                .bind(account.0)
                .fetch_optional(&mut *tx)
                .await?;
            let Some(before) = row.map(Account::try_from).transpose()? else {
                return Ok(Edited::Stale);
            };
            if before.details() != edit.shown {
                return Ok(Edited::Stale);
            }
            let mut after = before.clone();
            let changed = after.set_by_hand(&edit.wanted);
            if changed.is_empty() {
                return Ok(Edited::Done(changed));
            }
            let is_admin_no_more = after.role != Role::Admin || new_login.is_some();
            if before.role == Role::Admin && is_admin_no_more {
                let others: i64 = sqlx::query_scalar(OTHER_ADMINS)
                    .bind(school.0)
                    .bind(account.0)
                    .fetch_one(&mut *tx)
                    .await?;
                if others == 0 {
                    return Ok(Edited::LastAdmin);
                }
            }
            if let Some(invitation) = new_login {
                revoke_staff_login!(tx, school, invitation.account, at);
            } else if !has_same_address(&before, &after) {
                end_links!(tx, school, account, at);
            }
            let text = SearchText::of(&after);
            sqlx::query(EDIT)
                .bind(school.0)
                .bind(account.0)
                .bind(&after.forename)
                .bind(&after.surname)
                .bind(text.sort_name)
                .bind(text.search)
                .bind(&after.email)
                .bind(after.email.as_ref().map(|email| email.to_lowercase()))
                .bind(after.year.map(YearGroup::number))
                .bind(after.class.map(|class| class.0))
                .bind(kept_text(&after.kept))
                .bind(after.role.code())
                .execute(&mut *tx)
                .await?;
            if let Some(invitation) = new_login {
                insert_invitation!(tx, school, invitation, at);
            }
            Edited::Done(changed)
        })
    }

    /// Hands a field back to the MIS: it is kept no more.
    pub async fn hand_back(
        &self,
        school: SchoolId,
        account: AccountId,
        field: PersonField,
    ) -> Result<HandedBack, StoreError> {
        const KEPT: &str = "SELECT kept_fields FROM accounts WHERE school_id = $1 AND id = $2";
        const KEEP: &str = "UPDATE accounts SET kept_fields = $3
            WHERE school_id = $1 AND id = $2";
        in_transaction!(self, |tx| {
            if let Some(going) = going_run!(tx, school) {
                return Ok(HandedBack::RunGoing(going));
            }
            let kept: Option<String> = sqlx::query_scalar(KEPT)
                .bind(school.0)
                .bind(account.0)
                .fetch_optional(&mut *tx)
                .await?;
            let Some(kept) = kept else { return Ok(HandedBack::NobodyThere) };
            let mut kept = kept_of(&kept)?;
            if !kept.remove(&field) {
                return Ok(HandedBack::NotKept);
            }
            sqlx::query(KEEP)
                .bind(school.0)
                .bind(account.0)
                .bind(kept_text(&kept))
                .execute(&mut *tx)
                .await?;
            HandedBack::Done
        })
    }
}

#[cfg(test)]
mod tests;
