use std::net::Ipv4Addr;

use axum::http::StatusCode;
use axum::routing::{get, post};
use bytes::Bytes;
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::*;

/// Long enough to be never, in a test.
const NEVER: Duration = Duration::from_secs(3600);
/// Nothing that has to come takes longer.
const LONGEST: Duration = Duration::from_secs(30);
/// A limit that a test waits for.
const SHORT: Duration = Duration::from_millis(250);

const HALF_A_HEAD: &str = "GET / HTTP/1.1\r\nHost: local";
const REQUEST: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const HALF_A_BODY: &str =
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf of it";

/// Limits that nothing in a test comes to.
const PATIENT: Limits = Limits {
    head: NEVER,
    body: NEVER,
    stalled: NEVER,
    whole: NEVER,
    idle: NEVER,
    sockets: 1000,
    of_one_caller: 1000,
    draining: NEVER,
};

/// A server with sockets to talk to.
struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    /// How many have come to the page that waits.
    came: mpsc::UnboundedReceiver<()>,
    /// Lets them go on.
    gate: Arc<Semaphore>,
    /// Hears when an endless answer is let go of.
    cut_off: mpsc::UnboundedReceiver<()>,
}

struct Told(mpsc::UnboundedSender<()>);

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

impl Server {
    async fn start(limits: Limits) -> Self {
        Self::trusting(limits, "").await
    }

    async fn trusting(limits: Limits, proxies: &str) -> Self {
        let (comes, came) = mpsc::unbounded_channel();
        let (tell, cut_off) = mpsc::unbounded_channel();
        let gate = Arc::new(Semaphore::new(0));
        let waits = Arc::clone(&gate);
        let router = Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/echo", post(|body: Bytes| async { body }))
            .route(
                "/wait",
                get(move || async move {
                    let _ = comes.send(());
                    waits.acquire().await.unwrap().forget();
                    "waited"
                }),
            )
            .route(
                "/endless",
                get(move || async move {
                    let told = Told(tell);
                    let pieces = futures::stream::repeat(Bytes::from_static(&[b'.'; 65536]));
                    Body::from_stream(pieces.map(move |piece| {
                        let _ = &told;
                        Ok::<_, Infallible>(piece)
                    }))
                }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let proxies = TrustedProxies::parse(proxies).unwrap();
        let task = tokio::spawn(async move {
            let stop = async { stopped.await.unwrap() };
            serve(listener, router, limits, &proxies, stop).await;
        });
        Self { address, stop: Some(stop), task, came, gate, cut_off }
    }

    async fn open(&self) -> Talker {
        self.open_from(Ipv4Addr::LOCALHOST).await
    }

    async fn open_from(&self, address: Ipv4Addr) -> Talker {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((address, 0).into()).unwrap();
        Talker(socket.connect(self.address).await.unwrap())
    }

    /// A new socket on which this was said.
    async fn say(&self, words: &str) -> Talker {
        let mut talker = self.open().await;
        talker.say(words).await;
        talker
    }

    fn tell_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    async fn ends(self) {
        timeout(LONGEST, self.task).await.expect("the server goes on").unwrap();
    }
}

/// The other end of a socket.
struct Talker(TcpStream);

impl Talker {
    async fn say(&mut self, words: &str) {
        self.0.write_all(words.as_bytes()).await.unwrap();
    }

    /// An answer without its headers, told by its length; none if the socket was closed.
    async fn hear(&mut self) -> Option<(u16, String)> {
        timeout(LONGEST, self.hear_now()).await.expect("there was no answer")
    }

    async fn hear_now(&mut self) -> Option<(u16, String)> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.ok()?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some((status, String::from_utf8(body).unwrap()))
    }

    async fn is_answered(&mut self) {
        assert_eq!(self.hear().await, Some((200, "hello".into())));
    }

    /// Waits until the other end has closed the socket; how much came before that.
    async fn is_closed(&mut self) -> usize {
        let reading = async {
            let (mut sum, mut piece) = (0, vec![0; 65536]);
            loop {
                match self.0.read(&mut piece).await {
                    Ok(0) | Err(_) => return sum,
                    Ok(more) => sum += more,
                }
            }
        };
        timeout(LONGEST, reading).await.expect("the socket was not closed")
    }
}

#[tokio::test]
async fn half_sent_requests_of_one_caller_keep_nobody_out() {
    let server = Server::start(Limits { of_one_caller: 20, ..PATIENT }).await;
    let mut half_sent = Vec::new();
    for number in 0..60 {
        half_sent.push(server.say([HALF_A_HEAD, HALF_A_BODY, ""][number % 3]).await);
    }
    for _ in 0..5 {
        server.say(REQUEST).await.is_answered().await;
    }
    for first in half_sent.iter_mut().take(40) {
        assert_eq!(first.is_closed().await, 0);
    }
}

#[tokio::test]
async fn half_sent_requests_of_many_callers_keep_nobody_out() {
    let server = Server::start(Limits { of_one_caller: 5, sockets: 20, ..PATIENT }).await;
    let mut half_sent = Vec::new();
    for number in 0..60 {
        let mut talker = server.open_from([127, 0, 1, number].into()).await;
        talker.say(HALF_A_HEAD).await;
        half_sent.push(talker);
    }
    for _ in 0..5 {
        server.say(REQUEST).await.is_answered().await;
    }
    assert_eq!(half_sent[0].is_closed().await, 0);
}

#[tokio::test]
async fn one_callers_sockets_are_bounded_and_leave_those_of_others_alone() {
    let server = Server::start(Limits { of_one_caller: 3, ..PATIENT }).await;
    let mut others = server.open_from([127, 0, 0, 2].into()).await;
    others.say(HALF_A_HEAD).await;
    let mut own = Vec::new();
    for _ in 0..10 {
        own.push(server.say(HALF_A_HEAD).await);
    }
    for first in own.iter_mut().take(7) {
        first.is_closed().await;
    }
    others.say("host\r\n\r\n").await;
    others.is_answered().await;
    let last = own.last_mut().unwrap();
    last.say("host\r\n\r\n").await;
    last.is_answered().await;
}

#[tokio::test]
async fn a_trusted_proxys_sockets_are_not_those_of_one_caller() {
    let limits = Limits { of_one_caller: 2, ..PATIENT };
    let server = Server::trusting(limits, "127.0.0.1").await;
    let mut all = Vec::new();
    for _ in 0..20 {
        all.push(server.say(HALF_A_HEAD).await);
    }
    for mut talker in all {
        talker.say("host\r\n\r\n").await;
        talker.is_answered().await;
    }
}

#[tokio::test]
async fn sockets_that_wait_for_us_are_never_closed_to_make_room() {
    let mut server = Server::start(Limits { sockets: 2, ..PATIENT }).await;
    let wait = REQUEST.replacen('/', "/wait", 1);
    let mut first = server.say(&wait).await;
    server.came.recv().await.unwrap();
    let mut half_sent = server.say(HALF_A_HEAD).await;
    let mut second = server.say(&wait).await;
    server.came.recv().await.unwrap();
    half_sent.is_closed().await;
    // All are at work: there is no room, and nobody is sent away for it.
    server.open().await.is_closed().await;
    server.gate.add_permits(2);
    for talker in [&mut first, &mut second] {
        assert_eq!(talker.hear().await, Some((200, "waited".into())));
    }
    server.say(REQUEST).await.is_answered().await;
}

#[tokio::test]
async fn a_head_that_is_not_whole_in_time_is_given_up() {
    let server = Server::start(Limits { head: SHORT, ..PATIENT }).await;
    for words in ["", "G", HALF_A_HEAD] {
        assert_eq!(server.say(words).await.is_closed().await, 0, "{words}");
    }
    let mut talker = server.say(REQUEST).await;
    talker.is_answered().await;
    talker.say(HALF_A_HEAD).await;
    talker.is_closed().await;
}

#[tokio::test]
async fn a_body_that_is_not_whole_in_time_is_given_up() {
    let server = Server::start(Limits { body: SHORT, ..PATIENT }).await;
    server.say(HALF_A_BODY).await.is_closed().await;
    let whole = HALF_A_BODY.replace("100", "10");
    assert_eq!(server.say(&whole).await.hear().await, Some((200, "half of it".into())));
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let mut server = Server::start(Limits { stalled: SHORT, ..PATIENT }).await;
    let _talker = server.say(&REQUEST.replacen('/', "/endless", 1)).await;
    timeout(LONGEST, server.cut_off.recv()).await.expect("the answer goes on").unwrap();
}

#[tokio::test]
async fn a_request_is_bounded_as_a_whole_however_busily_the_answer_is_taken() {
    let mut server = Server::start(Limits { whole: SHORT, ..PATIENT }).await;
    let mut talker = server.say(&REQUEST.replacen('/', "/endless", 1)).await;
    assert!(talker.is_closed().await > 0);
    server.cut_off.recv().await.unwrap();
    let mut talker = server.say(&REQUEST.replacen('/', "/wait", 1)).await;
    assert_eq!(talker.is_closed().await, 0);
}

#[tokio::test]
async fn a_socket_is_used_again_and_closed_when_it_is_not() {
    let server = Server::start(Limits { idle: SHORT, ..PATIENT }).await;
    let mut talker = server.say(REQUEST).await;
    talker.is_answered().await;
    assert_eq!(talker.is_closed().await, 0);
    let mut talker = server.say(&REQUEST.repeat(3)).await;
    for _ in 0..3 {
        talker.is_answered().await;
    }
}

#[tokio::test]
async fn told_to_stop_it_does_not_wait_for_half_a_request_beyond_its_time() {
    let mut server = Server::start(Limits { draining: SHORT, ..PATIENT }).await;
    let mut half_sent = [server.say(HALF_A_HEAD).await, server.say(HALF_A_BODY).await];
    // Those before it have been accepted once this one is answered.
    server.say(REQUEST).await.is_answered().await;
    server.tell_to_stop();
    server.ends().await;
    for talker in &mut half_sent {
        assert_eq!(talker.is_closed().await, 0);
    }
}

#[tokio::test]
async fn told_to_stop_it_closes_what_is_idle_and_answers_what_is_under_way() {
    let mut server = Server::start(PATIENT).await;
    let (mut unused, mut idle) = (server.open().await, server.say(REQUEST).await);
    idle.is_answered().await;
    let mut under_way = server.say(&REQUEST.replacen('/', "/wait", 1)).await;
    server.came.recv().await.unwrap();
    server.tell_to_stop();
    assert_eq!(unused.is_closed().await, 0);
    assert_eq!(idle.is_closed().await, 0);
    server.gate.add_permits(1);
    assert_eq!(under_way.hear().await, Some((200, "waited".into())));
    under_way.is_closed().await;
    let address = server.address;
    server.ends().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let server = Server::start(PATIENT).await;
    let mut talker = server.open().await;
    let long =
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(4 * BUFFER));
    // The answer may come before all is sent.
    let _ = talker.0.write_all(long.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = timeout(LONGEST, talker.0.read_to_end(&mut answer)).await.unwrap();
    let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.as_str();
    assert!(answer.starts_with(format!("HTTP/1.1 {status}").as_bytes()) || answer.is_empty());
}

#[test]
fn there_are_no_more_sockets_than_files() {
    for (files, sockets) in [(1024, 896), (4096, 3968), (1 << 20, 4096), (100, 128)] {
        let limits = Limits::with_files(files);
        assert_eq!((limits.sockets, limits.of_one_caller), (sockets, sockets / 4), "{files}");
    }
}
