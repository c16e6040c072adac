//! The accounts of a school that began by hand: names and classes only, no MIS link, and the
//! small differences that people make when they type.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_engine::domain::accounts::{Account, Class};
use rollcall_engine::planner::naming::{Taken, passwords, usernames};
use rollcall_shared::formats::{PasswordFormat, UsernameFormat};
use rollcall_shared::ids::{AccountId, ClassId};
use rollcall_shared::people::{ClassKind, Role};
use rollcall_store::people::{NewAccount, NewLogin};
use rollcall_store::schools::StoredSchool;

use super::simulator::Pupil;
use crate::seal::Owner;
use crate::state::AppState;

/// How many accounts the school has.
const ACCOUNTS: usize = 60;
/// Pupils who have gone, or never were in the MIS.
const NOT_IN_THE_MIS: [(&str, &str); 3] =
    [("Test", "Pupil"), ("Bartholomew", "Visiting"), ("Persephone", "Visiting")];

/// Adds 60 accounts: most of them pupils of the MIS as they stand there, one in six written a
/// little otherwise, and three whom the MIS does not know.
pub(super) async fn add_accounts(
    state: &AppState,
    school: &StoredSchool,
    pupils: &[Pupil],
) -> anyhow::Result<()> {
    let known = ACCOUNTS - NOT_IN_THE_MIS.len();
    let every = (pupils.len() / known).max(1);
    let mut people: Vec<Pupil> = pupils
        .iter()
        .step_by(every)
        .filter(|pupil| pupil.class.is_some() && !pupil.forename.is_empty())
        .take(known)
        .enumerate()
        .map(|(place, pupil)| as_typed(place, pupil))
        .collect();
    let (class, year) = people.first().map(|p| (p.class.clone(), p.year)).unwrap_or_default();
    people.extend(NOT_IN_THE_MIS.iter().map(|(forename, surname)| Pupil {
        forename: (*forename).to_owned(),
        surname: (*surname).to_owned(),
        class: class.clone(),
        year,
    }));
    let classes = classes_of(state, &people);
    let now = state.clock.now();
    let rows: Vec<Class> = classes.values().cloned().collect();
    state.store.add_classes(school.id, &rows, now).await?;
    let accounts = accounts_of(state, school, &people, &classes)?;
    state.store.add_accounts(school.id, &accounts, now).await?;
    Ok(())
}

/// Every sixth name as somebody in a hurry types it: without the last letter of the forename.
fn as_typed(place: usize, pupil: &Pupil) -> Pupil {
    let mut forename = pupil.forename.clone();
    if place % 6 == 5 && forename.chars().count() > 4 {
        forename.pop();
    }
    Pupil { forename, surname: pupil.surname.clone(), class: pupil.class.clone(), year: pupil.year }
}

fn classes_of(state: &AppState, people: &[Pupil]) -> BTreeMap<String, Class> {
    let names: BTreeSet<&String> = people.iter().filter_map(|pupil| pupil.class.as_ref()).collect();
    names
        .into_iter()
        .map(|name| {
            let class = Class {
                id: ClassId(state.dice.uuid()),
                kind: ClassKind::Class,
                name: name.clone(),
                subject: None,
                link: None,
            };
            (name.clone(), class)
        })
        .collect()
}

fn accounts_of(
    state: &AppState,
    school: &StoredSchool,
    people: &[Pupil],
    classes: &BTreeMap<String, Class>,
) -> anyhow::Result<Vec<NewAccount>> {
    let mut taken = Taken::new();
    people
        .iter()
        .enumerate()
        .map(|(place, pupil)| {
            let id = AccountId(state.dice.uuid());
            let format = PasswordFormat::Animal;
            let password = state.dice.throw(|dice| passwords::generate(format, dice));
            let owner = Owner { purpose: "pupil-password", school: school.id.0, id: id.0 };
            let sealed = state.keys.seal(&state.dice, owner, password.expose().as_bytes())?;
            let account = Account {
                username: username(place, pupil, &mut taken),
                year: pupil.year,
                class: pupil.class.as_ref().and_then(|name| classes.get(name)).map(|c| c.id),
                ..Account::named(id, Role::Pupil, &pupil.forename, &pupil.surname)
            };
            let login = NewLogin::Pupil { sealed, format };
            Ok(NewAccount { account, login })
        })
        .collect()
}

fn username(place: usize, pupil: &Pupil, taken: &mut Taken) -> String {
    let (forename, surname) = (pupil.forename.as_str(), pupil.surname.as_str());
    let person = usernames::NewPerson { key: place, forename, surname };
    usernames::assign([person], UsernameFormat::FullName, taken)
        .into_iter()
        .find_map(Result::ok)
        .map_or_else(|| format!("pupil{place}"), |username| username.text)
}
