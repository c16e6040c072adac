//! Passwords that staff choose: what may be chosen, and how they are kept.
//!
//! Kept as argon2id with 19 MiB, two passes and one lane: the parameters OWASP's Password Storage
//! Cheat Sheet names first for argon2id, and the crate's defaults. Each hash carries its own, so
//! that raising them later leaves older hashes good.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use rollcall_shared::session::SHORTEST_STAFF_PASSWORD;
use tokio::sync::Semaphore;

use crate::dice::Dice;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Longer ones are refused: hashing them is work that a stranger could ask for.
const LONGEST: usize = 200;

/// So many are hashed at a time: each takes 19 MiB and a core, and a whole school signs in at nine.
static HASHING: Semaphore = Semaphore::const_new(4);

/// The hash of a password nobody has: compared with where there is no account, so that an unknown
/// username takes as long as a wrong password.
static NOBODYS: LazyLock<Option<String>> =
    LazyLock::new(|| hash_with("the password of nobody", b"nobody-has-this!").ok());

/// Why a password could not be hashed or looked at.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    #[error("argon2 failed")]
    Argon2(#[from] password_hash::Error),
    #[error("the hashing task was cut short")]
    CutShort,
}

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooWeak {
    TooShort,
    TooLong,
    /// One of those everybody tries first.
    Common,
    /// The person's own name, username, e-mail or school.
    Own,
}

impl TooWeak {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Common => "common",
            Self::Own => "own_name",
        }
    }

    #[must_use]
    pub fn message(self) -> String {
        match self {
            Self::TooShort => format!("Use {SHORTEST_STAFF_PASSWORD} characters or more"),
            Self::TooLong => format!("Use {LONGEST} characters or fewer"),
            Self::Common => {
                "This is one of the passwords that are tried first. Three words that have nothing \
                 to do with each other make a good one"
                    .into()
            }
            Self::Own => {
                "This is little more than your own name, or the school’s. Three words that have \
                 nothing to do with each other make a good one"
                    .into()
            }
        }
    }
}

/// Hashes a password, aside from the tasks that answer requests.
///
/// # Errors
/// If there is not enough memory.
pub async fn hash(dice: &Dice, password: String) -> Result<String, HashingError> {
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
pub async fn fits(password: String, hash: Option<String>) -> Result<bool, HashingError> {
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

/// Looks whether a password may be chosen. `own` is what others know of the person: names,
/// username, e-mail, school.
///
/// # Errors
/// Says what is weak about it.
pub fn check_choice(password: &str, own: &[&str]) -> Result<(), TooWeak> {
    let length = password.chars().count();
    if length < SHORTEST_STAFF_PASSWORD {
        return Err(TooWeak::TooShort);
    }
    if length > LONGEST {
        return Err(TooWeak::TooLong);
    }
    let folded = password.to_lowercase();
    // What is left without what people add to get by a rule: digits and signs, at the end mostly.
    let core: String = folded.chars().filter(|c| c.is_alphabetic()).collect();
    if is_common(&folded, &core) {
        return Err(TooWeak::Common);
    }
    let rest = own
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|part| part.chars().count() >= 3)
        .fold(core.clone(), |rest, part| rest.replace(&part.to_lowercase(), ""));
    // A name with three more letters to it is still little more than the name.
    if !core.is_empty() && rest != core && rest.chars().count() <= 3 {
        return Err(TooWeak::Own);
    }
    Ok(())
}

fn is_common(folded: &str, core: &str) -> bool {
    let mut letters = folded.chars();
    let is_one_letter = letters.next().is_some_and(|first| letters.all(|letter| letter == first));
    let is_a_row = ROWS.iter().any(|row| row.contains(folded));
    is_one_letter || is_a_row || COMMON.contains(&core) || COMMON.contains(&folded)
}

/// Rows of keys and of digits; a part of one is no password.
const ROWS: [&str; 6] = [
    "12345678901234567890",
    "09876543210987654321",
    "qwertyuiopasdfghjklzxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujm",
];

/// Words that, alone or with digits and signs about them, are tried first: the top of published
/// lists of leaked passwords, and what schools hand out.
const COMMON: [&str; 44] = [
    "password",
    "passwords",
    "mypassword",
    "passwordpassword",
    "newpassword",
    "passw",
    "pssword",
    "pssw",
    "welcome",
    "welcomewelcome",
    "letmein",
    "letmeinnow",
    "changeme",
    "changemenow",
    "iloveyou",
    "ilovemyself",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "liverpool",
    "liverpoolfc",
    "chelseafc",
    "manchester",
    "manchesterunited",
    "arsenal",
    "tottenham",
    "superman",
    "qwerty",
    "qwertyqwerty",
    "qwertyuiop",
    "asdfghjkl",
    "trustno",
    "administrator",
    "admin",
    "adminadmin",
    "teacher",
    "teacherteacher",
    "school",
    "schoolschool",
    "primaryschool",
    "headteacher",
    "rollcall",
    "secret",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_hash_and_no_other() {
        let hash = hash(&Dice::seeded(1), "three green boats".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(fits("three green boats".into(), Some(hash.clone())).await.unwrap());
        assert!(!fits("three green goats".into(), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_a_password() {
        assert!(NOBODYS.is_some());
        assert!(!fits("the password of nobody".into(), None).await.unwrap());
    }

    #[test]
    fn refuses_what_is_tried_first() {
        let own = ["Jane", "Smith-Jones", "JSmithJones", "jane@waterside.example", "Waterside"];
        for (password, why) in [
            ("short", TooWeak::TooShort),
            ("Password123!", TooWeak::Common),
            ("1234567890", TooWeak::Common),
            ("qwertyuiop", TooWeak::Common),
            ("aaaaaaaaaaaa", TooWeak::Common),
            ("Manchester2024", TooWeak::Common),
            ("JaneSmith2024", TooWeak::Own),
            ("waterside99", TooWeak::Own),
        ] {
            assert_eq!(check_choice(password, &own), Err(why), "{password}");
        }
        assert_eq!(check_choice(&"long".repeat(60), &own), Err(TooWeak::TooLong));
    }

    #[test]
    fn accepts_words_that_have_nothing_to_do_with_each_other() {
        for password in ["three green boats", "smithereens are blue", "k9!fj3$slq0"] {
            assert_eq!(check_choice(password, &["Jane", "Smith"]), Ok(()), "{password}");
        }
    }
}
