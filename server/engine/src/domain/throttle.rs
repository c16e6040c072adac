//! How often a password may be guessed, so that no stranger gets in by guessing and no child with
//! the right password is kept out by others. Pure: counts and a time in, counts and a verdict out.
//!
//! An attempt is counted against lines, which depend on where it comes from ([`Standing`]):
//!
//! | from | one name's guesses, counted by | and against |
//! | --- | --- | --- |
//! | a login card's QR code | the card | |
//! | a device on which this account has signed in | the device | |
//! | one of the school's own networks | the caller | the network: slows names that fail, two pictures most |
//! | a device of the school's people | the device | the device and the caller: few names at a time; the name: 10 guesses on such devices; the school: the chance of all guesses on such devices together |
//! | anywhere else (a stranger) | the caller | the caller (and its /48): few names at a time; the name: 50 guesses; the school: the chance of all guesses together |
//!
//! **One name's guesses**: four are free, then each wait is longer (1, 5 and 15 minutes, 1, 4 and
//! 24 hours); one is forgotten each eight hours. Nobody else's guesses are in this count, except those made
//! at the same caller. **The others** are leaky buckets: they fill with failures, and empty as time
//! goes by and as people sign in after having mistyped. None of them keeps out somebody on their
//! own device or with their card, and the school's own address never keeps out a name that has not
//! failed there.
//!
//! **The chance of strangers together.** A guess at a password of *n* possible values opens one
//! account with a chance of 1/*n*. The sum over the wrong guesses that strangers made at a
//! school's pupils may come to 0.4 %, and to 0.8 % where a password has 100,000 values and more; a
//! twentieth of a per cent is forgotten each hour. That is 40 guesses at picture PINs (10,000
//! values). A two-picture PIN (100 values) is never tried for a stranger. Unknown names count like
//! pupils whose format follows from the name, so that nobody learns who exists.
//!
//! A device is the school's where a member of staff, or three pupils, have signed in on it and have
//! not left. Since anyone who has some of a school's passwords can make more of them, guesses on all
//! such devices away from the school may have a chance of 10 % together, which is ten guesses at
//! two-picture PINs; one hundredth is forgotten each hour. When it is full, pupils with two pictures
//! need their card on shared devices away from school; words and four pictures still have room.
//!
//! An attempt that is being looked at is not a failure. It is held as one in flight, so that guesses
//! made at the same moment do not slip past each other: where too many are, the next one waits for
//! their answers and is not refused.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

/// So many wrong guesses at one name make the next one wait.
const FREE_GUESSES: f64 = 5.0;

/// A password of so few possible values is tried only for somebody who is known to be of the school.
const FEW_VALUES: u64 = 100;

/// An attempt in flight for longer was cut off, and counts as a failure.
const CUT_OFF: TimeDelta = TimeDelta::seconds(30);

/// What a line counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Wrong guesses at one name, from one caller, on one device or with one card.
    Guesses,
    /// Names that fail at one of the school's own addresses.
    Address,
    /// Wrong guesses at two-picture PINs at one of the school's own addresses.
    PicturesAtAddress,
    /// Names that fail on a device of the school's people.
    Device,
    /// Wrong guesses at one name on all such devices together.
    NameOnDevices,
    /// Names that fail at a stranger's address or IPv6 /64.
    Caller,
    /// Names that fail in a stranger's IPv6 /48.
    WideCaller,
    /// Strangers' wrong guesses at one name.
    Name,
    /// The chance that strangers' guesses at a school's pupils had together.
    Chance,
    /// The same of guesses on devices of the school's people.
    ChanceOnDevices,
    /// Failures at picture PINs, from wherever: admins are told.
    Pins,
}

/// What a bucket does when it is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// The next attempt waits until there is room.
    Closes,
    /// Names that have failed wait for a while after each failure.
    Slows,
    /// Nothing but that admins are told.
    Warns,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Guesses,
        Self::Address,
        Self::PicturesAtAddress,
        Self::Device,
        Self::NameOnDevices,
        Self::Caller,
        Self::WideCaller,
        Self::Name,
        Self::Chance,
        Self::ChanceOnDevices,
        Self::Pins,
    ];

    /// As it is stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Guesses => "guesses",
            Self::Address => "address",
            Self::PicturesAtAddress => "pictures_at_address",
            Self::Device => "device",
            Self::NameOnDevices => "name_on_devices",
            Self::Caller => "caller",
            Self::WideCaller => "wide_caller",
            Self::Name => "name",
            Self::Chance => "chance",
            Self::ChanceOnDevices => "chance_on_devices",
            Self::Pins => "pins",
        }
    }

    /// The kind that is stored under this code; None where there is no such kind.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    const fn effect(self) -> Effect {
        match self {
            Self::Address | Self::PicturesAtAddress => Effect::Slows,
            Self::Pins => Effect::Warns,
            _ => Effect::Closes,
        }
    }

    /// How long names that have failed wait after each failure while such a bucket is full.
    const fn slows_by_minutes(self) -> i64 {
        match self {
            Self::Address => 1,
            Self::PicturesAtAddress => 60,
            _ => 0,
        }
    }

    /// Whether a name counts once, however often it fails there.
    const fn counts_names(self) -> bool {
        matches!(self, Self::Address | Self::Device | Self::Caller | Self::WideCaller)
    }

    /// What a bucket holds, for failures that weigh so much each.
    fn holds(self, weight: f64) -> f64 {
        match self {
            Self::Guesses => FREE_GUESSES,
            Self::Address => 120.0,
            Self::PicturesAtAddress => 60.0,
            Self::Device => 5.0,
            Self::NameOnDevices => 10.0,
            Self::Caller => 10.0,
            Self::WideCaller => 40.0,
            Self::Name => 50.0,
            Self::Chance if weight > 1.0 / 100_000.0 => 0.004,
            Self::Chance => 0.008,
            Self::ChanceOnDevices => 0.1,
            Self::Pins => 100.0,
        }
    }

    /// How much of it empties in an hour.
    const fn empties_hourly(self) -> f64 {
        match self {
            Self::Guesses => 1.0 / 8.0,
            Self::Address => 240.0,
            Self::PicturesAtAddress => 60.0,
            Self::Device => 5.0,
            Self::NameOnDevices => 1.0,
            Self::Caller => 10.0,
            Self::WideCaller => 40.0,
            Self::Name => 2.0,
            Self::Chance => 0.0005,
            Self::ChanceOnDevices => 0.01,
            Self::Pins => 50.0,
        }
    }
}

/// What has been counted under one key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    /// How full it was at `at`: failures, names, or a chance.
    pub level: f64,
    /// For guesses: when the last one failed.
    pub at: DateTime<Utc>,
    /// What is being looked at just now.
    pub in_flight: f64,
    /// When the last one began.
    pub began: DateTime<Utc>,
    /// Since when it is full.
    pub full_since: Option<DateTime<Utc>>,
}

impl Count {
    /// Nothing counted.
    #[must_use]
    pub const fn none(now: DateTime<Utc>) -> Self {
        Self { level: 0.0, at: now, in_flight: 0.0, began: now, full_since: None }
    }

    /// Whether there is nothing to keep.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.level <= 0.0 && self.in_flight <= 0.0
    }

    /// A time that is still to come was written by a clock that was ahead, or has been put back
    /// since: it counts as now, so that nobody waits for it.
    fn bring_back(&mut self, now: DateTime<Utc>) {
        self.at = self.at.min(now);
        self.began = self.began.min(now);
        self.full_since = self.full_since.map(|since| since.min(now));
    }

    /// The count as it is by now.
    fn by(mut self, kind: Kind, now: DateTime<Utc>) -> Self {
        self.bring_back(now);
        if self.in_flight > 0.0 && now - self.began >= CUT_OFF {
            self.level += self.in_flight;
            self.in_flight = 0.0;
        }
        let emptied = kind.empties_hourly() * hours(now - self.at);
        if kind == Kind::Guesses {
            // By whole ones, and `at` stays: the wait counts from it.
            if self.level > 0.0 && emptied.floor() >= self.level {
                self.level = 0.0;
            }
        } else {
            self.level = (self.level - emptied).max(0.0);
            self.at = now;
        }
        self
    }

    /// Whether it is still full enough to be told of.
    #[must_use]
    pub fn is_still_full(&self, kind: Kind, now: DateTime<Utc>) -> bool {
        self.full_since.is_some() && self.by(kind, now).level >= kind.holds(1.0) / 2.0
    }

    /// Failed guesses at a name, some of which are forgotten.
    fn guesses(&self, now: DateTime<Utc>) -> f64 {
        let forgotten = (Kind::Guesses.empties_hourly() * hours(now - self.at)).floor();
        (self.level - forgotten).max(0.0)
    }

    fn is_full(&self, line: &Line) -> bool {
        self.level + line.weight > line.kind.holds(line.weight) + ROUNDING
    }
}

/// Sums of small chances are not exact.
const ROUNDING: f64 = 1e-9;

fn hours(time: TimeDelta) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of some years are exact")]
    let milliseconds = time.num_milliseconds().max(0) as f64;
    milliseconds / 3_600_000.0
}

/// One thing that an attempt is counted against.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What is counted there.
    pub kind: Kind,
    /// What tells it from others: a hash.
    pub key: String,
    /// The name that was typed, as a hash: what is lifted with its owner's wait.
    pub about: Option<String>,
    /// How much one failure is.
    pub weight: f64,
}

/// Where an attempt comes from, as far as throttling wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// With the QR code of a login card, of this hash.
    Card(String),
    /// A device on which this account has signed in before, of this hash.
    OwnDevice(String),
    /// One of the school's own addresses.
    School,
    /// A device of the school's people, of this hash, on which this account has not signed in.
    SchoolDevice(String),
    /// Anywhere else.
    Stranger,
}

/// What is tried: whose name, from which networks, and how many values the password may have.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'a> {
    /// What was typed, folded.
    pub name: &'a str,
    /// The caller's address, or IPv6 /64.
    pub network: &'a str,
    /// The caller's IPv6 /48.
    pub wider: Option<&'a str>,
    /// The possible values of a pupil's password; none for staff.
    pub values: Option<u64>,
    /// Whether the password is a picture PIN: failures at those are counted to tell admins.
    pub has_pictures: bool,
}

/// The lines of one attempt: its own first, of which the first one is the name's guesses, then those
/// that it shares with everybody at the school's address.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt(Vec<Line>);

impl Line {
    /// Whether it holds nothing of an attempt that is being looked at, and matters only to names that
    /// fail. Everybody at the school's address has the same one: a right password leaves it alone, so
    /// that a class of thirty need not queue for it.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.kind.effect() != Effect::Closes
    }
}

/// What an attempt holds of each line while it is being looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Reservation(Vec<f64>);

/// Whether an attempt may be made.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It may be made, and holds this until it is [ended](Attempt::end).
    Go(Reservation),
    /// Others are being looked at: wait for their answers.
    Busy,
    /// It may not be made before this moment.
    WaitUntil(DateTime<Utc>),
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The password fits.
    Right,
    /// It does not, or nobody has the name.
    Wrong,
    /// Something broke: neither.
    Broken,
}

impl Attempt {
    /// Finds the lines: they follow from what is tried, and from where it comes.
    #[must_use]
    pub fn new(tried: Tried<'_>, standing: &Standing) -> Self {
        let about = about(tried.name);
        let guesses_by = |parts: &[&str]| Line {
            kind: Kind::Guesses,
            key: key(&[&["guesses", tried.name], parts].concat()),
            about: Some(about.clone()),
            weight: 1.0,
        };
        let bucket = |kind: Kind, part: &str| Line {
            kind,
            key: key(&[kind.code(), part]),
            about: None,
            weight: 1.0,
        };
        let mut lines = match standing {
            Standing::Card(card) => vec![guesses_by(&["card", card])],
            Standing::OwnDevice(device) => vec![guesses_by(&["device", device])],
            Standing::School => {
                let mut lines = vec![
                    guesses_by(&["network", tried.network]),
                    bucket(Kind::Address, tried.network),
                ];
                let is_weak = tried.values.is_some_and(|values| values <= FEW_VALUES);
                lines.extend(is_weak.then(|| bucket(Kind::PicturesAtAddress, tried.network)));
                lines
            }
            Standing::SchoolDevice(device) => {
                let name = bucket(Kind::NameOnDevices, tried.name);
                let chance_of =
                    |values| Line { weight: chance(values), ..bucket(Kind::ChanceOnDevices, "") };
                // Apart from those of an account's own device, which fill nothing here: none of them is
                // taken back from what others have filled.
                let mut lines = vec![
                    guesses_by(&["school device", device]),
                    bucket(Kind::Device, device),
                    bucket(Kind::Caller, tried.network),
                    Line { about: Some(about.clone()), ..name },
                ];
                lines.extend(tried.wider.map(|wider| bucket(Kind::WideCaller, wider)));
                lines.extend(tried.values.map(chance_of));
                lines
            }
            Standing::Stranger => {
                let mut lines = vec![
                    guesses_by(&["network", tried.network]),
                    bucket(Kind::Caller, tried.network),
                    Line { about: Some(about.clone()), ..bucket(Kind::Name, tried.name) },
                ];
                lines.extend(tried.wider.map(|wider| bucket(Kind::WideCaller, wider)));
                lines.extend(
                    tried
                        .values
                        .map(|values| Line { weight: chance(values), ..bucket(Kind::Chance, "") }),
                );
                lines
            }
        };
        if tried.has_pictures {
            lines.push(bucket(Kind::Pins, ""));
        }
        lines.sort_by_key(Line::is_shared);
        Self(lines)
    }

    /// What is counted where a stranger's picture PIN is not looked at at all.
    #[must_use]
    pub fn not_looked_at(&self) -> Self {
        Self(self.0.iter().filter(|line| line.kind == Kind::Pins).cloned().collect())
    }

    /// The lines, in the order of the counts that [`Attempt::begin`] and [`Attempt::end`] take.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.0
    }

    /// Whether beginning needs the counts of the shared lines, too: given those of its own.
    #[must_use]
    pub fn needs_shared_to_begin(&self, own: &[Count], now: DateTime<Utc>) -> bool {
        self.failures(&self.by(own, now), now) > 0.0
    }

    /// Whether ending needs the counts of the shared lines, too: given those of its own.
    #[must_use]
    pub fn needs_shared_to_end(&self, own: &[Count], ending: Ending, now: DateTime<Utc>) -> bool {
        match ending {
            Ending::Wrong => true,
            Ending::Right => self.needs_shared_to_begin(own, now),
            Ending::Broken => false,
        }
    }

    /// Begins the attempt if it may be made, and holds a place for it in each line. Counts of shared
    /// lines may be left out where they are [not needed](Attempt::needs_shared_to_begin).
    pub fn begin(&self, counts: &mut [Count], now: DateTime<Utc>) -> Verdict {
        // Kept also where the attempt may not be made: a wait ends some day.
        counts.iter_mut().for_each(|count| count.bring_back(now));
        let by_now = self.by(counts, now);
        let (failures, slowed_by) = (self.failures(&by_now, now), self.slowed_by(&by_now));
        let mut wait_until = None;
        let mut is_busy = false;
        let mut held = Vec::with_capacity(counts.len());
        for (line, count) in self.0.iter().zip(&by_now) {
            let holds = self.held_of(line, failures);
            held.push(holds);
            let (until, room) = match line.kind {
                Kind::Guesses => guess(count, failures, slowed_by, now),
                _ => bucket(line, count, holds, now),
            };
            wait_until = wait_until.max(until);
            is_busy |= holds > 0.0 && count.in_flight + holds > room + ROUNDING;
        }
        if let Some(until) = wait_until {
            return Verdict::WaitUntil(until);
        }
        if is_busy {
            return Verdict::Busy;
        }
        for ((count, by_now), holds) in counts.iter_mut().zip(by_now).zip(&held) {
            if *holds > 0.0 {
                *count = Count { in_flight: by_now.in_flight + holds, began: now, ..by_now };
            }
        }
        Verdict::Go(Reservation(held))
    }

    /// Ends an attempt that was begun, or one that was not looked at; says which lines are full by
    /// it. Counts of shared lines may be left out where they are
    /// [not needed](Attempt::needs_shared_to_end); one that changes by nothing but the time is left
    /// as it was.
    pub fn end(
        &self,
        counts: &mut [Count],
        held: Option<&Reservation>,
        ending: Ending,
        now: DateTime<Utc>,
    ) -> Vec<Kind> {
        let by_now = self.by(counts, now);
        let failures = self.failures(&by_now, now);
        let held = held.map(|held| held.0.as_slice()).unwrap_or_default();
        let held = held.iter().copied().chain(std::iter::repeat(0.0));
        let mut full = Vec::new();
        for (((line, count), by_now), holds) in self.0.iter().zip(counts).zip(by_now).zip(held) {
            let mut after = self.after(line, by_now, failures, ending, now);
            after.in_flight = (by_now.in_flight - holds).max(0.0);
            if after.in_flight < ROUNDING {
                after.in_flight = 0.0;
            }
            if line.kind != Kind::Guesses && ending != Ending::Broken {
                if after.is_full(line) && after.full_since.is_none() {
                    after.full_since = Some(now);
                    full.push(line.kind);
                } else if after.level < line.kind.holds(1.0) / 2.0 {
                    after.full_since = None;
                }
            }
            let is_changed = after.level != by_now.level || after.full_since != by_now.full_since;
            if holds > 0.0 || is_changed {
                *count = after;
            }
        }
        full
    }

    /// What a line's count is after an attempt.
    fn after(
        &self,
        line: &Line,
        before: Count,
        failures: f64,
        ending: Ending,
        now: DateTime<Utc>,
    ) -> Count {
        let level = match ending {
            Ending::Broken => return before,
            Ending::Wrong if line.kind == Kind::Guesses => failures + 1.0,
            Ending::Wrong if line.kind.counts_names() && failures > 0.0 => return before,
            // Twice what it holds is full for long enough.
            Ending::Wrong => (before.level + line.weight).min(2.0 * line.kind.holds(line.weight)),
            Ending::Right if line.kind == Kind::Guesses => 0.0,
            Ending::Right => (before.level - self.taken_back(line, failures)).max(0.0),
        };
        Count { level, at: now, ..before }
    }

    /// The counts as they are by now.
    fn by(&self, counts: &[Count], now: DateTime<Utc>) -> Vec<Count> {
        self.0.iter().zip(counts).map(|(line, count)| count.by(line.kind, now)).collect()
    }

    /// How often this name has failed here.
    fn failures(&self, counts: &[Count], now: DateTime<Utc>) -> f64 {
        let mut of_guesses =
            self.0.iter().zip(counts).filter(|(line, _)| line.kind == Kind::Guesses);
        of_guesses.next().map_or(0.0, |(_, count)| count.guesses(now))
    }

    fn slowed_by(&self, counts: &[Count]) -> TimeDelta {
        let full = self.0.iter().zip(counts).filter(|(line, count)| count.is_full(line));
        let minutes = full.map(|(line, _)| line.kind.slows_by_minutes()).max();
        TimeDelta::minutes(minutes.unwrap_or_default())
    }

    /// What an attempt may come to: nothing where its name has been counted, or nobody is kept out.
    fn held_of(&self, line: &Line, failures: f64) -> f64 {
        let is_counted = line.kind.counts_names() && failures > 0.0;
        if is_counted || line.kind.effect() != Effect::Closes { 0.0 } else { line.weight }
    }

    /// What somebody who signs in had mistyped before, here.
    fn taken_back(&self, line: &Line, failures: f64) -> f64 {
        let times = if line.kind.counts_names() { failures.min(1.0) } else { failures };
        times * line.weight
    }
}

/// Until when the next guess at a name waits, and how many may be looked at at once.
fn guess(
    count: &Count,
    failures: f64,
    slowed_by: TimeDelta,
    now: DateTime<Utc>,
) -> (Option<DateTime<Utc>>, f64) {
    let slowed_by = if failures >= 1.0 { slowed_by } else { TimeDelta::zero() };
    // What is forgotten meanwhile does not make the wait shorter.
    let until = count.at + wait_after(count.level).max(slowed_by);
    let room = if failures < FREE_GUESSES { FREE_GUESSES - failures } else { 1.0 };
    ((until > now).then_some(until), room)
}

/// Until when a bucket has no room, and how much of it there is.
fn bucket(
    line: &Line,
    count: &Count,
    holds: f64,
    now: DateTime<Utc>,
) -> (Option<DateTime<Utc>>, f64) {
    let limit = line.kind.holds(line.weight);
    let too_much = count.level + holds - limit;
    if holds > 0.0 && too_much > ROUNDING {
        let seconds = (too_much / line.kind.empties_hourly() * 3600.0).ceil();
        #[expect(clippy::cast_possible_truncation, reason = "at most some days")]
        return (Some(now + TimeDelta::seconds(seconds as i64)), limit);
    }
    (None, limit - count.level)
}

/// How long to wait after so many wrong guesses at one name.
fn wait_after(failures: f64) -> TimeDelta {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number that is not negative"
    )]
    let minutes = match failures as u32 {
        0..=4 => 0,
        5 => 1,
        6 => 5,
        7 => 15,
        8 => 60,
        9 => 4 * 60,
        _ => 24 * 60,
    };
    TimeDelta::minutes(minutes)
}

/// The chance that one guess at a password of so many values is right.
fn chance(values: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a chance need not be exact")]
    let values = values.max(1) as f64;
    1.0 / values
}

/// Under what the lines of a name are kept, to be lifted together.
#[must_use]
pub fn about(name: &str) -> String {
    key(&["name", &folded(name)])
}

/// A name as it is counted and looked for, however it was typed.
#[must_use]
pub fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The key a count is kept under: a hash, since what people type (a name, sometimes a password) and
/// where they are is nobody's business.
#[must_use]
pub fn key(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod simulations;
#[cfg(test)]
mod tests;
