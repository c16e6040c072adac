//! State that outlives a page.

pub mod asked;
pub mod draft;
pub mod follow_run;
pub mod session;
