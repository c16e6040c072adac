//! Rollcall's server: a thin JSON API over the XoD connection, the database, and the running of
//! syncs. A run is: read (XoD to roster), match, name, plan, apply.

pub mod activation;
pub mod api;
pub mod caller;
pub mod cards;
pub mod clock;
pub mod commands;
pub mod config;
pub mod connection;
pub mod crash;
pub mod dice;
pub mod error;
pub mod health;
pub mod installation;
pub mod mail;
pub mod mail_limits;
pub mod outbox;
pub mod people;
pub mod purge;
pub mod seal;
pub mod sign_in;
pub mod smtp;
pub mod sockets;
pub mod staff_password;
pub mod state;
pub mod store;
pub mod sync;
pub mod telemetry;
pub mod xod;
