//! Schools to test with, of the people and classes that the engine's fixtures make.

#![expect(clippy::missing_panics_doc, clippy::unwrap_used, reason = "tests alone use this")]

use rollcall_engine::domain::accounts::{Account, Class};
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::people::Role;
use uuid::Uuid;

use super::Store;
use super::contract::minute;
use super::people::{NewAccount, NewLogin};
use crate::activation::ActivationLink;
use crate::outbox::SealedMail;

/// An activation link of this number, good for a day, and its message.
pub fn invitation(id: u8, school: SchoolId, account: AccountId) -> ActivationLink {
    ActivationLink {
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
pub async fn add_classes(store: &Store, school: SchoolId, classes: &[Class]) {
    store.add_classes(school, classes, minute(0)).await.unwrap();
}

/// Adds people to a school. The sealed passwords of pupils are the bytes of their ids.
pub async fn add(store: &Store, school: SchoolId, people: &[Account]) {
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
