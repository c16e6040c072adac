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
    /// `EYFS`: only with a number does it say which.
    EarlyStage,
    Primary,
    /// `Class`: the number after it is not that of a year.
    Class,
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
        "year" | "years" | "yr" | "yrs" | "y" | "ncy" | "nc" | "ncyear" | "blwyddyn" | "bl"
        | "yeargroup" | "yeargrp" | "yeargp" | "yrgroup" | "yrgrp" | "yrgp" => Meaning::Marker,
        "reception" | "recep" | "rec" | "r" | "derbyn" | "yrr" | "yrec" => Meaning::Reception,
        "nursery" | "nurs" | "nur" | "n" | "meithrin" | "preschool" | "yn" | "yrn" => Meaning::Nursery,
        "foundation" | "fs" | "f" => Meaning::Foundation,
        "eyfs" => Meaning::EarlyStage,
        "primary" | "p" => Meaning::Primary,
        "class" | "dosbarth" | "room" | "ystafell" => Meaning::Class,
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
fn is_calendar_year(digits: &str) -> bool {
    digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
}

/// What is left after a school year such as `2024-25` or a calendar year, at the beginning.
pub(super) fn after_school_year(tokens: &[Token]) -> Option<&[Token]> {
    match tokens {
        [Token::Number(first), Token::Joiner, Token::Number(next), rest @ ..]
        | [Token::Number(first), Token::Number(next), rest @ ..]
            if are_school_year(first, next) =>
        {
            Some(rest)
        }
        [Token::Number(digits), rest @ ..] if is_calendar_year(digits) => Some(rest),
        _ => None,
    }
}

/// `2024` and `2025`, `25` or `5`; or `24` and `25`.
fn are_school_year(first: &str, next: &str) -> bool {
    let (Ok(year), Ok(next_year)) = (first.parse::<u32>(), next.parse::<u32>()) else {
        return false;
    };
    let is_year = is_calendar_year(first) || (first.len() == 2 && year >= 20);
    let modulus = 10_u32.pow(u32::try_from(next.len().min(4)).unwrap_or(4));
    is_year && next.len() <= first.len() && (year + 1) % modulus == next_year
}

/// What is left after hours such as `30 hours`, at the beginning.
pub(super) fn after_hours(tokens: &[Token]) -> Option<&[Token]> {
    match tokens {
        [Token::Number(_), Token::Word(unit), rest @ ..]
            if matches!(unit.as_str(), "hours" | "hour" | "hrs" | "hr" | "h" | "awr") =>
        {
            Some(rest)
        }
        _ => None,
    }
}

/// The years that a run of digits such as `34` counts up.
pub(super) fn counted_up(digits: &str) -> Vec<u8> {
    let years: Vec<u8> = digits.bytes().map(|digit| digit.wrapping_sub(b'0')).collect();
    let counts_up = years.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b));
    if years.len() > 1 && counts_up { years } else { Vec::new() }
}

/// Whether a number has a minus: `Year -1` is not Year 1.
pub(super) fn has_minus(text: &str) -> bool {
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix(['-', '−', '–']))
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}
