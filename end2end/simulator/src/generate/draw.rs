//! Deterministic random choices, the same on every machine and with every version of `rand`.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use sha2::{Digest, Sha256};

/// A stream of random choices that follows from a seed.
#[derive(Debug)]
pub(crate) struct Draw(ChaCha8Rng);

impl Draw {
    /// The choices for the `event`-th thing that happens to a school; 0 is its generation.
    pub(crate) fn new(seed: u64, estab: &str, event: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_be_bytes());
        hash.update(estab.as_bytes());
        let mut rng = ChaCha8Rng::from_seed(hash.finalize().into());
        rng.set_stream(event);
        Self(rng)
    }

    /// A number from 0 up to but not including `bound`; 0 where the bound is 0.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        // Multiply and shift: even enough, and no rejection loop whose length could differ.
        let scaled = u64::from(self.0.next_u32()) * u64::from(bound);
        u32::try_from(scaled >> 32).unwrap_or_default()
    }

    /// A number in this range, both ends included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let index = self.below(u32::try_from(from.len()).unwrap_or(u32::MAX));
        from.get(index as usize)
    }

    /// One of these words; empty where there are none.
    pub(crate) fn word(&mut self, from: &[&'static str]) -> &'static str {
        self.pick(from).copied().unwrap_or_default()
    }

    /// A GUID as MISs write them: lower case with hyphens.
    pub(crate) fn guid(&mut self) -> String {
        let mut guid = hex::encode(self.bytes());
        for hyphen in [20, 16, 12, 8] {
            guid.insert(hyphen, '-');
        }
        guid
    }

    /// Xporter's id, an `x` and six characters, from the next of its numbers: no two are the same.
    pub(crate) fn xid(&mut self, next: &mut u32) -> String {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        const ALL: u64 = 36_u64.pow(6);
        // Without a common factor, so that numbers in order look drawn and never meet.
        const STEP: u64 = 1_234_567_891;
        // As many choices as ever, so that a seed goes on giving the same people.
        self.bytes();
        let mut number = u64::from(*next) * STEP % ALL;
        *next += 1;
        let mut xid = *b"x000000";
        for digit in xid.iter_mut().skip(1).rev() {
            *digit = usize::try_from(number % 36)
                .ok()
                .and_then(|place| DIGITS.get(place).copied())
                .unwrap_or(b'0');
            number /= 36;
        }
        String::from_utf8_lossy(&xid).into_owned()
    }

    fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_choices() {
        let choices = |seed| {
            let mut draw = Draw::new(seed, "3281102", 0);
            (0..20).map(|_| draw.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(choices(7), choices(7));
        assert_ne!(choices(7), choices(8));
        // Written down, so that another machine or another release would be noticed.
        assert_eq!(choices(7)[..5], [896, 123, 583, 112, 979]);
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut draw = Draw::new(1, "3281102", 0);
        for _ in 0..1000 {
            assert!(draw.below(7) < 7);
            assert!((3..=5).contains(&draw.between(3, 5)));
        }
        assert_eq!(draw.below(0), 0);
    }

    #[test]
    fn xporters_ids_are_an_x_and_six_characters_and_differ() {
        let (mut draw, mut next) = (Draw::new(1, "3281102", 0), 7);
        let ids: std::collections::BTreeSet<String> =
            (0..60_000).map(|_| draw.xid(&mut next)).collect();
        assert_eq!(ids.len(), 60_000);
        let is_usual = |id: &String| {
            id.strip_prefix('x').is_some_and(|rest| {
                rest.len() == 6
                    && rest.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
            })
        };
        assert!(ids.iter().all(is_usual));
    }

    #[test]
    fn a_guid_has_hyphens_where_they_belong() {
        let guid = Draw::new(1, "3281102", 0).guid();
        let parts: Vec<usize> = guid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
    }
}
