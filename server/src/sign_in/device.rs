//! The device somebody signs in on: a random id in a signed, long-lived cookie. It says nothing of
//! who signed in; that stands in the database, under the id's hash.

use rollcall_store::devices::DeviceHash;
use sha2::{Digest, Sha256};

use crate::dice::Dice;
use crate::installation::InstallationSecret;

const ID: usize = 16;
const SIGNATURE: usize = 16;

/// A device that the server has given an id.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Device([u8; ID]);

impl Device {
    /// A device that has not been seen before.
    #[must_use]
    pub(crate) fn new(dice: &Dice) -> Self {
        Self(dice.bytes())
    }

    /// Reads what a cookie says; nothing, if it is not one of ours.
    #[must_use]
    pub(crate) fn read(secret: &InstallationSecret, cookie: &str) -> Option<Self> {
        let bytes = hex::decode(cookie).ok()?;
        let (id, signature) = bytes.split_at_checked(ID)?;
        let device = Self(id.try_into().ok()?);
        // The ids are drawn from 2^128: how long the comparison takes tells nobody one of them.
        (signature == device.signature(secret)).then_some(device)
    }

    /// What its cookie says.
    #[must_use]
    pub(crate) fn cookie(&self, secret: &InstallationSecret) -> String {
        hex::encode([self.0, self.signature(secret)].concat())
    }

    /// Under what it is known in the database.
    #[must_use]
    pub(crate) fn hash(&self) -> DeviceHash {
        Sha256::digest(self.0).into()
    }

    /// The same as a text.
    #[must_use]
    pub(crate) fn key(&self) -> String {
        hex::encode(self.hash())
    }

    fn signature(&self, secret: &InstallationSecret) -> [u8; SIGNATURE] {
        let tag = secret.tag("device", &[&self.0]);
        let mut signature = [0; SIGNATURE];
        signature.iter_mut().zip(tag).for_each(|(to, from)| *to = from);
        signature
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Device(…)")
    }
}
