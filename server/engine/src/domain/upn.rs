//! UPNs: the unique pupil number that survives a change of school or MIS, and its check letter.
//!
//! A UPN is a check letter, then the local authority (3 digits), the school (4), the year (2) and
//! a serial number (3). A temporary one has a letter in the last place. The twelve characters
//! after the check letter are weighted 2 to 13; their sum modulo 23 picks the check letter. As 23
//! is a prime larger than any weight or digit, one mistyped character or two swapped neighbours
//! always show.

use std::fmt;
use std::str::FromStr;

/// The letters a check letter is picked from; I, O and S are left out as they look like digits.
const CHECK_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

/// How many characters a UPN has.
const LENGTH: usize = 13;

/// A UPN whose check letter is right. Never shown in `Debug` output.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Upn([u8; LENGTH]);

/// Why a text is not a UPN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub(crate) enum WrongUpn {
    #[error("it has {found} characters instead of {LENGTH}")]
    Length { found: usize },
    #[error("character {place} cannot stand there")]
    Character {
        /// Counted from 1, as people do.
        place: usize,
    },
    #[error("its first letter does not fit the other characters")]
    CheckLetter,
}

impl Upn {
    /// Reads a UPN; case and spaces do not count.
    ///
    /// # Errors
    /// Says what is wrong: the length, a character, or the check letter.
    pub(crate) fn parse(text: &str) -> Result<Self, WrongUpn> {
        let characters = || text.chars().filter(|c| !c.is_whitespace());
        let found = characters().count();
        if found != LENGTH {
            return Err(WrongUpn::Length { found });
        }

        let mut upn = [0; LENGTH];
        let mut sum = 0;
        for ((place, character), slot) in (1..).zip(characters()).zip(&mut upn) {
            let character = character.to_ascii_uppercase();
            let value = value_at(place, character).ok_or(WrongUpn::Character { place })?;
            *slot = u8::try_from(character).map_err(|_| WrongUpn::Character { place })?;
            if place > 1 {
                sum += value * place;
            }
        }
        if CHECK_LETTERS.get(sum % CHECK_LETTERS.len()) == upn.first() {
            Ok(Self(upn))
        } else {
            Err(WrongUpn::CheckLetter)
        }
    }

    /// Whether a text is a UPN with a right check letter.
    #[cfg(test)]
    pub(crate) fn is_valid(text: &str) -> bool {
        Self::parse(text).is_ok()
    }

    /// In capitals and without spaces: the form to store and to compare.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        // A UPN is built from ASCII characters only.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether a school gave it until the real one is known.
    #[must_use]
    pub(crate) fn is_temporary(&self) -> bool {
        self.0.last().is_some_and(u8::is_ascii_alphabetic)
    }
}

/// What a character is worth in its place (from 1); none where it cannot stand.
fn value_at(place: usize, character: char) -> Option<usize> {
    let letter = || CHECK_LETTERS.iter().position(|&letter| char::from(letter) == character);
    let digit = || character.to_digit(10).map(|digit| digit as usize);
    match place {
        1 => letter(),
        LENGTH => digit().or_else(letter),
        _ => digit(),
    }
}

impl FromStr for Upn {
    type Err = WrongUpn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Debug for Upn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upn(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Puts the right check letter before twelve characters.
    fn with_check_letter(rest: &str) -> String {
        CHECK_LETTERS
            .iter()
            .map(|&letter| format!("{}{rest}", char::from(letter)))
            .find(|text| Upn::is_valid(text))
            .unwrap()
    }

    #[test]
    fn accepts_upns_with_the_right_check_letter() {
        for text in ["H801200001001", "A000000000000", "Z820000000000", "P000000000001"] {
            assert_eq!(Upn::parse(text).map(|upn| upn.as_str().to_owned()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn case_and_spaces_do_not_count() {
        assert_eq!(Upn::parse(" h801 2000 01001\t").unwrap().as_str(), "H801200001001");
    }

    #[test]
    fn says_what_is_wrong() {
        let wrong = |text| Upn::parse(text).unwrap_err();
        assert_eq!(wrong(""), WrongUpn::Length { found: 0 });
        assert_eq!(wrong("H80120000100"), WrongUpn::Length { found: 12 });
        assert_eq!(wrong("H8012000010011"), WrongUpn::Length { found: 14 });
        assert_eq!(wrong("G801200001001"), WrongUpn::CheckLetter);
        assert_eq!(wrong("I801200001001"), WrongUpn::Character { place: 1 });
        assert_eq!(wrong("8801200001001"), WrongUpn::Character { place: 1 });
        assert_eq!(wrong("H8O1200001001"), WrongUpn::Character { place: 3 });
        assert_eq!(wrong("H80120000100S"), WrongUpn::Character { place: 13 });
        assert_eq!(wrong("Ħ801200001001"), WrongUpn::Character { place: 1 });
        assert_eq!(wrong("H80120000100٣"), WrongUpn::Character { place: 13 });
    }

    #[test]
    fn tells_a_temporary_upn() {
        let temporary = with_check_letter("80120000100A");
        assert!(Upn::parse(&temporary).unwrap().is_temporary());
        assert!(!Upn::parse("H801200001001").unwrap().is_temporary());
    }

    #[test]
    fn debug_output_does_not_show_it() {
        assert_eq!(format!("{:?}", Upn::parse("H801200001001").unwrap()), "Upn(…)");
    }

    proptest! {
        #[test]
        fn exactly_one_check_letter_is_right(rest in "[0-9]{11}[0-9A-HJ-NP-RT-Z]") {
            let right = CHECK_LETTERS
                .iter()
                .filter(|&&letter| Upn::is_valid(&format!("{}{rest}", char::from(letter))))
                .count();
            prop_assert_eq!(right, 1);
        }

        #[test]
        fn one_mistyped_digit_always_shows(rest in "[0-9]{12}", place in 0_usize..12, by in 1_u8..10) {
            let right = with_check_letter(&rest);
            let mut typed = right.into_bytes();
            typed[place + 1] = b'0' + (typed[place + 1] - b'0' + by) % 10;
            prop_assert!(!Upn::is_valid(str::from_utf8(&typed).unwrap()));
        }

        #[test]
        fn two_swapped_neighbours_always_show(rest in "[0-9]{12}", place in 1_usize..12) {
            let right = with_check_letter(&rest);
            let mut typed = right.into_bytes();
            prop_assume!(typed[place] != typed[place + 1]);
            typed.swap(place, place + 1);
            prop_assert!(!Upn::is_valid(str::from_utf8(&typed).unwrap()));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            if let Ok(upn) = Upn::parse(&text) {
                prop_assert_eq!(Upn::parse(upn.as_str()), Ok(upn));
            }
        }
    }
}
