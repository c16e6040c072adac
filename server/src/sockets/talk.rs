//! One socket's talk: whose turn it is, since when, and until when.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Limits;

/// What a socket waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// The very first byte.
    First,
    /// The rest of a request's head.
    Head,
    /// The rest of its body.
    Body,
    /// Us: the answer is being made.
    Ours,
    /// The answer to be taken.
    Taking,
    /// Another request.
    Next,
}

/// What happens on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Some bytes came.
    Heard,
    /// A request's head is whole, its body still to come.
    Head,
    /// The body is whole, or nobody wants more of it.
    Body,
    /// A request is whole.
    Request,
    /// The answer begins.
    Answer,
    /// Some bytes of it were taken.
    Taken,
    /// All of the answer is on its way.
    Sent,
}

#[derive(Debug)]
struct State {
    turn: Turn,
    /// When the one whose turn it is was last heard of.
    since: Instant,
    /// When the first byte of the request came.
    began: Instant,
}

/// How a socket's talk stands.
#[derive(Debug)]
pub(super) struct Talk {
    state: Mutex<State>,
    go: Notify,
}

impl Talk {
    pub(super) fn new() -> Arc<Self> {
        let now = Instant::now();
        let state = State { turn: Turn::First, since: now, began: now };
        Arc::new(Self { state: Mutex::new(state), go: Notify::new() })
    }

    pub(super) fn note(&self, event: Event) {
        let mut state = self.state();
        let turn = match (event, state.turn) {
            (Event::Heard, Turn::First | Turn::Next) => Turn::Head,
            (Event::Head, _) => Turn::Body,
            (Event::Request, _) | (Event::Body, Turn::Body) => Turn::Ours,
            (Event::Answer, _) | (Event::Taken, Turn::Taking) => Turn::Taking,
            (Event::Sent, _) => Turn::Next,
            (Event::Heard | Event::Body | Event::Taken, _) => return,
        };
        state.since = Instant::now();
        // Of a request that came together with the one before it, no first byte is heard.
        if matches!(state.turn, Turn::First | Turn::Next) {
            state.began = state.since;
        }
        state.turn = turn;
    }

    /// Notes the event when what is answered is let go of.
    pub(super) fn note_at_the_end(self: &Arc<Self>, event: Event) -> AtTheEnd {
        AtTheEnd { talk: Arc::clone(self), event }
    }

    /// Until when the socket is left as it is.
    pub(super) fn deadline(&self, limits: &Limits) -> Instant {
        let state = self.state();
        let whole = state.began + limits.whole;
        match state.turn {
            Turn::First | Turn::Head => state.since + limits.head,
            Turn::Body => whole.min(state.since + limits.body),
            Turn::Ours => whole,
            Turn::Taking => whole.min(state.since + limits.stalled),
            Turn::Next => state.since + limits.idle,
        }
    }

    /// Since when we wait for the caller; none while the caller waits for us.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        let state = self.state();
        (state.turn != Turn::Ours).then_some(state.since)
    }

    /// Whether nothing has come yet.
    pub(super) fn is_unused(&self) -> bool {
        self.state().turn == Turn::First
    }

    /// Has the socket closed.
    pub(super) fn end(&self) {
        self.go.notify_one();
    }

    /// Waits until it has to close.
    pub(super) async fn has_to_go(&self) {
        self.go.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes something when it is dropped.
pub(super) struct AtTheEnd {
    talk: Arc<Talk>,
    event: Event,
}

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.talk.note(self.event);
    }
}

/// A stream whose talk hears of what comes and what is taken.
pub(super) struct Watched<S> {
    stream: S,
    talk: Arc<Talk>,
}

impl<S> Watched<S> {
    pub(super) const fn new(stream: S, talk: Arc<Talk>) -> Self {
        Self { stream, talk }
    }

    fn taken(&self, written: io::Result<usize>) -> Poll<io::Result<usize>> {
        if matches!(written, Ok(1..)) {
            self.talk.note(Event::Taken);
        }
        Poll::Ready(written)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        if into.filled().len() > before {
            self.talk.note(Event::Heard);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, from));
        self.taken(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, from));
        self.taken(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
