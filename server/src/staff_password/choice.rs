//! Which passwords staff may choose: none that a stranger tries first, nor one made of such by a
//! rule that everybody knows (a year or a sign at the end, `0` for `o`), nor one of what others know
//! of the person.

use rollcall_shared::session::SHORTEST_STAFF_PASSWORD;
use unicode_normalization::UnicodeNormalization;
use zxcvbn::zxcvbn;

/// Longer ones are refused: hashing them is work that a stranger could ask for.
const LONGEST: usize = 200;

/// A password has to withstand so many guesses, by the reckoning of zxcvbn, which knows the 30,000
/// most common passwords, words and names, rows of keys, repetitions and dates.
const FEWEST_GUESSES: u64 = 100_000_000;

/// So much of a password is reckoned with, which bounds the work. Its beginning never withstands
/// more guesses than the whole.
const LOOKED_AT: usize = 20;

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooWeak {
    TooShort,
    TooLong,
    /// One of those everybody tries first, or much like one.
    Common,
    /// The person's own name, username, e-mail or school, or the platform's name.
    Own,
}

impl TooWeak {
    #[must_use]
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Common => "common",
            Self::Own => "own_name",
        }
    }

    #[must_use]
    pub(crate) fn message(self) -> String {
        match self {
            Self::TooShort => format!("Use {SHORTEST_STAFF_PASSWORD} characters or more"),
            Self::TooLong => format!("Use {LONGEST} characters or fewer"),
            Self::Common => {
                "This password is too common: it is tried first, or is much like one that is. Three words \
                 that have nothing to do with each other make a good one"
                    .into()
            }
            Self::Own => {
                "This is little more than your own name, or the name of your school or of this \
                 site. Three words that have nothing to do with each other make a good one"
                    .into()
            }
        }
    }
}

/// Looks whether a password may be chosen. `own` is what others know of the person: names,
/// username, e-mail, school, and the platform's name.
///
/// # Errors
/// Says what is weak about it.
pub(super) fn check(password: &str, own: &[&str]) -> Result<(), TooWeak> {
    let length = password.chars().count();
    if length < SHORTEST_STAFF_PASSWORD {
        return Err(TooWeak::TooShort);
    }
    if length > LONGEST {
        return Err(TooWeak::TooLong);
    }
    // A letter is a letter in whatever width it is typed. Some characters become many.
    let password: &str = &password.nfkc().take(LONGEST).collect::<String>();
    let own = words_of(own);
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    if is_little_more_than(password, &own) {
        return Err(TooWeak::Own);
    }
    let known: Vec<&str> = own.iter().chain(&TRIED_FIRST).copied().collect();
    let is_common = is_little_more_than(password, &TRIED_FIRST)
        || is_little_more_than(password, &known)
        || is_walked_on_the_keyboard(password)
        || guesses(password, &own) < FEWEST_GUESSES;
    if is_common { Err(TooWeak::Common) } else { Ok(()) }
}

/// The words of what others know of a person, the longest first.
fn words_of(own: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = own
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.chars().count() >= 3)
        .map(str::to_lowercase)
        .collect();
    words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    words
}

/// Whether three letters at most are left without these words, digits and signs apart.
fn is_little_more_than(password: &str, words: &[&str]) -> bool {
    let folded = password.to_lowercase();
    [folded.clone(), folded.chars().map(read_as).collect(), folded.replace('1', "l")]
        .into_iter()
        .map(|text| text.chars().filter(|c| c.is_alphabetic()).collect::<String>())
        .any(|letters| {
            let rest = words.iter().fold(letters.clone(), |rest, word| rest.replace(word, ""));
            rest != letters && rest.chars().count() <= 3
        })
}

/// The letter that a digit or a sign is written for.
const fn read_as(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        other => other,
    }
}

/// Whether this is made of runs of keys beside each other, with three characters more at most.
/// Which of them are typed with the shift key makes no difference.
fn is_walked_on_the_keyboard(password: &str) -> bool {
    let keys: Vec<char> = password.to_lowercase().chars().map(key_of).collect();
    let mut rest = keys.as_slice();
    let mut beside = 0;
    while !rest.is_empty() {
        let run = (SHORTEST_RUN..=rest.len().min(LONGEST_RUN)).rev().find(|length| {
            let run: String = rest.iter().take(*length).collect();
            let back: String = run.chars().rev().collect();
            RUNS.iter().any(|keys| keys.contains(&run) || keys.contains(&back))
        });
        beside += usize::from(run.is_none());
        if beside > 3 {
            return false;
        }
        rest = rest.get(run.unwrap_or(1)..).unwrap_or_default();
    }
    true
}

/// The key that a sign is typed with, on British and American keyboards.
const fn key_of(character: char) -> char {
    match character {
        '!' => '1',
        '"' | '@' => '2',
        '£' | '#' => '3',
        '$' => '4',
        '%' => '5',
        '^' => '6',
        '&' => '7',
        '*' => '8',
        '(' => '9',
        ')' => '0',
        other => other,
    }
}

/// So many keys beside each other are a run.
const SHORTEST_RUN: usize = 3;

/// So many keys the longest of [`RUNS`] has.
const LONGEST_RUN: usize = 26;

/// How many guesses it takes somebody who knows these words, and the rules that passwords are made
/// by: as it stands, and as words with digits and signs about them.
fn guesses(password: &str, own: &[&str]) -> u64 {
    let as_it_stands = reckon(password, own);
    let trimmed = password.trim_matches(|c: char| !c.is_alphabetic());
    if trimmed.is_empty() {
        return as_it_stands;
    }
    let (before, after) = password.split_once(trimmed).unwrap_or_default();
    // The first sign after the letters may be one of them: `Welc0m3`.
    let longer = after.chars().next().filter(|sign| read_as(*sign) != *sign);
    let with_sign = longer.map(|sign| {
        let rest = after.strip_prefix(sign).unwrap_or_default();
        around(&format!("{trimmed}{sign}"), before, rest, own)
    });
    let without = around(trimmed, before, after, own);
    as_it_stands.min(without).min(with_sign.unwrap_or(u64::MAX))
}

/// The guesses for words, with what stands before, between and after them.
fn around(words: &str, before: &str, after: &str, own: &[&str]) -> u64 {
    let is_sign = |c: &char| !c.is_alphanumeric();
    let core: String = words.chars().filter(|c| !is_sign(c) || read_as(*c) != *c).collect();
    let between = words.chars().filter(|c| read_as(*c) == *c);
    let others = || before.chars().chain(after.chars());
    let digits: String = others().filter(|c| !is_sign(c)).collect();
    let mut signs: Vec<char> = others().chain(between).filter(is_sign).collect();
    signs.sort_unstable();
    signs.dedup();
    let for_signs = signs.iter().fold(1_u64, |guesses, _| guesses.saturating_mul(10));
    let for_digits = if digits.is_empty() { 1 } else { reckon(&digits, &[]) };
    reckon(&core, own).saturating_mul(for_digits).saturating_mul(for_signs)
}

fn reckon(text: &str, own: &[&str]) -> u64 {
    let beginning: String = text.chars().take(LOOKED_AT).collect();
    zxcvbn(&beginning, own).guesses()
}

/// Keys beside each other, to be read from either end: rows, the alphabet, columns, and what goes to
/// and fro between two rows.
const RUNS: [&str; 15] = [
    "12345678901234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik",
    "9ol",
    "0p",
];

/// What people at schools make passwords of, with a year and a sign.
const TRIED_FIRST: [&str; 53] = [
    "headteacher",
    "september",
    "wednesday",
    "passwords",
    "password",
    "november",
    "december",
    "february",
    "thursday",
    "saturday",
    "holidays",
    "christmas",
    "classroom",
    "assembly",
    "reception",
    "playtime",
    "governor",
    "learning",
    "primary",
    "teacher",
    "teaching",
    "october",
    "january",
    "tuesday",
    "welcome",
    "letmein",
    "changeme",
    "computer",
    "holiday",
    "nursery",
    "academy",
    "infants",
    "juniors",
    "infant",
    "junior",
    "school",
    "summer",
    "autumn",
    "winter",
    "spring",
    "august",
    "monday",
    "friday",
    "sunday",
    "easter",
    "office",
    "pupils",
    "class",
    "april",
    "march",
    "july",
    "term",
    "june",
];

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [&str; 6] = [
        "Jane",
        "Smith-Jones",
        "JSmithJones",
        "jane.smith@waterside.example",
        "Waterside Primary School",
        "Bluebell",
    ];

    fn assert_refused(passwords: &[&str], why: TooWeak) {
        let wrong: Vec<&&str> =
            passwords.iter().filter(|one| check(one, &OWN) != Err(why)).collect();
        assert!(wrong.is_empty(), "not refused as {why:?}: {wrong:?}");
    }

    #[test]
    fn too_short_and_too_long_ones_are_refused() {
        assert_refused(&["short", "k9!fj3$"], TooWeak::TooShort);
        assert_refused(&[&"long".repeat(60)], TooWeak::TooLong);
    }

    #[test]
    fn the_most_common_passwords_are_refused_also_with_digits_and_signs_about_them() {
        assert_refused(
            &[
                "Password123!",
                "password1234",
                "passwordpassword",
                "mypassword1",
                "iloveyou123",
                "iloveyouforever",
                "letmein2026",
                "letmeinplease",
                "changeme123",
                "Liverpool96!",
                "Manchester2024",
                "manchesterunited",
                "Tottenham1882",
                "Arsenal2004!!",
                "Football2026!!",
                "princess2010",
                "sunshine!!!!",
                "Butterfly99",
                "charlotte2015",
                "superman1234",
                "administrator",
                "Dinosaur77!",
                "chocolate123",
                "Hogwarts2026",
                "starwars1977!",
                "!!monkey2026!!",
                "2026dragon2026",
                "footballfootball",
                "ｐａｓｓｗｏｒｄ123",
                "ＳＵＭＭＥＲ2026!",
            ],
            TooWeak::Common,
        );
    }

    #[test]
    fn a_digit_or_a_sign_for_a_letter_makes_no_other_password() {
        assert_refused(
            &[
                "Passw0rd123",
                "P@ssw0rd2026",
                "Pa$$word12345",
                "p4ssw0rd!!!",
                "W3lc0m3!!99",
                "l3tm31n2026",
                "Adm1n1strat0r",
                "$unsh1ne2026",
                "F00tb@ll123",
                "1l0vey0u2026",
                "L1verp00l!1",
                "ch0c0l4te12",
            ],
            TooWeak::Common,
        );
    }

    #[test]
    fn seasons_months_days_and_school_words_with_a_year_are_refused() {
        assert_refused(
            &[
                "Summer2026!",
                "Summer-2026-!",
                "5ummer2026!",
                "Autumn2026!",
                "AutumnTerm26",
                "Winter@2025",
                "Spring 2027",
                "September2025",
                "2025-September",
                "Monday2026!",
                "Friday13th!!",
                "Christmas25!",
                "teacher2026",
                "Headteacher1",
                "teacherteacher",
                "Welcome2026!",
                "classroom12",
                "Summer 12/05/2026",
            ],
            TooWeak::Common,
        );
    }

    #[test]
    fn repetitions_rows_and_walks_over_the_keyboard_are_refused() {
        assert_refused(
            &[
                "1111111112",
                "1111111111",
                "aaaaaaaaaaaa",
                "1234567890",
                "0987654321",
                "1234512345",
                "1212121212",
                "abcabcabcabc",
                "abcdefghij",
                "abcdefghij1!",
                "qwertyuiop",
                "qwertyuiop123",
                "asdfghjkl123",
                "1q2w3e4r5t6y",
                "1q2w3e4r5t!!",
                "1qaz2wsx3edc",
                "qazwsxedcrfv",
                "zxcvbnm12345",
                "01011980010",
                "!QAZ2wsx#EDC",
                "!QAZ@WSX#EDC",
                "zaq1@WSXcde3",
                "ZXCVbnm!\"£$",
                "poiuytrewq1!",
                "asdfqwerzxcv",
                "987654321qwe",
                "9999999999!",
            ],
            TooWeak::Common,
        );
    }

    #[test]
    fn what_others_know_of_the_person_is_refused_with_digits_around() {
        assert_refused(
            &[
                "JaneSmith2024",
                "jane.smith1",
                "2026jsmithjones",
                "WatersidePrimarySchool",
                "watersideprimaryschool2026",
                "smith-jones-26",
                "J4neSm1th2026",
                "waterside99",
                "W4terside2026!",
                "WatersidePrimary1",
                "Bluebell2026",
                "!!bluebell!!",
                "Janey123456",
                "jane@waterside",
            ],
            TooWeak::Own,
        );
    }

    #[test]
    fn phrases_and_what_a_password_manager_makes_are_accepted() {
        for password in [
            "three green boats",
            "smithereens are blue",
            "correct horse battery",
            "plum.teapot.harbour",
            "violin-cactus-ladder",
            "GravelSpoonWinterMoth",
            "otter biscuit lantern 4",
            "my aunt keeps nine ferrets",
            "the heron stole our lunch",
            "Tuesday is for turnips and trumpets",
            "we walked to Aberystwyth in the rain",
            "Jane never liked gooseberry jam",
            "a summer of rhubarb and wasps",
            "purple giraffe 7391",
            "mostly harmless turnip",
            "k9!fj3$slq0",
            "Tr7!xqLm2#",
            "vK3$mz9QpL",
            "8fj2-ks9d-2mvl",
            "7$2k9!4#1xw",
            "4829k173652",
            "hG6_wTz0-Rb4y",
            "uxdokvepmwya",
            "QZJXKVWPFY",
            "n5Vt&8LcY!qD2s",
            "{w)]9(<k3|x[7@1",
            "ñandú café über",
            "Llanfair pwll gwyn",
            "ham sandwich volcano",
            "drum kettle ostrich",
            "xylophone under the stairs",
            "zebra99 trombone",
        ] {
            assert_eq!(check(password, &OWN), Ok(()), "{password}");
        }
        assert_eq!(check(&"green boats and otters ".repeat(8), &OWN), Ok(()));
    }

    #[test]
    fn any_text_gets_an_answer() {
        for text in
            ["aiaiaiaiaiaiaiaiaiai", "!1|7$5+(4@8{[<3690%2", "Ω≈ç√∫˜µ≤≥÷", "\u{0}\u{1}\u{2}"]
        {
            for times in [1, 3, 9] {
                let _ = check(&text.repeat(times), &OWN);
            }
        }
        assert!(RUNS.iter().all(|run| run.len() <= LONGEST_RUN));
    }

    #[test]
    fn characters_that_stand_for_many_make_no_work() {
        // Each is eighteen letters.
        let began = std::time::Instant::now();
        let _ = check(&"\u{fdfa}".repeat(LONGEST), &OWN);
        let _ = check(&"qwe!".repeat(LONGEST / 4), &OWN);
        assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
    }

    #[test]
    fn the_schools_own_words_with_those_every_school_has_are_no_password() {
        for password in ["BenchPrimarySchool", "benchprimaryschool2026", "BenchTeacher1!"] {
            assert_eq!(check(password, &["Bench Primary"]), Err(TooWeak::Common), "{password}");
        }
    }
}
