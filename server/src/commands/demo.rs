//! `rollcall demo`: schools to try Rollcall out with, on the simulator of this machine. Not for
//! real schools: it is refused where XoD is not on the loopback address.

mod by_hand;
mod simulator;

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Context;
use chrono::TimeDelta;
use clap::Args;
use rollcall_engine::planner::naming::passwords;
use rollcall_shared::ids::Estab;
use rollcall_store::schools::StoredSchool;
use serde::Serialize;

use self::simulator::Simulator;
use super::admin::AddAdmin;
use super::{connect, school};
use crate::clock::Clock;
use crate::config::Secret;
use crate::state::AppState;
use crate::sync::report::Status;
use crate::sync::unattended::{self, RunOptions};

#[derive(Args)]
pub(super) struct Demo {
    /// KIND:ESTAB; kinds are `new`, `hand-made` and `connected`. Repeatable. The school has to be
    /// on the simulator.
    #[arg(long = "school", value_name = "KIND:ESTAB", default_values = [
        "new:3281101", "hand-made:3281102", "connected:3281103",
    ])]
    schools: Vec<DemoSchool>,
    /// Where to write the admins' sign-ins, as JSON; `-` for standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// A school to make, and how far along it is.
#[derive(Clone, Debug)]
struct DemoSchool {
    kind: Kind,
    estab: Estab,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Not connected, no accounts.
    New,
    /// Not connected, 60 accounts made by hand.
    HandMade,
    /// Connected a year ago; a new school year waits to be rolled over.
    Connected,
}

impl FromStr for DemoSchool {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (kind, estab) = text.split_once(':').context("KIND:ESTAB, such as new:3281101")?;
        let kind = match kind {
            "new" => Kind::New,
            "hand-made" => Kind::HandMade,
            "connected" => Kind::Connected,
            _ => anyhow::bail!("the kinds are new, hand-made and connected"),
        };
        Ok(Self { kind, estab: estab.parse()? })
    }
}

impl Kind {
    const fn about(self) -> &'static str {
        match self {
            Self::New => "a new customer: not connected, no accounts",
            Self::HandMade => "60 accounts made by hand; not connected",
            Self::Connected => "connected a year ago; a new school year waits",
        }
    }
}

/// What the demo tells of a school it made.
#[derive(Serialize)]
struct Made {
    estab: Estab,
    name: String,
    slug: String,
    about: &'static str,
    email: String,
    password: String,
}

#[derive(Serialize)]
struct AllMade {
    schools: Vec<Made>,
}

impl Demo {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<ExitCode> {
        let simulator = Simulator::of(&state.config)?;
        let mut schools = Vec::with_capacity(self.schools.len());
        for wanted in &self.schools {
            schools.push(make(state, &simulator, wanted).await?);
        }
        let json = serde_json::to_string_pretty(&AllMade { schools })?;
        write(&self.out, &json)?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn make(
    state: &AppState,
    simulator: &Simulator,
    wanted: &DemoSchool,
) -> anyhow::Result<Made> {
    let name = simulator.name_of(&wanted.estab).await?;
    let school = school::add_school(state, wanted.estab.clone(), &name, None).await?;
    let (email, password) = add_admin(state, &school).await?;
    match wanted.kind {
        Kind::New => {}
        Kind::HandMade => {
            let pupils = simulator.pupils_of(&wanted.estab).await?;
            by_hand::add_accounts(state, &school, &pupils).await?;
        }
        Kind::Connected => {
            let secret = simulator.secret_of(&wanted.estab).await?;
            let state = a_year_ago(state).await?;
            connect::connect(&state, &school, Secret::new(secret)).await?;
            let asked = RunOptions { accept_suggestions: true, ..RunOptions::default() };
            let report = unattended::run(&state, &school, asked, &|_| ()).await;
            let report = report.map_err(|error| anyhow::anyhow!("{error:?}"))?;
            anyhow::ensure!(report.status == Status::Done, "the first sync was not applied");
            simulator.advance_year(&wanted.estab).await?;
        }
    }
    Ok(Made {
        estab: school.estab,
        name: school.name,
        slug: school.slug,
        about: wanted.kind.about(),
        email,
        password,
    })
}

/// The same server as it was a year ago, by its clock.
async fn a_year_ago(state: &AppState) -> anyhow::Result<AppState> {
    let clock = Clock::standing_at(state.clock.now() - TimeDelta::days(365));
    Ok(AppState::open((*state.config).clone(), clock, state.dice.clone()).await?)
}

/// Adds the school's admin, with a password drawn for them.
async fn add_admin(state: &AppState, school: &StoredSchool) -> anyhow::Result<(String, String)> {
    let email = format!("office@{}.example", school.slug);
    let format = rollcall_shared::formats::PasswordFormat::SixLetterWord;
    let password = state.dice.throw(|dice| passwords::generate(format, dice));
    AddAdmin::named(school, &email, "Olivia", "Office")
        .add_with_password(state, school, password.expose())
        .await?;
    Ok((email, password.expose().to_owned()))
}

#[expect(clippy::print_stdout, reason = "what the command answers")]
fn write(out: &std::path::Path, json: &str) -> anyhow::Result<()> {
    if out == std::path::Path::new("-") {
        println!("{json}");
        return Ok(());
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(out).with_context(|| format!("can’t write {}", out.display()))?;
    std::io::Write::write_all(&mut file, json.as_bytes())?;
    Ok(())
}
