//! The API through the real router, on a real database.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

mod activation;
mod audit;
mod callers;
mod characters;
mod consent;
mod document;
mod edit;
mod faults;
mod health;
mod keep_out;
mod logs;
mod mail_limits;
#[path = "../support/mailbox.rs"]
mod mailbox;
mod mistyped_email;
mod one_person;
mod own_account;
mod own_class;
mod people;
mod roles;
mod runs;
mod schedule;
mod school_year;
mod schools;
mod security;
mod sessions;
mod set_up;
mod sign_in;
mod sockets;
mod support;
mod typed_names;
mod undelivered;
mod wizard;
