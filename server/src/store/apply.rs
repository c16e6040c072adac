//! One batch of a run, written in one transaction: what the plan does with these classes and people,
//! in bulk, the progress, and the check of the worker's fence. A batch that was cut short left
//! nothing; one that was written is never written again, since the progress says so.
//!
//! Accounts are found by their ids. That they are the school's is asked with `IS TRUE`, which no index
//! answers: SQLite would rather go through the whole school for each batch.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use rollcall_shared::ids::ClassId;
use rollcall_shared::people::AccountStatus;
use rollcall_shared::year_group::YearGroup;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::error::is_taken;
use super::outbox::INSERT_MAIL;
use super::people::{NewAccount, SearchText, insert_accounts, insert_members, reserve_usernames};
use super::rows::{kept_text, kind_code, status_code};
use super::runs::Claim;
use super::{MOST_BINDS, Store, StoreError, in_transaction};
use crate::activation::Invitation;
use crate::crash;
use crate::mail::SealedMail;
use crate::sync::accounts::Account;
use crate::sync::plan::{ClassAction, ClassChange};

/// Rows of the widest statement.
const ROWS: usize = MOST_BINDS / 32;

/// What one batch writes.
#[derive(Default)]
pub struct Batch {
    pub classes: Vec<ClassAction>,
    pub new: Vec<NewAccount>,
    /// Activation links of new staff and of those who have another address or come back, and the
    /// messages that carry them. Whoever has set a password by now gets none.
    pub invitations: Vec<Invitation>,
    pub changed: Vec<ChangedAccount>,
    /// Other messages about what this batch does: new usernames of staff.
    pub letters: Vec<SealedMail>,
    /// The place in the plan where the next batch begins.
    pub next_seq: u32,
    /// How many people of the plan this batch does.
    pub people: u32,
}

/// An account as it was and as it will be.
#[derive(Clone, Debug)]
pub struct ChangedAccount {
    pub before: Account,
    pub after: Account,
    /// Its password, sessions and unused links end: it is somebody else's from now on.
    pub ends_login: bool,
}

/// Why a batch was not written; then nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("somebody added the same username or e-mail meanwhile")]
    Taken,
    #[error("an account or class of the plan is gone")]
    Gone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ApplyError {
    fn from(error: sqlx::Error) -> Self {
        if is_taken(&error) { Self::Taken } else { Self::Store(error.into()) }
    }
}

impl Store {
    /// Writes a batch and notes the progress. False if the claim is no longer good: someone else
    /// has taken the run up, and nothing was written.
    ///
    /// # Errors
    /// [`ApplyError::Taken`] or [`ApplyError::Gone`] if the school changed under the plan's feet.
    pub async fn apply_batch(
        &self,
        claim: &Claim,
        batch: &Batch,
        now: DateTime<Utc>,
    ) -> Result<bool, ApplyError> {
        const FENCE: &str = "SELECT COUNT(*) FROM runs
            WHERE id = $1 AND fence = $2 AND next_seq = $3 AND status = 'running'";
        const PROGRESS: &str = "UPDATE runs SET next_seq = $4, done = done + $5
            WHERE id = $1 AND fence = $2 AND next_seq = $3 AND status = 'running'";
        let school = claim.school;
        let parts = Parts::of(batch);
        in_transaction!(self, "batch", |tx| {
            let ours: i64 = sqlx::query_scalar(FENCE)
                .bind(claim.run.0)
                .bind(claim.fence)
                .bind(i64::from(claim.next_seq))
                .fetch_one(&mut *tx)
                .await?;
            if ours != 1 {
                return Ok(false);
            }

            for classes in parts.new_classes.chunks(ROWS) {
                let mut insert = QueryBuilder::new(
                    "INSERT INTO classes (id, school_id, kind, name, subject, is_linked, mis,
                        mis_id, mis_external_id, mis_xid, created_at) ",
                );
                insert.push_values(classes, |mut row, class| {
                    let link = class.link.as_ref();
                    row.push_bind(class.id.0)
                        .push_bind(school.0)
                        .push_bind(kind_code(class.kind))
                        .push_bind(class.name.as_str())
                        .push_bind(class.subject.as_deref())
                        .push_bind(link.is_some())
                        .push_bind(link.and_then(|link| link.mis.as_deref()))
                        .push_bind(link.map(|link| link.ids.id.as_str()))
                        .push_bind(link.and_then(|link| link.ids.external_id.as_deref()))
                        .push_bind(link.and_then(|link| link.ids.xid.as_deref()))
                        .push_bind(now);
                });
                insert.build().execute(&mut *tx).await?;
            }
            for classes in parts.changed_classes.chunks(ROWS) {
                let mut update = QueryBuilder::new(
                    "UPDATE classes SET name = v.column2, subject = v.column3,
                        is_linked = v.column4, mis = v.column5, mis_id = v.column6,
                        mis_external_id = v.column7, mis_xid = v.column8
                    FROM (",
                );
                update.push_values(classes, |mut row, class| {
                    let link = class.link.as_ref();
                    row.push_bind(class.id.0)
                        .push_bind(class.name.as_str())
                        .push_bind(class.subject.as_deref())
                        .push_bind(link.is_some())
                        .push_bind(link.and_then(|link| link.mis.as_deref()))
                        .push_bind(link.map(|link| link.ids.id.as_str()))
                        .push_bind(link.and_then(|link| link.ids.external_id.as_deref()))
                        .push_bind(link.and_then(|link| link.ids.xid.as_deref()));
                });
                update.push(") AS v WHERE classes.id = v.column1 AND classes.school_id = ");
                update.push_bind(school.0);
                let written = update.build().execute(&mut *tx).await?.rows_affected();
                if written != classes.len() as u64 {
                    return Err(ApplyError::Gone);
                }
            }

            // Two may exchange their addresses, so all let go of theirs first.
            for ids in parts.new_emails.chunks(ROWS) {
                let mut update = QueryBuilder::new(
                    "UPDATE accounts SET email_folded = NULL WHERE (school_id = ",
                );
                update.push_bind(school.0).push(") IS TRUE AND id IN (");
                let mut list = update.separated(", ");
                for id in ids {
                    list.push_bind(*id);
                }
                update.push(")");
                update.build().execute(&mut *tx).await?;
            }
            for accounts in batch.changed.chunks(ROWS) {
                let mut update = QueryBuilder::new(
                    "UPDATE accounts SET role = v.column2, status = v.column3,
                        forename = v.column4, surname = v.column5, sort_name = v.column6,
                        search = v.column7, legal_forename = v.column8, legal_surname = v.column9,
                        email = v.column10, email_folded = v.column11, year = v.column12,
                        class_id = v.column13, upn = v.column14, former_upn = v.column15,
                        date_of_birth = v.column16, is_linked = v.column17, mis = v.column18,
                        mis_id = v.column19, mis_external_id = v.column20, mis_xid = v.column21,
                        left_at = v.column22, purge_on = v.column23,
                        is_waiting = v.column24, starts_on = v.column25,
                        username = v.column26, username_folded = v.column27,
                        kept_fields = v.column28
                    FROM (",
                );
                update.push_values(accounts, |mut row, ChangedAccount { before, after, .. }| {
                    let text = SearchText::of(after);
                    let link = after.link.as_ref();
                    row.push_bind(after.id.0)
                        .push_bind(after.role.code())
                        .push_bind(status_code(after.status))
                        .push_bind(after.forename.as_str())
                        .push_bind(after.surname.as_str())
                        .push_bind(text.sort_name)
                        .push_bind(text.search)
                        .push_bind(after.legal_forename.as_deref())
                        .push_bind(after.legal_surname.as_deref())
                        .push_bind(after.email.as_deref())
                        .push_bind(after.email.as_ref().map(|email| email.to_lowercase()))
                        .push_bind(after.year.map(YearGroup::number))
                        .push_bind(after.class.map(|class| class.0))
                        .push_bind(after.upn.as_deref())
                        .push_bind(after.former_upn.as_deref())
                        .push_bind(after.date_of_birth)
                        .push_bind(link.is_some())
                        .push_bind(link.and_then(|link| link.mis.as_deref()))
                        .push_bind(link.map(|link| link.ids.id.as_str()))
                        .push_bind(link.and_then(|link| link.ids.external_id.as_deref()))
                        .push_bind(link.and_then(|link| link.ids.xid.as_deref()))
                        .push_bind(after.left_at)
                        .push_bind(after.purge_on)
                        .push_bind(after.waiting.is_some())
                        .push_bind(after.waiting.and_then(|waiting| waiting.starts_on))
                        .push_bind(after.username.as_str())
                        .push_bind(after.username.to_lowercase())
                        .push_bind(kept_text(&after.kept))
                        .push_bind(before.role.code())
                        .push_bind(status_code(before.status));
                });
                // What an admin did by hand meanwhile is not undone.
                update.push(
                    ") AS v WHERE accounts.id = v.column1 AND accounts.role = v.column29
                        AND accounts.status = v.column30 AND (accounts.school_id = ",
                );
                update.push_bind(school.0).push(") IS TRUE");
                let written = update.build().execute(&mut *tx).await?.rows_affected();
                if written != accounts.len() as u64 {
                    return Err(ApplyError::Gone);
                }
            }
            for usernames in parts.new_usernames.chunks(ROWS) {
                reserve_usernames!(tx, school, usernames.iter().cloned());
            }
            for ids in parts.ended_logins.chunks(ROWS) {
                let mut update = QueryBuilder::new(
                    "UPDATE accounts SET password_hash = NULL, activated_at = NULL
                    WHERE (school_id = ",
                );
                update.push_bind(school.0).push(") IS TRUE AND id IN (");
                let mut list = update.separated(", ");
                for id in ids {
                    list.push_bind(*id);
                }
                update.push(")");
                update.build().execute(&mut *tx).await?;
            }
            // Whoever left is signed out, and nobody comes back to an old session.
            for ids in parts.sessions_of.chunks(ROWS) {
                let mut delete = QueryBuilder::new("DELETE FROM sessions WHERE school_id = ");
                delete.push_bind(school.0).push(" AND account_id IN (");
                let mut list = delete.separated(", ");
                for id in ids {
                    list.push_bind(*id);
                }
                delete.push(")");
                delete.build().execute(&mut *tx).await?;
            }
            // A link that went to an address which is no longer theirs must not work any more.
            for ids in parts.links_of.chunks(ROWS) {
                let mut delete =
                    QueryBuilder::new("DELETE FROM activation_tokens WHERE school_id = ");
                delete.push_bind(school.0).push(" AND used_at IS NULL AND account_id IN (");
                let mut list = delete.separated(", ");
                for id in ids {
                    list.push_bind(*id);
                }
                delete.push(")");
                delete.build().execute(&mut *tx).await?;
                let mut withdraw = QueryBuilder::new("UPDATE outbox SET withdrawn_at = ");
                withdraw.push_bind(now).push(" WHERE school_id = ").push_bind(school.0).push(
                    " AND kind = 'activation' AND sent_at IS NULL AND withdrawn_at IS NULL
                        AND account_id IN (",
                );
                let mut list = withdraw.separated(", ");
                for id in ids {
                    list.push_bind(*id);
                }
                withdraw.push(")");
                withdraw.build().execute(&mut *tx).await?;
            }
            for members in parts.left_groups.chunks(ROWS) {
                let mut delete = QueryBuilder::new("DELETE FROM memberships WHERE school_id = ");
                delete.push_bind(school.0).push(" AND (class_id, account_id) IN (");
                delete.push_values(members, |mut row, (class, account)| {
                    row.push_bind(*class).push_bind(*account);
                });
                delete.push(")");
                delete.build().execute(&mut *tx).await?;
            }
            insert_members!(tx, school, &parts.joined_groups);

            insert_accounts!(tx, school, &batch.new, now, Some(claim.run.0));
            let mut activated: HashSet<Uuid> = HashSet::new();
            for ids in parts.links_of.chunks(ROWS) {
                let mut select = QueryBuilder::new("SELECT id FROM accounts WHERE (school_id = ");
                select.push_bind(school.0);
                select.push(") IS TRUE AND password_hash IS NOT NULL AND id IN (");
                let mut list = select.separated(", ");
                for id in ids {
                    list.push_bind(*id);
                }
                select.push(")");
                activated.extend(select.build_query_scalar::<Uuid>().fetch_all(&mut *tx).await?);
            }
            let invitations: Vec<&Invitation> = batch
                .invitations
                .iter()
                .filter(|invitation| !activated.contains(&invitation.account.0))
                .collect();
            for invitations in invitations.chunks(ROWS) {
                let mut insert = QueryBuilder::new(
                    "INSERT INTO activation_tokens
                        (hash, school_id, account_id, created_at, expires_at) ",
                );
                insert.push_values(invitations, |mut row, invitation| {
                    row.push_bind(invitation.token_hash.as_slice())
                        .push_bind(school.0)
                        .push_bind(invitation.account.0)
                        .push_bind(now)
                        .push_bind(invitation.expires_at);
                });
                insert.build().execute(&mut *tx).await?;
                let mut insert = QueryBuilder::new(
                    "INSERT INTO outbox (id, school_id, account_id, run_id, kind, mail_sealed,
                        created_at, send_after, attempts) ",
                );
                insert.push_values(invitations, |mut row, invitation| {
                    row.push_bind(invitation.mail.id)
                        .push_bind(school.0)
                        .push_bind(invitation.account.0)
                        .push_bind(claim.run.0)
                        .push_bind("activation")
                        .push_bind(invitation.mail.sealed.as_slice())
                        .push_bind(now)
                        .push_bind(now)
                        .push_bind(0_i64);
                });
                insert.build().execute(&mut *tx).await?;
            }
            for letter in &batch.letters {
                sqlx::query(INSERT_MAIL)
                    .bind(letter.id)
                    .bind(school.0)
                    .bind(letter.account.map(|account| account.0))
                    .bind(claim.run.0)
                    .bind("username")
                    .bind(letter.sealed.as_slice())
                    .bind(now)
                    .execute(&mut *tx)
                    .await?;
            }

            // The fence again, in the statement that holds the run's row until the end. Not before
            // all else: the lease, and an admin who stops the run, would wait for it that long.
            crash::point("before-progress");
            let ours = sqlx::query(PROGRESS)
                .bind(claim.run.0)
                .bind(claim.fence)
                .bind(i64::from(claim.next_seq))
                .bind(i64::from(batch.next_seq))
                .bind(i64::from(batch.people))
                .execute(&mut *tx)
                .await?;
            if ours.rows_affected() != 1 {
                return Ok(false);
            }
            true
        })
    }
}

/// A batch, sorted by statement.
struct Parts<'a> {
    new_classes: Vec<&'a ClassAction>,
    changed_classes: Vec<&'a ClassAction>,
    /// Accounts that get another e-mail address, or leave and so let go of theirs.
    new_emails: Vec<Uuid>,
    /// Usernames that are given in place of another, folded, and whom to.
    new_usernames: Vec<(String, Uuid)>,
    /// Accounts that pass to somebody else, who sets a password of their own.
    ended_logins: Vec<Uuid>,
    /// Accounts that leave or come back, or pass to somebody else.
    sessions_of: Vec<Uuid>,
    /// Accounts whose unused activation links and unsent messages go.
    links_of: Vec<Uuid>,
    left_groups: Vec<(Uuid, Uuid)>,
    joined_groups: Vec<(Uuid, Uuid)>,
}

impl<'a> Parts<'a> {
    fn of(batch: &'a Batch) -> Self {
        let (new_classes, changed_classes) = batch
            .classes
            .iter()
            .filter(|class| class.change != ClassChange::Unchanged)
            .partition(|class| class.change == ClassChange::Create);
        let ids = |fits: fn(&ChangedAccount) -> bool| {
            batch.changed.iter().filter(|one| fits(one)).map(|one| one.after.id.0).collect()
        };
        Self {
            new_classes,
            changed_classes,
            new_emails: ids(|one| {
                one.after.status != AccountStatus::Active || one.before.email != one.after.email
            }),
            new_usernames: batch
                .changed
                .iter()
                .filter(|one| one.before.username != one.after.username)
                .map(|one| (one.after.username.to_lowercase(), one.after.id.0))
                .collect(),
            ended_logins: ids(|one| one.ends_login),
            sessions_of: ids(|one| one.ends_login || one.before.status != one.after.status),
            links_of: ids(|one| {
                one.ends_login
                    || one.before.status != one.after.status
                    || one.before.email != one.after.email
            }),
            left_groups: memberships(batch, |one| (&one.before.groups, &one.after.groups)),
            joined_groups: memberships(batch, |one| (&one.after.groups, &one.before.groups)),
        }
    }
}

/// The memberships in the first but not in the second set of each changed account.
fn memberships(
    batch: &Batch,
    sets: fn(&ChangedAccount) -> (&BTreeSet<ClassId>, &BTreeSet<ClassId>),
) -> Vec<(Uuid, Uuid)> {
    batch
        .changed
        .iter()
        .flat_map(|one| {
            let (here, there) = sets(one);
            here.difference(there).map(|class| (class.0, one.after.id.0)).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests;
