//! Sentences that more than one page shows. What only one page says is in that page's file.

/// No server was reached.
pub const UNREACHABLE: &str = "We could not reach the server";
pub const UNREACHABLE_DETAIL: &str =
    "Check your internet connection, then try again. Nothing you have saved is lost.";

/// A server answered, but not as it should.
pub const GARBLED: &str = "Something went wrong on our side";
pub const GARBLED_DETAIL: &str = "Try again in a few minutes. Nothing you have saved is lost.";

pub const NOT_LOADED: &str = "This page could not be loaded";
pub const TRY_AGAIN: &str = "Try again";
pub const LOADING: &str = "Loading…";
pub const THERE_IS_A_PROBLEM: &str = "There is a problem";

/// A page that only an admin may see.
pub const ADMINS_ONLY: &str = "Only a school admin can see this page";
pub const ADMINS_ONLY_DETAIL: &str =
    "You are signed in, but not as an admin. If you need this, ask an admin of your school.";

/// "1 pupil has", "3 pupils have".
#[must_use]
pub fn people(count: u32, one: &str, many: &str) -> String {
    let noun = if count == 1 { one } else { many };
    format!("{count} {noun}")
}
