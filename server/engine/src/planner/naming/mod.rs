//! What new people are called and what they sign in with: usernames, passwords, and the words that
//! must not appear in either.

mod beside;
mod names;
pub mod passwords;
mod taken;
mod unsuitable;
pub mod usernames;
mod words;

pub use taken::Taken;
