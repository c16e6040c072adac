//! Signing in, and who is signed in.

use serde::{Deserialize, Serialize};

use crate::formats::PasswordFormat;
use crate::ids::{AccountId, Estab};
use crate::people::Role;

/// The platform's name and logo as schools see them: configuration, a supplier's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Platform {
    /// What pages and e-mails call it; `Rollcall` unless it is configured.
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
    /// The school's name as people find it.
    pub name: String,
}

/// What is typed on the sign-in page.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// A username; staff may give their e-mail address instead. Empty if a card says who it is.
    pub username: String,
    /// A password, or the digits of pictures; empty where only the way in is asked for.
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
    /// What to ask them for.
    pub with: SignInWith,
}

/// How someone signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignInWith {
    /// A password to be typed: by staff, and by pupils whose password is made of words.
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
    /// The account that is signed in.
    pub account: AccountId,
    /// What they may do, which says where they land.
    pub role: Role,
    /// First name as used in school; empty for someone who has one name only.
    pub forename: String,
    /// Surname as used in school; empty for someone who has one name only.
    pub surname: String,
    /// Everything that is asked for is of this school.
    pub school: School,
}

/// The signed-in person's school.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct School {
    /// The school's name, for the heading of pages.
    pub name: String,
    /// The school's address is `/sch/<slug>`.
    pub slug: String,
    /// The school's seven-digit number.
    pub estab: Estab,
}

/// An activation link, followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activation {
    /// The school that the account is at.
    pub school: SchoolCard,
    /// First name of the one who is invited, for the greeting.
    pub forename: String,
    /// What they will sign in with; their e-mail address does as well.
    pub username: String,
}

/// Sent with the token of an activation link, to look at it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivationToken {
    /// What follows the `#` in the link.
    pub token: String,
}

/// Sent with the token of an activation link, to set the password: 8 characters at least.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetPassword {
    /// What follows the `#` in the link.
    pub token: String,
    /// As they will type it; one that is easy to guess is refused with the reason.
    pub password: String,
}

/// The fewest characters of a password that a member of staff may choose.
pub const SHORTEST_STAFF_PASSWORD: usize = 8;

/// Asks for a link to set a new password, by a member of staff who has forgotten theirs. Whether
/// there is such a person, the answer is the same.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForgottenPassword {
    /// A username or an e-mail address.
    pub username: String,
}

/// Chooses another password, by a member of staff who is signed in.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePassword {
    /// The password they have.
    pub current: String,
    /// As they will type it; one that is easy to guess is refused with the reason.
    pub password: String,
}

/// One of the places where a person is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnSession {
    /// When they signed in there.
    pub since: crate::time::Timestamp,
    /// When it was used last, to the minute.
    pub seen_at: crate::time::Timestamp,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// A pupil's password, revealed to an admin (every reveal is audited).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevealedPassword {
    /// What the pupil signs in with.
    pub username: String,
    /// As the pupil signs in with it, in clear; the digits of a picture PIN.
    pub password: String,
    /// Says whether the password is shown as pictures.
    pub format: PasswordFormat,
}

/// A message that would have been sent, kept because no SMTP is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnsentMessage {
    /// The e-mail address it would have gone to.
    pub to: String,
    /// The line that a mailbox would list it by.
    pub subject: String,
    /// Plain text; it may hold an activation link.
    pub body: String,
    /// When it was written.
    pub at: crate::time::Timestamp,
}
