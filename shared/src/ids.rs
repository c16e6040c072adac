//! The identifiers that travel between browser and server.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// A school.
    SchoolId
);
id!(
    /// An account of a pupil, a member of staff or an admin.
    AccountId
);
id!(
    /// A class or a subject group.
    ClassId
);
id!(
    /// A run: a plan, and its outcome.
    RunId
);

/// A school's seven-digit number: three of the local authority (LEA code) and four of the
/// establishment (DfE number). Known as LAESTAB.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(pattern = "^[0-9]{7}$", example = "3281102")
)]
#[serde(try_from = "String", into = "String")]
pub struct Estab(String);

/// The text is not a seven-digit school number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a school number has 7 digits, such as 328 1102")]
pub struct NotAnEstab;

impl Estab {
    /// The seven digits, with nothing between them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The local authority's three digits.
    #[must_use]
    pub fn lea_code(&self) -> &str {
        self.0.get(..3).unwrap_or_default()
    }

    /// The establishment's four digits.
    #[must_use]
    pub fn dfe_number(&self) -> &str {
        self.0.get(3..).unwrap_or_default()
    }
}

impl FromStr for Estab {
    type Err = NotAnEstab;

    /// Reads `3281102`, `328 1102` or `328/1102`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String =
            text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '/' | '-')).collect();
        if digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(NotAnEstab)
        }
    }
}

impl TryFrom<String> for Estab {
    type Error = NotAnEstab;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Estab> for String {
    fn from(estab: Estab) -> Self {
        estab.0
    }
}

impl fmt::Display for Estab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_school_number_as_people_write_it() {
        for text in ["3281102", " 328 1102", "328/1102", "328-1102"] {
            let estab: Estab = text.parse().unwrap();
            assert_eq!((estab.lea_code(), estab.dfe_number()), ("328", "1102"));
        }
    }

    #[test]
    fn refuses_what_is_not_seven_digits() {
        for text in ["", "328110", "32811023", "328110x", "٣281102"] {
            assert_eq!(text.parse::<Estab>(), Err(NotAnEstab));
        }
    }
}
