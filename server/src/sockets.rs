//! The server's sockets: how many there may be, and how long each may take its time. Nobody who
//! sends half a request, or reads no answer, keeps others out: where there is no room, anyone who has
//! kept us waiting longest goes.
//!
//! HTTP/1.1 alone: a proxy that ends TLS speaks HTTP/2 with browsers, and this with us.

mod open;
mod talk;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout};
use tower::ServiceExt;

use self::open::{Open, Ticket};
use self::talk::{Event, Talk, Watched};
use crate::caller::{Caller, TrustedProxies};

/// How many sockets there may be, and how long each may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For the first byte on a new socket, and then for the head of each request.
    pub head: Duration,
    /// For the body of a request.
    pub body: Duration,
    /// For the next byte of an answer to be taken.
    pub stalled: Duration,
    /// From the first byte of a request to the last of its answer.
    pub whole: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// In all.
    pub sockets: usize,
    /// For one caller. A school is one caller, with six sockets for each of its browsers.
    pub of_one_caller: usize,
    /// For requests that are under way when the server is told to stop.
    pub draining: Duration,
}

impl Limits {
    /// The limits of a process that may have so many files open, sockets being files.
    #[must_use]
    pub fn with_files(files: u64) -> Self {
        const MOST: usize = 4096;
        /// For the database, its journal, pages, mail and Xporter-on-Demand.
        const OTHERS: usize = 128;
        let files = usize::try_from(files).unwrap_or(usize::MAX);
        let sockets = files.saturating_sub(OTHERS).clamp(OTHERS, MOST);
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            stalled: Duration::from_secs(30),
            whole: Duration::from_secs(240),
            idle: Duration::from_secs(60),
            sockets,
            of_one_caller: sockets / 4,
            draining: Duration::from_secs(10),
        }
    }
}

/// Lets this process have as many files open as the system allows it; how many that is.
#[must_use]
pub fn raise_file_limit() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!(%error, "the number of files that may be open can't be raised");
        1024
    })
}

/// The most that a request's head, or a piece of its body, may be in memory.
const BUFFER: usize = 64 * 1024;

/// How long to wait where the system can't open another socket.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers all who come, until it is told to stop; then those whose requests are under way, for a
/// time.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    trusted: &TrustedProxies,
    stop: impl Future<Output = ()>,
) {
    let open = Arc::new(Open::new(limits));
    let (drain, draining) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            Some(_) = tasks.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_caller(error.kind()) => continue,
            Err(error) => {
                tracing::error!(%error, "no more sockets can be opened; closing one that waits");
                open.close_one();
                sleep(PAUSE).await;
                continue;
            }
        };
        let caller = Caller::at(peer.ip());
        // A proxy's sockets are those of many callers.
        let network = (!trusted.hold(caller)).then(|| caller.network());
        let Some(ticket) = open.admit(network) else {
            tracing::debug!("a socket was refused: there are too many, and all are at work");
            continue;
        };
        tasks.spawn(attend(stream, peer, router.clone(), limits, ticket, draining.clone()));
    }
    drop(listener);
    drain.send_replace(true);
    if timeout(limits.draining, async { while tasks.join_next().await.is_some() {} }).await.is_err()
    {
        tracing::warn!(left = tasks.len(), "stopping with requests under way");
        tasks.shutdown().await;
    }
}

/// Whether a socket could not be accepted because of who wanted it, not because of us.
fn is_of_one_caller(error: ErrorKind) -> bool {
    matches!(
        error,
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
    )
}

/// Answers one caller until they go, have taken too long, or have to make room.
async fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    ticket: Ticket,
    mut draining: watch::Receiver<bool>,
) {
    // An answer is written in one piece; waiting for more to send would only delay it.
    let _ = stream.set_nodelay(true);
    let talk = Arc::clone(ticket.talk());
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&talk)));
    let service = service_fn(|request| answer(request, peer, router.clone(), Arc::clone(&talk)));
    let mut builder = http1::Builder::new();
    // The talk keeps the time; this one would count the time between requests too.
    builder.header_read_timeout(None).max_buf_size(BUFFER);
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut timer = pin!(sleep_until(talk.deadline(&limits)));
    let mut has_to_go = pin!(talk.has_to_go());
    let mut told_to_stop = pin!(draining.wait_for(|is_draining| *is_draining));
    let mut is_stopping = false;
    poll_fn(|cx| {
        if has_to_go.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if !is_stopping && told_to_stop.as_mut().poll(cx).is_ready() {
            is_stopping = true;
            if talk.is_unused() {
                return Poll::Ready(());
            }
            connection.as_mut().graceful_shutdown();
        }
        if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
            if let Err(error) = ended {
                tracing::debug!(%error, "a socket ended");
            }
            return Poll::Ready(());
        }
        // Whatever changed the deadline, it happened just now.
        let deadline = talk.deadline(&limits);
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(cx)
    })
    .await;
}

async fn answer(
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    router: Router,
    talk: Arc<Talk>,
) -> Result<Response, Infallible> {
    talk.note(if request.body().is_end_stream() { Event::Request } else { Event::Head });
    let has_it_all = talk.note_at_the_end(Event::Body);
    let mut request: Request = request.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &has_it_all;
            frame
        }))
    });
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = router.oneshot(request).await?;
    talk.note(Event::Answer);
    let is_sent = talk.note_at_the_end(Event::Sent);
    Ok(response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &is_sent;
            frame
        }))
    }))
}

#[cfg(test)]
mod tests;
