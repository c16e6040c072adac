//! The control interface, `/_simulator`: for tests, which send JSON, and for people with a browser,
//! who get pages with forms for the same things.
//!
//! A request that accepts `text/html` is answered with a page or a redirect to one, any other with
//! JSON. What is wrong is said in `{"error": …}`.

mod consent;
mod pages;
mod people;
mod person_pages;
mod reply;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    middleware,
    response::Response,
    routing::{get, post, put},
};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use self::reply::{Refusal, done, school_json};
use crate::{
    config::{Dialect, SchoolSpec},
    email::Email,
    faults::Fault,
    form::{Given, WantsPage},
    school::School,
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
        .layer(middleware::from_fn(reply::show_refusals))
}

fn of_one_school() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(pages::school))
        .route("/advance-year", post(advance_year))
        .route("/change-mis", post(change_mis))
        .route("/dialect", put(set_dialect).post(set_dialect))
        .route("/consent", put(consent::set_consent).post(consent::set_consent))
        .route("/authorise", post(consent::authorise))
        .route("/pause", post(consent::pause))
        .route("/resume", post(consent::resume))
        .route("/revoke", post(consent::revoke))
        .route("/install", post(consent::install))
        .route("/callback", post(consent::call_back))
        .route("/expire-tokens", post(consent::expire_tokens))
        .route("/gdpr", put(consent::set_gdpr))
        .route("/left-out", put(consent::set_left_out))
        .route("/people", get(people::list))
        .route("/students", post(people::add_pupil))
        .route(
            "/students/{id}",
            get(person_pages::pupil)
                .patch(people::edit_pupil)
                .post(people::edit_pupil)
                .delete(people::remove_pupil),
        )
        .route("/students/{id}/remove", post(people::remove_pupil))
        .route("/staff", post(people::add_staff))
        .route(
            "/staff/{id}",
            get(person_pages::staff_member)
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

/// Which faults are meant: all, or those whose `match` holds this text.
#[derive(Debug, Deserialize)]
struct Which {
    #[serde(rename = "match", default)]
    matches: String,
}

async fn clear_faults(State(shared): State<Arc<Shared>>, Query(which): Query<Which>) -> StatusCode {
    shared.world_mut().faults.retain(|fault| !fault.matches.contains(&which.matches));
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

/// From now on the school's feed is written so; what is not named is as usual.
async fn set_dialect(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
    Given(dialect): Given<Dialect>,
) -> Result<Response, Refusal> {
    change_school(&shared, page, &estab, |school| school.spec.dialect = dialect)
}

async fn change_mis(
    State(shared): State<Arc<Shared>>,
    page: WantsPage,
    Path(estab): Path<String>,
) -> Result<Response, Refusal> {
    let now = shared.clock.now_without_zone();
    change_school(&shared, page, &estab, |school| school.change_mis(now))
}
