//! The usernames nobody can have any more, and how a taken one gets its number.

use std::collections::{HashMap, HashSet};

use super::usernames::{MAX_LENGTH, MIN_LENGTH};

/// The first number that tells two people of one username apart.
const FIRST_NUMBER: u32 = 2;

/// The usernames of all accounts, those in the trash, and those reserved after a purge. Compared
/// without case. What was given stays in it, but while a username is looked for for the one who had it:
/// it is never given to someone else.
#[derive(Clone, Default)]
pub struct Taken {
    usernames: HashSet<String>,
    /// For a bare username the number below which all are taken, so that the search for a free one
    /// need not start over.
    next_number: HashMap<String, u32>,
}

impl Taken {
    /// The usernames of a school that has not given any yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a username as taken; false if it was already.
    pub(crate) fn insert(&mut self, username: &str) -> bool {
        self.usernames.insert(username.to_lowercase())
    }

    #[cfg(test)]
    fn contains(&self, username: &str) -> bool {
        self.usernames.contains(&username.to_lowercase())
    }

    /// Frees usernames that were only tried out, or that are looked at for their owner; the number
    /// of this base is looked for again.
    pub(crate) fn take_back<'a>(&mut self, base: &str, usernames: impl Iterator<Item = &'a str>) {
        for username in usernames {
            self.usernames.remove(&username.to_lowercase());
        }
        self.next_number.remove(&base.to_lowercase());
    }

    /// Gives a base away, with the smallest free number from 2 where it needs one, and says whether
    /// it needed one because of someone else.
    pub(super) fn give(&mut self, base: String) -> (String, bool) {
        let is_long_enough = base.len() >= MIN_LENGTH;
        if is_long_enough && self.insert(&base) {
            return (base, false);
        }
        let bare = base.to_lowercase();
        let mut number = self.next_number.get(&bare).copied().unwrap_or(FIRST_NUMBER);
        let mut username = with_number(&base, number);
        while !self.insert(&username) {
            number += 1;
            username = with_number(&base, number);
        }
        self.next_number.insert(bare, number + 1);
        (username, is_long_enough || number > FIRST_NUMBER)
    }
}

impl<S: AsRef<str>> FromIterator<S> for Taken {
    fn from_iter<I: IntoIterator<Item = S>>(usernames: I) -> Self {
        let mut taken = Self::new();
        taken.extend(usernames);
        taken
    }
}

impl<S: AsRef<str>> Extend<S> for Taken {
    fn extend<I: IntoIterator<Item = S>>(&mut self, usernames: I) {
        for username in usernames {
            self.insert(username.as_ref());
        }
    }
}

/// The base, cut so that the number fits behind it.
fn with_number(base: &str, number: u32) -> String {
    let number = number.to_string();
    let mut text: String = base.chars().take(MAX_LENGTH - number.len()).collect();
    text.push_str(&number);
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn give(taken: &mut Taken, base: &str) -> String {
        taken.give(base.to_owned()).0
    }

    #[test]
    fn gives_the_smallest_free_number_from_2() {
        let mut taken = Taken::from_iter(["JohnS", "JohnS3"]);
        assert_eq!(give(&mut taken, "JohnS"), "JohnS2");
        assert_eq!(give(&mut taken, "JohnS"), "JohnS4");
    }

    #[test]
    fn case_does_not_tell_two_usernames_apart() {
        let mut taken = Taken::from_iter(["johns", "ÉMILE"]);
        assert_eq!(give(&mut taken, "JohnS"), "JohnS2");
        assert_eq!(give(&mut taken, "JOHNS"), "JOHNS3");
        assert!(taken.contains("Émile"));
    }

    #[test]
    fn cuts_the_base_so_that_the_number_fits() {
        let long = "Wolfeschlegelsteinha";
        let mut taken = Taken::from_iter([long]);
        assert_eq!(give(&mut taken, long), "Wolfeschlegelsteinh2");
        for number in 3..10 {
            taken.insert(&format!("Wolfeschlegelsteinh{number}"));
        }
        assert_eq!(give(&mut taken, long), "Wolfeschlegelstein10");
    }

    #[test]
    fn a_base_too_short_for_a_username_always_has_a_number() {
        let mut taken = Taken::new();
        assert_eq!(taken.give("X".into()), ("X2".into(), false));
        assert_eq!(taken.give("X".into()), ("X3".into(), true));
    }

    #[test]
    fn what_was_tried_out_is_free_again_and_what_was_taken_before_is_not() {
        let mut taken = Taken::from_iter(["JohnS", "JohnS3"]);
        let tried = [give(&mut taken, "JohnS"), give(&mut taken, "JohnS")];
        assert_eq!(tried, ["JohnS2", "JohnS4"]);
        taken.take_back("JohnS", tried.iter().map(String::as_str));
        assert_eq!(give(&mut taken, "JohnS"), "JohnS2");
        assert_eq!(give(&mut taken, "JohnS"), "JohnS4");
    }

    #[test]
    fn twenty_thousand_of_one_name_are_numbered_without_starting_over() {
        let mut taken = Taken::new();
        let last = (0..20_000).map(|_| give(&mut taken, "JohnS")).last();
        assert_eq!(last.as_deref(), Some("JohnS20000"));
    }

    proptest! {
        #[test]
        fn the_number_is_the_smallest_free_one(
            before in prop::collection::vec("[aA]{1,2}[2-5]{0,2}", 0..40),
            given in prop::collection::vec("[aA]{1,2}[2-5]{0,1}", 0..40),
        ) {
            let mut taken = Taken::from_iter(before);
            for base in given {
                let earlier = taken.clone();
                let expected = if base.len() >= MIN_LENGTH && !earlier.contains(&base) {
                    base.clone()
                } else {
                    (2..).map(|number| format!("{base}{number}"))
                        .find(|username| !earlier.contains(username)).unwrap()
                };
                prop_assert_eq!(give(&mut taken, &base), expected);
            }
        }
    }
}
