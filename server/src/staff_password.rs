//! Passwords that staff choose: what may be chosen, and how they are kept.
//!
//! Kept as argon2id with 19 MiB, two passes and one lane: the parameters OWASP's Password Storage
//! Cheat Sheet names first for argon2id, and the crate's defaults. Each hash carries its own, so
//! that raising them later leaves older hashes good.

mod choice;

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::dice::Dice;

pub(crate) use choice::TooWeak;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// So many are hashed at a time: each takes 19 MiB and a core, and a whole school signs in at nine.
static HASHING: Semaphore = Semaphore::const_new(4);

/// So many of them for strangers, who wait for each other first: however many come, they hold up
/// nobody who is known.
static HASHING_FOR_STRANGERS: Semaphore = Semaphore::const_new(2);

/// The hash of a password nobody has: compared with where there is no account, so that an unknown
/// username takes as long as a wrong password.
static NOBODYS: LazyLock<Option<String>> =
    LazyLock::new(|| hash_with("the password of nobody", b"nobody-has-this!").ok());

/// Why a password could not be hashed or looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HashingError {
    #[error("argon2 failed")]
    Argon2(#[from] password_hash::Error),
    #[error("the hashing task was cut short")]
    CutShort,
}

/// Hashes a password, aside from the tasks that answer requests.
///
/// # Errors
/// If there is not enough memory.
pub(crate) async fn hash(dice: &Dice, password: String) -> Result<String, HashingError> {
    let salt = dice.bytes::<16>();
    let _permit = HASHING.acquire().await.map_err(|_| HashingError::CutShort)?;
    tokio::task::spawn_blocking(move || hash_with(&password, &salt))
        .await
        .map_err(|_| HashingError::CutShort)?
}

/// Whether this is the password of this hash. Without a hash the answer is no, and takes as long.
///
/// # Errors
/// If the hash is not one of ours.
pub(crate) async fn fits(
    password: String,
    hash: Option<String>,
    is_stranger: bool,
) -> Result<bool, HashingError> {
    let _turn = match is_stranger {
        true => Some(HASHING_FOR_STRANGERS.acquire().await.map_err(|_| HashingError::CutShort)?),
        false => None,
    };
    let _permit = HASHING.acquire().await.map_err(|_| HashingError::CutShort)?;
    tokio::task::spawn_blocking(move || {
        let is_real = hash.is_some();
        let Some(hash) = hash.or_else(|| NOBODYS.clone()) else { return Ok(false) };
        let hash = PasswordHash::new(&hash)
            .map_err(|_| HashingError::Argon2(password_hash::Error::EncodingInvalid))?;
        match argon2()?.verify_password(password.as_bytes(), &hash) {
            Ok(()) => Ok(is_real),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error.into()),
        }
    })
    .await
    .map_err(|_| HashingError::CutShort)?
}

fn hash_with(password: &str, salt: &[u8]) -> Result<String, HashingError> {
    Ok(argon2()?.hash_password_with_salt(password.as_bytes(), salt)?.to_string())
}

fn argon2() -> Result<Argon2<'static>, HashingError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|_| HashingError::Argon2(password_hash::Error::ParamsInvalid))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// What is weak about a password that somebody would choose, if anything. `own` is what others know
/// of the person: names, username, e-mail, school, and the platform's name.
///
/// # Errors
/// If the look was cut short.
pub(crate) async fn weakness(
    password: &str,
    own: &[&str],
) -> Result<Option<TooWeak>, HashingError> {
    let password = password.to_owned();
    let own: Vec<String> = own.iter().map(|&text| text.to_owned()).collect();
    let _permit = HASHING.acquire().await.map_err(|_| HashingError::CutShort)?;
    tokio::task::spawn_blocking(move || {
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        choice::check(&password, &own).err()
    })
    .await
    .map_err(|_| HashingError::CutShort)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_hash_and_no_other() {
        let hash = hash(&Dice::seeded(1), "three green boats".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(fits("three green boats".into(), Some(hash.clone()), false).await.unwrap());
        assert!(!fits("three green goats".into(), Some(hash), true).await.unwrap());
    }

    #[tokio::test]
    async fn however_many_strangers_are_waiting_somebody_known_does_not_wait_for_them() {
        let guess = || tokio::spawn(fits("a guess".into(), None, true));
        let strangers: Vec<_> = (0..60).map(|_| guess()).collect();
        // They have begun to wait.
        tokio::task::yield_now().await;
        fits("a pupil's".into(), None, false).await.unwrap();
        let done = strangers.iter().filter(|stranger| stranger.is_finished()).count();
        assert!(done < 30, "{done} of 60 strangers came first");
        for stranger in strangers {
            stranger.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn nobody_has_a_password() {
        assert!(NOBODYS.is_some());
        assert!(!fits("the password of nobody".into(), None, true).await.unwrap());
    }
}
