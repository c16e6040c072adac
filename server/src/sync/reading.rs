//! The reading of a school's MIS in the background: begun from the wizard, followed by its row in
//! the database, and begun again by the next server if this one goes.

use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use rollcall_engine::domain::roster::Roster;
use rollcall_shared::connection::ConnectionState;
use rollcall_shared::ids::SchoolId;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::provider;
use rollcall_shared::settings::Settings;
use rollcall_store::StoreError;
use rollcall_store::schools::StoredSchool;
use tokio::sync::watch;

use crate::error::{Error, Result};
use crate::mis;
use crate::state::AppState;
use crate::telemetry::Chain;

/// The largest school is read in two minutes; a reading of which nothing has come for so long was
/// cut short.
pub const GIVEN_UP_AFTER: TimeDelta = TimeDelta::minutes(15);

/// After so long the MIS is read again before anything is planned: its copy is a nightly one.
const OLD_AFTER: TimeDelta = TimeDelta::hours(12);

/// Whether a reading is too old to plan from.
#[must_use]
pub fn is_old(read_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - read_at >= OLD_AFTER
}

/// Whether the MIS has to be read again before anything is planned: the reading is too old, or
/// other pupils were asked for than the settings say now.
#[must_use]
pub fn is_due(roster: &Roster, settings: &Settings, now: DateTime<Utc>) -> bool {
    is_old(roster.read_at, now) || roster.pupil_scope != settings.pupil_scope
}

/// Minutes after which a reading that failed is tried again, each time it does; after that a person
/// has to ask for it.
const TRY_AGAIN_AFTER: [i64; 3] = [5, 15, 60];

/// How often we ask whose turn it is.
const ASK_EVERY: Duration = Duration::from_secs(30);

const DOING_FIRST: &str = concat!("Asking ", provider!());

/// Begins to read a school, unless somebody is reading it already.
///
/// # Errors
/// `NotConnected` if the connection is not ready.
pub async fn start(state: &AppState, school: &StoredSchool) -> Result<()> {
    let now = state.clock.now();
    begin(state, school, now - GIVEN_UP_AFTER).await
}

/// Begins again the readings that an earlier server left unfinished.
///
/// # Errors
/// If the database failed.
pub async fn resume_all(state: &AppState) -> Result<()> {
    let now = state.clock.now();
    for id in state.store.list_schools_being_read().await? {
        let Some(school) = state.store.find_school(id).await? else { continue };
        match begin(state, &school, now).await {
            Err(Error::Problem(problem)) => {
                let detail = problem.detail.as_deref().unwrap_or_default();
                state.store.fail_roster_read(id, now, &problem.title, detail, None).await?;
            }
            done => done?,
        }
    }
    Ok(())
}

async fn begin(
    state: &AppState,
    school: &StoredSchool,
    given_up_before: DateTime<Utc>,
) -> Result<()> {
    if state.store.load_connection(school.id).await?.state != ConnectionState::Ready {
        return Err(not_ready());
    }
    let now = state.clock.now();
    if state.store.begin_roster_read(school.id, DOING_FIRST, now, given_up_before).await? {
        read_in_background(state.clone(), school.clone(), now);
    }
    Ok(())
}

fn read_in_background(state: AppState, school: StoredSchool, begun: DateTime<Utc>) {
    state.background.clone().spawn(async move {
        if let Err(error) = read_into_store(&state, &school, begun).await {
            tracing::error!(school = %school.id, error = %Chain(&error), "a reading broke");
        }
    });
}

/// Tries failed readings again when their time has come, for as long as the server runs.
pub async fn try_again(state: AppState) {
    loop {
        if let Err(error) = try_again_now(&state).await {
            tracing::error!(error = %Chain(&error), "failed readings could not be tried again");
        }
        if !state.background.pause(ASK_EVERY).await {
            return;
        }
    }
}

/// Begins again the failed readings whose time has come.
///
/// # Errors
/// If the database failed.
pub async fn try_again_now(state: &AppState) -> std::result::Result<(), StoreError> {
    let now = state.clock.now();
    while let Some(id) = state.store.claim_roster_retry(DOING_FIRST, now).await? {
        let Some(school) = state.store.find_school(id).await? else { continue };
        tracing::info!(school = %id, "trying a reading again");
        read_in_background(state.clone(), school, now);
    }
    Ok(())
}

/// When a reading that failed is tried again, after so many times that it was; none if it is not.
async fn retry_at(
    state: &AppState,
    school: SchoolId,
    problem: &Problem,
) -> std::result::Result<Option<DateTime<Utc>>, StoreError> {
    let Some(at_least) = problem.retry_after_seconds else { return Ok(None) };
    let read = state.store.find_roster_read(school).await?;
    let tried = read.map_or(0, |read| read.attempts) as usize;
    Ok(retry_time(state, tried, at_least))
}

/// When something is tried again that has been tried again so many times, after so many seconds at
/// least; none if it is not.
pub(super) fn retry_time(state: &AppState, tried: usize, at_least: u32) -> Option<DateTime<Utc>> {
    TRY_AGAIN_AFTER.get(tried).map(|minutes| {
        let pause = TimeDelta::minutes(*minutes).max(TimeDelta::seconds(at_least.into()));
        // Up to a tenth more, so that many schools do not come back at one moment.
        let more = pause * i32::from(state.dice.bytes::<1>()[0]) / 2560;
        (state.clock.now() + pause + more).trunc_subsecs(3)
    })
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
    begun: DateTime<Utc>,
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
            let mut detail = problem.detail.clone().unwrap_or_default();
            let retry_at = retry_at(state, id, &problem).await?;
            if retry_at.is_some() {
                detail = mis::without_advice(&detail).to_owned();
            }
            state.store.fail_roster_read(id, begun, &problem.title, &detail, retry_at).await
        }
        Err(Error::Broken(error)) => {
            tracing::error!(school = %id, error = %Chain(&*error), "a reading broke");
            let title = "Something went wrong on our side";
            let detail = "Nothing was changed. Try again; if it happens again, tell support.";
            state.store.fail_roster_read(id, begun, title, detail, None).await
        }
    }
}

/// Reads, and writes down what is being read for those who wait.
async fn read_with_progress(
    state: &AppState,
    school: &StoredSchool,
) -> std::result::Result<Result<Roster>, StoreError> {
    let (says, said) = watch::channel(String::new());
    let progress = |doing: String| drop(says.send_replace(doing));
    let reading = state.connections.read_roster(school, &progress);
    noting(
        reading,
        said,
        |doing| async move { state.store.note_roster_read(school.id, &doing).await },
    )
    .await
}

/// Does the work, and notes what is said of it. The two go on side by side: the work may hold what
/// the noting waits for, such as the one place that SQLite has for who writes.
async fn noting<T, E, F>(
    work: impl Future<Output = T>,
    mut said: watch::Receiver<String>,
    note: impl Fn(String) -> F,
) -> std::result::Result<T, E>
where
    F: Future<Output = std::result::Result<(), E>>,
{
    let notes = async {
        while said.changed().await.is_ok() {
            let doing = said.borrow_and_update().clone();
            note(doing).await?;
        }
        // Nobody is left to say anything; the work goes on.
        std::future::pending().await
    };
    tokio::select! {
        done = work => Ok(done),
        failed = notes => failed,
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn what_is_noted_may_wait_for_what_the_work_holds() {
        let (says, said) = watch::channel(String::new());
        let (one_writes, noted) = (Mutex::new(()), Mutex::new(Vec::new()));
        let work = async {
            let writing = one_writes.lock().await;
            says.send_replace("Reading pupils".into());
            tokio::task::yield_now().await;
            drop(writing);
            while noted.lock().await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        let note = async |doing: String| {
            let _writing = one_writes.lock().await;
            noted.lock().await.push(doing);
            Ok::<(), StoreError>(())
        };
        noting(work, said, note).await.unwrap();
        assert_eq!(*noted.lock().await, ["Reading pupils"]);
    }
}
