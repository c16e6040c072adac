//! Classes and subject groups as the lists show them.

use std::collections::BTreeMap;

use rollcall_shared::ids::{AccountId, ClassId, SchoolId};
use rollcall_shared::people::ClassRow;
use uuid::Uuid;

use super::rows::{count, folded, is_in_use, kind_of};
use super::{Store, StoreError, on};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    name: String,
    subject: Option<String>,
    is_linked: bool,
    pupils: i64,
}

impl Store {
    /// The school's classes, then its subject groups, each by name. One that came from the MIS and
    /// that nobody is in any more is last year's, and left out.
    pub async fn list_classes(&self, school: SchoolId) -> Result<Vec<ClassRow>, StoreError> {
        self.classes_with(school, None).await
    }

    /// The classes and subject groups that a member of staff is linked to.
    pub async fn classes_of_staff(
        &self,
        school: SchoolId,
        account: AccountId,
    ) -> Result<Vec<ClassRow>, StoreError> {
        self.classes_with(school, Some(account)).await
    }

    /// Whether a member of staff is linked to a class or a subject group that a pupil is in.
    pub async fn teaches(
        &self,
        school: SchoolId,
        staff: AccountId,
        pupil: AccountId,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM memberships mine
            WHERE mine.school_id = $1 AND mine.account_id = $2 AND EXISTS (SELECT 1
                FROM accounts a WHERE a.school_id = $1 AND a.id = $3 AND a.role = 'pupil'
                    AND (a.class_id = mine.class_id OR EXISTS (SELECT 1 FROM memberships theirs
                        WHERE theirs.account_id = a.id AND theirs.class_id = mine.class_id)))";
        let classes: i64 = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(school.0)
            .bind(staff.0)
            .bind(pupil.0)
            .fetch_one(pool)
            .await)?;
        Ok(classes > 0)
    }

    async fn classes_with(
        &self,
        school: SchoolId,
        member: Option<AccountId>,
    ) -> Result<Vec<ClassRow>, StoreError> {
        const CLASSES: &str = concat!(
            // Each table is gone through once, whatever the database knows of their sizes.
            "WITH pupil (class_id) AS (
                SELECT class_id FROM accounts
                    WHERE school_id = $1 AND role = 'pupil' AND status = 'active'
                UNION ALL
                SELECT m.class_id FROM memberships m JOIN accounts a ON a.id = m.account_id
                    WHERE m.school_id = $1 AND a.role = 'pupil' AND a.status = 'active'
            ), size AS (
                SELECT class_id, COUNT(*) AS pupils FROM pupil GROUP BY class_id
            )
            SELECT c.id, c.kind, c.name, c.subject, c.is_linked, COALESCE(size.pupils, 0) AS pupils
            FROM classes c LEFT JOIN size ON size.class_id = c.id
            WHERE c.school_id = $1 AND ($2 IS NULL OR EXISTS (SELECT 1 FROM memberships mine
                WHERE mine.class_id = c.id AND mine.account_id = $2)) AND ",
            is_in_use!()
        );
        const STAFF: &str = "SELECT m.class_id, a.forename, a.surname
            FROM memberships m JOIN accounts a ON a.id = m.account_id
            WHERE m.school_id = $1 AND a.role <> 'pupil' AND a.status = 'active'
            ORDER BY a.sort_name, a.username_folded";
        let member = member.map(|member| member.0);
        let (rows, staff): (Vec<Row>, Vec<(Uuid, String, String)>) = on!(self, |pool| {
            let rows = sqlx::query_as(CLASSES).bind(school.0).bind(member).fetch_all(pool).await?;
            let staff = sqlx::query_as(STAFF).bind(school.0).fetch_all(pool).await?;
            (rows, staff)
        });
        let mut names: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
        for (class, forename, surname) in staff {
            names.entry(class).or_default().push(format!("{forename} {surname}"));
        }
        let mut classes = rows
            .into_iter()
            .map(|row| {
                Ok(ClassRow {
                    staff: names.remove(&row.id).unwrap_or_default(),
                    id: ClassId(row.id),
                    kind: kind_of(&row.kind)?,
                    name: row.name,
                    subject: row.subject,
                    pupils: count(row.pupils),
                    linked: row.is_linked,
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        classes.sort_by_cached_key(|class| (class.kind, folded(&class.name), class.id));
        Ok(classes)
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::fixtures::{account, class, staff_account, subject_group};

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::{add, add_classes};

    #[tokio::test]
    async fn classes_are_listed_with_their_active_pupils_and_staff_then_the_subject_groups() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let (oak, ash) = (class(1, "Oak"), class(2, "ash"));
            let maths = subject_group(3, "Maths 1");
            add_classes(&store, here, &[maths.clone(), oak.clone(), ash.clone()]).await;
            add_classes(&store, there, &[class(4, "Oak")]).await;
            let zoe = account(10, "Zoe Li").in_class(oak.id).in_groups([maths.id]);
            let tom = account(11, "Tom Gone").in_class(oak.id).left();
            let ama = staff_account(12, "Ama Okafor").in_groups([oak.id, maths.id]);
            let ben = staff_account(13, "Ben Abel").in_groups([oak.id]);
            let gone = staff_account(14, "Una Gone").in_groups([oak.id]).left();
            add(&store, here, &[zoe, tom, ama, ben, gone]).await;

            let classes = store.list_classes(here).await.unwrap();
            let seen: Vec<(&str, u32, Vec<&str>)> = classes
                .iter()
                .map(|class| {
                    let staff = class.staff.iter().map(String::as_str).collect();
                    (class.name.as_str(), class.pupils, staff)
                })
                .collect();
            assert_eq!(
                seen,
                [
                    ("ash", 0, vec![]),
                    ("Oak", 1, vec!["Ben Abel", "Ama Okafor"]),
                    ("Maths 1", 1, vec!["Ama Okafor"]),
                ]
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_class_of_the_mis_that_nobody_is_in_any_more_is_neither_listed_nor_counted() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let last_years = class(1, "3JS").linked("7");
            let todays = class(2, "4JS").linked("7");
            let staffed = subject_group(3, "Choir").linked("7");
            let emptied = subject_group(4, "Maths 1").linked("7");
            let by_hand = class(5, "Breakfast club");
            let all = [last_years.clone(), todays.clone(), staffed.clone(), emptied, by_hand];
            add_classes(&store, here, &all).await;
            let zoe = account(10, "Zoe Li").in_class(todays.id);
            let tom = account(11, "Tom G").in_class(last_years.id).left();
            let ama = staff_account(12, "Ama Okafor").in_groups([staffed.id]);
            add(&store, here, &[zoe, tom, ama]).await;

            let listed = store.list_classes(here).await.unwrap();
            let names: Vec<&str> = listed.iter().map(|class| class.name.as_str()).collect();
            assert_eq!(names, ["4JS", "Breakfast club", "Choir"]);
            let figures = store.count_people(here, minute(0).date_naive()).await.unwrap();
            assert_eq!((figures.classes, figures.subject_groups), (2, 1));
        })
        .await;
    }

    #[tokio::test]
    async fn staff_are_shown_their_own_classes_and_subject_groups_only() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let (oak, ash) = (class(1, "Oak"), class(2, "Ash"));
            add_classes(&store, here, &[oak.clone(), ash]).await;
            let ama = staff_account(12, "Ama Okafor").in_groups([oak.id]);
            let ben = staff_account(13, "Ben Abel");
            add(&store, here, &[ama.clone(), ben.clone()]).await;
            let own = store.classes_of_staff(here, ama.id).await.unwrap();
            assert_eq!(own.iter().map(|class| class.id).collect::<Vec<_>>(), [oak.id]);
            assert!(store.classes_of_staff(here, ben.id).await.unwrap().is_empty());
            assert!(store.classes_of_staff(there, ama.id).await.unwrap().is_empty());
        })
        .await;
    }
}
