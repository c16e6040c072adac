//! The JSON API as functions: one per endpoint, typed by what both sides share.
//!
//! Each answers `Err(Problem)` when it could not do what was asked, whatever the reason: a problem
//! the server describes, or one of our own words where no server was reached. What is only read is
//! aborted when the page that asked for it goes.

mod request;

use rollcall_shared::card::{Cards, CardsRequest};
use rollcall_shared::connection::{ConnectionView, Disconnect, Invite};
use rollcall_shared::ids::{AccountId, ClassId, RunId};
use rollcall_shared::mail::{MailStanding, SentAgain};
use rollcall_shared::page::Page;
use rollcall_shared::people::{
    ClassRow, Dashboard, EditPerson, HandBack, Home, NewPupil, NewStaff, OnePerson, OwnClass,
    PeopleQuery, PersonKind, PersonRow, PupilHome, SetStaffClasses, StaffClasses, ToPutRight,
};
use rollcall_shared::plan::{Finish, PlanPerson, PlanQuery, PlanSummary, Rename, Resolve};
use rollcall_shared::routes::{self, with};
use rollcall_shared::run::{RunRow, RunView};
use rollcall_shared::schedule::{SaveSchedule, Schedule};
use rollcall_shared::session::{
    Activation, ActivationToken, ChangePassword, ForgottenPassword, Me, OwnSession, Platform,
    RevealedPassword, SchoolCard, SetPassword, SignIn, UnsentMessage, WayIn,
};
use rollcall_shared::settings::{Settings, StaffScope};
use rollcall_shared::sign_ins::{Network, SignIns};
use rollcall_shared::wizard::{PasswordFormatInfo, SaveDraft, UsernamePreview, WizardView};

use crate::address::Query;
use request::{get, post, post_nothing, put};

pub use crate::answer::Answer;

// --- public ---

/// The platform's name and logo.
pub async fn platform() -> Answer<Platform> {
    get(routes::PLATFORM).await
}

/// Schools whose name or number fits.
pub async fn schools(q: &str) -> Answer<Vec<SchoolCard>> {
    get(&Query::new().text("q", Some(q)).on(routes::SCHOOLS)).await
}

/// The school of an address.
pub async fn school(slug: &str) -> Answer<SchoolCard> {
    get(&with(routes::SCHOOL, &slug)).await
}

/// Signs in.
pub async fn sign_in(slug: &str, credentials: &SignIn) -> Answer<Me> {
    post(&with(routes::SIGN_IN, &slug), credentials).await
}

/// Asks how the person of a username, or of a card, signs in.
pub async fn way_in(slug: &str, asked: &SignIn) -> Answer<WayIn> {
    post(&with(routes::SIGN_IN_WITH, &slug), asked).await
}

/// Asks for a link to set a new password.
pub async fn forgotten_password(slug: &str, asked: &ForgottenPassword) -> Answer<()> {
    post_nothing(&with(routes::FORGOTTEN_PASSWORD, &slug), asked).await
}

/// Signs out.
pub async fn sign_out() -> Answer<()> {
    post_nothing(routes::SIGN_OUT, &()).await
}

/// Looks at an activation link.
pub async fn activation(token: &ActivationToken) -> Answer<Activation> {
    post(routes::ACTIVATION, token).await
}

/// Sets the password by an activation link, and signs in.
pub async fn activate(password: &SetPassword) -> Answer<Me> {
    post(routes::ACTIVATE, password).await
}

/// The messages that would have been sent.
pub async fn messages() -> Answer<Vec<UnsentMessage>> {
    get(routes::MESSAGES).await
}

// --- signed in ---

/// Who is signed in.
pub async fn me() -> Answer<Me> {
    get(routes::ME).await
}

/// What a pupil or a teacher lands on.
pub async fn home() -> Answer<Home> {
    get(routes::HOME).await
}

/// What a pupil lands on.
pub async fn pupil_home() -> Answer<PupilHome> {
    get(routes::HOME).await
}

/// Chooses another password.
pub async fn change_password(asked: &ChangePassword) -> Answer<()> {
    post_nothing(routes::OWN_PASSWORD, asked).await
}

/// Where one is signed in.
pub async fn own_sessions() -> Answer<Vec<OwnSession>> {
    get(routes::OWN_SESSIONS).await
}

/// Signs out everywhere but here.
pub async fn end_other_sessions() -> Answer<()> {
    post_nothing(routes::END_OTHER_SESSIONS, &()).await
}

// --- teachers and admins ---

/// The pupils of a class of one's own.
pub async fn own_class(id: ClassId) -> Answer<OwnClass> {
    get(&with(routes::OWN_CLASS, &id)).await
}

/// Shows a pupil's password; the server keeps a record that it was shown.
pub async fn reveal(id: AccountId) -> Answer<RevealedPassword> {
    post(&with(routes::REVEAL, &id), &()).await
}

/// Gives a pupil a new password, and shows it.
pub async fn new_password(id: AccountId) -> Answer<RevealedPassword> {
    post(&with(routes::NEW_PASSWORD, &id), &()).await
}

/// Login cards; the server keeps a record that they were printed.
pub async fn cards(request: &CardsRequest) -> Answer<Cards> {
    post(routes::CARDS, request).await
}

// --- admins: people ---

/// The figures of the dashboard.
pub async fn dashboard() -> Answer<Dashboard> {
    get(routes::DASHBOARD).await
}

/// A page of a list of people.
pub async fn people(query: &PeopleQuery) -> Answer<Page<PersonRow>> {
    get(&people_filter(query).value("page", query.page).on(routes::PEOPLE)).await
}

/// The address of the same list as a table file.
pub fn people_csv(query: &PeopleQuery) -> String {
    people_filter(query).on(routes::PEOPLE_CSV)
}

fn people_filter(query: &PeopleQuery) -> Query {
    Query::new()
        .text("kind", query.kind.map(PersonKind::code))
        .flag("trash", query.trash)
        .text("q", query.q.as_deref())
        .value("year", query.year.map(|year| year.slug()))
        .value("class", query.class)
        .text("to_put_right", query.to_put_right.map(ToPutRight::code))
        .text("purged_by", query.purged_by.as_ref().map(|day| day.0.as_str()))
}

/// One person.
pub async fn person(id: AccountId) -> Answer<PersonRow> {
    get(&with(routes::PERSON, &id)).await
}

/// Changes a person by hand.
pub async fn edit_person(id: AccountId, edit: &EditPerson) -> Answer<PersonRow> {
    put(&with(routes::PERSON, &id), edit).await
}

/// The classes and subject groups of a member of staff.
pub async fn staff_classes(id: AccountId) -> Answer<StaffClasses> {
    get(&with(routes::STAFF_CLASSES, &id)).await
}

/// Gives a member of staff who is not in the MIS their classes and subject groups.
pub async fn set_staff_classes(id: AccountId, classes: &SetStaffClasses) -> Answer<PersonRow> {
    put(&with(routes::STAFF_CLASSES, &id), classes).await
}

/// Hands a field that was changed by hand back to the MIS.
pub async fn hand_back(id: AccountId, field: HandBack) -> Answer<PersonRow> {
    post(&with(routes::HAND_BACK, &id), &field).await
}

/// Asks the MIS about a person, and plans what that would change.
pub async fn from_mis(id: AccountId) -> Answer<OnePerson> {
    post(&with(routes::FROM_MIS, &id), &()).await
}

/// Takes a person out of the trash, with the login they had.
pub async fn restore(id: AccountId) -> Answer<PersonRow> {
    post(&with(routes::RESTORE, &id), &()).await
}

/// Moves a person to the trash.
pub async fn move_to_trash(id: AccountId) -> Answer<PersonRow> {
    post(&with(routes::TRASH, &id), &()).await
}

/// Blocks a person's sign-in.
pub async fn block(id: AccountId) -> Answer<PersonRow> {
    post(&with(routes::BLOCK, &id), &()).await
}

/// Lets a person sign in again.
pub async fn unblock(id: AccountId) -> Answer<PersonRow> {
    post(&with(routes::UNBLOCK, &id), &()).await
}

/// Ends the QR code on a pupil's cards; the next card that is printed has a new one.
pub async fn new_card(id: AccountId) -> Answer<PersonRow> {
    post(&with(routes::NEW_CARD, &id), &()).await
}

/// Sends a member of staff a new activation e-mail; the old link stops working.
pub async fn send_activation(id: AccountId) -> Answer<PersonRow> {
    post(&with(routes::SEND_ACTIVATION, &id), &()).await
}

/// Sends a new activation e-mail to all staff who have set no password yet.
pub async fn send_activations() -> Answer<SentAgain> {
    post(routes::SEND_ACTIVATIONS, &()).await
}

/// The state of the school's e-mail.
pub async fn mail() -> Answer<MailStanding> {
    get(routes::MAIL).await
}

/// Adds a member of staff.
pub async fn add_staff(staff: &NewStaff) -> Answer<PersonRow> {
    post(routes::STAFF, staff).await
}

/// Adds a pupil.
pub async fn add_pupil(pupil: &NewPupil) -> Answer<PersonRow> {
    post(routes::PUPILS, pupil).await
}

/// Classes and subject groups.
pub async fn classes() -> Answer<Vec<ClassRow>> {
    get(routes::CLASSES).await
}

// --- admins: how people sign in ---

/// The school's networks, and which sign-ins are slowed.
pub async fn sign_ins() -> Answer<SignIns> {
    get(routes::SIGN_INS).await
}

/// Lets everyone try again straight away.
pub async fn unlock() -> Answer<SignIns> {
    post(routes::UNLOCK, &()).await
}

/// Says that a network is the school's.
pub async fn add_network(network: &Network) -> Answer<SignIns> {
    post(routes::ADD_NETWORK, network).await
}

/// Says that a network is not the school's.
pub async fn remove_network(network: &Network) -> Answer<SignIns> {
    post(routes::REMOVE_NETWORK, network).await
}

// --- admins: the connection ---

/// The state of the connection.
pub async fn connection() -> Answer<ConnectionView> {
    get(routes::CONNECTION).await
}

/// Sends the invitation, or sends it again.
pub async fn invite(invite: &Invite) -> Answer<ConnectionView> {
    post(routes::INVITE, invite).await
}

/// Checks the connection now.
pub async fn check_connection() -> Answer<ConnectionView> {
    post(routes::CHECK, &()).await
}

/// Says that everyone who is missing has really left; the MIS is read again.
pub async fn let_absences_count() -> Answer<ConnectionView> {
    post(routes::ABSENCES_COUNT, &()).await
}

/// Ends the connection.
pub async fn disconnect(asked: &Disconnect) -> Answer<ConnectionView> {
    post(routes::DISCONNECT, asked).await
}

// --- admins: the wizard ---

/// What the wizard opens with.
pub async fn wizard() -> Answer<WizardView> {
    get(routes::WIZARD).await
}

/// Saves a step's answers.
pub async fn save_draft(draft: &SaveDraft) -> Answer<WizardView> {
    put(routes::DRAFT, draft).await
}

/// Reads the MIS (again), in the background.
pub async fn read_roster() -> Answer<WizardView> {
    post(routes::READ_ROSTER, &()).await
}

/// What each username format would make of the school's own people.
pub async fn username_preview(kind: PersonKind, scope: StaffScope) -> Answer<UsernamePreview> {
    let query =
        Query::new().text("kind", Some(kind.code())).text("staff_scope", Some(scope.code()));
    get(&query.on(routes::USERNAMES)).await
}

/// The password formats, explained.
pub async fn password_formats() -> Answer<Vec<PasswordFormatInfo>> {
    get(routes::PASSWORDS).await
}

/// Makes a plan; the same again while nothing has changed.
pub async fn plan() -> Answer<PlanSummary> {
    post(routes::PLAN, &()).await
}

// --- admins: runs ---

/// The runs, newest first.
pub async fn runs() -> Answer<Vec<RunRow>> {
    get(routes::RUNS).await
}

/// A run and its progress.
pub async fn run(id: RunId) -> Answer<RunView> {
    get(&with(routes::RUN, &id)).await
}

/// The summary of a run's plan.
pub async fn run_summary(id: RunId) -> Answer<PlanSummary> {
    get(&with(routes::RUN_SUMMARY, &id)).await
}

/// The settings a run was made with.
pub async fn run_settings(id: RunId) -> Answer<Settings> {
    get(&with(routes::RUN_SETTINGS, &id)).await
}

/// Plans the undoing of a run.
pub async fn undo(id: RunId) -> Answer<PlanSummary> {
    post(&with(routes::UNDO, &id), &()).await
}

/// A page of one of the lists of a run's plan.
pub async fn run_people(id: RunId, query: &PlanQuery) -> Answer<Page<PlanPerson>> {
    let address = with(routes::RUN_PEOPLE, &id);
    get(&plan_filter(query).value("page", query.page).on(&address)).await
}

/// The address of the same list as a table file.
pub fn run_people_csv(id: RunId, query: &PlanQuery) -> String {
    plan_filter(query).on(&with(routes::RUN_PEOPLE_CSV, &id))
}

fn plan_filter(query: &PlanQuery) -> Query {
    Query::new()
        .text("list", query.list.map(rollcall_shared::plan::PlanList::code))
        .text("kind", query.kind.map(PersonKind::code))
        .text("q", query.q.as_deref())
        .flag("warnings", query.warnings)
        .flag("kept_fields", query.kept_fields)
}

/// Resolves a possible duplicate; the answer is the summary of the new plan.
pub async fn resolve(id: RunId, resolve: &Resolve) -> Answer<PlanSummary> {
    post(&with(routes::RESOLVE, &id), resolve).await
}

/// Answers a proposed username; the answer is the summary of the new plan.
pub async fn rename(id: RunId, answer: &Rename) -> Answer<PlanSummary> {
    post(&with(routes::RENAME, &id), answer).await
}

/// Accepts all the sure ones; the answer is the summary of the new plan.
pub async fn resolve_sure(id: RunId) -> Answer<PlanSummary> {
    post(&with(routes::RESOLVE_SURE, &id), &()).await
}

/// The nightly sync.
pub async fn schedule() -> Answer<Schedule> {
    get(routes::SCHEDULE).await
}

/// Chooses whether and when it runs, and who is told.
pub async fn save_schedule(chosen: &SaveSchedule) -> Answer<Schedule> {
    put(routes::SCHEDULE, chosen).await
}

/// Runs it now.
pub async fn make_schedule_now() -> Answer<Schedule> {
    post(routes::SCHEDULE_NOW, &()).await
}

/// Applies the plan that was shown.
pub async fn finish(id: RunId, finish: &Finish) -> Answer<RunView> {
    post(&with(routes::FINISH, &id), finish).await
}

/// Stops a run that is going.
pub async fn cancel(id: RunId) -> Answer<RunView> {
    post(&with(routes::CANCEL, &id), &()).await
}
