//! Names as they are compared: folded, so that accents, case, spaces, hyphens and apostrophes do
//! not count; and when two names are similar enough to ask whether they are one person.

use any_ascii::any_ascii;

/// A person's name in the form it is compared in.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FoldedName {
    pub forename: String,
    pub surname: String,
}

impl FoldedName {
    #[must_use]
    pub fn of(forename: &str, surname: &str) -> Self {
        Self { forename: fold(forename), surname: fold(surname) }
    }

    /// Whether there is anything to compare.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.forename.is_empty() && self.surname.is_empty()
    }
}

/// Letters and digits only, in ASCII and small: `Zoë O'Brien-Łuk` is `zoeobrienluk`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = if text.is_ascii() { text.to_owned() } else { any_ascii(text) };
    folded.retain(|c| c.is_ascii_alphanumeric());
    folded.make_ascii_lowercase();
    folded
}

/// The words of a name, folded: `Mary-Jane` is `mary` and `jane`.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| c.is_whitespace() || matches!(c, '-' | '‐' | '‑' | '–' | '/'))
        .map(fold)
        .filter(|word| !word.is_empty())
}

/// The words of a surname by which a person can be found: particles such as `de` say nothing.
pub fn telling_words(surname: &str) -> impl Iterator<Item = String> + '_ {
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

const PARTICLES: [&str; 12] =
    ["van", "von", "der", "den", "del", "della", "bin", "bint", "ibn", "abu", "dos", "mac"];

/// A name with what is needed to tell whether it is similar to another.
#[derive(Clone, Debug)]
pub struct ComparedName {
    pub folded: FoldedName,
    pub forename_words: Box<[String]>,
    pub surname_words: Box<[String]>,
}

impl ComparedName {
    #[must_use]
    pub fn of(forename: &str, surname: &str) -> Self {
        Self {
            folded: FoldedName::of(forename, surname),
            forename_words: words(forename).collect(),
            surname_words: telling_words(surname).collect(),
        }
    }

    /// Whether the two names may well be one person's: a short form or a nickname, an initial, one
    /// half of a double-barrelled name, one wrong letter, or the two names changed round.
    #[must_use]
    pub fn is_similar_to(&self, other: &Self) -> bool {
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

    fn has_similar_forename(&self, other: &Self) -> bool {
        let (a, b) = (self.folded.forename.as_str(), other.folded.forename.as_str());
        let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        if short.is_empty() {
            return false;
        }
        (short.len() != 2 && long.starts_with(short))
            || self.forename_words.first() == other.forename_words.first()
            || are_nicknames(a, b)
            || (short.len() > 3 && differ_by_one_letter(short, long))
    }

    fn has_similar_surname(&self, other: &Self) -> bool {
        let (a, b) = (self.folded.surname.as_str(), other.folded.surname.as_str());
        let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        (short.len() == 1 && long.starts_with(short))
            || self.surname_words.iter().any(|word| other.surname_words.contains(word))
            || (short.len() > 3 && differ_by_one_letter(short, long))
    }
}

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

fn are_nicknames(a: &str, b: &str) -> bool {
    NICKNAMES.iter().any(|group| group.contains(&a) && group.contains(&b))
}

/// Short forms that do not begin as the full name does, or are usual beside it.
const NICKNAMES: [&[&str]; 36] = [
    &["alexander", "alexandra", "alex", "sandy", "sasha", "lexi"],
    &["andrew", "andy", "drew"],
    &["anthony", "antony", "tony"],
    &["barbara", "babs"],
    &["catherine", "katherine", "kathryn", "katharine", "kate", "katie", "cathy", "kathy", "kitty"],
    &["charles", "charlie", "charlotte", "lottie"],
    &["christopher", "chris", "kit", "christine", "christina"],
    &["david", "dave", "davey"],
    &["deborah", "debbie", "debra"],
    &["edward", "eddie", "ted", "teddy", "ned"],
    &["eleanor", "ellie", "nell", "nellie", "nora"],
    &["elizabeth", "liz", "lizzie", "beth", "betty", "libby", "eliza", "elsie"],
    &["frederick", "freddie", "freddy", "fred"],
    &["gillian", "jill", "gill"],
    &["henry", "harry", "hal", "harrison"],
    &["isabella", "isabelle", "isobel", "bella", "izzy", "issy"],
    &["jacob", "jake"],
    &["james", "jim", "jimmy", "jamie"],
    &["jennifer", "jenny", "jen"],
    &["john", "jack", "johnny", "jonathan", "jon"],
    &["joseph", "joe", "joey", "josephine", "josie"],
    &["lawrence", "laurence", "larry"],
    &["margaret", "maggie", "meg", "peggy", "daisy"],
    &["mary", "molly", "polly"],
    &["matilda", "tilly", "tillie"],
    &["michael", "mike", "mick", "mikey"],
    &["mohammed", "muhammad", "mohammad", "mohamed", "muhammed", "mo"],
    &["oliver", "ollie", "olly", "olivia", "liv"],
    &["patricia", "pat", "trish", "patrick", "paddy"],
    &["richard", "rick", "ricky", "dick", "richie"],
    &["robert", "rob", "bob", "bobby", "robbie"],
    &["susan", "sue", "suzanne", "susie"],
    &["theodore", "theo", "ted", "teddy"],
    &["thomas", "tom", "tommy"],
    &["victoria", "vicky", "tori"],
    &["william", "will", "bill", "billy", "willy", "liam"],
];

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
    fn short_forms_initials_halves_and_slips_are_similar() {
        for (a, b) in [
            (("Sam", "Hill"), ("Samuel", "Hill")),
            (("Kate", "Hill"), ("Catherine", "Hill")),
            (("J", "Hill"), ("Jane", "Hill")),
            (("Mary Jane", "Hill"), ("Mary", "Hill")),
            (("Amy", "Hill-Jones"), ("Amy", "Hill")),
            (("Amy", "Hill Jones"), ("Amy", "Jones")),
            (("Sarah", "Hill"), ("Sara", "Hill")),
            (("Amy", "Thompson"), ("Amy", "Thomson")),
            (("Amy", "Harris"), ("Harris", "Amy")),
            (("Brain", "Hill"), ("Brian", "Hill")),
        ] {
            assert!(similar(a, b), "{a:?} and {b:?}");
        }
    }

    #[test]
    fn other_names_are_not_similar() {
        for (a, b) in [
            (("Amy", "Hill"), ("Ben", "Hill")),
            (("Amy", "Hill"), ("Amy", "Wood")),
            (("Ana", "de Sousa"), ("Ana", "de Lima")),
            (("Jo", "Hill"), ("Joshua", "Hill")),
            (("Ella", "Hill"), ("Emma", "Hill")),
            (("", "Hill"), ("", "Wood")),
        ] {
            assert!(!similar(a, b), "{a:?} and {b:?}");
        }
    }
}
