//! The nightly sync: at a set time of each night a school is read and brought up to date, as the
//! command line does it. What a person would have to decide waits for an admin, who is written to.
//!
//! A night that was missed, since no server ran, is made when one runs again: once, however many
//! were missed.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::London;
use rollcall_engine::domain::time::timestamp;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::schedule::{
    DigestChoice, LastNight, NightOutcome, Pause, SaveSchedule, Schedule,
};
use rollcall_shared::time::TimeOfDay;
use rollcall_store::StoreError;
use rollcall_store::audit::AuditAction;
use rollcall_store::outbox::MailKind;
use rollcall_store::outbox::SealedMail;
use rollcall_store::schedules::{ChosenSchedule, EndedNight, Night};
use rollcall_store::schools::StoredSchool;
use rollcall_store::sessions::SignedInPerson;
use tokio::task::JoinSet;

use super::lease::{LEASE, under_lease};
use super::letters;
use super::reading::retry_time;
use super::report::{self, Report, Status};
use super::unattended::{self, RunOptions};
use crate::audit::record;
use crate::error::{Error, Result};
use crate::state::AppState;
use crate::telemetry::Chain;

/// How often we ask which school is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// So many schools are brought up to date at the same time, so that one large school does not keep
/// the others until the morning.
const AT_ONCE: usize = 4;

/// A night that was cut short so often, and for so long, will be the next time too.
const MOST_CLAIMS: u32 = 10;
const TRIED_FOR: TimeDelta = TimeDelta::minutes(30);

const GIVEN_UP: &str = "Something on our side stopped it repeatedly, so we gave up for this night. \
    If it happens again, tell support.";

/// Half past five: after XoD has made its copy of the night.
fn default_time() -> TimeOfDay {
    TimeOfDay::from_minutes(5 * 60 + 30).unwrap_or_default()
}

/// The first time after `now` at which it is this time of day in the UK. Where a night has it
/// twice the first counts; where a night has not got it, it is an hour later.
#[must_use]
pub(crate) fn next_time(time: TimeOfDay, now: DateTime<Utc>) -> DateTime<Utc> {
    let minutes = u32::from(time.minutes());
    let time = NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).unwrap_or_default();
    let today = now.with_timezone(&London).date_naive();
    (0..)
        .map_while(|days| today.checked_add_days(Days::new(days)))
        .filter_map(|day| {
            let local = day.and_time(time);
            let later = local + TimeDelta::hours(1);
            let at = London.from_local_datetime(&local).earliest();
            at.or_else(|| London.from_local_datetime(&later).earliest())
        })
        .map(|at| at.with_timezone(&Utc))
        .find(|at| *at > now)
        .unwrap_or(now + TimeDelta::days(1))
}

/// A school's nightly sync as its page shows it.
///
/// # Errors
/// If something broke.
pub(crate) async fn view(state: &AppState, school: &StoredSchool) -> Result<Schedule> {
    let stored = state.store.load_schedule(school.id).await?;
    let now = state.clock.now();
    Ok(Schedule {
        is_on: stored.is_on,
        time: stored.time.unwrap_or_else(default_time),
        digest: stored.digest,
        next_at: stored.next_at.map(timestamp),
        is_retrying: stored.retries > 0 && stored.next_at.is_some(),
        is_running: stored.lease_until.is_some_and(|until| until >= now),
        pause: stored.paused.map(|(at, reason)| Pause { at: timestamp(at), reason }),
        changed_by: stored.changed_by,
        changed_at: stored.changed_at.map(timestamp),
        last: stored.last.map(|last| LastNight {
            at: timestamp(last.at),
            outcome: last.outcome,
            message: last.message,
            run: last.run,
        }),
        can_be_on: state.store.has_applied_run(school.id).await?,
    })
}

/// Keeps what an admin has chosen.
///
/// # Errors
/// `Unusable` if it is to be turned on before anybody has looked at a first run.
pub(crate) async fn save(
    state: &AppState,
    admin: &SignedInPerson,
    chosen: SaveSchedule,
) -> Result<()> {
    let SaveSchedule { is_on, time, digest, resume } = chosen;
    if is_on && !state.store.has_applied_run(admin.school.id).await? {
        return Err(Problem::new(Kind::Unusable, "Run the wizard once first")
            .detail(
                "The nightly sync was not turned on. The first run creates every account: someone \
                 should check its summary.",
            )
            .field("is_on", "too_early", "Run the wizard once before you turn this on")
            .into());
    }
    let (by, at) = (&*admin.name(), state.clock.now());
    let next_at = next_time(time, at);
    let chosen = ChosenSchedule { is_on, time, digest, resume, next_at, by, at };
    state.store.save_schedule(admin.school.id, &chosen).await?;
    let detail = format!(
        "{} at {time}, digest {}{}",
        if is_on { "on" } else { "off" },
        digest.code(),
        if resume { ", no longer paused" } else { "" }
    );
    record(state, admin, AuditAction::ScheduleChanged, None, Some(&detail)).await
}

/// Has the nightly sync made now, without waiting for the night.
///
/// # Errors
/// `Unusable` if it is off or paused, or being made already.
pub(crate) async fn bring_forward(state: &AppState, school: &StoredSchool) -> Result<()> {
    if state.store.bring_night_forward(school.id, state.clock.now()).await? {
        return Ok(());
    }
    Err(Problem::new(Kind::Unusable, "The nightly sync can’t run now")
        .detail("Nothing was changed. It is off, paused or already running.")
        .into())
}

/// Makes the nights that are due, for as long as the server runs.
pub(crate) async fn watch(state: AppState) {
    let mut nights = JoinSet::new();
    while !state.background.is_stopping() {
        while nights.len() < AT_ONCE {
            match claim(&state).await {
                Ok(Some(night)) => {
                    let state = state.clone();
                    nights.spawn(async move { make(&state, night).await });
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(error = %Chain(&error), "can't tell which school is due");
                    break;
                }
            }
        }
        tokio::select! {
            _ = state.background.pause(LOOK_EVERY) => {}
            Some(_) = nights.join_next() => {}
        }
    }
    // Each comes to a good place, or is taken up by another server.
    while nights.join_next().await.is_some() {}
}

/// Makes the nights that are due, one after the other, and says how many those were.
///
/// # Errors
/// If the database failed.
pub async fn make_due(state: &AppState) -> std::result::Result<u32, StoreError> {
    let mut made = 0;
    while let Some(night) = claim(state).await? {
        make(state, night).await;
        made += 1;
    }
    Ok(made)
}

async fn claim(state: &AppState) -> std::result::Result<Option<Night>, StoreError> {
    let now = state.clock.now();
    state.store.claim_night(now, now + LEASE).await
}

/// Makes a night that was claimed. One that breaks off is taken up again when its lease is over.
async fn make(state: &AppState, night: Night) {
    let school = night.school;
    let (store, clock, claimed) = (state.store.clone(), state.clock.clone(), night.clone());
    let renew = move || {
        let (store, night) = (store.clone(), claimed.clone());
        let until = clock.now() + LEASE;
        async move { store.renew_night(&night, until).await }
    };
    match under_lease(Box::pin(make_and_tell(state, &night)), renew).await {
        Some(Ok(())) => {}
        None => tracing::warn!(%school, "another server has taken a nightly sync up"),
        Some(Err(Error::Problem(problem))) => {
            tracing::error!(%school, problem = problem.title, "a nightly sync was cut short");
        }
        Some(Err(Error::Broken(error))) => {
            tracing::error!(%school, error = %Chain(&*error), "a nightly sync was cut short");
        }
    }
}

async fn make_and_tell(state: &AppState, night: &Night) -> Result<()> {
    let id = night.school;
    let found = state.store.find_school(id).await?;
    let school = found.ok_or_else(|| Error::not_found("The school"))?;
    let is_hopeless = night.attempts > MOST_CLAIMS && state.clock.now() > night.due_at + TRIED_FOR;
    let report = if let Some(run) = state.store.find_scheduled_run(id, night.due_at).await? {
        // Another server came so far before it went. What it held, it told of as it did.
        let report = unattended::follow(state, &school, run, &|_| ()).await?;
        let told_before = night.last.as_ref().and_then(|last| last.message.as_ref());
        let is_told = report.status == Status::Held && told_before != report.message.as_ref();
        Report { is_told, ..report }
    } else if is_hopeless {
        report::not_made(state, &school, Status::Failed, GIVEN_UP).await?
    } else {
        let asked = RunOptions { by_schedule: true, ..RunOptions::default() };
        unattended::run(state, &school, asked, &|_| ()).await?
    };
    let retry_at = report
        .retry_after_seconds
        .and_then(|at_least| retry_time(state, night.retries as usize, at_least));
    if let Some(at) = retry_at {
        tracing::info!(school = %id, "a nightly sync is tried again later");
        return Ok(state.store.retry_night(night, at).await?);
    }
    let now = state.clock.now();
    let ended = EndedNight {
        at: now,
        outcome: outcome(report.status),
        message: report.message.clone(),
        run: report.run_id,
        needs: letters::needs(&report)?,
    };
    let next_at = next_time(night.time, now);
    let (kind, mails) = mails(state, &school, night, &report, &ended, next_at).await?;
    if state.store.end_night(night, &ended, next_at, kind, &mails).await? {
        tracing::info!(school = %id, outcome = ended.outcome.code(), "a nightly sync has ended");
        unattended::forget_lists(state, &school, &report).await?;
    }
    Ok(())
}

const fn outcome(status: Status) -> NightOutcome {
    match status {
        Status::Done => NightOutcome::Done,
        Status::Held => NightOutcome::Held,
        Status::Failed => NightOutcome::Failed,
    }
}

/// What the admins are told of a night, and the kind of those messages: one message at the most.
async fn mails(
    state: &AppState,
    school: &StoredSchool,
    night: &Night,
    report: &Report,
    ended: &EndedNight,
    next_at: DateTime<Utc>,
) -> Result<(MailKind, Vec<SealedMail>)> {
    let last = night.last.as_ref();
    let is_news =
        last.is_none_or(|last| (last.outcome, &last.message) != (ended.outcome, &ended.message));
    match &ended.message {
        // Written together with the hold.
        _ if report.is_told => Ok((MailKind::Held, Vec::new())),
        Some(why) if ended.outcome == NightOutcome::Held && ended.run.is_none() && is_news => {
            Ok((MailKind::Held, letters::not_begun(state, school, why).await?))
        }
        _ if is_wanted(night, report, ended) => {
            Ok((MailKind::Digest, letters::digest(state, school, report, next_at).await?))
        }
        _ => Ok((MailKind::Digest, Vec::new())),
    }
}

/// Whether the school wants to be told of such a night. What needed a person the night before, and
/// still does, is no news.
fn is_wanted(night: &Night, report: &Report, ended: &EndedNight) -> bool {
    match night.digest {
        DigestChoice::EveryNight => true,
        DigestChoice::Never => false,
        DigestChoice::WhenNeeded => {
            let needed_before = night.last.as_ref().and_then(|last| last.needs.as_ref());
            ended.outcome != NightOutcome::Done
                || report.changes() > 0
                || (ended.needs.is_some() && ended.needs.as_ref() != needed_before)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(time: &str, now: &str) -> String {
        let now: DateTime<Utc> = now.parse().unwrap();
        next_time(time.parse().unwrap(), now).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    #[test]
    fn a_time_is_the_uks_in_winter_and_in_summer() {
        assert_eq!(next("05:30", "2026-12-01T05:29:59Z"), "2026-12-01T05:30:00Z");
        assert_eq!(next("05:30", "2026-12-01T05:30:00Z"), "2026-12-02T05:30:00Z");
        assert_eq!(next("05:30", "2026-07-01T04:00:00Z"), "2026-07-01T04:30:00Z");
        assert_eq!(next("00:15", "2026-07-01T22:00:00Z"), "2026-07-01T23:15:00Z");
    }

    #[test]
    fn a_time_that_a_night_has_not_got_comes_once_an_hour_later() {
        // On 28 March 2027 the UK's clocks go from 01:00 to 02:00.
        assert_eq!(next("01:30", "2027-03-27T12:00:00Z"), "2027-03-28T01:30:00Z");
        assert_eq!(next("01:30", "2027-03-28T01:30:00Z"), "2027-03-29T00:30:00Z");
    }

    #[test]
    fn a_time_that_a_night_has_twice_comes_once() {
        // On 25 October 2026 the UK's clocks go from 02:00 back to 01:00.
        assert_eq!(next("01:30", "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(next("01:30", "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
        assert_eq!(next("01:30", "2026-10-25T01:15:00Z"), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn every_day_of_a_year_has_one_night_whatever_its_time() {
        for time in ["00:00", "01:00", "01:30", "02:00", "05:30", "23:59"] {
            let begin: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().unwrap();
            let time: TimeOfDay = time.parse().unwrap();
            let mut days = std::collections::BTreeSet::new();
            let mut at = begin;
            for _ in 0..365 {
                at = next_time(time, at);
                assert!(days.insert(at.with_timezone(&London).date_naive()), "{at}");
            }
            let days: Vec<_> = days.into_iter().collect();
            assert_eq!((days[364] - days[0]).num_days(), 364, "no day is left out");
        }
    }
}
