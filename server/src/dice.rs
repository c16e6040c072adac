//! Randomness, injected: the only caller of the operating system's generator.

use std::sync::{Arc, Mutex};

use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use rand::{CryptoRng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use uuid::Uuid;

/// Draws ids, keys, tokens and passwords.
#[derive(Clone, Debug)]
pub struct Dice(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Seeded(Arc<Mutex<ChaCha20Rng>>),
}

impl Dice {
    /// The operating system's cryptographically secure generator.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// The same throws each time; for tests.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))))
    }

    /// Lends the generator.
    pub fn throw<T>(&self, draw: impl FnOnce(&mut dyn CryptoRng) -> T) -> T {
        match &self.0 {
            Source::System => draw(&mut UnwrapErr(SysRng)),
            Source::Seeded(rng) => {
                draw(&mut *rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
            }
        }
    }

    /// So many random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.throw(|rng| rng.fill_bytes(&mut bytes));
        bytes
    }

    /// A random (version 4) UUID.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// An opaque 256-bit token, as 64 hexadecimal digits.
    #[must_use]
    pub fn token(&self) -> String {
        hex::encode(self.bytes::<32>())
    }
}
