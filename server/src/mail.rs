//! E-mail: what our messages say, and how they are sealed until they go out.

use rollcall_engine::domain::text::typed;
use rollcall_shared::ids::SchoolId;
use rollcall_store::outbox::SealedMail;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::dice::Dice;
use crate::seal::{KeyRing, Owner, SealError};

/// A message's text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    pub subject: String,
    pub body: String,
}

/// The invitation to a new member of staff to set their password.
#[must_use]
pub(crate) fn activation(
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
             {school_name} has created an account for you on {platform_name}.\n\
             \n\
             Your username is {username}\n\
             \n\
             Set your password here to start using it:\n\
             {link}\n\
             \n\
             The link can be used once and expires after {LINK_DAYS} days. If it has stopped \
             working, ask your school office to send you a new one.\n\
             \n\
             If you were not expecting this, you can ignore it: no one can sign in with the \
             account until a password is set.\n\
             \n\
             {platform_name}, for {school_name}\n"
        ),
    }
}

/// The link by which a member of staff who has forgotten their password sets a new one.
#[must_use]
pub(crate) fn new_password(
    platform_name: &str,
    school_name: &str,
    forename: &str,
    username: &str,
    link: &str,
) -> Mail {
    let forename = typed(forename);
    Mail {
        subject: format!("Set a new password for {platform_name} at {school_name}"),
        body: format!(
            "Hello {forename},\n\
             \n\
             Someone, probably you, has said on the sign-in page of {school_name} that you have \
             forgotten your password for {platform_name}.\n\
             \n\
             Your username is {username}\n\
             \n\
             Set a new password here:\n\
             {link}\n\
             \n\
             The link can be used once and expires after {NEW_PASSWORD_HOURS} hours. When you have \
             set a new password, you are signed out on all other devices.\n\
             \n\
             If it was not you, you can ignore this: your password stays as it is.\n\
             \n\
             {platform_name}, for {school_name}\n"
        ),
    }
}

/// Word to a member of staff who has chosen another password.
#[must_use]
pub(crate) fn password_changed(platform_name: &str, school_name: &str, forename: &str) -> Mail {
    let forename = typed(forename);
    Mail {
        subject: format!("Your password for {platform_name} at {school_name} was changed"),
        body: format!(
            "Hello {forename},\n\
             \n\
             Your password for {platform_name} at {school_name} was changed, and you were signed out \
             on all other devices.\n\
             \n\
             If it was not you, choose “Forgotten your password?” on the sign-in page to set a new \
             one, and tell your school office.\n\
             \n\
             {platform_name}, for {school_name}\n"
        ),
    }
}

/// Word to a member of staff whose username has been changed after their name.
#[must_use]
pub(crate) fn renamed(
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

/// How long an activation link works.
pub(crate) const LINK_DAYS: i64 = 30;

/// How long a link works by which somebody who has forgotten their password sets a new one.
pub(crate) const NEW_PASSWORD_HOURS: i64 = 24;

/// The page where an activation link leads. The token stands behind the `#`, which browsers keep to
/// themselves: it reaches no log and no other site.
#[must_use]
pub(crate) fn activation_link(config: &crate::config::Config, token: &str) -> String {
    config.page(&format!("activate#{token}"))
}

/// What is sealed of a message.
#[derive(Serialize, Deserialize)]
struct Letter {
    to: String,
    #[serde(flatten)]
    mail: Mail,
}

/// Seals a message for the outbox.
///
/// # Errors
/// If it can't be sealed.
pub(crate) fn seal(
    keys: &KeyRing,
    dice: &Dice,
    school: SchoolId,
    to: &str,
    mail: &Mail,
) -> Result<SealedMail, SealError> {
    let id = dice.uuid();
    let letter = Letter { to: to.to_owned(), mail: mail.clone() };
    let json = Zeroizing::new(serde_json::to_vec(&letter).map_err(|_| SealError::Damaged)?);
    let sealed = keys.seal(dice, owner(school, id), &json)?;
    Ok(SealedMail { id, school, account: None, run: None, sealed })
}

/// The address of a message of the outbox, and what it says.
///
/// # Errors
/// If its key is lost, or it is damaged.
pub(crate) fn open(mail: &SealedMail, keys: &KeyRing) -> Result<(String, Mail), SealError> {
    let json = keys.open(owner(mail.school, mail.id), &mail.sealed)?;
    let letter: Letter = serde_json::from_slice(&json).map_err(|_| SealError::Damaged)?;
    Ok((letter.to, letter.mail))
}

const fn owner(school: SchoolId, id: Uuid) -> Owner<'static> {
    Owner { purpose: "mail", school: school.0, id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_forgot_their_password_are_told_what_to_do_and_that_they_may_ignore_it() {
        let link = "https://learn.example.org/activate#0123";
        let mail = new_password("Bluebell", "Waterside Primary School", "Amara", "AOkafor", link);
        insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.body));
    }

    #[test]
    fn those_whose_password_was_changed_are_told_what_to_do_if_it_was_not_them() {
        let mail = password_changed("Bluebell", "Waterside Primary School", "Amara");
        insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.body));
    }

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
}
