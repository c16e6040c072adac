//! Rollcall's server: a thin JSON API over the XoD connection, the database, and the running of
//! syncs. A run is: read (XoD to roster), match, name, plan, apply.

mod api;
mod audit;
mod background;
mod caller;
mod clock;
mod commands;
mod config;
mod connection;
mod dashboard;
mod dice;
mod error;
mod health;
mod housekeeping;
mod installation;
mod mail;
mod mail_limits;
mod mis;
mod outbox;
mod people;
mod seal;
mod sign_in;
mod smtp;
mod sockets;
mod staff_password;
mod state;
mod sync;
mod telemetry;

pub use commands::Rollcall;

/// What the tests in `tests/` set up and press by themselves, beside what they ask of the program
/// and of its API.
#[doc(hidden)]
pub mod testing {
    pub use crate::api::document::document;
    pub use crate::api::router;
    pub use crate::clock::Clock;
    pub use crate::commands::school::add_school;
    pub use crate::config::{Options, Secret, make_key_file};
    pub use crate::connection::Connections;
    pub use crate::dice::Dice;
    pub use crate::mis::xod_client;
    pub use crate::outbox::send_next;
    pub use crate::people::add as add_person;
    pub use crate::seal::Owner;
    pub use crate::smtp::Sender;
    pub use crate::sockets::{Limits, raise_file_limit, serve};
    pub use crate::state::AppState;
    pub use crate::sync::reading;
    pub use crate::sync::schedule::make_due;
    pub use crate::sync::worker::apply_next;
}
