//! An admin's remembered answers to usernames that were proposed.

use chrono::{DateTime, Utc};
use rollcall_engine::domain::accounts::UsernameAnswer;
use rollcall_shared::ids::SchoolId;

use super::{Store, StoreError, on};

impl Store {
    /// Remembers an answer; an earlier one about the same account is replaced.
    pub async fn save_username_answer(
        &self,
        school: SchoolId,
        answer: &UsernameAnswer,
        by: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO username_answers
                (school_id, account_id, username, answer, decided_by, decided_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (account_id) DO UPDATE SET username = excluded.username,
                answer = excluded.answer, decided_by = excluded.decided_by,
                decided_at = excluded.decided_at";
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(answer.account.0)
            .bind(&answer.username)
            .bind(answer.answer.code())
            .bind(by)
            .bind(at)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rollcall_engine::fixtures::account;
    use rollcall_shared::plan::RenameAnswer;

    use super::*;
    use crate::contract::{minute, on_both_engines, school};
    use crate::fixtures::add;

    #[tokio::test]
    async fn the_last_answer_about_an_account_counts_in_its_own_school() {
        on_both_engines(async |store: Store| {
            let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
            let (zoe, ama) = (account(1, "Zoe Li"), account(2, "Ama Li"));
            add(&store, here, &[zoe.clone(), ama.clone()]).await;
            let answer = |account, username: &str, answer| UsernameAnswer {
                account,
                username: username.into(),
                answer,
            };
            let first = answer(zoe.id, "ZoeL", RenameAnswer::Rename);
            let other = answer(ama.id, "AmaL", RenameAnswer::Rename);
            let last = answer(zoe.id, "ZoeL2", RenameAnswer::Keep);
            for (minutes, answer) in [(1, &first), (2, &other), (3, &last)] {
                let by = Some("Mx Head");
                store.save_username_answer(here, answer, by, minute(minutes)).await.unwrap();
            }
            let state = store.school_state(here).await.unwrap();
            assert_eq!(state.username_answers, [last, other]);
            assert!(store.school_state(there).await.unwrap().username_answers.is_empty());
        })
        .await;
    }
}
