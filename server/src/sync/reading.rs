//! The reading of a school's MIS in the background: begun from the wizard, followed by its row in
//! the database, and begun anew by the next server if this one goes.

use chrono::TimeDelta;
use rollcall_shared::connection::ConnectionState;
use rollcall_shared::problem::{Kind, Problem};
use tokio::sync::watch;

use super::roster::Roster;
use crate::error::{Error, Result};
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::schools::StoredSchool;
use crate::telemetry::Chain;

/// The largest school is read in two minutes; a reading of which nothing has come for so long was
/// cut short.
pub const GIVEN_UP_AFTER: TimeDelta = TimeDelta::minutes(15);

/// Begins to read a school, unless somebody is reading it already.
///
/// # Errors
/// `NotConnected` if the connection is not ready.
pub async fn start(state: &AppState, school: &StoredSchool) -> Result<()> {
    let now = state.clock.now();
    begin(state, school, now - GIVEN_UP_AFTER).await
}

/// Begins the readings anew that an earlier server left unfinished.
///
/// # Errors
/// If the database failed.
pub async fn resume_all(state: &AppState) -> Result<()> {
    for id in state.store.list_schools_being_read().await? {
        let Some(school) = state.store.find_school(id).await? else { continue };
        match begin(state, &school, state.clock.now()).await {
            Err(Error::Problem(problem)) => {
                let detail = problem.detail.as_deref().unwrap_or_default();
                state.store.fail_roster_read(id, &problem.title, detail).await?;
            }
            done => done?,
        }
    }
    Ok(())
}

async fn begin(
    state: &AppState,
    school: &StoredSchool,
    given_up_before: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    if state.store.load_connection(school.id).await?.state != ConnectionState::Ready {
        return Err(not_ready());
    }
    let doing = "Asking Groupcall";
    let now = state.clock.now();
    if state.store.begin_roster_read(school.id, doing, now, given_up_before).await? {
        let (state, school) = (state.clone(), school.clone());
        tokio::spawn(async move {
            let id = school.id;
            if let Err(error) = read_into_store(&state, &school).await {
                tracing::error!(school = %id, error = %Chain(&error), "a reading broke");
            }
        });
    }
    Ok(())
}

pub(super) fn not_ready() -> Error {
    Problem::new(Kind::NotConnected, "The connection to your MIS is not ready")
        .detail(
            "Nothing was read and nothing was changed. The connection page says what is missing, \
             and who has to do it.",
        )
        .into()
}

async fn read_into_store(
    state: &AppState,
    school: &StoredSchool,
) -> std::result::Result<(), StoreError> {
    let id = school.id;
    match read_with_progress(state, school).await? {
        Ok(roster) => {
            tracing::info!(
                school = %id,
                pupils = roster.pupils.len(),
                staff = roster.staff.len(),
                "read the MIS"
            );
            if !state.store.save_roster(id, &roster).await? {
                tracing::info!(school = %id, "the connection was ended meanwhile; nothing is kept");
            }
            Ok(())
        }
        Err(Error::Problem(problem)) => {
            tracing::warn!(school = %id, problem = problem.title, "the MIS could not be read");
            let detail = problem.detail.as_deref().unwrap_or_default();
            state.store.fail_roster_read(id, &problem.title, detail).await
        }
        Err(Error::Broken(error)) => {
            tracing::error!(school = %id, error = %Chain(&*error), "a reading broke");
            let title = "Something went wrong on our side";
            let detail = "Nothing was changed. Try again; if it happens again, tell support.";
            state.store.fail_roster_read(id, title, detail).await
        }
    }
}

/// Reads, and writes down what is being read for those who wait.
async fn read_with_progress(
    state: &AppState,
    school: &StoredSchool,
) -> std::result::Result<Result<Roster>, StoreError> {
    let (says, mut said) = watch::channel(String::new());
    let progress = |doing: String| drop(says.send_replace(doing));
    let reading = state.connections.read_roster(school, &progress);
    tokio::pin!(reading);
    loop {
        tokio::select! {
            roster = &mut reading => return Ok(roster),
            Ok(()) = said.changed() => {
                let doing = said.borrow_and_update().clone();
                state.store.note_roster_read(school.id, &doing).await?;
            }
        }
    }
}
