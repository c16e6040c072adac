//! The JSON API and the app's files: every address on one screen.
//!
//! A handler takes what it needs from the request, makes one call, and shapes the answer. Each
//! address answers with its type of `rollcall_shared::routes`, or with a `Problem`.

mod activation;
pub(crate) mod document;
pub(crate) mod error;
mod export;
mod extract;
mod health;
mod home;
mod host;
mod messages;
mod own_account;
mod people;
mod platform;
mod runs;
mod schedule;
mod security;
pub(crate) mod session;
mod set_up;
mod sign_in;
mod spa;
mod table;
mod time;
mod wizard;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use rollcall_shared::problem::Kind;
use rollcall_shared::routes;
use tower_http::catch_panic::CatchPanicLayer;

use self::table::{Table, get, post, put};
use crate::state::AppState;
use crate::telemetry;

/// The most that is taken in one request.
const LARGEST_BODY: usize = 1024 * 1024;

/// The most that is taken of XoD's callback, which anybody may send.
const LARGEST_CALLBACK: usize = 16 * 1024;

/// Every address of the API, what answers at it and which problems only that has.
fn table() -> Table {
    use Kind::{
        Blocked, CardNeeded, LinkExpired, NotAllowed, NotConnected, NotFound, NotYet, RunGoing,
        SignedOut, Stale, TooManyAttempts, WrongCredentials, XodRefused, XodUnavailable,
    };
    Table::default()
        // for everybody
        .route(routes::OPENAPI, get(document::read, "This document"))
        .route(routes::PLATFORM, get(platform::platform, "The platform's name and logo"))
        .route(routes::SCHOOLS, get(platform::schools, "Finds schools; ten at most"))
        .route(routes::SCHOOL, get(platform::school, "One school"))
        .route(
            routes::SIGN_IN,
            post(sign_in::sign_in, "Signs in, with a password or pictures").or([
                WrongCredentials,
                SignedOut,
                CardNeeded,
                NotYet,
                Blocked,
                TooManyAttempts,
            ]),
        )
        .route(
            routes::SIGN_IN_WITH,
            post(sign_in::way_in, "How somebody signs in: asked before the password")
                .or([CardNeeded]),
        )
        .route(
            routes::FORGOTTEN_PASSWORD,
            post(own_account::forgotten_password, "Sends staff a link to set a new password"),
        )
        .route(routes::SIGN_OUT, post(sign_in::sign_out, "Signs out"))
        .route(
            routes::ACTIVATION,
            post(activation::look, "Whose activation link it is").or([LinkExpired]),
        )
        .route(
            routes::ACTIVATE,
            post(activation::set_password, "Sets the first password and signs in")
                .or([LinkExpired, SignedOut]),
        )
        .route(
            routes::MESSAGES,
            get(messages::messages, "What would have been e-mailed; only to this machine")
                .or([NotFound]),
        )
        .route(
            routes::XOD_CALLBACK,
            post(set_up::callback, "Groupcall's callback, when a school has answered")
                .or([TooManyAttempts, XodUnavailable])
                .map(|methods| methods.layer(DefaultBodyLimit::max(LARGEST_CALLBACK))),
        )
        // for the person who runs the server
        .route(routes::HEALTHZ, get(health::alive, "Whether the server lives"))
        .route(routes::READYZ, get(health::ready, "Whether it can do its work, or what can't"))
        // signed in
        .route(routes::ME, get(sign_in::me, "Who is signed in"))
        .route(routes::HOME, get(home::home, "The page of a pupil or a teacher"))
        .route(
            routes::OWN_PASSWORD,
            post(own_account::change_password, "Chooses another password").or([
                NotAllowed,
                TooManyAttempts,
                CardNeeded,
            ]),
        )
        .route(routes::OWN_SESSIONS, get(own_account::sessions, "Where one is signed in"))
        .route(
            routes::END_OTHER_SESSIONS,
            post(own_account::end_other_sessions, "Signs out everywhere but here"),
        )
        // teachers, for their own pupils, and admins
        .route(routes::OWN_CLASS, get(home::own_class, "The pupils of one's own class"))
        .route(routes::REVEAL, post(people::reveal, "Shows a pupil's password"))
        .route(routes::NEW_PASSWORD, post(people::new_password, "Gives a pupil a new password"))
        .route(routes::CARDS, post(home::cards, "Login cards to print").or([NotFound]))
        // admins
        .route(routes::DASHBOARD, get(home::dashboard, "The figures of the dashboard"))
        .route(routes::PEOPLE, get(people::list, "People, page by page"))
        .route(
            routes::PERSON,
            get(people::person, "One person").and(
                put(people::edit, "Changes a person by hand").or([
                    Stale,
                    RunGoing,
                    TooManyAttempts,
                ]),
            ),
        )
        .route(
            routes::HAND_BACK,
            post(people::hand_back, "Hands a field that was changed by hand back to the MIS")
                .or([RunGoing]),
        )
        .route(
            routes::STAFF_CLASSES,
            get(people::classes, "The classes and subject groups of a member of staff").and(
                put(people::set_classes, "Gives staff who are not in the MIS their classes")
                    .or([Stale, RunGoing]),
            ),
        )
        .route(routes::PEOPLE_CSV, get(export::people, "People as a table file, all pages"))
        .route(
            routes::RESTORE,
            post(people::restore, "Brings a person back from the trash").or([RunGoing]),
        )
        .route(
            routes::FROM_MIS,
            post(people::from_mis, "Asks the MIS about a person, and plans what that changes")
                .or([RunGoing, NotConnected, XodRefused, XodUnavailable]),
        )
        .route(routes::TRASH, post(people::trash, "Moves a person to the trash").or([RunGoing]))
        .route(routes::BLOCK, post(people::block, "Blocks a person's sign-in"))
        .route(routes::UNBLOCK, post(people::unblock, "Lets a person sign in again"))
        .route(
            routes::SEND_ACTIVATION,
            post(activation::send_again, "Sends a new activation link")
                .or([Stale, TooManyAttempts]),
        )
        .route(
            routes::SEND_ACTIVATIONS,
            post(activation::send_to_all, "Sends one to all who have set no password yet")
                .or([TooManyAttempts]),
        )
        .route(routes::MAIL, get(activation::mail_standing, "How the school's e-mail stands"))
        .route(
            routes::STAFF,
            post(people::add_staff, "Adds a member of staff").or([
                NotFound,
                RunGoing,
                TooManyAttempts,
            ]),
        )
        .route(routes::PUPILS, post(people::add_pupil, "Adds a pupil").or([NotFound, RunGoing]))
        .route(routes::CLASSES, get(home::classes, "Classes and subject groups"))
        .route(routes::NEW_CARD, post(people::new_card, "Ends a pupil's login card"))
        .route(
            routes::SIGN_INS,
            get(sign_in::sign_ins, "The school's networks, and what is slowed"),
        )
        .route(routes::UNLOCK, post(sign_in::unlock, "Lets everybody try again"))
        .route(routes::ADD_NETWORK, post(sign_in::add_network, "This network is the school's"))
        .route(routes::REMOVE_NETWORK, post(sign_in::remove_network, "And this one is not"))
        .route(routes::CONNECTION, get(set_up::connection, "How the connection to the MIS stands"))
        .route(
            routes::INVITE,
            post(set_up::invite, "Sends the invitation to share the school's data").or([
                TooManyAttempts,
                XodRefused,
                XodUnavailable,
            ]),
        )
        .route(
            routes::CHECK,
            post(set_up::check, "Looks at the connection now").or([
                NotConnected,
                XodRefused,
                XodUnavailable,
            ]),
        )
        .route(
            routes::ABSENCES_COUNT,
            post(set_up::absences_count, "People the MIS no longer sends have really left")
                .or([NotConnected, RunGoing]),
        )
        .route(
            routes::DISCONNECT,
            post(set_up::disconnect, "Ends the connection").or([NotConnected, RunGoing]),
        )
        .route(routes::CONSENT_RECORD, get(set_up::consent_record, "The consent record, as a file"))
        .route(routes::WIZARD, get(wizard::view, "What the wizard opens with"))
        .route(routes::DRAFT, put(wizard::save_draft, "Saves a step's answers").or([Stale]))
        .route(
            routes::READ_ROSTER,
            post(wizard::read_roster, "Reads the MIS, in the background").or([NotConnected]),
        )
        .route(routes::USERNAMES, get(wizard::usernames, "What each format makes of new people"))
        .route(routes::PASSWORDS, get(wizard::passwords, "The formats of passwords"))
        .route(
            routes::PLAN,
            post(runs::plan, "Makes a plan: what will happen, before it happens")
                .or([NotConnected, Stale]),
        )
        .route(routes::RUNS, get(runs::list, "Runs, the newest first"))
        .route(routes::RUN, get(runs::view, "One run, as it goes and when it is done"))
        .route(routes::RUN_SUMMARY, get(runs::summary, "The summary of a plan"))
        .route(routes::RUN_PEOPLE, get(runs::people, "The people of a plan, page by page"))
        .route(routes::RUN_PEOPLE_CSV, get(export::run_people, "These as a table file, all pages"))
        .route(
            routes::RESOLVE,
            post(runs::resolve, "Says who a possible duplicate is").or([Stale, NotConnected]),
        )
        .route(
            routes::RENAME,
            post(runs::rename, "Answers a proposed username").or([Stale, NotConnected]),
        )
        .route(
            routes::RESOLVE_SURE,
            post(runs::resolve_sure, "Accepts all the sure ones").or([Stale, NotConnected]),
        )
        .route(routes::RUN_SETTINGS, get(runs::settings, "The settings that a run was made with"))
        .route(routes::UNDO, post(runs::undo, "Plans to take a run back").or([RunGoing]))
        .route(routes::FINISH, post(runs::finish, "Applies a plan").or([Stale, RunGoing]))
        .route(routes::CANCEL, post(runs::cancel, "Stops a run that is going"))
        .route(
            routes::SCHEDULE,
            get(schedule::view, "The nightly sync")
                .and(put(schedule::save, "Changes the nightly sync")),
        )
        .route(routes::SCHEDULE_NOW, post(schedule::make_now, "Makes the nightly sync now"))
}

/// The whole of what the server answers.
pub fn router(state: AppState) -> Router {
    let headers = security::SecurityHeaders::new(&state.config);
    table()
        .router
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
