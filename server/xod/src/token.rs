//! Tokens: one for each school (and one of our own), kept until shortly before they expire.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::error::XodError;
use super::secret::Secret;

/// A token is renewed this long before it expires, so that none does on its way.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

/// A right to call, for some days. Never shows itself.
#[derive(Clone)]
pub struct Token {
    text: Arc<Zeroizing<String>>,
    expires: DateTime<Utc>,
}

impl Token {
    pub(super) fn new(text: String, expires: DateTime<Utc>) -> Self {
        Self { text: Arc::new(Zeroizing::new(text)), expires }
    }

    /// The token itself, which is nobody else's to see.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.expires - MARGIN > now
    }

    fn is(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(…, until {})", self.expires)
    }
}

/// The tokens we hold. Anyone who needs a new one for a school waits for the one who is fetching it.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Slot>>>>);

#[derive(Default)]
struct Slot {
    token: Option<Token>,
    /// SHA-256 of the secret it was given for: with another secret it is worth nothing.
    secret: [u8; 32],
}

impl Tokens {
    /// The token held for `holder` (an estab; empty for our own), or a new one by `fetch`: where
    /// none is held, it is about to expire, it was given for another secret, or it is the one that
    /// was just `rejected`.
    pub(super) async fn get<F>(
        &self,
        holder: &str,
        secret: &Secret,
        now: DateTime<Utc>,
        rejected: Option<&Token>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Token, XodError>
    where
        F: Future<Output = Result<Token, XodError>>,
    {
        let slot = self.slot(holder);
        let mut slot = slot.lock().await;
        let secret: [u8; 32] = Sha256::digest(secret.expose().as_bytes()).into();
        let held = slot.token.as_ref().filter(|token| {
            slot.secret == secret
                && token.is_good(now)
                && rejected.is_none_or(|rejected| !token.is(rejected))
        });
        if let Some(token) = held {
            return Ok(token.clone());
        }
        // Dropped at once: if no new one is given the old one must not come back.
        slot.token = None;
        let token = fetch().await?;
        *slot = Slot { token: Some(token.clone()), secret };
        Ok(token)
    }

    /// Drops the token held for `holder`.
    pub(super) fn forget(&self, holder: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(holder);
    }

    fn slot(&self, holder: &str) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(holder.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-09-01T08:00:00Z".parse().unwrap()
    }

    struct Bench {
        tokens: Tokens,
        fetched: AtomicU32,
    }

    impl Bench {
        fn new() -> Self {
            Self { tokens: Tokens::default(), fetched: AtomicU32::new(0) }
        }

        async fn get(&self, secret: &str, at: DateTime<Utc>, rejected: Option<&Token>) -> Token {
            let fetch = async || {
                tokio::task::yield_now().await;
                let number = self.fetched.fetch_add(1, Ordering::SeqCst);
                Ok(Token::new(format!("token {number}"), now() + TimeDelta::days(5)))
            };
            self.tokens.get("3281102", &Secret::new(secret), at, rejected, fetch).await.unwrap()
        }
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_it_expires() {
        let bench = Bench::new();
        bench.get("a", now(), None).await;
        bench.get("a", now() + TimeDelta::days(4), None).await;
        assert_eq!(bench.fetched.load(Ordering::SeqCst), 1);
        bench.get("a", now() + TimeDelta::days(5) - TimeDelta::minutes(4), None).await;
        assert_eq!(bench.fetched.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn many_who_want_a_new_token_at_once_share_one() {
        let bench = Bench::new();
        let wanted = (0..20).map(|_| bench.get("a", now(), None));
        futures::future::join_all(wanted).await;
        assert_eq!(bench.fetched.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_rejected_token_is_renewed_once_for_all_who_hold_it() {
        let bench = Bench::new();
        let old = bench.get("a", now(), None).await;
        let new = bench.get("a", now(), Some(&old)).await;
        assert!(!new.is(&old));
        assert!(bench.get("a", now(), Some(&old)).await.is(&new));
        assert_eq!(bench.fetched.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_forgotten_token_is_not_used_again() {
        let bench = Bench::new();
        let old = bench.get("a", now(), None).await;
        bench.tokens.forget("3281102");
        assert!(!bench.get("a", now(), None).await.is(&old));
    }

    #[tokio::test]
    async fn a_new_secret_makes_the_old_token_worthless() {
        let bench = Bench::new();
        let old = bench.get("a", now(), None).await;
        assert!(!bench.get("b", now(), None).await.is(&old));
    }

    #[test]
    fn debug_output_does_not_show_it() {
        let token = Token::new("c2VjcmV0".into(), now());
        assert!(!format!("{token:?}").contains("c2VjcmV0"));
    }
}
