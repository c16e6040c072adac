//! One person brought up to date: what the MIS has of them now is done, and nothing else.

use rollcall_shared::consent::ReadKind;
use rollcall_shared::people::OnePerson;
use rollcall_shared::plan::PersonField;
use rollcall_shared::run::RunKind;
use xod_simulator::school::School;

use super::super::one_person::look;
use super::*;

/// A school that was brought up to date once.
struct UpToDate {
    school: Simulated,
    admin: SignedInPerson,
}

impl UpToDate {
    async fn new(store: Store) -> Self {
        let spec = SchoolSpec::new(ESTAB).pupils(90).staff(14).seed(7);
        let school = Simulated::new(store, spec).await;
        assert_eq!(school.sync(ACCEPTING).await.status, Status::Done);
        let admin = school.bench.has_admin().await;
        Self { school, admin }
    }

    fn state(&self) -> &AppState {
        &self.school.bench.state
    }

    fn change(&self, change: impl FnOnce(&mut School)) {
        self.school.mis.change(ESTAB, change).unwrap();
    }

    async fn accounts(&self) -> BTreeMap<AccountId, Account> {
        let accounts = self.school.bench.school_state().await.accounts;
        accounts.into_iter().map(|account| (account.id, account)).collect()
    }

    /// The account of somebody of the MIS.
    async fn account(&self, kind: PersonKind, mis_id: u32) -> Account {
        let is_theirs = |account: &Account| {
            let link = account.link.as_ref();
            account.kind() == kind && link.is_some_and(|link| link.ids.id == mis_id.to_string())
        };
        self.accounts().await.into_values().find(is_theirs).unwrap()
    }

    async fn look(&self, account: AccountId) -> OnePerson {
        self.state().clock.advance(TimeDelta::minutes(1));
        look(self.state(), &self.admin, account).await.unwrap()
    }

    async fn refused(&self, account: AccountId) -> Kind {
        match look(self.state(), &self.admin, account).await {
            Err(Error::Problem(problem)) => problem.kind,
            other => panic!("{other:?}"),
        }
    }

    /// The two pupils of different classes of one year, or of any two classes.
    fn two_pupils(&self) -> (u32, u32) {
        self.school
            .mis
            .look(ESTAB, |mis| {
                let mut placed = mis.pupils.iter().filter(|pupil| !pupil.classes.is_empty());
                let first = placed.next().unwrap();
                let other = placed.find(|pupil| pupil.classes[0] != first.classes[0]).unwrap();
                (first.id, other.id)
            })
            .unwrap()
    }
}

#[tokio::test]
async fn a_pupil_is_moved_and_nobody_else_is_touched() {
    on_both_engines(async |store: Store| {
        let school = UpToDate::new(store).await;
        let (moved, other) = school.two_pupils();
        school.change(|mis| {
            let other = mis.pupils.iter_mut().find(|pupil| pupil.id == other).unwrap();
            other.surname.push_str("-Jones");
            let (year, classes) = (other.year_group, other.classes.clone());
            let moved = mis.pupils.iter_mut().find(|pupil| pupil.id == moved).unwrap();
            (moved.year_group, moved.classes) = (year, classes);
            mis.pupils.pop();
        });
        let before = school.accounts().await;
        let account = school.account(PersonKind::Pupil, moved).await;
        let class = school.account(PersonKind::Pupil, other).await.class;
        let last = school.school.bench.school_state().await.last_applied;

        let OnePerson::Planned { run, hash, person } = school.look(account.id).await else {
            panic!("there is something to do")
        };
        let fields: Vec<_> = person.fields.iter().map(|change| change.field).collect();
        assert!(fields.contains(&PersonField::Class), "{fields:?}");
        assert_eq!((person.seq, person.account), (0, Some(account.id)));
        assert_eq!(school.accounts().await, before, "it is only shown");

        let id = school.admin.school.id;
        let by = Asker::Admin("Amara Okafor");
        let asked = Finish { hash, confirmation: None };
        runs::finish(school.state(), id, run, &asked, by).await.unwrap();
        assert_eq!(apply_next(school.state()).await.unwrap(), Some(Ended::Done));
        let mut expected = before;
        let now = school.accounts().await;
        assert_eq!(now[&account.id].class, class);
        expected.insert(account.id, now[&account.id].clone());
        assert_eq!(now, expected, "nobody else is changed, and nobody left");
        let view = runs::view(school.state(), id, run).await.unwrap();
        assert_eq!((view.kind, view.pupils.changes(), view.total), (RunKind::OnePerson, 1, 1));
        assert_eq!(school.school.bench.school_state().await.last_applied, last);

        assert_eq!(school.look(account.id).await, OnePerson::UpToDate);
        let reads = school.state().store.list_mis_reads(id).await.unwrap();
        let read = reads.last().unwrap();
        assert_eq!((read.kind, read.pupils, read.staff), (ReadKind::OnePerson, 1, 0));
        assert!(read.fields.contains_key("Students") && !read.fields.contains_key("Staff"));

        // The next run reads in full, and does the rest.
        let report = school.school.sync(RunOptions::default()).await;
        assert_eq!((report.status, report.updated), (Status::Done, 1), "{:?}", report.message);
        let reads = school.state().store.list_mis_reads(id).await.unwrap();
        assert_eq!(reads.last().unwrap().kind, ReadKind::Full);
    })
    .await;
}

#[tokio::test]
async fn a_plan_for_one_person_is_never_taken_for_one_of_the_school() {
    on_both_engines(async |store: Store| {
        let school = UpToDate::new(store).await;
        let (moved, other) = school.two_pupils();
        school.change(|mis| {
            for id in [moved, other] {
                let pupil = mis.pupils.iter_mut().find(|pupil| pupil.id == id).unwrap();
                pupil.surname.push_str("-Jones");
            }
        });
        let account = school.account(PersonKind::Pupil, moved).await;
        let OnePerson::Planned { run, hash, .. } = school.look(account.id).await else {
            panic!("there is something to do")
        };
        let plan = school.school.bench.plan().await;
        assert_ne!(plan.run, run);
        assert_eq!(plan.pupils.unchanged + plan.pupils.updated, 90, "{:?}", plan.pupils);
        // The plan of the school took its place.
        let asked = Finish { hash, confirmation: None };
        let by = Asker::Admin("Amara Okafor");
        let id = school.admin.school.id;
        assert!(runs::finish(school.state(), id, run, &asked, by).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_class_that_is_new_is_made_for_whom_it_needs() {
    on_both_engines(async |store: Store| {
        let school = UpToDate::new(store).await;
        let (moved, _) = school.two_pupils();
        school.change(|mis| {
            let pupil = mis.pupils.iter_mut().find(|pupil| pupil.id == moved).unwrap();
            let old = mis.groups.iter().find(|group| group.id == pupil.classes[0]).unwrap();
            let mut new = old.clone();
            new.id = 99_001;
            new.xid = "xid-99001".into();
            new.external_id = "external-99001".into();
            new.name = "Larches".into();
            mis.groups.push(new);
            pupil.classes = vec![99_001];
        });
        let account = school.account(PersonKind::Pupil, moved).await;
        let OnePerson::Planned { run, hash, .. } = school.look(account.id).await else {
            panic!("there is something to do")
        };
        let id = school.admin.school.id;
        let asked = Finish { hash, confirmation: None };
        let by = Asker::Admin("Amara Okafor");
        let classes = school.school.bench.school_state().await.classes.len();
        runs::finish(school.state(), id, run, &asked, by).await.unwrap();
        assert_eq!(apply_next(school.state()).await.unwrap(), Some(Ended::Done));
        let state = school.school.bench.school_state().await;
        assert_eq!(state.classes.len(), classes + 1);
        let class = school.account(PersonKind::Pupil, moved).await.class.unwrap();
        let class = state.classes.iter().find(|one| one.id == class).unwrap();
        assert_eq!(class.name, "Larches");
        let report = school.school.sync(RunOptions::default()).await;
        assert_eq!((report.status, report.changes()), (Status::Done, 0), "{:?}", report.message);
    })
    .await;
}

#[tokio::test]
async fn a_member_of_staff_gets_another_name() {
    on_both_engines(async |store: Store| {
        let school = UpToDate::new(store).await;
        let accounts = school.accounts().await;
        let teacher = accounts.values().find(|account| account.role == Role::Teacher).unwrap();
        let mis_id: u32 = teacher.link.as_ref().unwrap().ids.id.parse().unwrap();
        assert_eq!(school.look(teacher.id).await, OnePerson::UpToDate);
        school.change(|mis| {
            let one = mis.staff.iter_mut().find(|one| one.id == mis_id).unwrap();
            one.surname = "Newname".into();
        });
        let OnePerson::Planned { person, .. } = school.look(teacher.id).await else {
            panic!("there is something to do")
        };
        let [change] = &person.fields[..] else { panic!("{:?}", person.fields) };
        assert_eq!(change.field, PersonField::Surname);
        assert_eq!(change.after.as_deref(), Some("Newname"));
    })
    .await;
}

#[tokio::test]
async fn nobody_leaves_by_being_looked_at() {
    on_both_engines(async |store: Store| {
        let school = UpToDate::new(store).await;
        let (leaver, gone) = school.two_pupils();
        let accounts = [
            school.account(PersonKind::Pupil, leaver).await,
            school.account(PersonKind::Pupil, gone).await,
        ];
        school.change(|mis| {
            mis.pupils.retain(|pupil| pupil.id != gone);
            let leaver = mis.pupils.iter_mut().find(|pupil| pupil.id == leaver).unwrap();
            leaver.status = xod_simulator::school::PupilStatus::Leaver;
            leaver.year_group = None;
            leaver.classes.clear();
        });
        for account in accounts {
            assert_eq!(school.look(account.id).await, OnePerson::Gone);
            assert!(school.accounts().await[&account.id].is_active());
        }
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_done_for_one_person_says_why() {
    on_both_engines(async |store: Store| {
        let school = UpToDate::new(store).await;
        let (pupil, _) = school.two_pupils();
        let account = school.account(PersonKind::Pupil, pupil).await.id;
        assert_eq!(school.refused(school.admin.account).await, Kind::Unusable, "made by hand");
        assert_eq!(school.refused(fixtures::account_id(77)).await, Kind::NotFound);

        school.change(|mis| mis.academic_year += 1);
        let OnePerson::NotAlone { why } = school.look(account).await else { panic!() };
        assert!(why.contains("school year"), "{why}");
        school.change(|mis| mis.academic_year -= 1);
        school.change(|mis| {
            let granted = &mut mis.authorisation.granted;
            granted.retain(|scope| scope.name() != "StudentExtended");
        });
        assert!(matches!(school.look(account).await, OnePerson::NotAlone { .. }));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_looked_at_while_a_run_is_going() {
    on_both_engines(async |store: Store| {
        let school = UpToDate::new(store).await;
        let (pupil, _) = school.two_pupils();
        let account = school.account(PersonKind::Pupil, pupil).await.id;
        let plan = school.school.bench.plan().await;
        school.school.bench.finish(&plan).await.unwrap();
        assert_eq!(school.refused(account).await, Kind::RunGoing);
    })
    .await;
}
