//! One batch of a run, written in one transaction: what the plan does with these classes and people,
//! in bulk, the progress, and the check of the worker's fence. A batch that was cut short left
//! nothing; one that was written is never written again, since the progress says so.
//!
//! Accounts are found by their ids. That they are the school's is asked with `IS TRUE`, which no index
//! answers: SQLite would rather go through the whole school for each batch.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use rollcall_engine::domain::accounts::{Account, Class};
use rollcall_engine::domain::plan::{ClassAction, ClassChange};
use rollcall_shared::ids::{ClassId, SchoolId};
use rollcall_shared::people::AccountStatus;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::account_rows::{insert_accounts, insert_members, reserve_usernames, update_accounts};
use super::class_rows::{insert_classes, update_classes};
use super::error::is_taken;
use super::outbox::{INSERT_MAIL, MailKind};
use super::people::NewAccount;
use super::runs::Claim;
use super::{MOST_BINDS, Store, StoreError, Tx, on_tx};
use crate::activation::ActivationLink;
use crate::crash;
use crate::outbox::SealedMail;

/// Rows of the widest statement.
const ROWS: usize = MOST_BINDS / 32;

/// What one batch writes.
#[derive(Default)]
pub struct Batch {
    pub classes: Vec<ClassAction>,
    pub new: Vec<NewAccount>,
    /// Activation links of new staff and of those who have another address or come back, and the
    /// messages that carry them. Anyone who has set a password by now gets none.
    pub invitations: Vec<ActivationLink>,
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
    Store(StoreError),
}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) if is_taken(&error) => Self::Taken,
            error => Self::Store(error),
        }
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
        let (school, parts) = (claim.school, Parts::of(batch));
        crash::point("before-batch");
        let mut tx = self.begin().await?;
        if !is_ours(&mut tx, claim).await? {
            return Ok(false);
        }
        write_classes(&mut tx, school, &parts, now).await?;
        let_go_of_emails(&mut tx, school, &parts.new_emails).await?;
        let written = update_accounts(&mut tx, school, &parts.changes, now).await?;
        if written != parts.changes.len() as u64 {
            return Err(ApplyError::Gone);
        }
        reserve_usernames(&mut tx, school, &parts.new_usernames).await?;
        end_logins(&mut tx, school, &parts).await?;
        end_links(&mut tx, school, &parts.links_of, now).await?;
        leave_groups(&mut tx, school, &parts.left_groups).await?;
        insert_members(&mut tx, school, &parts.joined_groups).await?;
        insert_accounts(&mut tx, school, &batch.new, now, Some(claim.run.0)).await?;
        invite(&mut tx, claim, batch, &parts.links_of, now).await?;
        write_letters(&mut tx, claim, &batch.letters, now).await?;
        // The fence again, in the statement that holds the run's row until the end. Not before all
        // else: the lease, and an admin who stops the run, would wait for it that long.
        crash::point("before-progress");
        if !note_progress(&mut tx, claim, batch).await? {
            return Ok(false);
        }
        crash::point("within-batch");
        tx.commit().await?;
        crash::point("after-batch");
        Ok(true)
    }
}

/// Whether the run is still this worker's, and has come just so far.
async fn is_ours(tx: &mut Tx, claim: &Claim) -> Result<bool, StoreError> {
    const FENCE: &str = "SELECT COUNT(*) FROM runs
        WHERE id = $1 AND fence = $2 AND next_seq = $3 AND status = 'running'";
    let ours: i64 = on_tx!(tx, |tx| sqlx::query_scalar(FENCE)
        .bind(claim.run.0)
        .bind(claim.fence)
        .bind(i64::from(claim.next_seq))
        .fetch_one(&mut *tx)
        .await?);
    Ok(ours == 1)
}

/// Notes how far the run has come, if it is still this worker's.
async fn note_progress(tx: &mut Tx, claim: &Claim, batch: &Batch) -> Result<bool, StoreError> {
    const PROGRESS: &str = "UPDATE runs SET next_seq = $4, done = done + $5
        WHERE id = $1 AND fence = $2 AND next_seq = $3 AND status = 'running'";
    let noted = on_tx!(tx, |tx| sqlx::query(PROGRESS)
        .bind(claim.run.0)
        .bind(claim.fence)
        .bind(i64::from(claim.next_seq))
        .bind(i64::from(batch.next_seq))
        .bind(i64::from(batch.people))
        .execute(&mut *tx)
        .await?
        .rows_affected());
    Ok(noted == 1)
}

async fn write_classes(
    tx: &mut Tx,
    school: SchoolId,
    parts: &Parts<'_>,
    now: DateTime<Utc>,
) -> Result<(), ApplyError> {
    insert_classes(tx, school, &parts.new_classes.iter().collect::<Vec<_>>(), now).await?;
    let changed: Vec<&Class> = parts.changed_classes.iter().collect();
    let written = update_classes(tx, school, &changed, now).await?;
    if written == changed.len() as u64 { Ok(()) } else { Err(ApplyError::Gone) }
}

/// Runs a statement for these ids, so many at a time: what `$begin` writes comes first, then the list
/// of ids.
macro_rules! for_ids {
    ($tx:expr, $ids:expr, |$query:ident| $begin:expr) => {
        for ids in $ids.chunks(ROWS) {
            on_tx!($tx, |tx| {
                let mut $query = QueryBuilder::new("");
                $begin;
                $query.push(" IN (");
                let mut list = $query.separated(", ");
                for id in ids {
                    list.push_bind(*id);
                }
                $query.push(")");
                $query.build().execute(&mut *tx).await?;
            });
        }
    };
}

/// Two may exchange their addresses, so all let go of theirs first.
async fn let_go_of_emails(tx: &mut Tx, school: SchoolId, ids: &[Uuid]) -> Result<(), StoreError> {
    for_ids!(tx, ids, |update| {
        update.push("UPDATE accounts SET email_folded = NULL WHERE (school_id = ");
        update.push_bind(school.0).push(") IS TRUE AND id")
    });
    Ok(())
}

/// Takes the passwords of accounts that pass to somebody else. Anyone who left is signed out, and nobody
/// comes back to an old session.
async fn end_logins(tx: &mut Tx, school: SchoolId, parts: &Parts<'_>) -> Result<(), StoreError> {
    for_ids!(tx, parts.ended_logins, |update| {
        update.push("UPDATE accounts SET password_hash = NULL, activated_at = NULL ");
        update.push("WHERE (school_id = ").push_bind(school.0).push(") IS TRUE AND id")
    });
    for_ids!(tx, parts.sessions_of, |delete| {
        delete.push("DELETE FROM sessions WHERE school_id = ").push_bind(school.0);
        delete.push(" AND account_id")
    });
    Ok(())
}

/// A link that went to an address which is no longer theirs must not work any more.
async fn end_links(
    tx: &mut Tx,
    school: SchoolId,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for_ids!(tx, ids, |delete| {
        delete.push("DELETE FROM activation_tokens WHERE school_id = ").push_bind(school.0);
        delete.push(" AND used_at IS NULL AND account_id")
    });
    for_ids!(tx, ids, |withdraw| {
        withdraw.push("UPDATE outbox SET withdrawn_at = ").push_bind(now);
        withdraw.push(" WHERE school_id = ").push_bind(school.0);
        withdraw.push(
            " AND kind IN ('activation', 'password') AND sent_at IS NULL AND withdrawn_at IS NULL
                AND account_id",
        )
    });
    Ok(())
}

async fn leave_groups(
    tx: &mut Tx,
    school: SchoolId,
    members: &[(Uuid, Uuid)],
) -> Result<(), StoreError> {
    for members in members.chunks(ROWS) {
        on_tx!(tx, |tx| {
            let mut delete = QueryBuilder::new("DELETE FROM memberships WHERE school_id = ");
            delete.push_bind(school.0).push(" AND (class_id, account_id) IN (");
            delete.push_values(members, |mut row, (class, account)| {
                row.push_bind(*class).push_bind(*account);
            });
            delete.push(")");
            delete.build().execute(&mut *tx).await?;
        });
    }
    Ok(())
}

/// Writes the activation links of a batch and the messages that carry them. Anyone who has set a
/// password by now, or whose sign-in is blocked, gets none.
async fn invite(
    tx: &mut Tx,
    claim: &Claim,
    batch: &Batch,
    had_links: &[Uuid],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let school = claim.school;
    if batch.invitations.is_empty() {
        return Ok(());
    }
    let mut without = activated(tx, school, had_links).await?;
    without.extend(blocked(tx, school).await?);
    let invitations: Vec<&ActivationLink> = batch
        .invitations
        .iter()
        .filter(|invitation| !without.contains(&invitation.account.0))
        .collect();
    for invitations in invitations.chunks(ROWS) {
        on_tx!(tx, |tx| {
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
                    .push_bind(MailKind::Activation.code())
                    .push_bind(invitation.mail.sealed.as_slice())
                    .push_bind(now)
                    .push_bind(now)
                    .push_bind(0_i64);
            });
            insert.build().execute(&mut *tx).await?;
        });
    }
    Ok(())
}

/// Those of the school whose sign-in is blocked.
async fn blocked(tx: &mut Tx, school: SchoolId) -> Result<Vec<Uuid>, StoreError> {
    const SQL: &str = "SELECT id FROM accounts WHERE school_id = $1 AND blocked_at IS NOT NULL";
    Ok(on_tx!(tx, |tx| sqlx::query_scalar(SQL).bind(school.0).fetch_all(&mut *tx).await?))
}

/// Those of these accounts who have set a password.
async fn activated(
    tx: &mut Tx,
    school: SchoolId,
    ids: &[Uuid],
) -> Result<HashSet<Uuid>, StoreError> {
    let mut activated = HashSet::new();
    for ids in ids.chunks(ROWS) {
        let some: Vec<Uuid> = on_tx!(tx, |tx| {
            let mut select = QueryBuilder::new("SELECT id FROM accounts WHERE (school_id = ");
            select.push_bind(school.0);
            select.push(") IS TRUE AND password_hash IS NOT NULL AND id IN (");
            let mut list = select.separated(", ");
            for id in ids {
                list.push_bind(*id);
            }
            select.push(")");
            select.build_query_scalar().fetch_all(&mut *tx).await?
        });
        activated.extend(some);
    }
    Ok(activated)
}

async fn write_letters(
    tx: &mut Tx,
    claim: &Claim,
    letters: &[SealedMail],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for letter in letters {
        on_tx!(tx, |tx| sqlx::query(INSERT_MAIL)
            .bind(letter.id)
            .bind(claim.school.0)
            .bind(letter.account.map(|account| account.0))
            .bind(claim.run.0)
            .bind(MailKind::Renamed.code())
            .bind(letter.sealed.as_slice())
            .bind(now)
            .execute(&mut *tx)
            .await
            .map(drop)?);
    }
    Ok(())
}

/// A batch, sorted by statement.
struct Parts<'a> {
    new_classes: Vec<Class>,
    changed_classes: Vec<Class>,
    /// Accounts as they were and as they will be.
    changes: Vec<(&'a Account, &'a Account)>,
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
        let classes = |is_wanted: fn(ClassChange) -> bool| {
            let wanted = batch.classes.iter().filter(move |action| is_wanted(action.change));
            wanted.map(ClassAction::after).collect()
        };
        let ids = |fits: fn(&ChangedAccount) -> bool| {
            batch.changed.iter().filter(|one| fits(one)).map(|one| one.after.id.0).collect()
        };
        Self {
            new_classes: classes(|change| change == ClassChange::Create),
            changed_classes: classes(|change| {
                !matches!(change, ClassChange::Create | ClassChange::Unchanged)
            }),
            changes: batch.changed.iter().map(|one| (&one.before, &one.after)).collect(),
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
