//! The sync: from what the MIS says to what the school's accounts are. A run is **read** (XoD to
//! [`roster`]), match, name, **plan** (pure and deterministic), apply (in batches, safe to run
//! twice).

pub mod accounts;
pub mod naming;
pub mod plan;
pub mod roster;
pub mod upn;
pub mod year_groups;
