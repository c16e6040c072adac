//! Members of staff who are added by hand.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::people::{AccountStatus, PersonKind, Role};
use uuid::Uuid;

use super::activation::insert_invitation;
use super::error::is_taken;
use super::people::{NewAccount, NewLogin, insert_accounts};
use super::rows::status_of;
use super::{Store, StoreError, in_transaction, on};
use crate::activation::Invitation;
use crate::sync::accounts::{Account, MisLink};

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
        let id: Option<Uuid> = on!(self, |pool| sqlx::query_scalar(SQL)
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

    /// Adds a pupil. False if someone else was given the username meanwhile; then nobody was added.
    pub async fn add_pupil(
        &self,
        school: SchoolId,
        pupil: NewAccount,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        match self.add_accounts(school, &[pupil], at).await {
            Ok(()) => Ok(true),
            Err(StoreError::Database(error)) if is_taken(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Where the account of this MIS link stands; an active one counts before one in the trash.
    pub async fn find_status_by_link(
        &self,
        school: SchoolId,
        kind: PersonKind,
        link: &MisLink,
    ) -> Result<Option<AccountStatus>, StoreError> {
        const SQL: &str = "SELECT status FROM accounts
            WHERE school_id = $1 AND is_linked
                AND CASE role WHEN 'pupil' THEN 'pupil' ELSE 'staff' END = $2
                AND mis_id = $3 AND (mis = $4 OR mis IS NULL OR $4 IS NULL)
            ORDER BY status LIMIT 1";
        let status: Option<String> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(kind.code())
            .bind(&link.ids.id)
            .bind(&link.mis)
            .fetch_optional(pool)
            .await)?;
        status.as_deref().map(status_of).transpose()
    }

    /// The accounts of this kind that are linked to the MIS: the link's MIS and plain id, and the
    /// account.
    pub async fn linked_people(
        &self,
        school: SchoolId,
        kind: PersonKind,
    ) -> Result<Vec<(Option<String>, String, AccountId)>, StoreError> {
        const SQL: &str = "SELECT mis, mis_id, id FROM accounts
            WHERE school_id = $1 AND is_linked
                AND CASE role WHEN 'pupil' THEN 'pupil' ELSE 'staff' END = $2
            ORDER BY id";
        let rows: Vec<(Option<String>, String, Uuid)> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(kind.code())
            .fetch_all(pool)
            .await)?;
        Ok(rows.into_iter().map(|(mis, id, account)| (mis, id, AccountId(account))).collect())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract::{minute, on_both_engines, school};
    use crate::store::fixtures::{add, in_the_trash, invitation, pupil, teacher};
    use crate::sync::roster::MisIds;

    async fn add_staff(store: &Store, school: SchoolId, person: &Account, link: u8) -> StaffAdded {
        let invitation = invitation(link, school, person.id);
        store.add_staff(school, person.clone(), &invitation, minute(0)).await.unwrap()
    }

    #[tokio::test]
    async fn staff_added_by_hand_have_an_account_a_link_and_a_message() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let ama = teacher(1, "Ama", "Okafor");
            assert_eq!(add_staff(&store, school, &ama, 1).await, StaffAdded::Done);
            assert_eq!(store.school_state(school).await.unwrap().accounts, [ama]);
            assert!(store.find_invited(&[1; 32]).await.unwrap().is_some());
            assert_eq!(store.list_kept_mail(10).await.unwrap().len(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn nothing_is_left_of_somebody_whose_email_or_username_is_taken() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            add(&store, school, &[teacher(1, "Ama", "Okafor")]).await;
            let same_email = teacher(2, "Ben", "OKAFOR");
            let same_username = Account { email: None, ..teacher(3, "AMA", "Okafor") };
            assert_eq!(add_staff(&store, school, &same_email, 1).await, StaffAdded::EmailTaken);
            let taken = add_staff(&store, school, &same_username, 2).await;
            assert_eq!(taken, StaffAdded::UsernameTaken);
            assert_eq!(store.count_people(school).await.unwrap().staff, 1);
            assert!(store.list_kept_mail(10).await.unwrap().is_empty());
            assert_eq!(store.list_usernames(school).await.unwrap(), ["amaokafor"]);
        })
        .await;
    }

    #[tokio::test]
    async fn another_school_and_the_trash_may_have_the_same_email_and_another_school_the_username()
    {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            add(&store, there, &[teacher(1, "Ama", "Okafor")]).await;
            let gone = Account { username: "Gone".into(), ..teacher(2, "Ama", "Okafor") };
            add(&store, here, &[in_the_trash(gone)]).await;
            assert!(!store.has_email(here, "okafor@waterside.example").await.unwrap());
            let ama = teacher(3, "Ama", "Okafor");
            assert_eq!(add_staff(&store, here, &ama, 1).await, StaffAdded::Done);
            assert!(store.has_email(here, "okafor@waterside.example").await.unwrap());
            let found = store.find_staff_by_email(here, "okafor@waterside.example").await.unwrap();
            assert_eq!(found, Some(ama.id));
        })
        .await;
    }

    #[tokio::test]
    async fn usernames_of_the_trash_and_of_pupils_are_listed_as_given() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            add(&store, here, &[pupil(1, "Zoe", "Li"), in_the_trash(teacher(2, "Ama", "B"))]).await;
            add(&store, there, &[pupil(3, "Ida", "Li")]).await;
            let mut usernames = store.list_usernames(here).await.unwrap();
            usernames.sort_unstable();
            assert_eq!(usernames, ["amab", "zoeli"]);
        })
        .await;
    }

    #[tokio::test]
    async fn a_link_to_the_mis_belongs_to_staff_of_that_mis_and_school() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let link = |mis: &str, id: &str| MisLink {
                mis: Some(mis.into()),
                ids: MisIds { id: id.into(), ..MisIds::default() },
            };
            let ama = Account { link: Some(link("simsnet", "7")), ..teacher(1, "Ama", "Okafor") };
            let zoe = Account { link: Some(link("simsnet", "8")), ..pupil(2, "Zoe", "Li") };
            add(&store, here, &[ama, zoe]).await;
            let status = async |school, link| {
                store.find_status_by_link(school, PersonKind::Staff, &link).await.unwrap()
            };
            let active = Some(AccountStatus::Active);
            assert_eq!(status(here, link("simsnet", "7")).await, active);
            assert_eq!(status(here, link("arbor", "7")).await, None, "another MIS's number");
            assert_eq!(status(here, link("simsnet", "8")).await, None, "a pupil's");
            assert_eq!(status(there, link("simsnet", "7")).await, None);
            let kind = PersonKind::Pupil;
            let found = store.find_status_by_link(here, kind, &link("simsnet", "8")).await;
            assert_eq!(found.unwrap(), active);
            let linked = async |school, kind| store.linked_people(school, kind).await.unwrap();
            let known = |id: &str, account| (Some("simsnet".to_owned()), id.to_owned(), account);
            let ama = known("7", teacher(1, "Ama", "B").id);
            assert_eq!(linked(here, PersonKind::Staff).await, [ama]);
            assert_eq!(linked(here, kind).await, [known("8", pupil(2, "Zoe", "Li").id)]);
            assert_eq!(linked(there, PersonKind::Staff).await, []);
            let ben = Account { link: Some(link("simsnet", "9")), ..teacher(3, "Ben", "Abel") };
            add(&store, here, &[in_the_trash(ben)]).await;
            assert_eq!(status(here, link("simsnet", "9")).await, Some(AccountStatus::Trash));
        })
        .await;
    }

    #[tokio::test]
    async fn staff_of_that_school_are_made_admins_and_pupils_never() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let (ama, zoe) = (teacher(1, "Ama", "Okafor"), pupil(2, "Zoe", "Li"));
            add(&store, here, &[ama.clone(), zoe.clone()]).await;
            let role =
                async |account| store.find_person(here, account).await.unwrap().unwrap().role;
            store.set_role(there, ama.id, Role::Admin).await.unwrap();
            store.set_role(here, zoe.id, Role::Admin).await.unwrap();
            assert_eq!((role(ama.id).await, role(zoe.id).await), (Role::Teacher, Role::Pupil));
            store.set_role(here, ama.id, Role::Admin).await.unwrap();
            assert_eq!(role(ama.id).await, Role::Admin);
        })
        .await;
    }
}
