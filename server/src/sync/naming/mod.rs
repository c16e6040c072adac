//! What new people are called and what they sign in with: usernames, passwords, and the words that
//! must not appear in either.

mod names;
mod taken;
pub mod unsuitable;
pub mod usernames;

pub use taken::Taken;
