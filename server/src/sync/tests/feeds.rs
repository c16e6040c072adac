//! What feeds really look like, through whole runs: full scopes, change sets without page numbers,
//! faults at HTTP 200, select refused, fields kept back.

use rollcall_engine::domain::roster::NotShared;
use rollcall_shared::consent::{EVERY_FIELD, ReadKind};
use rollcall_shared::people::ClassKind;
use xod_simulator::{Dialect, Fault, FaultKind};

use super::*;

/// A school whose feed is written so, brought up to date once.
struct Feed {
    school: Simulated,
}

impl Feed {
    async fn begin(store: Store, dialect: Dialect) -> Self {
        Self::begin_with(store, dialect, |_| ()).await
    }

    async fn begin_with(
        store: Store,
        dialect: Dialect,
        change: impl FnOnce(&mut xod_simulator::school::School),
    ) -> Self {
        let spec = SchoolSpec::new(ESTAB).pupils(90).staff(14).seed(7).dialect(dialect);
        let school = Simulated::new(store, spec).await;
        school.mis.change(ESTAB, change).unwrap();
        let first = school.sync(ACCEPTING).await;
        assert_eq!(first.status, Status::Done, "{:?}", first.message);
        assert!(first.created.pupils > 50 && first.created.staff > 3, "{first:?}");
        Self { school }
    }

    fn script(&self, part: &str, kind: FaultKind) {
        self.school.mis.script(Fault { matches: part.into(), after: 0, times: 1_000, kind });
    }

    fn change(&self, change: impl FnOnce(&mut xod_simulator::school::School)) {
        self.school.mis.change(ESTAB, change).unwrap();
    }

    /// The next night's run, and how it read.
    async fn next(&self) -> (Report, ReadKind) {
        let Bench { state, school } = &self.school.bench;
        state.clock.advance(TimeDelta::hours(23));
        let report = self.school.sync(RunOptions::default()).await;
        let reads = state.store.list_mis_reads(school.id).await.unwrap();
        (report, reads.last().unwrap().kind)
    }

    async fn roster(&self) -> Roster {
        let Bench { state, school } = &self.school.bench;
        state.store.find_roster(school.id).await.unwrap().unwrap().roster
    }

    async fn accounts(&self) -> Vec<Account> {
        self.school.bench.school_state().await.accounts
    }

    /// How many memberships in classes staff have.
    async fn taught_classes(&self) -> usize {
        let state = self.school.bench.school_state().await;
        let is_class = |id: &_| {
            state.classes.iter().any(|class| class.id == *id && class.kind == ClassKind::Class)
        };
        let staff = state.accounts.iter().filter(|account| account.kind() == PersonKind::Staff);
        staff.map(|account| account.groups.iter().filter(|id| is_class(id)).count()).sum()
    }
}

/// The teachers of classes stand with the classes alone, not among their members.
fn only_main_teachers(mis: &mut xod_simulator::school::School) {
    let classes = mis.groups.iter_mut().filter(|group| group.kind.as_str() == "RegGrp");
    classes.for_each(|group| group.staff.clear());
}

#[tokio::test]
async fn a_school_that_granted_the_full_scopes_connects_reads_and_syncs() {
    on_both_engines(async |store: Store| {
        let feed = Feed::begin(store, Dialect { full_scopes: true, ..Dialect::default() }).await;
        let Bench { state, school } = &feed.school.bench;
        let view = state.connections.view(school.id).await.unwrap();
        assert_eq!(view.granted, rollcall_shared::scopes::Scope::ALL);
        assert_eq!(feed.roster().await.scopes, rollcall_shared::scopes::Scope::ALL.into());
        let (night, kind) = feed.next().await;
        assert_eq!((night.status, changes(&night), kind), (Status::Done, 0, ReadKind::Changes));
    })
    .await;
}

#[tokio::test]
async fn a_token_that_lists_other_names_for_the_same_scopes_is_no_change_of_consent() {
    on_both_engines(async |store: Store| {
        let feed = Feed::begin(store, Dialect::default()).await;
        for full_scopes in [true, false] {
            feed.change(|mis| mis.spec.dialect.full_scopes = full_scopes);
            let (night, kind) = feed.next().await;
            assert_eq!((night.status, changes(&night), kind), (Status::Done, 0, ReadKind::Changes));
            assert!(!feed.roster().await.may_be_narrowed);
        }
    })
    .await;
}

#[tokio::test]
async fn unchanged_is_believed_and_a_change_is_seen_however_change_sets_are_written() {
    type Change = fn(&mut xod_simulator::school::School);
    let changed: [(&str, Change); 4] = [
        ("a surname", |mis| mis.pupils[0].surname.push_str("-Jones")),
        ("somebody gone", |mis| drop(mis.pupils.remove(3))),
        ("an e-mail", |mis| mis.staff[0].work_email = Some("new@waterside.example".into())),
        ("the name of a class", |mis| mis.groups[0].name.push('x')),
    ];
    for changes_without_pages in [false, true] {
        on_both_engines(async |store: Store| {
            let dialect = Dialect { changes_without_pages, ..Dialect::default() };
            let feed = Feed::begin(store, dialect).await;
            assert_eq!(feed.roster().await.marks.unwrap().tables.len(), 5);
            assert_eq!(feed.roster().await.mis.as_deref(), Some("simsnet"));
            for (what, change) in changed {
                for _ in 0..2 {
                    assert_eq!(feed.next().await.1, ReadKind::Changes, "before {what}");
                }
                feed.change(change);
                let (night, kind) = feed.next().await;
                assert_eq!(kind, ReadKind::Full, "{what}");
                assert_eq!(night.status, Status::Done, "{what}: {:?}", night.message);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_change_set_that_groupcall_has_forgotten_means_a_full_read() {
    on_both_engines(async |store: Store| {
        let dialect = Dialect { changes_without_pages: true, ..Dialect::default() };
        let feed = Feed::begin(store, dialect).await;
        let Bench { state, school } = &feed.school.bench;
        for table in 0..5 {
            let mut roster = feed.roster().await;
            roster.marks.as_mut().unwrap().tables[table].seen = "0".repeat(32);
            state.store.save_roster(school.id, &roster).await.unwrap();
            assert_eq!(feed.next().await.1, ReadKind::Full, "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_fault_at_http_200_that_stays_fails_the_run_and_may_be_tried_again() {
    on_both_engines(async |store: Store| {
        let feed = Feed::begin(store, Dialect::default()).await;
        let before = feed.accounts().await;
        for (part, said) in [
            ("/students", "Something went wrong"),
            ("tokendetails", "The operation has timed out"),
            ("schoolinfo", "Nobody has ever read this"),
            ("gdprids", "Something went wrong"),
        ] {
            let body = serde_json::json!({ "ExceptionMessage": said }).to_string();
            feed.script(part, FaultKind::Body { body });
            let (night, _) = feed.next().await;
            assert_eq!(night.status, Status::Failed, "{part}: {:?}", night.message);
            assert!(night.retry_after_seconds.is_some(), "{part}");
            assert_eq!(feed.accounts().await, before, "{part}");
            feed.school.mis.clear_faults();
        }
        assert_eq!(feed.next().await.0.status, Status::Done);
    })
    .await;
}

#[tokio::test]
async fn a_known_refusal_at_http_200_holds_the_run_until_a_person_acts() {
    on_both_engines(async |store: Store| {
        let feed = Feed::begin(store, Dialect::default()).await;
        for (said, words) in [
            ("The authorisation was revoked", "no longer accepts"),
            ("The feed is paused at the moment", "paused"),
        ] {
            let body = serde_json::json!({ "ExceptionMessage": said }).to_string();
            feed.script("tokendetails", FaultKind::Body { body });
            let (night, _) = feed.next().await;
            assert_eq!(night.status, Status::Held, "{said}: {:?}", night.message);
            assert_eq!(night.retry_after_seconds, None, "{said}");
            assert!(night.message.unwrap().contains(words), "{said}");
            feed.school.mis.clear_faults();
        }
    })
    .await;
}

#[tokio::test]
async fn a_pause_that_only_a_member_tells_of_is_a_pause_and_goes_by() {
    on_both_engines(async |store: Store| {
        let dialect = Dialect { pause_as_member: true, ..Dialect::default() };
        let feed = Feed::begin(store, dialect).await;
        feed.change(|mis| {
            mis.authorisation.paused = true;
            mis.authorisation.expire_tokens();
        });
        let (night, _) = feed.next().await;
        assert_eq!(night.status, Status::Held);
        assert!(night.message.as_ref().unwrap().contains("paused"), "{:?}", night.message);
        feed.change(|mis| mis.authorisation.paused = false);
        assert_eq!(feed.next().await.0.status, Status::Done);
    })
    .await;
}

#[tokio::test]
async fn a_connection_whose_data_can_not_be_looked_at_for_a_fault_is_not_held_for_a_person() {
    on_both_engines(async |store: Store| {
        let spec = SchoolSpec::new(ESTAB).pupils(60).staff(12).seed(7);
        let mis = Simulator::start(xod_simulator::Config::on_a_free_port([spec])).await.unwrap();
        let bench = Bench::new(store, Some(mis.url())).await;
        let body = serde_json::json!({ "ExceptionMessage": "Something went wrong" }).to_string();
        let (matches, kind) = ("schoolinfo".to_owned(), FaultKind::Body { body });
        mis.script(Fault { matches, after: 0, times: 1_000, kind });
        let secret = Secret::new(mis.secret(ESTAB).unwrap());
        let connected = bench.state.connections.connect_with_secret(&bench.school, secret).await;
        assert!(connected.unwrap().is_ok(), "consent is there");
        let school = Simulated { bench, mis };
        let failed = school.sync(ACCEPTING).await;
        assert_eq!(failed.status, Status::Failed, "{:?}", failed.message);
        school.mis.clear_faults();
        assert_eq!(school.sync(ACCEPTING).await.status, Status::Done);
    })
    .await;
}

#[tokio::test]
async fn where_select_is_refused_the_school_is_read_without_it_and_nothing_more_is_kept() {
    on_both_engines(async |store: Store| {
        let dialect = Dialect { refuses_select: true, ..Dialect::default() };
        let feed = Feed::begin(store, dialect).await;
        let calls = feed.school.mis.calls();
        let tables = ["/students?", "/staff?", "/groups?", "/schoolinfo?"];
        let of_tables = calls.iter().filter(|call| tables.iter().any(|table| call.contains(table)));
        let (named, plain): (Vec<&String>, Vec<&String>) =
            of_tables.partition(|call| call.contains("select="));
        // Once when the secret was given, in the look before the reading, and in the reading.
        assert_eq!(named.len(), 3, "{named:?}");
        assert!(plain.len() > 5, "{plain:?}");

        let Bench { state, school } = &feed.school.bench;
        let read = state.store.list_mis_reads(school.id).await.unwrap().remove(0);
        assert_eq!(read.fields["Students"][0], EVERY_FIELD);
        assert_eq!(feed.next().await.1, ReadKind::Changes, "it is known again by its marks");
        feed.change(|mis| mis.spec.dialect.refuses_select = false);
        assert_eq!(feed.next().await.1, ReadKind::Changes, "asked in the way of the marks");
        feed.change(|mis| mis.pupils[0].surname.push_str("-Jones"));
        assert_eq!(feed.next().await.1, ReadKind::Full);
        let read = state.store.list_mis_reads(school.id).await.unwrap().pop().unwrap();
        assert_eq!(read.fields["Students"][0], "Id");
    })
    .await;
}

#[tokio::test]
async fn a_main_teacher_who_is_not_shared_any_more_keeps_the_class() {
    on_both_engines(async |store: Store| {
        let feed = Feed::begin_with(store, Dialect::default(), only_main_teachers).await;
        let before = feed.taught_classes().await;
        assert!(before > 0);
        feed.script("type=reggrp", FaultKind::MissingField { name: "PrimaryStaffId".into() });
        // Something changes, so that the school is read in full.
        feed.change(|mis| mis.pupils[0].surname.push_str("-Jones"));
        let (night, kind) = feed.next().await;
        assert_eq!((night.status, kind), (Status::Done, ReadKind::Full), "{:?}", night.message);
        assert_eq!(feed.roster().await.not_shared, [NotShared::StaffOfGroups].into());
        assert_eq!(feed.taught_classes().await, before);
        let said = night.warnings.iter().any(|warning| warning.reason.contains("who teaches"));
        assert!(said, "{:?}", night.warnings);

        // Shared, and nobody: then it is known.
        feed.school.mis.clear_faults();
        feed.change(|mis| mis.groups.iter_mut().for_each(|group| group.primary_staff = None));
        assert_eq!(feed.next().await.0.status, Status::Done);
        assert_eq!(feed.taught_classes().await, 0);
    })
    .await;
}

#[tokio::test]
async fn staff_whose_memberships_are_not_shared_any_more_keep_their_classes() {
    on_both_engines(async |store: Store| {
        let feed = Feed::begin_with(store, Dialect::default(), |mis| {
            mis.groups.iter_mut().for_each(|group| group.primary_staff = None);
        })
        .await;
        let before = feed.taught_classes().await;
        assert!(before > 0);
        feed.script("type=reggrp", FaultKind::MissingTable { table: "StaffMembers".into() });
        feed.change(|mis| mis.pupils[0].surname.push_str("-Jones"));
        let (night, kind) = feed.next().await;
        assert_eq!((night.status, kind), (Status::Done, ReadKind::Full), "{:?}", night.message);
        assert_eq!(feed.taught_classes().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_field_that_everybody_needs_and_nobody_shares_stops_the_reading_and_changes_nobody() {
    on_both_engines(async |store: Store| {
        let feed = Feed::begin(store, Dialect::default()).await;
        let before = feed.accounts().await;
        for (part, name) in [
            ("/students", "RegGroupId"),
            ("/students", "YearGroupId"),
            ("/students", "Surname"),
            ("/staff", "IsTeacher"),
            ("/staff", "WorkEmail"),
            ("type=reggrp", "Name"),
        ] {
            feed.script(part, FaultKind::MissingField { name: name.into() });
            feed.change(|mis| mis.pupils[0].surname.push('x'));
            let (night, _) = feed.next().await;
            assert_eq!(night.status, Status::Held, "{name}: {:?}", night.message);
            assert!(night.message.unwrap().contains(name), "{name}");
            assert_eq!(feed.accounts().await, before, "{name}");
            feed.school.mis.clear_faults();
        }
    })
    .await;
}

#[tokio::test]
async fn optional_fields_that_are_not_shared_any_more_are_kept_on_the_accounts() {
    on_both_engines(async |store: Store| {
        let feed = Feed::begin(store, Dialect::default()).await;
        let known = |accounts: &[Account]| {
            let of = |account: &Account| {
                let birth = account.date_of_birth;
                (
                    account.id,
                    account.upn.clone(),
                    birth,
                    account.email.clone(),
                    account.link.clone(),
                )
            };
            accounts.iter().map(of).collect::<Vec<_>>()
        };
        let before = known(&feed.accounts().await);
        for (part, name) in [
            ("/students", "UPN"),
            ("/students", "DateofBirth"),
            ("/students", "ExternalId"),
            ("/students", "XID"),
            ("/staff", "ExternalId"),
            ("type=reggrp", "Code"),
        ] {
            feed.script(part, FaultKind::MissingField { name: name.into() });
            feed.change(|mis| mis.pupils[0].surname.push('x'));
            let (night, kind) = feed.next().await;
            assert_eq!((night.status, kind), (Status::Done, ReadKind::Full), "{name}: {night:?}");
            assert_eq!(known(&feed.accounts().await), before, "{name}");
            feed.school.mis.clear_faults();
        }
    })
    .await;
}

#[tokio::test]
async fn a_feed_that_does_not_say_which_mis_it_is_of_takes_nothing_off_the_links() {
    on_both_engines(async |store: Store| {
        let feed = Feed::begin(store, Dialect::default()).await;
        let links = |accounts: Vec<Account>| {
            accounts.into_iter().map(|account| account.link).collect::<Vec<_>>()
        };
        let before = links(feed.accounts().await);
        feed.script("/school/", FaultKind::MissingTable { table: "meta".into() });
        feed.change(|mis| mis.pupils[0].surname.push_str("-Jones"));
        let (night, kind) = feed.next().await;
        assert_eq!((night.status, kind, night.left), (Status::Done, ReadKind::Full, 0));
        assert_eq!(links(feed.accounts().await), before);
    })
    .await;
}
