//! The program `xod-simulator`: a stand-in for Xporter-on-Demand.

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use xod_simulator::{Simulator, cli};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let config = cli::config(&cli::command().get_matches()).unwrap_or_else(|error| error.exit());
    let simulator = Simulator::start(config).await?;
    tracing::info!(
        "listening on {0}; schools, e-mails and controls at {0}/_simulator",
        simulator.url()
    );

    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot listen for SIGINT")?,
        _ = terminate.recv() => {}
    }
    simulator.stop().await;
    Ok(())
}
