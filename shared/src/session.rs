//! Signing in, and who is signed in.

use serde::{Deserialize, Serialize};

use crate::formats::PasswordFormat;
use crate::ids::{AccountId, Estab};
use crate::people::Role;

/// The platform's name and logo as schools see them: configuration, a supplier's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Platform {
    pub name: String,
    /// Path or address of an image; none shows the name alone.
    pub logo: Option<String>,
    /// Whether messages are kept and shown on a page instead of being sent (no SMTP configured).
    pub keeps_messages: bool,
}

/// A school as the sign-in page knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SchoolCard {
    /// The school's address is `/sch/<slug>`.
    pub slug: String,
    pub name: String,
}

/// What is typed on the sign-in page.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// A username; staff may give their e-mail address instead. Empty where the card says who it is.
    pub username: String,
    pub password: String,
    /// The key of a login card's QR code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
}

/// Who is about to sign in, and how. Asked for before the password, so that pictures can be shown.
/// An unknown username gets an answer too, always the same one, so that nothing is given away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WayIn {
    /// What was typed, or whose card it is.
    pub username: String,
    pub with: SignInWith,
}

/// How someone signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignInWith {
    Password,
    /// That many pictures.
    Pictures(u8),
    /// Two pictures, which are enough only with the QR code of the login card, at the school, or on
    /// a device that the school has used before.
    Card,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    pub account: AccountId,
    pub role: Role,
    pub forename: String,
    pub surname: String,
    pub school: School,
}

/// The signed-in person's school.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct School {
    pub name: String,
    pub slug: String,
    pub estab: Estab,
}

/// An activation link, followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activation {
    pub school: SchoolCard,
    pub forename: String,
    pub username: String,
}

/// Sent with the token of an activation link, to look at it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivationToken {
    pub token: String,
}

/// Sent with the token of an activation link, to set the password: 10 characters at least.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetPassword {
    pub token: String,
    pub password: String,
}

/// The fewest characters of a password that a member of staff may choose.
pub const SHORTEST_STAFF_PASSWORD: usize = 10;

/// A pupil's password, revealed to an admin (every reveal is audited).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevealedPassword {
    pub username: String,
    pub password: String,
    pub format: PasswordFormat,
}

/// A message that would have been sent, kept because no SMTP is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnsentMessage {
    pub to: String,
    pub subject: String,
    pub body: String,
    pub at: crate::time::Timestamp,
}
