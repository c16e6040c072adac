//! The formats of usernames and passwords an admin can choose from.

use serde::{Deserialize, Serialize};

use crate::year_group::YearGroup;

/// How a username is made from a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UsernameFormat {
    /// `JohnS`: recommended for pupils.
    ForenameInitial,
    /// `JSmith`: recommended for staff.
    InitialSurname,
    /// `JohnSmith`.
    FullName,
    /// `JS`.
    Initials,
}

impl UsernameFormat {
    /// Every format, in the order in which they are offered to an admin.
    pub const ALL: [Self; 4] =
        [Self::ForenameInitial, Self::InitialSurname, Self::FullName, Self::Initials];

    /// The words by which an admin chooses it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::ForenameInitial => "First name and surname initial",
            Self::InitialSurname => "First initial and surname",
            Self::FullName => "Full name",
            Self::Initials => "Initials",
        }
    }

    /// What it makes of John Smith.
    #[must_use]
    pub const fn of_john_smith(self) -> &'static str {
        match self {
            Self::ForenameInitial => "JohnS",
            Self::InitialSurname => "JSmith",
            Self::FullName => "JohnSmith",
            Self::Initials => "JS",
        }
    }
}

/// How a pupil's password is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PasswordFormat {
    /// Two pictures, `46`.
    TwoPicturePin,
    /// Four pictures, `1256`.
    PicturePin,
    /// `Dog33`.
    Animal,
    /// `Red54`.
    Colour,
    /// `Home45`.
    Thing,
    /// Five-letter word and three digits, `level654`.
    FiveLetterWord,
    /// Six-letter word and four digits, `stroll1666`.
    SixLetterWord,
    /// Three short words, `tapcowmug`.
    ThreeWords,
}

impl PasswordFormat {
    /// Every format, the weakest first.
    pub const ALL: [Self; 8] = [
        Self::TwoPicturePin,
        Self::PicturePin,
        Self::Animal,
        Self::Colour,
        Self::Thing,
        Self::FiveLetterWord,
        Self::SixLetterWord,
        Self::ThreeWords,
    ];

    /// The words by which an admin chooses it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::TwoPicturePin => "Two-picture PIN",
            Self::PicturePin => "Picture PIN (four pictures)",
            Self::Animal => "Animal and two digits",
            Self::Colour => "Colour and two digits",
            Self::Thing => "Thing and two digits",
            Self::FiveLetterWord => "Five-letter word and three digits",
            Self::SixLetterWord => "Six-letter word and four digits",
            Self::ThreeWords => "Three short words",
        }
    }

    /// Its name in JSON and in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TwoPicturePin => "two_picture_pin",
            Self::PicturePin => "picture_pin",
            Self::Animal => "animal",
            Self::Colour => "colour",
            Self::Thing => "thing",
            Self::FiveLetterWord => "five_letter_word",
            Self::SixLetterWord => "six_letter_word",
            Self::ThreeWords => "three_words",
        }
    }

    /// The format with this code; none for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }

    /// Whether the pupil signs in by choosing pictures.
    #[must_use]
    pub const fn is_pictures(self) -> bool {
        matches!(self, Self::TwoPicturePin | Self::PicturePin)
    }

    /// The format proposed for a year group.
    #[must_use]
    pub(crate) fn proposed_for(year: YearGroup) -> Self {
        match year.number() {
            ..=0 => Self::TwoPicturePin,
            1 | 2 => Self::PicturePin,
            _ => Self::FiveLetterWord,
        }
    }
}

/// The ten pictures of a picture PIN; the digit of a picture is its place, from 0.
pub const PICTURES: [&str; 10] =
    ["Cat", "Dog", "Fish", "Rabbit", "Elephant", "Penguin", "Butterfly", "Owl", "Snail", "Turtle"];

/// The pictures of a PIN's digits, in order. Anything but digits has no picture.
#[must_use]
pub fn pictures_of(pin: &str) -> Vec<usize> {
    pin.chars().filter_map(|c| c.to_digit(10)).map(|digit| digit as usize).collect()
}

/// How hard a password is to guess, in words for an admin; the number of possible values decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Under 1,000 values: only for the youngest, and only behind the sign-in throttle.
    VeryEasy,
    /// Under 100,000.
    Easy,
    /// Under 10,000,000.
    Medium,
    /// 10,000,000 values and more.
    Strong,
}

impl Strength {
    /// How hard it is to guess one of so many values, each as likely as any other.
    #[must_use]
    pub const fn of(possible_values: u64) -> Self {
        match possible_values {
            0..1_000 => Self::VeryEasy,
            1_000..100_000 => Self::Easy,
            100_000..10_000_000 => Self::Medium,
            _ => Self::Strong,
        }
    }

    /// As it is shown beside a format of passwords.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::VeryEasy => "Very easy to guess",
            Self::Easy => "Easy to guess",
            Self::Medium => "Fairly hard to guess",
            Self::Strong => "Hard to guess",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_format_has_one_name_in_json_and_in_the_database() {
        for format in PasswordFormat::ALL {
            assert_eq!(serde_json::to_value(format).unwrap(), format.code());
            assert_eq!(PasswordFormat::from_code(format.code()), Some(format));
        }
    }
}
