//! The lists of "Manage users": filtered, searched, sorted and paged by the database.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rollcall_shared::ids::{AccountId, ClassId, SchoolId};
use rollcall_shared::mail::Delivery;
use rollcall_shared::page::{PAGE_SIZE, Page};
use rollcall_shared::people::{
    PeopleQuery, PersonKind, PersonRow, PutRightCount, Role, ToPutRight, Waiting,
};
use rollcall_shared::time::Day;
use rollcall_shared::year_group::YearGroup;
use uuid::Uuid;

use super::outbox::{delivery, is_undelivered};
use super::rows::{containing, count, is_in_use, kept_of, status_code, status_of};
use super::{Store, StoreError, on};
use rollcall_engine::domain::time::timestamp;
use rollcall_shared::people::AccountStatus;

/// The figures of a school's dashboard: active people, and the trash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub pupils: u32,
    pub staff: u32,
    pub classes: u32,
    pub subject_groups: u32,
    pub trash: u32,
    /// In the trash until the day that was asked about at most.
    pub purged_soon: u32,
    /// What is to be put right, with those there are.
    pub to_put_right: Vec<PutRightCount>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    role: String,
    forename: String,
    surname: String,
    username: String,
    email: Option<String>,
    year: Option<i16>,
    class: Option<String>,
    class_id: Option<Uuid>,
    kept_fields: String,
    is_linked: bool,
    status: String,
    activated_at: Option<DateTime<Utc>>,
    delivery: Option<String>,
    last_sign_in_at: Option<DateTime<Utc>>,
    is_blocked: bool,
    is_waiting: bool,
    starts_on: Option<NaiveDate>,
    left_at: Option<DateTime<Utc>>,
    purge_on: Option<NaiveDate>,
}

impl TryFrom<Row> for PersonRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: AccountId(row.id),
            role: Role::from_code(&row.role).ok_or(StoreError::unreadable("accounts.role"))?,
            forename: row.forename,
            surname: row.surname,
            username: row.username,
            email: row.email,
            year: row.year.and_then(YearGroup::from_number),
            class: row.class,
            class_id: row.class_id.map(ClassId),
            kept: kept_of(&row.kept_fields)?,
            linked: row.is_linked,
            status: status_of(&row.status)?,
            activated: row.activated_at.is_some(),
            delivery: row
                .delivery
                .map(|code| Delivery::from_code(&code).ok_or(StoreError::unreadable("delivery")))
                .transpose()?,
            last_sign_in_at: row.last_sign_in_at.map(timestamp),
            blocked: row.is_blocked,
            waiting: row
                .is_waiting
                .then(|| Waiting { starts_on: row.starts_on.map(|day| Day(day.to_string())) }),
            left_at: row.left_at.map(timestamp),
            purge_on: row.purge_on.map(|day| Day(day.to_string())),
        })
    }
}

#[derive(sqlx::FromRow)]
struct FiguresRow {
    pupils: i64,
    staff: i64,
    classes: i64,
    subject_groups: i64,
    trash: i64,
    purged_soon: i64,
}

/// The columns of [`Row`]. Staff may have several classes.
macro_rules! person_columns {
    () => {
        concat!(
            "SELECT a.id, a.role, a.forename, a.surname, a.username, a.email, a.year, a.class_id,
                a.kept_fields, a.is_linked, a.status, a.activated_at, a.last_sign_in_at,
                a.blocked_at IS NOT NULL AS is_blocked, a.is_waiting, a.starts_on, a.left_at, a.purge_on,
                CASE WHEN a.role = 'pupil'
                    THEN (SELECT c.name FROM classes c WHERE c.id = a.class_id)
                    ELSE (SELECT string_agg(c.name, ', ' ORDER BY c.name)
                        FROM memberships m JOIN classes c ON c.id = m.class_id
                        WHERE m.account_id = a.id AND c.kind = 'class')
                END AS class,
                CASE WHEN a.role <> 'pupil' AND a.status = 'active' AND a.activated_at IS NULL
                    AND a.blocked_at IS NULL THEN ",
            delivery!(),
            " END AS delivery
            FROM accounts a "
        )
    };
}

/// The filter of a list; `bind_filter!` binds its values.
macro_rules! person_filter {
    () => {
        concat!(
            r"WHERE a.school_id = $1 AND a.status = $2
                AND ($3 IS NULL OR (a.role = 'pupil') = $3)
                AND ($4 IS NULL OR a.search LIKE $4 ESCAPE '\')
                AND ($5 IS NULL OR a.year = $5)
                AND ($6 IS NULL OR a.class_id = $6 OR EXISTS (SELECT 1 FROM memberships m
                    WHERE m.class_id = $6 AND m.account_id = a.id))
                AND ($7 IS NULL OR ",
            is_to_put_right!("$7"),
            ")
                AND ($8 IS NULL OR a.purge_on <= $8)"
        )
    };
}

/// Whether the thing of this code is to be put right with the active account `a`.
macro_rules! is_to_put_right {
    ($code:literal) => {
        concat!(
            "CASE ",
            $code,
            " WHEN 'undelivered' THEN ",
            is_undelivered!(),
            " WHEN 'not_activated' THEN a.role <> 'pupil' AND a.activated_at IS NULL
                    AND a.blocked_at IS NULL
                WHEN 'no_email' THEN a.role <> 'pupil' AND a.email IS NULL
                WHEN 'no_class' THEN a.role = 'pupil' AND a.class_id IS NULL
                WHEN 'never_signed_in' THEN a.role = 'pupil' AND a.last_sign_in_at IS NULL
                    AND NOT a.is_waiting
                ELSE FALSE END"
        )
    };
}

macro_rules! bind_filter {
    ($statement:expr, $school:expr, $query:expr) => {{
        let status = if $query.trash { AccountStatus::Trash } else { AccountStatus::Active };
        let text = $query.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
        $statement
            .bind($school.0)
            .bind(status_code(status))
            .bind($query.kind.map(|kind| kind == PersonKind::Pupil))
            .bind(text.map(containing))
            .bind($query.year.map(YearGroup::number))
            .bind($query.class.map(|class| class.0))
            .bind($query.to_put_right.map(ToPutRight::code))
            .bind($query.purged_by.as_ref().and_then(day_of))
    }};
}

/// A day that either database knows; none for any other text.
fn day_of(day: &Day) -> Option<NaiveDate> {
    let day: NaiveDate = day.0.parse().ok()?;
    (1..=9_999).contains(&day.year()).then_some(day)
}

impl Store {
    /// One page of the people asked for, by surname and forename.
    pub async fn list_people(
        &self,
        school: SchoolId,
        query: &PeopleQuery,
    ) -> Result<Page<PersonRow>, StoreError> {
        self.list_people_by(school, query, PAGE_SIZE).await
    }

    /// The same with so many rows on a page.
    pub async fn list_people_by(
        &self,
        school: SchoolId,
        query: &PeopleQuery,
        page_size: u32,
    ) -> Result<Page<PersonRow>, StoreError> {
        const COUNT: &str = concat!("SELECT COUNT(*) FROM accounts a ", person_filter!());
        // Classes are looked up for those of the page only.
        const SQL: &str = concat!(
            person_columns!(),
            "WHERE a.id IN (SELECT a.id FROM accounts a ",
            person_filter!(),
            " ORDER BY a.sort_name, a.username_folded, a.id LIMIT $9 OFFSET $10)
            ORDER BY a.sort_name, a.username_folded, a.id"
        );
        let page = query.page.unwrap_or(1).max(1);
        let before = i64::from(page - 1) * i64::from(page_size);
        let (total, rows): (i64, Vec<Row>) = on!(self, |pool| {
            let total =
                bind_filter!(sqlx::query_scalar(COUNT), school, query).fetch_one(pool).await?;
            let rows = bind_filter!(sqlx::query_as(SQL), school, query)
                .bind(i64::from(page_size))
                .bind(before)
                .fetch_all(pool)
                .await?;
            (total, rows)
        });
        Ok(Page {
            rows: rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            page,
            page_size,
            total: count(total),
        })
    }

    /// One person as the lists show them, in the trash too.
    pub async fn find_person(
        &self,
        school: SchoolId,
        account: AccountId,
    ) -> Result<Option<PersonRow>, StoreError> {
        const SQL: &str = concat!(person_columns!(), "WHERE a.school_id = $1 AND a.id = $2");
        let row: Option<Row> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(school.0)
            .bind(account.0)
            .fetch_optional(pool)
            .await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// The figures of a school's dashboard; in the trash, those who are purged by this day too.
    pub async fn count_people(
        &self,
        school: SchoolId,
        purged_by: NaiveDate,
    ) -> Result<Figures, StoreError> {
        const TO_PUT_RIGHT: &str = concat!(
            "SELECT what.code, COUNT(*) FROM accounts a
            CROSS JOIN (SELECT 'undelivered' AS code UNION ALL SELECT 'not_activated'
                UNION ALL SELECT 'no_email' UNION ALL SELECT 'no_class'
                UNION ALL SELECT 'never_signed_in') what
            WHERE a.school_id = $1 AND a.status = 'active' AND ",
            is_to_put_right!("what.code"),
            " GROUP BY what.code"
        );
        const SQL: &str = concat!(
            "SELECT
                COUNT(CASE WHEN status = 'active' AND role = 'pupil' THEN 1 END) AS pupils,
                COUNT(CASE WHEN status = 'active' AND role <> 'pupil' THEN 1 END) AS staff,
                COUNT(CASE WHEN status = 'trash' THEN 1 END) AS trash,
                COUNT(CASE WHEN status = 'trash' AND purge_on <= $2 THEN 1 END) AS purged_soon,
                (SELECT COUNT(*) FROM classes c WHERE c.school_id = $1 AND c.kind = 'class' AND ",
            is_in_use!(),
            ") AS classes,
                (SELECT COUNT(*) FROM classes c
                    WHERE c.school_id = $1 AND c.kind = 'subject_group' AND ",
            is_in_use!(),
            ") AS subject_groups
            FROM accounts WHERE school_id = $1"
        );
        let (row, counts): (FiguresRow, Vec<(String, i64)>) = on!(self, |pool| {
            let row = sqlx::query_as(SQL).bind(school.0).bind(purged_by).fetch_one(pool).await?;
            (row, sqlx::query_as(TO_PUT_RIGHT).bind(school.0).fetch_all(pool).await?)
        });
        let people = |what: ToPutRight| {
            let (_, people) = counts.iter().find(|(code, _)| code == what.code())?;
            Some(PutRightCount { what, people: count(*people) })
        };
        Ok(Figures {
            pupils: count(row.pupils),
            staff: count(row.staff),
            classes: count(row.classes),
            subject_groups: count(row.subject_groups),
            trash: count(row.trash),
            purged_soon: count(row.purged_soon),
            to_put_right: ToPutRight::ALL.into_iter().filter_map(people).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::domain::accounts::Account;
    use rollcall_engine::fixtures::{account, class, staff_account, subject_group};

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::{add, add_classes};

    fn ids(page: &Page<PersonRow>) -> Vec<u128> {
        page.rows.iter().map(|row| row.id.0.as_u128()).collect()
    }

    #[tokio::test]
    async fn people_are_listed_by_surname_and_forename_in_their_own_school_only() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            add(
                &store,
                here,
                &[
                    account(1, "Zoe Österberg"),
                    account(2, "Ida Osman"),
                    account(3, "ada OSMAN"),
                    staff_account(4, "Ama Abel"),
                ],
            )
            .await;
            add(&store, there, &[account(5, "Zoe Österberg"), staff_account(6, "Ama Abel")]).await;
            let all = store.list_people(here, &PeopleQuery::default()).await.unwrap();
            assert_eq!(ids(&all), [4, 3, 2, 1]);
            assert_eq!((all.page, all.total), (1, 4));
        })
        .await;
    }

    #[tokio::test]
    async fn a_list_is_filtered_by_kind_year_class_and_trash() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let oak = class(10, "Oak");
            let maths = subject_group(11, "Maths 1");
            add_classes(&store, school, &[oak.clone(), maths.clone()]).await;
            let year = YearGroup::from_number(-1);
            add(
                &store,
                school,
                &[
                    Account { year, ..account(1, "Zoe A").in_class(oak.id) },
                    account(2, "Ida B").in_groups([maths.id]),
                    staff_account(3, "Ama C").in_groups([oak.id, maths.id]),
                    account(4, "Tom D").left(),
                ],
            )
            .await;
            let list =
                async |query: PeopleQuery| ids(&store.list_people(school, &query).await.unwrap());
            let all = PeopleQuery::default();
            let pupils = PeopleQuery { kind: Some(PersonKind::Pupil), ..all.clone() };
            assert_eq!(list(pupils).await, [1, 2]);
            let staff = PeopleQuery { kind: Some(PersonKind::Staff), ..all.clone() };
            assert_eq!(list(staff).await, [3]);
            assert_eq!(list(PeopleQuery { year, ..all.clone() }).await, [1]);
            assert_eq!(list(PeopleQuery { class: Some(oak.id), ..all.clone() }).await, [1, 3]);
            assert_eq!(list(PeopleQuery { class: Some(maths.id), ..all.clone() }).await, [2, 3]);
            assert_eq!(list(PeopleQuery { trash: true, ..all }).await, [4]);
        })
        .await;
    }

    #[tokio::test]
    async fn each_count_of_what_is_to_be_put_right_is_the_length_of_its_list() {
        on_both_engines(async |store: Store| {
            let here = school(&store, "3281102").await;
            let oak = class(10, "Oak");
            add_classes(&store, here, std::slice::from_ref(&oak)).await;
            let in_oak = account(1, "Zoe Li").in_class(oak.id);
            let later = Account {
                waiting: Some(rollcall_engine::domain::accounts::Waiting { starts_on: None }),
                ..account(2, "Ida Li")
            };
            let reached = staff_account(3, "Ama Okafor").with_email("ama@waterside.example");
            let unreached = Account { email: None, ..staff_account(4, "Ben Abel") };
            add(&store, here, &[in_oak, later, reached, unreached]).await;
            let tom = account(5, "Tom Gone").left();
            let purge_on = tom.purge_on.unwrap();
            add(&store, here, &[tom]).await;
            let list =
                async |query: PeopleQuery| ids(&store.list_people(here, &query).await.unwrap());
            for (what, expected) in [
                (ToPutRight::NotActivated, vec![4, 3]),
                (ToPutRight::NoEmail, vec![4]),
                (ToPutRight::NoClass, vec![2]),
                (ToPutRight::NeverSignedIn, vec![1]),
                (ToPutRight::Undelivered, vec![]),
            ] {
                let query = PeopleQuery { to_put_right: Some(what), ..PeopleQuery::default() };
                let listed = list(query).await;
                assert_eq!(listed, expected, "{what:?}");
                let figures = store.count_people(here, minute(0).date_naive()).await.unwrap();
                let counted = figures.to_put_right.iter().find(|one| one.what == what);
                let counted = counted.map_or(0, |one| one.people as usize);
                assert_eq!(counted, listed.len(), "{what:?}");
            }
            let trash = |by: &str| PeopleQuery {
                trash: true,
                purged_by: Some(Day(by.into())),
                ..PeopleQuery::default()
            };
            assert_eq!(list(trash(&purge_on.to_string())).await, [5]);
            assert!(list(trash(&purge_on.pred_opt().unwrap().to_string())).await.is_empty());
            for no_day in ["", "soon", "+262142-01-01", "-0001-01-01"] {
                assert_eq!(list(trash(no_day)).await, [5], "{no_day}: filters nobody");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_search_finds_part_of_a_name_username_or_email_without_case_or_accents() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            add(
                &store,
                school,
                &[
                    account(1, "Zoë O'Brien-Łuk"),
                    staff_account(2, "Ama Okafor")
                        .with_username("AmaOkafor")
                        .with_email("Okafor@waterside.example"),
                    account(3, "100%_\\ Li"),
                ],
            )
            .await;
            let found = async |text: &str| {
                let query = PeopleQuery { q: Some(text.into()), ..PeopleQuery::default() };
                ids(&store.list_people(school, &query).await.unwrap())
            };
            assert_eq!(found("ZOE o'b").await, [1]);
            assert_eq!(found("luk, z").await, [] as [u128; 0]);
            assert_eq!(found("luk zo").await, [1]);
            assert_eq!(found("Łuk").await, [1]);
            assert_eq!(found("AMAOK").await, [2]);
            assert_eq!(found("okafor@waterside").await, [2]);
            assert_eq!(found("%").await, [3], "a wildcard is only a sign");
            assert_eq!(found("_").await, [3]);
            assert_eq!(found("\\").await, [3]);
            assert_eq!(found("  ").await.len(), 3, "blank asks for all");
        })
        .await;
    }

    #[tokio::test]
    async fn pages_hold_everybody_once_even_those_of_one_name() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let namesakes: Vec<Account> = (1..=120)
                .map(|id| account(id, "Zoe Li").with_username(&format!("ZoeL{id}")))
                .collect();
            add(&store, school, &namesakes).await;
            let mut seen = std::collections::BTreeSet::new();
            for (page, rows) in [(1, 50), (2, 50), (3, 20), (4, 0)] {
                let query = PeopleQuery { page: Some(page), ..PeopleQuery::default() };
                let list = store.list_people(school, &query).await.unwrap();
                assert_eq!((list.rows.len(), list.page, list.total), (rows, page, 120));
                seen.extend(ids(&list));
            }
            assert_eq!(seen.len(), 120);
            let first = PeopleQuery { page: Some(0), ..PeopleQuery::default() };
            assert_eq!(store.list_people(school, &first).await.unwrap().page, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_person_is_shown_with_class_year_and_standing() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let (oak, ash) = (class(10, "Oak"), class(11, "Ash"));
            let maths = subject_group(12, "Maths 1");
            add_classes(&store, here, &[oak.clone(), ash.clone(), maths.clone()]).await;
            let zoe = account(1, "Zoe Li").in_year(1).in_class(oak.id);
            let ama = staff_account(2, "Ama Okafor").in_groups([oak.id, ash.id, maths.id]);
            let tom = account(3, "Tom Gone").left_at(minute(5));
            add(&store, here, &[zoe.clone(), ama.clone(), tom.clone()]).await;

            let row = store.find_person(here, zoe.id).await.unwrap().unwrap();
            assert_eq!((row.class.as_deref(), row.year), (Some("Oak"), YearGroup::year(1)));
            assert!(!row.linked && row.status == AccountStatus::Active);
            let row = store.find_person(here, ama.id).await.unwrap().unwrap();
            assert_eq!(row.class.as_deref(), Some("Ash, Oak"));
            assert_eq!(row.email.as_deref(), Some("okafor@waterside.example"));
            assert!(!row.activated);
            let row = store.find_person(here, tom.id).await.unwrap().unwrap();
            assert_eq!(row.status, AccountStatus::Trash);
            assert_eq!(row.left_at, tom.left_at.map(timestamp));
            assert_eq!(row.purge_on, Some(Day("2027-09-01".into())));
            assert_eq!(store.find_person(there, zoe.id).await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn the_figures_count_active_people_and_the_trash_apart() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let tom = account(4, "Tom Gone").left();
            let by = tom.purge_on.unwrap();
            assert_eq!(store.count_people(here, by).await.unwrap(), Figures::default());
            let oak = class(10, "Oak");
            add_classes(&store, here, &[oak, subject_group(11, "Maths")]).await;
            add(&store, here, &[account(1, "Zoe Li"), account(2, "Ida Li")]).await;
            let ama = Account { email: None, ..staff_account(3, "Ama Okafor") };
            add(&store, here, &[ama]).await;
            add(&store, here, &[tom]).await;
            add(&store, there, &[account(5, "Zoe Li")]).await;
            let expected = Figures {
                pupils: 2,
                staff: 1,
                classes: 1,
                subject_groups: 1,
                trash: 1,
                purged_soon: 1,
                to_put_right: [
                    (ToPutRight::NotActivated, 1),
                    (ToPutRight::NoEmail, 1),
                    (ToPutRight::NoClass, 2),
                    (ToPutRight::NeverSignedIn, 2),
                ]
                .map(|(what, people)| PutRightCount { what, people })
                .into(),
            };
            assert_eq!(store.count_people(here, by).await.unwrap(), expected);
            let day_before = by.pred_opt().unwrap();
            assert_eq!(store.count_people(here, day_before).await.unwrap().purged_soon, 0);
        })
        .await;
    }
}
