//! `rollcall serve`: the server, and the tasks beside it.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use crate::error::Error;
use crate::state::AppState;
use crate::sync::{reading, schedule, worker};
use crate::{api, outbox, purge, sockets};

/// For what the database is doing when the server stops.
const CLOSING: Duration = Duration::from_secs(2);

pub async fn serve(state: AppState) -> anyhow::Result<ExitCode> {
    let limits = sockets::Limits::with_files(sockets::raise_file_limit());
    let wanted = state.config.listen;
    let listener = TcpListener::bind(wanted)
        .await
        .with_context(|| format!("can’t listen on {wanted}; is something else using it?"))?;
    // Port 0 stands for any that is free.
    let address = listener.local_addr()?;
    if let Some(sending) = outbox::sending(state.clone())? {
        tokio::spawn(sending);
    } else if !state.config.shows_messages() {
        tracing::warn!("no mail server is set (ROLLCALL_SMTP_URL): e-mails are kept, not sent");
    }
    if let Err(Error::Broken(error)) = reading::resume_all(&state).await {
        anyhow::bail!("the readings that were left unfinished can’t be looked at: {error}");
    }
    tokio::spawn(state.connections.clone().watch());
    tokio::spawn(reading::try_again(state.clone()));
    tokio::spawn(worker::work(state.clone()));
    tokio::spawn(schedule::watch(state.clone()));
    tokio::spawn(purge::watch(state.clone()));
    tracing::info!(%address, "listening; open {}", state.config.public_url);
    let proxies = &state.config.trusted_proxies;
    sockets::serve(listener, api::router(state.clone()), limits, proxies, told_to_stop()).await;
    // Whatever is not at its end by then is taken up by the next server, as after a power cut.
    let _ = timeout(CLOSING, state.store.close()).await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for Ctrl-C, or for what a service manager sends.
async fn told_to_stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        tokio::signal::ctrl_c().await.ok();
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
