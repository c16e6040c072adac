//! Words that must not appear in a child's username or password, and when a text reads as one.
//!
//! A username is names put together, so the question is always asked about a text *and its joins*:
//! the places where one part ends and the next begins (`Shi|T`, `T|Watson`, `Mary|Jane|S`).
//!
//! The rule, so that nobody is told that their own name is unsuitable:
//! - the **whole** text must not be one of the words (`Shi|T`, `Dick|S`, `Wan|King`), nor its plural;
//! - a **coarse** word must not be a whole part either (`J|Wank`);
//! - a **telling** word must not begin or end the text across a join (`S|Hitchcock`, `Ewan|K`);
//! - what lies *inside* one part is somebody's name and never counts: Scunthorpe, Cockburn, Shittu,
//!   Wankhede, Essex. A milder word that is a whole part is a name too: Fanny, Dick, Gay, Randy.
//!
//! A list of our own, because a general filter does not know where a name begins: the one tried
//! (rustrict, kept as a second opinion on the password words) finds `S|Hitchcock` as we do, but
//! also refuses `J|Dickson`, `A|Shittu`, `V|Wankhede`, `J|Butt` and `Nazia|K`.

/// Never to be read in a username, even where it is the whole of a given name. Sorted.
#[rustfmt::skip]
const COARSE: [&str; 58] = [
    "arsehole", "arsewipe", "asshole", "bastard", "bellend", "bitch", "blowjob", "bollock",
    "bugger", "bullshit", "clitoris", "cunt", "dickhead", "dildo", "dipshit", "erection", "faggot",
    "fuck", "fucked", "fucker", "fucking", "hitler", "jizz", "knobhead", "masturbate",
    "motherfucker", "nazi", "nigga", "nigger", "orgasm", "orgy", "paedo", "paedophile", "paki",
    "penis", "pissed", "porn", "porno", "pussy", "rape", "rapist", "rectum", "retard", "scrotum",
    "shit", "shite", "shithead", "shitty", "slut", "spastic", "testicle", "tosser", "twat",
    "vagina", "wank", "wanker", "wanking", "whore",
];

/// Not to be read in a joined username, but somebody's name where it stands alone. Sorted.
#[rustfmt::skip]
const MILD: [&str; 92] = [
    "anal", "anus", "arse", "ass", "balls", "bender", "boner", "bonk", "boob", "boobies", "booty",
    "bum", "bumhole", "butt", "chav", "chink", "clit", "cock", "coon", "crap", "crotch", "cum",
    "damn", "dick", "die", "dumb", "dyke", "fag", "fanny", "fart", "fat", "fatty", "fuk", "fuker",
    "gash", "gay", "gimp", "git", "gyppo", "hell", "hoe", "homo", "horny", "idiot", "kill",
    "killer", "kkk", "knob", "lesbo", "loser", "minge", "minger", "mong", "moron", "muff", "naked",
    "nipple", "nob", "nonce", "nude", "pedo", "pee", "perv", "phuck", "pikey", "piss", "poo",
    "poof", "poop", "prat", "prick", "queer", "scum", "semen", "sex", "sexy", "shag", "skank",
    "slag", "slapper", "snot", "sod", "spaz", "spunk", "stupid", "suck", "thick", "tit", "tranny",
    "turd", "ugly", "willy",
];

/// Coarse words that readers pick out even from the beginning or the end of a longer word. Sorted.
#[rustfmt::skip]
const TELLING: [&str; 22] = [
    "arsehole", "bastard", "bitch", "bollock", "bugger", "cunt", "dick", "dildo", "faggot", "fuck",
    "nigga", "nigger", "penis", "piss", "porn", "pussy", "shit", "slut", "twat", "vagina", "wank",
    "whore",
];

/// Whether a text reads as an unsuitable word. `joins` are the byte positions at which the text's
/// second and further parts begin, in order.
#[must_use]
pub fn reads_as_unsuitable(text: &str, joins: &[usize]) -> bool {
    let text = text.to_ascii_lowercase();
    is_listed(&COARSE, &text)
        || (!joins.is_empty() && is_listed(&MILD, &text))
        || parts(&text, joins).any(|part| is_listed(&COARSE, part))
        || TELLING.iter().any(|word| crosses_a_join_at_an_end(&text, joins, word))
}

/// Whether a single word is unsuitable for a password: in any list, or with a telling word in it.
#[cfg(test)]
pub(super) fn is_unsuitable_word(word: &str) -> bool {
    is_listed(&COARSE, word)
        || is_listed(&MILD, word)
        || TELLING.iter().any(|telling| word.contains(telling))
}

/// Every word of the lists.
#[cfg(test)]
pub(super) fn all_words() -> impl Iterator<Item = &'static str> {
    COARSE.into_iter().chain(MILD).chain(TELLING)
}

/// Whether a word, or the word it is the plural of, is in a list.
fn is_listed(list: &[&str], word: &str) -> bool {
    let has = |word: &str| list.binary_search(&word).is_ok();
    has(word)
        || word.strip_suffix('s').is_some_and(|one| has(one) || has(one.trim_end_matches('e')))
}

/// The text cut at its joins.
fn parts<'a>(text: &'a str, joins: &'a [usize]) -> impl Iterator<Item = &'a str> {
    let starts = std::iter::once(0).chain(joins.iter().copied());
    let ends = joins.iter().copied().chain(std::iter::once(text.len()));
    starts.zip(ends).filter_map(|(start, end)| text.get(start..end))
}

/// Whether a word begins or ends the text and is not wholly inside one part.
fn crosses_a_join_at_an_end(text: &str, joins: &[usize], word: &str) -> bool {
    let begins = text.starts_with(word) && joins.first().is_some_and(|&join| join < word.len());
    let ends =
        text.ends_with(word) && joins.last().is_some_and(|&join| join > text.len() - word.len());
    begins || ends
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks about a text whose joins are written as bars.
    fn unsuitable(joined: &str) -> bool {
        let mut joins = Vec::new();
        let mut text = String::new();
        for part in joined.split('|') {
            if !text.is_empty() {
                joins.push(text.len());
            }
            text.push_str(part);
        }
        reads_as_unsuitable(&text, &joins)
    }

    #[test]
    fn the_lists_are_sorted_unique_and_small_letters() {
        for list in [COARSE.as_slice(), MILD.as_slice(), TELLING.as_slice()] {
            assert!(list.is_sorted_by(|a, b| a < b), "{list:?}");
            assert!(list.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase())));
        }
        assert!(COARSE.iter().all(|word| MILD.binary_search(word).is_err()));
    }

    #[test]
    #[rustfmt::skip]
    fn refuses_what_only_the_joining_made() {
        for joined in [
            "Shi|T", "S|Hit", "Rishi|T", "S|Hitchcock", "T|Wat", "T|Watson", "C|Unthank", "P|Enis",
            "Peni|S", "F|Ucker", "Fu|Ck", "Wan|King", "Ewan|K", "Dick|S", "D|Ick", "Fanny|S",
            "Willy|S", "Naz|I", "B|Utt", "A|Nus", "An|Us", "Tit|S", "S|Ex", "Mary|Shi|T", "B|Itch",
            "B|Itches", "S|Lut", "P|Ornsby", "P|Oo", "S|Uck", "G|Ay", "Gay|S",
        ] {
            assert!(unsuitable(joined), "{joined}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn refuses_a_coarse_word_given_as_a_name() {
        for joined in [
            "J|Fuck", "Fuck|J", "Wank", "J|Cunt|S", "Bastards|A", "Porn", "J|Nazi",
        ] {
            assert!(unsuitable(joined), "{joined}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn leaves_people_their_own_names() {
        for name in [
            "Scunthorpe", "Penistone", "Cockburn", "Cockerill", "Hancock", "Babcock", "Hitchcock",
            "Alcock", "Peacock", "Dickson", "Dickens", "Dickinson", "Dick", "Dickie", "Hiscock",
            "Bottomley", "Ramsbottom", "Sidebottom", "Shittu", "Shitole", "Ashit", "Rishit",
            "Essex", "Sussex", "Middlesex", "Sexton", "Wankhede", "Swank", "Watson", "Watts",
            "Fanny", "Randy", "Willy", "Roger", "Gay", "Gaye", "Gaylord", "Assad", "Hassan",
            "Cassandra", "Bassett", "Nazir", "Nazia", "Shahnaz", "Nazim", "Cumberbatch",
            "Cummings", "Cumming", "Hoare", "Titmus", "Titus", "Titley", "Fagan", "Fagg", "Butt",
            "Butterworth", "Butler", "Bumford", "Poole", "Poonam", "Pratt", "Sodhi", "Analise",
            "Tanus", "Jizzard", "Dikshit", "Dixit", "Twatt", "Slutsky", "Clitheroe", "Fuchs",
            "Fuk", "Phuc", "Bich", "Dung", "Wang", "Long", "Dong", "Kuntz", "Semen", "Isis",
            "Jihad", "Osama", "Horniman", "Lipshitz", "Lickert", "Crapper", "Craper", "Draper",
            "Grape", "Pornthip", "Suckling", "Sucksmith", "Shagufta", "Hellen", "Pissarro",
            "Pussett", "Arsenio", "Arsene", "Pakington", "Orgreave",
        ] {
            for joined in [
                name.to_owned(),
                format!("{name}|A"),
                format!("{name}|M"),
                format!("A|{name}"),
                format!("J|{name}"),
                format!("John|{name}"),
                format!("{name}|Robinson"),
            ] {
                assert!(!unsuitable(&joined), "{joined}");
            }
        }
    }

    #[test]
    #[rustfmt::skip]
    fn the_middle_of_a_longer_username_is_left_alone() {
        for joined in [
            "Rishi|Thakur", "Omar|Seddon", "Ewan|King", "Isha|Gill", "Matt|Itskov",
        ] {
            assert!(!unsuitable(joined), "{joined}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn ordinary_usernames_pass() {
        for joined in [
            "John|S", "J|Smith", "John|Smith", "J|S", "Zoe|B", "Mary|Jane|O", "C|Ockenden",
            "P|Akinola", "N|Azim", "S|Cumberland", "H|Ellis", "F|Arthur", "K|Illingworth",
            "Dana|L", "Lars|E", "Anu|R", "S|Picton", "R|Aped", "A|S", "F|U", "B|Umar", "C|Umar",
            "T|Itchen",
        ] {
            assert!(!unsuitable(joined), "{joined}");
        }
    }

    #[test]
    fn odd_texts_and_joins_do_no_harm() {
        assert!(!reads_as_unsuitable("", &[]));
        assert!(!reads_as_unsuitable("", &[0, 3]));
        assert!(!reads_as_unsuitable("Zoë", &[3, 99]));
    }
}
