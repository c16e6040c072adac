//! Keeping somebody out by hand: blocking their sign-in, or moving them to the trash.
//!
//! Of a school one such change is made at a time, so that two admins who block each other at the same
//! moment leave one of them.

use chrono::{DateTime, NaiveDate, Utc};
use rollcall_engine::domain::accounts::Account;
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use rollcall_shared::people::{AccountStatus, Role};
use rollcall_shared::plan::PersonField;

use super::account_rows::{find_account, update_accounts};
use super::activation::{END_SESSIONS, end_links};
use super::by_hand::ONE_AT_A_TIME;
use super::edit::{going_run, has_other_admin};
use super::{Store, StoreError, Tx, in_transaction, on_tx};

/// What became of keeping somebody out. Nothing was changed unless it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptOut {
    Done,
    /// They are kept out in this way already.
    Already,
    NobodyThere,
    /// No other admin of the school can sign in: this one stays.
    LastAdmin,
    /// A run has to be done first.
    RunGoing(RunId),
}

/// Signs somebody out everywhere, and ends the links by which they could set a password.
async fn sign_out(
    tx: &mut Tx,
    school: SchoolId,
    account: AccountId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    on_tx!(tx, |tx| {
        end_links!(tx, school, account, at);
        sqlx::query(END_SESSIONS).bind(school.0).bind(account.0).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Whether the school would have no admin left who can sign in.
async fn is_last_admin(
    tx: &mut Tx,
    school: SchoolId,
    person: &Account,
) -> Result<bool, StoreError> {
    Ok(person.role == Role::Admin && !has_other_admin(tx, school, person.id).await?)
}

impl Store {
    /// Blocks the sign-in of somebody active, at once, also while a run is going: no run writes it.
    pub async fn block_sign_in(
        &self,
        school: SchoolId,
        account: AccountId,
        at: DateTime<Utc>,
    ) -> Result<KeptOut, StoreError> {
        const BLOCK: &str = "UPDATE accounts SET blocked_at = $3, updated_at = $3
            WHERE school_id = $1 AND id = $2 AND blocked_at IS NULL";
        let mut tx = self.begin().await?;
        on_tx!(&mut tx, |tx| sqlx::query(ONE_AT_A_TIME)
            .bind(school.0)
            .execute(&mut *tx)
            .await
            .map(drop)?);
        let person = find_account(&mut tx, school, account).await?.filter(Account::is_active);
        let Some(person) = person else { return Ok(KeptOut::NobodyThere) };
        if is_last_admin(&mut tx, school, &person).await? {
            return Ok(KeptOut::LastAdmin);
        }
        let blocked = on_tx!(&mut tx, |tx| sqlx::query(BLOCK)
            .bind(school.0)
            .bind(account.0)
            .bind(at)
            .execute(&mut *tx)
            .await?
            .rows_affected());
        if blocked == 0 {
            return Ok(KeptOut::Already);
        }
        sign_out(&mut tx, school, account, at).await?;
        tx.commit().await?;
        Ok(KeptOut::Done)
    }

    /// Lets somebody sign in again, with what they signed in with before. Says whether their sign-in
    /// was blocked.
    pub async fn unblock_sign_in(
        &self,
        school: SchoolId,
        account: AccountId,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE accounts SET blocked_at = NULL, updated_at = $3
            WHERE school_id = $1 AND id = $2 AND blocked_at IS NOT NULL";
        in_transaction!(self, |tx| {
            let unblocked =
                sqlx::query(SQL).bind(school.0).bind(account.0).bind(at).execute(&mut *tx).await?;
            unblocked.rows_affected() == 1
        })
    }

    /// Moves somebody active to the trash, until they are restored or purged. They keep what they are
    /// on record with.
    pub async fn move_to_trash(
        &self,
        school: SchoolId,
        account: AccountId,
        purge_on: Option<NaiveDate>,
        at: DateTime<Utc>,
    ) -> Result<KeptOut, StoreError> {
        let mut tx = self.begin().await?;
        if let Some(going) = going_run(&mut tx, school).await? {
            return Ok(KeptOut::RunGoing(going));
        }
        let Some(before) = find_account(&mut tx, school, account).await? else {
            return Ok(KeptOut::NobodyThere);
        };
        if !before.is_active() {
            return Ok(KeptOut::Already);
        }
        if is_last_admin(&mut tx, school, &before).await? {
            return Ok(KeptOut::LastAdmin);
        }
        let mut after =
            Account { status: AccountStatus::Trash, left_at: Some(at), purge_on, ..before.clone() };
        after.kept.remove(&PersonField::Status);
        update_accounts(&mut tx, school, &[(&before, &after)], at).await?;
        sign_out(&mut tx, school, account, at).await?;
        tx.commit().await?;
        Ok(KeptOut::Done)
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::fixtures::{account, staff_account};
    use rollcall_shared::people::{PeopleQuery, ToPutRight};

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::{add, invitation};
    use crate::sessions::NewSession;

    async fn admin_with_password(store: &Store, school: SchoolId, id: u128, name: &str) -> Account {
        let admin = Account { role: Role::Admin, ..staff_account(id, name) };
        add(store, school, std::slice::from_ref(&admin)).await;
        assert!(store.set_staff_password(school, admin.id, "hash", minute(0)).await.unwrap());
        admin
    }

    async fn begin(store: &Store, hash: u8, school: SchoolId, account: AccountId) {
        let session = NewSession { hash: [hash; 32], school, account, expires_at: minute(600) };
        store.begin_session(&session, minute(0)).await.unwrap();
    }

    #[tokio::test]
    async fn whoever_is_blocked_is_signed_out_and_can_come_in_again_once_unblocked() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let zoe = account(1, "Zoe Li");
            add(&store, here, std::slice::from_ref(&zoe)).await;
            begin(&store, 1, here, zoe.id).await;
            let login = async || store.find_login(here, &zoe.username).await.unwrap().unwrap();
            assert!(!login().await.is_blocked);
            assert_eq!(store.block_sign_in(here, zoe.id, minute(1)).await.unwrap(), KeptOut::Done);
            assert!(login().await.is_blocked);
            assert_eq!(store.find_session(&[1; 32]).await.unwrap(), None);
            let row = store.find_person(here, zoe.id).await.unwrap().unwrap();
            assert!(row.blocked && row.status == AccountStatus::Active);
            let again = store.block_sign_in(here, zoe.id, minute(2)).await.unwrap();
            assert_eq!(again, KeptOut::Already);

            begin(&store, 2, here, zoe.id).await;
            assert_eq!(store.find_session(&[2; 32]).await.unwrap(), None, "while blocked");
            assert!(store.unblock_sign_in(here, zoe.id, minute(3)).await.unwrap());
            assert!(!store.unblock_sign_in(here, zoe.id, minute(3)).await.unwrap());
            assert!(!login().await.is_blocked);
            assert!(store.find_session(&[2; 32]).await.unwrap().is_some());
        })
        .await;
    }

    #[tokio::test]
    async fn a_blocked_member_of_staff_has_no_link_and_is_sent_none() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let ama = staff_account(1, "Ama Okafor").with_email("ama@waterside.example");
            let link = invitation(7, here, ama.id);
            store.add_staff(here, ama.clone(), &link, minute(0)).await.unwrap();
            assert!(store.find_invited(&[7; 32]).await.unwrap().is_some());
            let to_put_right = async || {
                let figures = store.count_people(here, minute(0).date_naive()).await.unwrap();
                figures.to_put_right.into_iter().map(|one| one.what).collect::<Vec<_>>()
            };
            assert_eq!(to_put_right().await, [ToPutRight::NotActivated]);
            store.block_sign_in(here, ama.id, minute(1)).await.unwrap();
            assert!(store.find_invited(&[7; 32]).await.unwrap().is_none());
            assert!(!store.activate(&[7; 32], "hash", minute(2)).await.unwrap());
            assert!(store.list_not_activated(here, minute(2)).await.unwrap().is_empty());
            assert_eq!(to_put_right().await, []);
        })
        .await;
    }

    #[tokio::test]
    async fn the_last_admin_who_can_sign_in_is_neither_blocked_nor_moved_to_the_trash() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let ama = admin_with_password(&store, here, 1, "Ama Okafor").await;
            let ben = admin_with_password(&store, here, 2, "Ben Abel").await;
            let invited = Account { role: Role::Admin, ..staff_account(3, "Cy Dove") };
            add(&store, here, std::slice::from_ref(&invited)).await;
            assert_eq!(store.block_sign_in(here, ben.id, minute(1)).await.unwrap(), KeptOut::Done);
            let last = store.block_sign_in(here, ama.id, minute(2)).await.unwrap();
            assert_eq!(last, KeptOut::LastAdmin);
            let last = store.move_to_trash(here, ama.id, None, minute(2)).await.unwrap();
            assert_eq!(last, KeptOut::LastAdmin);
            let gone = store.move_to_trash(here, invited.id, None, minute(2)).await.unwrap();
            assert_eq!(gone, KeptOut::Done, "one who has no password is not the last");
            store.unblock_sign_in(here, ben.id, minute(3)).await.unwrap();
            let gone = store.move_to_trash(here, ama.id, None, minute(4)).await.unwrap();
            assert_eq!(gone, KeptOut::Done);
        })
        .await;
    }

    #[tokio::test]
    async fn whoever_is_moved_to_the_trash_is_in_its_list_and_comes_back_with_their_login() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let zoe = account(1, "Zoe Li").linked("9660");
            add(&store, here, std::slice::from_ref(&zoe)).await;
            begin(&store, 1, here, zoe.id).await;
            let elsewhere = store.move_to_trash(there, zoe.id, None, minute(1)).await.unwrap();
            assert_eq!(elsewhere, KeptOut::NobodyThere);
            let purge_on = NaiveDate::from_ymd_opt(2027, 9, 1);
            let gone = store.move_to_trash(here, zoe.id, purge_on, minute(2)).await.unwrap();
            assert_eq!(gone, KeptOut::Done);
            let again = store.move_to_trash(here, zoe.id, purge_on, minute(3)).await.unwrap();
            assert_eq!(again, KeptOut::Already);
            let trash = PeopleQuery { trash: true, ..PeopleQuery::default() };
            let trash = store.list_people(here, &trash).await.unwrap().rows;
            assert_eq!(trash.len(), 1);
            assert_eq!(trash[0].purge_on.as_ref().unwrap().0, "2027-09-01");
            assert_eq!(store.find_login(here, &zoe.username).await.unwrap(), None);
            assert!(store.restore_person(here, zoe.id, minute(4)).await.unwrap());
            let back = store.find_login(here, &zoe.username).await.unwrap().unwrap();
            assert_eq!(back.password_sealed.unwrap(), zoe.id.0.as_bytes());
            assert_eq!(store.find_session(&[1; 32]).await.unwrap(), None);
        })
        .await;
    }
}
