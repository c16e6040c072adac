//! Year groups: which of the platform's years an MIS's own name for one means.
//!
//! A suggestion is *certain*, *likely*, or there is none: a wrong one puts a whole year's children
//! in the wrong place, so every doubt counts. What is doubtful, and why:
//! - a name of two years (`Y1/2`, `Nursery & Reception`) or with a word that turns it round
//!   (`Pre-Reception`, `Year 6 leavers`, `2 year olds`);
//! - a number with words around it that do not say that it is a year (`Class 6`, `Key Stage 1`);
//! - P1 to P7, which begin at Reception in Northern Ireland and a year later in Scotland, and any
//!   school that counts 1 to 7 without a Reception, for the same reason: a Nursery beside them
//!   proves nothing, nursery units are as usual in Northern Ireland;
//! - `Y12` in a school with no Year 7, 8 or 9, or where others are called `Y34` or `Y56`: it is
//!   Years 1 and 2.
//!
//! A group's Code is often cleaner than its Name: it confirms, contradicts, or speaks alone.

mod reading;
mod words;

use std::collections::{BTreeSet, HashMap};

use rollcall_shared::settings::{Settings, YearMapping};
use rollcall_shared::wizard::{Certainty, MisYear, YearSuggestion};
use rollcall_shared::year_group::{YearGroup, YearTarget};

use crate::domain::roster::Roster;
use reading::{Look, Reading, look, read};

/// What all of a school's year groups together tell about each.
#[derive(Clone, Debug, Default)]
struct YearContext {
    /// The years that are named or numbered somewhere, also in a name of several.
    years: BTreeSet<YearGroup>,
    /// Two years are written as one number somewhere: `Y34`.
    has_pairs: bool,
    /// Some are called P1 to P7.
    has_primaries: bool,
    /// Where a name and a plain number as Code could both be read, they agreed.
    codes_can_be_trusted: bool,
    /// A year group is called `YR`.
    has_plain_yr: bool,
    /// One of `YR2` to `YR9` is there: so `YR1` is Year 1, and not Reception and Year 1.
    numbers_after_yr: bool,
}

impl YearContext {
    /// Looks at the names and Codes of all year groups of a school.
    fn of<'a>(groups: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Self {
        let mut context = Self::default();
        let (mut agreeing, mut differing) = (0, 0);
        for (name, code) in groups {
            let Look { reading, years, has_pair } = look(name);
            context.has_primaries |= matches!(reading, Reading::Primary);
            context.has_plain_yr |= name.trim() == "YR";
            context.numbers_after_yr |=
                matches!(name.trim().strip_prefix("YR").map(str::as_bytes), Some([b'2'..=b'9']));
            context.has_pairs |= has_pair;
            context.years.extend(years);
            if let (Reading::Silent, Some(code)) = (reading, code) {
                context.years.extend(look(code).years);
            }
            let year = reading.year();
            if let (Some(year), Some(Reading::Number(coded))) = (year, code.map(read)) {
                *(if year == coded { &mut agreeing } else { &mut differing }) += 1;
            }
        }
        context.codes_can_be_trusted = agreeing >= 2 && differing == 0;
        context
    }

    fn has(&self, number: i16) -> bool {
        self.years.iter().any(|year| year.number() == number)
    }

    /// Whether the school counts its years from 1 to 7 without a Reception, as schools do that call
    /// them P1 to P7.
    fn counts_one_to_seven(&self) -> bool {
        let has_youngest = self.has(1) || self.has(2) || (self.has(12) && self.has_pairs);
        has_youngest && self.has(7) && !self.has(0)
    }

    /// Whether a two-digit year may be two years instead.
    fn may_be_two_years(&self, year: YearGroup) -> bool {
        year.number() >= 10 && (self.has_pairs || !(7..=9).any(|number| self.has(number)))
    }

    /// Takes into account what only the whole school shows.
    fn in_context(&self, text: &str, reading: Reading) -> Reading {
        let is_number = reading.year().is_some_and(|year| year.number() >= 1);
        if is_number && (self.counts_one_to_seven() || self.has_primaries)
            || matches!(reading, Reading::Number(_)) && self.has_primaries
            || reading.year().is_some_and(|year| self.may_be_two_years(year))
        {
            return Reading::Doubtful;
        }
        match reading {
            Reading::Year(year, _) if text.trim() == "YR1" && !self.numbers_after_yr => {
                if self.has_plain_yr {
                    Reading::Doubtful
                } else {
                    Reading::Year(year, Certainty::Likely)
                }
            }
            _ => reading,
        }
    }
}

/// What Rollcall would take one of the MIS's year groups for.
fn suggest(name: &str, code: Option<&str>, context: &YearContext) -> Option<YearSuggestion> {
    use Certainty::{Certain, Likely};

    let by_name = context.in_context(name, read(name));
    let code = code.filter(|code| !code.trim().eq_ignore_ascii_case(name.trim()));
    let by_code = code.map_or(Reading::Silent, |code| context.in_context(code, read(code)));
    let suggestion = |year, certainty| Some(YearSuggestion { year, certainty });

    match (by_name, by_code) {
        (Reading::Doubtful, _) => None,

        (Reading::Year(year, Certain), Reading::Year(other, _) | Reading::Number(other))
            if year != other =>
        {
            None
        }
        // `Year 4` that is P4 as well is Northern Irish.
        (Reading::Year(YearGroup::Year(_), _), Reading::Primary) => None,
        (Reading::Year(year, Certain), Reading::Doubtful | Reading::Primary) => {
            suggestion(year, Likely)
        }
        (Reading::Year(year, Certain), _) => suggestion(year, Certain),

        (
            Reading::Year(year, Likely) | Reading::Number(year),
            Reading::Year(other, _) | Reading::Number(other),
        ) => {
            if year == other {
                suggestion(year, Certain)
            } else {
                None
            }
        }
        (Reading::Year(year, Likely), _) => suggestion(year, Likely),
        (Reading::Number(_), Reading::Doubtful | Reading::Primary) => None,
        // `0` is what some call Reception, but nobody says so.
        (Reading::Number(year @ YearGroup::Reception), Reading::Silent) => suggestion(year, Likely),
        (Reading::Number(year), Reading::Silent) => suggestion(year, Certain),

        (Reading::Primary, Reading::Year(year, Certain)) => suggestion(year, Likely),
        (Reading::Primary, _) => None,

        (Reading::Silent, Reading::Year(year, _)) if !is_initial(code, name) => {
            suggestion(year, Likely)
        }
        (Reading::Silent, Reading::Number(year)) if context.codes_can_be_trusted => {
            suggestion(year, Likely)
        }
        (Reading::Silent, _) => None,
    }
}

/// Whether a Code begins like the Name and so may only be short for it: `R` of Robins.
fn is_initial(code: Option<&str>, name: &str) -> bool {
    let first = |text: &str| text.trim().chars().next().map(|c| c.to_ascii_lowercase());
    code.and_then(first) == first(name)
}

/// One of the MIS's year groups, and how many pupils it has.
#[derive(Clone, Copy, Debug)]
struct YearGroupInMis<'a> {
    name: &'a str,
    code: Option<&'a str>,
    pupils: u32,
}

/// Which suggestions count as decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// None: the admin confirms each.
    Nothing,
    /// Only the certain ones.
    Certain,
    /// Certain and likely ones.
    All,
}

impl Accept {
    const fn accepts(self, certainty: Certainty) -> bool {
        match self {
            Self::Nothing => false,
            Self::Certain => matches!(certainty, Certainty::Certain),
            Self::All => true,
        }
    }
}

/// How a school's year groups stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct YearDecisions {
    /// All of them, with what was decided before or else what is suggested.
    pub years: Vec<MisYear>,
    /// The suggestions that were accepted now, to be added to the settings.
    pub accepted: Vec<YearMapping>,
    /// The names of those that are neither decided nor accepted.
    pub undecided: Vec<String>,
}

/// How the year groups of a roster stand, each with its pupils on roll.
#[must_use]
pub fn decisions(roster: &Roster, settings: &Settings, accept: Accept) -> YearDecisions {
    let mut pupils: HashMap<&str, u32> = HashMap::new();
    for year in roster.pupils_on_roll().filter_map(|pupil| pupil.year_group.as_deref()) {
        *pupils.entry(year).or_default() += 1;
    }
    let years: Vec<YearGroupInMis<'_>> = roster
        .year_groups
        .iter()
        .map(|year| YearGroupInMis {
            name: &year.name,
            code: year.code.as_deref(),
            pupils: pupils.get(year.ids.id.as_str()).copied().unwrap_or_default(),
        })
        .collect();
    decide(settings, &years, accept)
}

/// Sorts a school's year groups into decided ones, accepted suggestions, and open questions.
#[must_use]
fn decide(settings: &Settings, groups: &[YearGroupInMis<'_>], accept: Accept) -> YearDecisions {
    let context = YearContext::of(groups.iter().map(|group| (group.name, group.code)));
    let mut decisions = YearDecisions::default();
    for &YearGroupInMis { name, code, pupils } in groups {
        let decided = settings.year_target(name, code);
        let suggestion = if decided.is_none() { suggest(name, code, &context) } else { None };
        let accepted = suggestion.filter(|suggestion| accept.accepts(suggestion.certainty));
        if let Some(YearSuggestion { year, .. }) = accepted {
            decisions.accepted.push(YearMapping {
                name: name.to_owned(),
                code: code.map(str::to_owned),
                target: YearTarget::Import(year),
            });
        } else if decided.is_none() {
            decisions.undecided.push(name.to_owned());
        }
        decisions.years.push(MisYear {
            name: name.to_owned(),
            code: code.map(str::to_owned),
            pupils,
            decided,
            suggestion,
        });
    }
    decisions
}

#[cfg(test)]
mod tests;
