//! The sync: from what the MIS says to what the school's accounts are. A run is **read** (XoD to
//! [`roster`]), match, name, **plan** (pure and deterministic), apply (in batches, safe to run
//! twice).

pub mod accounts;
pub mod apply;
pub mod classes;
pub mod evidence;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod guard;
mod hash;
pub mod lease;
pub mod letters;
pub mod matching;
pub mod names;
pub mod naming;
pub mod one_person;
pub mod plan;
pub mod planner;
pub mod read;
pub mod reading;
pub mod roster;
pub mod runs;
pub mod schedule;
#[cfg(test)]
mod tests;
pub mod unattended;
pub mod undo;
pub mod upn;
pub mod wizard;
pub mod worker;
pub mod year_groups;
