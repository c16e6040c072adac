//! What the name (or Code) of a year group says by itself.

use std::collections::BTreeSet;

use rollcall_shared::wizard::Certainty;
use rollcall_shared::year_group::YearGroup;

use super::words::{
    Meaning, Token, after_hours, after_school_year, counted_up, has_minus, in_roman_figures,
    meaning, small_number, tokens,
};

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Nothing about a year: `Owls`.
    Silent,
    /// Several years, or something that makes it impossible to say.
    Doubtful,
    Year(YearGroup, Certainty),
    /// Nothing but a number: `6`, `06`, `Six`.
    Number(YearGroup),
    /// P1 to P7, which is another year in Scotland than in Northern Ireland.
    Primary,
}

impl Reading {
    pub(super) const fn year(self) -> Option<YearGroup> {
        match self {
            Self::Year(year, _) | Self::Number(year) => Some(year),
            Self::Silent | Self::Doubtful | Self::Primary => None,
        }
    }
}

/// What a name says, and what it makes known about its school.
pub(super) struct Look {
    pub reading: Reading,
    /// Every year that is named, in a name of several too.
    pub years: BTreeSet<YearGroup>,
    /// Two years are written as one number: `Y34`.
    pub has_pair: bool,
}

impl From<Reading> for Look {
    fn from(reading: Reading) -> Self {
        Self { reading, years: reading.year().into_iter().collect(), has_pair: false }
    }
}

/// Reads a name or a Code.
pub(super) fn read(text: &str) -> Reading {
    look(text).reading
}

/// Reads a name or a Code, and what else it makes known.
pub(super) fn look(text: &str) -> Look {
    match text.trim() {
        // As DfE's data and some MIS number the years before Year 1.
        "-1" | "-2" => return Reading::Year(YearGroup::Nursery, Certainty::Likely).into(),
        "YR" | "Y R" => return Reading::Year(YearGroup::Reception, Certainty::Certain).into(),
        "Yr" | "yr" => return Reading::Year(YearGroup::Reception, Certainty::Likely).into(),
        _ => {}
    }
    if has_minus(text) {
        return Reading::Doubtful.into();
    }
    let tokens = tokens(text);
    let mut findings = Findings::default();
    let reading = match findings.take_all(&tokens) {
        Some(()) => findings.conclude(tokens.len() == 1),
        None => Reading::Doubtful,
    };
    let (years, has_pair) = findings.all_years(&tokens);
    Look { reading, years, has_pair }
}

fn year(number: u8) -> Option<YearGroup> {
    YearGroup::from_number(number.into())
}

/// What has been found in a name so far.
#[derive(Default)]
struct Findings {
    years: BTreeSet<YearGroup>,
    primaries: BTreeSet<u8>,
    /// Numbers that no word says to be years.
    numbers: BTreeSet<u8>,
    /// Words or numbers that could not be read.
    has_unknown: bool,
    /// A number too long to be a year: the id of a record.
    has_long_number: bool,
    /// The number of a class.
    has_class_number: bool,
    /// The year was given as a word or with a number, not by a letter alone.
    is_spelt_out: bool,
}

impl Findings {
    /// Takes in all tokens; none if the name is doubtful.
    fn take_all(&mut self, mut rest: &[Token]) -> Option<()> {
        while let Some((token, after)) = rest.split_first() {
            rest = if let Some(after) = after_hours(rest) {
                after
            } else if let Some(after) = after_school_year(rest) {
                self.has_unknown = true;
                after
            } else {
                self.take(token, after)?
            };
        }
        Some(())
    }

    /// Every year that was found, and those that are written as one number.
    fn all_years(&self, tokens: &[Token]) -> (BTreeSet<YearGroup>, bool) {
        let numbers = self.numbers.iter().copied().filter_map(year);
        let mut years: BTreeSet<YearGroup> = self.years.iter().copied().chain(numbers).collect();
        let mut has_pair = false;
        for token in tokens {
            let Token::Number(digits) = token else { continue };
            if small_number(digits).and_then(year).is_none() {
                let pair = counted_up(digits);
                has_pair |= !pair.is_empty();
                years.extend(pair.into_iter().filter_map(year));
            }
        }
        (years, has_pair)
    }

    /// Takes in a token and says what is left to read; none if the name is doubtful.
    fn take<'t>(&mut self, token: &Token, after: &'t [Token]) -> Option<&'t [Token]> {
        let word = match token {
            Token::Joiner => return Some(after),
            Token::Number(digits) => return self.take_number(digits, after),
            Token::Word(word) => word,
        };
        match meaning(word) {
            Meaning::Marker => self.take_after_marker(after),
            Meaning::Reception => self.take_reception(word, after),
            Meaning::Nursery => Some(self.take_nursery(word, after)),
            Meaning::Foundation => self.take_foundation(after),
            Meaning::EarlyStage => {
                self.has_unknown = true;
                match after {
                    [Token::Number(_), ..] => self.take_foundation(after),
                    _ => Some(after),
                }
            }
            Meaning::Class => Some(self.take_class(after)),
            Meaning::Primary => Some(self.take_primary(word, after)),
            Meaning::Pre => match after {
                [Token::Word(next), after @ ..] if next == "school" => {
                    Some(self.take_nursery("preschool", after))
                }
                _ => None,
            },
            Meaning::Early => {
                self.has_unknown = true;
                match after {
                    // The number after `Early Years` is not that of a year.
                    [Token::Word(next), after @ ..] if next == "years" => Some(after),
                    _ => Some(after),
                }
            }
            Meaning::Number(number) => {
                self.numbers.insert(number);
                Some(after)
            }
            Meaning::Filler => Some(after),
            Meaning::Doubtful => None,
            Meaning::Unknown => {
                self.has_unknown = true;
                Some(after)
            }
        }
    }

    fn take_number<'t>(&mut self, digits: &str, after: &'t [Token]) -> Option<&'t [Token]> {
        match (small_number(digits), after) {
            // `00R`.
            (Some(0), [Token::Word(next), after @ ..])
                if matches!(meaning(next), Meaning::Reception) =>
            {
                self.is_spelt_out = true;
                self.years.insert(YearGroup::Reception);
                Some(after)
            }
            (Some(number), _) => {
                self.numbers.insert(number);
                Some(after)
            }
            (None, _) => {
                self.has_long_number = true;
                Some(after)
            }
        }
    }

    /// After `Year`.
    fn take_after_marker<'t>(&mut self, after: &'t [Token]) -> Option<&'t [Token]> {
        let (found, rest) = match after {
            [Token::Number(digits), rest @ ..] => (small_number(digits), rest),
            [Token::Joiner, ..] => return None,
            [Token::Word(word), rest @ ..] => match (meaning(word), in_roman_figures(word)) {
                (Meaning::Number(number), _) => (Some(number), rest),
                // `Year Group 6`, `NC Year 6`.
                (Meaning::Marker | Meaning::Filler, _) => return self.take_after_marker(rest),
                (Meaning::Reception | Meaning::Nursery, _) => {
                    self.is_spelt_out = true;
                    return Some(after);
                }
                (_, Some(number)) => {
                    self.has_unknown = true;
                    (Some(number), rest)
                }
                (_, None) => {
                    self.has_unknown = true;
                    return Some(after);
                }
            },
            [] => {
                self.has_unknown = true;
                return Some(after);
            }
        };
        self.is_spelt_out = true;
        // `Year 0` is what some call Reception, but nobody says so.
        self.has_unknown |= found == Some(0);
        self.years.insert(found.and_then(year)?);
        Some(rest)
    }

    /// After `Class`, whose number says nothing about the year.
    fn take_class<'t>(&mut self, after: &'t [Token]) -> &'t [Token] {
        self.has_unknown = true;
        let is_number = |token: &Token| match token {
            Token::Number(_) => true,
            Token::Word(word) => matches!(meaning(word), Meaning::Number(_)),
            Token::Joiner => false,
        };
        match after {
            [token, rest @ ..] if is_number(token) => {
                self.has_class_number = true;
                rest
            }
            _ => after,
        }
    }

    fn take_reception<'t>(&mut self, word: &str, after: &'t [Token]) -> Option<&'t [Token]> {
        self.is_spelt_out |= word.len() > 1;
        self.years.insert(YearGroup::Reception);
        match after {
            // `R1` may be a class of Reception, or Reception and Year 1.
            [Token::Number(_), ..]
                if after_school_year(after).is_none() && after_hours(after).is_none() =>
            {
                None
            }
            _ => Some(after),
        }
    }

    fn take_nursery<'t>(&mut self, word: &str, after: &'t [Token]) -> &'t [Token] {
        self.is_spelt_out |= word.len() > 1;
        self.years.insert(YearGroup::Nursery);
        match after {
            // N1 and N2 are the two years of Nursery.
            [Token::Number(digits), rest @ ..]
                if small_number(digits).is_some_and(|number| number <= 4)
                    && after_hours(after).is_none() =>
            {
                self.is_spelt_out = true;
                rest
            }
            _ => after,
        }
    }

    fn take_foundation<'t>(&mut self, after: &'t [Token]) -> Option<&'t [Token]> {
        let rest = match after {
            [Token::Word(next), rest @ ..] if matches!(next.as_str(), "stage" | "year") => rest,
            _ => after,
        };
        let (found, after) = match rest {
            [Token::Number(digits), after @ ..] => (small_number(digits)?, after),
            [Token::Word(word), after @ ..] => match meaning(word) {
                Meaning::Number(number) => (number, after),
                // `Foundation Reception` says it; `Foundation` alone does not.
                Meaning::Reception | Meaning::Nursery => {
                    self.has_unknown = true;
                    return Some(rest);
                }
                _ => return None,
            },
            _ => return None,
        };
        self.is_spelt_out = true;
        self.years.insert(match found {
            1 => YearGroup::Nursery,
            2 => YearGroup::Reception,
            _ => return None,
        });
        Some(after)
    }

    fn take_primary<'t>(&mut self, word: &str, after: &'t [Token]) -> &'t [Token] {
        let (number, rest) = match after {
            [Token::Number(digits), rest @ ..] => (small_number(digits), rest),
            [Token::Word(next), rest @ ..] => match meaning(next) {
                Meaning::Number(number) => (Some(number), rest),
                _ => (None, after),
            },
            _ => (None, after),
        };
        match number {
            Some(number) => {
                self.primaries.insert(number);
                rest
            }
            None => {
                self.has_unknown |= word.len() == 1;
                after
            }
        }
    }

    fn conclude(&self, is_one_token: bool) -> Reading {
        let Self { years, primaries, numbers, .. } = self;
        let mut years = years.iter();
        match (years.next(), years.next()) {
            (Some(_), Some(_)) => Reading::Doubtful,
            (Some(&found), None) => self.conclude_year(found),
            (None, _) if !primaries.is_empty() => {
                let is_one = primaries.len() == 1 && numbers.is_subset(primaries);
                if is_one { Reading::Primary } else { Reading::Doubtful }
            }
            (None, _) => self.conclude_number(is_one_token),
        }
    }

    /// One year was named; nothing else may speak against it.
    fn conclude_year(&self, found: YearGroup) -> Reading {
        let is_undisputed = self.primaries.is_empty()
            && self.numbers.iter().all(|&number| year(number) == Some(found))
            && !self.has_long_number;
        match (is_undisputed, self.has_unknown) {
            (false, _) => Reading::Doubtful,
            (true, false) => Reading::Year(found, Certainty::Certain),
            (true, true) if self.is_spelt_out => Reading::Year(found, Certainty::Likely),
            (true, true) => Reading::Doubtful,
        }
    }

    /// No year was named, but perhaps a number stands alone.
    fn conclude_number(&self, is_one_token: bool) -> Reading {
        match self.numbers.first() {
            None if self.has_class_number => Reading::Doubtful,
            None => Reading::Silent,
            Some(&number) if is_one_token => {
                year(number).map_or(Reading::Doubtful, Reading::Number)
            }
            Some(_) => Reading::Doubtful,
        }
    }
}
