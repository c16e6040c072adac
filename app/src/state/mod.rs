//! State that outlives a page.

pub mod draft;
pub mod follow_run;
pub mod here;
pub mod session;
mod unsaved;
