//! Everything the simulator knows, shared by its handlers, and kept in a file if one is named.

use std::{
    collections::{BTreeMap, VecDeque},
    fs, io,
    path::Path,
    sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use serde::{Deserialize, Serialize};

use crate::{
    clock::Clock,
    config::{Config, SchoolSpec, SpecError},
    email::Email,
    faults::Fault,
    generate,
    school::School,
};

/// So many of the last calls are remembered.
const CALLS_KEPT: usize = 10_000;

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub app_id: String,
    pub management_secret: String,
    /// Where the simulator itself can be reached, for the links in e-mails.
    pub own_url: String,
    pub clock: Clock,
    pub http: reqwest::Client,
    world: RwLock<World>,
    calls: Mutex<VecDeque<String>>,
    state_file: Option<std::path::PathBuf>,
}

/// What changes while the simulator runs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct World {
    pub schools: BTreeMap<String, School>,
    pub emails: Vec<Email>,
    /// Where schools' decisions are reported; set again at each start.
    #[serde(skip)]
    pub callback: String,
    /// Misbehaviour that is still to come; gone after a restart.
    #[serde(skip)]
    pub faults: Vec<Fault>,
    /// Every token differs from the others.
    #[serde(default)]
    pub tokens_issued: u64,
}

/// Why a simulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}")]
    Listen { address: std::net::SocketAddr, source: io::Error },
    #[error("cannot read the state file {path}")]
    Read { path: String, source: io::Error },
    #[error("the state file {path} is not one of this simulator's")]
    State { path: String, source: serde_json::Error },
    #[error("cannot write the state file {path}")]
    Write { path: String, source: io::Error },
    #[error(transparent)]
    School(#[from] SpecError),
    #[error("cannot set up the HTTP client for callbacks")]
    Http(#[from] reqwest::Error),
}

impl Shared {
    pub(crate) fn new(config: Config, own_url: String) -> Result<Self, StartError> {
        let mut world = match &config.state {
            Some(path) => load(path)?,
            None => World::default(),
        };
        world.callback = config.callback;
        world.faults = config.faults;
        for spec in config.schools {
            // A school that the state file knows goes on from there.
            if !world.schools.contains_key(&spec.estab) {
                world.add(&spec)?;
            }
        }
        let shared = Self {
            app_id: config.app_id,
            management_secret: config.management_secret,
            own_url,
            clock: config.clock,
            http: crate::callback::client()?,
            world: RwLock::new(world),
            calls: Mutex::default(),
            state_file: config.state,
        };
        shared.save(&shared.world()).map_err(|source| StartError::Write {
            path: shared.state_file.as_deref().unwrap_or(Path::new("")).display().to_string(),
            source,
        })?;
        Ok(shared)
    }

    /// Writes down that a call came: method and path, neither token nor body.
    pub(crate) fn note_call(&self, call: String) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == CALLS_KEPT {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    /// The last calls, the oldest first.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Everything, to read. Nothing can change until the guard is dropped.
    pub(crate) fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything, to change without keeping it over a restart.
    pub(crate) fn world_mut(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something and keeps it in the state file.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world_mut();
        let result = change(&mut world);
        if let Err(error) = self.save(&world) {
            tracing::error!(%error, "the state file could not be written");
        }
        result
    }

    /// Writes beside the state file first, so that it is always whole.
    fn save(&self, world: &World) -> io::Result<()> {
        let Some(path) = &self.state_file else { return Ok(()) };
        let beside = path.with_extension("new");
        fs::write(&beside, serde_json::to_vec(world)?)?;
        fs::rename(beside, path)
    }
}

fn load(path: &Path) -> Result<World, StartError> {
    let named = || path.display().to_string();
    match fs::read(path) {
        Ok(json) => serde_json::from_slice(&json)
            .map_err(|source| StartError::State { path: named(), source }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(World::default()),
        Err(source) => Err(StartError::Read { path: named(), source }),
    }
}

impl World {
    /// Generates a school that was not there before.
    pub(crate) fn add(&mut self, spec: &SchoolSpec) -> Result<&School, SpecError> {
        spec.check()?;
        if self.schools.contains_key(&spec.estab) {
            return Err(SpecError::Taken(spec.estab.clone()));
        }
        Ok(self.schools.entry(spec.estab.clone()).or_insert_with(|| generate::school(spec)))
    }
}
