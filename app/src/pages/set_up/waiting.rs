//! Where the connection stands: what happens next, who has to act, and the ways out.

use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use rollcall_shared::connection::{ConnectionState, ConnectionView, Invite};
use rollcall_shared::problem::Problem;

use super::absences::Absences;
use super::granted::{areas, pending};
use super::history::{history, record_link};
use super::states::{Words, words_for};
use crate::api::{self, Answer};
use crate::components::{
    Back, Button, Details, LinkButton, Look, Notice, PageShell, ProblemPanel, Tone,
};
use crate::dates::moment;
use crate::state::follow_run::wait_until_seen;

/// How often the page looks by itself.
const LOOK_EVERY_MS: u32 = 10_000;

/// The page of the connection.
#[component]
pub fn Waiting() -> impl IntoView {
    let latest = RwSignal::new(None::<ConnectionView>);
    let problem = RwSignal::new(None::<Problem>);
    // What was done stands below the buttons, also when the page is made anew for it.
    let said = RwSignal::new(String::new());
    spawn_local_scoped_with_cancellation(async move {
        loop {
            match api::connection().await {
                Ok(connection) => {
                    let is_news = latest.with_untracked(|before| {
                        before.as_ref().is_none_or(|before| {
                            (before.state, &before.granted)
                                != (connection.state, &connection.granted)
                        })
                    });
                    if is_news {
                        problem.set(None);
                        said.set(String::new());
                    }
                    latest.set(Some(connection));
                }
                // What is shown stays; only a page that shows nothing yet says why.
                Err(failed) if latest.with_untracked(Option::is_none) => problem.set(Some(failed)),
                Err(_) => {}
            }
            wait_until_seen(LOOK_EVERY_MS).await;
        }
    });
    // When we last looked changes with each look; the page is made anew only for more than that.
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
        (Some(connection), _) => connection_view(connection, latest, problem, said),
        (None, Some(problem)) => view! { <ProblemPanel problem/> }.into_any(),
        (None, None) => view! { <p class="loading" role="status">"Loading…"</p> }.into_any(),
    };
    let trouble = Signal::derive(move || problem.get().filter(|_| shown.with(Option::is_some)));
    view! {
        <PageShell title problem=trouble back=Back::to("/users", "Back to manage users")>
            {body}
        </PageShell>
    }
}

fn connection_view(
    connection: ConnectionView,
    latest: RwSignal<Option<ConnectionView>>,
    problem: RwSignal<Option<Problem>>,
    said: RwSignal<String>,
) -> AnyView {
    let state = connection.state;
    let Words { means, next, .. } = words_for(&connection);
    if state == ConnectionState::NotSetUp {
        return view! {
            <p class="lead">{means}</p>
            <div class="button-row">
                <LinkButton href="/set-up">"Start the set-up"</LinkButton>
                {connection.has_been_read.then(record_link)}
            </div>
            {history(connection.clone(), !connection.has_been_read)}
        }
        .into_any();
    }
    let is_changed = state == ConnectionState::Ready && connection.change.is_some();
    let keeps = state == ConnectionState::Ready && connection.kept > 0;
    let tone = match state {
        ConnectionState::Ready if !is_changed => Tone::Success,
        ConnectionState::Rejected | ConnectionState::Revoked | ConnectionState::SecretRejected => {
            Tone::Warning
        }
        _ => Tone::Info,
    };
    let message = connection.message.clone().map(|message| view! { <p>{message}</p> });
    let continues = (state == ConnectionState::Ready)
        .then(|| view! { <LinkButton href="/wizard">"Continue to the wizard"</LinkButton> });
    view! {
        <p class="lead">{means}</p>
        {stages(state)}
        <Notice tone title="What happens next" announced=true>
            <p>{next}</p>
            {message}
        </Notice>
        {pending(&connection)}
        {continues}
        {(is_changed || keeps).then(|| view! { <Absences problem/> })}
        {invitation(&connection)}
        {(state == ConnectionState::Invited).then(lost_answer)}
        <WaysOn connection=connection.clone() latest problem said/>
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
        "Check, and installation if your school is new to Xporter",
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
        <Details summary="The person has answered, and nothing happens here">
            <p>
                "Groupcall tells us of the answer within some minutes. If it does not, the answer was lost on its way: send the invitation again, and ask the person to approve it once more. Nothing is done twice."
            </p>
            <p>
                "If no e-mail came at all, look in the junk folder, and check the address above."
            </p>
        </Details>
    }
    .into_any()
}

/// What the admin can do: check now, send again, name another person, start again.
#[component]
fn WaysOn(
    connection: ConnectionView,
    latest: RwSignal<Option<ConnectionView>>,
    problem: RwSignal<Option<Problem>>,
    /// What has just been done.
    said: RwSignal<String>,
) -> impl IntoView {
    let state = connection.state;
    let take = move |answer: Answer<ConnectionView>, words: String| match answer {
        Ok(now) => {
            problem.set(None);
            said.set(words);
            latest.set(Some(now));
        }
        Err(failed) => problem.set(Some(failed)),
    };
    let granted = StoredValue::new(connection.granted.clone());
    let check = Action::new_local(move |(): &()| async move {
        let answer = api::check_connection().await;
        let words = match &answer {
            Ok(now) if (now.state, &now.granted) == (state, &granted.get_value()) => {
                "We looked just now: nothing has changed."
            }
            _ => "",
        };
        take(answer, words.to_owned());
    });
    let invite = Invite {
        optional_scopes: connection.asked.iter().copied().filter(|s| !s.is_required()).collect(),
        authoriser: connection.authoriser.clone(),
    };
    let send = Action::new_local(move |(): &()| {
        let invite = invite.clone();
        async move {
            take(api::invite(&invite).await, "The invitation has been sent again.".to_owned());
        }
    });
    let is_ready = state == ConnectionState::Ready;
    let checked = move || {
        latest.with(|latest| {
            let at = latest.as_ref()?.checked_at.as_ref()?;
            Some(format!("Last looked {}.", moment(at)))
        })
    };
    let send_again = (!is_ready).then(|| {
        view! {
            <Button
                look=Look::Secondary
                busy=send.pending()
                on_press=Callback::new(move |()| {
                    send.dispatch(());
                })
            >
                "Send the invitation again"
            </Button>
        }
    });
    let other =
        if is_ready { "Ask for other data areas" } else { "Start again with other data areas" };
    view! {
        <section>
            <h2>"What you can do"</h2>
            <div class="button-row">
                <Button
                    look=Look::Secondary
                    busy=check.pending()
                    on_press=Callback::new(move |()| {
                        check.dispatch(());
                    })
                >
                    "Check now"
                </Button>
                {send_again}
            </div>
            <p role="status">{said} " " <span class="hint">{checked}</span></p>
            <ul>
                {(!is_ready)
                    .then(|| {
                        view! {
                            <li>
                                <a href="/set-up/authoriser">"Change the person"</a>
                            </li>
                        }
                    })}
                <li>
                    <a href="/set-up/guidance">"Print guidance for the person who gives consent"</a>
                </li>
                <li>
                    <a href="/set-up/scopes">{other}</a>
                </li>
                <li>{record_link()}</li>
                <li>
                    <a href="/set-up/disconnect">"Disconnect your MIS"</a>
                </li>
            </ul>
        </section>
    }
}
