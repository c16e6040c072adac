//! `rollcall serve`: the server, and the tasks beside it.

use std::cell::Cell;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, timeout};

use crate::error::Error;
use crate::smtp::Sender;
use crate::state::AppState;
use crate::sync::{reading, schedule, worker};
use crate::{api, housekeeping, outbox, sockets};

/// For what the database is doing when the server stops.
const CLOSING: Duration = Duration::from_secs(2);

pub(super) async fn serve(state: AppState) -> anyhow::Result<ExitCode> {
    let limits = sockets::Limits::with_files(sockets::raise_file_limit());
    let wanted = state.config.listen;
    let listener = TcpListener::bind(wanted)
        .await
        .with_context(|| format!("can’t listen on {wanted}; is something else using it?"))?;
    // Port 0 stands for any that is free.
    let address = listener.local_addr()?;
    let sender = outbox::sender(&state)?.map(Arc::new);
    if sender.is_none() && !state.config.shows_messages() {
        tracing::warn!("no mail server is set (ROLLCALL_SMTP_URL): e-mails are kept, not sent");
    }
    if let Err(Error::Broken(error)) = reading::resume_all(&state).await {
        anyhow::bail!("the readings that were left unfinished can’t be looked at: {error}");
    }
    keep_tasks(&state, sender);
    tracing::info!(%address, "listening; open {}", state.config.public_url);
    let proxies = &state.config.trusted_proxies;
    let told = Cell::new(None);
    let stop = async {
        told_to_stop().await;
        told.set(Some(Instant::now()));
        state.background.tell_to_stop();
    };
    sockets::serve(listener, api::router(state.clone()), limits, proxies, stop).await;
    let told = told.get().unwrap_or_else(Instant::now);
    state.background.end_by(told + limits.draining).await;
    // Whatever is not at its end by then is taken up by the next server, as after a power cut.
    let _ = timeout(CLOSING, state.store.close()).await;
    Ok(ExitCode::SUCCESS)
}

/// Keeps going what runs beside the requests.
fn keep_tasks(state: &AppState, sender: Option<Arc<Sender>>) {
    fn keep<F>(state: &AppState, name: &'static str, task: impl Fn(AppState) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let own = state.clone();
        state.background.keep(name, move || task(own.clone()));
    }
    keep(state, "connections", |state| state.connections.watch(state.background));
    keep(state, "readings", reading::try_again);
    keep(state, "runs", worker::work);
    keep(state, "nightly syncs", schedule::watch);
    keep(state, "housekeeping", housekeeping::watch);
    if let Some(sender) = sender {
        keep(state, "outbox", move |state| outbox::work(state, Arc::clone(&sender)));
    }
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
