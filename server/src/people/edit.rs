//! Changing somebody by hand. What an admin changed is kept: a run leaves it as it is, until the
//! admin hands it back to the MIS. Usernames and passwords are not changed here.

use rollcall_engine::domain::text::typed;
use rollcall_shared::ids::AccountId;
use rollcall_shared::people::{
    AccountStatus, EditPerson, PersonDetails, PersonKind, PersonRow, SetStaffClasses,
};
use rollcall_shared::plan::PersonField;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_store::activation::ActivationLink;
use rollcall_store::audit::AuditAction;
use rollcall_store::edit::{Edited, HandedBack};
use rollcall_store::sessions::SignedInPerson;

use super::activation::{self, Invitee};
use super::checks::{check_class, check_email, check_names, email_taken};
use super::run_going;
use crate::audit::record;
use crate::error::{Error, Result};
use crate::mail_limits;
use crate::state::AppState;

/// Changes somebody, as long as they are as they were shown.
///
/// # Errors
/// `NotFound`; `Unusable` with the fields to put right, or for somebody in the trash; `RunGoing`;
/// `TooManyAttempts` if their new address was sent too many e-mails; or `Stale` if somebody else or a run has changed them meanwhile.
pub(crate) async fn edit(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
    asked: &EditPerson,
) -> Result<()> {
    let school = admin.school.id;
    let person = state.store.find_person(school, account).await?;
    let person = person.ok_or_else(|| Error::not_found("This person"))?;
    if person.status == AccountStatus::Trash {
        return Err(Problem::new(Kind::Unusable, "They are in the trash")
            .detail("Nothing was changed. Restore them under Manage users first.")
            .into());
    }
    let wanted = wanted(person.role.kind(), asked);
    check(state, admin, &asked.shown, &wanted).await?;
    let new_login = new_login(state, admin, &person, &asked.shown, &wanted)?;
    let edit = EditPerson { shown: asked.shown.clone(), wanted };
    let at = state.clock.now();
    let save = async {
        Ok(state.store.edit_person(school, account, &edit, new_login.as_ref(), at).await?)
    };
    let edited = match (&new_login, edit.wanted.email.as_deref()) {
        (Some(_), Some(to)) => {
            let is_sent = |edited: &Result<Edited>| matches!(edited, Ok(Edited::Done(_)));
            let ask = (school, state.dice.uuid(), at);
            mail_limits::sending(&state.store, ask, to, save, is_sent).await?
        }
        _ => save.await?,
    };
    match edited {
        Edited::Done(changed) if changed.is_empty() => Ok(()),
        Edited::Done(changed) => {
            let labels: Vec<&str> = changed.into_iter().map(PersonField::label).collect();
            let detail = labels.join(", ");
            record(state, admin, AuditAction::PersonEdited, Some(account), Some(&detail)).await?;
            let (before, after) = (edit.shown.role, edit.wanted.role);
            if before != after {
                let detail = format!("{} → {}", before.code(), after.code());
                record(state, admin, AuditAction::RoleChanged, Some(account), Some(&detail))
                    .await?;
            }
            if new_login.is_some() {
                record(state, admin, AuditAction::LoginRevoked, Some(account), None).await?;
                if !person.blocked {
                    record(state, admin, AuditAction::ActivationSent, Some(account), None).await?;
                }
            }
            Ok(())
        }
        Edited::EmailTaken => Err(email_taken("Nothing was changed.")),
        Edited::LastAdmin => Err(last_admin()),
        Edited::Stale => Err(stale()),
        Edited::RunGoing(run) => Err(run_going(run)),
    }
}

/// Gives a member of staff who is not in the MIS their classes and subject groups.
///
/// # Errors
/// `NotFound`; `Unusable` for pupils and for people of the MIS; `RunGoing`; or `Stale` if they have
/// others by now.
pub(crate) async fn set_classes(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
    asked: &SetStaffClasses,
) -> Result<()> {
    let school = admin.school.id;
    let person = state.store.find_person(school, account).await?;
    let person = person.ok_or_else(|| Error::not_found("This person"))?;
    if person.linked || person.role.kind() == PersonKind::Pupil {
        return Err(Problem::new(Kind::Unusable, "Their classes come from your MIS")
            .detail("Nothing was changed. Change who teaches a class in your MIS: it normally shows here tomorrow.")
            .into());
    }
    match state.store.set_staff_classes(school, account, asked, state.clock.now()).await? {
        Edited::Done(changed) if changed.is_empty() => Ok(()),
        Edited::Done(_) => {
            let detail = Some(PersonField::Classes.label());
            record(state, admin, AuditAction::PersonEdited, Some(account), detail).await
        }
        Edited::RunGoing(run) => Err(run_going(run)),
        _ => Err(stale()),
    }
}

/// Hands a field back to the MIS: the next run takes what that says. Done twice it is done once.
///
/// # Errors
/// `NotFound` or `RunGoing`.
pub(crate) async fn hand_back(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
    field: PersonField,
) -> Result<()> {
    match state.store.hand_back(admin.school.id, account, field, state.clock.now()).await? {
        HandedBack::Done => {
            record(state, admin, AuditAction::HandedBack, Some(account), Some(field.label())).await
        }
        HandedBack::NotKept => Ok(()),
        HandedBack::NobodyThere => Err(Error::not_found("This person")),
        HandedBack::RunGoing(run) => Err(run_going(run)),
    }
}

/// What is to be, tidied; what this kind of people does not have stays as it is.
fn wanted(kind: PersonKind, asked: &EditPerson) -> PersonDetails {
    let EditPerson { shown, wanted } = asked;
    let names = PersonDetails {
        forename: typed(&wanted.forename),
        surname: typed(&wanted.surname),
        ..shown.clone()
    };
    match kind {
        PersonKind::Pupil => PersonDetails { year: wanted.year, class: wanted.class, ..names },
        PersonKind::Staff => {
            let email = wanted.email.as_deref().map(str::trim).filter(|email| !email.is_empty());
            PersonDetails { role: wanted.role, email: email.map(str::to_owned), ..names }
        }
    }
}

/// # Errors
/// `Unusable`, naming each field that is. What is not changed is not looked at.
async fn check(
    state: &AppState,
    admin: &SignedInPerson,
    shown: &PersonDetails,
    wanted: &PersonDetails,
) -> Result<()> {
    let mut problem =
        Problem::new(Kind::Unusable, "Check what you have typed").detail("Nothing was changed.");
    problem = check_names(problem, &wanted.forename, &wanted.surname);
    let has_letters = |name: &str| name.contains(char::is_alphanumeric);
    if problem.errors.is_empty() && !has_letters(&wanted.forename) && !has_letters(&wanted.surname)
    {
        problem = problem.field("surname", "unusable", "Type a name with letters in it");
    }
    if wanted.role.kind() != shown.role.kind() {
        problem = problem.field("role", "missing", "Choose what they can do");
    }
    if wanted.email != shown.email {
        problem = check_email(problem, wanted.email.as_deref().unwrap_or_default());
    }
    if wanted.year.is_none() && shown.year.is_some() {
        problem = problem.field("year", "missing", "Choose a year group");
    }
    if let Some(class) = wanted.class.filter(|class| Some(*class) != shown.class) {
        problem = check_class(state, &admin.school, problem, class).await?;
    }
    if problem.errors.is_empty() { Ok(()) } else { Err(problem.into()) }
}

/// The link by which the one who has another address sets a password. The one of before may have been
/// set by a stranger, to whom a mistyped address belonged; who is signed in and changes their own
/// address is none, and keeps it.
fn new_login(
    state: &AppState,
    admin: &SignedInPerson,
    person: &PersonRow,
    shown: &PersonDetails,
    wanted: &PersonDetails,
) -> Result<Option<ActivationLink>> {
    let Some(email) = wanted.email.as_deref() else { return Ok(None) };
    let before = shown.email.as_deref().unwrap_or_default();
    if email.to_lowercase() == before.to_lowercase() || person.id == admin.account {
        return Ok(None);
    }
    let invitee = Invitee {
        account: person.id,
        forename: &wanted.forename,
        username: &person.username,
        email,
        run: None,
    };
    let school = &admin.school;
    activation::invite(state, school.id, &school.name, invitee).map(Some).map_err(Error::broken)
}

fn last_admin() -> Error {
    Problem::new(Kind::Unusable, "Your school would be left without an admin")
        .detail("Nothing was changed. No other admin has set a password.")
        .field(
            "role",
            "last_admin",
            "Make someone else an admin first, and wait until they have \
                                      set a password",
        )
        .into()
}

fn stale() -> Error {
    Problem::new(Kind::Stale, "Someone else or a sync has changed this person in the meantime")
        .detail(
            "Your changes were not saved. Check the details as they are now, then make your \
                 changes again.",
        )
        .into()
}
