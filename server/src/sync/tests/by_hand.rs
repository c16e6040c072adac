//! Adding people by hand from the problem list of a run.

use rollcall_engine::domain::roster::RosterStaff;
use rollcall_shared::ids::RunId;
use rollcall_shared::people::{NewPupil, NewStaff, ProblemRef, Role};
use rollcall_shared::plan::ProblemCode;
use rollcall_shared::year_group::YearGroup;
use rollcall_store::sessions::SignedInPerson;

use super::*;
use crate::people;

pub(super) fn admin(bench: &Bench) -> SignedInPerson {
    let now = bench.state.clock.now();
    SignedInPerson {
        account: fixtures::account_id(900),
        role: Role::Admin,
        forename: "Amara".into(),
        surname: "Okafor".into(),
        school: bench.school.clone(),
        seen_at: now,
        expires_at: now,
    }
}

/// The only one in the problem list, as the app shows it.
async fn only_problem(bench: &Bench, run: RunId) -> PlanPerson {
    let query = PlanQuery { list: Some(PlanList::Problem), ..PlanQuery::default() };
    let page = planned::people(&bench.state, bench.school.id, run, &query, 50).await.unwrap();
    assert_eq!(page.rows.len(), 1, "{:?}", page.rows);
    page.rows.into_iter().next().unwrap()
}

fn amy_from(run: RunId, seq: u32) -> NewPupil {
    NewPupil {
        forename: "Amy".into(),
        surname: "Hill".into(),
        year: YearGroup::year(2),
        class: None,
        from_problem: Some(ProblemRef { run, seq }),
    }
}

/// Why somebody was not added.
fn refusal<T>(answer: crate::error::Result<T>) -> Problem {
    match answer {
        Err(Error::Problem(problem)) => *problem,
        Err(Error::Broken(error)) => panic!("{error}"),
        Ok(_) => panic!("they were added"),
    }
}

#[tokio::test]
async fn a_pupil_without_a_year_who_has_an_account_is_not_given_a_second_one() {
    let amy = fixtures::account(1, "Amy Hill").with_upn(1);
    let gone = amy.clone().left();
    for (amy, title, what_to_do) in [
        (&amy, "Amy Hill already has an account", "Give them a year group in your MIS"),
        (&gone, "Amy Hill is in the trash", "restore them"),
    ] {
        with_bench(async |bench| {
            bench.has_accounts(vec![amy.clone()]).await;
            let incoming = fixtures::pupil("1", "Amy Hill").without_year().with_upn(1);
            bench.has_read(&fixtures::roster(vec![incoming], vec![])).await;
            let plan = bench.plan().await;
            let problem = only_problem(&bench, plan.run).await;
            assert_eq!(problem.account, Some(amy.id), "{title}");
            let new = amy_from(plan.run, problem.seq);
            let refused = refusal(people::add_pupil(&bench.state, &admin(&bench), &new).await);
            assert_eq!((refused.kind, refused.title.as_str()), (Kind::Unusable, title));
            let detail = refused.detail.unwrap();
            assert!(detail.contains(what_to_do) && detail.contains(&amy.username), "{detail}");
            assert_eq!(bench.school_state().await.accounts.len(), 1, "{title}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_member_of_staff_in_the_trash_is_not_given_a_second_account() {
    with_bench(async |bench| {
        let jane = fixtures::staff_account(1, "Jane Smith").linked("1").left();
        let una = fixtures::staff_account(2, "Una Field").with_email("smith@waterside.example");
        bench.has_accounts(vec![jane.clone(), una]).await;
        let teachers: Vec<RosterStaff> = vec![fixtures::teacher("1", "Jane Smith")];
        bench.has_read(&fixtures::roster(vec![], teachers)).await;
        let plan = bench.plan().await;
        let problem = only_problem(&bench, plan.run).await;
        assert_eq!(problem.problem.map(|problem| problem.code), Some(ProblemCode::EmailTaken));
        assert_eq!(problem.account, Some(jane.id));
        let new = NewStaff {
            forename: "Jane".into(),
            surname: "Smith".into(),
            email: "jane@waterside.example".into(),
            role: Some(Role::Teacher),
            from_problem: Some(ProblemRef { run: plan.run, seq: problem.seq }),
        };
        let refused = refusal(people::add_staff(&bench.state, &admin(&bench), new).await);
        assert_eq!(refused.title, "Jane Smith is in the trash");
        assert_eq!(bench.school_state().await.accounts.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_pupil_whose_number_stands_twice_cannot_be_added_by_hand() {
    with_bench(async |bench| {
        let two = vec![fixtures::pupil("1", "Ben Wood"), fixtures::pupil("1", "Amy Hill")];
        bench.has_read(&fixtures::roster(two, vec![])).await;
        let plan = bench.plan().await;
        let twice = bench.state.store.list_everybody(plan.run, PlanList::Problem).await.unwrap();
        assert_eq!(twice.len(), 2);
        for person in &twice {
            let new = amy_from(plan.run, person.view.seq);
            let refused = refusal(people::add_pupil(&bench.state, &admin(&bench), &new).await);
            assert_eq!(refused.title, "This pupil can’t be added by hand");
            assert!(refused.detail.unwrap().contains("the same MIS number"));
        }
        assert!(bench.school_state().await.accounts.is_empty());
    })
    .await;
}

#[tokio::test]
async fn of_two_who_add_the_same_person_at_once_one_is_told_of_the_other() {
    with_bench(async |bench| {
        let amy = fixtures::pupil("1", "Amy Hill").without_year();
        let jane = fixtures::teacher("2", "Jane Smith").without_email();
        bench.has_read(&fixtures::roster(vec![amy], vec![jane])).await;
        let plan = bench.plan().await;
        let problems = bench.state.store.list_everybody(plan.run, PlanList::Problem).await.unwrap();
        let seq = |kind| problems.iter().find(|one| one.view.kind == kind).unwrap().view.seq;
        let (state, admin) = (&bench.state, admin(&bench));

        let pupil = amy_from(plan.run, seq(PersonKind::Pupil));
        let add = async || people::add_pupil(state, &admin, &pupil).await;
        let answers = tokio::join!(add(), add(), add(), add());
        let answers = [answers.0, answers.1, answers.2, answers.3];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for refused in answers.into_iter().filter(Result::is_err).map(refusal) {
            assert_eq!(refused.title, "This person has already been added");
        }

        let member = |number| NewStaff {
            forename: "Jane".into(),
            surname: "Smith".into(),
            email: format!("jane{number}@waterside.example"),
            role: Some(Role::Teacher),
            from_problem: Some(ProblemRef { run: plan.run, seq: seq(PersonKind::Staff) }),
        };
        let add = async |number| people::add_staff(state, &admin, member(number)).await;
        let answers = tokio::join!(add(1), add(2), add(3), add(4));
        let answers = [answers.0, answers.1, answers.2, answers.3];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for refused in answers.into_iter().filter(Result::is_err).map(refusal) {
            assert_eq!(refused.title, "This person has already been added");
        }

        assert_eq!(bench.school_state().await.accounts.len(), 2);
        assert_eq!(state.store.list_unsent_mail(10).await.unwrap().len(), 1);
    })
    .await;
}
