//! What a plan of a school is made from, and the hash of it.
//!
//! The hash covers the roster (but not when it was read), the settings, and the school's accounts,
//! classes, answers and last applied run. As long as it is the same, asking for a plan answers the
//! one that is there.

use rollcall_engine::domain::accounts::SchoolState;
use rollcall_engine::domain::hash::hash_of_json;
use rollcall_shared::ids::{RunId, SchoolId};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::settings::Settings;
use rollcall_store::rosters::StoredRoster;

use super::undo;
use crate::error::{Error, Result};
use crate::state::AppState;

/// What a plan of this school would be made from now.
pub(super) struct Sources {
    pub roster: StoredRoster,
    pub settings: Settings,
    pub state: SchoolState,
}

impl Sources {
    pub(super) async fn load(state: &AppState, school: SchoolId) -> Result<Option<Self>> {
        let Some(roster) = state.store.find_roster(school).await? else { return Ok(None) };
        let settings = state.store.load_draft(school).await?.settings;
        Ok(Some(Self { roster, settings, state: state.store.school_state(school).await? }))
    }

    pub(super) fn hash(&self) -> Result<String> {
        hash(&self.roster.fingerprint, &self.settings, &self.state)
    }
}

fn hash(fingerprint: &str, settings: &Settings, state: &SchoolState) -> Result<String> {
    hash_of_json(&(fingerprint, settings, state)).map_err(Error::broken)
}

/// The hash a plan made now would have; none before the first roster.
///
/// # Errors
/// If something broke.
pub(crate) async fn current_hash(state: &AppState, school: SchoolId) -> Result<Option<String>> {
    let store = &state.store;
    let Some(fingerprint) = store.find_roster_fingerprint(school).await? else { return Ok(None) };
    let settings = store.load_draft(school).await?.settings;
    hash(&fingerprint, &settings, &store.school_state(school).await?).map(Some)
}

/// The hash that a plan would have if it were made now: of the whole school, or of the undoing of a
/// run.
///
/// # Errors
/// If something broke.
pub(crate) async fn hash_now(
    state: &AppState,
    school: SchoolId,
    undoes: Option<RunId>,
) -> Result<Option<String>> {
    match undoes {
        Some(undone) => undo::current_hash(state, school, undone).await.map(Some),
        None => current_hash(state, school).await,
    }
}

pub(super) fn not_read() -> Error {
    Problem::new(Kind::NotConnected, "Your MIS has not been read yet")
        .detail("Nothing was changed. Open the wizard, and wait until it has read your MIS.")
        .into()
}
