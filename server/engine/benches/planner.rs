//! The planner alone, on a school of 100,000 people: a first sync, and a second one in which
//! nothing changed. Run it with `make bench-planner`; `make bench` holds it to its target.

#![expect(clippy::expect_used, reason = "a benchmark may panic")]

use std::collections::BTreeSet;
use std::hint::black_box;

use chrono::{DateTime, NaiveDate, Utc};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rollcall_engine::domain::accounts::{Class, SchoolState};
use rollcall_engine::domain::mis_link::MisIds;
use rollcall_engine::domain::plan::Plan;
use rollcall_engine::domain::roster::{Roster, RosterGroup, RosterPupil, RosterStaff, StaffStatus};
use rollcall_engine::planner::{Inputs, plan};
use rollcall_shared::scopes::Scope;
use rollcall_shared::settings::{Settings, YearMapping};
use rollcall_shared::year_group::{YearGroup, YearTarget};

const PUPILS: usize = 90_000;
const STAFF: usize = 10_000;
const YEARS: usize = 6;
const CLASSES: usize = PUPILS / 30;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_788_768_000, 0).expect("a time")
}

fn ids(kind: &str, number: usize) -> MisIds {
    let id = number.to_string();
    MisIds { external_id: Some(format!("{kind}-{id}")), xid: Some(format!("xid-{kind}-{id}")), id }
}

/// Names of two to four syllables: as in life, many share a forename or a surname, few both.
fn name(rng: &mut impl Rng, syllables: &[&str], of_so_many: u32) -> String {
    let mut number = rng.random_range(0..of_so_many);
    let mut name = String::new();
    while number > 0 || name.is_empty() {
        let count = u32::try_from(syllables.len()).expect("a short list");
        name.push_str(syllables.get((number % count) as usize).expect("a syllable"));
        number /= count;
    }
    let mut letters = name.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

const FORENAME: [&str; 12] =
    ["ma", "li", "zo", "a", "be", "sha", "ri", "no", "ella", "ka", "jo", "than"];
const SURNAME: [&str; 12] =
    ["smi", "jon", "wil", "son", "ham", "pat", "el", "kha", "no", "wick", "ton", "ley"];

/// A UPN with a right check letter.
fn upn(number: usize) -> String {
    let rest = format!("328{number:09}");
    let sum: usize = rest.bytes().zip(2..).map(|(digit, by)| usize::from(digit - b'0') * by).sum();
    let letter = "ABCDEFGHJKLMNPQRTUVWXYZ".chars().nth(sum % 23).expect("a letter");
    format!("{letter}{rest}")
}

fn group(kind: &str, number: usize, name: String) -> RosterGroup {
    RosterGroup {
        ids: ids(kind, number),
        name,
        code: None,
        subject: None,
        pupils: BTreeSet::new(),
        staff: BTreeSet::new(),
    }
}

/// A school of that many people, the same each time.
fn school() -> Roster {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let born = NaiveDate::from_ymd_opt(2015, 9, 1).expect("a day");
    let year_groups = (1..=YEARS).map(|year| group("year", year, format!("Year {year}"))).collect();
    let mut classes: Vec<RosterGroup> =
        (0..CLASSES).map(|class| group("class", class, format!("Class {class}"))).collect();
    let mut pupils = Vec::new();
    for number in 0..PUPILS {
        let class = number % CLASSES;
        let ids = ids("pupil", number);
        if let Some(class) = classes.get_mut(class) {
            class.pupils.insert(ids.id.clone());
        }
        let days = chrono::Days::new(rng.random_range(0..365 * YEARS as u64));
        let forename = name(&mut rng, &FORENAME, 2_000);
        let surname = name(&mut rng, &SURNAME, 20_000);
        pupils.push(RosterPupil {
            ids,
            date_of_birth: born.checked_add_days(days),
            upn: Some(upn(number)),
            year_group: Some((class % YEARS + 1).to_string()),
            class: Some(class.to_string()),
            ..RosterPupil::named("", &forename, &surname)
        });
    }
    let mut staff = Vec::new();
    for number in 0..STAFF {
        let ids = ids("staff", number);
        if let Some(class) = classes.get_mut(number % CLASSES) {
            class.staff.insert(ids.id.clone());
        }
        staff.push(RosterStaff {
            ids,
            forename: name(&mut rng, &FORENAME, 2_000),
            surname: name(&mut rng, &SURNAME, 20_000),
            is_name_cut: false,
            work_email: Some(format!("staff{number}@bench.example")),
            home_email: None,
            is_teacher: Some(true),
            status: StaffStatus::Current,
        });
    }
    Roster {
        mis: Some("simsnet".into()),
        academic_year: Some(2026),
        scopes: Scope::ALL.into_iter().collect(),
        pupils,
        staff,
        year_groups,
        classes,
        ..Roster::of_nobody(now())
    }
}

fn settings() -> Settings {
    let mapping = |year: u8| YearMapping {
        name: format!("Year {year}"),
        code: None,
        target: YearTarget::Import(YearGroup::year(year).expect("a year")),
    };
    Settings { year_mappings: (1..=6).map(mapping).collect(), ..Settings::default() }
}

/// The school once a plan of nothing but new people has been applied.
fn applied(plan: &Plan) -> SchoolState {
    let new = plan.people.iter().filter_map(|person| person.action.as_ref());
    let mut accounts: Vec<_> = new.map(|action| action.after.clone()).collect();
    accounts.sort_by_key(|account| account.id);
    let mut classes: Vec<_> = plan
        .classes
        .iter()
        .map(|class| Class {
            id: class.id,
            kind: class.kind,
            name: class.name.clone(),
            subject: class.subject.clone(),
            link: class.link.clone(),
        })
        .collect();
    classes.sort_by_key(|class| class.id);
    SchoolState {
        reserved_usernames: accounts
            .iter()
            .map(|one| (one.username.to_lowercase(), Some(one.id)))
            .collect(),
        accounts,
        classes,
        resolutions: Vec::new(),
        username_answers: Vec::new(),
        last_applied: Some(plan.to_remember.clone()),
        retention_months: 12,
    }
}

fn planner(criterion: &mut Criterion) {
    let (roster, settings) = (school(), settings());
    let planned = |state: &SchoolState| {
        let inputs = Inputs { roster: &roster, settings: &settings, state, now: now() };
        plan(inputs, &mut ChaCha20Rng::seed_from_u64(7))
    };
    let empty = SchoolState { retention_months: 12, ..SchoolState::default() };
    let first = planned(&empty);
    let everybody = u32::try_from(PUPILS + STAFF).expect("a number");
    assert_eq!(first.totals.pupils.created + first.totals.staff.created, everybody);
    let state = applied(&first);
    let second = planned(&state);
    assert_eq!(second.totals.pupils.unchanged + second.totals.staff.unchanged, everybody);

    let mut group = criterion.benchmark_group("planner of 100,000 people");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("first sync", |bench| {
        bench.iter_with_large_drop(|| planned(black_box(&empty)))
    });
    group.bench_function("unchanged", |bench| {
        bench.iter_with_large_drop(|| planned(black_box(&state)))
    });
    group.finish();
}

criterion_group!(benches, planner);
criterion_main!(benches);
