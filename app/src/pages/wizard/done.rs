//! The outcome of a run: the counts of the summary, the e-mails, the cards, and what to do next.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use rollcall_shared::ids::RunId;
use rollcall_shared::mail::EmailCounts;
use rollcall_shared::page::Page;
use rollcall_shared::plan::{PlanList, PlanPerson, PlanQuery};
use rollcall_shared::run::{RunCause, RunKind, RunStatus, RunView, Undoable};
use rollcall_shared::{provider, service};

use super::changes::{Lists, counts_table, problem_table};
use super::chosen::settings_of_run;
use super::go_instead;
use super::words::{counted, list_address};
use crate::address;
use crate::api;
use crate::asked::Asked;
use crate::components::{Back, LinkButton, Loaded, Look, Notice, PageShell, Tone};
use crate::dates::{length, moment};
use crate::pages::not_found::NotFound;
use crate::pages::runs::people::not_kept;
use crate::pages::runs::started_by;
use crate::state::session::Session;

/// The page of a run that is done, for `/runs/:id`.
#[component]
pub fn Done() -> impl IntoView {
    let params = use_params_map();
    let run =
        Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse().ok()));
    move || match run.get() {
        Some(run) => view! { <DonePage run/> }.into_any(),
        None => view! { <NotFound/> }.into_any(),
    }
}

#[component]
fn DonePage(run: RunId) -> impl IntoView {
    let loaded = Asked::new(move || api::run(run));
    let title = Signal::derive(move || match loaded.get().and_then(Result::ok) {
        Some(run) if run.kind == RunKind::Undo => "The run was undone".to_owned(),
        Some(run) if matches!(run.undoable, Undoable::Undone { .. }) => {
            "This run was undone".to_owned()
        }
        Some(run) if run.kind == RunKind::OnePerson => {
            "One person was brought up to date".to_owned()
        }
        Some(run) if run.status == RunStatus::Done => "Your accounts are up to date".to_owned(),
        _ => "MIS sync".to_owned(),
    });
    view! {
        <PageShell title back=Back::to(address::RUNS, "Sync history")>
            <Loaded resource=loaded children=done_view/>
        </PageShell>
    }
}

fn done_view(run: RunView) -> AnyView {
    match run.status {
        RunStatus::Done => {}
        // Not started yet, or replaced: what holds now is shown where it is finished.
        RunStatus::Planned | RunStatus::Superseded if run.undoes.is_some() => {
            go_instead(&run.undoes.map(address::undo).unwrap_or_default());
            return ().into_any();
        }
        RunStatus::Planned | RunStatus::Superseded => {
            go_instead(address::SUMMARY);
            return ().into_any();
        }
        // Still going, or ended otherwise: its progress page says so.
        _ => {
            go_instead(&address::progress(run.id));
            return ().into_any();
        }
    }
    let changed = run.pupils.changes() + run.staff.changes();
    let said = match (&run.undoable, run.kind) {
        (Undoable::Undone { at, .. }, _) => {
            format!("This run was undone on {}.", moment(at))
        }
        _ if changed == 0 => "No changes were needed.".to_owned(),
        (_, RunKind::Undo) => {
            format!("What the run did for {} was undone.", counted(changed, "person", "people"))
        }
        _ => {
            format!("{} up to date.", counted(changed, "person was brought", "people were brought"))
        }
    };
    let by = match (&run.started_by, run.cause) {
        (Some(by), _) => format!(", started by {by}"),
        (None, RunCause::Schedule) => " by the nightly sync".to_owned(),
        (None, _) => String::new(),
    };
    let when = run.finished_at.as_ref().map(|at| {
        view! { <p class="hint">{format!("Finished {}{by}.", moment(at))}</p> }
    });
    let is_standing = run.kind == RunKind::Sync && !matches!(run.undoable, Undoable::Undone { .. });
    let of_classes = |count: u32, done: &'static str| {
        (count > 0).then(|| view! { <p>{counted(count, "class was", "classes were")} {done}</p> })
    };
    let classes = (
        of_classes(run.classes.created, " created."),
        of_classes(run.classes.linked, " linked to your MIS."),
        of_classes(
            run.classes.renamed,
            if run.kind == RunKind::Undo { " put back as before the run." } else { " renamed." },
        ),
    );
    view! {
        <Notice tone=Tone::Success>
            <p>{said}</p>
            {when}
        </Notice>
        <section class="people-counts">
            <h2>"What was done"</h2>
            {counts_table("What was done", "Change", &run.pupils, &run.staff, Lists::Run(run.id))}
            {classes}
        </section>
        {is_standing.then(|| (next_steps(&run), remaining(&run)))}
        {undoing(&run)}
        {about(&run)}
        {next_time(&run)}
    }
    .into_any()
}

/// What to know for the next run.
fn next_time(run: &RunView) -> AnyView {
    if run.kind == RunKind::Undo {
        return view! {
            <section>
                <h2>"What to do next"</h2>
                <p>
                    "If something in the settings or in your MIS was wrong, correct it first. Then run the wizard: anyone with an account in the trash gets the same account back."
                </p>
                <p>
                    "If the nightly sync was on, it is paused now. "
                    <a href=address::NIGHTLY_SYNC>"Turn it on again"</a>
                    " when everything is as it should be."
                </p>
                <LinkButton href=address::WIZARD look=Look::Secondary>"Open the wizard"</LinkButton>
            </section>
        }
        .into_any();
    }
    view! {
        <section>
            <h2>"Next time"</h2>
            <p>
                "Run the wizard again whenever something changes in your MIS: new pupils, new staff, a new school year. It opens on the summary and asks only about what is new."
            </p>
            <p>
                {concat!(provider!(), " ", service!(), " gives us a copy of your MIS made overnight. Corrections you make in your MIS today normally show tomorrow.")}
            </p>
            <LinkButton href=address::USERS look=Look::Secondary>"Go to manage users"</LinkButton>
        </section>
    }
    .into_any()
}

/// The way to undo a run, or why there is none.
fn undoing(run: &RunView) -> AnyView {
    let body = match &run.undoable {
        Undoable::Never | Undoable::Undone { by: None, .. } => return ().into_any(),
        Undoable::Undone { by: Some(by), .. } => {
            view! { <p><a href=address::run(*by)>"See what undoing it did"</a></p> }.into_any()
        }
        Undoable::Until { until } => view! {
            <p>
                {format!(
                    "You can undo this whole run until {}. You see what that would do first.",
                    moment(until),
                )}
            </p>
            <LinkButton href=address::undo(run.id) look=Look::Secondary>"Undo this run"</LinkButton>
        }
        .into_any(),
        Undoable::LaterFirst { run } => view! {
            <p>
                "A later run has changed people since. "
                <a href=address::run(*run)>"Undo that one first"</a> "."
            </p>
        }
        .into_any(),
        Undoable::TooLate => {
            view! { <p>"It ended more than 30 days ago and can no longer be undone."</p> }
                .into_any()
        }
        Undoable::Erased => {
            view! { <p>"What it did has been erased, so it can’t be undone."</p> }.into_any()
        }
    };
    view! { <section><h2>"Undo"</h2> {body}</section> }.into_any()
}

/// Who started a run, when, how long it took, and the settings it was made with.
fn about(run: &RunView) -> AnyView {
    let id = run.id;
    let settings = Asked::new(move || api::run_settings(id));
    let took = run
        .started_at
        .as_ref()
        .zip(run.finished_at.as_ref())
        .map(|(from, to)| view! { <p>{format!("It took {}.", length(from, to))}</p> });
    let undone = run.undoes.map(|undone| {
        view! { <p><a href=address::run(undone)>"See the run that was undone"</a></p> }
    });
    let started = run.queued_at.as_ref().map_or_else(String::new, |at| {
        let by = started_by(run.started_by.clone(), run.cause);
        format!("Started {}: {}.", moment(at), by)
    });
    let worth_a_look = (run.warnings > 0).then(|| {
        let text = counted(run.warnings, "thing is worth checking", "things are worth checking");
        view! { <p><a href=format!("{}/warnings", address::run_lists(id))>{text}</a></p> }
    });
    let with_settings = (run.kind == RunKind::Sync).then(|| {
        view! {
            <details>
                <summary>"The settings it used"</summary>
                <Loaded resource=settings let:settings>{settings_of_run(&settings)}</Loaded>
            </details>
        }
    });
    view! {
        <section>
            <h2>"About this run"</h2>
            <p>{started}</p>
            {took} {undone} {worth_a_look} {with_settings}
        </section>
    }
    .into_any()
}

/// Cards for the new pupils, e-mails to the new staff.
fn next_steps(run: &RunView) -> AnyView {
    let session: Session = expect_context();
    let cards = (run.pupils.created > 0).then(|| {
        view! {
            <section>
                <h2>"Login cards for the new pupils"</h2>
                <p>
                    {counted(run.pupils.created, "pupil has", "pupils have")}
                    " a new account. The cards say how each of them signs in. You can print them again at any time: that does not change any passwords."
                </p>
                <LinkButton href=address::cards_of_run(run.id)>"Print login cards"</LinkButton>
            </section>
        }
    });
    let emails = (run.emails.all() > 0).then(|| {
        let are_kept = session.platform().is_some_and(|platform| platform.keeps_messages);
        let undelivered = (run.emails.refused > 0).then(|| {
            view! {
                " "
                <a href=address::UNDELIVERED>"See whose were not delivered"</a>
            }
        });
        view! {
            <section>
                <h2>"E-mails to the new staff"</h2>
                <p>{how_many(run.emails, are_kept)} {undelivered}</p>
                <p>
                    "Each one has a link for setting a password. The link can be used once and expires after 30 days. You can send it again from the list of staff."
                </p>
                <div class="button-row">
                    <LinkButton href=address::STAFF look=Look::Secondary>"Go to the list of staff"</LinkButton>
                    {are_kept.then(|| view! { <a href=address::MESSAGES>"See the messages"</a> })}
                </div>
            </section>
        }
    });
    view! { {cards} {emails} }.into_any()
}

/// How many activation e-mails were sent, wait and were refused.
fn how_many(emails: EmailCounts, are_kept: bool) -> String {
    let EmailCounts { sent, waiting, refused } = emails;
    let mut said = Vec::new();
    if sent > 0 {
        let words = counted(sent, "activation e-mail has been", "activation e-mails have been");
        said.push(format!("{words} sent."));
    }
    if waiting > 0 {
        let words = counted(waiting, "activation e-mail", "activation e-mails");
        said.push(match (are_kept, waiting) {
            (true, 1) => format!("{words} is kept here, because no mail server is set up."),
            (true, _) => format!("{words} are kept here, because no mail server is set up."),
            (false, 1) => format!("{words} is waiting to be sent."),
            (false, _) => format!("{words} are waiting to be sent."),
        });
    }
    if refused > 0 {
        let words = counted(refused, "activation e-mail was", "activation e-mails were");
        said.push(format!("{words} not delivered."));
    }
    said.join(" ")
}

/// Who is still without an account, and what can be done about it.
fn remaining(run: &RunView) -> AnyView {
    let id = run.id;
    let problems = (run.problems > 0).then(|| {
        let query = PlanQuery { list: Some(PlanList::Problem), ..PlanQuery::default() };
        let people = Asked::new(move || {
            let query = query.clone();
            async move { api::run_people(id, &query).await }
        });
        let show = move |page: Page<PlanPerson>| {
            if page.total == 0 {
                return not_kept();
            }
            let more = page.total.saturating_sub(page.page_size);
            view! {
                {problem_table(page.rows, id, "People who were not imported")}
                {(more > 0)
                    .then(|| {
                        let list = format!("{}/problem", address::run_lists(id));
                        view! { <p><a href=list>{format!("And {more} more")}</a></p> }
                    })}
            }
            .into_any()
        };
        view! {
            <section>
                <h2>{counted(run.problems, "person was", "people were")} " not imported"</h2>
                <p>
                    "Correct this in your MIS and run the wizard again tomorrow, or add staff by hand now."
                </p>
                <Loaded resource=people children=show/>
            </section>
        }
    });
    let undecided = (run.possible_duplicates > 0).then(|| {
        view! {
            <section>
                <h2>
                    {counted(run.possible_duplicates, "possible duplicate is", "possible duplicates are")}
                    " undecided"
                </h2>
                <p>"They were left out, and nothing happened to the accounts. Decide when you run the wizard again."</p>
                <LinkButton href=list_address(PlanList::PossibleDuplicate) look=Look::Secondary>
                    "Decide now"
                </LinkButton>
            </section>
        }
    });
    view! { {problems} {undecided} }.into_any()
}
