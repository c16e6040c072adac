//! A person's names in the form usernames are made of: ASCII letters and digits, with the capitals
//! of the name, and without what stands beside it (titles, brackets, former names).

use rollcall_shared::formats::UsernameFormat;

use super::beside::{forename_alone, surname_alone};
use super::usernames::{MAX_LENGTH, NoUsableName};

/// A person's two names; at least one is not empty.
pub(super) struct Names {
    forename: Name,
    surname: Name,
}

/// One name, or several joined.
#[derive(Clone, Default)]
pub(super) struct Name {
    pub text: String,
    /// Where its second and further parts begin: `MaryJane` has one at 4.
    pub joins: Vec<usize>,
}

impl Names {
    pub(super) fn read(forename: &str, surname: &str) -> Result<Self, NoUsableName> {
        let names = Self {
            forename: Name::read(&forename_alone(forename)),
            surname: Name::read(&surname_alone(surname)),
        };
        if names.forename.is_empty() && names.surname.is_empty() {
            return Err(NoUsableName);
        }
        Ok(names)
    }

    /// Whether only one of the two can be used.
    pub(super) const fn is_one_name(&self) -> bool {
        self.forename.is_empty() || self.surname.is_empty()
    }

    /// Surname and forename without case and accents.
    pub(super) fn folded(&self) -> (String, String) {
        (self.surname.text.to_ascii_lowercase(), self.forename.text.to_ascii_lowercase())
    }

    /// The names as a format joins them, cut to the longest username. One name is used alone.
    pub(super) fn in_form(&self, form: UsernameFormat) -> Name {
        let Self { forename, surname } = self;
        let mut name = match form {
            _ if forename.is_empty() => surname.clone(),
            _ if surname.is_empty() => forename.clone(),
            UsernameFormat::ForenameInitial => forename.join(&surname.initial()),
            UsernameFormat::InitialSurname => forename.initial().join(surname),
            UsernameFormat::FullName => forename.join(surname),
            UsernameFormat::Initials => forename.initial().join(&surname.initial()),
        };
        name.text.truncate(MAX_LENGTH);
        name.joins.retain(|&join| join < MAX_LENGTH);
        name
    }
}

impl Name {
    /// Transliterates a name, drops all but letters and digits, and puts it in title case where it
    /// is written all in capitals or all in small letters.
    fn read(written: &str) -> Self {
        let mut name = Self { text: String::with_capacity(written.len()), joins: Vec::new() };
        let mut capitals = Vec::new();
        let mut before = Before::Gap;
        for character in written.chars() {
            let place = name.text.len();
            name.text.extend(in_ascii(character));
            if name.text.len() == place {
                before = before.max(Before::read(character));
                continue;
            }
            if before != Before::Letter {
                capitals.push(place);
            }
            if before == Before::Gap && place > 0 {
                name.joins.push(place);
            }
            before = Before::Letter;
        }
        if is_in_one_case(written) {
            put_in_title_case(&mut name.text, &capitals);
        }
        name
    }

    const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The first character, as a capital.
    fn initial(&self) -> Self {
        let text = self.text.chars().take(1).map(|c| c.to_ascii_uppercase()).collect();
        Self { text, joins: Vec::new() }
    }

    fn join(&self, next: &Self) -> Self {
        let start = self.text.len();
        let mut joined = self.clone();
        joined.text.push_str(&next.text);
        joined.joins.push(start);
        joined.joins.extend(next.joins.iter().map(|join| start + join));
        joined
    }
}

/// What stands before a letter of a name, the strongest last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Before {
    Letter,
    /// `O'Brien` is one part, but the B is a capital.
    Apostrophe,
    /// The beginning, a space, a hyphen or the like: a new part begins.
    Gap,
}

impl Before {
    /// Reads a character that has no ASCII letter or digit.
    const fn read(character: char) -> Self {
        match character {
            '\'' | '’' | '‘' | '`' | '´' | '′' | '\u{2b9}'..='\u{2bf}' => Self::Apostrophe,
            // Accents written apart, joiners and soft hyphens sit on or between letters.
            '\u{300}'..='\u{36f}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'
            | '\u{feff}' => Self::Letter,
            _ if character.is_ascii() || character.is_whitespace() => Self::Gap,
            // A sign with no sound of its own, as in Татьяна, or a symbol.
            '\u{2010}'..='\u{2015}' => Self::Gap,
            _ => Self::Letter,
        }
    }
}

/// A letter or digit in ASCII, by one or several; a symbol has none.
fn in_ascii(character: char) -> impl Iterator<Item = char> {
    let ascii = if character.is_alphanumeric() { any_ascii::any_ascii_char(character) } else { "" };
    ascii.chars().filter(char::is_ascii_alphanumeric)
}

/// Whether all letters are capitals or all are small. Scripts without case count as small unless
/// they are written in ASCII with capitals.
fn is_in_one_case(written: &str) -> bool {
    let has = |is: fn(char) -> bool, is_ascii: fn(&char) -> bool| {
        written.chars().any(|c| {
            let is_cased = c.is_uppercase() || c.is_lowercase();
            is(c) || (!is_cased && in_ascii(c).any(|c| is_ascii(&c)))
        })
    };
    !has(char::is_uppercase, char::is_ascii_uppercase)
        || !has(char::is_lowercase, char::is_ascii_lowercase)
}

fn put_in_title_case(text: &mut str, capitals: &[usize]) {
    text.make_ascii_lowercase();
    for &place in capitals {
        if let Some(letter) = text.get_mut(place..=place) {
            letter.make_ascii_uppercase();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn writes_names_in_ascii_letters_and_digits() {
        for (written, expected) in [
            ("John", "John"),
            ("Zoë", "Zoe"),
            ("Zoe\u{308}", "Zoe"),
            ("Łukasz", "Lukasz"),
            ("O'Brien", "OBrien"),
            ("O’Brien", "OBrien"),
            ("Mary-Jane", "MaryJane"),
            ("Mary Jane", "MaryJane"),
            ("  Ann ", "Ann"),
            ("Æsa", "Aesa"),
            ("Þór", "Thor"),
            ("Straße", "Strasse"),
            ("Søren", "Soren"),
            ("Đorđe", "Dorde"),
            ("Nguyễn", "Nguyen"),
            ("İbrahim", "Ibrahim"),
            ("Siân", "Sian"),
            ("Ffion-Haf", "FfionHaf"),
            ("van der Berg", "vanderBerg"),
            ("McDonald", "McDonald"),
            ("de la Cruz", "delaCruz"),
            ("St. John", "StJohn"),
            ("Шарлотта", "Sharlotta"),
            ("Kaʻiulani", "Kaiulani"),
            ("张伟", "ZhangWei"),
            ("X Æ A-12", "XAeA12"),
        ] {
            assert_eq!(Name::read(written).text, expected, "{written}");
        }
    }

    #[test]
    fn puts_names_in_capitals_or_small_letters_in_title_case() {
        for (written, expected) in [
            ("SMITH", "Smith"),
            ("smith", "Smith"),
            ("O'BRIEN", "OBrien"),
            ("o’brien", "OBrien"),
            ("MARY-JANE", "MaryJane"),
            ("mary jane", "MaryJane"),
            ("ŁUKASZ", "Lukasz"),
            ("ÆSA", "Aesa"),
            ("ТАТЬЯНА", "Tatyana"),
            ("ШАРЛОТТА", "Sharlotta"),
            ("محمد", "Mhmd"),
            ("ZOE\u{308}LLA", "Zoella"),
            ("van der berg", "VanDerBerg"),
            ("x", "X"),
        ] {
            assert_eq!(Name::read(written).text, expected, "{written}");
        }
    }

    #[test]
    fn finds_nothing_to_use_in_symbols() {
        for written in ["", " ", ".", "-", "'", "???", "★★★", "😀", "®", "\u{301}"] {
            assert!(Name::read(written).is_empty(), "{written}");
        }
    }

    #[test]
    fn knows_where_parts_join() {
        assert_eq!(Name::read("Mary-Jane O'Brien").joins, [4, 8]);
        let names = Names::read("Mary-Jane", "Smith").unwrap();
        assert_eq!(names.in_form(UsernameFormat::FullName).joins, [4, 8]);
        assert_eq!(names.in_form(UsernameFormat::InitialSurname).joins, [1]);
    }

    proptest! {
        #[test]
        fn every_text_becomes_letters_and_digits(written in ".*") {
            let name = Name::read(&written);
            prop_assert!(name.text.bytes().all(|b| b.is_ascii_alphanumeric()));
            prop_assert!(name.joins.is_sorted_by(|a, b| a < b));
            prop_assert!(name.joins.iter().all(|&join| join > 0 && join < name.text.len()));
        }
    }
}
