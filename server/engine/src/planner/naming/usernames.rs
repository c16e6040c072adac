//! Usernames: how one is made from a person's names, and how a school's new people get theirs.
//!
//! Everything here is pure. The same people get the same usernames whatever the order in which the
//! MIS lists them, and a username that is taken is never given again.
//!
//! Where the names alone do not settle it, the rules are:
//! - An initial is a capital, whatever the name begins with.
//! - A person with one usable name has it alone, in every format.
//! - A one-letter name used alone is too short for a username: it always gets a number (`X2`).
//! - A username that would read as an unsuitable word takes the next form of the list (after the
//!   last the first); where none of them will do, it is `User`.

use rollcall_shared::formats::UsernameFormat;
use rollcall_shared::people::PersonKind;
use rollcall_shared::wizard::{UsernameExample, UsernameFormatPreview, UsernamePreview};

use super::names::Names;
use super::taken::Taken;
use super::unsuitable::reads_as_unsuitable;

/// The fewest characters a username has.
pub(super) const MIN_LENGTH: usize = 2;

/// The most characters a username has, its number included.
pub(super) const MAX_LENGTH: usize = 20;

/// The username of a person whose every form reads as an unsuitable word.
const LAST_RESORT: &str = "User";

/// How many examples the preview shows of each format.
const EXAMPLES: usize = 6;

/// Neither name has a letter or a digit in it that a username could be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no letter or digit in the name that a username could be made of")]
pub struct NoUsableName;

/// A person who needs a username.
#[derive(Clone, Copy)]
pub struct NewPerson<'a, K> {
    /// Tells people of one name apart, in the same way each time (birth date, UPN, MIS id); two
    /// people never share it.
    pub key: K,
    /// The preferred forename as it is kept, accents and all; it may be empty.
    pub forename: &'a str,
    /// The preferred surname, in the same form.
    pub surname: &'a str,
}

/// What a username is made from, before it is told apart from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    /// 1 to 20 letters and digits.
    pub text: String,
    /// The format's own form read as an unsuitable word; this is the next one.
    pub changed: bool,
    /// Only one of the two names could be used.
    pub one_name: bool,
}

/// A username that has been given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    /// 2 to 20 letters and digits.
    pub text: String,
    /// It carries a number because someone else has the bare one.
    pub clashed: bool,
    /// The format's own form read as an unsuitable word; this is the next one.
    pub changed: bool,
    /// Only one of the two names could be used.
    pub one_name: bool,
}

/// What a format makes of a person's names.
///
/// # Errors
/// Neither name has anything to make a username of.
pub(crate) fn base(
    forename: &str,
    surname: &str,
    format: UsernameFormat,
) -> Result<Base, NoUsableName> {
    Ok(base_of(&Names::read(forename, surname)?, format))
}

/// Whether a username, its number apart, is one that some format makes of a name.
#[must_use]
pub(crate) fn goes_with(username: &str, forename: &str, surname: &str) -> bool {
    let bare = username.trim_end_matches(|c: char| c.is_ascii_digit());
    UsernameFormat::ALL.into_iter().filter_map(|format| base(forename, surname, format).ok()).any(
        |base| {
            // A long one was cut to make room for its number.
            let cut = if username.len() == MAX_LENGTH { bare.len() } else { base.text.len() };
            base.text.eq_ignore_ascii_case(username)
                || base.text.get(..cut).is_some_and(|text| text.eq_ignore_ascii_case(bare))
        },
    )
}

/// Gives each person a username and notes it as taken. The answers are in the order of the people.
pub fn assign<'a, K: Ord>(
    people: impl IntoIterator<Item = NewPerson<'a, K>>,
    format: UsernameFormat,
    taken: &mut Taken,
) -> Vec<Result<Username, NoUsableName>> {
    let named: Vec<Named<'a, K>> = people.into_iter().map(Named::read).collect();
    assign_named(&named, format, taken)
}

/// Shows what each format would make of a school's new people, the clashing ones first. People
/// without a usable name are not counted.
pub fn preview<'a, K: Ord>(
    kind: PersonKind,
    people: impl IntoIterator<Item = NewPerson<'a, K>>,
    taken: &Taken,
) -> UsernamePreview {
    let named: Vec<Named<'a, K>> =
        people.into_iter().map(Named::read).filter(|person| person.names.is_ok()).collect();
    let formats = UsernameFormat::ALL
        .into_iter()
        .map(|format| preview_of(format, &named, &mut taken.clone()))
        .collect();
    UsernamePreview { kind, people: count(named.len()), formats }
}

fn preview_of<K: Ord>(
    format: UsernameFormat,
    named: &[Named<'_, K>],
    taken: &mut Taken,
) -> UsernameFormatPreview {
    let mut given: Vec<(&Named<'_, K>, Username)> = named
        .iter()
        .zip(assign_named(named, format, taken))
        .filter_map(|(person, username)| Some((person, username.ok()?)))
        .collect();
    let clashes = count(given.iter().filter(|(_, username)| username.clashed).count());
    let changed = count(given.iter().filter(|(_, username)| username.changed).count());

    given.sort_by_key(|(person, username)| (!username.clashed, !username.changed, &person.folded));
    let examples = given.into_iter().take(EXAMPLES).map(|(person, username)| UsernameExample {
        name: format!("{} {}", person.forename.trim(), person.surname.trim()).trim().to_owned(),
        username: username.text,
    });
    UsernameFormatPreview { format, examples: examples.collect(), clashes, changed }
}

fn assign_named<K: Ord>(
    people: &[Named<'_, K>],
    format: UsernameFormat,
    taken: &mut Taken,
) -> Vec<Result<Username, NoUsableName>> {
    let mut order: Vec<(usize, &Named<'_, K>)> = people.iter().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.order().cmp(&b.order()));

    let mut given: Vec<(usize, Result<Username, NoUsableName>)> = order
        .into_iter()
        .map(|(place, person)| {
            (place, person.names.as_ref().map(|names| give(names, format, taken)))
        })
        .map(|(place, username)| (place, username.map_err(|&none| none)))
        .collect();
    given.sort_unstable_by_key(|&(place, _)| place);
    given.into_iter().map(|(_, username)| username).collect()
}

fn give(names: &Names, format: UsernameFormat, taken: &mut Taken) -> Username {
    let Base { text, changed, one_name } = base_of(names, format);
    let (text, clashed) = taken.give(text);
    Username { text, clashed, changed, one_name }
}

/// The first form, beginning with the chosen one, that does not read as an unsuitable word.
fn base_of(names: &Names, format: UsernameFormat) -> Base {
    let one_name = names.is_one_name();
    forms_from(format)
        .map(|form| (form, names.in_form(form)))
        .find(|(_, name)| !reads_as_unsuitable(&name.text, &name.joins))
        .map(|(form, name)| Base { text: name.text, changed: form != format, one_name })
        .unwrap_or_else(|| Base { text: LAST_RESORT.into(), changed: true, one_name })
}

/// Every form, beginning with the one that was chosen.
fn forms_from(format: UsernameFormat) -> impl Iterator<Item = UsernameFormat> {
    let forms = UsernameFormat::ALL;
    forms.into_iter().cycle().skip_while(move |&form| form != format).take(forms.len())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A person whose names have been read, so that every format can be tried on them.
struct Named<'a, K> {
    key: K,
    forename: &'a str,
    surname: &'a str,
    names: Result<Names, NoUsableName>,
    folded: (String, String),
}

impl<'a, K: Ord> Named<'a, K> {
    fn read(person: NewPerson<'a, K>) -> Self {
        let NewPerson { key, forename, surname } = person;
        let names = Names::read(forename, surname);
        let folded = names.as_ref().map(Names::folded).unwrap_or_default();
        Self { key, forename, surname, names, folded }
    }

    /// The order in which usernames are given: by surname, forename and key, never by where the
    /// MIS lists a person.
    fn order(&self) -> (&(String, String), &K, &str, &str) {
        (&self.folded, &self.key, self.surname, self.forename)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rollcall_shared::formats::UsernameFormat::{
        ForenameInitial, FullName, InitialSurname, Initials,
    };

    use super::*;

    fn person<'a>(key: u32, forename: &'a str, surname: &'a str) -> NewPerson<'a, u32> {
        NewPerson { key, forename, surname }
    }

    fn text(forename: &str, surname: &str, format: UsernameFormat) -> String {
        base(forename, surname, format).unwrap().text
    }

    #[test]
    fn each_format_makes_of_john_smith_what_it_promises() {
        for format in UsernameFormat::ALL {
            assert_eq!(text("John", "Smith", format), format.of_john_smith());
        }
    }

    mod the_username {
        use super::*;

        fn is_made(forename: &str, surname: &str, format: UsernameFormat, expected: &str) {
            assert_eq!(text(forename, surname, format), expected);
        }

        cases!(
            is_made,
            leaves_out_accents("Zoë", "O'Brien", ForenameInitial, "ZoeO"),
            leaves_out_strokes("Łukasz", "Żak", FullName, "LukaszZak"),
            leaves_out_hyphens_and_apostrophes("Mary-Jane", "O'Brien", FullName, "MaryJaneOBrien"),
            has_one_initial_of_a_double_name("Mary-Jane", "Watson-Parker", Initials, "MW"),
            is_in_title_case_for_capitals("JOHN", "O'BRIEN", InitialSurname, "JOBrien"),
            is_in_title_case_for_small_letters("john", "smith", FullName, "JohnSmith"),
            has_the_initial_of_a_particle_in_capitals(
                "Ann",
                "van der Berg",
                ForenameInitial,
                "AnnV"
            ),
            has_the_particle_in_small_letters("Ann", "van der Berg", InitialSurname, "AvanderBerg"),
            may_be_as_short_as_three_letters("Xi", "O", ForenameInitial, "XiO"),
            may_be_as_short_as_two_letters("J", "O", Initials, "JO"),
            is_cut_at_twenty_letters(
                "Bartholomew-Maximilian",
                "Featherstonehaugh",
                FullName,
                "BartholomewMaximilia"
            ),
            leaves_out_what_stands_in_brackets("John (Jack)", "Jones", ForenameInitial, "JohnJ"),
            leaves_out_what_stands_in_quotes("John “Jack”", "Jones", FullName, "JohnJones"),
            leaves_out_a_former_surname("Amy", "Jones (was Davies)", InitialSurname, "AJones"),
            leaves_out_a_former_name_beside_the_forename(
                "Anne née Hill",
                "Jones",
                FullName,
                "AnneJones"
            ),
            leaves_out_titles("Dr Anne", "Mrs Jones", InitialSurname, "AJones"),
            has_names_that_only_look_like_titles("Rev", "Wasim", FullName, "RevWasim"),
            has_a_forename_of_which_all_stands_in_brackets(
                "(Jack)",
                "Jones",
                FullName,
                "JackJones"
            ),
        );
    }

    mod a_username {
        use super::*;

        fn goes(username: &str, forename: &str, surname: &str, expected: bool) {
            assert_eq!(goes_with(username, forename, surname), expected);
        }

        cases!(
            goes,
            goes_with_its_name("JSmith", "Jane", "Smith", true),
            goes_with_its_name_whatever_its_number_and_case("jsmith12", "Jane", "Smith", true),
            goes_with_its_name_in_another_format("JaneS", "Jane", "Smith", true),
            goes_with_another_surname_of_the_same_initial_where_that_is_all_of_it(
                "JaneS", "Jane", "Stone", true
            ),
            goes_with_no_other_surname("JSmith", "Jane", "Jones", false),
            goes_with_no_surname_of_another_initial("JaneS", "Jane", "Jones", false),
            goes_with_no_name_that_it_was_not_made_of("Dragon", "Jane", "Smith", false),
            goes_with_a_long_name_that_is_cut_for_its_number(
                "BartholomewMaximili2",
                "Bartholomew-Maximilian",
                "Featherstonehaugh",
                true
            ),
            goes_with_a_long_name_that_is_cut(
                "BartholomewMaximilia",
                "Bartholomew-Maximilian",
                "Featherstonehaugh",
                true
            ),
            goes_with_no_long_name_that_is_cut_shorter_than_need_be(
                "BartholomewMaxim2",
                "Bartholomew-Maximilian",
                "Featherstonehaugh",
                false
            ),
            goes_with_a_name_that_ends_in_a_number("Agent7", "Agent7", "", true),
            of_no_letters_goes_with_nobody("", "Jane", "Smith", false),
            goes_with_no_empty_name("JSmith", "", "", false),
        );
    }

    #[test]
    fn one_usable_name_is_used_alone_in_every_format() {
        for format in UsernameFormat::ALL {
            let alone = Base { text: "Madonna".into(), changed: false, one_name: true };
            assert_eq!(base("Madonna", "", format), Ok(alone.clone()));
            assert_eq!(base("Madonna", ".", format), Ok(alone.clone()));
            assert_eq!(base("-", "Madonna", format), Ok(alone));
        }
    }

    #[test]
    fn says_so_when_neither_name_is_usable() {
        for (forename, surname) in [("", ""), ("★", "-"), ("😀", "'"), (" ", "?!")] {
            assert_eq!(base(forename, surname, FullName), Err(NoUsableName));
        }
    }

    mod an_unsuitable_word {
        use super::*;

        fn takes(
            forename: &str,
            surname: &str,
            format: UsernameFormat,
            expected: &str,
            changed: bool,
        ) {
            let base = base(forename, surname, format).unwrap();
            assert_eq!((base.text.as_str(), base.changed), (expected, changed));
        }

        cases!(
            takes,
            of_a_forename_and_an_initial_takes_the_next_form(
                "Shi",
                "Thomas",
                ForenameInitial,
                "SThomas",
                true
            ),
            of_an_initial_and_a_surname_takes_the_next_form(
                "Simon",
                "Hitchcock",
                InitialSurname,
                "SimonHitchcock",
                true
            ),
            of_both_names_takes_the_next_form("Wan", "King", FullName, "WK", true),
            within_a_surname_is_left_alone(
                "Ann",
                "Scunthorpe",
                InitialSurname,
                "AScunthorpe",
                false
            ),
            that_is_a_name_is_left_alone("Dick", "Cockburn", FullName, "DickCockburn", false),
        );
    }

    #[test]
    fn somebody_for_whom_no_form_does_has_a_neutral_username() {
        let base = base("Wank", "", ForenameInitial).unwrap();
        assert_eq!((base.text.as_str(), base.changed), (LAST_RESORT, true));
    }

    #[test]
    fn namesakes_are_numbered_by_their_key() {
        let people =
            [person(9, "John", "Smith"), person(3, "John", "Smith"), person(5, "Jo", "Hn")];
        let usernames: Vec<(String, bool)> = assign(people, FullName, &mut Taken::new())
            .into_iter()
            .map(|username| username.map(|username| (username.text, username.clashed)).unwrap())
            .collect();
        let expected = [("JohnSmith2", true), ("JohnSmith", false), ("JoHn", false)];
        assert_eq!(usernames, expected.map(|(text, clashed)| (text.to_owned(), clashed)));
    }

    #[test]
    fn a_taken_username_is_never_given_again() {
        let mut taken = Taken::from_iter(["johns", "JOHNS2"]);
        let given = assign([person(1, "John", "Smith")], ForenameInitial, &mut taken);
        assert_eq!(given.first().unwrap().as_ref().unwrap().text, "JohnS3");
    }

    #[test]
    fn the_preview_shows_clashing_people_first_and_counts_them() {
        let people = [
            person(1, "Amy", "Adams"),
            person(2, "Ben", "Baker"),
            person(3, "Ben", "Brown"),
            person(4, "Shi", "Thomas"),
            person(5, "★", ""),
        ];
        let preview = preview(PersonKind::Pupil, people, &Taken::from_iter(["AAdams"]));
        assert_eq!(preview.people, 4);
        let of = |format| preview.formats.iter().find(|shown| shown.format == format).unwrap();

        let pupils = of(ForenameInitial);
        assert_eq!((pupils.clashes, pupils.changed), (1, 1));
        let shown: Vec<&str> = pupils.examples.iter().map(|e| e.username.as_str()).collect();
        assert_eq!(shown, ["BenB2", "SThomas", "AmyA", "BenB"]);
        assert_eq!(pupils.examples.first().unwrap().name, "Ben Brown");

        let staff = of(InitialSurname);
        assert_eq!((staff.clashes, staff.changed), (1, 0));
        assert_eq!(staff.examples.first().unwrap().username, "AAdams2");
    }

    fn a_name() -> impl Strategy<Value = String> {
        prop_oneof![
            "(John|Jo|JOHN|Zoë|Mary-Jane|O'Brien|Shi|Wan|★|X)",
            "[A-Z][a-z]{0,25}",
            "\\PC{0,12}",
        ]
    }

    proptest! {
        #[test]
        fn usernames_are_2_to_20_letters_and_digits_and_never_shared(
            names in prop::collection::vec((a_name(), a_name()), 0..60),
            format in prop::sample::select(UsernameFormat::ALL.to_vec()),
        ) {
            let people = (0..).zip(&names).map(|(key, (f, s))| person(key, f, s));
            let given = assign(people, format, &mut Taken::new());
            prop_assert_eq!(given.len(), names.len());
            let given: Vec<String> = given.into_iter().flatten().map(|u| u.text).collect();
            for username in &given {
                prop_assert!((MIN_LENGTH..=MAX_LENGTH).contains(&username.len()), "{username}");
                prop_assert!(username.bytes().all(|b| b.is_ascii_alphanumeric()));
            }
            let distinct: std::collections::BTreeSet<String> =
                given.iter().map(|username| username.to_lowercase()).collect();
            prop_assert_eq!(distinct.len(), given.len());
        }

        #[test]
        fn the_same_people_get_the_same_usernames_in_any_order(
            (names, shuffled) in prop::collection::vec((a_name(), a_name()), 0..40)
                .prop_map(|names| (0_u32..).zip(names).collect::<Vec<_>>())
                .prop_flat_map(|names| (Just(names.clone()), Just(names).prop_shuffle())),
            format in prop::sample::select(UsernameFormat::ALL.to_vec()),
        ) {
            let by_key = |names: &[(u32, (String, String))]| {
                let people = names.iter().map(|(key, (f, s))| person(*key, f, s));
                let given = assign(people, format, &mut Taken::new());
                names.iter().map(|(key, _)| *key).zip(given)
                    .collect::<std::collections::BTreeMap<_, _>>()
            };
            prop_assert_eq!(by_key(&names), by_key(&shuffled));
        }
    }
}
