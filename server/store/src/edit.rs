//! What an admin changes of a person by hand, and hands back to the MIS.
//!
//! Of a school one change is made at a time. Whether a run is going is looked at inside the
//! transaction: the plans that wait for Finish are written first, as they are, so that one which is
//! being handed to the workers at this moment is either seen, or handed over afterwards, and found
//! to be out of date before anything of it is done.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rollcall_engine::domain::accounts::Account;
use rollcall_shared::ids::{AccountId, ClassId, RunId, SchoolId};
use rollcall_shared::people::{EditPerson, Role, SetStaffClasses};
use rollcall_shared::plan::PersonField;
use uuid::Uuid;

use super::account_rows::{find_account, update_accounts};
use super::activation::{end_links, insert_invitation, revoke_staff_login};
use super::by_hand::ONE_AT_A_TIME;
use super::error::is_taken;
use super::{Store, StoreError, Tx, on, on_tx};
use crate::activation::ActivationLink;

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

const MEMBERSHIPS: &str =
    "SELECT class_id FROM memberships WHERE school_id = $1 AND account_id = $2";

/// The run that is going; none begins to until the transaction has ended.
pub(super) async fn going_run(tx: &mut Tx, school: SchoolId) -> Result<Option<RunId>, StoreError> {
    let going: Option<Uuid> = on_tx!(tx, |tx| {
        sqlx::query(ONE_AT_A_TIME).bind(school.0).execute(&mut *tx).await?;
        sqlx::query(WAITING).bind(school.0).execute(&mut *tx).await?;
        sqlx::query_scalar(GOING).bind(school.0).fetch_optional(&mut *tx).await?
    });
    Ok(going.map(RunId))
}

/// Whether another admin of the school can sign in.
pub(super) async fn has_other_admin(
    tx: &mut Tx,
    school: SchoolId,
    account: AccountId,
) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM accounts
        WHERE school_id = $1 AND id <> $2 AND role = 'admin' AND status = 'active'
            AND password_hash IS NOT NULL AND blocked_at IS NULL";
    let others: i64 = on_tx!(tx, |tx| sqlx::query_scalar(SQL)
        .bind(school.0)
        .bind(account.0)
        .fetch_one(&mut *tx)
        .await?);
    Ok(others > 0)
}

async fn is_blocked(tx: &mut Tx, school: SchoolId, account: AccountId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM accounts
        WHERE school_id = $1 AND id = $2 AND blocked_at IS NOT NULL";
    let blocked: i64 = on_tx!(tx, |tx| sqlx::query_scalar(SQL)
        .bind(school.0)
        .bind(account.0)
        .fetch_one(&mut *tx)
        .await?);
    Ok(blocked > 0)
}

/// Whether mail for the one still goes to the other: capitals make no difference.
fn has_same_address(before: &Account, after: &Account) -> bool {
    let folded = |account: &Account| account.email.as_ref().map(|email| email.to_lowercase());
    folded(before) == folded(after)
}

impl Store {
    /// Changes a person by hand, and marks what is something else than before as kept. A link that
    /// went to an address which is no longer theirs works no more. With a new login the old one is
    /// gone, password and all: anyone who has the new address sets a password by that link.
    pub async fn edit_person(
        &self,
        school: SchoolId,
        account: AccountId,
        edit: &EditPerson,
        new_login: Option<&ActivationLink>,
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
        new_login: Option<&ActivationLink>,
        at: DateTime<Utc>,
    ) -> Result<Edited, StoreError> {
        let mut tx = self.begin().await?;
        if let Some(going) = going_run(&mut tx, school).await? {
            return Ok(Edited::RunGoing(going));
        }
        let Some(before) = find_account(&mut tx, school, account).await? else {
            return Ok(Edited::Stale);
        };
        if !before.is_active() || before.details() != edit.shown {
            return Ok(Edited::Stale);
        }
        let mut after = before.clone();
        let changed = after.set_by_hand(&edit.wanted);
        if changed.is_empty() {
            return Ok(Edited::Done(changed));
        }
        let is_admin_no_more = after.role != Role::Admin || new_login.is_some();
        if before.role == Role::Admin
            && is_admin_no_more
            && !has_other_admin(&mut tx, school, account).await?
        {
            return Ok(Edited::LastAdmin);
        }
        if let Some(invitation) = new_login {
            on_tx!(&mut tx, |tx| revoke_staff_login!(tx, school, invitation.account, at));
        } else if !has_same_address(&before, &after) {
            on_tx!(&mut tx, |tx| end_links!(tx, school, account, at));
        }
        update_accounts(&mut tx, school, &[(&before, &after)], at).await?;
        // Who is blocked is sent a link once they may sign in again.
        if let Some(invitation) = new_login
            && !is_blocked(&mut tx, school, account).await?
        {
            on_tx!(&mut tx, |tx| insert_invitation!(tx, school, invitation, at));
        }
        tx.commit().await?;
        Ok(Edited::Done(changed))
    }

    /// The classes and subject groups that a person of the school is a member of, besides a pupil's own
    /// class.
    pub async fn memberships_of(
        &self,
        school: SchoolId,
        account: AccountId,
    ) -> Result<BTreeSet<ClassId>, StoreError> {
        let classes: Vec<Uuid> = on!(self, |pool| sqlx::query_scalar(MEMBERSHIPS)
            .bind(school.0)
            .bind(account.0)
            .fetch_all(pool)
            .await)?;
        Ok(classes.into_iter().map(ClassId).collect())
    }

    /// Links a member of staff who is not in the MIS to these classes and subject groups of the school,
    /// and to no others; what is no class of the school is left out.
    pub async fn set_staff_classes(
        &self,
        school: SchoolId,
        account: AccountId,
        classes: &SetStaffClasses,
        at: DateTime<Utc>,
    ) -> Result<Edited, StoreError> {
        const LEAVE: &str = "DELETE FROM memberships
            WHERE school_id = $1 AND account_id = $2 AND class_id = $3";
        const JOIN: &str = "INSERT INTO memberships (school_id, class_id, account_id)
            SELECT school_id, id, $2 FROM classes WHERE school_id = $1 AND id = $3";
        const CHANGED: &str =
            "UPDATE accounts SET updated_at = $3 WHERE school_id = $1 AND id = $2";
        let mut tx = self.begin().await?;
        if let Some(going) = going_run(&mut tx, school).await? {
            return Ok(Edited::RunGoing(going));
        }
        let person = find_account(&mut tx, school, account).await?;
        let is_by_hand = |person: &Account| {
            person.is_active() && person.role != Role::Pupil && person.link.is_none()
        };
        if !person.is_some_and(|person| is_by_hand(&person)) {
            return Ok(Edited::Stale);
        }
        let now: Vec<Uuid> = on_tx!(&mut tx, |tx| sqlx::query_scalar(MEMBERSHIPS)
            .bind(school.0)
            .bind(account.0)
            .fetch_all(&mut *tx)
            .await?);
        let now: BTreeSet<ClassId> = now.into_iter().map(ClassId).collect();
        if now != classes.shown {
            return Ok(Edited::Stale);
        }
        if now == classes.wanted {
            return Ok(Edited::Done(BTreeSet::new()));
        }
        let left = now.difference(&classes.wanted).map(|class| (LEAVE, class));
        let joined = classes.wanted.difference(&now).map(|class| (JOIN, class));
        for (sql, class) in left.chain(joined) {
            on_tx!(&mut tx, |tx| sqlx::query(sql)
                .bind(school.0)
                .bind(account.0)
                .bind(class.0)
                .execute(&mut *tx)
                .await
                .map(drop)?);
        }
        on_tx!(&mut tx, |tx| sqlx::query(CHANGED)
            .bind(school.0)
            .bind(account.0)
            .bind(at)
            .execute(&mut *tx)
            .await
            .map(drop)?);
        tx.commit().await?;
        Ok(Edited::Done([PersonField::Classes].into()))
    }

    /// Hands a field back to the MIS: it is kept no more.
    pub async fn hand_back(
        &self,
        school: SchoolId,
        account: AccountId,
        field: PersonField,
        at: DateTime<Utc>,
    ) -> Result<HandedBack, StoreError> {
        let mut tx = self.begin().await?;
        if let Some(going) = going_run(&mut tx, school).await? {
            return Ok(HandedBack::RunGoing(going));
        }
        let Some(before) = find_account(&mut tx, school, account).await? else {
            return Ok(HandedBack::NobodyThere);
        };
        let mut after = before.clone();
        if !after.kept.remove(&field) {
            return Ok(HandedBack::NotKept);
        }
        update_accounts(&mut tx, school, &[(&before, &after)], at).await?;
        tx.commit().await?;
        Ok(HandedBack::Done)
    }
}

#[cfg(test)]
mod tests;
