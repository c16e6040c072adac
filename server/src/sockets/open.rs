//! The sockets that are open, and room for another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Limits;
use super::talk::Talk;

/// The sockets that are open.
pub(super) struct Open {
    limits: Limits,
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    last: u64,
    sockets: HashMap<u64, Socket>,
}

struct Socket {
    /// None: a proxy's.
    caller: Option<String>,
    talk: Arc<Talk>,
}

/// A socket's place among those that are open, until it is dropped.
pub(super) struct Ticket {
    number: u64,
    talk: Arc<Talk>,
    open: Arc<Open>,
}

impl Open {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, all: Mutex::default() }
    }

    /// Room for another socket of this caller, or of a proxy. Where there is none, anyone who has kept
    /// us waiting longest goes; nobody may come while all wait for us.
    pub(super) fn admit(self: &Arc<Self>, caller: Option<String>) -> Option<Ticket> {
        let mut all = self.all();
        let of_the_caller = |socket: &Socket| socket.caller.is_some() && socket.caller == caller;
        if all.count(of_the_caller) >= self.limits.of_one_caller && !all.close_one(of_the_caller) {
            return None;
        }
        if all.sockets.len() >= self.limits.sockets && !all.close_one(|_| true) {
            return None;
        }
        all.last += 1;
        let (number, talk) = (all.last, Talk::new());
        all.sockets.insert(number, Socket { caller, talk: Arc::clone(&talk) });
        Some(Ticket { number, talk, open: Arc::clone(self) })
    }

    /// Closes the socket that has kept us waiting longest.
    pub(super) fn close_one(&self) {
        self.all().close_one(|_| true);
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl All {
    fn count(&self, is_meant: impl Fn(&Socket) -> bool) -> usize {
        self.sockets.values().filter(|socket| is_meant(socket)).count()
    }

    /// Closes the one that has kept us waiting longest; whether there was one.
    fn close_one(&mut self, is_meant: impl Fn(&Socket) -> bool) -> bool {
        let meant = self.sockets.iter().filter(|(_, socket)| is_meant(socket));
        let waiting = meant
            .filter_map(|(number, socket)| socket.talk.waits_since().map(|since| (since, *number)));
        let longest = waiting.min().map(|(_, number)| number);
        let closed = longest.and_then(|number| self.sockets.remove(&number));
        closed.inspect(|socket| socket.talk.end()).is_some()
    }
}

impl Ticket {
    pub(super) const fn talk(&self) -> &Arc<Talk> {
        &self.talk
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.open.all().sockets.remove(&self.number);
    }
}
