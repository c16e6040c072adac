//! `rollcall school connect`: stores a school's XoD secret, checked as a callback's would be.

use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::Args;
use rollcall_shared::connection::{ConnectionState, ConnectionView};
use rollcall_shared::ids::Estab;
use rollcall_shared::provider;
use rollcall_store::schools::StoredSchool;
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use crate::config::Secret;
use crate::connection::Refusal;
use crate::error::Error;
use crate::mis::MisError;
use crate::state::AppState;

/// No secret is longer.
const LONGEST: u64 = 1000;

#[derive(Args)]
pub(crate) struct Connect {
    /// The school's seven-digit number (LAESTAB), such as 3281102
    #[arg(long)]
    estab: Estab,
    /// `-`: the secret is read from standard input, so that it stands in no list of processes
    #[arg(long, value_name = "-", value_parser = ["-"])]
    secret: String,
}

impl Connect {
    #[expect(clippy::print_stdout, reason = "what the command answers")]
    pub(crate) async fn run(self, state: &AppState) -> anyhow::Result<ExitCode> {
        let school = super::school_of(state, &self.estab).await?;
        let secret = from_standard_input().await?;
        let view = connect(state, &school, secret).await?;
        println!("{}", sentence(&school.name, &view));
        Ok(ExitCode::SUCCESS)
    }
}

/// Stores the secret of a school if it works; says in plain words why it does not.
pub(super) async fn connect(
    state: &AppState,
    school: &StoredSchool,
    secret: Secret,
) -> anyhow::Result<ConnectionView> {
    match state.connections.connect_with_secret(school, secret).await {
        Ok(Ok(view)) => Ok(view),
        Ok(Err(refusal)) => bail!("{}; nothing was stored", reason(&refusal)),
        Err(Error::Problem(problem)) => bail!("{}", problem.title),
        Err(Error::Broken(error)) => Err(error).context("the secret was not stored"),
    }
}

async fn from_standard_input() -> anyhow::Result<Secret> {
    let mut text = Zeroizing::new(String::new());
    tokio::io::stdin().take(LONGEST).read_to_string(&mut text).await?;
    let secret = text.trim();
    ensure!(!secret.is_empty(), "there was no secret on standard input");
    Ok(Secret::new(secret))
}

fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::SecretRejected => {
            concat!(provider!(), " does not accept this secret for the school").into()
        }
        Refusal::NotOurs => "the secret is for another school or another application".into(),
        Refusal::Unproven => "the school is choosing people, and another secret is stored: try \
                              again when it has finished"
            .into(),
        Refusal::Unchecked(error) => MisError::from(error.clone()).in_words(),
        other => other.to_string(),
    }
}

fn sentence(name: &str, view: &ConnectionView) -> String {
    match view.state {
        ConnectionState::Ready => format!("{name} is connected and ready."),
        ConnectionState::InstallationPending => {
            format!("{name} is connected; nothing has arrived from its MIS yet.")
        }
        ConnectionState::Paused => {
            format!("{name} is connected; the school is still choosing people.")
        }
        _ => format!("{name} is connected. {}", view.message.as_deref().unwrap_or_default()),
    }
}
