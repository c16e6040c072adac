//! What the server logs: how requests end, and nothing of anybody.

use std::io::Write;
use std::sync::{Arc, Mutex};

use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::people::Role;
use rollcall_shared::routes;
use rollcall_shared::session::SetPassword;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{PASSWORD, Server};

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn nobodys_name_address_password_or_token_is_logged_on_the_way_to_signing_in() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // Other tests log to nobody, at the same time: without somebody who listens to all of them, what
    // they were first to log would be taken for something that nobody wants to hear of.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(subscriber);

    let server = Server::start().await;
    let (school, _) = server.waterside().await;
    server.pupil(school.id, "ZoeS", "tapcowmug", PasswordFormat::ThreeWords).await;
    let (_, username, token) =
        server.invited(&school, "new@waterside.example", Role::Teacher).await;
    let mut browser = server.browser();
    let password = SetPassword { token: token.clone(), password: PASSWORD.into() };
    browser.post(routes::ACTIVATE, &password).await;
    browser.sign_in(&school.slug, &username, "a wrong guess").await;
    browser.sign_in(&school.slug, "new@waterside.example", PASSWORD).await;
    browser.sign_in(&school.slug, "ZoeS", "tapcowmug").await;
    browser.get(routes::ME).await;
    browser.get(&format!("{}?q=Okafor", routes::PEOPLE)).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/api/schools/{slug}/sign-in"), "the requests are logged: {log}");
    let cookie = browser.cookie.unwrap();
    let values: Vec<&str> =
        cookie.split("; ").map(|pair| pair.split_once('=').unwrap().1).collect();
    assert_eq!(values.len(), 2, "the session’s and the device’s");
    for secret in [
        token.as_str(),
        values[0],
        values[1],
        PASSWORD,
        "a wrong guess",
        "tapcowmug",
        "ZoeS",
        "Zoë",
        "Okafor",
        &username,
        "waterside.example",
    ] {
        let line = log.lines().find(|line| line.to_lowercase().contains(&secret.to_lowercase()));
        assert_eq!(line, None, "{secret} was logged");
    }
}
