use rollcall_engine::domain::accounts::{KnownThen, SchoolState, StoredResolution, UsernameAnswer};
use rollcall_engine::domain::plan::Plan;
use rollcall_engine::domain::roster::Roster;
use rollcall_engine::fixtures::{account, planned, pupil, roster, settings, teacher};
use rollcall_shared::formats::PasswordFormat;
use rollcall_shared::ids::SchoolId;
use rollcall_shared::mail::EmailCounts;
use rollcall_shared::people::{PersonKind, Role};
use rollcall_shared::plan::{PlanQuery, RenameAnswer};
use rollcall_shared::run::{RunKind, RunStatus};
use rollcall_shared::scopes::Scope;

use super::*;
use crate::apply::{Batch, ChangedAccount};
use crate::contract::{minute, on_both_engines, school};
use crate::fixtures::{self, invitation};
use crate::people::{NewAccount, NewLogin};
use crate::runs::{Asker, NewRun, Queued};
use crate::sessions::NewSession;

fn run_id(school: SchoolId, number: u128) -> RunId {
    RunId(Uuid::from_u128(school.0.as_u128() * 10 + number))
}

async fn save(store: &Store, school: SchoolId, number: u128, plan: &Plan) -> RunId {
    let run = NewRun {
        id: run_id(school, number),
        school,
        kind: RunKind::Sync,
        undoes: None,
        hash: "hash",
        settings: &settings(),
        roster_read_at: minute(1),
        by: None,
        at: minute(1),
    };
    assert!(store.save_plan(&run, plan).await.unwrap());
    run.id
}

fn roster_of(school: SchoolId) -> Roster {
    // Nobody is in two schools: accounts have their ids in the whole database.
    let id = |number: u32| format!("{}-{number}", school.0.as_u128());
    let mut ida = pupil(&id(2), "Ida Stone").born("2017-09-02");
    ida.upn = Some("A123456789012".into());
    let pupils = vec![pupil(&id(1), "Zoë Li"), ida];
    let mut roster = roster(pupils, vec![teacher(&id(7), "Ama Okafor")]);
    roster.read_at = minute(1);
    roster
}

/// A connected school in which a run has linked Ida, whose account was made by hand and is in no
/// class, and has made Zoë and a teacher, who has an activation link, a message and a session.
/// Since then the consent has changed; a plan waits for Finish.
async fn connected(store: &Store, estab: &str) -> SchoolId {
    let school = school(store, estab).await;
    let number = school.0.as_u128();
    let connect = store.change_connection(school, Uuid::from_u128(number), minute(0), |it| {
        it.state = ConnectionState::Ready;
        it.secret_sealed = Some(vec![1]);
        it.granted = vec![Scope::SchoolLite];
        it.message = Some("Something".into());
        Some("Connected".into())
    });
    connect.await.unwrap();
    let ida = account(number * 100, "Ida Stone");
    fixtures::add(store, school, std::slice::from_ref(&ida)).await;
    let roster = roster_of(school);
    assert!(store.save_roster(school, &roster).await.unwrap());
    let answer = StoredResolution {
        kind: PersonKind::Pupil,
        mis: roster.mis.clone(),
        ids: roster.pupils[1].ids.clone(),
        about: KnownThen::default(),
        same_as: Some(ida.id),
    };
    store.save_resolutions(school, &[answer], None, minute(1)).await.unwrap();
    let keeps =
        UsernameAnswer { account: ida.id, username: "IStone".into(), answer: RenameAnswer::Keep };
    store.save_username_answer(school, &keeps, None, minute(1)).await.unwrap();

    let mut plan = planned(&roster, &store.school_state(school).await.unwrap());
    for class in &mut plan.classes {
        class.id.0 = Uuid::from_u128(class.id.0.as_u128() ^ number);
    }
    let run = save(store, school, 1, &plan).await;
    assert_eq!(
        store.queue_run(school, run, Asker::CommandLine, None, minute(1)).await.unwrap(),
        Queued::Queued
    );
    let claim = store.claim_run(Some(run), minute(2), minute(3)).await.unwrap().unwrap();
    let mut batch = Batch { classes: plan.classes.clone(), next_seq: 1000, ..Batch::default() };
    for action in plan.people.iter().filter_map(|person| person.action.clone()) {
        let mut after = action.after;
        after.class = None;
        after.groups.clear();
        if let Some(before) = action.before {
            batch.changed.push(ChangedAccount { before, after, ends_login: false });
            continue;
        }
        after.id = AccountId(Uuid::from_u128(after.id.0.as_u128() ^ number));
        let login = if after.role == Role::Pupil {
            NewLogin::Pupil { sealed: vec![1], format: PasswordFormat::Animal }
        } else {
            let own = u8::try_from(number % 100).unwrap();
            batch.invitations.push(invitation(own, school, after.id));
            NewLogin::Staff
        };
        batch.new.push(NewAccount { account: after, login });
    }
    assert!(store.apply_batch(&claim, &batch, minute(2)).await.unwrap());
    assert!(store.finish_run(&claim, minute(3)).await.unwrap());
    let teacher = batch.new.iter().find(|new| new.account.role != Role::Pupil).unwrap();
    let session = NewSession {
        hash: [u8::try_from(number % 100).unwrap(); 32],
        school,
        account: teacher.account.id,
        expires_at: minute(90),
    };
    store.begin_session(&session, minute(3)).await.unwrap();
    save(store, school, 2, &plan).await;
    let narrow = store.change_connection(school, Uuid::from_u128(number), minute(4), |it| {
        it.narrowed_at = Some(minute(4));
        None
    });
    narrow.await.unwrap();
    school
}

async fn disconnect(store: &Store, school: SchoolId, erase: bool) -> Outcome {
    let how = Disconnection {
        id: Uuid::from_u128(school.0.as_u128() * 10 + 9),
        at: minute(10),
        actor: AccountId(Uuid::from_u128(1)),
        cause: "Mx Office ended the connection",
        erase,
    };
    store.disconnect(school, &how).await.unwrap()
}

/// Everything of a school that a disconnection may touch.
#[derive(Debug, PartialEq)]
struct Everything {
    state: SchoolState,
    connection: (ConnectionState, bool, usize),
    has_roster: bool,
    events: usize,
    planned: RunStatus,
    people: (u32, u32),
    emails: u32,
    is_signed_in: bool,
}

async fn everything(store: &Store, school: SchoolId) -> Everything {
    let connection = store.load_connection(school).await.unwrap();
    let number = school.0.as_u128();
    let people = async |run| {
        let page = store.list_run_people(run_id(school, run), &PlanQuery::default(), 100).await;
        page.unwrap().total
    };
    let emails = store.count_run_emails(school, None).await.unwrap();
    Everything {
        state: store.school_state(school).await.unwrap(),
        connection: (
            connection.state,
            connection.secret_sealed.is_some(),
            connection.granted.len(),
        ),
        has_roster: store.find_roster(school).await.unwrap().is_some()
            || store.find_roster_read(school).await.unwrap().is_some(),
        events: store.list_connection_events(school, 10).await.unwrap().len(),
        planned: store.find_run(school, run_id(school, 2)).await.unwrap().unwrap().status,
        people: (people(1).await, people(2).await),
        emails: emails.get(&run_id(school, 1)).map_or(0, EmailCounts::all),
        is_signed_in: store
            .find_session(&[u8::try_from(number % 100).unwrap(); 32])
            .await
            .unwrap()
            .is_some(),
    }
}

#[tokio::test]
async fn a_disconnection_that_keeps_takes_what_was_read_and_leaves_the_accounts_linked() {
    on_both_engines(async |store: Store| {
        let (here, there) =
            (connected(&store, "3281102").await, connected(&store, "3281103").await);
        let (before, elsewhere) = (everything(&store, here).await, everything(&store, there).await);
        assert_eq!(disconnect(&store, here, false).await, Outcome::Done);
        let after = everything(&store, here).await;
        assert_eq!(after.state, before.state);
        assert_eq!(after.connection, (ConnectionState::NotSetUp, false, 0));
        assert!(before.has_roster && !after.has_roster);
        assert_eq!(after.planned, RunStatus::Superseded);
        assert_eq!(after.people, (before.people.0, 0));
        assert_eq!((after.events, after.emails), (before.events + 1, before.emails));
        let connection = store.load_connection(here).await.unwrap();
        assert!(connection.narrowed_at.is_none() && connection.message.is_none());
        let consents = store.list_consents(here).await.unwrap();
        assert!(consents.iter().all(|consent| consent.ended_at.is_some()) && !consents.is_empty());
        let recorded = store.count_recorded(here, AuditAction::Disconnected).await.unwrap();
        assert_eq!(recorded, 1);
        assert_eq!(everything(&store, there).await, elsewhere);
        assert_eq!(disconnect(&store, here, false).await, Outcome::NotSetUp);
    })
    .await;
}

#[tokio::test]
async fn a_disconnection_that_erases_leaves_what_was_made_by_hand_and_no_other_school_is_touched() {
    on_both_engines(async |store: Store| {
        let (here, there) =
            (connected(&store, "3281102").await, connected(&store, "3281103").await);
        let (before, elsewhere) = (everything(&store, here).await, everything(&store, there).await);
        assert_eq!(before.state.accounts.len(), 3);
        assert!(before.state.accounts.iter().all(|account| account.link.is_some()));
        assert!(before.is_signed_in && before.emails == 1);
        assert_eq!(disconnect(&store, here, true).await, Outcome::Done);
        let after = everything(&store, here).await;
        let [ida] = after.state.accounts.as_slice() else {
            panic!("{:?}", after.state.accounts);
        };
        assert_eq!(ida.forename, "Ida");
        assert_eq!((&ida.link, &ida.upn, &ida.date_of_birth), (&None, &None, &None));
        let login = store.find_login(here, &ida.username).await.unwrap().unwrap();
        assert!(login.password_sealed.is_some(), "the login stays");
        let reserved = |of: &Everything| -> Vec<String> {
            of.state.reserved_usernames.keys().cloned().collect()
        };
        assert_eq!(reserved(&after), reserved(&before));
        let owned = after.state.reserved_usernames.iter().filter(|(_, owner)| owner.is_some());
        let owned: Vec<_> = owned.collect();
        assert_eq!(owned, [(&ida.username.to_lowercase(), &Some(ida.id))], "nobody who is gone");
        assert!(after.state.classes.is_empty(), "nobody is left in them");
        assert!(after.state.resolutions.is_empty() && after.state.last_applied.is_none());
        assert!(after.state.username_answers.is_empty());
        assert_eq!((after.people, after.emails, after.is_signed_in), ((0, 0), 0, false));
        assert_eq!(store.list_runs(here, 10).await.unwrap().len(), 1, "the figures stay");
        assert_eq!(everything(&store, there).await, elsewhere);
    })
    .await;
}

#[tokio::test]
async fn while_a_run_is_going_nothing_is_disconnected_and_no_absence_is_let_count() {
    on_both_engines(async |store: Store| {
        let here = connected(&store, "3281102").await;
        let going = run_id(here, 2);
        store.queue_run(here, going, Asker::CommandLine, None, minute(4)).await.unwrap();
        let before = everything(&store, here).await;
        assert_eq!(disconnect(&store, here, true).await, Outcome::RunGoing(going));
        let counted = store.let_absences_count(here, Uuid::from_u128(77), minute(5), "Mx Office");
        assert_eq!(counted.await.unwrap(), Outcome::RunGoing(going));
        assert_eq!(everything(&store, here).await, before);
        assert!(store.load_connection(here).await.unwrap().narrowed_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_plan_that_is_finished_at_the_same_moment_is_either_given_up_or_waited_for() {
    on_both_engines(async |store: Store| {
        for number in 10..20 {
            let here = connected(&store, &format!("32811{number}")).await;
            let going = run_id(here, 2);
            let queue = store.queue_run(here, going, Asker::CommandLine, None, minute(5));
            let (ended, queued) = tokio::join!(disconnect(&store, here, false), queue);
            match (ended, queued.unwrap()) {
                (Outcome::Done, Queued::NotPlanned) => {
                    assert_eq!(store.find_going_run(here).await.unwrap(), None);
                }
                (Outcome::RunGoing(run), Queued::Queued) => {
                    assert_eq!(run, going);
                    assert!(store.find_roster(here).await.unwrap().is_some());
                }
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_read_before_the_connection_was_ended_is_not_kept() {
    on_both_engines(async |store: Store| {
        let here = connected(&store, "3281102").await;
        let plan = planned(&roster_of(here), &store.school_state(here).await.unwrap());
        disconnect(&store, here, false).await;
        assert!(!store.save_roster(here, &roster_of(here)).await.unwrap());
        assert_eq!(store.find_roster(here).await.unwrap(), None);
        assert_eq!(store.find_roster_read(here).await.unwrap(), None);
        let run = NewRun {
            id: run_id(here, 3),
            school: here,
            kind: RunKind::Sync,
            undoes: None,
            hash: "hash",
            settings: &settings(),
            roster_read_at: minute(1),
            by: None,
            at: minute(11),
        };
        assert!(!store.save_plan(&run, &plan).await.unwrap());
        let later = Roster { read_at: minute(12), ..roster_of(here) };
        assert!(store.save_roster(here, &later).await.unwrap(), "a new connection has its own");
    })
    .await;
}

#[tokio::test]
async fn absences_that_are_let_count_wait_for_a_person_in_the_next_run() {
    on_both_engines(async |store: Store| {
        let (here, there) =
            (connected(&store, "3281102").await, connected(&store, "3281103").await);
        let cause = "Mx Office confirmed it";
        let counted = store.let_absences_count(here, Uuid::from_u128(77), minute(5), cause);
        assert_eq!(counted.await.unwrap(), Outcome::Done);
        assert_eq!(store.load_connection(here).await.unwrap().narrowed_at, None);
        assert!(store.load_connection(there).await.unwrap().narrowed_at.is_some());
        let waits = async |school| {
            let last = store.school_state(school).await.unwrap().last_applied;
            last.unwrap().leavings_wait
        };
        assert!(waits(here).await && !waits(there).await);
        let events = store.list_connection_events(here, 10).await.unwrap();
        assert_eq!(events[0].cause, cause);
    })
    .await;
}
