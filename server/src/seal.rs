//! Sealing of secrets: XChaCha20-Poly1305 under a key that lies outside the database.
//!
//! A sealed blob is `key id (8 bytes) ‖ nonce (24) ‖ ciphertext and tag`. What the secret belongs
//! to is bound in as associated data, so that a blob copied to another row does not open.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use rollcall_engine::domain::key_id::{KEY_ID, KeyId};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::dice::Dice;

const NONCE: usize = 24;

/// The keys that open what was sealed; the first one seals.
#[derive(Clone)]
pub struct KeyRing(Vec<SealingKey>);

#[derive(Clone)]
struct SealingKey {
    id: KeyId,
    key: Zeroizing<[u8; 32]>,
}

/// Why something could not be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("a key is 64 hexadecimal digits")]
    NotAKey,
    #[error("no key was given")]
    NoKey,
    #[error("the secret was sealed with a key that is not on the ring")]
    UnknownKey,
    #[error("the sealed secret is damaged, or belongs to something else")]
    Damaged,
}

/// What a sealed secret belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// What kind of secret: `pupil-password`, `xod-secret`, `mail`.
    pub purpose: &'a str,
    pub school: uuid::Uuid,
    /// The account, message or connection it belongs to.
    pub id: uuid::Uuid,
}

impl Owner<'_> {
    fn associated_data(&self, key: KeyId) -> Vec<u8> {
        [
            key.as_bytes(),
            self.purpose.as_bytes(),
            b"\0",
            self.school.as_bytes().as_slice(),
            self.id.as_bytes().as_slice(),
        ]
        .concat()
    }
}

impl KeyRing {
    /// Reads keys, one a line, the sealing one first; `#` begins a comment.
    ///
    /// # Errors
    /// If there is no key, or a line is not 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let keys = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| {
                let mut key = Zeroizing::new([0; 32]);
                hex::decode_to_slice(line, key.as_mut_slice()).map_err(|_| SealError::NotAKey)?;
                Ok(SealingKey::new(key))
            })
            .collect::<Result<Vec<_>, SealError>>()?;
        if keys.is_empty() { Err(SealError::NoKey) } else { Ok(Self(keys)) }
    }

    /// Draws a new key, as the text of a key file.
    #[must_use]
    pub fn draw(dice: &Dice) -> Zeroizing<String> {
        let mut bytes = dice.bytes::<32>();
        let text = Zeroizing::new(hex::encode(bytes));
        bytes.zeroize();
        text
    }

    /// The key that seals.
    #[must_use]
    pub fn first(&self) -> Option<KeyId> {
        self.0.first().map(|key| key.id)
    }

    #[must_use]
    pub fn holds(&self, id: KeyId) -> bool {
        self.0.iter().any(|key| key.id == id)
    }

    /// Seals a secret for its owner.
    ///
    /// # Errors
    /// Only if the ring is empty or the secret is longer than the cipher takes (256 GB).
    pub fn seal(&self, dice: &Dice, owner: Owner<'_>, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = self.0.first().ok_or(SealError::NoKey)?;
        let nonce = dice.bytes::<NONCE>();
        let ciphertext = key
            .cipher()
            .encrypt(
                &XNonce::from(nonce),
                Payload { msg: secret, aad: &owner.associated_data(key.id) },
            )
            .map_err(|_| SealError::Damaged)?;
        Ok([key.id.as_bytes(), nonce.as_slice(), &ciphertext].concat())
    }

    /// Opens a sealed secret of this owner.
    ///
    /// # Errors
    /// If its key is not on the ring, or it is damaged or another's.
    pub fn open(&self, owner: Owner<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let id = KeyId::of_sealed(sealed).ok_or(SealError::Damaged)?;
        let rest = sealed.get(KEY_ID..).ok_or(SealError::Damaged)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE).ok_or(SealError::Damaged)?;
        let key = self.0.iter().find(|key| key.id == id).ok_or(SealError::UnknownKey)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| SealError::Damaged)?;
        key.cipher()
            .decrypt(
                &XNonce::from(nonce),
                Payload { msg: ciphertext, aad: &owner.associated_data(id) },
            )
            .map(Zeroizing::new)
            .map_err(|_| SealError::Damaged)
    }

    /// Opens a sealed text of this owner.
    ///
    /// # Errors
    /// As [`KeyRing::open`], and if it is not UTF-8.
    pub fn open_text(
        &self,
        owner: Owner<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<String>, SealError> {
        let bytes = self.open(owner, sealed)?;
        std::str::from_utf8(&bytes)
            .map(|text| Zeroizing::new(text.to_owned()))
            .map_err(|_| SealError::Damaged)
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyRing({} keys)", self.0.len())
    }
}

impl SealingKey {
    fn new(key: Zeroizing<[u8; 32]>) -> Self {
        let mut id = [0; KEY_ID];
        for (to, from) in id.iter_mut().zip(Sha256::digest(key.as_slice())) {
            *to = from;
        }
        Self { id: KeyId::of_bytes(id), key }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.key))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ring(dice: &Dice) -> KeyRing {
        KeyRing::parse(&KeyRing::draw(dice)).unwrap()
    }

    fn owner(id: u128) -> Owner<'static> {
        Owner { purpose: "pupil-password", school: Uuid::from_u128(1), id: Uuid::from_u128(id) }
    }

    #[test]
    fn opens_what_it_sealed() {
        let dice = Dice::seeded(1);
        let ring = ring(&dice);
        let sealed = ring.seal(&dice, owner(2), b"level654").unwrap();
        assert_eq!(ring.open_text(owner(2), &sealed).unwrap().as_str(), "level654");
    }

    #[test]
    fn a_secret_copied_to_another_account_or_purpose_does_not_open() {
        let dice = Dice::seeded(1);
        let ring = ring(&dice);
        let sealed = ring.seal(&dice, owner(2), b"level654").unwrap();
        assert_eq!(ring.open(owner(3), &sealed), Err(SealError::Damaged));
        let elsewhere = Owner { purpose: "mail", ..owner(2) };
        assert_eq!(ring.open(elsewhere, &sealed), Err(SealError::Damaged));
    }

    #[test]
    fn an_older_key_on_the_ring_still_opens_and_the_first_seals() {
        let dice = Dice::seeded(1);
        let (old, new) = (KeyRing::draw(&dice), KeyRing::draw(&dice));
        let sealed = KeyRing::parse(&old).unwrap().seal(&dice, owner(2), b"x").unwrap();
        let both = KeyRing::parse(&format!("{}\n{}\n", *new, *old)).unwrap();
        assert!(both.open(owner(2), &sealed).is_ok());
        let newer = both.seal(&dice, owner(2), b"x").unwrap();
        assert!(KeyRing::parse(&new).unwrap().open(owner(2), &newer).is_ok());
        assert_eq!(
            KeyRing::parse(&new).unwrap().open(owner(2), &sealed),
            Err(SealError::UnknownKey)
        );
    }

    #[test]
    fn refuses_damage_and_what_is_no_key() {
        let dice = Dice::seeded(1);
        let ring = ring(&dice);
        let mut sealed = ring.seal(&dice, owner(2), b"x").unwrap();
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(ring.open(owner(2), &sealed), Err(SealError::Damaged));
        assert_eq!(ring.open(owner(2), b"short"), Err(SealError::Damaged));
        assert!(matches!(KeyRing::parse("abc"), Err(SealError::NotAKey)));
        assert!(matches!(KeyRing::parse("# none\n"), Err(SealError::NoKey)));
    }
}
