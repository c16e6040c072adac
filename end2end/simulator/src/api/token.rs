//! Tokens: who may call, for which school, and until when.
//!
//! A token carries what it stands for and a seal over it, so it survives a restart of the
//! simulator; a new authorisation or a revocation of the school ends it.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequestParts, State},
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::failure::Failure;
use crate::{
    school::Stage,
    state::{Shared, World},
};

/// How long a token lasts.
const LIFETIME: TimeDelta = TimeDelta::days(5);

/// Bytes of a token, which are 664 characters of base64, and of the seal at its end.
const SEALED: usize = 498;
const SEAL: usize = 64;

/// Who is calling.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The school the token is for; `None` is the application itself.
    pub estab: Option<String>,
    pub expires: DateTime<Utc>,
}

/// `POST /api/oauth/GetToken` and its older twin.
pub(super) async fn issue(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    match granted(&shared, &body) {
        Ok((token, expires)) => Json(json!({
            "token": token,
            "expires": expires,
            "Message": null,
            "ExceptionMessage": null,
        }))
        .into_response(),
        Err(Refused { failure, as_member: true }) => failure.with_body(json!({
            "token": null,
            "expires": NEVER,
            "Message": null,
            "ExceptionMessage": null,
            "AuthorisationPaused": true,
        })),
        Err(Refused { failure, as_member: false }) => {
            let body = json!({
                "token": null,
                "expires": NEVER,
                "Message": null,
                "ExceptionType": null,
                "ExceptionMessage": failure.message(),
                "InnerException": null,
            });
            failure.with_body(body)
        }
    }
}

/// When a token ends that there is not.
const NEVER: &str = "0001-01-01T00:00:00";

/// Why there is no token.
struct Refused {
    failure: Failure,
    /// A pause that shows by a member of its own, and no text.
    as_member: bool,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { failure, as_member: false }
    }
}

/// The members of the body, whichever way it is written and whatever their capitals.
fn members(body: &[u8]) -> Vec<(String, String)> {
    if let Ok(Value::Object(object)) = serde_json::from_slice(body) {
        let text = |value: Value| value.as_str().map(str::to_owned).unwrap_or_default();
        return object
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), text(value)))
            .collect();
    }
    url::form_urlencoded::parse(body)
        .map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned()))
        .collect()
}

fn granted(shared: &Shared, body: &[u8]) -> Result<(String, String), Refused> {
    let members = members(body);
    let member = |name: &str| {
        members.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.trim())
    };
    let estab = member("estab");
    let is_known = member("relyingparty").eq_ignore_ascii_case(&shared.app_id)
        && member("thirdpartyid").eq_ignore_ascii_case("XporterOnDemand");
    if !is_known {
        return Err(Failure::secret_not_correct().into());
    }
    let mut world = shared.world_mut();
    let epoch = if estab.is_empty() {
        if member("password") != shared.management_secret {
            return Err(Failure::secret_not_correct().into());
        }
        0
    } else {
        let school = world.schools.get(estab).ok_or_else(Failure::secret_not_correct)?;
        if school.secret().as_deref() != Some(member("password")) {
            return Err(Failure::secret_not_correct().into());
        }
        if school.authorisation.paused {
            let as_member = school.dialect().pause_as_member;
            return Err(Refused { failure: Failure::paused(), as_member });
        }
        school.authorisation.token_epoch
    };
    world.tokens_issued += 1;
    let serial = world.tokens_issued;
    drop(world);

    let expires = shared.clock.now() + LIFETIME;
    let contents = format!("{estab}|{epoch}|{}|{serial}|", expires.timestamp_micros());
    let contents = format!("{contents:.<width$}", width = SEALED - SEAL - 1);
    let sealed = format!("{contents}|{}", seal(shared, &contents));
    // The real service writes six digits or seven.
    let mut written = expires.to_rfc3339_opts(SecondsFormat::Micros, true);
    if serial.is_multiple_of(2) {
        written.insert(written.len() - 1, '0');
    }
    Ok((STANDARD.encode(sealed), written))
}

fn seal(shared: &Shared, contents: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(shared.management_secret.as_bytes());
    hash.update([0]);
    hash.update(contents.as_bytes());
    hex::encode(hash.finalize())
}

/// Who holds this token; `None` if nobody does any more.
fn holder(shared: &Shared, world: &World, token: &str) -> Option<Caller> {
    let sealed = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    let (contents, seal_found) = sealed.rsplit_once('|')?;
    if seal(shared, contents) != seal_found {
        return None;
    }
    let mut parts = contents.split('|');
    let estab = parts.next()?;
    let epoch: u32 = parts.next()?.parse().ok()?;
    let expires = DateTime::from_timestamp_micros(parts.next()?.parse().ok()?)?;
    if expires <= shared.clock.now() {
        return None;
    }
    if estab.is_empty() {
        return Some(Caller { estab: None, expires });
    }
    let authorisation = &world.schools.get(estab)?.authorisation;
    let is_alive = authorisation.stage == Stage::Authorised && authorisation.token_epoch == epoch;
    is_alive.then(|| Caller { estab: Some(estab.into()), expires })
}

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Failure> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Idaas"))
            .map(|(_, token)| token.trim());
        token
            .and_then(|token| holder(shared, &shared.world(), token))
            .ok_or_else(Failure::token_not_valid)
    }
}
