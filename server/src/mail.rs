//! E-mail: what our messages say, and how they are sealed until they go out.

use lettre::Address;
use rollcall_shared::ids::{AccountId, RunId, SchoolId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::dice::Dice;
use crate::seal::{KeyRing, Owner, SealError};
use crate::sync::read::clean::typed;

/// A message's text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    pub subject: String,
    pub body: String,
}

/// The invitation to a new member of staff to set their password.
#[must_use]
pub fn activation(
    platform_name: &str,
    school_name: &str,
    forename: &str,
    username: &str,
    link: &str,
) -> Mail {
    let forename = typed(forename);
    Mail {
        subject: format!("Your {platform_name} account at {school_name}"),
        body: format!(
            "Hello {forename},\n\
             \n\
             {school_name} has made an account for you on {platform_name}.\n\
             \n\
             Your username is {username}\n\
             \n\
             Set your password here to start using it:\n\
             {link}\n\
             \n\
             The link works once, and for {LINK_DAYS} days. If it has stopped working, ask your \
             school office to send you a new one.\n\
             \n\
             If you were not expecting this, you can leave it be: without a password nobody can \
             sign in with the account.\n\
             \n\
             {platform_name}, for {school_name}\n"
        ),
    }
}

/// Word to a member of staff whose username has been changed after their name.
#[must_use]
pub fn renamed(
    platform_name: &str,
    school_name: &str,
    forename: &str,
    before: &str,
    after: &str,
) -> Mail {
    let forename = typed(forename);
    Mail {
        subject: format!("Your new username for {platform_name} at {school_name}"),
        body: format!(
            "Hello {forename},\n\
             \n\
             Your name has changed in the records of {school_name}, and your username has been \
             changed with it.\n\
             \n\
             Your username is now {after}\n\
             It was {before}, which no longer works.\n\
             \n\
             Your password is the same as before, and everything in your account is as you left \
             it. You can also sign in with your e-mail address.\n\
             \n\
             {platform_name}, for {school_name}\n"
        ),
    }
}

/// No address is longer.
const LONGEST_ADDRESS: usize = 200;

/// Whether mail can be sent there: a mailbox at a domain, as those who send it read addresses. One
/// rule for what is typed and what an MIS has, so that nobody gets an account whose message is
/// refused afterwards.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.len() <= LONGEST_ADDRESS
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains(['"', '['])
        && text.parse::<Address>().is_ok_and(|address| address.domain().contains('.'))
}

/// How long an activation link works.
pub const LINK_DAYS: i64 = 30;

/// The page where an activation link leads. The token stands behind the `#`, which browsers keep to
/// themselves: it reaches no log and no other site.
#[must_use]
pub fn activation_link(config: &crate::config::Config, token: &str) -> String {
    config.page(&format!("activate#{token}"))
}

/// A message of the outbox, with whom it goes to and what it says sealed: it may carry a link.
#[derive(Clone)]
pub struct SealedMail {
    pub id: Uuid,
    pub school: SchoolId,
    pub account: Option<AccountId>,
    pub run: Option<RunId>,
    /// The address and the [`Mail`] as JSON.
    pub sealed: Vec<u8>,
}

/// What is sealed of a message.
#[derive(Serialize, Deserialize)]
struct Letter {
    to: String,
    #[serde(flatten)]
    mail: Mail,
}

impl SealedMail {
    /// Seals a message for the outbox.
    ///
    /// # Errors
    /// If it can't be sealed.
    pub fn seal(
        keys: &KeyRing,
        dice: &Dice,
        school: SchoolId,
        to: &str,
        mail: &Mail,
    ) -> Result<Self, SealError> {
        let id = dice.uuid();
        let letter = Letter { to: to.to_owned(), mail: mail.clone() };
        let json = Zeroizing::new(serde_json::to_vec(&letter).map_err(|_| SealError::Damaged)?);
        let sealed = keys.seal(dice, owner(school, id), &json)?;
        Ok(Self { id, school, account: None, run: None, sealed })
    }

    /// Says whose account and which run the message is about.
    #[must_use]
    pub const fn about(mut self, account: AccountId, run: Option<RunId>) -> Self {
        self.account = Some(account);
        self.run = run;
        self
    }

    /// The address and the message.
    ///
    /// # Errors
    /// If its key is lost, or it is damaged.
    pub fn open(&self, keys: &KeyRing) -> Result<(String, Mail), SealError> {
        let json = keys.open(owner(self.school, self.id), &self.sealed)?;
        let letter: Letter = serde_json::from_slice(&json).map_err(|_| SealError::Damaged)?;
        Ok((letter.to, letter.mail))
    }
}

const fn owner(school: SchoolId, id: Uuid) -> Owner<'static> {
    Owner { purpose: "mail", school: school.0, id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_invitation_says_who_writes_and_what_to_do() {
        let mail = activation(
            "Bluebell",
            "Waterside Primary School",
            "Amara",
            "AOkafor",
            "https://learn.example.org/activate#0123",
        );
        insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.body));
    }

    #[test]
    fn tells_addresses_from_other_texts() {
        for good in ["a@x.org", "a.b+c@x.sch.uk", "o'brien@x.org"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "n/a",
            "a@x",
            "@x.org",
            "a b@x.org",
            "a@x.org; b@x.org",
            "a@@x.org",
            " a@x.org",
            "a..b@x.org",
            ".a@x.org",
            "a@.x.org",
            "a@x.org.",
            "\"a b\"@x.org",
            "a@[127.0.0.1]",
            "jané@x.org",
            "Jane <a@x.org>",
            "a@x.org\r\nBcc: b@x.org",
            "a\r\n@x.org",
            "a@x.org\n",
            "a\0@x.org",
            "a\u{7f}@x.org",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
