//! Login cards: pupils' passwords opened for printing, by class, each with a QR code that leads its
//! owner to their pictures or password. Each printing is audited; nothing is changed by it.
//!
//! The QR code holds the school's address and the card's key: 128 random bits, drawn when a pupil's
//! card is first printed and the same from then on, until an admin ends it. Anyone who has the key
//! still needs the password; but it shows that they hold the card, which a stranger can't guess.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::qr::QRCodeError;
use fast_qr::{ECL, QRBuilder};
use rollcall_shared::card::{CARD, Card, CardSheet, Cards, CardsRequest};
use rollcall_shared::ids::{AccountId, ClassId, SchoolId};
use rollcall_store::accounts::PupilLogin;
use rollcall_store::audit::AuditAction;
use rollcall_store::card_keys::{CardHash, CardKey};
use rollcall_store::sessions::SignedInPerson;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{own_class, pupil_password};
use crate::audit::{record, record_about};
use crate::error::{Error, Result};
use crate::seal::Owner;
use crate::state::AppState;

const KEY_BYTES: usize = 16;

#[derive(Debug, thiserror::Error)]
enum QrError {
    #[error("the card's address does not fit into a QR code")]
    TooLong(#[from] QRCodeError),
}

/// The cards of the pupils asked for.
///
/// # Errors
/// `NotFound` if a teacher asks for others than their own.
pub(crate) async fn print(
    state: &AppState,
    person: &SignedInPerson,
    asked: &CardsRequest,
) -> Result<Cards> {
    own_class::check_cards(state, person, asked).await?;
    let school = &person.school;
    let mut sheets: BTreeMap<(Option<String>, Option<ClassId>), Vec<Card>> = BTreeMap::new();
    let (mut printed, mut left_out) = (Vec::new(), Vec::new());
    let pupils = state.store.list_pupil_logins(school.id, asked).await?;
    let all: Vec<AccountId> = pupils.iter().map(|pupil| pupil.account).collect();
    let keys = keys_of(state, school.id, &all).await?;
    let address = state.config.page(&format!("sch/{}", school.slug));
    for pupil in pupils {
        let password =
            pupil_password::open(state, school.id, pupil.account, &pupil.password_sealed);
        match (password, keys.get(&pupil.account)) {
            (Ok(password), Some(key)) => {
                let sheet = sheets.entry((pupil.class.clone(), pupil.class_id)).or_default();
                let qr_svg = qr(&format!("{address}#{CARD}{}", **key))?;
                printed.push(pupil.account);
                sheet.push(card(pupil, &password, qr_svg));
            }
            // The others need their cards all the same.
            _ => left_out.push(format!("{} {}", pupil.forename, pupil.surname)),
        }
    }
    if !left_out.is_empty() {
        let (school, pupils) = (school.id, left_out.len());
        tracing::error!(%school, pupils, "sealed passwords can't be opened");
    }
    let detail = format!("{} cards", printed.len());
    record_about(state, person, AuditAction::CardsPrinted, &printed, &detail).await?;
    Ok(Cards {
        school: school.name.clone(),
        address: as_typed(&address).to_owned(),
        sheets: sheets.into_iter().map(|((class, _), cards)| CardSheet { class, cards }).collect(),
        left_out,
    })
}

/// The key of each pupil's cards; one that can't be opened any more is left out.
pub(crate) async fn keys_of(
    state: &AppState,
    school: SchoolId,
    pupils: &[AccountId],
) -> Result<HashMap<AccountId, Zeroizing<String>>> {
    let known = state.store.list_card_keys(school).await?;
    let new = pupils
        .iter()
        .filter(|pupil| !known.contains_key(pupil))
        .map(|pupil| new_key(state, school, *pupil))
        .collect::<Result<Vec<_>>>()?;
    let known = if new.is_empty() {
        known
    } else {
        // What another printing has drawn meanwhile holds for both.
        state.store.add_card_keys(school, &new, state.clock.now()).await?;
        state.store.list_card_keys(school).await?
    };
    let opened = known.into_iter().filter_map(|(account, sealed)| {
        Some((account, state.keys.open_text(key_owner(school, account), &sealed).ok()?))
    });
    Ok(opened.collect())
}

fn new_key(state: &AppState, school: SchoolId, account: AccountId) -> Result<CardKey> {
    let key = Zeroizing::new(URL_SAFE_NO_PAD.encode(state.dice.bytes::<KEY_BYTES>()));
    let owner = key_owner(school, account);
    let sealed = state.keys.seal(&state.dice, owner, key.as_bytes()).map_err(Error::broken)?;
    Ok(CardKey { account, hash: key_hash(&key), sealed })
}

/// Under what a card's key is found.
#[must_use]
pub(crate) fn key_hash(key: &str) -> CardHash {
    Sha256::digest(key).into()
}

const fn key_owner(school: SchoolId, account: AccountId) -> Owner<'static> {
    Owner { purpose: "card-key", school: school.0, id: account.0 }
}

/// Ends the QR code on a pupil's cards: the next card that is printed has another one.
///
/// # Errors
/// `NotFound` if this is no pupil of the school.
pub(crate) async fn end_card(
    state: &AppState,
    admin: &SignedInPerson,
    pupil: AccountId,
) -> Result<()> {
    let school = admin.school.id;
    if state.store.find_pupil_login(school, pupil).await?.is_none() {
        return Err(Error::not_found("This pupil"));
    }
    state.store.end_card_key(school, pupil).await?;
    record(state, admin, AuditAction::CardEnded, Some(pupil), None).await
}

fn card(pupil: PupilLogin, password: &str, qr_svg: String) -> Card {
    Card {
        name: format!("{} {}", pupil.forename, pupil.surname),
        class: pupil.class,
        username: pupil.username,
        password: password.to_owned(),
        format: pupil.format,
        qr_svg,
    }
}

/// An address as a child types it.
fn as_typed(address: &str) -> &str {
    address.trim_start_matches("https://").trim_start_matches("http://")
}

fn qr(address: &str) -> Result<String> {
    let code = QRBuilder::new(address)
        .ecl(ECL::M)
        .build()
        .map_err(|error| Error::broken(QrError::from(error)))?;
    Ok(SvgBuilder::default().margin(2).to_str(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_it_is_typed() {
        assert_eq!(as_typed("http://localhost:8080/sch/hill"), "localhost:8080/sch/hill");
        assert_eq!(as_typed("https://learn.example.org/sch/hill"), "learn.example.org/sch/hill");
    }

    #[test]
    fn the_address_becomes_an_svg_image() {
        let svg = qr("https://learn.example.org/sch/waterside").unwrap();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"), "{svg}");
        assert!(!svg.contains("style="), "the content security policy refuses inline styles");
    }
}
