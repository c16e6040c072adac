//! The hash of whatever can be written as JSON. The text is never in memory as a whole: that of a
//! large school is long.

use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The SHA-256 of a value's JSON, in hexadecimal digits.
///
/// # Errors
/// If the value can't be written as JSON.
pub fn hash_of_json<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let mut hashing = Hashing(Sha256::new());
    serde_json::to_writer(&mut hashing, value)?;
    Ok(hex::encode(hashing.0.finalize()))
}

struct Hashing(Sha256);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_hash_of_the_whole_text() {
        let value = (1, "Zoë", vec![Some(2), None]);
        let json = serde_json::to_vec(&value).unwrap();
        assert_eq!(hash_of_json(&value).unwrap(), hex::encode(Sha256::digest(json)));
    }
}
