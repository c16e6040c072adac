//! Login cards: what a pupil needs to sign in, to be printed and cut out.

use serde::{Deserialize, Serialize};

use crate::formats::PasswordFormat;
use crate::ids::{AccountId, ClassId, RunId};
use crate::year_group::YearGroup;

/// Precedes the card's key in the QR code: in the fragment of the address, which browsers do not
/// send.
pub const CARD: &str = "card=";

/// Whose cards to print. Sent as a POST: each printing is audited, and nothing of it is in an
/// address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardsRequest {
    /// Only this class.
    pub class: Option<ClassId>,
    /// Only this year group.
    pub year: Option<YearGroup>,
    /// Only the pupils that this run created.
    pub created_by: Option<RunId>,
    /// Only this pupil.
    #[serde(default)]
    pub pupil: Option<AccountId>,
}

/// The cards of one class; a class never shares a sheet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardSheet {
    /// The class's name; none for pupils in no class.
    pub class: Option<String>,
    /// By the pupils' surnames, then first names.
    pub cards: Vec<Card>,
}

/// One pupil's card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Card {
    /// First name and surname with a space between.
    pub name: String,
    /// The name of the pupil's class; none for a pupil in no class.
    pub class: Option<String>,
    /// What the pupil types to sign in without the QR code.
    pub username: String,
    /// As the pupil signs in with it, in clear; the digits of a picture PIN.
    pub password: String,
    /// Says whether the password is shown as pictures.
    pub format: PasswordFormat,
    /// Leads this pupil to their pictures or password: a QR code of the school's address with the
    /// card's key, an SVG image. It does not hold the password.
    pub qr_svg: String,
}

/// All that is needed to print cards.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cards {
    /// The school's name, printed on every card.
    pub school: String,
    /// The school's address, as a child types it.
    pub address: String,
    /// One for each class, by the class's name; pupils in no class come first.
    pub sheets: Vec<CardSheet>,
    /// The names of pupils who have no card, since their password can't be read any more.
    #[serde(default)]
    pub left_out: Vec<String>,
}
