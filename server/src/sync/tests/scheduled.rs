//! The nightly sync: made once at its time, whatever happens to clocks and servers; what has to be
//! looked at waits for an admin, who is written to.

use rollcall_shared::run::{RunCause, RunRow};
use rollcall_shared::schedule::{DigestChoice, NightOutcome, SaveSchedule, Schedule};
use xod_simulator::{Fault, FaultKind};

use super::*;
use crate::mail::Mail;
use crate::sync::report::Status;
use crate::sync::schedule::{self, make_due};
use crate::sync::unattended::{self, RunOptions};

const TIME: &str = "05:30";

/// A school that was brought up to date once, and has its nightly sync on.
struct Nights {
    school: Simulated,
    admin: SignedInPerson,
}

impl Nights {
    async fn begin(store: Store, digest: DigestChoice) -> Self {
        let spec = SchoolSpec::new(ESTAB).pupils(90).staff(14).seed(7);
        let school = Simulated::new(store, spec).await;
        assert_eq!(school.sync(ACCEPTING).await.status, Status::Done);
        let admin = school.bench.has_admin().await;
        let nights = Self { school, admin };
        nights.turn_on(digest).await;
        nights
    }

    fn state(&self) -> &AppState {
        &self.school.bench.state
    }

    async fn turn_on(&self, digest: DigestChoice) {
        let time = TIME.parse().unwrap();
        let chosen = SaveSchedule { is_on: true, time, digest, resume: true };
        schedule::save(self.state(), &self.admin, chosen).await.unwrap();
    }

    async fn view(&self) -> Schedule {
        schedule::view(self.state(), &self.admin.school).await.unwrap()
    }

    /// Moves the clock on to the time at which the nightly sync is next made.
    async fn wait(&self) {
        let next_at = self.view().await.next_at.expect("a night to wait for").0;
        let next_at: chrono::DateTime<chrono::Utc> = next_at.parse().unwrap();
        let clock = &self.state().clock;
        clock.advance((next_at - clock.now()).max(TimeDelta::zero()));
    }

    /// The next night, and what came of it.
    async fn next(&self) -> NightOutcome {
        self.wait().await;
        assert_eq!(make_due(self.state()).await.unwrap(), 1);
        self.view().await.last.unwrap().outcome
    }

    fn change(&self, change: impl FnOnce(&mut xod_simulator::school::School)) {
        self.school.mis.change(ESTAB, change).unwrap();
    }

    /// Takes a fifth of the pupils out of the MIS.
    fn lose_pupils(&self) {
        let mut place = 0;
        self.change(|mis| {
            mis.pupils.retain(|_| {
                place += 1;
                place % 5 != 0
            });
        });
    }

    /// Puts as many pupils into the MIS again, under other names and numbers.
    fn double_pupils(&self) {
        self.change(|mis| {
            let mut others = mis.pupils.clone();
            for (pupil, number) in others.iter_mut().zip(900_000..) {
                pupil.id = number;
                pupil.external_id = format!("{number:032}");
                pupil.xid = format!("x{number}");
                (pupil.forename, pupil.surname) =
                    (format!("Newby{number}"), format!("Fletcher{number}"));
                pupil.legal_forename.clone_from(&pupil.forename);
                pupil.legal_surname.clone_from(&pupil.surname);
                (pupil.upn, pupil.former_upn) = (None, None);
            }
            mis.pupils.extend(others);
        });
    }

    async fn runs(&self) -> Vec<RunRow> {
        runs::list(self.state(), self.admin.school.id).await.unwrap()
    }

    /// The subjects of the messages to admins since it was last asked, and their texts.
    async fn letters(&self) -> Vec<Mail> {
        let state = self.state();
        let now = state.clock.now();
        let waiting = state.store.claim_mail(now, LEASE, 1_000).await.unwrap();
        let mut letters = Vec::new();
        for waiting in waiting {
            state.store.mail_was_sent(waiting.mail.id, now).await.unwrap();
            let (to, mail) = crate::mail::open(&waiting.mail, &state.keys).unwrap();
            if to == "head@waterside.example" {
                letters.push(mail);
            }
        }
        letters
    }

    async fn subjects(&self) -> Vec<String> {
        let letters = self.letters().await;
        letters.into_iter().map(|mail| mail.subject.replace("School 3281102", "…")).collect()
    }
}

const DONE: &str = "The nightly sync for … is done";
const WAITS: &str = "The MIS sync for … is waiting for you";
const STILL_WAITS: &str = "The nightly sync for … is waiting for you";
const FAILED: &str = "The nightly sync for … could not be finished";

#[tokio::test]
async fn a_night_brings_the_school_up_to_date_and_the_digest_says_so() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::WhenNeeded).await;
        assert_eq!(make_due(nights.state()).await.unwrap(), 0, "it is not night yet");
        nights.change(|mis| mis.pupils[0].surname.push_str("-Jones"));
        assert_eq!(nights.next().await, NightOutcome::Done);
        assert_eq!(nights.state().clock.now().to_rfc3339(), "2026-09-08T04:30:00+00:00");
        let view = nights.view().await;
        assert_eq!(view.next_at.unwrap().0, "2026-09-09T04:30:00.000Z");

        let run = &nights.runs().await[0];
        assert_eq!((run.cause, run.started_by.as_ref()), (RunCause::Schedule, None));
        assert_eq!((run.pupils.updated, view.last.unwrap().run), (1, Some(run.id)));
        let letters = nights.letters().await;
        assert_eq!(letters.len(), 1);
        assert!(letters[0].body.contains("Updated: 1\n"), "{}", letters[0].body);
        assert!(letters[0].body.contains(&format!("/runs/{}", run.id)), "{}", letters[0].body);
        assert!(!letters[0].body.contains("Jones"));
    })
    .await;
}

#[tokio::test]
async fn the_school_says_of_which_nights_it_is_told() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::WhenNeeded).await;
        nights.next().await;
        nights.letters().await;
        nights.next().await;
        assert!(
            nights.subjects().await.is_empty(),
            "nothing changed, and nothing new needs anybody"
        );
        nights.change(|mis| {
            let mut new = mis.pupils[4].clone();
            new.id = 99_001;
            new.xid = "xid-99001".into();
            new.external_id = "external-99001".into();
            new.forename = "Nia".into();
            new.surname = "Yearless".into();
            new.upn = None;
            new.year_group = None;
            mis.pupils.push(new);
        });
        nights.next().await;
        let letters = nights.letters().await;
        assert_eq!(letters.len(), 1);
        assert!(letters[0].body.contains("not imported: no year group in the MIS"));
        nights.next().await;
        assert!(nights.subjects().await.is_empty(), "what was told last night is no news");

        nights.turn_on(DigestChoice::EveryNight).await;
        nights.next().await;
        assert_eq!(nights.subjects().await, [DONE]);
        nights.turn_on(DigestChoice::Never).await;
        nights.change(|mis| mis.pupils[0].surname.push_str("-Jones"));
        nights.next().await;
        assert!(nights.subjects().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn nights_that_were_missed_are_made_up_once() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::EveryNight).await;
        nights.state().clock.advance(TimeDelta::days(5));
        assert_eq!(make_due(nights.state()).await.unwrap(), 1);
        assert_eq!(make_due(nights.state()).await.unwrap(), 0);
        assert_eq!(nights.subjects().await, [DONE]);
        assert_eq!(nights.view().await.next_at.unwrap().0, "2026-09-13T04:30:00.000Z");
    })
    .await;
}

#[tokio::test]
async fn two_servers_make_a_night_once() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::EveryNight).await;
        nights.wait().await;
        let (one, other) = (make_due(nights.state()), make_due(nights.state()));
        let (one, other) = tokio::join!(one, other);
        assert_eq!(one.unwrap() + other.unwrap(), 1);
        assert_eq!((nights.runs().await.len(), nights.subjects().await.len()), (2, 1));
    })
    .await;
}

#[tokio::test]
async fn a_night_whose_server_went_in_the_middle_is_made_all_the_same_and_not_twice() {
    // Before anything, with the run in the queue, and with the run done but not written down.
    for stage in 0..3 {
        on_both_engines(async |store: Store| {
            let nights = Nights::begin(store, DigestChoice::EveryNight).await;
            nights.wait().await;
            let state = nights.state();
            let now = state.clock.now();
            assert!(state.store.claim_night(now, now + LEASE).await.unwrap().is_some());
            if stage > 0 {
                let school = nights.admin.school.id;
                let read = state.connections.read_roster_if_changed(&nights.admin.school, &|_| ());
                assert!(state.store.save_roster(school, &read.await.unwrap()).await.unwrap());
                let plan = nights.school.bench.plan().await;
                let asked = Finish { hash: plan.hash, confirmation: None };
                runs::finish(state, school, plan.run, &asked, Asker::Schedule).await.unwrap();
            }
            if stage > 1 {
                assert_eq!(apply_next(state).await.unwrap(), Some(Ended::Done));
            }
            assert_eq!(make_due(state).await.unwrap(), 0, "it has its lease");
            state.clock.advance(TimeDelta::minutes(3));
            assert_eq!(make_due(state).await.unwrap(), 1);
            let scheduled = nights.runs().await;
            let scheduled = scheduled.iter().filter(|run| run.cause == RunCause::Schedule);
            assert_eq!((scheduled.count(), nights.subjects().await), (1, vec![DONE.to_owned()]));
        })
        .await;
    }
}

#[tokio::test]
async fn a_sync_that_was_held_by_a_server_that_went_is_told_of_once() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::EveryNight).await;
        nights.lose_pupils();
        nights.wait().await;
        let state = nights.state();
        let now = state.clock.now();
        assert!(state.store.claim_night(now, now + LEASE).await.unwrap().is_some());
        let asked = RunOptions { by_schedule: true, ..RunOptions::default() };
        let report = unattended::run(state, &nights.admin.school, asked, &|_| ()).await.unwrap();
        assert_eq!(report.status, Status::Held);
        state.clock.advance(TimeDelta::minutes(3));
        assert_eq!(make_due(state).await.unwrap(), 1);
        assert_eq!(nights.view().await.last.unwrap().outcome, NightOutcome::Held);
        assert_eq!(nights.subjects().await, [WAITS], "and no digest besides");
    })
    .await;
}

#[tokio::test]
async fn a_held_sync_waits_for_an_admin_who_is_told_once() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::WhenNeeded).await;
        nights.lose_pupils();
        let before = nights.school.bench.logins().await;
        assert_eq!(nights.next().await, NightOutcome::Held);
        let letters = nights.letters().await;
        assert_eq!(letters.len(), 1, "and no digest besides");
        assert!(letters[0].subject.ends_with("is waiting for you"));
        assert!(
            letters[0].body.contains("would leave") && letters[0].body.contains("/wizard/summary")
        );
        let state = nights.state();
        let school = nights.admin.school.id;
        let held = runs::held(state, school).await.unwrap().unwrap();
        assert_eq!(
            (held.cause, nights.view().await.last.unwrap().run),
            (RunCause::Schedule, Some(held.id))
        );

        assert_eq!(nights.next().await, NightOutcome::Held);
        assert_eq!(nights.subjects().await, [STILL_WAITS], "the digest repeats it");
        assert_eq!(runs::held(state, school).await.unwrap().as_ref(), Some(&held));
        assert_eq!(nights.runs().await.len(), 2, "the very same plan is held once");
        // Something else in the MIS, and the same reason: another plan, and no news.
        nights.change(|mis| mis.pupils[0].surname.push_str("-Jones"));
        assert_eq!(nights.next().await, NightOutcome::Held);
        assert_eq!(nights.subjects().await, [STILL_WAITS]);
        assert_eq!(nights.school.bench.logins().await, before, "nothing was applied");

        state.clock.advance(TimeDelta::minutes(5));
        let plan = nights.school.bench.plan().await;
        assert!(!plan.guards.is_empty());
        let asked = Finish { hash: plan.hash, confirmation: Some("confirm".into()) };
        let by = Asker::Admin("Amara Okafor");
        runs::finish(state, school, plan.run, &asked, by).await.unwrap();
        assert_eq!(apply_next(state).await.unwrap(), Some(Ended::Done));
        assert_eq!(runs::held(state, school).await.unwrap(), None);
        assert_eq!(nights.next().await, NightOutcome::Done);
        nights.lose_pupils();
        nights.letters().await;
        assert_eq!(nights.next().await, NightOutcome::Held);
        assert_eq!(nights.subjects().await, [WAITS], "another time is news");
    })
    .await;
}

#[tokio::test]
async fn a_night_that_would_make_far_more_accounts_waits_for_an_admin_who_is_told_why() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::WhenNeeded).await;
        nights.letters().await;
        let before = nights.school.bench.logins().await;
        nights.double_pupils();
        assert_eq!(nights.next().await, NightOutcome::Held);
        let letters = nights.letters().await;
        assert!(letters[0].subject.ends_with("is waiting for you"));
        assert!(letters[0].body.contains("pupils would be created"), "{}", letters[0].body);
        assert_eq!(nights.school.bench.logins().await, before, "nothing was applied");

        let (state, school) = (nights.state(), nights.admin.school.id);
        let plan = nights.school.bench.plan().await;
        let finish = async |confirmation: Option<&str>| {
            let confirmation = confirmation.map(str::to_owned);
            let asked = Finish { hash: plan.hash.clone(), confirmation };
            runs::finish(state, school, plan.run, &asked, Asker::Admin("Amara Okafor")).await
        };
        assert!(finish(None).await.is_err(), "it has to be typed");
        finish(Some("confirm")).await.unwrap();
        assert_eq!(apply_next(state).await.unwrap(), Some(Ended::Done));
        assert!(nights.school.bench.logins().await.len() > before.len() * 3 / 2);
    })
    .await;
}

#[tokio::test]
async fn a_reading_that_fails_for_what_passes_is_tried_again_that_morning() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::WhenNeeded).await;
        nights.letters().await;
        nights.change(|mis| mis.pupils[0].surname.push_str("-Jones"));
        let failing = || {
            let kind = FaultKind::Status { status: 503, retry_after: None };
            let matches = "/school/".into();
            nights.school.mis.script(Fault { matches, after: 0, times: 1_000, kind });
        };
        failing();
        nights.wait().await;
        for minutes in [5, 15, 60] {
            assert_eq!(make_due(nights.state()).await.unwrap(), 1);
            let before = nights.state().clock.now();
            nights.wait().await;
            let pause = nights.state().clock.now() - before;
            assert!((minutes..=minutes * 11 / 10).contains(&pause.num_minutes()), "{pause}");
            let view = nights.view().await;
            assert!(view.is_retrying && view.last.is_none(), "the night is not over");
        }
        assert_eq!(make_due(nights.state()).await.unwrap(), 1);
        let view = nights.view().await;
        assert!(!view.is_retrying);
        assert_eq!(view.last.unwrap().outcome, NightOutcome::Failed);
        assert_eq!(nights.subjects().await, [FAILED]);
        assert_eq!(nights.view().await.next_at.unwrap().0, "2026-09-09T04:30:00.000Z");

        // The next night it passes after the first try.
        nights.wait().await;
        assert_eq!(make_due(nights.state()).await.unwrap(), 1);
        nights.school.mis.clear_faults();
        assert_eq!(nights.next().await, NightOutcome::Done);
        assert_eq!(nights.subjects().await, [DONE]);
    })
    .await;
}

#[tokio::test]
async fn a_night_waits_for_the_run_that_an_admin_has_going() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::WhenNeeded).await;
        let plan = nights.school.bench.plan().await;
        nights.school.bench.finish(&plan).await.unwrap();
        nights.wait().await;
        assert_eq!(make_due(nights.state()).await.unwrap(), 1);
        assert_eq!(nights.view().await.last, None);
        assert_eq!(apply_next(nights.state()).await.unwrap(), Some(Ended::Done));
        assert_eq!(nights.next().await, NightOutcome::Done);
    })
    .await;
}

#[tokio::test]
async fn a_nightly_sync_that_was_turned_off_meanwhile_applies_nothing() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::EveryNight).await;
        nights.change(|mis| mis.pupils[0].surname.push_str("-Jones"));
        let off = SaveSchedule {
            is_on: false,
            time: TIME.parse().unwrap(),
            digest: DigestChoice::EveryNight,
            resume: false,
        };
        schedule::save(nights.state(), &nights.admin, off).await.unwrap();
        let asked = RunOptions { by_schedule: true, ..RunOptions::default() };
        let report = nights.school.sync(asked).await;
        assert_ne!(report.status, Status::Done);
        assert_eq!((report.changes(), nights.runs().await.len()), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_school_that_was_disconnected_is_not_synced_at_night_until_an_admin_says_so() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::EveryNight).await;
        let how = rollcall_store::disconnect::Disconnection {
            id: nights.state().dice.uuid(),
            at: nights.state().clock.now(),
            actor: nights.admin.account,
            cause: "Amara Okafor ended it",
            erase: false,
        };
        nights.state().store.disconnect(nights.admin.school.id, &how).await.unwrap();
        let view = nights.view().await;
        assert_eq!(view.pause.unwrap().reason, "Your MIS was disconnected.");
        nights.state().clock.advance(TimeDelta::days(2));
        assert_eq!(make_due(nights.state()).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn what_needs_no_run_to_be_held_is_told_once_too() {
    on_both_engines(async |store: Store| {
        let nights = Nights::begin(store, DigestChoice::WhenNeeded).await;
        nights.letters().await;
        nights.change(|mis| mis.authorisation.paused = true);
        assert_eq!(nights.next().await, NightOutcome::Held);
        assert_eq!(nights.subjects().await, ["The nightly sync for … could not start"]);
        assert_eq!(nights.next().await, NightOutcome::Held);
        assert_eq!(nights.subjects().await, [STILL_WAITS]);
    })
    .await;
}
