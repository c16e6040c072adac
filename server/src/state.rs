//! What every part of the running server shares.

use std::sync::Arc;

use rollcall_store::Store;

use crate::background::Background;
use crate::clock::Clock;
use crate::config::Config;
use crate::connection::Connections;
use crate::dice::Dice;
use crate::health::Health;
use crate::installation::{self, InstallationError, InstallationSecret};
use crate::mis;
use crate::seal::KeyRing;

/// Everything a handler or a background task needs; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub config: Arc<Config>,
    pub store: Store,
    pub clock: Clock,
    pub dice: Dice,
    pub keys: Arc<KeyRing>,
    /// What all servers of this database know, and nobody else.
    pub secret: Arc<InstallationSecret>,
    /// Schools' connections to their MIS.
    pub connections: Connections,
    /// Whether the parts that answer no request are at work.
    pub health: Arc<Health>,
    /// The tasks beside the requests.
    pub background: Background,
}

/// Why the server, or a command, can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Installation(#[from] InstallationError),
    #[error("the folder of the database can't be made")]
    Folder(#[source] std::io::Error),
    #[error("the database can't be opened")]
    Store(#[from] rollcall_store::StoreError),
    #[error("the XoD client can't be set up")]
    Xod(#[from] xod_client::SetUpError),
}

impl AppState {
    /// Opens the keys and the database, which are made on the first run.
    ///
    /// # Errors
    /// If one of them can't be opened, or they don't belong together.
    pub async fn open(config: Config, clock: Clock, dice: Dice) -> Result<Self, StartError> {
        // Before anything is made or changed.
        let read = config.keys.read().map_err(InstallationError::from)?;
        if let Some(folder) = config.database_folder() {
            crate::config::make_private_folder(folder).map_err(StartError::Folder)?;
        }
        let xod = mis::xod_client(&config.xod, clock.clone(), dice.clone())?;
        let store = Store::open(config.database.expose()).await?;
        let (keys, secret) =
            installation::open(&store, &config.keys, read, &dice, clock.now()).await?;
        let keys = Arc::new(keys);
        let connections = Connections::new(
            &config,
            store.clone(),
            clock.clone(),
            dice.clone(),
            Arc::clone(&keys),
            xod,
        );
        let (config, secret) = (Arc::new(config), Arc::new(secret));
        let health = Arc::new(Health::of(&store));
        let background = Background::default();
        Ok(Self { config, store, clock, dice, keys, secret, connections, health, background })
    }

    /// A server on an open database, with a clock that stands still; for tests.
    #[cfg(test)]
    pub(crate) fn standing_at(
        now: chrono::DateTime<chrono::Utc>,
        store: Store,
        config: Config,
    ) -> Self {
        let (clock, dice) = (Clock::standing_at(now), Dice::seeded(7));
        let keys = Arc::new(KeyRing::parse(&KeyRing::draw(&dice)).unwrap());
        let xod = mis::xod_client(&config.xod, clock.clone(), dice.clone()).unwrap();
        let connections = Connections::new(
            &config,
            store.clone(),
            clock.clone(),
            dice.clone(),
            Arc::clone(&keys),
            xod,
        );
        let secret = Arc::new(InstallationSecret::new(&[7; 32]));
        let (config, health) = (Arc::new(config), Arc::new(Health::of(&store)));
        let background = Background::default();
        Self { config, store, clock, dice, keys, secret, connections, health, background }
    }
}
