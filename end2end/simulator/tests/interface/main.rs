//! The interface as published clients use it, through a running simulator.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod data;
mod support;
mod token;
