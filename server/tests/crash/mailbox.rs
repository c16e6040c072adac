//! A mail server that takes every message and counts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A mail server, until it is dropped.
pub struct Mailbox {
    pub url: String,
    inside: Arc<Inside>,
    _serving: JoinSet<()>,
}

#[derive(Default)]
struct Inside {
    /// Whether the next message is refused for the time being.
    refuses: AtomicBool,
    /// The Message-IDs that were taken for each address.
    taken: Mutex<BTreeMap<String, Vec<String>>>,
}

impl Mailbox {
    pub async fn open() -> Self {
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

    /// Refuses the next message for the time being.
    pub fn refuse_the_next(&self) {
        self.inside.refuses.store(true, Ordering::SeqCst);
    }

    /// The Message-IDs that were taken for each address.
    pub fn taken(&self) -> BTreeMap<String, Vec<String>> {
        self.inside.taken.lock().unwrap().clone()
    }
}

async fn talk(stream: TcpStream, inside: &Inside) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 mailbox ESMTP\r\n").await?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await? {
        let reply = if let Some(address) = line.strip_prefix("RCPT TO:<") {
            address.split('>').next().unwrap_or_default().clone_into(&mut to);
            "250 ok"
        } else if line == "DATA" {
            write.write_all(b"354 go on\r\n").await?;
            let mut id = String::new();
            while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                if let Some(found) = line.strip_prefix("Message-ID: ") {
                    found.clone_into(&mut id);
                }
            }
            if inside.refuses.swap(false, Ordering::SeqCst) {
                "451 not now"
            } else {
                inside.taken.lock().unwrap().entry(to.clone()).or_default().push(id);
                "250 taken"
            }
        } else if line == "QUIT" {
            "221 bye"
        } else {
            "250 ok"
        };
        write.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}
