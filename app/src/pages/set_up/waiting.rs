//! The state of the connection: what happens next, who needs to act, and what can be done.

use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use rollcall_shared::connection::{ConnectionState, ConnectionView, Invite};
use rollcall_shared::problem::Problem;
use rollcall_shared::{provider, service};

use super::absences::Absences;
use super::granted::{areas, pending};
use super::history::{history, record_link};
use super::states::{Words, words_for};
use crate::address;
use crate::api::{self, Answer};
use crate::components::{
    Back, Button, Details, LinkButton, Look, Notice, PageShell, ProblemPanel, Tone, loading,
};
use crate::dates::moment;
use crate::state::follow_run::wait_until_seen;

/// How often the page polls.
const LOOK_EVERY_MS: u32 = 10_000;

/// The connection as it was last seen, and what was last done on the page.
#[derive(Clone, Copy)]
struct Seen {
    latest: RwSignal<Option<ConnectionView>>,
    problem: RwSignal<Option<Problem>>,
    /// Shown below the buttons, even when the page is rendered again.
    said: RwSignal<&'static str>,
}

impl Seen {
    /// Shows the current state; an earlier message is cleared once there is news.
    fn look(self, connection: ConnectionView) {
        let is_news = self.latest.with_untracked(|before| {
            before.as_ref().is_none_or(|before| !stands_as(before, &connection))
        });
        if is_news {
            self.problem.set(None);
            self.said.set("");
        }
        self.latest.set(Some(connection));
    }

    /// Shows the outcome of something done on the page.
    fn take(self, answer: Answer<ConnectionView>, done: &'static str) {
        match answer {
            Ok(connection) => {
                self.problem.set(None);
                self.said.set(done);
                self.latest.set(Some(connection));
            }
            Err(failed) => self.problem.set(Some(failed)),
        }
    }
}

/// Whether nothing that an admin waits for is different.
fn stands_as(before: &ConnectionView, now: &ConnectionView) -> bool {
    (before.state, &before.granted) == (now.state, &now.granted)
}

/// The page of the connection.
#[component]
pub fn Waiting() -> impl IntoView {
    let seen =
        Seen { latest: RwSignal::new(None), problem: RwSignal::new(None), said: RwSignal::new("") };
    let Seen { latest, problem, .. } = seen;
    spawn_local_scoped_with_cancellation(async move {
        loop {
            match api::connection().await {
                Ok(connection) => seen.look(connection),
                // What is shown stays; only an empty page says why.
                Err(failed) if latest.with_untracked(Option::is_none) => problem.set(Some(failed)),
                Err(_) => {}
            }
            wait_until_seen(LOOK_EVERY_MS).await;
        }
    });
    // The time of the last check always changes; only other changes render the page again.
    let shown = Memo::new(move |_| {
        latest.with(|latest| {
            latest.clone().map(|connection| ConnectionView { checked_at: None, ..connection })
        })
    });
    let title = Signal::derive(move || {
        shown
            .with(|shown| shown.as_ref().map_or("Your connection", |c| words_for(c).title))
            .to_owned()
    });
    let body = move || match (shown.get(), problem.get()) {
        (Some(connection), _) => connection_view(connection, seen),
        (None, Some(problem)) => view! { <ProblemPanel problem/> }.into_any(),
        (None, None) => loading(),
    };
    let trouble = Signal::derive(move || problem.get().filter(|_| shown.with(Option::is_some)));
    view! {
        <PageShell title problem=trouble back=Back::to(address::USERS, "Back to manage users")>
            {body}
        </PageShell>
    }
}

fn connection_view(connection: ConnectionView, seen: Seen) -> AnyView {
    let state = connection.state;
    let Words { means, next, .. } = words_for(&connection);
    if state == ConnectionState::NotSetUp {
        return view! {
            <p class="lead">{means}</p>
            <div class="button-row">
                <LinkButton href=address::SET_UP>"Start the set-up"</LinkButton>
                {connection.has_been_read.then(record_link)}
            </div>
            {history(connection.clone(), !connection.has_been_read)}
        }
        .into_any();
    }
    let is_changed = state == ConnectionState::Ready && connection.change.is_some();
    let keeps = state == ConnectionState::Ready && connection.uncounted_absences > 0;
    let tone = match state {
        ConnectionState::Ready if !is_changed => Tone::Success,
        ConnectionState::Rejected | ConnectionState::Revoked | ConnectionState::SecretRejected => {
            Tone::Warning
        }
        _ => Tone::Info,
    };
    let message = connection.message.clone().map(|message| view! { <p>{message}</p> });
    let continues = (state == ConnectionState::Ready)
        .then(|| view! { <LinkButton href=address::WIZARD>"Continue to the wizard"</LinkButton> });
    view! {
        <p class="lead">{means}</p>
        {stages(state)}
        <Notice tone title="What happens next" announced=true>
            <p>{next}</p>
            {message}
        </Notice>
        {pending(&connection)}
        {continues}
        {(is_changed || keeps).then(|| view! { <Absences problem=seen.problem/> })}
        {invitation(&connection)}
        {(state == ConnectionState::Invited).then(lost_answer)}
        {ways_on(&connection, seen)}
        {areas(&connection)}
        {history(connection, false)}
    }
    .into_any()
}

/// How far the set-up has come.
fn stages(state: ConnectionState) -> AnyView {
    let reached = match state {
        ConnectionState::Invited | ConnectionState::Paused => 1,
        ConnectionState::Authorised | ConnectionState::InstallationPending => 2,
        _ => return ().into_any(),
    };
    let items = [
        "Invitation sent",
        "Consent",
        concat!("Check, and installation if your school is new to ", service!()),
        "Ready",
    ]
    .into_iter()
    .enumerate()
    .map(|(place, name)| {
        let (class, mark) = if place < reached {
            ("is-done", " (done)")
        } else if place == reached {
            ("is-now", " (now)")
        } else {
            ("is-next", "")
        };
        view! {
            <li class=class aria-current=(place == reached).then_some("step")>
                {name}
                <span class="visually-hidden">{mark}</span>
            </li>
        }
    })
    .collect_view();
    view! { <ol class="path" aria-label="How far the set-up has come">{items}</ol> }.into_any()
}

/// Who was invited, by whom, and when.
fn invitation(connection: &ConnectionView) -> AnyView {
    let person = connection.authoriser.clone().map(|person| {
        view! {
            <dt>"Invited"</dt>
            <dd>
                {person.forename} " " {person.surname}
                <span class="row-sub">{person.email}</span>
                <span class="row-sub">{person.phone}</span>
            </dd>
        }
    });
    let at = connection.invited_at.as_ref().map(|at| {
        let by = connection.invited_by.as_ref().map(|by| format!(", by {by}"));
        view! {
            <dt>"When"</dt>
            <dd>{moment(at)} {by}</dd>
        }
    });
    view! { <dl class="facts">{person} {at}</dl> }.into_any()
}

/// What to do if the person has answered and nothing is heard of it.
fn lost_answer() -> AnyView {
    view! {
        <Details summary="The person has answered, but nothing has changed here">
            <p>
                {concat!(provider!(), " normally tells us about the answer within a few minutes. If it does not, the answer was lost: send the invitation again, and ask the person to approve it again. Nothing is done twice.")}
            </p>
            <p>
                "If no e-mail arrived at all, check the junk folder and the address above."
            </p>
        </Details>
    }
    .into_any()
}

/// What the admin can do: check now, send again, name another person, start again.
fn ways_on(connection: &ConnectionView, seen: Seen) -> AnyView {
    let is_ready = connection.state == ConnectionState::Ready;
    let checked = move || {
        seen.latest.with(|latest| {
            let at = latest.as_ref()?.checked_at.as_ref()?;
            Some(format!("Last checked {}.", moment(at)))
        })
    };
    let other =
        if is_ready { "Ask for other data areas" } else { "Start again with other data areas" };
    view! {
        <section>
            <h2>"What you can do"</h2>
            <div class="button-row">
                {check_now(connection, seen)}
                {(!is_ready).then(|| send_again(connection, seen))}
            </div>
            <p role="status">{seen.said} " " <span class="hint">{checked}</span></p>
            <ul>
                {(!is_ready)
                    .then(|| {
                        view! {
                            <li>
                                <a href=address::AUTHORISER>"Change the person"</a>
                            </li>
                        }
                    })}
                <li>
                    <a href=address::GUIDANCE>"Print guidance for the person who gives consent"</a>
                </li>
                <li>
                    <a href=address::SCOPES>{other}</a>
                </li>
                <li>{record_link()}</li>
                <li>
                    <a href=address::DISCONNECT>"Disconnect your MIS"</a>
                </li>
            </ul>
        </section>
    }
    .into_any()
}

fn check_now(connection: &ConnectionView, seen: Seen) -> AnyView {
    let before = connection.clone();
    let check = Action::new_local(move |(): &()| {
        let before = before.clone();
        async move {
            let answer = api::check_connection().await;
            let done = match &answer {
                Ok(now) if stands_as(&before, now) => "We have just checked: nothing has changed.",
                _ => "",
            };
            seen.take(answer, done);
        }
    });
    let on_press = Callback::new(move |()| {
        check.dispatch(());
    });
    view! {
        <Button look=Look::Secondary busy=check.pending() on_press>
            "Check now"
        </Button>
    }
    .into_any()
}

fn send_again(connection: &ConnectionView, seen: Seen) -> AnyView {
    let invite = Invite {
        optional_scopes: connection.asked.iter().copied().filter(|s| !s.is_required()).collect(),
        authoriser: connection.authoriser.clone(),
    };
    let send = Action::new_local(move |(): &()| {
        let invite = invite.clone();
        async move { seen.take(api::invite(&invite).await, "The invitation has been sent again.") }
    });
    let on_press = Callback::new(move |()| {
        send.dispatch(());
    });
    view! {
        <Button look=Look::Secondary busy=send.pending() on_press>
            "Send the invitation again"
        </Button>
    }
    .into_any()
}
