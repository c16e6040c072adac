//! What goes with the purge besides people: classes that nobody has been in for a year, and answers
//! to possible duplicates that have served their purpose.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Store, StoreError, in_transaction};

/// How long a class stays that nobody is in, and an answer about somebody who has no account.
const YEAR: TimeDelta = TimeDelta::days(365);

/// How long an answer stays whose link is stored: as long as the run can be undone.
const UNDOABLE_FOR: TimeDelta = TimeDelta::days(30);

/// Whether somebody is in a class.
macro_rules! somebody_is_in_it {
    () => {
        "(EXISTS (SELECT 1 FROM accounts a WHERE a.class_id = classes.id)
            OR EXISTS (SELECT 1 FROM memberships m WHERE m.class_id = classes.id))"
    };
}

impl Store {
    /// Notes which classes are empty, and removes those that have been so for a year. Answers how
    /// many went. A school in which a run is going is left for the next day.
    pub async fn sweep_classes(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        const FILLED: &str = concat!(
            "UPDATE classes SET empty_since = NULL WHERE empty_since IS NOT NULL AND ",
            somebody_is_in_it!()
        );
        const EMPTY: &str = concat!(
            "UPDATE classes SET empty_since = $1 WHERE empty_since IS NULL AND NOT ",
            somebody_is_in_it!()
        );
        const GONE: &str = concat!(
            "DELETE FROM classes WHERE empty_since <= $1 AND NOT ",
            somebody_is_in_it!(),
            " AND NOT EXISTS (SELECT 1 FROM runs r
                WHERE r.school_id = classes.school_id AND r.status IN ('queued', 'running'))"
        );
        in_transaction!(self, |tx| {
            sqlx::query(FILLED).execute(&mut *tx).await?;
            sqlx::query(EMPTY).bind(now).execute(&mut *tx).await?;
            sqlx::query(GONE).bind(now - YEAR).execute(&mut *tx).await?.rows_affected()
        })
    }

    /// Removes the answers that are of no use any more, with what they say of people: those whose
    /// link was stored by a run that can't be undone by now, and those of a year ago.
    pub async fn sweep_answers(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM resolutions WHERE decided_at <= $1
            OR (ended_by_run IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs r
                WHERE r.id = resolutions.ended_by_run
                    AND (r.finished_at IS NULL OR r.finished_at > $2)))";
        in_transaction!(self, |tx| {
            let sweep = sqlx::query(SQL).bind(now - YEAR).bind(now - UNDOABLE_FOR);
            sweep.execute(&mut *tx).await?.rows_affected()
        })
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::domain::accounts::{KnownThen, StoredResolution};
    use rollcall_engine::fixtures::{account, class, ids};
    use rollcall_shared::people::PersonKind;

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::{add, add_classes};

    #[tokio::test]
    async fn a_class_goes_once_nobody_has_been_in_it_for_a_year() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let (empty, filled, of_a_leaver) =
                (class(1, "Herons"), class(2, "Owls"), class(3, "Larks"));
            add_classes(&store, school, &[empty.clone(), filled.clone(), of_a_leaver.clone()])
                .await;
            let zoe = account(1, "Zoe Li").in_class(filled.id);
            let ida = account(2, "Ida Stone").in_class(of_a_leaver.id);
            add(&store, school, &[zoe, ida.left()]).await;
            let names = async || {
                let state = store.school_state(school).await.unwrap();
                state.classes.into_iter().map(|class| class.name).collect::<Vec<_>>()
            };
            assert_eq!(store.sweep_classes(minute(1)).await.unwrap(), 0);
            assert_eq!(store.sweep_classes(minute(1) + TimeDelta::days(364)).await.unwrap(), 0);
            assert_eq!(names().await, ["Herons", "Owls", "Larks"]);
            assert_eq!(store.sweep_classes(minute(1) + YEAR).await.unwrap(), 1);
            assert_eq!(names().await, ["Owls", "Larks"]);
        })
        .await;
    }

    #[tokio::test]
    async fn a_class_that_is_filled_again_begins_a_new_year() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let herons = class(1, "Herons");
            add_classes(&store, school, std::slice::from_ref(&herons)).await;
            store.sweep_classes(minute(1)).await.unwrap();
            let zoe = account(1, "Zoe Li").in_class(herons.id);
            add(&store, school, &[zoe]).await;
            let later = minute(1) + YEAR;
            assert_eq!(store.sweep_classes(later).await.unwrap(), 0);
            assert_eq!(store.sweep_classes(later + TimeDelta::days(1)).await.unwrap(), 0);
        })
        .await;
    }

    #[tokio::test]
    async fn an_answer_of_a_year_ago_goes_and_a_later_one_stays() {
        on_both_engines(async |store: Store| {
            let school = school(&store, "3281102").await;
            let answer = |id: &str| StoredResolution {
                kind: PersonKind::Pupil,
                mis: None,
                ids: ids(id),
                about: KnownThen::default(),
                same_as: None,
            };
            store.save_resolutions(school, &[answer("1")], None, minute(1)).await.unwrap();
            let day = TimeDelta::days(1);
            store.save_resolutions(school, &[answer("2")], None, minute(1) + day).await.unwrap();
            assert_eq!(store.sweep_answers(minute(1) + YEAR).await.unwrap(), 1);
            let left = store.school_state(school).await.unwrap().resolutions;
            assert_eq!(left, [answer("2")]);
        })
        .await;
    }
}
