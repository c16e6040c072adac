//! `rollcall serve`: the server, and the tasks beside it.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::error::Error;
use crate::state::AppState;
use crate::sync::{reading, schedule, worker};
use crate::{api, outbox, purge};

pub async fn serve(state: AppState) -> anyhow::Result<ExitCode> {
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
    let router = api::router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router).with_graceful_shutdown(told_to_stop()).await?;
    state.store.close().await;
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
