//! Signing in: whose username it is, whether the password fits, and how often it may be tried.
//!
//! A pupil's password is compared without regard to case and spaces: the words on a card are there
//! for remembering, a child of six types `DOG33` or `tap cow mug`, and the number of possible
//! values counts no capitals. Staff passwords are compared as they are.

pub mod throttle;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::London;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::session::{SignIn, SignInWith};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::seal::Owner;
use crate::staff_password;
use crate::state::AppState;
use crate::store::accounts::Login;
use crate::sync::accounts::Waiting;
use throttle::{Counted, key};

/// What people type as a username is no longer than this; the rest is not looked for.
const LONGEST_NAME: usize = 254;

/// Finds the account and compares the password. Whatever is wrong, the answer and the time it takes
/// are the same: nobody learns from it which usernames there are.
///
/// # Errors
/// `WrongCredentials`, `TooManyAttempts`, `NotYet` to somebody who knows their password but has not
/// started, or that something broke.
pub async fn sign_in(
    state: &AppState,
    school: SchoolId,
    place: &str,
    typed: SignIn,
) -> Result<AccountId, Error> {
    let now = state.clock.now();
    let login = find(state, school, &typed.username).await?;
    let counts = Counts::of(&typed.username, login.as_ref(), place);
    if let Some(until) = state.store.count_attempt(school, &counts.all(), now).await? {
        return Err(too_many(until, now));
    }
    let fits = fits(state, school, login.as_ref(), typed.password).await?;
    let Some(login) = login.filter(|_| fits) else { return Err(wrong()) };
    state
        .store
        .forgive_attempts(school, &counts.here, &[&counts.account, &counts.place], now)
        .await?;
    let today = now.with_timezone(&London).date_naive();
    if let Some(waiting) = login.waiting.filter(|waiting| waiting.is_closed_on(today)) {
        return Err(not_yet(waiting));
    }
    state.store.record_sign_in(school, login.account, now).await?;
    Ok(login.account)
}

/// How a person of this username signs in; an unknown one answers as staff do.
///
/// # Errors
/// If something broke.
pub async fn sign_in_with(
    state: &AppState,
    school: SchoolId,
    username: &str,
) -> Result<SignInWith, Error> {
    let login = find(state, school, username).await?;
    Ok(match login.and_then(|login| login.password_format) {
        Some(PasswordFormat::TwoPicturePin) => SignInWith::Pictures(2),
        Some(PasswordFormat::PicturePin) => SignInWith::Pictures(4),
        _ => SignInWith::Password,
    })
}

async fn find(state: &AppState, school: SchoolId, name: &str) -> Result<Option<Login>, Error> {
    let name = name.trim();
    if name.is_empty() || name.len() > LONGEST_NAME {
        return Ok(None);
    }
    Ok(state.store.find_login(school, &name.to_lowercase()).await?)
}

/// Whether the password is this account's. It always hashes once, so that it takes as long for a
/// pupil, for staff and for nobody.
async fn fits(
    state: &AppState,
    school: SchoolId,
    login: Option<&Login>,
    typed: String,
) -> Result<bool, Error> {
    let typed = Zeroizing::new(typed);
    let sealed = login.and_then(|login| Some((login.account, login.password_sealed.as_ref()?)));
    let fits_pupil = match sealed {
        Some((account, sealed)) => {
            let owner = Owner { purpose: "pupil-password", school: school.0, id: account.0 };
            let real = state.keys.open(owner, sealed).map_err(Error::broken)?;
            is_same(&folded(&typed), &folded(&String::from_utf8_lossy(&real)))
        }
        None => false,
    };
    let hash = login.and_then(|login| login.password_hash.clone());
    let fits_staff = staff_password::fits(typed.to_string(), hash).await.map_err(Error::broken)?;
    Ok(fits_pupil || fits_staff)
}

fn folded(password: &str) -> Zeroizing<String> {
    Zeroizing::new(
        password.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect(),
    )
}

/// Compares in a time that tells nothing of where the two differ, nor of their lengths.
fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (Sha256::digest(a), Sha256::digest(b));
    let differing = a.iter().zip(b.iter()).fold(0, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(differing) == 0
}

/// The keys under which an attempt is counted.
struct Counts {
    account: String,
    here: String,
    place: String,
}

impl Counts {
    fn of(typed: &str, login: Option<&Login>, place: &str) -> Self {
        // Someone's username and e-mail are counted together, names there are not by themselves.
        let who = match login {
            Some(login) => login.account.to_string(),
            None => typed.trim().to_lowercase(),
        };
        Self {
            account: account_key(&who),
            here: key(&["account here", &who, place]),
            place: key(&["place", place]),
        }
    }

    fn all(&self) -> [(&str, Counted); 3] {
        [
            (&self.account, Counted::Account),
            (&self.here, Counted::AccountHere),
            (&self.place, Counted::Place),
        ]
    }
}

/// The key under which an account's failures are counted.
#[must_use]
pub fn account_key(account: &str) -> String {
    key(&["account", account])
}

fn wrong() -> Error {
    Problem::new(Kind::WrongCredentials, "The username or password is not right")
        .detail(
            "Check both and try again. If you have forgotten them, your teacher or school office \
             can help.",
        )
        .into()
}

fn not_yet(waiting: Waiting) -> Error {
    let begins = waiting.starts_on.map_or_else(
        || "It opens when you start at your new school.".to_owned(),
        |first| format!("It opens on {}, the day you start.", first.format("%A %-d %B %Y")),
    );
    Problem::new(Kind::NotYet, "Your account is ready and waiting for you")
        .detail(format!("{begins} Your username and password will be the same, so keep your card."))
        .into()
}

fn too_many(until: DateTime<Utc>, now: DateTime<Utc>) -> Error {
    let wait = (until - now).max(TimeDelta::seconds(1));
    let mut problem =
        Problem::new(Kind::TooManyAttempts, "Too many attempts to sign in").detail(format!(
            "You can try again {}. If you need to sign in now, your school office can help.",
            in_words(wait)
        ));
    problem.retry_after_seconds = u32::try_from(wait.num_seconds()).ok();
    problem.into()
}

fn in_words(wait: TimeDelta) -> String {
    match (wait.num_seconds() + 59) / 60 {
        ..=1 => "in a minute".into(),
        minutes @ ..=60 => format!("in {minutes} minutes"),
        minutes => format!("in {} hours", (minutes + 59) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_childs_capitals_and_spaces_do_not_matter() {
        assert!(is_same(&folded(" Tap cow MUG "), &folded("tapcowmug")));
        assert!(!is_same(&folded("tapcowmud"), &folded("tapcowmug")));
        assert!(!is_same(&folded(""), &folded("46")));
    }

    #[test]
    fn a_wait_is_said_in_words() {
        assert_eq!(in_words(TimeDelta::seconds(20)), "in a minute");
        assert_eq!(in_words(TimeDelta::seconds(301)), "in 6 minutes");
        assert_eq!(in_words(TimeDelta::hours(24)), "in 24 hours");
    }
}
