//! What handlers are given: the person signed in with their school, who calls, and bodies, filters
//! and ids that could be read.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use bytes::Bytes;
use rollcall_shared::people::Role;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_store::sessions::SignedInPerson;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::session;
use super::table::{Entry, Input, refusal};
use crate::caller::{Caller, NotAnAddress, is_forwarded};
use crate::error::Error;
use crate::sign_in;
use crate::state::AppState;

/// Anybody who is signed in, with their school.
pub(super) struct SignedIn(pub SignedInPerson);

impl Input for SignedIn {
    fn describe(entry: &mut Entry) {
        entry.is_for_signed_in();
        entry.may_refuse(&[refusal(Kind::SignedOut)]);
    }
}

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
pub(super) struct Admin(pub SignedInPerson);

impl Input for Admin {
    fn describe(entry: &mut Entry) {
        SignedIn::describe(entry);
        entry.may_refuse(&[refusal(Kind::NotAllowed)]);
    }
}

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

/// A teacher or an admin who is signed in, with their school. Whom a teacher may ask about is looked
/// at where it is asked.
pub(super) struct Teacher(pub SignedInPerson);

impl Input for Teacher {
    fn describe(entry: &mut Entry) {
        Admin::describe(entry);
    }
}

impl FromRequestParts<AppState> for Teacher {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let SignedIn(person) = SignedIn::from_request_parts(parts, state).await?;
        if matches!(person.role, Role::Teacher | Role::Admin) {
            return Ok(Self(person));
        }
        Err(Problem::new(Kind::NotAllowed, "Only a teacher or a school admin can do this")
            .detail("You are signed in, but as neither. Nothing was changed.")
            .into())
    }
}

/// The character that nobody types and that PostgreSQL takes in no text, as JSON spells it.
const NUL: &[u8] = b"\\u0000";

/// A JSON body.
pub(super) struct Json<T>(pub T);

impl<T: ToSchema> Input for Json<T> {
    fn describe(entry: &mut Entry) {
        entry.takes_body::<T>("application/json");
        entry.may_refuse(&[Kind::TooLarge, Kind::Unusable].map(refusal));
    }
}

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

/// A form, as it was sent.
pub(super) struct Form(pub Bytes);

impl Input for Form {
    fn describe(entry: &mut Entry) {
        entry.takes_body::<BTreeMap<String, String>>("application/x-www-form-urlencoded");
        entry.may_refuse(&[refusal(Kind::TooLarge)]);
    }
}

impl FromRequest<AppState> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Error> {
        Bytes::from_request(request, state).await.map(Self).map_err(|_| too_large())
    }
}

fn too_large() -> Error {
    Problem::new(Kind::TooLarge, "This is too much to send at once")
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
pub(super) struct Filter<T>(pub T);

impl<T: ToSchema> Input for Filter<T> {
    fn describe(entry: &mut Entry) {
        entry.takes_query::<T>();
        entry.may_refuse(&[refusal(Kind::Unusable)]);
    }
}

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

/// The id, or the name, in an address; what is none is not found.
pub(super) struct Id<T>(pub T);

impl<T: ToSchema> Input for Id<T> {
    fn describe(entry: &mut Entry) {
        entry.takes_of_path::<T>();
        entry.may_refuse(&[refusal(Kind::NotFound)]);
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let id = Path::<T>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| Error::not_found("This"))
    }
}

impl Input for Caller {
    fn describe(entry: &mut Entry) {
        entry.may_refuse(&[UNKNOWN_CALLER]);
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
pub(super) struct Origin(pub sign_in::Origin);

impl Input for Origin {
    fn describe(entry: &mut Entry) {
        Caller::describe(entry);
    }
}

impl FromRequestParts<AppState> for Origin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let proxies = &state.config.trusted_proxies;
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let is_by_proxy = peer.is_some_and(|ConnectInfo(peer)| proxies.hold(Caller::at(peer.ip())));
        // A trusted proxy says whose a request is. Of one that says nothing, or is not trusted, it is
        // known only that it came through.
        let is_seen = if is_by_proxy {
            parts.headers.contains_key("x-forwarded-for")
        } else {
            !is_forwarded(&parts.headers)
        };
        // People may be within a range of proxies, too: an admin can say so, and it is not learnt.
        let may_be_learnt = is_seen && !proxies.hold(caller);
        let device = session::device_of(&parts.headers, state);
        Ok(Self(sign_in::Origin { caller, is_seen, may_be_learnt, device }))
    }
}

/// What is at fault is not what was asked, but how it came.
const UNKNOWN_CALLER: (u16, Kind) = (StatusCode::BAD_REQUEST.as_u16(), Kind::Unusable);

fn unknown_caller() -> Error {
    let (status, kind) = UNKNOWN_CALLER;
    let mut problem = Problem::new(kind, "We can’t tell where this request comes from").detail(
        "Nothing was changed. A proxy in front of this server sends something that is not an \
         address (X-Forwarded-For). Tell the person who runs this server.",
    );
    problem.status = status;
    problem.into()
}

/// The text of a cookie of this name.
pub(super) fn cookie<'a>(headers: &'a header::HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
