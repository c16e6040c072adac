//! What an admin lands on: the figures, the connection, and what needs doing.

use leptos::prelude::*;
use rollcall_shared::connection::ConnectionState;
use rollcall_shared::people::{Dashboard as Figures, PutRightCount, ToPutRight};
use rollcall_shared::run::{HeldRun, RunCause, RunKind, RunRow, RunStatus};
use rollcall_shared::schedule::{NightOutcome, Schedule};

use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{LinkButton, Loaded, Look, Notice, PageShell, Tone};
use crate::dates;
use crate::pages::mail::{SendToAll, mail_notices};
use crate::pages::runs::kind_word;
use crate::pages::sign_ins::slowed_notices;
use crate::pages::wizard::words::both;
use crate::state::session::Session;
use crate::text::people;

/// The dashboard.
#[component]
pub fn Dashboard() -> impl IntoView {
    let session: Session = expect_context();
    let figures = Asked::new(api::dashboard);
    let title = Signal::derive(move || {
        session.signed_in().map_or_else(|| "Dashboard".to_owned(), |me| me.school.name)
    });
    view! {
        <PageShell title wide=true>
            <Loaded resource=figures let:figures>
                {view_of(figures)}
            </Loaded>
        </PageShell>
    }
}

fn view_of(figures: Figures) -> impl IntoView {
    let to_put_right = to_put_right(&figures);
    let last = figures.last_run.as_ref().map(|run| run.id);
    let is_ready = figures.connection == ConnectionState::Ready;
    let is_held = figures.held.as_ref().is_some_and(|held| Some(held.id) == last);
    view! {
        <div class="stack-large">
            {figures
                .going
                .map(|run| {
                    view! {
                        <Notice title="A run is in progress">
                            <p>
                                "Accounts are being changed now. "
                                <a href=address::progress(run)>"See its progress"</a>
                            </p>
                        </Notice>
                    }
                })}
            {figures.held.map(|held| held_notice(held, is_ready))}
            {mail_notices(&figures.mail)}
            {slowed_notices(&figures.slowed)}
            <ul class="grid grid-small">
                {tile(figures.pupils, "Pupils", address::PUPILS)}
                {tile(figures.staff, "Staff", address::STAFF)}
                {tile(figures.classes, "Classes", address::CLASSES)}
                {tile(figures.subject_groups, "Subject groups", address::GROUPS)}
            </ul>
            <div class="grid grid-large">
                {connection_panel(
                    figures.connection,
                    figures.last_run.is_some(),
                    figures.schedule,
                )}
                // A held run is shown above.
                {(!is_held).then(|| last_run_panel(figures.last_run))}
            </div>
            {to_put_right}
        </div>
    }
}

/// What waits for somebody to put it right, each with the link to exactly these people.
fn to_put_right(figures: &Figures) -> Option<AnyView> {
    let mut links = Vec::new();
    let mut may_send = false;
    let mut add = |count: u32, href: String, one: &str, many: &str, rest: &str| {
        if count > 0 {
            let words = people(count, one, many) + rest;
            links.push(view! { <li><a href=href>{words}</a></li> });
        }
    };
    if let Some(run) = &figures.last_sync {
        let (doubles, problems) = (run.possible_duplicates, run.problems);
        let duplicates = address::DUPLICATES.to_owned();
        let (one, many) = ("possible duplicate was", "possible duplicates were");
        add(doubles, duplicates, one, many, " left out of the last sync");
        let list = address::run_lists(run.id) + "/problem";
        add(problems, list, "person", "people", " in your MIS could not be imported");
    }
    for &PutRightCount { what, people } in &figures.to_put_right {
        let (list, one, many, rest) = match what {
            // A notice of its own.
            ToPutRight::Undelivered => continue,
            ToPutRight::NotActivated => {
                may_send = true;
                (address::STAFF, STAFF_HAS, STAFF_HAVE, " not set a password yet")
            }
            ToPutRight::NoEmail => (address::STAFF, STAFF_HAS, STAFF_HAVE, " no e-mail address"),
            ToPutRight::NoClass => (address::PUPILS, "pupil is", "pupils are", " in no class"),
            ToPutRight::NeverSignedIn => {
                (address::PUPILS, "pupil has", "pupils have", " never signed in")
            }
        };
        let href = [list, "?to_put_right=", what.code()].concat();
        add(people, href, one, many, rest);
    }
    let trash = [address::TRASH, "?purged_by=", &figures.purged_by.0].concat();
    let rest = " in the trash will be deleted for good within a month";
    add(figures.purged_soon, trash, "person", "people", rest);
    (!links.is_empty()).then(|| {
        view! {
            <section class="panel">
                <h2>"To put right"</h2>
                <ul class="stack">{links}</ul>
                {may_send.then(|| view! { <SendToAll/> })}
            </section>
        }
        .into_any()
    })
}

const STAFF_HAS: &str = "member of staff has";
const STAFF_HAVE: &str = "members of staff have";

fn tile(count: u32, label: &'static str, href: &'static str) -> impl IntoView {
    view! {
        <li>
            <div class="tile">
                <span class="figure">{count}</span>
                <a href=href>{label}</a>
            </div>
        </li>
    }
}

fn connection_panel(state: ConnectionState, has_run: bool, schedule: Schedule) -> impl IntoView {
    let (title, words, href, button) = match state {
        ConnectionState::NotSetUp => (
            "Connect your MIS",
            "Your MIS already has every pupil and member of staff. Connect it once, and accounts are created and kept up to date from it.",
            address::SET_UP,
            "Connect your MIS",
        ),
        ConnectionState::Ready if has_run => (
            "Your MIS is connected",
            "Run the wizard for a new intake, a new school year, or any change in your MIS.",
            address::WIZARD,
            "Update users from your MIS",
        ),
        ConnectionState::Ready => (
            "Your MIS is connected",
            "The wizard takes you through five short steps, and shows what will happen before it happens.",
            address::WIZARD,
            "Start the MIS sync wizard",
        ),
        ConnectionState::Rejected | ConnectionState::Revoked | ConnectionState::SecretRejected => (
            "Your MIS is no longer connected",
            "Accounts stay as they are. To update them from your MIS, your school has to give consent again.",
            address::CONNECTION,
            "See what to do",
        ),
        ConnectionState::Invited
        | ConnectionState::Paused
        | ConnectionState::Authorised
        | ConnectionState::InstallationPending => (
            "Your MIS is being connected",
            "One or more people still have something to do before it is ready.",
            address::CONNECTION,
            "See what happens next",
        ),
    };
    view! {
        <section class="panel">
            <h2>{title}</h2>
            <p>{words}</p>
            <div class="button-row">
                <LinkButton href=href>{button}</LinkButton>
                {(state == ConnectionState::Ready)
                    .then(|| view! { <a href=address::CONNECTION>"See the connection"</a> })}
            </div>
            {(has_run || schedule.is_on)
                .then(|| nightly(&schedule, state == ConnectionState::Ready))}
        </section>
    }
}

/// The state of the nightly sync, in a line.
fn nightly(schedule: &Schedule, is_ready: bool) -> AnyView {
    let is_failed = schedule.last.as_ref().is_some_and(|last| last.outcome == NightOutcome::Failed);
    let words = match (schedule.is_on, &schedule.pause) {
        (false, _) => "Accounts are not updated automatically. ".to_owned(),
        (true, Some(pause)) => format!("The nightly sync is paused. {} ", pause.reason),
        (true, None) if !is_ready => {
            "The nightly sync will continue once your MIS is connected again. ".to_owned()
        }
        (true, None) if is_failed => "The last nightly sync could not be finished. ".to_owned(),
        (true, None) => format!("Accounts are updated each night at {}. ", schedule.time),
    };
    view! {
        <p>
            {words} <a href=address::NIGHTLY_SYNC>"Nightly sync"</a>
        </p>
    }
    .into_any()
}

/// An unattended sync waits for an admin.
fn held_notice(held: HeldRun, is_ready: bool) -> impl IntoView {
    let title = match held.cause {
        RunCause::Schedule => "The nightly sync is waiting for you",
        RunCause::Admin | RunCause::CommandLine => "A sync is waiting for you",
    };
    let on = if is_ready {
        view! {
            <a href=address::SUMMARY>"Look at the summary"</a>
            ", and finish it there if everything is right."
        }
        .into_any()
    } else {
        view! { "It can continue once your MIS is " <a href=address::SET_UP>"connected again"</a> "." }
            .into_any()
    };
    view! {
        <Notice tone=Tone::Warning title=title>
            <p>{dates::moment(&held.at)} ": " {held.message}</p>
            <p>"Nothing was changed. " {on}</p>
        </Notice>
    }
}

fn last_run_panel(run: Option<RunRow>) -> impl IntoView {
    let Some(run) = run else {
        return view! {
            <section class="panel">
                <h2>"Add people by hand"</h2>
                <p>"Someone who is not in your MIS, such as a supply teacher, can be added by hand."</p>
                <LinkButton href=address::NEW_STAFF look=Look::Secondary>
                    "Add a member of staff"
                </LinkButton>
            </section>
        }
        .into_any();
    };
    let when = dates::moment(run.finished_at.as_ref().unwrap_or(&run.created_at));
    if run.status != RunStatus::Done {
        let what = match run.status {
            RunStatus::Held => "The last run is waiting for you",
            RunStatus::Cancelled => "The last run was stopped",
            _ => "The last run did not finish",
        };
        let advice = match run.kind {
            RunKind::Undo => "It was an undo. You can continue undoing from there.",
            RunKind::Sync | RunKind::OnePerson => {
                "Look at it, then open the summary: it shows what is left to do."
            }
        };
        return view! {
            <section class="panel panel-problem">
                <h2>{what}</h2>
                <p>{when} ". " {advice}</p>
                <LinkButton href=address::progress(run.id) look=Look::Secondary>
                    "See what happened"
                </LinkButton>
            </section>
        }
        .into_any();
    }
    let people = both(&run.pupils, &run.staff);
    let counts = [
        ("Created", people.created),
        ("Restored", people.restored),
        ("Linked", people.linked),
        ("Moved", people.moved),
        ("Updated", people.updated),
        ("Left", people.left),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(what, count)| view! { <dt>{what}</dt> <dd>{count}</dd> })
    .collect_view();
    view! {
        <section class="panel">
            <h2>"Last run"</h2>
            <dl class="facts">
                <dt>"When"</dt>
                <dd>{when}</dd>
                <dt>"What"</dt>
                <dd>{kind_word(run.kind)}</dd>
                {counts}
            </dl>
            {run.is_undone.then(|| view! { <p>"It was undone afterwards."</p> })}
            {(people.changes() == 0).then(|| view! { <p>"No changes were needed."</p> })}
            <p>
                <a href=address::run(run.id)>"See this run"</a>
            </p>
        </section>
    }
    .into_any()
}
