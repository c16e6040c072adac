use std::collections::BTreeMap;

use rollcall_engine::domain::accounts::SchoolState;
use rollcall_engine::domain::plan::Plan;
use rollcall_engine::domain::roster::{Roster, RosterPupil};
use rollcall_engine::fixtures::{apply, planned, pupil, roster, settings, staff_account, teacher};
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::{RunId, SchoolId};
use rollcall_shared::mail::EmailCounts;
use rollcall_shared::people::PersonKind;
use rollcall_shared::plan::ChangeKind;

use super::*;
use crate::contract::{minute, on_both_engines, school};
use crate::fixtures::invitation;
use crate::people::NewLogin;
use crate::runs::{Asker, NewRun};
use rollcall_shared::run::RunKind;

/// Saves a plan as the run of this number, presses Finish, and claims it.
async fn claimed(store: &Store, school: SchoolId, id: u128, plan: &Plan) -> Claim {
    let run = RunId(Uuid::from_u128(id));
    let new = NewRun {
        id: run,
        school,
        kind: RunKind::Sync,
        undoes: None,
        hash: "hash",
        settings: &settings(),
        roster_read_at: minute(0),
        by: None,
        at: minute(1),
    };
    store.save_plan(&new, plan).await.unwrap();
    store.queue_run(school, run, Asker::CommandLine, None, minute(1)).await.unwrap();
    store.claim_run(Some(run), minute(2), minute(3)).await.unwrap().unwrap()
}

/// A whole plan in one batch.
fn batch(school: SchoolId, plan: &Plan) -> Batch {
    let mut batch = Batch { classes: plan.classes.clone(), next_seq: 1000, ..Batch::default() };
    for action in plan.people.iter().filter_map(|person| person.action.clone()) {
        batch.people += 1;
        let Some(before) = action.before else {
            assert!(matches!(action.change, ChangeKind::Create));
            let login = match action.after.kind() {
                PersonKind::Pupil => {
                    NewLogin::Pupil { sealed: vec![1], format: PasswordFormat::Animal }
                }
                PersonKind::Staff => {
                    let id = u8::try_from(batch.people).unwrap();
                    batch.invitations.push(invitation(id, school, action.after.id));
                    NewLogin::Staff
                }
            };
            batch.new.push(NewAccount { account: action.after, login });
            continue;
        };
        batch.changed.push(ChangedAccount {
            before,
            after: action.after,
            ends_login: action.ends_login,
        });
    }
    batch
}

async fn write(store: &Store, claim: &Claim, batch: &Batch) -> Result<bool, ApplyError> {
    store.apply_batch(claim, batch, minute(2)).await
}

/// Plans, applies and finishes a run; the database must hold then what the plan says.
async fn run(store: &Store, school: SchoolId, id: u128, roster: &Roster) -> SchoolState {
    let mut expected = store.school_state(school).await.unwrap();
    let plan = planned(roster, &expected);
    let claim = claimed(store, school, id, &plan).await;
    assert!(write(store, &claim, &batch(school, &plan)).await.unwrap());
    assert!(store.finish_run(&claim, minute(3)).await.unwrap());
    apply(&mut expected, &plan);
    let state = store.school_state(school).await.unwrap();
    assert_eq!(state, expected);
    state
}

fn pupils() -> Vec<RosterPupil> {
    vec![pupil("1", "Zoë Li"), pupil("2", "Ida Stone"), pupil("3", "Tom Baker")]
}

#[tokio::test]
async fn what_is_applied_is_what_was_planned_in_the_first_run_and_in_the_next() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let staff = vec![teacher("7", "Ama Okafor"), teacher("8", "Ben Abel")];
        let first = run(&store, here, 1, &roster(pupils(), staff.clone())).await;
        assert_eq!((first.accounts.len(), first.classes.len()), (5, 4));

        // Ida has moved up, Tom has left, Zoë has married into another name, Una is new; Class 5
        // has another name, and the teachers have exchanged their addresses.
        let mut changed = roster(
            vec![
                pupil("1", "Zoë Li-Stone"),
                pupil("2", "Ida Stone").in_year(5),
                pupil("4", "Una New"),
            ],
            staff,
        );
        let addresses: Vec<_> = changed.staff.iter().map(|one| one.work_email.clone()).collect();
        changed.staff[0].work_email = addresses[1].clone();
        changed.staff[1].work_email = addresses[0].clone();
        changed.classes[2].name = "Kestrels".into();
        let second = run(&store, here, 2, &changed).await;
        let trash = second.accounts.iter().filter(|account| !account.is_active()).count();
        assert_eq!((second.accounts.len(), trash), (6, 1));

        let elsewhere = store.school_state(there).await.unwrap();
        assert!(elsewhere.accounts.is_empty() && elsewhere.classes.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_person_who_comes_back_has_their_username_and_password_and_no_old_session() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let first = run(&store, school, 1, &roster(pupils(), vec![])).await;
        let tom = first.accounts.iter().find(|account| account.forename == "Tom").unwrap();
        let session = crate::sessions::NewSession {
            hash: [9; 32],
            school,
            account: tom.id,
            expires_at: minute(90),
        };
        store.begin_session(&session, minute(3)).await.unwrap();

        run(&store, school, 2, &roster(pupils()[..2].to_vec(), vec![])).await;
        assert_eq!(store.find_login(school, &tom.username).await.unwrap(), None);
        run(&store, school, 3, &roster(pupils(), vec![])).await;
        let login = store.find_login(school, &tom.username).await.unwrap().unwrap();
        assert_eq!((login.account, login.password_sealed), (tom.id, Some(vec![1])));
        assert_eq!(store.find_session(&[9; 32]).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn new_staff_get_a_link_and_a_message_with_their_account() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let staff = vec![teacher("7", "Ama Okafor"), teacher("8", "Ben Abel")];
        run(&store, school, 1, &roster(pupils(), staff)).await;
        let run = RunId(Uuid::from_u128(1));
        assert_eq!(store.count_created(run).await.unwrap(), (3, 2));
        let emails = async || store.count_run_emails(school, Some(run)).await.unwrap()[&run];
        assert_eq!(emails().await, EmailCounts { waiting: 2, ..EmailCounts::default() });
        let claimed = store.claim_mail(minute(9), chrono::TimeDelta::minutes(1), 1).await.unwrap();
        store.mail_was_sent(claimed[0].mail.id, minute(9)).await.unwrap();
        assert_eq!(emails().await, EmailCounts { sent: 1, waiting: 1, refused: 0 });
        // The tests' messages hold the number of their link.
        let hash = [claimed[0].mail.sealed[0]; 32];
        assert!(store.find_invited(&hash).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_written_once_and_only_by_who_holds_the_claim() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let plan = planned(&roster(pupils(), vec![]), &store.school_state(school).await.unwrap());
        let silent = claimed(&store, school, 1, &plan).await;
        let next = store.claim_run(None, minute(4), minute(5)).await.unwrap().unwrap();
        let whole = batch(school, &plan);
        assert!(!write(&store, &silent, &whole).await.unwrap());
        assert!(store.school_state(school).await.unwrap().accounts.is_empty());
        assert!(write(&store, &next, &whole).await.unwrap());
        assert!(!write(&store, &next, &whole).await.unwrap(), "the place in the plan has moved on");
        let stored = store.find_run(school, next.run).await.unwrap().unwrap();
        assert_eq!((stored.done, stored.total), (3, 3));
        assert_eq!(store.school_state(school).await.unwrap().accounts.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn nothing_of_a_batch_is_written_if_somebody_took_a_username_or_address_meanwhile() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let before = store.school_state(school).await.unwrap();
        let plan = planned(&roster(pupils(), vec![teacher("7", "Ama Okafor")]), &before);
        let claim = claimed(&store, school, 1, &plan).await;
        let hasty = staff_account(99, "Someone Else").with_email("okafor@waterside.example");
        crate::fixtures::add(&store, school, &[hasty]).await;
        let refused = write(&store, &claim, &batch(school, &plan)).await;
        assert!(matches!(refused, Err(ApplyError::Taken)), "{refused:?}");
        let after = store.school_state(school).await.unwrap();
        assert_eq!((after.accounts.len(), after.classes.len()), (1, 0));
        assert!(store.list_unsent_mail(10).await.unwrap().is_empty());
        assert_eq!(store.find_run(school, claim.run).await.unwrap().unwrap().done, 0);
    })
    .await;
}

#[tokio::test]
async fn nothing_of_a_batch_is_written_if_an_account_of_it_is_another_schools() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let theirs = run(&store, there, 1, &roster(pupils(), vec![])).await.accounts;
        let plan = planned(&roster(pupils(), vec![]), &store.school_state(here).await.unwrap());
        let claim = claimed(&store, here, 2, &plan).await;
        let astray = Batch {
            changed: vec![ChangedAccount {
                ends_login: false,
                before: theirs[0].clone(),
                after: theirs[0].clone().left(),
            }],
            next_seq: 1,
            ..Batch::default()
        };
        let refused = write(&store, &claim, &astray).await;
        assert!(matches!(refused, Err(ApplyError::Gone)), "{refused:?}");
        assert!(store.school_state(here).await.unwrap().accounts.is_empty());
        assert_eq!(store.school_state(there).await.unwrap().accounts, theirs);
    })
    .await;
}

#[tokio::test]
async fn an_address_may_go_from_one_who_leaves_to_one_who_stays_in_one_batch() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let staff = vec![teacher("7", "Ama Okafor"), teacher("8", "Ben Abel")];
        let state = run(&store, school, 1, &roster(pupils(), staff)).await;
        let by_name: BTreeMap<&str, &Account> =
            state.accounts.iter().map(|account| (account.forename.as_str(), account)).collect();
        let (ama, ben) = (by_name["Ama"].clone(), by_name["Ben"].clone());
        for (leaver, heir, id) in [(&ama, &ben, 2), (&ben, &ama, 3)] {
            let plan = planned(&roster(pupils(), vec![]), &SchoolState::default());
            let claim = claimed(&store, school, id, &plan).await;
            let (gone, inherits) =
                (leaver.clone().left(), Account { email: leaver.email.clone(), ..heir.clone() });
            let mut changed = vec![
                ChangedAccount { before: heir.clone(), after: inherits, ends_login: false },
                ChangedAccount { before: leaver.clone(), after: gone, ends_login: false },
            ];
            let batch = Batch { changed: changed.clone(), next_seq: 1, ..Batch::default() };
            assert!(write(&store, &claim, &batch).await.unwrap());
            // Back to how it was, for the other way round.
            for one in &mut changed {
                std::mem::swap(&mut one.before, &mut one.after);
            }
            changed.reverse();
            let claim = Claim { next_seq: 1, ..claim };
            let batch = Batch { changed, next_seq: 2, ..Batch::default() };
            assert!(write(&store, &claim, &batch).await.unwrap());
            assert!(store.finish_run(&claim, minute(3)).await.unwrap());
        }
    })
    .await;
}
