//! The pieces that names of year groups are made of, and what each means.

/// A piece of a name: a run of letters or of digits, or a sign that joins two years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Number(String),
    Joiner,
}

/// Cuts a name into its pieces.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut is_new = true;
    for character in text.chars().flat_map(char::to_lowercase) {
        let is_digit = character.is_ascii_digit();
        match (character, tokens.last_mut()) {
            ('/' | '&' | '+' | '\\', _) => tokens.push(Token::Joiner),
            // An apostrophe or a full stop inside an abbreviation says nothing.
            _ if !character.is_alphanumeric() => {}
            (_, Some(Token::Number(run))) if is_digit && !is_new => run.push(character),
            (_, Some(Token::Word(run))) if !is_digit && !is_new => run.push(character),
            _ if is_digit => tokens.push(Token::Number(character.into())),
            _ => tokens.push(Token::Word(character.into())),
        }
        is_new = !character.is_alphanumeric();
    }
    tokens
}

/// What a word of a year group's name means.
pub(super) enum Meaning {
    /// `Year`: the next thing says which.
    Marker,
    Reception,
    Nursery,
    /// Its stage 1 is Nursery, its stage 2 Reception.
    Foundation,
    Primary,
    Number(u8),
    /// `Pre`: only `Pre-school` is a year.
    Pre,
    Early,
    /// Says nothing about the year: `Girls`, `AM`.
    Filler,
    /// Turns the name into something else: `Year 6 leavers`.
    Doubtful,
    Unknown,
}

/// What a word means; it is in small letters.
#[rustfmt::skip]
pub(super) fn meaning(word: &str) -> Meaning {
    match word {
        "year" | "years" | "yr" | "yrs" | "y" | "ncy" | "nc" | "ncyear" | "blwyddyn" | "bl" => Meaning::Marker,
        "reception" | "recep" | "rec" | "r" | "derbyn" | "yrr" | "yrec" => Meaning::Reception,
        "nursery" | "nurs" | "nur" | "n" | "meithrin" | "preschool" | "yn" | "yrn" => Meaning::Nursery,
        "foundation" | "fs" | "f" => Meaning::Foundation,
        "primary" | "p" => Meaning::Primary,
        "pre" => Meaning::Pre,
        "early" => Meaning::Early,
        "one" | "un" => Meaning::Number(1),
        "two" | "dau" => Meaning::Number(2),
        "three" | "tri" => Meaning::Number(3),
        "four" | "pedwar" => Meaning::Number(4),
        "five" | "pump" => Meaning::Number(5),
        "six" | "chwech" => Meaning::Number(6),
        "seven" => Meaning::Number(7),
        "eight" => Meaning::Number(8),
        "nine" => Meaning::Number(9),
        "ten" => Meaning::Number(10),
        "eleven" => Meaning::Number(11),
        "twelve" => Meaning::Number(12),
        "thirteen" => Meaning::Number(13),
        "girls" | "girl" | "boys" | "boy" | "am" | "pm" | "morning" | "mornings" | "afternoon" | "afternoons"
        | "bore" | "prynhawn" | "group" | "grp" | "gp" | "grwp" | "grŵp" | "curriculum" | "national" | "cwricwlwm"
        | "school" | "pupils" | "children" | "all" | "full" | "part" | "time" | "day" | "ft" | "pt" | "the" => Meaning::Filler,
        "post" | "ex" | "old" | "olds" | "yo" | "former" | "formerly" | "previous" | "last" | "future" | "next" | "new"
        | "intake" | "leaver" | "leavers" | "left" | "guest" | "guests" | "not" | "non" | "no" | "without" | "except"
        | "to" | "until" | "mixed" | "combined" | "th" | "st" | "nd" | "rd" | "age" | "aged" | "ages" | "club"
        | "after" | "before" | "cyn" | "first" | "second" | "third" | "fourth" | "fifth" | "sixth" | "form" => Meaning::Doubtful,
        _ => Meaning::Unknown,
    }
}

/// A year number in Roman figures, as some write after the word.
pub(super) fn in_roman_figures(word: &str) -> Option<u8> {
    let figures = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"];
    (1..).zip(figures).find_map(|(number, figure)| (figure == word).then_some(number))
}

/// A number of one or two digits.
pub(super) fn small_number(digits: &str) -> Option<u8> {
    if digits.len() <= 2 { digits.parse().ok() } else { None }
}

/// A calendar year such as 2026.
pub(super) fn is_calendar_year(digits: &str) -> bool {
    digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
}

/// Whether a number has a minus: `Year -1` is not Year 1.
pub(super) fn has_minus(text: &str) -> bool {
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix(['-', '−', '–']))
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}
