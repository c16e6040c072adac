//! The nightly sync: whether and when it runs, who is told, and how the last one ended.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use rollcall_shared::problem::{Kind, Problem};
use rollcall_shared::provider;
use rollcall_shared::schedule::{DigestChoice, NightOutcome, SaveSchedule, Schedule};
use rollcall_shared::time::TimeOfDay;

use crate::address;
use crate::api::{self, Answer};
use crate::components::{
    Back, Button, Choice, Field, FieldKind, Form, LinkButton, Look, Notice, PageShell,
    ProblemPanel, Radios, Tone, error_of, loading,
};
use crate::dates::moment;
use crate::state::follow_run::wait_until_seen;
use crate::text::THERE_IS_A_PROBLEM;

/// How often the page polls.
const LOOK_EVERY_MS: u32 = 3_000;

/// XoD makes its nightly copy at about 03:00.
const AFTER_THE_COPY: u16 = 4 * 60;

/// What was last done on the page, and the schedule as it was last seen.
#[derive(Clone, Copy)]
struct Seen {
    latest: RwSignal<Option<Schedule>>,
    problem: RwSignal<Option<Problem>>,
    said: RwSignal<&'static str>,
    said_at: NodeRef<html::P>,
}

impl Seen {
    /// Shows the current state; an earlier message is cleared once another night has ended.
    fn look(self, schedule: Schedule) {
        let before = self.latest.with_untracked(|latest| latest.as_ref().map(|s| s.last.clone()));
        if before.is_some_and(|last| last != schedule.last) {
            self.said.set("");
        }
        self.latest.set(Some(schedule));
    }

    /// Puts the focus on what is said, since the button that was pressed may be gone.
    fn goes_on_from_said(self) {
        if self.problem.with_untracked(Option::is_none)
            && let Some(said) = self.said_at.get_untracked()
        {
            // Fails only where the page has gone already.
            let _ = said.focus();
        }
    }

    /// Shows the outcome of something done on the page.
    fn take(self, answer: Answer<Schedule>, done: &'static str) {
        match answer {
            Ok(schedule) => {
                self.problem.set(None);
                self.said.set(done);
                self.latest.set(Some(schedule));
            }
            Err(problem) => {
                self.said.set("");
                self.problem.set(Some(problem));
            }
        }
    }
}

/// The page of the nightly sync.
#[component]
pub fn NightlySync() -> impl IntoView {
    let seen = Seen {
        latest: RwSignal::new(None),
        problem: RwSignal::new(None),
        said: RwSignal::new(""),
        said_at: NodeRef::new(),
    };
    spawn_local_scoped_with_cancellation(async move {
        loop {
            match api::schedule().await {
                Ok(schedule) => seen.look(schedule),
                // What is shown stays; only an empty page says why.
                Err(failed) if seen.latest.with_untracked(Option::is_none) => {
                    seen.problem.set(Some(failed));
                }
                Err(_) => {}
            }
            wait_until_seen(LOOK_EVERY_MS).await;
        }
    });
    let is_loaded = Memo::new(move |_| seen.latest.with(Option::is_some));
    let body = move || match (is_loaded.get(), seen.problem.get_untracked()) {
        (true, _) => view! { <Loaded seen/> }.into_any(),
        (false, Some(problem)) => view! { <ProblemPanel problem/> }.into_any(),
        (false, None) => loading(),
    };
    let trouble = Signal::derive(move || seen.problem.get().filter(|_| is_loaded.get()));
    view! {
        <PageShell
            title="Nightly sync"
            problem=trouble
            back=Back::to(address::USERS, "Manage users")
        >
            <p class="lead">
                "Each night your MIS is read and accounts are updated automatically. Anything that needs a decision waits for you."
            </p>
            {body}
        </PageShell>
    }
}

/// The page once there is something to show. The state follows each poll; the form keeps what
/// has been chosen.
#[component]
fn Loaded(seen: Seen) -> impl IntoView {
    let how_it_stands = Memo::new(move |_| seen.latest.get());
    let can_be_on =
        Memo::new(move |_| seen.latest.with(|latest| latest.as_ref().is_some_and(|s| s.can_be_on)));
    let form = move || {
        if !can_be_on.get() {
            return view! {
                <Notice title="Run the wizard once first">
                    <p>
                        "The first run creates every account, so someone should check its summary. After that you can turn on the nightly sync here."
                    </p>
                </Notice>
                <LinkButton href=address::WIZARD>"Start the MIS sync wizard"</LinkButton>
            }
            .into_any();
        }
        seen.latest
            .get_untracked()
            .map(|schedule| view! { <ScheduleForm schedule seen/> })
            .into_any()
    };
    view! {
        <p class="said" role="status" tabindex="-1" node_ref=seen.said_at>
            {move || seen.said.get()}
        </p>
        {move || how_it_stands.get().map(|schedule| standing(&schedule, seen))}
        {form}
    }
}

/// The current state: on, off or paused, the next night and the last.
fn standing(schedule: &Schedule, seen: Seen) -> AnyView {
    if !schedule.is_on && schedule.last.is_none() {
        return ().into_any();
    }
    let next = match (&schedule.next_at, schedule.is_running) {
        (_, true) => "It is running now.".to_owned(),
        (Some(at), false) if schedule.is_retrying => {
            format!("Your MIS could not be read. We will try again on {}.", moment(at))
        }
        (Some(at), false) => moment(at),
        (None, false) if schedule.pause.is_some() => "Not until you turn it on again".to_owned(),
        (None, false) => "It is off".to_owned(),
    };
    let can_be_made = schedule.next_at.is_some() && !schedule.is_running;
    view! {
        {paused(schedule, seen)}
        <section class="panel">
            <h2>"Status"</h2>
            <dl class="facts">
                <dt>"Next time"</dt>
                <dd>{next}</dd>
                {last(schedule)}
                {changed(schedule)}
            </dl>
            {can_be_made.then(|| view! { <MakeNow seen/> })}
        </section>
    }
    .into_any()
}

fn paused(schedule: &Schedule, seen: Seen) -> Option<AnyView> {
    let (pause, can_be_on) = (schedule.pause.clone()?, schedule.can_be_on);
    let again =
        SaveSchedule { is_on: true, time: schedule.time, digest: schedule.digest, resume: true };
    let resume = Action::new_local(move |(): &()| async move {
        seen.take(api::save_schedule(&again).await, "The nightly sync is on again.");
        seen.goes_on_from_said();
    });
    let on_press = Callback::new(move |()| {
        resume.dispatch(());
    });
    Some(
        view! {
            <Notice tone=Tone::Warning title="The nightly sync is paused">
                <p>{pause.reason} " It has been paused since " {moment(&pause.at)} "."</p>
                {can_be_on
                    .then(|| {
                        view! {
                            <Button look=Look::Secondary busy=resume.pending() on_press>
                                "Turn on again"
                            </Button>
                        }
                    })}
            </Notice>
        }
        .into_any(),
    )
}

fn last(schedule: &Schedule) -> Option<AnyView> {
    let last = schedule.last.clone()?;
    let words = match last.outcome {
        NightOutcome::Done => "done",
        NightOutcome::Held => "waiting for you",
        NightOutcome::Failed => "could not be finished",
    };
    let link = match (last.outcome, last.run) {
        (NightOutcome::Done, Some(run)) => Some((address::run(run), "See what was done")),
        (NightOutcome::Held, Some(_)) => Some((address::SUMMARY.to_owned(), "Look at the summary")),
        (NightOutcome::Held, None) => Some((address::CONNECTION.to_owned(), "See the connection")),
        (NightOutcome::Failed, Some(run)) => Some((address::progress(run), "See what happened")),
        _ => None,
    };
    Some(
        view! {
            <dt>"Last time"</dt>
            <dd>
                <p>{moment(&last.at)} ": " {words}</p>
                {last.message.map(|message| view! { <p>{message}</p> })}
                {link.map(|(href, label)| view! { <a href=href>{label}</a> })}
            </dd>
        }
        .into_any(),
    )
}

fn changed(schedule: &Schedule) -> Option<AnyView> {
    let (by, at) = (schedule.changed_by.clone()?, schedule.changed_at.clone()?);
    Some(
        view! {
            <dt>"Changed"</dt>
            <dd>{moment(&at)} " by " {by}</dd>
        }
        .into_any(),
    )
}

/// The button for those who do not want to wait for the night.
#[component]
fn MakeNow(seen: Seen) -> impl IntoView {
    let make = Action::new_local(move |(): &()| async move {
        let done = "It will start in a moment. You will see the result here.";
        seen.take(api::make_schedule_now().await, done);
        seen.goes_on_from_said();
    });
    let on_press = Callback::new(move |()| {
        make.dispatch(());
    });
    view! {
        <Button look=Look::Secondary busy=make.pending() on_press>
            "Run it now"
        </Button>
    }
}

/// What has been chosen and typed in the form.
#[derive(Clone, Copy)]
struct Chosen {
    is_on: RwSignal<bool>,
    time: RwSignal<String>,
    digest: RwSignal<DigestChoice>,
}

impl Chosen {
    fn new(schedule: &Schedule) -> Self {
        Self {
            is_on: RwSignal::new(schedule.is_on),
            time: RwSignal::new(schedule.time.to_string()),
            digest: RwSignal::new(schedule.digest),
        }
    }

    /// The schedule to save, or what is wrong with the time.
    fn schedule(self) -> Result<SaveSchedule, Problem> {
        let time = self.time.with_untracked(|time| time.parse::<TimeOfDay>()).map_err(|_| {
            Problem::new(Kind::Unusable, THERE_IS_A_PROBLEM).field(
                "time",
                "unusable",
                "Type a time, such as 05:30",
            )
        })?;
        Ok(SaveSchedule {
            is_on: self.is_on.get_untracked(),
            time,
            digest: self.digest.get_untracked(),
            resume: false,
        })
    }
}

#[component]
fn ScheduleForm(schedule: Schedule, seen: Seen) -> impl IntoView {
    let chosen = Chosen::new(&schedule);
    let problem = seen.problem;
    let save = Action::new_local(move |chosen: &SaveSchedule| {
        let chosen = *chosen;
        async move {
            let done = if chosen.is_on {
                "The nightly sync settings are saved."
            } else {
                "The nightly sync is off."
            };
            seen.take(api::save_schedule(&chosen).await, done);
        }
    });
    let submit = Callback::new(move |()| {
        if save.pending().get_untracked() {
            return;
        }
        seen.said.set("");
        match chosen.schedule() {
            Ok(schedule) => {
                problem.set(None);
                save.dispatch(schedule);
            }
            Err(why) => problem.set(Some(why)),
        }
    });
    view! {
        <Form on_submit=submit>
            {whether(chosen.is_on, problem)}
            {at_what_time(chosen.time, problem)}
            {who_is_told(chosen.digest)}
            <Button busy=save.pending()>"Save"</Button>
        </Form>
    }
}

fn whether(is_on: RwSignal<bool>, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    view! {
        <Radios
            name="is_on"
            legend="Bring accounts up to date each night?"
            choices=vec![
                Choice::new(true, "Yes")
                    .hint(
                        "New people get accounts, classes and names are updated, and people who have left go to the trash. If more than a few people would leave, the sync waits for you.",
                    ),
                Choice::new(false, "No").hint("You run the wizard yourself."),
            ]
            value=Signal::derive(move || Some(is_on.get()))
            on_choose=Callback::new(move |chosen| is_on.set(chosen))
            error=error_of(problem, "is_on")
        />
    }
}

/// The time, with a warning while it is before the copy is made.
fn at_what_time(time: RwSignal<String>, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let is_early = Memo::new(move |_| {
        time.with(|time| time.parse::<TimeOfDay>())
            .is_ok_and(|time| time.minutes() < AFTER_THE_COPY)
    });
    view! {
        <Field
            id="time"
            label="At what time?"
            hint=concat!("UK time. ", provider!(), " normally updates its copy of your MIS at about 03:00.")
            value=time
            kind=FieldKind::Time
            error=error_of(problem, "time")
        />
        {move || {
            is_early
                .get()
                .then(|| {
                    view! {
                        <Notice tone=Tone::Warning announced=true>
                            "Before 04:00 the sync may read the previous day’s copy. Changes made in your MIS yesterday would then show a night later."
                        </Notice>
                    }
                })
        }}
    }
}

fn who_is_told(digest: RwSignal<DigestChoice>) -> impl IntoView {
    view! {
        <Radios
            name="digest"
            legend="When should admins get an e-mail about it?"
            hint="It says how many people changed and what needs your attention. It never names pupils. If a sync is waiting for you, you always get one e-mail about it."
            choices=vec![
                Choice::new(
                    DigestChoice::WhenNeeded,
                    "Only when something has changed or needs attention",
                ),
                Choice::new(DigestChoice::EveryNight, "Every night"),
                Choice::new(DigestChoice::Never, "Never"),
            ]
            value=Signal::derive(move || Some(digest.get()))
            on_choose=Callback::new(move |chosen| digest.set(chosen))
        />
    }
}
