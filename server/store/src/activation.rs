//! Activation links: the hash of the token, whose it is, and whether it has been used.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::mail::Delivery;
use uuid::Uuid;

use super::audit::{AuditEntry, insert_record};
use super::by_hand::ONE_AT_A_TIME;
use super::outbox::delivery;
use super::outbox::{INSERT_MAIL, MailKind, SealedMail};
use super::rows::count;
use super::schools::StoredSchool;
use super::sessions::TokenHash;
use super::{Store, StoreError, in_transaction, on};

/// Whom a link invites to set a password.
#[derive(Clone, Debug)]
pub struct Invited {
    pub school: StoredSchool,
    pub account: AccountId,
    pub forename: String,
    pub surname: String,
    pub username: String,
    pub email: Option<String>,
    pub expires_at: DateTime<Utc>,
}

/// A member of staff who has set no password yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotActivated {
    pub account: AccountId,
    pub forename: String,
    pub username: String,
    pub email: Option<String>,
    /// Whether they are sent the link again where it is sent to all.
    pub due: Due,
}

/// Whether somebody is sent the link again where it is sent to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    Yes,
    /// Their message waits to be sent, and its link works.
    Waits,
    /// They were sent one within the hour.
    Recent,
    NoAddress,
}

/// A link that takes the place of older ones, and the record that it was sent.
pub struct LinkAgain {
    /// The address the message goes to.
    pub email: String,
    pub invitation: ActivationLink,
    pub record: AuditEntry<'static>,
}

/// Another password that a member of staff has chosen.
pub struct PasswordChange {
    pub account: AccountId,
    /// The hash of the one that they typed to show that it is they.
    pub before: String,
    /// The hash of the new one.
    pub after: String,
    /// Word of it; none for somebody without an address.
    pub mail: Option<SealedMail>,
    pub record: AuditEntry<'static>,
}

#[derive(sqlx::FromRow)]
struct NotActivatedRow {
    id: Uuid,
    forename: String,
    username: String,
    email: Option<String>,
    delivery: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    has_link: bool,
}

impl NotActivatedRow {
    fn at(self, now: DateTime<Utc>) -> NotActivated {
        const RECENT: TimeDelta = TimeDelta::hours(1);
        let waits = self.delivery.as_deref() == Some(Delivery::Waiting.code());
        let was_sent = self.delivery.as_deref() == Some(Delivery::Sent.code());
        let due = match self.sent_at {
            _ if self.email.is_none() => Due::NoAddress,
            _ if waits && self.has_link => Due::Waits,
            Some(sent_at) if was_sent && now - sent_at < RECENT => Due::Recent,
            _ => Due::Yes,
        };
        NotActivated {
            account: AccountId(self.id),
            forename: self.forename,
            username: self.username,
            email: self.email,
            due,
        }
    }
}

const NOT_ACTIVATED: &str = concat!(
    "SELECT a.id, a.forename, a.username, a.email, ",
    delivery!(),
    " AS delivery,
        (SELECT MAX(o.sent_at) FROM outbox o
            WHERE o.account_id = a.id AND o.kind = 'activation') AS sent_at,
        EXISTS (SELECT 1 FROM activation_tokens t
            WHERE t.account_id = a.id AND t.used_at IS NULL AND t.expires_at > $2) AS has_link
    FROM accounts a
    WHERE a.school_id = $1 AND a.status = 'active' AND a.role <> 'pupil'
        AND a.activated_at IS NULL AND a.blocked_at IS NULL
    ORDER BY a.sort_name, a.id"
);

#[derive(sqlx::FromRow)]
struct Row {
    school_id: Uuid,
    estab: String,
    slug: String,
    name: String,
    retention_months: i64,
    account_id: Uuid,
    forename: String,
    surname: String,
    username: String,
    email: Option<String>,
    expires_at: DateTime<Utc>,
}

impl TryFrom<Row> for Invited {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            school: StoredSchool {
                id: SchoolId(row.school_id),
                estab: row.estab.parse().map_err(|_| StoreError::unreadable("schools.estab"))?,
                slug: row.slug,
                name: row.name,
                retention_months: u32::try_from(row.retention_months)
                    .map_err(|_| StoreError::unreadable("schools.retention_months"))?,
            },
            account: AccountId(row.account_id),
            forename: row.forename,
            surname: row.surname,
            username: row.username,
            email: row.email,
            expires_at: row.expires_at,
        })
    }
}

/// A link and the message that carries it, to be stored together with the account.
pub struct ActivationLink {
    pub account: AccountId,
    pub token_hash: TokenHash,
    pub expires_at: DateTime<Utc>,
    pub mail: SealedMail,
    /// The link itself, which is stored nowhere.
    pub link: String,
}

/// Ends an account's unused links and withdraws those that were not sent, within a transaction of
/// either engine: `end_links!(tx, school, account, at)`.
macro_rules! end_links {
    ($tx:ident, $school:expr, $account:expr, $at:expr) => {{
        let (school, account): (rollcall_shared::ids::SchoolId, rollcall_shared::ids::AccountId) =
            ($school, $account);
        sqlx::query($crate::activation::END_LINKS)
            .bind(school.0)
            .bind(account.0)
            .execute(&mut *$tx)
            .await?;
        sqlx::query($crate::activation::WITHDRAW_MAIL)
            .bind(school.0)
            .bind(account.0)
            .bind($at)
            .execute(&mut *$tx)
            .await?;
    }};
}

/// Sets the password of an active member of staff, and ends their sessions and unused links, sent
/// or not, within a transaction of either engine. Says whether there is such a person.
macro_rules! set_password {
    ($tx:ident, $school:expr, $account:expr, $password_hash:expr, $at:expr) => {{
        let set = sqlx::query(SET_PASSWORD)
            .bind($school)
            .bind($account)
            .bind($password_hash)
            .bind($at)
            .execute(&mut *$tx)
            .await?;
        end_links!($tx, SchoolId($school), AccountId($account), $at);
        sqlx::query(END_SESSIONS).bind($school).bind($account).execute(&mut *$tx).await?;
        set.rows_affected() == 1
    }};
}

const SET_PASSWORD: &str = "UPDATE accounts
    SET password_hash = $3, activated_at = COALESCE(activated_at, $4)
    WHERE school_id = $1 AND id = $2 AND status = 'active' AND role <> 'pupil'
        AND blocked_at IS NULL";
/// Ends an account's unused links: school, account.
pub(super) const END_LINKS: &str = "DELETE FROM activation_tokens
    WHERE school_id = $1 AND account_id = $2 AND used_at IS NULL";
/// Withdraws an account's unsent links: school, account, now.
pub(super) const WITHDRAW_MAIL: &str = "UPDATE outbox SET withdrawn_at = $3
    WHERE school_id = $1 AND account_id = $2 AND kind IN ('activation', 'password')
        AND sent_at IS NULL AND withdrawn_at IS NULL";
/// The address of a member of staff who may sign in. Anyone who changes it meanwhile waits until the
/// transaction is done, and ends the link that was sent there.
const HOLD_ADDRESS: &str = "UPDATE accounts SET email = email
    WHERE school_id = $1 AND id = $2 AND status = 'active' AND role <> 'pupil'
        AND blocked_at IS NULL
    RETURNING email";
pub(super) const END_SESSIONS: &str =
    "DELETE FROM sessions WHERE school_id = $1 AND account_id = $2";
/// Takes the password of a member of staff away: school, account.
pub(super) const END_PASSWORD: &str = "UPDATE accounts
    SET password_hash = NULL, activated_at = NULL
    WHERE school_id = $1 AND id = $2 AND role <> 'pupil'";

/// Takes the login of a member of staff away, within a transaction of either engine:
/// `revoke_staff_login!(tx, school, account, at)`. Their unused links work no more, messages with
/// such links that were not sent are withdrawn, their password is gone and they are signed out.
/// The person it passes to gets a new link. The links come first, as when one is used: so of the two
/// at the same moment one waits for the other.
macro_rules! revoke_staff_login {
    ($tx:ident, $school:expr, $account:expr, $at:expr) => {{
        let (school, account, at): (
            rollcall_shared::ids::SchoolId,
            rollcall_shared::ids::AccountId,
            chrono::DateTime<chrono::Utc>,
        ) = ($school, $account, $at);
        $crate::activation::end_links!($tx, school, account, at);
        for sql in [$crate::activation::END_PASSWORD, $crate::activation::END_SESSIONS] {
            sqlx::query(sql).bind(school.0).bind(account.0).execute(&mut *$tx).await?;
        }
    }};
}

/// Writes a link and its message within a transaction of either engine:
/// `insert_invitation!(tx, school, invitation, at)`. It is an invitation to set the first password,
/// unless it is said to be of another kind.
macro_rules! insert_invitation {
    ($tx:ident, $school:expr, $invitation:expr, $at:expr) => {
        $crate::activation::insert_invitation!(
            $tx,
            $school,
            $invitation,
            $crate::outbox::MailKind::Activation,
            $at
        )
    };
    ($tx:ident, $school:expr, $invitation:expr, $kind:expr, $at:expr) => {{
        let (school, invitation, at): (
            rollcall_shared::ids::SchoolId,
            &$crate::activation::ActivationLink,
            chrono::DateTime<chrono::Utc>,
        ) = ($school, $invitation, $at);
        sqlx::query($crate::activation::INSERT_TOKEN)
            .bind(invitation.token_hash.as_slice())
            .bind(school.0)
            .bind(invitation.account.0)
            .bind(at)
            .bind(invitation.expires_at)
            .execute(&mut *$tx)
            .await?;
        sqlx::query($crate::outbox::INSERT_MAIL)
            .bind(invitation.mail.id)
            .bind(school.0)
            .bind(invitation.account.0)
            .bind(invitation.mail.run.map(|run| run.0))
            .bind($kind.code())
            .bind(invitation.mail.sealed.as_slice())
            .bind(at)
            .execute(&mut *$tx)
            .await?;
    }};
}

/// A token's row: hash, school, account, now, expiry.
pub(crate) const INSERT_TOKEN: &str = "INSERT INTO activation_tokens
        (hash, school_id, account_id, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING";

pub(crate) use insert_invitation;
pub(super) use {end_links, revoke_staff_login};

impl Store {
    /// Whose unused link this is; nobody's, if the account has gone to the trash or is blocked.
    pub async fn find_invited(&self, hash: &TokenHash) -> Result<Option<Invited>, StoreError> {
        const SQL: &str = "SELECT s.id AS school_id, s.estab, s.slug, s.name, s.retention_months,
                a.id AS account_id, a.forename, a.surname, a.username, a.email, t.expires_at
            FROM activation_tokens t
            JOIN accounts a ON a.id = t.account_id AND a.status = 'active'
                AND a.blocked_at IS NULL
            JOIN schools s ON s.id = t.school_id
            WHERE t.hash = $1 AND t.used_at IS NULL";
        let row: Option<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(hash.as_slice()).fetch_optional(pool).await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// Uses a link up: sets the password, ends the account's sessions and its other links. False
    /// if the link was used meanwhile, or the account has gone to the trash; then nothing is
    /// changed.
    pub async fn activate(
        &self,
        hash: &TokenHash,
        password_hash: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const USE: &str = "UPDATE activation_tokens SET used_at = $2
            WHERE hash = $1 AND used_at IS NULL AND expires_at > $2
            RETURNING school_id, account_id";
        in_transaction!(self, |tx| {
            let used: Option<(Uuid, Uuid)> =
                sqlx::query_as(USE).bind(hash.as_slice()).bind(at).fetch_optional(&mut *tx).await?;
            let Some((school, account)) = used else { return Ok(false) };
            if !set_password!(tx, school, account, password_hash, at) {
                return Ok(false);
            }
            true
        })
    }

    /// Sets the password of a member of staff without a link, and ends their sessions and links.
    /// False if there is no such active person.
    pub async fn set_staff_password(
        &self,
        school: SchoolId,
        account: AccountId,
        password_hash: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        in_transaction!(self, |tx| set_password!(tx, school.0, account.0, password_hash, at))
    }

    /// How many links for a forgotten password somebody was sent since then.
    pub async fn count_new_password_links(
        &self,
        school: SchoolId,
        account: AccountId,
        since: DateTime<Utc>,
    ) -> Result<u32, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM outbox
            WHERE school_id = $1 AND account_id = $2 AND kind = 'password' AND created_at > $3";
        let sent: i64 = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(account.0)
            .bind(since)
            .fetch_one(pool)
            .await)?;
        Ok(count(sent))
    }

    /// Gives a member of staff another password, ends their sessions and unused links, and writes down
    /// and tells them that it was done. False, and nothing is changed, if they have not the password
    /// any more that was looked at.
    pub async fn change_staff_password(
        &self,
        school: SchoolId,
        change: &PasswordChange,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const STILL: &str = "UPDATE accounts SET password_hash = password_hash
            WHERE school_id = $1 AND id = $2 AND password_hash = $3";
        let PasswordChange { account, before, after, mail, record } = change;
        in_transaction!(self, |tx| {
            let still = sqlx::query(STILL).bind(school.0).bind(account.0).bind(before);
            if still.execute(&mut *tx).await?.rows_affected() != 1
                || !set_password!(tx, school.0, account.0, after, at)
            {
                return Ok(false);
            }
            if let Some(mail) = mail {
                sqlx::query(INSERT_MAIL)
                    .bind(mail.id)
                    .bind(school.0)
                    .bind(account.0)
                    .bind(mail.run.map(|run| run.0))
                    .bind(MailKind::PasswordChanged.code())
                    .bind(mail.sealed.as_slice())
                    .bind(at)
                    .execute(&mut *tx)
                    .await?;
            }
            insert_record!(tx, school, record);
            true
        })
    }

    /// Sends a link to somebody who has forgotten their password, unless they have another address by
    /// now. The links they have go on working. Says whether it is sent.
    pub async fn send_new_password_link(
        &self,
        school: SchoolId,
        link: &LinkAgain,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let LinkAgain { email, invitation, record } = link;
        in_transaction!(self, |tx| {
            sqlx::query(ONE_AT_A_TIME).bind(school.0).execute(&mut *tx).await?;
            let theirs: Option<Option<String>> = sqlx::query_scalar(HOLD_ADDRESS)
                .bind(school.0)
                .bind(invitation.account.0)
                .fetch_optional(&mut *tx)
                .await?;
            let is_to_be_sent = theirs.flatten().is_some_and(|theirs| theirs == *email);
            if is_to_be_sent {
                insert_invitation!(tx, school, invitation, MailKind::NewPassword, at);
                insert_record!(tx, school, record);
            }
            is_to_be_sent
        })
    }

    /// The staff who have set no password yet.
    pub async fn list_not_activated(
        &self,
        school: SchoolId,
        now: DateTime<Utc>,
    ) -> Result<Vec<NotActivated>, StoreError> {
        let rows: Vec<NotActivatedRow> = on!(self, |pool| sqlx::query_as(NOT_ACTIVATED)
            .bind(school.0)
            .bind(now)
            .fetch_all(pool)
            .await)?;
        Ok(rows.into_iter().map(|row| row.at(now)).collect())
    }

    /// Sends links again, and records that: to those only who still have the address, and, with
    /// `only_due`, to whom one is [due](Due) still. Says to how many.
    pub async fn send_links_again(
        &self,
        school: SchoolId,
        links: &[LinkAgain],
        only_due: bool,
        at: DateTime<Utc>,
    ) -> Result<u32, StoreError> {
        in_transaction!(self, |tx| {
            sqlx::query(ONE_AT_A_TIME).bind(school.0).execute(&mut *tx).await?;
            let mut due: Option<HashSet<AccountId>> = None;
            if only_due {
                let rows: Vec<NotActivatedRow> = sqlx::query_as(NOT_ACTIVATED)
                    .bind(school.0)
                    .bind(at)
                    .fetch_all(&mut *tx)
                    .await?;
                let now = rows.into_iter().map(|row| row.at(at));
                let now = now.filter(|person| person.due == Due::Yes);
                due = Some(now.map(|person| person.account).collect());
            }
            let mut sent = 0;
            for LinkAgain { email, invitation, record } in links {
                let account = invitation.account;
                if due.as_ref().is_some_and(|due| !due.contains(&account)) {
                    continue;
                }
                let now: Option<Option<String>> = sqlx::query_scalar(HOLD_ADDRESS)
                    .bind(school.0)
                    .bind(account.0)
                    .fetch_optional(&mut *tx)
                    .await?;
                if now.flatten().as_ref() != Some(email) {
                    continue;
                }
                end_links!(tx, school, account, at);
                insert_invitation!(tx, school, invitation, at);
                insert_record!(tx, school, record);
                sent += 1;
            }
            sent
        })
    }

    /// Stores a new link and its message; the account's older links and unsent messages go.
    pub async fn replace_invitation(
        &self,
        school: SchoolId,
        invitation: &ActivationLink,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        in_transaction!(self, |tx| {
            end_links!(tx, school, invitation.account, at);
            insert_invitation!(tx, school, invitation, at);
        })
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::domain::accounts::Account;
    use rollcall_engine::fixtures::{account, staff_account};

    use super::*;
    use crate::audit::AuditAction;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::{add, invitation};

    const HASH: &str = "$argon2id$…";

    #[tokio::test]
    async fn a_link_shows_whom_it_invites_and_to_which_school() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let ama = staff_account(1, "Ama Okafor");
            add(&store, school, std::slice::from_ref(&ama)).await;
            let link = invitation(1, school, ama.id);
            store.replace_invitation(school, &link, minute(0)).await.unwrap();
            let invited = store.find_invited(&link.token_hash).await.unwrap().unwrap();
            assert_eq!((invited.school.id, invited.account), (school, ama.id));
            assert_eq!((invited.username, invited.email), (ama.username, ama.email));
            assert_eq!(invited.expires_at, link.expires_at);
            assert!(store.find_invited(&[0; 32]).await.unwrap().is_none());
        })
        .await;
    }

    #[tokio::test]
    async fn a_link_works_once_even_for_two_at_the_same_moment() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let ama = staff_account(1, "Ama Okafor");
            add(&store, school, std::slice::from_ref(&ama)).await;
            let link = invitation(1, school, ama.id);
            store.replace_invitation(school, &link, minute(0)).await.unwrap();
            let (a, b) = tokio::join!(
                store.activate(&link.token_hash, HASH, minute(1)),
                store.activate(&link.token_hash, HASH, minute(1)),
            );
            assert!(a.unwrap() != b.unwrap(), "one of them, and only one");
            assert!(store.find_invited(&link.token_hash).await.unwrap().is_none());
            let login = store.find_login(school, &ama.username).await.unwrap().unwrap();
            assert_eq!(login.password_hash.as_deref(), Some(HASH));
            assert!(store.find_person(school, ama.id).await.unwrap().unwrap().activated);
        })
        .await;
    }

    #[tokio::test]
    async fn a_link_that_has_expired_or_whose_owner_is_in_the_trash_changes_nothing() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let (ama, ben) = (staff_account(1, "Ama Okafor"), staff_account(2, "Ben Abel").left());
            add(&store, school, &[ama.clone(), ben.clone()]).await;
            for (id, account) in [(1, ama.id), (2, ben.id)] {
                let link = invitation(id, school, account);
                store.replace_invitation(school, &link, minute(0)).await.unwrap();
                let late = if account == ama.id { link.expires_at } else { minute(1) };
                assert!(!store.activate(&link.token_hash, HASH, late).await.unwrap());
            }
            assert!(!store.find_person(school, ama.id).await.unwrap().unwrap().activated);
            assert!(!store.find_person(school, ben.id).await.unwrap().unwrap().activated);
        })
        .await;
    }

    #[tokio::test]
    async fn a_new_link_takes_the_place_of_older_links_and_of_their_unsent_messages() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let (ama, ben) = (staff_account(1, "Ama Okafor"), staff_account(2, "Ben Abel"));
            add(&store, school, &[ama.clone(), ben.clone()]).await;
            let links = [
                invitation(1, school, ama.id),
                invitation(2, school, ben.id),
                invitation(3, school, ama.id),
            ];
            for (link, at) in links.iter().zip(0..) {
                store.replace_invitation(school, link, minute(at)).await.unwrap();
            }
            assert!(!store.activate(&links[0].token_hash, HASH, minute(9)).await.unwrap());
            assert!(store.find_invited(&links[1].token_hash).await.unwrap().is_some());
            assert!(store.find_invited(&links[2].token_hash).await.unwrap().is_some());
            let kept = store.list_unsent_mail(10).await.unwrap();
            let accounts: Vec<_> = kept.iter().map(|kept| kept.mail.account).collect();
            assert_eq!(accounts, [Some(ama.id), Some(ben.id)]);
        })
        .await;
    }

    fn again(number: u8, school: SchoolId, of: &Account) -> LinkAgain {
        LinkAgain {
            email: of.email.clone().unwrap(),
            invitation: invitation(number, school, of.id),
            record: AuditEntry {
                id: Uuid::from_u128(number.into()),
                at: minute(0),
                actor: None,
                action: AuditAction::ActivationSent,
                subject: Some(of.id),
                detail: None,
            },
        }
    }

    async fn due(store: &Store, school: SchoolId, at: i64) -> Vec<(String, Due)> {
        let people = store.list_not_activated(school, minute(at)).await.unwrap();
        people.into_iter().map(|person| (person.username, person.due)).collect()
    }

    #[tokio::test]
    async fn a_link_is_due_to_whom_none_waits_and_none_was_sent_within_the_hour() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let (ama, ben) = (staff_account(1, "Ama Abel"), staff_account(2, "Ben Bello"));
            let (cy, gone) = (staff_account(3, "Cy Clarke"), staff_account(4, "Di Dean").left());
            let no_address = staff_account(5, "Ed Evans").without_email();
            let zoe = account(6, "Zoe Li");
            add(&store, here, &[ama.clone(), ben.clone(), cy.clone(), gone, no_address, zoe]).await;
            add(&store, there, &[staff_account(7, "Ama Abel")]).await;
            assert!(store.set_staff_password(here, cy.id, HASH, minute(0)).await.unwrap());
            let expected = |ama, ben| {
                vec![
                    ("user1".to_owned(), ama),
                    ("user2".to_owned(), ben),
                    ("user5".to_owned(), Due::NoAddress),
                ]
            };
            assert_eq!(due(&store, here, 0).await, expected(Due::Yes, Due::Yes));
            store.replace_invitation(here, &invitation(1, here, ama.id), minute(0)).await.unwrap();
            assert_eq!(due(&store, here, 9).await, expected(Due::Waits, Due::Yes));
            let expired = expected(Due::Yes, Due::Yes);
            assert_eq!(due(&store, here, 24 * 60).await, expired, "its link works no more");
            for waiting in store.claim_mail(minute(9), TimeDelta::minutes(5), 9).await.unwrap() {
                store.mail_was_sent(waiting.mail.id, minute(10)).await.unwrap();
            }
            assert_eq!(due(&store, here, 69).await, expected(Due::Recent, Due::Yes));
            assert_eq!(due(&store, here, 70).await, expected(Due::Yes, Due::Yes));
        })
        .await;
    }

    #[tokio::test]
    async fn sent_again_to_those_who_are_due_it_is_sent_once_and_recorded() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let (ama, ben) = (staff_account(1, "Ama Abel"), staff_account(2, "Ben Bello"));
            add(&store, school, &[ama.clone(), ben.clone()]).await;
            let links = |first| vec![again(first, school, &ama), again(first + 1, school, &ben)];
            let (one, two) = (links(1), links(3));
            let send =
                async |links| store.send_links_again(school, links, true, minute(1)).await.unwrap();
            let (a, b) = tokio::join!(send(&one), send(&two));
            assert_eq!(a + b, 2, "one of the two, and only one");
            assert_eq!(store.list_unsent_mail(10).await.unwrap().len(), 2);
            let sent = AuditAction::ActivationSent;
            assert_eq!(store.count_recorded(school, sent).await.unwrap(), 2);
            let three = [again(5, school, &ama)];
            assert_eq!(store.send_links_again(school, &three, false, minute(2)).await.unwrap(), 1);
            assert_eq!(store.list_unsent_mail(10).await.unwrap().len(), 2, "it takes a place");
        })
        .await;
    }

    #[tokio::test]
    async fn nothing_is_sent_to_an_address_of_before_to_the_trash_or_to_another_school() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let (ama, gone) = (staff_account(1, "Ama Abel"), staff_account(2, "Di Dean").left());
            add(&store, here, &[ama.clone(), gone.clone()]).await;
            let before = ama.clone().with_email("amra@waterside.example");
            let links = [again(1, here, &before), again(2, here, &gone)];
            assert_eq!(store.send_links_again(here, &links, false, minute(1)).await.unwrap(), 0);
            let links = [again(3, there, &ama)];
            assert_eq!(store.send_links_again(there, &links, false, minute(1)).await.unwrap(), 0);
            assert!(store.list_unsent_mail(10).await.unwrap().is_empty());
            assert_eq!(store.count_recorded(here, AuditAction::ActivationSent).await.unwrap(), 0);
        })
        .await;
    }

    #[tokio::test]
    async fn a_person_who_sets_a_password_is_not_sent_the_links_that_end_with_it() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let ama = staff_account(1, "Ama Abel");
            add(&store, school, std::slice::from_ref(&ama)).await;
            let link = invitation(1, school, ama.id);
            store.replace_invitation(school, &link, minute(0)).await.unwrap();
            assert!(store.activate(&link.token_hash, HASH, minute(1)).await.unwrap());
            assert!(store.list_unsent_mail(10).await.unwrap().is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn a_password_set_without_a_link_is_for_active_staff_of_that_school() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let (ama, zoe) = (staff_account(1, "Ama Okafor"), account(2, "Zoe Li"));
            add(&store, here, &[ama.clone(), zoe.clone()]).await;
            let link = invitation(1, here, ama.id);
            store.replace_invitation(here, &link, minute(0)).await.unwrap();
            let set = async |school, account| {
                store.set_staff_password(school, account, HASH, minute(1)).await.unwrap()
            };
            assert!(!set(there, ama.id).await);
            assert!(!set(here, zoe.id).await);
            assert!(store.find_invited(&link.token_hash).await.unwrap().is_some());
            assert!(set(here, ama.id).await);
            assert!(store.find_invited(&link.token_hash).await.unwrap().is_none());
        })
        .await;
    }
}
