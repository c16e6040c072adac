//! What a run leaves behind for the time after it: links and messages, the trash's dates, and the
//! school free for the next run.

use rollcall_shared::people::Role;
use rollcall_store::contract::execute;
use rollcall_store::sessions::TokenHash;

use super::*;
use crate::mail::Mail;
use crate::people;

const HASH: &str = "$argon2id$…";

/// The addresses that unsent messages go to, and the hashes of the links in them.
async fn letters(bench: &Bench) -> Vec<(String, TokenHash)> {
    let kept = bench.state.store.list_unsent_mail(100).await.unwrap();
    let mut letters: Vec<_> = kept
        .iter()
        .map(|kept| {
            let (to, Mail { body, .. }) = crate::mail::open(&kept.mail, &bench.state.keys).unwrap();
            let token = body.split("/activate#").nth(1).unwrap().split_whitespace().next().unwrap();
            (to, people::activation::hash(token))
        })
        .collect();
    letters.sort();
    letters
}

async fn is_good(bench: &Bench, link: &TokenHash) -> bool {
    bench.state.store.find_invited(link).await.unwrap().is_some()
}

async fn run(bench: &Bench, roster: &Roster) -> PlanSummary {
    bench.has_read(roster).await;
    let plan = bench.plan().await;
    bench.finish(&plan).await.unwrap();
    assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
    plan
}

fn two_teachers() -> Roster {
    fixtures::roster(
        vec![],
        vec![fixtures::teacher("1", "Jane Smith"), fixtures::teacher("2", "Paul Jones")],
    )
}

#[tokio::test]
async fn a_person_who_gets_another_address_gets_another_link_there_and_the_old_one_is_dead() {
    with_bench(async |bench| {
        let mut roster = two_teachers();
        run(&bench, &roster).await;
        let first = letters(&bench).await;
        assert_eq!(first.len(), 2);
        // Paul has set his password; Jane has not.
        let paul = &first.iter().find(|(to, _)| to.starts_with("jones")).unwrap().1;
        let now = bench.state.clock.now();
        assert!(bench.state.store.activate(paul, HASH, now).await.unwrap());
        for mail in bench.state.store.claim_mail(now, LEASE, 100).await.unwrap() {
            bench.state.store.mail_was_sent(mail.mail.id, now).await.unwrap();
        }

        roster.staff[0].work_email = Some("jane@waterside.example".into());
        roster.staff[1].work_email = Some("paul@waterside.example".into());
        let plan = run(&bench, &roster).await;
        let second = letters(&bench).await;
        assert_eq!(second.len(), 1, "who has a password needs no link");
        assert_eq!(second[0].0, "jane@waterside.example");
        assert!(is_good(&bench, &second[0].1).await);
        let old = &first.iter().find(|(to, _)| to.starts_with("smith")).unwrap().1;
        assert!(!is_good(&bench, old).await);
        let view = runs::view(&bench.state, bench.school.id, plan.run).await.unwrap();
        assert_eq!(view.emails.all(), 1);
    })
    .await;
}

#[tokio::test]
async fn unsent_messages_to_an_address_that_is_given_up_are_withdrawn() {
    with_bench(async |bench| {
        let mut roster = two_teachers();
        run(&bench, &roster).await;
        roster.staff[0].work_email = Some("jane@waterside.example".into());
        roster.staff.pop();
        run(&bench, &roster).await;
        let to: Vec<String> = letters(&bench).await.into_iter().map(|(to, _)| to).collect();
        assert_eq!(to, ["jane@waterside.example"], "nor is a leaver written to");
    })
    .await;
}

#[tokio::test]
async fn a_person_who_comes_back_without_ever_having_had_a_password_is_written_to_again() {
    with_bench(async |bench| {
        let roster = two_teachers();
        run(&bench, &roster).await;
        let first = letters(&bench).await;
        let without_paul = Roster { staff: roster.staff[..1].to_vec(), ..roster.clone() };
        run(&bench, &without_paul).await;
        run(&bench, &roster).await;
        let paul = |letters: Vec<(String, TokenHash)>| {
            letters.into_iter().find(|(to, _)| to.starts_with("jones")).unwrap().1
        };
        let (old, new) = (paul(first), paul(letters(&bench).await));
        assert!(!is_good(&bench, &old).await && is_good(&bench, &new).await);
    })
    .await;
}

#[tokio::test]
async fn the_time_in_the_trash_begins_when_the_run_goes() {
    with_bench(async |bench| {
        run(&bench, &many_pupils(20)).await;
        bench.has_read(&many_pupils(19)).await;
        let plan = bench.plan().await;
        bench.finish(&plan).await.unwrap();
        bench.state.clock.advance(TimeDelta::days(3));
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        let state = bench.school_state().await;
        let gone = state.accounts.iter().find(|account| !account.is_active()).unwrap();
        assert_eq!(gone.left_at, Some(bench.state.clock.now()));
        assert_eq!(gone.purge_on, fixtures::day("2027-09-10"));
    })
    .await;
}

#[tokio::test]
async fn a_plan_that_still_holds_says_when_the_mis_was_last_read() {
    with_bench(async |bench| {
        let mut roster = many_pupils(3);
        bench.has_read(&roster).await;
        let first = bench.plan().await;
        roster.read_at += TimeDelta::hours(20);
        bench.state.clock.advance(TimeDelta::hours(20));
        bench.state.store.save_roster(bench.school.id, &roster).await.unwrap();
        let again = bench.plan().await;
        assert_eq!(again.run, first.run);
        assert_eq!(again.roster_read_at, rollcall_engine::domain::time::timestamp(roster.read_at));
        let stored = planned::summary(&bench.state, bench.school.id, first.run).await.unwrap();
        assert_eq!(stored, again);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_is_cut_short_again_and_again_makes_way_and_says_so() {
    with_bench(async |bench| {
        bench.has_read(&many_pupils(3)).await;
        let plan = bench.plan().await;
        bench.finish(&plan).await.unwrap();
        for _ in 0..10 {
            let now = bench.state.clock.now();
            let claim = bench.state.store.claim_run(None, now, now + LEASE).await.unwrap();
            assert!(claim.is_some(), "taken up again");
            bench.state.clock.advance(LEASE + TimeDelta::seconds(1));
        }
        assert_eq!(apply_next(&bench.state).await.unwrap(), None);
        let view = runs::view(&bench.state, bench.school.id, plan.run).await.unwrap();
        assert_eq!(view.status, RunStatus::Failed);
        assert!(view.message.unwrap().contains("gave up"));
        // The school is free for the next.
        bench.finish(&bench.plan().await).await.unwrap();
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
    })
    .await;
}

#[tokio::test]
async fn what_an_admin_did_by_hand_while_a_run_went_is_not_undone() {
    with_bench(async |bench| {
        let mut roster = two_teachers();
        run(&bench, &roster).await;
        roster.staff[0].surname = "Smithson".into();
        bench.has_read(&roster).await;
        let plan = bench.plan().await;
        bench.finish(&plan).await.unwrap();
        let now = bench.state.clock.now();
        let claim = bench.state.store.claim_run(None, now, now + LEASE).await.unwrap().unwrap();
        let batch = crate::sync::apply::next_batch(&bench.state, &claim).await.unwrap().unwrap();
        let jane = batch.changed[0].before.id;
        let school = bench.school.id;
        bench
            .state
            .store
            .set_role(school, jane, Role::Admin, bench.state.clock.now())
            .await
            .unwrap();
        let refused = bench.state.store.apply_batch(&claim, &batch, now).await;
        assert!(matches!(refused, Err(rollcall_store::apply::ApplyError::Gone)), "{refused:?}");
        let state = bench.school_state().await;
        let jane = state.accounts.iter().find(|account| account.id == jane).unwrap();
        assert_eq!((jane.role, jane.surname.as_str()), (Role::Admin, "Smith"));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_added_by_hand_while_a_run_goes() {
    with_bench(async |bench| {
        bench.has_read(&two_teachers()).await;
        let plan = bench.plan().await;
        bench.finish(&plan).await.unwrap();
        let una = rollcall_shared::people::NewStaff {
            forename: "Una".into(),
            surname: "Field".into(),
            email: "una@waterside.example".into(),
            role: Some(Role::Teacher),
            from_problem: None,
        };
        let add = async || people::add(&bench.state, &bench.school, &una, None).await;
        let Err(Error::Problem(problem)) = add().await else { panic!("she was added") };
        assert_eq!((problem.kind, problem.run), (Kind::RunGoing, Some(plan.run)));
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        assert!(add().await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn nobody_in_the_trash_is_sent_a_link() {
    with_bench(async |bench| {
        let jane = fixtures::staff_account(1, "Jane Smith").with_email("jane@waterside.example");
        bench.has_accounts(vec![jane.clone().left()]).await;
        let admin = bench.has_admin().await;
        let sent = people::activation::send_again(&bench.state, &admin, jane.id).await;
        let Err(Error::Problem(problem)) = sent else { panic!("a link was sent") };
        assert_eq!(problem.kind, Kind::Unusable);
        assert!(letters(&bench).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn no_plan_is_made_from_an_old_reading_but_one_that_was_shown_can_be_finished() {
    with_bench(async |bench| {
        bench.has_accounts(vec![fixtures::account(1, "Amy Hill")]).await;
        let roster = fixtures::roster(vec![fixtures::pupil("1", "Amy Hill")], vec![]);
        bench.has_read(&roster).await;
        let plan = bench.plan().await;
        bench.state.clock.advance(TimeDelta::hours(12));
        let id = bench.school.id;
        let problem = |refused: crate::error::Result<PlanSummary>| match refused {
            Err(Error::Problem(problem)) => problem.kind,
            other => panic!("{:?}", other.map(|plan| plan.run)),
        };
        assert_eq!(problem(planned::make_plan(&bench.state, id, None).await), Kind::Stale);
        let sure = resolve::resolve_sure(&bench.state, id, plan.run, None).await;
        assert_eq!(problem(sure), Kind::Stale);
        assert!(bench.school_state().await.resolutions.is_empty(), "nothing was answered");
        assert_eq!(bench.finish(&plan).await.unwrap(), RunStatus::Queued);
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));

        let read_at = bench.state.clock.now();
        bench.has_read(&Roster { read_at, ..roster }).await;
        assert_eq!(bench.plan().await.possible_duplicates, 1);
    })
    .await;
}

#[tokio::test]
async fn a_leaver_is_shown_until_when_they_are_kept_and_purged_then_by_no_sync() {
    with_bench(async |bench| {
        run(&bench, &many_pupils(20)).await;
        bench.state.store.set_retention(bench.school.id, 2).await.unwrap();
        let roster = many_pupils(19);
        bench.has_read(&roster).await;
        let plan = bench.plan().await;
        let leavers = bench.state.store.list_everybody(plan.run, PlanList::Leave).await.unwrap();
        let kept = leavers[0]
            .view
            .fields
            .iter()
            .find(|change| change.field == rollcall_shared::plan::PersonField::PurgeOn);
        assert_eq!(kept.unwrap().after.as_deref(), Some("7 November 2026"));
        bench.finish(&plan).await.unwrap();
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));

        bench.state.clock.advance(TimeDelta::days(61));
        let read_at = bench.state.clock.now();
        bench.has_read(&Roster { read_at, ..roster }).await;
        let waiting = bench.plan().await;
        bench.finish(&waiting).await.unwrap();
        let purge = async || crate::housekeeping::purge_due(&bench.state).await.unwrap();
        assert_eq!(purge().await, 0, "a run is going");
        assert_eq!(apply_next(&bench.state).await.unwrap(), Some(Ended::Done));
        assert_eq!(bench.school_state().await.accounts.len(), 21);
        assert_eq!(purge().await, 1);
        let state = bench.school_state().await;
        assert_eq!((state.accounts.len(), state.reserved_usernames.len()), (20, 21));
        let action = rollcall_store::audit::AuditAction::Purged;
        let recorded = bench.state.store.count_recorded(bench.school.id, action).await.unwrap();
        assert_eq!(recorded, 1);
    })
    .await;
}

#[tokio::test]
async fn somebody_who_cannot_be_purged_holds_up_nobody_else() {
    with_bench(async |bench| {
        let gone = |id, surname| fixtures::account(id, &format!("Amy {surname}")).left();
        let jane = fixtures::staff_account(3, "Jane Smith").with_email("jane@waterside.example");
        bench.has_accounts(vec![gone(1, "Hill"), gone(2, "Wood"), jane]).await;
        // A row that this program never writes, and cannot put right.
        let roster = fixtures::roster(vec![fixtures::pupil("1", "Amy Hill")], vec![]);
        bench.has_read(&roster).await;
        bench.plan().await;
        let lost = fixtures::account_id(1).to_string();
        let sql = format!("UPDATE run_people SET person = '{lost}', list = 'nowhere'");
        execute(&bench.state.store, sql).await;
        bench.state.clock.advance(TimeDelta::days(400));
        assert_eq!(crate::housekeeping::purge_due(&bench.state).await.unwrap(), 1);
        let mut left: Vec<AccountId> =
            bench.school_state().await.accounts.iter().map(|account| account.id).collect();
        left.sort();
        assert_eq!(left, [fixtures::account_id(1), fixtures::account_id(3)]);
    })
    .await;
}
