use chrono::TimeDelta;
use rollcall_shared::people::Role;

use super::*;
use crate::contract::{minute, on_both_engines, school};
use crate::fixtures::add;
use crate::outbox::UnsentMail;
use rollcall_engine::fixtures::{account, staff_account};

const LEASE: TimeDelta = TimeDelta::minutes(2);

fn chosen(next_at: DateTime<Utc>) -> ChosenSchedule<'static> {
    ChosenSchedule {
        is_on: true,
        time: "05:30".parse().unwrap(),
        digest: DigestChoice::EveryNight,
        resume: false,
        next_at,
        by: "Amara Okafor",
        at: minute(0),
    }
}

/// A school whose nightly sync is due at this minute.
async fn due(store: &Store, estab: &str, at: i64) -> SchoolId {
    let id = school(store, estab).await;
    store.save_schedule(id, &chosen(minute(at))).await.unwrap();
    id
}

async fn claim(store: &Store, at: i64) -> Option<Night> {
    store.claim_night(minute(at), minute(at) + LEASE).await.unwrap()
}

fn ended(at: i64) -> EndedNight {
    EndedNight {
        at: minute(at),
        outcome: NightOutcome::Held,
        message: Some("Look at it".into()),
        run: None,
        needs: Some("mark".into()),
    }
}

async fn pause(store: &Store, school: SchoolId, at: i64, because: &str) -> Result<(), StoreError> {
    in_transaction!(store, |tx| {
        pause_schedule!(tx, school, minute(at), because);
    })
}

fn mail(id: u8, school: SchoolId) -> SealedMail {
    let id = Uuid::from_bytes([id; 16]);
    SealedMail { id, school, account: None, run: None, sealed: vec![1] }
}

#[tokio::test]
async fn a_school_has_no_nightly_sync_until_an_admin_turns_it_on() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let off = store.load_schedule(here).await.unwrap();
        assert_eq!(off, StoredSchedule::default());
        assert!(!off.is_on && off.digest == DigestChoice::WhenNeeded);
        assert!(claim(&store, 900).await.is_none());

        store.save_schedule(here, &chosen(minute(5))).await.unwrap();
        let on = store.load_schedule(here).await.unwrap();
        assert_eq!(
            (on.is_on, on.time, on.digest, on.next_at, on.changed_by.as_deref(), on.changed_at),
            (
                true,
                Some("05:30".parse().unwrap()),
                DigestChoice::EveryNight,
                Some(minute(5)),
                Some("Amara Okafor"),
                Some(minute(0))
            )
        );
        assert!(store.is_schedule_on(here).await.unwrap());
        assert!(!store.is_schedule_on(there).await.unwrap());

        let off = ChosenSchedule { is_on: false, ..chosen(minute(5)) };
        store.save_schedule(here, &off).await.unwrap();
        assert_eq!(store.load_schedule(here).await.unwrap().next_at, None);
        assert!(claim(&store, 900).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_night_is_claimed_when_it_is_due_the_longest_due_first_and_each_once() {
    on_both_engines(async |store: Store| {
        let later = due(&store, "3281102", 6).await;
        let first = due(&store, "3281103", 5).await;
        assert!(claim(&store, 4).await.is_none(), "neither is due");
        let (a, b) = tokio::join!(claim(&store, 6), claim(&store, 6));
        let c = claim(&store, 6).await;
        let mut nights: Vec<_> = [a, b, c].into_iter().flatten().collect();
        nights.sort_by_key(|night| night.due_at);
        let claimed: Vec<_> =
            nights.iter().map(|night| (night.school, night.due_at, night.attempts)).collect();
        assert_eq!(claimed, [(first, minute(5), 1), (later, minute(6), 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_night_whose_server_is_silent_is_taken_up_by_another_and_the_first_writes_no_more() {
    on_both_engines(async |store: Store| {
        let here = due(&store, "3281102", 5).await;
        let lost = claim(&store, 5).await.unwrap();
        assert!(store.renew_night(&lost, minute(10)).await.unwrap());
        assert!(claim(&store, 9).await.is_none(), "it has been heard of");
        let taken = claim(&store, 11).await.unwrap();
        assert_eq!((taken.due_at, taken.attempts), (minute(5), 2), "the same night");
        assert!(!store.renew_night(&lost, minute(20)).await.unwrap());
        store.retry_night(&lost, minute(60)).await.unwrap();
        let written = async |night: &Night, id| {
            let mails = [mail(id, here)];
            store.end_night(night, &ended(12), minute(900), MailKind::Digest, &mails).await.unwrap()
        };
        assert!(!written(&lost, 1).await);
        assert_eq!(store.load_schedule(here).await.unwrap().last, None);
        assert!(written(&taken, 2).await);
        let kept = store.list_unsent_mail(10).await.unwrap();
        let ids: Vec<_> = kept.iter().map(|UnsentMail { mail, .. }| mail.id).collect();
        assert_eq!(ids, [mail(2, here).id]);
    })
    .await;
}

#[tokio::test]
async fn the_end_of_a_night_is_written_down_and_leads_to_the_next() {
    on_both_engines(async |store: Store| {
        let here = due(&store, "3281102", 5).await;
        let night = claim(&store, 7).await.unwrap();
        assert!(store.load_schedule(here).await.unwrap().lease_until.is_some());
        assert!(
            store.end_night(&night, &ended(8), minute(900), MailKind::Digest, &[]).await.unwrap()
        );
        let after = store.load_schedule(here).await.unwrap();
        assert_eq!((after.next_at, after.lease_until), (Some(minute(900)), None));
        assert_eq!(after.last, Some(ended(8)));
        assert!(claim(&store, 899).await.is_none());
        let next = claim(&store, 900).await.unwrap();
        assert_eq!((next.due_at, next.attempts), (minute(900), 1));
        assert_eq!(next.last, Some(ended(8)));
    })
    .await;
}

#[tokio::test]
async fn a_night_that_is_tried_again_stays_the_same_night() {
    on_both_engines(async |store: Store| {
        let here = due(&store, "3281102", 5).await;
        let night = claim(&store, 5).await.unwrap();
        store.retry_night(&night, minute(20)).await.unwrap();
        assert_eq!(store.load_schedule(here).await.unwrap().next_at, Some(minute(20)));
        assert!(claim(&store, 19).await.is_none());
        let again = claim(&store, 20).await.unwrap();
        assert_eq!((again.due_at, again.attempts, again.retries), (minute(5), 2, 1));
    })
    .await;
}

#[tokio::test]
async fn a_night_that_was_never_ended_is_not_the_one_that_an_admin_chooses_afterwards() {
    on_both_engines(async |store: Store| {
        let here = due(&store, "3281102", 5).await;
        claim(&store, 5).await.unwrap();
        store.save_schedule(here, &chosen(minute(900))).await.unwrap();
        let next = claim(&store, 900).await.unwrap();
        assert_eq!((next.due_at, next.attempts), (minute(900), 1));
        pause(&store, here, 901, "An undo").await.unwrap();
        let resumed = ChosenSchedule { resume: true, ..chosen(minute(1_800)) };
        store.save_schedule(here, &resumed).await.unwrap();
        assert_eq!(claim(&store, 1_800).await.unwrap().due_at, minute(1_800));
    })
    .await;
}

#[tokio::test]
async fn a_renewal_that_comes_after_the_end_of_a_night_does_not_revive_it() {
    on_both_engines(async |store: Store| {
        let here = due(&store, "3281102", 5).await;
        let night = claim(&store, 5).await.unwrap();
        assert!(
            store.end_night(&night, &ended(6), minute(900), MailKind::Digest, &[]).await.unwrap()
        );
        store.renew_night(&night, minute(10)).await.unwrap();
        assert_eq!(store.load_schedule(here).await.unwrap().lease_until, None);
    })
    .await;
}

#[tokio::test]
async fn another_time_chosen_during_a_night_holds() {
    on_both_engines(async |store: Store| {
        let here = due(&store, "3281102", 5).await;
        let night = claim(&store, 5).await.unwrap();
        store.save_schedule(here, &chosen(minute(300))).await.unwrap();
        assert!(
            store.end_night(&night, &ended(6), minute(900), MailKind::Digest, &[]).await.unwrap()
        );
        let after = store.load_schedule(here).await.unwrap();
        assert_eq!((after.next_at, after.last), (Some(minute(300)), Some(ended(6))));
        let night = claim(&store, 300).await.unwrap();
        let off = ChosenSchedule { is_on: false, ..chosen(minute(900)) };
        store.save_schedule(here, &off).await.unwrap();
        store.retry_night(&night, minute(320)).await.unwrap();
        assert_eq!(store.load_schedule(here).await.unwrap().next_at, None, "off is off");
    })
    .await;
}

#[tokio::test]
async fn a_pause_keeps_its_first_reason_until_it_is_ended_on_purpose() {
    on_both_engines(async |store: Store| {
        let (here, there) = (due(&store, "3281102", 5).await, school(&store, "3281103").await);
        pause(&store, here, 2, "A run was undone.").await.unwrap();
        pause(&store, here, 3, "Something else.").await.unwrap();
        pause(&store, there, 2, "It is off anyway.").await.unwrap();
        assert_eq!(store.load_schedule(there).await.unwrap().paused, None);
        let paused = Some((minute(2), "A run was undone.".to_owned()));
        let now = store.load_schedule(here).await.unwrap();
        assert_eq!((now.is_on, now.paused.clone(), now.next_at), (true, paused.clone(), None));
        assert!(!store.is_schedule_on(here).await.unwrap());
        assert!(!store.bring_night_forward(here, minute(4)).await.unwrap());
        assert!(claim(&store, 900).await.is_none());

        store.save_schedule(here, &chosen(minute(900))).await.unwrap();
        let now = store.load_schedule(here).await.unwrap();
        assert_eq!((now.paused, now.next_at), (paused, None), "nobody has ended it");
        let resumed = ChosenSchedule { resume: true, ..chosen(minute(900)) };
        store.save_schedule(here, &resumed).await.unwrap();
        let now = store.load_schedule(here).await.unwrap();
        assert_eq!((now.paused, now.next_at), (None, Some(minute(900))));
    })
    .await;
}

#[tokio::test]
async fn a_night_is_brought_forward_unless_it_is_being_made() {
    on_both_engines(async |store: Store| {
        let here = due(&store, "3281102", 900).await;
        assert!(claim(&store, 5).await.is_none());
        assert!(store.bring_night_forward(here, minute(5)).await.unwrap());
        let night = claim(&store, 5).await.unwrap();
        assert!(!store.bring_night_forward(here, minute(6)).await.unwrap());
        assert!(
            store.end_night(&night, &ended(6), minute(900), MailKind::Digest, &[]).await.unwrap()
        );
        assert!(claim(&store, 7).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn only_active_admins_with_an_address_are_written_to() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let admin =
            |id, surname| staff_account(id, &format!("Ama {surname}")).with_role(Role::Admin);
        let people = [
            admin(1, "Okafor"),
            admin(2, "Bello"),
            admin(3, "Silent").without_email(),
            admin(4, "Gone").left(),
            admin(8, "Blocked"),
            staff_account(5, "Tom Teacher"),
            account(6, "Zoe Li"),
        ];
        add(&store, here, &people).await;
        add(&store, there, &[admin(7, "Elsewhere")]).await;
        for one in &people[..2] {
            store.set_staff_password(here, one.id, "hash", minute(0)).await.unwrap();
        }
        store.block_sign_in(here, people[4].id, minute(1)).await.unwrap();
        let found = store.list_admins_to_write_to(here).await.unwrap();
        let to: Vec<_> = found.iter().map(|admin| admin.email.as_str()).collect();
        assert_eq!(to, ["bello@waterside.example", "okafor@waterside.example"]);
        assert_eq!(found[0].forename, "Ama");
    })
    .await;
}
