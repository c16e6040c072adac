//! Adding a member of staff or a pupil by hand, also from a run's problem list.

use rollcall_engine::domain::accounts::Account;
use rollcall_engine::domain::mis_link::{MisIds, MisLink};
use rollcall_engine::domain::names::tidy;
use rollcall_engine::domain::plan::PlannedPerson;
use rollcall_engine::domain::text::typed;
use rollcall_engine::planner::naming::Taken;
use rollcall_engine::planner::naming::usernames::{NewPerson, Username, assign};
use rollcall_shared::formats::UsernameFormat;
use rollcall_shared::ids::AccountId;
use rollcall_shared::people::{
    AccountStatus, NewPupil, NewStaff, PersonKind, PersonRow, ProblemRef, Role,
};
use rollcall_shared::plan::{PersonField, PlanList, ProblemCode};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::year_group::YearGroup;
use rollcall_store::audit::AuditAction;
use rollcall_store::by_hand::Added;
use rollcall_store::people::{NewAccount, NewLogin};
use rollcall_store::rosters::StoredRoster;
use rollcall_store::schools::StoredSchool;
use rollcall_store::sessions::SignedInPerson;

use super::activation::{self, Invitee};
use super::checks::{check_class, check_email, check_names, email_taken};
use super::{pupil_password, refuse_while_a_run_is_going};
use crate::audit::record;
use crate::error::{Error, Result};
use crate::mail_limits;
use crate::state::AppState;

/// So often a new username is made because someone else was given it at the same moment.
const TRIES: usize = 5;

/// Adds a member of staff, and invites them to set a password. Somebody from a run's problem list
/// gets their MIS link at once, so that the next run knows them.
///
/// # Errors
/// `Unusable` with the fields to put right, or for somebody who has an account already; `NotFound`
/// for a row that is no problem; `TooManyAttempts` if too many e-mails went to that address.
pub(crate) async fn add_staff(
    state: &AppState,
    admin: &SignedInPerson,
    staff: NewStaff,
) -> Result<AccountId> {
    let link = link_of_problem(state, &admin.school, PersonKind::Staff, staff.from_problem).await?;
    let ask = (admin.school.id, state.dice.uuid(), state.clock.now());
    let send = add(state, &admin.school, &staff, link);
    let added = mail_limits::sending(&state.store, ask, &staff.email, send, Result::is_ok).await?;
    record(state, admin, AuditAction::StaffAdded, Some(added.account), None).await?;
    Ok(added.account)
}

/// Somebody who has been added, and the link by which they set their password.
pub struct AddedStaff {
    pub account: AccountId,
    pub username: String,
    pub link: String,
}

/// Adds a member of staff with a username of the school's format.
///
/// # Errors
/// `RunGoing`, or `Unusable` with the fields to put right.
pub async fn add(
    state: &AppState,
    school: &StoredSchool,
    staff: &NewStaff,
    link: Option<MisLink>,
) -> Result<AddedStaff> {
    let checked = check(staff)?;
    refuse_while_a_run_is_going(state, school.id).await?;
    for _ in 0..TRIES {
        let names = NewPerson { key: (), forename: &checked.forename, surname: &checked.surname };
        let format = state.store.load_draft(school.id).await?.settings.staff_usernames;
        let Username { text: username, .. } = free_username(state, school, names, format).await?;
        let account = account(state, &checked, username.clone(), link.clone());
        let id = account.id;
        let invitee = Invitee {
            account: id,
            forename: &checked.forename,
            username: &username,
            email: &checked.email,
            run: None,
        };
        let invitation =
            activation::invite(state, school.id, &school.name, invitee).map_err(Error::broken)?;
        let now = state.clock.now();
        match state.store.add_staff(school.id, account, &invitation, now).await? {
            Added::Done => {
                return Ok(AddedStaff { account: id, username, link: invitation.link });
            }
            Added::UsernameTaken => {}
            Added::EmailTaken => return Err(email_taken("No one was added.")),
            Added::LinkTaken(status) => return Err(is_here_already(status)),
        }
    }
    Err(Error::broken(NoFreeUsername))
}

#[derive(Debug, thiserror::Error)]
#[error("every username that was made was given to someone else meanwhile")]
struct NoFreeUsername;

/// What was typed, tidied and looked at.
struct CheckedStaff {
    forename: String,
    surname: String,
    email: String,
    role: Role,
}

/// # Errors
/// `Unusable`, naming each field that is.
fn check(staff: &NewStaff) -> Result<CheckedStaff> {
    let mut problem =
        Problem::new(Kind::Unusable, "Check what you have typed").detail("No one was added yet.");
    problem = check_names(problem, &staff.forename, &staff.surname);
    let email = staff.email.trim();
    problem = check_email(problem, email);
    let role = staff.role.filter(|role| *role != Role::Pupil);
    match role {
        Some(role) if problem.errors.is_empty() => Ok(CheckedStaff {
            forename: typed(&staff.forename),
            surname: typed(&staff.surname),
            email: email.to_owned(),
            role,
        }),
        Some(_) => Err(problem.into()),
        None => Err(problem.field("role", "missing", "Choose what they can do").into()),
    }
}

/// Whether the MIS, as it was read last, has somebody: an account with the link of somebody who has
/// gone would leave with the next run.
async fn is_in_mis(
    state: &AppState,
    school: &StoredSchool,
    kind: PersonKind,
    link: &MisLink,
) -> Result<bool> {
    let Some(StoredRoster { roster, .. }) = state.store.find_roster(school.id).await? else {
        return Ok(false);
    };
    let is_same = |ids: &MisIds| link.is(roster.mis.as_deref(), ids);
    Ok(match kind {
        PersonKind::Pupil => roster.pupils.iter().any(|pupil| is_same(&pupil.ids)),
        PersonKind::Staff => roster.staff.iter().any(|one| is_same(&one.ids)),
    })
}

/// Who of the MIS somebody of a run's problem list is.
///
/// # Errors
/// `NotFound` for a row that is no problem, or `Unusable` for one that nobody can be added from:
/// they have an account, or what is wrong has to be put right in the MIS.
async fn link_of_problem(
    state: &AppState,
    school: &StoredSchool,
    kind: PersonKind,
    from_problem: Option<ProblemRef>,
) -> Result<Option<MisLink>> {
    let Some(row) = from_problem else { return Ok(None) };
    let person = state.store.find_run_person(school.id, row.run, row.seq).await?;
    let person =
        person.filter(|person| person.view.list == PlanList::Problem && person.view.kind == kind);
    let Some(PlannedPerson { view, link: Some(link), .. }) = person else {
        return Err(Error::not_found("This person from the sync’s problem list"));
    };
    if let Some(account) = view.account
        && let Some(known) = state.store.find_person(school.id, account).await?
    {
        return Err(has_an_account(&known));
    }
    // Of a pupil an admin can know the year; nothing else that is wrong is put right by hand.
    if kind == PersonKind::Pupil
        && let Some(problem) = view.problem.filter(|one| one.code != ProblemCode::NoYearGroup)
    {
        return Err(Problem::new(Kind::Unusable, "This pupil can’t be added by hand")
            .detail(format!("No one was added. {} {}", problem.reason, problem.fix))
            .into());
    }
    if !is_in_mis(state, school, kind, &link).await? {
        return Err(Problem::new(Kind::Unusable, "They are no longer in your MIS")
            .detail(
                "No one was added. This list is from an older run: look at the newest summary. You \
                 can add someone who is at your school but not in your MIS under Manage users.",
            )
            .into());
    }
    Ok(Some(link))
}

/// Adds a pupil, with a username and a password of the school's formats. Somebody from a run's
/// problem list gets their MIS link at once: the next run knows them, and leaves the year that was
/// given by hand as long as the MIS has none.
///
/// # Errors
/// `RunGoing`; `Unusable` with the fields to put right, or for somebody who has an account already
/// or lacks more than a year group; or `NotFound` for a row that is no problem.
pub(crate) async fn add_pupil(
    state: &AppState,
    admin: &SignedInPerson,
    pupil: &NewPupil,
) -> Result<AccountId> {
    let school = &admin.school;
    let year = check_pupil(state, school, pupil).await?;
    refuse_while_a_run_is_going(state, school.id).await?;
    let link = link_of_problem(state, school, PersonKind::Pupil, pupil.from_problem).await?;
    let settings = state.store.load_draft(school.id).await?.settings;
    let format = settings.password_format(year);
    let (forename, surname) = (typed(&pupil.forename), typed(&pupil.surname));
    for _ in 0..TRIES {
        let names = NewPerson { key: (), forename: &forename, surname: &surname };
        let username = free_username(state, school, names, settings.pupil_usernames).await?;
        let id = AccountId(state.dice.uuid());
        let account = Account {
            username: username.text,
            year: Some(year),
            class: pupil.class,
            link: link.clone(),
            ..Account::named(id, Role::Pupil, &forename, &surname)
        };
        let sealed = pupil_password::draw(state, school.id, id, format).map_err(Error::broken)?;
        let new = NewAccount { account, login: NewLogin::Pupil { sealed, format } };
        match state.store.add_pupil(school.id, new, state.clock.now()).await? {
            Added::Done => {
                record(state, admin, AuditAction::PupilAdded, Some(id), None).await?;
                return Ok(id);
            }
            // A pupil has no e-mail.
            Added::UsernameTaken | Added::EmailTaken => {}
            Added::LinkTaken(status) => return Err(is_here_already(status)),
        }
    }
    Err(Error::broken(NoFreeUsername))
}

/// The year that was chosen, if all that was typed can be used.
async fn check_pupil(
    state: &AppState,
    school: &StoredSchool,
    pupil: &NewPupil,
) -> Result<YearGroup> {
    let mut problem =
        Problem::new(Kind::Unusable, "Check what you have typed").detail("No one was added yet.");
    problem = check_names(problem, &pupil.forename, &pupil.surname);
    if let Some(class) = pupil.class {
        problem = check_class(state, school, problem, class).await?;
    }
    match pupil.year {
        Some(year) if problem.errors.is_empty() => Ok(year),
        Some(_) => Err(problem.into()),
        None => Err(problem.field("year", "missing", "Choose a year group").into()),
    }
}

/// The sync knows an account of somebody, although it could not bring it up to date.
fn has_an_account(known: &PersonRow) -> Error {
    let name = tidy(&format!("{} {}", known.forename, known.surname));
    let username = &known.username;
    let (title, what_to_do) = match (known.status, known.role.kind()) {
        (AccountStatus::Active, PersonKind::Pupil) => (
            format!("{name} already has an account"),
            "Give them a year group in your MIS: the next sync after that brings the account up \
             to date.",
        ),
        (AccountStatus::Active, PersonKind::Staff) => (
            format!("{name} already has an account"),
            "Run the wizard again: the sync recognises this account.",
        ),
        (AccountStatus::Trash, PersonKind::Pupil) => (
            format!("{name} is in the trash"),
            "Open the trash under Manage users and restore them, or give them a year group in \
             your MIS: the next sync after that restores them.",
        ),
        (AccountStatus::Trash, PersonKind::Staff) => (
            format!("{name} is in the trash"),
            "Open the trash under Manage users and restore them.",
        ),
    };
    let detail = format!("No one was added twice. Their username is {username}. {what_to_do}");
    Problem::new(Kind::Unusable, title).detail(detail).into()
}

/// Somebody has an account, or had one.
fn is_here_already(status: AccountStatus) -> Error {
    match status {
        AccountStatus::Active => Problem::new(Kind::Unusable, "This person has already been added")
            .detail("They have an account that is linked to the MIS. No one was added twice."),
        AccountStatus::Trash => Problem::new(Kind::Unusable, "This person is in the trash").detail(
            "They had an account before, and no one was added twice. Open the trash under Manage \
                 users and restore them: they keep their username.",
        ),
    }
    .into()
}

/// The username the school's format makes of a name, told apart from all there have ever been.
async fn free_username(
    state: &AppState,
    school: &StoredSchool,
    person: NewPerson<'_, ()>,
    format: UsernameFormat,
) -> Result<Username> {
    let mut taken: Taken = state.store.list_usernames(school.id).await?.into_iter().collect();
    let named = assign([person], format, &mut taken).pop();
    named.and_then(std::result::Result::ok).ok_or_else(|| {
        Problem::new(Kind::Unusable, "No username can be made of this name")
            .detail("No one was added. A name needs at least one letter or digit.")
            .field("surname", "unusable", "Type a name with letters in it")
            .into()
    })
}

fn account(
    state: &AppState,
    staff: &CheckedStaff,
    username: String,
    link: Option<MisLink>,
) -> Account {
    let id = AccountId(state.dice.uuid());
    Account {
        username,
        email: Some(staff.email.clone()),
        kept: [PersonField::Email].into(),
        link,
        ..Account::named(id, staff.role, &staff.forename, &staff.surname)
    }
}
