//! What both sides of Rollcall agree on: the types of the JSON API and the few pure rules that
//! browser and server must apply alike. No I/O, no clock, no randomness, nothing heavy: all of it
//! ends up in the browser. The lines on types and fields are the descriptions in the document of
//! the API too.

#![warn(missing_docs)]

pub mod card;
pub mod connection;
pub mod consent;
pub mod formats;
pub mod ids;
pub mod mail;
pub mod page;
pub mod pages;
pub mod people;
pub mod plan;
pub mod problem;
pub mod provider;
pub mod routes;
pub mod run;
pub mod schedule;
pub mod scopes;
pub mod session;
pub mod settings;
pub mod sign_ins;
pub mod time;
pub mod wizard;
pub mod year_group;
