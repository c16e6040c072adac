//! Answers to possible duplicates and what becomes of them, people whom an admin brings back, and
//! accounts that would become other people: whole runs, on both engines.

use rollcall_engine::domain::roster::{RosterPupil, RosterStaff};
use rollcall_shared::ids::RunId;
use rollcall_store::contract::execute;
use rollcall_store::sessions::NewSession;

use super::*;

impl Bench {
    /// Applies what the MIS says now.
    async fn applies(&self, roster: &Roster) -> RunId {
        self.state.clock.advance(TimeDelta::minutes(1));
        self.has_read(&Roster { read_at: self.state.clock.now(), ..roster.clone() }).await;
        let plan = self.plan().await;
        self.finish(&plan).await.unwrap();
        assert_eq!(apply_next(&self.state).await.unwrap(), Some(Ended::Done));
        plan.run
    }

    /// Answers the only possible duplicate of what the MIS says now.
    async fn answers(&self, roster: &Roster, resolution: Resolution) -> PlanSummary {
        self.state.clock.advance(TimeDelta::minutes(1));
        self.has_read(&Roster { read_at: self.state.clock.now(), ..roster.clone() }).await;
        let plan = self.plan().await;
        let asked =
            self.state.store.list_everybody(plan.run, PlanList::PossibleDuplicate).await.unwrap();
        let [person] = asked.as_slice() else { panic!("{} are asked about", asked.len()) };
        let answer = Resolve { seq: person.view.seq, resolution };
        let by = Some("Mx Head");
        resolve::resolve(&self.state, self.school.id, plan.run, answer, by).await.unwrap()
    }

    async fn finishes(&self, plan: &PlanSummary) {
        self.finish(plan).await.unwrap();
        assert_eq!(apply_next(&self.state).await.unwrap(), Some(Ended::Done));
    }
}

fn of_pupils(pupils: Vec<RosterPupil>) -> Roster {
    fixtures::roster(pupils, vec![fixtures::teacher("1", "Jane Smith")])
}

fn tom() -> RosterPupil {
    fixtures::pupil("77", "Tommy Reed").with_upn(1)
}

/// Somebody else altogether under Tom's number.
fn zara() -> RosterPupil {
    let mut zara = fixtures::pupil("77", "Zara Khan");
    (zara.ids.external_id, zara.ids.xid) = (None, None);
    zara
}

#[tokio::test]
async fn an_answer_ends_with_the_run_that_stores_its_link_and_an_undo_revives_it() {
    with_bench(async |bench| {
        bench.has_accounts(vec![fixtures::account(1, "Tom Reed")]).await;
        let roster = of_pupils(vec![tom()]);
        let same = Resolution::SamePersonAs(fixtures::account_id(1));
        let plan = bench.answers(&roster, same).await;
        assert_eq!(bench.school_state().await.resolutions.len(), 1);
        let about = bench.school_state().await.resolutions[0].about.clone();
        assert_eq!((about.forename.as_str(), about.upn), ("Tommy", fixtures::upn(1)));
        bench.finishes(&plan).await;
        assert!(bench.school_state().await.resolutions.is_empty());
        bench.undoes(plan.run).await;
        assert_eq!(bench.school_state().await.resolutions.len(), 1);
        bench.applies(&roster).await;
        assert_eq!(bench.plan().await.pupils.changes(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_number_that_was_answered_about_is_a_newcomers_once_it_is_given_again() {
    with_bench(async |bench| {
        bench.has_accounts(vec![fixtures::account(1, "Tom Reed")]).await;
        let others = |pupil: RosterPupil| {
            let mut pupils: Vec<RosterPupil> = (1..=30)
                .map(|n| fixtures::pupil(&n.to_string(), &format!("Amy{n} Hill")))
                .collect();
            pupils.push(pupil);
            of_pupils(pupils)
        };
        let same = Resolution::SamePersonAs(fixtures::account_id(1));
        let plan = bench.answers(&others(tom()), same).await;
        bench.finishes(&plan).await;
        let without: Vec<RosterPupil> =
            others(tom()).pupils.into_iter().filter(|one| one.ids.id != "77").collect();
        bench.applies(&of_pupils(without)).await;
        let toms = async || {
            let state = bench.school_state().await;
            state.accounts.into_iter().find(|one| one.id == fixtures::account_id(1)).unwrap()
        };
        assert!(!toms().await.is_active());
        // Zara comes without anything that tells her apart but her name: she is asked about, and
        // Tom's account stays where it is.
        bench.state.clock.advance(TimeDelta::minutes(1));
        let read_at = bench.state.clock.now();
        bench.has_read(&Roster { read_at, ..others(zara()) }).await;
        let plan = bench.plan().await;
        assert_eq!((plan.possible_duplicates, plan.pupils.restored), (1, 0));
        // With a UPN of her own she is new.
        let zara = zara().with_upn(2);
        bench.applies(&others(zara)).await;
        let state = bench.school_state().await;
        let hers = state.accounts.iter().find(|one| one.forename == "Zara").unwrap();
        assert_ne!(hers.id, fixtures::account_id(1));
        assert!(!toms().await.is_active());
    })
    .await;
}

#[tokio::test]
async fn a_staff_account_given_to_another_record_loses_its_login_and_is_activated_again() {
    with_bench(async |bench| {
        let jane = || fixtures::teacher("1", "Jane Smith").with_email("j.smith@waterside.example");
        let of_staff = |staff| {
            let pupils = vec![fixtures::pupil("1", "Amy Hill")];
            fixtures::roster(pupils, vec![staff, fixtures::teacher("9", "Una Field")])
        };
        bench.applies(&of_staff(jane())).await;
        let (store, school, now) = (&bench.state.store, bench.school.id, bench.state.clock.now());
        let account = bench
            .school_state()
            .await
            .accounts
            .iter()
            .find(|one| one.forename == "Jane")
            .unwrap()
            .id;
        assert!(store.set_staff_password(school, account, "hash", now).await.unwrap());
        let expires_at = now + TimeDelta::days(1);
        let session = NewSession { hash: [7; 32], school, account, expires_at };
        store.begin_session(&session, now).await.unwrap();

        let john = fixtures::teacher("2", "John Smith").with_email("j.smith@waterside.example");
        let plan = bench.answers(&of_staff(john), Resolution::SamePersonAs(account)).await;
        let people = store.list_everybody(plan.run, PlanList::Update).await.unwrap();
        assert_eq!(people.len(), 1);
        bench.finishes(&plan).await;
        assert!(store.find_session(&[7; 32]).await.unwrap().is_none());
        let not_activated =
            store.list_not_activated(school, bench.state.clock.now()).await.unwrap();
        assert!(not_activated.iter().any(|one| one.account == account));
        let mails = store.count_run_emails(school, Some(plan.run)).await.unwrap();
        assert_eq!(mails.get(&plan.run).unwrap().waiting, 1);
        let state = bench.school_state().await;
        let hers = state.accounts.iter().find(|one| one.id == account).unwrap();
        assert_eq!(hers.forename, "John");
    })
    .await;
}

#[tokio::test]
async fn a_staff_account_that_is_known_by_its_link_keeps_its_login_whatever_the_name() {
    with_bench(async |bench| {
        let pupils = || vec![fixtures::pupil("1", "Amy Hill")];
        let jane = fixtures::teacher("1", "Jane Smith");
        bench.applies(&fixtures::roster(pupils(), vec![jane.clone()])).await;
        let (store, school, now) = (&bench.state.store, bench.school.id, bench.state.clock.now());
        let account = bench
            .school_state()
            .await
            .accounts
            .iter()
            .find(|one| one.forename == "Jane")
            .unwrap()
            .id;
        assert!(store.set_staff_password(school, account, "hash", now).await.unwrap());
        let married = RosterStaff { surname: "Brown".into(), ..jane };
        bench.applies(&fixtures::roster(pupils(), vec![married])).await;
        assert!(
            store.list_not_activated(school, bench.state.clock.now()).await.unwrap().is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn a_person_who_an_admin_brings_back_stays_on_the_next_night_and_leaves_once_the_mis_led_again()
 {
    with_bench(async |bench| {
        let admin = bench.has_admin().await;
        let pupils = |with_amy: bool| {
            let mut pupils: Vec<RosterPupil> = (2..=30)
                .map(|n| fixtures::pupil(&n.to_string(), &format!("Ben{n} Wood")))
                .collect();
            if with_amy {
                pupils.push(fixtures::pupil("1", "Amy Hill"));
            }
            of_pupils(pupils)
        };
        let amy = async || {
            let state = bench.school_state().await;
            state.accounts.into_iter().find(|one| one.forename == "Amy").unwrap()
        };
        bench.applies(&pupils(true)).await;
        bench.applies(&pupils(false)).await;
        assert!(!amy().await.is_active());
        crate::people::restore(&bench.state, &admin, amy().await.id).await.unwrap();
        let run = bench.applies(&pupils(false)).await;
        assert!(amy().await.is_active(), "the next night leaves her alone");
        assert_eq!(
            planned::summary(&bench.state, bench.school.id, run).await.unwrap().brought_back,
            1
        );
        bench.applies(&pupils(true)).await;
        bench.applies(&pupils(false)).await;
        assert!(!amy().await.is_active(), "once the MIS has had her again it leads");
    })
    .await;
}

#[tokio::test]
async fn the_summary_lists_before_and_after_the_accounts_that_would_become_other_people() {
    with_bench(async |bench| {
        let pupils = |renamed: u32| {
            of_pupils(
                (1..=40_u32)
                    .map(|n| {
                        let known =
                            fixtures::pupil(&n.to_string(), &format!("Amy{n} Hill")).with_upn(n);
                        if n > renamed {
                            return known;
                        }
                        known.renamed(&format!("Zed{n} Wood")).with_former_upn(n).with_upn(n + 500)
                    })
                    .collect(),
            )
        };
        bench.applies(&pupils(0)).await;
        bench.state.clock.advance(TimeDelta::minutes(1));
        let read_at = bench.state.clock.now();
        bench.has_read(&Roster { read_at, ..pupils(3) }).await;
        let plan = bench.plan().await;
        let guard = plan.guards.iter().find(|guard| !guard.people.is_empty()).unwrap();
        let mut names: Vec<&str> = guard.people.iter().map(|one| one.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["Amy1 Hill", "Amy2 Hill", "Amy3 Hill"]);
        let changed = &guard.people[0].fields;
        assert_eq!(changed.len(), 3);
        assert_eq!(changed[1].after.as_deref(), Some("Wood"));
        let refused = bench.finish(&plan).await.unwrap_err();
        assert_eq!(refused.errors[0].field, "confirmation");
        // The same plan asked for again has them too.
        assert_eq!(bench.plan().await.guards, plan.guards);
    })
    .await;
}

#[tokio::test]
async fn an_undo_says_who_has_been_purged_and_cannot_come_back() {
    with_bench(async |bench| {
        let pupils = |count: usize| {
            of_pupils(
                (1..=count)
                    .map(|n| fixtures::pupil(&n.to_string(), &format!("Amy{n} Hill")))
                    .collect(),
            )
        };
        bench.applies(&pupils(30)).await;
        let run = bench.applies(&pupils(28)).await;
        let today = bench.state.clock.now().date_naive();
        let sql = format!("UPDATE accounts SET purge_on = '{today}' WHERE status = 'trash'");
        execute(&bench.state.store, sql).await;
        assert_eq!(crate::housekeeping::purge_due(&bench.state).await.unwrap(), 2);
        let plan = bench.undoes(run).await;
        assert_eq!(plan.pupils.changes(), 0);
        assert_eq!(plan.notes.len(), 1);
        assert!(
            plan.notes[0].starts_with(
                "2 pupils who left in this run have been deleted for good \
                                       since"
            ),
            "{:?}",
            plan.notes
        );
    })
    .await;
}

#[tokio::test]
async fn a_night_on_which_most_of_a_role_are_in_doubt_is_held_and_changes_nobody() {
    on_both_engines(async |store: Store| {
        let spec = SchoolSpec::new(ESTAB).pupils(60).staff(12).seed(7);
        let school = Simulated::new(store, spec).await;
        let first = school.sync(ACCEPTING).await;
        assert_eq!(first.status, Status::Done, "{:?}", first.message);
        let logins = school.bench.logins().await;
        // Another MIS, and nothing but their names to know the pupils by.
        school.mis.change(ESTAB, |mis| {
            for pupil in &mut mis.pupils {
                (pupil.upn, pupil.former_upn) = (None, None);
            }
            mis.authorisation.granted.remove(&xod_simulator::school::Scope::StudentExtended);
            mis.change_mis(fixtures::now().naive_utc());
        });
        let night = school.sync(RunOptions::default()).await;
        assert_eq!(night.status, Status::Held, "{night:?}");
        assert!(night.message.unwrap().contains("are possible duplicates"));
        assert_eq!(school.bench.logins().await, logins);
        // A person who looks at it goes on without those in doubt.
        let plan = school.bench.plan().await;
        assert_eq!(school.bench.finish(&plan).await.unwrap(), RunStatus::Queued);
    })
    .await;
}

#[tokio::test]
async fn a_report_says_of_every_problem_warning_and_person_left_out_why() {
    on_both_engines(async |store: Store| {
        let spec = SchoolSpec::new(ESTAB).pupils(60).staff(20).seed(7);
        let school = Simulated::new(store, spec).await;
        school.bench.has_accounts(vec![fixtures::account(1, "Persephone Unmatched")]).await;
        let report = serde_json::to_value(school.sync(ACCEPTING).await).unwrap();
        assert!(report["not_imported"]["not_a_teacher"].as_u64().unwrap() > 0, "{report}");
        assert_eq!(report["unmatched"], 1);
        let all = ["problems", "warnings"].map(|list| report[list].as_array().unwrap().clone());
        assert!(all.iter().all(|list| !list.is_empty()), "{report}");
        for one in all.concat() {
            let keys: Vec<&str> = one.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, ["code", "fix", "person", "reason", "role"], "{one}");
        }
    })
    .await;
}
