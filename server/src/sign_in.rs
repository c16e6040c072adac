//! Signing in: whose username or card it is, whether the password fits, and how often it may be
//! tried ([`throttle`]).
//!
//! A pupil's password is compared without regard to case and spaces: the words on a card are there
//! for remembering, a child of six types `DOG33` or `tap cow mug`, and the number of possible
//! values counts no capitals. Staff passwords are compared as they are.

pub(crate) mod alerts;
pub(crate) mod device;
mod drawn;
pub(crate) mod networks;
pub(crate) mod own_account;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::London;
use rollcall_engine::domain::accounts::Waiting;
use rollcall_engine::domain::throttle::{
    self, Attempt, Count, Ending, Reservation, Standing, Tried, Verdict, folded,
};
use rollcall_engine::planner::naming::passwords::possible_values;
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::people::Role;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::session::{SignIn, SignInWith, WayIn};
use rollcall_store::accounts::Login;
use rollcall_store::audit::AuditAction;
use rollcall_store::devices::{Shows, Visit};
use rollcall_store::schools::StoredSchool;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::audit::record_of;
use crate::caller::Caller;
use crate::error::Error;
use crate::people::cards;
use crate::seal::Owner;
use crate::staff_password;
use crate::state::AppState;
use device::Device;

/// What people type as a username is no longer than this; the rest is not looked for.
const LONGEST_NAME: usize = 254;

/// How often, and how many times, it is looked whether the attempts that others are making just now
/// have ended: more and more seldom, for some ten seconds.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
const LOOKS: u32 = 60;

/// Where somebody signs in from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub caller: Caller,
    /// Whether it is the caller that is seen, and not a proxy which does not say whose the request is
    /// or is not believed.
    pub is_seen: bool,
    /// Whether a sign-in may teach that this is a network of the school: not where it may be a proxy.
    pub may_be_learnt: bool,
    /// The device, if it has been given an id before.
    pub device: Option<Device>,
}

#[cfg(test)]
impl Origin {
    /// This machine, on a device that has not been seen before.
    pub(crate) const fn here() -> Self {
        let here = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        Self { caller: Caller::at(here), is_seen: true, may_be_learnt: true, device: None }
    }
}

/// Somebody who has signed in, and the device they did it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignedIn {
    pub account: AccountId,
    pub device: Device,
}

/// Who is about to sign in: somebody, or nobody who is treated as if they were.
struct Candidate {
    /// What was typed, folded; of a card, its owner's username.
    name: String,
    login: Option<Login>,
    /// The card's key, if there was one and it is good.
    card: Option<String>,
    /// A pupil's format; of a name that nobody has, one that follows from it.
    format: Option<PasswordFormat>,
}

/// Signs somebody in, once their password fits.
///
/// # Errors
/// As [`check_password`]; or, to somebody who knows their password, `NotYet` if they have not started
/// and `Blocked` if an admin keeps them out.
pub(crate) async fn sign_in(
    state: &AppState,
    school: &StoredSchool,
    origin: &Origin,
    typed: SignIn,
) -> Result<SignedIn, Error> {
    let login = check_password(state, school, origin, typed).await?;
    if login.is_blocked {
        return Err(blocked());
    }
    let now = state.clock.now();
    let today = now.with_timezone(&London).date_naive();
    if let Some(waiting) = login.waiting.filter(|waiting| waiting.is_closed_on(today)) {
        return Err(not_yet(waiting));
    }
    let account = login.account;
    let shows = if login.role == Role::Pupil { Shows::WithOthers } else { Shows::School };
    let device = arrive(state, school.id, origin, account, shows).await?;
    Ok(SignedIn { account, device })
}

/// Finds the account and compares the password, as often as that may be tried. Whatever is wrong, the
/// answer and the time it takes are the same: nobody learns from it which usernames there are.
///
/// # Errors
/// `WrongCredentials`, `TooManyAttempts`, `CardNeeded`, or that something broke.
async fn check_password(
    state: &AppState,
    school: &StoredSchool,
    origin: &Origin,
    typed: SignIn,
) -> Result<Login, Error> {
    let who = find(state, school.id, &typed).await?;
    let Begun { attempt, held, is_stranger } = begin(state, school, origin, &who).await?;
    // Goes on to its end, also where the one who asked has hung up.
    let looked_at = state.background.spawn({
        let (state, school, login) = (state.clone(), school.clone(), who.login.clone());
        async move {
            let fits = fits(&state, school.id, login.as_ref(), typed.password, is_stranger).await;
            let ending = match &fits {
                Ok(true) => Ending::Right,
                Ok(false) => Ending::Wrong,
                Err(_) => Ending::Broken,
            };
            end(&state, &school, &attempt, Some(&held), ending).await?;
            fits
        }
    });
    let fits = looked_at.await.map_err(Error::broken)??;
    if !fits {
        note_failure(state, school.id, &who);
    }
    who.login.filter(|_| fits).ok_or_else(wrong)
}

/// Notes that somebody has come in, by a password or by an activation link, and where: answers the
/// device that is known from now on.
///
/// # Errors
/// If something broke.
pub(crate) async fn arrive(
    state: &AppState,
    school: SchoolId,
    origin: &Origin,
    account: AccountId,
    shows: Shows,
) -> Result<Device, Error> {
    let device = origin.device.clone().unwrap_or_else(|| Device::new(&state.dice));
    let (hash, network) = (device.hash(), origin.caller.network());
    let visit = Visit {
        account,
        device: &hash,
        network: &network,
        // A proxy stands for everybody behind it.
        shows: if origin.may_be_learnt { shows } else { Shows::Nothing },
    };
    state.store.record_sign_in(school, visit, state.clock.now()).await?;
    if shows != Shows::WithOthers {
        let (who, action) = (Some(account), AuditAction::SignedIn);
        record_of(state, school, who, action, who, None).await?;
    }
    Ok(device)
}

/// How somebody signs in, here. Nobody learns from it who exists: a name that nobody has answers
/// as one of a pupil or of staff would, always the same.
///
/// # Errors
/// `CardNeeded` where the card is an old one, or that something broke.
pub(crate) async fn way_in(
    state: &AppState,
    school: &StoredSchool,
    origin: &Origin,
    typed: &SignIn,
) -> Result<WayIn, Error> {
    let who = find(state, school.id, typed).await?;
    let with = match who.format {
        Some(PasswordFormat::TwoPicturePin) => {
            let standing = standing(state, school.id, origin, &who).await?;
            if standing == Standing::Stranger { SignInWith::Card } else { SignInWith::Pictures(2) }
        }
        Some(PasswordFormat::PicturePin) => SignInWith::Pictures(4),
        _ => SignInWith::Password,
    };
    let username = match (&who.card, who.login) {
        (Some(_), Some(login)) => login.username,
        _ => typed.username.trim().to_owned(),
    };
    Ok(WayIn { username, with })
}

/// Finds whose card or name it is.
async fn find(state: &AppState, school: SchoolId, typed: &SignIn) -> Result<Candidate, Error> {
    if let Some(card) = &typed.card {
        let login = state.store.find_login_by_card(school, &cards::key_hash(card)).await?;
        let login = login.ok_or_else(old_card)?;
        let format = login.password_format;
        return Ok(Candidate {
            name: folded(&login.username),
            login: Some(login),
            card: Some(throttle::key(&["card", card])),
            format,
        });
    }
    let name = folded(&typed.username);
    let is_possible = !name.is_empty() && name.len() <= LONGEST_NAME;
    let login = if is_possible { state.store.find_login(school, &name).await? } else { None };
    // Only staff sign in with an e-mail address.
    let is_email = name.contains('@');
    let login = login.filter(|login| !(is_email && login.role == Role::Pupil));
    // Asked for everybody, so that the answer takes as long for everybody. Who has left is answered
    // as before, and can't sign in.
    let former = state.store.find_former_format(school, &name).await?;
    let pretended = pretended_format(state, school, &name).await?;
    let format = match &login {
        Some(login) => login.password_format,
        None if is_email || !is_possible => None,
        None => Some(former.unwrap_or(pretended)),
    };
    Ok(Candidate { name, login, card: None, format })
}

/// The format of a name that nobody has: drawn from those the school's pupils have, as often as they
/// have them, by a secret and the name. It follows from nothing that an admin is about to change,
/// and when a new year's pupils come, few names answer otherwise than before.
async fn pretended_format(
    state: &AppState,
    school: SchoolId,
    name: &str,
) -> Result<PasswordFormat, Error> {
    let formats = state.store.count_pupils_by_format(school).await?;
    let of_each = |format: PasswordFormat| {
        let parts = [school.0.as_bytes(), name.as_bytes(), format.code().as_bytes()];
        state.secret.tag("pretended-format", &parts)
    };
    Ok(drawn::by_weight(&formats, of_each).unwrap_or(PasswordFormat::FiveLetterWord))
}

/// Where an attempt comes from.
async fn standing(
    state: &AppState,
    school: SchoolId,
    origin: &Origin,
    who: &Candidate,
) -> Result<Standing, Error> {
    if let Some(card) = &who.card {
        return Ok(Standing::Card(card.clone()));
    }
    let hash = origin.device.as_ref().map(Device::hash);
    let account = who.login.as_ref().map(|login| login.account);
    let known = state.store.whereabouts(school, hash.as_ref(), account).await?;
    let device = origin.device.as_ref().map(Device::key).unwrap_or_default();
    Ok(if known.is_own_device {
        Standing::OwnDevice(device)
    } else if origin.is_seen && networks::holds(&known.networks, &origin.caller) {
        Standing::School
    } else if known.is_school_device {
        Standing::SchoolDevice(device)
    } else {
        Standing::Stranger
    })
}

/// An attempt that may be made.
struct Begun {
    attempt: Attempt,
    held: Reservation,
    is_stranger: bool,
}

/// Begins an attempt, as soon as it may be made.
async fn begin(
    state: &AppState,
    school: &StoredSchool,
    origin: &Origin,
    who: &Candidate,
) -> Result<Begun, Error> {
    let (network, wider) = (origin.caller.network(), origin.caller.wider());
    let is_email = who.name.contains('@');
    let tried = Tried {
        name: &who.name,
        network: &network,
        wider: wider.as_deref(),
        // Staff who type their username count like pupils with a good password.
        values: (!is_email)
            .then(|| possible_values(who.format.unwrap_or(PasswordFormat::FiveLetterWord))),
        has_pictures: who.format.is_some_and(PasswordFormat::is_pictures),
    };
    for look in 1..=LOOKS {
        let standing = standing(state, school.id, origin, who).await?;
        let attempt = Attempt::new(tried, &standing);
        let is_weak = who.format == Some(PasswordFormat::TwoPicturePin);
        if is_weak && standing == Standing::Stranger {
            end(state, school, &attempt.not_looked_at(), None, Ending::Wrong).await?;
            return Err(card_needed());
        }
        let now = state.clock.now();
        let needs_shared = |own: &[Count]| attempt.needs_shared_to_begin(own, state.clock.now());
        let begin = |counts: &mut [Count]| attempt.begin(counts, state.clock.now());
        let store = &state.store;
        let begun =
            store.change_sign_in_counts(school.id, &attempt, now, needs_shared, begin).await?;
        match begun {
            Verdict::Go(held) => {
                let is_stranger = standing == Standing::Stranger;
                return Ok(Begun { attempt, held, is_stranger });
            }
            Verdict::WaitUntil(until) => return Err(too_many(until, now, who)),
            Verdict::Busy => tokio::time::sleep((LOOK_AGAIN * look).min(LONGEST_PAUSE)).await,
        }
    }
    let now = state.clock.now();
    Err(too_many(now, now, who))
}

/// Ends an attempt, and tells the admins where it was one too many.
async fn end(
    state: &AppState,
    school: &StoredSchool,
    attempt: &Attempt,
    held: Option<&Reservation>,
    ending: Ending,
) -> Result<(), Error> {
    let needs_shared = |own: &[Count]| attempt.needs_shared_to_end(own, ending, state.clock.now());
    let end = |counts: &mut [Count]| attempt.end(counts, held, ending, state.clock.now());
    let (store, now) = (&state.store, state.clock.now());
    let full = store.change_sign_in_counts(school.id, attempt, now, needs_shared, end).await?;
    for kind in full {
        alerts::raise(state, school, kind).await?;
    }
    Ok(())
}

/// Writes down that somebody tried a member of staff's name with a wrong password; beside the answer,
/// which takes as long for a name that nobody has.
fn note_failure(state: &AppState, school: SchoolId, who: &Candidate) {
    let staff = who.login.as_ref().filter(|login| login.role != Role::Pupil);
    let Some(account) = staff.map(|login| login.account) else { return };
    let state = state.clone();
    state.background.clone().spawn(async move {
        let (action, subject) = (AuditAction::SignInFailed, Some(account));
        if let Err(Error::Broken(error)) =
            record_of(&state, school, None, action, subject, None).await
        {
            tracing::error!(%school, %error, "a failed sign-in can’t be written down");
        }
    });
}

/// Whether the password is this account's. It always hashes once, so that it takes as long for a
/// pupil, for staff and for nobody.
async fn fits(
    state: &AppState,
    school: SchoolId,
    login: Option<&Login>,
    typed: String,
    is_stranger: bool,
) -> Result<bool, Error> {
    let typed = Zeroizing::new(typed);
    let sealed = login.and_then(|login| Some((login.account, login.password_sealed.as_ref()?)));
    let fits_pupil = match sealed {
        Some((account, sealed)) => {
            let owner = Owner { purpose: "pupil-password", school: school.0, id: account.0 };
            let real = state.keys.open(owner, sealed).map_err(Error::broken)?;
            is_same(&without_case_and_spaces(&typed), &{
                without_case_and_spaces(&String::from_utf8_lossy(&real))
            })
        }
        None => false,
    };
    let hash = login.and_then(|login| login.password_hash.clone());
    let fits_staff = staff_password::fits(typed.to_string(), hash, is_stranger).await;
    let fits_staff = fits_staff.map_err(Error::broken)?;
    Ok(fits_pupil || fits_staff)
}

fn without_case_and_spaces(password: &str) -> Zeroizing<String> {
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

fn wrong() -> Error {
    Problem::new(Kind::WrongCredentials, "The username or password is not right")
        .detail(
            "Check both and try again. If you have forgotten them, your teacher or school office \
             can help.",
        )
        .into()
}

fn blocked() -> Error {
    Problem::new(Kind::Blocked, "Your school has blocked this account")
        .detail("You can’t sign in at the moment. Your school office can help.")
        .into()
}

fn card_needed() -> Error {
    Problem::new(Kind::CardNeeded, "Use your login card to sign in here")
        .detail(
            "Point the camera at the square code on your card. Away from school, two pictures \
             alone are enough only on a device you have signed in on before.",
        )
        .into()
}

fn old_card() -> Error {
    Problem::new(Kind::CardNeeded, "This login card no longer works")
        .detail("You can type your username instead, or ask your teacher for your new card.")
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

/// Only other wrong tries make somebody wait, and a login card never waits for those of others: so
/// anyone who typed a username is told of it, be it a pupil's, a teacher's or nobody's.
fn too_many(until: DateTime<Utc>, now: DateTime<Utc>, who: &Candidate) -> Error {
    let wait = (until - now).max(TimeDelta::seconds(1));
    let typed_a_username = who.card.is_none() && !who.name.contains('@');
    let now_instead = if typed_a_username {
        "If you have a login card, point the camera at its square code to sign in now. Your \
         teacher or school office can help, too."
    } else {
        "If you need to sign in now, your teacher or school office can help."
    };
    let mut problem = Problem::new(Kind::TooManyAttempts, "Too many attempts to sign in")
        .detail(format!("You can try again {}. {now_instead}", in_words(wait)));
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
mod tests;
