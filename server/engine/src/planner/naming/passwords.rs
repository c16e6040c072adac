//! Passwords of pupils: how each format is made, how many values it has, and what it looks like.
//!
//! Numbers do not begin with a 0, so that no child leaves it out and none takes it for an O; the
//! digits of picture PINs are pictures, and any may come.

use std::fmt::{self, Write};

use rand::seq::IndexedRandom;
use rand::{CryptoRng, RngExt};
use rollcall_shared::formats::{PasswordFormat, Strength};
use rollcall_shared::wizard::PasswordFormatInfo;
use zeroize::Zeroizing;

use super::words::{ANIMALS, COLOURS, FIVE_LETTERS, SIX_LETTERS, THINGS, THREE_LETTERS, WordList};

/// Longer than any password, so that none is moved (and left behind) while it is written.
const CAPACITY: usize = 32;

/// A pupil's password. Wiped from memory when dropped, and never shown in `Debug` output.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// The password itself: to be sealed, compared, or put on a card.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What a format is made of.
enum Recipe {
    /// So many digits, each a picture.
    Pictures(u32),
    /// A word, with a capital or not, and a number of so many digits.
    WordAndNumber { words: &'static WordList, is_capital: bool, digits: u32 },
    /// Three words.
    Words(&'static WordList),
}

const fn recipe(format: PasswordFormat) -> Recipe {
    let (words, is_capital, digits) = match format {
        PasswordFormat::TwoPicturePin => return Recipe::Pictures(2),
        PasswordFormat::PicturePin => return Recipe::Pictures(4),
        PasswordFormat::ThreeWords => return Recipe::Words(&THREE_LETTERS),
        PasswordFormat::Animal => (&ANIMALS, true, 2),
        PasswordFormat::Colour => (&COLOURS, true, 2),
        PasswordFormat::Thing => (&THINGS, true, 2),
        PasswordFormat::FiveLetterWord => (&FIVE_LETTERS, false, 3),
        PasswordFormat::SixLetterWord => (&SIX_LETTERS, false, 4),
    };
    Recipe::WordAndNumber { words, is_capital, digits }
}

/// The numbers of so many digits that do not begin with a 0.
const fn numbers(digits: u32) -> std::ops::Range<u32> {
    10_u32.pow(digits - 1)..10_u32.pow(digits)
}

/// Makes a password; each value of the format is as likely as any other.
pub fn generate<R: CryptoRng + ?Sized>(format: PasswordFormat, rng: &mut R) -> Password {
    let mut text = Zeroizing::new(String::with_capacity(CAPACITY));
    match recipe(format) {
        Recipe::Pictures(digits) => {
            for _ in 0..digits {
                push_number(&mut text, rng.random_range(0..10));
            }
        }
        Recipe::WordAndNumber { words, is_capital, digits } => {
            push_word(&mut text, words, rng);
            if let Some(first) = text.get_mut(..1).filter(|_| is_capital) {
                first.make_ascii_uppercase();
            }
            push_number(&mut text, rng.random_range(numbers(digits)));
        }
        Recipe::Words(words) => (0..3).for_each(|_| push_word(&mut text, words, rng)),
    }
    Password(text)
}

fn push_word<R: CryptoRng + ?Sized>(text: &mut String, words: &WordList, rng: &mut R) {
    text.push_str(words.choose(rng).copied().unwrap_or_default());
}

fn push_number(text: &mut String, number: u32) {
    // Writing to a string does not fail.
    let _ = write!(text, "{number}");
}

/// How many different passwords a format has.
#[must_use]
pub fn possible_values(format: PasswordFormat) -> u64 {
    let count = |words: &WordList| words.len() as u64;
    match recipe(format) {
        Recipe::Pictures(digits) => 10_u64.pow(digits),
        Recipe::WordAndNumber { words, digits, .. } => count(words) * numbers(digits).len() as u64,
        Recipe::Words(words) => count(words).pow(3),
    }
}

/// What a format looks like: made up, and the same for everybody.
const fn example(format: PasswordFormat) -> &'static str {
    match format {
        PasswordFormat::TwoPicturePin => "46",
        PasswordFormat::PicturePin => "1256",
        PasswordFormat::Animal => "Dog33",
        PasswordFormat::Colour => "Red54",
        PasswordFormat::Thing => "Home45",
        PasswordFormat::FiveLetterWord => "level654",
        PasswordFormat::SixLetterWord => "stroll1666",
        PasswordFormat::ThreeWords => "tapcowmug",
    }
}

/// Explains a format to an admin.
#[must_use]
pub fn describe(format: PasswordFormat) -> PasswordFormatInfo {
    let possible_values = possible_values(format);
    PasswordFormatInfo {
        format,
        example: example(format).to_owned(),
        possible_values,
        strength: Strength::of(possible_values),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    /// Which value of a format a text is; none if it is not one. Values are numbered from 0.
    fn place_of(format: PasswordFormat, text: &str) -> Option<u64> {
        let place = |words: &WordList, word: &str| Some(words.binary_search(&word).ok()? as u64);
        match recipe(format) {
            Recipe::Pictures(digits) => {
                (text.len() == digits as usize).then(|| text.parse().ok()).flatten()
            }
            Recipe::WordAndNumber { words, is_capital, digits } => {
                let (word, number) = text.split_at_checked(text.len() - digits as usize)?;
                let first_is_capital = word.starts_with(|c: char| c.is_ascii_uppercase());
                let number: u32 = number.parse().ok()?;
                let numbers = numbers(digits);
                if first_is_capital != is_capital || !numbers.contains(&number) {
                    return None;
                }
                let word = place(words, &word.to_ascii_lowercase())?;
                Some(word * numbers.len() as u64 + u64::from(number - numbers.start))
            }
            Recipe::Words(words) => {
                let pieces = [text.get(..3)?, text.get(3..6)?, text.get(6..)?];
                pieces
                    .iter()
                    .try_fold(0, |sum, piece| Some(sum * words.len() as u64 + place(words, piece)?))
            }
        }
    }

    #[test]
    fn every_example_is_of_its_format() {
        for format in PasswordFormat::ALL {
            assert!(place_of(format, example(format)).is_some(), "{}", example(format));
        }
    }

    #[test]
    fn the_formats_are_listed_from_the_weakest_to_the_strongest_of_their_kind() {
        use PasswordFormat::{Animal, Colour, FiveLetterWord, PicturePin, SixLetterWord};
        assert_eq!(possible_values(PasswordFormat::TwoPicturePin), 100);
        assert_eq!(possible_values(PicturePin), 10_000);
        assert!(possible_values(Colour) > 2_000 && possible_values(Animal) > 5_000);
        assert!(possible_values(FiveLetterWord) > 450_000);
        assert!(possible_values(SixLetterWord) > possible_values(FiveLetterWord));
        assert_eq!(describe(PasswordFormat::ThreeWords).strength, Strength::Strong);
        assert_eq!(describe(PasswordFormat::TwoPicturePin).strength, Strength::VeryEasy);
        assert_eq!(describe(FiveLetterWord).strength, Strength::Medium);
    }

    #[test]
    fn every_two_picture_pin_is_as_likely_as_any_other() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut times = BTreeMap::<String, u32>::new();
        for _ in 0..20_000 {
            let password = generate(PasswordFormat::TwoPicturePin, &mut rng);
            *times.entry(password.expose().to_owned()).or_default() += 1;
        }
        assert_eq!(times.len(), 100);
        assert!(times.values().all(|times| (130..=270).contains(times)), "{times:?}");
    }

    #[test]
    fn debug_output_does_not_show_it() {
        let password = generate(PasswordFormat::Animal, &mut ChaCha20Rng::seed_from_u64(2));
        assert_eq!(format!("{password:?}"), "Password(…)");
    }

    #[test]
    fn no_password_outgrows_the_room_it_is_written_in() {
        let longest = ANIMALS.iter().chain(THINGS.iter()).map(|word| word.len()).max();
        assert!(longest.unwrap() + 4 < CAPACITY);
    }

    proptest! {
        #[test]
        fn every_password_is_one_of_the_counted_values(
            format in prop::sample::select(PasswordFormat::ALL.to_vec()),
            seed: u64,
        ) {
            let password = generate(format, &mut ChaCha20Rng::seed_from_u64(seed));
            let place = place_of(format, password.expose());
            prop_assert!(place.is_some_and(|place| place < possible_values(format)));
        }

        #[test]
        fn three_words_never_read_as_an_unsuitable_one(seed: u64) {
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            let password = generate(PasswordFormat::ThreeWords, &mut rng);
            prop_assert!(!super::super::unsuitable::reads_as_unsuitable(password.expose(), &[3, 6]));
        }
    }
}
