//! Rosters: the last complete read of each school, and how the reading goes.

use chrono::{DateTime, Utc};
use rollcall_engine::domain::roster::Roster;
use rollcall_shared::ids::SchoolId;

use super::disconnect::is_ended_since;
use super::json::{json, parsed};
use super::{Store, StoreError, in_transaction, on};

/// The last complete read of a school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRoster {
    pub roster: Roster,
    /// The same for two reads in which nothing changed.
    pub fingerprint: String,
}

/// How the reading of a school's MIS stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterRead {
    pub state: ReadState,
    pub started_at: DateTime<Utc>,
    /// How often it has been tried again by itself since a person asked for it.
    pub attempts: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadState {
    Reading {
        /// Plain words on what is being read now.
        doing: String,
    },
    Ready,
    Failed {
        /// Plain words: what happened, and what to do.
        title: String,
        detail: String,
        /// When it is tried again by itself.
        retry_at: Option<DateTime<Utc>>,
    },
}

#[derive(sqlx::FromRow)]
struct ReadRow {
    state: String,
    doing: String,
    title: String,
    detail: String,
    started_at: DateTime<Utc>,
    retry_at: Option<DateTime<Utc>>,
    attempts: i32,
}

impl TryFrom<ReadRow> for RosterRead {
    type Error = StoreError;

    fn try_from(row: ReadRow) -> Result<Self, StoreError> {
        let state = match row.state.as_str() {
            "reading" => ReadState::Reading { doing: row.doing },
            "ready" => ReadState::Ready,
            "failed" => {
                let ReadRow { title, detail, retry_at, .. } = row;
                ReadState::Failed { title, detail, retry_at }
            }
            _ => return Err(StoreError::unreadable("roster_reads.state")),
        };
        let attempts = u32::try_from(row.attempts)
            .map_err(|_| StoreError::unreadable("roster_reads.attempts"))?;
        Ok(Self { state, started_at: row.started_at, attempts })
    }
}

impl Store {
    /// Begins to read a school's MIS. `false` if somebody else is reading it already; a reading
    /// begun before `given_up_before` was cut short, and does not count.
    pub async fn begin_roster_read(
        &self,
        school: SchoolId,
        doing: &str,
        at: DateTime<Utc>,
        given_up_before: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO roster_reads
                (school_id, state, doing, title, detail, started_at)
            VALUES ($1, 'reading', $2, '', '', $3)
            ON CONFLICT (school_id) DO UPDATE SET state = 'reading', doing = excluded.doing,
                title = '', detail = '', started_at = excluded.started_at, retry_at = NULL,
                attempts = 0
            WHERE roster_reads.state <> 'reading' OR roster_reads.started_at < $4";
        let begun = on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(doing)
            .bind(at)
            .bind(given_up_before)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(begun == 1)
    }

    /// Says what is being read now.
    pub async fn note_roster_read(&self, school: SchoolId, doing: &str) -> Result<(), StoreError> {
        const SQL: &str =
            "UPDATE roster_reads SET doing = $2 WHERE school_id = $1 AND state = 'reading'";
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(doing)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Begins again the reading that has waited longest for its time to be tried again.
    pub async fn claim_roster_retry(
        &self,
        doing: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<SchoolId>, StoreError> {
        // The condition stands twice because PostgreSQL looks at the row again, but not at the
        // inner query, when two claim at once.
        const SQL: &str = "UPDATE roster_reads SET state = 'reading', doing = $1, title = '',
                detail = '', started_at = $2, retry_at = NULL, attempts = attempts + 1
            WHERE school_id = (SELECT school_id FROM roster_reads
                    WHERE state = 'failed' AND retry_at <= $2
                    ORDER BY retry_at, school_id LIMIT 1)
                AND state = 'failed' AND retry_at <= $2
            RETURNING school_id";
        let school: Option<uuid::Uuid> = on!(self, |pool| sqlx::query_scalar(SQL)
            .bind(doing)
            .bind(now)
            .fetch_optional(pool)
            .await)?;
        Ok(school.map(SchoolId))
    }

    /// Ends a reading that failed, to be tried again at `retry_at` where that is given; the roster
    /// of the last complete read stays. One that was begun after `begun` goes on.
    pub async fn fail_roster_read(
        &self,
        school: SchoolId,
        begun: DateTime<Utc>,
        title: &str,
        detail: &str,
        retry_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE roster_reads SET state = 'failed', doing = '', title = $2,
                detail = $3, retry_at = $4
            WHERE school_id = $1 AND started_at <= $5 AND state = 'reading'";
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(title)
            .bind(detail)
            .bind(retry_at)
            .bind(begun)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Keeps the roster of a complete read instead of the one before, and ends the reading. One
    /// that was begun earlier than the one kept, and ended later, does not take its place. False
    /// if the connection was ended meanwhile: then nothing is kept.
    pub async fn save_roster(&self, school: SchoolId, roster: &Roster) -> Result<bool, StoreError> {
        // What is the same is not written again: it is large, and the nights are many.
        const SAME: &str = "UPDATE rosters SET read_at = $2
            WHERE school_id = $1 AND roster = $3 AND read_at <= $2";
        const ROSTER: &str = "INSERT INTO rosters (school_id, read_at, fingerprint, roster)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (school_id) DO UPDATE SET read_at = excluded.read_at,
                fingerprint = excluded.fingerprint, roster = excluded.roster
            WHERE rosters.read_at <= excluded.read_at";
        const READ: &str = "INSERT INTO roster_reads
                (school_id, state, doing, title, detail, started_at)
            VALUES ($1, 'ready', '', '', '', $2)
            ON CONFLICT (school_id) DO UPDATE SET state = 'ready', doing = '', title = '',
                detail = '', retry_at = NULL, attempts = 0
            WHERE roster_reads.started_at <= excluded.started_at";
        let fingerprint =
            roster.fingerprint().map_err(|_| StoreError::unreadable("rosters.roster"))?;
        let json = json(roster, "rosters.roster")?;
        in_transaction!(self, "roster", |tx| {
            if is_ended_since!(tx, school, roster.read_at) {
                return Ok(false);
            }
            let same = sqlx::query(SAME)
                .bind(school.0)
                .bind(roster.read_at)
                .bind(&json)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if same == 0 {
                sqlx::query(ROSTER)
                    .bind(school.0)
                    .bind(roster.read_at)
                    .bind(&fingerprint)
                    .bind(&json)
                    .execute(&mut *tx)
                    .await?;
            }
            sqlx::query(READ).bind(school.0).bind(roster.read_at).execute(&mut *tx).await?;
            true
        })
    }

    /// The last complete read of a school.
    pub async fn find_roster(&self, school: SchoolId) -> Result<Option<StoredRoster>, StoreError> {
        const SQL: &str = "SELECT read_at, roster, fingerprint FROM rosters WHERE school_id = $1";
        let row: Option<(DateTime<Utc>, String, String)> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_optional(pool).await)?;
        row.map(|(read_at, json, fingerprint)| {
            let read: Roster = parsed(&json, "rosters.roster")?;
            Ok(StoredRoster { roster: Roster { read_at, ..read }, fingerprint })
        })
        .transpose()
    }

    /// The fingerprint of the last complete read of a school.
    pub async fn find_roster_fingerprint(
        &self,
        school: SchoolId,
    ) -> Result<Option<String>, StoreError> {
        const SQL: &str = "SELECT fingerprint FROM rosters WHERE school_id = $1";
        Ok(on!(self, |pool| sqlx::query_scalar(SQL).bind(school.0).fetch_optional(pool).await)?)
    }

    /// The schools that are being read, or were when their server went.
    pub async fn list_schools_being_read(&self) -> Result<Vec<SchoolId>, StoreError> {
        const SQL: &str =
            "SELECT school_id FROM roster_reads WHERE state = 'reading' ORDER BY started_at";
        let ids: Vec<uuid::Uuid> = on!(self, |pool| sqlx::query_scalar(SQL).fetch_all(pool).await)?;
        Ok(ids.into_iter().map(SchoolId).collect())
    }

    /// How the last or current reading of a school stands; none before the first.
    pub async fn find_roster_read(
        &self,
        school: SchoolId,
    ) -> Result<Option<RosterRead>, StoreError> {
        const SQL: &str = "SELECT state, doing, title, detail, started_at, retry_at,
                attempts
            FROM roster_reads WHERE school_id = $1";
        let row: Option<ReadRow> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_optional(pool).await)?;
        row.map(TryInto::try_into).transpose()
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::domain::mis_link::MisIds;
    use std::collections::BTreeSet;

    use rollcall_engine::domain::roster::RosterGroup;

    use super::*;
    use crate::contract::{minute, on_both_engines, school};

    fn group(id: &str) -> RosterGroup {
        RosterGroup {
            ids: MisIds { id: id.into(), ..MisIds::default() },
            name: format!("Class {id}"),
            code: None,
            subject: None,
            pupils: BTreeSet::new(),
            staff: BTreeSet::new(),
        }
    }

    fn roster(read_at: DateTime<Utc>, classes: &[&str]) -> Roster {
        Roster {
            mis: Some("simsnet".into()),
            academic_year: Some(2026),
            classes: classes.iter().map(|id| group(id)).collect(),
            ..Roster::of_nobody(read_at)
        }
    }

    #[tokio::test]
    async fn each_complete_read_takes_the_place_of_the_one_before_in_its_school_only() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            assert_eq!(store.find_roster(here).await.unwrap(), None);
            let older = roster(minute(1), &["1"]);
            let newer = roster(minute(2), &["1", "2"]);
            store.save_roster(here, &older).await.unwrap();
            store.save_roster(there, &older).await.unwrap();
            store.save_roster(here, &newer).await.unwrap();
            assert_eq!(store.find_roster(here).await.unwrap().unwrap().roster, newer);
            assert_eq!(store.find_roster(there).await.unwrap().unwrap().roster, older);
        })
        .await;
    }

    #[tokio::test]
    async fn a_read_in_which_nothing_changed_has_the_same_fingerprint_whatever_its_order() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let fingerprint = async |roster: Roster| {
                store.save_roster(school, &roster).await.unwrap();
                let stored = store.find_roster(school).await.unwrap().unwrap().fingerprint;
                let alone = store.find_roster_fingerprint(school).await.unwrap();
                assert_eq!(alone.as_ref(), Some(&stored));
                stored
            };
            assert_eq!(store.find_roster_fingerprint(school).await.unwrap(), None);
            let first = fingerprint(roster(minute(1), &["1", "2"])).await;
            assert_eq!(fingerprint(roster(minute(2), &["2", "1"])).await, first);
            assert_ne!(fingerprint(roster(minute(3), &["1", "3"])).await, first);
        })
        .await;
    }

    #[tokio::test]
    async fn one_reads_at_a_time_until_the_read_ends_or_was_cut_short() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let begin = async |at, given_up_before| {
                store
                    .begin_roster_read(school, "Asking", minute(at), minute(given_up_before))
                    .await
                    .unwrap()
            };
            assert!(begin(10, 5).await);
            assert!(!begin(11, 6).await, "somebody is reading");
            assert!(begin(20, 15).await, "the first one was cut short");
            store.save_roster(school, &roster(minute(21), &[])).await.unwrap();
            assert!(begin(22, 17).await, "the second one has ended");
        })
        .await;
    }

    #[tokio::test]
    async fn a_read_says_what_it_is_doing_and_how_it_ended() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let state = async || {
                let read = store.find_roster_read(school).await.unwrap();
                read.map(|read| (read.state, read.started_at))
            };
            assert_eq!(state().await, None);
            let begun = store.begin_roster_read(school, "Asking", minute(1), minute(0));
            assert!(begun.await.unwrap());
            store.note_roster_read(school, "Reading pupils").await.unwrap();
            let doing = ReadState::Reading { doing: "Reading pupils".into() };
            assert_eq!(state().await, Some((doing, minute(1))));

            let kept = roster(minute(2), &["1"]);
            store.save_roster(school, &kept).await.unwrap();
            assert_eq!(state().await, Some((ReadState::Ready, minute(1))));
            store.note_roster_read(school, "Too late").await.unwrap();
            assert_eq!(state().await, Some((ReadState::Ready, minute(1))));

            let begun = store.begin_roster_read(school, "Asking", minute(3), minute(0));
            assert!(begun.await.unwrap());
            store
                .fail_roster_read(school, minute(3), "No answer", "Try later", None)
                .await
                .unwrap();
            let (title, detail) = ("No answer".into(), "Try later".into());
            let failed = ReadState::Failed { title, detail, retry_at: None };
            assert_eq!(state().await, Some((failed, minute(3))));
            let roster = store.find_roster(school).await.unwrap().unwrap().roster;
            assert_eq!(roster, kept, "the last complete read stays");
        })
        .await;
    }

    #[tokio::test]
    async fn a_reading_that_ended_late_does_not_take_the_place_of_a_newer_one() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let newer = roster(minute(2), &["1", "2"]);
            store.save_roster(school, &newer).await.unwrap();
            store.save_roster(school, &roster(minute(1), &["1"])).await.unwrap();
            assert_eq!(store.find_roster(school).await.unwrap().unwrap().roster, newer);

            // Nor does its end end the one that is under way.
            assert!(store.begin_roster_read(school, "", minute(4), minute(0)).await.unwrap());
            store.fail_roster_read(school, minute(3), "No answer", "", None).await.unwrap();
            store.save_roster(school, &roster(minute(3), &["1"])).await.unwrap();
            let read = store.find_roster_read(school).await.unwrap().unwrap();
            assert_eq!(read.state, ReadState::Reading { doing: String::new() });
        })
        .await;
    }

    #[tokio::test]
    async fn a_failed_reading_is_tried_again_when_its_time_has_come_and_by_one_only() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            for (school, retry_at) in [(here, Some(minute(5))), (there, None)] {
                assert!(store.begin_roster_read(school, "", minute(1), minute(0)).await.unwrap());
                store.fail_roster_read(school, minute(1), "No answer", "", retry_at).await.unwrap();
            }
            let claim = async |at| store.claim_roster_retry("Again", minute(at)).await.unwrap();
            assert_eq!(claim(4).await, None);
            let both = tokio::join!(claim(5), claim(5));
            assert!(both == (Some(here), None) || both == (None, Some(here)), "{both:?}");
            let read = store.find_roster_read(here).await.unwrap().unwrap();
            assert_eq!((read.started_at, read.attempts), (minute(5), 1));
            assert_eq!(read.state, ReadState::Reading { doing: "Again".into() });

            // What a person asks for counts from the beginning.
            store
                .fail_roster_read(here, minute(5), "No answer", "", Some(minute(9)))
                .await
                .unwrap();
            assert!(store.begin_roster_read(here, "", minute(6), minute(0)).await.unwrap());
            assert_eq!(store.find_roster_read(here).await.unwrap().unwrap().attempts, 0);
            assert_eq!(claim(10).await, None);
        })
        .await;
    }
}
