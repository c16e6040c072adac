//! People and classes to test with.

use std::collections::BTreeSet;

use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{AccountId, ClassId, SchoolId};
use rollcall_shared::people::{AccountStatus, ClassKind, Role};
use rollcall_shared::year_group::YearGroup;
use uuid::Uuid;

use super::Store;
use super::contract::minute;
use super::people::{NewAccount, NewLogin};
use crate::activation::Invitation;
use crate::mail::SealedMail;
use crate::sync::accounts::{Account, Class};

/// A pupil of Year 1 in no class; the username is made of the names.
pub(crate) fn pupil(id: u128, forename: &str, surname: &str) -> Account {
    Account { year: YearGroup::year(1), ..account(id, Role::Pupil, forename, surname) }
}

/// A teacher; the e-mail address is made of the surname.
pub(crate) fn teacher(id: u128, forename: &str, surname: &str) -> Account {
    let email = Some(format!("{surname}@waterside.example"));
    Account { email, ..account(id, Role::Teacher, forename, surname) }
}

fn account(id: u128, role: Role, forename: &str, surname: &str) -> Account {
    Account {
        id: AccountId(Uuid::from_u128(id)),
        role,
        status: AccountStatus::Active,
        forename: forename.into(),
        surname: surname.into(),
        legal_forename: None,
        legal_surname: None,
        username: format!("{forename}{surname}").replace(|c: char| !c.is_ascii_alphabetic(), ""),
        email: None,
        kept: BTreeSet::new(),
        year: None,
        class: None,
        groups: BTreeSet::new(),
        upn: None,
        former_upn: None,
        date_of_birth: None,
        link: None,
        waiting: None,
        left_at: None,
        purge_on: None,
    }
}

/// The same person in the trash.
pub(crate) fn in_the_trash(account: Account) -> Account {
    Account {
        status: AccountStatus::Trash,
        left_at: Some(minute(5)),
        purge_on: Some(minute(5).date_naive() + chrono::Months::new(12)),
        ..account
    }
}

/// A class of this name, or a subject group.
pub(crate) fn class(id: u128, kind: ClassKind, name: &str) -> Class {
    Class { id: ClassId(Uuid::from_u128(id)), kind, name: name.into(), subject: None, link: None }
}

/// An activation link of this number, good for a day, and its message.
pub(crate) fn invitation(id: u8, school: SchoolId, account: AccountId) -> Invitation {
    Invitation {
        account,
        token_hash: [id; 32],
        expires_at: minute(24 * 60),
        mail: SealedMail {
            id: Uuid::from_bytes([id; 16]),
            school,
            account: Some(account),
            run: None,
            sealed: vec![id],
        },
        link: String::new(),
    }
}

/// Adds classes to a school.
pub(crate) async fn add_classes(store: &Store, school: SchoolId, classes: &[Class]) {
    store.add_classes(school, classes, minute(0)).await.unwrap();
}

/// Adds people to a school. The sealed passwords of pupils are the bytes of their ids.
pub(crate) async fn add(store: &Store, school: SchoolId, people: &[Account]) {
    let new: Vec<NewAccount> = people
        .iter()
        .map(|account| NewAccount {
            account: account.clone(),
            login: match account.role {
                Role::Pupil => NewLogin::Pupil {
                    sealed: account.id.0.as_bytes().to_vec(),
                    format: PasswordFormat::Animal,
                },
                _ => NewLogin::Staff,
            },
        })
        .collect();
    store.add_accounts(school, &new, minute(0)).await.unwrap();
}
