//! Whole schools, through the function that the wizard and the unattended run use.

use rollcall_shared::settings::Settings;

use super::super::{Accept, YearDecisions};
use crate::sync::fixtures;
use crate::sync::wizard::decisions;

/// What is decided of a school whose year groups are these, with a Code after `=`.
fn decided(groups: &[&str], accept: Accept) -> YearDecisions {
    let mut roster = fixtures::roster(Vec::new(), Vec::new());
    roster.year_groups = (0..)
        .zip(groups)
        .map(|(place, text)| {
            let (name, code) = text.split_once('=').unwrap_or((text, ""));
            let mut group = fixtures::group(&place.to_string(), name);
            group.code = (!code.is_empty()).then(|| code.to_owned());
            group
        })
        .collect();
    decisions(Some(&roster), &Settings::default(), accept)
}

/// `Year 1`, `Year 1?` where it is only likely, `-` where nothing is suggested.
fn suggested(groups: &[&str]) -> Vec<String> {
    let shown = |year: rollcall_shared::wizard::MisYear| match year.suggestion {
        None => "-".to_owned(),
        Some(found) => {
            let doubt = if found.certainty == super::Certain { "" } else { "?" };
            let year = found.year.to_string();
            let short = year.strip_prefix("Year ").unwrap_or(year.get(..1).unwrap());
            format!("{short}{doubt}")
        }
    };
    decided(groups, Accept::Nothing).years.into_iter().map(shown).collect()
}

#[track_caller]
fn check(schools: &[(&str, &str, &str)]) {
    for &(school, groups, expected) in schools {
        let groups: Vec<&str> = groups.split(',').collect();
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(suggested(&groups), expected, "{school}");
    }
}

#[test]
fn english_schools_of_every_kind_are_certain() {
    check(&[
        ("infant", "Nursery,Reception,Year 1,Year 2", "N R 1 2"),
        ("junior", "3,4,5,6", "3 4 5 6"),
        ("primary, plain", "N1,N2,R,1,2,3,4,5,6", "N N R 1 2 3 4 5 6"),
        ("primary, short", "Nursery AM,Nursery PM,YR,Y1,Y2,Y3,Y4,Y5,Y6", "N N R 1 2 3 4 5 6"),
        ("primary without early years", "Y1,Y2,Y3,Y4,Y5,Y6", "1 2 3 4 5 6"),
        ("first", "Year R,Year 1,Year 2,Year 3,Year 4", "R 1 2 3 4"),
        ("middle", "Year 5,Year 6,Year 7,Year 8", "5 6 7 8"),
        ("middle from Year 4", "Year 4,Year 5,Year 6,Year 7", "4 5 6 7"),
        ("primary with a Year 7", "R,1,2,3,4,5,6,7", "R 1 2 3 4 5 6 7"),
        ("secondary", "7,8,9,10,11,12,13", "7 8 9 10 11 12 13"),
        ("all-through", "R,1,2,3,4,5,6,7,8,9,10,11,12,13", "R 1 2 3 4 5 6 7 8 9 10 11 12 13"),
        ("by hours", "Nursery 15 hours,Nursery 30 hours,Reception,Year 1", "N N R 1"),
        ("years 0 to 6", "Year 0,Year 1,Year 2,Year 3", "R? 1 2 3"),
    ]);
}

#[test]
fn two_spaces_and_codes_beside_the_names_are_read() {
    check(&[
        ("SIMS", "Year  N2=N2,Year  R=R,Year  1=1,Year  2=2,Year  6=6", "N R 1 2 6"),
        ("numbers of records", "Reception=10,Year 1=11,Year 2=12,Year 3=13", "R? 1? 2? 3?"),
        ("words beside numbers", "Reception=R,Year One=1,Year Two=2", "R 1 2"),
        ("birds with plain Codes", "Year 1=1,Year 2=2,Owls=3", "1 2 3?"),
        ("birds with clean Codes", "Robins=Y1,Wrens=Y2,Owls=Y3", "1? 2? 3?"),
        ("this year", "2024-25 Reception,2024-25 Year 1", "R? 1?"),
        ("classes that say it", "Class 1 (Reception),Class 2 (Year 1),Class 3", "R? 1? -"),
        ("one name", "YearGroup R,YearGroup 1,YearGroup 2", "R 1 2"),
    ]);
}

#[test]
fn welsh_names_are_read() {
    check(&[
        ("Welsh", "Meithrin,Derbyn,Blwyddyn 1,Blwyddyn 2,Bl 6", "N R 1 2 6"),
        ("both languages", "Derbyn / Reception,Blwyddyn 1 / Year 1", "R 1"),
        ("village", "Meithrin a Derbyn,Bl 1/2,Bl 3/4,Blwyddyn 5 a 6", "- - - -"),
        ("in words", "Derbyn,Blwyddyn Un,Blwyddyn Chwech", "R 1 6"),
    ]);
}

#[test]
fn scottish_years_are_left_to_a_person() {
    check(&[
        ("Scottish", "Nursery,P1,P2,P3,P4,P5,P6,P7", "N - - - - - - -"),
        ("in full", "Primary 1,Primary 2,Primary 7", "- - -"),
        ("composite", "P1,P1/2,P2/3,4", "- - - -"),
        ("numbers as Codes", "P1=1,P2=2,P3=3", "- - -"),
        ("years beside", "P1,P2,Year 3,4", "- - - -"),
    ]);
}

#[test]
fn years_1_to_7_without_a_reception_are_never_suggested_whatever_stands_beside() {
    check(&[
        ("Northern Irish", "Year 1,Year 2,Year 3,Year 4,Year 5,Year 6,Year 7", "- - - - - - -"),
        ("as numbers", "1,2,3,4,5,6,7", "- - - - - - -"),
        ("with a nursery unit", "Nursery,Y1,Y2,Y3,Y4,Y5,Y6,Y7", "N - - - - - - -"),
        ("with two nurseries", "Nursery AM,Nursery PM,Y1,Y2,Y3,Y4,Y5,Y6,Y7", "N N - - - - - - -"),
        ("with a pre-school", "Pre-school,Y1,Y2,Y3,Y4,Y5,Y6,Y7", "N - - - - - - -"),
        ("with a foundation unit", "Foundation Unit,Y1,Y2,Y7", "- - - -"),
        ("with older years", "Y1,Y2,Y3,Y4,Y5,Y6,Y7,Y8", "- - - - - - - -"),
        ("with mixed years", "Nursery,Y1/2,Y3/4,Y5/6,Y7", "N - - - -"),
        ("with pairs", "Y12,Y34,Y56,Y7", "- - - -"),
        ("with P in the Codes", "Year 1=P1,Year 2=P2", "- -"),
        ("with birds", "Robins=Y1,Wrens=Y4,Owls=Y7", "- - -"),
        ("with clean Codes", "Nursery=N,Year 1=1,Year 4=4,Year 7=7", "N - - -"),
    ]);
}

#[test]
fn mixed_years_of_village_schools_are_left_to_a_person() {
    check(&[
        ("pairs", "Foundation Unit,Y12,Y34,Y56", "- - - -"),
        ("pairs beside Reception", "R,Y12,Y34,Y56", "R - - -"),
        ("bare pairs", "Reception,12,34,56", "R - - -"),
        ("pairs in full", "Reception,Year 12,Year 34,Year 56", "R - - -"),
        ("one pair", "Reception,Y12,Y3,Y4", "R - 3 4"),
        ("one pair and nothing else", "Y12", "-"),
        ("other pairs", "YR,Y1,Y23,Y45,Y6", "R 1 - - 6"),
        ("threes", "Reception,Y123,Y456", "R - -"),
        ("strokes", "R/Y1,Y1/2,Y3/4,Y5/6", "- - - -"),
        ("and", "Reception & Year 1,Years 2 & 3,Years 4 and 5,Year 6", "- - - 6"),
        ("to", "Years 1-2,Years 3-6", "- -"),
        ("pairs beside Year 7", "Y12,Y34,Y56,Y78,Y7", "- - - - -"),
    ]);
}

#[test]
fn years_10_to_13_are_suggested_only_beside_a_year_of_7_to_9() {
    check(&[
        ("none", "10,11,12,13", "- - - -"),
        ("sixth form", "Year 12,Year 13", "- -"),
        ("with Year 6", "Year 6,Year 11", "6 -"),
        ("with Year 9", "Year 9,Year 10,Year 11", "9 10 11"),
        ("with Year 7 of two", "Year 7/8,Year 10", "- 10"),
    ]);
}

#[test]
fn nothing_in_doubt_is_remembered_by_a_run_that_nobody_watches() {
    for school in [
        ["Nursery", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7"].as_slice(),
        &["Foundation Unit", "Y12", "Y34", "Y56"],
        &["P1", "P2", "P3"],
        &["12", "34", "56"],
    ] {
        for accept in [Accept::Certain, Accept::All] {
            let decisions = decided(school, accept);
            let accepted: Vec<&str> =
                decisions.accepted.iter().map(|mapping| mapping.name.as_str()).collect();
            assert!(accepted.iter().all(|&name| name == "Nursery"), "{accepted:?}");
            assert_eq!(decisions.undecided.len(), school.len() - accepted.len());
        }
    }
}
