use std::collections::BTreeSet;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use rollcall_engine::domain::roster::{PupilStatus, Roster};
use rollcall_engine::domain::text::LONGEST;
use rollcall_shared::people::PersonKind;
use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::PupilScope;
use xod_client::{Client, Secret, Settings};
use xod_simulator::school::{PupilStatus as SimulatedStatus, Scope as SimulatedScope};
use xod_simulator::{Booleans, Config, Dialect, Fault, FaultKind, Running, SchoolSpec, Simulator};

use super::*;
use crate::clock::Clock;
use crate::dice::Dice;
use crate::mis::{xod_client, xod_school};

const ESTAB: &str = "3281102";

fn read_at() -> DateTime<Utc> {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

struct Bench {
    simulator: Running,
    client: Client,
}

impl Bench {
    async fn new(spec: SchoolSpec) -> Self {
        let simulator = Simulator::start(Config::on_a_free_port([spec])).await.unwrap();
        let config = Settings::new(
            format!("{}/", simulator.url()).parse().unwrap(),
            xod_simulator::DEFAULT_APP_ID,
            Secret::new(xod_simulator::DEFAULT_MANAGEMENT_SECRET),
        );
        let client = xod_client(&config, Clock::system(), Dice::seeded(1)).unwrap();
        Self { simulator, client }
    }

    async fn small() -> Self {
        Self::new(SchoolSpec::new(ESTAB).pupils(60).staff(20).seed(7)).await
    }

    fn script(&self, times: u32, part: &str, kind: FaultKind) {
        self.simulator.script(Fault { matches: part.into(), after: 0, times, kind });
    }

    async fn try_read(&self) -> Result<Roster, MisError> {
        let secret = Secret::new(self.simulator.secret(ESTAB).unwrap_or_default());
        let school = xod_school(&self.client, &ESTAB.parse().unwrap(), secret);
        read(&school, read_at(), false, PupilScope::default(), &|_| ()).await
    }

    async fn read(&self) -> Roster {
        self.try_read().await.unwrap()
    }

    /// How many on roll the simulated school has, guests and the like apart.
    fn on_roll(&self) -> usize {
        let count = |school: &xod_simulator::school::School| {
            let on_roll = school.pupils.iter().filter(|p| p.status == SimulatedStatus::OnRoll);
            on_roll.filter(|p| matches!(p.enrolment.as_str(), "C" | "M")).count()
        };
        self.simulator.look(ESTAB, count).unwrap()
    }
}

fn on_roll(roster: &Roster) -> usize {
    roster.pupils.iter().filter(|pupil| pupil.status == PupilStatus::OnRoll).count()
}

#[tokio::test]
async fn reads_a_whole_school() {
    let bench = Bench::small().await;
    let roster = bench.read().await;
    assert_eq!(on_roll(&roster), bench.on_roll());
    assert!(on_roll(&roster) >= 60 && roster.staff.len() >= 20, "{}", on_roll(&roster));
    assert!(!roster.year_groups.is_empty() && !roster.classes.is_empty());
    assert!(!roster.subject_groups.is_empty());
    assert_eq!(roster.scopes, Scope::ALL.into());
    assert_eq!(roster.academic_year, Some(2025));
    assert_eq!(roster.mis.as_deref(), Some("simsnet"));
    assert!(roster.pupils.iter().any(|pupil| pupil.upn.is_some()));
    assert!(roster.pupils.iter().any(|pupil| pupil.date_of_birth.is_some()));
    assert!(roster.staff.iter().any(|one| one.is_teacher == Some(true)));
    assert!(roster.subject_groups.iter().all(|group| group.subject.is_some()));
    assert!(roster.classes.iter().any(|class| !class.staff.is_empty()));

    let classes: BTreeSet<&str> =
        roster.classes.iter().map(|class| class.ids.id.as_str()).collect();
    for pupil in &roster.pupils {
        assert!(pupil.class.as_deref().is_none_or(|class| classes.contains(class)));
    }
    let in_years: usize = roster.year_groups.iter().map(|year| year.pupils.len()).sum();
    let with_a_year = |pupil: &&rollcall_engine::domain::roster::RosterPupil| {
        pupil.status == PupilStatus::OnRoll && pupil.year_group.is_some()
    };
    assert_eq!(in_years, roster.pupils.iter().filter(with_a_year).count());
}

#[tokio::test]
async fn reads_a_school_of_many_pages() {
    let bench = Bench::new(SchoolSpec::new(ESTAB).pupils(2500).seed(3)).await;
    let heard = Mutex::new(Vec::new());
    let secret = Secret::new(bench.simulator.secret(ESTAB).unwrap());
    let school = xod_school(&bench.client, &ESTAB.parse().unwrap(), secret);
    let progress = |words| heard.lock().unwrap().push(words);
    let roster = read(&school, read_at(), false, PupilScope::default(), &progress).await.unwrap();
    assert_eq!(on_roll(&roster), bench.on_roll());
    let heard = heard.into_inner().unwrap();
    assert!(heard.iter().any(|words| words.starts_with("Reading pupils: 1000 of ")), "{heard:?}");
}

#[tokio::test]
async fn every_dialect_gives_the_same_people_in_the_same_groups() {
    let with = async |dialect: Dialect| {
        Bench::new(SchoolSpec::new(ESTAB).pupils(60).staff(20).seed(7).dialect(dialect))
            .await
            .read()
            .await
    };
    let plain = with(Dialect::default()).await;
    for booleans in [Booleans::Text, Booleans::Json] {
        let dialect = Dialect {
            booleans,
            newer_fields: true,
            prefixed_member_ids: true,
            ..Dialect::default()
        };
        // Each simulator has marks of its own.
        let (read_at, marks) = (plain.read_at, plain.marks.clone());
        let other = Roster { read_at, marks, ..with(dialect).await };
        assert!(other == plain, "{dialect:?}");
    }
    let by_xid = with(Dialect { xid_as_id: true, prefixed_member_ids: true, ..Dialect::default() });
    let by_xid = by_xid.await;
    let sizes = |roster: &Roster| {
        let size = |group: &rollcall_engine::domain::roster::RosterGroup| {
            (group.name.clone(), group.pupils.len(), group.staff.len())
        };
        let mut sizes: Vec<_> =
            roster.classes.iter().chain(&roster.subject_groups).map(size).collect();
        sizes.sort();
        sizes
    };
    assert_eq!(sizes(&by_xid), sizes(&plain));
}

#[tokio::test]
async fn two_reads_of_the_same_school_have_one_fingerprint() {
    let bench = Bench::small().await;
    let first = bench.read().await;
    let mut later = bench.read().await;
    later.read_at += chrono::TimeDelta::hours(3);
    assert_eq!(first.fingerprint().unwrap(), later.fingerprint().unwrap());
    bench.simulator.change(ESTAB, |school| school.pupils[0].surname.push('x')).unwrap();
    assert_ne!(bench.read().await.fingerprint().unwrap(), first.fingerprint().unwrap());
}

#[tokio::test]
async fn takes_nothing_that_was_not_granted() {
    let bench = Bench::small().await;
    bench.simulator.change(ESTAB, |school| {
        school.authorisation.granted.retain(|scope| {
            matches!(
                scope,
                SimulatedScope::SchoolLite
                    | SimulatedScope::StaffLite
                    | SimulatedScope::StudentLite
            )
        });
    });
    let roster = bench.read().await;
    assert_eq!(roster.scopes.len(), 3);
    assert!(roster.pupils.iter().all(|p| p.upn.is_none() && p.date_of_birth.is_none()));
    assert!(roster.pupils.iter().all(|p| p.legal_surname.is_none()));
    assert!(roster.staff.iter().all(|one| one.home_email.is_none()));
}

#[tokio::test]
async fn without_a_required_scope_there_is_no_roster() {
    let bench = Bench::small().await;
    bench.simulator.change(ESTAB, |school| {
        school.authorisation.granted.remove(&SimulatedScope::StudentLite);
    });
    assert_eq!(bench.try_read().await, Err(MisError::ScopesMissing(vec![Scope::StudentLite])));
}

#[tokio::test]
async fn of_people_who_were_opted_out_nothing_but_their_ids_is_kept() {
    let bench = Bench::small().await;
    let (pupil, member) = {
        let roster = bench.read().await;
        (roster.pupils[3].ids.id.clone(), roster.staff[2].ids.id.clone())
    };
    bench.simulator.change(ESTAB, |school| {
        school.authorisation.gdpr.students = vec![pupil.clone(), "PL-999999".into()];
        school.authorisation.gdpr.staff = vec![format!("PWT-{member}")];
    });
    let roster = bench.read().await;
    assert_eq!(roster.withheld_pupils, BTreeSet::from([pupil.clone(), "999999".into()]));
    assert_eq!(roster.withheld_staff, BTreeSet::from([member.clone()]));
    assert!(roster.pupils.iter().all(|row| row.ids.id != pupil));
    assert!(roster.staff.iter().all(|row| row.ids.id != member));
    assert_eq!(roster.other_ids_of_withheld[&PersonKind::Pupil].len(), 2, "its GUID and XID");
    let groups = roster.year_groups.iter().chain(&roster.classes).chain(&roster.subject_groups);
    assert!(groups.clone().all(|group| !group.pupils.contains(&pupil)));
    assert!(groups.clone().all(|group| !group.staff.contains(&member)));
}

#[tokio::test]
async fn where_people_are_opted_in_all_others_are_withheld() {
    let bench = Bench::small().await;
    let all = bench.read().await;
    let pupil = all.pupils[3].ids.id.clone();
    bench.simulator.change(ESTAB, |school| {
        school.authorisation.gdpr.opt_in = true;
        school.authorisation.gdpr.students = vec![pupil.clone()];
    });
    let roster = bench.read().await;
    assert!(roster.only_listed);
    assert_eq!(roster.withheld_pupils.len(), all.pupils.len() - 1);
    assert!(!roster.withheld_pupils.contains(&pupil));
    assert_eq!((roster.pupils.len(), roster.staff.len()), (1, 0));
    assert_eq!(roster.withheld_staff.len(), all.staff.len());
    assert_ne!(roster.list_fingerprint, all.list_fingerprint);
}

#[tokio::test]
async fn a_list_for_another_school_or_application_is_passed_over() {
    let bench = Bench::small().await;
    let pupil = bench.read().await.pupils[3].ids.id.clone();
    let row = |estab: &str, party: &str| {
        serde_json::json!({ "IsOptIn": true, "Estab": estab, "RelyingParty": party,
            "StudentIds": [], "StaffIds": [] })
    };
    let mut ours = row("328/1102", xod_simulator::DEFAULT_APP_ID);
    ours["IsOptIn"] = false.into();
    ours["StudentIds"] = serde_json::json!([pupil]);
    let others = [row("3289999", xod_simulator::DEFAULT_APP_ID), row(ESTAB, "other.example")];
    let body = serde_json::json!({ "GDPR": [others[0], ours, others[1]] }).to_string();
    bench.script(2, "gdprids", FaultKind::Body { body });
    let roster = bench.read().await;
    assert!(!roster.only_listed);
    assert_eq!(roster.withheld_pupils, BTreeSet::from([pupil]));
}

#[tokio::test]
async fn fields_that_were_not_granted_are_not_kept_even_if_they_arrive() {
    let bench = Bench::small().await;
    bench.simulator.change(ESTAB, |school| {
        school.authorisation.granted.remove(&SimulatedScope::Upn);
        school.authorisation.granted.remove(&SimulatedScope::StudentExtended);
        school.authorisation.granted.remove(&SimulatedScope::StaffPersonalContact);
    });
    for (table, name, value) in [
        ("/students", "UPN", "H801200001001"),
        ("/students", "FormerUPN", "H801200001001"),
        ("/students", "DateofBirth", "2016-05-04"),
        ("/students", "LegalSurname", "Quillfeather-Nobody"),
        ("/students", "LegalForename", "Nobodyson"),
        ("/staff", "HomeEmail", "somebody@home.example"),
    ] {
        bench.script(1, table, FaultKind::Field { name: name.into(), value: value.into() });
        let kept = serde_json::to_string(&bench.read().await).unwrap();
        assert!(!kept.contains(value), "{name}");
    }
}

#[tokio::test]
async fn a_status_that_is_not_recorded_is_not_taken_for_on_roll() {
    let bench = Bench::small().await;
    let null = serde_json::Value::Null;
    let kind = FaultKind::Field { name: "StudentStatus".into(), value: null };
    bench.script(1, "/students", kind);
    assert_eq!(on_roll(&bench.read().await), 0);
    bench.script(1, "/students", FaultKind::MissingField { name: "StudentStatus".into() });
    let error = bench.try_read().await.err();
    let missing = MisError::from(XodError::NotShared { table: "Pupils", field: "StudentStatus" });
    assert_eq!(error, Some(missing));
}

#[tokio::test]
async fn groups_that_only_pupils_rows_name_do_not_count_as_listed() {
    let bench = Bench::small().await;
    let listed = bench.read().await.groups_listed.unwrap();
    assert!(listed > 10, "{listed}");
    for kind in ["type=YearGrp", "type=RegGrp", "type=TeachingGrp"] {
        let body = r#"{"Group":[],"StudentMembers":[],"StaffMembers":[],"meta":[]}"#;
        // Without page numbers it is asked for twice.
        bench.script(2, kind, FaultKind::Body { body: body.into() });
    }
    let roster = bench.read().await;
    assert_eq!(roster.groups_listed, Some(0));
    assert!(!roster.classes.is_empty(), "named by pupils' rows");
}

#[tokio::test]
async fn an_empty_school_is_reported_as_it_is() {
    let bench = Bench::small().await;
    bench.simulator.change(ESTAB, |school| {
        school.pupils.clear();
        school.staff.clear();
    });
    let roster = bench.read().await;
    assert!(roster.pupils.is_empty() && roster.staff.is_empty() && roster.classes.is_empty());
    assert_eq!(roster.scopes, Scope::ALL.into());
}

#[tokio::test]
async fn before_the_installation_nothing_has_arrived() {
    let bench = Bench::small().await;
    bench.simulator.change(ESTAB, |school| {
        school.authorisation.installation = xod_simulator::school::Installation::ToBook;
    });
    // The simulated service has no row of the school either.
    assert_eq!(bench.try_read().await, Err(XodError::NothingYet.into()));
}

#[tokio::test]
async fn a_paused_or_revoked_school_gives_no_roster() {
    let bench = Bench::small().await;
    bench.simulator.change(ESTAB, |school| school.authorisation.paused = true);
    assert_eq!(bench.try_read().await, Err(XodError::Paused.into()));
    bench.simulator.change(ESTAB, |school| {
        school.authorisation.paused = false;
        school.authorisation.revoke();
    });
    assert_eq!(bench.try_read().await, Err(XodError::SecretRejected.into()));
}

#[tokio::test]
async fn a_token_that_stopped_working_is_renewed_once() {
    let bench = Bench::small().await;
    bench.read().await;
    bench.simulator.change(ESTAB, |school| school.authorisation.expire_tokens());
    assert!(bench.try_read().await.is_ok());
}

#[test]
fn memberships_are_those_of_the_school_year_that_the_mis_is_in() {
    let day = |at: &str, academic_year| {
        let info = SchoolInfo { name: None, academic_year, unread_year: None, mis: None };
        school_day(at.parse().unwrap(), &info).to_string()
    };
    assert_eq!(day("2026-03-02T08:00:00Z", Some(2025)), "2026-03-02");
    assert_eq!(day("2026-07-20T08:00:00Z", Some(2026)), "2026-09-01");
    assert_eq!(day("2026-09-10T08:00:00Z", Some(2025)), "2026-08-31");
    // Past midnight in London, an hour ahead of UTC in summer.
    assert_eq!(day("2026-07-20T23:30:00Z", None), "2026-07-21");
}

#[tokio::test]
async fn dates_with_an_offset_and_codes_and_websites_that_are_null_give_the_same_roster() {
    let with = async |dialect: Dialect| {
        let spec = SchoolSpec::new(ESTAB).pupils(60).staff(20).seed(7).dialect(dialect);
        Bench::new(spec).await.read().await
    };
    let plain = with(Dialect::default()).await;
    for dialect in [
        Dialect { offsets: true, ..Dialect::default() },
        Dialect { sparse: true, ..Dialect::default() },
        Dialect { offsets: true, sparse: true, newer_fields: true, ..Dialect::default() },
        Dialect { full_scopes: true, ..Dialect::default() },
    ] {
        let other = Roster { marks: plain.marks.clone(), ..with(dialect).await };
        assert!(other == plain, "{dialect:?}");
    }
}

#[tokio::test]
async fn without_select_the_same_is_read_and_kept_and_nothing_else() {
    let spec = SchoolSpec::new(ESTAB).pupils(60).staff(20).seed(7);
    let plain = Bench::new(spec.clone()).await.read().await;
    let dialect = Dialect { refuses_select: true, full_scopes: true, ..Dialect::default() };
    let bench = Bench::new(spec.dialect(dialect)).await;
    let roster = Roster { marks: plain.marks.clone(), ..bench.read().await };
    assert!(roster == plain);

    // All of it comes now, guests' and future pupils' fields and telephones too.
    let kept = serde_json::to_string(&roster).unwrap();
    assert!(roster.pupils.iter().all(|one| one.enrolment.is_none() && one.starts_on.is_none()));
    assert!(roster.year_groups.iter().all(|year| year.staff.is_empty() && year.subject.is_none()));
    assert!(roster.classes.iter().all(|class| class.subject.is_none()));
    let (phones, emails) = bench
        .simulator
        .look(ESTAB, |school| {
            let phones: Vec<String> =
                school.staff.iter().filter_map(|one| one.home_phone.clone()).collect();
            (phones, school.telephone.clone())
        })
        .unwrap();
    assert!(!phones.is_empty() && phones.iter().all(|phone| !kept.contains(phone.as_str())));
    assert!(!kept.contains(&emails) && !kept.contains("GroupIds"));
}

#[tokio::test]
async fn select_is_dropped_once_whichever_way_it_is_refused() {
    let said = |text: &str| serde_json::json!({ "ExceptionMessage": text }).to_string();
    for (name, kind) in [
        ("status 400", FaultKind::Status { status: 400, retry_after: None }),
        ("a field at 200", FaultKind::Body { body: said("Invalid column name 'DateOfBirth'.") }),
        ("a field of ours", FaultKind::Body { body: said("IdaasId is not supported") }),
        ("select at 200", FaultKind::Body { body: said("The select parameter is not allowed") }),
        ("select at 500", FaultKind::Exception { message: "Unknown select".into() }),
    ] {
        let bench = Bench::small().await;
        // Server errors are tried again before their words are read.
        let times = if name == "select at 500" { 3 } else { 1 };
        bench.script(times, "/students", kind);
        let roster = bench.read().await;
        assert_eq!(on_roll(&roster), bench.on_roll(), "{name}");
        let calls = bench.simulator.calls();
        let after =
            calls.iter().skip_while(|call| !call.contains("/students?")).skip(times as usize);
        assert!(after.clone().count() > 4, "{name}");
        assert!(after.clone().all(|call| !call.contains("select=")), "{name}");
        assert!(roster.marks.is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_refusal_that_stays_without_select_is_told_as_it_is() {
    let bench = Bench::small().await;
    bench.script(2, "/students", FaultKind::Status { status: 400, retry_after: None });
    let refused = XodError::Refused { status: 400, said: None }.into();
    assert_eq!(bench.try_read().await, Err(refused));
}

#[tokio::test]
async fn one_pupil_and_one_member_of_staff_are_read_without_select_too() {
    let bench = Bench::small().await;
    let before = bench.read().await;
    bench.simulator.change(ESTAB, |school| school.spec.dialect.refuses_select = true).unwrap();
    let secret = Secret::new(bench.simulator.secret(ESTAB).unwrap());
    let school = xod_school(&bench.client, &ESTAB.parse().unwrap(), secret);
    for (kind, id) in [
        (PersonKind::Pupil, &before.pupils[3].ids.id),
        (PersonKind::Staff, &before.staff[2].ids.id),
    ] {
        let read = read_one(&school, &before, kind, id).await.unwrap();
        assert!(matches!(read, OneRead::Found(_)), "{kind:?}");
    }
}

#[tokio::test]
async fn names_are_kept_clean_and_of_100_characters_at_most() {
    let bench = Bench::small().await;
    let (pupil, member) = bench
        .simulator
        .change(ESTAB, |school| {
            let pupil = &mut school.pupils[0];
            pupil.status = SimulatedStatus::OnRoll;
            pupil.forename = "\u{202e}Zoe\u{308}\n".into();
            pupil.surname = "O&#39;Brien".into();
            pupil.legal_forename = "Zoe\u{200b}\u{ad} Ann".into();
            pupil.legal_surname = format!("A{}", "b".repeat(900));
            let member = &mut school.staff[0];
            member.forename = "Rene&eacute;\u{0}".into();
            member.surname = "Hill\r\nWood".into();
            for group in &mut school.groups {
                group.name.push_str(" &amp;\u{200b} Co\n");
                group.code = format!("\u{feff}{}\t", group.code);
            }
            (pupil.id.to_string(), member.id.to_string())
        })
        .unwrap();
    let roster = bench.read().await;
    let pupil = roster.pupils.iter().find(|one| one.ids.id == pupil).unwrap();
    assert_eq!((pupil.forename.as_str(), pupil.surname.as_str()), ("Zoë", "O'Brien"));
    assert_eq!(pupil.legal_forename.as_deref(), Some("Zoe Ann"));
    assert_eq!(pupil.legal_surname.as_ref().unwrap().chars().count(), LONGEST);
    assert!(pupil.is_name_cut);
    let member = roster.staff.iter().find(|one| one.ids.id == member).unwrap();
    assert_eq!((member.forename.as_str(), member.surname.as_str()), ("Reneé", "Hill Wood"));
    assert!(!member.is_name_cut);
    let groups = [&roster.year_groups, &roster.classes, &roster.subject_groups];
    for group in groups.into_iter().flatten() {
        assert!(group.name.ends_with(" & Co"), "{}", group.name);
        let code = group.code.as_deref().unwrap_or_default();
        assert!(code.chars().all(|c| !c.is_control() && c != '\u{feff}'), "{code:?}");
    }
}
