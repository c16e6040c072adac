//! What an admin lands on.

use chrono::Months;
use rollcall_shared::people::Dashboard;
use rollcall_shared::run::{RunKind, RunRow, RunStatus};
use rollcall_shared::time::Day;
use rollcall_store::schools::StoredSchool;

use crate::error::Result;
use crate::sign_in::alerts;
use crate::state::AppState;
use crate::sync::{runs, schedule};

fn is_whole_sync(run: &RunRow) -> bool {
    run.kind == RunKind::Sync && run.status == RunStatus::Done && !run.is_undone
}

/// The figures of the dashboard.
///
/// # Errors
/// If something broke.
pub(crate) async fn figures(state: &AppState, school: &StoredSchool) -> Result<Dashboard> {
    let purged_by = state.clock.now().date_naive() + Months::new(1);
    let figures = state.store.count_people(school.id, purged_by).await?;
    let connection = state.store.load_connection(school.id).await?;
    let runs = runs::list(state, school.id).await?;
    Ok(Dashboard {
        pupils: figures.pupils,
        staff: figures.staff,
        classes: figures.classes,
        subject_groups: figures.subject_groups,
        trash: figures.trash,
        to_put_right: figures.to_put_right,
        purged_soon: figures.purged_soon,
        purged_by: Day(purged_by.to_string()),
        mail: state.store.mail_standing(school.id).await?,
        connection: connection.state,
        going: state.store.find_going_run(school.id).await?,
        held: runs::held(state, school.id).await?,
        schedule: schedule::view(state, school).await?,
        slowed: alerts::slowed(state, school).await?,
        last_sync: runs.iter().find(|run| is_whole_sync(run)).cloned(),
        last_run: runs.into_iter().find(|run| run.finished_at.is_some()),
    })
}
