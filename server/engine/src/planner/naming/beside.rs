//! What offices write into a name field beside the name: a title, a nickname in brackets or
//! quotes, a former name. It is shown as it was recorded, and left out of usernames.
//!
//! A name that only looks like one stays: a title or `was` counts as a whole word only (`Missy`,
//! `Wasim`), and not where it is all there is (`Rev`).

/// Before a forename or a surname.
const TITLES: [&str; 20] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "mister",
    "master",
    "dr",
    "doctor",
    "rev",
    "revd",
    "reverend",
    "prof",
    "professor",
    "sir",
    "fr",
    "mme",
    "mlle",
    "hon",
    "cllr",
];

/// Before a forename only: there are families of these names.
const TITLES_OF_FORENAMES: [&str; 5] = ["lord", "lady", "dame", "capt", "canon"];

/// What follows is another name.
const FORMER: [&str; 9] =
    ["was", "nee", "née", "né", "formerly", "formally", "previously", "aka", "fka"];

pub(super) fn forename_alone(written: &str) -> String {
    alone(written, |word| TITLES.contains(&word) || TITLES_OF_FORENAMES.contains(&word))
}

pub(super) fn surname_alone(written: &str) -> String {
    alone(written, |word| TITLES.contains(&word))
}

fn alone(written: &str, is_title: impl Fn(&str) -> bool) -> String {
    let outside = outside_brackets(written);
    // A name that is all in brackets is the name.
    let outside = if has_letters(&outside) { outside } else { written.to_owned() };
    let words: Vec<&str> = outside.split_whitespace().flat_map(cut_title).collect();
    let own = without_former(without_titles(&words, is_title));
    own.join(" ")
}

/// Takes `Dr.Hill` apart; `J.R.` stays whole.
fn cut_title(word: &str) -> impl Iterator<Item = &str> {
    let cut = word.split_once('.').filter(|(title, rest)| {
        TITLES.contains(&title.to_lowercase().as_str()) && has_letters(rest)
    });
    let (first, second) = cut.map_or((word, None), |(title, rest)| (title, Some(rest)));
    std::iter::once(first).chain(second)
}

fn without_titles<'w>(mut words: &'w [&'w str], is_title: impl Fn(&str) -> bool) -> &'w [&'w str] {
    let is_titles = |word: &str| {
        let mut parts = word.split(['/', '&', '+']).map(plain).filter(|part| !part.is_empty());
        parts.all(|part| is_title(&part))
    };
    while let [first, rest @ ..] = words
        && is_titles(first)
        && rest.iter().any(|word| has_letters(word))
    {
        words = rest;
    }
    words
}

fn without_former<'w>(words: &'w [&'w str]) -> &'w [&'w str] {
    let says_former = |place: usize| {
        let word = |place: usize| words.get(place).map(|word| plain(word)).unwrap_or_default();
        let is_known_as = word(place) == "known" && word(place + 1) == "as";
        is_known_as || FORMER.contains(&word(place).as_str())
    };
    let own = (1..words.len())
        .find(|&place| says_former(place))
        .and_then(|place| words.get(..place))
        .unwrap_or(words);
    if own.iter().any(|word| has_letters(word)) { own } else { words }
}

/// A word in small letters, without what stands around and between its letters.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// A text without what stands in brackets or quotes, those that never close included.
fn outside_brackets(written: &str) -> String {
    let characters: Vec<char> = written.chars().collect();
    let mut outside = String::with_capacity(written.len());
    let mut place = 0;
    while let Some(&character) = characters.get(place) {
        match end_of_aside(&characters, place) {
            Some(end) => {
                outside.push(' ');
                place = end;
            }
            None => {
                outside.push(character);
                place += 1;
            }
        }
    }
    outside
}

/// Where the brackets or quotes end that open here, if any do.
fn end_of_aside(characters: &[char], start: usize) -> Option<usize> {
    let closing: &[char] = match characters.get(start)? {
        '(' => &[')'],
        '[' => &[']'],
        '{' => &['}'],
        '<' => &['>'],
        '"' | '“' | '”' | '„' => &['"', '“', '”'],
        '«' => &['»'],
        '\'' | '‘' | '’' | '`' => return end_of_single_quotes(characters, start),
        _ => return None,
    };
    let after = characters.iter().skip(start + 1);
    let length = after.take_while(|character| !closing.contains(character)).count();
    Some(start + length + 2)
}

/// Single quotes are apostrophes too (`O'Brien`, `‘Abd al-‘Aziz`): they open before a word and
/// close after one.
fn end_of_single_quotes(characters: &[char], start: usize) -> Option<usize> {
    let is_letter = |place: Option<usize>| {
        place.and_then(|place| characters.get(place)).is_some_and(|c| c.is_alphanumeric())
    };
    if is_letter(start.checked_sub(1)) || !is_letter(Some(start + 1)) {
        return None;
    }
    let closes = |place: &usize| {
        matches!(characters.get(*place), Some('\'' | '’' | '´' | '`'))
            && is_letter(place.checked_sub(1))
            && !is_letter(Some(place + 1))
    };
    (start + 1..characters.len()).find(closes).map(|place| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    mod brackets_and_quotes {
        use super::*;

        fn leave(written: &str, expected: &str) {
            assert_eq!(forename_alone(written), expected);
        }

        cases!(
            leave,
            are_left_out_at_the_end("John (Jack)", "John"),
            are_left_out_in_front("(Jack) John", "John"),
            are_left_out_where_they_are_square("John [Jack]", "John"),
            are_left_out_where_they_are_quotes("John \"Jack\"", "John"),
            are_left_out_where_they_are_curly_quotes("John “Jack”", "John"),
            are_left_out_where_they_are_single_quotes("Mary 'Molly' Jane", "Mary Jane"),
            are_left_out_where_they_are_curly_single_quotes("Mary ‘Molly’", "Mary"),
            are_left_out_where_nothing_closes_them("John (Jack", "John"),
            are_left_out_each_by_itself("John (Jack) Paul (JP)", "John Paul"),
            stay_where_nothing_else_is_there("(Jack)", "(Jack)"),
            stay_where_nothing_but_a_quotation_is_there("\"Jack\"", "\"Jack\""),
            are_not_seen_in_an_apostrophe("O'Brien", "O'Brien"),
            are_not_seen_in_a_curly_apostrophe("D’Arcy", "D’Arcy"),
            are_not_seen_in_an_ayn_of_arabic("‘Abd al-‘Aziz", "‘Abd al-‘Aziz"),
            are_not_seen_in_an_apostrophe_before_a_capital("Ta'Shay", "Ta'Shay"),
            are_not_seen_in_two_apostrophes_of_which_one_ends_a_word("De'Andre' J", "De'Andre' J"),
        );
    }

    #[test]
    fn a_leading_title_is_left_out() {
        for (written, expected) in [
            ("Mr John", "John"),
            ("Mrs. Anne", "Anne"),
            ("MISS ELLA", "ELLA"),
            ("Ms Ann", "Ann"),
            ("Mx Sam", "Sam"),
            ("Dr John", "John"),
            ("Dr.John", "John"),
            ("Rev'd Ann", "Ann"),
            ("Rev. Dr. Ann", "Ann"),
            ("Prof Ann", "Ann"),
            ("Sir John", "John"),
            ("Lady Jane", "Jane"),
            ("Mr & Mrs John", "John"),
            ("Mr/Mrs John", "John"),
        ] {
            assert_eq!(forename_alone(written), expected, "{written}");
        }
        assert_eq!(surname_alone("Mrs Jones"), "Jones");
    }

    mod a_former_name {
        use super::*;

        fn leaves(written: &str, expected: &str) {
            assert_eq!(surname_alone(written), expected);
        }

        cases!(
            leaves,
            is_left_out_in_brackets("Jones (was Davies)", "Jones"),
            is_left_out_after_was("Jones was Davies", "Jones"),
            is_left_out_after_was_in_capitals("Jones WAS DAVIES", "Jones"),
            is_left_out_after_nee("Hill née Wood", "Hill"),
            is_left_out_after_nee_without_its_accent("Hill nee Wood", "Hill"),
            is_left_out_after_nee_in_brackets("Hill (née Wood)", "Hill"),
            is_left_out_after_formerly("Hill formerly Wood", "Hill"),
            is_left_out_after_previously_and_the_comma_stays("Hill, previously Wood", "Hill,"),
            is_left_out_after_aka("Hill aka Wood", "Hill"),
            is_left_out_after_known_as("Hill known as Wood", "Hill"),
        );

        #[test]
        fn is_left_out_of_a_forename_too() {
            assert_eq!(forename_alone("Anne née Hill"), "Anne");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn a_name_that_only_looks_like_one_stays() {
        for name in [
            "Wasim", "Missy", "Drew", "Rev", "Miss", "Sir", "Was", "Nee", "Neesha", "Drake", "Mrinal",
            "Msizi", "Sirius", "Profit", "Franklin", "Reverie", "Akash", "Formosa", "Dr", "Mr.",
            "J.R. Ann", "Nee Wood", "Was Davies", "Master", "Maryam was",
        ] {
            let expected = name.strip_suffix(" was").unwrap_or(name);
            assert_eq!(forename_alone(name), expected, "{name}");
            assert_eq!(surname_alone(name), expected, "{name}");
        }
        assert_eq!(surname_alone("Lord Jones"), "Lord Jones");
    }
}
