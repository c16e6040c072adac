use std::collections::BTreeSet;

use rollcall_engine::fixtures::{apply, planned, pupil, roster, settings, state, teacher};
use rollcall_shared::plan::{FieldChange, PersonField, PlanList};

use super::*;
use crate::contract::{minute, on_both_engines, school};

/// Two pupils and a teacher to create, and a teacher without an e-mail address.
fn a_plan() -> Plan {
    let pupils = vec![pupil("1", "Zoë Li"), pupil("2", "Ida Stone")];
    let without = teacher("8", "Ben Abel").without_email();
    planned(&roster(pupils, vec![teacher("7", "Ama Okafor"), without]), &state(vec![]))
}

/// Saves the plan as the run of this number, from a roster read at minute 0.
async fn save(store: &Store, school: SchoolId, id: u128, at: i64) -> RunId {
    save_plan(store, school, id, at, &a_plan()).await
}

async fn save_plan(store: &Store, school: SchoolId, id: u128, at: i64, plan: &Plan) -> RunId {
    save_hashed(store, school, id, &format!("hash {id}"), at, plan).await
}

async fn save_hashed(
    store: &Store,
    school: SchoolId,
    id: u128,
    hash: &str,
    at: i64,
    plan: &Plan,
) -> RunId {
    let settings = settings();
    let new = new_run(school, id, hash, at, &settings);
    store.save_plan(&new, plan).await.unwrap();
    new.id
}

fn new_run<'a>(
    school: SchoolId,
    id: u128,
    hash: &'a str,
    at: i64,
    settings: &'a Settings,
) -> NewRun<'a> {
    NewRun {
        id: RunId(Uuid::from_u128(id)),
        school,
        kind: RunKind::Sync,
        undoes: None,
        hash,
        settings,
        roster_read_at: minute(0),
        by: Some("Mx Office"),
        at: minute(at),
    }
}

/// Saves a run, and presses Finish.
async fn queue(store: &Store, school: SchoolId, id: u128, at: i64) -> RunId {
    let run = save(store, school, id, at).await;
    let queued =
        store.queue_run(school, run, Asker::Admin("Mx Head"), None, minute(at)).await.unwrap();
    assert_eq!(queued, Queued::Queued);
    run
}

async fn claim(store: &Store, at: i64) -> Option<Claim> {
    store.claim_run(None, minute(at), minute(at + 1)).await.unwrap()
}

async fn status(store: &Store, school: SchoolId, run: RunId) -> RunStatus {
    store.find_run(school, run).await.unwrap().unwrap().status
}

#[tokio::test]
async fn a_plan_is_kept_person_by_person_and_waits_for_finish() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let (run, plan) = (save(&store, here, 1, 1).await, a_plan());
        let stored =
            store.find_planned_run(here, RunKind::Sync, "hash 1", None).await.unwrap().unwrap();
        assert_eq!(
            (stored.id, stored.status, stored.totals),
            (run, RunStatus::Planned, plan.totals)
        );
        assert_eq!((stored.total, stored.done, stored.roster_read_at), (3, 0, minute(0)));
        assert_eq!(
            store.find_planned_run(here, RunKind::Sync, "hash 2", None).await.unwrap(),
            None
        );
        assert_eq!(
            store.find_planned_run(there, RunKind::Sync, "hash 1", None).await.unwrap(),
            None
        );
        assert_eq!(store.find_run(there, run).await.unwrap(), None);

        let changed = |class: &&ClassAction| class.change != ClassChange::Unchanged;
        let classes: Vec<_> = plan.classes.iter().filter(changed).cloned().collect();
        assert_eq!(store.list_run_classes(run).await.unwrap(), classes);
        for person in &plan.people {
            let seq = person.view.seq;
            let found = store.find_run_person(here, run, seq).await.unwrap();
            assert_eq!(found.as_ref(), Some(person));
            assert_eq!(store.find_run_person(there, run, seq).await.unwrap(), None);
        }
    })
    .await;
}

/// A pupil who stays just as they are, beside those of [`a_plan`].
fn a_plan_with_somebody_unchanged() -> Plan {
    let (mut here, amy) = (state(vec![]), pupil("3", "Amy Hill"));
    apply(&mut here, &planned(&roster(vec![amy.clone()], vec![]), &state(vec![])));
    let without = teacher("8", "Ben Abel").without_email();
    let pupils = vec![pupil("1", "Zoë Li"), amy];
    planned(&roster(pupils, vec![teacher("7", "Ama Okafor"), without]), &here)
}

/// The lists that the people of a stored run stand in.
async fn lists(store: &Store, run: RunId) -> Vec<PlanList> {
    let page = store.list_run_people(run, &PlanQuery::default(), 50).await.unwrap();
    page.rows.iter().map(|person| person.view.list).collect()
}

#[tokio::test]
async fn a_finished_run_keeps_those_it_changed_or_doubted_and_counts_all_others() {
    on_both_engines(async |store: Store| {
        let here = school(&store, "3281102").await;
        let plan = a_plan_with_somebody_unchanged();
        let run = save_plan(&store, here, 1, 1, &plan).await;
        let all = [PlanList::Problem, PlanList::Create, PlanList::Create, PlanList::Unchanged];
        assert_eq!(lists(&store, run).await, all, "as long as an admin may look at them");
        let queued = store.queue_run(here, run, Asker::Admin("Mx Head"), None, minute(2)).await;
        assert_eq!(queued.unwrap(), Queued::Queued);
        assert_eq!(lists(&store, run).await, all[..3]);
        let counted = store.find_run(here, run).await.unwrap().unwrap().totals.pupils;
        assert_eq!((counted.created, counted.unchanged), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_plan_nobody_is_to_look_at_lists_nobody_unchanged_and_is_made_again_for_an_admin() {
    on_both_engines(async |store: Store| {
        let here = school(&store, "3281102").await;
        let plan = a_plan_with_somebody_unchanged();
        let settings = settings();
        let unattended = NewRun { by: None, ..new_run(here, 1, "hash 1", 1, &settings) };
        assert!(store.save_plan(&unattended, &plan).await.unwrap());
        let kept = [PlanList::Problem, PlanList::Create, PlanList::Create];
        assert_eq!(lists(&store, unattended.id).await, kept);
        let found = async |by| {
            let found = store.find_planned_run(here, RunKind::Sync, "hash 1", by).await.unwrap();
            found.map(|run| run.id)
        };
        assert_eq!(found(None).await, Some(unattended.id));
        assert_eq!(found(Some("Mx Head")).await, None);
        let looked_at = save_plan(&store, here, 2, 2, &plan).await;
        assert_eq!(lists(&store, looked_at).await.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_changed_nobody_can_be_one_line_and_any_other_keeps_its_people() {
    on_both_engines(async |store: Store| {
        let here = school(&store, "3281102").await;
        for (id, people, left) in [(1, 0, 0), (2, 2, 4)] {
            let run = queue(&store, here, id, 1).await;
            store.forget_run_people(here, run).await.unwrap();
            assert_eq!(lists(&store, run).await.len(), 4, "it is not done");
            let mut claimed = claim(&store, 2).await.unwrap();
            if people > 0 {
                let batch = crate::apply::Batch { next_seq: 9, people, ..Default::default() };
                assert!(store.apply_batch(&claimed, &batch, minute(2)).await.unwrap());
                claimed.next_seq = 9;
            }
            assert!(store.finish_run(&claimed, minute(3)).await.unwrap());
            store.forget_run_people(here, run).await.unwrap();
            assert_eq!(lists(&store, run).await.len(), left);
        }
    })
    .await;
}

#[tokio::test]
async fn a_run_that_is_given_back_is_taken_up_at_once_and_only_by_its_worker() {
    on_both_engines(async |store: Store| {
        let here = school(&store, "3281102").await;
        queue(&store, here, 1, 1).await;
        let claimed = store.claim_run(None, minute(2), minute(9)).await.unwrap().unwrap();
        assert_eq!(claim(&store, 3).await, None);
        assert!(!store.release_run(claimed.run, claimed.fence + 1, minute(3)).await.unwrap());
        assert!(store.release_run(claimed.run, claimed.fence, minute(3)).await.unwrap());
        let again = claim(&store, 3).await.unwrap();
        assert_eq!((again.run, again.fence), (claimed.run, claimed.fence + 1));
        assert!(!store.release_run(claimed.run, claimed.fence, minute(3)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_newer_plan_takes_the_place_of_one_that_was_never_finished() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let (older, elsewhere) = (save(&store, here, 1, 1).await, save(&store, there, 2, 1).await);
        let newer = save(&store, here, 3, 2).await;
        assert_eq!(status(&store, here, older).await, RunStatus::Superseded);
        assert_eq!(status(&store, here, newer).await, RunStatus::Planned);
        assert_eq!(status(&store, there, elsewhere).await, RunStatus::Planned);
        let people =
            async |run| store.list_run_people(run, &PlanQuery::default(), 50).await.unwrap().total;
        assert_eq!((people(older).await, people(newer).await), (0, 4));
        let queued =
            store.queue_run(here, older, Asker::CommandLine, None, minute(3)).await.unwrap();
        assert_eq!(queued, Queued::NotPlanned);
    })
    .await;
}

#[tokio::test]
async fn the_people_of_a_plan_are_listed_problems_first_filtered_and_searched() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let run = save(&store, school, 1, 1).await;
        let names = async |query: PlanQuery| {
            let page = store.list_run_people(run, &query, 50).await.unwrap();
            assert_eq!(page.total as usize, page.rows.len());
            page.rows.into_iter().map(|person| person.view.name).collect::<Vec<_>>()
        };
        let all = PlanQuery::default();
        let listed = names(all.clone()).await;
        assert_eq!((listed.len(), listed[0].as_str()), (4, "Ben Abel"));
        let problems = PlanQuery { list: Some(PlanList::Problem), ..all.clone() };
        assert_eq!(names(problems).await, ["Ben Abel"]);
        let pupils = PlanQuery { kind: Some(PersonKind::Pupil), ..all.clone() };
        let pupils: BTreeSet<String> = names(pupils).await.into_iter().collect();
        assert_eq!(pupils, BTreeSet::from(["Ida Stone".into(), "Zoë Li".into()]));
        let search = async |text: &str| {
            names(PlanQuery { q: Some(text.into()), ..PlanQuery::default() }).await
        };
        assert_eq!(search("zoe l").await, ["Zoë Li"]);
        assert!(search("%").await.is_empty(), "a wildcard is only a sign");
        let beyond =
            store.list_run_people(run, &PlanQuery { page: Some(2), ..all.clone() }, 50).await;
        let beyond = beyond.unwrap();
        assert_eq!((beyond.rows.len(), beyond.total), (0, 4));

        let warned = store.list_warned(run).await.unwrap().len();
        assert_eq!(names(PlanQuery { warnings: true, ..all.clone() }).await.len(), warned);
        assert!(names(PlanQuery { kept_fields: true, ..all }).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn those_with_a_field_that_is_kept_are_listed() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let mut plan = a_plan();
        let zoe = plan.people.iter_mut().find(|person| person.view.name == "Zoë Li").unwrap();
        zoe.view.kept.push(FieldChange {
            field: PersonField::Forename,
            before: Some("Zoë".into()),
            after: Some("Zoey".into()),
        });
        let zoe = zoe.clone();
        let run = save_plan(&store, school, 1, 1, &plan).await;
        let query = PlanQuery { kept_fields: true, ..PlanQuery::default() };
        let page = store.list_run_people(run, &query, 50).await.unwrap();
        assert_eq!((page.rows, page.total), (vec![zoe], 1));
    })
    .await;
}

#[tokio::test]
async fn those_whom_a_plan_changes_are_read_in_order_from_any_place() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let run = save(&store, school, 1, 1).await;
        let seqs = async |from, most| {
            let people = store.list_run_actions(run, from, most).await.unwrap();
            people.into_iter().map(|person| person.view.seq).collect::<Vec<_>>()
        };
        let all = seqs(0, 10).await;
        assert_eq!(all.len(), 3);
        assert!(all.is_sorted());
        assert_eq!(seqs(0, 2).await, all[..2]);
        assert_eq!(seqs(all[1] + 1, 10).await, all[2..]);
        assert_eq!(store.list_everybody(run, PlanList::Create).await.unwrap().len(), 3);
        assert_eq!(store.list_everybody(run, PlanList::Problem).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn one_run_of_a_school_goes_at_a_time_and_a_second_is_shown_the_first() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        assert_eq!(store.find_going_run(here).await.unwrap(), None);
        let first = queue(&store, here, 1, 1).await;
        assert_eq!(store.find_going_run(here).await.unwrap(), Some(first));
        let again =
            store.queue_run(here, first, Asker::CommandLine, None, minute(2)).await.unwrap();
        assert_eq!(again, Queued::NotPlanned, "a double click");
        let second = save(&store, here, 2, 2).await;
        let refused =
            store.queue_run(here, second, Asker::CommandLine, None, minute(2)).await.unwrap();
        assert_eq!(refused, Queued::AnotherGoing(first));
        queue(&store, there, 3, 1).await;
        let stored = store.find_run(here, first).await.unwrap().unwrap();
        assert_eq!(stored.queued_by.as_deref(), Some("Mx Head"));
    })
    .await;
}

#[tokio::test]
async fn a_plan_of_another_school_cannot_be_finished() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let run = save(&store, here, 1, 1).await;
        let refused =
            store.queue_run(there, run, Asker::CommandLine, None, minute(2)).await.unwrap();
        assert_eq!(refused, Queued::NotPlanned);
        assert_eq!(status(&store, here, run).await, RunStatus::Planned);
    })
    .await;
}

#[tokio::test]
async fn runs_are_claimed_in_the_order_of_finish_each_by_one_worker() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let later = queue(&store, here, 1, 2).await;
        let sooner = queue(&store, there, 2, 1).await;
        let (a, b) = tokio::join!(claim(&store, 3), claim(&store, 3));
        let mut claimed: Vec<Claim> = [a, b].into_iter().flatten().collect();
        claimed.extend(claim(&store, 3).await);
        let runs: BTreeSet<RunId> = claimed.iter().map(|claim| claim.run).collect();
        assert_eq!((claimed.len(), runs), (2, BTreeSet::from([later, sooner])));
        assert_eq!(claimed[0].next_seq, 0);
        assert_eq!(claim(&store, 3).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_run_may_be_claimed_by_name_and_no_other_then() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        queue(&store, here, 1, 1).await;
        let named = queue(&store, there, 2, 2).await;
        let only = async || store.claim_run(Some(named), minute(3), minute(4)).await.unwrap();
        assert_eq!(only().await.map(|claim| claim.run), Some(named));
        assert_eq!(only().await, None);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_fell_silent_is_followed_by_another_and_writes_nothing_more() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let run = queue(&store, school, 1, 1).await;
        let silent = claim(&store, 2).await.unwrap();
        assert_eq!(claim(&store, 3).await, None, "its lease holds until the end");
        let next = claim(&store, 4).await.unwrap();
        assert_eq!(next.run, run);
        assert!(next.fence > silent.fence);
        assert!(!store.finish_run(&silent, minute(4)).await.unwrap());
        let ended = store.end_run(&silent, RunStatus::Failed, "Late", minute(4)).await.unwrap();
        assert!(!ended);
        assert_eq!(status(&store, school, run).await, RunStatus::Running);
        assert!(store.finish_run(&next, minute(4)).await.unwrap());
        assert_eq!(status(&store, school, run).await, RunStatus::Done);
    })
    .await;
}

#[tokio::test]
async fn a_lease_is_renewed_by_who_holds_the_claim_and_while_the_run_goes_only() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        queue(&store, school, 1, 1).await;
        let first = claim(&store, 2).await.unwrap();
        assert!(store.renew_lease(first.run, first.fence, minute(9)).await.unwrap());
        assert_eq!(claim(&store, 8).await, None, "it holds until then");
        let next = claim(&store, 10).await.unwrap();
        assert!(!store.renew_lease(first.run, first.fence, minute(99)).await.unwrap());
        assert!(store.finish_run(&next, minute(10)).await.unwrap());
        assert!(
            store.renew_lease(next.run, next.fence, minute(12)).await.unwrap(),
            "no other has it"
        );
        assert_eq!(claim(&store, 20).await, None, "it is done");
    })
    .await;
}

#[tokio::test]
async fn a_person_who_gets_the_lock_of_a_sqlite_database_need_not_wait_for_a_lease_to_be_over() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let run = queue(&store, school, 1, 1).await;
        let gone = store.claim_run(None, minute(2), minute(90)).await.unwrap().unwrap();
        let _lock = store.lock_runs(minute(3)).await.unwrap().unwrap();
        let again = claim(&store, 3).await;
        let is_sqlite = matches!(store, Store::Sqlite(_));
        assert_eq!(again.as_ref().map(|claim| claim.run), is_sqlite.then_some(run));
        if let Some(again) = again {
            assert!(!store.finish_run(&gone, minute(3)).await.unwrap());
            assert!(store.finish_run(&again, minute(3)).await.unwrap());
        }
    })
    .await;
}

#[tokio::test]
async fn a_finished_run_is_remembered_and_makes_way_for_the_next() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        queue(&store, here, 1, 1).await;
        let claimed = claim(&store, 2).await.unwrap();
        assert!(!store.has_applied_run(here).await.unwrap());
        assert!(store.finish_run(&claimed, minute(3)).await.unwrap());
        assert!(!store.finish_run(&claimed, minute(3)).await.unwrap(), "once");
        assert!(store.has_applied_run(here).await.unwrap());
        assert!(!store.has_applied_run(there).await.unwrap());
        let remembered = store.school_state(here).await.unwrap().last_applied;
        assert_eq!(remembered, Some(a_plan().to_remember));
        assert_eq!(store.find_going_run(here).await.unwrap(), None);
        queue(&store, here, 2, 4).await;
    })
    .await;
}

#[tokio::test]
async fn a_consent_that_changed_after_the_roster_was_read_stays_marked() {
    on_both_engines(async |store: Store| {
        for (estab, narrowed_at, stays) in [("3281102", 0, false), ("3281103", 1, true)] {
            let school = school(&store, estab).await;
            let narrow = store.change_connection(
                school,
                Uuid::from_u128(1),
                minute(narrowed_at),
                |connection| {
                    connection.narrow(minute(narrowed_at));
                    None
                },
            );
            narrow.await.unwrap();
            let id = school.0.as_u128();
            queue(&store, school, id, 2).await;
            let claimed = claim(&store, 3).await.unwrap();
            assert!(store.finish_run(&claimed, minute(4)).await.unwrap());
            let connection = store.load_connection(school).await.unwrap();
            assert_eq!(connection.narrowed_at.is_some(), stays);
        }
    })
    .await;
}

#[tokio::test]
async fn a_run_that_failed_or_was_held_says_why_and_makes_way() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let failed = queue(&store, school, 1, 1).await;
        let claimed = claim(&store, 2).await.unwrap();
        let ended = store.end_run(&claimed, RunStatus::Failed, "It broke", minute(3)).await;
        assert!(ended.unwrap());
        let held = save(&store, school, 2, 4).await;
        store
            .hold_run(school, held, Asker::CommandLine, "Look at it", &[], minute(5))
            .await
            .unwrap();
        for (run, status, message) in
            [(failed, RunStatus::Failed, "It broke"), (held, RunStatus::Held, "Look at it")]
        {
            let stored = store.find_run(school, run).await.unwrap().unwrap();
            assert_eq!((stored.status, stored.message.as_deref()), (status, Some(message)));
        }
        assert_eq!(store.find_going_run(school).await.unwrap(), None);
        assert!(!store.has_applied_run(school).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_hold_is_told_once_for_each_reason_and_the_very_same_plan_is_held_once() {
    on_both_engines(async |store: Store| {
        let school = school(&store, "3281102").await;
        let hold = async |run: RunId, why: &str, at: i64| {
            let id = Uuid::from_u128(run.0.as_u128());
            let mails = [SealedMail { id, school, account: None, run: None, sealed: vec![1] }];
            let by = Asker::Schedule;
            store.hold_run(school, run, by, why, &mails, minute(at)).await.unwrap()
        };
        let written = async || store.list_unsent_mail(10).await.unwrap().len();
        let first = save_hashed(&store, school, 1, "a", 1, &a_plan()).await;
        assert_eq!(hold(first, "Look", 2).await, Some(Held { run: first, is_news: true }));
        assert_eq!(written().await, 1);

        let same = save_hashed(&store, school, 2, "a", 3, &a_plan()).await;
        assert_eq!(hold(same, "Look", 4).await, Some(Held { run: first, is_news: false }));
        assert_eq!(status(&store, school, same).await, RunStatus::Planned, "it is not held too");
        let other = save_hashed(&store, school, 3, "b", 5, &a_plan()).await;
        assert_eq!(hold(other, "Look", 6).await, Some(Held { run: other, is_news: false }));
        assert_eq!(written().await, 1, "the same reason is no news");
        assert_eq!(store.find_held_run(school).await.unwrap().unwrap().id, other);
        let third = save_hashed(&store, school, 4, "c", 7, &a_plan()).await;
        assert_eq!(hold(third, "Look again", 8).await, Some(Held { run: third, is_news: true }));
        assert_eq!(written().await, 2);

        queue(&store, school, 5, 9).await;
        let claimed = claim(&store, 9).await.unwrap();
        assert!(store.finish_run(&claimed, minute(10)).await.unwrap());
        assert_eq!(store.find_held_run(school).await.unwrap(), None, "it has been dealt with");
        let late = save_hashed(&store, school, 6, "c", 11, &a_plan()).await;
        assert_eq!(hold(late, "Look again", 12).await, Some(Held { run: late, is_news: true }));
        let gone = save_hashed(&store, school, 7, "d", 13, &a_plan()).await;
        save_hashed(&store, school, 8, "e", 14, &a_plan()).await;
        assert_eq!(hold(gone, "Another", 15).await, None);
        assert_eq!(written().await, 3, "a plan that was replaced is not held");
    })
    .await;
}

#[tokio::test]
async fn the_run_of_a_night_is_found_by_when_the_night_was_due() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        queue(&store, here, 1, 5).await;
        assert_eq!(store.find_scheduled_run(here, minute(1)).await.unwrap(), None, "an admin's");
        let run = save(&store, there, 2, 4).await;
        store.queue_run(there, run, Asker::Schedule, None, minute(6)).await.unwrap();
        assert_eq!(store.find_scheduled_run(there, minute(6)).await.unwrap(), Some(run));
        assert_eq!(store.find_scheduled_run(there, minute(7)).await.unwrap(), None);
        assert_eq!(store.find_scheduled_run(here, minute(1)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn runs_for_which_finish_was_pressed_are_numbered_and_listed_newest_first() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        queue(&store, there, 9, 1).await;
        let mut runs = Vec::new();
        for (id, at) in [(1, 2), (2, 4)] {
            runs.push(queue(&store, here, id, at).await);
            let claimed = store.claim_run(runs.last().copied(), minute(at), minute(at + 1)).await;
            assert!(store.finish_run(&claimed.unwrap().unwrap(), minute(at)).await.unwrap());
        }
        save(&store, here, 3, 6).await;
        let listed = store.list_runs(here, 10).await.unwrap();
        let ids: Vec<RunId> = listed.iter().map(|run| run.id).collect();
        assert_eq!(ids, [runs[1], runs[0]]);
        assert_eq!(store.list_runs(here, 1).await.unwrap().len(), 1);
        assert_eq!(store.run_number(here, runs[0]).await.unwrap(), 1);
        assert_eq!(store.run_number(here, runs[1]).await.unwrap(), 2);
        assert_eq!(store.next_run_number(here).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_waits_is_cancelled_at_once_and_of_one_that_goes_it_is_noted_who_asked_first() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        let cancel = async |school, run, by: &str, at| {
            store.cancel_run(school, run, by, "Stopped", minute(at)).await.unwrap()
        };
        let waiting = queue(&store, here, 1, 1).await;
        assert!(!cancel(there, waiting, "Mx Elsewhere", 2).await);
        assert!(cancel(here, waiting, "Mx Head", 2).await);
        let stored = store.find_run(here, waiting).await.unwrap().unwrap();
        assert_eq!((stored.status, stored.finished_at), (RunStatus::Cancelled, Some(minute(2))));
        assert_eq!(stored.message.as_deref(), Some("Stopped"));
        assert_eq!(claim(&store, 3).await, None);
        assert!(!cancel(here, waiting, "Mx Late", 4).await, "it is not going any more");

        let going = queue(&store, here, 2, 5).await;
        let claimed = claim(&store, 6).await.unwrap();
        assert!(!store.is_cancel_asked(going).await.unwrap());
        assert!(
            cancel(here, going, "Mx Office", 7).await && cancel(here, going, "Mx Head", 8).await
        );
        assert!(store.is_cancel_asked(going).await.unwrap());
        let stored = store.find_run(here, going).await.unwrap().unwrap();
        assert_eq!(stored.status, RunStatus::Running, "until its worker stops");
        assert_eq!(stored.cancel_asked_by.as_deref(), Some("Mx Office"));
        assert_eq!((stored.cancel_asked_at, stored.finished_at), (Some(minute(7)), None));
        let ended = store.end_run(&claimed, RunStatus::Cancelled, "Stopped", minute(9)).await;
        assert!(ended.unwrap());
        queue(&store, here, 3, 10).await;
    })
    .await;
}

#[tokio::test]
async fn what_a_run_that_was_cut_short_had_done_is_counted_and_nothing_else() {
    on_both_engines(async |store: Store| {
        let (here, there) = (school(&store, "3281102").await, school(&store, "3281103").await);
        for (id, status) in [(1, RunStatus::Cancelled), (2, RunStatus::Failed)] {
            let run = queue(&store, here, id, 1).await;
            let claimed = claim(&store, 2).await.unwrap();
            let people = store.list_run_actions(run, 0, 2).await.unwrap();
            let batch = crate::apply::Batch {
                next_seq: people.last().unwrap().view.seq + 1,
                people: 2,
                ..crate::apply::Batch::default()
            };
            assert!(store.apply_batch(&claimed, &batch, minute(2)).await.unwrap());
            assert!(store.count_done(here, Some(run)).await.unwrap().is_empty(), "it is going");
            assert!(store.end_run(&claimed, status, "", minute(3)).await.unwrap());
            let done = store.count_done(here, Some(run)).await.unwrap()[&run];
            let pupils = people.iter().filter(|one| one.view.kind == PersonKind::Pupil).count();
            assert_eq!(done.pupils.created as usize, pupils);
            assert_eq!(done.pupils.created + done.staff.created, 2);
            assert_eq!(done.pupils.changes() + done.staff.changes(), 2);
            let new = PlanQuery { list: Some(PlanList::Create), ..PlanQuery::default() };
            let listed = store.list_run_people(run, &new, 100).await.unwrap();
            assert_eq!(listed.total, 2, "nobody is listed with whom nothing was done");
        }
        assert_eq!(store.count_done(here, None).await.unwrap().len(), 2);
        assert!(store.count_done(there, None).await.unwrap().is_empty());
    })
    .await;
}
