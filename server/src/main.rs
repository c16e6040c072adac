//! The `rollcall` program.

use std::process::ExitCode;

use clap::Parser;
use rollcall_server::Rollcall;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Rollcall::parse().run()
}
