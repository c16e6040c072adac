//! The settings of a school: the wizard's one draft, with a version.

use chrono::{DateTime, Utc};
use rollcall_shared::ids::SchoolId;
use rollcall_shared::settings::Settings;
use rollcall_shared::wizard::{Draft, Step};

use super::json::{json, parsed};
use super::{Store, StoreError, in_transaction, on};
use rollcall_engine::domain::time::timestamp;

/// What became of a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    Saved(Draft),
    /// Someone else saved meanwhile; this is theirs, and nothing was changed.
    Stale(Draft),
}

#[derive(sqlx::FromRow)]
struct Row {
    version: i64,
    settings: String,
    answered: String,
    changed_by: Option<String>,
    changed_at: DateTime<Utc>,
}

impl TryFrom<Row> for Draft {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            version: row.version,
            settings: parsed(&row.settings, "settings.settings")?,
            answered: serde_json::from_str(&row.answered)
                .map_err(|_| StoreError::unreadable("settings.answered"))?,
            changed_by: row.changed_by,
            changed_at: Some(timestamp(row.changed_at)),
        })
    }
}

const SELECT: &str = "SELECT version, settings, answered, changed_by, changed_at
    FROM settings WHERE school_id = $1";

/// What a school has before anybody has answered anything: version 0 of what is proposed.
fn unanswered() -> Draft {
    Draft {
        version: 0,
        settings: Settings::default(),
        answered: Vec::new(),
        changed_by: None,
        changed_at: None,
    }
}

impl Store {
    /// The school's draft; what is proposed, at version 0, where nothing was saved yet.
    pub async fn load_draft(&self, school: SchoolId) -> Result<Draft, StoreError> {
        let row: Option<Row> =
            on!(self, |pool| sqlx::query_as(SELECT).bind(school.0).fetch_optional(pool).await)?;
        row.map_or_else(|| Ok(unanswered()), TryInto::try_into)
    }

    /// Saves the draft if it is still at the version the answers were based on.
    pub async fn save_draft(
        &self,
        school: SchoolId,
        based_on: i64,
        settings: &Settings,
        answered: &[Step],
        by: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<Saved, StoreError> {
        const WRITE: &str = "INSERT INTO settings
                (school_id, version, settings, answered, changed_by, changed_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (school_id) DO UPDATE SET version = excluded.version,
                settings = excluded.settings, answered = excluded.answered,
                changed_by = excluded.changed_by, changed_at = excluded.changed_at
            WHERE settings.version = excluded.version - 1";
        let (settings_json, answered_json) = (
            json(settings, "settings.settings")?,
            serde_json::to_string(&answered)
                .map_err(|_| StoreError::unreadable("settings.answered"))?,
        );
        in_transaction!(self, |tx| {
            let row: Option<Row> =
                sqlx::query_as(SELECT).bind(school.0).fetch_optional(&mut *tx).await?;
            let now = row.map_or_else(|| Ok(unanswered()), Draft::try_from)?;
            if now.version != based_on {
                return Ok(Saved::Stale(now));
            }
            let written = sqlx::query(WRITE)
                .bind(school.0)
                .bind(based_on + 1)
                .bind(&settings_json)
                .bind(&answered_json)
                .bind(by)
                .bind(at)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if written == 0 {
                // PostgreSQL: somebody saved between our look and our write.
                let row: Row = sqlx::query_as(SELECT).bind(school.0).fetch_one(&mut *tx).await?;
                return Ok(Saved::Stale(row.try_into()?));
            }
            Saved::Saved(Draft {
                version: based_on + 1,
                settings: settings.clone(),
                answered: answered.to_vec(),
                changed_by: by.map(str::to_owned),
                changed_at: Some(timestamp(at)),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{minute, on_both_engines, school};

    #[tokio::test]
    async fn a_school_that_has_answered_nothing_has_what_is_proposed_at_version_0() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            assert_eq!(store.load_draft(school).await.unwrap(), unanswered());
        })
        .await;
    }

    #[tokio::test]
    async fn a_draft_is_saved_with_a_growing_version_and_who_saved_it() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let settings = Settings::default();
            for version in 0..3 {
                let steps = [Step::Usernames];
                let saved = store
                    .save_draft(
                        school,
                        version,
                        &settings,
                        &steps,
                        Some("Mx Head"),
                        minute(version),
                    )
                    .await
                    .unwrap();
                let Saved::Saved(draft) = saved else { panic!("{saved:?}") };
                assert_eq!(draft.version, version + 1);
                assert_eq!(store.load_draft(school).await.unwrap(), draft);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_stale_save_changes_nothing_and_shows_who_changed_what() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let settings = Settings::default();
            let save = async |by| {
                store.save_draft(school, 0, &settings, &[], Some(by), minute(1)).await.unwrap()
            };
            assert!(matches!(save("A").await, Saved::Saved(_)));
            let Saved::Stale(theirs) = save("B").await else { panic!("saved over A's") };
            assert_eq!(theirs.changed_by.as_deref(), Some("A"));
            assert_eq!(store.load_draft(school).await.unwrap(), theirs);
        })
        .await;
    }
}
