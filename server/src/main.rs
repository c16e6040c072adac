//! The `rollcall` program.

use std::process::ExitCode;

use clap::Parser;
use rollcall_server::commands::Rollcall;

fn main() -> ExitCode {
    Rollcall::parse().run()
}
