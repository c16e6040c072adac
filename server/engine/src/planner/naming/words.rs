//! The words that passwords are made of: chosen by us for children to read and type.
//!
//! Plain words in UK spelling; none that could hurt or frighten when it is handed to a child (no
//! body parts, people, insults, brands), none that sounds like a more usual one. The three-letter
//! words are chosen together: no two or three of them join to an unsuitable word.

use std::sync::LazyLock;

/// Words in alphabetical order.
pub(super) type WordList = LazyLock<Vec<&'static str>>;

pub(super) static ANIMALS: WordList = LazyLock::new(|| read(include_str!("words/animals.txt")));
pub(super) static COLOURS: WordList = LazyLock::new(|| read(include_str!("words/colours.txt")));
pub(super) static THINGS: WordList = LazyLock::new(|| read(include_str!("words/things.txt")));
pub(super) static THREE_LETTERS: WordList =
    LazyLock::new(|| read(include_str!("words/three_letters.txt")));
pub(super) static FIVE_LETTERS: WordList =
    LazyLock::new(|| read(include_str!("words/five_letters.txt")));
pub(super) static SIX_LETTERS: WordList =
    LazyLock::new(|| read(include_str!("words/six_letters.txt")));

fn read(text: &'static str) -> Vec<&'static str> {
    text.lines().collect()
}

#[cfg(test)]
mod tests {
    use rustrict::CensorStr;

    use super::super::unsuitable;
    use super::*;

    fn all() -> [(&'static str, &'static WordList, usize); 6] {
        [
            ("animals", &ANIMALS, 60),
            ("colours", &COLOURS, 30),
            ("things", &THINGS, 150),
            ("three letters", &THREE_LETTERS, 300),
            ("five letters", &FIVE_LETTERS, 500),
            ("six letters", &SIX_LETTERS, 500),
        ]
    }

    #[test]
    fn the_lists_are_long_enough_sorted_and_without_repeats() {
        for (name, list, at_least) in all() {
            assert!(list.len() >= at_least, "{name}: {}", list.len());
            assert!(list.is_sorted_by(|a, b| a < b), "{name}");
        }
    }

    #[test]
    fn every_word_is_short_and_in_small_letters() {
        for (name, list, _) in all() {
            for word in list.iter() {
                assert!((3..=9).contains(&word.len()), "{name}: {word}");
                assert!(word.bytes().all(|b| b.is_ascii_lowercase()), "{name}: {word}");
            }
        }
        assert!(THREE_LETTERS.iter().all(|word| word.len() == 3));
        assert!(FIVE_LETTERS.iter().all(|word| word.len() == 5));
        assert!(SIX_LETTERS.iter().all(|word| word.len() == 6));
    }

    #[test]
    fn no_word_is_unsuitable() {
        for (name, list, _) in all() {
            for word in list.iter() {
                assert!(!unsuitable::is_unsuitable_word(word), "{name}: {word}");
                assert!(!word.is_inappropriate(), "{name}: {word}, in another list's opinion");
            }
        }
    }

    #[test]
    fn no_three_letter_words_join_to_an_unsuitable_one() {
        for bad in unsuitable::all_words().filter(|bad| bad.len() > 3) {
            assert!(!can_be_joined(bad), "{bad}");
        }
    }

    /// Whether a text can be read across the joins of up to three of the three-letter words.
    fn can_be_joined(text: &str) -> bool {
        (0..3).any(|offset| {
            // Dots stand for letters of the first and last word that are not part of the text.
            let length = (offset + text.len()).next_multiple_of(3);
            let padded = format!("{}{text}", ".".repeat(offset));
            let padded = format!("{padded:.<length$}");
            let pieces = padded.as_bytes().chunks(3);
            length <= 9 && pieces.len() > 1 && pieces.into_iter().all(fits_a_word)
        })
    }

    fn fits_a_word(piece: &[u8]) -> bool {
        THREE_LETTERS
            .iter()
            .any(|word| word.bytes().zip(piece).all(|(letter, &p)| p == b'.' || p == letter))
    }

    #[test]
    fn the_search_for_joins_finds_them() {
        for text in ["catdog", "atdo", "tdogp", "catdogpi", "tdogpan"] {
            assert!(can_be_joined(text), "{text}");
        }
        for text in ["qqqq", "catq", "qdog", "cat"] {
            assert!(!can_be_joined(text), "{text}");
        }
    }
}
