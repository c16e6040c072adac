//! The interface as published clients use it, through a running simulator.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod consent;
mod control;
mod data;
mod faults;
mod state;
mod support;
mod token;
mod values;
