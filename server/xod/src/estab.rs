//! A school's number.

use std::fmt;
use std::str::FromStr;

/// A school's seven-digit number: three of the local authority (LEA code) and four of the
/// establishment (DfE number), by which XoD knows a school.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Estab(String);

/// The text is not seven digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a school number has 7 digits")]
pub struct NotAnEstab;

impl Estab {
    /// A school by its authority's three digits and its own four.
    #[must_use]
    pub fn of(lea_code: &str, dfe_number: &str) -> Self {
        Self(format!("{lea_code}{dfe_number}"))
    }

    /// The three digits and the four, with nothing between them: `3281102`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The local authority's three digits.
    #[must_use]
    pub(crate) fn lea_code(&self) -> &str {
        self.0.get(..3).unwrap_or_default()
    }

    /// The establishment's four digits.
    #[must_use]
    pub(crate) fn dfe_number(&self) -> &str {
        self.0.get(3..).unwrap_or_default()
    }
}

impl FromStr for Estab {
    type Err = NotAnEstab;

    fn from_str(text: &str) -> Result<Self, NotAnEstab> {
        let is_one = text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_one.then(|| Self(text.to_owned())).ok_or(NotAnEstab)
    }
}

impl fmt::Display for Estab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
