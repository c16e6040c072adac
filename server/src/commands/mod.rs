//! The commands of the `rollcall` program. All read the same configuration.

mod admin;
mod connect;
mod demo;
mod keys;
pub(crate) mod school;
mod serve;
mod sync;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rollcall_shared::ids::Estab;
use rollcall_store::schools::StoredSchool;

use crate::clock::Clock;
use crate::config::Options;
use crate::dice::Dice;
use crate::error::Error;
use crate::state::AppState;
use crate::telemetry;

/// User management for primary schools: accounts made and kept up to date from the school's MIS.
#[derive(Parser)]
#[command(version, propagate_version = true)]
pub struct Rollcall {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve,
    /// Make a sealing key
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Add a school
    #[command(subcommand)]
    School(school::SchoolCommand),
    /// Add an admin to a school
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Bring a school's accounts up to date from its MIS
    Sync(sync::Sync),
    /// Undo a school's last run
    Undo(sync::Undo),
    /// Make schools to try Rollcall out with, on the simulator of this machine
    Demo(demo::Demo),
}

impl Rollcall {
    /// Runs the command, and says what went wrong in plain words.
    #[must_use]
    pub fn run(self) -> ExitCode {
        telemetry::start();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let done = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
            let done = runtime.block_on(self.command.run(self.options));
            // Nobody waits for what is still being worked out, such as the hash of a password.
            runtime.shutdown_background();
            done
        });
        match done {
            Ok(code) => code,
            Err(error) => {
                complain(&error);
                ExitCode::FAILURE
            }
        }
    }
}

impl Command {
    async fn run(self, options: Options) -> anyhow::Result<ExitCode> {
        let config = options.resolve()?;
        // One TLS provider for every client; a second installation is one too many only in tests.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (keys, dice) = (config.keys.clone(), Dice::system());
        let open = AppState::open(config, Clock::system(), dice.clone());
        match self {
            // There are no keys yet to open anything with.
            Self::Keys(command) => command.run(&keys, &dice),
            Self::Serve => serve::serve(open.await?).await,
            Self::School(command) => command.run(&open.await?).await,
            Self::Admin(command) => command.run(&open.await?).await,
            Self::Sync(command) => command.run(&open.await?).await,
            Self::Undo(command) => command.run(&open.await?).await,
            Self::Demo(demo) => demo.run(&open.await?).await,
        }
    }
}

/// The school of a number.
///
/// # Errors
/// If there is none; the message says how to add it.
pub(crate) async fn school_of(state: &AppState, estab: &Estab) -> anyhow::Result<StoredSchool> {
    state.store.find_school_by_estab(estab).await?.ok_or_else(|| {
        anyhow::anyhow!(
            "there is no school {estab}; add it with: rollcall school add --estab {estab} --name …"
        )
    })
}

/// A problem as a command says it.
pub(crate) fn in_words(error: Error) -> anyhow::Error {
    match error {
        Error::Broken(error) => anyhow::anyhow!(error),
        Error::Problem(problem) => {
            let fields =
                problem.errors.iter().map(|field| format!("; {}: {}", field.field, field.message));
            anyhow::anyhow!("{}{}", problem.title, fields.collect::<String>())
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a command that failed")]
fn complain(error: &anyhow::Error) {
    eprintln!("rollcall: {error:#}");
}
