//! Where people of a school sign in: on which devices, and from which networks.

use chrono::{DateTime, TimeDelta, Utc};
use rollcall_shared::ids::{AccountId, SchoolId};
use rollcall_shared::sign_ins::{NetworkOrigin, SchoolNetwork};

use super::{Store, StoreError, in_transaction, on};
use rollcall_engine::domain::time::timestamp;

/// So many devices of one person are known at a time: anyone who comes without a cookie is given another
/// one each time.
const MOST_DEVICES: i64 = 20;

/// A network where so many pupils have signed in within [`LATELY`] is the school's.
const ENOUGH_PUPILS: i64 = 5;
const LATELY: TimeDelta = TimeDelta::hours(1);

/// A device on which so many pupils have signed in is one of the school's people: one pupil alone can
/// make as many devices as they like.
const ENOUGH_OWNERS: i64 = 3;

/// How exactly the time is kept at which a device or a network was last seen, to spare writes.
const SEEN_EVERY: TimeDelta = TimeDelta::days(1);

/// A learnt network that nobody has signed in from for so long is not the school's any more; longer
/// than the summer holidays.
const LEARNT_FOR: TimeDelta = TimeDelta::days(90);

/// A device that nobody has signed in on for so long is forgotten.
const KNOWN_FOR: TimeDelta = TimeDelta::days(400);

/// The hash of a device's id; only it is stored.
pub type DeviceHash = [u8; 32];

/// What a school knows of where somebody is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// This account has signed in on the device before.
    pub is_own_device: bool,
    /// A member of staff of the school has, or several pupils, who have not left.
    pub is_school_device: bool,
    /// The school's own networks.
    pub networks: Vec<String>,
}

/// What somebody's signing in says of the network they came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Nothing: anyone who follows a link from an e-mail may be anywhere.
    Nothing,
    /// With others, that it is the school's.
    WithOthers,
    /// That it is the school's.
    School,
}

/// Somebody has signed in.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    pub account: AccountId,
    pub device: &'a DeviceHash,
    pub network: &'a str,
    pub shows: Shows,
}

#[cfg(any(test, feature = "testing"))]
impl Visit<'static> {
    /// A pupil at some place.
    #[must_use]
    pub const fn of(account: AccountId) -> Self {
        Self { account, device: &[0; 32], network: "192.0.2.7", shows: Shows::WithOthers }
    }
}

#[derive(sqlx::FromRow)]
struct NetworkRow {
    network: String,
    origin: String,
    since: DateTime<Utc>,
    seen_at: DateTime<Utc>,
}

impl TryFrom<NetworkRow> for SchoolNetwork {
    type Error = StoreError;

    fn try_from(row: NetworkRow) -> Result<Self, StoreError> {
        Ok(Self {
            origin: NetworkOrigin::from_code(&row.origin)
                .ok_or_else(|| StoreError::unreadable("networks.origin"))?,
            network: row.network,
            since: timestamp(row.since),
            seen_at: timestamp(row.seen_at),
        })
    }
}

impl Store {
    /// What the school knows of this device and of its own networks.
    pub async fn whereabouts(
        &self,
        school: SchoolId,
        device: Option<&DeviceHash>,
        account: Option<AccountId>,
    ) -> Result<Whereabouts, StoreError> {
        const DEVICE: &str = "SELECT COUNT(CASE WHEN a.role <> 'pupil' THEN 1 END), COUNT(*),
                COUNT(CASE WHEN a.id = $3 THEN 1 END)
            FROM devices d JOIN accounts a ON a.id = d.account_id
            WHERE d.school_id = $1 AND d.device = $2 AND a.status = 'active'";
        const NETWORKS: &str =
            "SELECT network FROM networks WHERE school_id = $1 AND origin <> 'removed'";
        on!(self, |pool| {
            let (staff, all, own): (i64, i64, i64) = match device {
                Some(device) => {
                    sqlx::query_as(DEVICE)
                        .bind(school.0)
                        .bind(device.as_slice())
                        .bind(account.map(|account| account.0))
                        .fetch_one(pool)
                        .await?
                }
                None => (0, 0, 0),
            };
            let networks = sqlx::query_scalar(NETWORKS).bind(school.0).fetch_all(pool).await?;
            let is_school_device = staff > 0 || all >= ENOUGH_OWNERS;
            Ok(Whereabouts { is_own_device: own > 0, is_school_device, networks })
        })
    }

    /// Notes that somebody has signed in, and where: the device is known from now on, and a network
    /// may turn out to be the school's.
    pub async fn record_sign_in(
        &self,
        school: SchoolId,
        visit: Visit<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const ACCOUNT: &str =
            "UPDATE accounts SET last_sign_in_at = $3 WHERE school_id = $1 AND id = $2";
        const DEVICE: &str = "INSERT INTO devices (school_id, account_id, device, seen_at)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (school_id, device, account_id) DO UPDATE SET seen_at = excluded.seen_at
                WHERE devices.seen_at < $5";
        const TOO_MANY: &str = "DELETE FROM devices WHERE school_id = $1 AND account_id = $2
            AND device NOT IN (SELECT device FROM devices
                WHERE school_id = $1 AND account_id = $2 ORDER BY seen_at DESC, device LIMIT $3)";
        const KNOWN: &str = "SELECT COUNT(*) FROM networks WHERE school_id = $1 AND network = $2";
        const SEEN: &str = "UPDATE networks SET seen_at = $3
            WHERE school_id = $1 AND network = $2 AND seen_at < $4";
        const VISIT: &str = "INSERT INTO network_visits (school_id, network, account_id, at)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (school_id, network, account_id) DO UPDATE SET at = excluded.at";
        const VISITORS: &str = "SELECT COUNT(*) FROM network_visits
            WHERE school_id = $1 AND network = $2 AND at >= $3";
        const LEARN: &str = "INSERT INTO networks (school_id, network, origin, since, seen_at)
            VALUES ($1, $2, 'learnt', $3, $3) ON CONFLICT (school_id, network) DO NOTHING";
        const LEARNT: &str = "DELETE FROM network_visits WHERE school_id = $1 AND network = $2";
        let (school, account) = (school.0, visit.account.0);
        let long_ago = now - SEEN_EVERY;
        in_transaction!(self, |tx| {
            sqlx::query(ACCOUNT).bind(school).bind(account).bind(now).execute(&mut *tx).await?;
            sqlx::query(DEVICE)
                .bind(school)
                .bind(account)
                .bind(visit.device.as_slice())
                .bind(now)
                .bind(long_ago)
                .execute(&mut *tx)
                .await?;
            sqlx::query(TOO_MANY)
                .bind(school)
                .bind(account)
                .bind(MOST_DEVICES)
                .execute(&mut *tx)
                .await?;
            let known: i64 = sqlx::query_scalar(KNOWN)
                .bind(school)
                .bind(visit.network)
                .fetch_one(&mut *tx)
                .await?;
            let is_learnt = if known > 0 {
                sqlx::query(SEEN)
                    .bind(school)
                    .bind(visit.network)
                    .bind(now)
                    .bind(long_ago)
                    .execute(&mut *tx)
                    .await?;
                false
            } else if visit.shows != Shows::WithOthers {
                visit.shows == Shows::School
            } else {
                sqlx::query(VISIT)
                    .bind(school)
                    .bind(visit.network)
                    .bind(account)
                    .bind(now)
                    .execute(&mut *tx)
                    .await?;
                let visitors: i64 = sqlx::query_scalar(VISITORS)
                    .bind(school)
                    .bind(visit.network)
                    .bind(now - LATELY)
                    .fetch_one(&mut *tx)
                    .await?;
                visitors >= ENOUGH_PUPILS
            };
            if is_learnt {
                sqlx::query(LEARN)
                    .bind(school)
                    .bind(visit.network)
                    .bind(now)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query(LEARNT).bind(school).bind(visit.network).execute(&mut *tx).await?;
            }
        })
    }

    /// The school's own networks, the last one to be seen first.
    pub async fn list_networks(&self, school: SchoolId) -> Result<Vec<SchoolNetwork>, StoreError> {
        const SQL: &str = "SELECT network, origin, since, seen_at FROM networks
            WHERE school_id = $1 AND origin <> 'removed' ORDER BY seen_at DESC, network";
        let rows: Vec<NetworkRow> =
            on!(self, |pool| sqlx::query_as(SQL).bind(school.0).fetch_all(pool).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Says that a network is the school's, or is not.
    pub async fn set_network(
        &self,
        school: SchoolId,
        network: &str,
        is_ours: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO networks (school_id, network, origin, since, seen_at)
            VALUES ($1, $2, $3, $4, $4)
            ON CONFLICT (school_id, network) DO UPDATE SET origin = excluded.origin,
                since = excluded.since";
        let origin = if is_ours { "added" } else { "removed" };
        on!(self, |pool| sqlx::query(SQL)
            .bind(school.0)
            .bind(network)
            .bind(origin)
            .bind(now)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Forgets, in all schools, what has not been seen for long: devices, learnt networks, visits
    /// and counts of failures.
    pub async fn sweep_sign_ins(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        const GOING: [(&str, TimeDelta); 5] = [
            ("DELETE FROM devices WHERE seen_at < $1", KNOWN_FOR),
            ("DELETE FROM networks WHERE origin = 'learnt' AND seen_at < $1", LEARNT_FOR),
            ("DELETE FROM network_visits WHERE at < $1", LATELY),
            ("DELETE FROM sign_in_counts WHERE at < $1 AND began < $1", TimeDelta::days(7)),
            (
                "DELETE FROM sign_in_counts WHERE at < $1 AND began < $1
                    AND kind <> 'guesses' AND kind <> 'chance'",
                TimeDelta::days(2),
            ),
        ];
        on!(self, |pool| {
            for (sql, age) in GOING {
                sqlx::query(sql).bind(now - age).execute(pool).await?;
            }
        });
        Ok(())
    }
}
