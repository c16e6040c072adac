//! The control interface, `/_simulator`: for tests, which send JSON, and for people with a browser,
//! who get pages with forms for the same things.
//!
//! A request that accepts `text/html` is answered with a page or a redirect to one, any other with
//! JSON. What is wrong is said in `{"error": …}`.

mod pages;
mod people;
mod reply;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::{get, post, put},
};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use self::reply::{Refusal, done, school_json};
use crate::{
    callback,
    config::SchoolSpec,
    email::Email,
    faults::Fault,
    form::{Given, WantsPage},
    school::{Gdpr, Installation, School, Scope},
    state::Shared,
};

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_simulator", get(pages::overview))
        .route("/_simulator/schools", get(schools).post(add_school))
        .route("/_simulator/secrets", get(secrets))
        .route("/_simulator/emails", get(emails))
        .route("/_simulator/callback", put(set_callback))
        .route("/_simulator/clock", post(advance_clock))
        .route("/_simulator/faults", get(faults).post(add_faults).delete(clear_faults))
        .nest("/_simulator/schools/{estab}", of_one_school())
}

fn of_one_school() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(pages::school))
        .route("/advance-year", post(advance_year))
        .route("/change-mis", post(change_mis))
        .route("/consent", put(set_consent).post(set_consent))
        .route("/authorise", post(authorise))
        .route("/pause", post(pause))
        .route("/resume", post(resume))
        .route("/revoke", post(revoke))
        .route("/install", post(install))
        .route("/callback", post(call_back))
        .route("/expire-tokens", post(expire_tokens))
        .route("/gdpr", put(set_gdpr))
        .route("/people", get(people::list))
        .route("/students", post(people::add_pupil))
        .route(
            "/students/{id}",
            get(pages::pupil)
                .patch(people::edit_pupil)
                .post(people::edit_pupil)
                .delete(people::remove_pupil),
        )
        .route("/students/{id}/remove", post(people::remove_pupil))
        .route("/staff", post(people::add_staff))
        .route(
            "/staff/{id}",
            get(pages::staff_member)
                .patch(people::edit_staff)
                .post(people::edit_staff)
                .delete(people::remove_staff),
        )
        .route("/staff/{id}/remove", post(people::remove_staff))
        .route("/groups", post(people::add_group))
        .route("/groups/{id}", axum::routing::patch(people::edit_group).post(people::edit_group))
}

async fn schools(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    Json(world.schools.values().map(|school| school_json(&shared, school)).collect())
}

async fn add_school(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Given(spec): Given<SchoolSpec>,
) -> Result<Response, Refusal> {
    let added = shared.change(|world| world.add(&spec).map(|school| school_json(&shared, school)));
    let school = added.map_err(|error| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, error))?;
    Ok(done(page, &spec.estab, (StatusCode::CREATED, Json(school))))
}

async fn secrets(State(shared): State<Arc<Shared>>) -> Json<BTreeMap<String, String>> {
    let world = shared.world();
    let secret = |school: &School| Some((school.estab().to_owned(), school.secret()?));
    Json(world.schools.values().filter_map(secret).collect())
}

async fn emails(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let email = |email: &Email| {
        json!({
            "sent_at": email.sent_at,
            "estab": email.estab,
            "to": email.to,
            "subject": email.subject,
            "text": email.text,
            "link": email.link.as_ref().map(|path| format!("{}{path}", shared.own_url)),
        })
    };
    Json(world.emails.iter().map(email).collect())
}

#[derive(Debug, Deserialize)]
struct CallbackUrl {
    url: String,
}

async fn set_callback(
    State(shared): State<Arc<Shared>>,
    Given(callback): Given<CallbackUrl>,
) -> StatusCode {
    shared.world_mut().callback = callback.url;
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
struct Advance {
    seconds: i64,
}

/// Puts the simulator's clock forward, so that tokens expire, or back, so that it is wrong.
async fn advance_clock(
    State(shared): State<Arc<Shared>>,
    Given(advance): Given<Advance>,
) -> Json<Value> {
    shared.clock.advance(TimeDelta::seconds(advance.seconds));
    Json(json!({ "now": shared.clock.now() }))
}

async fn faults(State(shared): State<Arc<Shared>>) -> Json<Vec<Fault>> {
    Json(shared.world().faults.clone())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    More(Vec<Fault>),
    One(Fault),
}

async fn add_faults(
    State(shared): State<Arc<Shared>>,
    Given(faults): Given<OneOrMore>,
) -> (StatusCode, Json<Vec<Fault>>) {
    let mut world = shared.world_mut();
    match faults {
        OneOrMore::One(fault) => world.faults.push(fault),
        OneOrMore::More(faults) => world.faults.extend(faults),
    }
    (StatusCode::CREATED, Json(world.faults.clone()))
}

async fn clear_faults(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.world_mut().faults.clear();
    StatusCode::NO_CONTENT
}

/// Changes one school and answers with how it is now.
fn change_school(
    shared: &Shared,
    page: WantsPage,
    estab: &str,
    change: impl FnOnce(&mut School),
) -> Result<Response, Refusal> {
    let school = shared.change(|world| {
        let school = world.schools.get_mut(estab)?;
        change(school);
        Some(school_json(shared, school))
    });
    let school = school.ok_or_else(|| Refusal::no_school(estab))?;
    Ok(done(page, estab, Json(school)))
}

async fn advance_year(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    let now = shared.clock.now_without_zone();
    change_school(&shared, page, &estab, |school| school.advance_year(now))
}

async fn change_mis(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    let now = shared.clock.now_without_zone();
    change_school(&shared, page, &estab, |school| school.change_mis(now))
}

/// What is consented; without `scopes`, everything.
#[derive(Debug, Deserialize)]
struct Consent {
    scopes: Option<Vec<String>>,
}

impl Consent {
    fn scopes(&self) -> Result<BTreeSet<Scope>, Refusal> {
        let Some(names) = &self.scopes else { return Ok(Scope::ALL.into()) };
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
async fn set_consent(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
    Given(consent): Given<Consent>,
) -> Result<Response, Refusal> {
    let scopes = consent.scopes()?;
    change_school(&shared, page, &estab, |school| school.authorisation.granted = scopes)
}

/// Approves as on the consent page: a new secret, and a callback.
async fn authorise(
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

async fn pause(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    change_school(&shared, page, &estab, |school| school.authorisation.paused = true)
}

async fn resume(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    change_school(&shared, page, &estab, |school| school.authorisation.paused = false)
}

async fn revoke(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    change_school(&shared, page, &estab, |school| school.authorisation.revoke())
}

async fn install(
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
async fn call_back(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    let attempt = callback::send(&shared, &estab).await;
    let nothing = || Refusal::new(StatusCode::CONFLICT, "the school has no secret to tell");
    Ok(done(page, &estab, Json(attempt.ok_or_else(nothing)?)))
}

async fn expire_tokens(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    change_school(&shared, page, &estab, |school| school.authorisation.expire_tokens())
}

/// Lists people for the application to leave out, or the only ones to take.
async fn set_gdpr(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
    Given(gdpr): Given<Gdpr>,
) -> Result<Response, Refusal> {
    change_school(&shared, page, &estab, |school| school.authorisation.gdpr = gdpr)
}
