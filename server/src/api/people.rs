//! "Manage users": the lists of people, one person, the trash, and adding or changing a person by
//! hand.

use axum::Json as Reply;
use axum::extract::State;
use rollcall_shared::ids::AccountId;
use rollcall_shared::page::Page;
use rollcall_shared::people::{
    EditPerson, HandBack, NewPupil, NewStaff, OnePerson, PeopleQuery, PersonRow, SetStaffClasses,
    StaffClasses,
};
use rollcall_shared::session::RevealedPassword;
use rollcall_store::schools::StoredSchool;

use super::error::Handled;
use super::extract::{Admin, Filter, Id, Json, Teacher};
use crate::error::Error;
use crate::people::{self, cards, keep_out, pupil_password};
use crate::state::AppState;
use crate::sync::one_person;

pub(super) async fn list(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Filter(query): Filter<PeopleQuery>,
) -> Handled<Page<PersonRow>> {
    Ok(Reply(state.store.list_people(admin.school.id, &query).await?))
}

pub(super) async fn person(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Handled<PersonRow> {
    row(&state, &admin.school, account).await
}

pub(super) async fn edit(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
    Json(edit): Json<EditPerson>,
) -> Handled<PersonRow> {
    people::edit(&state, &admin, account, &edit).await?;
    row(&state, &admin.school, account).await
}

pub(super) async fn classes(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Handled<StaffClasses> {
    let _ = row(&state, &admin.school, account).await?;
    let classes = state.store.memberships_of(admin.school.id, account).await?;
    Ok(Reply(StaffClasses { classes }))
}

pub(super) async fn set_classes(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
    Json(asked): Json<SetStaffClasses>,
) -> Handled<PersonRow> {
    people::set_classes(&state, &admin, account, &asked).await?;
    row(&state, &admin.school, account).await
}

pub(super) async fn hand_back(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
    Json(HandBack { field }): Json<HandBack>,
) -> Handled<PersonRow> {
    people::hand_back(&state, &admin, account, field).await?;
    row(&state, &admin.school, account).await
}

pub(super) async fn restore(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Handled<PersonRow> {
    people::restore(&state, &admin, account).await?;
    row(&state, &admin.school, account).await
}

pub(super) async fn from_mis(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Handled<OnePerson> {
    Ok(Reply(one_person::look(&state, &admin, account).await?))
}

pub(super) async fn new_card(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Handled<PersonRow> {
    cards::end_card(&state, &admin, account).await?;
    row(&state, &admin.school, account).await
}

pub(super) async fn reveal(
    State(state): State<AppState>,
    Teacher(person): Teacher,
    Id(account): Id<AccountId>,
) -> Handled<RevealedPassword> {
    Ok(Reply(pupil_password::reveal(&state, &person, account).await?))
}

pub(super) async fn new_password(
    State(state): State<AppState>,
    Teacher(person): Teacher,
    Id(account): Id<AccountId>,
) -> Handled<RevealedPassword> {
    Ok(Reply(pupil_password::renew(&state, &person, account).await?))
}

pub(super) async fn trash(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Handled<PersonRow> {
    keep_out::move_to_trash(&state, &admin, account).await?;
    row(&state, &admin.school, account).await
}

pub(super) async fn block(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Handled<PersonRow> {
    keep_out::block(&state, &admin, account).await?;
    row(&state, &admin.school, account).await
}

pub(super) async fn unblock(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Handled<PersonRow> {
    keep_out::unblock(&state, &admin, account).await?;
    row(&state, &admin.school, account).await
}

pub(super) async fn add_staff(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(staff): Json<NewStaff>,
) -> Handled<PersonRow> {
    let account = people::add_staff(&state, &admin, staff).await?;
    row(&state, &admin.school, account).await
}

pub(super) async fn add_pupil(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(pupil): Json<NewPupil>,
) -> Handled<PersonRow> {
    let account = people::add_pupil(&state, &admin, &pupil).await?;
    row(&state, &admin.school, account).await
}

/// A person as the lists show them.
pub(super) async fn row(
    state: &AppState,
    school: &StoredSchool,
    account: AccountId,
) -> Handled<PersonRow> {
    let person = state.store.find_person(school.id, account).await?;
    person.map(Reply).ok_or_else(|| Error::not_found("This person"))
}
