//! Sign-ins that are being slowed: written down, shown to the school's admins, told of where
//! somebody seems to be guessing, and lifted.

use std::collections::BTreeMap;

use rollcall_engine::domain::throttle::Kind;
use rollcall_engine::domain::time::timestamp;
use rollcall_shared::ids::SchoolId;
use rollcall_shared::problem::{Kind as ProblemKind, Problem};
use rollcall_shared::sign_ins::{Network, SignIns, Slowed, SlowedWhere};
use rollcall_store::audit::AuditAction;
use rollcall_store::outbox::MailKind;
use rollcall_store::schools::StoredSchool;
use rollcall_store::sessions::SignedInPerson;

use super::networks;
use crate::audit::{record, record_of};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::mail::Mail;
use crate::outbox::{Letterhead, to_admins};
use crate::state::AppState;

/// Writes down that sign-ins are slowed from now on; where somebody seems to be guessing at many
/// pupils, every admin is sent a message.
///
/// # Errors
/// If something broke.
pub(crate) async fn raise(state: &AppState, school: &StoredSchool, kind: Kind) -> Result<()> {
    if !matches!(
        kind,
        Kind::Address | Kind::PicturesAtAddress | Kind::Chance | Kind::ChanceOnDevices | Kind::Pins
    ) {
        return Ok(());
    }
    let detail = Some(kind.code());
    record_of(state, school.id, None, AuditAction::SignInsSlowed, None, detail).await?;
    let why = match kind {
        Kind::Chance => {
            "Someone outside the school has tried to guess pupils’ passwords. Until this stops, \
             pupils sign in on new devices away from school with the QR code on their login card. \
             At school, and on devices they have used before, nothing has changed."
        }
        Kind::ChanceOnDevices => {
            "There have been many wrong tries at pupils’ passwords on shared devices away from \
             school. Children may be mistyping, or someone may be guessing. Until this stops, \
             pupils with two pictures need their login card on a shared device on which they have \
             not signed in before. At school nothing has changed."
        }
        Kind::Pins => {
            "There have been many wrong tries at pupils’ pictures. Children may be mixing them up, \
             or someone may be guessing. No one is kept out because of it."
        }
        _ => return Ok(()),
    };
    let page = state.config.page("users/sign-ins");
    let mails = to_admins(state, school, |head| guessing_mail(head, why, &page)).await?;
    Ok(state.store.queue_mails(MailKind::Guessing, &mails, state.clock.now()).await?)
}

fn guessing_mail(head: &Letterhead<'_>, why: &str, page: &str) -> Mail {
    let Letterhead { platform, school, forename } = head;
    Mail {
        subject: format!("Many wrong passwords at {school}"),
        body: format!(
            "Hello {forename},\n\
             \n\
             {why}\n\
             \n\
             No accounts were changed. You can see where sign-ins are slowed, and let everyone try \
             again straight away, here:\n\
             {page}\n\
             \n\
             {platform}, for {school}\n"
        ),
    }
}

/// What is slowed in a school, each with the time since when.
///
/// # Errors
/// If something broke.
pub(crate) async fn slowed(state: &AppState, school: &StoredSchool) -> Result<Vec<Slowed>> {
    let now = state.clock.now();
    let mut earliest = BTreeMap::new();
    for (kind, count) in state.store.list_full_sign_in_counts(school.id).await? {
        let Some(since) = count.full_since.filter(|_| count.is_still_full(kind, now)) else {
            continue;
        };
        let place = match kind {
            Kind::Address | Kind::PicturesAtAddress => SlowedWhere::AtSchool,
            Kind::Chance => SlowedWhere::NewDevices,
            Kind::ChanceOnDevices => SlowedWhere::SharedDevices,
            Kind::Pins => SlowedWhere::Pictures,
            _ => SlowedWhere::Elsewhere,
        };
        let first = earliest.entry(place).or_insert(since);
        *first = since.min(*first);
    }
    let slowed =
        earliest.into_iter().map(|(place, since)| Slowed { place, since: timestamp(since) });
    Ok(slowed.collect())
}

/// How people of a school sign in, as its admins see it.
///
/// # Errors
/// If something broke.
pub(crate) async fn view(
    state: &AppState,
    school: &StoredSchool,
    caller: &Caller,
) -> Result<SignIns> {
    Ok(SignIns {
        networks: state.store.list_networks(school.id).await?,
        here: caller.network(),
        slowed: slowed(state, school).await?,
    })
}

/// Lets everybody of a school try again at once.
///
/// # Errors
/// If something broke.
pub(crate) async fn unlock(state: &AppState, admin: &SignedInPerson) -> Result<()> {
    state.store.forget_sign_in_counts(admin.school.id).await?;
    record(state, admin, AuditAction::SignInsUnlocked, None, None).await
}

/// The same by the person who runs the server.
///
/// # Errors
/// If something broke.
pub(crate) async fn unlock_by_operator(state: &AppState, school: SchoolId) -> Result<()> {
    state.store.forget_sign_in_counts(school).await?;
    record_of(state, school, None, AuditAction::SignInsUnlocked, None, None).await
}

/// Says that a network is the school's own, or is not.
///
/// # Errors
/// `Unusable` if what was typed is no network.
pub(crate) async fn set_network(
    state: &AppState,
    admin: &SignedInPerson,
    typed: &Network,
    is_ours: bool,
) -> Result<()> {
    let network = networks::tidied(&typed.network).ok_or_else(no_network)?;
    state.store.set_network(admin.school.id, &network, is_ours, state.clock.now()).await?;
    let action = if is_ours { AuditAction::NetworkAdded } else { AuditAction::NetworkRemoved };
    record(state, admin, action, None, Some(&network)).await
}

fn no_network() -> Error {
    Problem::new(ProblemKind::Unusable, "This can’t be a school’s network")
        .detail("Nothing was changed.")
        .field(
            "network",
            "unusable",
            "Enter an address such as 192.0.2.7, or a range such as 192.0.2.0/24. The person who \
             looks after the school’s internet can tell you",
        )
        .into()
}
