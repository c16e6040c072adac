//! What an admin does with single people: bringing them back, showing a pupil's password, and
//! adding a member of staff or a pupil by hand; and, in a file of its own, changing somebody.

mod edit;

use std::collections::BTreeSet;

use rollcall_shared::formats::UsernameFormat;
use rollcall_shared::ids::{AccountId, ClassId, RunId, SchoolId};
use rollcall_shared::people::{
    AccountStatus, ClassKind, Dashboard, Home, NewPupil, NewStaff, PersonKind, PersonRow,
    ProblemRef, Role,
};
use rollcall_shared::plan::{PersonField, PlanList, ProblemCode};
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::session::RevealedPassword;
use rollcall_shared::year_group::YearGroup;

use crate::activation::{self, Invitee};
use crate::cards::open_password;
use crate::error::{Error, Result};
use crate::mail::is_address;
use crate::mail_limits;
use crate::sign_in::throttle::about;
use crate::state::AppState;
use crate::store::accounts::RestoreError;
use crate::store::audit::{AuditAction, AuditEntry};
use crate::store::by_hand::Added;
use crate::store::people::{NewAccount, NewLogin};
use crate::store::rosters::StoredRoster;
use crate::store::schools::StoredSchool;
use crate::store::sessions::SignedInPerson;
use crate::sync::accounts::{Account, MisLink};
use crate::sync::apply::new_password;
use crate::sync::names::tidy;
use crate::sync::naming::Taken;
use crate::sync::naming::usernames::{NewPerson, Username, assign};
use crate::sync::plan::PlannedPerson;
use crate::sync::read::clean::{LONGEST, typed};
use crate::sync::roster::MisIds;
use crate::sync::{runs, schedule};

pub use edit::{edit, hand_back};

/// So often a username is made anew because someone else was given it at the same moment.
const TRIES: usize = 5;

/// Writes down what an admin did with an account.
pub(crate) async fn record(
    state: &AppState,
    admin: &SignedInPerson,
    action: AuditAction,
    subject: Option<AccountId>,
    detail: Option<&str>,
) -> Result<()> {
    let actor = Some(admin.account);
    record_of(state, admin.school.id, actor, action, subject, detail).await
}

/// Writes down what was done with an account by somebody who is no admin, or by nobody.
pub(crate) async fn record_of(
    state: &AppState,
    school: SchoolId,
    actor: Option<AccountId>,
    action: AuditAction,
    subject: Option<AccountId>,
    detail: Option<&str>,
) -> Result<()> {
    let (id, at) = (state.dice.uuid(), state.clock.now());
    let entry = AuditEntry { id, at, actor, action, subject, detail };
    Ok(state.store.record(school, &entry).await?)
}

/// Writes down what an admin did with many accounts at once.
pub(crate) async fn record_about(
    state: &AppState,
    admin: &SignedInPerson,
    action: AuditAction,
    subjects: &[AccountId],
    detail: &str,
) -> Result<()> {
    let (id, at, actor) = (state.dice.uuid(), state.clock.now(), Some(admin.account));
    let entry = AuditEntry { id, at, actor, action, subject: None, detail: Some(detail) };
    Ok(state.store.record_about(admin.school.id, &entry, subjects).await?)
}

/// While a run is going nobody is added or changed by hand: the plan that is being applied does not
/// know of it.
///
/// # Errors
/// `RunGoing`, naming the run.
pub async fn refuse_while_a_run_is_going(state: &AppState, school: SchoolId) -> Result<()> {
    match state.store.find_going_run(school).await? {
        Some(going) => Err(run_going(going)),
        None => Ok(()),
    }
}

fn run_going(going: RunId) -> Error {
    let mut problem = Problem::new(Kind::RunGoing, "A sync is going just now").detail(
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
pub async fn restore(state: &AppState, admin: &SignedInPerson, account: AccountId) -> Result<()> {
    let school = admin.school.id;
    refuse_while_a_run_is_going(state, school).await?;
    let person = state.store.find_person(school, account).await?;
    let person = person.ok_or_else(|| Error::not_found("This person"))?;
    if person.status == AccountStatus::Active {
        return Ok(());
    }
    match state.store.restore_person(school, account).await {
        Ok(_) => record(state, admin, AuditAction::Restored, Some(account), None).await,
        Err(RestoreError::EmailTaken) => {
            Err(Problem::new(Kind::Unusable, "Someone else has this e-mail address now")
                .detail(
                    "An e-mail address belongs to one person of a school. Nobody was restored: \
                     change the other person’s address first.",
                )
                .into())
        }
        Err(RestoreError::Store(error)) => Err(error.into()),
    }
}

/// Shows a pupil's password, which is written down; and lets a pupil who mistyped too often try
/// again, since that is mostly why somebody asks.
///
/// # Errors
/// `NotFound` if this is no pupil of the school.
pub async fn reveal(
    state: &AppState,
    admin: &SignedInPerson,
    account: AccountId,
) -> Result<RevealedPassword> {
    let school = admin.school.id;
    let pupil = state.store.find_pupil_login(school, account).await?;
    let pupil = pupil.ok_or_else(|| Error::not_found("This pupil’s password"))?;
    let password = open_password(state, school, account, &pupil.password_sealed)?;
    record(state, admin, AuditAction::PasswordRevealed, Some(account), None).await?;
    state.store.forget_sign_in_counts_about(school, &about(&pupil.username)).await?;
    Ok(RevealedPassword {
        username: pupil.username,
        password: password.to_string(),
        format: pupil.format,
    })
}

/// Adds a member of staff, and invites them to set a password. Somebody from a run's problem list
/// gets their MIS link at once, so that the next run knows them.
///
/// # Errors
/// `Unusable` with the fields to put right, or for somebody who has an account already; `NotFound`
/// for a row that is no problem; `TooManyAttempts` if too many e-mails went to that address.
pub async fn add_staff(
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
            Added::EmailTaken => return Err(email_taken("Nobody was added.")),
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
        Problem::new(Kind::Unusable, "Check what you have typed").detail("Nobody was added yet.");
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
        None => Err(problem.field("role", "missing", "Choose what they do").into()),
    }
}

/// Adds to a problem what is wrong with a name. One usable name is used alone.
fn check_names(mut problem: Problem, forename: &str, surname: &str) -> Problem {
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
fn check_email(problem: Problem, email: &str) -> Problem {
    if is_address(email) {
        return problem;
    }
    problem.field("email", "unusable", "Type an e-mail address, like name@school.sch.uk")
}

/// Adds to a problem that this is no class of the school.
async fn check_class(
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
    let is_same = |ids: &MisIds| roster.mis == link.mis && ids.id == link.ids.id;
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
        return Err(Error::not_found("This person of the sync’s problem list"));
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
            .detail(format!("Nobody was added. {} {}", problem.reason, problem.fix))
            .into());
    }
    if !is_in_mis(state, school, kind, &link).await? {
        return Err(Problem::new(Kind::Unusable, "They are no longer in your MIS")
            .detail(
                "Nobody was added. This list is of an older run: look at the newest summary. \
                 Somebody who is at your school but not in your MIS is added under Manage users.",
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
pub async fn add_pupil(
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
        let account = Account {
            id: AccountId(state.dice.uuid()),
            role: Role::Pupil,
            status: AccountStatus::Active,
            forename: forename.clone(),
            surname: surname.clone(),
            legal_forename: None,
            legal_surname: None,
            username: username.text,
            email: None,
            kept: BTreeSet::new(),
            year: Some(year),
            class: pupil.class,
            groups: BTreeSet::new(),
            upn: None,
            former_upn: None,
            date_of_birth: None,
            link: link.clone(),
            waiting: None,
            left_at: None,
            purge_on: None,
        };
        let id = account.id;
        let sealed = new_password(state, school.id, id, format).map_err(Error::broken)?;
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
        Problem::new(Kind::Unusable, "Check what you have typed").detail("Nobody was added yet.");
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
            format!("{name} has an account already"),
            "Give them a year group in your MIS: the next sync after that brings the account up \
             to date.",
        ),
        (AccountStatus::Active, PersonKind::Staff) => (
            format!("{name} has an account already"),
            "Run the wizard again: the sync knows this account.",
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
    let detail = format!("Nobody was added twice. Their username is {username}. {what_to_do}");
    Problem::new(Kind::Unusable, title).detail(detail).into()
}

/// Somebody has an account, or had one.
fn is_here_already(status: AccountStatus) -> Error {
    match status {
        AccountStatus::Active => Problem::new(Kind::Unusable, "This person has been added already")
            .detail("They have an account that is linked to the MIS. Nobody was added twice."),
        AccountStatus::Trash => Problem::new(Kind::Unusable, "This person is in the trash").detail(
            "They had an account before, and nobody was added twice. Open the trash under \
                 Manage users and restore them: they keep their username.",
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
            .detail("Nobody was added. A name needs at least one letter or digit.")
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
    Account {
        id: AccountId(state.dice.uuid()),
        role: staff.role,
        status: AccountStatus::Active,
        forename: staff.forename.clone(),
        surname: staff.surname.clone(),
        legal_forename: None,
        legal_surname: None,
        username,
        email: Some(staff.email.clone()),
        kept: [PersonField::Email].into(),
        year: None,
        class: None,
        groups: BTreeSet::new(),
        upn: None,
        former_upn: None,
        date_of_birth: None,
        link,
        waiting: None,
        left_at: None,
        purge_on: None,
    }
}

fn email_taken(what_was_done: &str) -> Error {
    Problem::new(Kind::Unusable, "Someone has this e-mail address already")
        .detail(format!("{what_was_done} An e-mail address belongs to one person of a school."))
        .field("email", "taken", "Someone at this school has this address already")
        .into()
}

/// The figures of the dashboard.
///
/// # Errors
/// If something broke.
pub async fn dashboard(state: &AppState, school: &StoredSchool) -> Result<Dashboard> {
    let figures = state.store.count_people(school.id).await?;
    let connection = state.store.load_connection(school.id).await?;
    let runs = runs::list(state, school.id).await?;
    Ok(Dashboard {
        pupils: figures.pupils,
        staff: figures.staff,
        classes: figures.classes,
        subject_groups: figures.subject_groups,
        trash: figures.trash,
        not_activated: figures.not_activated,
        mail: state.store.mail_standing(school.id).await?,
        connection: connection.state,
        going: state.store.find_going_run(school.id).await?,
        held: runs::held(state, school.id).await?,
        schedule: schedule::view(state, school).await?,
        slowed: Vec::new(),
        last_run: runs.into_iter().find(|run| run.finished_at.is_some()),
    })
}

/// What somebody lands on who is no admin.
///
/// # Errors
/// If something broke.
pub async fn home(state: &AppState, person: &SignedInPerson) -> Result<Home> {
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
