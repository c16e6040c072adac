//! Pupils and members of staff who are added by hand.

use chrono::{DateTime, Utc};
use rollcall_engine::domain::accounts::Account;
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::people::{AccountStatus, PersonKind, Role};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::account_rows::{find_account, insert_accounts, update_accounts};
use super::activation::insert_invitation;
use super::error::is_taken;
use super::people::{NewAccount, NewLogin};
use super::rows::status_of;
use super::{MOST_BINDS, Store, StoreError, on, on_tx};
use crate::activation::ActivationLink;

/// What became of adding somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    Done,
    /// Someone else was given the username meanwhile; nobody was added.
    UsernameTaken,
    /// Someone of the school has the e-mail address; nobody was added.
    EmailTaken,
    /// The person of the MIS has an account, which stands so; nobody was added.
    LinkTaken(AccountStatus),
}

/// Of two who add or change people of a school by hand at once, the second waits here until the
/// first is done.
pub(super) const ONE_AT_A_TIME: &str = "UPDATE schools SET name = name WHERE id = $1";

/// Where the account of a MIS link stands; an active one counts before one in the trash.
const STATUS_BY_LINK: &str = "SELECT status FROM accounts
    WHERE school_id = $1 AND is_linked
        AND kind = $2
        AND mis_id = $3 AND (mis = $4 OR mis IS NULL OR $4 IS NULL)
    ORDER BY status LIMIT 1";

impl Store {
    /// Adds a member of staff with their activation link and its message, all or nothing.
    pub async fn add_staff(
        &self,
        school: SchoolId,
        account: Account,
        invitation: &ActivationLink,
        at: DateTime<Utc>,
    ) -> Result<Added, StoreError> {
        let email = account.email.as_deref().unwrap_or_default().to_lowercase();
        let new = NewAccount { account, login: NewLogin::Staff };
        let added = self.insert_by_hand(school, new, Some(invitation), at).await?;
        let is_taken = added == Added::UsernameTaken && self.has_email(school, &email).await?;
        Ok(if is_taken { Added::EmailTaken } else { added })
    }

    /// Adds a pupil.
    pub async fn add_pupil(
        &self,
        school: SchoolId,
        pupil: NewAccount,
        at: DateTime<Utc>,
    ) -> Result<Added, StoreError> {
        self.insert_by_hand(school, pupil, None, at).await
    }

    async fn insert_by_hand(
        &self,
        school: SchoolId,
        new: NewAccount,
        invitation: Option<&ActivationLink>,
        at: DateTime<Utc>,
    ) -> Result<Added, StoreError> {
        match self.insert_unless_linked(school, &[new], invitation, at).await {
            Ok(None) => Ok(Added::Done),
            Ok(Some(status)) => Ok(Added::LinkTaken(status)),
            Err(StoreError::Database(error)) if is_taken(&error) => Ok(Added::UsernameTaken),
            Err(error) => Err(error),
        }
    }

    /// Adds people, unless one of them has an account: then says where it stands, and adds nobody.
    async fn insert_unless_linked(
        &self,
        school: SchoolId,
        new: &[NewAccount],
        invitation: Option<&ActivationLink>,
        at: DateTime<Utc>,
    ) -> Result<Option<AccountStatus>, StoreError> {
        let mut tx = self.begin().await?;
        on_tx!(&mut tx, |tx| sqlx::query(ONE_AT_A_TIME)
            .bind(school.0)
            .execute(&mut *tx)
            .await
            .map(drop)?);
        for account in new.iter().map(|new| &new.account) {
            let Some(link) = &account.link else { continue };
            let status: Option<String> = on_tx!(&mut tx, |tx| sqlx::query_scalar(STATUS_BY_LINK)
                .bind(school.0)
                .bind(account.kind().code())
                .bind(&link.ids.id)
                .bind(&link.mis)
                .fetch_optional(&mut *tx)
                .await?);
            if let Some(status) = status {
                return Ok(Some(status_of(&status)?));
            }
        }
        insert_accounts(&mut tx, school, new, at, None).await?;
        if let Some(invitation) = invitation {
            on_tx!(&mut tx, |tx| insert_invitation!(tx, school, invitation, at));
        }
        tx.commit().await?;
        Ok(None)
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

    /// The accounts of this kind that are linked to one of these plain ids of the MIS: the link's
    /// MIS and plain id, and the account.
    pub async fn linked_people(
        &self,
        school: SchoolId,
        kind: PersonKind,
        mis_ids: &[&str],
    ) -> Result<Vec<(Option<String>, String, AccountId)>, StoreError> {
        let mut found = Vec::new();
        for mis_ids in mis_ids.chunks(MOST_BINDS / 2) {
            let rows: Vec<(Option<String>, String, Uuid)> = on!(self, |pool| {
                let mut select = QueryBuilder::new(
                    "SELECT mis, mis_id, id FROM accounts
                    WHERE is_linked AND kind = ",
                );
                select.push_bind(kind.code()).push(" AND school_id = ").push_bind(school.0);
                select.push(" AND mis_id IN (");
                let mut list = select.separated(", ");
                for id in mis_ids {
                    list.push_bind(*id);
                }
                select.push(") ORDER BY id");
                select.build_query_as().fetch_all(pool).await?
            });
            found.extend(rows.into_iter().map(|(mis, id, account)| (mis, id, AccountId(account))));
        }
        Ok(found)
    }

    /// Makes a member of staff an admin, or what else they are.
    pub async fn set_role(
        &self,
        school: SchoolId,
        account: AccountId,
        role: Role,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let before = find_account(&mut tx, school, account).await?;
        if let Some(before) = before.filter(|before| before.role != Role::Pupil) {
            let after = Account { role, ..before.clone() };
            update_accounts(&mut tx, school, &[(&before, &after)], at).await?;
        }
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::domain::mis_link::{MisIds, MisLink};
    use rollcall_engine::fixtures::{account, staff_account};

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::{add, invitation};

    async fn add_staff(store: &Store, school: SchoolId, person: &Account, link: u8) -> Added {
        let invitation = invitation(link, school, person.id);
        store.add_staff(school, person.clone(), &invitation, minute(0)).await.unwrap()
    }

    #[tokio::test]
    async fn staff_added_by_hand_have_an_account_a_link_and_a_message() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let ama = staff_account(1, "Ama Okafor");
            assert_eq!(add_staff(&store, school, &ama, 1).await, Added::Done);
            assert_eq!(store.school_state(school).await.unwrap().accounts, [ama]);
            assert!(store.find_invited(&[1; 32]).await.unwrap().is_some());
            assert_eq!(store.list_unsent_mail(10).await.unwrap().len(), 1);
        })
        .await;
    }

    #[tokio::test]
    async fn nothing_is_left_of_somebody_whose_email_or_username_is_taken() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let ama = staff_account(1, "Ama Okafor").with_username("AmaOkafor");
            let same_email = staff_account(2, "Ben Okafor").with_email("OKAFOR@waterside.example");
            let same_username = staff_account(3, "Ama Okafor").with_username("AMAOkafor");
            add(&store, school, &[ama]).await;
            assert_eq!(add_staff(&store, school, &same_email, 1).await, Added::EmailTaken);
            let taken = add_staff(&store, school, &same_username.without_email(), 2).await;
            assert_eq!(taken, Added::UsernameTaken);
            assert_eq!(store.count_people(school, minute(0).date_naive()).await.unwrap().staff, 1);
            assert!(store.list_unsent_mail(10).await.unwrap().is_empty());
            assert_eq!(store.list_usernames(school).await.unwrap(), ["amaokafor"]);
        })
        .await;
    }

    #[tokio::test]
    async fn another_school_and_the_trash_may_have_the_same_email_and_another_school_the_username()
    {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let ama = |id| {
                let ama = staff_account(id, "Ama Okafor").with_username("AmaOkafor");
                ama.with_email("Okafor@waterside.example")
            };
            add(&store, there, &[ama(1)]).await;
            let gone = ama(2).with_username("Gone");
            add(&store, here, &[gone.left()]).await;
            assert!(!store.has_email(here, "okafor@waterside.example").await.unwrap());
            let ama = ama(3);
            assert_eq!(add_staff(&store, here, &ama, 1).await, Added::Done);
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
            let zoe = account(1, "Zoe Li").with_username("ZoeLi");
            let ama = staff_account(2, "Ama B").with_username("AmaB").left();
            add(&store, here, &[zoe, ama]).await;
            add(&store, there, &[account(3, "Ida Li")]).await;
            let mut usernames = store.list_usernames(here).await.unwrap();
            usernames.sort_unstable();
            assert_eq!(usernames, ["amab", "zoeli"]);
        })
        .await;
    }

    #[tokio::test]
    async fn one_account_has_a_link_to_the_mis_and_another_kind_mis_or_school_has_its_own() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let link = |mis: &str, id: &str| {
                let ids = MisIds { id: id.into(), ..MisIds::default() };
                Some(MisLink { mis: Some(mis.into()), ids })
            };
            let ama = staff_account(1, "Ama Okafor").linked("7");
            let zoe = account(2, "Zoe Li").linked("8");
            let ben = staff_account(3, "Ben Abel").linked("9");
            add(&store, here, &[ama, zoe, ben.left()]).await;
            for (number, surname, school, link, added) in [
                (4, "Wood", here, link("simsnet", "7"), Added::LinkTaken(AccountStatus::Active)),
                (5, "Hill", here, link("simsnet", "9"), Added::LinkTaken(AccountStatus::Trash)),
                (6, "Lane", here, link("arbor", "7"), Added::Done),
                (7, "Reed", here, link("simsnet", "8"), Added::Done),
                (8, "Ford", there, link("simsnet", "7"), Added::Done),
            ] {
                let other =
                    Account { link, ..staff_account(number.into(), &format!("Una {surname}")) };
                assert_eq!(add_staff(&store, school, &other, number).await, added, "{surname}");
            }
            let nia = account(9, "Nia Li").linked("8");
            let login = NewLogin::Staff;
            let refused =
                store.add_pupil(here, NewAccount { account: nia, login }, minute(0)).await;
            assert_eq!(refused.unwrap(), Added::LinkTaken(AccountStatus::Active));
            assert_eq!(store.list_unsent_mail(10).await.unwrap().len(), 3);

            let numbers = ["7", "8", "9"];
            let linked = async |kind| store.linked_people(here, kind, &numbers).await.unwrap();
            let zoe = (Some("simsnet".to_owned()), "8".to_owned(), account(2, "Zoe Li").id);
            assert_eq!(linked(PersonKind::Pupil).await, [zoe]);
            let numbers: Vec<_> =
                linked(PersonKind::Staff).await.into_iter().map(|(_, number, _)| number).collect();
            assert_eq!(numbers, ["7", "9", "7", "8"]);
            let one = store.linked_people(here, PersonKind::Staff, &["9"]).await.unwrap();
            let of_nobody = store.linked_people(here, PersonKind::Staff, &["10"]).await.unwrap();
            assert_eq!((one.len(), of_nobody.len()), (1, 0));
            assert_eq!(store.linked_people(here, PersonKind::Staff, &[]).await.unwrap(), []);
        })
        .await;
    }

    #[tokio::test]
    async fn staff_of_that_school_are_made_admins_and_pupils_never() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let (ama, zoe) = (staff_account(1, "Ama Okafor"), account(2, "Zoe Li"));
            add(&store, here, &[ama.clone(), zoe.clone()]).await;
            let role =
                async |account| store.find_person(here, account).await.unwrap().unwrap().role;
            store.set_role(there, ama.id, Role::Admin, minute(1)).await.unwrap();
            store.set_role(here, zoe.id, Role::Admin, minute(1)).await.unwrap();
            assert_eq!((role(ama.id).await, role(zoe.id).await), (Role::Teacher, Role::Pupil));
            store.set_role(here, ama.id, Role::Admin, minute(1)).await.unwrap();
            assert_eq!(role(ama.id).await, Role::Admin);
        })
        .await;
    }
}
