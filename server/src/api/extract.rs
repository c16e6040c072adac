//! What handlers are given: the person signed in with their school, who calls, and bodies, filters
//! and ids that could be read.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use bytes::Bytes;
use rollcall_shared::people::Role;
use rollcall_shared::problem::{Kind, Problem};
use serde::de::DeserializeOwned;

use super::session;
use crate::caller::{Caller, NotAnAddress};
use crate::error::Error;
use crate::sign_in;
use crate::state::AppState;
use crate::store::sessions::SignedInPerson;

/// Anybody who is signed in, with their school.
pub struct SignedIn(pub SignedInPerson);

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let token = session::token_of(&parts.headers, &state.config);
        let token = token.ok_or_else(Error::signed_out)?;
        session::resume(state, &token).await?.map(Self).ok_or_else(Error::signed_out)
    }
}

/// A school admin who is signed in, with their school: what every admin page asks for, so that
/// nothing can be asked of the database without a school.
pub struct Admin(pub SignedInPerson);

impl FromRequestParts<AppState> for Admin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let SignedIn(person) = SignedIn::from_request_parts(parts, state).await?;
        if person.role == Role::Admin {
            return Ok(Self(person));
        }
        Err(Problem::new(Kind::NotAllowed, "Only a school admin can do this")
            .detail(
                "You are signed in, but not as an admin. Ask a school admin to do it, or to make \
                 you one. Nothing was changed.",
            )
            .into())
    }
}

/// The character that nobody types and that PostgreSQL takes in no text, as JSON spells it.
const NUL: &[u8] = b"\\u0000";

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Error> {
        let bytes = Bytes::from_request(request, state).await.map_err(|_| too_large())?;
        if bytes.windows(NUL.len()).any(|part| part == NUL) {
            return Err(super::security::unusable_character());
        }
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        serde_path_to_error::deserialize(&mut json).map(Self).map_err(|error| unreadable(&error))
    }
}

fn too_large() -> Error {
    Problem::new(Kind::TooLarge, "That is more than we can take in one go")
        .detail("Nothing was saved. Send less at a time.")
        .into()
}

fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let problem = Problem::new(Kind::Unusable, "What was sent can’t be used")
        .detail("Nothing was saved. Load the page again and try once more.");
    if !error.inner().is_data() {
        return problem.into();
    }
    let message = error.inner().to_string();
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let path = error.path().to_string();
    match missing {
        Some(field) if path == "." => problem.field(field, "missing", "This is missing"),
        Some(field) => problem.field(&format!("{path}.{field}"), "missing", "This is missing"),
        None => problem.field(&path, "unusable", "This can’t be used"),
    }
    .into()
}

/// The filter in an address.
pub struct Filter<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Filter<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let Query(filter) = Query::from_request_parts(parts, state).await.map_err(|_| {
            Problem::new(Kind::Unusable, "The filter in the address can’t be used")
                .detail("Clear the filter and choose it again.")
        })?;
        Ok(Self(filter))
    }
}

/// The id in an address; what is none is not found.
pub struct Id<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let id = Path::<T>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| Error::not_found("This"))
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, state).await;
        let ConnectInfo(peer) = peer.map_err(Error::broken)?;
        let forwarded = parts.headers.get_all("x-forwarded-for").iter();
        let proxies = &state.config.trusted_proxies;
        let caller = proxies.caller(peer.ip(), forwarded.map(HeaderValue::as_bytes));
        caller.map_err(|NotAnAddress| unknown_caller())
    }
}

/// Where somebody signs in from: who calls, and on which device.
pub struct From(pub sign_in::From);

impl FromRequestParts<AppState> for From {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let is_forwarded = parts.headers.contains_key("x-forwarded-for");
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let is_trusted = peer.is_some_and(|ConnectInfo(peer)| {
            state.config.trusted_proxies.hold(Caller::at(peer.ip()))
        });
        let device = session::device_of(&parts.headers, state);
        Ok(Self(sign_in::From { caller, is_direct: is_trusted || !is_forwarded, device }))
    }
}

fn unknown_caller() -> Error {
    let mut problem =
        Problem::new(Kind::Unusable, "It can’t be told where this request comes from").detail(
            "Nothing was changed. A proxy in front of this server says it with something that is \
             no address (X-Forwarded-For). Tell whoever runs this server.",
        );
    problem.status = StatusCode::BAD_REQUEST.as_u16();
    problem.into()
}

/// The text of a cookie of this name.
pub fn cookie<'a>(headers: &'a header::HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
