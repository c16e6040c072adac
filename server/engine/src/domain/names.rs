//! Names as they are compared: folded, so that accents, case, spaces, hyphens and apostrophes do
//! not count; and when two names are similar enough to ask whether they are one person.

mod nicknames;

use std::borrow::Cow;

use any_ascii::any_ascii;

use super::text::{clean, cut};
use nicknames::go_together;

/// A person's name in the form it is compared in.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FoldedName {
    pub forename: String,
    pub surname: String,
}

impl FoldedName {
    #[must_use]
    pub(crate) fn of(forename: &str, surname: &str) -> Self {
        Self { forename: fold(forename), surname: fold(surname) }
    }

    /// Whether there is anything to compare.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.forename.is_empty() && self.surname.is_empty()
    }
}

/// A name as a roster keeps it, so that one stored before names were cleaned compares the same.
fn as_kept(name: &str) -> Cow<'_, str> {
    match clean(name) {
        Cow::Borrowed(name) => Cow::Borrowed(cut(name).unwrap_or(name)),
        Cow::Owned(name) => Cow::Owned(cut(&name).map(str::to_owned).unwrap_or(name)),
    }
}

/// Letters and digits only, in ASCII and small: `Zoë O'Brien-Łuk` is `zoeobrienluk`.
#[must_use]
pub(crate) fn fold(name: &str) -> String {
    fold_kept(&as_kept(name))
}

fn fold_kept(text: &str) -> String {
    let mut folded = if text.is_ascii() { text.to_owned() } else { any_ascii(text) };
    folded.retain(|c| c.is_ascii_alphanumeric());
    folded.make_ascii_lowercase();
    folded
}

/// The words of a name, folded: `Mary-Jane` is `mary` and `jane`.
fn words(name: &str) -> impl Iterator<Item = String> {
    let words: Vec<String> = as_kept(name)
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '‐' | '‑' | '–' | '/'))
        .map(fold_kept)
        .filter(|word| !word.is_empty())
        .collect();
    words.into_iter()
}

/// The words of a surname by which a person can be found: particles such as `de` say nothing.
fn telling_words(surname: &str) -> impl Iterator<Item = String> {
    words(surname).filter(|word| word.len() > 2 && !PARTICLES.contains(&word.as_str()))
}

/// A name with spaces run together and cut off at the ends.
#[must_use]
pub fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !tidy.is_empty() {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    tidy
}

const PARTICLES: [&str; 15] = [
    "van", "von", "der", "den", "del", "della", "bin", "bint", "ibn", "abu", "dos", "mac", "was",
    "nee", "formerly",
];

/// A name with what is needed to tell whether it is similar to another.
#[derive(Clone, Debug)]
pub(crate) struct ComparedName {
    pub folded: FoldedName,
    pub forename_words: Box<[String]>,
    pub surname_words: Box<[String]>,
}

impl ComparedName {
    #[must_use]
    pub(crate) fn of(forename: &str, surname: &str) -> Self {
        Self {
            folded: FoldedName::of(forename, surname),
            forename_words: words(forename).collect(),
            surname_words: telling_words(surname).collect(),
        }
    }

    /// Whether the two names may well be one person's: a short form or a nickname, an initial, one
    /// half of a double-barrelled name, one wrong letter, or the two names changed round.
    #[must_use]
    pub(crate) fn is_similar_to(&self, other: &Self) -> bool {
        let (a, b) = (&self.folded, &other.folded);
        if a.is_empty() || b.is_empty() {
            return false;
        }
        let same_forename = a.forename == b.forename;
        let same_surname = a.surname == b.surname;
        (same_forename && same_surname)
            || (same_surname && !a.surname.is_empty() && self.has_similar_forename(other))
            || (same_forename && !a.forename.is_empty() && self.has_similar_surname(other))
            || (a.forename == b.surname && a.surname == b.forename)
    }

    /// Whether one person may usually have both forenames: the same, spellings or nicknames of one
    /// another, a short form, or only the first of several. Neither an initial nor a slip of the
    /// pen is enough, nor is what turns a boy's name into a girl's.
    #[must_use]
    pub(crate) fn has_usual_forename_of(&self, other: &Self) -> bool {
        let (a, b) = (self.folded.forename.as_str(), other.folded.forename.as_str());
        let mut words = self.forename_words.iter().zip(&other.forename_words);
        let one_begins_the_other = words.all(|(a, b)| are_usual_together(a, b));
        are_usual_together(a, b) || (!a.is_empty() && !b.is_empty() && one_begins_the_other)
    }

    fn has_similar_forename(&self, other: &Self) -> bool {
        let (short, long) = by_length(&self.folded.forename, &other.folded.forename);
        if short.is_empty() {
            return false;
        }
        self.has_usual_forename_of(other)
            || (short.len() != 2 && long.strip_prefix(short).is_some_and(|rest| !is_hers(rest)))
            || self.forename_words.first() == other.forename_words.first()
            || (short.len() > 3 && differ_by_one_letter(short, long))
    }

    fn has_similar_surname(&self, other: &Self) -> bool {
        let (short, long) = by_length(&self.folded.surname, &other.folded.surname);
        (short.len() == 1 && long.starts_with(short))
            || self.surname_words.iter().any(|word| other.surname_words.contains(word))
            || (short.len() > 3 && differ_by_one_letter(short, long))
    }
}

fn by_length<'a>(a: &'a str, b: &'a str) -> (&'a str, &'a str) {
    if a.len() <= b.len() { (a, b) } else { (b, a) }
}

/// Whether two forenames are in the table together, or one is the other cut short: `Sam` is, and
/// `Leo` of `Leon` or `Joseph` of `Josephine` is not.
fn are_usual_together(a: &str, b: &str) -> bool {
    let (short, long) = by_length(a, b);
    let is_cut_short =
        || long.strip_prefix(short).is_some_and(|rest| rest.len() > 2 && !is_hers(rest));
    go_together(a, b) || (short.len() > 2 && is_cut_short())
}

/// Whether an ending makes a girl's name of a boy's: `Joseph` and `Josephine`. A single letter may
/// be a slip of the pen.
fn is_hers(ending: &str) -> bool {
    HER_ENDINGS.contains(&ending)
}

const HER_ENDINGS: [&str; 20] = [
    "ah", "ia", "iah", "ya", "yah", "na", "ne", "la", "le", "ina", "ine", "ella", "elle", "etta",
    "ette", "anna", "anne", "iana", "sha", "issa",
];

/// Whether the longer text becomes the shorter by changing, dropping or swapping one letter.
fn differ_by_one_letter(short: &str, long: &str) -> bool {
    let (short, long) = (short.as_bytes(), long.as_bytes());
    let same_start = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let rest = |text: &[u8], skip: usize| text.get(same_start + skip..).map(<[u8]>::to_vec);
    match long.len() - short.len() {
        0 => rest(short, 1) == rest(long, 1) || is_swap(short, long, same_start),
        1 => rest(short, 0) == rest(long, 1),
        _ => false,
    }
}

fn is_swap(a: &[u8], b: &[u8], at: usize) -> bool {
    match (a.get(at..), b.get(at..)) {
        (Some([a1, a2, a_rest @ ..]), Some([b1, b2, b_rest @ ..])) => {
            a1 == b2 && a2 == b1 && a_rest == b_rest
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similar(a: (&str, &str), b: (&str, &str)) -> bool {
        let (a, b) = (ComparedName::of(a.0, a.1), ComparedName::of(b.0, b.1));
        assert_eq!(a.is_similar_to(&b), b.is_similar_to(&a), "similarity has no direction");
        a.is_similar_to(&b)
    }

    #[test]
    fn accents_case_and_punctuation_do_not_count() {
        assert_eq!(FoldedName::of("Zoë", "O’Brien"), FoldedName::of("ZOE", "OBRIEN"));
        assert_eq!(FoldedName::of("Mary-Jane", "Łukasz"), FoldedName::of("Mary Jane", "lukasz"));
    }

    #[test]
    fn a_name_stored_before_names_were_cleaned_compares_the_same() {
        let long = "Wolfeschlegel ".repeat(20);
        for (stored, read) in [
            ("O&#39;Brien", "O'Brien"),
            ("Ren&eacute;e", "Renée"),
            ("\u{202e}Amy\u{202c}", "Amy"),
            ("И\u{306}ван", "Йван"),
            ("Mary\u{200b}Jane", "MaryJane"),
            ("Mary\nJane", "Mary Jane"),
            ("Oak &amp; Ash", "Oak & Ash"),
            (&long, cut(&long).unwrap()),
        ] {
            let (a, b) = (ComparedName::of(stored, stored), ComparedName::of(read, read));
            assert_eq!(a.folded, b.folded, "{stored:?}");
            assert_eq!(a.forename_words, b.forename_words, "{stored:?}");
            assert_eq!(a.surname_words, b.surname_words, "{stored:?}");
            assert!(words(stored).eq(words(read)), "{stored:?}");
        }
    }

    #[test]
    fn what_says_that_a_surname_was_another_is_not_a_word_of_it() {
        assert!(similar(("Amy", "Jones (was Davies)"), ("Amy", "Davies")));
        assert!(!similar(("Amy", "Jones (was Davies)"), ("Amy", "Hill (was Wood)")));
        assert!(!similar(("Amy", "Jones née Davies"), ("Amy", "Hill née Wood")));
        assert!(!similar(("Amy", "Jones formerly Davies"), ("Amy", "Hill formerly Wood")));
    }

    mod a_similar_name {
        use super::*;

        fn is_similar(a: (&str, &str), b: (&str, &str)) {
            assert!(similar(a, b));
        }

        cases!(
            is_similar,
            is_a_short_form(("Sam", "Hill"), ("Samuel", "Hill")),
            is_a_nickname(("Kate", "Hill"), ("Catherine", "Hill")),
            is_an_initial(("J", "Hill"), ("Jane", "Hill")),
            is_one_of_two_forenames(("Mary Jane", "Hill"), ("Mary", "Hill")),
            is_the_first_half_of_a_double_surname(("Amy", "Hill-Jones"), ("Amy", "Hill")),
            is_the_second_half_of_a_double_surname(("Amy", "Hill Jones"), ("Amy", "Jones")),
            leaves_out_the_last_letter(("Sarah", "Hill"), ("Sara", "Hill")),
            leaves_out_a_letter_within(("Amy", "Thompson"), ("Amy", "Thomson")),
            is_changed_round(("Amy", "Harris"), ("Harris", "Amy")),
            has_two_letters_exchanged(("Brain", "Hill"), ("Brian", "Hill")),
        );
    }

    mod another_name {
        use super::*;

        fn is_another(a: (&str, &str), b: (&str, &str)) {
            assert!(!similar(a, b));
        }

        cases!(
            is_another,
            has_another_forename(("Amy", "Hill"), ("Ben", "Hill")),
            has_another_surname(("Amy", "Hill"), ("Amy", "Wood")),
            has_no_more_than_a_particle_in_common(("Ana", "de Sousa"), ("Ana", "de Lima")),
            is_a_forename_that_begins_with_a_short_one_that_is_no_form_of_it(
                ("Jo", "Hill"),
                ("Joshua", "Hill")
            ),
            differs_in_two_letters_of_a_short_forename(("Ella", "Hill"), ("Emma", "Hill")),
            differs_in_the_surname_where_there_is_no_forename(("", "Hill"), ("", "Wood")),
        );
    }
}
