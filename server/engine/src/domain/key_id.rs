//! Which key something was sealed with.

/// So many bytes at the beginning of whatever is sealed.
pub const KEY_ID: usize = 8;

/// Tells keys apart and gives nothing away: the first bytes of the key's SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId([u8; KEY_ID]);

impl KeyId {
    /// The id of the key that something was sealed with; none if it is too short to say.
    #[must_use]
    pub fn of_sealed(sealed: &[u8]) -> Option<Self> {
        sealed.first_chunk().copied().map(Self)
    }

    /// The id of a key, given the first bytes of its SHA-256.
    #[must_use]
    pub const fn of_bytes(bytes: [u8; KEY_ID]) -> Self {
        Self(bytes)
    }

    /// The [`KEY_ID`] bytes, which stand at the beginning of whatever is sealed with the key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
