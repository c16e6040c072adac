//! Schools.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::{Estab, SchoolId};
use rollcall_shared::session::{School, SchoolCard};
use uuid::Uuid;

use super::error::is_taken;
use super::rows::{containing, folded};
use super::{Store, StoreError, on};

/// A school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSchool {
    pub id: SchoolId,
    pub estab: Estab,
    /// The last part of the school's address.
    pub slug: String,
    pub name: String,
    /// How long people stay in the trash.
    pub retention_months: u32,
}

impl From<StoredSchool> for School {
    fn from(school: StoredSchool) -> Self {
        Self { name: school.name, slug: school.slug, estab: school.estab }
    }
}

/// Why a school could not be added.
#[derive(Debug, thiserror::Error)]
pub enum AddSchoolError {
    #[error("a school of that number or address is there already")]
    Taken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    estab: String,
    slug: String,
    name: String,
    retention_months: i64,
}

impl TryFrom<Row> for StoredSchool {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: SchoolId(row.id),
            estab: row.estab.parse().map_err(|_| StoreError::unreadable("schools.estab"))?,
            slug: row.slug,
            name: row.name,
            retention_months: u32::try_from(row.retention_months)
                .map_err(|_| StoreError::unreadable("schools.retention_months"))?,
        })
    }
}

impl Store {
    /// Adds a school.
    ///
    /// # Errors
    /// [`AddSchoolError::Taken`] if its number or slug belongs to another.
    pub async fn add_school(
        &self,
        school: &StoredSchool,
        at: DateTime<Utc>,
    ) -> Result<(), AddSchoolError> {
        const SQL: &str =
            "INSERT INTO schools (id, estab, slug, name, retention_months, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)";
        let done = on!(self, |pool| sqlx::query(SQL)
            .bind(school.id.0)
            .bind(school.estab.as_str())
            .bind(&school.slug)
            .bind(&school.name)
            .bind(i64::from(school.retention_months))
            .bind(at)
            .execute(pool)
            .await
            .map(|_| ()));
        done.map_err(|error| {
            if is_taken(&error) { AddSchoolError::Taken } else { StoreError::from(error).into() }
        })
    }

    /// Sets how long people who leave from now on stay in the trash.
    pub async fn set_retention(&self, school: SchoolId, months: u32) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE schools SET retention_months = $2 WHERE id = $1";
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(i64::from(months))
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    pub async fn find_school(&self, id: SchoolId) -> Result<Option<StoredSchool>, StoreError> {
        const SQL: &str =
            "SELECT id, estab, slug, name, retention_months FROM schools WHERE id = $1";
        let row: Option<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await)?;
        row.map(TryInto::try_into).transpose()
    }

    pub async fn find_school_by_slug(
        &self,
        slug: &str,
    ) -> Result<Option<StoredSchool>, StoreError> {
        const SQL: &str =
            "SELECT id, estab, slug, name, retention_months FROM schools WHERE slug = $1";
        let row: Option<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(slug).fetch_optional(pool).await)?;
        row.map(TryInto::try_into).transpose()
    }

    pub async fn find_school_by_estab(
        &self,
        estab: &Estab,
    ) -> Result<Option<StoredSchool>, StoreError> {
        const SQL: &str =
            "SELECT id, estab, slug, name, retention_months FROM schools WHERE estab = $1";
        let row: Option<Row> =
            on!(self, |pool| sqlx::query_as(SQL).bind(estab.as_str()).fetch_optional(pool).await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// Schools whose name holds the text, or whose number begins with it: ten at most, by name.
    pub async fn search_schools(&self, text: &str) -> Result<Vec<SchoolCard>, StoreError> {
        const SQL: &str = r"SELECT slug, name FROM schools
            WHERE lower(name) LIKE $1 ESCAPE '\' OR estab LIKE $2 ESCAPE '\'
            ORDER BY name, slug LIMIT 10";
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let number = if digits.is_empty() || folded(text).chars().any(char::is_alphabetic) {
            "no number".to_owned()
        } else {
            format!("{digits}%")
        };
        let rows: Vec<(String, String)> = on!(self, |pool| sqlx::query_as(SQL)
            .bind(containing(text))
            .bind(&number)
            .fetch_all(pool)
            .await)?;
        Ok(rows.into_iter().map(|(slug, name)| SchoolCard { slug, name }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{minute, on_both_engines, school};

    #[tokio::test]
    async fn a_school_is_found_by_its_id_its_number_and_its_address() {
        on_both_engines(async |store: Store| {
            let id = school(&store, "3281102").await;
            let found = store.find_school(id).await.unwrap().unwrap();
            assert_eq!(
                store.find_school_by_estab(&found.estab).await.unwrap().as_ref(),
                Some(&found)
            );
            assert_eq!(store.find_school_by_slug("school-3281102").await.unwrap(), Some(found));
            assert_eq!(store.find_school_by_slug("nowhere").await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test]
    async fn a_school_sets_its_own_time_in_the_trash() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let before = store.school_state(there).await.unwrap().retention_months;
            store.set_retention(here, 18).await.unwrap();
            assert_eq!(store.school_state(here).await.unwrap().retention_months, 18);
            assert_eq!(store.find_school(here).await.unwrap().unwrap().retention_months, 18);
            assert_eq!(store.school_state(there).await.unwrap().retention_months, before);
        })
        .await;
    }

    #[tokio::test]
    async fn refuses_a_second_school_of_the_same_number_or_address() {
        on_both_engines(async |store: Store| {
            let id = school(&store, "3281102").await;
            let mut second = store.find_school(id).await.unwrap().unwrap();
            second.id = SchoolId(Uuid::from_u128(2));
            let refused = store.add_school(&second, minute(1)).await;
            assert!(matches!(refused, Err(AddSchoolError::Taken)));
        })
        .await;
    }

    #[tokio::test]
    async fn schools_are_searched_by_part_of_the_name_or_the_beginning_of_the_number() {
        on_both_engines(async |store: Store| {
            school(&store, "3281102").await;
            school(&store, "3291103").await;
            let found = async |text: &str| store.search_schools(text).await.unwrap().len();
            assert_eq!(found("SCHOOL").await, 2);
            assert_eq!(found("3281102").await, 1);
            assert_eq!(found("32 8").await, 1);
            assert_eq!(found("281").await, 1, "part of the name, not of the number");
            assert_eq!(found("%").await, 0, "a wildcard is only a sign");
            assert_eq!(found("elsewhere").await, 0);
        })
        .await;
    }
}
