//! "Manage users": the lists of people, one person, the trash, and adding or changing a person by
//! hand.

use axum::Json as Reply;
use axum::extract::State;
use rollcall_shared::ids::AccountId;
use rollcall_shared::page::Page;
use rollcall_shared::people::{
    EditPerson, HandBack, NewPupil, NewStaff, OnePerson, PeopleQuery, PersonRow,
};
use rollcall_shared::session::RevealedPassword;

use super::error::Answer;
use super::extract::{Admin, Filter, Id, Json};
use crate::error::Error;
use crate::state::AppState;
use crate::store::schools::StoredSchool;
use crate::sync::one_person;
use crate::{cards, people};

pub async fn list(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Filter(query): Filter<PeopleQuery>,
) -> Answer<Page<PersonRow>> {
    Ok(Reply(state.store.list_people(admin.school.id, &query).await?))
}

pub async fn person(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Answer<PersonRow> {
    row(&state, &admin.school, account).await
}

pub async fn edit(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
    Json(edit): Json<EditPerson>,
) -> Answer<PersonRow> {
    people::edit(&state, &admin, account, &edit).await?;
    row(&state, &admin.school, account).await
}

pub async fn hand_back(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
    Json(HandBack { field }): Json<HandBack>,
) -> Answer<PersonRow> {
    people::hand_back(&state, &admin, account, field).await?;
    row(&state, &admin.school, account).await
}

pub async fn restore(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Answer<PersonRow> {
    people::restore(&state, &admin, account).await?;
    row(&state, &admin.school, account).await
}

pub async fn from_mis(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Answer<OnePerson> {
    Ok(Reply(one_person::look(&state, &admin, account).await?))
}

pub async fn new_card(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Answer<PersonRow> {
    cards::end_card(&state, &admin, account).await?;
    row(&state, &admin.school, account).await
}

pub async fn reveal(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Id(account): Id<AccountId>,
) -> Answer<RevealedPassword> {
    Ok(Reply(people::reveal(&state, &admin, account).await?))
}

pub async fn add_staff(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(staff): Json<NewStaff>,
) -> Answer<PersonRow> {
    let account = people::add_staff(&state, &admin, staff).await?;
    row(&state, &admin.school, account).await
}

pub async fn add_pupil(
    State(state): State<AppState>,
    Admin(admin): Admin,
    Json(pupil): Json<NewPupil>,
) -> Answer<PersonRow> {
    let account = people::add_pupil(&state, &admin, &pupil).await?;
    row(&state, &admin.school, account).await
}

/// A person as the lists show them.
pub async fn row(state: &AppState, school: &StoredSchool, account: AccountId) -> Answer<PersonRow> {
    let person = state.store.find_person(school.id, account).await?;
    person.map(Reply).ok_or_else(|| Error::not_found("This person"))
}
