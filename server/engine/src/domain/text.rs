//! Names and codes as they are kept: what an MIS has let in besides letters is taken out, once, as
//! the roster is read.
//!
//! HTML entities are decoded (`O&#39;Brien`); control characters, bidirectional controls and other
//! characters that cannot be seen are left out, a line end becomes a space; letters and their
//! accents are composed (NFC), so that one name is stored in one way.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::domain::names::tidy;

/// No name is longer, in characters.
pub const LONGEST: usize = 100;

/// Entities may have been written as entities: `&amp;#39;`.
const MOST_TIMES_ENCODED: usize = 3;

/// A text without entities and without what cannot be seen.
#[must_use]
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let is_clean = |b: u8| b.is_ascii() && !b.is_ascii_control() && b != b'&';
    if text.bytes().all(is_clean) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(seen(&decoded(text)).trim().to_owned())
}

/// A name as somebody here has typed it, without what cannot be seen. An entity is kept: anyone who
/// types `&amp;` means it.
#[must_use]
pub fn typed(text: &str) -> String {
    tidy(&seen(text))
}

fn seen(text: &str) -> String {
    text.chars().filter_map(as_seen).nfc().collect()
}

/// The beginning of a text that is too long, if it is.
#[must_use]
pub(crate) fn cut(text: &str) -> Option<&str> {
    let (longest, _) = text.char_indices().nth(LONGEST)?;
    // An accent that could not be composed stays with its letter, or goes with it.
    let at = text
        .char_indices()
        .take_while(|&(place, _)| place <= longest)
        .filter(|&(place, character)| place > 0 && !is_combining_mark(character))
        .last()
        .map_or(longest, |(place, _)| place);
    text.get(..at).map(str::trim_end)
}

/// A person's name as it is kept, and whether it had to be cut.
pub fn name(written: &str) -> (String, bool) {
    let name = in_usual_case(tidy(&clean(written)));
    match cut(&name) {
        Some(beginning) => (beginning.to_owned(), true),
        None => (name, false),
    }
}

/// Two letters, both capitals, are what people are called: `AJ`.
const FEWEST_CAPITALS: usize = 3;

/// A name that an MIS has all in capitals, or all in small letters, as people write it: `O'BRIEN` is
/// `O'Brien`. Any other stays as it is.
fn in_usual_case(name: String) -> String {
    let capitals = name.chars().filter(|c| c.is_uppercase()).count();
    let has_small = name.chars().any(char::is_lowercase);
    let is_in_capitals = capitals >= FEWEST_CAPITALS && !has_small;
    let is_in_small = capitals == 0 && has_small;
    if !is_in_capitals && !is_in_small {
        return name;
    }
    let mut usual = String::with_capacity(name.len());
    let mut begins = true;
    for letter in name.chars() {
        if begins {
            usual.extend(letter.to_uppercase());
        } else {
            usual.extend(letter.to_lowercase());
        }
        begins = !letter.is_alphanumeric() && !is_combining_mark(letter);
    }
    usual
}

/// The name or Code of a group as it is kept; none if nothing of it can be seen.
pub fn group_name(written: &str) -> Option<String> {
    let name = clean(written);
    let name = cut(&name).unwrap_or(&name);
    (!name.is_empty()).then(|| name.to_owned())
}

fn decoded(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MOST_TIMES_ENCODED {
        match html_escape::decode_html_entities(&text) {
            Cow::Owned(decoded) if decoded != text => text = Cow::Owned(decoded),
            _ => break,
        }
    }
    text
}

/// A character as it is kept: a space for any white space, none for what cannot be seen.
fn as_seen(character: char) -> Option<char> {
    match character {
        _ if character.is_whitespace() => Some(' '),
        _ if character.is_control() => None,
        // Soft hyphen, grapheme joiner, and the marks that turn the direction of writing.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => {
            None
        }
        // Of no width: spaces, joiners, fillers, selectors, tags, and the byte order mark.
        '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' => None,
        '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2065}' | '\u{3164}' | '\u{ffa0}' => None,
        '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' => None,
        '\u{e0000}'..='\u{e0fff}' => None,
        _ => Some(character),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    mod html_entities {
        use super::*;

        fn are_read(written: &str, expected: &str) {
            assert_eq!(name(written).0, expected);
        }

        cases!(
            are_read,
            are_decoded_by_number("O&#39;Brien", "O'Brien"),
            are_decoded_by_hexadecimal_number("O&#x27;Brien", "O'Brien"),
            are_decoded_by_name("O&apos;Brien", "O'Brien"),
            are_decoded_where_they_are_letters("Ren&eacute;e", "Renée"),
            are_decoded_where_they_are_capitals("&Eacute;loise", "Éloise"),
            are_decoded_where_they_are_ampersands("Oak &amp; Ash", "Oak & Ash"),
            are_decoded_where_they_were_encoded_twice("O&amp;#39;Brien", "O'Brien"),
            are_decoded_where_they_are_spaces("Anne&nbsp;Marie", "Anne Marie"),
            are_none_where_an_ampersand_stands_alone("Jones & Hill", "Jones & Hill"),
            are_left_as_they_are_where_there_is_none_of_the_name(
                "AT&T; &nosuch;",
                "AT&T; &nosuch;"
            ),
        );
    }

    mod what_cannot_be_seen {
        use super::*;

        fn is_tidied(written: &str, expected: &str) {
            assert_eq!(name(written), (expected.to_owned(), false));
        }

        cases!(
            is_tidied,
            is_left_out_where_it_turns_the_direction("\u{202e}Amy\u{202c}", "Amy"),
            is_left_out_where_it_isolates_a_direction("\u{2067}Amy\u{2069}\u{200f}", "Amy"),
            is_left_out_where_it_has_no_width("A\u{200b}m\u{feff}y", "Amy"),
            is_left_out_where_it_is_a_soft_hyphen("Mary\u{ad}Jane", "MaryJane"),
            becomes_a_space_where_it_ends_a_line("Mary\r\nJane", "Mary Jane"),
            becomes_a_space_where_it_is_a_tab("Mary\tJane\u{2028}", "Mary Jane"),
            is_left_out_where_it_is_a_control_character("A\u{0}my\u{7}\u{85}", "Amy"),
            is_left_out_where_it_is_written_as_an_entity("A&#8203;my&#10;", "Amy"),
            is_left_out_where_it_selects_a_variant_or_is_a_tag(
                "Amy\u{fe0f}\u{e0020}\u{e007f}",
                "Amy"
            ),
        );
    }

    mod what_somebody_typed {
        use super::*;

        fn is_tidied(written: &str, expected: &str) {
            assert_eq!(typed(written), expected);
        }

        cases!(
            is_tidied,
            has_its_line_ends_made_spaces(" Mary\r\nJane ", "Mary Jane"),
            loses_what_cannot_be_seen("\u{202e}Amy\u{202c}\u{200b}", "Amy"),
            has_its_accents_composed("Zoe\u{308}", "Zoë"),
            loses_control_characters("A\u{0}my\u{7}", "Amy"),
            keeps_its_entities("O&#39;Brien", "O&#39;Brien"),
            may_come_to_nothing("\u{feff}\n", ""),
        );
    }

    #[test]
    fn a_name_all_in_capitals_or_small_letters_is_kept_as_people_write_it() {
        for (written, kept) in [
            ("SMITH", "Smith"),
            ("smith", "Smith"),
            ("O'BRIEN", "O'Brien"),
            ("MARY-JANE ANN", "Mary-Jane Ann"),
            ("ZOË", "Zoë"),
            ("ŁUKASZ", "Łukasz"),
            ("ZOE\u{308}", "Zoë"),
            ("ali", "Ali"),
            ("AJ", "AJ"),
            ("Li", "Li"),
            ("McDonald", "McDonald"),
            ("van der Berg", "van der Berg"),
            ("张伟", "张伟"),
            ("ßen", "SSen"),
        ] {
            assert_eq!(name(written).0, kept, "{written}");
        }
    }

    #[test]
    fn letters_and_their_accents_are_composed() {
        for (written, expected) in
            [("Zoe\u{308}", "Zoë"), ("Sia\u{302}n", "Siân"), ("И\u{306}ван", "Йван"), ("Å", "Å")]
        {
            assert_eq!(name(written).0, expected);
        }
    }

    #[test]
    fn a_name_of_more_than_100_characters_is_cut_and_one_of_100_is_not() {
        let whole = format!("É{}", "é".repeat(LONGEST - 1));
        assert_eq!(name(&whole), (whole.clone(), false));
        assert_eq!(name(&format!("{whole}a")), (whole.clone(), true));
        let first = format!("A{}", "a".repeat(98));
        assert_eq!(name(&format!("{first} b")), (first, true));
        assert_eq!(name(&format!("A{}y", " ".repeat(200))), ("A y".to_owned(), false));
        assert_eq!(group_name(&"x".repeat(5_000)), Some("x".repeat(LONGEST)));
    }

    #[test]
    fn a_cut_is_never_between_a_letter_and_its_accent() {
        // No composed letter exists for these.
        let accented = "x\u{301}\u{323}";
        let plain = format!("A{}", "a".repeat(98));
        let written = format!("{plain}{accented}");
        assert_eq!(name(&written), (plain, true));
        let fits = format!("{}{accented}", "a".repeat(97));
        assert_eq!(name(&fits).0.chars().count(), LONGEST);
        assert_eq!(name(&format!("{fits}b")).0, name(&fits).0);
        let endless = format!("x{}", "\u{323}".repeat(300));
        assert_eq!(name(&endless).0.chars().count(), LONGEST);
    }

    #[test]
    fn a_group_keeps_its_spaces_and_has_no_name_that_cannot_be_seen() {
        assert_eq!(group_name("Year  4").as_deref(), Some("Year  4"));
        assert_eq!(group_name("Year&nbsp;4\n").as_deref(), Some("Year 4"));
        assert_eq!(group_name("4\u{200e}").as_deref(), Some("4"));
        for nothing in ["\u{200b}", "\u{202e}\u{202c}", "\n", "&#8203;"] {
            assert_eq!(group_name(nothing), None, "{nothing:?}");
        }
    }

    proptest! {
        #[test]
        fn cleaning_a_clean_name_changes_nothing(written in ".{0,150}") {
            let (once, _) = name(&written);
            prop_assert!(once.chars().count() <= LONGEST);
            prop_assert!(!once.chars().any(char::is_control));
            // Text that decoding made may read as an entity itself.
            if !once.contains('&') {
                prop_assert_eq!(name(&once), (once.clone(), false));
            }
            let typed_once = typed(&written);
            prop_assert!(!typed_once.chars().any(char::is_control));
            prop_assert_eq!(typed(&typed_once), typed_once);
        }
    }
}
