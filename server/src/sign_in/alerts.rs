//! Sign-ins that are being slowed: written down, shown to the school's admins, told of where
//! somebody seems to be guessing, and lifted.

use std::collections::BTreeMap;

use rollcall_shared::ids::SchoolId;
use rollcall_shared::problem::{Kind as ProblemKind, Problem};
use rollcall_shared::sign_ins::{Network, SignIns, Slowed, SlowedWhere};

use super::networks;
use super::throttle::Kind;
use crate::caller::Caller;
use crate::clock::timestamp;
use crate::error::{Error, Result};
use crate::mail::Mail;
use crate::outbox::{Letterhead, to_admins};
use crate::people::{record, record_of};
use crate::state::AppState;
use crate::store::audit::AuditAction;
use crate::store::schools::StoredSchool;
use crate::store::sessions::SignedInPerson;

/// The kind of these messages in the outbox.
pub const GUESSING: &str = "guessing";

/// Writes down that sign-ins are slowed from now on; where somebody seems to be guessing at many
/// pupils, every admin is sent a message.
///
/// # Errors
/// If something broke.
pub async fn raise(state: &AppState, school: &StoredSchool, kind: Kind) -> Result<()> {
    if !matches!(kind, Kind::Address | Kind::PicturesAtAddress | Kind::Chance | Kind::Pins) {
        return Ok(());
    }
    let detail = Some(kind.code());
    record_of(state, school.id, None, AuditAction::SignInsSlowed, None, detail).await?;
    let why = match kind {
        Kind::Chance => {
            "Somebody outside the school has tried to guess pupils’ passwords. Until this stops, \
             pupils sign in on new devices away from school with the square code on their login \
             card. At school, and on devices they have used before, nothing has changed."
        }
        Kind::Pins => {
            "There have been many wrong tries at pupils’ pictures. It may be children who mix them \
             up, or somebody who is guessing. Nobody is kept out by it."
        }
        _ => return Ok(()),
    };
    let page = state.config.page("users/sign-ins");
    let mails = to_admins(state, school, |head| guessing_mail(head, why, &page)).await?;
    Ok(state.store.queue_mails(GUESSING, &mails, state.clock.now()).await?)
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
             Nobody’s account was changed. You can see where sign-ins are slowed, and let everybody \
             try again at once, here:\n\
             {page}\n\
             \n\
             {platform}, for {school}\n"
        ),
    }
}

/// What is slowed in a school, the earliest first.
///
/// # Errors
/// If something broke.
pub async fn slowed(state: &AppState, school: &StoredSchool) -> Result<Vec<Slowed>> {
    let now = state.clock.now();
    let mut earliest = BTreeMap::new();
    for (kind, count) in state.store.list_full_sign_in_counts(school.id).await? {
        let Some(since) = count.full_since.filter(|_| count.is_still_full(kind, now)) else {
            continue;
        };
        let place = match kind {
            Kind::Address | Kind::PicturesAtAddress => SlowedWhere::AtSchool,
            Kind::Chance => SlowedWhere::NewDevices,
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
pub async fn view(state: &AppState, school: &StoredSchool, caller: &Caller) -> Result<SignIns> {
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
pub async fn unlock(state: &AppState, admin: &SignedInPerson) -> Result<()> {
    state.store.forget_sign_in_counts(admin.school.id).await?;
    record(state, admin, AuditAction::SignInsUnlocked, None, None).await
}

/// The same by whoever runs the server.
///
/// # Errors
/// If something broke.
pub async fn unlock_by_operator(state: &AppState, school: SchoolId) -> Result<()> {
    state.store.forget_sign_in_counts(school).await?;
    record_of(state, school, None, AuditAction::SignInsUnlocked, None, None).await
}

/// Says that a network is the school's own, or is not.
///
/// # Errors
/// `Unusable` if what was typed is no network.
pub async fn set_network(
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
    Problem::new(ProblemKind::Unusable, "This is not a network of a school")
        .detail("Nothing was changed.")
        .field(
            "network",
            "unusable",
            "Enter an address such as 192.0.2.7, or a range such as 192.0.2.0/24. Whoever looks \
             after the school’s internet can tell you",
        )
        .into()
}
