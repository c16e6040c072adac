//! What a teacher does for the pupils of their own classes and subject groups. Of anyone else's they
//! learn as much as of pupils who do not exist.

use rollcall_shared::card::CardsRequest;
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{OwnClass, OwnPupil, PeopleQuery, PersonKind, Role};
use rollcall_store::sessions::SignedInPerson;

use crate::error::{Error, Result};
use crate::state::AppState;

/// The pupils of a class or a subject group of one's own.
///
/// # Errors
/// `NotFound` if it is not one's own.
pub(crate) async fn look(
    state: &AppState,
    teacher: &SignedInPerson,
    class: ClassId,
) -> Result<OwnClass> {
    let school = teacher.school.id;
    let own = state.store.classes_of_staff(school, teacher.account).await?;
    let own = own.into_iter().find(|one| one.id == class).ok_or_else(no_such_class)?;
    let query =
        PeopleQuery { kind: Some(PersonKind::Pupil), class: Some(class), ..PeopleQuery::default() };
    let pupils = state.store.list_people_by(school, &query, MOST).await?.rows;
    let shown = pupils.into_iter().map(|pupil| OwnPupil {
        id: pupil.id,
        forename: pupil.forename,
        surname: pupil.surname,
        username: pupil.username,
        blocked: pupil.blocked,
        last_sign_in_at: pupil.last_sign_in_at,
    });
    Ok(OwnClass { name: own.name, pupils: shown.collect() })
}

/// More pupils than any class has.
const MOST: u32 = 1_000;

/// Refuses a pupil who is none of a teacher's own; an admin is refused nobody.
///
/// # Errors
/// `NotFound`, as for a pupil who does not exist.
pub(crate) async fn check_pupil(
    state: &AppState,
    person: &SignedInPerson,
    pupil: AccountId,
) -> Result<()> {
    let is_theirs = person.role == Role::Admin
        || state.store.teaches(person.school.id, person.account, pupil).await?;
    if is_theirs { Ok(()) } else { Err(no_such_pupil()) }
}

/// Refuses a teacher the cards of anyone but their own pupils.
///
/// # Errors
/// `NotFound`, as for a class or a pupil who does not exist.
pub(crate) async fn check_cards(
    state: &AppState,
    person: &SignedInPerson,
    asked: &CardsRequest,
) -> Result<()> {
    if person.role == Role::Admin {
        return Ok(());
    }
    if let Some(pupil) = asked.pupil {
        return check_pupil(state, person, pupil).await;
    }
    let own = state.store.classes_of_staff(person.school.id, person.account).await?;
    let is_own = asked.class.is_some_and(|class| own.iter().any(|one| one.id == class));
    if is_own { Ok(()) } else { Err(no_such_class()) }
}

/// As [`pupil_password`](super::pupil_password) says it of a pupil who does not exist.
pub(crate) fn no_such_pupil() -> Error {
    Error::not_found("This pupil’s password")
}

fn no_such_class() -> Error {
    Error::not_found("This class")
}
