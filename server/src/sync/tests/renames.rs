//! A username that is changed after a name, from the admin's word to the sign-in.

use chrono::TimeDelta;
use rollcall_shared::plan::{Rename, RenameAnswer};
use rollcall_shared::session::SignIn;
use rollcall_store::audit::AuditAction;

use super::by_hand::admin;
use super::*;
use crate::seal::Owner;
use crate::sign_in::{Origin, sign_in};

fn school(forename: &str, surname: &str) -> Roster {
    let amy = fixtures::pupil("1", &format!("{forename} Hill"));
    let jane =
        fixtures::teacher("1", &format!("Jane {surname}")).with_email("smith@waterside.example");
    fixtures::roster(vec![amy], vec![jane])
}

async fn run_to_its_end(bench: &Bench, plan: &PlanSummary) {
    bench.finish(plan).await.unwrap();
    while apply_next(&bench.state).await.unwrap().is_some() {}
    assert_eq!(bench.status(plan).await.0, RunStatus::Done);
}

#[tokio::test]
async fn a_new_username_is_given_on_an_admins_word_with_the_password_of_before() {
    with_bench(async |bench| {
        let store = &bench.state.store;
        bench.has_read(&school("Amy", "Smith")).await;
        run_to_its_end(&bench, &bench.plan().await).await;
        let pupil =
            store.list_pupil_logins(bench.school.id, &CardsRequest::default()).await.unwrap();
        let owner =
            Owner { purpose: "pupil-password", school: bench.school.id.0, id: pupil[0].account.0 };
        let password = bench.state.keys.open(owner, &pupil[0].password_sealed).unwrap();
        let password = String::from_utf8(password.to_vec()).unwrap();
        let try_as = async |username: &str| {
            let typed =
                SignIn { username: username.into(), password: password.clone(), card: None };
            sign_in(&bench.state, &bench.school, &Origin::here(), typed).await.is_ok()
        };
        assert!(try_as("AmyH").await);

        bench.has_read(&school("Grace", "Jones")).await;
        let mut plan = bench.plan().await;
        assert_eq!((plan.warnings, plan.pupils.updated, plan.staff.updated), (2, 1, 1), "{plan:?}");
        for (name, username) in [("Grace Hill", "GraceH"), ("Jane Jones", "JJones")] {
            let rows = bench.first_page(&plan).await.rows;
            let row = rows.iter().find(|row| row.name == name).unwrap();
            let answer =
                Rename { seq: row.seq, username: username.into(), answer: RenameAnswer::Rename };
            plan = resolve::answer_rename(&bench.state, &admin(&bench), plan.run, answer)
                .await
                .unwrap();
        }
        assert_eq!(plan.warnings, 0, "{plan:?}");
        let agreed = store.count_recorded(bench.school.id, AuditAction::UsernameAgreed);
        assert_eq!(agreed.await.unwrap(), 2);
        run_to_its_end(&bench, &plan).await;

        assert!(try_as("GraceH").await);
        assert!(!try_as("AmyH").await);
        let state = bench.school_state().await;
        for reserved in ["amyh", "graceh", "jsmith", "jjones"] {
            assert!(state.reserved_usernames.contains_key(reserved), "{reserved}");
        }
        let mut letters = Vec::new();
        for kept in store.list_unsent_mail(10).await.unwrap() {
            letters.push(crate::mail::open(&kept.mail, &bench.state.keys).unwrap());
        }
        let of_username: Vec<_> =
            letters.iter().filter(|(_, mail)| mail.subject.contains("new username")).collect();
        let [(to, mail)] = of_username.as_slice() else { panic!("one letter, to the teacher") };
        assert_eq!(to, "smith@waterside.example");
        assert!(
            mail.body.contains("now JJones") && mail.body.contains("was JSmith"),
            "{}",
            mail.body
        );
        let next = bench.plan().await;
        assert_eq!((next.pupils.changes(), next.staff.changes(), next.warnings), (0, 0, 0));

        // Taken back, Jane has her old one, while Grace has used hers; made again, Jane gets the
        // same as before, and not the next number.
        let usernames = async || -> Vec<String> {
            let logins = bench.logins().await.into_values();
            let mut usernames: Vec<String> = logins.map(|(username, _)| username).collect();
            usernames.sort();
            usernames
        };
        bench.undoes(plan.run).await;
        assert_eq!(usernames().await, ["GraceH", "JSmith"]);
        bench.state.clock.advance(TimeDelta::minutes(1));
        let again = bench.plan().await;
        assert_eq!((again.renamed, again.warnings), (1, 0), "{again:?}");
        run_to_its_end(&bench, &again).await;
        assert_eq!(usernames().await, ["GraceH", "JJones"]);
    })
    .await;
}

#[tokio::test]
async fn only_the_username_that_is_proposed_can_be_answered_and_keeping_it_changes_nothing() {
    with_bench(async |bench| {
        bench.has_read(&school("Amy", "Smith")).await;
        run_to_its_end(&bench, &bench.plan().await).await;
        bench.has_read(&school("Amy", "Jones")).await;
        let plan = bench.plan().await;
        let rows = bench.first_page(&plan).await.rows;
        let seq = |name: &str| rows.iter().find(|row| row.name == name).unwrap().seq;
        let say = async |seq, username: &str, answer| {
            let asked = Rename { seq, username: username.into(), answer };
            match resolve::answer_rename(&bench.state, &admin(&bench), plan.run, asked).await {
                Ok(plan) => Ok(plan),
                Err(Error::Problem(problem)) => Err(problem.kind),
                Err(Error::Broken(error)) => panic!("{error}"),
            }
        };
        let jane = seq("Jane Jones");
        let rename = RenameAnswer::Rename;
        assert_eq!(say(seq("Amy Hill"), "AmyH", rename).await, Err(Kind::NotFound));
        assert_eq!(say(jane, "Boss", rename).await, Err(Kind::Unusable));
        let kept = say(jane, "JJones", RenameAnswer::Keep).await.unwrap();
        assert_eq!(kept.warnings, 0, "{kept:?}");
        assert_eq!(say(jane, "JJones", rename).await, Err(Kind::Stale), "that plan is over");
        let recorded =
            bench.state.store.count_recorded(bench.school.id, AuditAction::UsernameAgreed);
        assert_eq!(recorded.await.unwrap(), 0);
        run_to_its_end(&bench, &kept).await;
        let usernames: Vec<String> =
            bench.logins().await.into_values().map(|(username, _)| username).collect();
        assert!(usernames.contains(&"JSmith".to_owned()), "{usernames:?}");
    })
    .await;
}
