//! State that outlives a page.

pub mod draft;
pub mod follow_run;
pub mod session;
