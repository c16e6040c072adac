//! Changing what a school shares, as it could do on its own pages, and going through its states.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;

use super::{
    change_school,
    reply::{Refusal, done},
};
use crate::{
    callback,
    form::{Given, WantsPage},
    school::{Gdpr, Installation, School, Scope},
    state::Shared,
};

/// What is consented; without `scopes`, everything that the application asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Consent {
    scopes: Option<Vec<String>>,
}

impl Consent {
    fn scopes(&self) -> Result<BTreeSet<Scope>, Refusal> {
        let Some(names) = &self.scopes else { return Ok(Scope::TEMPLATE.into()) };
        names
            .iter()
            .map(|name| {
                let unknown = format!("there is no scope {name:?}");
                Scope::named(name)
                    .ok_or_else(|| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, unknown))
            })
            .collect()
    }
}

/// Narrows or widens what is shared, with secret and tokens as they are.
pub(super) async fn set_consent(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
    Given(consent): Given<Consent>,
) -> Result<Response, Refusal> {
    let scopes = consent.scopes()?;
    change_school(&shared, page, &estab, |school| school.authorisation.granted = scopes)
}

/// Approves as on the consent page: a new secret, and a callback.
pub(super) async fn authorise(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
    Given(consent): Given<Consent>,
) -> Result<Response, Refusal> {
    let scopes = consent.scopes()?;
    let reply =
        change_school(&shared, page, &estab, |school| school.authorisation.authorise(scopes))?;
    callback::send(&shared, &estab).await;
    Ok(reply)
}

pub(super) async fn pause(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    change_school(&shared, page, &estab, |school| school.authorisation.paused = true)
}

pub(super) async fn resume(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    change_school(&shared, page, &estab, |school| school.authorisation.paused = false)
}

pub(super) async fn revoke(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    change_school(&shared, page, &estab, |school| school.authorisation.revoke())
}

pub(super) async fn install(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    let install = |school: &mut School| {
        school.authorisation.installation = Installation::Done;
    };
    let reply = change_school(&shared, page, &estab, install)?;
    callback::send(&shared, &estab).await;
    Ok(reply)
}

/// Calls the application back again.
pub(super) async fn call_back(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    let attempt = callback::send(&shared, &estab).await;
    let nothing = || Refusal::new(StatusCode::CONFLICT, "the school has no secret to tell");
    Ok(done(page, &estab, Json(attempt.ok_or_else(nothing)?)))
}

pub(super) async fn expire_tokens(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    change_school(&shared, page, &estab, |school| school.authorisation.expire_tokens())
}

/// Whole groups that the school leaves out, by their names: neither they nor their members come.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeftOut {
    groups: Vec<String>,
}

/// Leaves whole groups out, and no others, as on the consent page; `GDPRIDs` lists nobody of them.
pub(super) async fn set_left_out(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
    Given(left_out): Given<LeftOut>,
) -> Result<Response, Refusal> {
    let groups = {
        let world = shared.world();
        let school = world.schools.get(&estab).ok_or_else(|| Refusal::no_school(&estab))?;
        let id = |name: &String| {
            let found = school.groups.iter().find(|group| same_name(&group.name, name));
            let unknown = || {
                let reason = format!("there is no group {name:?}");
                Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, reason)
            };
            found.map(|group| group.id).ok_or_else(unknown)
        };
        left_out.groups.iter().map(id).collect::<Result<BTreeSet<u32>, Refusal>>()?
    };
    change_school(&shared, page, &estab, |school| school.authorisation.left_out_groups = groups)
}

/// Whether two names are the same but for case and spaces.
fn same_name(one: &str, other: &str) -> bool {
    let words =
        |name: &str| name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    words(one) == words(other)
}

/// Lists people for the application to leave out, or the only ones to take.
pub(super) async fn set_gdpr(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
    Given(gdpr): Given<Gdpr>,
) -> Result<Response, Refusal> {
    change_school(&shared, page, &estab, |school| school.authorisation.gdpr = gdpr)
}
