//! Login cards: pupils' passwords opened for printing, by class, with the school's address as a QR
//! code. Each printing is audited; nothing is changed by it.

use std::collections::BTreeMap;

use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::qr::QRCodeError;
use fast_qr::{ECL, QRBuilder};
use rollcall_shared::card::{Card, CardSheet, Cards, CardsRequest};
use rollcall_shared::ids::{AccountId, ClassId, SchoolId};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::people::record_about;
use crate::seal::{Owner, SealError};
use crate::state::AppState;
use crate::store::accounts::PupilLogin;
use crate::store::audit::AuditAction;
use crate::store::sessions::SignedInPerson;

#[derive(Debug, thiserror::Error)]
enum QrError {
    #[error("the school's address does not fit into a QR code")]
    TooLong(#[from] QRCodeError),
}

/// The cards of the pupils asked for.
///
/// # Errors
/// If something broke.
pub async fn print(
    state: &AppState,
    admin: &SignedInPerson,
    asked: &CardsRequest,
) -> Result<Cards> {
    let school = &admin.school;
    let mut sheets: BTreeMap<(Option<String>, Option<ClassId>), Vec<Card>> = BTreeMap::new();
    let (mut printed, mut left_out) = (Vec::new(), Vec::new());
    for pupil in state.store.list_pupil_logins(school.id, asked).await? {
        match open_password(state, school.id, pupil.account, &pupil.password_sealed) {
            Ok(password) => {
                let sheet = sheets.entry((pupil.class.clone(), pupil.class_id)).or_default();
                printed.push(pupil.account);
                sheet.push(card(pupil, &password));
            }
            // The others need their cards all the same.
            Err(_) => left_out.push(format!("{} {}", pupil.forename, pupil.surname)),
        }
    }
    if !left_out.is_empty() {
        let (school, pupils) = (school.id, left_out.len());
        tracing::error!(%school, pupils, "sealed passwords can't be opened");
    }
    let detail = format!("{} cards", printed.len());
    record_about(state, admin, AuditAction::CardsPrinted, &printed, &detail).await?;
    let address = state.config.page(&format!("sch/{}", school.slug));
    Ok(Cards {
        school: school.name.clone(),
        qr_svg: qr(&address)?,
        address: as_typed(&address).to_owned(),
        sheets: sheets.into_iter().map(|((class, _), cards)| CardSheet { class, cards }).collect(),
        left_out,
    })
}

/// Opens a pupil's sealed password.
///
/// # Errors
/// If its key is lost, or it is damaged.
pub fn open_password(
    state: &AppState,
    school: SchoolId,
    account: AccountId,
    sealed: &[u8],
) -> Result<Zeroizing<String>> {
    let owner = Owner { purpose: "pupil-password", school: school.0, id: account.0 };
    let bytes = state.keys.open(owner, sealed).map_err(Error::broken)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::broken(SealError::Damaged))?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn card(pupil: PupilLogin, password: &str) -> Card {
    Card {
        name: format!("{} {}", pupil.forename, pupil.surname),
        class: pupil.class,
        username: pupil.username,
        password: password.to_owned(),
        format: pupil.format,
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
