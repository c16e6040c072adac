//! Words that must not appear in a child's username or password, and when a text reads as one.
//!
//! A username is names put together, so the question is always asked about a text *and its joins*:
//! the places where one part ends and the next begins (`Shi|T`, `T|Watson`, `Mary|Jane|S`).
//!
//! The rule, so that nobody is told that their own name is unsuitable:
//! - the **whole** text must not be one of the words (`Shi|T`, `Dick|S`, `Yi|D`), nor its plural, nor
//!   one with a letter doubled (`F|Aggs`); nor must some of its parts joined, at the beginning or
//!   the end of the text (`Mary|Yi|D`);
//! - a **coarse** word must not be a whole part either (`J|Wank`);
//! - a **telling** word must not begin or end the text across a join (`S|Hitchcock`, `Ewan|K`);
//! - what lies *inside* one part is somebody's name and never counts: Scunthorpe, Cockburn, Shittu,
//!   Wankhede, Essex. A milder word that is a whole part is a name too: Fanny, Dick, Gay, Randy.
//!
//! So `C|Hinks` and `Yi|D` take another format, because the username *is* the word, and `J|Hinks`,
//! `C|Hinksey`, `Spicer` and `Dykes` do not. A family called Bastard keeps its name on every page,
//! and its children sign in by their forename.
//!
//! The lists of our own come first, because a general filter does not know where a name begins: the
//! one tried (rustrict, kept as a second opinion on the password words) finds `S|Hitchcock` as we
//! do, but also refuses `J|Dickson`, `A|Shittu`, `V|Wankhede`, `J|Butt`, `Bob|S` and `Nazia|K`, and
//! does not know `Yi|D` or `Wo|G`. For the slurs of all kinds there is the list of `cuss` (MIT,
//! <https://github.com/words/cuss>), without what are names or harmless words; it counts for joined
//! texts only, as `MILD` does.

use std::collections::HashSet;
use std::sync::LazyLock;

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

/// What the list of `cuss` lacks of its kinds, or spells in another way. Sorted.
#[rustfmt::skip]
const MORE_SLURS: [&str; 52] = [
    "battyboy", "bint", "bumboy", "ching", "cnut", "cok", "cripple", "dik", "fagg", "fcuk",
    "fenian", "fucku", "fuku", "fukyou", "fuq", "gestapo", "grope", "groper", "himmler", "imbecile",
    "infidel", "kok", "kum", "ladyboy", "lesbian", "lezza", "lezzer", "midget", "niga", "nigah",
    "nutter", "papist", "pooh", "poopy", "psycho", "pubes", "pusi", "rapey", "schizo", "scrote",
    "shemale", "sht", "shyt", "spacker", "spazz", "spazzer", "stool", "tampon", "toilet", "tosspot",
    "urine", "wee",
];

/// Coarse words that readers pick out even from the beginning or the end of a longer word. Sorted.
#[rustfmt::skip]
const TELLING: [&str; 22] = [
    "arsehole", "bastard", "bitch", "bollock", "bugger", "cunt", "dick", "dildo", "faggot", "fuck",
    "nigga", "nigger", "penis", "piss", "porn", "pussy", "shit", "slut", "twat", "vagina", "wank",
    "whore",
];

/// Slurs and rude words of every kind, from the list of `cuss`.
static SLURS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("unsuitable/cuss.txt").lines().filter(|line| !line.starts_with('#')).collect()
});

/// Whether a text reads as an unsuitable word. `joins` are the byte positions at which the text's
/// second and further parts begin, in order.
#[must_use]
pub(super) fn reads_as_unsuitable(text: &str, joins: &[usize]) -> bool {
    let text = text.to_ascii_lowercase();
    is_listed(&COARSE, &text)
        || (!joins.is_empty() && (is_joined_word(&text) || is_joined_word(&singled(&text, joins))))
        || joined_runs(&text, joins).any(is_joined_word)
        || parts(&text, joins).any(|part| is_listed(&COARSE, part))
        || TELLING.iter().any(|word| crosses_a_join_at_an_end(&text, joins, word))
}

/// Whether a single word is unsuitable for a password: in any list, or with a telling word in it.
#[cfg(test)]
pub(super) fn is_unsuitable_word(word: &str) -> bool {
    is_joined_word(word) || TELLING.iter().any(|telling| word.contains(telling))
}

/// Every word of the lists of our own.
#[cfg(test)]
pub(super) fn all_words() -> impl Iterator<Item = &'static str> {
    COARSE.into_iter().chain(MILD).chain(TELLING)
}

/// Whether a word that names were joined to is in any list.
fn is_joined_word(word: &str) -> bool {
    is_listed(&COARSE, word)
        || is_listed(&MILD, word)
        || is_listed(&MORE_SLURS, word)
        || is_or_is_plural(word, |word| SLURS.contains(word))
}

/// Whether a word, or the word it is the plural of, is in a list.
fn is_listed(list: &[&str], word: &str) -> bool {
    is_or_is_plural(word, |word| list.binary_search(&word).is_ok())
}

fn is_or_is_plural(word: &str, has: impl Fn(&str) -> bool) -> bool {
    has(word)
        || word.strip_suffix('s').is_some_and(|one| has(one) || has(one.trim_end_matches('e')))
}

/// A text whose parts have single consonants for double ones: `faggs` is `fags`. Where one part
/// ends as the next begins, both letters are somebody's own.
fn singled(text: &str, joins: &[usize]) -> String {
    let mut letters: Vec<(usize, char)> = text.char_indices().collect();
    letters.dedup_by(|(place, next), (_, letter)| {
        letter == next && !matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u') && !joins.contains(place)
    });
    letters.into_iter().map(|(_, letter)| letter).collect()
}

/// Two or more parts, but not all, from the beginning or to the end.
fn joined_runs<'a>(text: &'a str, joins: &'a [usize]) -> impl Iterator<Item = &'a str> {
    let beginnings = joins.iter().skip(1).filter_map(|&join| text.get(..join));
    let ends = joins.iter().rev().skip(1).filter_map(|&join| text.get(join..));
    beginnings.chain(ends)
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
    use std::collections::BTreeSet;

    use rollcall_shared::formats::UsernameFormat;

    use super::super::usernames::base;
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
        for list in [COARSE.as_slice(), &MILD, &MORE_SLURS, &TELLING] {
            assert!(list.is_sorted_by(|a, b| a < b), "{list:?}");
            assert!(list.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase())));
        }
        assert!(SLURS.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase())));
        assert!(SLURS.len() > 1_000);
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
    fn refuses_slurs_and_rude_words_of_every_kind_that_joining_made() {
        for joined in [
            // By ethnicity.
            "Wo|G", "Ja|P", "Spi|C", "Nig|A", "Nig|G", "Nigg|A", "C|Hinks", "Goo|K", "Co|On", "Da|Go",
            "Pak|I", "W|Op", "Gyp|S", "Dark|Ie", "Sam|Bo", "Pike|Y", "Kaf|Fir", "Krau|T", "Ching|S",
            // By religion.
            "Yi|D", "Yi|Ds", "K|Ike", "Kik|E", "Rag|Head", "Infi|Del", "Feni|An",
            // By disability.
            "Spa|Z", "Re|Tard", "Tar|D", "Mon|G", "Cri|Pple", "Spac|Ker", "Mid|Get",
            // By sexuality.
            "F|Aggs", "Fag|G", "Ho|Mo", "Di|Ke", "Dyk|E", "Les|Bo", "Tran|Ny", "P|Oof", "Quee|R",
            // Sexual.
            "Fuk|U", "Fu|Kyou", "Kun|T", "Di|K", "Cum|M", "Ku|M", "G|Rope", "G|Ropes", "Mil|F",
            "R|Aped", "Se|Xy", "Ko|K", "Dil|Do", "Per|V", "Pe|Do", "Non|Ce", "Ti|Tty", "Cn|Ut",
            // Of the lavatory.
            "Sha|T", "S|Tool", "S|Tools", "P|Oop", "Poo|P", "We|E", "T|Urd", "Ur|Ine", "Pi|Ss",
            // Beside other parts.
            "Mary|Yi|D", "Wo|G|Smith", "Ann|Spi|C",
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
            "John|S", "J|Smith", "J|Jihad", "John|Smith", "J|S", "Zoe|B", "Mary|Jane|O", "C|Ockenden",
            "P|Akinola", "N|Azim", "S|Cumberland", "H|Ellis", "F|Arthur", "K|Illingworth",
            "Dana|L", "Lars|E", "Anu|R", "S|Picton", "A|S", "Abi|D", "Hebe|S", "Bob|S", "Don|G", "F|U", "B|Umar", "C|Umar",
            "T|Itchen",
        ] {
            assert!(!unsuitable(joined), "{joined}");
        }
    }

    #[test]
    fn real_surnames_are_not_refused_in_any_format() {
        let surnames: BTreeSet<&str> = SURNAMES.split_whitespace().collect();
        assert!(surnames.len() >= 200, "{}", surnames.len());
        for surname in surnames {
            for forename in ["John", "Mary", "Olivia", "Mohammed", "Evie", "Jo", "Wei", "Zofia"] {
                for format in UsernameFormat::ALL {
                    let base = base(forename, surname, format).unwrap();
                    assert!(!base.changed, "{forename} {surname}, {format:?}: {}", base.text);
                }
            }
        }
    }

    /// Surnames of the United Kingdom that a careless filter refuses, and usual ones.
    const SURNAMES: &str = "
        Sexton Cockburn Dickinson Hancock Wang Shufflebottom Pratt Penistone Middlesex Essex Assad
        Hassan Cummings Titmus Babcock Woodcock Ramsbottom Fuchs Dykes Spicer Japp Shatford Kuntz
         Clitheroe Lightwater Sussex Wessex Cockerell Cockcroft Cockshott Cocker Cocks
        Alcock Adcock Badcock Glasscock Hitchcock Hiscock Leacock Peacock Pocock Silcock Wilcock
        Wilcox Laycock Heathcock Dick Dickens Dickson Dickenson Dixon Dicks Dickie Dickman 
         Bottomley Longbottom Sidebottom Winterbottom Higginbottom Rowbottom Bottom 
        Butt Butts Butterworth Butter Butler Butcher  Bumstead Bumpus Bumby  Arsenault
        Arscott Cass Cassidy Massey Bass Bassett Glass Grass Lassiter Passmore Sass Asser Assange
        Tait Tate Titchmarsh Titley Titterington Tittensor Titmuss Titheridge Tittle Shitta Shittu
        Shittle  Shottin Pissarro Pistorius Piper Pike Piggott Pigg Hogg Hoare  Horley
        Whorton Horniman Horner Slagg Slater Slack Slade  Swallow Sucksmith Suckling Suckley
        Fagan Fagg Fagge Faggetter Fage  Gay Gaye Gaylor Gaylord Gayton Gaynor  Homan
        Dyke  Vandyke Queenan Tranter Coon Cooney Coonan Coombes Chinn Chinnery Chinnock Japes
        Spice Spicknell Spick Gook Gooch Goodger   Wogan  Wopling Pakeman Pakenham
        Packington Patel Khan Singh Kaur Begum Ali Hussain Nazir Nazari Naziri  Rapeport
        Rapley Raper Grapes Groper Gropper Draper Crapper Crapp Craparo Scrapper  Shagoury
         Shaw  Fuller Fulcher   Cunliffe  Cumberland Cumberbatch Cumming
        Cummins Cumbes Semens Semon  Spurgeon Wanklyn Wankling  Wankhede Wadham Twaddle
        Twatt Tweedie Poore Poole  Poon Pooley Poulter   Weedon Weeks  Bastin
        Smith Jones Taylor Brown Williams Wilson Davies Robinson Wright Thompson Evans Walker White
        Roberts Green Hall Wood Jackson Clarke Kelly Murphy Campbell Stewart Anderson Nowak Popescu
        Kowalski Nguyen Chen Li Okafor Adeyemi Osei Mensah Moyo Abdi Warsame O'Brien McDonald
    ";

    #[test]
    fn odd_texts_and_joins_do_no_harm() {
        assert!(!reads_as_unsuitable("", &[]));
        assert!(!reads_as_unsuitable("", &[0, 3]));
        assert!(!reads_as_unsuitable("Zoë", &[3, 99]));
    }
}
