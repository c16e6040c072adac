//! What was typed of somebody, looked at before anything is changed.

use rollcall_engine::domain::email::is_address;
use rollcall_engine::domain::text::{LONGEST, typed};
use rollcall_shared::ids::ClassId;
use rollcall_shared::people::ClassKind;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_store::schools::StoredSchool;

use crate::error::{Error, Result};
use crate::state::AppState;

/// Adds to a problem what is wrong with a name. One usable name is used alone.
pub(super) fn check_names(mut problem: Problem, forename: &str, surname: &str) -> Problem {
    let (forename, surname) = (typed(forename), typed(surname));
    if forename.is_empty() && surname.is_empty() {
        problem = problem.field("forename", "missing", "Type a first name or a surname");
    }
    for (field, name) in [("forename", forename), ("surname", surname)] {
        if name.chars().count() > LONGEST {
            problem =
                problem.field(field, "too_long", format!("Use {LONGEST} characters or fewer"));
        }
    }
    problem
}

/// Adds to a problem that this is no e-mail address.
pub(super) fn check_email(problem: Problem, email: &str) -> Problem {
    if is_address(email) {
        return problem;
    }
    problem.field("email", "unusable", "Type an e-mail address, like name@school.sch.uk")
}

/// Adds to a problem that this is no class of the school.
pub(super) async fn check_class(
    state: &AppState,
    school: &StoredSchool,
    problem: Problem,
    class: ClassId,
) -> Result<Problem> {
    let classes = state.store.school_state(school.id).await?.classes;
    if classes.iter().any(|one| one.id == class && one.kind == ClassKind::Class) {
        return Ok(problem);
    }
    Ok(problem.field("class", "unknown", "Choose one of your classes"))
}

pub(super) fn email_taken(what_was_done: &str) -> Error {
    Problem::new(Kind::Unusable, "Someone has this e-mail address already")
        .detail(format!(
            "{what_was_done} An e-mail address can belong to only one person at a \
                         school."
        ))
        .field("email", "taken", "Someone at this school has this address already")
        .into()
}
