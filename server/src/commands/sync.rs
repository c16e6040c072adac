//! `rollcall sync` and `rollcall undo`: one whole run from the command line.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;

use clap::Args;
use rollcall_shared::ids::Estab;

use crate::error::Error;
use crate::state::AppState;
use crate::sync::report::{Report, Reported, Status};
use crate::sync::unattended::{self, RunOptions};

/// Nothing was applied, and a person must act.
const HELD: u8 = 2;

#[derive(Args)]
pub(super) struct Sync {
    /// The school's seven-digit number (LAESTAB), such as 3281102
    #[arg(long)]
    estab: Estab,
    /// Only show what would be done
    #[arg(long)]
    dry_run: bool,
    /// Accept the suggestions for year groups that no one has decided on, the likely ones too
    #[arg(long)]
    accept_suggestions: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Which run to undo.
#[derive(Args)]
pub(super) struct Undo {
    /// The school's seven-digit number (LAESTAB), such as 3281102
    #[arg(long)]
    estab: Estab,
    /// The number of the run, as it was told when it was made [default: the last that changed
    /// somebody]
    #[arg(long)]
    run: Option<u32>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Undo {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<ExitCode> {
        let school = super::school_of(state, &self.estab).await?;
        let run = match self.run {
            Some(number) => {
                let run = state.store.find_run_of_number(school.id, number).await?;
                Some(run.ok_or_else(|| anyhow::anyhow!("there is no run {number}"))?)
            }
            None => None,
        };
        let last = Mutex::new(String::new());
        let tell = |doing: String| tell_once(&last, doing);
        told(unattended::undo(state, &school, run, &tell).await, self.json)
    }
}

impl Sync {
    pub(super) async fn run(self, state: &AppState) -> anyhow::Result<ExitCode> {
        let school = super::school_of(state, &self.estab).await?;
        let asked = RunOptions {
            dry_run: self.dry_run,
            accept_suggestions: self.accept_suggestions,
            by_schedule: false,
        };
        let last = Mutex::new(String::new());
        let tell = |doing: String| tell_once(&last, doing);
        let made = unattended::run(state, &school, asked, &tell).await;
        if let Ok(report) = &made
            && let Err(Error::Broken(error)) =
                unattended::forget_lists(state, &school, report).await
        {
            // The run is done: that is what is told.
            tracing::warn!(%error, "the lists of a run that changed nobody are kept");
        }
        told(made, self.json)
    }
}

/// Says what came of a run, in words or as JSON and by the exit status.
fn told(made: crate::error::Result<Report>, as_json: bool) -> anyhow::Result<ExitCode> {
    let report = match made {
        Ok(report) => report,
        Err(Error::Problem(problem)) => anyhow::bail!("{}", problem.title),
        Err(Error::Broken(error)) => {
            return Err(anyhow::Error::from(error).context("the run stopped part-way"));
        }
    };
    answer(&report, as_json)?;
    Ok(match report.status {
        Status::Done => ExitCode::SUCCESS,
        Status::Held => ExitCode::from(HELD),
        Status::Failed => ExitCode::FAILURE,
    })
}

/// Progress goes to standard error, each word once.
#[expect(clippy::print_stderr, reason = "where the command tells its progress")]
fn tell_once(last: &Mutex<String>, doing: String) {
    let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if *last != doing {
        eprintln!("{doing}");
        *last = doing;
    }
}

#[expect(clippy::print_stderr, reason = "what the command answers")]
fn answer(report: &Report, as_json: bool) -> anyhow::Result<()> {
    if let Some(message) = &report.message {
        eprintln!("{message}");
    }
    let answer = if as_json { serde_json::to_string(report)? } else { in_words(report) };
    match writeln!(std::io::stdout(), "{answer}") {
        // Anyone who reads it has read enough: `rollcall sync … | head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn in_a_line<C>(one: &Reported<C>) -> String {
    let who = match (&one.person, one.role) {
        (Some(person), Some(role)) => format!("{person} ({role}): "),
        _ => String::new(),
    };
    let fix = one.fix.as_ref().map(|fix| format!(" {fix}")).unwrap_or_default();
    format!("  {who}{}{fix}", one.reason)
}

/// The report for people who read it in a terminal.
fn in_words(report: &Report) -> String {
    let head = match (report.status, report.dry_run) {
        (Status::Done, false) => format!("Run {} is done.", report.run),
        (Status::Done, true) => "This is what a run would do; nothing was changed.".to_owned(),
        (Status::Held, _) => "Nothing was applied; someone has to act.".to_owned(),
        (Status::Failed, _) => "The run failed.".to_owned(),
    };
    let mut lines = vec![
        head,
        format!("Created: {} pupils, {} staff", report.created.pupils, report.created.staff),
        format!("Restored: {}", report.restored),
        format!("Left: {}", report.left),
        format!("Linked: {}", report.linked),
        format!("Moved: {}", report.moved),
        format!("Updated: {}", report.updated),
        format!("Unchanged: {}", report.unchanged),
        format!("Possible duplicates: {}", report.possible_duplicates),
        format!("Not imported because of a problem: {}", report.problems.len()),
    ];
    lines.extend(report.problems.iter().map(in_a_line));
    lines.push(format!("Not imported by choice: {}", report.not_imported.values().sum::<u32>()));
    lines.push(format!("Accounts that no one in the MIS matches: {}", report.unmatched));
    lines.push(format!("Warnings: {}", report.warnings.len()));
    lines.extend(report.warnings.iter().filter(|one| one.person.is_none()).map(in_a_line));
    lines.join("\n")
}
