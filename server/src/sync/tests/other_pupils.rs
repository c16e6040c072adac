//! Pupils besides those on the roll: expected ones, guests and subsidiary ones.

use chrono::NaiveDate;
use rollcall_shared::consent::ReadKind;
use rollcall_shared::session::SignIn;
use rollcall_shared::settings::PupilScope;
use xod_simulator::school::{Enrolment, PupilEdit, PupilStatus, Scope};

use super::*;
use crate::seal::Owner;
use crate::sign_in::{Origin, sign_in};

const NOBODY: PupilScope = PupilScope { pre_admissions: false, guests: false, subsidiary: false };
const EXPECTED: PupilScope = PupilScope { pre_admissions: true, ..NOBODY };

/// A school that has been read once, and its MIS.
struct School(Simulated);

impl School {
    async fn begin(store: Store) -> Self {
        let spec = SchoolSpec::new(ESTAB).pupils(60).staff(12).seed(7);
        let school = Simulated::new(store, spec).await;
        let first = school.sync(ACCEPTING).await;
        assert_eq!(first.status, Status::Done, "{:?}", first.message);
        Self(school)
    }

    /// Adds a pupil to Year 3 of the MIS; their id there.
    fn add(&self, forename: &str, edit: PupilEdit) -> String {
        let now = fixtures::now().naive_utc();
        let added = self.0.mis.change(ESTAB, |mis| {
            let year = mis.year_group(3).unwrap().id.to_string();
            let edit = PupilEdit {
                forename: Some(forename.into()),
                surname: Some("Quill".into()),
                year_group: Some(Some(year)),
                ..edit
            };
            mis.add_pupil(&edit, now).unwrap().id.to_string()
        });
        added.unwrap()
    }

    fn expect(&self, forename: &str) -> String {
        self.add(
            forename,
            PupilEdit {
                status: Some(PupilStatus::PreAdmission),
                entered: NaiveDate::from_ymd_opt(2026, 11, 2),
                ..PupilEdit::default()
            },
        )
    }

    fn edit(&self, id: &str, edit: &PupilEdit) {
        let now = fixtures::now().naive_utc();
        let edited = self.0.mis.change(ESTAB, |mis| mis.edit_pupil(id, edit, now).map(|_| ()));
        edited.unwrap().unwrap();
    }

    async fn choose(&self, pupil_scope: PupilScope) {
        let Bench { state, school } = &self.0.bench;
        let draft = state.store.load_draft(school.id).await.unwrap();
        let settings = rollcall_shared::settings::Settings { pupil_scope, ..draft.settings };
        let now = state.clock.now();
        state
            .store
            .save_draft(school.id, draft.version, &settings, &draft.answered, None, now)
            .await
            .unwrap();
    }

    async fn sync(&self) -> Report {
        let report = self.0.sync(RunOptions::default()).await;
        assert_eq!(report.status, Status::Done, "{:?}", report.message);
        report
    }

    async fn account(&self, forename: &str) -> Option<Account> {
        let accounts = self.0.bench.school_state().await.accounts;
        accounts.into_iter().find(|one| one.forename == forename && one.surname == "Quill")
    }

    /// The username and password of somebody's card.
    async fn card(&self, forename: &str) -> SignIn {
        let Bench { state, school } = &self.0.bench;
        let id = self.account(forename).await.unwrap().id;
        let login = state.store.find_pupil_login(school.id, id).await.unwrap().unwrap();
        let owner = Owner { purpose: "pupil-password", school: school.id.0, id: id.0 };
        let password = state.keys.open(owner, &login.password_sealed).unwrap();
        let password = String::from_utf8(password.to_vec()).unwrap();
        SignIn { username: login.username, password, card: None }
    }

    /// Whether a card opens the account; if not, what its owner is told.
    async fn try_card(&self, card: &SignIn) -> Result<AccountId, Problem> {
        let Bench { state, school } = &self.0.bench;
        let typed = card.clone();
        let signed_in = sign_in(state, school, &Origin::here(), typed).await;
        signed_in.map(|it| it.account).map_err(|error| match error {
            Error::Problem(problem) => *problem,
            Error::Broken(error) => panic!("{error}"),
        })
    }

    async fn kinds_of_reads(&self) -> Vec<ReadKind> {
        let Bench { state, school } = &self.0.bench;
        let reads = state.store.list_mis_reads(school.id).await.unwrap();
        reads.into_iter().map(|read| read.kind).collect()
    }
}

#[tokio::test]
async fn an_expected_pupil_has_a_card_before_they_start_and_signs_in_from_that_day() {
    on_both_engines(async |store: Store| {
        let school = School::begin(store).await;
        let ada = school.expect("Ada");
        assert_eq!(school.sync().await.created.pupils, 0);
        school.choose(EXPECTED).await;
        let report = school.sync().await;
        assert_eq!(report.created.pupils, 1, "those without a year group are not made: {report:?}");
        let reads = school.kinds_of_reads().await;
        assert_eq!(reads.last(), Some(&ReadKind::Full), "what was marked is not to be compared");

        let card = school.card("Ada").await;
        let told = school.try_card(&card).await.unwrap_err();
        assert_eq!(told.kind, Kind::NotYet);
        assert!(told.detail.as_ref().unwrap().contains("2 November 2026"), "{told:?}");
        let guess =
            SignIn { username: card.username.clone(), password: "wrong".into(), card: None };
        let told = school.try_card(&guess).await.unwrap_err();
        assert_eq!(told.kind, Kind::WrongCredentials, "who does not know it learns nothing");

        let days = NaiveDate::from_ymd_opt(2026, 11, 2).unwrap() - fixtures::now().date_naive();
        school.0.bench.state.clock.advance(days - TimeDelta::hours(9));
        let told = school.try_card(&card).await.unwrap_err();
        assert_eq!(told.kind, Kind::NotYet, "the evening before");
        school.0.bench.state.clock.advance(TimeDelta::hours(2));
        assert!(school.try_card(&card).await.is_ok(), "from midnight on");

        school.edit(&ada, &PupilEdit { status: Some(PupilStatus::OnRoll), ..PupilEdit::default() });
        let arrived = school.sync().await;
        assert_eq!((arrived.created.pupils, changes(&arrived)), (0, 1), "{arrived:?}");
        assert_eq!(school.account("Ada").await.unwrap().waiting, None);
        assert_eq!(school.card("Ada").await.username, card.username);
        assert_eq!(changes(&school.sync().await), 0);
    })
    .await;
}

#[tokio::test]
async fn where_the_day_is_not_shared_an_account_opens_when_the_mis_has_its_owner_on_the_roll() {
    on_both_engines(async |store: Store| {
        let school = School::begin(store).await;
        school.0.mis.change(ESTAB, |mis| {
            mis.authorisation.granted.remove(&Scope::StudentExtended);
        });
        let ada = school.expect("Ada");
        school.choose(EXPECTED).await;
        school.sync().await;
        let card = school.card("Ada").await;
        school.0.bench.state.clock.advance(TimeDelta::days(300));
        let told = school.try_card(&card).await.unwrap_err();
        assert_eq!(told.kind, Kind::NotYet);
        school.edit(&ada, &PupilEdit { status: Some(PupilStatus::OnRoll), ..PupilEdit::default() });
        school.sync().await;
        assert!(school.try_card(&card).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn an_expected_pupil_who_does_not_come_leaves() {
    on_both_engines(async |store: Store| {
        let school = School::begin(store).await;
        let ada = school.expect("Ada");
        school.choose(EXPECTED).await;
        school.sync().await;
        school.0.mis.change(ESTAB, |mis| {
            mis.pupils.retain(|pupil| pupil.id.to_string() != ada);
        });
        assert_eq!(school.sync().await.left, 1);
        assert_eq!(school.account("Ada").await.unwrap().status, AccountStatus::Trash);
    })
    .await;
}

#[tokio::test]
async fn options_that_are_turned_on_and_off_are_read_in_full_and_make_no_leaver() {
    on_both_engines(async |store: Store| {
        let school = School::begin(store).await;
        school.expect("Ada");
        for (forename, enrolment) in [("Grace", Enrolment::Guest), ("Sam", Enrolment::Subsidiary)] {
            school.add(forename, PupilEdit { enrolment: Some(enrolment), ..PupilEdit::default() });
        }
        let added = school
            .add("Max", PupilEdit { enrolment: Some(Enrolment::Main), ..PupilEdit::default() });
        assert_eq!(school.sync().await.created.pupils, 1, "Max alone: his main school is this one");

        let all = PupilScope { pre_admissions: true, guests: true, subsidiary: true };
        school.choose(all).await;
        let everybody = school.sync().await;
        // The simulated school has a guest and two subsidiary pupils besides.
        assert_eq!((everybody.created.pupils, everybody.left), (6, 0), "{everybody:?}");
        assert_eq!(changes(&school.sync().await), 0);

        school.choose(NOBODY).await;
        for _ in 0..2 {
            let less = school.sync().await;
            assert_eq!((less.left, changes(&less)), (0, 0), "{less:?}");
            let warned = less.warnings.iter().filter(|one| one.reason.contains("no longer import"));
            assert_eq!(warned.count(), 6, "{:?}", less.warnings);
        }
        let kinds = school.kinds_of_reads().await;
        let changed = [kinds.len() - 4, kinds.len() - 2].map(|place| kinds[place]);
        assert_eq!(changed, [ReadKind::Full; 2], "{kinds:?}");
        for forename in ["Ada", "Grace", "Sam"] {
            assert!(school.account(forename).await.unwrap().is_active(), "{forename}");
        }
        // Anyone who is here by right leaves as before.
        school.0.mis.change(ESTAB, |mis| mis.pupils.retain(|pupil| pupil.id.to_string() != added));
        assert_eq!(school.sync().await.left, 1);
    })
    .await;
}

#[tokio::test]
async fn no_plan_is_made_from_a_reading_of_other_pupils() {
    on_both_engines(async |store: Store| {
        let school = School::begin(store).await;
        let Bench { state, school: stored } = &school.0.bench;
        assert!(planned::make_plan(state, stored.id, None).await.is_ok());
        school.choose(EXPECTED).await;
        let refused = match planned::make_plan(state, stored.id, None).await {
            Err(Error::Problem(problem)) => problem.kind,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused, Kind::Stale);
        let roster = state.connections.read_roster(stored, &|_| ()).await.unwrap();
        state.store.save_roster(stored.id, &roster).await.unwrap();
        assert!(planned::make_plan(state, stored.id, None).await.is_ok());
    })
    .await;
}
