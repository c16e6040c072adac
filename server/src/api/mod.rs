//! The JSON API and the app's files: every address on one screen.
//!
//! A handler takes what it needs from the request, makes one call, and shapes the answer. Each
//! address answers with its type of `rollcall_shared::routes`, or with a `Problem`.

mod activation;
pub mod error;
mod export;
mod extract;
mod health;
mod home;
mod host;
mod messages;
mod people;
mod platform;
mod runs;
mod schedule;
mod security;
pub mod session;
mod set_up;
mod sign_in;
mod spa;
mod time;
mod wizard;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post, put};
use rollcall_shared::routes;
use tower_http::catch_panic::CatchPanicLayer;

use crate::state::AppState;
use crate::telemetry;

/// The most that is taken in one request.
const LARGEST_BODY: usize = 1024 * 1024;

/// The most that is taken of XoD's callback, which anybody may send.
const LARGEST_CALLBACK: usize = 16 * 1024;

/// The whole of what the server answers.
pub fn router(state: AppState) -> Router {
    let headers = security::SecurityHeaders::new(&state.config);
    Router::new()
        .route(routes::PLATFORM, get(platform::platform))
        .route(routes::SCHOOLS, get(platform::schools))
        .route(routes::SCHOOL, get(platform::school))
        .route(routes::SIGN_IN, post(sign_in::sign_in))
        .route(routes::SIGN_IN_WITH, post(sign_in::way_in))
        .route(routes::SIGN_OUT, post(sign_in::sign_out))
        .route(routes::ACTIVATION, post(activation::look))
        .route(routes::ACTIVATE, post(activation::set_password))
        .route(routes::MESSAGES, get(messages::messages))
        .route(routes::HEALTHZ, get(health::alive))
        .route(routes::READYZ, get(health::ready))
        .route(routes::ME, get(sign_in::me))
        .route(routes::HOME, get(home::home))
        .route(routes::DASHBOARD, get(home::dashboard))
        .route(routes::PEOPLE, get(people::list))
        .route(routes::PERSON, get(people::person).put(people::edit))
        .route(routes::HAND_BACK, post(people::hand_back))
        .route(routes::PEOPLE_CSV, get(export::people))
        .route(routes::RESTORE, post(people::restore))
        .route(routes::FROM_MIS, post(people::from_mis))
        .route(routes::REVEAL, post(people::reveal))
        .route(routes::SEND_ACTIVATION, post(activation::send_again))
        .route(routes::SEND_ACTIVATIONS, post(activation::send_to_all))
        .route(routes::MAIL, get(activation::mail_standing))
        .route(routes::STAFF, post(people::add_staff))
        .route(routes::PUPILS, post(people::add_pupil))
        .route(routes::CLASSES, get(home::classes))
        .route(routes::CARDS, post(home::cards))
        .route(routes::NEW_CARD, post(people::new_card))
        .route(routes::SIGN_INS, get(sign_in::sign_ins))
        .route(routes::UNLOCK, post(sign_in::unlock))
        .route(routes::ADD_NETWORK, post(sign_in::add_network))
        .route(routes::REMOVE_NETWORK, post(sign_in::remove_network))
        .route(routes::CONNECTION, get(set_up::connection))
        .route(routes::INVITE, post(set_up::invite))
        .route(routes::CHECK, post(set_up::check))
        .route(routes::ABSENCES_COUNT, post(set_up::absences_count))
        .route(routes::DISCONNECT, post(set_up::disconnect))
        .route(routes::CONSENT_RECORD, get(set_up::consent_record))
        .route(
            routes::XOD_CALLBACK,
            post(set_up::callback).layer(DefaultBodyLimit::max(LARGEST_CALLBACK)),
        )
        .route(routes::WIZARD, get(wizard::view))
        .route(routes::DRAFT, put(wizard::save_draft))
        .route(routes::READ_ROSTER, post(wizard::read_roster))
        .route(routes::USERNAMES, get(wizard::usernames))
        .route(routes::PASSWORDS, get(wizard::passwords))
        .route(routes::PLAN, post(runs::plan))
        .route(routes::RUNS, get(runs::list))
        .route(routes::RUN, get(runs::view))
        .route(routes::RUN_SUMMARY, get(runs::summary))
        .route(routes::RUN_PEOPLE, get(runs::people))
        .route(routes::RUN_PEOPLE_CSV, get(export::run_people))
        .route(routes::RESOLVE, post(runs::resolve))
        .route(routes::RENAME, post(runs::rename))
        .route(routes::RESOLVE_SURE, post(runs::resolve_sure))
        .route(routes::RUN_SETTINGS, get(runs::settings))
        .route(routes::UNDO, post(runs::undo))
        .route(routes::FINISH, post(runs::finish))
        .route(routes::CANCEL, post(runs::cancel))
        .route(routes::SCHEDULE, get(schedule::view).put(schedule::save))
        .route(routes::SCHEDULE_NOW, post(schedule::make_now))
        .route("/api/{*unknown}", any(error::no_such_address))
        .fallback(spa::serve)
        .method_not_allowed_fallback(error::wrong_method)
        .layer(from_fn(security::usable_addresses_only))
        .layer(from_fn_with_state(state.clone(), security::own_pages_only))
        .layer(from_fn_with_state(state.clone(), host::own_name_only))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn(time::in_time))
        .layer(from_fn(error::describe_failures))
        .layer(from_fn_with_state(state.dice.clone(), telemetry::observe))
        .layer(from_fn_with_state(headers, security::add_headers))
        .with_state(state)
}
