//! Rollcall's server: a thin JSON API over the XoD connection, the database, and the running of
//! syncs. A run is: read (XoD to roster), match, name, plan, apply.

pub mod api;
pub mod clock;
pub mod config;
pub mod dice;
pub mod seal;
pub mod store;
pub mod sync;
pub mod telemetry;
pub mod xod;
