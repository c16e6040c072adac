//! The runs of the school: what each sync did, and when.

use leptos::prelude::*;
use rollcall_shared::run::{RunCause, RunKind, RunRow, RunStatus};

use crate::api;
use crate::components::{Back, Loaded, PageShell, Row, Table, Tag, TagTone};
use crate::dates;
use crate::state::asked::Asked;

/// The runs, newest first.
#[component]
pub fn Runs() -> impl IntoView {
    let runs = Asked::new(api::runs);
    view! {
        <PageShell title="Runs" back=Back::to("/users", "Manage users") wide=true>
            <p class="lead">"Each run, by the MIS sync wizard or by itself at night, and what it did."</p>
            <Loaded resource=runs let:runs>
                <Table
                    caption="Runs, newest first"
                    caption_is_hidden=true
                    columns=vec![
                        "When", "Status", "Started by", "Created", "Restored", "Linked", "Moved", "Updated", "Left",
                    ]
                    rows=runs.into_iter().map(run_row).collect()
                    empty="The wizard has not been run yet."
                />
            </Loaded>
        </PageShell>
    }
}

fn run_row(run: RunRow) -> Row {
    let when = dates::moment(run.finished_at.as_ref().unwrap_or(&run.created_at));
    let sum = |of: fn(&rollcall_shared::plan::Counts) -> u32| {
        (of(&run.pupils) + of(&run.staff)).to_string()
    };
    let alone = (run.kind == RunKind::OnePerson).then_some(" (one person)");
    vec![
        view! { <a href=page_of(&run)>{when}</a> {alone} }.into_any(),
        status(run.status),
        started_by(&run).into_any(),
        sum(|counts| counts.created).into_any(),
        sum(|counts| counts.restored).into_any(),
        sum(|counts| counts.linked).into_any(),
        sum(|counts| counts.moved).into_any(),
        sum(|counts| counts.updated).into_any(),
        sum(|counts| counts.left).into_any(),
    ]
}

fn started_by(run: &RunRow) -> String {
    let by = match run.cause {
        RunCause::Admin => "An admin",
        RunCause::Schedule => "By schedule",
        RunCause::CommandLine => "Command line",
    };
    run.started_by.clone().unwrap_or_else(|| by.to_owned())
}

fn page_of(run: &RunRow) -> String {
    match run.status {
        RunStatus::Planned => "/wizard/summary".into(),
        RunStatus::Queued | RunStatus::Running => format!("/wizard/run/{}", run.id),
        RunStatus::Superseded
        | RunStatus::Done
        | RunStatus::Held
        | RunStatus::Failed
        | RunStatus::Cancelled => format!("/runs/{}", run.id),
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
