//! The runs of the school: what each did, who started it and when, person by person; and undoing.

pub mod people;
pub mod undo;

use leptos::prelude::*;
use rollcall_shared::run::{RunCause, RunKind, RunRow, RunStatus};

use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{Back, Loaded, PageShell, Row, Table, Tag, TagTone};
use crate::dates;
use crate::pages::wizard::words::counted;

/// The runs, newest first.
#[component]
pub fn Runs() -> impl IntoView {
    let runs = Asked::new(api::runs);
    view! {
        <PageShell title="Sync history" back=Back::to(address::USERS, "Manage users") wide=true>
            <p class="lead">"Each sync, by the wizard or at night, and what it did."</p>
            <Loaded resource=runs let:runs>
                <Table
                    caption="Syncs, newest first"
                    caption_is_hidden=true
                    columns=vec![
                        "When", "What", "Status", "Started by", "Took", "Created", "Restored", "Linked", "Moved", "Updated", "Left",
                    ]
                    rows=runs.into_iter().map(run_row).collect()
                    empty="The wizard has not been run yet."
                />
            </Loaded>
        </PageShell>
    }
}

fn run_row(run: RunRow) -> Row {
    let when = dates::short_moment(run.finished_at.as_ref().unwrap_or(&run.created_at));
    let has_done = matches!(run.status, RunStatus::Done | RunStatus::Failed | RunStatus::Cancelled);
    let sum = |of: fn(&rollcall_shared::plan::Counts) -> u32| match has_done {
        true => (of(&run.pupils) + of(&run.staff)).to_string(),
        false => "–".to_owned(),
    };
    let took = run
        .started_at
        .as_ref()
        .zip(run.finished_at.as_ref())
        .map_or_else(|| "–".to_owned(), |(from, to)| dates::length(from, to));
    let undone = run.is_undone.then(|| view! { " " <Tag>"Undone"</Tag> });
    let refused = run.emails.refused;
    let undelivered = (refused > 0).then(|| {
        let words = counted(refused, "e-mail not delivered", "e-mails not delivered");
        view! { " " <Tag tone=TagTone::Bad>{words}</Tag> }
    });
    let href = address_of(&run);
    vec![
        view! { <a href=href>{when}</a> }.into_any(),
        kind_word(run.kind).into_any(),
        view! { {status(run.status)} {undone} {undelivered} }.into_any(),
        started_by(run.started_by.clone(), run.cause).into_any(),
        took.into_any(),
        sum(|counts| counts.created).into_any(),
        sum(|counts| counts.restored).into_any(),
        sum(|counts| counts.linked).into_any(),
        sum(|counts| counts.moved).into_any(),
        sum(|counts| counts.updated).into_any(),
        sum(|counts| counts.left).into_any(),
    ]
}

/// What a run is.
pub const fn kind_word(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Sync => "Sync",
        RunKind::Undo => "Undo",
        RunKind::OnePerson => "One person",
    }
}

/// Who or what started a run.
pub fn started_by(name: Option<String>, cause: RunCause) -> String {
    let by = match cause {
        RunCause::Admin => "An admin",
        RunCause::Schedule => "Nightly sync",
        RunCause::CommandLine => "Command line",
    };
    name.unwrap_or_else(|| by.to_owned())
}

fn address_of(run: &RunRow) -> String {
    match run.status {
        RunStatus::Planned => address::SUMMARY.into(),
        RunStatus::Queued | RunStatus::Running => address::progress(run.id),
        RunStatus::Superseded
        | RunStatus::Done
        | RunStatus::Held
        | RunStatus::Failed
        | RunStatus::Cancelled => address::run(run.id),
    }
}

fn status(status: RunStatus) -> AnyView {
    let (tone, word) = match status {
        RunStatus::Planned => (TagTone::Plain, "Not started"),
        RunStatus::Superseded => (TagTone::Plain, "Replaced"),
        RunStatus::Queued => (TagTone::Accent, "Waiting"),
        RunStatus::Running => (TagTone::Accent, "Running"),
        RunStatus::Done => (TagTone::Good, "Done"),
        RunStatus::Held => (TagTone::Attention, "Held"),
        RunStatus::Failed => (TagTone::Bad, "Failed"),
        RunStatus::Cancelled => (TagTone::Attention, "Stopped"),
    };
    view! { <Tag tone=tone>{word}</Tag> }.into_any()
}
