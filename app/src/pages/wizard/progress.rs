//! A run in progress: how far it is, and that no one has to wait for it.

use leptos::prelude::*;
use rollcall_shared::ids::RunId;
use rollcall_shared::run::{RunKind, RunStatus, RunView, Undoable};

use super::changes::{Lists, counts_table};
use super::go_instead;
use super::stop::StopRun;
use super::words::counted;
use crate::address;
use crate::components::{
    LinkButton, Look, Notice, PageShell, ProblemPanel, Progress, Tone, loading,
};
use crate::dates::moment;
use crate::state::follow_run::follow_run;

/// The page of a run that is going.
#[component]
pub fn ProgressPage(run: RunId) -> impl IntoView {
    let followed = follow_run(run);
    let seen = followed.run;
    let status = Memo::new(move |_| seen.with(|run| run.as_ref().map(|run| run.status)));
    let is_undo = Memo::new(move |_| {
        seen.with(|run| run.as_ref().is_some_and(|run| run.kind == RunKind::Undo))
    });
    let title = Signal::derive(move || match status.get() {
        None => "Checking progress",
        Some(RunStatus::Queued | RunStatus::Running) if is_undo.get() => "Undoing the run",
        Some(RunStatus::Queued | RunStatus::Running) => "Bringing your accounts up to date",
        Some(RunStatus::Done) => "Done",
        Some(RunStatus::Held) => "Nothing was done: check this first",
        Some(RunStatus::Failed) => "The run did not finish",
        Some(RunStatus::Cancelled) => "The run was stopped",
        Some(RunStatus::Planned | RunStatus::Superseded) => "This run has not started",
    });
    // A run that is done has a page of its own.
    Effect::new(move |_| {
        if status.get() == Some(RunStatus::Done) {
            go_instead(&address::run(run));
        }
    });
    let is_lost = Memo::new(move |_| followed.problem.with(Option::is_some));
    // What is open on the page of a run that waits stays open when the run begins.
    let stage = Memo::new(move |_| {
        status.get().map(|status| if status.is_going() { RunStatus::Running } else { status })
    });
    let body = move || match stage.get() {
        None => followed
            .problem
            .get()
            .map(|problem| view! { <ProblemPanel problem/> }.into_any())
            .unwrap_or_else(loading),
        Some(RunStatus::Queued | RunStatus::Running) => going(seen, run),
        Some(RunStatus::Cancelled) => seen.get_untracked().map_or(().into_any(), stopped),
        Some(RunStatus::Held | RunStatus::Failed) => ended(seen),
        Some(RunStatus::Planned | RunStatus::Superseded) => view! {
            <p>"Nothing has been changed. The summary shows what would happen."</p>
            <LinkButton href=address::SUMMARY>"Go to the summary"</LinkButton>
        }
        .into_any(),
        Some(RunStatus::Done) => ().into_any(),
    };
    view! {
        <PageShell title>
            {move || {
                (is_lost.get() && status.get().is_some())
                    .then(|| {
                        view! {
                            <Notice tone=Tone::Warning announced=true>
                                "We cannot reach the server at the moment. The run continues there, and we keep trying."
                            </Notice>
                        }
                    })
            }}
            {body}
        </PageShell>
    }
}

fn going(seen: RwSignal<Option<RunView>>, run: RunId) -> AnyView {
    let of = move |count: fn(&RunView) -> u32| {
        Signal::derive(move || seen.with(|run| run.as_ref().map_or(0, count)))
    };
    let label = Signal::derive(move || {
        let is_queued =
            seen.with(|run| run.as_ref().is_some_and(|run| run.status == RunStatus::Queued));
        let is_undo = seen.with(|run| run.as_ref().is_some_and(|run| run.kind == RunKind::Undo));
        match (is_queued, is_undo) {
            (true, _) => "Waiting to start",
            (false, true) => "People put back",
            (false, false) => "People brought up to date",
        }
        .to_owned()
    });
    view! {
        <Progress label done=of(|run| run.done) total=of(|run| run.total)/>
        <Notice title="You can close this page">
            <p>
                "The run continues without it. When you come back, the MIS sync wizard brings you here, or to the result."
            </p>
        </Notice>
        <StopRun seen run/>
    }
    .into_any()
}

/// A run that ended without being done.
fn ended(seen: RwSignal<Option<RunView>>) -> AnyView {
    let message = move || seen.with(|run| run.as_ref().and_then(|run| run.message.clone()));
    let kept = move || {
        seen.with(|run| {
            let run = run.as_ref()?;
            if let Some(taken_back) = taken_back(run) {
                return Some(taken_back);
            }
            (run.done > 0).then(|| {
                format!(
                    "{} of {} people were done by then. Nothing is done twice when you continue.",
                    run.done, run.total
                )
                .into_any()
            })
        })
    };
    let undo = move || {
        seen.with(|run| {
            let run = run.as_ref()?;
            matches!(run.undoable, Undoable::Until { .. }).then(|| {
                view! {
                    <LinkButton href=address::undo(run.id) look=Look::Secondary>
                        "Undo this run"
                    </LinkButton>
                }
            })
        })
    };
    let on = move || seen.with(|run| run.as_ref().map(way_on));
    view! {
        <Notice tone=Tone::Warning>
            <p>{message}</p>
            <p>{kept}</p>
        </Notice>
        <div class="button-row">
            {on}
            {undo}
            <LinkButton href=address::RUNS look=Look::Secondary>"See all runs"</LinkButton>
        </div>
    }
    .into_any()
}

/// That a run was undone, if it was, and by which undo.
fn taken_back(run: &RunView) -> Option<AnyView> {
    let Undoable::Undone { at, by } = &run.undoable else { return None };
    let undo = by.map(|by| view! { <a href=address::run(by)>"See what undoing it did"</a> });
    let when = format!("What it had done was undone on {}. ", moment(at));
    Some(view! { {when} {undo} }.into_any())
}

/// The link to continue from a run that was cut short and not undone.
fn way_on(run: &RunView) -> AnyView {
    match (run.undoes, &run.undoable) {
        (_, Undoable::Undone { .. }) => ().into_any(),
        (Some(undone), _) => view! {
            <LinkButton href=address::undo(undone)>"Continue undoing: see what is left"</LinkButton>
        }
        .into_any(),
        (None, _) => view! {
            <LinkButton href=address::SUMMARY>"Continue: see what is left"</LinkButton>
        }
        .into_any(),
    }
}

/// A run that someone stopped: who, when, and what was done by then.
fn stopped(run: RunView) -> AnyView {
    let on = way_on(&run);
    let taken_back = taken_back(&run).map(|words| view! { <p>{words}</p> });
    let by = run.cancel_asked_by.unwrap_or_else(|| "Someone".to_owned());
    let when = run.finished_at.map(|at| format!(", {}", moment(&at))).unwrap_or_default();
    let has_done = run.done > 0;
    let done = format!(
        "{} of {} done by then, completely. No one else was changed.",
        run.done,
        counted(run.total, "person was", "people were")
    );

    let counts = has_done.then(|| {
        view! {
            <section class="people-counts">
                <h2>"What was done"</h2>
                {counts_table("What was done", "Change", &run.pupils, &run.staff, Lists::Run(run.id))}
            </section>
        }
    });
    let undo = matches!(run.undoable, Undoable::Until { .. }).then(|| {
        view! {
            <LinkButton href=address::undo(run.id) look=Look::Secondary>
                "Undo this run"
            </LinkButton>
        }
    });
    view! {
        <Notice tone=Tone::Warning>
            <p>{format!("Stopped by {by}{when}.")}</p>
            <p>{if has_done { done } else { "Nothing had been done by then.".to_owned() }}</p>
            {taken_back}
        </Notice>
        {counts}
        <div class="button-row">
            {on}
            {undo}
            <a href=address::RUNS>"See all runs"</a>
        </div>
    }
    .into_any()
}
