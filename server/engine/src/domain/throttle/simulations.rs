//! Whole schools, for weeks: children who mistype and give up, and strangers who guess.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rollcall_shared::formats::PasswordFormat;

use super::tests::{Became, Counts, tried};
use super::*;
use crate::planner::naming::passwords::possible_values;

const SCHOOL: &str = "192.0.2.7";
const MORNING: i64 = 15 * 60;

fn day(number: i64, second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_788_248_700 + number * 86_400 + second, 0).unwrap()
}

fn child(name: &str, standing: &Standing, format: PasswordFormat) -> Attempt {
    Attempt::new(tried(name, SCHOOL, Some(possible_values(format))), standing)
}

/// A third with two pictures, a third with four, a third with a word.
fn format_of(child: u32) -> PasswordFormat {
    match child % 3 {
        0 => PasswordFormat::TwoPicturePin,
        1 => PasswordFormat::PicturePin,
        _ => PasswordFormat::FiveLetterWord,
    }
}

/// A morning at one address in a quarter of an hour: one in ten mistypes, once to three times, and
/// so many in a hundred give up after two tries. How often somebody with the right password waits.
fn morning(
    counts: &mut Counts,
    rng: &mut ChaCha20Rng,
    number: i64,
    children: u32,
    giving_up: u32,
) -> u32 {
    let mut waited = 0;
    let mut seconds: Vec<(i64, u32)> =
        (0..children).map(|child| (rng.random_range(0..MORNING), child)).collect();
    seconds.sort_unstable();
    for (second, who) in seconds {
        let attempt = child(&format!("child{who}"), &Standing::School, format_of(who));
        let luck = rng.random_range(0..100);
        let wrong = match luck {
            _ if luck < giving_up => 2,
            _ if luck < giving_up + 10 => rng.random_range(1..=3),
            _ => 0,
        };
        for guess in 0..wrong {
            let became = counts.attempt(&attempt, false, day(number, second + guess));
            waited += u32::from(luck >= giving_up && became != Became::Wrong);
        }
        if luck >= giving_up {
            let became = counts.attempt(&attempt, true, day(number, second + wrong));
            waited += u32::from(became != Became::In);
        }
    }
    waited
}

#[test]
fn in_a_term_of_school_mornings_no_child_with_the_right_password_ever_waits() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for children in [30, 150, 300, 600] {
        let mut counts = Counts::default();
        for week in 0..13 {
            for weekday in 0..5 {
                let number = week * 7 + weekday;
                let waited = morning(&mut counts, &mut rng, number, children, 8);
                assert_eq!(waited, 0, "{children} children, day {number}");
            }
        }
    }
}

/// What strangers do for an hour: who is tried from which of a thousand networks.
struct Strangers {
    name: &'static str,
    /// Whose account each guess is at.
    tries: fn(guess: u32, children: u32) -> u32,
    /// Which of the thousand networks it comes from.
    network: fn(guess: u32) -> u32,
}

const WAYS: [Strangers; 5] = [
    Strangers {
        name: "each network once, the weakest that is looked at first",
        tries: |guess, children| (guess * 3 + 1) % children,
        network: |guess| guess % 1000,
    },
    Strangers {
        name: "every child in turn",
        tries: |guess, children| guess % children,
        network: |guess| guess % 1000,
    },
    Strangers {
        name: "one child with a picture PIN, from everywhere",
        tries: |_, _| 1,
        network: |guess| guess % 1000,
    },
    Strangers {
        name: "words only, four guesses from each network",
        tries: |guess, children| (guess * 3 + 2) % children,
        network: |guess| guess / 4 % 1000,
    },
    Strangers {
        name: "two pictures only",
        tries: |guess, children| guess * 3 % children,
        network: |guess| guess % 1000,
    },
];

/// An hour of guessing at 300 children, four guesses a second, all of them wrong: how many possible
/// values the passwords had that were looked at.
fn hour_of_guessing(counts: &mut Counts, way: &Strangers) -> Vec<u64> {
    let mut looked_at = Vec::new();
    for guess in 0..4 * 3600 {
        let who = (way.tries)(guess, 300);
        let format = format_of(who);
        if format == PasswordFormat::TwoPicturePin {
            continue; // Never looked at for a stranger, as the tests of the API show.
        }
        let (name, network) = (format!("child{who}"), format!("network{}", (way.network)(guess)));
        let values = possible_values(format);
        let attempt = Attempt::new(tried(&name, &network, Some(values)), &Standing::Stranger);
        let now = day(0, i64::from(guess) / 4 - 3600);
        if counts.attempt(&attempt, false, now) == Became::Wrong {
            looked_at.push(values);
        }
    }
    looked_at
}

#[test]
fn an_hour_from_a_thousand_networks_enters_fewer_than_one_school_in_a_hundred() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let (mut schools, mut entered) = (0, 0);
    for way in &WAYS {
        let mut counts = Counts::default();
        let looked_at = hour_of_guessing(&mut counts, way);
        let chances: f64 = looked_at.iter().map(|values| chance(*values)).sum();
        assert!(chances < 0.0095, "{}: {chances}", way.name);
        for _ in 0..400 {
            schools += 1;
            entered += u32::from(looked_at.iter().any(|values| rng.random_range(0..*values) == 0));
        }
        // The children who come to school at the end of that hour are not slowed by it.
        assert_eq!(morning(&mut counts, &mut rng, 0, 300, 8), 0, "{}", way.name);
    }
    assert!(entered * 100 < schools, "{entered} of {schools}");
}
