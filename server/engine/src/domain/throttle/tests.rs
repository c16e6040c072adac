use std::collections::HashMap;

use super::*;

/// A school's counts, in memory.
#[derive(Default)]
pub(super) struct Counts(HashMap<String, Count>);

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    In,
    Wrong,
    Waits(TimeDelta),
    Busy,
}

impl Counts {
    /// The counts of an attempt's own lines, and of the shared ones where they are needed.
    fn taken(
        &self,
        attempt: &Attempt,
        now: DateTime<Utc>,
        needs_shared: impl FnOnce(&[Count]) -> bool,
    ) -> Vec<Count> {
        let of = |line: &Line| self.0.get(&line.key).copied().unwrap_or(Count::none(now));
        let (shared, own): (Vec<_>, Vec<_>) = attempt.lines().iter().partition(|l| l.is_shared());
        let mut counts: Vec<Count> = own.into_iter().map(of).collect();
        if needs_shared(&counts) {
            counts.extend(shared.into_iter().map(of));
        }
        counts
    }

    fn put(&mut self, attempt: &Attempt, counts: Vec<Count>) {
        for (line, count) in attempt.lines().iter().zip(counts) {
            self.0.insert(line.key.clone(), count);
        }
    }

    pub(super) fn begin(&mut self, attempt: &Attempt, now: DateTime<Utc>) -> Verdict {
        let needs_shared = |own: &[Count]| attempt.needs_shared_to_begin(own, now);
        let mut counts = self.taken(attempt, now, needs_shared);
        let verdict = attempt.begin(&mut counts, now);
        self.put(attempt, counts);
        verdict
    }

    pub(super) fn end(
        &mut self,
        attempt: &Attempt,
        held: Option<&Reservation>,
        ending: Ending,
        now: DateTime<Utc>,
    ) -> Vec<Kind> {
        let needs_shared = |own: &[Count]| attempt.needs_shared_to_end(own, ending, now);
        let mut counts = self.taken(attempt, now, needs_shared);
        let full = attempt.end(&mut counts, held, ending, now);
        self.put(attempt, counts);
        full
    }

    /// One attempt from its beginning to its end, with nobody else at the same moment.
    pub(super) fn attempt(
        &mut self,
        attempt: &Attempt,
        is_right: bool,
        now: DateTime<Utc>,
    ) -> Became {
        match self.begin(attempt, now) {
            Verdict::WaitUntil(until) => Became::Waits(until - now),
            Verdict::Busy => Became::Busy,
            Verdict::Go(held) => {
                let ending = if is_right { Ending::Right } else { Ending::Wrong };
                self.end(attempt, Some(&held), ending, now);
                if is_right { Became::In } else { Became::Wrong }
            }
        }
    }

    fn level(&self, attempt: &Attempt, kind: Kind) -> f64 {
        let line = attempt.lines().iter().find(|line| line.kind == kind).unwrap();
        self.0.get(&line.key).map_or(0.0, |count| count.level)
    }
}

/// Somebody of this name, from this network.
pub(super) fn tried<'a>(name: &'a str, network: &'a str, values: Option<u64>) -> Tried<'a> {
    Tried { name, network, wider: None, values, has_pictures: values == Some(10_000) }
}

fn staff(name: &str, network: &str, standing: &Standing) -> Attempt {
    Attempt::new(tried(name, network, None), standing)
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

fn device() -> Standing {
    Standing::OwnDevice("tablet".into())
}

#[test]
fn four_guesses_are_free_and_each_one_after_them_waits_longer() {
    let mut counts = Counts::default();
    let attempt = staff("amy", "192.0.2.7", &Standing::School);
    let mut now = at(0);
    for wait in [0, 0, 0, 0, 1, 5, 15, 60, 240, 1440, 60, 240, 1440] {
        assert_eq!(counts.attempt(&attempt, false, now), Became::Wrong);
        let wait = TimeDelta::minutes(wait);
        if wait > TimeDelta::zero() {
            assert_eq!(counts.attempt(&attempt, true, now), Became::Waits(wait));
            let just_before = now + wait - TimeDelta::milliseconds(1);
            assert!(matches!(counts.attempt(&attempt, true, just_before), Became::Waits(_)));
        }
        now += wait;
    }
    assert_eq!(counts.attempt(&attempt, true, now), Became::In);
    assert_eq!(counts.attempt(&attempt, false, now), Became::Wrong, "counted from nothing again");
}

#[test]
fn one_guess_is_forgotten_each_eight_hours() {
    let mut counts = Counts::default();
    let attempt = staff("amy", "192.0.2.7", &Standing::School);
    for third_of_a_day in 0..60 {
        let now = at(third_of_a_day * 28_800);
        assert_eq!(counts.attempt(&attempt, false, now), Became::Wrong, "{third_of_a_day}");
    }
    let (mut many, later) = (Counts::default(), at(5 * 28_800));
    for _ in 0..5 {
        many.attempt(&attempt, false, at(0));
    }
    for _ in 0..5 {
        assert_eq!(many.attempt(&attempt, false, later), Became::Wrong);
    }
}

#[test]
fn guesses_from_elsewhere_keep_nobody_out_on_their_own_device_with_their_card_or_at_school() {
    let mut counts = Counts::default();
    for caller in 0..40 {
        let network = format!("198.51.100.{caller}");
        let stranger = staff("head@school.example", &network, &Standing::Stranger);
        for _ in 0..5 {
            counts.attempt(&stranger, false, at(0));
        }
    }
    let elsewhere = staff("head@school.example", "203.0.113.9", &Standing::Stranger);
    assert!(matches!(counts.attempt(&elsewhere, true, at(1)), Became::Waits(_)), "50 guesses");
    for standing in [device(), Standing::Card("card".into()), Standing::School] {
        let own = staff("head@school.example", "192.0.2.7", &standing);
        assert_eq!(counts.attempt(&own, true, at(1)), Became::In, "{standing:?}");
    }
}

#[test]
fn five_guesses_from_one_place_keep_nobody_out_at_another() {
    let mut counts = Counts::default();
    let stranger = staff("head@school.example", "198.51.100.1", &Standing::Stranger);
    for _ in 0..5 {
        counts.attempt(&stranger, false, at(0));
    }
    assert!(matches!(counts.attempt(&stranger, true, at(0)), Became::Waits(_)));
    let elsewhere = staff("head@school.example", "203.0.113.9", &Standing::Stranger);
    assert_eq!(counts.attempt(&elsewhere, true, at(0)), Became::In);
}

#[test]
fn made_up_names_at_school_keep_out_no_name_that_has_not_failed_there() {
    let mut counts = Counts::default();
    for number in 0..500 {
        let name = format!("nobody{number}");
        counts.attempt(&staff(&name, "192.0.2.7", &Standing::School), false, at(0));
    }
    let admin = staff("head@school.example", "192.0.2.7", &Standing::School);
    assert_eq!(counts.attempt(&admin, true, at(1)), Became::In);
    // Anyone who fails is slowed, and no more than that.
    let child = staff("amy", "192.0.2.7", &Standing::School);
    assert_eq!(counts.attempt(&child, false, at(2)), Became::Wrong);
    assert_eq!(counts.attempt(&child, true, at(2)), Became::Waits(TimeDelta::minutes(1)));
    assert_eq!(counts.attempt(&child, true, at(62)), Became::In);
    let later = at(3600 * 3);
    assert_eq!(counts.attempt(&child, false, later), Became::Wrong);
    assert_eq!(counts.attempt(&child, true, later), Became::In, "emptied by then");
}

#[test]
fn a_strangers_network_tries_few_names_and_waits_until_there_is_room() {
    let mut counts = Counts::default();
    let attempt = |name: &str| staff(name, "198.51.100.1", &Standing::Stranger);
    for number in 0..10 {
        let child = attempt(&format!("child{number}"));
        for _ in 0..3 {
            assert_eq!(counts.attempt(&child, false, at(0)), Became::Wrong);
        }
    }
    let wait = TimeDelta::minutes(6);
    assert_eq!(counts.attempt(&attempt("another"), true, at(0)), Became::Waits(wait));
    assert_eq!(counts.attempt(&attempt("another"), true, at(361)), Became::In);
    assert_eq!(counts.attempt(&attempt("child3"), true, at(361)), Became::In, "not kept out");
}

#[test]
fn a_home_of_many_ipv6_addresses_is_one_caller_and_many_homes_of_one_network_are_few() {
    let mut counts = Counts::default();
    let mut looked_at = 0;
    for home in 0..94 {
        let network = format!("2001:db8:1:{home:x}::/64");
        for guess in 0..4 {
            let name = format!("child{home}-{guess}");
            let tried = Tried { wider: Some("2001:db8:1::/48"), ..tried(&name, &network, None) };
            let attempt = Attempt::new(tried, &Standing::Stranger);
            looked_at += i32::from(counts.attempt(&attempt, false, at(0)) == Became::Wrong);
        }
    }
    assert_eq!(looked_at, 40);
}

#[test]
fn attempts_in_flight_are_waited_for_and_not_counted_as_failures() {
    let mut counts = Counts::default();
    let attempt = staff("amy", "192.0.2.7", &Standing::School);
    let held: Vec<_> = (0..5)
        .map(|_| match counts.begin(&attempt, at(0)) {
            Verdict::Go(held) => held,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(counts.begin(&attempt, at(0)), Verdict::Busy);
    for held in &held {
        counts.end(&attempt, Some(held), Ending::Right, at(1));
    }
    assert_eq!(counts.attempt(&attempt, true, at(1)), Became::In);
    assert_eq!(counts.level(&attempt, Kind::Guesses), 0.0);
}

#[test]
fn guesses_made_at_the_same_moment_do_not_slip_past_each_other() {
    let mut counts = Counts::default();
    let attempt = |name: &str, network: &str| {
        Attempt::new(tried(name, network, Some(10_000)), &Standing::Stranger)
    };
    let mut looked_at = 0;
    for caller in 0..1000 {
        let (name, network) = (format!("child{caller}"), format!("caller{caller}"));
        let verdict = counts.begin(&attempt(&name, &network), at(0));
        looked_at += i32::from(matches!(verdict, Verdict::Go(_)));
    }
    assert_eq!(looked_at, 40, "the chance of 40 guesses at 10,000 values is 0.4 %");
}

#[test]
fn an_attempt_that_was_cut_off_counts_as_a_failure_after_half_a_minute() {
    let mut counts = Counts::default();
    let attempt = staff("amy", "192.0.2.7", &Standing::School);
    for _ in 0..5 {
        assert!(matches!(counts.begin(&attempt, at(0)), Verdict::Go(_)));
    }
    assert_eq!(counts.begin(&attempt, at(29)), Verdict::Busy);
    assert!(matches!(counts.begin(&attempt, at(30)), Verdict::WaitUntil(_)));
}

#[test]
fn something_that_broke_counts_neither_way() {
    let mut counts = Counts::default();
    let attempt = staff("amy", "192.0.2.7", &Standing::School);
    counts.attempt(&attempt, false, at(0));
    let Verdict::Go(held) = counts.begin(&attempt, at(1)) else { panic!() };
    counts.end(&attempt, Some(&held), Ending::Broken, at(1));
    assert_eq!(counts.level(&attempt, Kind::Guesses), 1.0);
}

#[test]
fn a_clock_that_is_put_back_or_runs_behind_makes_nobody_wait_for_it() {
    let attempt = staff("amy", "198.51.100.1", &Standing::Stranger);
    let month = 30 * 86_400;
    let mut counts = Counts::default();
    for _ in 0..5 {
        counts.attempt(&attempt, false, at(month));
    }
    let Became::Waits(wait) = counts.attempt(&attempt, true, at(0)) else { panic!() };
    assert!(wait <= TimeDelta::minutes(1), "{wait}");
    assert_eq!(counts.attempt(&attempt, true, at(61)), Became::In);
    // Two servers, one two seconds behind.
    let mut counts = Counts::default();
    for second in 0..100 {
        let now = at(second - 2 * (second % 2));
        assert_eq!(counts.attempt(&attempt, true, now), Became::In);
    }
}

#[test]
fn signing_in_takes_back_what_was_mistyped_before_everywhere_it_was_counted() {
    let mut counts = Counts::default();
    let attempt = Attempt::new(tried("amy", "198.51.100.1", Some(10_000)), &Standing::Stranger);
    for _ in 0..200 {
        for _ in 0..3 {
            assert_eq!(counts.attempt(&attempt, false, at(0)), Became::Wrong);
        }
        assert_eq!(counts.attempt(&attempt, true, at(0)), Became::In);
    }
    for kind in [Kind::Caller, Kind::Name, Kind::Chance, Kind::Pins] {
        assert!(counts.level(&attempt, kind) < ROUNDING, "{kind:?}");
    }
}

#[test]
fn a_name_nobody_has_is_counted_like_any_other() {
    let mut counts = Counts::default();
    for name in ["amyh", "nobody"] {
        let attempt = Attempt::new(tried(name, name, Some(500_000)), &Standing::Stranger);
        let became: Vec<_> = (0..6).map(|_| counts.attempt(&attempt, false, at(0))).collect();
        assert_eq!(became[5], Became::Waits(TimeDelta::minutes(1)), "{name}");
    }
}

#[test]
fn a_line_that_is_full_is_told_of_once_and_again_after_it_was_half_empty() {
    let mut counts = Counts::default();
    let mut told = 0;
    for number in 0..300 {
        let name = format!("child{number}");
        let attempt = Attempt::new(tried(&name, "192.0.2.7", Some(10_000)), &Standing::School);
        let Verdict::Go(held) = counts.begin(&attempt, at(0)) else { continue };
        let full = counts.end(&attempt, Some(&held), Ending::Wrong, at(0));
        told += full.iter().filter(|kind| **kind == Kind::Pins).count();
    }
    assert_eq!(told, 1);
}

#[test]
fn the_parts_of_a_key_do_not_run_together() {
    assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
    assert_eq!(about(" Amy "), about("amy"));
}

#[test]
fn every_kind_is_read_as_it_is_stored() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_code(kind.code()), Some(kind));
    }
}

#[test]
fn one_name_is_guessed_at_ten_times_on_all_devices_of_the_school_away_from_it() {
    let mut counts = Counts::default();
    let mut looked_at = 0;
    for device in 0..20 {
        let standing = Standing::SchoolDevice(format!("device{device}"));
        for guess in 0..5 {
            let network = format!("198.51.{device}.{guess}");
            let attempt = Attempt::new(tried("amy", &network, Some(10_000)), &standing);
            looked_at += i32::from(counts.attempt(&attempt, false, at(0)) == Became::Wrong);
        }
    }
    assert_eq!(looked_at, 10);
}

#[test]
fn all_guesses_at_two_pictures_on_devices_of_the_schools_people_are_ten_and_a_few_a_day() {
    let mut counts = Counts::default();
    let mut guess = |child: u32, minutes: i64| {
        let standing = Standing::SchoolDevice(format!("device{}", child % 20));
        let (name, network) =
            (format!("child{}", child % 70), format!("198.51.100.{}", child % 90));
        let attempt = Attempt::new(tried(&name, &network, Some(100)), &standing);
        counts.attempt(&attempt, false, at(minutes)) == Became::Wrong
    };
    assert_eq!((0..500).filter(|child| guess(*child, 0)).count(), 10);
    let in_a_day = (1..1000).filter(|child| guess(*child, i64::from(*child))).count();
    assert!(in_a_day <= 17, "{in_a_day} in the next 1,000 minutes");
    // Anyone who has signed in there before is not kept out by them, nor anybody at school.
    let own = Standing::OwnDevice("device1".into());
    for standing in [own, Standing::School] {
        let attempt = Attempt::new(tried("amy", "192.0.2.7", Some(100)), &standing);
        assert_eq!(counts.attempt(&attempt, true, at(0)), Became::In, "{standing:?}");
    }
}

#[test]
fn what_failed_on_an_own_device_is_not_taken_back_from_what_others_filled() {
    let mut counts = Counts::default();
    let of = |name: &str, standing: &Standing| {
        Attempt::new(tried(name, "198.51.100.7", Some(100)), standing)
    };
    let shared = Standing::SchoolDevice("tablet".into());
    for child in 0..3 {
        let attempt = of(&format!("child{child}"), &shared);
        assert_eq!(counts.attempt(&attempt, false, at(0)), Became::Wrong);
    }
    let filled = |counts: &Counts| counts.level(&of("amy", &shared), Kind::ChanceOnDevices);
    let before = filled(&counts);
    let own = of("amy", &Standing::OwnDevice("tablet".into()));
    for _ in 0..4 {
        assert_eq!(counts.attempt(&own, false, at(0)), Became::Wrong);
    }
    // The account has been pushed off the device since.
    assert_eq!(counts.attempt(&of("amy", &shared), true, at(0)), Became::In);
    assert!((filled(&counts) - before).abs() < 1e-9);
}

#[test]
fn many_wrong_pictures_at_school_make_those_wait_for_an_hour_who_choose_wrong_ones() {
    let mut counts = Counts::default();
    let attempt = |child: u32| {
        Attempt::new(tried(&format!("child{child}"), "192.0.2.7", Some(100)), &Standing::School)
    };
    for child in 0..70 {
        assert_eq!(counts.attempt(&attempt(child), false, at(0)), Became::Wrong);
    }
    assert_eq!(counts.attempt(&attempt(1), true, at(1)), Became::Waits(TimeDelta::seconds(3599)));
    assert_eq!(counts.attempt(&attempt(99), true, at(1)), Became::In);
}

#[test]
fn a_flood_is_forgotten_as_soon_as_one_that_was_twice_too_much() {
    let mut counts = Counts::default();
    for number in 0..5_000 {
        let name = format!("child{number}");
        let attempt = Attempt::new(tried(&name, "192.0.2.7", Some(10_000)), &Standing::Stranger);
        counts.end(&attempt.not_looked_at(), None, Ending::Wrong, at(0));
    }
    let attempt = Attempt::new(tried("amy", "192.0.2.7", Some(10_000)), &Standing::Stranger);
    assert_eq!(counts.level(&attempt, Kind::Pins), 200.0);
}
