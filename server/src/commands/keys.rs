//! `rollcall keys …`: the keys that seal passwords and secrets.

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;

use crate::config::{KeySource, KeysError, make_key_file};
use crate::dice::Dice;
use crate::seal::KeyRing;

#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Make the key file, with a new sealing key in it
    New {
        /// Print the new key instead, to be put into ROLLCALL_KEYS or into a key file that is there
        #[arg(long)]
        print: bool,
    },
}

impl KeysCommand {
    /// Needs no database: the key has to be there first.
    pub(super) fn run(self, keys: &KeySource, dice: &Dice) -> anyhow::Result<ExitCode> {
        match (self, keys) {
            (Self::New { print: true }, _) => print(dice),
            (Self::New { print: false }, KeySource::File { path, .. }) => {
                make(path, dice)?;
            }
            (Self::New { print: false }, KeySource::Given(_)) => anyhow::bail!(
                "the keys are in ROLLCALL_KEYS, so that no key file would be read. Print a new key \
                 with `rollcall keys new --print`, and put it there before the others"
            ),
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[expect(clippy::print_stdout, reason = "what the command answers")]
fn print(dice: &Dice) {
    println!("{}", *KeyRing::draw(dice));
}

#[expect(clippy::print_stdout, reason = "what the command answers")]
fn make(path: &std::path::Path, dice: &Dice) -> anyhow::Result<()> {
    let key = match make_key_file(path, dice) {
        Err(error @ KeysError::Taken { .. }) => Err(error).context(
            "no key was made. To add one, print it with `rollcall keys new --print`, and put it \
             above the others in the key file",
        ),
        made => made.map_err(Into::into),
    }?;
    println!("Made the key file {} with the sealing key {key}.", path.display());
    println!(
        "Every server of the database needs a copy of it. Back it up, apart from the database: \
         without it pupils’ passwords can’t be read."
    );
    Ok(())
}
