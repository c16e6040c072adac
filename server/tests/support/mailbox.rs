//! A mail server that takes every message and counts, but where it is told to answer otherwise.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A mail server, until it is dropped.
pub(crate) struct Mailbox {
    pub url: String,
    inside: Arc<Inside>,
    _serving: JoinSet<()>,
}

#[derive(Default)]
struct Inside {
    /// What is answered otherwise than with a yes.
    told: Mutex<Vec<Told>>,
    talks: AtomicUsize,
    /// The Message-IDs that were taken for each address.
    taken: Mutex<BTreeMap<String, Vec<String>>>,
}

struct Told {
    command: String,
    reply: String,
    once: bool,
}

impl Mailbox {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let inside = Arc::new(Inside::default());
        let mut serving = JoinSet::new();
        let shared = Arc::clone(&inside);
        serving.spawn(async move {
            let mut talks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                // A sender that dies in the middle of a talk ends it.
                let shared = Arc::clone(&shared);
                talks.spawn(async move { talk(stream, &shared).await.unwrap_or_default() });
            }
        });
        Self { url, inside, _serving: serving }
    }

    /// Answers lines that begin so, from now on. `CONNECT` stands for a new talk, and `.` for the
    /// end of a message.
    pub(crate) fn answer(&self, command: &str, reply: &str) {
        self.tell(command, reply, false);
    }

    /// Answers the next line that begins so.
    pub(crate) fn answer_once(&self, command: &str, reply: &str) {
        self.tell(command, reply, true);
    }

    fn tell(&self, command: &str, reply: &str, once: bool) {
        let told = Told { command: command.to_owned(), reply: reply.to_owned(), once };
        self.inside.told.lock().unwrap().push(told);
    }

    /// Takes everything again.
    pub(crate) fn behave(&self) {
        self.inside.told.lock().unwrap().clear();
    }

    /// How often somebody has begun to talk to it.
    pub(crate) fn talks(&self) -> usize {
        self.inside.talks.load(Ordering::SeqCst)
    }

    /// The Message-IDs that were taken for each address.
    pub(crate) fn taken(&self) -> BTreeMap<String, Vec<String>> {
        self.inside.taken.lock().unwrap().clone()
    }
}

impl Inside {
    /// What it was told to answer to a line.
    fn told(&self, line: &str) -> Option<String> {
        let mut told = self.told.lock().unwrap();
        let at = told.iter().position(|told| line.starts_with(&told.command))?;
        Some(if told[at].once { told.remove(at).reply } else { told[at].reply.clone() })
    }
}

async fn talk(stream: TcpStream, inside: &Inside) -> std::io::Result<()> {
    inside.talks.fetch_add(1, Ordering::SeqCst);
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let answer = |line: &str, yes: &str| {
        let reply = inside.told(line).unwrap_or_else(|| yes.to_owned());
        (!reply.starts_with(['4', '5']), format!("{reply}\r\n"))
    };
    let (is_open, reply) = answer("CONNECT", "220 mailbox ESMTP");
    write.write_all(reply.as_bytes()).await?;
    if !is_open {
        return Ok(());
    }
    let mut to = String::new();
    while let Some(line) = lines.next_line().await? {
        let yes = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-mailbox\r\n250 AUTH PLAIN LOGIN",
            "AUTH" => "235 signed in",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        let (is_yes, reply) = answer(&line, yes);
        write.write_all(reply.as_bytes()).await?;
        if let (true, Some(address)) = (is_yes, line.strip_prefix("RCPT TO:<")) {
            address.split('>').next().unwrap_or_default().clone_into(&mut to);
        }
        if is_yes && line == "DATA" {
            let mut id = String::new();
            while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                if let Some(found) = line.strip_prefix("Message-ID: ") {
                    found.clone_into(&mut id);
                }
            }
            let (is_taken, reply) = answer(".", "250 taken");
            if is_taken {
                inside.taken.lock().unwrap().entry(to.clone()).or_default().push(id);
            }
            write.write_all(reply.as_bytes()).await?;
        }
    }
    Ok(())
}
