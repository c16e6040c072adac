//! Keeps callbacks few: those that one place sends, and those that make us call XoD.
//!
//! Anybody can send one, and XoD is known only by what it sends. So each place is slowed down by
//! itself first; the first callback of a place about a school is not kept out by what others have
//! sent, and a place that a true callback has come from is known from then on.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_shared::ids::SchoolId;

/// Which callbacks came lately.
#[derive(Default)]
pub(super) struct Throttle(Mutex<Lately>);

#[derive(Default)]
struct Lately {
    /// Those of each place.
    places: Counted<String>,
    /// Those of each place about each school.
    callers: Counted<(SchoolId, String)>,
    /// About each school, the first one of each place.
    firsts: Counted<SchoolId>,
    /// About each school, those that are not the first of their place.
    repeats: Counted<SchoolId>,
    /// Where true ones have come from, the latest last.
    true_places: VecDeque<String>,
}

/// What a callback is about, as far as the throttle wants to know.
#[derive(Clone, Copy)]
pub(super) struct About {
    pub school: SchoolId,
    /// It has been invited and has not answered yet: a callback is expected.
    pub is_waiting: bool,
}

impl Throttle {
    const WINDOW: TimeDelta = TimeDelta::minutes(1);
    const FROM_ONE_PLACE: usize = 20;
    const FROM_A_TRUE_PLACE: usize = 600;
    const TRUE_PLACES: usize = 16;
    /// Of one school, first ones of different places, and those that come after them.
    const FIRSTS: usize = 60;
    const REPEATS: usize = 10;
    /// Those that come after the first, over all schools that wait for no answer.
    const REPEATS_IN_ALL: usize = 100;

    pub(super) fn lets_in_place(&self, place: &str, now: DateTime<Utc>) -> bool {
        let mut lately = self.lately(now);
        let most = match lately.true_places.iter().any(|known| known == place) {
            true => Self::FROM_A_TRUE_PLACE,
            false => Self::FROM_ONE_PLACE,
        };
        lately.places.lets_in(place.to_owned(), now, most)
    }

    pub(super) fn lets_in_school(&self, place: &str, about: About, now: DateTime<Utc>) -> bool {
        let mut lately = self.lately(now);
        if lately.true_places.iter().any(|known| known == place) {
            return lately.callers.lets_in((about.school, place.to_owned()), now, Self::REPEATS);
        }
        let About { school, is_waiting } = about;
        if lately.callers.lets_in((school, place.to_owned()), now, 1) {
            return lately.firsts.lets_in(school, now, Self::FIRSTS);
        }
        let is_room = is_waiting || lately.repeats.in_all() < Self::REPEATS_IN_ALL;
        is_room && lately.repeats.lets_in(school, now, Self::REPEATS)
    }

    /// A true callback came from there.
    pub(super) fn know(&self, place: &str, now: DateTime<Utc>) {
        let known = &mut self.lately(now).true_places;
        known.retain(|other| other != place);
        known.push_back(place.to_owned());
        if known.len() > Self::TRUE_PLACES {
            known.pop_front();
        }
    }

    fn lately(&self, now: DateTime<Utc>) -> MutexGuard<'_, Lately> {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lately.places.forget_before(now - Self::WINDOW);
        lately.callers.forget_before(now - Self::WINDOW);
        lately.firsts.forget_before(now - Self::WINDOW);
        lately.repeats.forget_before(now - Self::WINDOW);
        lately
    }
}

/// Who was let in lately, and how often.
struct Counted<T> {
    times: VecDeque<(DateTime<Utc>, T)>,
    counts: HashMap<T, usize>,
}

impl<T> Default for Counted<T> {
    fn default() -> Self {
        Self { times: VecDeque::new(), counts: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Counted<T> {
    /// So many are remembered; beyond that the oldest are forgotten, and nobody is kept out.
    const REMEMBERED: usize = 50_000;

    fn lets_in(&mut self, who: T, now: DateTime<Utc>, most: usize) -> bool {
        let count = self.counts.entry(who.clone()).or_default();
        if *count >= most {
            return false;
        }
        *count += 1;
        self.times.push_back((now, who));
        if self.times.len() > Self::REMEMBERED {
            self.forget_oldest();
        }
        true
    }

    fn in_all(&self) -> usize {
        self.times.len()
    }

    fn forget_before(&mut self, then: DateTime<Utc>) {
        while self.times.front().is_some_and(|(at, _)| *at <= then) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((_, who)) = self.times.pop_front() else { return };
        if let Some(count) = self.counts.get_mut(&who) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-09-01T08:00:00Z".parse().unwrap()
    }

    fn about(school: u128, is_waiting: bool) -> About {
        About { school: SchoolId(uuid::Uuid::from_u128(school)), is_waiting }
    }

    #[test]
    fn one_place_is_slowed_down_and_no_other() {
        let throttle = Throttle::default();
        assert!((0..20).all(|_| throttle.lets_in_place("a", now())));
        assert!(!throttle.lets_in_place("a", now()));
        assert!(throttle.lets_in_place("b", now()));
        assert!(throttle.lets_in_place("a", now() + TimeDelta::minutes(1)));
    }

    #[test]
    fn one_school_and_all_together_are_slowed_down() {
        let throttle = Throttle::default();
        let lets_in = |school| throttle.lets_in_school("a", about(school, false), now());
        assert!((0..11).all(|_| lets_in(1)), "the first, and ten more");
        assert!(!lets_in(1));
        assert!((2..=10).all(|school| (0..11).all(|_| lets_in(school))));
        assert!(lets_in(11), "the first of a place is let in");
        assert!(!lets_in(11), "all together are too many");
        let later = now() + TimeDelta::minutes(1);
        assert!(throttle.lets_in_school("a", about(1, false), later));
    }

    #[test]
    fn forgeries_of_fifty_places_keep_the_real_caller_out_of_no_school() {
        let throttle = Throttle::default();
        for forger in 0..50 {
            let place = format!("forger {forger}");
            for school in (0..40).cycle().take(30) {
                if throttle.lets_in_place(&place, now()) {
                    throttle.lets_in_school(&place, about(school, school % 2 == 0), now());
                }
            }
        }
        for school in 0..15 {
            assert!(throttle.lets_in_place("xod", now()));
            assert!(
                throttle.lets_in_school("xod", about(school, school % 2 == 0), now()),
                "{school}"
            );
        }
    }

    #[test]
    fn a_school_that_waits_for_its_answer_has_a_lane_of_its_own() {
        let throttle = Throttle::default();
        for school in 1..=20 {
            for _ in 0..11 {
                throttle.lets_in_school("a", about(school, false), now());
            }
        }
        let lets_in = |is_waiting| throttle.lets_in_school("xod", about(99, is_waiting), now());
        assert!(lets_in(true) && lets_in(true), "its second callback too");
        assert!(!lets_in(false));
    }

    #[test]
    fn a_place_that_a_true_callback_came_from_is_let_in_whatever_else_calls() {
        let throttle = Throttle::default();
        throttle.know("xod", now());
        for forger in 0..100 {
            throttle.lets_in_school(&format!("forger {forger}"), about(1, true), now());
        }
        assert!((0..100).all(|_| throttle.lets_in_place("xod", now())));
        assert!((0..10).all(|_| throttle.lets_in_school("xod", about(1, true), now())));
        assert!(!throttle.lets_in_school("xod", about(1, true), now()), "too many even so");
        assert!(!throttle.lets_in_school("another", about(1, true), now()));
    }

    #[test]
    fn what_is_remembered_of_callers_is_bounded_and_keeps_nobody_out() {
        let mut counted = Counted::default();
        for who in 0..60_000 {
            assert!(counted.lets_in(who, now(), 1));
        }
        assert_eq!((counted.times.len(), counted.counts.len()), (50_000, 50_000));
        counted.forget_before(now());
        assert!(counted.times.is_empty() && counted.counts.is_empty());
    }
}
