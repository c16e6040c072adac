//! The sync: from what the MIS says to what the school's accounts are. A run is **read** (XoD to
//! [`Roster`](rollcall_engine::domain::roster::Roster)), match, name, **plan** (pure and deterministic), apply (in batches, safe to run
//! twice).

pub(crate) mod apply;
pub(crate) mod lease;
pub(crate) mod letters;
pub(crate) mod one_person;
pub(crate) mod planned;
pub mod reading;
pub(crate) mod report;
pub(crate) mod resolve;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod sources;
#[cfg(test)]
mod tests;
pub(crate) mod unattended;
pub(crate) mod undo;
pub(crate) mod wizard;
pub(crate) mod worker;
