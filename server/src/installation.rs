//! What makes a database and its sealing keys one installation: a secret that lies in the database,
//! sealed, and a record of the keys that something may be sealed with. A server whose keys don't
//! open it would print no cards and let no pupil in, and would seal what no other server can open;
//! so it does not start.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use rollcall_engine::domain::key_id::KeyId;
use rollcall_store::{Store, StoreError};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::config::{KeySource, KeysError, make_key_file};
use crate::dice::Dice;
use crate::seal::{KeyRing, Owner, SealError};

const LENGTH: usize = 32;
/// As long as a key of HMAC-SHA-256 is made before it is used.
const BLOCK: usize = 64;

const OWNER: Owner<'static> =
    Owner { purpose: "installation", school: Uuid::nil(), id: Uuid::nil() };

/// The installation's secret: all of its servers have it, and nobody else.
#[derive(Clone)]
pub struct InstallationSecret(Hmac<Sha256>);

impl InstallationSecret {
    pub(crate) fn new(secret: &[u8; LENGTH]) -> Self {
        let mut key = Zeroizing::new([0; BLOCK]);
        for (to, from) in key.iter_mut().zip(secret) {
            *to = *from;
        }
        Self(Hmac::new(&(*key).into()))
    }

    /// A tag that only this installation can make: the same for the same parts, and telling nothing
    /// of them (HMAC-SHA-256). Tags of one purpose are of no use for another.
    #[must_use]
    pub fn tag(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in [&[purpose.as_bytes()], parts].concat() {
            // So that the parts do not run together.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for InstallationSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstallationSecret(…)")
    }
}

/// Why a server can't work on a database with its keys.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    #[error("the sealing keys can't be loaded")]
    Keys(#[from] KeysError),
    #[error(
        "there is no sealing key: {place} is not there. All servers of a database use the same \
         key. Make it with `rollcall keys new`, or copy the file from another server, or give its \
         line in ROLLCALL_KEYS; then start again"
    )]
    NoKeys { place: KeySource },
    #[error(
        "{place} is missing, though the database is in use{}. Without the key that sealed them, \
         pupils' passwords can't be read: put the file back, or name it with ROLLCALL_KEY_FILE; \
         then start again. Nothing was changed", and_sealed_with(.keys)
    )]
    Lost { place: KeySource, keys: Vec<KeyId> },
    #[error(
        "{place} does not hold {}, and this database has secrets that are sealed with it. Add it \
         there, after the first one (a key file says in a comment which key it holds), or put the \
         file back as it was; then start again. Nothing was changed", named(.keys)
    )]
    Missing { place: KeySource, keys: Vec<KeyId> },
    #[error("the installation's secret in the database can't be opened, though its key is there")]
    Damaged(#[source] SealError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn named(keys: &[KeyId]) -> String {
    let ids: Vec<_> = keys.iter().map(|key| format!("the sealing key {key}")).collect();
    ids.join(" and ")
}

fn and_sealed_with(keys: &[KeyId]) -> String {
    if keys.is_empty() { String::new() } else { format!(", sealed with {}", named(keys)) }
}

/// Finds the keys and the secret of the database's installation, which begins with the first server
/// that starts on it. `read` are the keys that `source` holds.
///
/// # Errors
/// If there are no keys, or they are not those of this database.
pub(crate) async fn open(
    store: &Store,
    source: &KeySource,
    read: Option<KeyRing>,
    dice: &Dice,
    now: DateTime<Utc>,
) -> Result<(KeyRing, InstallationSecret), InstallationError> {
    let keys = match read {
        Some(keys) => keys,
        None => draw(store, source, dice).await?,
    };
    if store.find_installation().await?.is_none() {
        begin(store, source, &keys, dice, now).await?;
    }
    // Another server may have been quicker to begin: its secret is everybody's.
    let sealed = store.find_installation().await?.unwrap_or_default();
    let recorded = store.recorded_keys().await?;
    if !recorded.iter().all(|key| keys.holds(*key)) {
        needs_all(&store.keys_in_use().await?, &keys, source)?;
    }
    let secret = keys.open(OWNER, &sealed).map_err(InstallationError::Damaged)?;
    let secret = Zeroizing::new(
        secret
            .first_chunk::<LENGTH>()
            .copied()
            .ok_or(InstallationError::Damaged(SealError::Damaged))?,
    );
    if let Some(first) = keys.first().filter(|first| KeyId::of_sealed(&sealed) != Some(*first)) {
        let sealed = seal(&keys, dice, &secret)?;
        store.reseal_installation(&sealed, first, now).await?;
        tracing::info!(key = %first, "secrets are sealed with another key from now on");
    }
    Ok((keys, InstallationSecret::new(&secret)))
}

/// Draws a key for a database that nothing has been begun in.
async fn draw(
    store: &Store,
    source: &KeySource,
    dice: &Dice,
) -> Result<KeyRing, InstallationError> {
    let place = source.clone();
    if !store.is_untouched().await? {
        // Another process may have made the file and begun since we looked.
        if let Some(keys) = source.read()? {
            return Ok(keys);
        }
        let keys = store.keys_in_use().await?.into_iter().collect();
        return Err(InstallationError::Lost { place, keys });
    }
    let KeySource::File { path, is_made_at_first: true } = source else {
        return Err(InstallationError::NoKeys { place });
    };
    match make_key_file(path, dice) {
        Ok(key) => tracing::info!(path = %path.display(), %key, "made a key file: back it up"),
        // Another process was quicker.
        Err(KeysError::Taken { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    source.read()?.ok_or(InstallationError::NoKeys { place })
}

/// Begins the installation, also of a database from before there were any: then the keys have to be
/// those that its secrets are sealed with.
async fn begin(
    store: &Store,
    source: &KeySource,
    keys: &KeyRing,
    dice: &Dice,
    now: DateTime<Utc>,
) -> Result<(), InstallationError> {
    let mut in_use = store.keys_in_use().await?;
    needs_all(&in_use, keys, source)?;
    in_use.extend(keys.first());
    let secret = Zeroizing::new(dice.bytes::<LENGTH>());
    let sealed = seal(keys, dice, &secret)?;
    store.begin_installation(&sealed, &in_use, now).await?;
    Ok(())
}

fn seal(keys: &KeyRing, dice: &Dice, secret: &[u8; LENGTH]) -> Result<Vec<u8>, InstallationError> {
    keys.seal(dice, OWNER, secret).map_err(InstallationError::Damaged)
}

fn needs_all(
    in_use: &BTreeSet<KeyId>,
    ring: &KeyRing,
    source: &KeySource,
) -> Result<(), InstallationError> {
    let keys: Vec<_> = in_use.iter().copied().filter(|key| !ring.holds(*key)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    Err(InstallationError::Missing { place: source.clone(), keys })
}

#[cfg(test)]
mod tests;
