//! Sessions: an opaque token in a cookie, its hash in the database.

use axum::http::header::HeaderMap;
use axum::http::{HeaderName, HeaderValue, header};
use chrono::TimeDelta;
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::session::Me;
use rollcall_store::sessions::{NewSession, SignedInPerson, TokenHash};
use sha2::{Digest, Sha256};

use super::extract::cookie;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::sign_in::device::Device;
use crate::state::AppState;

/// Signed out after so long without a request: computers in schools are shared.
pub(super) const IDLE: TimeDelta = TimeDelta::hours(2);
/// Signed out after so long in any case: a school day and its evening.
const ABSOLUTE: TimeDelta = TimeDelta::hours(12);
/// How exactly the time of the last request is kept, to spare a write for each.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// How long a device is known by its cookie: as long as browsers keep one.
const DEVICE: TimeDelta = TimeDelta::days(400);

/// A header that sets or takes away a cookie.
pub(crate) type Cookie = (HeaderName, HeaderValue);

/// With https the name itself makes browsers refuse the cookie from anywhere but this very host;
/// they would refuse that name on plain http, which is for this machine only.
const fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-rollcall" } else { "rollcall" }
}

const fn device_cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-rollcall-device" } else { "rollcall-device" }
}

/// The device that a request comes from, if it has been given an id.
pub(crate) fn device_of(headers: &HeaderMap, state: &AppState) -> Option<Device> {
    let cookie = cookie(headers, device_cookie_name(state.config.is_https()))?;
    Device::read(&state.secret, cookie)
}

/// The cookie by which a device is known from now on.
pub(crate) fn device_cookie(state: &AppState, device: &Device) -> Cookie {
    let is_https = state.config.is_https();
    let value = device.cookie(&state.secret);
    set_cookie(is_https, device_cookie_name(is_https), &value, Some(DEVICE))
}

/// The token of a request's cookie.
pub(crate) fn token_of(headers: &HeaderMap, config: &Config) -> Option<String> {
    cookie(headers, cookie_name(config.is_https())).map(str::to_owned)
}

/// Only this stands in the database.
#[must_use]
pub(crate) fn hash(token: &str) -> TokenHash {
    Sha256::digest(token).into()
}

/// Begins a session, and ends the one that the browser had.
pub(crate) async fn begin(
    state: &AppState,
    previous: Option<&str>,
    school: SchoolId,
    account: AccountId,
) -> Result<(Cookie, Me)> {
    if let Some(token) = previous {
        state.store.end_session(&hash(token)).await?;
    }
    let token = state.dice.token();
    let now = state.clock.now();
    let hash = hash(&token);
    let session = NewSession { hash, school, account, expires_at: now + ABSOLUTE };
    state.store.begin_session(&session, now).await?;
    let person = state.store.find_session(&hash).await?.ok_or_else(Error::signed_out)?;
    let is_https = state.config.is_https();
    Ok((set_cookie(is_https, cookie_name(is_https), &token, None), person.into()))
}

/// Who is signed in with this token, if it still holds.
pub(crate) async fn resume(state: &AppState, token: &str) -> Result<Option<SignedInPerson>> {
    let (now, hash) = (state.clock.now(), hash(token));
    let Some(person) = state.store.find_session(&hash).await? else { return Ok(None) };
    if now >= person.expires_at || now - person.seen_at >= IDLE {
        state.store.end_session(&hash).await?;
        return Ok(None);
    }
    if now - person.seen_at >= SEEN_EVERY {
        state.store.touch_session(&hash, now).await?;
    }
    Ok(Some(person))
}

/// Ends the session of a request, and takes the cookie away.
pub(crate) async fn end(state: &AppState, headers: &HeaderMap) -> Result<Cookie> {
    if let Some(token) = token_of(headers, &state.config) {
        state.store.end_session(&hash(&token)).await?;
    }
    let is_https = state.config.is_https();
    Ok(set_cookie(is_https, cookie_name(is_https), "", Some(TimeDelta::zero())))
}

/// A cookie without `Max-Age` goes when the browser is closed.
fn set_cookie(is_https: bool, name: &str, value: &str, max_age: Option<TimeDelta>) -> Cookie {
    let secure = if is_https { "; Secure" } else { "" };
    let max_age = max_age.map(|age| format!("; Max-Age={}", age.num_seconds())).unwrap_or_default();
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{max_age}");
    let mut value = HeaderValue::from_str(&cookie).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    (header::SET_COOKIE, value)
}
