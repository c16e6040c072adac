//! State that outlives a page.

pub mod session;
