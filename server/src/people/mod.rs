//! What a school office does with single people: adding, changing, keeping out and bringing them
//! back, their activation links, login cards and passwords; and what teachers do for their own classes.

pub(crate) mod activation;
mod add;
pub(crate) mod cards;
mod checks;
mod edit;
pub(crate) mod keep_out;
pub(crate) mod own_class;
pub(crate) mod pupil_password;

use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use rollcall_shared::people::{AccountStatus, Home, Role};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_store::accounts::RestoreError;
use rollcall_store::audit::AuditAction;
use rollcall_store::sessions::SignedInPerson;

use crate::audit::record;
use crate::error::{Error, Result};
use crate::state::AppState;

pub use add::add;
pub(crate) use add::{add_pupil, add_staff};
pub(crate) use edit::{edit, hand_back, set_classes};

/// While a run is going nobody is added or changed by hand: the plan that is being applied does not
/// know of it.
///
/// # Errors
/// `RunGoing`, naming the run.
pub(crate) async fn refuse_while_a_run_is_going(state: &AppState, school: SchoolId) -> Result<()> {
    match state.store.find_going_run(school).await? {
        Some(going) => Err(run_going(going)),
        None => Ok(()),
    }
}

fn run_going(going: RunId) -> Error {
    let mut problem = Problem::new(Kind::RunGoing, "A sync is running at the moment").detail(
        "Nothing was changed. It normally takes less than a minute: wait until it is done, then \
         try again.",
    );
    problem.run = Some(going);
    problem.into()
}

/// Takes a person out of the trash, with the login they had.
///
/// # Errors
/// `NotFound`, `RunGoing`, or `Unusable` if someone else has their e-mail by now.
pub(crate) async fn restore(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
) -> Result<()> {
    let school = admin.school.id;
    refuse_while_a_run_is_going(state, school).await?;
    let person = state.store.find_person(school, account).await?;
    let person = person.ok_or_else(|| Error::not_found("This person"))?;
    if person.status == AccountStatus::Active {
        return Ok(());
    }
    match state.store.restore_person(school, account, state.clock.now()).await {
        Ok(_) => record(state, admin, AuditAction::Restored, Some(account), None).await,
        Err(RestoreError::EmailTaken) => {
            Err(Problem::new(Kind::Unusable, "Someone else has this e-mail address now")
                .detail(
                    "An e-mail address can belong to only one person at a school. No one was \
                     restored: change the other person’s address first.",
                )
                .into())
        }
        Err(RestoreError::Store(error)) => Err(error.into()),
    }
}

/// What somebody lands on who is no admin.
///
/// # Errors
/// If something broke.
pub(crate) async fn home(state: &AppState, person: &SignedInPerson) -> Result<Home> {
    let school = person.school.id;
    let row = state.store.find_person(school, person.account).await?;
    let row = row.ok_or_else(Error::signed_out)?;
    let classes = match person.role {
        Role::Pupil => Vec::new(),
        _ => state.store.classes_of_staff(school, person.account).await?,
    };
    let class = row.class.filter(|_| person.role == Role::Pupil);
    Ok(Home { forename: row.forename, class, year: row.year, classes })
}
