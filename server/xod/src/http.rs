//! The single send: every byte to and from XoD goes through here.
//!
//! Only https to the configured host (plain http on loopback alone), redirects to other hosts
//! refused, everything bounded: time, size, tries, and how many calls are under way at once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode, redirect};
use serde::Serialize;
use tokio::sync::Semaphore;
use url::Url;
use zeroize::Zeroizing;

use super::error::{Unreachable, XodError};
use super::settings::{Limits, Settings, Surroundings, is_loopback};
use super::wire::{AnswerTo, tells_of_a_fault};

/// How often a failed call is made again.
const REPETITIONS: u32 = 2;

/// Whether a call may be made again after XoD may have acted on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    Freely,
    /// Only if it never reached XoD: it sends e-mails.
    IfUnsent,
}

/// A call.
pub(super) struct Call<'t, 'f> {
    pub method: Method,
    pub url: Url,
    pub token: Option<&'t str>,
    pub json: Option<Bytes>,
    pub repeat: Repeat,
    pub to: AnswerTo<'f>,
    /// What its answer may take of, where it is one of many.
    pub room: Option<Arc<Room>>,
}

/// How many bytes may still come.
pub(super) struct Room(AtomicUsize);

impl Room {
    pub(super) const fn of(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }

    fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: usize) {
        self.0.store(self.left().saturating_sub(bytes), Ordering::Relaxed);
    }
}

/// The answer to a call, whole.
pub(super) struct HttpReply {
    pub status: StatusCode,
    /// Tokens arrive in it.
    pub body: Zeroizing<Vec<u8>>,
    retry_after: Option<Duration>,
}

impl HttpReply {
    #[cfg(any(test, fuzzing))]
    pub(super) fn new(status: u16, body: &[u8]) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or_default(),
            body: Zeroizing::new(body.to_vec()),
            retry_after: None,
        }
    }
}

/// The line to XoD.
pub(super) struct Http {
    client: reqwest::Client,
    base: Url,
    surroundings: Surroundings,
    limits: Limits,
    turns: Turns,
    lanes: Lanes,
}

/// Whose turn it is, over all schools: a school waits with one call at a time, and those that wait
/// are let in in the order in which they came. A school whose MIS is slow makes way for the others.
struct Turns {
    quick: Semaphore,
    slow: Semaphore,
    patience: Duration,
}

impl Turns {
    fn new(limits: &Limits) -> Self {
        Self {
            quick: Semaphore::new(limits.at_once),
            slow: Semaphore::new(limits.slow_at_once),
            patience: limits.patience,
        }
    }

    async fn take<T>(
        &self,
        call: impl Future<Output = Result<T, XodError>>,
    ) -> Result<T, XodError> {
        // They are never closed.
        let turn = self.quick.acquire().await.map_err(|_| XodError::TimedOut)?;
        let mut call = std::pin::pin!(call);
        tokio::select! {
            answer = &mut call => return answer,
            () = tokio::time::sleep(self.patience) => {}
        }
        tokio::select! {
            answer = &mut call => answer,
            slow = self.slow.acquire() => {
                drop(turn);
                let answer = call.await;
                drop(slow);
                answer
            }
        }
    }
}

/// A lane for each school (and one of our own): one call at a time, and none before the moment that
/// XoD asked us to wait for.
#[derive(Default)]
struct Lanes(std::sync::Mutex<HashMap<String, Arc<Lane>>>);

type Lane = tokio::sync::Mutex<Option<DateTime<Utc>>>;

impl Lanes {
    fn of(&self, holder: &str) -> Arc<Lane> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lanes.entry(holder.to_owned()).or_default())
    }
}

/// Why there is no line to XoD.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The address is neither https nor one of this machine.
    #[error("XoD at another machine is spoken to by https only")]
    PlainHttp,
    /// reqwest could not make its client, such as where TLS can't be set up.
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
}

impl Http {
    pub(super) fn new(settings: &Settings, surroundings: Surroundings) -> Result<Self, SetUpError> {
        let (base, limits) = (settings.url.clone(), settings.limits);
        let is_local = is_loopback(&base);
        if base.scheme() != "https" && !is_local {
            return Err(SetUpError::PlainHttp);
        }
        // Another part of the process may have chosen a provider already; then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let home = base.origin();
        let stay_home = redirect::Policy::custom(move |attempt| {
            if attempt.url().origin() == home && attempt.previous().len() <= 3 {
                attempt.follow()
            } else {
                attempt.stop()
            }
        });
        let mut builder = reqwest::Client::builder()
            .connect_timeout(limits.connect)
            .read_timeout(limits.read)
            .timeout(limits.total)
            .redirect(stay_home)
            .retry(reqwest::retry::never())
            .user_agent(settings.user_agent.as_str());
        if is_local {
            builder = builder.no_proxy();
        } else {
            builder = builder.https_only(true);
        }
        let client = builder.build().map_err(SetUpError::Client)?;
        Ok(Self {
            client,
            base,
            surroundings,
            limits,
            turns: Turns::new(&limits),
            lanes: Lanes::default(),
        })
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether XoD is a simulator on this machine.
    pub(super) fn is_local(&self) -> bool {
        is_loopback(&self.base)
    }

    /// The address of a call. Real status codes are asked for: they are opt-in.
    pub(super) fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.query_pairs_mut().extend_pairs(query).append_pair("httpStatusCodes", "true");
        url
    }

    /// Makes a call in somebody's name (an estab, or empty for ourselves), and again where that may
    /// help. Statuses that say no are not errors here: the
    /// body has the reason.
    pub(super) async fn send(
        &self,
        holder: &str,
        call: &Call<'_, '_>,
    ) -> Result<HttpReply, XodError> {
        let lane = self.lanes.of(holder);
        let mut not_before = lane.lock().await;
        if let Some(pause) = not_before.and_then(|at| (at - self.surroundings.now()).to_std().ok())
        {
            return Err(XodError::Busy { retry_after: Some(pause) });
        }
        let answer = self.send_in_turn(call).await;
        *not_before = match &answer {
            Err(XodError::Busy { retry_after: Some(pause) }) => TimeDelta::from_std(*pause)
                .ok()
                .and_then(|pause| self.surroundings.now().checked_add_signed(pause)),
            _ => None,
        };
        answer
    }

    async fn send_in_turn(&self, call: &Call<'_, '_>) -> Result<HttpReply, XodError> {
        let mut repetitions = 0;
        loop {
            let attempt = self.turns.take(self.attempt(call)).await;
            if repetitions == REPETITIONS {
                return settled(attempt);
            }
            let Some(pause) = self.pause(call, &attempt, repetitions) else {
                return settled(attempt);
            };
            repetitions += 1;
            tracing::debug!(repetitions, pause_ms = pause.as_millis(), "calling XoD again");
            tokio::time::sleep(pause).await;
        }
    }

    /// How long to wait before the call is made again; none if it is not.
    fn pause(
        &self,
        call: &Call<'_, '_>,
        attempt: &Result<HttpReply, XodError>,
        repetitions: u32,
    ) -> Option<Duration> {
        let after_faults = || {
            let base = self.limits.first_pause * 2_u32.pow(repetitions);
            // Up to half as much again, so that many schools do not come back at one moment.
            base + base.mul_f64(self.surroundings.chance() / 2.0)
        };
        match attempt {
            Err(XodError::Unreachable(why)) if *why != Unreachable::NotSecure => {
                Some(after_faults())
            }
            Err(XodError::CutShort) if call.repeat == Repeat::Freely => Some(after_faults()),
            Ok(answer) if call.repeat == Repeat::Freely => match answer.status.as_u16() {
                500 | 502 | 503 => Some(answer.retry_after.unwrap_or_else(after_faults)),
                429 => {
                    let pause = || self.limits.busy_pause.max(after_faults());
                    Some(answer.retry_after.unwrap_or_else(pause))
                }
                _ if tells_of_a_fault(answer, call.to) => Some(after_faults()),
                _ => None,
            },
            _ => None,
        }
        .filter(|pause| *pause <= self.limits.longest_pause)
    }

    async fn attempt(&self, call: &Call<'_, '_>) -> Result<HttpReply, XodError> {
        let mut request = self.client.request(call.method.clone(), call.url.clone());
        if let Some(token) = call.token {
            let mut header = HeaderValue::from_str(&Zeroizing::new(format!("Idaas {token}")))
                .map_err(|_| XodError::NotAsAgreed("a token that is no text"))?;
            header.set_sensitive(true);
            request = request.header(AUTHORIZATION, header);
        }
        if let Some(json) = &call.json {
            request = request
                .header(reqwest::header::CONTENT_TYPE, "application/json")
                .body(json.clone());
        }
        let response = request.send().await.map_err(|error| named(&error))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(XodError::SentElsewhere);
        }
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|header| self.pause_asked_for(header));
        let body = self.body(response, call.room.as_deref()).await?;
        Ok(HttpReply { status, body, retry_after })
    }

    fn pause_asked_for(&self, header: &HeaderValue) -> Option<Duration> {
        retry_after(header.to_str().ok()?, self.surroundings.now())
    }

    async fn body(
        &self,
        mut response: reqwest::Response,
        room: Option<&Room>,
    ) -> Result<Zeroizing<Vec<u8>>, XodError> {
        let most = room.map_or(self.limits.body, |room| room.left().min(self.limits.body));
        let announced = response.content_length().unwrap_or_default();
        if announced > most as u64 {
            return Err(XodError::TooLarge);
        }
        let mut body = Zeroizing::new(Vec::with_capacity(usize::try_from(announced).unwrap_or(0)));
        while let Some(piece) = response.chunk().await.map_err(|error| named(&error))? {
            if body.len() + piece.len() > most {
                return Err(XodError::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        if let Some(room) = room {
            room.take(body.len());
        }
        Ok(body)
    }
}

/// What is left when a call is not made again: no more pauses and faults of XoD.
fn settled(attempt: Result<HttpReply, XodError>) -> Result<HttpReply, XodError> {
    let answer = attempt?;
    match answer.status.as_u16() {
        429 => Err(XodError::Busy { retry_after: answer.retry_after }),
        status if status >= 500 && !super::wire::says_why(&answer.body) => {
            Err(XodError::Failing { status })
        }
        _ => Ok(answer),
    }
}

/// How long a Retry-After header asks to wait: so many seconds, or until a moment.
fn retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    header.parse().ok().map(Duration::from_secs).or_else(|| {
        let moment = DateTime::parse_from_rfc2822(header).ok()?;
        Some((moment.with_timezone(&Utc) - now).to_std().unwrap_or_default())
    })
}

/// A failed call by the name of its cause. The error itself is dropped: it has the address in it.
fn named(error: &reqwest::Error) -> XodError {
    if error.is_connect() {
        return XodError::Unreachable(if error.is_dns() {
            Unreachable::NameNotFound
        } else if comes_from_tls(error) {
            Unreachable::NotSecure
        } else {
            Unreachable::NoConnection
        });
    }
    if error.is_timeout() {
        XodError::TimedOut
    } else if error.is_redirect() {
        XodError::SentElsewhere
    } else {
        XodError::CutShort
    }
}

fn comes_from_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    // An I/O error hides what it wraps from `source`.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match wrapped {
        Some(wrapped) => comes_from_tls(wrapped),
        None => error.source().is_some_and(comes_from_tls),
    }
}

/// A JSON body that may hold a secret: written once, into memory that is wiped.
pub(super) fn secret_json(body: &impl Serialize) -> Bytes {
    // Room for all of it, since memory that grows leaves its old place behind.
    let mut json = Zeroizing::new(Vec::with_capacity(LARGEST_BODY_SENT));
    // A body of ours can always be written.
    drop(serde_json::to_writer(&mut *json, body));
    Bytes::from_owner(json)
}

/// More than the longest secret, or an invitation, needs.
const LARGEST_BODY_SENT: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_until_a_moment() {
        let now = "2026-09-01T08:00:00Z".parse().unwrap();
        let seconds = |header: &str| retry_after(header, now).map(|pause| pause.as_secs());
        assert_eq!(seconds(" 90 "), Some(90));
        assert_eq!(seconds("Tue, 01 Sep 2026 08:02:00 GMT"), Some(120));
        assert_eq!(seconds("Tue, 01 Sep 2026 07:00:00 GMT"), Some(0));
        assert_eq!(seconds("soon"), None);
    }
}
